/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Draws panes with OpenGL 3.3 core or OpenGL ES 3.0. GL objects that contexts
 * share (programs, tile textures, lookup table) belong to a LamRenderer; what
 * one context alone can use (vertex arrays, the pane's composed picture)
 * belongs to a LamPane. Every function that says "current" needs a GL context
 * of the share group to be current; main thread only. */
#pragma once

#include "base/job.h"
#include "labels/opinion-map.h"
#include "view/programs.h"
#include "view/sketch.h"
#include "view/scene.h"

typedef struct _LamRenderer LamRenderer;
typedef struct _LamPane LamPane;

typedef struct {
  int image_tiles; /* how many tiles each texture array holds; */
  int label_tiles; /* 0: 512 */
  double upload_ms; /* budget a frame for uploads; 0: 4 */
  bool split_16_bits; /* draw 16-bit images in the way that needs no 16-bit
                         textures, though the driver has them */
  LamOpinionMap *opinions; /* for LAM_MAP_DOUBTS, borrowed; NULL: nobody is
                              known to be unsure */
  LamPrograms *programs; /* of the share group, borrowed; NULL: its own, which
                            do for a renderer that lives as long as the group */
} LamRendererSettings;

/* `redraw` is called when a new tile arrived and every pane (or the planes it
 * shows) should draw again. Borrows what it is given. */
LamRenderer *lam_renderer_new (LamVolume *volume, LamLabelMap *labels,
    const LamClassTable *classes, LamJobPool *pool,
    const LamRendererSettings *settings, void (*redraw) (gpointer user_data),
    gpointer user_data) G_GNUC_WARN_UNUSED_RESULT;
/* Current, or after lam_renderer_lose_context(). */
void lam_renderer_free (LamRenderer *renderer);
/* Compiles shaders, makes textures; the first time a context is current.
 * Current. */
bool lam_renderer_realize (LamRenderer *renderer, GError **error);
/* For f32 volumes: the file's values between which grey values are kept, as
 * lam_image_tiles_set_range(). Before anything was drawn. */
void lam_renderer_set_image_range (
    LamRenderer *renderer, double low, double high);
/* Colours come from another table from now on; borrowed. */
void lam_renderer_set_classes (
    LamRenderer *renderer, const LamClassTable *classes);
/* Another person's labels, which panes show whose look says so; NULL: nobody's.
 * Borrowed until the next call. Current, or never drawn. */
void lam_renderer_set_theirs (
    LamRenderer *renderer, LamLabelMap *map, const LamClassTable *classes);
/* Why tiles could not be read (the last reason), or NULL. Borrowed. */
const GError *lam_renderer_get_error (LamRenderer *renderer);
/* Forgets all GL objects without deleting them (the share group is gone). */
void lam_renderer_lose_context (LamRenderer *renderer);

LamPane *lam_pane_new (LamRenderer *renderer) G_GNUC_WARN_UNUSED_RESULT;
/* Current, in the context the pane was drawn in; or never drawn. */
void lam_pane_free (LamPane *pane);
/* Deletes what belongs to the pane's context; the next draw makes it anew, in
 * the context that is current then (GtkGLArea's "unrealize"). Current, in the
 * context the pane was drawn in; or never drawn. */
void lam_pane_unrealize (LamPane *pane);

/* What a slice pane shows; asks for what is missing. Values are compared: when
 * nothing changed, the composed picture stays. */
void lam_pane_set_slice (LamPane *pane, const LamCamera *camera,
    const LamLook *look, const LamBrushCursor *cursor);

/* What a slice pane shows over its slice besides; NULL: nothing. Takes a
 * reference. */
void lam_pane_set_sketch (LamPane *pane, LamSketch *sketch);

/* The fourth pane: three slice planes in their places and the volume's box,
 * seen from (yaw, pitch) in radians; zoom 1 fits. */
typedef struct {
  double yaw, pitch, zoom;
  int width_px, height_px;
  LamCamera slices[LAM_N_PLANES]; /* which slices, and their levels */
} LamOverview;

/* From where it is seen first, in radians. */
#define LAM_OVERVIEW_YAW 0.6
#define LAM_OVERVIEW_PITCH 0.5
void lam_pane_set_overview (
    LamPane *pane, const LamOverview *overview, const LamLook *look);

/* Labels changed inside `box` (level-0 voxels) by the open stroke: resident
 * tiles get the changed rectangles from memory, and panes redraw only there. */
void lam_renderer_touch_labels (LamRenderer *renderer, const LamBox *box);
/* Labels changed in other ways (undo, import): tiles are loaded again, the old
 * ones being shown until then. */
void lam_renderer_reload_labels (LamRenderer *renderer, const LamBox *box);
/* What networks think of `box` is another: the same for the maps of doubts and
 * proposals. */
void lam_renderer_reload_doubts (LamRenderer *renderer, const LamBox *box);
/* Labels have other classes: the same for the map of proposals, which shows
 * where theirs are others. */
void lam_renderer_reload_proposals (LamRenderer *renderer);
/* Where a person verified (level-0 voxels): nothing is proposed there. */
void lam_renderer_set_verified (
    LamRenderer *renderer, const LamBox *boxes, int n);
/* Image tiles can be had again or faster (volume's "changed"). */
void lam_renderer_reload_image (LamRenderer *renderer);

/* Draws into framebuffer `target` (GtkGLArea's, or an off-screen one).
 * Current. */
void lam_pane_draw (LamPane *pane, unsigned target);
/* Does one more of the things that make a first draw slow, most of all to have
 * the driver compile a program, each about as long as a frame; shows nothing.
 * The first pane to call it does so for all but what is its own. False when
 * there is nothing more to do or it is another pane's turn, or with `error`
 * set. Leaves another framebuffer bound. Current. */
bool lam_pane_warm (LamPane *pane, GError **error);
/* Enough of them are done for a picture; none need be. */
bool lam_pane_is_ready (const LamPane *pane);
/* Whether a draw would show something else than the last one, as far as is
 * known without drawing: tiles that wait to be uploaded are not counted. */
bool lam_pane_needs_draw (const LamPane *pane);
/* Whether everything wanted by the last draw was there, at its best level. */
bool lam_pane_is_complete (LamPane *pane);
/* For tests and the watchdog: milliseconds and pixels of the last draw. */
void lam_pane_get_statistics (
    LamPane *pane, double *milliseconds, int64_t *pixels_drawn, int *uploads);
