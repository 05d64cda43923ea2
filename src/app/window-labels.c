/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "app/window-labels.h"

#include "app/window-entries.h"
#include "app/window-private.h"

void
lam_window_focus_label_search (LamWindow *window)
{
  adw_flap_set_reveal_flap (window->left_flap, TRUE);
  lam_label_panel_focus_search (window->label_panel);
}

GArray *
lam_window_dup_chosen_labels (LamWindow *window, uint32_t id)
{
  return lam_label_panel_dup_chosen (window->label_panel, id);
}

void
lam_window_toggle_isolation (LamWindow *window)
{
  lam_label_panel_toggle_isolation (window->label_panel);
}

static LamLabelPanel *
get_panel (gpointer window)
{
  return LAM_WINDOW (window)->label_panel;
}

static void
state_cb (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  const int state = g_variant_get_int32 (parameter);
  if (state >= 0 && state < LAM_N_LABEL_STATES)
    lam_label_panel_set_state (get_panel (data), (LamLabelState)state);
}

static void
verify_cb (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  lam_label_panel_verify (get_panel (data));
}

static void
group_cb (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  lam_label_panel_set_group (get_panel (data));
}

static void
groups_cb (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  lam_label_panel_toggle_groups (get_panel (data));
}

static void
new_group_cb (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  lam_label_panel_new_group (get_panel (data));
}

static const GActionEntry entries[] = {
  { "label-state", state_cb, "i" },
  { "verify-labels", verify_cb },
  { "group-labels", group_cb },
  { "label-groups", groups_cb },
  { "new-label-group", new_group_cb },
};

void
lam_window_labels_add (LamWindow *window)
{
  lam_window_entries_add (window, entries, G_N_ELEMENTS (entries));
}

void
lam_window_labels_update (LamWindow *window)
{
  lam_window_entries_update (window, entries, G_N_ELEMENTS (entries));
}
