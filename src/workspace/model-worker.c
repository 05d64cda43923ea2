/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* All decisions are made here, on the main thread; the thread below gets one
 * task at a time. A job waits, is computed, and waits again in the workspace's
 * queue to be written, while the next one is computed. A job that is cancelled
 * leaves the list at once; what its task still answers is dropped. */
#include "workspace/model-worker.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "base/error.h"
#include "workspace/model-evidence.h"
#include "workspace/model-join.h"
#include "workspace/model-looks.h"
#include "workspace/model-states.h"
#include "workspace/model-worker-learn.h"
#include "workspace/model-worker-private.h"
#include "workspace/painting.h"
#include "workspace/project-models.h"
#include "workspace/workspace-private.h"

G_DEFINE_FINAL_TYPE (LamModelWorker, lam_model_worker, G_TYPE_OBJECT)

enum { CHANGED, ANSWERED, FAILED, NEEDS_MEMORY, N_SIGNALS };
static guint signals[N_SIGNALS];

/* --- the list ------------------------------------------------------------ */

LamModelJob *
lam_model_worker_get_job (LamModelWorker *worker, guint i)
{
  /* The list keeps it; a reference of our own is not needed. */
  g_autoptr (LamModelJob) job =
      g_list_model_get_item (G_LIST_MODEL (worker->jobs), i);
  return job;
}

guint
lam_model_worker_count_jobs (LamModelWorker *worker)
{
  return g_list_model_get_n_items (G_LIST_MODEL (worker->jobs));
}

void
lam_model_worker_remove_job (
    LamModelWorker *worker, LamModelJob *job, const GError *error)
{
  guint place;
  g_autoptr (LamModelJob) keep = g_object_ref (job);
  lam_progress_cancel (lam_model_job_get_progress (job));
  if (worker->computing == job)
    g_clear_object (&worker->computing);
  if (g_list_store_find (worker->jobs, job, &place))
    g_list_store_remove (worker->jobs, place);
  lam_model_request_leave (job, error);
}

void
lam_model_worker_cancel_job (LamModelWorker *worker, LamModelJob *job)
{
  g_autoptr (GError) error = g_error_new_literal (
      G_IO_ERROR, G_IO_ERROR_CANCELLED, _ ("Segmenting was cancelled"));
  lam_model_worker_remove_job (worker, job, error);
}

void
lam_model_worker_restart_job (LamModelWorker *worker, LamModelJob *job)
{
  g_autoptr (LamModelJob) next = lam_model_job_new ();
  LamBox box = lam_model_job_get_box (job);
  lam_model_job_set_box (next, &box);
  for (size_t i = 0; i < lam_model_job_get_n_causes (job); i++)
    lam_model_job_add_cause (next, lam_model_job_get_cause (job, i));
  lam_model_job_set_follows (next, lam_model_job_follows (job));
  lam_model_job_set_joins (next, lam_model_job_joins (job));
  lam_model_job_set_request (next, lam_model_job_get_request (job));
  lam_model_job_set_request (job, NULL);
  g_list_store_append (worker->jobs, next);
  lam_model_worker_remove_job (worker, job, NULL);
}

/* --- what goes wrong ------------------------------------------------------ */

/* Pauses, since the next job would fail likewise. */
static void
fail (LamModelWorker *worker, const GError *error)
{
  worker->is_paused = true;
  g_signal_emit (worker, signals[FAILED], 0, error->message);
  g_signal_emit (worker, signals[CHANGED], 0);
}

/* Likewise, but the job is worth another try. */
static void
offer_tiles (LamModelWorker *worker, LamModelJob *job, const LamModelTask *task)
{
  LamModelTiles tiles = { .model = task->model };
  memcpy (tiles.tile, task->smaller_tile, sizeof tiles.tile);
  worker->is_paused = true;
  lam_model_worker_restart_job (worker, job);
  g_signal_emit (
      worker, signals[NEEDS_MEMORY], 0, task->error->message, &tiles);
}

/* --- writing ------------------------------------------------------------- */

typedef struct {
  LamModelWorker *worker; /* Owned */
  LamModelJob *job; /* Owned */
  bool is_part;
} Writing;

/* The rest of the answer. */
static void
add_rest (LamModelWorker *worker, LamModelJob *job)
{
  g_autoptr (LamModelJob) next = lam_model_job_new ();
  lam_model_job_set_follows (next, true);
  for (size_t i = 0; i < lam_model_job_get_n_causes (job); i++)
    lam_model_job_add_cause (next, lam_model_job_get_cause (job, i));
  g_list_store_append (worker->jobs, next);
}

/* Of what the person painted in meanwhile nothing was written. */
static void
look_again (LamModelWorker *worker, LamModelJob *job, const LamBox *stale)
{
  if (lam_model_job_get_request (job)) {
    lam_model_job_set_box (job, stale);
    lam_model_worker_restart_job (worker, job);
    return;
  }
  lam_model_worker_remove_job (worker, job, NULL);
  for (size_t i = 0; i < lam_model_job_get_n_causes (job); i++) {
    const LamModelJobCause *cause = lam_model_job_get_cause (job, i);
    lam_model_worker_add_edit (worker, cause->edit, &cause->box);
  }
}

static void
written_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Writing *writing = user_data;
  g_autoptr (LamModelWorker) worker = writing->worker;
  g_autoptr (LamModelJob) job = writing->job;
  g_autoptr (GError) error = NULL;
  LamModelCounts counts;
  bool is_part = writing->is_part;
  g_free (writing);
  bool ok = lam_model_commit_finish (result, &counts, &error);
  lam_model_request_note_written (job);
  bool was_cancelled =
      lam_progress_is_cancelled (lam_model_job_get_progress (job));
  /* What it would have spoiled can be done again later. */
  bool has_to_wait =
      ok && counts.outcome == LAM_MODEL_REDO_WAITS && !was_cancelled;
  bool is_stale = ok && !lam_box_is_empty (&counts.stale) && !was_cancelled;
  if (has_to_wait)
    lam_model_worker_restart_job (worker, job);
  else if (is_stale && worker->workspace)
    look_again (worker, job, &counts.stale);
  else {
    /* First, so that at no moment there seems to be nothing left to do. */
    if (ok && is_part && !was_cancelled && worker->workspace
        && counts.outcome != LAM_MODEL_CAUSE_UNDONE)
      add_rest (worker, job);
    lam_model_worker_remove_job (worker, job, error);
  }
  if (!worker->workspace)
    return;
  if (ok && !has_to_wait && !is_stale && lam_model_job_get_n_causes (job) > 0)
    g_signal_emit (worker, signals[ANSWERED], 0);
  if (!ok && !lam_error_is_cancelled (error))
    fail (worker, error);
  lam_model_worker_schedule (worker);
}

static void
write_answer (LamModelWorker *worker, LamModelJob *job, LamModelTask *task)
{
  LamModelActs *acts = lam_model_request_get_acts (job);
  LamModelCommit *commit = g_new0 (LamModelCommit, 1);
  commit->model = task->model;
  commit->title = g_steal_pointer (&task->title);
  commit->looks = g_steal_pointer (&task->looks);
  commit->class_names = g_steal_pointer (&task->class_names);
  commit->proposal = g_steal_pointer (&task->proposal);
  commit->base = task->base;
  commit->cause = lam_model_job_get_newest_cause (job);
  commit->is_part = task->is_part;
  if (acts)
    commit->acts = lam_model_acts_ref (acts);
  Writing *writing = g_new (Writing, 1);
  *writing =
      (Writing){ g_object_ref (worker), g_object_ref (job), task->is_part };
  lam_model_job_set_state (job, LAM_MODEL_JOB_WRITES);
  lam_model_commit_async (worker->workspace, commit,
      lam_model_job_get_progress (job), written_cb, writing);
}

/* --- joining ------------------------------------------------------------- */

static void
joined_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Writing *writing = user_data;
  g_autoptr (LamModelWorker) worker = writing->worker;
  g_autoptr (LamModelJob) job = writing->job;
  g_autoptr (GError) error = NULL;
  LamJoinResult joined;
  g_free (writing);
  const bool ok = lam_model_join_finish (result, &joined, &error);
  const bool is_left = ok && joined.is_more
      && joined.outcome != LAM_MODEL_CAUSE_UNDONE
      && !lam_progress_is_cancelled (lam_model_job_get_progress (job));
  lam_model_request_note_written (job);
  if (is_left)
    lam_model_worker_restart_job (worker, job);
  else
    lam_model_worker_remove_job (worker, job, error);
  if (!worker->workspace)
    return;
  if (!ok && !lam_error_is_cancelled (error))
    fail (worker, error);
  lam_model_worker_schedule (worker);
}

static void
join (LamModelWorker *worker, LamModelJob *job)
{
  Writing *writing = g_new (Writing, 1);
  *writing = (Writing){ g_object_ref (worker), g_object_ref (job), false };
  lam_model_job_set_state (job, LAM_MODEL_JOB_WRITES);
  lam_model_join_async (worker->workspace, lam_model_request_get_acts (job),
      lam_model_job_get_progress (job), joined_cb, writing);
}

/* --- computing ----------------------------------------------------------- */

bool
lam_model_worker_was_left (
    const LamModelWorker *worker, const LamModelTask *task)
{
  return task->error && !lam_error_is_cancelled (task->error)
      && worker->workspace && worker->workspace->store != task->store;
}

static void
computed (LamModelTask *done, gpointer user_data)
{
  g_autoptr (LamModelTask) task = done;
  g_autoptr (LamModelWorker) worker = g_object_ref (user_data);
  g_autoptr (LamModelJob) job = g_steal_pointer (&worker->computing);
  worker->is_busy = false;
  if (!task->error || task->rim[0] > 0)
    memcpy (worker->rim, task->rim, sizeof worker->rim);
  if (job && task->smaller_tile[0] > 0) {
    offer_tiles (worker, job, task);
  } else if (job && lam_model_worker_was_left (worker, task)) {
    lam_model_worker_restart_job (worker, job);
  } else if (job && task->error) {
    g_autoptr (GError) error = g_error_copy (task->error);
    lam_model_worker_remove_job (worker, job, error);
    fail (worker, error);
  } else if (job) {
    write_answer (worker, job, task);
  }
  lam_model_worker_schedule (worker);
}

/* A network that learns from this person takes the places that he saw for the
 * truth, also where it has refused what it learned; so it cannot contradict him
 * there. */
static bool
is_taught (LamModelWorker *worker, int64_t model)
{
  return lam_model_worker_learns (worker)
      || lam_workspace_get_model_state (worker->workspace, model).kind
      == LAM_MODEL_STATE_HEAD;
}

LamModelTask *
lam_model_worker_new_task (LamModelWorker *worker, int64_t model)
{
  LamModelTask *task = g_new0 (LamModelTask, 1);
  task->store = g_object_ref (lam_workspace_get_store (worker->workspace));
  task->volume = g_object_ref (lam_workspace_get_volume (worker->workspace));
  task->model = model;
  task->n_threads = worker->n_threads;
  task->limit_bytes = worker->workspace->how.network_bytes;
  lam_workspace_get_model_tile (worker->workspace, model, task->tile);
  task->asked = lam_workspace_list_asked (worker->workspace, model);
  task->copies = lam_workspace_get_copies (worker->workspace);
  task->looks = lam_workspace_dup_looks (worker->workspace, model);
  task->user_data = worker;
  return task;
}

void
lam_model_worker_push (LamModelWorker *worker, LamModelTask *task)
{
  if (worker->gives_way)
    lam_progress_give_way (task->progress);
  worker->is_busy = true;
  if (!worker->thread)
    worker->thread = lam_model_thread_new (worker->gives_way);
  lam_model_thread_push (worker->thread, task);
}

static void
compute (LamModelWorker *worker, LamModelJob *job, int64_t model)
{
  LamModelTask *task = lam_model_worker_new_task (worker, model);
  task->progress = lam_progress_ref (lam_model_job_get_progress (job));
  task->box = lam_model_job_get_box (job);
  task->grows = !lam_model_job_get_request (job);
  if (lam_workspace_propagates (worker->workspace))
    task->facts = lam_learning_facts_new (worker->workspace, model);
  task->hurries = task->grows && !lam_model_job_follows (job);
  task->keeps = task->grows || is_taught (worker, model);
  task->done = computed;
  worker->computing = g_object_ref (job);
  lam_model_job_set_state (job, LAM_MODEL_JOB_COMPUTES);
  lam_model_worker_push (worker, task);
}

void
lam_model_worker_schedule (LamModelWorker *worker)
{
  LamWorkspace *workspace = worker->workspace;
  int64_t model = workspace ? lam_workspace_get_active_model (workspace) : 0;
  if (workspace)
    lam_model_ahead_make_way (worker);
  if (model != 0 && !worker->is_busy && !worker->is_paused
      && !workspace->is_closing && lam_workspace_get_volume (workspace)) {
    LamModelJob *job = lam_model_worker_choose_job (worker);
    while (job && lam_model_job_joins (job)) {
      join (worker, job);
      job = lam_model_worker_choose_job (worker);
    }
    if (!lam_model_ahead_start (worker, model)
        && !lam_model_learning_start (worker, model, !job) && job)
      compute (worker, job, model);
  }
  /* Not while an answer is written, which that would hold up. */
  if (worker->thread && !worker->is_busy
      && lam_model_worker_count_jobs (worker) == 0)
    lam_model_thread_prepare (worker->thread);
  g_signal_emit (worker, signals[CHANGED], 0);
}

/* --- what the person does ------------------------------------------------ */

static void
closing_cb (LamModelWorker *worker)
{
  lam_model_worker_stop_picking_up (worker);
  lam_model_worker_cancel_all (worker);
  lam_model_learning_stop (worker);
  lam_model_ahead_stop (worker);
  g_clear_pointer (&worker->thread, lam_model_thread_free);
  worker->is_busy = false;
  lam_model_learning_close (worker);
}

/* --- the object ---------------------------------------------------------- */

static void
lam_model_worker_dispose (GObject *object)
{
  LamModelWorker *worker = LAM_MODEL_WORKER (object);
  if (worker->workspace) {
    g_signal_handlers_disconnect_by_data (worker->workspace, worker);
    closing_cb (worker);
    g_clear_weak_pointer (&worker->workspace);
  }
  G_OBJECT_CLASS (lam_model_worker_parent_class)->dispose (object);
}

static void
lam_model_worker_finalize (GObject *object)
{
  LamModelWorker *worker = LAM_MODEL_WORKER (object);
  g_clear_pointer (&worker->thread, lam_model_thread_free);
  g_clear_object (&worker->jobs);
  g_clear_pointer (&worker->learning, lam_model_learning_free);
  g_clear_pointer (&worker->ahead, lam_model_ahead_free);
  G_OBJECT_CLASS (lam_model_worker_parent_class)->finalize (object);
}

static void
lam_model_worker_class_init (LamModelWorkerClass *class)
{
  GObjectClass *object_class = G_OBJECT_CLASS (class);
  object_class->dispose = lam_model_worker_dispose;
  object_class->finalize = lam_model_worker_finalize;
  signals[CHANGED] = g_signal_new ("changed", LAM_TYPE_MODEL_WORKER,
      G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  signals[ANSWERED] = g_signal_new ("answered", LAM_TYPE_MODEL_WORKER,
      G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  signals[FAILED] = g_signal_new ("failed", LAM_TYPE_MODEL_WORKER,
      G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
  signals[NEEDS_MEMORY] =
      g_signal_new ("needs-memory", LAM_TYPE_MODEL_WORKER, G_SIGNAL_RUN_LAST, 0,
          NULL, NULL, NULL, G_TYPE_NONE, 2, G_TYPE_STRING, G_TYPE_POINTER);
}

static void
lam_model_worker_init (LamModelWorker *worker)
{
  worker->jobs = g_list_store_new (LAM_TYPE_MODEL_JOB);
  worker->learning = lam_model_learning_new ();
  worker->ahead = lam_model_ahead_new ();
}

LamModelWorker *
lam_model_worker_new (LamWorkspace *workspace, int n_threads, bool gives_way)
{
  LamModelWorker *worker = g_object_new (LAM_TYPE_MODEL_WORKER, NULL);
  g_set_weak_pointer (&worker->workspace, workspace);
  worker->n_threads = n_threads > 0 ? n_threads : workspace->how.n_threads;
  worker->gives_way = gives_way;
  static const struct {
    const char *name;
    GCallback call;
  } links[] = {
    { "edited", G_CALLBACK (lam_model_worker_edited_cb) },
    { "stepped", G_CALLBACK (lam_model_worker_stepped_cb) },
    { "regions-changed", G_CALLBACK (lam_model_learning_note_regions) },
    { "closing", G_CALLBACK (closing_cb) },
    { "history-changed", G_CALLBACK (lam_model_worker_schedule) },
    { "models-changed", G_CALLBACK (lam_model_worker_schedule) },
    { "image-changed", G_CALLBACK (lam_model_worker_schedule) },
  };
  for (size_t i = 0; i < G_N_ELEMENTS (links); i++)
    g_signal_connect_swapped (workspace, links[i].name, links[i].call, worker);
  if (lam_model_worker_is_able (worker))
    lam_model_worker_pick_up (worker);
  lam_model_worker_schedule (worker);
  return worker;
}

void
lam_model_worker_set_view (LamModelWorker *worker, const LamBox *views, int n)
{
  g_return_if_fail (LAM_IS_MODEL_WORKER (worker));
  g_return_if_fail (n >= 0 && n <= LAM_MODEL_WORKER_MAX_VIEWS);
  const size_t bytes = (size_t)n * sizeof *views;
  if (n == worker->n_views && memcmp (views, worker->views, bytes) == 0)
    return;
  memcpy (worker->views, views, bytes);
  worker->n_views = n;
  lam_model_ahead_note_view (worker);
}

void
lam_model_worker_set_paused (LamModelWorker *worker, bool paused)
{
  if (worker->is_paused == paused)
    return;
  worker->is_paused = paused;
  if (paused && worker->computing)
    lam_model_worker_restart_job (worker, worker->computing);
  if (paused)
    lam_model_ahead_stop (worker);
  lam_model_worker_schedule (worker);
}

bool
lam_model_worker_is_paused (LamModelWorker *worker)
{
  return worker->is_paused;
}

bool
lam_model_worker_waits_for_redo (LamModelWorker *worker)
{
  const guint n = lam_model_worker_count_jobs (worker);
  for (guint i = 0; i < n; i++)
    if (lam_model_job_get_state (lam_model_worker_get_job (worker, i))
        != LAM_MODEL_JOB_WAITS)
      return false;
  return n > 0 && lam_workspace_can_redo (worker->workspace)
      && !lam_model_worker_choose_job (worker);
}

void
lam_model_worker_use_tiles (LamModelWorker *worker, const LamModelTiles *tiles)
{
  if (worker->workspace)
    lam_workspace_set_model_tile (worker->workspace, tiles->model, tiles->tile);
  lam_model_worker_set_paused (worker, false);
}

GListModel *
lam_model_worker_get_jobs (LamModelWorker *worker)
{
  return G_LIST_MODEL (worker->jobs);
}

int64_t
lam_model_worker_get_voxels_left (LamModelWorker *worker)
{
  double left = 0;
  for (guint i = 0; i < lam_model_worker_count_jobs (worker); i++) {
    LamModelJob *job = lam_model_worker_get_job (worker, i);
    LamBox box = lam_model_job_get_box (job);
    if (lam_model_job_joins (job))
      continue;
    if (!lam_model_job_get_request (job))
      box = lam_model_worker_grow (worker, &box);
    left +=
        (double)lam_box_volume (&box) * (1 - lam_model_job_get_fraction (job));
  }
  return (int64_t)left;
}

void
lam_model_worker_cancel (LamModelWorker *worker, LamModelJob *job)
{
  lam_model_worker_cancel_job (worker, job);
  lam_model_worker_schedule (worker);
}

void
lam_model_worker_cancel_all (LamModelWorker *worker)
{
  while (lam_model_worker_count_jobs (worker) > 0)
    lam_model_worker_cancel_job (worker, lam_model_worker_get_job (worker, 0));
  g_signal_emit (worker, signals[CHANGED], 0);
}
