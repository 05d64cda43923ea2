/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "workspace/model-export.h"

#include "base/output.h"
#include "store/store-models.h"

typedef struct {
  LamStore *store; /* Owned */
  int64_t model;
  char *from, *path; /* Owned; `from` or NULL */
  bool may_replace;
} Request;

static void
request_free (gpointer data)
{
  Request *request = data;
  g_object_unref (request->store);
  g_free (request->from);
  g_free (request->path);
  g_free (request);
}

static GBytes *
read_bytes (const Request *request, GError **error)
{
  char *bytes;
  gsize n;
  if (!request->from)
    return lam_store_read_model (request->store, request->model, error);
  if (!g_file_get_contents (request->from, &bytes, &n, error))
    return NULL;
  return g_bytes_new_take (bytes, n);
}

static bool
export_model (const Request *request, GError **error)
{
  const char *const inputs[] = { lam_store_get_path (request->store),
    request->from, NULL };
  if (!lam_output_check (request->path, inputs, request->may_replace, error))
    return false;
  g_autoptr (GBytes) onnx = read_bytes (request, error);
  gsize n;
  const char *data = onnx ? g_bytes_get_data (onnx, &n) : NULL;
  return onnx && g_file_set_contents (request->path, data, (gssize)n, error);
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

static void
exported_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  GError *error = NULL;
  if (g_task_propagate_boolean (G_TASK (result), &error))
    g_task_return_boolean (task, true);
  else
    g_task_return_error (task, error);
}

/* The worker's task has no source, which it could be the last to hold. */
void
lam_model_export_async (gpointer source, const LamModelExport *what,
    GAsyncReadyCallback callback, gpointer user_data)
{
  Request *request = g_new (Request, 1);
  *request = (Request){ .store = g_object_ref (what->store),
    .model = what->model,
    .from = g_strdup (what->from),
    .path = g_canonicalize_filename (what->path, NULL),
    .may_replace = what->may_replace };
  g_autoptr (GTask) work = g_task_new (
      NULL, NULL, exported_cb, g_task_new (source, NULL, callback, user_data));
  g_task_set_task_data (work, request, request_free);
  g_task_run_in_thread (work, export_in_thread);
}

bool
lam_model_export_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}
