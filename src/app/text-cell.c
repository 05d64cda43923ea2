/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "app/text-cell.h"

#define MARGIN_PX 3
#define MARK_PX 16
/* Room for a word beside a mark. */
#define WORD_PX 40

struct _LamTextCell {
  LamLazyCell parent_instance;
  bool is_number;
  int n_chars;
  bool has_mark;
  const char *icon_name, *colour_name; /* Borrowed; of the mark */
  /* Owned */
  char *text;
  PangoLayout *layout; /* NULL until it is drawn, and after a style change */
};

G_DEFINE_FINAL_TYPE (LamTextCell, lam_text_cell, LAM_TYPE_LAZY_CELL)

static PangoLayout *
get_layout (LamTextCell *cell)
{
  if (cell->layout)
    return cell->layout;
  cell->layout = gtk_widget_create_pango_layout (GTK_WIDGET (cell), cell->text);
  pango_layout_set_ellipsize (cell->layout, PANGO_ELLIPSIZE_END);
  if (cell->is_number) {
    g_autoptr (PangoAttrList) list = pango_attr_list_new ();
    pango_attr_list_insert (list, pango_attr_font_features_new ("tnum=1"));
    pango_layout_set_attributes (cell->layout, list);
    pango_layout_set_alignment (cell->layout, PANGO_ALIGN_RIGHT);
  }
  return cell->layout;
}

static void
draw_mark (LamTextCell *cell, GdkRGBA colour, GtkSnapshot *snapshot)
{
  GtkWidget *widget = GTK_WIDGET (cell);
  g_autoptr (GtkIconPaintable) icon = gtk_icon_theme_lookup_icon (
      gtk_icon_theme_get_for_display (gtk_widget_get_display (widget)),
      cell->icon_name, NULL, MARK_PX, gtk_widget_get_scale_factor (widget),
      gtk_widget_get_direction (widget), GTK_ICON_LOOKUP_FORCE_SYMBOLIC);
  gtk_style_context_lookup_color (
      gtk_widget_get_style_context (widget), cell->colour_name, &colour);
  gtk_snapshot_save (snapshot);
  gtk_snapshot_translate (snapshot,
      &GRAPHENE_POINT_INIT (
          MARGIN_PX, (float)((gtk_widget_get_height (widget) - MARK_PX) / 2)));
  gtk_symbolic_paintable_snapshot_symbolic (
      GTK_SYMBOLIC_PAINTABLE (icon), snapshot, MARK_PX, MARK_PX, &colour, 1);
  gtk_snapshot_restore (snapshot);
}

static void
lam_text_cell_draw (LamLazyCell *lazy, GtkSnapshot *snapshot)
{
  LamTextCell *cell = LAM_TEXT_CELL (lazy);
  GtkWidget *widget = GTK_WIDGET (cell);
  PangoLayout *layout = get_layout (cell);
  GdkRGBA colour;
  int height;
  gtk_style_context_get_color (gtk_widget_get_style_context (widget), &colour);
  if (cell->icon_name)
    draw_mark (cell, colour, snapshot);
  const int left = MARGIN_PX + (cell->has_mark ? MARK_PX + 2 * MARGIN_PX : 0);
  const int room = gtk_widget_get_width (widget) - left - MARGIN_PX;
  if (cell->has_mark && room < WORD_PX)
    return;
  pango_layout_set_width (layout, MAX (0, room) * PANGO_SCALE);
  pango_layout_get_pixel_size (layout, NULL, &height);
  gtk_snapshot_save (snapshot);
  gtk_snapshot_translate (snapshot,
      &GRAPHENE_POINT_INIT (
          (float)left, (float)((gtk_widget_get_height (widget) - height) / 2)));
  gtk_snapshot_append_layout (snapshot, layout, &colour);
  gtk_snapshot_restore (snapshot);
}

/* By the font alone, so that no text is laid out for it. */
static void
lam_text_cell_measure (GtkWidget *widget, GtkOrientation orientation,
    int for_size, int *minimum, int *natural, int *minimum_baseline,
    int *natural_baseline)
{
  const LamTextCell *cell = LAM_TEXT_CELL (widget);
  PangoFontMetrics *metrics = pango_context_get_metrics (
      gtk_widget_get_pango_context (widget), NULL, NULL);
  if (orientation == GTK_ORIENTATION_HORIZONTAL)
    *natural = PANGO_PIXELS_CEIL (
                   pango_font_metrics_get_approximate_digit_width (metrics)
                   * cell->n_chars)
        + 2 * MARGIN_PX;
  else
    *natural = PANGO_PIXELS_CEIL (pango_font_metrics_get_height (metrics));
  *minimum = *natural;
  pango_font_metrics_unref (metrics);
}

static void
lam_text_cell_css_changed (GtkWidget *widget, GtkCssStyleChange *change)
{
  GTK_WIDGET_CLASS (lam_text_cell_parent_class)->css_changed (widget, change);
  g_clear_object (&LAM_TEXT_CELL (widget)->layout);
}

static void
lam_text_cell_leave (LamLazyCell *lazy)
{
  LamTextCell *cell = LAM_TEXT_CELL (lazy);
  g_clear_pointer (&cell->text, g_free);
  g_clear_object (&cell->layout);
}

static void
lam_text_cell_finalize (GObject *object)
{
  lam_text_cell_leave (LAM_LAZY_CELL (object));
  G_OBJECT_CLASS (lam_text_cell_parent_class)->finalize (object);
}

static void
lam_text_cell_class_init (LamTextCellClass *class)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);
  G_OBJECT_CLASS (class)->finalize = lam_text_cell_finalize;
  widget_class->measure = lam_text_cell_measure;
  widget_class->css_changed = lam_text_cell_css_changed;
  LAM_LAZY_CELL_CLASS (class)->draw = lam_text_cell_draw;
  LAM_LAZY_CELL_CLASS (class)->leave = lam_text_cell_leave;
  gtk_widget_class_set_accessible_role (
      widget_class, GTK_ACCESSIBLE_ROLE_LABEL);
}

static void
lam_text_cell_init (LamTextCell *cell)
{
}

GtkWidget *
lam_text_cell_new (bool is_number, int n_chars)
{
  LamTextCell *cell = g_object_new (LAM_TYPE_TEXT_CELL, NULL);
  cell->is_number = is_number;
  cell->n_chars = n_chars;
  return GTK_WIDGET (cell);
}

void
lam_text_cell_set_text (LamTextCell *cell, const char *text)
{
  g_return_if_fail (LAM_IS_TEXT_CELL (cell));
  if (g_strcmp0 (cell->text, text) == 0)
    return;
  g_free (cell->text);
  cell->text = g_strdup (text);
  g_clear_object (&cell->layout);
  gtk_accessible_update_property (
      GTK_ACCESSIBLE (cell), GTK_ACCESSIBLE_PROPERTY_LABEL, text, -1);
}

void
lam_text_cell_set_mark (
    LamTextCell *cell, const char *icon_name, const char *colour_name)
{
  g_return_if_fail (LAM_IS_TEXT_CELL (cell));
  cell->has_mark = true;
  cell->icon_name = icon_name;
  cell->colour_name = colour_name;
}

void
lam_text_cell_clear_mark (LamTextCell *cell)
{
  g_return_if_fail (LAM_IS_TEXT_CELL (cell));
  cell->has_mark = false;
  cell->icon_name = NULL;
}

const char *
lam_text_cell_get_text (LamTextCell *cell)
{
  g_return_val_if_fail (LAM_IS_TEXT_CELL (cell), "");
  return cell->text ? cell->text : "";
}
