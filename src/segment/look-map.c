/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Sums over cells of 16 × 16 voxels of a slice, 12 kB a brick in which anything
 * is doubtful. Here they are made, and compared with those of the last run:
 * look-run.c takes the looks, and begins where a cell is another. Weights come
 * in steps (likely-errors.c), so that an edit leaves nearly all cells as they
 * were. */
#include <math.h>
#include <string.h>

#include "base/int64-hash.h"
#include "segment/look-inside.h"

enum {
  EDGE = LAM_BRICK_EDGE,
  CELL = LAM_DOUBT_CELL,
  ACROSS = LAM_DOUBT_ACROSS,
  N_CELLS = LAM_DOUBT_N_CELLS,
};

LamLookMap *
lam_look_map_new (void)
{
  LamLookMap *map = g_new0 (LamLookMap, 1);
  map->bricks = g_hash_table_new (lam_int64_hash, g_int64_equal);
  map->takes = g_ptr_array_new_with_free_func (g_free);
  map->heap = g_array_new (false, false, sizeof (LamLookBlock));
  map->alive = g_ptr_array_new ();
  map->is_lost = true;
  return map;
}

static void
free_brick (LamLookBrick *brick)
{
  g_clear_pointer (&brick->doubt, lam_brick_doubt_unref);
  g_clear_pointer (&brick->last, lam_brick_doubt_unref);
  g_clear_pointer (&brick->settled, g_array_unref);
  g_free (brick->masses);
  g_free (brick->takes);
  g_free (brick->weights);
  g_free (brick);
}

void
lam_look_map_free (LamLookMap *map)
{
  GHashTableIter iter;
  gpointer brick;
  g_hash_table_iter_init (&iter, map->bricks);
  while (g_hash_table_iter_next (&iter, NULL, &brick))
    free_brick (brick);
  g_hash_table_unref (map->bricks);
  g_ptr_array_unref (map->takes);
  g_array_unref (map->heap);
  g_ptr_array_unref (map->alive);
  g_free (map);
}

int64_t
lam_look_map_get_n_bytes (const LamLookMap *map)
{
  GHashTableIter iter;
  gpointer value;
  size_t n = map->takes->len * sizeof (LamTake);
  g_hash_table_iter_init (&iter, map->bricks);
  while (g_hash_table_iter_next (&iter, NULL, &value)) {
    const LamLookBrick *brick = value;
    n += sizeof *brick;
    if (brick->masses)
      n += N_CELLS * (sizeof (float) + sizeof (LamTake *));
    n += brick->settled ? brick->settled->len * sizeof (LamBox) : 0;
  }
  return (int64_t)n;
}

/* ---- Bricks ------------------------------------------------------------- */

static LamLookBrick *
find_brick (LamLookMap *map, int64_t x, int64_t y, int64_t z)
{
  LamBrickKey key = { (int32_t)x, (int32_t)y, (int32_t)z };
  if (x < 0 || y < 0 || z < 0)
    return NULL;
  const int64_t packed = lam_brick_key_pack (key);
  return g_hash_table_lookup (map->bricks, &packed);
}

static LamLookBrick *
add_brick (LamLookMap *map, LamBrickKey key)
{
  LamLookBrick *brick = g_new0 (LamLookBrick, 1);
  brick->key = key;
  brick->packed = lam_brick_key_pack (key);
  g_hash_table_insert (map->bricks, &brick->packed, brick);
  for (int z = -1; z <= 1; z++)
    for (int y = -1; y <= 1; y++)
      for (int x = -1; x <= 1; x++) {
        LamLookBrick *beside =
            find_brick (map, key.x + x, key.y + y, key.z + z);
        brick->beside[LAM_LOOK_SIDE (x, y, z)] = beside;
        if (beside)
          beside->beside[LAM_LOOK_SIDE (-x, -y, -z)] = brick;
      }
  return brick;
}

static void
list_doubted (LamLookBrick *brick)
{
  const GArray *parts = brick->doubt ? brick->doubt->parts : NULL;
  memset (brick->doubted, 0, sizeof brick->doubted);
  for (guint i = 0; parts && i < parts->len; i++) {
    const int cell = g_array_index (parts, LamDoubtPart, i).cell;
    brick->doubted[cell / (ACROSS * ACROSS)] |=
        (uint16_t)(1 << cell % (ACROSS * ACROSS));
  }
}

void
lam_look_map_put (LamLookMap *map, LamBrickKey key, LamBrickDoubt *doubt)
{
  LamLookBrick *brick = find_brick (map, key.x, key.y, key.z);
  if (doubt && doubt->parts->len == 0)
    doubt = NULL;
  if (!brick && !doubt)
    return;
  if (!brick)
    brick = add_brick (map, key);
  g_clear_pointer (&brick->doubt, lam_brick_doubt_unref);
  brick->doubt = doubt ? lam_brick_doubt_ref (doubt) : NULL;
  brick->is_new = true;
  list_doubted (brick);
}

/* ---- What is settled ---------------------------------------------------- */

/* Cells of a slice of a brick, by bits, whose middles are in a box. */
static uint16_t
cells_across (const LamBox *box, const LamLookBrick *brick)
{
  uint16_t cells = 0;
  for (int i = 0; i < ACROSS * ACROSS; i++) {
    const int64_t at[3] = { brick->key.x * EDGE + i % ACROSS * CELL + CELL / 2,
      brick->key.y * EDGE + i / ACROSS * CELL + CELL / 2, box->min[2] };
    if (lam_box_contains (box, at))
      cells |= (uint16_t)(1 << i);
  }
  return cells;
}

static bool
is_doubted (const LamLookBrick *brick, const LamBox *box)
{
  const uint16_t cells = cells_across (box, brick);
  const int64_t from = brick->key.z * EDGE;
  const int64_t end = MIN (box->max[2] - from, EDGE);
  for (int64_t z = MAX (box->min[2] - from, 0); cells && z < end; z++)
    if (brick->doubted[z] & cells)
      return true;
  return false;
}

/* Bricks of which cells are in the box and doubted. */
static GPtrArray *
list_bricks (LamLookMap *map, const LamBox *box)
{
  GPtrArray *list = g_ptr_array_new ();
  const LamBox bricks = lam_box_bricks (box);
  for (int64_t z = bricks.min[2]; z < bricks.max[2]; z++)
    for (int64_t y = bricks.min[1]; y < bricks.max[1]; y++)
      for (int64_t x = bricks.min[0]; x < bricks.max[0]; x++) {
        LamLookBrick *brick = find_brick (map, x, y, z);
        if (brick && is_doubted (brick, box))
          g_ptr_array_add (list, brick);
      }
  return list;
}

static void
add_settled (GHashTable *settled, LamLookBrick *brick, const LamBox *box)
{
  GArray *boxes = g_hash_table_lookup (settled, brick);
  if (!boxes) {
    boxes = g_array_new (false, false, sizeof (LamBox));
    g_hash_table_insert (settled, brick, boxes);
  }
  g_array_append_vals (boxes, box, 1);
}

/* LamLookBrick → GArray of LamBox. NULL with error. */
static GHashTable *
list_settled (LamLookMap *map, const LamLookRule *rule, LamProgress *progress,
    GError **error)
{
  g_autoptr (GHashTable) settled =
      g_hash_table_new_full (NULL, NULL, NULL, (GDestroyNotify)g_array_unref);
  for (guint n = 0; rule->settled && n < rule->settled->len; n++) {
    const LamBox *box = &g_array_index (rule->settled, LamBox, n);
    g_autoptr (GPtrArray) bricks = list_bricks (map, box);
    bool stands = false;
    if (bricks->len == 0)
      continue;
    if (!lam_progress_check (progress, error)
        || !rule->stands (n, rule->data, &stands, error))
      return NULL;
    for (guint i = 0; stands && i < bricks->len; i++)
      add_settled (settled, bricks->pdata[i], box);
  }
  return g_steal_pointer (&settled);
}

/* ---- Cells -------------------------------------------------------------- */

static double *
weigh_pairs (const LamLookBrick *brick, const LamLookRule *rule)
{
  const GArray *pairs = brick->doubt ? brick->doubt->pairs : NULL;
  double *weights = g_new (double, pairs ? pairs->len + 1 : 1);
  for (guint i = 0; pairs && i < pairs->len; i++) {
    const LamDoubtPair *pair = &g_array_index (pairs, LamDoubtPair, i);
    weights[i] = rule->weigh (pair->label, pair->second, rule->data);
  }
  return weights;
}

static void
empty_settled (const LamLookBrick *brick, const GArray *settled, float *masses)
{
  for (guint i = 0; settled && i < settled->len; i++) {
    const LamBox *box = &g_array_index (settled, LamBox, i);
    const uint16_t cells = cells_across (box, brick);
    const int64_t from = brick->key.z * EDGE;
    const int64_t end = MIN (box->max[2] - from, EDGE);
    for (int64_t z = MAX (box->min[2] - from, 0); z < end; z++)
      for (int k = 0; k < ACROSS * ACROSS; k++)
        if (cells & 1 << k)
          masses[z * ACROSS * ACROSS + k] = 0;
  }
}

static float *
make_masses (
    const LamLookBrick *brick, const double *weights, const GArray *settled)
{
  if (!brick->doubt)
    return NULL;
  float *masses = g_new0 (float, N_CELLS);
  const GArray *parts = brick->doubt->parts;
  for (guint i = 0; i < parts->len; i++) {
    const LamDoubtPart *part = &g_array_index (parts, LamDoubtPart, i);
    masses[part->cell] += part->odds * (float)weights[part->pair];
  }
  empty_settled (brick, settled, masses);
  return masses;
}

const LamDoubtMark *
lam_look_find_mark (const LamBrickDoubt *doubt, int cell)
{
  const GArray *marks = doubt ? doubt->marks : NULL;
  guint low = 0, high = marks ? marks->len : 0;
  while (low < high) {
    const guint middle = low + (high - low) / 2;
    const LamDoubtMark *mark = &g_array_index (marks, LamDoubtMark, middle);
    if (mark->cell == cell)
      return mark;
    if (mark->cell < cell)
      low = middle + 1;
    else
      high = middle;
  }
  return NULL;
}

static bool
is_same_mark (const LamBrickDoubt *a, const LamBrickDoubt *b, int cell)
{
  if (a == b)
    return true;
  const LamDoubtMark *one = lam_look_find_mark (a, cell);
  const LamDoubtMark *two = lam_look_find_mark (b, cell);
  if (!one || !two)
    return !one && !two;
  const LamDoubtPair *left = &g_array_index (a->pairs, LamDoubtPair, one->pair);
  const LamDoubtPair *right =
      &g_array_index (b->pairs, LamDoubtPair, two->pair);
  return one->n == two->n && one->doubt == two->doubt && one->low == two->low
      && one->high == two->high && left->label == right->label
      && left->second == right->second;
}

/* Takes the masses. What a cell was that is another, is still known to whoever
 * took it. */
static void
exchange_masses (LamLookMap *map, LamLookBrick *brick, float *masses)
{
  g_autofree float *old = brick->masses;
  brick->masses = masses;
  if (!brick->takes && masses)
    brick->takes = g_new0 (LamTake *, N_CELLS);
  for (int cell = 0; cell < N_CELLS; cell++) {
    const float before = old ? old[cell] : 0, now = masses ? masses[cell] : 0;
    if (before != now
        || (now > 0 && !is_same_mark (brick->last, brick->doubt, cell)))
      lam_look_enliven_cell (map, brick, cell);
  }
  if (!old != !masses)
    lam_look_enliven_brick (map, brick);
  if (!masses)
    g_clear_pointer (&brick->takes, g_free);
}

static bool
is_same_settled (const GArray *a, const GArray *b)
{
  if (!a || !b)
    return a == b;
  return a->len == b->len
      && memcmp (a->data, b->data, a->len * sizeof (LamBox)) == 0;
}

/* Takes the boxes. */
static void
renew_brick (LamLookMap *map, LamLookBrick *brick, GArray *settled,
    const LamLookRule *rule)
{
  g_autofree double *weights = weigh_pairs (brick, rule);
  const guint n = brick->doubt ? brick->doubt->pairs->len : 0;
  if (brick->is_new || !is_same_settled (brick->settled, settled)
      || memcmp (brick->weights, weights, n * sizeof *weights) != 0) {
    exchange_masses (map, brick, make_masses (brick, weights, settled));
    g_free (brick->weights);
    brick->weights = g_steal_pointer (&weights);
  }
  g_clear_pointer (&brick->settled, g_array_unref);
  brick->settled = settled;
  g_clear_pointer (&brick->last, lam_brick_doubt_unref);
  brick->last = brick->doubt ? lam_brick_doubt_ref (brick->doubt) : NULL;
  brick->is_new = false;
}

/* ---- Looks -------------------------------------------------------------- */

static void
renew_bricks (LamLookMap *map, GHashTable *settled, const LamLookRule *rule)
{
  GHashTableIter iter;
  gpointer brick;
  g_hash_table_iter_init (&iter, map->bricks);
  while (g_hash_table_iter_next (&iter, NULL, &brick)) {
    gpointer boxes = NULL;
    g_hash_table_steal_extended (settled, brick, NULL, &boxes);
    renew_brick (map, brick, boxes, rule);
    if (map->is_lost)
      lam_look_enliven_brick (map, brick);
  }
}

bool
lam_look_map_find (LamLookMap *map, const LamLookRule *rule, GArray *looks,
    LamProgress *progress, GError **error)
{
  g_autoptr (GHashTable) settled = list_settled (map, rule, progress, error);
  if (!settled)
    return false;
  renew_bricks (map, settled, rule);
  map->is_lost = !lam_look_run (map, rule, progress, error);
  if (map->is_lost)
    lam_look_forget_takes (map);
  for (guint i = 0, n = 0;
       !map->is_lost && i < map->takes->len && n < rule->limit; i++) {
    const LamTake *take = map->takes->pdata[i];
    if (!take->is_wanted)
      continue;
    g_array_append_vals (looks, &take->look, 1);
    n++;
  }
  return !map->is_lost;
}
