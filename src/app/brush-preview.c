/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "app/brush-preview.h"

#include <math.h>

#define WIDTH_PX 200
#define HEIGHT_PX 84
#define GAP_PX 16
#define PAD_PX 3
/* Gaps between finer voxels would only be noise. */
#define LEAST_VOXEL_PX 3.

struct _LamBrushPreview {
  GtkWidget parent_instance;
  LamBrushSettings settings;
  double voxel_nm[3];
};

G_DEFINE_FINAL_TYPE (LamBrushPreview, lam_brush_preview, GTK_TYPE_WIDGET)

/* One of the two pictures: voxels of u × v nm, half their number on each side
 * of the one in the middle. */
typedef struct {
  double u_nm, v_nm;
  int half_u, v_from, v_to; /* v_to is the last one */
  bool is_box; /* a disc from the side: every voxel is filled */
} View;

static int
get_half (double radius_nm, double voxel_nm)
{
  return (int)floor (radius_nm / voxel_nm);
}

static void
get_views (LamBrushPreview *preview, View *above, View *side)
{
  const double *nm = preview->voxel_nm;
  double radius = preview->settings.radius_nm;
  int half_x = get_half (radius, nm[0]), half_y = get_half (radius, nm[1]);
  *above = (View){ nm[0], nm[1], half_x, -half_y, half_y, false };
  *side = (View){ nm[0], nm[2], half_x, 0, 0, true };
  if (preview->settings.shape == LAM_BRUSH_ELLIPSOID) {
    side->v_to = get_half (radius, nm[2]);
    side->v_from = -side->v_to;
    side->is_box = false;
  } else {
    /* 1: the slice alone; 2 adds the next deeper, 3 one on each side. */
    side->v_from = -((preview->settings.depth - 1) / 2);
    side->v_to = preview->settings.depth / 2;
  }
}

/* How many voxels are filled on each side of the middle one in row `v`; -1:
 * none. */
static int
get_reach (const View *view, double radius_nm, int v)
{
  if (view->is_box)
    return view->half_u;
  double y = v * view->v_nm / radius_nm;
  if (v == 0 || y * y <= 1)
    return (int)floor (
        sqrt (fmax (0, 1 - y * y)) * radius_nm / view->u_nm + 1e-9);
  return -1;
}

static double
get_width (const View *view)
{
  return (2 * view->half_u + 1) * view->u_nm;
}

static double
get_height (const View *view)
{
  return (view->v_to - view->v_from + 1) * view->v_nm;
}

/* Voxels are too fine to be seen one by one: their outline alone. */
static void
draw_outline (cairo_t *cr, const View *view, double radius_nm, double px_per_nm)
{
  double width = get_width (view) * px_per_nm;
  double height = get_height (view) * px_per_nm;
  if (view->is_box) {
    cairo_rectangle (cr, -width / 2, -height / 2, width, height);
  } else {
    cairo_new_sub_path (cr);
    cairo_arc (cr, 0, 0, radius_nm * px_per_nm, 0, 2 * G_PI);
  }
  cairo_fill (cr);
}

/* Voxels with gaps between them, along each axis where they are wide enough. */
static void
draw_voxels (cairo_t *cr, const View *view, double radius_nm, double px_per_nm)
{
  double u_px = view->u_nm * px_per_nm, v_px = view->v_nm * px_per_nm;
  double top = -get_height (view) * px_per_nm / 2;
  double u_gap = u_px < LEAST_VOXEL_PX ? 0 : 0.8;
  double v_gap = v_px < LEAST_VOXEL_PX ? 0 : 0.8;
  for (int v = view->v_from; v <= view->v_to; v++) {
    double y = top + (v - view->v_from) * v_px;
    int reach = get_reach (view, radius_nm, v);
    if (u_gap == 0 && reach >= 0)
      cairo_rectangle (
          cr, -(reach + 0.5) * u_px, y, (2 * reach + 1) * u_px, v_px - v_gap);
    for (int u = -reach; u <= reach && u_gap > 0; u++)
      cairo_rectangle (cr, (u - 0.5) * u_px, y, u_px - u_gap, v_px - v_gap);
  }
  cairo_fill (cr);
}

/* Where the slice under the pointer is, in the picture from the side. */
static void
draw_slice (cairo_t *cr, const View *view, double px_per_nm)
{
  double y = (-view->v_from + 0.5) * view->v_nm * px_per_nm
      - get_height (view) * px_per_nm / 2;
  double half = get_width (view) * px_per_nm / 2 + 2 * PAD_PX;
  cairo_set_line_width (cr, 1);
  cairo_move_to (cr, -half, y);
  cairo_line_to (cr, half, y);
  cairo_stroke (cr);
}

static void
draw_view (cairo_t *cr, const View *view, double radius_nm, double px_per_nm)
{
  if (view->v_nm * px_per_nm < 1)
    draw_outline (cr, view, radius_nm, px_per_nm);
  else
    draw_voxels (cr, view, radius_nm, px_per_nm);
}

static void
lam_brush_preview_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  LamBrushPreview *preview = LAM_BRUSH_PREVIEW (widget);
  double radius = preview->settings.radius_nm;
  if (!(radius > 0))
    return;
  View above, side;
  get_views (preview, &above, &side);

  int width = gtk_widget_get_width (widget);
  int height = gtk_widget_get_height (widget);
  double half_width = (width - GAP_PX) / 2.;
  double px_per_nm =
      (height - 2. * PAD_PX) / fmax (get_height (&above), get_height (&side));
  px_per_nm = fmin (px_per_nm,
      (half_width - 6. * PAD_PX)
          / fmax (get_width (&above), get_width (&side)));

  graphene_rect_t bounds =
      GRAPHENE_RECT_INIT (0, 0, (float)width, (float)height);
  GdkRGBA ink;
  gtk_style_context_get_color (gtk_widget_get_style_context (widget), &ink);
  cairo_t *cr = gtk_snapshot_append_cairo (snapshot, &bounds);
  cairo_set_source_rgba (cr, ink.red, ink.green, ink.blue, 0.7);
  cairo_save (cr);
  cairo_translate (cr, half_width / 2, height / 2.);
  draw_view (cr, &above, radius, px_per_nm);
  cairo_restore (cr);
  cairo_translate (cr, half_width * 1.5 + GAP_PX, height / 2.);
  draw_view (cr, &side, radius, px_per_nm);
  cairo_set_source_rgba (cr, ink.red, ink.green, ink.blue, 0.35);
  draw_slice (cr, &side, px_per_nm);
  cairo_destroy (cr);
}

static void
lam_brush_preview_measure (GtkWidget *widget, GtkOrientation orientation,
    int for_size, int *minimum, int *natural, int *minimum_baseline,
    int *natural_baseline)
{
  *minimum = *natural =
      orientation == GTK_ORIENTATION_HORIZONTAL ? WIDTH_PX : HEIGHT_PX;
}

static void
lam_brush_preview_class_init (LamBrushPreviewClass *class)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);
  widget_class->snapshot = lam_brush_preview_snapshot;
  widget_class->measure = lam_brush_preview_measure;
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_IMG);
  gtk_widget_class_set_css_name (widget_class, "brushpreview");
}

static void
lam_brush_preview_init (LamBrushPreview *preview)
{
}

void
lam_brush_preview_set (LamBrushPreview *preview,
    const LamBrushSettings *settings, const double voxel_size_nm[3])
{
  g_return_if_fail (LAM_IS_BRUSH_PREVIEW (preview));
  preview->settings = *settings;
  for (int i = 0; i < 3; i++)
    preview->voxel_nm[i] = voxel_size_nm[i];
  gtk_widget_queue_draw (GTK_WIDGET (preview));
}
