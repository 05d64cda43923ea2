/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Where the parts of a row are, and how they look. A group has an arrow where a
 * label has its colour. */
#include "app/label-row-private.h"

#define BUTTON_PX 26
#define SWATCH_PX 16
#define ICON_PX 16
#define GAP_PX 4
/* As far as a row stands further in than the group it lies in; in a narrow
 * panel names stay readable however deep that is. */
#define INDENT_PX 14
#define MAX_DEPTH 6
/* What is as usual is drawn faintly: a locked or hidden row stands out. */
#define FAINT 0.35f

/* --- places --------------------------------------------------------------- */

static PangoLayout *
make_layout (LamLabelRow *row, const char *text, PangoAttribute *attribute,
    PangoEllipsizeMode cut, int *width_px)
{
  PangoLayout *layout = gtk_widget_create_pango_layout (GTK_WIDGET (row), text);
  if (attribute) {
    g_autoptr (PangoAttrList) list = pango_attr_list_new ();
    pango_attr_list_insert (list, attribute);
    pango_layout_set_attributes (layout, list);
  }
  pango_layout_get_pixel_size (layout, width_px, NULL);
  pango_layout_set_ellipsize (layout, cut);
  return layout;
}

static void
lay_out_title (LamLabelRow *row)
{
  if (!row->title_layout)
    row->title_layout = make_layout (row, row->title ? row->title : "",
        lam_label_row_is_group (row) ? pango_attr_weight_new (PANGO_WEIGHT_BOLD)
                                     : NULL,
        PANGO_ELLIPSIZE_MIDDLE, &row->title_px);
}

static int
get_indent (const LamLabelRow *row)
{
  return MIN (row->depth, MAX_DEPTH) * INDENT_PX;
}

static PangoLayout *
make_note (LamLabelRow *row, const char *note, int *width_px)
{
  return make_layout (row, note, pango_attr_scale_new (PANGO_SCALE_SMALL),
      PANGO_ELLIPSIZE_END, width_px);
}

/* The note gets half of the room, or what the name does not need. Of numbers
 * nothing is cut off as long as there is something shorter to say. NULL: there
 * is none. */
static PangoLayout *
choose_note (LamLabelRow *row, int room, int *note_px)
{
  *note_px = 0;
  if (!row->note || !*row->note)
    return NULL;
  lay_out_title (row);
  if (!row->note_layout)
    row->note_layout = make_note (row, row->note, &row->note_px);
  const int most = MAX (0, MAX (room / 2, room - row->title_px) - GAP_PX);
  *note_px = MIN (row->note_px, most);
  if (row->note_px <= most || !row->short_note)
    return row->note_layout;
  if (!row->short_layout)
    row->short_layout = make_note (row, row->short_note, &row->short_px);
  *note_px = MIN (row->short_px, most);
  return row->short_layout;
}

static int
get_room (LamLabelRow *row)
{
  return gtk_widget_get_width (GTK_WIDGET (row)) - get_indent (row)
      - 3 * BUTTON_PX - 2 * GAP_PX;
}

/* What is left of the width for the name and the note. */
static void
share_width (LamLabelRow *row, int *name_px, int *note_px)
{
  const int all = get_room (row);
  choose_note (row, all, note_px);
  *name_px = MAX (0, all - *note_px - (*note_px > 0 ? GAP_PX : 0));
}

GdkRectangle
lam_label_row_get_place (LamLabelRow *row, LamRowPart part)
{
  const int width = gtk_widget_get_width (GTK_WIDGET (row));
  const int height = gtk_widget_get_height (GTK_WIDGET (row));
  const int indent = get_indent (row);
  GdkRectangle place = { indent, (height - BUTTON_PX) / 2, BUTTON_PX,
    BUTTON_PX };
  int name_px, note_px;
  if (part == LAM_ROW_NAME) {
    share_width (row, &place.width, &note_px);
    place.x = indent + BUTTON_PX + GAP_PX;
  } else if (part == LAM_ROW_REMARK) {
    share_width (row, &name_px, &place.width);
    place.x = indent + BUTTON_PX + name_px + 2 * GAP_PX;
  } else if (part == LAM_ROW_HIDE) {
    place.x = width - 2 * BUTTON_PX;
  } else if (part == LAM_ROW_LOCK) {
    place.x = width - BUTTON_PX;
  }
  if (gtk_widget_get_direction (GTK_WIDGET (row)) == GTK_TEXT_DIR_RTL)
    place.x = width - place.x - place.width;
  return place;
}

int
lam_label_row_find_part (LamLabelRow *row, double x, double y)
{
  for (int part = 0; part < LAM_N_ROW_PARTS; part++) {
    const GdkRectangle place = lam_label_row_get_place (row, part);
    if (part != LAM_ROW_NAME && part != LAM_ROW_REMARK
        && gdk_rectangle_contains_point (&place, (int)x, (int)y))
      return part;
  }
  return -1;
}

/* --- drawing -------------------------------------------------------------- */

static GdkRGBA
to_rgba (uint32_t rgb)
{
  return (GdkRGBA){ (float)(rgb >> 16 & 255) / 255.f,
    (float)(rgb >> 8 & 255) / 255.f, (float)(rgb & 255) / 255.f, 1 };
}

/* With a thin edge, so that white and black are seen on any background. */
static void
draw_swatch (LamLabelRow *row, GtkSnapshot *snapshot)
{
  const GdkRectangle place = lam_label_row_get_place (row, LAM_ROW_COLOUR);
  const float x = (float)(place.x + (place.width - SWATCH_PX) / 2);
  const float y = (float)(place.y + (place.height - SWATCH_PX) / 2);
  const float thin[4] = { 1, 1, 1, 1 };
  const GdkRGBA grey = { 0.5f, 0.5f, 0.5f, 0.6f }, colour = to_rgba (row->rgb);
  const GdkRGBA edge[4] = { grey, grey, grey, grey };
  GskRoundedRect shape;
  gsk_rounded_rect_init_from_rect (&shape,
      &GRAPHENE_RECT_INIT (x, y, SWATCH_PX, SWATCH_PX), SWATCH_PX / 4.f);
  gtk_snapshot_push_rounded_clip (snapshot, &shape);
  gtk_snapshot_append_color (snapshot, &colour, &shape.bounds);
  gtk_snapshot_pop (snapshot);
  gtk_snapshot_append_border (snapshot, &shape, thin, edge);
}

static void
draw_icon (LamLabelRow *row, LamRowPart part, const char *name, float strength,
    GdkRGBA colour, GtkSnapshot *snapshot)
{
  GtkWidget *widget = GTK_WIDGET (row);
  const GdkRectangle place = lam_label_row_get_place (row, part);
  g_autoptr (GtkIconPaintable) icon = gtk_icon_theme_lookup_icon (
      gtk_icon_theme_get_for_display (gtk_widget_get_display (widget)), name,
      NULL, ICON_PX, gtk_widget_get_scale_factor (widget),
      gtk_widget_get_direction (widget), GTK_ICON_LOOKUP_FORCE_SYMBOLIC);
  colour.alpha *= strength;
  gtk_snapshot_save (snapshot);
  gtk_snapshot_translate (snapshot,
      &GRAPHENE_POINT_INIT ((float)(place.x + (place.width - ICON_PX) / 2),
          (float)(place.y + (place.height - ICON_PX) / 2)));
  gtk_symbolic_paintable_snapshot_symbolic (
      GTK_SYMBOLIC_PAINTABLE (icon), snapshot, ICON_PX, ICON_PX, &colour, 1);
  gtk_snapshot_restore (snapshot);
}

static float
get_strength (const LamLabelRow *row, LamRowPart part, bool is_on)
{
  return is_on || row->pointed_at == (int)part ? 1 : FAINT;
}

static void
draw_layout (LamLabelRow *row, PangoLayout *layout, int x, int width,
    const GdkRGBA *colour, GtkSnapshot *snapshot)
{
  int height;
  pango_layout_set_width (layout, width * PANGO_SCALE);
  pango_layout_get_pixel_size (layout, NULL, &height);
  gtk_snapshot_save (snapshot);
  gtk_snapshot_translate (snapshot,
      &GRAPHENE_POINT_INIT ((float)x,
          (float)((gtk_widget_get_height (GTK_WIDGET (row)) - height) / 2)));
  gtk_snapshot_append_layout (snapshot, layout, colour);
  gtk_snapshot_restore (snapshot);
}

static void
draw_texts (LamLabelRow *row, GdkRGBA colour, GtkSnapshot *snapshot)
{
  const GdkRectangle name = lam_label_row_get_place (row, LAM_ROW_NAME);
  const GdkRectangle note = lam_label_row_get_place (row, LAM_ROW_REMARK);
  lay_out_title (row);
  if (!row->entry)
    draw_layout (row, row->title_layout, name.x, name.width, &colour, snapshot);
  colour.alpha *= 0.55f;
  int note_px;
  PangoLayout *layout = choose_note (row, get_room (row), &note_px);
  if (note_px > 0)
    draw_layout (row, layout, note.x, note_px, &colour, snapshot);
}

void
lam_label_row_draw (LamLazyCell *cell, GtkSnapshot *snapshot)
{
  LamLabelRow *row = LAM_LABEL_ROW (cell);
  GdkRGBA colour;
  gtk_style_context_get_color (
      gtk_widget_get_style_context (GTK_WIDGET (row)), &colour);
  if (lam_label_row_is_group (row))
    draw_icon (row, LAM_ROW_COLOUR,
        row->kind == LAM_ROW_IS_UNFOLDED ? "pan-down-symbolic"
                                         : "pan-end-symbolic",
        get_strength (row, LAM_ROW_COLOUR, row->kind != LAM_ROW_IS_EMPTY),
        colour, snapshot);
  else if (!row->colour)
    draw_swatch (row, snapshot);
  draw_texts (row, colour, snapshot);
  draw_icon (row, LAM_ROW_HIDE,
      row->hidden ? "view-conceal-symbolic" : "view-reveal-symbolic",
      get_strength (row, LAM_ROW_HIDE, row->hidden), colour, snapshot);
  draw_icon (row, LAM_ROW_LOCK,
      row->locked ? "changes-prevent-symbolic" : "changes-allow-symbolic",
      get_strength (row, LAM_ROW_LOCK, row->locked), colour, snapshot);
}

void
lam_label_row_measure (GtkWidget *widget, GtkOrientation orientation,
    int for_size, int *minimum, int *natural, int *minimum_baseline,
    int *natural_baseline)
{
  LamLabelRow *row = LAM_LABEL_ROW (widget);
  int of_entry = 0;
  /* The row grows with the entry, which would be cut off. */
  if (row->entry && orientation == GTK_ORIENTATION_VERTICAL)
    gtk_widget_measure (
        row->entry, orientation, -1, &of_entry, NULL, NULL, NULL);
  *minimum = *natural = orientation == GTK_ORIENTATION_HORIZONTAL
      ? 4 * BUTTON_PX + 2 * GAP_PX
      : MAX (BUTTON_PX, of_entry);
}

static void
allocate_child (LamLabelRow *row, GtkWidget *child, LamRowPart part)
{
  GdkRectangle place = lam_label_row_get_place (row, part);
  int minimum;
  if (!child)
    return;
  gtk_widget_measure (
      child, GTK_ORIENTATION_HORIZONTAL, -1, &minimum, NULL, NULL, NULL);
  place.width = MAX (place.width, minimum);
  gtk_widget_measure (
      child, GTK_ORIENTATION_VERTICAL, place.width, &minimum, NULL, NULL, NULL);
  place.y -= MAX (0, minimum - place.height) / 2;
  place.height = MAX (place.height, minimum);
  gtk_widget_size_allocate (child, &place, -1);
}

void
lam_label_row_allocate (GtkWidget *widget, int width, int height, int baseline)
{
  LamLabelRow *row = LAM_LABEL_ROW (widget);
  allocate_child (row, row->colour, LAM_ROW_COLOUR);
  allocate_child (row, row->entry, LAM_ROW_NAME);
}
