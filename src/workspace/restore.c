/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "workspace/restore.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "base/error.h"
#include "workspace/queue.h"
#include "workspace/workspace-private.h"

typedef struct {
  int64_t edit;
  LamBox box;
  char *name; /* Owned; or NULL */
  bool is_preview;
  LamRestoreReport report; /* Owned; of the worker until it is done */
} Request;

static void
request_free (gpointer data)
{
  Request *request = data;
  lam_restore_report_clear (&request->report);
  g_free (request->name);
  g_free (request);
}

void
lam_restore_report_clear (LamRestoreReport *report)
{
  g_clear_pointer (&report->makers, g_ptr_array_unref);
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

/* ---- Who made what is there now ------------------------------------------ */

static void
maker_free (gpointer data)
{
  g_free (((LamRestoreMaker *)data)->who);
  g_free (data);
}

static LamRestoreMaker *
find_maker (GPtrArray *makers, const char *who)
{
  for (guint i = 0; i < makers->len; i++)
    if (strcmp (((LamRestoreMaker *)makers->pdata[i])->who, who) == 0)
      return makers->pdata[i];
  LamRestoreMaker *maker = g_new0 (LamRestoreMaker, 1);
  maker->who = g_strdup (who);
  g_ptr_array_add (makers, maker);
  return maker;
}

static gint
compare_makers (gconstpointer a, gconstpointer b)
{
  const LamRestoreMaker *x = *(LamRestoreMaker *const *)a;
  const LamRestoreMaker *y = *(LamRestoreMaker *const *)b;
  return x->n_edits != y->n_edits ? y->n_edits - x->n_edits
                                  : strcmp (x->who, y->who);
}

/* Of the edits of the box since then that count now. */
static bool
find_makers (LamStore *store, Request *request, GError **error)
{
  const LamHistoryFilter filter = { .after = request->edit,
    .box = request->box };
  g_autoptr (GPtrArray) rows =
      lam_store_filter_history (store, 0, G_MAXINT, &filter, error);
  if (!rows)
    return false;
  request->report.makers = g_ptr_array_new_with_free_func (maker_free);
  for (guint i = 0; i < rows->len; i++) {
    const LamHistoryRow *row = rows->pdata[i];
    if (!row->undone && row->n_voxels > 0)
      find_maker (request->report.makers, row->who)->n_edits++;
  }
  g_ptr_array_sort (request->report.makers, compare_makers);
  return true;
}

/* ---- Voxels -------------------------------------------------------------- */

static void
fail_nothing (const Request *request, GError **error)
{
  const LamRestoreCount *count = &request->report.voxels;
  const int64_t n_kept = count->n_locked + count->n_verified;
  if (n_kept == 0)
    g_set_error (error, LAM_ERROR, LAM_ERROR_MISSING,
        _ ("Nothing to restore: there it is as it was after edit "
           "%" G_GINT64_FORMAT),
        request->edit);
  else
    g_set_error (error, LAM_ERROR, LAM_ERROR_MISSING,
        _ ("Nothing to restore: the %" G_GINT64_FORMAT
           " voxels that are others now are locked or lie in verified "
           "regions"),
        n_kept);
}

static bool
restore (LamBulkEdit *bulk, Request *request, LamBulkResult *result,
    LamProgress *progress, GError **error)
{
  if (!lam_bulk_edit_restore (bulk, request->edit, &request->box, result->keys,
          result->rows, &request->report.voxels, progress, error))
    return false;
  for (guint i = 0; i < result->keys->len; i++) {
    LamBox brick = lam_brick_box (
        lam_brick_key_unpack (g_array_index (result->keys, int64_t, i)));
    LamBox both = lam_box_intersect (&brick, &request->box);
    result->box = lam_box_unite (&result->box, &both);
  }
  if (result->keys->len > 0)
    return true;
  fail_nothing (request, error);
  return false;
}

static LamBulkResult *
run (LamStore *store, GTask *task, LamProgress *progress, GError **error)
{
  Request *request = g_task_get_task_data (task);
  g_autoptr (LamBulkResult) result = g_new0 (LamBulkResult, 1);
  result->keys = g_array_new (false, false, sizeof (int64_t));
  result->rows =
      g_ptr_array_new_with_free_func ((GDestroyNotify)lam_row_change_free);
  result->is_persons = true;
  if (!find_makers (store, request, error))
    return NULL;
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

static LamBulkResult *
run_preview (
    LamStore *store, GTask *task, LamProgress *progress, GError **error)
{
  Request *request = g_task_get_task_data (task);
  if (!find_makers (store, request, error))
    return NULL;
  LamBulkEdit *bulk = lam_store_begin_bulk (store, "restore", error);
  if (!bulk)
    return NULL;
  const bool done = lam_bulk_edit_restore (bulk, request->edit, &request->box,
      NULL, NULL, &request->report.voxels, progress, error);
  lam_bulk_edit_cancel (bulk);
  return done ? g_new0 (LamBulkResult, 1) : NULL;
}

static void
start (LamWorkspace *workspace, Request *request, LamProgress *progress,
    GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (workspace, NULL, callback, user_data);
  GError *error = NULL;
  g_task_set_task_data (task, request, request_free);
  if (!lam_workspace_check_writable (workspace, &error))
    g_task_return_error (task, error);
  else if (request->is_preview)
    lam_queue_push_bulk (workspace, NULL, run_preview, task, progress);
  else
    /* It may bring back a class or label whose row somebody changes
     * meanwhile. */
    lam_queue_push_import (
        workspace, LAM_QUEUE_HOLD_RESTORE, NULL, run, task, progress);
}

void
lam_workspace_restore_async (LamWorkspace *workspace, int64_t edit,
    const LamBox *box, const char *name, LamProgress *progress,
    GAsyncReadyCallback callback, gpointer user_data)
{
  g_return_if_fail (!lam_box_is_empty (box));
  Request *request = g_new0 (Request, 1);
  request->edit = edit;
  request->box = *box;
  request->name = g_strdup (name);
  start (workspace, request, progress, callback, user_data);
}

void
lam_workspace_preview_restore_async (LamWorkspace *workspace, int64_t edit,
    const LamBox *box, LamProgress *progress, GAsyncReadyCallback callback,
    gpointer user_data)
{
  g_return_if_fail (!lam_box_is_empty (box));
  Request *request = g_new0 (Request, 1);
  request->edit = edit;
  request->box = *box;
  request->is_preview = true;
  start (workspace, request, progress, callback, user_data);
}

bool
lam_workspace_restore_finish (LamWorkspace *workspace, GAsyncResult *result,
    LamRestoreReport *report, GError **error)
{
  if (!g_task_propagate_boolean (G_TASK (result), error))
    return false;
  Request *request = g_task_get_task_data (G_TASK (result));
  if (report) {
    *report = request->report;
    request->report = (LamRestoreReport){ 0 };
  }
  return true;
}
