/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* What the panes show: the renderer's life, and what the workspace says of
 * image and labels. The renderer lives from the first workspace that can be
 * drawn until the panes lose their display. */
#include <string.h>

#include "app/canvas-private.h"
#include "volume/blank-source.h"
#include "workspace/labelling.h"
#include "workspace/opinions.h"
#include "workspace/regions.h"

#define BLANK_CACHE_BYTES (32LL << 20)

/* The renderer's life */

static void
redraw_cb (gpointer user_data)
{
  LamCanvas *canvas = user_data;
  /* Of a stroke, the other panes learn when this one has uploaded it. */
  canvas->forced |= lam_workspace_is_painting (canvas->workspace)
      ? 1u << canvas->active
      : (1u << LAM_CANVAS_PANES) - 1;
  lam_canvas_queue_update (canvas);
}

bool
lam_canvas_make_any_current (LamCanvas *canvas)
{
  for (int i = 0; i < LAM_CANVAS_PANES; i++)
    if (lam_pane_view_make_current (canvas->panes[i]))
      return true;
  return false;
}

void
lam_canvas_drop_renderer (LamCanvas *canvas)
{
  if (!canvas->renderer)
    return;
  for (int i = 0; i < LAM_CANVAS_PANES; i++)
    lam_pane_view_set_renderer (canvas->panes[i], NULL);
  if (!lam_canvas_make_any_current (canvas))
    lam_renderer_lose_context (canvas->renderer);
  g_clear_pointer (&canvas->renderer, lam_renderer_free);
  g_clear_pointer (&canvas->theirs, lam_theirs_unref);
}

/* Float images are kept with fewer bits than they have: the renderer must know
 * their range first. */
static bool
needs_range (LamCanvas *canvas)
{
  LamVolume *volume = canvas->volume;
  return volume && lam_volume_get_dtype (volume) == LAM_DTYPE_F32;
}

/* The box that was drawn goes once it is one of them. */
static void
leave_drawn (LamCanvas *canvas)
{
  LamBox drawn;
  if (!canvas->box || !lam_tool_box_get_region (canvas->box, &drawn))
    return;
  for (size_t i = 0; i < lam_workspace_get_n_regions (canvas->workspace); i++)
    if (lam_box_equal (
            &lam_workspace_get_nth_region (canvas->workspace, i)->box,
            &drawn)) {
      lam_tool_box_leave (canvas->box);
      return;
    }
}

static void
regions_changed_cb (LamWorkspace *workspace, LamCanvas *canvas)
{
  g_autoptr (GArray) verified = g_array_new (false, false, sizeof (LamBox));
  for (size_t i = 0; i < lam_workspace_get_n_regions (workspace); i++) {
    const LamRegion *region = lam_workspace_get_nth_region (workspace, i);
    if (region->review == LAM_REVIEW_VERIFIED)
      g_array_append_val (verified, region->box);
  }
  if (canvas->renderer)
    lam_renderer_set_verified (canvas->renderer,
        (const LamBox *)(void *)verified->data, (int)verified->len);
  leave_drawn (canvas);
  lam_canvas_queue_update (canvas);
}

void
lam_canvas_make_renderer (LamCanvas *canvas)
{
  LamWorkspace *workspace = canvas->workspace;
  if (!workspace || canvas->renderer || !canvas->volume
      || !gtk_widget_get_realized (GTK_WIDGET (canvas)))
    return;
  const LamHistogram *histogram = lam_display_get_histogram (canvas->display);
  if (needs_range (canvas) && !histogram)
    return;
  LamRendererSettings settings = { .programs = canvas->programs,
    .opinions = lam_workspace_get_opinions (workspace) };
  canvas->renderer =
      lam_renderer_new (canvas->volume, lam_workspace_get_labels (workspace),
          lam_workspace_get_classes (workspace),
          lam_workspace_get_pool (workspace), &settings, redraw_cb, canvas);
  if (needs_range (canvas))
    lam_renderer_set_image_range (
        canvas->renderer, histogram->low, histogram->high);
  for (int i = 0; i < LAM_CANVAS_PANES; i++)
    lam_pane_view_set_renderer (canvas->panes[i], canvas->renderer);
  lam_canvas_update_theirs (canvas);
  regions_changed_cb (workspace, canvas);
  lam_canvas_queue_update (canvas);
}

/* What the workspace says */

static void
position_changed_cb (LamWorkspace *workspace, LamCanvas *canvas)
{
  lam_linked_view_set_position (
      &canvas->view, lam_workspace_get_position (workspace), true);
  lam_canvas_follow_crosshair (canvas);
  lam_canvas_view_changed (canvas);
  lam_canvas_hover_changed (canvas);
}

static void
labels_changed_cb (
    LamWorkspace *workspace, LamBox *box, gboolean live, LamCanvas *canvas)
{
  if (!canvas->renderer)
    return;
  if (live)
    lam_renderer_touch_labels (canvas->renderer, box);
  else
    lam_renderer_reload_labels (canvas->renderer, box);
  redraw_cb (canvas);
  lam_canvas_hover_changed (canvas);
}

static void
opinions_changed_cb (LamWorkspace *workspace, LamBox *box, LamCanvas *canvas)
{
  if (!canvas->renderer)
    return;
  lam_renderer_reload_doubts (canvas->renderer, box);
  redraw_cb (canvas);
  lam_canvas_hover_changed (canvas);
}

static void
classes_changed_cb (LamWorkspace *workspace, LamCanvas *canvas)
{
  if (canvas->renderer)
    lam_renderer_reload_proposals (canvas->renderer);
  if (canvas->theirs)
    lam_theirs_heed_classes (
        canvas->theirs, lam_workspace_get_classes (workspace));
  lam_canvas_queue_update (canvas);
}

/* The newest run is another, or has a name now. */
static void
sources_changed_cb (LamWorkspace *workspace, LamCanvas *canvas)
{
  lam_canvas_queue_update (canvas);
  lam_canvas_hover_changed (canvas);
}

/* The class table is a new one, but what is on the graphics card stays. */
static void
project_changed_cb (LamWorkspace *workspace, LamCanvas *canvas)
{
  if (canvas->renderer)
    lam_renderer_set_classes (
        canvas->renderer, lam_workspace_get_classes (workspace));
  lam_canvas_queue_update (canvas);
}

static void
image_changed_cb (LamCanvas *canvas)
{
  if (canvas->renderer)
    lam_renderer_reload_image (canvas->renderer);
  redraw_cb (canvas);
  lam_canvas_hover_changed (canvas);
}

static void
voxel_size_cb (LamCanvas *canvas)
{
  const double *nm = lam_workspace_get_voxel_size_nm (canvas->workspace);
  if (memcmp (nm, canvas->view.cameras[0].voxel_size_nm, 3 * sizeof *nm) == 0)
    return;
  lam_linked_view_set_voxel_size (&canvas->view, nm);
  lam_canvas_view_changed (canvas);
}

static void
listen_to_volume (LamCanvas *canvas, LamVolume *volume)
{
  if (canvas->volume)
    g_signal_handlers_disconnect_by_data (canvas->volume, canvas);
  g_set_object (&canvas->volume, volume);
  if (volume)
    g_signal_connect_object (volume, "changed", G_CALLBACK (image_changed_cb),
        canvas, G_CONNECT_SWAPPED);
}

/* What stands for an image that is missing, so that labels can be seen. */
static LamVolume *
make_blank (LamWorkspace *workspace)
{
  g_autoptr (LamSource) source =
      lam_blank_source_new (lam_workspace_get_size (workspace),
          lam_workspace_get_voxel_size_nm (workspace));
  LamVolumeSettings settings = { .cache_bytes = BLANK_CACHE_BYTES };
  return lam_volume_new (source, &settings);
}

/* Another image, or only another voxel size of the same. */
static void
new_image_cb (LamWorkspace *workspace, LamCanvas *canvas)
{
  LamVolume *volume = lam_workspace_get_volume (workspace);
  voxel_size_cb (canvas);
  if (canvas->renderer && canvas->is_blank == !volume
      && (!volume || volume == canvas->volume))
    return;
  /* The renderer borrows the volume. */
  lam_canvas_drop_renderer (canvas);
  g_autoptr (LamVolume) blank = volume ? NULL : make_blank (workspace);
  canvas->is_blank = !volume;
  listen_to_volume (canvas, volume ? volume : blank);
  lam_canvas_make_renderer (canvas);
}

static void
show_box_cb (LamWorkspace *workspace, LamBox *box, LamCanvas *canvas)
{
  lam_canvas_show_box (canvas, box);
}

static void
display_changed_cb (LamDisplay *display, LamCanvas *canvas)
{
  lam_canvas_queue_update (canvas);
}

static void
histogram_changed_cb (LamDisplay *display, LamCanvas *canvas)
{
  lam_canvas_make_renderer (canvas);
}

static void
notes_changed_cb (LamWorkspace *workspace, LamCanvas *canvas)
{
  lam_canvas_queue_update (canvas);
}

static void
connect_workspace (LamCanvas *canvas)
{
  static const struct {
    const char *signal;
    GCallback callback;
  } rows[] = {
    { "position-changed", G_CALLBACK (position_changed_cb) },
    { "labels-changed", G_CALLBACK (labels_changed_cb) },
    { "opinions-changed", G_CALLBACK (opinions_changed_cb) },
    { "classes-changed", G_CALLBACK (classes_changed_cb) },
    { "regions-changed", G_CALLBACK (regions_changed_cb) },
    { "notes-changed", G_CALLBACK (notes_changed_cb) },
    { "project-changed", G_CALLBACK (project_changed_cb) },
    { "sources-changed", G_CALLBACK (sources_changed_cb) },
    { "image-changed", G_CALLBACK (new_image_cb) },
    { "show-box", G_CALLBACK (show_box_cb) },
  };
  for (size_t i = 0; i < G_N_ELEMENTS (rows); i++)
    g_signal_connect_object (
        canvas->workspace, rows[i].signal, rows[i].callback, canvas, 0);
  lam_canvas_connect_theirs (canvas);
}

void
lam_canvas_set_workspace (
    LamCanvas *canvas, LamWorkspace *workspace, LamToolBox *box)
{
  g_return_if_fail (LAM_IS_CANVAS (canvas));

  lam_canvas_finish_gesture (canvas);
  lam_canvas_flush_view (canvas);
  lam_canvas_drop_renderer (canvas);
  if (canvas->workspace)
    g_signal_handlers_disconnect_by_data (canvas->workspace, canvas);
  g_set_object (&canvas->workspace, workspace);
  lam_map_legend_set_workspace (canvas->legend, workspace);
  listen_to_volume (canvas, NULL);
  canvas->box = box;
  g_clear_pointer (&canvas->pen, lam_tool_pen_free);
  canvas->pen = box ? lam_tool_pen_new (box) : NULL;
  canvas->has_hover = canvas->is_fitted = canvas->is_by_keys = false;
  canvas->mark = (LamBox){ 0 };
  if (!workspace)
    return;

  LamLinkedView old = canvas->view;
  lam_linked_view_init (&canvas->view, lam_workspace_get_size (workspace),
      lam_workspace_get_voxel_size_nm (workspace));
  for (int i = 0; i < LAM_N_PLANES; i++)
    lam_linked_view_set_pane_size (
        &canvas->view, i, old.cameras[i].width_px, old.cameras[i].height_px);
  connect_workspace (canvas);
  lam_canvas_fit_panes (canvas);
  new_image_cb (workspace, canvas);
  lam_canvas_refresh_tool (canvas);
}

void
lam_canvas_set_display (LamCanvas *canvas, LamDisplay *display)
{
  g_return_if_fail (LAM_IS_CANVAS (canvas));
  g_set_object (&canvas->display, display);
  lam_map_legend_set_display (canvas->legend, display);
  g_signal_connect_object (
      display, "changed", G_CALLBACK (display_changed_cb), canvas, 0);
  g_signal_connect_object (display, "histogram-changed",
      G_CALLBACK (histogram_changed_cb), canvas, 0);
  lam_canvas_heed_theirs (canvas);
}
