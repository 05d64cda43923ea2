/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The palette of colours and the entry for the name are children that are made
 * when they are asked for, and go with the row's item. */
#include "app/label-row.h"

#include <glib/gi18n-lib.h>

#include "app/colour-button.h"
#include "app/name-cell.h"

#define BUTTON_PX 26
#define SWATCH_PX 16
#define ICON_PX 16
#define GAP_PX 4
/* What is as usual is drawn faintly: a locked or hidden row stands out. */
#define FAINT 0.35f

struct _LamLabelRow {
  LamLazyCell parent_instance;
  int64_t id;
  uint32_t rgb;
  bool locked, hidden;
  int pointed_at; /* a LamRowPart, or -1 */
  /* Owned */
  char *title, *name, *note;
  PangoLayout *title_layout, *note_layout; /* NULL: to be made */
  /* Children, or NULL */
  GtkWidget *colour, *entry;
};

G_DEFINE_FINAL_TYPE (LamLabelRow, lam_label_row, LAM_TYPE_LAZY_CELL)

enum { NAMING, NAMED, N_SIGNALS };
static guint signals[N_SIGNALS];

/* --- places --------------------------------------------------------------- */

static int
measure_note (LamLabelRow *row)
{
  int width;
  if (!row->note || !*row->note)
    return 0;
  if (!row->note_layout) {
    g_autoptr (PangoAttrList) list = pango_attr_list_new ();
    pango_attr_list_insert (list, pango_attr_scale_new (PANGO_SCALE_SMALL));
    row->note_layout =
        gtk_widget_create_pango_layout (GTK_WIDGET (row), row->note);
    pango_layout_set_attributes (row->note_layout, list);
    pango_layout_set_ellipsize (row->note_layout, PANGO_ELLIPSIZE_END);
  }
  pango_layout_set_width (row->note_layout, -1);
  pango_layout_get_pixel_size (row->note_layout, &width, NULL);
  return width;
}

/* What is left of the width for the name and the note: the name has at least
 * half of it. */
static void
share_width (LamLabelRow *row, int *name_px, int *note_px)
{
  const int all =
      gtk_widget_get_width (GTK_WIDGET (row)) - 3 * BUTTON_PX - 2 * GAP_PX;
  *note_px = MAX (0, MIN (measure_note (row), all / 2 - GAP_PX));
  *name_px = MAX (0, all - *note_px - (*note_px > 0 ? GAP_PX : 0));
}

GdkRectangle
lam_label_row_get_place (LamLabelRow *row, LamRowPart part)
{
  const int width = gtk_widget_get_width (GTK_WIDGET (row));
  const int height = gtk_widget_get_height (GTK_WIDGET (row));
  GdkRectangle place = { 0, (height - BUTTON_PX) / 2, BUTTON_PX, BUTTON_PX };
  int note_px;
  if (part == LAM_ROW_NAME) {
    share_width (row, &place.width, &note_px);
    place.x = BUTTON_PX + GAP_PX;
  } else if (part == LAM_ROW_HIDE) {
    place.x = width - 2 * BUTTON_PX;
  } else if (part == LAM_ROW_LOCK) {
    place.x = width - BUTTON_PX;
  }
  if (gtk_widget_get_direction (GTK_WIDGET (row)) == GTK_TEXT_DIR_RTL)
    place.x = width - place.x - place.width;
  return place;
}

static int
find_part (LamLabelRow *row, double x, double y)
{
  for (int part = 0; part < LAM_N_ROW_PARTS; part++) {
    const GdkRectangle place = lam_label_row_get_place (row, part);
    if (part != LAM_ROW_NAME
        && gdk_rectangle_contains_point (&place, (int)x, (int)y))
      return part;
  }
  return -1;
}

const char *
lam_label_row_get_text (LamLabelRow *row, LamRowPart part)
{
  g_return_val_if_fail (LAM_IS_LABEL_ROW (row), "");
  switch (part) {
  case LAM_ROW_COLOUR:
    return _ ("Colour");
  case LAM_ROW_HIDE:
    return row->hidden ? _ ("Show it again") : _ ("Hide it in the views");
  case LAM_ROW_LOCK:
    return row->locked ? _ ("Unlock: it may be painted over again")
                       : _ ("Lock: nothing may change it");
  case LAM_ROW_NAME:
  case LAM_N_ROW_PARTS:
    break;
  }
  return row->title ? row->title : "";
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
  const GdkRectangle place = lam_label_row_get_place (row, LAM_ROW_NAME);
  int name_px, note_px;
  share_width (row, &name_px, &note_px);
  if (!row->title_layout) {
    row->title_layout =
        gtk_widget_create_pango_layout (GTK_WIDGET (row), row->title);
    pango_layout_set_ellipsize (row->title_layout, PANGO_ELLIPSIZE_MIDDLE);
  }
  if (!row->entry)
    draw_layout (row, row->title_layout, place.x, name_px, &colour, snapshot);
  if (note_px == 0)
    return;
  colour.alpha *= 0.55f;
  const bool is_mirrored =
      gtk_widget_get_direction (GTK_WIDGET (row)) == GTK_TEXT_DIR_RTL;
  draw_layout (row, row->note_layout,
      is_mirrored ? place.x - GAP_PX - note_px : place.x + name_px + GAP_PX,
      note_px, &colour, snapshot);
}

static void
lam_label_row_draw (LamLazyCell *cell, GtkSnapshot *snapshot)
{
  LamLabelRow *row = LAM_LABEL_ROW (cell);
  GdkRGBA colour;
  gtk_style_context_get_color (
      gtk_widget_get_style_context (GTK_WIDGET (row)), &colour);
  if (!row->colour)
    draw_swatch (row, snapshot);
  draw_texts (row, colour, snapshot);
  draw_icon (row, LAM_ROW_HIDE,
      row->hidden ? "view-conceal-symbolic" : "view-reveal-symbolic",
      get_strength (row, LAM_ROW_HIDE, row->hidden), colour, snapshot);
  draw_icon (row, LAM_ROW_LOCK,
      row->locked ? "changes-prevent-symbolic" : "changes-allow-symbolic",
      get_strength (row, LAM_ROW_LOCK, row->locked), colour, snapshot);
}

static void
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

static void
lam_label_row_allocate (GtkWidget *widget, int width, int height, int baseline)
{
  LamLabelRow *row = LAM_LABEL_ROW (widget);
  allocate_child (row, row->colour, LAM_ROW_COLOUR);
  allocate_child (row, row->entry, LAM_ROW_NAME);
}

/* --- pressing ------------------------------------------------------------- */

static void
chosen_cb (LamColourButton *button, guint rgb, LamLabelRow *row)
{
  gtk_widget_activate_action (
      GTK_WIDGET (row), "label.set-colour", "(xu)", row->id, rgb);
}

static void
offer_colours (LamLabelRow *row)
{
  if (!row->colour) {
    row->colour = lam_colour_button_new ();
    lam_colour_button_set_has_automatic (LAM_COLOUR_BUTTON (row->colour), true);
    g_signal_connect (row->colour, "chosen", G_CALLBACK (chosen_cb), row);
    gtk_widget_set_parent (row->colour, GTK_WIDGET (row));
    lam_colour_button_set_rgb (LAM_COLOUR_BUTTON (row->colour), row->rgb);
  }
  lam_colour_button_popup (LAM_COLOUR_BUTTON (row->colour));
}

static void
offer_colours_cb (gpointer data)
{
  LamLabelRow *row = data;
  lam_lazy_cell_fill (data);
  if (gtk_widget_get_mapped (data) && row->title)
    offer_colours (row);
  g_object_unref (row);
}

/* Later, as rename. */
void
lam_label_row_offer_colours (LamLabelRow *row)
{
  g_return_if_fail (LAM_IS_LABEL_ROW (row));
  g_idle_add_once (offer_colours_cb, g_object_ref (row));
}

static void
pressed_cb (
    GtkGestureClick *gesture, int n_press, double x, double y, LamLabelRow *row)
{
  const int part = find_part (row, x, y);
  /* The rest is the list's: it selects, and a double click goes there. */
  gtk_gesture_set_state (GTK_GESTURE (gesture),
      part < 0 ? GTK_EVENT_SEQUENCE_DENIED : GTK_EVENT_SEQUENCE_CLAIMED);
  if (part == LAM_ROW_COLOUR)
    offer_colours (row);
  else if (part == LAM_ROW_HIDE)
    gtk_widget_activate_action (
        GTK_WIDGET (row), "label.toggle-hide", "x", row->id);
  else if (part == LAM_ROW_LOCK)
    gtk_widget_activate_action (
        GTK_WIDGET (row), "label.toggle-lock", "x", row->id);
}

static void
menu_cb (
    GtkGestureClick *gesture, int n_press, double x, double y, LamLabelRow *row)
{
  gtk_widget_activate_action (
      GTK_WIDGET (row), "label.menu", "(xdd)", row->id, x, y);
}

static void
point_at (LamLabelRow *row, int part)
{
  if (row->pointed_at == part)
    return;
  row->pointed_at = part;
  gtk_widget_queue_draw (GTK_WIDGET (row));
}

static void
motion_cb (
    GtkEventControllerMotion *motion, double x, double y, LamLabelRow *row)
{
  point_at (row, find_part (row, x, y));
}

static void
left_cb (GtkEventControllerMotion *motion, LamLabelRow *row)
{
  point_at (row, -1);
}

static gboolean
lam_label_row_query_tooltip (GtkWidget *widget, int x, int y,
    gboolean from_keyboard, GtkTooltip *tooltip)
{
  LamLabelRow *row = LAM_LABEL_ROW (widget);
  const int part = from_keyboard ? -1 : find_part (row, x, y);
  if (part < 0)
    return FALSE;
  const GdkRectangle place = lam_label_row_get_place (row, part);
  gtk_tooltip_set_text (tooltip, lam_label_row_get_text (row, part));
  gtk_tooltip_set_tip_area (tooltip, &place);
  return TRUE;
}

/* --- the name ------------------------------------------------------------- */

/* What is being written is told first. */
static void
drop_entry (LamLabelRow *row)
{
  if (!row->entry)
    return;
  lam_name_cell_leave (LAM_NAME_CELL (row->entry));
  g_clear_pointer (&row->entry, gtk_widget_unparent);
  g_signal_emit (row, signals[NAMING], 0, FALSE);
}

static bool
is_naming (LamLabelRow *row)
{
  return row->entry && lam_name_cell_is_editing (LAM_NAME_CELL (row->entry));
}

static void
remove_entry_cb (gpointer data)
{
  LamLabelRow *row = data;
  if (!is_naming (row))
    drop_entry (row);
  gtk_widget_queue_draw (GTK_WIDGET (row));
  g_object_unref (row);
}

/* Later: the entry is in the middle of its own signal. */
static void
ended_cb (LamNameCell *entry, LamLabelRow *row)
{
  g_idle_add_once (remove_entry_cb, g_object_ref (row));
}

static gboolean
edited_cb (
    LamNameCell *entry, gint64 id, const char *text, LamLabelRow *row)
{
  gboolean is_taken = FALSE;
  g_signal_emit (row, signals[NAMED], 0, id, text, &is_taken);
  return is_taken;
}

static void
add_entry (LamLabelRow *row)
{
  drop_entry (row);
  row->entry = lam_name_cell_new ();
  lam_name_cell_set_text (LAM_NAME_CELL (row->entry), row->title, row->name);
  g_signal_connect (row->entry, "edited", G_CALLBACK (edited_cb), row);
  g_signal_connect (row->entry, "ended", G_CALLBACK (ended_cb), row);
  gtk_widget_set_parent (row->entry, GTK_WIDGET (row));
  g_signal_emit (row, signals[NAMING], 0, TRUE);
}

static void
rename_cb (gpointer data)
{
  LamLabelRow *row = data;
  lam_lazy_cell_fill (data);
  if (gtk_widget_get_mapped (data) && row->title) {
    if (!is_naming (row))
      add_entry (row);
    lam_name_cell_edit (LAM_NAME_CELL (row->entry), row->id);
  }
  g_object_unref (row);
}

/* Later: the menu that this was chosen from gives the keyboard back to where it
 * was, after its action. */
void
lam_label_row_rename (LamLabelRow *row)
{
  g_return_if_fail (LAM_IS_LABEL_ROW (row));
  g_idle_add_once (rename_cb, g_object_ref (row));
}

/* --- the widget ----------------------------------------------------------- */

static void
lam_label_row_leave (LamLazyCell *cell)
{
  LamLabelRow *row = LAM_LABEL_ROW (cell);
  g_clear_pointer (&row->colour, gtk_widget_unparent);
  drop_entry (row);
  g_clear_pointer (&row->title, g_free);
  g_clear_pointer (&row->name, g_free);
  g_clear_pointer (&row->note, g_free);
  g_clear_object (&row->title_layout);
  g_clear_object (&row->note_layout);
  row->id = 0;
}

static void
lam_label_row_css_changed (GtkWidget *widget, GtkCssStyleChange *change)
{
  LamLabelRow *row = LAM_LABEL_ROW (widget);
  GTK_WIDGET_CLASS (lam_label_row_parent_class)->css_changed (widget, change);
  g_clear_object (&row->title_layout);
  g_clear_object (&row->note_layout);
}

static void
lam_label_row_dispose (GObject *object)
{
  lam_label_row_leave (LAM_LAZY_CELL (object));
  G_OBJECT_CLASS (lam_label_row_parent_class)->dispose (object);
}

static void
lam_label_row_class_init (LamLabelRowClass *class)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);
  G_OBJECT_CLASS (class)->dispose = lam_label_row_dispose;
  signals[NAMING] = g_signal_new ("naming", LAM_TYPE_LABEL_ROW,
      G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_BOOLEAN);
  signals[NAMED] = g_signal_new ("named", LAM_TYPE_LABEL_ROW, G_SIGNAL_RUN_LAST,
      0, NULL, NULL, NULL, G_TYPE_BOOLEAN, 2, G_TYPE_INT64, G_TYPE_STRING);
  widget_class->measure = lam_label_row_measure;
  widget_class->size_allocate = lam_label_row_allocate;
  widget_class->css_changed = lam_label_row_css_changed;
  widget_class->query_tooltip = lam_label_row_query_tooltip;
  LAM_LAZY_CELL_CLASS (class)->draw = lam_label_row_draw;
  LAM_LAZY_CELL_CLASS (class)->leave = lam_label_row_leave;
  gtk_widget_class_set_accessible_role (
      widget_class, GTK_ACCESSIBLE_ROLE_LABEL);
}

static void
add_gesture (LamLabelRow *row, guint button, GCallback pressed)
{
  GtkGesture *gesture = gtk_gesture_click_new ();
  gtk_gesture_single_set_button (GTK_GESTURE_SINGLE (gesture), button);
  g_signal_connect (gesture, "pressed", pressed, row);
  gtk_widget_add_controller (GTK_WIDGET (row), GTK_EVENT_CONTROLLER (gesture));
}

/* Of a row that nobody has seen nothing can be pressed; most are such. */
static void
listen (LamLabelRow *row)
{
  if (gtk_widget_get_has_tooltip (GTK_WIDGET (row)))
    return;
  gtk_widget_set_has_tooltip (GTK_WIDGET (row), true);
  add_gesture (row, 1, G_CALLBACK (pressed_cb));
  add_gesture (row, 3, G_CALLBACK (menu_cb));
  GtkEventController *motion = gtk_event_controller_motion_new ();
  g_signal_connect (motion, "enter", G_CALLBACK (motion_cb), row);
  g_signal_connect (motion, "motion", G_CALLBACK (motion_cb), row);
  g_signal_connect (motion, "leave", G_CALLBACK (left_cb), row);
  gtk_widget_add_controller (GTK_WIDGET (row), motion);
}

static void
lam_label_row_init (LamLabelRow *row)
{
  row->pointed_at = -1;
}

GtkWidget *
lam_label_row_new (void)
{
  return g_object_new (LAM_TYPE_LABEL_ROW, NULL);
}

static char *
make_spoken (const LamLabelRowContent *content)
{
  g_autoptr (GStrvBuilder) words = g_strv_builder_new ();
  g_strv_builder_add (words, content->title);
  if (*content->note)
    g_strv_builder_add (words, content->note);
  if (content->hidden)
    g_strv_builder_add (words, _ ("hidden"));
  if (content->locked)
    g_strv_builder_add (words, _ ("locked"));
  g_auto (GStrv) list = g_strv_builder_end (words);
  return g_strjoinv (", ", list);
}

static void
set_text (char **old, PangoLayout **layout, const char *text)
{
  if (g_strcmp0 (*old, text) == 0)
    return;
  g_free (*old);
  *old = g_strdup (text);
  g_clear_object (layout);
}

void
lam_label_row_show (LamLabelRow *row, const LamLabelRowContent *content)
{
  g_return_if_fail (LAM_IS_LABEL_ROW (row));
  g_autofree char *spoken = make_spoken (content);
  listen (row);
  row->id = content->id;
  row->rgb = content->rgb;
  row->locked = content->locked;
  row->hidden = content->hidden;
  set_text (&row->title, &row->title_layout, content->title);
  set_text (&row->note, &row->note_layout, content->note);
  g_free (row->name);
  row->name = g_strdup (content->name);
  if (row->colour)
    lam_colour_button_set_rgb (LAM_COLOUR_BUTTON (row->colour), row->rgb);
  gtk_accessible_update_property (
      GTK_ACCESSIBLE (row), GTK_ACCESSIBLE_PROPERTY_LABEL, spoken, -1);
}
