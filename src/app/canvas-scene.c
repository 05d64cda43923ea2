/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* What the panes are drawn from. An update runs once before the next frame,
 * however many things changed. */
#include <adwaita.h>
#include <glib/gi18n-lib.h>
#include <string.h>

#include "app/announce.h"
#include "app/canvas-private.h"
#include "app/region-lines.h"
#include "workspace/labelling.h"
#include "workspace/sources.h"

#define OVERVIEW_DELAY_MS 120

static void
fill_look (LamCanvas *canvas, LamLook *look)
{
  *look = (LamLook){ 0 };
  lam_display_fill_look (canvas->display, look);
  look->selected_label = lam_workspace_get_active_label (canvas->workspace);
  look->mark = canvas->mark;
  look->newest_run = lam_workspace_get_newest_run (canvas->workspace);
  const double *voxel = lam_workspace_get_position (canvas->workspace);
  const double *nm = lam_workspace_get_voxel_size_nm (canvas->workspace);
  for (int i = 0; i < 3; i++)
    look->crosshair_nm[i] = voxel[i] * nm[i];
  bool dark = adw_style_manager_get_dark (adw_style_manager_get_default ());
  for (int i = 0; i < 3; i++)
    look->background_rgb[i] = dark ? 0.09f : 0.20f;
}

static LamBrushCursor
get_brush_cursor (LamCanvas *canvas, LamPlane plane)
{
  LamBrushCursor none = { 0 };
  if (!canvas->has_hover || canvas->active != plane || !canvas->box
      || canvas->is_space_held)
    return none;
  return lam_tool_box_get_cursor (
      canvas->box, &canvas->view.cameras[plane], &canvas->hover);
}

static char *
dup_caption (LamCanvas *canvas, LamPlane plane, int64_t slice)
{
  static const char *const axes[] = { "x", "y", "z" };
  static const char *const names[] = { N_ ("xy"), N_ ("xz"), N_ ("yz") };
  const LamCamera *camera = &canvas->view.cameras[plane];
  int w = lam_plane_w (plane);
  return g_strdup_printf ("%s    %s %" G_GINT64_FORMAT " / %" G_GINT64_FORMAT,
      _ (names[plane]), axes[w], slice, camera->size[w] - 1);
}

static void
update_caption (LamCanvas *canvas, LamPlane plane)
{
  const LamCamera *camera = &canvas->view.cameras[plane];
  const int64_t slice = lam_camera_get_slice (camera);
  const int64_t last = camera->size[lam_plane_w (plane)] - 1;
  g_autofree char *text = dup_caption (canvas, plane, slice);
  g_autofree char *longest = dup_caption (canvas, plane, last);
  lam_pane_view_set_caption (canvas->panes[plane], text, longest);
}

/* What is held by its edges is seen. */
static bool
draws_regions (LamCanvas *canvas)
{
  return lam_tool_box_get_tool (canvas->box) == lam_tool_find ("region");
}

static void
update_slice (LamCanvas *canvas, LamPlane plane, const LamLook *look)
{
  LamPaneView *pane = canvas->panes[plane];
  const LamCamera *camera = &canvas->view.cameras[plane];
  LamBrushCursor cursor = get_brush_cursor (canvas, plane);
  lam_pane_view_set_slice (pane, camera, look, &cursor);
  g_autoptr (LamSketch) sketch =
      canvas->box ? lam_tool_box_sketch (canvas->box, camera) : NULL;
  gboolean shows_ghosts, shows_regions;
  g_object_get (canvas->display, "show-ghosts", &shows_ghosts, "show-regions",
      &shows_regions, NULL);
  if (sketch && (shows_regions || draws_regions (canvas)))
    lam_region_lines_draw (canvas->workspace, camera, sketch);
  if (sketch && shows_ghosts && !look->hide_labels)
    lam_ghost_draw (&canvas->ghosts[plane], canvas->workspace, camera, sketch);
  if (sketch && canvas->outline)
    lam_voxel_outline_draw (canvas->outline, camera, sketch);
  if (sketch)
    lam_canvas_draw_notes (canvas, plane, sketch);
  if (sketch)
    lam_canvas_draw_pen (canvas, plane, sketch);
  lam_pane_view_set_sketch (pane, sketch);
}

/* Not while a frame is being drawn: these change sizes of widgets. */
static void
update_marks (LamCanvas *canvas, LamPlane plane)
{
  LamPaneView *pane = canvas->panes[plane];
  const LamCamera *camera = &canvas->view.cameras[plane];
  gboolean in_voxels = !lam_workspace_knows_voxel_size (canvas->workspace);
  double unit_nm = in_voxels ? camera->voxel_size_nm[lam_plane_u (plane)] : 1;
  lam_pane_view_set_scale (pane, camera->nm_per_px / unit_nm, in_voxels);
  update_caption (canvas, plane);
}

static void
update_overview (LamCanvas *canvas, const LamLook *look)
{
  LamPaneView *pane = canvas->panes[LAM_CANVAS_OVERVIEW];
  memcpy (canvas->overview.slices, canvas->view.cameras,
      sizeof canvas->overview.slices);
  lam_pane_view_set_overview (pane, &canvas->overview, look);
}

static void
draw_if_needed (LamCanvas *canvas, int pane)
{
  if (canvas->forced & 1u << pane
      || lam_pane_view_needs_draw (canvas->panes[pane]))
    lam_pane_view_queue_draw (canvas->panes[pane]);
  canvas->forced &= ~(1u << pane);
}

static void
draw_overview (LamCanvas *canvas)
{
  LamLook look;
  fill_look (canvas, &look);
  update_overview (canvas, &look);
  lam_pane_view_set_caption (
      canvas->pane_overview, _ ("Overview"), _ ("Overview"));
  draw_if_needed (canvas, LAM_CANVAS_OVERVIEW);
}

static gboolean
overview_cb (gpointer user_data)
{
  LamCanvas *canvas = user_data;
  canvas->overview_source = 0;
  if (canvas->renderer && canvas->is_fitted
      && lam_canvas_is_pane_visible (canvas, LAM_CANVAS_OVERVIEW))
    draw_overview (canvas);
  lam_canvas_check_drawn (canvas);
  return G_SOURCE_REMOVE;
}

/* Three planes in space cost more than a slice and matter less while one
 * scrolls: they follow a few times a second. */
static void
queue_overview (LamCanvas *canvas)
{
  if (canvas->maximised == LAM_CANVAS_OVERVIEW || canvas->is_orbiting)
    draw_overview (canvas);
  else if (!canvas->overview_source)
    canvas->overview_source =
        g_timeout_add (OVERVIEW_DELAY_MS, overview_cb, canvas);
  canvas->is_orbiting = false;
}

/* The pane that is drawn next: the one under the pointer, but never twice in a
 * row while another waits; -1 when all are up to date. */
static int
next_stale (const LamCanvas *canvas)
{
  if (canvas->stale & 1u << canvas->active
      && canvas->drawn_last != (int)canvas->active)
    return canvas->active;
  for (int i = 1; i <= LAM_CANVAS_PANES; i++) {
    int pane = (canvas->drawn_last + i) % LAM_CANVAS_PANES;
    if (canvas->stale & 1u << pane)
      return pane;
  }
  return -1;
}

static void
update_pane (LamCanvas *canvas, int pane)
{
  if (!lam_canvas_is_pane_visible (canvas, pane))
    return;
  if (pane == LAM_CANVAS_OVERVIEW) {
    queue_overview (canvas);
    return;
  }
  LamLook look;
  fill_look (canvas, &look);
  update_slice (canvas, pane, &look);
  update_marks (canvas, pane);
  draw_if_needed (canvas, pane);
}

/* One pane a frame: where the processor draws, four at once would keep the
 * person waiting for what is not looked at. */
static gboolean
update_cb (GtkWidget *widget, GdkFrameClock *clock, gpointer user_data)
{
  LamCanvas *canvas = LAM_CANVAS (widget);
  int pane = next_stale (canvas);
  lam_canvas_tell_view (canvas);
  if (pane >= 0 && canvas->renderer && canvas->is_fitted) {
    canvas->stale &= ~(1u << pane);
    canvas->drawn_last = pane;
    update_pane (canvas, pane);
  } else
    canvas->stale = canvas->forced = 0;
  if (canvas->stale)
    return G_SOURCE_CONTINUE;
  canvas->update_tick = 0;
  lam_canvas_check_drawn (canvas);
  return G_SOURCE_REMOVE;
}

void
lam_canvas_queue_update (LamCanvas *canvas)
{
  canvas->is_awaited = true;
  canvas->stale = (1u << LAM_CANVAS_PANES) - 1;
  if (!canvas->update_tick)
    canvas->update_tick = gtk_widget_add_tick_callback (
        GTK_WIDGET (canvas), update_cb, NULL, NULL);
}

void
lam_canvas_update_scene (LamCanvas *canvas, int pane)
{
  if (!canvas->renderer || !canvas->is_fitted)
    return;
  LamLook look;
  fill_look (canvas, &look);
  if (pane == LAM_CANVAS_OVERVIEW)
    update_overview (canvas, &look);
  else
    update_slice (canvas, pane, &look);
}

static void
announce_pane (LamCanvas *canvas, LamPlane plane)
{
  GtkWidget *area = lam_pane_view_get_area (canvas->panes[plane]);
  GtkNative *native = gtk_widget_get_native (area);
  const LamCamera *camera = &canvas->view.cameras[plane];
  double x, y, dx, dy, first[3], last[3];
  gtk_native_get_surface_transform (native, &dx, &dy);
  gtk_widget_translate_coordinates (area, GTK_WIDGET (native), 0, 0, &x, &y);
  lam_camera_px_to_voxel (camera, 0, 0, first);
  lam_camera_px_to_voxel (camera, camera->width_px, camera->height_px, last);
  int u = lam_plane_u (plane), v = lam_plane_v (plane);
  lam_announce ("PANE %s %d %d %d %d %.3f %.3f %.3f %.3f",
      lam_plane_name (plane), (int)(x + dx), (int)(y + dy),
      gtk_widget_get_width (area), gtk_widget_get_height (area), first[u],
      first[v], last[u], last[v]);
}

void
lam_canvas_announce_panes (LamCanvas *canvas)
{
  g_return_if_fail (LAM_IS_CANVAS (canvas));
  for (int i = 0; i < LAM_N_PLANES; i++)
    if (lam_canvas_is_pane_visible (canvas, i))
      announce_pane (canvas, i);
}
