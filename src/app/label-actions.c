/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

#include <glib/gi18n-lib.h>

#include "app/label-menu.h"
#include "app/label-panel-private.h"
#include "app/label-row.h"
#include "app/label-verbs.h"
#include "app/message-dialog.h"
#include "app/table-row.h"
#include "workspace/labelling.h"

static bool
is_of (gpointer row, int64_t id)
{
  LamLabelItem *item = lam_lazy_cell_get_item (row);
  const LamLabel *label = item ? lam_label_item_get_row (item) : NULL;
  return label && label->id == id && gtk_widget_get_mapped (row);
}

/* The row of that id among what `widget` has on screen, or NULL. */
static LamLabelRow *
find_row (GtkWidget *widget, int64_t id)
{
  if (LAM_IS_LABEL_ROW (widget))
    return is_of (widget, id) ? LAM_LABEL_ROW (widget) : NULL;
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child;
       child = gtk_widget_get_next_sibling (child)) {
    LamLabelRow *row = find_row (child, id);
    if (row)
      return row;
  }
  return NULL;
}

/* --- verbs -------------------------------------------------------------- */

static void
set_colour_action (GtkWidget *widget, const char *action, GVariant *parameter)
{
  LamLabelPanel *panel = LAM_LABEL_PANEL (widget);
  int64_t id;
  uint32_t rgb;
  LamLabel label;

  g_variant_get (parameter, "(xu)", &id, &rgb);
  if (!lam_label_verb_copy (panel->workspace, (uint32_t)id, &label))
    return;
  label.rgb = rgb;
  lam_label_verb_set (widget, panel->workspace, &label);
}

/* Changes all that the act on that label is about, as one edit. */
static void
change_chosen (LamLabelPanel *panel, uint32_t id,
    void (*change) (LamLabel *row, int64_t value), int64_t value)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GArray) ids = lam_label_chosen_list (panel, id);
  g_autoptr (GArray) rows = g_array_new (false, false, sizeof (LamLabel));
  for (guint i = 0; i < ids->len; i++) {
    LamLabel row;
    if (!lam_label_verb_copy (
            panel->workspace, g_array_index (ids, uint32_t, i), &row))
      continue;
    change (&row, value);
    g_array_append_val (rows, row);
  }
  if (!lam_workspace_set_labels (
          panel->workspace, (LamLabel *)rows->data, rows->len, &error))
    lam_toast_show (GTK_WIDGET (panel), error->message);
}

static void
change_class (LamLabel *row, int64_t value)
{
  row->class_id = (int32_t)value;
}

static void
change_lock (LamLabel *row, int64_t value)
{
  row->locked = value != 0;
}

static void
change_hide (LamLabel *row, int64_t value)
{
  row->hidden = value != 0;
}

static void
set_class_action (GtkWidget *widget, const char *action, GVariant *parameter)
{
  LamLabelPanel *panel = LAM_LABEL_PANEL (widget);
  int64_t id;
  int32_t class_id;

  g_variant_get (parameter, "(xi)", &id, &class_id);
  if (panel->workspace)
    change_chosen (panel, (uint32_t)id, change_class, class_id);
}

/* A button in a row is about that row alone. */
static void
toggle_action (GtkWidget *widget, const char *action, GVariant *parameter)
{
  LamLabelPanel *panel = LAM_LABEL_PANEL (widget);
  uint32_t id = (uint32_t)g_variant_get_int64 (parameter);
  LamLabel label;

  if (!lam_label_verb_copy (panel->workspace, id, &label))
    return;
  if (g_str_equal (action, "label.toggle-lock"))
    label.locked = !label.locked;
  else
    label.hidden = !label.hidden;
  lam_label_verb_set (widget, panel->workspace, &label);
}

/* From the menu: all become what the one under the pointer becomes. */
static void
toggle_chosen_action (
    GtkWidget *widget, const char *action, GVariant *parameter)
{
  LamLabelPanel *panel = LAM_LABEL_PANEL (widget);
  uint32_t id = (uint32_t)g_variant_get_int64 (parameter);
  LamLabel label;

  if (!lam_label_verb_copy (panel->workspace, id, &label))
    return;
  if (g_str_equal (action, "label.lock-chosen"))
    change_chosen (panel, id, change_lock, !label.locked);
  else
    change_chosen (panel, id, change_hide, !label.hidden);
}

static void
new_action (GtkWidget *widget, const char *action, GVariant *parameter)
{
  LamLabelPanel *panel = LAM_LABEL_PANEL (widget);
  if (panel->workspace)
    lam_label_verb_new (widget, panel->workspace);
}

/* Only what the act on that label is about; again: all. */
static void
isolate (LamLabelPanel *panel, uint32_t id)
{
  const LamClassTable *classes = lam_workspace_get_classes (panel->workspace);
  g_autoptr (GArray) ids = lam_label_chosen_list (panel, id);
  const bool is_on = lam_class_table_get_n_isolated (classes) > 0;
  lam_workspace_isolate (panel->workspace,
      (const uint32_t *)(gconstpointer)ids->data, is_on ? 0 : ids->len);
}

void
lam_label_panel_toggle_isolation (LamLabelPanel *panel)
{
  g_return_if_fail (LAM_IS_LABEL_PANEL (panel));
  LamWorkspace *workspace = panel->workspace;
  const LamClassTable *classes =
      workspace ? lam_workspace_get_classes (workspace) : NULL;
  if (!classes)
    return;
  const uint32_t active = lam_workspace_get_active_label (workspace);
  if (active != 0 || lam_class_table_get_n_isolated (classes) > 0)
    isolate (panel, active);
  else
    lam_toast_show (GTK_WIDGET (panel),
        _ ("Select the labels that alone are to be shown."));
}

static void
about_one_action (GtkWidget *widget, const char *action, GVariant *parameter)
{
  LamLabelPanel *panel = LAM_LABEL_PANEL (widget);
  int64_t id = g_variant_get_int64 (parameter);
  LamLabel label;

  if (!lam_label_verb_copy (panel->workspace, (uint32_t)id, &label))
    return;
  if (g_str_equal (action, "label.jump")) {
    lam_label_verb_jump (widget, panel->workspace, label.id);
  } else if (g_str_equal (action, "label.isolate")) {
    isolate (panel, label.id);
  } else if (g_str_equal (action, "label.rename")
      || g_str_equal (action, "label.colour")) {
    LamLabelRow *row = find_row (GTK_WIDGET (panel->list), id);
    if (row && g_str_equal (action, "label.rename"))
      lam_label_row_rename (row);
    else if (row)
      lam_label_row_offer_colours (row);
  } else {
    g_autoptr (GArray) ids = lam_label_chosen_list (panel, label.id);
    if (g_str_equal (action, "label.merge"))
      lam_label_verb_merge (widget, panel->workspace, label.id, ids);
    else
      lam_label_verb_delete (widget, panel->workspace, ids);
  }
}

/* --- the menu of a row -------------------------------------------------- */

static GMenuModel *
make_menu (LamLabelPanel *panel, const LamLabel *label)
{
  g_autoptr (GArray) ids = lam_label_chosen_list (panel, label->id);
  return lam_label_menu_new (
      lam_workspace_get_classes (panel->workspace), label, ids->len);
}

static void
menu_action (GtkWidget *widget, const char *action, GVariant *parameter)
{
  LamLabelPanel *panel = LAM_LABEL_PANEL (widget);
  int64_t id;
  double x, y;
  LamLabel label;

  g_variant_get (parameter, "(xdd)", &id, &x, &y);
  LamLabelRow *row = find_row (GTK_WIDGET (panel->list), id);
  if (!row || !lam_label_verb_copy (panel->workspace, (uint32_t)id, &label))
    return;
  g_autoptr (GMenuModel) model = make_menu (panel, &label);
  gtk_popover_menu_set_menu_model (panel->menu, model);
  lam_table_row_popup (
      GTK_WIDGET (row), panel->menu, GTK_WIDGET (panel->list), x, y);
}

/* F2, Delete and the menu key: about the active label. */
static gboolean
active_shortcut_cb (GtkWidget *widget, GVariant *arguments, gpointer user_data)
{
  LamLabelPanel *panel = LAM_LABEL_PANEL (widget);
  int64_t id =
      panel->workspace ? lam_workspace_get_active_label (panel->workspace) : 0;
  const char *action = g_variant_get_string (arguments, NULL);
  if (id == 0)
    return FALSE;
  if (g_str_equal (action, "label.menu"))
    return gtk_widget_activate_action (widget, action, "(xdd)", id, -1., -1.);
  return gtk_widget_activate_action (widget, action, "x", id);
}

void
lam_label_actions_install (GtkWidgetClass *class)
{
  const struct {
    const char *name, *parameter;
    GtkWidgetActionActivateFunc activate;
  } rows[] = {
    { "label.new", NULL, new_action },
    { "label.jump", "x", about_one_action },
    { "label.rename", "x", about_one_action },
    { "label.colour", "x", about_one_action },
    { "label.delete", "x", about_one_action },
    { "label.merge", "x", about_one_action },
    { "label.isolate", "x", about_one_action },
    { "label.menu", "(xdd)", menu_action },
    { "label.set-colour", "(xu)", set_colour_action },
    { "label.set-class", "(xi)", set_class_action },
    { "label.toggle-lock", "x", toggle_action },
    { "label.toggle-hide", "x", toggle_action },
    { "label.lock-chosen", "x", toggle_chosen_action },
    { "label.hide-chosen", "x", toggle_chosen_action },
  };
  const struct {
    guint key;
    GdkModifierType modifiers;
    const char *action;
  } keys[] = {
    { GDK_KEY_F2, 0, "label.rename" },
    { GDK_KEY_Delete, 0, "label.delete" },
    { GDK_KEY_Menu, 0, "label.menu" },
    { GDK_KEY_F10, GDK_SHIFT_MASK, "label.menu" },
  };
  for (size_t i = 0; i < G_N_ELEMENTS (rows); i++)
    gtk_widget_class_install_action (
        class, rows[i].name, rows[i].parameter, rows[i].activate);
  for (size_t i = 0; i < G_N_ELEMENTS (keys); i++)
    gtk_widget_class_add_binding (class, keys[i].key, keys[i].modifiers,
        active_shortcut_cb, "s", keys[i].action);
}
