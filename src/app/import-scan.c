/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "app/import-scan.h"

#include <string.h>

#include "volume/format.h"
#include "workspace/label-transfer.h"

typedef struct {
  char *path; /* Owned */
  int channel; /* from 0; -1: not chosen */
  int limit;
  LamProgress *progress; /* Owned */
} Request;

static void
request_free (gpointer data)
{
  Request *request = data;
  g_free (request->path);
  lam_progress_unref (request->progress);
  g_free (request);
}

void
lam_import_scan_free (LamImportScan *scan)
{
  g_clear_pointer (&scan->values, g_array_unref);
  g_free (scan);
}

static LamImportScan *
scan_stack (const Request *request, GError **error)
{
  g_autoptr (LamImportScan) scan = g_new0 (LamImportScan, 1);
  const LamOpenOptions how = { .channel = request->channel };
  g_autoptr (LamSource) source = lam_format_open (request->path, &how, error);
  if (!source)
    return NULL;
  const LamSourceInfo *info = lam_source_get_info (source);
  memcpy (scan->size, info->levels[0].size, sizeof scan->size);
  scan->dtype = info->dtype;
  /* One more than is wanted tells whether there are more. */
  scan->values = lam_label_stack_read_values (request->path, request->channel,
      request->limit + 1, request->progress, error);
  if (!scan->values)
    return NULL;
  scan->is_cut = scan->values->len > (guint)request->limit;
  if (scan->is_cut)
    g_array_set_size (scan->values, (guint)request->limit);
  return g_steal_pointer (&scan);
}

static void
scan_in_thread (
    GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  GError *error = NULL;
  LamImportScan *scan = scan_stack (data, &error);
  if (scan)
    g_task_return_pointer (task, scan, (GDestroyNotify)lam_import_scan_free);
  else
    g_task_return_error (task, error);
}

void
lam_import_scan_async (const char *path, int channel, int limit,
    LamProgress *progress, GAsyncReadyCallback callback, gpointer user_data)
{
  Request *request = g_new (Request, 1);
  *request =
      (Request){ g_strdup (path), channel, limit, lam_progress_ref (progress) };
  g_autoptr (GTask) task = g_task_new (
      NULL, lam_progress_get_cancellable (progress), callback, user_data);
  g_task_set_task_data (task, request, request_free);
  g_task_run_in_thread (task, scan_in_thread);
}

LamImportScan *
lam_import_scan_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}
