/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "workspace/quality-live.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "base/error.h"
#include "workspace/snapshot-work.h"
#include "workspace/workspace-private.h"

typedef struct {
  char *truth_path, *path; /* Owned; path: of the project */
  LamTruthMap *map; /* Owned; or NULL */
  LamBox box;
  int64_t size[3];
  double voxel_size_nm[3]; /* 0: unknown */
  LamProgress *progress; /* Owned */
  LamQualityReport report; /* Owned */
} Measure;

static void
measure_free (gpointer data)
{
  Measure *measure = data;
  lam_quality_report_clear (&measure->report);
  lam_progress_unref (measure->progress);
  g_clear_pointer (&measure->map, g_hash_table_unref);
  g_free (measure->truth_path);
  g_free (measure->path);
  g_free (measure);
}

static bool
measure_all (gpointer data, LamStoreSnapshot *snapshot, GError **error)
{
  Measure *measure = data;
  g_autoptr (LamQualityInput) test = lam_quality_input_new (
      snapshot, measure->path, measure->size, measure->voxel_size_nm);
  g_autoptr (LamQualityInput) truth =
      lam_quality_input_open (measure->truth_path, error);
  const LamQuality quality = { .test = test,
    .truth = truth,
    .map = measure->map,
    .box = measure->box,
    .voxel_size_nm = { measure->voxel_size_nm[0], measure->voxel_size_nm[1],
        measure->voxel_size_nm[2] },
    .boundaries = true,
    .pieces = true };
  return truth
      && lam_quality_measure (
          &quality, &measure->report, measure->progress, error);
}

void
lam_workspace_measure_async (LamWorkspace *workspace, const char *truth_path,
    const char *map, const LamBox *box, LamProgress *progress,
    GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (workspace, NULL, callback, user_data);
  if (!workspace->store) {
    g_task_return_new_error (task, LAM_ERROR, LAM_ERROR_MISSING,
        _ ("There are no labels to compare: start labelling first"));
    return;
  }
  GError *error = NULL;
  g_autoptr (GHashTable) numbers = map && *map
      ? lam_truth_map_parse (map, workspace->classes, &error)
      : NULL;
  if (error) {
    g_task_return_error (task, error);
    return;
  }
  Measure *measure = g_new0 (Measure, 1);
  measure->map = g_steal_pointer (&numbers);
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
  lam_snapshot_work_start (
      g_steal_pointer (&task), NULL, measure_all, measure->progress);
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
