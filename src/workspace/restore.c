/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "workspace/restore.h"

#include <glib/gi18n-lib.h>

#include "base/error.h"
#include "workspace/queue.h"
#include "workspace/workspace-private.h"

typedef struct {
  int64_t edit;
  LamBox box;
  char *name; /* Owned; or NULL */
} Request;

static void
request_free (gpointer data)
{
  Request *request = data;
  g_free (request->name);
  g_free (request);
}

static char *
describe (const Request *request)
{
  return request->name
      ? g_strdup_printf (
          _ ("Region “%s” as it was after edit %" G_GINT64_FORMAT),
          request->name, request->edit)
      : g_strdup_printf (
          _ ("As it was after edit %" G_GINT64_FORMAT), request->edit);
}

static bool
restore (LamBulkEdit *bulk, const Request *request, LamBulkResult *result,
    LamProgress *progress, GError **error)
{
  if (!lam_bulk_edit_restore (bulk, request->edit, &request->box, result->keys,
          result->rows, progress, error))
    return false;
  for (guint i = 0; i < result->keys->len; i++) {
    LamBox brick = lam_brick_box (
        lam_brick_key_unpack (g_array_index (result->keys, int64_t, i)));
    LamBox both = lam_box_intersect (&brick, &request->box);
    result->box = lam_box_unite (&result->box, &both);
  }
  if (result->keys->len > 0)
    return true;
  g_set_error (error, LAM_ERROR, LAM_ERROR_MISSING,
      _ ("Nothing to restore: there it is as it was after edit "
         "%" G_GINT64_FORMAT),
      request->edit);
  return false;
}

static LamBulkResult *
run (LamStore *store, GTask *task, LamProgress *progress, GError **error)
{
  const Request *request = g_task_get_task_data (task);
  g_autoptr (LamBulkResult) result = g_new0 (LamBulkResult, 1);
  result->keys = g_array_new (false, false, sizeof (int64_t));
  result->rows =
      g_ptr_array_new_with_free_func ((GDestroyNotify)lam_row_change_free);
  result->is_persons = true;
  LamBulkEdit *bulk = lam_store_begin_bulk (store, "restore", error);
  if (!bulk)
    return NULL;
  if (!restore (bulk, request, result, progress, error)) {
    lam_bulk_edit_cancel (bulk);
    return NULL;
  }
  g_autofree char *detail = describe (request);
  result->row =
      lam_bulk_edit_end (bulk, result->rows, &result->box, detail, error);
  return result->row ? g_steal_pointer (&result) : NULL;
}

void
lam_workspace_restore_async (LamWorkspace *workspace, int64_t edit,
    const LamBox *box, const char *name, LamProgress *progress,
    GAsyncReadyCallback callback, gpointer user_data)
{
  g_return_if_fail (!lam_box_is_empty (box));
  g_autoptr (GTask) task = g_task_new (workspace, NULL, callback, user_data);
  GError *error = NULL;
  if (!lam_workspace_check_writable (workspace, &error)) {
    g_task_return_error (task, error);
    return;
  }
  Request *request = g_new0 (Request, 1);
  request->edit = edit;
  request->box = *box;
  request->name = g_strdup (name);
  g_task_set_task_data (task, request, request_free);
  /* It may bring back a class or label whose row somebody changes meanwhile. */
  lam_queue_push_import (workspace, NULL, run, task, progress);
}

bool
lam_workspace_restore_finish (
    LamWorkspace *workspace, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}
