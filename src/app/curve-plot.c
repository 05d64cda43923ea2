/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Drawn in the colour of the text, so that it is right on light and dark
 * ground. */
#include "app/curve-plot.h"

#include <glib/gi18n-lib.h>
#include <math.h>

#define WIDTH_PX 260
#define HEIGHT_PX 190
#define GAP_PX 6
#define TICK_PX 4
#define SWATCH_PX 14
#define SMALL 0.85
/* About so much lies between two numbers of an axis. */
#define TICK_SPACE_X_PX 70
#define TICK_SPACE_Y_PX 34

typedef struct {
  char *name; /* Owned */
  guint rgb;
  bool is_faint;
  GArray *points; /* Owned; of double, x and y */
} Curve;

struct _LamCurvePlot {
  GtkWidget parent_instance;
  char *title, *word; /* Owned */
  double most, n_steps, mark;
  GArray *curves; /* Owned; of Curve */
};

G_DEFINE_FINAL_TYPE (LamCurvePlot, lam_curve_plot, GTK_TYPE_WIDGET)

/* What is drawn where. */
typedef struct {
  cairo_t *cr;
  PangoLayout *layout; /* Owned */
  GdkRGBA ink;
  double line_px; /* of text */
  double left, right, top, bottom; /* of the field, in pixels */
  double x_most, y_most; /* values at the right and the top; 0 at the others */
  double x_tick, y_tick;
} Frame;

static const Curve *
get_curve (LamCurvePlot *plot, guint i)
{
  return &g_array_index (plot->curves, Curve, i);
}

/* --- scales --------------------------------------------------------------- */

/* 1, 2 or 5 times a power of ten: at least `least`. */
static double
round_tick (double least)
{
  if (!(least > 0))
    return 1;
  double power = pow (10, floor (log10 (least)));
  double times = least / power;
  return power * (times <= 1 ? 1 : times <= 2 ? 2 : times <= 5 ? 5 : 10);
}

static void
find_most (LamCurvePlot *plot, double *x, double *y)
{
  *x = plot->n_steps;
  *y = plot->most;
  for (guint i = 0; i < plot->curves->len; i++) {
    const Curve *curve = get_curve (plot, i);
    const double *points = (const double *)(void *)curve->points->data;
    for (guint j = 0; j + 1 < curve->points->len; j += 2) {
      *x = plot->n_steps > 0 ? *x : fmax (*x, points[j]);
      /* Faint ones may leave the field. */
      if (plot->most <= 0 && !curve->is_faint && isfinite (points[j + 1]))
        *y = fmax (*y, points[j + 1]);
    }
  }
  *x = fmax (*x, 1);
  *y = *y > 0 ? *y : 1;
}

static double
to_x (const Frame *frame, double step)
{
  return frame->left + step / frame->x_most * (frame->right - frame->left);
}

static double
to_y (const Frame *frame, double value)
{
  return frame->bottom - value / frame->y_most * (frame->bottom - frame->top);
}

/* --- text ----------------------------------------------------------------- */

static void
set_ink (const Frame *frame, double alpha)
{
  cairo_set_source_rgba (
      frame->cr, frame->ink.red, frame->ink.green, frame->ink.blue, alpha);
}

static double
measure (const Frame *frame, const char *text)
{
  int width, height;
  pango_layout_set_text (frame->layout, text, -1);
  pango_layout_get_pixel_size (frame->layout, &width, &height);
  return width;
}

/* `align` 0: begins at x, 1: ends there. */
static void
write_text (
    const Frame *frame, double x, double y, double align, const char *text)
{
  double width = measure (frame, text);
  cairo_move_to (frame->cr, round (x - align * width), round (y));
  pango_cairo_show_layout (frame->cr, frame->layout);
}

/* As many digits as the ticks need. */
static char *
dup_number (double value, double tick)
{
  int digits = tick < 1 ? (int)ceil (-log10 (tick) - 1e-9) : 0;
  return g_strdup_printf ("%.*f", CLAMP (digits, 0, 6), value);
}

/* --- the field ------------------------------------------------------------ */

/* A line is sharp between two pixels. */
static void
draw_line (const Frame *frame, double x0, double y0, double x1, double y1)
{
  cairo_move_to (frame->cr, round (x0) + 0.5, round (y0) + 0.5);
  cairo_line_to (frame->cr, round (x1) + 0.5, round (y1) + 0.5);
  cairo_stroke (frame->cr);
}

static void
draw_axes (const Frame *frame)
{
  cairo_set_line_width (frame->cr, 1);
  for (double y = 0; y <= frame->y_most * 1.0001; y += frame->y_tick) {
    g_autofree char *text = dup_number (y, frame->y_tick);
    set_ink (frame, y == 0 ? 0.5 : 0.12);
    draw_line (
        frame, frame->left, to_y (frame, y), frame->right, to_y (frame, y));
    set_ink (frame, 0.7);
    write_text (frame, frame->left - GAP_PX,
        to_y (frame, y) - frame->line_px / 2, 1, text);
  }
  for (double x = 0; x <= frame->x_most * 1.0001; x += frame->x_tick) {
    g_autofree char *text = dup_number (x, frame->x_tick);
    double align = x == 0 ? 0 : to_x (frame, x) > frame->right - 20 ? 1 : 0.5;
    set_ink (frame, 0.5);
    draw_line (frame, to_x (frame, x), frame->bottom, to_x (frame, x),
        frame->bottom + TICK_PX);
    set_ink (frame, 0.7);
    write_text (
        frame, to_x (frame, x), frame->bottom + TICK_PX + 1, align, text);
  }
  set_ink (frame, 0.7);
  write_text (frame, frame->right, frame->bottom + TICK_PX + frame->line_px, 1,
      _ ("steps"));
}

static void
draw_mark (LamCurvePlot *plot, const Frame *frame)
{
  static const double dashes[] = { 4, 3 };
  if (plot->mark < 0)
    return;
  double x = to_x (frame, plot->mark);
  bool is_right = x > (frame->left + frame->right) / 2;
  set_ink (frame, 0.55);
  cairo_set_dash (frame->cr, dashes, 2, 0);
  draw_line (frame, x, frame->top, x, frame->bottom);
  cairo_set_dash (frame->cr, NULL, 0, 0);
  write_text (frame, is_right ? x - 4 : x + 5,
      frame->bottom - frame->line_px - 2, is_right, plot->word);
}

/* Black on black would not be seen: as far from the ground as half of the
 * ink. */
static GdkRGBA
find_colour (const Frame *frame, guint rgb)
{
  GdkRGBA colour = { (float)(rgb >> 16 & 255) / 255.f,
    (float)(rgb >> 8 & 255) / 255.f, (float)(rgb & 255) / 255.f, 1 };
  float light = 0.3f * colour.red + 0.6f * colour.green + 0.1f * colour.blue;
  float ink =
      0.3f * frame->ink.red + 0.6f * frame->ink.green + 0.1f * frame->ink.blue;
  float apart = fabsf (light - (1 - ink));
  float share = apart < 0.35f ? 0.55f - apart : 0;
  colour.red += share * (frame->ink.red - colour.red);
  colour.green += share * (frame->ink.green - colour.green);
  colour.blue += share * (frame->ink.blue - colour.blue);
  return colour;
}

static void
draw_curve (const Frame *frame, const Curve *curve)
{
  GdkRGBA colour = find_colour (frame, curve->rgb);
  const double *points = (const double *)(void *)curve->points->data;
  bool is_line = false;
  cairo_set_source_rgba (frame->cr, colour.red, colour.green, colour.blue,
      curve->is_faint ? 0.3 : 1);
  cairo_set_line_width (frame->cr, curve->is_faint ? 1 : 2);
  cairo_set_line_join (frame->cr, CAIRO_LINE_JOIN_ROUND);
  for (guint i = 0; i + 1 < curve->points->len; i += 2) {
    double x = to_x (frame, points[i]), y = to_y (frame, points[i + 1]);
    bool is_there = isfinite (y);
    if (is_there && is_line)
      cairo_line_to (frame->cr, x, y);
    else if (is_there)
      cairo_move_to (frame->cr, x, y);
    is_line = is_there;
  }
  cairo_stroke (frame->cr);
  /* One point alone is no line. */
  if (curve->points->len == 2 && is_line) {
    cairo_arc (frame->cr, to_x (frame, points[0]), to_y (frame, points[1]), 2.5,
        0, 2 * G_PI);
    cairo_fill (frame->cr);
  }
}

/* --- the legend ----------------------------------------------------------- */

static char *
dup_legend (const Curve *curve)
{
  const double *points = (const double *)(void *)curve->points->data;
  guint n = curve->points->len;
  double last = n > 1 ? points[n - 1] : NAN;
  return isfinite (last) ? g_strdup_printf ("%s %.3f", curve->name, last)
                         : g_strdup (curve->name);
}

/* In rows above the field; gives their height. */
static double
draw_legend (LamCurvePlot *plot, const Frame *frame, double top, bool draws)
{
  double x = frame->left, y = top;
  for (guint i = 0; i < plot->curves->len; i++) {
    const Curve *curve = get_curve (plot, i);
    if (curve->is_faint)
      continue;
    g_autofree char *text = dup_legend (curve);
    double width = SWATCH_PX + 4 + measure (frame, text) + 2 * GAP_PX;
    if (x > frame->left && x + width > frame->right) {
      x = frame->left;
      y += frame->line_px;
    }
    if (draws) {
      GdkRGBA colour = find_colour (frame, curve->rgb);
      gdk_cairo_set_source_rgba (frame->cr, &colour);
      cairo_set_line_width (frame->cr, 3);
      cairo_move_to (frame->cr, x, y + frame->line_px / 2);
      cairo_line_to (frame->cr, x + SWATCH_PX, y + frame->line_px / 2);
      cairo_stroke (frame->cr);
      set_ink (frame, 0.9);
      write_text (frame, x + SWATCH_PX + 4, y, 0, text);
    }
    x += width;
  }
  return y + frame->line_px - top;
}

/* --- all of it ------------------------------------------------------------ */

static void
lay_out (LamCurvePlot *plot, Frame *frame)
{
  const double width = gtk_widget_get_width (GTK_WIDGET (plot));
  const double height = gtk_widget_get_height (GTK_WIDGET (plot));
  find_most (plot, &frame->x_most, &frame->y_most);
  frame->right = width - GAP_PX;
  frame->bottom = height - 2 * frame->line_px - TICK_PX - 2;
  frame->left = GAP_PX + measure (frame, "0.000");
  frame->top = frame->line_px + GAP_PX;
  frame->top += draw_legend (plot, frame, frame->top, false) + GAP_PX;
  double n = fmax (1, (frame->bottom - frame->top) / TICK_SPACE_Y_PX);
  frame->y_tick = round_tick (frame->y_most / n);
  /* The field ends at a round number. */
  frame->y_most = ceil (frame->y_most / frame->y_tick - 1e-9) * frame->y_tick;
  n = fmax (1, (frame->right - frame->left) / TICK_SPACE_X_PX);
  frame->x_tick = fmax (1, round_tick (frame->x_most / n));
}

static void
draw (LamCurvePlot *plot, Frame *frame)
{
  lay_out (plot, frame);
  set_ink (frame, 1);
  write_text (frame, frame->left, 0, 0, plot->title ? plot->title : "");
  draw_legend (plot, frame, frame->line_px + GAP_PX, true);
  if (frame->bottom - frame->top < 20 || frame->right - frame->left < 40)
    return;
  draw_axes (frame);
  cairo_save (frame->cr);
  cairo_rectangle (frame->cr, frame->left, frame->top - 2,
      frame->right - frame->left + 2, frame->bottom - frame->top + 3);
  cairo_clip (frame->cr);
  for (guint i = 0; i < plot->curves->len; i++)
    draw_curve (frame, get_curve (plot, i));
  draw_mark (plot, frame);
  cairo_restore (frame->cr);
}

static void
lam_curve_plot_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  graphene_rect_t bounds =
      GRAPHENE_RECT_INIT (0, 0, (float)gtk_widget_get_width (widget),
          (float)gtk_widget_get_height (widget));
  Frame frame = { .layout = gtk_widget_create_pango_layout (widget, "0") };
  PangoAttrList *attributes = pango_attr_list_new ();
  int width, height;
  pango_attr_list_insert (attributes, pango_attr_scale_new (SMALL));
  pango_layout_set_attributes (frame.layout, attributes);
  pango_attr_list_unref (attributes);
  pango_layout_get_pixel_size (frame.layout, &width, &height);
  frame.line_px = height + 1;
  gtk_style_context_get_color (
      gtk_widget_get_style_context (widget), &frame.ink);
  frame.cr = gtk_snapshot_append_cairo (snapshot, &bounds);
  draw (LAM_CURVE_PLOT (widget), &frame);
  cairo_destroy (frame.cr);
  g_object_unref (frame.layout);
}

static void
lam_curve_plot_measure (GtkWidget *widget, GtkOrientation orientation,
    int for_size, int *minimum, int *natural, int *minimum_baseline,
    int *natural_baseline)
{
  *minimum = *natural =
      orientation == GTK_ORIENTATION_HORIZONTAL ? WIDTH_PX : HEIGHT_PX;
}

/* --- the widget ----------------------------------------------------------- */

static void
clear_curve (gpointer data)
{
  Curve *curve = data;
  g_free (curve->name);
  g_array_unref (curve->points);
}

static void
lam_curve_plot_finalize (GObject *object)
{
  LamCurvePlot *plot = LAM_CURVE_PLOT (object);
  g_array_unref (plot->curves);
  g_free (plot->title);
  g_free (plot->word);
  G_OBJECT_CLASS (lam_curve_plot_parent_class)->finalize (object);
}

static void
lam_curve_plot_class_init (LamCurvePlotClass *class)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);
  G_OBJECT_CLASS (class)->finalize = lam_curve_plot_finalize;
  widget_class->snapshot = lam_curve_plot_snapshot;
  widget_class->measure = lam_curve_plot_measure;
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_IMG);
  gtk_widget_class_set_css_name (widget_class, "curve-plot");
}

static void
lam_curve_plot_init (LamCurvePlot *plot)
{
  plot->curves = g_array_new (false, false, sizeof (Curve));
  g_array_set_clear_func (plot->curves, clear_curve);
  plot->mark = -1;
}

void
lam_curve_plot_set_axis (LamCurvePlot *plot, const char *title, double most)
{
  g_free (plot->title);
  plot->title = g_strdup (title);
  plot->most = most;
  gtk_accessible_update_property (
      GTK_ACCESSIBLE (plot), GTK_ACCESSIBLE_PROPERTY_LABEL, title, -1);
}

void
lam_curve_plot_begin (LamCurvePlot *plot, double n_steps)
{
  g_array_set_size (plot->curves, 0);
  plot->n_steps = n_steps;
  gtk_widget_queue_draw (GTK_WIDGET (plot));
}

void
lam_curve_plot_add (LamCurvePlot *plot, const char *name, guint rgb,
    gboolean is_faint, const double *points, int n)
{
  Curve curve = { g_strdup (name), rgb, is_faint,
    g_array_sized_new (false, false, sizeof (double), (guint)n * 2) };
  if (n > 0)
    g_array_append_vals (curve.points, points, (guint)n * 2);
  g_array_append_val (plot->curves, curve);
}

void
lam_curve_plot_set_mark (LamCurvePlot *plot, double step, const char *word)
{
  g_free (plot->word);
  plot->word = g_strdup (word);
  plot->mark = step;
}
