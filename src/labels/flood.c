/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* A row of 64 voxels is a word, so that a step to a row beside it is one
 * operation for all of them and the spreading along a row is twelve. Each brick
 * that the flood comes to has a Place until the end: what can be reached, what
 * was, and what waits to be taken up from the bricks beside it. A brick is
 * visited again when a neighbour reaches new voxels of it, which costs no more
 * than these. */
#include "labels/flood.h"

#include <string.h>

#include "base/int64-hash.h"

#define EDGE LAM_BRICK_EDGE
#define ROWS_BYTES (LAM_VOXEL_ROWS * sizeof (uint64_t))

typedef struct {
  LamBrickKey key;
  bool is_queued, is_all; /* all voxels can be reached; and so they are */
  /* Owned */
  uint64_t *mask; /* NULL: not read yet, or `is_all` */
  uint64_t *waiting; /* NULL: nothing */
} Place;

typedef struct {
  const LamFloodRule *rule;
  LamBox bricks; /* of the rule's box */
  LamVoxelSet *reached;
  GHashTable *places; /* packed key → Place, Owned */
  GQueue queue; /* of Place */
  int64_t n_read;
  uint16_t *stack; /* rows of the present brick */
  uint64_t *fresh; /* by row: reached, not yet spread */
} Flood;

static void
place_free (gpointer data)
{
  Place *place = data;
  g_free (place->mask);
  g_free (place->waiting);
  g_free (place);
}

static Place *
get_place (Flood *flood, LamBrickKey key)
{
  int64_t packed = lam_brick_key_pack (key);
  Place *place = g_hash_table_lookup (flood->places, &packed);
  if (place)
    return place;
  place = g_new0 (Place, 1);
  place->key = key;
  g_hash_table_insert (
      flood->places, g_memdup2 (&packed, sizeof packed), place);
  return place;
}

static void
add_waiting (Flood *flood, Place *place, int row, uint64_t word)
{
  if (!place->waiting)
    place->waiting = g_malloc0 (ROWS_BYTES);
  place->waiting[row] |= word;
  if (place->is_queued)
    return;
  place->is_queued = true;
  g_queue_push_tail (&flood->queue, place);
}

/* What `seeds` reach along the row. */
static uint64_t
spread (uint64_t seeds, uint64_t mask)
{
  uint64_t up = seeds, way = mask;
  for (int shift = 1; shift < EDGE; shift *= 2) {
    up |= way & (up << shift);
    way &= way << shift;
  }
  uint64_t down = seeds;
  way = mask;
  for (int shift = 1; shift < EDGE; shift *= 2) {
    down |= way & (down >> shift);
    way &= way >> shift;
  }
  return up | down;
}

/* --- one brick ------------------------------------------------------------ */

typedef struct {
  const uint64_t *mask;
  uint64_t *reached;
  int n_stack;
} Present;

static void
reach (Flood *flood, Present *present, int row, uint64_t seeds)
{
  uint64_t mask = present->mask[row], old = present->reached[row];
  seeds &= mask & ~old;
  if (seeds == 0)
    return;
  uint64_t fresh =
      (flood->rule->frozen_axis == 0 ? seeds : spread (seeds, mask)) & ~old;
  present->reached[row] |= fresh;
  if (flood->fresh[row] == 0)
    flood->stack[present->n_stack++] = (uint16_t)row;
  flood->fresh[row] |= fresh;
}

/* To the brick beside, where it is that row. */
static void
leave (
    Flood *flood, LamBrickKey key, int axis, int step, int row, uint64_t word)
{
  if (word == 0 || axis == flood->rule->frozen_axis)
    return;
  int32_t *at = axis == 0 ? &key.x : axis == 1 ? &key.y : &key.z;
  *at += step;
  if (*at < flood->bricks.min[axis] || *at >= flood->bricks.max[axis])
    return;
  Place *place = get_place (flood, key);
  if (!place->is_all || !lam_voxel_set_get (flood->reached, key))
    add_waiting (flood, place, row, word);
}

static void
spread_row (Flood *flood, Present *present, LamBrickKey key, int row)
{
  const int y = row % EDGE, z = row / EDGE;
  const uint64_t fresh = flood->fresh[row];
  flood->fresh[row] = 0;
  if (flood->rule->frozen_axis != 1) {
    if (y > 0)
      reach (flood, present, row - 1, fresh);
    else
      leave (flood, key, 1, -1, row + EDGE - 1, fresh);
    if (y < EDGE - 1)
      reach (flood, present, row + 1, fresh);
    else
      leave (flood, key, 1, 1, row - EDGE + 1, fresh);
  }
  if (flood->rule->frozen_axis != 2) {
    if (z > 0)
      reach (flood, present, row - EDGE, fresh);
    else
      leave (flood, key, 2, -1, y + EDGE * (EDGE - 1), fresh);
    if (z < EDGE - 1)
      reach (flood, present, row + EDGE, fresh);
    else
      leave (flood, key, 2, 1, y, fresh);
  }
  leave (flood, key, 0, -1, row, (fresh & 1) << (EDGE - 1));
  leave (flood, key, 0, 1, row, fresh >> (EDGE - 1));
}

/* Of a brick all of which can be reached from any voxel of it. */
static void
reach_all (Flood *flood, Place *place)
{
  lam_voxel_set_add_brick (flood->reached, place->key);
  for (int i = 0; i < EDGE; i++) {
    leave (flood, place->key, 1, -1, EDGE - 1 + EDGE * i, UINT64_MAX);
    leave (flood, place->key, 1, 1, EDGE * i, UINT64_MAX);
    leave (flood, place->key, 2, -1, i + EDGE * (EDGE - 1), UINT64_MAX);
    leave (flood, place->key, 2, 1, i, UINT64_MAX);
  }
  for (int i = 0; i < LAM_VOXEL_ROWS; i++) {
    leave (flood, place->key, 0, -1, i, UINT64_C (1) << (EDGE - 1));
    leave (flood, place->key, 0, 1, i, 1);
  }
}

static bool
read_mask (Flood *flood, Place *place, GError **error)
{
  const LamFloodRule *rule = flood->rule;
  LamBox brick = lam_brick_box (place->key);
  LamBox inside = lam_box_intersect (&brick, &rule->box);
  place->mask = g_malloc (ROWS_BYTES);
  flood->n_read++;
  switch (rule->read (place->key, place->mask, rule->user_data, error)) {
  case LAM_COVER_FAILED:
    return false;
  case LAM_COVER_NONE:
    memset (place->mask, 0, ROWS_BYTES);
    break;
  case LAM_COVER_ALL:
    place->is_all = rule->frozen_axis < 0 && lam_box_equal (&inside, &brick);
    memset (place->mask, 0xff, ROWS_BYTES);
    break;
  case LAM_COVER_SOME:
    break;
  }
  lam_voxel_rows_clip (place->key, &rule->box, place->mask);
  if (place->is_all)
    g_clear_pointer (&place->mask, g_free);
  return true;
}

static bool
visit (Flood *flood, Place *place, GError **error)
{
  g_autofree uint64_t *waiting = g_steal_pointer (&place->waiting);
  if (!place->mask && !place->is_all && !read_mask (flood, place, error))
    return false;
  if (place->is_all) {
    if (!lam_voxel_set_get (flood->reached, place->key))
      reach_all (flood, place);
    return true;
  }
  Present present = { .mask = place->mask,
    .reached = lam_voxel_set_open (flood->reached, place->key) };
  for (int row = 0; row < LAM_VOXEL_ROWS; row++)
    if (waiting[row])
      reach (flood, &present, row, waiting[row]);
  while (present.n_stack > 0)
    spread_row (flood, &present, place->key, flood->stack[--present.n_stack]);
  return true;
}

/* --- all of them ---------------------------------------------------------- */

static void
flood_clear (Flood *flood)
{
  g_clear_pointer (&flood->reached, lam_voxel_set_free);
  g_hash_table_unref (flood->places);
  g_queue_clear (&flood->queue);
  g_free (flood->stack);
  g_free (flood->fresh);
}

static void
flood_init (Flood *flood, const LamFloodRule *rule, const int64_t size[3])
{
  *flood = (Flood){ .rule = rule, .bricks = lam_box_bricks (&rule->box) };
  g_queue_init (&flood->queue);
  flood->reached = lam_voxel_set_new (size);
  flood->places =
      g_hash_table_new_full (lam_int64_hash, g_int64_equal, g_free, place_free);
  flood->stack = g_new (uint16_t, LAM_VOXEL_ROWS);
  flood->fresh = g_new0 (uint64_t, LAM_VOXEL_ROWS);
}

static void
settle_all (LamVoxelSet *set)
{
  g_autoptr (GArray) keys = lam_voxel_set_dup_keys (set);
  for (guint i = 0; i < keys->len; i++)
    lam_voxel_set_settle (
        set, lam_brick_key_unpack (g_array_index (keys, int64_t, i)));
}

/* What was reached, given away; NULL with error. */
static LamVoxelSet *
run (Flood *flood, LamProgress *progress, GError **error)
{
  int64_t total = lam_box_volume (&flood->bricks);
  Place *place;
  while ((place = g_queue_pop_head (&flood->queue))) {
    place->is_queued = false;
    if (!visit (flood, place, error) || !lam_progress_check (progress, error))
      return NULL;
    lam_progress_set (progress, MIN (flood->n_read, total), total);
  }
  settle_all (flood->reached);
  return g_steal_pointer (&flood->reached);
}

static void
add_seed (Flood *flood, const int64_t voxel[3])
{
  LamBrickKey key = { (int32_t)(voxel[0] / EDGE), (int32_t)(voxel[1] / EDGE),
    (int32_t)(voxel[2] / EDGE) };
  add_waiting (flood, get_place (flood, key),
      (int)(voxel[1] % EDGE + EDGE * (voxel[2] % EDGE)),
      UINT64_C (1) << voxel[0] % EDGE);
}

LamVoxelSet *
lam_flood_from_voxel (const LamFloodRule *rule, const int64_t size[3],
    const int64_t voxel[3], LamProgress *progress, GError **error)
{
  Flood flood;
  flood_init (&flood, rule, size);
  if (lam_box_contains (&rule->box, voxel))
    add_seed (&flood, voxel);
  LamVoxelSet *reached = run (&flood, progress, error);
  flood_clear (&flood);
  return reached;
}

/* All voxels of one brick that lie on a face of the box wait in it. */
static void
add_faces (Flood *flood, LamBrickKey key)
{
  const LamBox *box = &flood->rule->box;
  Place *place = get_place (flood, key);
  for (int axis = 0; axis < 3; axis++)
    for (int end = 0; end < 2 && axis != flood->rule->frozen_axis; end++) {
      LamBox face = *box;
      if (end)
        face.min[axis] = box->max[axis] - 1;
      else
        face.max[axis] = box->min[axis] + 1;
      uint64_t rows[LAM_VOXEL_ROWS];
      memset (rows, 0xff, sizeof rows);
      lam_voxel_rows_clip (key, &face, rows);
      for (int row = 0; row < LAM_VOXEL_ROWS; row++)
        if (rows[row])
          add_waiting (flood, place, row, rows[row]);
    }
}

LamVoxelSet *
lam_flood_from_faces (const LamFloodRule *rule, const int64_t size[3],
    LamProgress *progress, GError **error)
{
  Flood flood;
  flood_init (&flood, rule, size);
  const LamBox *bricks = &flood.bricks;
  for (int64_t z = bricks->min[2]; z < bricks->max[2]; z++)
    for (int64_t y = bricks->min[1]; y < bricks->max[1]; y++)
      for (int64_t x = bricks->min[0]; x < bricks->max[0]; x++) {
        LamBrickKey key = { (int32_t)x, (int32_t)y, (int32_t)z };
        add_faces (&flood, key);
      }
  LamVoxelSet *reached = run (&flood, progress, error);
  flood_clear (&flood);
  return reached;
}

static LamCover
read_set (LamBrickKey key, uint64_t *rows, gpointer user_data, GError **error)
{
  const uint64_t *from = lam_voxel_set_get (user_data, key);
  if (!from)
    return LAM_COVER_NONE;
  memcpy (rows, from, ROWS_BYTES);
  return LAM_COVER_SOME;
}

bool
lam_flood_take_parts (LamVoxelSet *set,
    void (*each) (LamVoxelSet *part, gpointer user_data), gpointer user_data,
    LamProgress *progress, GError **error)
{
  const int64_t *size = lam_voxel_set_get_size (set);
  LamFloodRule rule = { .box = lam_box_of_size (size),
    .frozen_axis = -1,
    .read = read_set,
    .user_data = set };
  g_autoptr (GArray) keys = lam_voxel_set_dup_keys (set);
  int64_t first[3];
  for (guint i = 0; i < keys->len; i++) {
    LamBrickKey key = lam_brick_key_unpack (g_array_index (keys, int64_t, i));
    while (lam_voxel_set_get_first (set, key, first)) {
      g_autoptr (LamProgress) part_progress =
          lam_progress_new_part (progress, i, i + 1, keys->len);
      LamVoxelSet *part =
          lam_flood_from_voxel (&rule, size, first, part_progress, error);
      if (!part)
        return false;
      lam_voxel_set_subtract (set, part);
      each (part, user_data);
    }
  }
  return true;
}
