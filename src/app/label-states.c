/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* States and groups in the label panel: the actions of its menu and keys, and
 * the line at its foot. */
#include <glib/gi18n-lib.h>

#include "app/group-dialog.h"
#include "app/label-panel-private.h"
#include "app/label-verbs.h"
#include "app/message-dialog.h"
#include "workspace/label-groups.h"
#include "workspace/label-states.h"
#include "workspace/labelling.h"

static const uint32_t *
get_ids (const GArray *ids)
{
  return (const uint32_t *)(gconstpointer)ids->data;
}

static void
tell (LamLabelPanel *panel, const GError *error)
{
  lam_toast_show (GTK_WIDGET (panel), error->message);
}

/* What is selected, or the active label; NULL, and it is said, without any. */
static GArray *
list_selected (LamLabelPanel *panel)
{
  const int64_t row = lam_label_panel_get_row (panel);
  g_autoptr (GArray) ids =
      row != 0 ? lam_label_chosen_list (panel, row) : NULL;
  if (ids && ids->len > 0)
    return g_steal_pointer (&ids);
  if (panel->model)
    lam_toast_show (GTK_WIDGET (panel),
        row < 0
            ? _ ("There is no label in this group.")
            : _ ("Select labels first: in the list, or with the tool that "
                 "picks."));
  return NULL;
}

/* --- states --------------------------------------------------------------- */

static void
set_state (LamLabelPanel *panel, const GArray *ids, LamLabelState state)
{
  g_autoptr (GError) error = NULL;
  if (!lam_workspace_set_label_states (
          panel->workspace, get_ids (ids), ids->len, state, &error))
    tell (panel, error);
}

static void
set_state_action (GtkWidget *widget, const char *action, GVariant *parameter)
{
  LamLabelPanel *panel = LAM_LABEL_PANEL (widget);
  int64_t id;
  int32_t state;
  g_variant_get (parameter, "(xi)", &id, &state);
  if (!panel->model || state < 0 || state >= LAM_N_LABEL_STATES)
    return;
  g_autoptr (GArray) ids = lam_label_chosen_list (panel, id);
  set_state (panel, ids, (LamLabelState)state);
}

static void
verify_action (GtkWidget *widget, const char *action, GVariant *parameter)
{
  LamLabelPanel *panel = LAM_LABEL_PANEL (widget);
  if (!panel->model)
    return;
  g_autoptr (GArray) ids =
      lam_label_chosen_list (panel, g_variant_get_int64 (parameter));
  if (ids->len > 0)
    lam_label_verb_verify (widget, panel->workspace, ids);
}

void
lam_label_panel_set_state (LamLabelPanel *panel, LamLabelState state)
{
  g_return_if_fail (LAM_IS_LABEL_PANEL (panel));
  g_autoptr (GArray) ids = list_selected (panel);
  if (ids)
    set_state (panel, ids, state);
}

void
lam_label_panel_verify (LamLabelPanel *panel)
{
  g_return_if_fail (LAM_IS_LABEL_PANEL (panel));
  g_autoptr (GArray) ids = list_selected (panel);
  if (ids)
    lam_label_verb_verify (GTK_WIDGET (panel), panel->workspace, ids);
}

/* --- groups --------------------------------------------------------------- */

/* Labels alone, or groups as a whole with them. */
static void
ask_for_group (LamLabelPanel *panel, int64_t row)
{
  g_autoptr (GPtrArray) groups = NULL;
  g_autoptr (GArray) ids = lam_label_chosen_list_alone (panel, row, &groups);
  GtkWindow *window = lam_window_of (GTK_WIDGET (panel));
  if (groups->len > 0)
    lam_group_dialog_present_move (window, panel->workspace, ids, groups);
  else if (ids->len > 0)
    lam_group_dialog_present_labels (window, panel->workspace, ids);
}

void
lam_label_panel_set_group (LamLabelPanel *panel)
{
  g_return_if_fail (LAM_IS_LABEL_PANEL (panel));
  const int64_t row = lam_label_panel_get_row (panel);
  if (row < 0) {
    ask_for_group (panel, row);
    return;
  }
  g_autoptr (GArray) ids = list_selected (panel);
  if (ids)
    ask_for_group (panel, row);
}

static void
set_group_action (GtkWidget *widget, const char *action, GVariant *parameter)
{
  LamLabelPanel *panel = LAM_LABEL_PANEL (widget);
  if (panel->model)
    ask_for_group (panel, g_variant_get_int64 (parameter));
}

/* The whole path, from its beginning to its end. */
static void
find_group (LamLabelPanel *panel, const char *group)
{
  g_autofree char *text = g_strdup_printf ("group:\"/%s/\"", group);
  lam_label_panel_search (panel, text);
}

static void
group_action (GtkWidget *widget, const char *action, GVariant *parameter)
{
  LamLabelPanel *panel = LAM_LABEL_PANEL (widget);
  const char *group = g_variant_get_string (parameter, NULL);
  if (!panel->model)
    return;
  g_autoptr (GArray) ids = lam_workspace_list_group (panel->workspace, group);
  if (g_str_equal (action, "label.select-group"))
    lam_label_chosen_set (panel, ids);
  else if (g_str_equal (action, "label.isolate-group"))
    lam_workspace_isolate (panel->workspace, get_ids (ids), ids->len);
  else if (g_str_equal (action, "label.find-group"))
    find_group (panel, group);
  else
    lam_group_dialog_present_rename (
        lam_window_of (widget), panel->workspace, group);
}

static void
find_action (GtkWidget *widget, const char *action, GVariant *parameter)
{
  lam_label_panel_search (
      LAM_LABEL_PANEL (widget), g_variant_get_string (parameter, NULL));
}

void
lam_label_states_install (GtkWidgetClass *class)
{
  const struct {
    const char *name, *parameter;
    GtkWidgetActionActivateFunc activate;
  } rows[] = {
    { "label.set-state", "(xi)", set_state_action },
    { "label.verify", "x", verify_action },
    { "label.set-group", "x", set_group_action },
    { "label.select-group", "s", group_action },
    { "label.isolate-group", "s", group_action },
    { "label.find-group", "s", group_action },
    { "label.rename-group", "s", group_action },
    { "label.find", "s", find_action },
  };
  for (size_t i = 0; i < G_N_ELEMENTS (rows); i++)
    gtk_widget_class_install_action (
        class, rows[i].name, rows[i].parameter, rows[i].activate);
}

/* --- the foot ------------------------------------------------------------- */

/* Of the class that is listed, or of all; whatever is searched for. */
void
lam_label_panel_update_foot (LamLabelPanel *panel)
{
  const LamClassTable *classes =
      panel->model ? lam_workspace_get_classes (panel->workspace) : NULL;
  size_t n[LAM_N_LABEL_STATES] = { 0 }, all = 0;
  if (classes)
    lam_class_table_count_states (classes, panel->class_filter, n);
  for (int i = 0; i < LAM_N_LABEL_STATES; i++)
    all += n[i];
  gtk_widget_set_visible (panel->foot, all > 0);
  if (all == 0)
    return;
  const size_t done = n[LAM_LABEL_COMPLETED], flagged = n[LAM_LABEL_FLAGGED];
  g_autofree char *text =
      g_strdup_printf (_ ("%'zu of %'zu completed"), done, all);
  g_autofree char *mark = g_strdup_printf (
      ngettext ("%'zu flagged", "%'zu flagged", flagged), flagged);
  g_autofree char *tip = g_strdup_printf (
      _ ("%'zu not started, %'zu in progress, %'zu completed, %'zu flagged"),
      n[LAM_LABEL_NOT_STARTED], n[LAM_LABEL_IN_PROGRESS], done, flagged);
  gtk_label_set_text (panel->states, text);
  gtk_widget_set_tooltip_text (GTK_WIDGET (panel->states), tip);
  gtk_progress_bar_set_fraction (panel->done, (double)done / (double)all);
  gtk_button_set_label (panel->flagged, mark);
  gtk_widget_set_visible (GTK_WIDGET (panel->flagged), flagged > 0);
}
