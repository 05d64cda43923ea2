/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* A part is what lies inside of a brick, and its seams: the faces between it
 * and the brick before it on each axis, which belong to neither. A seam is
 * counted when either side of it changed; a brick that is absent may have
 * seams. Totals are not corrected but summed again, over the parts in memory:
 * boxes and slices could not be corrected, and so nothing can drift. */
#include "labels/label-statistics.h"

#include "base/int64-hash.h"

typedef struct {
  GArray *inside; /* Owned; of LamBrickCount; or NULL */
  GArray *seams[3]; /* Owned; of LamSeamCount; or NULL */
} Part;

struct _LamLabelStatistics {
  int64_t size[3];
  /* Owned */
  GHashTable *parts; /* packed key → Part */
  GHashTable *touched; /* labels that are to be summed again; what a recount
                        * that failed has touched stays so */
};

double
lam_label_count_get_volume_nm3 (
    const LamLabelCount *count, const double voxel_size_nm[3])
{
  return (double)count->n_voxels * voxel_size_nm[0] * voxel_size_nm[1]
      * voxel_size_nm[2];
}

double
lam_label_count_get_surface_nm2 (
    const LamLabelCount *count, const double voxel_size_nm[3])
{
  const double *nm = voxel_size_nm;
  return 2.0 / 3.0
      * ((double)count->n_faces[0] * nm[1] * nm[2]
          + (double)count->n_faces[1] * nm[0] * nm[2]
          + (double)count->n_faces[2] * nm[0] * nm[1]);
}

double
lam_label_count_get_uncertainty (const LamLabelCount *count)
{
  return count->n_unsure > 0
      ? (double)count->unsure_sum / (255.0 * (double)count->n_unsure)
      : -1;
}

static void
part_free (gpointer data)
{
  Part *part = data;
  g_clear_pointer (&part->inside, g_array_unref);
  for (int i = 0; i < 3; i++)
    g_clear_pointer (&part->seams[i], g_array_unref);
  g_free (part);
}

LamLabelStatistics *
lam_label_statistics_new (const int64_t size[3])
{
  LamLabelStatistics *statistics = g_new0 (LamLabelStatistics, 1);
  for (int i = 0; i < 3; i++)
    statistics->size[i] = size[i];
  statistics->parts =
      g_hash_table_new_full (lam_int64_hash, g_int64_equal, g_free, part_free);
  statistics->touched = g_hash_table_new (NULL, NULL);
  return statistics;
}

void
lam_label_statistics_free (LamLabelStatistics *statistics)
{
  g_hash_table_unref (statistics->parts);
  g_hash_table_unref (statistics->touched);
  g_free (statistics);
}

/* --- counting again ------------------------------------------------------- */

/* A side that waits for the brick after it. */
typedef struct {
  int64_t key; /* of the brick after it */
  int axis;
} Wait;

typedef struct {
  LamLabelStatistics *statistics;
  const GArray *keys;
  LamCountRead read;
  gpointer data;
  GHashTable *waiting; /* Owned; Wait → last side of the brick before */
} Recount;

static guint
wait_hash (gconstpointer data)
{
  const Wait *wait = data;
  return lam_int64_hash (&wait->key) * 3 + (guint)wait->axis;
}

static gboolean
wait_equal (gconstpointer a, gconstpointer b)
{
  const Wait *x = a, *y = b;
  return x->key == y->key && x->axis == y->axis;
}

static LamBrickKey
move_key (LamBrickKey key, int axis, int step)
{
  key.x += axis == 0 ? step : 0;
  key.y += axis == 1 ? step : 0;
  key.z += axis == 2 ? step : 0;
  return key;
}

static bool
is_inside (const LamLabelStatistics *statistics, LamBrickKey key)
{
  const int64_t at[3] = { key.x, key.y, key.z };
  for (int i = 0; i < 3; i++)
    if (at[i] < 0 || at[i] * LAM_BRICK_EDGE >= statistics->size[i])
      return false;
  return true;
}

/* How much of the brick is inside of the volume. */
static void
get_extent (
    const LamLabelStatistics *statistics, LamBrickKey key, int extent[3])
{
  const LamBox box = lam_brick_box (key);
  for (int i = 0; i < 3; i++)
    extent[i] = (int)(MIN (box.max[i], statistics->size[i]) - box.min[i]);
}

static bool
is_asked_for (const Recount *recount, LamBrickKey key)
{
  const int64_t wanted = lam_brick_key_pack (key);
  guint low = 0, high = recount->keys->len;
  while (low < high) {
    const guint middle = low + (high - low) / 2;
    const int64_t found = g_array_index (recount->keys, int64_t, middle);
    if (found == wanted)
      return true;
    if (found < wanted)
      low = middle + 1;
    else
      high = middle;
  }
  return false;
}

static Part *
take_part (LamLabelStatistics *statistics, LamBrickKey key)
{
  const int64_t packed = lam_brick_key_pack (key);
  Part *part = g_hash_table_lookup (statistics->parts, &packed);
  if (!part) {
    part = g_new0 (Part, 1);
    g_hash_table_insert (
        statistics->parts, g_memdup2 (&packed, sizeof packed), part);
  }
  return part;
}

static void
drop_empty (LamLabelStatistics *statistics, LamBrickKey key)
{
  const int64_t packed = lam_brick_key_pack (key);
  const Part *part = g_hash_table_lookup (statistics->parts, &packed);
  if (part && !part->inside && !part->seams[0] && !part->seams[1]
      && !part->seams[2])
    g_hash_table_remove (statistics->parts, &packed);
}

static void
touch (Recount *recount, uint32_t label)
{
  g_hash_table_add (recount->statistics->touched, GUINT_TO_POINTER (label));
}

static void
touch_seam (Recount *recount, const GArray *seam)
{
  for (guint i = 0; seam && i < seam->len; i++)
    touch (recount, g_array_index (seam, LamSeamCount, i).label);
}

static void
touch_inside (Recount *recount, const GArray *inside)
{
  for (guint i = 0; inside && i < inside->len; i++)
    touch (recount, g_array_index (inside, LamBrickCount, i).label);
}

/* Puts `next`, which is taken over, in the place of what was there. */
static void
replace (GArray **old, GArray *next)
{
  g_clear_pointer (old, g_array_unref);
  if (next && next->len > 0)
    *old = next;
  else
    g_clear_pointer (&next, g_array_unref);
}

/* The seam before the brick of that key. */
static void
set_seam (Recount *recount, LamBrickKey key, int axis,
    const LamBrickSide *lower, const LamBrickSide *upper)
{
  int extent[3];
  const int u = axis == 0 ? 1 : 0, v = axis == 2 ? 1 : 2;
  Part *part = take_part (recount->statistics, key);
  get_extent (recount->statistics, key, extent);
  touch_seam (recount, part->seams[axis]);
  replace (
      &part->seams[axis], lam_seam_count (lower, upper, extent[u], extent[v]));
  touch_seam (recount, part->seams[axis]);
  drop_empty (recount->statistics, key);
}

/* A side of a brick that did not change. */
static LamBrickSide *
read_side (
    Recount *recount, LamBrickKey key, int axis, bool last, GError **error)
{
  GError *problem = NULL;
  g_autoptr (LamBrickRuns) runs =
      recount->read (key, NULL, recount->data, &problem);
  if (problem) {
    g_propagate_error (error, problem);
    return NULL;
  }
  return lam_brick_side_new (runs, axis, last);
}

/* Between the brick and the one before it. */
static bool
count_before (Recount *recount, LamBrickKey key, const LamBrickRuns *runs,
    int axis, GError **error)
{
  const LamBrickKey before = move_key (key, axis, -1);
  const Wait wait = { lam_brick_key_pack (key), axis };
  gpointer old_wait = NULL, waiting = NULL;
  if (!is_inside (recount->statistics, before))
    return true;
  g_hash_table_steal_extended (recount->waiting, &wait, &old_wait, &waiting);
  g_free (old_wait);
  g_autoptr (LamBrickSide) lower =
      waiting ? waiting : read_side (recount, before, axis, true, error);
  if (!lower)
    return false;
  g_autoptr (LamBrickSide) upper = lam_brick_side_new (runs, axis, false);
  set_seam (recount, key, axis, lower, upper);
  return true;
}

/* Between the brick and the one after it; now, or when its turn comes. */
static bool
count_after (Recount *recount, LamBrickKey key, const LamBrickRuns *runs,
    int axis, GError **error)
{
  const LamBrickKey after = move_key (key, axis, 1);
  if (!is_inside (recount->statistics, after))
    return true;
  g_autoptr (LamBrickSide) lower = lam_brick_side_new (runs, axis, true);
  if (is_asked_for (recount, after)) {
    const Wait wait = { lam_brick_key_pack (after), axis };
    g_hash_table_insert (recount->waiting, g_memdup2 (&wait, sizeof wait),
        g_steal_pointer (&lower));
    return true;
  }
  g_autoptr (LamBrickSide) upper =
      read_side (recount, after, axis, false, error);
  if (!upper)
    return false;
  set_seam (recount, after, axis, lower, upper);
  return true;
}

static void
set_inside (Recount *recount, LamBrickKey key, const LamBrickRuns *runs,
    const LamOpinion *opinion)
{
  int extent[3];
  Part *part = take_part (recount->statistics, key);
  get_extent (recount->statistics, key, extent);
  touch_inside (recount, part->inside);
  replace (
      &part->inside, runs ? lam_brick_count (runs, opinion, extent) : NULL);
  touch_inside (recount, part->inside);
  drop_empty (recount->statistics, key);
}

static bool
count_brick (Recount *recount, LamBrickKey key, GError **error)
{
  GError *problem = NULL;
  g_autoptr (LamOpinion) opinion = NULL;
  g_autoptr (LamBrickRuns) runs =
      recount->read (key, &opinion, recount->data, &problem);
  if (problem) {
    g_propagate_error (error, problem);
    return false;
  }
  set_inside (recount, key, runs, opinion);
  for (int axis = 0; axis < 3; axis++)
    if (!count_before (recount, key, runs, axis, error)
        || !count_after (recount, key, runs, axis, error))
      return false;
  return true;
}

static bool
count_all (Recount *recount, LamProgress *progress, GError **error)
{
  const guint n = recount->keys->len;
  for (guint i = 0; i < n; i++) {
    const LamBrickKey key =
        lam_brick_key_unpack (g_array_index (recount->keys, int64_t, i));
    if (!is_inside (recount->statistics, key))
      continue;
    if (!count_brick (recount, key, error))
      return false;
    lam_progress_set (progress, i + 1, n);
    if (!lam_progress_check (progress, error))
      return false;
  }
  return true;
}

/* --- summing up ----------------------------------------------------------- */

/* The slices of a label in the bricks of one z. */
typedef struct {
  guint total; /* place of its label's sum */
  int32_t z; /* in bricks */
  uint64_t slices;
} Slices;

typedef struct {
  GArray *totals; /* of LamLabelCount */
  GHashTable *places; /* Owned; label → place in `totals` */
  GArray *slices; /* Owned; of Slices */
} Sum;

static LamLabelCount *
find_total (const Sum *sum, uint32_t label, guint *place)
{
  gpointer found;
  if (!g_hash_table_lookup_extended (
          sum->places, GUINT_TO_POINTER (label), NULL, &found))
    return NULL;
  *place = GPOINTER_TO_UINT (found);
  return &g_array_index (sum->totals, LamLabelCount, *place);
}

static void
add_inside (Sum *sum, LamBrickKey key, const LamBrickCount *count)
{
  guint place;
  LamLabelCount *total = find_total (sum, count->label, &place);
  if (!total)
    return;
  LamBox box = lam_brick_box (key);
  total->n_voxels += count->n_voxels;
  for (int i = 0; i < LAM_N_SHARES; i++)
    total->n_by_share[i] += count->n_by_share[i];
  total->n_unsure += count->n_unsure;
  total->unsure_sum += count->unsure_sum;
  for (int i = 0; i < 3; i++) {
    total->n_faces[i] += count->n_faces[i];
    box.max[i] = box.min[i] + 64 - __builtin_clzll (count->places[i]);
    box.min[i] += __builtin_ctzll (count->places[i]);
  }
  total->box = lam_box_unite (&total->box, &box);
  const Slices slices = { place, key.z, count->places[2] };
  g_array_append_val (sum->slices, slices);
}

static void
add_part (Sum *sum, LamBrickKey key, const Part *part)
{
  for (guint i = 0; part->inside && i < part->inside->len; i++)
    add_inside (sum, key, &g_array_index (part->inside, LamBrickCount, i));
  for (int axis = 0; axis < 3; axis++)
    for (guint i = 0; part->seams[axis] && i < part->seams[axis]->len; i++) {
      const LamSeamCount *seam =
          &g_array_index (part->seams[axis], LamSeamCount, i);
      guint place;
      LamLabelCount *total = find_total (sum, seam->label, &place);
      if (total)
        total->n_faces[axis] += seam->n_faces;
    }
}

static int
compare_slices (gconstpointer a, gconstpointer b)
{
  const Slices *x = a, *y = b;
  return x->total != y->total ? (x->total < y->total ? -1 : 1)
                              : (x->z > y->z) - (x->z < y->z);
}

static void
count_slices (Sum *sum)
{
  const GArray *slices = sum->slices;
  g_array_sort (sum->slices, compare_slices);
  for (guint i = 0; i < slices->len;) {
    const Slices *first = &g_array_index (slices, Slices, i);
    uint64_t mask = 0;
    for (; i < slices->len
         && compare_slices (first, &g_array_index (slices, Slices, i)) == 0;
         i++)
      mask |= g_array_index (slices, Slices, i).slices;
    g_array_index (sum->totals, LamLabelCount, first->total).n_slices +=
        __builtin_popcountll (mask);
  }
}

static int
compare_totals (gconstpointer a, gconstpointer b)
{
  const LamLabelCount *x = a, *y = b;
  return (x->label > y->label) - (x->label < y->label);
}

static GArray *
list_totals (GHashTable *touched)
{
  GArray *totals = g_array_new (false, false, sizeof (LamLabelCount));
  GHashTableIter iter;
  gpointer label;
  g_hash_table_iter_init (&iter, touched);
  while (g_hash_table_iter_next (&iter, &label, NULL)) {
    const LamLabelCount total = { .label = GPOINTER_TO_UINT (label) };
    g_array_append_val (totals, total);
  }
  g_array_sort (totals, compare_totals);
  return totals;
}

static GArray *
sum_up (const LamLabelStatistics *statistics, GHashTable *touched)
{
  g_autoptr (GHashTable) places = g_hash_table_new (NULL, NULL);
  g_autoptr (GArray) slices = g_array_new (false, false, sizeof (Slices));
  Sum sum = { list_totals (touched), places, slices };
  for (guint i = 0; i < sum.totals->len; i++)
    g_hash_table_insert (places,
        GUINT_TO_POINTER (g_array_index (sum.totals, LamLabelCount, i).label),
        GUINT_TO_POINTER (i));
  GHashTableIter iter;
  gpointer key, part;
  g_hash_table_iter_init (&iter, statistics->parts);
  while (g_hash_table_iter_next (&iter, &key, &part))
    add_part (&sum, lam_brick_key_unpack (*(int64_t *)key), part);
  count_slices (&sum);
  return sum.totals;
}

GArray *
lam_label_statistics_recount (LamLabelStatistics *statistics,
    const GArray *keys, LamCountRead read, gpointer data, LamProgress *progress,
    GError **error)
{
  g_autoptr (GHashTable) waiting = g_hash_table_new_full (
      wait_hash, wait_equal, g_free, (GDestroyNotify)lam_brick_side_free);
  Recount recount = { statistics, keys, read, data, waiting };
  if (!count_all (&recount, progress, error))
    return NULL;
  GArray *totals = sum_up (statistics, statistics->touched);
  g_hash_table_remove_all (statistics->touched);
  return totals;
}
