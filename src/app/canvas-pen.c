/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Keys in place of the pointer. Once a key has chosen a pane, moved the
 * crosshair in it or put the pen down, the crosshair is what points, in that
 * pane, until the pointer is moved. Whatever moves the crosshair but these keys
 * lifts the pen: between the two places nothing was drawn. */
#include <math.h>
#include <string.h>

#include "app/announce.h"
#include "app/canvas-private.h"

#define PEN_RGB 0xffffff

static const double *
get_crosshair (LamCanvas *canvas)
{
  return lam_workspace_get_position (canvas->workspace);
}

static bool
is_down (LamCanvas *canvas)
{
  return canvas->pen && lam_tool_pen_is_down (canvas->pen);
}

/* ---- What is shown of it ------------------------------------------------ */

LamPenState
lam_canvas_get_pen (LamCanvas *canvas)
{
  if (!canvas->workspace || !canvas->is_by_keys)
    return LAM_PEN_AWAY;
  if (!is_down (canvas))
    return LAM_PEN_UP;
  return lam_tool_pen_get_flags (canvas->pen) & LAM_POINTER_ERASER
      ? LAM_PEN_ERASES
      : LAM_PEN_DOWN;
}

void
lam_canvas_show_pen (LamCanvas *canvas)
{
  static const char *const names[] = { "away", "up", "down", "erases" };
  const LamPenState state = lam_canvas_get_pen (canvas);
  for (int i = 0; i < LAM_N_PLANES; i++)
    lam_pane_view_set_active (
        canvas->panes[i], canvas->active == (LamPlane)i, state != LAM_PEN_AWAY);
  if (state == canvas->shown_pen && canvas->active == canvas->shown_plane)
    return;
  canvas->shown_pen = state;
  canvas->shown_plane = canvas->active;
  lam_canvas_pen_changed (canvas);
  if (state != LAM_PEN_AWAY)
    lam_announce ("PEN %s %s", names[state], lam_plane_name (canvas->active));
}

void
lam_canvas_draw_pen (LamCanvas *canvas, LamPlane plane, LamSketch *sketch)
{
  const LamPenState state = lam_canvas_get_pen (canvas);
  if (state == LAM_PEN_AWAY || plane != canvas->active)
    return;
  const double *voxel = get_crosshair (canvas);
  const double at[2] = { voxel[lam_plane_u (plane)],
    voxel[lam_plane_v (plane)] };
  if (state == LAM_PEN_UP)
    lam_sketch_add_point (sketch, at, PEN_RGB);
  else
    lam_sketch_add_dot (sketch, at, PEN_RGB, LAM_SKETCH_FIRM, true);
}

/* ---- Pointing ----------------------------------------------------------- */

static void
point_at_crosshair (LamCanvas *canvas)
{
  LamPointerEvent event = { .pressure = 1 };
  if (is_down (canvas))
    event.flags = lam_tool_pen_get_flags (canvas->pen);
  lam_camera_voxel_to_px (&canvas->view.cameras[canvas->active],
      get_crosshair (canvas), &event.x_px, &event.y_px);
  lam_canvas_hover (canvas, canvas->active, &event);
}

static void
take_over (LamCanvas *canvas)
{
  canvas->is_by_keys = true;
  point_at_crosshair (canvas);
  lam_canvas_show_pen (canvas);
  lam_canvas_queue_update (canvas);
}

/* A window that is laid out anew sends motion from where the pointer is
 * anyway. */
bool
lam_canvas_heed_pointer (
    LamCanvas *canvas, LamPlane plane, const LamPointerEvent *event)
{
  if (!event)
    return !canvas->is_by_keys;
  const bool has_moved = canvas->pointer_plane != plane
      || canvas->pointer.x_px != event->x_px
      || canvas->pointer.y_px != event->y_px;
  canvas->pointer = *event;
  canvas->pointer_plane = plane;
  if (canvas->is_by_keys && (is_down (canvas) || !has_moved))
    return false;
  canvas->is_by_keys = false;
  return true;
}

void
lam_canvas_follow_crosshair (LamCanvas *canvas)
{
  if (is_down (canvas) && canvas->is_stepping)
    lam_tool_pen_carry (canvas->pen, &canvas->view.cameras[canvas->active],
        get_crosshair (canvas));
  else
    lam_canvas_lift_pen (canvas);
}

void
lam_canvas_keep_pointing (LamCanvas *canvas)
{
  if (!canvas->is_by_keys || !canvas->workspace)
    return;
  point_at_crosshair (canvas);
  lam_canvas_show_pen (canvas);
}

bool
lam_canvas_get_aim (LamCanvas *canvas, int64_t voxel[3])
{
  if (!canvas->workspace)
    return false;
  if (canvas->has_hover)
    return lam_canvas_get_hover (canvas, voxel);
  const double *at = get_crosshair (canvas);
  const int64_t *size = lam_workspace_get_size (canvas->workspace);
  for (int i = 0; i < 3; i++)
    voxel[i] = CLAMP ((int64_t)floor (at[i]), 0, size[i] - 1);
  return true;
}

/* One of the slices that are on screen. */
static void
choose_pane (LamCanvas *canvas)
{
  if (canvas->maximised >= 0 && canvas->maximised < LAM_N_PLANES)
    canvas->active = (LamPlane)canvas->maximised;
}

/* ---- For keys ----------------------------------------------------------- */

void
lam_canvas_lift_pen (LamCanvas *canvas)
{
  const bool was_down = is_down (canvas);
  if (canvas->pen)
    lam_tool_pen_lift (canvas->pen);
  if (!was_down)
    return;
  lam_canvas_show_pen (canvas);
  lam_canvas_queue_update (canvas);
}

void
lam_canvas_toggle_pen (LamCanvas *canvas, LamPointerFlags flags)
{
  g_autoptr (GError) error = NULL;
  if (!canvas->box || !canvas->is_fitted)
    return;
  lam_canvas_take_keys (canvas);
  if (is_down (canvas)) {
    lam_canvas_lift_pen (canvas);
    return;
  }
  choose_pane (canvas);
  if (lam_tool_pen_put_down (canvas->pen, &canvas->view.cameras[canvas->active],
          get_crosshair (canvas), flags, &error))
    take_over (canvas);
  else if (error)
    lam_canvas_refuse (canvas, error);
}

void
lam_canvas_step_across (LamCanvas *canvas, int right, int down)
{
  double voxel[3];
  if (!canvas->workspace)
    return;
  choose_pane (canvas);
  const LamCamera *camera = &canvas->view.cameras[canvas->active];
  const int axes[] = { lam_plane_u (canvas->active),
    lam_plane_v (canvas->active) };
  const int steps[] = { right, down };
  memcpy (voxel, get_crosshair (canvas), sizeof voxel);
  for (int i = 0; i < 2; i++) {
    double *at = &voxel[axes[i]];
    const double last = (double)camera->size[axes[i]] - 0.5;
    if (steps[i] != 0)
      *at = CLAMP (floor (*at) + steps[i] + 0.5, 0.5, last);
  }
  canvas->is_stepping = true;
  lam_workspace_set_position (canvas->workspace, voxel);
  canvas->is_stepping = false;
  take_over (canvas);
}

void
lam_canvas_step_pane (LamCanvas *canvas, int steps)
{
  if (!canvas->workspace)
    return;
  lam_canvas_lift_pen (canvas);
  canvas->active = ((int)canvas->active + steps % LAM_N_PLANES + LAM_N_PLANES)
      % LAM_N_PLANES;
  if (canvas->maximised >= 0)
    lam_canvas_maximise (canvas, (int)canvas->active);
  lam_canvas_take_keys (canvas);
  take_over (canvas);
}
