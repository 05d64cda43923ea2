/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "workspace/snapshot-work.h"

#include "workspace/queue-private.h"
#include "workspace/workspace-private.h"

/* Of what is painted over meanwhile, in memory. */
#define KEPT_BYTES (INT64_C (64) << 20)

typedef struct {
  GTask *task; /* Owned; the caller's */
  LamSnapshotTake take;
  LamSnapshotRun run;
  LamProgress *progress; /* Owned */
  LamStoreSnapshot *snapshot; /* Owned; NULL before and after the work */
} Work;

static void
work_free (gpointer data)
{
  Work *work = data;
  g_clear_pointer (&work->snapshot, lam_store_snapshot_free);
  lam_progress_unref (work->progress);
  g_object_unref (work->task);
  g_free (work);
}

static void
answer (GTask *task, GAsyncResult *result)
{
  GError *error = NULL;
  if (g_task_propagate_boolean (G_TASK (result), &error))
    g_task_return_boolean (task, true);
  else
    g_task_return_error (task, error);
}

static void
run_in_thread (
    GTask *thread, gpointer source, gpointer data, GCancellable *unused)
{
  Work *work = data;
  GError *error = NULL;
  bool done =
      work->run (g_task_get_task_data (work->task), work->snapshot, &error);
  g_clear_pointer (&work->snapshot, lam_store_snapshot_free);
  if (done)
    g_task_return_boolean (thread, true);
  else
    g_task_return_error (thread, error);
}

static void
done_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Work *work = user_data;
  LamWorkspace *workspace = g_task_get_source_object (work->task);
  g_ptr_array_remove_fast (workspace->exports, work->progress);
  lam_queue_advance (workspace);
  answer (work->task, result);
  work_free (work);
}

/* In the queue's worker. */
static LamBulkResult *
take_snapshot (
    LamStore *store, GTask *turn, LamProgress *progress, GError **error)
{
  Work *work = g_task_get_task_data (turn);
  work->snapshot = lam_store_snapshot_new (store, KEPT_BYTES, error);
  if (!work->snapshot
      || (work->take
          && !work->take (
              g_task_get_task_data (work->task), store, work->snapshot, error)))
    return NULL;
  return g_new0 (LamBulkResult, 1);
}

static void
taken_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Work *work = user_data;
  LamWorkspace *workspace = g_task_get_source_object (work->task);
  if (g_task_had_error (G_TASK (result))) {
    answer (work->task, result);
    work_free (work);
    return;
  }
  g_ptr_array_add (workspace->exports, work->progress);
  /* No source: a worker must not drop the last reference to a workspace. */
  g_autoptr (GTask) thread = g_task_new (NULL, NULL, done_cb, work);
  g_task_set_task_data (thread, work, NULL);
  g_task_run_in_thread (thread, run_in_thread);
}

void
lam_snapshot_work_start (GTask *task, LamSnapshotTake take, LamSnapshotRun run,
    LamProgress *progress)
{
  LamWorkspace *workspace = g_task_get_source_object (task);
  Work *work = g_new0 (Work, 1);
  *work = (Work){ .task = task,
    .take = take,
    .run = run,
    .progress = lam_progress_ref (progress) };
  g_autoptr (GTask) turn = g_task_new (workspace, NULL, taken_cb, work);
  g_task_set_task_data (turn, work, NULL);
  lam_queue_push_bulk (workspace, NULL, take_snapshot, turn, progress);
}
