/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Groups as rows of the label panel: folding them, by the arrow and by Left and
 * Right, what their menu does, and the buttons that belong to them. */
#include <glib/gi18n-lib.h>

#include "app/group-dialog.h"
#include "app/label-group-menu.h"
#include "app/label-panel-private.h"
#include "app/message-dialog.h"
#include "app/table-row.h"
#include "workspace/label-groups.h"

#define SETTING "label-groups"
#define FRAMES_TO_WAIT 5

const char *
lam_label_groups_get (LamLabelPanel *panel, int64_t row)
{
  return panel->model ? lam_label_model_get_group (panel->model, row) : NULL;
}

/* --- folding -------------------------------------------------------------- */

/* What has gone into a group that was folded is scrolled to by nobody. */
static void
keep_place (LamLabelPanel *panel, bool is_kept)
{
  panel->keeps_place = is_kept || lam_label_model_is_changing (panel->model);
}

void
lam_label_groups_fold (LamLabelPanel *panel, const char *group, bool is_folded)
{
  keep_place (panel, true);
  lam_label_model_fold (panel->model, group, is_folded);
  keep_place (panel, false);
}

static void
toggle_fold_action (GtkWidget *widget, const char *action, GVariant *parameter)
{
  LamLabelPanel *panel = LAM_LABEL_PANEL (widget);
  const char *group =
      lam_label_groups_get (panel, g_variant_get_int64 (parameter));
  if (group)
    lam_label_groups_fold (
        panel, group, !lam_label_model_is_folded (panel->model, group));
}

static void
fold_all_action (GtkWidget *widget, const char *action, GVariant *parameter)
{
  LamLabelPanel *panel = LAM_LABEL_PANEL (widget);
  if (!panel->model)
    return;
  keep_place (panel, true);
  lam_label_model_fold_all (panel->model, g_variant_get_boolean (parameter));
  keep_place (panel, false);
}

/* --- the keyboard --------------------------------------------------------- */

static LamLabelRow *
find_cell (GtkWidget *widget)
{
  if (LAM_IS_LABEL_ROW (widget))
    return LAM_LABEL_ROW (widget);
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child;
       child = gtk_widget_get_next_sibling (child)) {
    LamLabelRow *row = find_cell (child);
    if (row)
      return row;
  }
  return NULL;
}

/* In the middle of a row, or the row itself, but not the whole list. */
int64_t
lam_label_groups_get_row_of (GtkWidget *widget)
{
  LamLabelRow *cell = GTK_IS_LIST_VIEW (widget) || GTK_IS_COLUMN_VIEW (widget)
      ? NULL
      : find_cell (widget);
  LamLabelItem *item =
      cell ? lam_lazy_cell_get_item (LAM_LAZY_CELL (cell)) : NULL;
  return item ? lam_label_item_get_id (item) : 0;
}

int64_t
lam_label_groups_get_focused (LamLabelPanel *panel)
{
  GtkWidget *list = GTK_WIDGET (panel->list);
  GtkRoot *root = gtk_widget_get_root (list);
  GtkWidget *focus = root ? gtk_root_get_focus (root) : NULL;
  if (!focus || focus == list || !gtk_widget_is_ancestor (focus, list))
    return 0;
  return lam_label_groups_get_row_of (focus);
}

/* The row that is to get the keyboard. */
typedef struct {
  LamLabelPanel *panel; /* Borrowed: it holds the list that waits */
  int64_t row;
  int n_frames; /* that are waited for still */
} Focus;

/* The row that it lies in; 0: in none. */
static int64_t
get_parent_row (LamLabelPanel *panel, int64_t row)
{
  const char *group = lam_label_groups_get (panel, row);
  const LamLabel *label = group
      ? NULL
      : lam_class_table_get_label (
          lam_workspace_get_classes (panel->workspace), (uint32_t)row);
  g_autofree char *parent = group ? lam_label_group_dup_parent (group)
      : label                     ? g_strdup (label->group)
                                  : NULL;
  return parent && *parent
      ? lam_label_model_get_group_row (panel->model, parent)
      : 0;
}

/* A row that was scrolled to has its place in one of the next frames. */
static gboolean
focus_cb (GtkWidget *list, GdkFrameClock *clock, gpointer data)
{
  Focus *focus = data;
  LamLabelRow *cell = lam_label_actions_find_row (focus->panel, focus->row);
  GtkWidget *line = cell ? GTK_WIDGET (cell) : NULL;
  while (line && !gtk_widget_get_focusable (line))
    line = gtk_widget_get_parent (line);
  if (line)
    gtk_widget_grab_focus (line);
  return !line && focus->n_frames-- > 0;
}

static void
go_to_row (LamLabelPanel *panel, int64_t row)
{
  const guint position = lam_label_model_find (panel->model, row);
  if (position == G_MAXUINT)
    return;
  lam_label_chosen_set_row (panel, row);
  lam_label_chosen_scroll_to (panel, position);
  const Focus focus = { panel, row, FRAMES_TO_WAIT };
  gtk_widget_add_tick_callback (GTK_WIDGET (panel->list), focus_cb,
      g_memdup2 (&focus, sizeof focus), g_free);
}

/* As in a list of files: Right unfolds, Left folds or goes to what it lies
 * in. */
static bool
fold_by_key (LamLabelPanel *panel, int64_t row, bool is_folded)
{
  const char *group = lam_label_groups_get (panel, row);
  const LamGroupNode *node =
      group ? lam_label_model_find_group (panel->model, group) : NULL;
  if (node && node->has_rows
      && lam_label_model_is_folded (panel->model, group) != is_folded) {
    lam_label_groups_fold (panel, group, is_folded);
    return true;
  }
  if (is_folded)
    go_to_row (panel, get_parent_row (panel, row));
  return is_folded || node;
}

static gboolean
key_cb (GtkEventControllerKey *controller, guint key, guint code,
    GdkModifierType state, LamLabelPanel *panel)
{
  const bool is_left = key == GDK_KEY_Left || key == GDK_KEY_KP_Left;
  const bool is_right = key == GDK_KEY_Right || key == GDK_KEY_KP_Right;
  if ((state & gtk_accelerator_get_default_mod_mask ()) || !panel->model
      || (!is_left && !is_right) || !lam_label_model_has_groups (panel->model))
    return false;
  const bool is_mirrored =
      gtk_widget_get_direction (GTK_WIDGET (panel)) == GTK_TEXT_DIR_RTL;
  const int64_t row = lam_label_groups_get_focused (panel);
  return row != 0 && fold_by_key (panel, row, is_left != is_mirrored);
}

/* --- arranging ------------------------------------------------------------ */

static void
tell (LamLabelPanel *panel, const GError *error)
{
  lam_toast_show (GTK_WIDGET (panel), error->message);
}

bool
lam_label_groups_rename (
    LamLabelPanel *panel, const char *group, const char *name)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *from = g_strdup (group);
  g_autofree char *parent = lam_label_group_dup_parent (from);
  g_autofree char *to = g_strjoin ("/", parent, name, NULL);
  g_autofree char *clean = lam_label_group_clean (to, &error);
  if (clean && g_str_equal (clean, parent)) {
    lam_toast_show (GTK_WIDGET (panel), _ ("A group must have a name"));
    return false;
  }
  /* First, so that it is selected when it is listed. */
  if (clean)
    lam_label_chosen_rename (panel, from, clean);
  if (clean
      && lam_workspace_rename_group (panel->workspace, from, clean, &error))
    return true;
  tell (panel, error);
  return false;
}

static void
remove_group_action (GtkWidget *widget, const char *action, GVariant *parameter)
{
  LamLabelPanel *panel = LAM_LABEL_PANEL (widget);
  g_autoptr (GError) error = NULL;
  if (panel->model
      && !lam_workspace_remove_group (
          panel->workspace, g_variant_get_string (parameter, NULL), &error))
    tell (panel, error);
}

static void
new_group_action (GtkWidget *widget, const char *action, GVariant *parameter)
{
  LamLabelPanel *panel = LAM_LABEL_PANEL (widget);
  if (!panel->model)
    return;
  g_autoptr (GPtrArray) groups = NULL;
  g_autoptr (GArray) ids = lam_label_chosen_list_alone (
      panel, lam_label_panel_get_row (panel), &groups);
  lam_group_dialog_present_new (lam_window_of (widget), panel->workspace,
      g_variant_get_string (parameter, NULL), ids);
}

/* In the group that is selected, or at the top. */
void
lam_label_panel_new_group (LamLabelPanel *panel)
{
  g_return_if_fail (LAM_IS_LABEL_PANEL (panel));
  const char *group =
      lam_label_groups_get (panel, lam_label_panel_get_row (panel));
  gtk_widget_activate_action (
      GTK_WIDGET (panel), "label.new-group", "s", group ? group : "");
}

static void
new_group_here_action (
    GtkWidget *widget, const char *action, GVariant *parameter)
{
  lam_label_panel_new_group (LAM_LABEL_PANEL (widget));
}

void
lam_label_groups_popup (
    LamLabelPanel *panel, LamLabelRow *row, int64_t id, double x, double y)
{
  const char *group = lam_label_groups_get (panel, id);
  if (!group)
    return;
  const LamGroupTotal total = lam_label_groups_get_total (panel, group);
  const LamClassTable *classes = lam_workspace_get_classes (panel->workspace);
  const LamGroupMenuFacts facts = { .row = id,
    .group = group,
    .is_locked = total.n_labels > 0 && total.n_locked == total.n_labels,
    .is_hidden = total.n_labels > 0 && total.n_hidden == total.n_labels,
    .is_isolated = lam_class_table_get_n_isolated (classes) > 0 };
  g_autoptr (GMenuModel) menu = lam_label_group_menu_new (&facts);
  gtk_popover_menu_set_menu_model (panel->menu, menu);
  lam_table_row_popup (
      GTK_WIDGET (row), panel->menu, GTK_WIDGET (panel->list), x, y);
}

/* --- the mode ------------------------------------------------------------- */

void
lam_label_panel_toggle_groups (LamLabelPanel *panel)
{
  g_return_if_fail (LAM_IS_LABEL_PANEL (panel));
  gtk_toggle_button_set_active (
      panel->as_groups, !gtk_toggle_button_get_active (panel->as_groups));
}

static void
mode_cb (GtkToggleButton *button, GParamSpec *spec, LamLabelPanel *panel)
{
  lam_label_naming_finish (panel);
  gtk_widget_set_visible (
      panel->new_group, gtk_toggle_button_get_active (button));
  lam_label_panel_refilter (panel);
}

void
lam_label_groups_attach (LamLabelPanel *panel)
{
  GtkEventController *keys = gtk_event_controller_key_new ();
  gtk_event_controller_set_propagation_phase (keys, GTK_PHASE_CAPTURE);
  g_signal_connect (keys, "key-pressed", G_CALLBACK (key_cb), panel);
  gtk_widget_add_controller (GTK_WIDGET (panel->list), keys);
  g_signal_connect (
      panel->as_groups, "notify::active", G_CALLBACK (mode_cb), panel);
  if (panel->settings)
    g_settings_bind (panel->settings, SETTING, panel->as_groups, "active",
        G_SETTINGS_BIND_DEFAULT);
}

void
lam_label_groups_install (GtkWidgetClass *class)
{
  const struct {
    const char *name, *parameter;
    GtkWidgetActionActivateFunc activate;
  } rows[] = {
    { "label.toggle-fold", "x", toggle_fold_action },
    { "label.fold-all", "b", fold_all_action },
    { "label.new-group", "s", new_group_action },
    { "label.new-group-here", NULL, new_group_here_action },
    { "label.remove-group", "s", remove_group_action },
  };
  for (size_t i = 0; i < G_N_ELEMENTS (rows); i++)
    gtk_widget_class_install_action (
        class, rows[i].name, rows[i].parameter, rows[i].activate);
}
