/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "app/window-labels.h"

#include "app/window-private.h"

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

static const GActionEntry entries[] = {
  { "label-state", state_cb, "i" },
  { "verify-labels", verify_cb },
  { "group-labels", group_cb },
};

void
lam_window_labels_add (LamWindow *window)
{
  g_action_map_add_action_entries (
      G_ACTION_MAP (window), entries, G_N_ELEMENTS (entries), window);
}

void
lam_window_labels_update (LamWindow *window)
{
  LamWorkspace *workspace = lam_window_get_workspace (window);
  bool can = workspace && lam_workspace_get_store (workspace);
  for (size_t i = 0; i < G_N_ELEMENTS (entries); i++)
    g_simple_action_set_enabled (G_SIMPLE_ACTION (g_action_map_lookup_action (
                                     G_ACTION_MAP (window), entries[i].name)),
        can);
}
