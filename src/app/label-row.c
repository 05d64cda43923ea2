/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The palette of colours and the entry for the name are children that are made
 * when they are asked for, and go with the row's item. */
#include "app/label-row.h"

#include <glib/gi18n-lib.h>

#include "app/colour-button.h"
#include "app/label-row-private.h"
#include "app/name-cell.h"

G_DEFINE_FINAL_TYPE (LamLabelRow, lam_label_row, LAM_TYPE_LAZY_CELL)

enum { NAMING, NAMED, N_SIGNALS };
static guint signals[N_SIGNALS];

const char *
lam_label_row_get_text (LamLabelRow *row, LamRowPart part)
{
  g_return_val_if_fail (LAM_IS_LABEL_ROW (row), "");
  switch (part) {
  case LAM_ROW_COLOUR:
    return row->kind == LAM_ROW_IS_LABEL    ? _ ("Colour")
        : row->kind == LAM_ROW_IS_UNFOLDED ? _ ("Fold the group")
        : row->kind == LAM_ROW_IS_FOLDED   ? _ ("Unfold the group")
                                              : _ ("Empty group");
  case LAM_ROW_HIDE:
    return row->hidden ? _ ("Show it again") : _ ("Hide it in the views");
  case LAM_ROW_LOCK:
    return row->locked ? _ ("Unlock: it may be painted over again")
                       : _ ("Lock: nothing may change it");
  case LAM_ROW_REMARK:
    return row->note ? row->note : "";
  case LAM_ROW_NAME:
  case LAM_N_ROW_PARTS:
    break;
  }
  return row->title ? row->title : "";
}

bool
lam_label_row_is_group (LamLabelRow *row)
{
  g_return_val_if_fail (LAM_IS_LABEL_ROW (row), false);
  return row->kind != LAM_ROW_IS_LABEL;
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
  if (gtk_widget_get_mapped (data) && row->title
      && !lam_label_row_is_group (row))
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
  const int part = lam_label_row_find_part (row, x, y);
  /* The rest is the list's: it selects, and a double click goes there. */
  gtk_gesture_set_state (GTK_GESTURE (gesture),
      part < 0 ? GTK_EVENT_SEQUENCE_DENIED : GTK_EVENT_SEQUENCE_CLAIMED);
  if (part == LAM_ROW_COLOUR && lam_label_row_is_group (row))
    gtk_widget_activate_action (
        GTK_WIDGET (row), "label.toggle-fold", "x", row->id);
  else if (part == LAM_ROW_COLOUR)
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
  point_at (row, lam_label_row_find_part (row, x, y));
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
  const int part = from_keyboard ? -1 : lam_label_row_find_part (row, x, y);
  const char *text = part < 0 ? row->tip : lam_label_row_get_text (row, part);
  if (!text)
    return FALSE;
  const GdkRectangle place =
      lam_label_row_get_place (row, part < 0 ? LAM_ROW_NAME : part);
  gtk_tooltip_set_text (tooltip, text);
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
  g_clear_pointer (&row->short_note, g_free);
  g_clear_pointer (&row->tip, g_free);
  g_clear_object (&row->title_layout);
  g_clear_object (&row->note_layout);
  g_clear_object (&row->short_layout);
  row->id = 0;
}

static void
lam_label_row_css_changed (GtkWidget *widget, GtkCssStyleChange *change)
{
  LamLabelRow *row = LAM_LABEL_ROW (widget);
  GTK_WIDGET_CLASS (lam_label_row_parent_class)->css_changed (widget, change);
  g_clear_object (&row->title_layout);
  g_clear_object (&row->note_layout);
  g_clear_object (&row->short_layout);
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
  if (content->kind != LAM_ROW_IS_LABEL)
    g_strv_builder_add (words, _ ("group"));
  if (content->kind == LAM_ROW_IS_FOLDED)
    g_strv_builder_add (words, _ ("folded"));
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
  if (lam_label_row_is_group (row) != (content->kind != LAM_ROW_IS_LABEL))
    g_clear_object (&row->title_layout);
  row->id = content->id;
  row->kind = content->kind;
  row->depth = content->depth;
  row->rgb = content->rgb;
  row->locked = content->locked;
  row->hidden = content->hidden;
  set_text (&row->title, &row->title_layout, content->title);
  set_text (&row->note, &row->note_layout, content->note);
  g_free (row->name);
  row->name = g_strdup (content->name);
  set_text (&row->short_note, &row->short_layout, content->short_note);
  g_free (row->tip);
  row->tip = g_strdup (content->tip);
  if (row->colour)
    lam_colour_button_set_rgb (LAM_COLOUR_BUTTON (row->colour), row->rgb);
  gtk_accessible_update_property (
      GTK_ACCESSIBLE (row), GTK_ACCESSIBLE_PROPERTY_LABEL, spoken, -1);
}
