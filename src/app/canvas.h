/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The four panes of a window: three linked slices and the overview, with the
 * dividers between them. Pointer events of a pane come from pane-input and
 * overview-input, keys from the window's actions.
 *
 * Signals: "hover-changed" (), the voxel under the pointer or what is there may
 * be another; "drawn" (gboolean complete), a frame is on screen, complete when
 * everything wanted is there at its best level; "view-changed" (), the panes
 * show other voxels, once a frame at most; "refused" (GError *error),
 * a tool could not begin; "menu" (LamPaneView *pane, double x, double y), in
 * application pixels of the pane; "brush-changed" (), by the wheel;
 * "pen-changed" (), see lam_canvas_get_pen(). */
#pragma once

#include <gtk/gtk.h>

#include "app/display.h"
#include "app/pane-view.h"
#include "app/voxel-outline.h"
#include "tools/tool.h"

#define LAM_CANVAS_PANES (LAM_N_PLANES + 1)

/* Of the pen that keys hold in the active pane. */
typedef enum {
  LAM_PEN_AWAY, /* the pointer points */
  LAM_PEN_UP, /* the crosshair points */
  LAM_PEN_DOWN,
  LAM_PEN_ERASES, /* down, by its other end */
} LamPenState;

#define LAM_TYPE_CANVAS (lam_canvas_get_type ())
G_DECLARE_FINAL_TYPE (LamCanvas, lam_canvas, LAM, CANVAS, GtkWidget)

GtkWidget *lam_canvas_new (void);
/* Once, before the first workspace. */
void lam_canvas_set_display (LamCanvas *canvas, LamDisplay *display);
/* `box` is borrowed, and of that workspace. Both NULL: nothing is shown. */
void lam_canvas_set_workspace (
    LamCanvas *canvas, LamWorkspace *workspace, LamToolBox *box);
LamToolBox *lam_canvas_get_tool_box (LamCanvas *canvas);
/* 0 to LAM_CANVAS_PANES: those of the planes, then the overview. */
LamPaneView *lam_canvas_get_pane (LamCanvas *canvas, int pane);

/* For keys: about the pane the pointer was in last, or that keys chose. */
void lam_canvas_fit (LamCanvas *canvas);
void lam_canvas_zoom (LamCanvas *canvas, double factor);
void lam_canvas_step_slice (LamCanvas *canvas, int slices);
/* The crosshair comes to the middle of all panes. */
void lam_canvas_centre (LamCanvas *canvas);
void lam_canvas_toggle_maximise (LamCanvas *canvas);
/* Keys go to the active pane, but not from who is writing. */
void lam_canvas_take_keys (LamCanvas *canvas);
/* The next pane, or one before, becomes the active one. */
void lam_canvas_step_pane (LamCanvas *canvas, int steps);
/* Moves the crosshair in the active pane by voxels, with the pen if that is
 * down. */
void lam_canvas_step_across (LamCanvas *canvas, int right, int down);
/* Puts the pen down at the crosshair, in the active pane, or lifts it. */
void lam_canvas_toggle_pen (LamCanvas *canvas, LamPointerFlags flags);
void lam_canvas_lift_pen (LamCanvas *canvas);
LamPenState lam_canvas_get_pen (LamCanvas *canvas);
/* Goes to the middle of the box, closer or farther if it could not be judged at
 * the present scale, and marks it. NULL: no mark any more. */
void lam_canvas_mark_box (LamCanvas *canvas, const LamBox *box);
/* Some voxels are outlined; takes the outline over. NULL: none. */
void lam_canvas_set_outline (LamCanvas *canvas, LamVoxelOutline *outline);
/* Goes to the box unless a part of it is on screen. */
void lam_canvas_show_box (LamCanvas *canvas, const LamBox *box);
/* The brush or tool was changed: its outline and pointer follow. */
void lam_canvas_refresh_tool (LamCanvas *canvas);
/* Ends a gesture that is under way, as a release would. */
void lam_canvas_finish_gesture (LamCanvas *canvas);
/* What the visible slice panes show: a box each in level-0 voxels, one voxel
 * deep. How many there are. */
int lam_canvas_get_visible_boxes (
    LamCanvas *canvas, LamBox boxes[LAM_N_PLANES]);
/* Around all of these; false when nothing is seen. */
bool lam_canvas_get_seen_box (LamCanvas *canvas, LamBox *box);
/* Of the pane that the pointer was in last, or that keys chose. */
LamPlane lam_canvas_get_active_plane (LamCanvas *canvas);
/* The level-0 voxel under the pointer; false outside. */
bool lam_canvas_get_hover (LamCanvas *canvas, int64_t voxel[3]);
/* The same, and where nothing points the crosshair's. */
bool lam_canvas_get_aim (LamCanvas *canvas, int64_t voxel[3]);

/* For tests from outside: a line for each visible slice pane, its name, its
 * rectangle in the window's surface (x, y, width, height) and the volume's
 * coordinates (u, v) at its corners (left, top, right, bottom). */
void lam_canvas_announce_panes (LamCanvas *canvas);

/* For the pointer of one pane. */
const LamCamera *lam_canvas_get_camera (LamCanvas *canvas, LamPlane plane);
void lam_canvas_pan (
    LamCanvas *canvas, LamPlane plane, double dx_px, double dy_px);
void lam_canvas_zoom_at (
    LamCanvas *canvas, LamPlane plane, double factor, double x_px, double y_px);
void lam_canvas_scroll (LamCanvas *canvas, LamPlane plane, int slices);
/* The pointer is there; NULL: it left. */
void lam_canvas_set_hover (
    LamCanvas *canvas, LamPlane plane, const LamPointerEvent *event);
/* Whether Space is held, so that a drag pans. */
gboolean lam_canvas_is_panning_key_held (LamCanvas *canvas);
void lam_canvas_refuse (LamCanvas *canvas, const GError *error);
void lam_canvas_open_menu (
    LamCanvas *canvas, LamPlane plane, double x_px, double y_px);
void lam_canvas_step_radius (LamCanvas *canvas, int steps);
/* Turning and zooming of the overview. */
void lam_canvas_orbit (LamCanvas *canvas, double yaw, double pitch);
void lam_canvas_zoom_overview (LamCanvas *canvas, double factor);
void lam_canvas_reset_overview (LamCanvas *canvas);
