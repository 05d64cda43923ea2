/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The last job of what a person asked for: objects of all of it. It needs no
 * network, so it is done beside the models' thread; but whatever is written
 * meanwhile makes it worth nothing, so it comes when there is nothing else to
 * do, and begins anew after what comes between. */
#include "base/error.h"
#include "workspace/model-worker-private.h"
#include "workspace/object-pass.h"
#include "workspace/painting.h"
#include "workspace/workspace-private.h"

typedef struct {
  LamModelWorker *worker; /* Owned */
  LamModelJob *job; /* Owned */
} Pass;

/* Another job, that is not a pass which waits. */
static bool
has_others (LamModelWorker *worker, const LamModelJob *pass)
{
  for (guint i = 0; i < lam_model_worker_count_jobs (worker); i++) {
    LamModelJob *job = lam_model_worker_get_job (worker, i);
    if (job != pass
        && (!lam_model_job_is_pass (job)
            || lam_model_job_get_state (job) != LAM_MODEL_JOB_WAITS))
      return true;
  }
  return false;
}

LamModelJob *
lam_model_pass_choose (LamModelWorker *worker)
{
  const bool may_answer = !lam_workspace_can_redo (worker->workspace);
  for (guint i = 0; i < lam_model_worker_count_jobs (worker); i++) {
    LamModelJob *job = lam_model_worker_get_job (worker, i);
    if (lam_model_job_is_pass (job)
        && lam_model_job_get_state (job) == LAM_MODEL_JOB_WAITS
        && !has_others (worker, job)
        && (may_answer || lam_model_request_gives_up_redo (job)))
      return job;
  }
  return NULL;
}

double
lam_model_worker_get_pass_fraction (LamModelWorker *worker)
{
  double fraction = -1;
  for (guint i = 0; i < lam_model_worker_count_jobs (worker); i++) {
    LamModelJob *job = lam_model_worker_get_job (worker, i);
    if (!lam_model_job_is_pass (job))
      return -1;
    fraction = MAX (fraction, lam_model_job_get_fraction (job));
  }
  return fraction;
}

void
lam_model_pass_make_way (LamModelWorker *worker)
{
  for (guint i = 0; i < lam_model_worker_count_jobs (worker); i++) {
    LamModelJob *job = lam_model_worker_get_job (worker, i);
    if (!lam_model_job_is_pass (job)
        || lam_model_job_get_state (job) == LAM_MODEL_JOB_WAITS)
      continue;
    if (worker->is_paused || has_others (worker, job))
      lam_model_worker_restart_job (worker, job);
    return;
  }
}

static void
passed_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Pass *pass = user_data;
  g_autoptr (LamModelWorker) worker = pass->worker;
  g_autoptr (LamModelJob) job = pass->job;
  g_autoptr (GError) error = NULL;
  LamObjectPassOutcome outcome;
  g_free (pass);
  const bool done = lam_object_pass_finish (result, &outcome, &error);
  lam_model_request_note_written (job);
  /* It was taken off the list, or another waits in its place. */
  if (lam_progress_is_cancelled (lam_model_job_get_progress (job))
      || !worker->workspace)
    return;
  if (done && outcome != LAM_OBJECT_PASS_DONE)
    lam_model_worker_restart_job (worker, job);
  else
    lam_model_worker_remove_job (worker, job, error);
  if (!done && !lam_error_is_cancelled (error))
    lam_model_worker_fail (worker, error);
  lam_model_worker_schedule (worker);
}

void
lam_model_pass_start (LamModelWorker *worker, LamModelJob *job)
{
  const LamBox box = lam_model_job_get_box (job);
  LamProgress *progress = lam_model_job_get_progress (job);
  Pass *pass = g_new (Pass, 1);
  *pass = (Pass){ g_object_ref (worker), g_object_ref (job) };
  if (worker->gives_way)
    lam_progress_give_way (progress);
  lam_model_job_set_state (job, LAM_MODEL_JOB_COMPUTES);
  lam_object_pass_async (worker->workspace, lam_model_request_get_acts (job),
      &box, progress, passed_cb, pass);
}
