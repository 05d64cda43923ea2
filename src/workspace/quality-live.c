/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The queue is asked for a snapshot; the rest runs beside it, as an export
 * does. */
#include "workspace/quality-live.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "base/error.h"
#include "workspace/queue-private.h"
#include "workspace/workspace-private.h"

/* Of what is painted over meanwhile, in memory. */
#define KEPT_BYTES (INT64_C (64) << 20)

typedef struct {
  char *truth_path, *path; /* Owned; path: of the project */
  LamBox box;
  int64_t size[3];
  double voxel_size_nm[3]; /* 0: unknown */
  LamStoreSnapshot *snapshot; /* Owned; NULL before and after the work */
  LamProgress *progress; /* Owned */
  LamQualityReport report; /* Owned */
} Measure;

static void
measure_free (gpointer data)
{
  Measure *measure = data;
  g_clear_pointer (&measure->snapshot, lam_store_snapshot_free);
  lam_quality_report_clear (&measure->report);
  lam_progress_unref (measure->progress);
  g_free (measure->truth_path);
  g_free (measure->path);
  g_free (measure);
}

static bool
measure_all (Measure *measure, GError **error)
{
  g_autoptr (LamQualityInput) test = lam_quality_input_new (
      measure->snapshot, measure->path, measure->size, measure->voxel_size_nm);
  g_autoptr (LamQualityInput) truth =
      lam_quality_input_open (measure->truth_path, error);
  const LamQuality quality = { .test = test,
    .truth = truth,
    .box = measure->box,
    .voxel_size_nm = { measure->voxel_size_nm[0], measure->voxel_size_nm[1],
        measure->voxel_size_nm[2] },
    .boundaries = true,
    .pieces = true };
  return truth
      && lam_quality_measure (
          &quality, &measure->report, measure->progress, error);
}

static void
run_measure (GTask *work, gpointer source, gpointer data, GCancellable *unused)
{
  Measure *measure = data;
  GError *error = NULL;
  bool done = measure_all (measure, &error);
  g_clear_pointer (&measure->snapshot, lam_store_snapshot_free);
  if (done)
    g_task_return_boolean (work, true);
  else
    g_task_return_error (work, error);
}

static void
measured_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  LamWorkspace *workspace = g_task_get_source_object (task);
  const Measure *measure = g_task_get_task_data (task);
  GError *error = NULL;
  bool done = g_task_propagate_boolean (G_TASK (result), &error);
  g_ptr_array_remove_fast (workspace->exports, measure->progress);
  lam_queue_advance (workspace);
  if (done)
    g_task_return_boolean (task, true);
  else
    g_task_return_error (task, error);
}

/* In the queue's worker. */
static LamBulkResult *
take_snapshot (
    LamStore *store, GTask *task, LamProgress *progress, GError **error)
{
  Measure *measure = g_task_get_task_data (task);
  measure->snapshot = lam_store_snapshot_new (store, KEPT_BYTES, error);
  return measure->snapshot ? g_new0 (LamBulkResult, 1) : NULL;
}

static void
snapshot_taken_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GTask *task = user_data;
  LamWorkspace *workspace = g_task_get_source_object (task);
  Measure *measure = g_task_get_task_data (task);
  GError *error = NULL;
  if (!g_task_propagate_boolean (G_TASK (result), &error)) {
    g_task_return_error (task, error);
    g_object_unref (task);
    return;
  }
  g_ptr_array_add (workspace->exports, measure->progress);
  /* No source: a worker must not drop the last reference to a workspace. */
  g_autoptr (GTask) work = g_task_new (NULL, NULL, measured_cb, task);
  g_task_set_task_data (work, measure, NULL);
  g_task_run_in_thread (work, run_measure);
}

void
lam_workspace_measure_async (LamWorkspace *workspace, const char *truth_path,
    const LamBox *box, LamProgress *progress, GAsyncReadyCallback callback,
    gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (workspace, NULL, callback, user_data);
  if (!workspace->store) {
    g_task_return_new_error (task, LAM_ERROR, LAM_ERROR_MISSING,
        _ ("There are no labels to compare: start labelling first"));
    return;
  }
  Measure *measure = g_new0 (Measure, 1);
  measure->truth_path = g_canonicalize_filename (truth_path, NULL);
  measure->path = g_strdup (lam_store_get_path (workspace->store));
  measure->box = *box;
  memcpy (measure->size, workspace->size, sizeof measure->size);
  if (workspace->knows_voxel_size)
    memcpy (measure->voxel_size_nm, workspace->voxel_size_nm,
        sizeof measure->voxel_size_nm);
  measure->progress =
      progress ? lam_progress_ref (progress) : lam_progress_new ();
  g_task_set_task_data (task, measure, measure_free);
  g_autoptr (GTask) turn =
      g_task_new (workspace, NULL, snapshot_taken_cb, g_steal_pointer (&task));
  g_task_set_task_data (turn, measure, NULL);
  lam_queue_push_bulk (workspace, NULL, take_snapshot, turn, measure->progress);
}

bool
lam_workspace_measure_finish (LamWorkspace *workspace, GAsyncResult *result,
    LamQualityReport *report, GError **error)
{
  Measure *measure = g_task_get_task_data (G_TASK (result));
  if (!g_task_propagate_boolean (G_TASK (result), error))
    return false;
  *report = measure->report;
  measure->report = (LamQualityReport){ 0 };
  return true;
}
