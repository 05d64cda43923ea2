/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "app/table-row.h"

#include <glib/gi18n-lib.h>

#include "app/colour-button.h"
#include "app/name-cell.h"

struct _LamTableRow {
  AdwBin parent_instance;
  const char *prefix; /* Borrowed: static */
  int64_t id;
  bool locked, hidden;
  /* Template children */
  LamColourButton *colour;
  LamNameCell *name;
  GtkLabel *note;
  GtkToggleButton *lock, *hide;
};

G_DEFINE_FINAL_TYPE (LamTableRow, lam_table_row, ADW_TYPE_BIN)

static guint named_signal;

static void
activate (LamTableRow *row, const char *verb, GVariant *parameter)
{
  g_autoptr (GVariant) sunk = g_variant_ref_sink (parameter);
  g_autofree char *action = g_strconcat (row->prefix, ".", verb, NULL);
  gtk_widget_activate_action_variant (GTK_WIDGET (row), action, sunk);
}

/* What is as usual is drawn faintly: a locked or hidden row stands out. */
static void
show_toggle (GtkToggleButton *button, bool active, const char *icon_name,
    const char *tooltip)
{
  gtk_toggle_button_set_active (button, active);
  gtk_button_set_icon_name (GTK_BUTTON (button), icon_name);
  gtk_widget_set_tooltip_text (GTK_WIDGET (button), tooltip);
  gtk_accessible_update_property (
      GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_LABEL, tooltip, -1);
  if (active)
    gtk_widget_remove_css_class (GTK_WIDGET (button), "usual");
  else
    gtk_widget_add_css_class (GTK_WIDGET (button), "usual");
}

static void
show_toggles (LamTableRow *row)
{
  show_toggle (row->lock, row->locked,
      row->locked ? "changes-prevent-symbolic" : "changes-allow-symbolic",
      row->locked ? _ ("Unlock: it may be painted over again")
                  : _ ("Lock: nothing may change it"));
  show_toggle (row->hide, row->hidden,
      row->hidden ? "view-conceal-symbolic" : "view-reveal-symbolic",
      row->hidden ? _ ("Show it again") : _ ("Hide it in the views"));
}

static void
chosen_cb (LamColourButton *button, guint rgb, LamTableRow *row)
{
  activate (row, "set-colour", g_variant_new ("(xu)", row->id, rgb));
}

static gboolean
edited_cb (LamNameCell *cell, gint64 id, const char *text, LamTableRow *row)
{
  gboolean is_taken = FALSE;
  g_signal_emit (row, named_signal, 0, id, text, &is_taken);
  return is_taken;
}

/* The button turned by itself; what it shows is the table's to say. */
static void
lock_cb (GtkToggleButton *button, LamTableRow *row)
{
  show_toggles (row);
  activate (row, "toggle-lock", g_variant_new_int64 (row->id));
}

static void
hide_cb (GtkToggleButton *button, LamTableRow *row)
{
  show_toggles (row);
  activate (row, "toggle-hide", g_variant_new_int64 (row->id));
}

static void
pressed_cb (
    GtkGestureClick *gesture, int n_press, double x, double y, LamTableRow *row)
{
  activate (row, "menu", g_variant_new ("(xdd)", row->id, x, y));
}

static void
lam_table_row_class_init (LamTableRowClass *class)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);

  named_signal = g_signal_new ("named", LAM_TYPE_TABLE_ROW, G_SIGNAL_RUN_LAST,
      0, NULL, NULL, NULL, G_TYPE_BOOLEAN, 2, G_TYPE_INT64, G_TYPE_STRING);
  g_type_ensure (LAM_TYPE_COLOUR_BUTTON);
  g_type_ensure (LAM_TYPE_NAME_CELL);
  gtk_widget_class_set_template_from_resource (
      widget_class, "/org/lamella/Lamella/table-row.ui");
  gtk_widget_class_bind_template_child (widget_class, LamTableRow, colour);
  gtk_widget_class_bind_template_child (widget_class, LamTableRow, name);
  gtk_widget_class_bind_template_child (widget_class, LamTableRow, note);
  gtk_widget_class_bind_template_child (widget_class, LamTableRow, lock);
  gtk_widget_class_bind_template_child (widget_class, LamTableRow, hide);
  gtk_widget_class_bind_template_callback (widget_class, chosen_cb);
  gtk_widget_class_bind_template_callback (widget_class, edited_cb);
  gtk_widget_class_bind_template_callback (widget_class, lock_cb);
  gtk_widget_class_bind_template_callback (widget_class, hide_cb);
  gtk_widget_class_bind_template_callback (widget_class, pressed_cb);
}

static void
lam_table_row_init (LamTableRow *row)
{
  gtk_widget_init_template (GTK_WIDGET (row));
}

GtkWidget *
lam_table_row_new (const char *prefix, bool has_automatic)
{
  LamTableRow *row = g_object_new (LAM_TYPE_TABLE_ROW, NULL);
  row->prefix = prefix;
  lam_colour_button_set_has_automatic (row->colour, has_automatic);
  return GTK_WIDGET (row);
}

static void
finish_cb (gpointer cell)
{
  lam_name_cell_finish (cell);
  g_object_unref (cell);
}

void
lam_table_row_show (LamTableRow *row, const LamTableRowContent *content)
{
  g_return_if_fail (LAM_IS_TABLE_ROW (row));

  /* Later: the list that gives the row another class is changing. */
  if (row->id != content->id && lam_name_cell_is_editing (row->name))
    g_idle_add_once (finish_cb, g_object_ref (row->name));
  row->id = content->id;
  row->locked = content->locked;
  row->hidden = content->hidden;
  lam_colour_button_set_rgb (row->colour, content->rgb);
  lam_name_cell_set_text (row->name, content->title, content->name);
  gtk_label_set_text (row->note, content->note);
  /* An ellipsis is wider than a digit, which GTK 4.8 complains about. */
  gtk_label_set_ellipsize (
      row->note, content->is_key ? PANGO_ELLIPSIZE_NONE : PANGO_ELLIPSIZE_END);
  gtk_widget_set_visible (GTK_WIDGET (row->note), *content->note);
  gtk_widget_set_tooltip_text (GTK_WIDGET (row->note),
      content->is_key ? _ ("Press this key to paint with it") : NULL);
  if (content->is_key)
    gtk_widget_add_css_class (GTK_WIDGET (row->note), "key-cap");
  else
    gtk_widget_add_css_class (GTK_WIDGET (row->note), "dim-label");
  show_toggles (row);
}

static void
rename_cb (gpointer row)
{
  if (gtk_widget_get_mapped (row))
    lam_name_cell_edit (LAM_TABLE_ROW (row)->name, LAM_TABLE_ROW (row)->id);
  g_object_unref (row);
}

/* Later: the menu that this was chosen from gives the keyboard back to where it
 * was, after its action. */
void
lam_table_row_rename (LamTableRow *row)
{
  g_return_if_fail (LAM_IS_TABLE_ROW (row));
  g_idle_add_once (rename_cb, g_object_ref (row));
}

LamTableRow *
lam_table_row_find (GtkWidget *widget, int64_t id)
{
  if (LAM_IS_TABLE_ROW (widget))
    return LAM_TABLE_ROW (widget)->id == id && gtk_widget_get_mapped (widget)
        ? LAM_TABLE_ROW (widget)
        : NULL;
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child;
       child = gtk_widget_get_next_sibling (child)) {
    LamTableRow *row = lam_table_row_find (child, id);
    if (row)
      return row;
  }
  return NULL;
}

#define FOCUS_KEY "lam-focus-before"

/* An item of a submenu leaves the keys in the menu that is gone, where no key
 * does anything any more. */
static gboolean
give_keys_back_cb (gpointer user_data)
{
  GtkWidget *menu = user_data;
  GtkRoot *root = gtk_widget_get_root (menu);
  GtkWidget *now = root ? gtk_root_get_focus (root) : NULL;
  GWeakRef *before = g_object_get_data (G_OBJECT (menu), FOCUS_KEY);
  g_autoptr (GtkWidget) old = before ? g_weak_ref_get (before) : NULL;
  if (root && !gtk_widget_get_visible (menu)
      && (!now || now == menu || gtk_widget_is_ancestor (now, menu)))
    gtk_root_set_focus (
        root, old && gtk_widget_get_root (old) == root ? old : NULL);
  g_object_unref (menu);
  return G_SOURCE_REMOVE;
}

static void
menu_closed_cb (GtkPopover *menu, gpointer user_data)
{
  /* Before anything is drawn: the next key may come soon. */
  g_idle_add_full (
      G_PRIORITY_DEFAULT, give_keys_back_cb, g_object_ref (menu), NULL);
}

static void
weak_ref_free (gpointer data)
{
  g_weak_ref_clear (data);
  g_free (data);
}

static void
keep_focus (GtkPopoverMenu *menu, GtkWidget *row)
{
  GtkRoot *root = gtk_widget_get_root (row);
  GWeakRef *before = g_object_get_data (G_OBJECT (menu), FOCUS_KEY);
  if (!before) {
    before = g_new0 (GWeakRef, 1);
    g_weak_ref_init (before, NULL);
    g_object_set_data_full (G_OBJECT (menu), FOCUS_KEY, before, weak_ref_free);
    g_signal_connect (menu, "closed", G_CALLBACK (menu_closed_cb), NULL);
  }
  g_weak_ref_set (before, root ? gtk_root_get_focus (root) : NULL);
}

void
lam_table_row_popup (
    GtkWidget *row, GtkPopoverMenu *menu, GtkWidget *parent, double x, double y)
{
  graphene_point_t point = GRAPHENE_POINT_INIT ((float)x, (float)y);
  if (x < 0)
    point = GRAPHENE_POINT_INIT (
        gtk_widget_get_width (row) / 2.f, (float)gtk_widget_get_height (row));
  graphene_point_t place;
  if (!gtk_widget_compute_point (row, parent, &point, &place))
    return;
  GdkRectangle rectangle = { (int)place.x, (int)place.y, 1, 1 };
  gtk_popover_set_pointing_to (GTK_POPOVER (menu), &rectangle);
  keep_focus (menu, row);
  gtk_popover_popup (GTK_POPOVER (menu));
}
