/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "workspace/training-export.h"

#include "base/output.h"

typedef struct {
  char *from, *project, *path; /* Owned */
} Request;

static void
request_free (gpointer data)
{
  Request *request = data;
  g_free (request->from);
  g_free (request->project);
  g_free (request->path);
  g_free (request);
}

static bool
export_model (const Request *request, GError **error)
{
  const char *const inputs[] = { request->from, request->project, NULL };
  g_autofree char *bytes = NULL;
  gsize n;
  return lam_output_check (request->path, inputs, true, error)
      && g_file_get_contents (request->from, &bytes, &n, error)
      && g_file_set_contents (request->path, bytes, (gssize)n, error);
}

static void
export_in_thread (
    GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  GError *error = NULL;
  if (export_model (data, &error))
    g_task_return_boolean (task, true);
  else
    g_task_return_error (task, error);
}

void
lam_training_export_async (gpointer source, const char *from,
    const char *project, const char *path, GAsyncReadyCallback callback,
    gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (source, NULL, callback, user_data);
  const Request request = { g_strdup (from), g_strdup (project),
    g_strdup (path) };
  g_task_set_task_data (
      task, g_memdup2 (&request, sizeof request), request_free);
  g_task_run_in_thread (task, export_in_thread);
}

bool
lam_training_export_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}
