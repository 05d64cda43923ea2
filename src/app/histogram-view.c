/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Counts are drawn on a logarithmic scale: most of an EM image is cytoplasm or
 * embedding medium, and what one looks for is in the flanks. */
#include "app/histogram-view.h"

#include <math.h>

#define WIDTH_PX 200
#define HEIGHT_PX 112
#define MARGIN_PX 8 /* left and right, so that the handles are seen whole */
#define STRIP_PX 8 /* the strip of greys below */
#define GAP_PX 4
#define HANDLE_PX 5
#define GRAB_PX 12

typedef enum { DRAG_NOTHING, DRAG_LOW, DRAG_HIGH, DRAG_BOTH } Drag;

struct _LamHistogramView {
  GtkWidget parent_instance;
  LamDisplay *display; /* Owned */
  Drag drag;
  double start_low, start_high; /* when the drag began */
};

G_DEFINE_FINAL_TYPE (LamHistogramView, lam_histogram_view, GTK_TYPE_WIDGET)

/* What the width stands for: the image's values, and the window if it is wider
 * than them. */
typedef struct {
  double from, to; /* grey values at the left and right edge */
  double low, high; /* the window */
  double left, width, top, height; /* of the curve, in pixels */
} Frame;

static bool
get_frame (LamHistogramView *view, Frame *frame)
{
  if (!view->display)
    return false;
  g_object_get (view->display, "low", &frame->low, "high", &frame->high,
      "range-low", &frame->from, "range-high", &frame->to, NULL);
  frame->from = fmin (frame->from, frame->low);
  frame->to = fmax (frame->to, frame->high);
  frame->left = MARGIN_PX;
  frame->width = gtk_widget_get_width (GTK_WIDGET (view)) - 2. * MARGIN_PX;
  frame->top = 2;
  frame->height = gtk_widget_get_height (GTK_WIDGET (view)) - frame->top
      - STRIP_PX - GAP_PX - HANDLE_PX;
  return frame->to > frame->from && frame->width > 1 && frame->height > 1;
}

static double
to_px (const Frame *frame, double value)
{
  return frame->left
      + (value - frame->from) / (frame->to - frame->from) * frame->width;
}

/* --- drawing ------------------------------------------------------------ */

/* The curve as a closed shape over the base line. */
static void
add_curve (cairo_t *cr, const Frame *frame, const LamHistogram *histogram)
{
  uint64_t most = 0;
  for (int i = 0; i < LAM_HISTOGRAM_BINS; i++)
    most = MAX (most, histogram->counts[i]);
  double base = frame->top + frame->height;
  double scale = most ? frame->height / log1p ((double)most) : 0;
  double bin = (histogram->high - histogram->low) / LAM_HISTOGRAM_BINS;

  cairo_move_to (cr, to_px (frame, histogram->low), base);
  for (int i = 0; i < LAM_HISTOGRAM_BINS; i++) {
    double y = base - scale * log1p ((double)histogram->counts[i]);
    cairo_line_to (cr, to_px (frame, histogram->low + i * bin), y);
    cairo_line_to (cr, to_px (frame, histogram->low + (i + 1) * bin), y);
  }
  cairo_line_to (cr, to_px (frame, histogram->high), base);
  cairo_close_path (cr);
}

static void
draw_curve (cairo_t *cr, const Frame *frame, const LamHistogram *histogram,
    const GdkRGBA *ink)
{
  double low = to_px (frame, frame->low), high = to_px (frame, frame->high);

  cairo_save (cr);
  add_curve (cr, frame, histogram);
  cairo_set_source_rgba (cr, ink->red, ink->green, ink->blue, 0.22);
  cairo_fill (cr);
  cairo_rectangle (cr, low, frame->top, high - low, frame->height);
  cairo_clip (cr);
  add_curve (cr, frame, histogram);
  cairo_set_source_rgba (cr, ink->red, ink->green, ink->blue, 0.62);
  cairo_fill (cr);
  cairo_restore (cr);
}

/* Which grey each value gets. */
static void
draw_strip (cairo_t *cr, const Frame *frame, const GdkRGBA *ink, bool invert)
{
  double y = frame->top + frame->height + GAP_PX + HANDLE_PX;
  double start = invert ? 1 : 0;
  cairo_pattern_t *greys = cairo_pattern_create_linear (
      to_px (frame, frame->low), 0, to_px (frame, frame->high), 0);
  cairo_pattern_add_color_stop_rgb (greys, 0, start, start, start);
  cairo_pattern_add_color_stop_rgb (greys, 1, 1 - start, 1 - start, 1 - start);
  cairo_rectangle (cr, frame->left, y, frame->width, STRIP_PX);
  cairo_set_source (cr, greys);
  cairo_fill_preserve (cr);
  cairo_pattern_destroy (greys);
  cairo_set_source_rgba (cr, ink->red, ink->green, ink->blue, 0.25);
  cairo_set_line_width (cr, 1);
  cairo_stroke (cr);
}

/* One end of the window: a line with a grip that points at the strip. */
static void
draw_handle (cairo_t *cr, const Frame *frame, double value, const GdkRGBA *ink)
{
  double x = round (to_px (frame, value)) + 0.5;
  double base = frame->top + frame->height;
  gdk_cairo_set_source_rgba (cr, ink);
  cairo_set_line_width (cr, 1);
  cairo_move_to (cr, x, frame->top);
  cairo_line_to (cr, x, base);
  cairo_stroke (cr);
  cairo_move_to (cr, x, base + HANDLE_PX + GAP_PX);
  cairo_line_to (cr, x - HANDLE_PX, base);
  cairo_line_to (cr, x + HANDLE_PX, base);
  cairo_close_path (cr);
  cairo_fill (cr);
}

static void
draw_ramp (cairo_t *cr, const Frame *frame, bool invert, const GdkRGBA *ink)
{
  double bottom = frame->top + frame->height;
  cairo_set_source_rgba (cr, ink->red, ink->green, ink->blue, 0.8);
  cairo_set_line_width (cr, 1);
  cairo_move_to (cr, to_px (frame, frame->low), invert ? frame->top : bottom);
  cairo_line_to (cr, to_px (frame, frame->high), invert ? bottom : frame->top);
  cairo_stroke (cr);
}

static void
lam_histogram_view_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  LamHistogramView *view = LAM_HISTOGRAM_VIEW (widget);
  int width = gtk_widget_get_width (widget);
  int height = gtk_widget_get_height (widget);
  Frame frame;
  if (!get_frame (view, &frame))
    return;

  graphene_rect_t bounds =
      GRAPHENE_RECT_INIT (0, 0, (float)width, (float)height);
  GdkRGBA ink;
  gboolean invert;
  gtk_style_context_get_color (gtk_widget_get_style_context (widget), &ink);
  g_object_get (view->display, "invert", &invert, NULL);

  cairo_t *cr = gtk_snapshot_append_cairo (snapshot, &bounds);
  cairo_set_source_rgba (cr, ink.red, ink.green, ink.blue, 0.06);
  cairo_rectangle (cr, frame.left, frame.top, frame.width, frame.height);
  cairo_fill (cr);
  const LamHistogram *histogram = lam_display_get_histogram (view->display);
  if (histogram && histogram->total > 0)
    draw_curve (cr, &frame, histogram, &ink);
  draw_ramp (cr, &frame, invert, &ink);
  draw_strip (cr, &frame, &ink, invert);
  draw_handle (cr, &frame, frame.low, &ink);
  draw_handle (cr, &frame, frame.high, &ink);
  cairo_destroy (cr);
}

static void
lam_histogram_view_measure (GtkWidget *widget, GtkOrientation orientation,
    int for_size, int *minimum, int *natural, int *minimum_baseline,
    int *natural_baseline)
{
  *minimum = *natural =
      orientation == GTK_ORIENTATION_HORIZONTAL ? WIDTH_PX : HEIGHT_PX;
}

/* --- dragging ----------------------------------------------------------- */

static Drag
find_drag (const Frame *frame, double x)
{
  double low = to_px (frame, frame->low), high = to_px (frame, frame->high);
  double to_low = fabs (x - low), to_high = fabs (x - high);
  if (fmin (to_low, to_high) > GRAB_PX && x > low && x < high)
    return DRAG_BOTH;
  /* Outside of the window, the nearer end is meant. */
  return to_low < to_high || (to_low == to_high && x < low) ? DRAG_LOW
                                                            : DRAG_HIGH;
}

static void
begin_cb (GtkGestureDrag *gesture, double x, double y, LamHistogramView *view)
{
  Frame frame;
  view->drag = DRAG_NOTHING;
  if (!get_frame (view, &frame))
    return;
  view->drag = find_drag (&frame, x);
  view->start_low = frame.low;
  view->start_high = frame.high;
  gtk_gesture_set_state (GTK_GESTURE (gesture), GTK_EVENT_SEQUENCE_CLAIMED);
}

static void
update_cb (
    GtkGestureDrag *gesture, double dx, double dy, LamHistogramView *view)
{
  Frame frame;
  if (view->drag == DRAG_NOTHING || !get_frame (view, &frame))
    return;
  double range_low, range_high;
  g_object_get (
      view->display, "range-low", &range_low, "range-high", &range_high, NULL);
  double shift = dx / frame.width * (frame.to - frame.from);
  double least = (frame.to - frame.from) / 1000;
  double low = view->start_low, high = view->start_high;

  if (view->drag == DRAG_LOW)
    low = fmin (fmax (low + shift, fmin (range_low, low)), high - least);
  else if (view->drag == DRAG_HIGH)
    high = fmax (fmin (high + shift, fmax (range_high, high)), low + least);
  else
    low += shift, high += shift;
  lam_display_set_window (view->display, low, high);
}

static void
motion_cb (GtkEventControllerMotion *controller, double x, double y,
    LamHistogramView *view)
{
  Frame frame;
  if (get_frame (view, &frame))
    gtk_widget_set_cursor_from_name (GTK_WIDGET (view),
        find_drag (&frame, x) == DRAG_BOTH ? "grab" : "ew-resize");
}

/* --- the widget --------------------------------------------------------- */

static void
lam_histogram_view_dispose (GObject *object)
{
  lam_histogram_view_set_display (LAM_HISTOGRAM_VIEW (object), NULL);
  G_OBJECT_CLASS (lam_histogram_view_parent_class)->dispose (object);
}

static void
lam_histogram_view_class_init (LamHistogramViewClass *class)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);
  G_OBJECT_CLASS (class)->dispose = lam_histogram_view_dispose;
  widget_class->snapshot = lam_histogram_view_snapshot;
  widget_class->measure = lam_histogram_view_measure;
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_IMG);
  gtk_widget_class_set_css_name (widget_class, "histogram");
}

static void
lam_histogram_view_init (LamHistogramView *view)
{
  GtkGesture *drag = gtk_gesture_drag_new ();
  g_signal_connect (drag, "drag-begin", G_CALLBACK (begin_cb), view);
  g_signal_connect (drag, "drag-update", G_CALLBACK (update_cb), view);
  gtk_widget_add_controller (GTK_WIDGET (view), GTK_EVENT_CONTROLLER (drag));
  GtkEventController *motion = gtk_event_controller_motion_new ();
  g_signal_connect (motion, "motion", G_CALLBACK (motion_cb), view);
  gtk_widget_add_controller (GTK_WIDGET (view), motion);
}

void
lam_histogram_view_set_display (LamHistogramView *view, LamDisplay *display)
{
  g_return_if_fail (LAM_IS_HISTOGRAM_VIEW (view));
  if (view->display == display)
    return;
  if (view->display)
    g_signal_handlers_disconnect_by_data (view->display, view);
  g_set_object (&view->display, display);
  if (display) {
    g_signal_connect_swapped (
        display, "changed", G_CALLBACK (gtk_widget_queue_draw), view);
    g_signal_connect_swapped (
        display, "histogram-changed", G_CALLBACK (gtk_widget_queue_draw), view);
  }
  gtk_widget_queue_draw (GTK_WIDGET (view));
}
