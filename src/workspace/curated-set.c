/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* On the main thread the regions are copied; in the queue's turn a snapshot is
 * taken, when all that was done before is saved; the rest runs beside it. It is
 * written to a folder with a name of its own, which is renamed at the end. */
#include "workspace/curated-set.h"

#include <errno.h>
#include <glib/gi18n-lib.h>
#include <string.h>

#include "base/error.h"
#include "base/output.h"
#include "base/partial.h"
#include "segment/model.h"
#include "workspace/curated-private.h"
#include "workspace/project-models.h"
#include "workspace/regions.h"
#include "workspace/snapshot-work.h"
#include "workspace/workspace-private.h"

typedef struct {
  char *path; /* Owned */
  char *image_path; /* Owned */
  int channel;
  LamCuratedOptions options;
  int64_t model; /* the active one; 0: none */
  LamCuratedInput input; /* Owned all but store and snapshot */
  LamCuratedReport report; /* Owned */
  LamProgress *progress; /* Owned */
} Export;

void
lam_curated_report_clear (LamCuratedReport *report)
{
  g_clear_pointer (&report->warnings, g_ptr_array_unref);
}

static void
export_free (gpointer data)
{
  Export *export = data;
  LamCuratedInput *input = &export->input;
  g_clear_pointer (&input->image, lam_source_unref);
  g_clear_pointer (&input->regions, g_ptr_array_unref);
  g_clear_pointer (&input->history, g_ptr_array_unref);
  g_free (input->project_name);
  g_free (input->image_name);
  lam_curated_report_clear (&export->report);
  lam_progress_unref (export->progress);
  g_free (export->path);
  g_free (export->image_path);
  g_free (export);
}

/* ---- The guard band of a network ---------------------------------------- */

/* `id`: where there is no path. Any thread. */
static bool
read_guard (LamStore *store, const char *model_path, int64_t id,
    int64_t guard[3], GError **error)
{
  g_autoptr (LamModel) model = model_path
      ? lam_model_open (model_path, error)
      : lam_project_model_open (store, id, NULL, error);
  if (!model)
    return false;
  const LamModelField *field = lam_model_get_field (model);
  for (int a = 0; a < 3; a++)
    guard[a] = field->whole ? lam_model_get_tile (model)[a]
                            : field->before[a] + 1 + field->after[a];
  return true;
}

bool
lam_curated_find_guard (
    LamStore *store, const char *model_path, int64_t guard[3], GError **error)
{
  int64_t id = model_path ? 0 : lam_project_model_get_active (store);
  memset (guard, 0, 3 * sizeof *guard);
  return (!model_path && id == 0)
      || read_guard (store, model_path, id, guard, error);
}

static bool
settle_guard (Export *export, GError **error)
{
  if (!export->options.finds_guard)
    return true;
  if (export->model > 0)
    return read_guard (
        export->input.store, NULL, export->model, export->options.guard, error);
  g_set_error_literal (error, LAM_ERROR, LAM_ERROR_MISSING,
      _ ("The project has no active network to take the guard band from: say "
         "how wide it is"));
  return false;
}

/* ---- The work ----------------------------------------------------------- */

static bool
check_image (const Export *export, GError **error)
{
  const LamSourceInfo *info = lam_source_get_info (export->input.image);
  const int64_t *found = info->levels[0].size, *wanted = export->input.size;
  if (memcmp (found, wanted, 3 * sizeof *found) == 0)
    return true;
  g_set_error (error, LAM_ERROR, LAM_ERROR_MOVED,
      _ ("%s has %" G_GINT64_FORMAT " × %" G_GINT64_FORMAT
         " × %" G_GINT64_FORMAT " voxels now, the project %" G_GINT64_FORMAT
         " × %" G_GINT64_FORMAT " × %" G_GINT64_FORMAT),
      info->path, found[0], found[1], found[2], wanted[0], wanted[1],
      wanted[2]);
  return false;
}

static bool
set_io_error (const char *path, GError **error)
{
  g_set_error (error, LAM_ERROR, LAM_ERROR_IO, _ ("%s cannot be made: %s"),
      path, g_strerror (errno));
  return false;
}

static void
fill_report (const LamCuratedPlan *plan, LamCuratedReport *report)
{
  report->n_regions = (int)plan->regions->len;
  report->warnings = g_ptr_array_ref (plan->warnings);
  for (guint i = 0; i < plan->regions->len; i++) {
    const LamCuratedRegion *row = g_ptr_array_index (plan->regions, i);
    report->n_items += (int)row->items->len;
    report->n_voxels += row->n_counted;
  }
}

static bool
export_all (gpointer data, LamStoreSnapshot *snapshot, GError **error)
{
  Export *export = data;
  const LamCuratedInput *input = &export->input;
  const LamOpenOptions how = { .channel = export->channel };
  export->input.snapshot = snapshot;
  export->input.image = lam_format_open (export->image_path, &how, error);
  if (!input->image || !check_image (export, error)
      || !settle_guard (export, error))
    return false;
  g_autoptr (LamCuratedPlan) plan =
      lam_curated_plan_new (input, &export->options, error);
  if (!plan)
    return false;
  g_autoptr (LamProgress) first =
      lam_progress_new_part (export->progress, 0, 2, 10);
  g_autoptr (LamProgress) second =
      lam_progress_new_part (export->progress, 2, 9, 10);
  g_autoptr (LamProgress) third =
      lam_progress_new_part (export->progress, 9, 10, 10);
  if (!lam_curated_count (input, plan, first, error))
    return false;
  g_autoptr (LamPartial) partial =
      lam_partial_new_folder (export->path, "part");
  if (!partial)
    return set_io_error (export->path, error);
  const char *folder = lam_partial_get_path (partial);
  if (!lam_curated_write (input, plan, folder, second, error)
      || !lam_curated_describe (input, plan, folder, third, error))
    return false;
  if (!lam_partial_put_in_place (partial))
    return set_io_error (export->path, error);
  fill_report (plan, &export->report);
  return true;
}

static bool
take_history (
    gpointer data, LamStore *store, LamStoreSnapshot *snapshot, GError **error)
{
  Export *export = data;
  export->input.store = store;
  export->input.history =
      lam_store_read_history (store, 0, G_MAXINT, false, error);
  return export->input.history != NULL;
}

LamCuratedOptions
lam_curated_get_defaults (void)
{
  return (LamCuratedOptions){ .format = lam_array_format_get_all ()[0],
    .fills = true,
    .finds_guard = true,
    .border = { .w0 = 10, .sigma = 5 } };
}

/* ---- Asking for it ------------------------------------------------------ */

static bool
check_options (const LamCuratedOptions *options, GError **error)
{
  for (int a = 0; a < 3; a++)
    if (options->patch[0] > 0
        && (options->patch[a] < 1 || options->overlap[a] < 0
            || options->overlap[a] >= options->patch[a])) {
      g_set_error (error, LAM_ERROR, LAM_ERROR_INPUT,
          _ ("Patches of %" G_GINT64_FORMAT " voxels along %c cannot overlap "
             "by %" G_GINT64_FORMAT),
          options->patch[a], "xyz"[a], options -> overlap[a]);
      return false;
    }
  return true;
}

static bool
check_path (LamWorkspace *workspace, const char *path, GError **error)
{
  const char *const inputs[] = { lam_store_get_path (workspace->store),
    lam_volume_get_info (workspace->volume)->path, NULL };
  if (!lam_output_check (path, inputs, true, error))
    return false;
  if (!g_file_test (path, G_FILE_TEST_EXISTS))
    return true;
  g_set_error (error, LAM_ERROR, LAM_ERROR_INPUT,
      _ ("%s is there already: choose another name"), path);
  return false;
}

static bool
check (LamWorkspace *workspace, const char *path,
    const LamCuratedOptions *options, GError **error)
{
  if (!workspace->store)
    g_set_error (error, LAM_ERROR, LAM_ERROR_MISSING,
        _ ("There are no labels to export: start labelling first"));
  else if (!workspace->volume)
    g_set_error (error, LAM_ERROR, LAM_ERROR_MISSING, "%s",
        lam_workspace_get_image_problem (workspace));
  else
    return check_options (options, error)
        && check_path (workspace, path, error);
  return false;
}

static Export *
export_new (LamWorkspace *workspace, const char *path,
    const LamCuratedOptions *options, LamProgress *progress)
{
  Export *export = g_new0 (Export, 1);
  LamCuratedInput *input = &export->input;
  const LamSourceInfo *info = lam_volume_get_info (workspace->volume);
  export->path = g_canonicalize_filename (path, NULL);
  export->image_path = g_strdup (info->path);
  export->channel = info->channel;
  export->model = lam_workspace_get_active_model (workspace);
  export->options = *options;
  export->progress =
      progress ? lam_progress_ref (progress) : lam_progress_new ();
  input->regions =
      g_ptr_array_new_with_free_func ((GDestroyNotify)lam_region_free);
  for (size_t i = 0; i < lam_workspace_get_n_regions (workspace); i++)
    g_ptr_array_add (input->regions,
        lam_region_copy (lam_workspace_get_nth_region (workspace, i)));
  input->project_name =
      g_path_get_basename (lam_store_get_path (workspace->store));
  input->image_name = g_path_get_basename (info->path);
  memcpy (input->size, workspace->size, sizeof input->size);
  if (workspace->knows_voxel_size)
    memcpy (input->voxel_size_nm, workspace->voxel_size_nm,
        sizeof input->voxel_size_nm);
  return export;
}

void
lam_workspace_export_curated_async (LamWorkspace *workspace, const char *path,
    const LamCuratedOptions *options, LamProgress *progress,
    GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (workspace, NULL, callback, user_data);
  GError *error = NULL;
  if (!check (workspace, path, options, &error)) {
    g_task_return_error (task, error);
    return;
  }
  Export *export = export_new (workspace, path, options, progress);
  g_task_set_task_data (task, export, export_free);
  lam_snapshot_work_start (
      g_steal_pointer (&task), take_history, export_all, export->progress);
}

bool
lam_workspace_export_curated_finish (LamWorkspace *workspace,
    GAsyncResult *result, LamCuratedReport *report, GError **error)
{
  Export *export = g_task_get_task_data (G_TASK (result));
  if (!g_task_propagate_boolean (G_TASK (result), error))
    return false;
  *report = export->report;
  export->report = (LamCuratedReport){ 0 };
  return true;
}
