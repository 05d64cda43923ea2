/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* In two steps that are one act: the first also tells how far the network sees,
 * by which the second is cut. */
#include "workspace/segment-all.h"

#include "workspace/model-worker-private.h"
#include "workspace/workspace-private.h"

bool
lam_segment_all_is_left (LamWorkspace *workspace)
{
  g_autofree char *text =
      lam_workspace_dup_setting (workspace, LAM_SEGMENT_ALL_SETTING);
  return text && *text;
}

/* A worker or project that goes away leaves the work. */
static void
end (LamModelWorker *worker)
{
  LamWorkspace *workspace = worker->workspace;
  if (workspace && workspace->store && !workspace->is_closing)
    lam_workspace_set_setting (workspace, LAM_SEGMENT_ALL_SETTING, "");
}

static void
all_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  LamModelWorker *worker = LAM_MODEL_WORKER (source);
  g_autoptr (GTask) task = user_data;
  GError *error = NULL;
  bool done = lam_model_worker_ask_finish (worker, result, NULL, &error);
  end (worker);
  if (done)
    g_task_return_boolean (task, true);
  else
    g_task_return_error (task, error);
}

static void
first_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  LamModelWorker *worker = LAM_MODEL_WORKER (source);
  g_autoptr (GTask) task = user_data;
  GError *error = NULL;
  bool done = lam_model_worker_ask_finish (worker, result, NULL, &error);
  if (done && worker->workspace) {
    LamBox all = lam_box_of_size (lam_workspace_get_size (worker->workspace));
    lam_model_worker_go_on_async (
        worker, result, &all, all_cb, g_steal_pointer (&task));
    return;
  }
  end (worker);
  if (done)
    g_task_return_boolean (task, true);
  else
    g_task_return_error (task, error);
}

void
lam_segment_all_async (LamModelWorker *worker, const LamBox *first,
    GAsyncReadyCallback callback, gpointer user_data)
{
  GTask *task = g_task_new (worker, NULL, callback, user_data);
  lam_workspace_set_setting (worker->workspace, LAM_SEGMENT_ALL_SETTING, "1");
  lam_model_worker_ask_async (worker, first, first_cb, task);
}

bool
lam_segment_all_finish (
    LamModelWorker *worker, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}
