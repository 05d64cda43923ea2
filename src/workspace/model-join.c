/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "workspace/model-join.h"

#include "base/parallel.h"
#include "workspace/acceptance.h"
#include "workspace/model-join-private.h"
#include "workspace/queue.h"
#include "workspace/workspace-private.h"

/* Who waits for the store waits about as long as for a part. */
#define MAX_BRICKS 128

static void
joining_free (gpointer data)
{
  LamJoining *joining = data;
  lam_model_acts_unref (joining->acts);
  g_clear_pointer (&joining->table, lam_class_table_free);
  g_clear_pointer (&joining->verified, g_array_unref);
  g_free (joining);
}

static void
work_clear (LamJoinWork *work)
{
  g_clear_pointer (&work->pairs, g_array_unref);
  g_clear_pointer (&work->labels, g_hash_table_unref);
  g_clear_pointer (&work->sets, g_hash_table_unref);
  g_clear_pointer (&work->into, g_hash_table_unref);
  for (guint i = 0; work->found && i < work->keys->len; i++)
    g_clear_pointer (&work->found[i], g_array_unref);
  g_clear_pointer (&work->keys, g_array_unref);
  g_clear_pointer (&work->places, g_array_unref);
  g_free (work->found);
  g_free (work->met);
  g_free (work->changed);
  g_mutex_clear (&work->mutex);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (LamJoinWork, work_clear)

/* ---- Writing ------------------------------------------------------------ */

static int
compare_labels (gconstpointer a, gconstpointer b)
{
  const uint32_t x = GPOINTER_TO_UINT (a), y = GPOINTER_TO_UINT (b);
  return x < y ? -1 : x > y;
}

/* Of labels that the run made and that are gone now. */
static GPtrArray *
make_rows (const LamJoinWork *work)
{
  GPtrArray *rows =
      g_ptr_array_new_with_free_func ((GDestroyNotify)lam_row_change_free);
  g_autoptr (GList) labels = g_hash_table_get_keys (work->into);
  labels = g_list_sort (labels, compare_labels);
  for (const GList *l = labels; l; l = l->next) {
    const uint32_t label = GPOINTER_TO_UINT (l->data);
    const LamLabel *row =
        lam_class_table_get_label (work->joining->table, label);
    if (!lam_join_work_find (work, label)->is_fresh)
      continue;
    LamLabel after = *row;
    after.deleted = true;
    g_ptr_array_add (rows, lam_row_change_new_label (row, &after));
  }
  return rows;
}

typedef struct {
  const LamJoinWork *work; /* Borrowed */
  LamBox brick;
  uint32_t *labels; /* Borrowed; 64³ */
  LamBox box; /* around what becomes another */
} Fill;

static void
fill_run (const LamBox *run, uint32_t label, uint16_t source, gpointer data)
{
  Fill *fill = data;
  const gpointer into =
      g_hash_table_lookup (fill->work->into, GUINT_TO_POINTER (label));
  const uint32_t wanted = into ? GPOINTER_TO_UINT (into) : LAM_MODEL_SILENT;
  uint32_t *to = fill->labels
      + lam_object_sight_place (
          &fill->brick, run->min[0], run->min[1], run->min[2]);
  for (int64_t i = 0; i < run->max[0] - run->min[0]; i++)
    to[i] = wanted;
  if (into)
    fill->box = lam_box_unite (&fill->box, run);
}

static bool
has_any (const LamJoinWork *work, const GArray *labels)
{
  for (guint i = 0; labels && i < labels->len; i++)
    if (g_hash_table_contains (
            work->into, GUINT_TO_POINTER (g_array_index (labels, uint32_t, i))))
      return true;
  return false;
}

static bool
write_brick (int64_t part, gpointer data, GError **error)
{
  LamJoinWork *work = data;
  const LamBrickKey key =
      lam_brick_key_unpack (g_array_index (work->keys, int64_t, part));
  if (!has_any (work, work->found[part]))
    return true;
  g_autoptr (LamBrickRuns) runs =
      lam_model_edit_read_runs (work->edit, key, error);
  if (!runs)
    return false;
  g_autofree uint32_t *labels = g_new (uint32_t, LAM_BRICK_VOXELS);
  Fill fill = { work, lam_brick_box (key), labels, { { 0 }, { 0 } } };
  lam_brick_runs_foreach (runs, &fill.brick, fill_run, &fill);
  return lam_model_edit_write (
      work->edit, key, &fill.box, labels, NULL, &work->changed[part], error);
}

/* All that is to be another label was written as one. */
static bool
is_complete (const LamJoinWork *work)
{
  const LamModelCounts *counts = lam_model_edit_get_counts (work->edit);
  GHashTableIter iter;
  gpointer label;
  int64_t n = 0;
  g_hash_table_iter_init (&iter, work->into);
  while (g_hash_table_iter_next (&iter, &label, NULL))
    n += lam_join_work_find (work, GPOINTER_TO_UINT (label))->n_voxels;
  return counts->n_written == n;
}

static bool
write_bricks (LamJoinWork *work, LamProgress *progress, GError **error)
{
  work->changed = g_new0 (bool, work->keys->len);
  return lam_parallel (0, work->keys->len, write_brick, work, progress, error);
}

static void
fill_result (const LamJoinWork *work, GPtrArray *rows, LamBulkResult *result)
{
  result->box = result->row->box;
  result->rows = g_ptr_array_ref (rows);
  result->keys = g_array_new (false, false, sizeof (int64_t));
  for (guint i = 0; i < work->keys->len; i++)
    if (work->changed[i])
      g_array_append_vals (
          result->keys, &g_array_index (work->keys, int64_t, i), 1);
}

static void
note_joined (const LamJoinWork *work)
{
  GHashTableIter iter;
  gpointer label, into;
  g_hash_table_iter_init (&iter, work->into);
  while (g_hash_table_iter_next (&iter, &label, &into))
    lam_object_joins_note_joined (work->joining->acts->joins,
        GPOINTER_TO_UINT (label), GPOINTER_TO_UINT (into));
}

/* False with error. Where it has to wait, or something in the file speaks
 * against it, without a row. */
static bool
put (LamJoinWork *work, LamBulkResult *result, LamProgress *progress,
    GError **error)
{
  LamModelActs *acts = work->joining->acts;
  LamModelEditInfo info = { .run = acts->run,
    .base = lam_store_get_revision (work->store, error),
    .cause = acts->first_edit,
    .keeps_redo = !g_atomic_int_get (&acts->gives_up_redo) };
  g_autoptr (GPtrArray) rows = make_rows (work);
  LamModelCounts counts;
  GError *failed = NULL;
  work->edit = info.base >= 0
      ? lam_store_begin_model_edit (work->store, &info, rows, error)
      : NULL;
  if (!work->edit)
    return false;
  if (!write_bricks (work, progress, error)) {
    lam_model_edit_cancel (work->edit);
    return false;
  }
  work->joining->result.outcome =
      lam_model_edit_get_counts (work->edit)->outcome;
  if (!is_complete (work)) {
    lam_model_edit_cancel (work->edit);
    return true;
  }
  result->row =
      lam_model_edit_end (work->edit, LAM_MODEL_JOIN_DETAIL, &counts, &failed);
  if (failed) {
    g_propagate_error (error, failed);
    return false;
  }
  note_joined (work);
  fill_result (work, rows, result);
  result->joined = g_hash_table_ref (work->into);
  if (acts->first_edit == 0) {
    acts->first_edit = result->row->id;
    g_atomic_int_set (&acts->gives_up_redo, false);
  }
  return true;
}

/* ---- The queue's worker ------------------------------------------------- */

static bool
begin (LamWorkspace *workspace, GTask *task, GError **error)
{
  LamJoining *joining = g_task_get_task_data (task);
  joining->table = lam_class_table_copy (workspace->saved);
  joining->verified = lam_regions_dup_verified (workspace->regions);
  joining->only_proposes = lam_workspace_only_proposes (workspace);
  return true;
}

static LamBulkResult *
run (LamStore *store, GTask *task, LamProgress *progress, GError **error)
{
  LamJoining *joining = g_task_get_task_data (task);
  LamObjectJoins *joins = joining->acts->joins;
  g_autoptr (LamProgress) quick = lam_progress_new_restless (progress);
  g_autoptr (LamBulkResult) result = g_new0 (LamBulkResult, 1);
  g_auto (LamJoinWork) work = { .joining = joining,
    .store = store,
    .source = (uint16_t)(LAM_SOURCE_FIRST_RUN + joining->acts->run),
    .pairs = lam_object_joins_next (joins, MAX_BRICKS),
    .labels = g_hash_table_new_full (NULL, NULL, NULL, g_free),
    .sets = g_hash_table_new (NULL, NULL),
    .into = g_hash_table_new (NULL, NULL) };
  g_mutex_init (&work.mutex);
  if (joining->only_proposes)
    return g_steal_pointer (&result); /* since the parts were written */
  if (!lam_join_work_look (&work, quick, error))
    return NULL;
  lam_join_work_decide (&work);
  if (g_hash_table_size (work.into) > 0 && !put (&work, result, quick, error))
    return NULL;
  if (joining->result.outcome != LAM_MODEL_REDO_WAITS)
    lam_object_joins_drop (joins, work.pairs);
  joining->result.is_more = lam_object_joins_is_any (joins);
  return g_steal_pointer (&result);
}

void
lam_model_join_async (LamWorkspace *workspace, LamModelActs *acts,
    LamProgress *progress, GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (workspace, NULL, callback, user_data);
  LamJoining *joining = g_new0 (LamJoining, 1);
  GError *error = NULL;
  joining->acts = lam_model_acts_ref (acts);
  g_task_set_task_data (task, joining, joining_free);
  if (lam_workspace_check_writable (workspace, &error))
    lam_queue_push_bulk (workspace, begin, run, task, progress);
  else
    g_task_return_error (task, error);
}

bool
lam_model_join_finish (
    GAsyncResult *result, LamJoinResult *joined, GError **error)
{
  const LamJoining *joining = g_task_get_task_data (G_TASK (result));
  *joined = joining->result;
  return g_task_propagate_boolean (G_TASK (result), error);
}
