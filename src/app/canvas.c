/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Whatever changes, changes values here and asks for an update, which hands
 * each visible pane its scene. Nothing is drawn while nothing changes.
 *
 * A pane is maximised by hiding the others, never by moving it to another
 * parent: that would cost its OpenGL context. */
#include "app/canvas.h"

#include <adwaita.h>
#include <math.h>

#include "app/canvas-private.h"
#include "app/overview-input.h"

G_DEFINE_FINAL_TYPE (LamCanvas, lam_canvas, GTK_TYPE_WIDGET)

enum {
  HOVER_CHANGED,
  VIEW_CHANGED,
  DRAWN,
  REFUSED,
  MENU,
  BRUSH_CHANGED,
  PEN_CHANGED,
  N_SIGNALS
};
static guint signals[N_SIGNALS];

bool
lam_canvas_is_pane_visible (LamCanvas *canvas, int i)
{
  return canvas->maximised < 0 || canvas->maximised == i;
}

void
lam_canvas_check_drawn (LamCanvas *canvas)
{
  bool complete = !canvas->update_tick && !canvas->overview_source;
  for (int i = 0; i < LAM_CANVAS_PANES; i++)
    if (lam_canvas_is_pane_visible (canvas, i))
      complete = complete && lam_pane_view_is_complete (canvas->panes[i]);
  if (!canvas->is_awaited)
    return;
  canvas->is_awaited = !complete;
  g_signal_emit (canvas, signals[DRAWN], 0, complete);
}

static void
drawn_cb (LamPaneView *pane, LamCanvas *canvas)
{
  lam_canvas_check_drawn (canvas);
}

static void
resized_cb (LamPaneView *pane, int width_px, int height_px, LamCanvas *canvas)
{
  int i = 0;
  while (canvas->panes[i] != pane)
    i++;
  if (i == LAM_CANVAS_OVERVIEW) {
    canvas->overview.width_px = MAX (width_px, 1);
    canvas->overview.height_px = MAX (height_px, 1);
  } else
    lam_linked_view_set_pane_size (&canvas->view, i, width_px, height_px);
  lam_canvas_fit_panes (canvas);
  lam_canvas_queue_update (canvas);
  /* This frame is being drawn already: it must have the new size. */
  lam_canvas_update_scene (canvas, i);
}

/* Pointer and tools */

void
lam_canvas_hover_changed (LamCanvas *canvas)
{
  g_signal_emit (canvas, signals[HOVER_CHANGED], 0);
}

LamPlane
lam_canvas_get_active_plane (LamCanvas *canvas)
{
  return canvas->active;
}

int
lam_canvas_get_visible_boxes (LamCanvas *canvas, LamBox boxes[LAM_N_PLANES])
{
  int n = 0;
  for (int i = 0; i < LAM_N_PLANES && canvas->is_fitted; i++)
    if (lam_canvas_is_pane_visible (canvas, i))
      boxes[n++] = lam_camera_get_visible_box (&canvas->view.cameras[i]);
  return n;
}

void
lam_canvas_set_outline (LamCanvas *canvas, LamVoxelOutline *outline)
{
  g_clear_pointer (&canvas->outline, lam_voxel_outline_free);
  canvas->outline = outline;
  lam_canvas_queue_update (canvas);
}

bool
lam_canvas_get_seen_box (LamCanvas *canvas, LamBox *box)
{
  LamBox boxes[LAM_N_PLANES];
  const int n = lam_canvas_get_visible_boxes (canvas, boxes);
  *box = (LamBox){ { 0 }, { 0 } };
  for (int i = 0; i < n; i++)
    *box = lam_box_unite (box, &boxes[i]);
  return n > 0;
}

void
lam_canvas_tell_view (LamCanvas *canvas)
{
  LamBox boxes[LAM_N_PLANES];
  const int n = lam_canvas_get_visible_boxes (canvas, boxes);
  bool is_same = n == canvas->n_told;
  for (int i = 0; i < n; i++) {
    is_same = is_same && lam_box_equal (&boxes[i], &canvas->told[i]);
    canvas->told[i] = boxes[i];
  }
  canvas->n_told = n;
  if (!is_same)
    g_signal_emit (canvas, signals[VIEW_CHANGED], 0);
}

LamToolBox *
lam_canvas_get_tool_box (LamCanvas *canvas)
{
  return canvas->box;
}

/* Keys are about what is under the pointer, Enter and Space too, which a button
 * pressed before would take; but not from who is writing. */
void
lam_canvas_take_keys (LamCanvas *canvas)
{
  GtkRoot *root = gtk_widget_get_root (GTK_WIDGET (canvas));
  GtkWidget *focus = root ? gtk_root_get_focus (root) : NULL;
  if (!GTK_IS_EDITABLE (focus) && !GTK_IS_TEXT (focus))
    gtk_widget_grab_focus (
        lam_pane_view_get_area (canvas->panes[canvas->active]));
}

void
lam_canvas_set_hover (
    LamCanvas *canvas, LamPlane plane, const LamPointerEvent *event)
{
  if (!lam_canvas_heed_pointer (canvas, plane, event))
    return;
  if (event)
    canvas->active = plane;
  if (event && !canvas->has_hover)
    lam_canvas_take_keys (canvas);
  lam_canvas_hover (canvas, plane, event);
  lam_canvas_show_pen (canvas);
}

void
lam_canvas_hover (
    LamCanvas *canvas, LamPlane plane, const LamPointerEvent *event)
{
  if (event)
    canvas->hover = *event;
  canvas->has_hover = event && canvas->workspace;
  if (canvas->box) {
    const LamTool *tool = lam_tool_box_get_tool (canvas->box);
    lam_tool_box_hover (canvas->box, &canvas->view.cameras[plane],
        canvas->has_hover ? event : NULL);
    if (tool->shows_brush || tool->follows_pointer)
      lam_canvas_queue_update (canvas);
  }
  lam_canvas_hover_changed (canvas);
}

void
lam_canvas_pen_changed (LamCanvas *canvas)
{
  g_signal_emit (canvas, signals[PEN_CHANGED], 0);
}

LamPaneView *
lam_canvas_get_pane (LamCanvas *canvas, int pane)
{
  g_return_val_if_fail (pane >= 0 && pane < LAM_CANVAS_PANES, NULL);
  return canvas->panes[pane];
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
  lam_canvas_show_pen (canvas);
  lam_canvas_queue_update (canvas);
}

void
lam_canvas_finish_gesture (LamCanvas *canvas)
{
  for (int i = 0; i < LAM_N_PLANES; i++)
    lam_pane_input_finish (canvas->inputs[i]);
  lam_canvas_lift_pen (canvas);
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
  lam_canvas_queue_update (canvas);
}

void
lam_canvas_maximise (LamCanvas *canvas, int pane)
{
  canvas->maximised = pane;
  if (!lam_canvas_is_pane_visible (canvas, (int)canvas->active))
    lam_canvas_lift_pen (canvas);
  for (int i = 0; i < LAM_CANVAS_PANES; i++) {
    gtk_widget_set_visible (
        GTK_WIDGET (canvas->panes[i]), lam_canvas_is_pane_visible (canvas, i));
    lam_pane_view_set_maximised (canvas->panes[i], pane == i);
  }
  bool top = pane < 0 || pane == LAM_PLANE_XY || pane == LAM_PLANE_YZ;
  gtk_widget_set_visible (GTK_WIDGET (canvas->top), top);
  gtk_widget_set_visible (GTK_WIDGET (canvas->bottom), pane < 0 || !top);
  lam_canvas_queue_update (canvas);
}

static void
maximise_cb (LamPaneView *pane, LamCanvas *canvas)
{
  int wanted = -1;
  for (int i = 0; i < LAM_CANVAS_PANES && canvas->maximised < 0; i++)
    if (canvas->panes[i] == pane)
      wanted = i;
  lam_canvas_maximise (canvas, wanted);
}

void
lam_canvas_toggle_maximise (LamCanvas *canvas)
{
  lam_canvas_maximise (
      canvas, canvas->maximised < 0 ? (int)canvas->active : -1);
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
  lam_canvas_lift_pen (canvas);
  if (canvas->display)
    g_object_set (canvas->display, "hide-labels", FALSE, NULL);
}

/* The widget */

static void
lam_canvas_realize (GtkWidget *widget)
{
  GTK_WIDGET_CLASS (lam_canvas_parent_class)->realize (widget);
  lam_canvas_make_renderer (LAM_CANVAS (widget));
}

static void
lam_canvas_unrealize (GtkWidget *widget)
{
  /* While the panes still have their contexts. */
  LamCanvas *canvas = LAM_CANVAS (widget);
  lam_canvas_drop_renderer (canvas);
  lam_programs_clear (canvas->programs, !lam_canvas_make_any_current (canvas));
  GTK_WIDGET_CLASS (lam_canvas_parent_class)->unrealize (widget);
}

static void
lam_canvas_dispose (GObject *object)
{
  LamCanvas *canvas = LAM_CANVAS (object);
  if (canvas->workspace)
    lam_canvas_set_workspace (canvas, NULL, NULL);
  g_clear_handle_id (&canvas->save_source, g_source_remove);
  g_clear_handle_id (&canvas->overview_source, g_source_remove);
  gtk_widget_dispose_template (GTK_WIDGET (canvas), LAM_TYPE_CANVAS);
  g_clear_object (&canvas->display);
  G_OBJECT_CLASS (lam_canvas_parent_class)->dispose (object);
}

static void
lam_canvas_finalize (GObject *object)
{
  lam_programs_free (LAM_CANVAS (object)->programs);
  for (int i = 0; i < LAM_N_PLANES; i++)
    lam_ghost_clear (&LAM_CANVAS (object)->ghosts[i]);
  g_clear_pointer (&LAM_CANVAS (object)->outline, lam_voxel_outline_free);
  G_OBJECT_CLASS (lam_canvas_parent_class)->finalize (object);
}

static void
add_signals (void)
{
  signals[HOVER_CHANGED] = g_signal_new ("hover-changed", LAM_TYPE_CANVAS,
      G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  signals[VIEW_CHANGED] = g_signal_new ("view-changed", LAM_TYPE_CANVAS,
      G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  signals[DRAWN] = g_signal_new ("drawn", LAM_TYPE_CANVAS, G_SIGNAL_RUN_LAST, 0,
      NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_BOOLEAN);
  signals[REFUSED] = g_signal_new ("refused", LAM_TYPE_CANVAS,
      G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_ERROR);
  signals[MENU] = g_signal_new ("menu", LAM_TYPE_CANVAS, G_SIGNAL_RUN_LAST, 0,
      NULL, NULL, NULL, G_TYPE_NONE, 3, LAM_TYPE_PANE_VIEW, G_TYPE_DOUBLE,
      G_TYPE_DOUBLE);
  signals[PEN_CHANGED] = g_signal_new ("pen-changed", LAM_TYPE_CANVAS,
      G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  signals[BRUSH_CHANGED] = g_signal_new ("brush-changed", LAM_TYPE_CANVAS,
      G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
lam_canvas_class_init (LamCanvasClass *class)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);
  G_OBJECT_CLASS (class)->dispose = lam_canvas_dispose;
  G_OBJECT_CLASS (class)->finalize = lam_canvas_finalize;
  widget_class->realize = lam_canvas_realize;
  widget_class->unrealize = lam_canvas_unrealize;
  add_signals ();

  g_type_ensure (LAM_TYPE_PANE_VIEW);
  g_type_ensure (LAM_TYPE_MAP_LEGEND);
  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BIN_LAYOUT);
  gtk_widget_class_set_css_name (widget_class, "canvas");
  gtk_widget_class_set_template_from_resource (
      widget_class, "/org/lamella/Lamella/canvas.ui");
  gtk_widget_class_bind_template_child (widget_class, LamCanvas, overlay);
  gtk_widget_class_bind_template_child (widget_class, LamCanvas, rows);
  gtk_widget_class_bind_template_child (widget_class, LamCanvas, top);
  gtk_widget_class_bind_template_child (widget_class, LamCanvas, bottom);
  gtk_widget_class_bind_template_child (widget_class, LamCanvas, pane_xy);
  gtk_widget_class_bind_template_child (widget_class, LamCanvas, pane_xz);
  gtk_widget_class_bind_template_child (widget_class, LamCanvas, pane_yz);
  gtk_widget_class_bind_template_child (widget_class, LamCanvas, pane_overview);
  gtk_widget_class_bind_template_child (widget_class, LamCanvas, legend);
  gtk_widget_class_bind_template_callback (widget_class, key_cb);
  gtk_widget_class_bind_template_callback (widget_class, key_released_cb);
  gtk_widget_class_bind_template_callback (widget_class, focus_left_cb);
}

static void
lam_canvas_init (LamCanvas *canvas)
{
  gtk_widget_init_template (GTK_WIDGET (canvas));
  canvas->programs = lam_programs_new ();
  canvas->maximised = -1;
  canvas->panes[LAM_PLANE_XY] = canvas->pane_xy;
  canvas->panes[LAM_PLANE_XZ] = canvas->pane_xz;
  canvas->panes[LAM_PLANE_YZ] = canvas->pane_yz;
  canvas->panes[LAM_CANVAS_OVERVIEW] = canvas->pane_overview;
  lam_canvas_add_note_labels (canvas);
  for (int i = 0; i < LAM_N_PLANES; i++)
    canvas->inputs[i] = lam_pane_input_attach (canvas, canvas->panes[i], i);
  lam_overview_input_attach (canvas, canvas->pane_overview);
  for (int i = 0; i < LAM_CANVAS_PANES; i++) {
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
      G_CALLBACK (lam_canvas_queue_update), canvas, G_CONNECT_SWAPPED);
  lam_canvas_reset_overview (canvas);
}

GtkWidget *
lam_canvas_new (void)
{
  return g_object_new (LAM_TYPE_CANVAS, NULL);
}
