/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* What canvas.c, canvas-content.c, canvas-scene.c and canvas-view.c share. */
#pragma once

#include "app/canvas.h"
#include "app/ghost.h"
#include "app/linked-view.h"
#include "app/map-legend.h"
#include "app/note-labels.h"
#include "app/pane-input.h"
#include "tools/tool-pen.h"
#include "workspace/theirs.h"

#define LAM_CANVAS_OVERVIEW LAM_N_PLANES

struct _LamCanvas {
  GtkWidget parent_instance;
  LamLinkedView view;
  LamOverview overview;
  LamPlane active; /* where the pointer was last, or what keys chose */
  int maximised; /* a pane's number, or -1 */
  bool has_hover;
  bool is_fitted;
  bool is_blank; /* the image is missing; `volume` stands for it */
  bool is_space_held;
  bool is_awaited; /* a frame that was asked for is not complete yet */
  LamPointerEvent hover;
  bool is_by_keys; /* `hover` is where the crosshair is */
  bool is_stepping; /* the crosshair is moved by a key that carries the pen */
  LamPointerEvent pointer; /* where that was seen last */
  LamPlane pointer_plane;
  LamPenState shown_pen;
  LamPlane shown_plane;
  bool is_orbiting; /* the overview itself is being turned */
  guint update_tick;
  unsigned stale; /* a bit a pane that is not drawn as it should be */
  unsigned forced; /* a bit a pane to draw even if its scene is the same */
  int drawn_last;
  guint overview_source;
  guint save_source;
  LamBox told[LAM_N_PLANES]; /* what "view-changed" was about last */
  int n_told;
  LamBox mark; /* empty: none */
  LamGhost ghosts[LAM_N_PLANES];
  LamVoxelOutline *outline; /* or NULL */
  /* Owned */
  LamWorkspace *workspace;
  LamDisplay *display;
  LamRenderer *renderer;
  LamPrograms *programs; /* of the panes' contexts */
  LamVolume *volume; /* what the renderer draws */
  LamTheirs *theirs; /* whose labels the renderer has, too; or NULL */
  LamToolPen *pen; /* of `box`; NULL as that */
  /* Borrowed */
  LamToolBox *box;
  LamPaneInput *inputs[LAM_N_PLANES];
  LamPaneView *panes[LAM_CANVAS_PANES];
  LamNoteLabels *note_labels[LAM_N_PLANES];
  /* Template children */
  GtkWidget *overlay;
  GtkPaned *rows;
  GtkPaned *top;
  GtkPaned *bottom;
  LamPaneView *pane_xy;
  LamPaneView *pane_xz;
  LamPaneView *pane_yz;
  LamPaneView *pane_overview;
  LamMapLegend *legend;
};

/* canvas.c */
bool lam_canvas_is_pane_visible (LamCanvas *canvas, int i);
void lam_canvas_hover_changed (LamCanvas *canvas);
/* Something points there; NULL: nothing does. */
void lam_canvas_hover (
    LamCanvas *canvas, LamPlane plane, const LamPointerEvent *event);
/* A pane's number, or -1. */
void lam_canvas_maximise (LamCanvas *canvas, int pane);
void lam_canvas_pen_changed (LamCanvas *canvas);
/* "view-changed", if the panes show other voxels than when it was told. */
void lam_canvas_tell_view (LamCanvas *canvas);

/* canvas-content.c */
/* Once the canvas is realized, has a workspace and knows the image's range;
 * else nothing. */
void lam_canvas_make_renderer (LamCanvas *canvas);
void lam_canvas_drop_renderer (LamCanvas *canvas);
/* The context of any pane; false when none has one. */
bool lam_canvas_make_any_current (LamCanvas *canvas);

/* canvas-scene.c: the panes get their scenes and draw before the next frame. */
void lam_canvas_queue_update (LamCanvas *canvas);
/* Says so when all that was asked for is on screen: after a draw, and after an
 * update that had nothing to draw. */
void lam_canvas_check_drawn (LamCanvas *canvas);
/* One pane gets its scene while its frame is being drawn already. */
void lam_canvas_update_scene (LamCanvas *canvas, int pane);

/* canvas-notes.c */
/* Once, when the panes are there. */
void lam_canvas_add_note_labels (LamCanvas *canvas);
/* Adds the notes near the slice to its sketch, and their words over it. */
void lam_canvas_draw_notes (
    LamCanvas *canvas, LamPlane plane, LamSketch *sketch);

/* canvas-theirs.c */
/* Once, when there is a display; and for each workspace. */
void lam_canvas_heed_theirs (LamCanvas *canvas);
void lam_canvas_connect_theirs (LamCanvas *canvas);
/* The renderer gets what is looked at, or lets it go. */
void lam_canvas_update_theirs (LamCanvas *canvas);

/* canvas-pen.c */
/* What keys do is seen as it is now. */
void lam_canvas_show_pen (LamCanvas *canvas);
void lam_canvas_draw_pen (LamCanvas *canvas, LamPlane plane, LamSketch *sketch);
/* Whether the pointer's event says where one points: not while the pen is
 * down. */
bool lam_canvas_heed_pointer (
    LamCanvas *canvas, LamPlane plane, const LamPointerEvent *event);
/* The crosshair was moved. */
void lam_canvas_follow_crosshair (LamCanvas *canvas);
/* The crosshair or the view was moved. */
void lam_canvas_keep_pointing (LamCanvas *canvas);

/* canvas-view.c */
/* The view is another: draw it, and remember it soon. */
void lam_canvas_view_changed (LamCanvas *canvas);
/* Writes what is to be remembered, now. */
void lam_canvas_flush_view (LamCanvas *canvas);
/* The first view, as soon as the panes have sizes; one of all of the volume
 * again whenever those are others. */
void lam_canvas_fit_panes (LamCanvas *canvas);
