/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Whatever changes, changes values here and asks for an update; the update runs
 * once before the next frame, hands each visible pane its scene and lets it
 * draw. Nothing is drawn while nothing changes.
 *
 * A pane is maximised by hiding the others, never by moving it to another
 * parent: that would cost its OpenGL context. The renderer lives from the
 * first workspace that can be drawn until the panes lose their display. */
#include "app/canvas.h"

#include <adwaita.h>
#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

#include "app/announce.h"
#include "app/linked-view.h"
#include "app/overview-input.h"
#include "app/pane-input.h"
#include "workspace/labelling.h"

#define OVERVIEW LAM_N_PLANES
#define N_PANES (LAM_N_PLANES + 1)
#define SAVE_DELAY_MS 1000
#define START_YAW 0.6
#define START_PITCH 0.5
#define MIN_OVERVIEW_ZOOM 0.2
#define MAX_OVERVIEW_ZOOM 20.0
#define VIEW_SETTING "view"

struct _LamCanvas {
  GtkWidget parent_instance;
  LamLinkedView view;
  LamOverview overview;
  LamPlane active; /* where the pointer was last */
  int maximised; /* a pane's number, or -1 */
  bool has_hover;
  bool is_fitted;
  bool is_space_held;
  bool is_awaited; /* a frame that was asked for is not complete yet */
  LamPointerEvent hover;
  guint update_tick;
  guint save_source;
  /* Owned */
  LamWorkspace *workspace;
  LamDisplay *display;
  LamRenderer *renderer;
  /* Borrowed */
  LamToolBox *box;
  LamPaneInput *inputs[LAM_N_PLANES];
  LamPaneView *panes[N_PANES];
  /* Template children */
  GtkPaned *rows;
  GtkPaned *top;
  GtkPaned *bottom;
  LamPaneView *pane_xy;
  LamPaneView *pane_xz;
  LamPaneView *pane_yz;
  LamPaneView *pane_overview;
};

G_DEFINE_FINAL_TYPE (LamCanvas, lam_canvas, GTK_TYPE_WIDGET)

enum { HOVER_CHANGED, DRAWN, REFUSED, MENU, BRUSH_CHANGED, N_SIGNALS };
static guint signals[N_SIGNALS];

/* What panes are drawn from */

static void
fill_look (LamCanvas *canvas, LamLook *look)
{
  *look = (LamLook){ 0 };
  lam_display_fill_look (canvas->display, look);
  look->selected_label = lam_workspace_get_active_label (canvas->workspace);
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

static void
update_caption (LamCanvas *canvas, LamPlane plane)
{
  static const char *const axes[] = { "x", "y", "z" };
  static const char *const names[] = { N_ ("xy"), N_ ("xz"), N_ ("yz") };
  const LamCamera *camera = &canvas->view.cameras[plane];
  int w = lam_plane_w (plane);
  g_autofree char *text = g_strdup_printf (
      "%s    %s %" G_GINT64_FORMAT " / %" G_GINT64_FORMAT, _ (names[plane]),
      axes[w], lam_camera_get_slice (camera), camera->size[w] - 1);
  lam_pane_view_set_caption (canvas->panes[plane], text);
}

static void
update_slice (LamCanvas *canvas, LamPlane plane, const LamLook *look)
{
  LamPaneView *pane = canvas->panes[plane];
  const LamCamera *camera = &canvas->view.cameras[plane];
  LamBrushCursor cursor = get_brush_cursor (canvas, plane);
  lam_pane_view_set_slice (pane, camera, look, &cursor);
}

/* Not while a frame is being drawn: these change sizes of widgets. */
static void
update_marks (LamCanvas *canvas, LamPlane plane)
{
  LamPaneView *pane = canvas->panes[plane];
  const LamCamera *camera = &canvas->view.cameras[plane];
  lam_pane_view_set_scale (pane,
      lam_workspace_knows_voxel_size (canvas->workspace) ? camera->nm_per_px
                                                         : 0);
  update_caption (canvas, plane);
}

static void
update_overview (LamCanvas *canvas, const LamLook *look)
{
  LamPaneView *pane = canvas->panes[OVERVIEW];
  memcpy (canvas->overview.slices, canvas->view.cameras,
      sizeof canvas->overview.slices);
  lam_pane_view_set_overview (pane, &canvas->overview, look);
}

static bool
is_pane_visible (LamCanvas *canvas, int i)
{
  return canvas->maximised < 0 || canvas->maximised == i;
}

static unsigned
get_visible_planes (LamCanvas *canvas)
{
  unsigned planes = 0;
  for (int i = 0; i < LAM_N_PLANES; i++)
    if (is_pane_visible (canvas, i))
      planes |= 1u << i;
  return planes ? planes : LAM_LINKED_VIEW_ALL;
}

static gboolean
update_cb (GtkWidget *widget, GdkFrameClock *clock, gpointer user_data)
{
  LamCanvas *canvas = LAM_CANVAS (widget);
  canvas->update_tick = 0;
  if (!canvas->renderer || !canvas->is_fitted)
    return G_SOURCE_REMOVE;
  LamLook look;
  fill_look (canvas, &look);
  for (int i = 0; i < N_PANES; i++) {
    if (!is_pane_visible (canvas, i))
      continue;
    if (i == OVERVIEW)
      update_overview (canvas, &look);
    else
      update_slice (canvas, i, &look);
    if (i != OVERVIEW)
      update_marks (canvas, i);
    lam_pane_view_queue_draw (canvas->panes[i]);
  }
  return G_SOURCE_REMOVE;
}

static void
queue_update (LamCanvas *canvas)
{
  canvas->is_awaited = true;
  if (!canvas->update_tick)
    canvas->update_tick = gtk_widget_add_tick_callback (
        GTK_WIDGET (canvas), update_cb, NULL, NULL);
}

static void
drawn_cb (LamPaneView *pane, LamCanvas *canvas)
{
  bool complete = !canvas->update_tick;
  for (int i = 0; i < N_PANES; i++)
    if (is_pane_visible (canvas, i))
      complete = complete && lam_pane_view_is_complete (canvas->panes[i]);
  if (!canvas->is_awaited)
    return;
  canvas->is_awaited = !complete;
  g_signal_emit (canvas, signals[DRAWN], 0, complete);
}

/* The view is remembered with the project. */

static gboolean
save_cb (gpointer user_data)
{
  LamCanvas *canvas = user_data;
  canvas->save_source = 0;
  g_autofree char *text = lam_linked_view_to_text (&canvas->view);
  lam_workspace_set_setting (canvas->workspace, VIEW_SETTING, text);
  return G_SOURCE_REMOVE;
}

static void
view_changed (LamCanvas *canvas)
{
  queue_update (canvas);
  if (canvas->workspace && canvas->is_fitted && !canvas->save_source)
    canvas->save_source = g_timeout_add (SAVE_DELAY_MS, save_cb, canvas);
}

static void
flush_save (LamCanvas *canvas)
{
  if (!canvas->save_source)
    return;
  g_clear_handle_id (&canvas->save_source, g_source_remove);
  save_cb (canvas);
}

/* The first view, as soon as the panes have sizes: what was remembered, or all
 * of the volume. */
static void
fit_first (LamCanvas *canvas)
{
  if (canvas->is_fitted || !canvas->workspace
      || !lam_linked_view_is_laid_out (&canvas->view))
    return;
  g_autofree char *text =
      lam_workspace_dup_setting (canvas->workspace, VIEW_SETTING);
  if (!text || !lam_linked_view_parse (&canvas->view, text))
    lam_linked_view_fit (&canvas->view, LAM_LINKED_VIEW_ALL);
  lam_linked_view_set_position (
      &canvas->view, lam_workspace_get_position (canvas->workspace), false);
  canvas->is_fitted = true;
}

static void
resized_cb (LamPaneView *pane, int width_px, int height_px, LamCanvas *canvas)
{
  if (pane == canvas->panes[OVERVIEW]) {
    canvas->overview.width_px = MAX (width_px, 1);
    canvas->overview.height_px = MAX (height_px, 1);
  }
  for (int i = 0; i < LAM_N_PLANES; i++)
    if (pane == canvas->panes[i])
      lam_linked_view_set_pane_size (&canvas->view, i, width_px, height_px);
  fit_first (canvas);
  queue_update (canvas);
  /* This frame is being drawn already: it must have the new size. */
  if (!canvas->renderer || !canvas->is_fitted)
    return;
  LamLook look;
  fill_look (canvas, &look);
  for (int i = 0; i < LAM_N_PLANES; i++)
    if (pane == canvas->panes[i])
      update_slice (canvas, i, &look);
  if (pane == canvas->panes[OVERVIEW])
    update_overview (canvas, &look);
}

/* The renderer's life */

static void
redraw_cb (gpointer user_data)
{
  LamCanvas *canvas = user_data;
  for (int i = 0; i < N_PANES; i++)
    if (is_pane_visible (canvas, i))
      lam_pane_view_queue_draw (canvas->panes[i]);
  canvas->is_awaited = true;
}

static void
drop_renderer (LamCanvas *canvas)
{
  if (!canvas->renderer)
    return;
  for (int i = 0; i < N_PANES; i++)
    lam_pane_view_set_renderer (canvas->panes[i], NULL);
  bool current = false;
  for (int i = 0; i < N_PANES && !current; i++)
    current = lam_pane_view_make_current (canvas->panes[i]);
  if (!current)
    lam_renderer_lose_context (canvas->renderer);
  g_clear_pointer (&canvas->renderer, lam_renderer_free);
}

/* Float images are kept with fewer bits than they have: the renderer must know
 * their range first. */
static bool
needs_range (LamCanvas *canvas)
{
  LamVolume *volume = lam_workspace_get_volume (canvas->workspace);
  return volume && lam_volume_get_dtype (volume) == LAM_DTYPE_F32;
}

static void
make_renderer (LamCanvas *canvas)
{
  LamWorkspace *workspace = canvas->workspace;
  if (!workspace || canvas->renderer || !lam_workspace_get_volume (workspace)
      || !gtk_widget_get_realized (GTK_WIDGET (canvas)))
    return;
  const LamHistogram *histogram = lam_display_get_histogram (canvas->display);
  if (needs_range (canvas) && !histogram)
    return;
  canvas->renderer = lam_renderer_new (lam_workspace_get_volume (workspace),
      lam_workspace_get_labels (workspace),
      lam_workspace_get_classes (workspace), lam_workspace_get_pool (workspace),
      NULL, redraw_cb, canvas);
  if (needs_range (canvas))
    lam_renderer_set_image_range (
        canvas->renderer, histogram->low, histogram->high);
  for (int i = 0; i < N_PANES; i++)
    lam_pane_view_set_renderer (canvas->panes[i], canvas->renderer);
  queue_update (canvas);
}

static void
remake_renderer (LamCanvas *canvas)
{
  drop_renderer (canvas);
  make_renderer (canvas);
}

/* What the workspace says */

static void
position_changed_cb (LamWorkspace *workspace, LamCanvas *canvas)
{
  lam_linked_view_set_position (
      &canvas->view, lam_workspace_get_position (workspace), true);
  view_changed (canvas);
  g_signal_emit (canvas, signals[HOVER_CHANGED], 0);
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
  g_signal_emit (canvas, signals[HOVER_CHANGED], 0);
}

static void
classes_changed_cb (LamWorkspace *workspace, LamCanvas *canvas)
{
  queue_update (canvas);
}

static void
project_changed_cb (LamWorkspace *workspace, LamCanvas *canvas)
{
  remake_renderer (canvas);
}

static void
image_changed_cb (LamCanvas *canvas)
{
  if (canvas->renderer)
    lam_renderer_reload_image (canvas->renderer);
  redraw_cb (canvas);
  g_signal_emit (canvas, signals[HOVER_CHANGED], 0);
}

static void
voxel_size_cb (LamCanvas *canvas)
{
  const double *nm = lam_workspace_get_voxel_size_nm (canvas->workspace);
  if (memcmp (nm, canvas->view.cameras[0].voxel_size_nm, 3 * sizeof *nm) == 0)
    return;
  lam_linked_view_set_voxel_size (&canvas->view, nm);
  view_changed (canvas);
}

static void
new_image_cb (LamWorkspace *workspace, LamCanvas *canvas)
{
  LamVolume *volume = lam_workspace_get_volume (workspace);
  if (volume)
    g_signal_connect_object (volume, "changed", G_CALLBACK (image_changed_cb),
        canvas, G_CONNECT_SWAPPED);
  voxel_size_cb (canvas);
  remake_renderer (canvas);
}

static void
show_box_cb (LamWorkspace *workspace, LamBox *box, LamCanvas *canvas)
{
  lam_canvas_show_box (canvas, box);
}

static void
display_changed_cb (LamDisplay *display, LamCanvas *canvas)
{
  queue_update (canvas);
}

static void
histogram_changed_cb (LamDisplay *display, LamCanvas *canvas)
{
  make_renderer (canvas);
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
    { "classes-changed", G_CALLBACK (classes_changed_cb) },
    { "project-changed", G_CALLBACK (project_changed_cb) },
    { "image-changed", G_CALLBACK (new_image_cb) },
    { "show-box", G_CALLBACK (show_box_cb) },
  };
  for (size_t i = 0; i < G_N_ELEMENTS (rows); i++)
    g_signal_connect_object (
        canvas->workspace, rows[i].signal, rows[i].callback, canvas, 0);
}

void
lam_canvas_set_workspace (
    LamCanvas *canvas, LamWorkspace *workspace, LamToolBox *box)
{
  g_return_if_fail (LAM_IS_CANVAS (canvas));

  lam_canvas_finish_gesture (canvas);
  flush_save (canvas);
  drop_renderer (canvas);
  if (canvas->workspace)
    g_signal_handlers_disconnect_by_data (canvas->workspace, canvas);
  g_set_object (&canvas->workspace, workspace);
  canvas->box = box;
  canvas->has_hover = canvas->is_fitted = false;
  if (!workspace)
    return;

  LamLinkedView old = canvas->view;
  lam_linked_view_init (&canvas->view, lam_workspace_get_size (workspace),
      lam_workspace_get_voxel_size_nm (workspace));
  for (int i = 0; i < LAM_N_PLANES; i++)
    lam_linked_view_set_pane_size (
        &canvas->view, i, old.cameras[i].width_px, old.cameras[i].height_px);
  connect_workspace (canvas);
  fit_first (canvas);
  new_image_cb (workspace, canvas);
  lam_canvas_refresh_tool (canvas);
}

void
lam_canvas_set_display (LamCanvas *canvas, LamDisplay *display)
{
  g_return_if_fail (LAM_IS_CANVAS (canvas));
  g_set_object (&canvas->display, display);
  g_signal_connect_object (
      display, "changed", G_CALLBACK (display_changed_cb), canvas, 0);
  g_signal_connect_object (display, "histogram-changed",
      G_CALLBACK (histogram_changed_cb), canvas, 0);
}

LamToolBox *
lam_canvas_get_tool_box (LamCanvas *canvas)
{
  return canvas->box;
}

/* Moving the view */

const LamCamera *
lam_canvas_get_camera (LamCanvas *canvas, LamPlane plane)
{
  return &canvas->view.cameras[plane];
}

void
lam_canvas_pan (LamCanvas *canvas, LamPlane plane, double dx_px, double dy_px)
{
  lam_camera_pan (&canvas->view.cameras[plane], dx_px, dy_px);
  view_changed (canvas);
}

void
lam_canvas_zoom_at (
    LamCanvas *canvas, LamPlane plane, double factor, double x_px, double y_px)
{
  lam_linked_view_zoom (&canvas->view, plane, factor, x_px, y_px,
      lam_workspace_get_position (canvas->workspace));
  view_changed (canvas);
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
  view_changed (canvas);
}

void
lam_canvas_centre (LamCanvas *canvas)
{
  if (!canvas->workspace)
    return;
  lam_linked_view_centre (
      &canvas->view, lam_workspace_get_position (canvas->workspace));
  view_changed (canvas);
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
lam_canvas_orbit (LamCanvas *canvas, double yaw, double pitch)
{
  canvas->overview.yaw = remainder (canvas->overview.yaw + yaw, 2 * G_PI);
  canvas->overview.pitch =
      CLAMP (canvas->overview.pitch + pitch, -G_PI / 2, G_PI / 2);
  queue_update (canvas);
}

void
lam_canvas_zoom_overview (LamCanvas *canvas, double factor)
{
  canvas->overview.zoom = CLAMP (
      canvas->overview.zoom * factor, MIN_OVERVIEW_ZOOM, MAX_OVERVIEW_ZOOM);
  queue_update (canvas);
}

void
lam_canvas_reset_overview (LamCanvas *canvas)
{
  canvas->overview.yaw = START_YAW;
  canvas->overview.pitch = START_PITCH;
  canvas->overview.zoom = 1;
  queue_update (canvas);
}

/* Pointer and tools */

void
lam_canvas_set_hover (
    LamCanvas *canvas, LamPlane plane, const LamPointerEvent *event)
{
  if (event) {
    canvas->hover = *event;
    canvas->active = plane;
  }
  canvas->has_hover = event && canvas->workspace;
  if (canvas->box && lam_tool_box_get_tool (canvas->box)->shows_brush)
    queue_update (canvas);
  g_signal_emit (canvas, signals[HOVER_CHANGED], 0);
}

bool
lam_canvas_get_hover (LamCanvas *canvas, int64_t voxel[3])
{
  if (!canvas->has_hover)
    return false;
  const LamCamera *camera = &canvas->view.cameras[canvas->active];
  double point[3];
  lam_camera_px_to_voxel (
      camera, canvas->hover.x_px, canvas->hover.y_px, point);
  for (int i = 0; i < 3; i++) {
    voxel[i] = (int64_t)floor (point[i]);
    if (voxel[i] < 0 || voxel[i] >= camera->size[i])
      return false;
  }
  return true;
}

gboolean
lam_canvas_is_panning_key_held (LamCanvas *canvas)
{
  return canvas->is_space_held;
}

void
lam_canvas_refresh_tool (LamCanvas *canvas)
{
  for (int i = 0; i < LAM_N_PLANES; i++)
    lam_pane_input_update_cursor (canvas->inputs[i]);
  queue_update (canvas);
}

void
lam_canvas_finish_gesture (LamCanvas *canvas)
{
  for (int i = 0; i < LAM_N_PLANES; i++)
    lam_pane_input_finish (canvas->inputs[i]);
}

void
lam_canvas_refuse (LamCanvas *canvas, const GError *error)
{
  g_signal_emit (canvas, signals[REFUSED], 0, error);
}

void
lam_canvas_open_menu (
    LamCanvas *canvas, LamPlane plane, double x_px, double y_px)
{
  int scale = gtk_widget_get_scale_factor (GTK_WIDGET (canvas));
  g_signal_emit (canvas, signals[MENU], 0, canvas->panes[plane], x_px / scale,
      y_px / scale);
}

void
lam_canvas_step_radius (LamCanvas *canvas, int steps)
{
  if (!canvas->box || steps == 0)
    return;
  lam_tool_box_step_radius (canvas->box, steps);
  g_signal_emit (canvas, signals[BRUSH_CHANGED], 0);
  queue_update (canvas);
}

static void
set_maximised (LamCanvas *canvas, int pane)
{
  canvas->maximised = pane;
  for (int i = 0; i < N_PANES; i++) {
    gtk_widget_set_visible (
        GTK_WIDGET (canvas->panes[i]), is_pane_visible (canvas, i));
    lam_pane_view_set_maximised (canvas->panes[i], pane == i);
  }
  bool top = pane < 0 || pane == LAM_PLANE_XY || pane == LAM_PLANE_YZ;
  gtk_widget_set_visible (GTK_WIDGET (canvas->top), top);
  gtk_widget_set_visible (GTK_WIDGET (canvas->bottom), pane < 0 || !top);
  queue_update (canvas);
}

static void
maximise_cb (LamPaneView *pane, LamCanvas *canvas)
{
  int wanted = -1;
  for (int i = 0; i < N_PANES && canvas->maximised < 0; i++)
    if (canvas->panes[i] == pane)
      wanted = i;
  set_maximised (canvas, wanted);
}

void
lam_canvas_toggle_maximise (LamCanvas *canvas)
{
  set_maximised (canvas, canvas->maximised < 0 ? (int)canvas->active : -1);
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
    if (is_pane_visible (canvas, i))
      announce_pane (canvas, i);
}

/* Held keys: Space pans, Tab hides the labels. */

static void
set_space_held (LamCanvas *canvas, bool held)
{
  if (canvas->is_space_held == held)
    return;
  canvas->is_space_held = held;
  lam_canvas_refresh_tool (canvas);
}

static gboolean
key_cb (GtkEventControllerKey *controller, guint key, guint code,
    GdkModifierType state, LamCanvas *canvas)
{
  if (key == GDK_KEY_space && !(state & GDK_CONTROL_MASK))
    set_space_held (canvas, true);
  else if (key == GDK_KEY_Tab
      && !(state & (GDK_CONTROL_MASK | GDK_SHIFT_MASK | GDK_ALT_MASK)))
    g_object_set (canvas->display, "hide-labels", TRUE, NULL);
  else
    return FALSE;
  return TRUE;
}

static void
key_released_cb (GtkEventControllerKey *controller, guint key, guint code,
    GdkModifierType state, LamCanvas *canvas)
{
  if (key == GDK_KEY_space)
    set_space_held (canvas, false);
  else if (key == GDK_KEY_Tab)
    g_object_set (canvas->display, "hide-labels", FALSE, NULL);
}

static void
focus_left_cb (GtkEventControllerFocus *controller, LamCanvas *canvas)
{
  set_space_held (canvas, false);
  if (canvas->display)
    g_object_set (canvas->display, "hide-labels", FALSE, NULL);
}

/* The widget */

static void
lam_canvas_realize (GtkWidget *widget)
{
  GTK_WIDGET_CLASS (lam_canvas_parent_class)->realize (widget);
  make_renderer (LAM_CANVAS (widget));
}

static void
lam_canvas_unrealize (GtkWidget *widget)
{
  /* While the panes still have their contexts. */
  drop_renderer (LAM_CANVAS (widget));
  GTK_WIDGET_CLASS (lam_canvas_parent_class)->unrealize (widget);
}

static void
lam_canvas_dispose (GObject *object)
{
  LamCanvas *canvas = LAM_CANVAS (object);
  if (canvas->workspace)
    lam_canvas_set_workspace (canvas, NULL, NULL);
  g_clear_handle_id (&canvas->save_source, g_source_remove);
  gtk_widget_dispose_template (GTK_WIDGET (canvas), LAM_TYPE_CANVAS);
  g_clear_object (&canvas->display);
  G_OBJECT_CLASS (lam_canvas_parent_class)->dispose (object);
}

static void
add_signals (void)
{
  signals[HOVER_CHANGED] = g_signal_new ("hover-changed", LAM_TYPE_CANVAS,
      G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  signals[DRAWN] = g_signal_new ("drawn", LAM_TYPE_CANVAS, G_SIGNAL_RUN_LAST, 0,
      NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_BOOLEAN);
  signals[REFUSED] = g_signal_new ("refused", LAM_TYPE_CANVAS,
      G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_ERROR);
  signals[MENU] = g_signal_new ("menu", LAM_TYPE_CANVAS, G_SIGNAL_RUN_LAST, 0,
      NULL, NULL, NULL, G_TYPE_NONE, 3, LAM_TYPE_PANE_VIEW, G_TYPE_DOUBLE,
      G_TYPE_DOUBLE);
  signals[BRUSH_CHANGED] = g_signal_new ("brush-changed", LAM_TYPE_CANVAS,
      G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
lam_canvas_class_init (LamCanvasClass *class)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);
  G_OBJECT_CLASS (class)->dispose = lam_canvas_dispose;
  widget_class->realize = lam_canvas_realize;
  widget_class->unrealize = lam_canvas_unrealize;
  add_signals ();

  g_type_ensure (LAM_TYPE_PANE_VIEW);
  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BIN_LAYOUT);
  gtk_widget_class_set_css_name (widget_class, "canvas");
  gtk_widget_class_set_template_from_resource (
      widget_class, "/org/lamella/Lamella/canvas.ui");
  gtk_widget_class_bind_template_child (widget_class, LamCanvas, rows);
  gtk_widget_class_bind_template_child (widget_class, LamCanvas, top);
  gtk_widget_class_bind_template_child (widget_class, LamCanvas, bottom);
  gtk_widget_class_bind_template_child (widget_class, LamCanvas, pane_xy);
  gtk_widget_class_bind_template_child (widget_class, LamCanvas, pane_xz);
  gtk_widget_class_bind_template_child (widget_class, LamCanvas, pane_yz);
  gtk_widget_class_bind_template_child (widget_class, LamCanvas, pane_overview);
  gtk_widget_class_bind_template_callback (widget_class, key_cb);
  gtk_widget_class_bind_template_callback (widget_class, key_released_cb);
  gtk_widget_class_bind_template_callback (widget_class, focus_left_cb);
}

static void
lam_canvas_init (LamCanvas *canvas)
{
  gtk_widget_init_template (GTK_WIDGET (canvas));
  canvas->maximised = -1;
  canvas->panes[LAM_PLANE_XY] = canvas->pane_xy;
  canvas->panes[LAM_PLANE_XZ] = canvas->pane_xz;
  canvas->panes[LAM_PLANE_YZ] = canvas->pane_yz;
  canvas->panes[OVERVIEW] = canvas->pane_overview;
  for (int i = 0; i < LAM_N_PLANES; i++)
    canvas->inputs[i] = lam_pane_input_attach (canvas, canvas->panes[i], i);
  lam_overview_input_attach (canvas, canvas->pane_overview);
  lam_pane_view_set_caption (canvas->pane_overview, _ ("Overview"));
  for (int i = 0; i < N_PANES; i++) {
    LamPaneView *pane = canvas->panes[i];
    lam_pane_view_set_maximised (pane, FALSE);
    g_signal_connect (pane, "resized", G_CALLBACK (resized_cb), canvas);
    g_signal_connect (pane, "drawn", G_CALLBACK (drawn_cb), canvas);
    g_signal_connect (pane, "maximise", G_CALLBACK (maximise_cb), canvas);
  }
  /* One cross of dividers, not two. */
  g_object_bind_property (canvas->top, "position", canvas->bottom, "position",
      G_BINDING_BIDIRECTIONAL);
  g_signal_connect_object (adw_style_manager_get_default (), "notify::dark",
      G_CALLBACK (queue_update), canvas, G_CONNECT_SWAPPED);
  lam_canvas_reset_overview (canvas);
}

GtkWidget *
lam_canvas_new (void)
{
  return g_object_new (LAM_TYPE_CANVAS, NULL);
}
