/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Which of the jobs that wait is done next. */
#include <math.h>

#include "workspace/model-worker-private.h"
#include "workspace/painting.h"
#include "workspace/workspace-private.h"

/* Square nanometres between two boxes. */
static double
distance (const LamBox *one, const LamBox *other, const double nm[3])
{
  double sum = 0;
  for (int a = 0; a < 3; a++) {
    int64_t gap =
        MAX (one->min[a] - other->max[a], other->min[a] - one->max[a]);
    double d = (double)MAX (gap + 1, 0) * nm[a];
    sum += d * d;
  }
  return sum;
}

/* The same to the nearest of the slices on screen, and to all of them. The box
 * around all three would be most of the volume. */
typedef struct {
  double to_nearest, to_all;
} Distance;

static Distance
distance_to_view (const LamModelWorker *worker, const LamBox *box)
{
  const double *nm = lam_workspace_get_voxel_size_nm (worker->workspace);
  Distance d = { worker->n_views > 0 ? INFINITY : 0, 0 };
  for (int i = 0; i < worker->n_views; i++) {
    const double one = distance (&worker->views[i], box, nm);
    d.to_nearest = MIN (d.to_nearest, one);
    d.to_all += one;
  }
  return d;
}

/* Of what is on screen where the slices cross, at the person's mark, first. */
static bool
is_nearer (const Distance *a, const Distance *b)
{
  return a->to_nearest < b->to_nearest
      || (a->to_nearest == b->to_nearest && a->to_all < b->to_all);
}

/* It waits for an answer to what a person has just done. */
static bool
is_pressing (LamModelWorker *worker)
{
  for (guint i = 0; i < lam_model_worker_count_jobs (worker); i++) {
    LamModelJob *job = lam_model_worker_get_job (worker, i);
    if (lam_model_job_get_state (job) == LAM_MODEL_JOB_WAITS
        && !lam_model_job_get_request (job) && !lam_model_job_follows (job))
      return true;
  }
  return false;
}

LamModelJob *
lam_model_worker_choose_job (LamModelWorker *worker)
{
  bool may_answer = !lam_workspace_can_redo (worker->workspace);
  bool may_follow = may_answer && !is_pressing (worker);
  LamModelJob *best = NULL;
  Distance least = { 0 };
  for (guint i = 0; i < lam_model_worker_count_jobs (worker); i++) {
    LamModelJob *job = lam_model_worker_get_job (worker, i);
    LamBox box = lam_model_job_get_box (job);
    const Distance d = distance_to_view (worker, &box);
    bool may = may_answer;
    if (lam_model_job_get_request (job))
      may = may_answer || lam_model_request_gives_up_redo (job);
    else if (lam_model_job_follows (job))
      may = may_follow;
    if (lam_model_job_get_state (job) == LAM_MODEL_JOB_WAITS && may
        && (!best || is_nearer (&d, &least))) {
      best = job;
      least = d;
    }
  }
  return best;
}
