/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "workspace/quality-live.h"

#include <glib/gi18n-lib.h>

#include "base/error.h"
#include "workspace/quality-work.h"
#include "workspace/workspace-private.h"

typedef struct {
  char *path; /* Owned; of the truth */
  LamTruthMap *map; /* Owned; or NULL */
} Truth;

static void
truth_free (gpointer data)
{
  Truth *truth = data;
  g_clear_pointer (&truth->map, g_hash_table_unref);
  g_free (truth->path);
  g_free (truth);
}

static LamQualityInput *
open_truth (gpointer data, LamStoreSnapshot *snapshot, LamQuality *quality,
    GError **error)
{
  const Truth *truth = data;
  quality->map = truth->map;
  return lam_quality_input_open (truth->path, error);
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
  Truth *truth = g_new0 (Truth, 1);
  truth->map = g_steal_pointer (&numbers);
  truth->path = g_canonicalize_filename (truth_path, NULL);
  lam_quality_work_start (
      g_steal_pointer (&task), open_truth, truth, truth_free, box, progress);
}

bool
lam_workspace_measure_finish (LamWorkspace *workspace, GAsyncResult *result,
    LamQualityReport *report, GError **error)
{
  return lam_quality_work_finish (result, report, error);
}
