/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Moving what the panes show. The view is remembered with the project, a moment
 * after it was changed. */
#include <math.h>
#include <string.h>

#include "app/canvas-private.h"

#define SAVE_DELAY_MS 1000
#define MIN_OVERVIEW_ZOOM 0.2
#define MAX_OVERVIEW_ZOOM 20.0
#define VIEW_SETTING "view"

static gboolean
save_cb (gpointer user_data)
{
  LamCanvas *canvas = user_data;
  canvas->save_source = 0;
  g_autofree char *text = lam_linked_view_to_text (&canvas->view);
  lam_workspace_set_setting (canvas->workspace, VIEW_SETTING, text);
  return G_SOURCE_REMOVE;
}

void
lam_canvas_view_changed (LamCanvas *canvas)
{
  lam_canvas_keep_pointing (canvas);
  lam_canvas_queue_update (canvas);
  if (canvas->workspace && canvas->is_fitted && !canvas->save_source)
    canvas->save_source = g_timeout_add (SAVE_DELAY_MS, save_cb, canvas);
}

void
lam_canvas_flush_view (LamCanvas *canvas)
{
  if (!canvas->save_source)
    return;
  g_clear_handle_id (&canvas->save_source, g_source_remove);
  save_cb (canvas);
}

static unsigned
get_visible_planes (LamCanvas *canvas)
{
  unsigned planes = 0;
  for (int i = 0; i < LAM_N_PLANES; i++)
    if (lam_canvas_is_pane_visible (canvas, i))
      planes |= 1u << i;
  return planes ? planes : LAM_LINKED_VIEW_ALL;
}

/* What was remembered, or all of the volume; that stays in sight while panes
 * become larger or smaller. */
void
lam_canvas_fit_panes (LamCanvas *canvas)
{
  if (!canvas->workspace || !lam_linked_view_is_laid_out (&canvas->view))
    return;
  if (canvas->is_fitted) {
    if (canvas->view.is_whole) {
      lam_linked_view_fit (&canvas->view, get_visible_planes (canvas));
      lam_canvas_keep_pointing (canvas);
      lam_canvas_hover_changed (canvas);
    }
    return;
  }
  g_autofree char *text =
      lam_workspace_dup_setting (canvas->workspace, VIEW_SETTING);
  if (!text || !lam_linked_view_parse (&canvas->view, text))
    lam_linked_view_fit (&canvas->view, LAM_LINKED_VIEW_ALL);
  lam_linked_view_set_position (
      &canvas->view, lam_workspace_get_position (canvas->workspace), false);
  canvas->is_fitted = true;
}

const LamCamera *
lam_canvas_get_camera (LamCanvas *canvas, LamPlane plane)
{
  return &canvas->view.cameras[plane];
}

void
lam_canvas_pan (LamCanvas *canvas, LamPlane plane, double dx_px, double dy_px)
{
  lam_linked_view_pan (&canvas->view, plane, dx_px, dy_px);
  lam_canvas_view_changed (canvas);
}

void
lam_canvas_zoom_at (
    LamCanvas *canvas, LamPlane plane, double factor, double x_px, double y_px)
{
  lam_linked_view_zoom (&canvas->view, plane, factor, x_px, y_px,
      lam_workspace_get_position (canvas->workspace));
  lam_canvas_view_changed (canvas);
}

void
lam_canvas_zoom (LamCanvas *canvas, double factor)
{
  if (!canvas->workspace)
    return;
  const LamCamera *camera = &canvas->view.cameras[canvas->active];
  lam_canvas_zoom_at (canvas, canvas->active, factor, camera->width_px / 2.0,
      camera->height_px / 2.0);
}

void
lam_canvas_fit (LamCanvas *canvas)
{
  if (!canvas->workspace)
    return;
  lam_linked_view_fit (&canvas->view, get_visible_planes (canvas));
  lam_linked_view_set_position (
      &canvas->view, lam_workspace_get_position (canvas->workspace), false);
  lam_canvas_view_changed (canvas);
}

void
lam_canvas_centre (LamCanvas *canvas)
{
  if (!canvas->workspace)
    return;
  lam_linked_view_centre (
      &canvas->view, lam_workspace_get_position (canvas->workspace));
  lam_canvas_view_changed (canvas);
}

void
lam_canvas_scroll (LamCanvas *canvas, LamPlane plane, int slices)
{
  if (!canvas->workspace || slices == 0)
    return;
  double voxel[3];
  memcpy (voxel, lam_workspace_get_position (canvas->workspace), sizeof voxel);
  int w = lam_plane_w (plane);
  double last = (double)canvas->view.cameras[plane].size[w] - 0.5;
  voxel[w] = CLAMP (floor (voxel[w]) + slices + 0.5, 0.5, last);
  lam_workspace_set_position (canvas->workspace, voxel);
}

void
lam_canvas_step_slice (LamCanvas *canvas, int slices)
{
  lam_canvas_scroll (canvas, canvas->active, slices);
}

void
lam_canvas_show_box (LamCanvas *canvas, const LamBox *box)
{
  if (!canvas->workspace || lam_box_is_empty (box)
      || lam_linked_view_shows (&canvas->view, box))
    return;
  double voxel[3];
  for (int i = 0; i < 3; i++)
    voxel[i] = floor ((double)(box->min[i] + box->max[i]) / 2) + 0.5;
  lam_workspace_set_position (canvas->workspace, voxel);
}

void
lam_canvas_mark_box (LamCanvas *canvas, const LamBox *box)
{
  canvas->mark = box ? *box : (LamBox){ 0 };
  if (!canvas->workspace || lam_box_is_empty (&canvas->mark)) {
    lam_canvas_queue_update (canvas);
    return;
  }
  double voxel[3];
  for (int i = 0; i < 3; i++)
    voxel[i] = floor ((double)(box->min[i] + box->max[i] - 1) / 2) + 0.5;
  lam_linked_view_scale_to (&canvas->view, box, get_visible_planes (canvas));
  lam_workspace_set_position (canvas->workspace, voxel);
  lam_canvas_centre (canvas);
}

void
lam_canvas_orbit (LamCanvas *canvas, double yaw, double pitch)
{
  canvas->overview.yaw = remainder (canvas->overview.yaw + yaw, 2 * G_PI);
  canvas->overview.pitch =
      CLAMP (canvas->overview.pitch + pitch, -G_PI / 2, G_PI / 2);
  canvas->is_orbiting = true;
  lam_canvas_queue_update (canvas);
}

void
lam_canvas_zoom_overview (LamCanvas *canvas, double factor)
{
  canvas->overview.zoom = CLAMP (
      canvas->overview.zoom * factor, MIN_OVERVIEW_ZOOM, MAX_OVERVIEW_ZOOM);
  canvas->is_orbiting = true;
  lam_canvas_queue_update (canvas);
}

void
lam_canvas_reset_overview (LamCanvas *canvas)
{
  canvas->overview.yaw = LAM_OVERVIEW_YAW;
  canvas->overview.pitch = LAM_OVERVIEW_PITCH;
  canvas->overview.zoom = 1;
  canvas->is_orbiting = true;
  lam_canvas_queue_update (canvas);
}
