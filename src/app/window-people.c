/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "app/window-people.h"

#include "app/merge-dialog.h"
#include "app/second-window.h"

static void
merge_project_cb (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  lam_merge_dialog_present (data, lam_window_get_workspace (data));
}

static void
second_person_cb (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  lam_second_window_present (data, lam_window_get_workspace (data));
}

static void
take_theirs_cb (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  lam_canvas_finish_gesture (lam_window_get_canvas (data));
  lam_place_bar_take_theirs (lam_window_get_place_bar (data));
}

/* All of them need a project. */
static const GActionEntry entries[] = {
  { "merge-project", merge_project_cb },
  { "second-person", second_person_cb },
  { "take-theirs", take_theirs_cb },
};

void
lam_window_people_add (LamWindow *window)
{
  g_action_map_add_action_entries (
      G_ACTION_MAP (window), entries, G_N_ELEMENTS (entries), window);
}

void
lam_window_people_update (LamWindow *window)
{
  LamWorkspace *workspace = lam_window_get_workspace (window);
  bool can = workspace && lam_workspace_get_store (workspace);
  for (size_t i = 0; i < G_N_ELEMENTS (entries); i++)
    g_simple_action_set_enabled (G_SIMPLE_ACTION (g_action_map_lookup_action (
                                     G_ACTION_MAP (window), entries[i].name)),
        can);
}
