/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "workspace/model-commit.h"

#include <string.h>

#include "base/brick-number.h"
#include "base/parallel.h"
#include "labels/region.h"
#include "store/store-models.h"
#include "workspace/acceptance.h"
#include "workspace/model-classes.h"
#include "workspace/model-objects.h"
#include "workspace/model-opinion.h"
#include "workspace/queue.h"
#include "workspace/workspace-private.h"

typedef struct {
  LamModelCommit *commit; /* Owned */
  GPtrArray *rows; /* Owned; LamRowChange of labels to be made */
  /* Owned; by class of the network; from when its turn came */
  GArray *fit, *labels;
  bool *has_instances;
  LamObjectRule *rules;
  LamClassTable *classes; /* as they were when its turn came */
  GArray *verified;
  LamLabelNumbers *numbers;
  LamModelObjects objects;
  bool only_proposes;
  uint32_t *voxels; /* Owned; labels of the box */
  LamModelCounts counts;
} Writing;

LamModelActs *
lam_model_acts_new (void)
{
  LamModelActs *acts = g_atomic_rc_box_new0 (LamModelActs);
  acts->joins = lam_object_joins_new ();
  return acts;
}

LamModelActs *
lam_model_acts_ref (LamModelActs *acts)
{
  return g_atomic_rc_box_acquire (acts);
}

static void
acts_clear (gpointer data)
{
  lam_object_joins_free (((LamModelActs *)data)->joins);
}

void
lam_model_acts_unref (LamModelActs *acts)
{
  g_atomic_rc_box_release_full (acts, acts_clear);
}

void
lam_model_commit_free (LamModelCommit *commit)
{
  g_free (commit->title);
  g_free (commit->looks);
  g_strfreev (commit->class_names);
  lam_proposal_free (commit->proposal);
  g_clear_pointer (&commit->acts, lam_model_acts_unref);
  g_free (commit);
}

bool
lam_model_commit_is_part (const LamHistoryRow *row)
{
  return row->run != 0 && strcmp (row->detail, LAM_MODEL_PART_DETAIL) == 0;
}

bool
lam_model_commit_is_join (const LamHistoryRow *row)
{
  return row->run != 0 && strcmp (row->detail, LAM_MODEL_JOIN_DETAIL) == 0;
}

static void
writing_free (gpointer data)
{
  Writing *writing = data;
  lam_model_commit_free (writing->commit);
  g_clear_pointer (&writing->fit, g_array_unref);
  g_clear_pointer (&writing->labels, g_array_unref);
  g_clear_pointer (&writing->classes, lam_class_table_free);
  g_clear_pointer (&writing->verified, g_array_unref);
  g_clear_pointer (&writing->numbers, lam_label_numbers_unref);
  g_clear_pointer (&writing->objects.part, lam_object_part_free);
  g_free (writing->has_instances);
  g_free (writing->rules);
  g_free (writing->voxels);
  g_ptr_array_unref (writing->rows);
  g_free (writing);
}

/* Borrowed values of the writing. */
static LamModelObjects
describe_objects (LamWorkspace *workspace, const Writing *writing)
{
  LamModelObjects objects = { .box = writing->commit->proposal->box,
    .classes = writing->commit->proposal->classes,
    .n_classes = (int)writing->fit->len,
    .has_instances = writing->has_instances,
    .class_ids = (const int32_t *)(void *)writing->fit->data,
    .class_labels = (const uint32_t *)(void *)writing->labels->data,
    .rules = writing->rules,
    .table = writing->classes,
    .verified = writing->verified,
    .numbers = writing->numbers,
    .rows = writing->rows,
    .joins = writing->commit->acts ? writing->commit->acts->joins : NULL };
  memcpy (objects.size, workspace->size, sizeof objects.size);
  if (workspace->knows_voxel_size)
    memcpy (objects.voxel_size_nm, workspace->voxel_size_nm,
        sizeof objects.voxel_size_nm);
  return objects;
}

/* Classes and labels as they are on disk when its turn comes: what the person
 * did to them since then waits behind it. */
static bool
begin (LamWorkspace *workspace, GTask *task, GError **error)
{
  Writing *writing = g_task_get_task_data (task);
  const LamModelCommit *commit = writing->commit;
  const LamClassTable *classes = writing->classes =
      lam_class_table_copy (workspace->saved);
  writing->numbers = lam_label_numbers_ref (workspace->numbers);
  writing->only_proposes = lam_workspace_only_proposes (workspace);
  writing->fit = lam_workspace_find_saved_class_fit (workspace, commit->model,
      (const char *const *)commit->class_names, error);
  if (!writing->fit)
    return false;
  writing->labels = lam_class_fit_take_labels (
      writing->fit, classes, writing->numbers, writing->rows, error);
  if (!writing->labels)
    return false;
  writing->has_instances = g_new0 (bool, writing->fit->len);
  writing->rules = g_new0 (LamObjectRule, writing->fit->len);
  for (guint i = 0; i < writing->fit->len; i++) {
    int32_t id = g_array_index (writing->fit, int32_t, i);
    const LamClass *class =
        id > 0 ? lam_class_table_get_class (classes, id) : NULL;
    writing->has_instances[i] = class && class->has_instances;
    if (class)
      writing->rules[i] = lam_workspace_get_object_rule (workspace, class);
  }
  writing->verified = lam_regions_dup_verified (workspace->regions);
  writing->objects = describe_objects (workspace, writing);
  return true;
}

/* What its run is told apart by: how often the network looks, and what is not
 * the default of how classes become objects. By name: in another project a
 * class may have another number, and in this one its number may be another's.
 */
static char *
describe_run (const Writing *writing)
{
  const LamModelCommit *commit = writing->commit;
  GString *text = g_string_new (commit->looks ? commit->looks : "");
  for (guint i = 0; i < writing->fit->len; i++) {
    const LamObjectRule *rule = &writing->rules[i];
    if (!writing->has_instances[i]
        || lam_object_rule_equal (rule, &lam_object_rule_default))
      continue;
    g_autofree char *one = lam_object_rule_to_text (rule);
    const LamClass *class = lam_class_table_get_class (
        writing->classes, g_array_index (writing->fit, int32_t, i));
    g_string_append_printf (
        text, "%s%s: %s", text->len > 0 ? "; " : "", class->name, one);
  }
  return g_string_free (text, FALSE);
}

/* The part of the box that lies in a brick, as 64³ labels. */
static void
fill_brick (const Writing *writing, LamBrickKey key, uint32_t *labels)
{
  const LamModelCommit *commit = writing->commit;
  LamBox brick = lam_brick_box (key);
  LamBox part = lam_box_intersect (&commit->proposal->box, &brick);
  const int64_t *low = commit->proposal->box.min,
                *high = commit->proposal->box.max;
  for (int64_t z = part.min[2]; z < part.max[2]; z++)
    for (int64_t y = part.min[1]; y < part.max[1]; y++) {
      uint32_t *to = labels
          + LAM_BRICK_EDGE
              * (y - brick.min[1] + LAM_BRICK_EDGE * (z - brick.min[2]));
      const uint32_t *from = writing->voxels
          + ((z - low[2]) * (high[1] - low[1]) + y - low[1])
              * (high[0] - low[0]);
      memcpy (to + part.min[0] - brick.min[0], from + part.min[0] - low[0],
          (size_t)(part.max[0] - part.min[0]) * sizeof *to);
    }
}

/* What a thread needs for a brick. */
typedef struct {
  uint32_t labels[LAM_BRICK_VOXELS];
  LamRunOpinion opinion;
} Desk;

typedef struct {
  const Writing *writing;
  LamModelEdit *edit;
  GCancellable *cancellable;
  LamBox bricks;
  bool *changed; /* Owned; by brick */
  uint32_t *silence; /* Owned; a brick of it */
  GAsyncQueue *desks; /* Owned; of those that nobody sits at */
} BrickWork;

static void
brick_work_clear (BrickWork *work)
{
  g_free (work->changed);
  g_free (work->silence);
  g_async_queue_unref (work->desks);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (BrickWork, brick_work_clear)

static bool
write_brick (int64_t part, gpointer data, GError **error)
{
  BrickWork *work = data;
  const Writing *writing = work->writing;
  const LamProposal *proposal = writing->commit->proposal;
  LamBrickKey key = lam_brick_of_number (&work->bricks, part);
  Desk *desk = g_async_queue_try_pop (work->desks);
  if (!desk)
    desk = g_new0 (Desk, 1);
  fill_brick (writing, key, desk->labels);
  lam_model_opinion_fill (&desk->opinion, proposal, key, desk->labels,
      (const int32_t *)(void *)writing->fit->data, writing->objects.n_classes);
  bool done = lam_model_edit_write (work->edit, key, &proposal->box,
      writing->only_proposes ? work->silence : desk->labels, &desk->opinion,
      &work->changed[part], error);
  g_async_queue_push (work->desks, desk);
  return done
      && !g_cancellable_set_error_if_cancelled (work->cancellable, error);
}

static bool
write_bricks (const Writing *writing, LamModelEdit *edit, GArray *keys,
    LamProgress *progress, GError **error)
{
  /* Others wait for the end of this, so it does not rest for anybody. */
  g_auto (BrickWork) work = { .writing = writing,
    .edit = edit,
    .cancellable = lam_progress_get_cancellable (progress),
    .bricks = lam_box_bricks (&writing->commit->proposal->box),
    .silence = g_new (uint32_t, LAM_BRICK_VOXELS),
    .desks = g_async_queue_new_full (g_free) };
  int64_t n = lam_box_volume (&work.bricks);
  work.changed = g_new0 (bool, n);
  for (int i = 0; i < LAM_BRICK_VOXELS; i++)
    work.silence[i] = LAM_MODEL_SILENT;
  /* One more, as there is always one that waits for the store's thread. */
  const int n_threads = (int)g_get_num_processors () + 1;
  if (!lam_parallel (n_threads, n, write_brick, &work, NULL, error))
    return false;
  for (int64_t i = 0; i < n; i++) {
    int64_t packed = lam_brick_key_pack (lam_brick_of_number (&work.bricks, i));
    if (work.changed[i])
      g_array_append_val (keys, packed);
  }
  return true;
}

static void
add_counts (LamModelCounts *sum, const LamModelCounts *counts)
{
  sum->n_written += counts->n_written;
  sum->n_same += counts->n_same;
  sum->n_protected += counts->n_protected;
  sum->n_stale += counts->n_stale;
  sum->n_opinions += counts->n_opinions;
  sum->stale = lam_box_unite (&sum->stale, &counts->stale);
}

/* What was refused is done again, or not wanted. */
static void
note_part (LamModelActs *acts, Writing *writing, int64_t run)
{
  const LamModelCounts *counts = &writing->counts;
  LamModelObjects *objects = &writing->objects;
  add_counts (&acts->counts, counts);
  if (!objects->part || writing->only_proposes
      || counts->outcome == LAM_MODEL_CAUSE_UNDONE
      || counts->outcome == LAM_MODEL_REDO_WAITS)
    return;
  acts->run = run;
  lam_object_joins_add (acts->joins, g_steal_pointer (&objects->part));
}

/* In the queue's worker. */
static LamBulkResult *
run (LamStore *store, GTask *task, LamProgress *progress, GError **error)
{
  Writing *writing = g_task_get_task_data (task);
  LamModelCommit *commit = writing->commit;
  g_autoptr (LamBulkResult) result = g_new0 (LamBulkResult, 1);
  LamModelEditInfo info = { .base = commit->base,
    .cause = commit->cause,
    .keeps_redo =
        !commit->acts || !g_atomic_int_get (&commit->acts->gives_up_redo) };
  if (commit->acts)
    info.cause = commit->acts->first_edit;
  lam_class_fit_apply (writing->fit, commit->proposal);
  /* Nothing else is done to the project from when its turn came. */
  writing->voxels =
      lam_model_objects_find (&writing->objects, store, progress, error);
  g_autofree char *settings = describe_run (writing);
  info.run = writing->voxels
      ? lam_store_begin_run (store, commit->model, settings, error)
      : 0;
  LamModelEdit *edit = info.run != 0
      ? lam_store_begin_model_edit (store, &info, writing->rows, error)
      : NULL;
  if (!edit)
    return NULL;
  g_autoptr (GArray) keys = g_array_new (false, false, sizeof (int64_t));
  if (!write_bricks (writing, edit, keys, progress, error)) {
    lam_model_edit_cancel (edit);
    return NULL;
  }
  GError *failed = NULL;
  result->row = lam_model_edit_end (edit,
      commit->is_part ? LAM_MODEL_PART_DETAIL : "", &writing->counts, &failed);
  if (failed) {
    g_propagate_error (error, failed);
    return NULL;
  }
  if (commit->acts)
    note_part (commit->acts, writing, info.run);
  if (writing->counts.n_opinions > 0)
    result->opinion_box = commit->proposal->box;
  if (!result->row)
    return g_steal_pointer (&result);
  if (commit->acts && commit->acts->first_edit == 0) {
    commit->acts->first_edit = result->row->id;
    g_atomic_int_set (&commit->acts->gives_up_redo, false);
  }
  result->keys = g_steal_pointer (&keys);
  result->rows = g_ptr_array_ref (writing->rows);
  result->box = commit->proposal->box;
  return g_steal_pointer (&result);
}

void
lam_model_commit_async (LamWorkspace *workspace, LamModelCommit *commit,
    LamProgress *progress, GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (workspace, NULL, callback, user_data);
  Writing *writing = g_new0 (Writing, 1);
  writing->commit = commit;
  writing->rows =
      g_ptr_array_new_with_free_func ((GDestroyNotify)lam_row_change_free);
  g_task_set_task_data (task, writing, writing_free);
  GError *error = NULL;
  if (lam_workspace_check_writable (workspace, &error))
    lam_queue_push_bulk (workspace, begin, run, task, progress);
  else
    g_task_return_error (task, error);
}

bool
lam_model_commit_finish (
    GAsyncResult *result, LamModelCounts *counts, GError **error)
{
  const Writing *writing = g_task_get_task_data (G_TASK (result));
  *counts = writing->counts;
  return g_task_propagate_boolean (G_TASK (result), error);
}
