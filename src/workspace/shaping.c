/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* In the queue's worker, where nothing else changes the project: first the
 * shape is found as sets of voxels, while everyone may read; then each brick of
 * theirs is written once, in one bulk edit. */
#include "workspace/shaping.h"

#include <glib/gi18n-lib.h>

#include "base/error.h"
#include "workspace/labelling-private.h"
#include "workspace/queue-private.h"
#include "workspace/figure-sight.h"
#include "workspace/figure-writer.h"

/* What there is to tell. */
typedef struct {
  int64_t n_voxels;
  char *remark; /* Owned; or NULL */
} Done;

static void
done_free (gpointer data)
{
  g_free (((Done *)data)->remark);
  g_free (data);
}

typedef struct {
  LamFigureRequest request;
  LamOverwrite overwrite;
  double voxel_size_nm[3];
  int64_t size[3];
  Done done;
  /* Owned */
  GArray *points, *labels, *seeds; /* or NULL */
  LamVoxelSet *voxels; /* or NULL */
  GPtrArray *fresh; /* of LamRowChange: the label's, if it is a new one */
  LamFigureWriter *writer;
  LamFigureSight *sight;
} Act;

static void
act_free (gpointer data)
{
  Act *act = data;
  g_clear_pointer (&act->points, g_array_unref);
  g_clear_pointer (&act->labels, g_array_unref);
  g_clear_pointer (&act->seeds, g_array_unref);
  g_clear_pointer (&act->voxels, lam_voxel_set_free);
  g_clear_pointer (&act->fresh, g_ptr_array_unref);
  g_clear_pointer (&act->writer, lam_figure_writer_free);
  g_clear_pointer (&act->sight, lam_figure_sight_free);
  g_free (act->done.remark);
  g_free (act);
}

/* --- in the worker -------------------------------------------------------- */

static LamLabelBrick *
read_brick (LamBrickKey key, gpointer user_data, GError **error)
{
  return lam_store_read_brick (user_data, key, NULL, error);
}

static GPtrArray *
find_parts (Act *act, LamStore *store, LamProgress *progress, GError **error)
{
  g_autoptr (GArray) keys = lam_store_list_bricks (store, error);
  if (!keys)
    return NULL;
  LamLabelReader reader = {
    .read = read_brick, .user_data = store, .keys = keys
  };
  for (int i = 0; i < 3; i++) {
    reader.size[i] = act->size[i];
    reader.voxel_size_nm[i] = act->voxel_size_nm[i];
  }
  LamFigureRule *rule = lam_figure_writer_get_rule (act->writer);
  lam_figure_sight_lend (act->sight, &reader);
  lam_figure_rule_lend (rule, &reader);
  if (!lam_figure_rule_begin (
          rule, act->overwrite, act->request.voxel, &reader, error))
    return NULL;
  g_autoptr (GPtrArray) parts =
      g_ptr_array_new_with_free_func ((GDestroyNotify)lam_figure_part_free);
  if (!act->request.shape->find (
          &act->request, &reader, parts, progress, error))
    return NULL;
  lam_figure_drop_offers (parts);
  act->done.remark = g_strdup (lam_figure_get_remark (parts));
  return g_steal_pointer (&parts);
}

static LamBulkResult *
run (LamStore *store, GTask *task, LamProgress *progress, GError **error)
{
  Act *act = g_task_get_task_data (task);
  g_autoptr (LamProgress) finding = lam_progress_new_part (progress, 0, 1, 2);
  g_autoptr (LamProgress) writing = lam_progress_new_part (progress, 1, 2, 2);
  g_autoptr (GPtrArray) parts = find_parts (act, store, finding, error);
  if (!parts)
    return NULL;
  const LamFigure *shape = act->request.shape;
  g_autofree char *detail =
      shape->describe ? shape->describe (&act->request) : g_strdup ("");
  LamBulkResult *result = lam_figure_writer_run (act->writer, store,
      shape->name, detail, parts, act->fresh, writing, error);
  act->done.n_voxels = lam_figure_writer_get_n_voxels (act->writer);
  return result;
}

/* --- on the main thread --------------------------------------------------- */

static bool
check_label (LamWorkspace *workspace, uint32_t id, GError **error)
{
  const LamLabel *row = lam_class_table_get_label (workspace->classes, id);
  if (id != 0 && (!row || row->deleted)) {
    g_set_error (error, LAM_ERROR, LAM_ERROR_MISSING,
        _ ("There is no label %u in this project"), id);
    return false;
  }
  return lam_labelling_check_unlocked (workspace->classes, id, error);
}

/* As tables are when its turn comes. */
static bool
begin (LamWorkspace *workspace, GTask *task, GError **error)
{
  Act *act = g_task_get_task_data (task);
  act->request.label = lam_queue_find_label (workspace, act->request.label);
  if (!check_label (workspace, act->request.label, error))
    return false;
  act->writer = lam_figure_writer_new (workspace->classes, workspace->regions,
      workspace->numbers, act->request.label);
  lam_figure_writer_begin_work (act->writer,
      lam_class_table_get_label (workspace->saved, act->request.label));
  for (guint i = 0; act->labels && i < act->labels->len; i++) {
    uint32_t id = g_array_index (act->labels, uint32_t, i);
    const LamLabel *row = lam_class_table_get_label (workspace->saved, id);
    if (!check_label (workspace, id, error))
      return false;
    if (row)
      lam_figure_writer_know (act->writer, row);
    lam_figure_writer_begin_work (act->writer, row);
    if (act->request.shape->uses_up && row)
      lam_figure_writer_use_up (act->writer, row);
  }
  return true;
}

bool
lam_workspace_check_shape (
    LamWorkspace *workspace, const LamFigureRequest *request, GError **error)
{
  LamBox all = lam_box_of_size (workspace->size);
  if (!lam_workspace_check_writable (workspace, error)
      || !check_label (workspace, request->label, error))
    return false;
  if (request->label == 0 && !request->shape->makes_label) {
    g_set_error_literal (error, LAM_ERROR, LAM_ERROR_MISSING,
        _ ("Choose a label first: click one with the tool that picks"));
    return false;
  }
  for (guint i = 0; request->labels && i < request->labels->len; i++)
    if (!check_label (
            workspace, g_array_index (request->labels, uint32_t, i), error))
      return false;
  if (lam_box_contains (&all, request->voxel))
    return true;
  g_set_error_literal (
      error, LAM_ERROR, LAM_ERROR_INPUT, _ ("That is outside of the volume"));
  return false;
}

/* Rows of a label that nothing was written with go with it. */
static void
done_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  LamWorkspace *workspace = LAM_WORKSPACE (source);
  Act *act = g_task_get_task_data (G_TASK (result));
  GError *error = NULL;
  if (g_task_propagate_boolean (G_TASK (result), &error)) {
    Done *done = g_task_get_task_data (task);
    *done = act->done;
    act->done.remark = NULL;
    g_task_return_boolean (task, true);
    return;
  }
  lam_queue_take_rows_back (workspace, act->fresh, workspace->operations.head);
  g_task_return_error (task, error);
}

static GArray *
copy_or_null (const GArray *array)
{
  return array ? g_array_copy ((GArray *)array) : NULL;
}

void
lam_workspace_shape_async (LamWorkspace *workspace,
    const LamFigureRequest *request, LamOverwrite overwrite,
    LamProgress *progress, GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (workspace, NULL, callback, user_data);
  g_task_set_task_data (task, g_new0 (Done, 1), done_free);
  GError *error = NULL;
  if (!lam_workspace_check_shape (workspace, request, &error)) {
    g_task_return_error (task, error);
    return;
  }
  Act *act = g_new0 (Act, 1);
  act->request = *request;
  act->overwrite = overwrite;
  act->request.points = act->points = copy_or_null (request->points);
  act->request.labels = act->labels = copy_or_null (request->labels);
  act->request.seeds = act->seeds = copy_or_null (request->seeds);
  act->request.voxels = act->voxels =
      request->voxels ? lam_voxel_set_copy (request->voxels) : NULL;
  act->sight = lam_figure_sight_new (workspace, request->label);
  act->fresh = lam_labelling_take_fresh_rows (workspace, request->label);
  for (int i = 0; i < 3; i++) {
    act->size[i] = workspace->size[i];
    act->voxel_size_nm[i] =
        workspace->voxel_size_nm[i] > 0 ? workspace->voxel_size_nm[i] : 1;
  }
  g_autoptr (GTask) work =
      g_task_new (workspace, NULL, done_cb, g_steal_pointer (&task));
  g_task_set_task_data (work, act, act_free);
  lam_queue_push_bulk (workspace, begin, run, work, progress);
}

bool
lam_workspace_shape_finish (LamWorkspace *workspace, GAsyncResult *result,
    int64_t *n_voxels, char **remark, GError **error)
{
  Done *done = g_task_get_task_data (G_TASK (result));
  if (n_voxels)
    *n_voxels = done->n_voxels;
  if (remark)
    *remark = g_steal_pointer (&done->remark);
  return g_task_propagate_boolean (G_TASK (result), error);
}
