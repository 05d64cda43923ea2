/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* What a person is about to correct lies where the view rests: there the
 * network looks already, and what it saw is kept, so that its answer to a
 * stroke is a small part of the work. It says nothing. */
#include <string.h>

#include "workspace/model-worker-private.h"
#include "workspace/workspace-private.h"

/* How long the view has to rest. */
#define REST_MS 250
/* Around the middle of the view: what fits what is kept beside others. */
static const int64_t reach[3] = { 200, 200, 8 };

struct _LamModelAhead {
  LamBox box; /* that was looked at, or is; empty: none */
  int64_t model; /* that looked there */
  const LamVolume *volume; /* the same; only compared */
  LamProgress *progress; /* Owned; of the task under way, or NULL */
  gint64 moved_us; /* when the view did */
  guint timer;
  bool is_due;
};

LamModelAhead *
lam_model_ahead_new (void)
{
  return g_new0 (LamModelAhead, 1);
}

void
lam_model_ahead_free (LamModelAhead *ahead)
{
  g_clear_handle_id (&ahead->timer, g_source_remove);
  g_clear_pointer (&ahead->progress, lam_progress_unref);
  g_free (ahead);
}

static gboolean
rested_cb (gpointer user_data)
{
  LamModelWorker *worker = user_data;
  LamModelAhead *ahead = worker->ahead;
  gint64 rest_ms = (g_get_monotonic_time () - ahead->moved_us) / 1000;
  if (rest_ms < REST_MS) {
    ahead->timer =
        g_timeout_add ((guint)(REST_MS - rest_ms), rested_cb, worker);
    return G_SOURCE_REMOVE;
  }
  ahead->timer = 0;
  ahead->is_due = true;
  lam_model_worker_schedule (worker);
  return G_SOURCE_REMOVE;
}

void
lam_model_ahead_note_view (LamModelWorker *worker)
{
  LamModelAhead *ahead = worker->ahead;
  ahead->moved_us = g_get_monotonic_time ();
  if (ahead->timer == 0)
    ahead->timer = g_timeout_add (REST_MS, rested_cb, worker);
}

/* Around where the slices on screen cross, or in the middle of the first. */
static LamBox
find_box (const LamModelWorker *worker)
{
  LamBox all = lam_box_of_size (lam_workspace_get_size (worker->workspace));
  LamBox first = worker->views[0], place = first;
  for (int i = 1; i < worker->n_views; i++)
    place = lam_box_intersect (&place, &worker->views[i]);
  if (lam_box_is_empty (&place))
    place = first;
  for (int a = 0; a < 3; a++) {
    int64_t middle = (place.min[a] + place.max[a]) / 2;
    place.min[a] = middle - reach[a];
    place.max[a] = middle + reach[a];
  }
  return lam_box_intersect (&place, &all);
}

static void
looked_cb (LamModelTask *done, gpointer user_data)
{
  g_autoptr (LamModelTask) task = done;
  LamModelWorker *worker = user_data;
  worker->is_busy = false;
  g_clear_pointer (&worker->ahead->progress, lam_progress_unref);
  if (task->rim[0] > 0)
    memcpy (worker->rim, task->rim, sizeof worker->rim);
  /* Whoever paints there is told why it fails. */
  if (task->error)
    worker->ahead->box = (LamBox){ 0 };
  lam_model_worker_schedule (worker);
}

bool
lam_model_ahead_start (LamModelWorker *worker, int64_t model)
{
  LamModelAhead *ahead = worker->ahead;
  const LamVolume *volume = lam_workspace_get_volume (worker->workspace);
  bool is_other = model != ahead->model || volume != ahead->volume;
  bool is_wanted =
      ahead->is_due || (is_other && !lam_box_is_empty (&ahead->box));
  if (!is_wanted || worker->n_views == 0
      || lam_model_worker_count_jobs (worker) > 0
      || !lam_model_worker_is_able (worker))
    return false;
  ahead->is_due = false;
  LamBox box = find_box (worker);
  if (lam_box_is_empty (&box)
      || (!is_other && memcmp (&box, &ahead->box, sizeof box) == 0))
    return false;
  ahead->box = box;
  ahead->model = model;
  ahead->volume = volume;
  ahead->progress = lam_progress_new ();
  LamModelTask *task = lam_model_worker_new_task (worker, model);
  task->progress = lam_progress_ref (ahead->progress);
  task->box = box;
  task->only_looks = true;
  task->done = looked_cb;
  lam_model_worker_push (worker, task);
  return true;
}

static bool
is_of_use (LamModelWorker *worker)
{
  const LamBox *box = &worker->ahead->box;
  for (guint i = 0; i < lam_model_worker_count_jobs (worker); i++) {
    LamBox wanted =
        lam_model_job_get_box (lam_model_worker_get_job (worker, i));
    wanted = lam_model_worker_grow (worker, &wanted);
    LamBox shared = lam_box_intersect (&wanted, box);
    if (lam_box_volume (&shared) < lam_box_volume (&wanted))
      return false;
  }
  return true;
}

void
lam_model_ahead_make_way (LamModelWorker *worker)
{
  if (worker->ahead->progress && !is_of_use (worker))
    lam_model_ahead_stop (worker);
}

void
lam_model_ahead_stop (LamModelWorker *worker)
{
  LamModelAhead *ahead = worker->ahead;
  if (!ahead->progress)
    return;
  lam_progress_cancel (ahead->progress);
  /* Again, once there is nothing else to do. */
  ahead->is_due = true;
}
