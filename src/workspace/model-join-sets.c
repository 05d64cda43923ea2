/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "workspace/model-join-private.h"

/* Of one class; nor does what he sees vanish in what he has hidden. */
static bool
are_alike (const LamJoinWork *work, const LamObjectPair *pair)
{
  const LamClassTable *table = work->joining->table;
  const LamLabel *one = lam_class_table_get_label (table, pair->labels[0]),
                 *other = lam_class_table_get_label (table, pair->labels[1]);
  return one->class_id == other->class_id && one->hidden == other->hidden;
}

/* One of each two sets has to give its label up. */
static void
unite (LamJoinWork *work, uint32_t a, uint32_t b)
{
  a = lam_object_joins_root (work->sets, a);
  b = lam_object_joins_root (work->sets, b);
  LamJoinLabel *one = lam_join_work_find (work, MIN (a, b)),
               *other = lam_join_work_find (work, MAX (a, b));
  if (a == b || (one->has_kept && other->has_kept))
    return;
  one->has_kept |= other->has_kept;
  g_hash_table_insert (
      work->sets, GUINT_TO_POINTER (MAX (a, b)), GUINT_TO_POINTER (MIN (a, b)));
}

static bool
is_before (const LamJoinLabel *object, uint32_t label,
    const LamJoinLabel *other, uint32_t others)
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
find_heads (LamJoinWork *work)
{
  GHashTable *heads = g_hash_table_new (NULL, NULL);
  GHashTableIter iter;
  gpointer label, object;
  g_hash_table_iter_init (&iter, work->labels);
  while (g_hash_table_iter_next (&iter, &label, &object)) {
    const gpointer set = GUINT_TO_POINTER (
        lam_object_joins_root (work->sets, GPOINTER_TO_UINT (label)));
    const uint32_t head = GPOINTER_TO_UINT (g_hash_table_lookup (heads, set));
    if (head == 0
        || is_before (object, GPOINTER_TO_UINT (label),
            lam_join_work_find (work, head), head))
      g_hash_table_insert (heads, set, label);
  }
  return heads;
}

void
lam_join_work_decide (LamJoinWork *work)
{
  GHashTableIter iter;
  gpointer label, value;
  g_hash_table_iter_init (&iter, work->labels);
  while (g_hash_table_iter_next (&iter, &label, &value)) {
    LamJoinLabel *object = value;
    object->has_kept = object->stays;
  }
  for (guint i = 0; i < work->pairs->len; i++) {
    const LamObjectPair *pair = &g_array_index (work->pairs, LamObjectPair, i);
    if (work->met[2 * i] && work->met[2 * i + 1]
        && lam_join_work_find (work, pair->labels[0])->is_there
        && lam_join_work_find (work, pair->labels[1])->is_there
        && are_alike (work, pair))
      unite (work, pair->labels[0], pair->labels[1]);
  }
  g_autoptr (GHashTable) heads = find_heads (work);
  g_hash_table_iter_init (&iter, work->labels);
  while (g_hash_table_iter_next (&iter, &label, NULL)) {
    const uint32_t set =
        lam_object_joins_root (work->sets, GPOINTER_TO_UINT (label));
    const gpointer head = g_hash_table_lookup (heads, GUINT_TO_POINTER (set));
    if (head != label)
      g_hash_table_insert (work->into, label, head);
  }
}
