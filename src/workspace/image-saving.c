/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "workspace/image-saving.h"

#include "workspace/queue.h"
#include "workspace/workspace-private.h"

static void
row_free (gpointer data)
{
  LamVolumeRow *row = data;
  lam_volume_row_clear (row);
  g_free (row);
}

/* In the queue's worker. */
static LamBulkResult *
write_row (LamStore *store, GTask *task, LamProgress *progress, GError **error)
{
  return lam_store_write_volume (store, g_task_get_task_data (task), error)
      ? g_new0 (LamBulkResult, 1)
      : NULL;
}

static void
written_cb (GObject *source, GAsyncResult *result, gpointer unused)
{
  LamWorkspace *workspace = LAM_WORKSPACE (source);
  g_autoptr (GError) error = NULL;
  if (!g_task_propagate_boolean (G_TASK (result), &error))
    lam_queue_report (workspace, error);
  else if (workspace->store)
    lam_store_know_volume (
        workspace->store, g_task_get_task_data (G_TASK (result)));
}

void
lam_workspace_save_image (LamWorkspace *workspace)
{
  if (!workspace->store || workspace->read_only_reason)
    return;
  g_autoptr (GTask) task = g_task_new (workspace, NULL, written_cb, NULL);
  LamVolumeRow *row = g_new0 (LamVolumeRow, 1);
  lam_workspace_fill_volume_row (
      workspace, lam_store_get_path (workspace->store), row);
  g_task_set_task_data (task, row, row_free);
  lam_queue_push_bulk (workspace, NULL, write_row, task, NULL);
}
