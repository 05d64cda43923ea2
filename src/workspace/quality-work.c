/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "workspace/quality-work.h"

#include <string.h>

#include "workspace/snapshot-work.h"
#include "workspace/workspace-private.h"

typedef struct {
  LamQualityOpen open;
  LamBox box;
  int64_t size[3];
  double voxel_size_nm[3]; /* 0: unknown */
  /* Owned */
  gpointer data;
  GDestroyNotify free_data;
  char *path; /* of the project */
  LamProgress *progress;
  LamQualityReport report;
} Measure;

static void
measure_free (gpointer data)
{
  Measure *measure = data;
  lam_quality_report_clear (&measure->report);
  lam_progress_unref (measure->progress);
  measure->free_data (measure->data);
  g_free (measure->path);
  g_free (measure);
}

static bool
measure_all (gpointer data, LamStoreSnapshot *snapshot, GError **error)
{
  Measure *measure = data;
  g_autoptr (LamQualityInput) test = lam_quality_input_new (
      snapshot, measure->path, measure->size, measure->voxel_size_nm);
  LamQuality quality = { .test = test,
    .box = measure->box,
    .voxel_size_nm = { measure->voxel_size_nm[0], measure->voxel_size_nm[1],
        measure->voxel_size_nm[2] },
    .boundaries = true,
    .pieces = true };
  g_autoptr (LamQualityInput) truth =
      measure->open (measure->data, snapshot, &quality, error);
  quality.truth = truth;
  return truth
      && lam_quality_measure (
          &quality, &measure->report, measure->progress, error);
}

void
lam_quality_work_start (GTask *task, LamQualityOpen open, gpointer data,
    GDestroyNotify free_data, const LamBox *box, LamProgress *progress)
{
  const LamWorkspace *workspace = g_task_get_source_object (task);
  Measure *measure = g_new0 (Measure, 1);
  measure->open = open;
  measure->data = data;
  measure->free_data = free_data;
  measure->box = *box;
  measure->path = g_strdup (lam_store_get_path (workspace->store));
  memcpy (measure->size, workspace->size, sizeof measure->size);
  if (workspace->knows_voxel_size)
    memcpy (measure->voxel_size_nm, workspace->voxel_size_nm,
        sizeof measure->voxel_size_nm);
  measure->progress =
      progress ? lam_progress_ref (progress) : lam_progress_new ();
  g_task_set_task_data (task, measure, measure_free);
  lam_snapshot_work_start (task, NULL, measure_all, measure->progress);
}

bool
lam_quality_work_finish (
    GAsyncResult *result, LamQualityReport *report, GError **error)
{
  Measure *measure = g_task_get_task_data (G_TASK (result));
  if (!g_task_propagate_boolean (G_TASK (result), error))
    return false;
  *report = measure->report;
  measure->report = (LamQualityReport){ 0 };
  return true;
}
