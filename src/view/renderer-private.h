/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* What the modules of the renderer share: renderer.c keeps the tiles and what
 * they are wanted for, label-touch.c mends those of labels, pane.c the composed
 * picture of one pane, pane-dirty.c says where it is to be drawn again,
 * pane-warm.c prepares the first one, their-layer.c
 * keeps another person's labels, slice-picture.c and overview.c draw it. */
#pragma once

#include <epoxy/gl.h>

#include "labels/doubt-tiles.h"
#include "view/colour-lookup.h"
#include "view/programs.h"
#include "view/renderer.h"
#include "view/tile-plan.h"
#include "view/tile-store.h"

struct _LamRenderer {
  /* Borrowed */
  LamVolume *volume;
  LamLabelMap *label_map; /* or NULL */
  const LamClassTable *classes; /* or NULL */
  void (*redraw) (gpointer user_data);
  gpointer user_data;
  GPtrArray *panes; /* owned array of borrowed panes */
  LamPrograms *programs; /* the caller's, or `own_programs` */
  LamSliceLayer *slice_layer; /* of `programs`; these two NULL until realized */
  LamOverlayLayer *overlay_layer;
  LamJobPool *pool;
  LamPane *warmer; /* whose pane it is that warms; or NULL */

  /* Owned */
  LamImageTiles *image_tiles;
  LamLabelTiles *label_tiles; /* NULL without a label map */
  LamDoubtTiles *thoughts[LAM_N_MAPS]; /* of doubts and proposals; all NULL
                                        * without opinions */
  LamTileStore *images;
  /* What is laid over the image; but for the labels as such realized while
   * they are shown. */
  LamTileStore *labels[LAM_N_MAPS];
  LamColourLookup *colours[LAM_N_MAPS];
  /* Of another person, in outlines over all that; all NULL: there is none.
   * Realized while they are shown. */
  LamLabelTiles *their_tiles;
  LamTileStore *theirs;
  LamColourLookup *their_colours;
  LamPrograms *own_programs; /* or NULL */
  GArray *touched; /* of LamBox: labels changed since the last frame */
  GError *error; /* of the last tile that could not be read */

  LamLevel levels[LAM_MAX_LEVELS];
  int n_levels;
  bool split; /* 16-bit image texels are in two channels */
  bool always_split;
  double upload_ms;
  int64_t upload_window_us, upload_spent_us;
  uint64_t focus_clock; /* grows with each change of a camera */
  int n_warmed; /* steps, LAM_WARM_… */
  bool wants_changed;
  guint redraw_source;
};

/* What lam_pane_warm() does first, then second, ... */
enum {
  LAM_WARM_LINK,
  LAM_WARM_PREPARE, /* sends the tiles that are there */
  LAM_WARM_COMPOSE,
  LAM_WARM_PROGRAMS, /* that of the overlay and those of slices, one by one */
  LAM_WARM_READY, /* that of the overlay was the last that a picture needs */
};

typedef enum {
  LAM_PANE_EMPTY,
  LAM_PANE_SLICE,
  LAM_PANE_OVERVIEW,
} LamPaneKind;

/* Pane pixels, origin at the top left; empty when x1 <= x0. */
typedef struct {
  int x0, y0, x1, y1;
} LamPxRect;

/* Two triangles of a cell, and the pages of tiles that they show; the labels'
 * page is -1 where none are. */
typedef struct {
  LamSliceVertex corners[6];
  int image_page, label_page;
} LamQuad;

struct _LamPane {
  LamRenderer *renderer; /* Borrowed */
  LamPaneKind kind;
  LamCamera camera;
  LamOverview overview;
  LamLook look;
  LamBrushCursor cursor;
  LamSketch *sketch; /* Owned; or NULL */
  int width_px, height_px;

  /* Owned */
  GArray *wants; /* of LamWant */
  GArray *quads; /* scratch; of LamQuad */
  GArray *lines; /* scratch; of LamOverlayVertex */

  /* The composed picture: of one context. 0: not there. */
  GLuint framebuffer, picture, depth;
  GLuint slice_array, overlay_array, buffer;
  int picture_width, picture_height;

  uint64_t focus; /* focus_clock at the last change of its camera */
  uint64_t colour_serial; /* what the picture shows */
  bool all_dirty;
  bool marks_dirty; /* crosshair or brush moved since the last draw */
  LamPxRect dirty;
  int coarsest_drawn; /* level, of the last composition */
  bool complete;
  double milliseconds;
  int64_t pixels_drawn;
  int uploads;
};

/* Where a cell's texels come from: the finest resident tile that covers it. */
typedef struct {
  LamTileKey key;
  int layer; /* -1: none */
} LamStandIn;

/* renderer.c: uploads, label changes and wishes, before a pane is drawn. */
void lam_renderer_begin_frame (LamRenderer *renderer, LamPane *pane);
/* The steps that a picture needs were done. */
bool lam_renderer_is_ready (const LamRenderer *renderer);
/* Of LAM_WARM_…: whether `pane` is the one to do them; the one to do now; and
 * `pane` is to do no more of them. */
bool lam_renderer_take_warming (LamRenderer *renderer, LamPane *pane);
int lam_renderer_next_warming (LamRenderer *renderer);
void lam_renderer_stop_warming (LamRenderer *renderer, const LamPane *pane);
/* A tile waits for upload, or failed; `renderer` is the user data. */
void lam_renderer_tile_arrived (
    const LamTileKey *key, const GError *error, gpointer renderer);
void lam_renderer_queue_redraw (LamRenderer *renderer);
extern const LamTileFormat lam_label_tile_format;
/* their-layer.c: of the renderer's life and of its frames. */
void lam_their_layer_release (LamRenderer *renderer, bool lost);
void lam_their_layer_clear (LamRenderer *renderer);
void lam_their_layer_realize (LamRenderer *renderer);
bool lam_their_layer_upload (
    LamRenderer *renderer, int64_t deadline_us, GArray *uploaded);
/* How often a colour has changed. */
uint64_t lam_their_layer_update_colours (LamRenderer *renderer);
/* A tile of them for that cell, if the pane shows them. */
LamStandIn lam_their_layer_find (
    LamPane *pane, const LamCell *cell, int64_t slice);
/* label-touch.c: sends what lam_renderer_touch_labels() told of. */
void lam_renderer_update_touched (LamRenderer *renderer);
/* pane-dirty.c: level-0 voxels whose pixels must be drawn again. */
void lam_pane_add_dirty (LamPane *pane, const LamBox *box);
bool lam_px_rect_is_empty (const LamPxRect *rect);
/* pane.c */
void lam_pane_lose_context (LamPane *pane);
/* It is of a kind that shows something, and has a size. */
bool lam_pane_has_picture (const LamPane *pane);
/* Sends what arrived, sets a known state and binds the framebuffer of the
 * pane's picture; false when the driver has none. */
bool lam_pane_begin (LamPane *pane);
/* Draws into it what is to be drawn again. */
void lam_pane_compose (LamPane *pane);
/* Nothing of ours reaches into what the toolkit draws next. */
void lam_pane_end (void);
/* For the slice programs; `matrix` is borrowed. */
LamSliceState lam_pane_make_state (const LamPane *pane, const float *matrix);
/* Draws collected lines into the bound framebuffer. */
void lam_pane_draw_lines (LamPane *pane);
/* Draws collected quads with the slice program; sorts them. */
void lam_pane_draw_quads (LamPane *pane, const float matrix[16]);
/* The same of another person's labels, in outlines over what is there. */
void lam_pane_draw_their_quads (LamPane *pane, const float matrix[16]);

/* slice-picture.c: into the bound framebuffer, scissor set. */
void lam_slice_picture_draw (LamPane *pane);
/* Crosshair and brush cursor, over the blitted picture. */
void lam_slice_picture_add_marks (LamPane *pane, LamOverlay *overlay);
void lam_slice_picture_want (LamPane *pane);
LamStandIn lam_slice_picture_find (
    LamPane *pane, LamTileStore *store, const LamCell *cell, int64_t slice);
/* The tiles that are laid over the image, as the pane shows. */
LamTileStore *lam_slice_picture_get_labels (const LamPane *pane);
/* The same from those; none where they are not to be seen. */
LamStandIn lam_slice_picture_find_label (
    LamPane *pane, const LamCell *cell, int64_t slice);
/* Corners row by row. */
void lam_slice_picture_add_quad (LamPane *pane, const LamStandIn *image,
    const LamStandIn *label, const LamSliceVertex corners[4]);
/* s, t, layer of level-0 voxels (u, v) in the stand-in's page. */
void lam_slice_picture_map (const LamPane *pane, const LamStandIn *tile,
    double u, double v, float out[3]);

/* overview.c */
void lam_overview_draw (LamPane *pane);
void lam_overview_want (LamPane *pane);
