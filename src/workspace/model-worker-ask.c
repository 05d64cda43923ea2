/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Boxes that a person asked for: cut into jobs that make one act together, and
 * at the end one that joins the objects that they made two. */
#include <glib/gi18n-lib.h>

#include "base/error.h"
#include "workspace/model-worker-private.h"
#include "workspace/project-models.h"
#include "workspace/workspace-private.h"

/* What a person asked for at once. */
struct _LamModelRequest {
  GTask *task; /* Owned */
  LamModelActs *acts; /* Owned */
  int n_jobs; /* that are left */
  int64_t act; /* the edit that was first; 0: none yet */
  LamBox box; /* that was asked for */
  GError *error; /* Owned; of the first that was not done */
};

static void
request_end (LamModelRequest *request)
{
  if (request->error)
    g_task_return_error (request->task, g_steal_pointer (&request->error));
  else
    g_task_return_boolean (request->task, true);
  g_object_unref (request->task);
  lam_model_acts_unref (request->acts);
  g_free (request);
}

/* What its parts made two is joined at the end. True: there is something. */
static bool
add_join (LamModelRequest *request)
{
  LamModelWorker *worker = g_task_get_source_object (request->task);
  if (request->error || !worker->workspace
      || !lam_object_joins_is_any (request->acts->joins))
    return false;
  g_autoptr (LamModelJob) job = lam_model_job_new ();
  lam_model_job_set_box (job, &request->box);
  lam_model_job_set_joins (job, true);
  lam_model_job_set_request (job, request);
  request->n_jobs++;
  g_list_store_append (worker->jobs, job);
  return true;
}

void
lam_model_request_leave (LamModelJob *job, const GError *error)
{
  LamModelRequest *request = lam_model_job_get_request (job);
  lam_model_job_set_request (job, NULL);
  if (!request)
    return;
  if (error && !request->error)
    request->error = g_error_copy (error);
  if (--request->n_jobs == 0
      && (lam_model_job_joins (job) || !add_join (request)))
    request_end (request);
}

LamModelActs *
lam_model_request_get_acts (LamModelJob *job)
{
  LamModelRequest *request = lam_model_job_get_request (job);
  return request ? request->acts : NULL;
}

void
lam_model_request_note_written (LamModelJob *job)
{
  LamModelRequest *request = lam_model_job_get_request (job);
  if (request && request->act == 0)
    request->act = request->acts->first_edit;
}

bool
lam_model_request_gives_up_redo (LamModelJob *job)
{
  const LamModelRequest *request = lam_model_job_get_request (job);
  return g_atomic_int_get (&request->acts->gives_up_redo);
}

static void
fail (LamModelRequest *request)
{
  if (!request->error)
    request->error = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_CANCELLED,
        _ ("Segmenting has stopped: what was done of it was undone"));
}

void
lam_model_request_follow_undo (LamModelWorker *worker, int64_t edit)
{
  for (guint i = lam_model_worker_count_jobs (worker); i > 0; i--) {
    LamModelJob *job = lam_model_worker_get_job (worker, i - 1);
    LamModelRequest *request = lam_model_job_get_request (job);
    if (request)
      g_atomic_int_set (&request->acts->gives_up_redo, false);
    if (!request || request->act == 0 || request->act != edit)
      continue;
    fail (request);
    /* What is being written is refused by the store. */
    if (lam_model_job_get_state (job) != LAM_MODEL_JOB_WRITES)
      lam_model_worker_remove_job (worker, job, NULL);
  }
}

/* --- asking -------------------------------------------------------------- */

static void
add_asked (LamModelWorker *worker, const LamBox *box, gpointer data)
{
  LamModelRequest *request = data;
  g_autoptr (LamModelJob) job = lam_model_job_new ();
  lam_model_job_set_box (job, box);
  lam_model_job_set_request (job, request);
  request->n_jobs++;
  g_list_store_append (worker->jobs, job);
}

bool
lam_model_worker_check_box (
    LamModelWorker *worker, const LamBox *box, GError **error)
{
  LamWorkspace *workspace = worker->workspace;
  LamBox all = lam_box_of_size (lam_workspace_get_size (workspace));
  LamBox inside = lam_box_intersect (box, &all);
  if (lam_box_is_empty (box) || !lam_box_equal (box, &inside)) {
    g_set_error (error, LAM_ERROR, LAM_ERROR_INPUT,
        _ ("The box to segment must lie inside of the volume of "
           "%" G_GINT64_FORMAT " × %" G_GINT64_FORMAT " × %" G_GINT64_FORMAT
           " voxels"),
        all.max[0], all.max[1], all.max[2]);
    return false;
  }
  if (!lam_workspace_check_writable (workspace, error))
    return false;
  if (lam_workspace_get_active_model (workspace) == 0) {
    g_set_error_literal (error, LAM_ERROR, LAM_ERROR_MISSING,
        _ ("The project has no active model: add one and activate it first"));
    return false;
  }
  if (lam_workspace_get_volume (workspace))
    return true;
  g_set_error_literal (error, LAM_ERROR, LAM_ERROR_MISSING,
      lam_workspace_get_image_problem (workspace)
          ? lam_workspace_get_image_problem (workspace)
          : _ ("The project’s image is missing"));
  return false;
}

/* `acts`: what it belongs to. */
static void
ask (LamModelWorker *worker, const LamBox *box, LamModelActs *acts,
    GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (worker, NULL, callback, user_data);
  GError *error = NULL;
  if (!lam_model_worker_check_box (worker, box, &error)) {
    g_task_return_error (task, error);
    return;
  }
  LamModelRequest *request = g_new0 (LamModelRequest, 1);
  request->task = g_object_ref (task);
  request->acts = lam_model_acts_ref (acts);
  request->act = acts->first_edit;
  request->box = *box;
  const LamBox all =
      lam_box_of_size (lam_workspace_get_size (worker->workspace));
  acts->is_whole = lam_box_equal (box, &all);
  lam_object_joins_begin (acts->joins, box);
  g_task_set_task_data (
      task, lam_model_acts_ref (acts), (GDestroyNotify)lam_model_acts_unref);
  lam_model_worker_for_blocks (worker, box, add_asked, request);
  lam_model_worker_schedule (worker);
}

void
lam_model_worker_ask_async (LamModelWorker *worker, const LamBox *box,
    GAsyncReadyCallback callback, gpointer user_data)
{
  LamModelActs *acts = lam_model_acts_new ();
  acts->gives_up_redo = true;
  ask (worker, box, acts, callback, user_data);
  lam_model_acts_unref (acts);
}

void
lam_model_worker_go_on_async (LamModelWorker *worker, GAsyncResult *before,
    const LamBox *box, GAsyncReadyCallback callback, gpointer user_data)
{
  LamModelActs *acts = g_task_get_task_data (G_TASK (before));
  ask (worker, box, acts, callback, user_data);
}

bool
lam_model_worker_ask_finish (LamModelWorker *worker, GAsyncResult *result,
    LamModelCounts *counts, GError **error)
{
  const LamModelActs *acts = g_task_get_task_data (G_TASK (result));
  if (counts && acts)
    *counts = acts->counts;
  return g_task_propagate_boolean (G_TASK (result), error);
}
