/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* A brick that is full has the one array `full`, which is never written. A
 * brick at the volume's end is full only by its words. */
#include "labels/voxel-set.h"

#include <string.h>

#include "base/int64-hash.h"

#define EDGE LAM_BRICK_EDGE
#define ROWS_BYTES (LAM_VOXEL_ROWS * sizeof (uint64_t))

struct _LamVoxelSet {
  LamBox volume;
  /* Owned */
  GHashTable *bricks; /* packed key → words, Owned unless `full` */
  uint64_t *full;
};

LamVoxelSet *
lam_voxel_set_new (const int64_t size[3])
{
  LamVoxelSet *set = g_new0 (LamVoxelSet, 1);
  set->volume = lam_box_of_size (size);
  set->bricks =
      g_hash_table_new_full (lam_int64_hash, g_int64_equal, g_free, NULL);
  set->full = g_malloc (ROWS_BYTES);
  memset (set->full, 0xff, ROWS_BYTES);
  return set;
}

void
lam_voxel_set_free (LamVoxelSet *set)
{
  GHashTableIter iter;
  gpointer rows;
  g_hash_table_iter_init (&iter, set->bricks);
  while (g_hash_table_iter_next (&iter, NULL, &rows))
    if (rows != set->full)
      g_free (rows);
  g_hash_table_unref (set->bricks);
  g_free (set->full);
  g_free (set);
}

const int64_t *
lam_voxel_set_get_size (const LamVoxelSet *set)
{
  return set->volume.max;
}

static LamBrickKey
key_of (const int64_t voxel[3])
{
  return (LamBrickKey){ (int32_t)(voxel[0] / EDGE), (int32_t)(voxel[1] / EDGE),
    (int32_t)(voxel[2] / EDGE) };
}

const uint64_t *
lam_voxel_set_get (const LamVoxelSet *set, LamBrickKey key)
{
  int64_t packed = lam_brick_key_pack (key);
  return g_hash_table_lookup (set->bricks, &packed);
}

bool
lam_voxel_set_has (const LamVoxelSet *set, const int64_t voxel[3])
{
  if (!lam_box_contains (&set->volume, voxel))
    return false;
  const uint64_t *rows = lam_voxel_set_get (set, key_of (voxel));
  return rows
      && rows[voxel[1] % EDGE + EDGE * (voxel[2] % EDGE)] >> voxel[0] % EDGE
      & 1;
}

GArray *
lam_voxel_set_dup_keys (const LamVoxelSet *set)
{
  GArray *keys = g_array_new (false, false, sizeof (int64_t));
  GHashTableIter iter;
  gpointer key;
  g_hash_table_iter_init (&iter, set->bricks);
  while (g_hash_table_iter_next (&iter, &key, NULL))
    g_array_append_vals (keys, key, 1);
  g_array_sort (keys, lam_int64_compare);
  return keys;
}

int64_t
lam_voxel_set_count (const LamVoxelSet *set)
{
  int64_t n = 0;
  GHashTableIter iter;
  gpointer value;
  g_hash_table_iter_init (&iter, set->bricks);
  while (g_hash_table_iter_next (&iter, NULL, &value)) {
    const uint64_t *rows = value;
    for (int i = 0; i < LAM_VOXEL_ROWS; i++)
      n += __builtin_popcountll (rows[i]);
  }
  return n;
}

static bool
is_blank (const uint64_t *rows)
{
  uint64_t any = 0;
  for (int i = 0; i < LAM_VOXEL_ROWS; i++)
    any |= rows[i];
  return any == 0;
}

bool
lam_voxel_set_is_empty (const LamVoxelSet *set)
{
  GHashTableIter iter;
  gpointer rows;
  g_hash_table_iter_init (&iter, set->bricks);
  while (g_hash_table_iter_next (&iter, NULL, &rows))
    if (!is_blank (rows))
      return false;
  return true;
}

/* Of a brick's words, in the brick. */
static LamBox
find_bounds (const uint64_t *rows)
{
  LamBox box = { { EDGE, EDGE, EDGE }, { 0, 0, 0 } };
  uint64_t any = 0;
  for (int i = 0; i < LAM_VOXEL_ROWS; i++) {
    if (rows[i] == 0)
      continue;
    any |= rows[i];
    box.min[1] = MIN (box.min[1], i % EDGE);
    box.max[1] = MAX (box.max[1], i % EDGE + 1);
    box.min[2] = MIN (box.min[2], i / EDGE);
    box.max[2] = MAX (box.max[2], i / EDGE + 1);
  }
  if (any == 0)
    return (LamBox){ 0 };
  box.min[0] = __builtin_ctzll (any);
  box.max[0] = EDGE - __builtin_clzll (any);
  return box;
}

LamBox
lam_voxel_set_get_box (const LamVoxelSet *set)
{
  LamBox all = { 0 };
  GHashTableIter iter;
  gpointer key, rows;
  g_hash_table_iter_init (&iter, set->bricks);
  while (g_hash_table_iter_next (&iter, &key, &rows)) {
    LamBox brick = lam_brick_box (lam_brick_key_unpack (*(int64_t *)key));
    LamBox box = find_bounds (rows);
    if (lam_box_is_empty (&box))
      continue;
    for (int i = 0; i < 3; i++) {
      box.min[i] += brick.min[i];
      box.max[i] += brick.min[i];
    }
    all = lam_box_unite (&all, &box);
  }
  return all;
}

bool
lam_voxel_set_get_first (
    const LamVoxelSet *set, LamBrickKey key, int64_t voxel[3])
{
  const uint64_t *rows = lam_voxel_set_get (set, key);
  LamBox brick = lam_brick_box (key);
  for (int i = 0; rows && i < LAM_VOXEL_ROWS; i++)
    if (rows[i]) {
      voxel[0] = brick.min[0] + __builtin_ctzll (rows[i]);
      voxel[1] = brick.min[1] + i % EDGE;
      voxel[2] = brick.min[2] + i / EDGE;
      return true;
    }
  return false;
}

/* --- writing -------------------------------------------------------------- */

uint64_t *
lam_voxel_set_open (LamVoxelSet *set, LamBrickKey key)
{
  int64_t packed = lam_brick_key_pack (key);
  uint64_t *rows = g_hash_table_lookup (set->bricks, &packed);
  if (rows && rows != set->full)
    return rows;
  rows = rows ? g_memdup2 (set->full, ROWS_BYTES) : g_malloc0 (ROWS_BYTES);
  g_hash_table_insert (set->bricks, g_memdup2 (&packed, sizeof packed), rows);
  return rows;
}

static void
put (LamVoxelSet *set, int64_t packed, uint64_t *rows)
{
  uint64_t *old = g_hash_table_lookup (set->bricks, &packed);
  if (old && old != set->full)
    g_free (old);
  if (rows)
    g_hash_table_insert (set->bricks, g_memdup2 (&packed, sizeof packed), rows);
  else
    g_hash_table_remove (set->bricks, &packed);
}

void
lam_voxel_set_settle (LamVoxelSet *set, LamBrickKey key)
{
  int64_t packed = lam_brick_key_pack (key);
  const uint64_t *rows = g_hash_table_lookup (set->bricks, &packed);
  if (!rows || rows == set->full)
    return;
  if (is_blank (rows))
    put (set, packed, NULL);
  else if (memcmp (rows, set->full, ROWS_BYTES) == 0)
    put (set, packed, set->full);
}

void
lam_voxel_set_add_brick (LamVoxelSet *set, LamBrickKey key)
{
  LamBox brick = lam_brick_box (key);
  LamBox inside = lam_box_intersect (&brick, &set->volume);
  if (lam_box_equal (&brick, &inside)) {
    put (set, lam_brick_key_pack (key), set->full);
    return;
  }
  if (lam_box_is_empty (&inside))
    return;
  uint64_t *rows = lam_voxel_set_open (set, key);
  memset (rows, 0xff, ROWS_BYTES);
  lam_voxel_rows_clip (key, &inside, rows);
}

/* Bits [start, end) of a word. */
static uint64_t
bits_between (int64_t start, int64_t end)
{
  if (start >= end)
    return 0;
  uint64_t below_end = end >= EDGE ? UINT64_MAX : (UINT64_C (1) << end) - 1;
  return below_end & (UINT64_MAX << start);
}

static void
add_run_in_brick (uint64_t *rows, const int64_t at[3], int axis, int64_t n)
{
  int y = (int)(at[1] % EDGE), z = (int)(at[2] % EDGE);
  int64_t x = at[0] % EDGE;
  if (axis == 0) {
    rows[y + EDGE * z] |= bits_between (x, x + n);
    return;
  }
  for (int64_t i = 0; i < n; i++)
    rows[axis == 1 ? y + i + EDGE * z : y + EDGE * (z + i)] |= UINT64_C (1)
        << x;
}

void
lam_voxel_set_add_run (LamVoxelSet *set, const int64_t row[3], int axis,
    int64_t start, int64_t end)
{
  int64_t at[3] = { row[0], row[1], row[2] };
  start = MAX (start, 0);
  end = MIN (end, set->volume.max[axis]);
  at[axis] = start;
  if (start >= end || !lam_box_contains (&set->volume, at))
    return;
  while (at[axis] < end) {
    int64_t stop = MIN (end, (at[axis] / EDGE + 1) * EDGE);
    add_run_in_brick (
        lam_voxel_set_open (set, key_of (at)), at, axis, stop - at[axis]);
    at[axis] = stop;
  }
}

void
lam_voxel_set_add_mask (LamVoxelSet *set, const LamBox *box, const bool *mask)
{
  int64_t row[3], nx = box->max[0] - box->min[0];
  for (row[2] = box->min[2]; row[2] < box->max[2]; row[2]++)
    for (row[1] = box->min[1]; row[1] < box->max[1]; row[1]++, mask += nx)
      for (int64_t x = 0; x < nx;) {
        const bool *next = memchr (mask + x, true, (size_t)(nx - x));
        if (!next)
          break;
        int64_t start = next - mask;
        const bool *stop = memchr (next, false, (size_t)(nx - start));
        x = stop ? stop - mask : nx;
        lam_voxel_set_add_run (
            set, row, 0, box->min[0] + start, box->min[0] + x);
      }
}

/* One row of the dense mask from the words of the brick it goes through. */
static void
copy_row (const LamVoxelSet *set, const int64_t row[3], int64_t start,
    int64_t end, bool *mask)
{
  for (int64_t x = start; x < end;) {
    const int64_t at[3] = { x, row[1], row[2] };
    int64_t stop = MIN (end, (x / EDGE + 1) * EDGE);
    const uint64_t *rows = lam_voxel_set_get (set, key_of (at));
    if (rows) {
      uint64_t word = rows[at[1] % EDGE + EDGE * (at[2] % EDGE)];
      for (; x < stop && word; x++)
        mask[x - start] = word >> x % EDGE & 1;
    }
    x = stop;
  }
}

void
lam_voxel_set_copy_mask (const LamVoxelSet *set, const LamBox *box, bool *mask)
{
  LamBox inside = lam_box_intersect (box, &set->volume);
  int64_t nx = box->max[0] - box->min[0], ny = box->max[1] - box->min[1];
  memset (mask, 0, (size_t)lam_box_volume (box));
  int64_t row[3] = { 0 };
  for (row[2] = inside.min[2]; row[2] < inside.max[2]; row[2]++)
    for (row[1] = inside.min[1]; row[1] < inside.max[1]; row[1]++)
      copy_row (set, row, inside.min[0], inside.max[0],
          mask + inside.min[0] - box->min[0]
              + nx * (row[1] - box->min[1] + ny * (row[2] - box->min[2])));
}

LamVoxelSet *
lam_voxel_set_copy (const LamVoxelSet *set)
{
  LamVoxelSet *copy = lam_voxel_set_new (lam_voxel_set_get_size (set));
  lam_voxel_set_add (copy, set);
  return copy;
}

void
lam_voxel_set_add (LamVoxelSet *set, const LamVoxelSet *other)
{
  g_autoptr (GArray) keys = lam_voxel_set_dup_keys (other);
  for (guint i = 0; i < keys->len; i++) {
    LamBrickKey key = lam_brick_key_unpack (g_array_index (keys, int64_t, i));
    const uint64_t *from = lam_voxel_set_get (other, key);
    uint64_t *to = lam_voxel_set_open (set, key);
    for (int j = 0; j < LAM_VOXEL_ROWS; j++)
      to[j] |= from[j];
    lam_voxel_set_settle (set, key);
  }
}

void
lam_voxel_set_keep (LamVoxelSet *set, const LamVoxelSet *other)
{
  g_autoptr (GArray) keys = lam_voxel_set_dup_keys (set);
  for (guint i = 0; i < keys->len; i++) {
    LamBrickKey key = lam_brick_key_unpack (g_array_index (keys, int64_t, i));
    const uint64_t *from = lam_voxel_set_get (other, key);
    uint64_t *to = lam_voxel_set_open (set, key);
    for (int j = 0; j < LAM_VOXEL_ROWS; j++)
      to[j] &= from ? from[j] : 0;
    lam_voxel_set_settle (set, key);
  }
}

void
lam_voxel_set_subtract (LamVoxelSet *set, const LamVoxelSet *other)
{
  g_autoptr (GArray) keys = lam_voxel_set_dup_keys (other);
  for (guint i = 0; i < keys->len; i++) {
    LamBrickKey key = lam_brick_key_unpack (g_array_index (keys, int64_t, i));
    const uint64_t *from = lam_voxel_set_get (other, key);
    if (!lam_voxel_set_get (set, key))
      continue;
    uint64_t *to = lam_voxel_set_open (set, key);
    for (int j = 0; j < LAM_VOXEL_ROWS; j++)
      to[j] &= ~from[j];
    lam_voxel_set_settle (set, key);
  }
}

/* --- words ---------------------------------------------------------------- */

void
lam_voxel_rows_clip (LamBrickKey key, const LamBox *box, uint64_t *rows)
{
  LamBox brick = lam_brick_box (key);
  LamBox inside = lam_box_intersect (&brick, box);
  if (lam_box_equal (&inside, &brick))
    return;
  uint64_t keep = lam_box_is_empty (&inside)
      ? 0
      : bits_between (
          inside.min[0] - brick.min[0], inside.max[0] - brick.min[0]);
  for (int i = 0; i < LAM_VOXEL_ROWS; i++) {
    int64_t y = brick.min[1] + i % EDGE, z = brick.min[2] + i / EDGE;
    bool is_inside = y >= inside.min[1] && y < inside.max[1]
        && z >= inside.min[2] && z < inside.max[2];
    rows[i] &= is_inside ? keep : 0;
  }
}

/* Eight comparisons become eight bits by a multiplication. */
void
lam_voxel_rows_find (const uint32_t *labels, uint32_t label, uint64_t *rows)
{
  for (int i = 0; i < LAM_VOXEL_ROWS; i++, labels += EDGE) {
    uint8_t is[EDGE];
    for (int x = 0; x < EDGE; x++)
      is[x] = labels[x] == label;
    uint64_t word = 0;
    for (int b = 0; b < 8; b++) {
      uint64_t eight;
      memcpy (&eight, is + 8 * b, sizeof eight);
      eight = GUINT64_FROM_LE (eight);
      word |= (eight * UINT64_C (0x0102040810204080)) >> 56 << (8 * b);
    }
    rows[i] = word;
  }
}
