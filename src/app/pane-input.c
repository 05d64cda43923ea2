/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* One state, one gesture at a time: a second button while one is down does
 * nothing. Mouse and pen come as raw events, because a stroke needs every
 * sample: GTK folds motion into one event a frame and keeps the others as its
 * history, for a pen with pressures. Fingers move the picture and never paint.
 */
#include "app/pane-input.h"

#include <math.h>

#include "base/courtesy.h"

/* A right press that moves less than this is a click, in device pixels. */
#define CLICK_PX 4
#define ZOOM_PER_CLICK 1.25
#define SLICES_PER_FAST_CLICK 10

typedef enum {
  IDLE,
  TOOL, /* the tool box has the pointer */
  PAN,
  RIGHT, /* the right button is down, not yet moved: menu or eraser */
} State;

struct _LamPaneInput {
  State state;
  guint button;
  LamPlane plane;
  LamPointerEvent press;
  double last_x_px, last_y_px; /* of the gesture */
  double wheel_x_px, wheel_y_px; /* where the wheel zooms */
  double scroll_rest;
  double pinch_scale;
  double drag_x, drag_y;
  /* Borrowed */
  LamCanvas *canvas;
  LamPaneView *pane;
  GtkWidget *area;
};

static const LamCamera *
get_camera (LamPaneInput *input)
{
  return lam_canvas_get_camera (input->canvas, input->plane);
}

void
lam_pane_input_update_cursor (LamPaneInput *input)
{
  LamToolBox *box = lam_canvas_get_tool_box (input->canvas);
  const char *name = "crosshair";
  if (!box)
    name = NULL;
  else if (input->state == PAN)
    name = "grabbing";
  else if (lam_canvas_is_panning_key_held (input->canvas))
    name = "grab";
  gtk_widget_set_cursor_from_name (input->area, name);
}

static void
set_state (LamPaneInput *input, State state)
{
  input->state = state;
  lam_pane_input_update_cursor (input);
}

static LamPointerFlags
get_flags (GdkEvent *event)
{
  static const struct {
    GdkModifierType modifier;
    LamPointerFlags flag;
  } pairs[] = {
    { GDK_SHIFT_MASK, LAM_POINTER_SHIFT },
    { GDK_CONTROL_MASK, LAM_POINTER_CONTROL },
    { GDK_ALT_MASK, LAM_POINTER_ALT },
  };
  LamPointerFlags flags = 0;
  GdkModifierType state = gdk_event_get_modifier_state (event);
  for (size_t i = 0; i < G_N_ELEMENTS (pairs); i++)
    if (state & pairs[i].modifier)
      flags |= pairs[i].flag;
  GdkDeviceTool *tool = gdk_event_get_device_tool (event);
  if (tool
      && gdk_device_tool_get_tool_type (tool) == GDK_DEVICE_TOOL_TYPE_ERASER)
    flags |= LAM_POINTER_ERASER;
  return flags;
}

/* Of a pen; a mouse, and events that GTK makes up, have no axes. */
static double
get_pressure (GdkEvent *event)
{
  double *axes = NULL;
  guint n = 0;
  if (gdk_event_get_device_tool (event) == NULL
      || !gdk_event_get_axes (event, &axes, &n) || axes == NULL
      || n <= GDK_AXIS_PRESSURE)
    return 1;
  return axes[GDK_AXIS_PRESSURE];
}

static LamPointerEvent
read_event (LamPaneInput *input, GdkEvent *event)
{
  LamPointerEvent sample = { .pressure = get_pressure (event),
    .flags = get_flags (event) };
  double x = 0, y = 0;
  gdk_event_get_position (event, &x, &y);
  lam_pane_view_event_to_px (input->pane, x, y, &sample.x_px, &sample.y_px);
  return sample;
}

static void
begin_tool (LamPaneInput *input, const LamPointerEvent *event)
{
  g_autoptr (GError) error = NULL;
  LamToolBox *box = lam_canvas_get_tool_box (input->canvas);
  lam_canvas_lift_pen (input->canvas);
  if (lam_tool_box_press (box, get_camera (input), event, &error))
    set_state (input, TOOL);
  else if (error)
    lam_canvas_refuse (input->canvas, error);
}

static void
press (LamPaneInput *input, GdkEvent *event)
{
  LamPointerEvent sample = read_event (input, event);
  gtk_widget_grab_focus (input->area);
  if (input->state != IDLE || !lam_canvas_get_tool_box (input->canvas))
    return;
  input->press = sample;
  input->last_x_px = sample.x_px;
  input->last_y_px = sample.y_px;
  input->button = gdk_button_event_get_button (event);
  bool pans = lam_canvas_is_panning_key_held (input->canvas);
  if (input->button == GDK_BUTTON_MIDDLE
      || (input->button == GDK_BUTTON_PRIMARY && pans))
    set_state (input, PAN);
  else if (input->button == GDK_BUTTON_SECONDARY)
    set_state (input, RIGHT);
  else if (input->button == GDK_BUTTON_PRIMARY)
    begin_tool (input, &sample);
}

/* A right button that moves far enough erases, from where it was pressed. */
static void
leave_click (LamPaneInput *input, const LamPointerEvent *event)
{
  double distance =
      hypot (event->x_px - input->press.x_px, event->y_px - input->press.y_px);
  if (distance < CLICK_PX)
    return;
  set_state (input, IDLE);
  input->press.flags |= LAM_POINTER_ERASER;
  begin_tool (input, &input->press);
}

static void
take_sample (LamPaneInput *input, LamPointerEvent *event)
{
  if (input->state == RIGHT)
    leave_click (input, event);
  if (input->state == TOOL) {
    event->flags |= input->press.flags & LAM_POINTER_ERASER;
    lam_tool_box_move (
        lam_canvas_get_tool_box (input->canvas), get_camera (input), event);
  } else if (input->state == PAN)
    lam_canvas_pan (input->canvas, input->plane, event->x_px - input->last_x_px,
        event->y_px - input->last_y_px);
  input->last_x_px = event->x_px;
  input->last_y_px = event->y_px;
}

/* The samples that GTK folded into this event, oldest first. */
static void
take_history (LamPaneInput *input, GdkEvent *event, LamPointerFlags flags)
{
  guint n = 0;
  g_autofree GdkTimeCoord *history = gdk_event_get_history (event, &n);
  for (guint i = 0; i < n; i++) {
    const double *axes = history[i].axes;
    LamPointerEvent sample = { .pressure = 1, .flags = flags };
    if (!(history[i].flags & GDK_AXIS_FLAG_X))
      continue;
    if (history[i].flags & GDK_AXIS_FLAG_PRESSURE)
      sample.pressure = axes[GDK_AXIS_PRESSURE];
    lam_pane_view_event_to_px (input->pane, axes[GDK_AXIS_X], axes[GDK_AXIS_Y],
        &sample.x_px, &sample.y_px);
    take_sample (input, &sample);
  }
}

static void
move (LamPaneInput *input, GdkEvent *event)
{
  LamPointerEvent sample = read_event (input, event);
  if (input->state != IDLE) {
    take_history (input, event, sample.flags);
    take_sample (input, &sample);
  }
  lam_canvas_set_hover (input->canvas, input->plane, &sample);
}

static void
release (LamPaneInput *input, GdkEvent *event)
{
  if (input->state == IDLE
      || gdk_button_event_get_button (event) != input->button)
    return;
  LamPointerEvent sample = read_event (input, event);
  State state = input->state;
  set_state (input, IDLE);
  sample.flags |= input->press.flags & LAM_POINTER_ERASER;
  if (state == TOOL)
    lam_tool_box_release (
        lam_canvas_get_tool_box (input->canvas), get_camera (input), &sample);
  else if (state == RIGHT)
    lam_canvas_open_menu (
        input->canvas, input->plane, sample.x_px, sample.y_px);
}

void
lam_pane_input_finish (LamPaneInput *input)
{
  State state = input->state;
  set_state (input, IDLE);
  LamPointerEvent last = { .x_px = input->last_x_px,
    .y_px = input->last_y_px,
    .pressure = 1,
    .flags = input->press.flags };
  if (state == TOOL)
    lam_tool_box_release (
        lam_canvas_get_tool_box (input->canvas), get_camera (input), &last);
}

static gboolean
event_cb (
    GtkEventControllerLegacy *controller, GdkEvent *event, LamPaneInput *input)
{
  GdkDevice *device = gdk_event_get_device (event);
  lam_courtesy_stir ();
  if (device && gdk_device_get_source (device) == GDK_SOURCE_TOUCHSCREEN)
    return FALSE;
  switch ((int)gdk_event_get_event_type (event)) {
  case GDK_BUTTON_PRESS:
    press (input, event);
    return TRUE;
  case GDK_BUTTON_RELEASE:
    release (input, event);
    return TRUE;
  case GDK_MOTION_NOTIFY:
    move (input, event);
    return FALSE;
  case GDK_GRAB_BROKEN:
    lam_pane_input_finish (input);
    return FALSE;
  default:
    return FALSE;
  }
}

static void
leave_cb (GtkEventControllerMotion *controller, LamPaneInput *input)
{
  if (input->state == IDLE)
    lam_canvas_set_hover (input->canvas, input->plane, NULL);
}

static void
unmap_cb (GtkWidget *area, LamPaneInput *input)
{
  lam_pane_input_finish (input);
}

/* Whole steps out of the fractions that a touch pad gives. */
static int
take_steps (LamPaneInput *input, double amount)
{
  if (input->scroll_rest * amount < 0)
    input->scroll_rest = 0;
  input->scroll_rest += amount;
  double whole = trunc (input->scroll_rest);
  input->scroll_rest -= whole;
  return (int)CLAMP (whole, -1000, 1000);
}

static gboolean
scroll_cb (GtkEventControllerScroll *controller, double dx, double dy,
    LamPaneInput *input)
{
  GtkEventController *base = GTK_EVENT_CONTROLLER (controller);
  GdkModifierType state = gtk_event_controller_get_current_event_state (base);
  double amount = dy != 0 ? dy : dx;
  if (!lam_canvas_get_tool_box (input->canvas))
    return FALSE;
  if (state & GDK_CONTROL_MASK)
    lam_canvas_zoom_at (input->canvas, input->plane,
        pow (ZOOM_PER_CLICK, -amount), input->wheel_x_px, input->wheel_y_px);
  else if (state & GDK_ALT_MASK)
    lam_canvas_step_radius (input->canvas, take_steps (input, -amount));
  else {
    int steps = take_steps (input, amount);
    if (state & GDK_SHIFT_MASK)
      steps *= SLICES_PER_FAST_CLICK;
    lam_canvas_scroll (input->canvas, input->plane, steps);
  }
  return TRUE;
}

/* The wheel zooms where the pointer is, which needs it before any press. */
static void
motion_cb (GtkEventControllerMotion *controller, double x, double y,
    LamPaneInput *input)
{
  int scale = gtk_widget_get_scale_factor (input->area);
  input->wheel_x_px = x * scale;
  input->wheel_y_px = y * scale;
}

static void
pinch_begin_cb (
    GtkGesture *gesture, GdkEventSequence *sequence, LamPaneInput *input)
{
  input->pinch_scale = 1;
}

static void
pinch_cb (GtkGestureZoom *gesture, double scale, LamPaneInput *input)
{
  double x, y;
  if (scale <= 0 || !lam_canvas_get_tool_box (input->canvas)
      || !gtk_gesture_get_bounding_box_center (GTK_GESTURE (gesture), &x, &y))
    return;
  int factor = gtk_widget_get_scale_factor (input->area);
  lam_canvas_zoom_at (input->canvas, input->plane, scale / input->pinch_scale,
      x * factor, y * factor);
  input->pinch_scale = scale;
}

static void
finger_begin_cb (
    GtkGestureDrag *gesture, double x, double y, LamPaneInput *input)
{
  input->drag_x = input->drag_y = 0;
}

static void
finger_cb (GtkGestureDrag *gesture, double x, double y, LamPaneInput *input)
{
  int scale = gtk_widget_get_scale_factor (input->area);
  if (lam_canvas_get_tool_box (input->canvas))
    lam_canvas_pan (input->canvas, input->plane, (x - input->drag_x) * scale,
        (y - input->drag_y) * scale);
  input->drag_x = x;
  input->drag_y = y;
}

static void
add_touch (LamPaneInput *input)
{
  GtkGesture *pinch = gtk_gesture_zoom_new ();
  g_signal_connect (pinch, "begin", G_CALLBACK (pinch_begin_cb), input);
  g_signal_connect (pinch, "scale-changed", G_CALLBACK (pinch_cb), input);
  gtk_widget_add_controller (input->area, GTK_EVENT_CONTROLLER (pinch));

  GtkGesture *finger = gtk_gesture_drag_new ();
  gtk_gesture_single_set_touch_only (GTK_GESTURE_SINGLE (finger), TRUE);
  g_signal_connect (finger, "drag-begin", G_CALLBACK (finger_begin_cb), input);
  g_signal_connect (finger, "drag-update", G_CALLBACK (finger_cb), input);
  gtk_widget_add_controller (input->area, GTK_EVENT_CONTROLLER (finger));
}

static void
add_pointer (LamPaneInput *input)
{
  GtkEventController *raw = gtk_event_controller_legacy_new ();
  g_signal_connect (raw, "event", G_CALLBACK (event_cb), input);
  gtk_widget_add_controller (input->area, raw);

  GtkEventController *motion = gtk_event_controller_motion_new ();
  g_signal_connect (motion, "leave", G_CALLBACK (leave_cb), input);
  g_signal_connect (motion, "motion", G_CALLBACK (motion_cb), input);
  g_signal_connect (motion, "enter", G_CALLBACK (motion_cb), input);
  gtk_widget_add_controller (input->area, motion);

  GtkEventController *scroll =
      gtk_event_controller_scroll_new (GTK_EVENT_CONTROLLER_SCROLL_BOTH_AXES);
  g_signal_connect (scroll, "scroll", G_CALLBACK (scroll_cb), input);
  gtk_widget_add_controller (input->area, scroll);
}

LamPaneInput *
lam_pane_input_attach (LamCanvas *canvas, LamPaneView *pane, LamPlane plane)
{
  LamPaneInput *input = g_new0 (LamPaneInput, 1);
  input->canvas = canvas;
  input->pane = pane;
  input->plane = plane;
  input->area = lam_pane_view_get_area (pane);
  g_object_set_data_full (G_OBJECT (pane), "lam-input", input, g_free);
  add_pointer (input);
  add_touch (input);
  g_signal_connect (input->area, "unmap", G_CALLBACK (unmap_cb), input);
  return input;
}
