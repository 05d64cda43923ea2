/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "workspace/history-names.h"

#include <glib/gi18n-lib.h>

#include "workspace/model-commit.h"
#include "workspace/workspace-private.h"

const char *
lam_history_get_detail (const LamHistoryRow *row)
{
  /* Stored as words that others look for. */
  if (lam_model_commit_is_part (row))
    return _ ("at once");
  return lam_model_commit_is_join (row) ? _ ("joined objects") : row->detail;
}

void
lam_history_names_clear (LamHistoryNames *names)
{
  g_clear_pointer (&names->persons, g_ptr_array_unref);
  g_clear_pointer (&names->tools, g_ptr_array_unref);
}

static void
names_free (gpointer data)
{
  lam_history_names_clear (data);
  g_free (data);
}

static void
read_in_thread (
    GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  LamHistoryNames *names = g_new0 (LamHistoryNames, 1);
  GError *error = NULL;
  names->persons = lam_store_list_persons (data, &error);
  if (names->persons)
    names->tools = lam_store_list_tools (data, &error);
  if (names->tools) {
    g_task_return_pointer (task, names, names_free);
    return;
  }
  names_free (names);
  g_task_return_error (task, error);
}

void
lam_history_names_read_async (
    LamWorkspace *workspace, GAsyncReadyCallback callback, gpointer user_data)
{
  g_return_if_fail (workspace->store != NULL);
  /* No source: a worker must not drop the last reference to a workspace. */
  g_autoptr (GTask) task = g_task_new (NULL, NULL, callback, user_data);
  g_task_set_task_data (task, g_object_ref (workspace->store), g_object_unref);
  g_task_run_in_thread (task, read_in_thread);
}

bool
lam_history_names_read_finish (
    GAsyncResult *result, LamHistoryNames *names, GError **error)
{
  LamHistoryNames *made = g_task_propagate_pointer (G_TASK (result), error);
  if (!made)
    return false;
  *names = *made;
  g_free (made);
  return true;
}
