/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "app/overview-input.h"

#include <math.h>

#define RADIANS_PER_PX 0.008
#define ZOOM_PER_CLICK 1.15

typedef struct {
  double last_x, last_y;
  double pinch_scale;
  LamCanvas *canvas; /* Borrowed */
} OverviewInput;

static void
drag_begin_cb (
    GtkGestureDrag *gesture, double x, double y, OverviewInput *input)
{
  input->last_x = input->last_y = 0;
}

static void
drag_update_cb (
    GtkGestureDrag *gesture, double x, double y, OverviewInput *input)
{
  lam_canvas_orbit (input->canvas, (x - input->last_x) * RADIANS_PER_PX,
      (y - input->last_y) * RADIANS_PER_PX);
  input->last_x = x;
  input->last_y = y;
}

static void
pressed_cb (GtkGestureClick *gesture, int n_press, double x, double y,
    OverviewInput *input)
{
  if (n_press == 2)
    lam_canvas_reset_overview (input->canvas);
}

static gboolean
scroll_cb (GtkEventControllerScroll *controller, double dx, double dy,
    OverviewInput *input)
{
  lam_canvas_zoom_overview (input->canvas, pow (ZOOM_PER_CLICK, -dy));
  return TRUE;
}

static void
pinch_begin_cb (
    GtkGesture *gesture, GdkEventSequence *sequence, OverviewInput *input)
{
  input->pinch_scale = 1;
}

static void
pinch_cb (GtkGestureZoom *gesture, double scale, OverviewInput *input)
{
  if (scale <= 0)
    return;
  lam_canvas_zoom_overview (input->canvas, scale / input->pinch_scale);
  input->pinch_scale = scale;
}

void
lam_overview_input_attach (LamCanvas *canvas, LamPaneView *pane)
{
  OverviewInput *input = g_new0 (OverviewInput, 1);
  GtkWidget *area = lam_pane_view_get_area (pane);
  input->canvas = canvas;
  g_object_set_data_full (G_OBJECT (pane), "lam-input", input, g_free);

  GtkGesture *drag = gtk_gesture_drag_new ();
  g_signal_connect (drag, "drag-begin", G_CALLBACK (drag_begin_cb), input);
  g_signal_connect (drag, "drag-update", G_CALLBACK (drag_update_cb), input);
  gtk_widget_add_controller (area, GTK_EVENT_CONTROLLER (drag));

  GtkGesture *click = gtk_gesture_click_new ();
  g_signal_connect (click, "pressed", G_CALLBACK (pressed_cb), input);
  gtk_widget_add_controller (area, GTK_EVENT_CONTROLLER (click));

  GtkGesture *pinch = gtk_gesture_zoom_new ();
  g_signal_connect (pinch, "begin", G_CALLBACK (pinch_begin_cb), input);
  g_signal_connect (pinch, "scale-changed", G_CALLBACK (pinch_cb), input);
  gtk_widget_add_controller (area, GTK_EVENT_CONTROLLER (pinch));

  GtkEventController *scroll =
      gtk_event_controller_scroll_new (GTK_EVENT_CONTROLLER_SCROLL_VERTICAL);
  g_signal_connect (scroll, "scroll", G_CALLBACK (scroll_cb), input);
  gtk_widget_add_controller (area, scroll);
}
