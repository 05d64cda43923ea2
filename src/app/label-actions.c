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
  return item && lam_label_item_get_id (item) == id
      && gtk_widget_get_mapped (row);
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

LamLabelRow *
lam_label_actions_find_row (LamLabelPanel *panel, int64_t id)
{
  return find_row (GTK_WIDGET (panel->list), id);
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

/* All of them (uint32_t), as one edit. */
static void
change (LamLabelPanel *panel, const GArray *ids,
    void (*set) (LamLabel *row, int64_t value), int64_t value)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GArray) rows = g_array_new (false, false, sizeof (LamLabel));
  for (guint i = 0; i < ids->len; i++) {
    LamLabel row;
    if (!lam_label_verb_copy (
            panel->workspace, g_array_index (ids, uint32_t, i), &row))
      continue;
    set (&row, value);
    g_array_append_val (rows, row);
  }
  if (!lam_workspace_set_labels (
          panel->workspace, (LamLabel *)rows->data, rows->len, &error))
    lam_toast_show (GTK_WIDGET (panel), error->message);
}

/* All that the act on that row is about. */
static void
change_chosen (LamLabelPanel *panel, int64_t id,
    void (*set) (LamLabel *row, int64_t value), int64_t value)
{
  g_autoptr (GArray) ids = lam_label_chosen_list (panel, id);
  change (panel, ids, set, value);
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
    change_chosen (panel, id, change_class, class_id);
}

/* Whether all labels that a row stands for are locked, or hidden. False: there
 * is no such row. */
static bool
find_switches (LamLabelPanel *panel, int64_t id, bool *locked, bool *hidden)
{
  LamLabel label;
  const char *group = lam_label_groups_get (panel, id);
  if (group) {
    const LamGroupTotal total = lam_label_groups_get_total (panel, group);
    *locked = total.n_locked == total.n_labels;
    *hidden = total.n_hidden == total.n_labels;
    return total.n_labels > 0;
  }
  if (id < 0 || !lam_label_verb_copy (panel->workspace, (uint32_t)id, &label))
    return false;
  *locked = label.locked;
  *hidden = label.hidden;
  return true;
}

/* A button in a row is about that row alone. */
static void
toggle_action (GtkWidget *widget, const char *action, GVariant *parameter)
{
  LamLabelPanel *panel = LAM_LABEL_PANEL (widget);
  const int64_t id = g_variant_get_int64 (parameter);
  g_autoptr (GArray) ids = g_array_new (false, false, sizeof (uint32_t));
  const char *group = lam_label_groups_get (panel, id);
  bool locked, hidden;

  if (!find_switches (panel, id, &locked, &hidden))
    return;
  if (group) {
    lam_label_model_list_in_group (panel->model, group, ids);
  } else {
    const uint32_t label = (uint32_t)id;
    g_array_append_val (ids, label);
  }
  if (g_str_equal (action, "label.toggle-lock"))
    change (panel, ids, change_lock, !locked);
  else
    change (panel, ids, change_hide, !hidden);
}

/* From the menu: all become what the one under the pointer becomes. */
static void
toggle_chosen_action (
    GtkWidget *widget, const char *action, GVariant *parameter)
{
  LamLabelPanel *panel = LAM_LABEL_PANEL (widget);
  const int64_t id = g_variant_get_int64 (parameter);
  bool locked, hidden;

  if (!find_switches (panel, id, &locked, &hidden))
    return;
  if (g_str_equal (action, "label.lock-chosen"))
    change_chosen (panel, id, change_lock, !locked);
  else
    change_chosen (panel, id, change_hide, !hidden);
}

static void
new_action (GtkWidget *widget, const char *action, GVariant *parameter)
{
  LamLabelPanel *panel = LAM_LABEL_PANEL (widget);
  if (panel->workspace)
    lam_label_verb_new (widget, panel->workspace);
}

/* Only what the act on that row is about; again: all. */
static void
isolate (LamLabelPanel *panel, int64_t id)
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
  const LamClassTable *classes =
      panel->model ? lam_workspace_get_classes (panel->workspace) : NULL;
  if (!classes)
    return;
  const int64_t row = lam_label_panel_get_row (panel);
  if (row != 0 || lam_class_table_get_n_isolated (classes) > 0)
    isolate (panel, row);
  else
    lam_toast_show (GTK_WIDGET (panel),
        _ ("Select the labels that alone are to be shown."));
}

/* Its name in its place; it must be on the screen. */
static void
rename_row (LamLabelPanel *panel, int64_t id)
{
  LamLabelRow *row = find_row (GTK_WIDGET (panel->list), id);
  if (row)
    lam_label_row_rename (row);
}

static void delete (LamLabelPanel *panel, int64_t id)
{
  g_autoptr (GArray) ids = lam_label_chosen_list (panel, id);
  if (ids->len > 0)
    lam_label_verb_delete (GTK_WIDGET (panel), panel->workspace, ids);
  else
    lam_toast_show (GTK_WIDGET (panel), _ ("There is no label in this group."));
}

static void
about_group (LamLabelPanel *panel, const char *action, int64_t id)
{
  if (g_str_equal (action, "label.isolate"))
    isolate (panel, id);
  else if (g_str_equal (action, "label.rename"))
    rename_row (panel, id);
  else if (g_str_equal (action, "label.delete"))
    delete (panel, id);
}

static void
about_one_action (GtkWidget *widget, const char *action, GVariant *parameter)
{
  LamLabelPanel *panel = LAM_LABEL_PANEL (widget);
  int64_t id = g_variant_get_int64 (parameter);
  LamLabel label;

  if (lam_label_groups_get (panel, id)) {
    about_group (panel, action, id);
    return;
  }
  if (!lam_label_verb_copy (panel->workspace, (uint32_t)id, &label))
    return;
  if (g_str_equal (action, "label.jump")) {
    lam_label_verb_jump (widget, panel->workspace, label.id);
  } else if (g_str_equal (action, "label.isolate")) {
    isolate (panel, id);
  } else if (g_str_equal (action, "label.rename")) {
    rename_row (panel, id);
  } else if (g_str_equal (action, "label.colour")) {
    LamLabelRow *row = find_row (GTK_WIDGET (panel->list), id);
    if (row)
      lam_label_row_offer_colours (row);
  } else if (g_str_equal (action, "label.delete")) {
    delete (panel, id);
  } else {
    g_autoptr (GArray) ids = lam_label_chosen_list (panel, id);
    lam_label_verb_merge (widget, panel->workspace, label.id, ids);
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
  if (row && lam_label_groups_get (panel, id))
    lam_label_groups_popup (panel, row, id, x, y);
  if (!row || id < 0
      || !lam_label_verb_copy (panel->workspace, (uint32_t)id, &label))
    return;
  g_autoptr (GMenuModel) model = make_menu (panel, &label);
  gtk_popover_menu_set_menu_model (panel->menu, model);
  lam_table_row_popup (
      GTK_WIDGET (row), panel->menu, GTK_WIDGET (panel->list), x, y);
}

/* F2, Delete and the menu key: about the group that has the keyboard, or else
 * what is selected. */
static gboolean
active_shortcut_cb (GtkWidget *widget, GVariant *arguments, gpointer user_data)
{
  LamLabelPanel *panel = LAM_LABEL_PANEL (widget);
  const char *action = g_variant_get_string (arguments, NULL);
  int64_t id = panel->model ? lam_label_groups_get_focused (panel) : 0;
  if (id >= 0)
    id = lam_label_panel_get_row (panel);
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
