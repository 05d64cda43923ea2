/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "app/window-entries.h"

void
lam_window_entries_add (
    LamWindow *window, const GActionEntry *entries, size_t n)
{
  g_action_map_add_action_entries (
      G_ACTION_MAP (window), entries, (int)n, window);
}

void
lam_window_entries_update (
    LamWindow *window, const GActionEntry *entries, size_t n)
{
  LamWorkspace *workspace = lam_window_get_workspace (window);
  bool can = workspace && lam_workspace_get_store (workspace);
  for (size_t i = 0; i < n; i++) {
    GAction *action =
        g_action_map_lookup_action (G_ACTION_MAP (window), entries[i].name);
    g_simple_action_set_enabled (G_SIMPLE_ACTION (action), can);
  }
}
