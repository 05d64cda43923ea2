/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Bricks around the objects are read as runs, once: to count, to see whose
 * voxels they are, and as what is written. */
#include "workspace/model-join.h"

#include <string.h>

#include "base/brick-number.h"
#include "base/int64-hash.h"
#include "base/parallel.h"
#include "labels/region.h"
#include "workspace/queue.h"
#include "workspace/workspace-private.h"

/* Who waits for the store waits about as long as for a part. */
#define MAX_BRICKS 128

/* Of a label of the pairs. */
typedef struct {
  int64_t n_voxels;
  bool is_there; /* as the run left it, with no person's hand in it */
  bool stays; /* keeps its label */
  bool is_fresh; /* the run made its label */
  bool has_kept; /* of the set that it is called by: one of it stays */
} Object;

typedef struct {
  LamModelActs *acts; /* Owned */
  /* Owned; from when its turn came */
  LamClassTable *table;
  GArray *verified; /* LamBox */
  LamJoinResult result;
} Joining;

typedef struct {
  Joining *joining; /* Borrowed */
  LamStore *store; /* Borrowed */
  uint16_t source; /* of the run */
  GArray *pairs; /* Owned; LamObjectPair */
  GHashTable *objects; /* Owned; Object, by label */
  GHashTable *sets; /* Owned; parents of what is joined */
  GHashTable *into; /* Owned; from label to label */
  LamBox box; /* around those */
  GArray *keys; /* Owned; int64_t; bricks around them */
  LamBrickRuns **bricks; /* Owned; by key; NULL: nothing of them is there */
  bool *met; /* Owned; by pair and side: the label is where it was seen */
  GMutex mutex; /* of the counts */
  LamModelEdit *edit; /* Borrowed */
  bool *changed; /* Owned; by key */
} Work;

static void
joining_free (gpointer data)
{
  Joining *joining = data;
  lam_model_acts_unref (joining->acts);
  g_clear_pointer (&joining->table, lam_class_table_free);
  g_clear_pointer (&joining->verified, g_array_unref);
  g_free (joining);
}

static void
work_clear (Work *work)
{
  g_clear_pointer (&work->pairs, g_array_unref);
  g_clear_pointer (&work->objects, g_hash_table_unref);
  g_clear_pointer (&work->sets, g_hash_table_unref);
  g_clear_pointer (&work->into, g_hash_table_unref);
  for (guint i = 0; work->bricks && i < work->keys->len; i++)
    g_clear_pointer (&work->bricks[i], lam_brick_runs_free);
  g_clear_pointer (&work->keys, g_array_unref);
  g_free (work->bricks);
  g_free (work->met);
  g_free (work->changed);
  g_mutex_clear (&work->mutex);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Work, work_clear)

static Object *
find_object (const Work *work, uint32_t label)
{
  return g_hash_table_lookup (work->objects, GUINT_TO_POINTER (label));
}

/* ---- What is asked of the tables ---------------------------------------- */

/* A person has not worked on it. */
static bool
is_free (const Joining *joining, const LamLabel *row)
{
  return row && !row->deleted && row->state == LAM_LABEL_NOT_STARTED
      && !lam_class_table_is_locked (joining->table, row->id);
}

static bool
is_plain (const LamLabel *row)
{
  return !*row->name && row->rgb == LAM_RGB_AUTO && !row->group
      && row->original_id == 0;
}

static void
add_object (Work *work, uint32_t label)
{
  const LamModelActs *acts = work->joining->acts;
  const LamLabel *row = lam_class_table_get_label (work->joining->table, label);
  const LamJoinObject *seen = lam_object_joins_find (acts->joins, label);
  if (find_object (work, label))
    return;
  Object *object = g_new0 (Object, 1);
  object->is_there = seen && !seen->is_known && is_free (work->joining, row);
  object->is_fresh = seen && seen->is_fresh;
  object->stays = !object->is_there || !is_plain (row)
      || (!object->is_fresh && !acts->is_whole);
  g_hash_table_insert (work->objects, GUINT_TO_POINTER (label), object);
}

static int
compare_keys (gconstpointer a, gconstpointer b)
{
  const int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
  return x < y ? -1 : x > y;
}

/* Bricks around the objects that there are. */
static GArray *
list_bricks (const Work *work)
{
  g_autoptr (GHashTable) known =
      g_hash_table_new_full (lam_int64_hash, g_int64_equal, g_free, NULL);
  GArray *keys = g_array_new (false, false, sizeof (int64_t));
  GHashTableIter iter;
  gpointer label, object;
  g_hash_table_iter_init (&iter, work->objects);
  while (g_hash_table_iter_next (&iter, &label, &object)) {
    const LamJoinObject *seen = lam_object_joins_find (
        work->joining->acts->joins, GPOINTER_TO_UINT (label));
    if (!((const Object *)object)->is_there)
      continue;
    const LamBox bricks = lam_box_bricks (&seen->box);
    const int64_t n = lam_box_volume (&bricks);
    for (int64_t i = 0; i < n; i++) {
      const int64_t packed =
          lam_brick_key_pack (lam_brick_of_number (&bricks, i));
      if (g_hash_table_add (known, g_memdup2 (&packed, sizeof packed)))
        g_array_append_val (keys, packed);
    }
  }
  g_array_sort (keys, compare_keys);
  return keys;
}

/* ---- What is stored ----------------------------------------------------- */

/* The boxes that hold part of a brick; NULL: none. */
static GArray *
find_verified (const Joining *joining, const LamBox *brick)
{
  GArray *boxes = NULL;
  for (guint i = 0; i < joining->verified->len; i++) {
    const LamBox *box = &g_array_index (joining->verified, LamBox, i);
    const LamBox shared = lam_box_intersect (box, brick);
    if (lam_box_is_empty (&shared))
      continue;
    if (!boxes)
      boxes = g_array_new (false, false, sizeof (LamBox));
    g_array_append_val (boxes, shared);
  }
  return boxes;
}

static bool
meets_any (const GArray *boxes, const LamBox *row)
{
  for (guint i = 0; boxes && i < boxes->len; i++) {
    const LamBox shared =
        lam_box_intersect (&g_array_index (boxes, LamBox, i), row);
    if (!lam_box_is_empty (&shared))
      return true;
  }
  return false;
}

/* Calls for each run of a brick, in level-0 voxels. */
typedef void (*EachRun) (
    const LamBox *run, uint32_t label, uint16_t source, gpointer data);

static void
for_runs (
    const LamBrickRuns *runs, const LamBox *brick, EachRun each, gpointer data)
{
  for (int r = 0; r < LAM_BRICK_ROWS; r++) {
    LamBox row = { { brick->min[0], brick->min[1] + r % LAM_BRICK_EDGE,
                       brick->min[2] + r / LAM_BRICK_EDGE },
      { 0 } };
    row.max[1] = row.min[1] + 1;
    row.max[2] = row.min[2] + 1;
    if (runs->n_runs == 0) {
      row.max[0] = brick->max[0];
      each (&row, runs->labels[0], runs->sources[0], data);
      continue;
    }
    for (uint32_t i = runs->rows[r]; i < runs->rows[r + 1]; i++) {
      const uint32_t entry = runs->entries[i];
      row.max[0] = brick->min[0] + runs->ends[i];
      each (&row, runs->labels[entry], runs->sources[entry], data);
      row.min[0] = row.max[0];
    }
  }
}

typedef struct {
  Work *work; /* Borrowed */
  const GArray *verified; /* Borrowed; or NULL */
  /* Owned; of this brick: Object by label, added to those of the work later */
  GHashTable *objects;
} Count;

static void
count_run (const LamBox *run, uint32_t label, uint16_t source, gpointer data)
{
  Count *count = data;
  const gpointer key = GUINT_TO_POINTER (label);
  if (!find_object (count->work, label))
    return;
  Object *object = g_hash_table_lookup (count->objects, key);
  if (!object) {
    object = g_new0 (Object, 1);
    g_hash_table_insert (count->objects, key, object);
  }
  object->n_voxels += run->max[0] - run->min[0];
  object->stays |=
      source != count->work->source || meets_any (count->verified, run);
}

/* Another thread's brick may hold some of the same object. */
static void
add_counts (Work *work, GHashTable *objects)
{
  GHashTableIter iter;
  gpointer label, value;
  g_mutex_lock (&work->mutex);
  g_hash_table_iter_init (&iter, objects);
  while (g_hash_table_iter_next (&iter, &label, &value)) {
    const Object *more = value;
    Object *object = g_hash_table_lookup (work->objects, label);
    object->n_voxels += more->n_voxels;
    object->stays |= more->stays;
  }
  g_mutex_unlock (&work->mutex);
}

/* Whether that voxel is the run's, of that label. */
static bool
is_at (const Work *work, const LamBrickRuns *runs, const LamBox *brick,
    const int64_t at[3], uint32_t label)
{
  uint32_t entry = 0;
  if (runs->n_runs > 0) {
    const int64_t row =
        at[1] - brick->min[1] + LAM_BRICK_EDGE * (at[2] - brick->min[2]);
    uint32_t i = runs->rows[row];
    while (runs->ends[i] <= at[0] - brick->min[0])
      i++;
    entry = runs->entries[i];
  }
  return runs->labels[entry] == label && runs->sources[entry] == work->source;
}

static void
find_met (Work *work, const LamBrickRuns *runs, const LamBox *brick)
{
  for (guint i = 0; i < work->pairs->len; i++) {
    const LamObjectPair *pair = &g_array_index (work->pairs, LamObjectPair, i);
    for (int side = 0; side < 2; side++)
      if (lam_box_contains (brick, pair->at[side]))
        work->met[2 * i + (guint)side] =
            is_at (work, runs, brick, pair->at[side], pair->labels[side]);
  }
}

static bool
read_brick (int64_t part, gpointer data, GError **error)
{
  Work *work = data;
  const LamBrickKey key =
      lam_brick_key_unpack (g_array_index (work->keys, int64_t, part));
  const LamBox brick = lam_brick_box (key);
  GError *problem = NULL;
  g_autoptr (LamBrickRuns) runs =
      lam_store_read_runs (work->store, key, NULL, &problem);
  if (problem) {
    g_propagate_error (error, problem);
    return false;
  }
  if (!runs)
    return true;
  g_autoptr (GArray) verified = find_verified (work->joining, &brick);
  g_autoptr (GHashTable) objects =
      g_hash_table_new_full (NULL, NULL, NULL, g_free);
  Count count = { work, verified, objects };
  for_runs (runs, &brick, count_run, &count);
  if (g_hash_table_size (objects) == 0)
    return true;
  add_counts (work, objects);
  find_met (work, runs, &brick);
  work->bricks[part] = g_steal_pointer (&runs);
  return true;
}

/* ---- Who becomes whom --------------------------------------------------- */

static bool
have_one_class (const Work *work, const LamObjectPair *pair)
{
  const LamClassTable *table = work->joining->table;
  return lam_class_table_get_label (table, pair->labels[0])->class_id
      == lam_class_table_get_label (table, pair->labels[1])->class_id;
}

/* One of each two sets has to give its label up. */
static void
unite (Work *work, uint32_t a, uint32_t b)
{
  a = lam_object_joins_root (work->sets, a);
  b = lam_object_joins_root (work->sets, b);
  Object *one = find_object (work, MIN (a, b)),
         *other = find_object (work, MAX (a, b));
  if (a == b || (one->has_kept && other->has_kept))
    return;
  one->has_kept |= other->has_kept;
  g_hash_table_insert (
      work->sets, GUINT_TO_POINTER (MAX (a, b)), GUINT_TO_POINTER (MIN (a, b)));
}

static bool
is_before (
    const Object *object, uint32_t label, const Object *other, uint32_t others)
{
  if (object->stays != other->stays)
    return object->stays;
  if (object->is_fresh != other->is_fresh)
    return other->is_fresh;
  if (object->n_voxels != other->n_voxels)
    return object->n_voxels > other->n_voxels;
  return label < others;
}

/* By set: the label that goes on. */
static GHashTable *
find_heads (Work *work)
{
  GHashTable *heads = g_hash_table_new (NULL, NULL);
  GHashTableIter iter;
  gpointer label, object;
  g_hash_table_iter_init (&iter, work->objects);
  while (g_hash_table_iter_next (&iter, &label, &object)) {
    const gpointer set = GUINT_TO_POINTER (
        lam_object_joins_root (work->sets, GPOINTER_TO_UINT (label)));
    const uint32_t head = GPOINTER_TO_UINT (g_hash_table_lookup (heads, set));
    if (head == 0
        || is_before (
            object, GPOINTER_TO_UINT (label), find_object (work, head), head))
      g_hash_table_insert (heads, set, label);
  }
  return heads;
}

static void
decide (Work *work)
{
  GHashTableIter iter;
  gpointer label, value;
  g_hash_table_iter_init (&iter, work->objects);
  while (g_hash_table_iter_next (&iter, &label, &value)) {
    Object *object = value;
    object->has_kept = object->stays;
  }
  for (guint i = 0; i < work->pairs->len; i++) {
    const LamObjectPair *pair = &g_array_index (work->pairs, LamObjectPair, i);
    if (work->met[2 * i] && work->met[2 * i + 1]
        && find_object (work, pair->labels[0])->is_there
        && find_object (work, pair->labels[1])->is_there
        && have_one_class (work, pair))
      unite (work, pair->labels[0], pair->labels[1]);
  }
  g_autoptr (GHashTable) heads = find_heads (work);
  g_hash_table_iter_init (&iter, work->objects);
  while (g_hash_table_iter_next (&iter, &label, NULL)) {
    const uint32_t set =
        lam_object_joins_root (work->sets, GPOINTER_TO_UINT (label));
    const gpointer head = g_hash_table_lookup (heads, GUINT_TO_POINTER (set));
    if (head == label)
      continue;
    g_hash_table_insert (work->into, label, head);
    work->box = lam_box_unite (&work->box,
        &lam_object_joins_find (
            work->joining->acts->joins, GPOINTER_TO_UINT (label))
             ->box);
  }
}

/* ---- Writing ------------------------------------------------------------ */

static int
compare_labels (gconstpointer a, gconstpointer b)
{
  const uint32_t x = GPOINTER_TO_UINT (a), y = GPOINTER_TO_UINT (b);
  return x < y ? -1 : x > y;
}

/* Of labels that the run made and that are gone now. */
static GPtrArray *
make_rows (const Work *work)
{
  GPtrArray *rows =
      g_ptr_array_new_with_free_func ((GDestroyNotify)lam_row_change_free);
  g_autoptr (GList) labels = g_hash_table_get_keys (work->into);
  labels = g_list_sort (labels, compare_labels);
  for (const GList *l = labels; l; l = l->next) {
    const uint32_t label = GPOINTER_TO_UINT (l->data);
    const LamLabel *row =
        lam_class_table_get_label (work->joining->table, label);
    if (!find_object (work, label)->is_fresh)
      continue;
    LamLabel after = *row;
    after.deleted = true;
    g_ptr_array_add (rows, lam_row_change_new_label (row, &after));
  }
  return rows;
}

typedef struct {
  const Work *work; /* Borrowed */
  LamBox brick;
  uint32_t *labels; /* Borrowed; 64³ */
} Fill;

static void
fill_run (const LamBox *run, uint32_t label, uint16_t source, gpointer data)
{
  const Fill *fill = data;
  const gpointer into =
      g_hash_table_lookup (fill->work->into, GUINT_TO_POINTER (label));
  const uint32_t wanted = into ? GPOINTER_TO_UINT (into) : LAM_MODEL_SILENT;
  uint32_t *to = fill->labels
      + lam_object_sight_place (
          &fill->brick, run->min[0], run->min[1], run->min[2]);
  for (int64_t i = 0; i < run->max[0] - run->min[0]; i++)
    to[i] = wanted;
}

static bool
has_any (const Work *work, const LamBrickRuns *runs)
{
  for (uint32_t i = 0; i < runs->n_entries; i++)
    if (g_hash_table_contains (work->into, GUINT_TO_POINTER (runs->labels[i])))
      return true;
  return false;
}

static bool
write_brick (int64_t part, gpointer data, GError **error)
{
  Work *work = data;
  const LamBrickKey key =
      lam_brick_key_unpack (g_array_index (work->keys, int64_t, part));
  if (!work->bricks[part] || !has_any (work, work->bricks[part]))
    return true;
  g_autofree uint32_t *labels = g_new (uint32_t, LAM_BRICK_VOXELS);
  Fill fill = { work, lam_brick_box (key), labels };
  for_runs (work->bricks[part], &fill.brick, fill_run, &fill);
  return lam_model_edit_write (
      work->edit, key, &work->box, labels, NULL, &work->changed[part], error);
}

/* All that is to be another label was written as one. */
static bool
is_complete (const Work *work)
{
  const LamModelCounts *counts = lam_model_edit_get_counts (work->edit);
  GHashTableIter iter;
  gpointer label;
  int64_t n = 0;
  g_hash_table_iter_init (&iter, work->into);
  while (g_hash_table_iter_next (&iter, &label, NULL))
    n += find_object (work, GPOINTER_TO_UINT (label))->n_voxels;
  return counts->n_written == n;
}

static bool
write_bricks (Work *work, LamProgress *progress, GError **error)
{
  work->changed = g_new0 (bool, work->keys->len);
  return lam_parallel (0, work->keys->len, write_brick, work, progress, error);
}

static void
fill_result (const Work *work, GPtrArray *rows, LamBulkResult *result)
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
note_joined (const Work *work)
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
put (Work *work, LamBulkResult *result, LamProgress *progress, GError **error)
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
  result->row = lam_model_edit_end (work->edit, "", &counts, &failed);
  if (failed) {
    g_propagate_error (error, failed);
    return false;
  }
  note_joined (work);
  fill_result (work, rows, result);
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
  Joining *joining = g_task_get_task_data (task);
  joining->table = lam_class_table_copy (workspace->saved);
  joining->verified = lam_regions_dup_verified (workspace->regions);
  return true;
}

static bool
look (Work *work, LamProgress *progress, GError **error)
{
  for (guint i = 0; i < work->pairs->len; i++) {
    const LamObjectPair *pair = &g_array_index (work->pairs, LamObjectPair, i);
    add_object (work, pair->labels[0]);
    add_object (work, pair->labels[1]);
  }
  work->keys = list_bricks (work);
  work->bricks = g_new0 (LamBrickRuns *, work->keys->len);
  work->met = g_new0 (bool, 2 * work->pairs->len);
  return lam_parallel (0, work->keys->len, read_brick, work, progress, error);
}

static LamBulkResult *
run (LamStore *store, GTask *task, LamProgress *progress, GError **error)
{
  Joining *joining = g_task_get_task_data (task);
  LamObjectJoins *joins = joining->acts->joins;
  g_autoptr (LamProgress) quick = lam_progress_new_restless (progress);
  g_autoptr (LamBulkResult) result = g_new0 (LamBulkResult, 1);
  g_auto (Work) work = { .joining = joining,
    .store = store,
    .source = (uint16_t)(LAM_SOURCE_FIRST_RUN + joining->acts->run),
    .pairs = lam_object_joins_next (joins, MAX_BRICKS),
    .objects = g_hash_table_new_full (NULL, NULL, NULL, g_free),
    .sets = g_hash_table_new (NULL, NULL),
    .into = g_hash_table_new (NULL, NULL) };
  g_mutex_init (&work.mutex);
  if (!look (&work, quick, error))
    return NULL;
  decide (&work);
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
  Joining *joining = g_new0 (Joining, 1);
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
  const Joining *joining = g_task_get_task_data (G_TASK (result));
  *joined = joining->result;
  return g_task_propagate_boolean (G_TASK (result), error);
}
