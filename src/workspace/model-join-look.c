/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Bricks around the objects are read as runs: to count, and to see whose voxels
 * they are. What is written is read again: an object may lie in more bricks
 * than there is memory for. */
#include "base/brick-number.h"
#include "base/int64-hash.h"
#include "base/parallel.h"
#include "labels/region.h"
#include "workspace/model-join-private.h"

LamJoinLabel *
lam_join_work_find (const LamJoinWork *work, uint32_t label)
{
  return g_hash_table_lookup (work->labels, GUINT_TO_POINTER (label));
}

/* ---- What others did since ---------------------------------------------- */

/* A person, or an answer to him, may have made more of an object where no part
 * has seen it: its label cannot go then. Bricks of what others did are read
 * once. */
typedef struct {
  LamJoinWork *work; /* Borrowed */
  GArray *keys; /* Owned; int64_t */
} Others;

/* Each key once. */
static void
add_bricks (GHashTable *known, GArray *keys, const LamBox *box)
{
  const LamBox bricks = lam_box_bricks (box);
  const int64_t n = lam_box_volume (&bricks);
  for (int64_t i = 0; i < n; i++) {
    const int64_t packed =
        lam_brick_key_pack (lam_brick_of_number (&bricks, i));
    if (g_hash_table_add (known, g_memdup2 (&packed, sizeof packed)))
      g_array_append_val (keys, packed);
  }
}

static GHashTable *
make_key_set (void)
{
  return g_hash_table_new_full (lam_int64_hash, g_int64_equal, g_free, NULL);
}

static bool
read_others (int64_t part, gpointer data, GError **error)
{
  const Others *others = data;
  LamObjectJoins *joins = others->work->joining->acts->joins;
  const LamBrickKey key =
      lam_brick_key_unpack (g_array_index (others->keys, int64_t, part));
  GError *problem = NULL;
  g_autoptr (LamBrickRuns) runs =
      lam_store_read_runs (others->work->store, key, NULL, &problem);
  if (problem) {
    g_propagate_error (error, problem);
    return false;
  }
  g_mutex_lock (&others->work->mutex);
  for (uint32_t i = 0; runs && i < runs->n_entries; i++)
    lam_object_joins_note_brick (joins, runs->labels[i], key);
  g_mutex_unlock (&others->work->mutex);
  return true;
}

/* Where the history says that somebody did something, undid it or did it again,
 * since the run began or this was asked last. */
static bool
look_at_others (LamJoinWork *work, LamProgress *progress, GError **error)
{
  LamModelActs *acts = work->joining->acts;
  const LamHistoryFilter filter = {
    .after = MAX (acts->first_edit, acts->newest_seen), .has_steps = true
  };
  if (acts->first_edit == 0)
    return true; /* it has made no label */
  g_autoptr (GPtrArray) rows =
      lam_store_filter_history (work->store, 0, G_MAXINT, &filter, error);
  if (!rows)
    return false;
  g_autoptr (GHashTable) known = make_key_set ();
  g_autoptr (GArray) keys = g_array_new (false, false, sizeof (int64_t));
  for (guint i = 0; i < rows->len; i++) {
    const LamHistoryRow *row = rows->pdata[i];
    if (row->cause != acts->first_edit && !lam_box_is_empty (&row->box))
      add_bricks (known, keys, &row->box);
  }
  Others others = { work, keys };
  if (!lam_parallel (0, keys->len, read_others, &others, progress, error))
    return false;
  if (rows->len > 0)
    acts->newest_seen = ((const LamHistoryRow *)rows->pdata[0])->id;
  return true;
}

/* ---- What is asked of the tables ---------------------------------------- */

/* A person has not worked on it. */
static bool
is_free (const LamJoining *joining, const LamLabel *row)
{
  return row && !row->deleted && row->state == LAM_LABEL_NOT_STARTED
      && !lam_class_table_is_locked (joining->table, row->id);
}

static bool
is_plain (const LamLabel *row)
{
  return !*row->name && row->rgb == LAM_RGB_AUTO
      && (!row->group || !*row->group) && row->original_id == 0;
}

static void
add_object (LamJoinWork *work, uint32_t label)
{
  const LamModelActs *acts = work->joining->acts;
  const LamLabel *row = lam_class_table_get_label (work->joining->table, label);
  const LamJoinObject *seen = lam_object_joins_find (acts->joins, label);
  if (lam_join_work_find (work, label))
    return;
  LamJoinLabel *object = g_new0 (LamJoinLabel, 1);
  object->is_there = seen && !seen->is_known && is_free (work->joining, row);
  object->is_fresh = seen && seen->is_fresh;
  object->stays = !object->is_there || !is_plain (row) || seen->goes_on
      || (!object->is_fresh && !acts->is_whole);
  g_hash_table_insert (work->labels, GUINT_TO_POINTER (label), object);
}

/* Bricks around the objects that there are. */
static GArray *
list_bricks (const LamJoinWork *work)
{
  g_autoptr (GHashTable) known = make_key_set ();
  GArray *keys = g_array_new (false, false, sizeof (int64_t));
  GHashTableIter iter;
  gpointer label, object;
  g_hash_table_iter_init (&iter, work->labels);
  while (g_hash_table_iter_next (&iter, &label, &object)) {
    const LamJoinObject *seen = lam_object_joins_find (
        work->joining->acts->joins, GPOINTER_TO_UINT (label));
    if (((const LamJoinLabel *)object)->is_there)
      add_bricks (known, keys, &seen->box);
  }
  g_array_sort (keys, lam_int64_compare);
  return keys;
}

/* ---- What is stored ----------------------------------------------------- */

/* The boxes that hold part of a brick; NULL: none. */
static GArray *
find_verified (const LamJoining *joining, const LamBox *brick)
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

typedef struct {
  LamJoinWork *work; /* Borrowed */
  const GArray *verified; /* Borrowed; or NULL */
  /* Owned; of this brick: LamJoinLabel by label, added to those of the work
   * later */
  GHashTable *objects;
} Count;

static void
count_run (const LamBox *run, uint32_t label, uint16_t source, gpointer data)
{
  Count *count = data;
  const gpointer key = GUINT_TO_POINTER (label);
  if (!lam_join_work_find (count->work, label))
    return;
  LamJoinLabel *object = g_hash_table_lookup (count->objects, key);
  if (!object) {
    object = g_new0 (LamJoinLabel, 1);
    g_hash_table_insert (count->objects, key, object);
  }
  object->n_voxels += run->max[0] - run->min[0];
  object->stays |=
      source != count->work->source || meets_any (count->verified, run);
}

/* Another thread's brick may hold some of the same object. */
static void
add_counts (LamJoinWork *work, GHashTable *objects)
{
  GHashTableIter iter;
  gpointer label, value;
  g_mutex_lock (&work->mutex);
  g_hash_table_iter_init (&iter, objects);
  while (g_hash_table_iter_next (&iter, &label, &value)) {
    const LamJoinLabel *more = value;
    LamJoinLabel *object = g_hash_table_lookup (work->labels, label);
    object->n_voxels += more->n_voxels;
    object->stays |= more->stays;
  }
  g_mutex_unlock (&work->mutex);
}

/* Whether that voxel is the run's, of that label. */
static bool
is_at (const LamJoinWork *work, const LamBrickRuns *runs, const LamBox *brick,
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

/* Where a label of a pair was seen. */
typedef struct {
  int64_t brick; /* packed key */
  guint pair;
  int side;
} Place;

static GArray *
list_places (const LamJoinWork *work)
{
  GArray *places = g_array_new (false, false, sizeof (Place));
  for (guint i = 0; i < work->pairs->len; i++) {
    const LamObjectPair *pair = &g_array_index (work->pairs, LamObjectPair, i);
    for (int side = 0; side < 2; side++) {
      const int64_t *at = pair->at[side];
      const LamBrickKey key = { (int32_t)(at[0] / LAM_BRICK_EDGE),
        (int32_t)(at[1] / LAM_BRICK_EDGE), (int32_t)(at[2] / LAM_BRICK_EDGE) };
      const Place place = { lam_brick_key_pack (key), i, side };
      g_array_append_val (places, place);
    }
  }
  g_array_sort (places, lam_int64_compare);
  return places;
}

/* The first place in a brick, or behind. */
static guint
find_place (const GArray *places, int64_t brick)
{
  guint low = 0, high = places->len;
  while (low < high) {
    const guint middle = low + (high - low) / 2;
    if (g_array_index (places, Place, middle).brick < brick)
      low = middle + 1;
    else
      high = middle;
  }
  return low;
}

static void
find_met (LamJoinWork *work, const LamBrickRuns *runs, int64_t packed)
{
  const LamBox brick = lam_brick_box (lam_brick_key_unpack (packed));
  for (guint i = find_place (work->places, packed); i < work->places->len;
       i++) {
    const Place *place = &g_array_index (work->places, Place, i);
    if (place->brick != packed)
      return;
    const LamObjectPair *pair =
        &g_array_index (work->pairs, LamObjectPair, place->pair);
    work->met[2 * place->pair + (guint)place->side] = is_at (
        work, runs, &brick, pair->at[place->side], pair->labels[place->side]);
  }
}

static GArray *
list_labels (GHashTable *objects)
{
  GArray *labels = g_array_new (false, false, sizeof (uint32_t));
  GHashTableIter iter;
  gpointer key;
  g_hash_table_iter_init (&iter, objects);
  while (g_hash_table_iter_next (&iter, &key, NULL)) {
    const uint32_t label = GPOINTER_TO_UINT (key);
    g_array_append_val (labels, label);
  }
  return labels;
}

static bool
read_brick (int64_t part, gpointer data, GError **error)
{
  LamJoinWork *work = data;
  const int64_t packed = g_array_index (work->keys, int64_t, part);
  const LamBrickKey key = lam_brick_key_unpack (packed);
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
  lam_brick_runs_foreach (runs, &brick, count_run, &count);
  if (g_hash_table_size (objects) == 0)
    return true;
  add_counts (work, objects);
  find_met (work, runs, packed);
  work->found[part] = list_labels (objects);
  return true;
}

bool
lam_join_work_look (LamJoinWork *work, LamProgress *progress, GError **error)
{
  if (!look_at_others (work, progress, error))
    return false;
  for (guint i = 0; i < work->pairs->len; i++) {
    const LamObjectPair *pair = &g_array_index (work->pairs, LamObjectPair, i);
    add_object (work, pair->labels[0]);
    add_object (work, pair->labels[1]);
  }
  work->keys = list_bricks (work);
  work->places = list_places (work);
  work->found = g_new0 (GArray *, work->keys->len);
  work->met = g_new0 (bool, 2 * work->pairs->len);
  return lam_parallel (0, work->keys->len, read_brick, work, progress, error);
}
