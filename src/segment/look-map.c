/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Sums over cells of 16 × 16 voxels of a slice, 24 kB a brick. A look covers
 * whole cells. The next is always the one with the highest sum, whose cells are
 * empty from then on: for what is put right by several looks together the
 * greedy order is near the best (Nemhauser, Wolsey and Fisher 1978), and as
 * sums only fall, one that was found earlier is a bound for what is there now
 * (Minoux 1978), so that few have to be found again. */
#include "segment/look-map.h"

#include <math.h>
#include <string.h>

enum {
  CELL = LAM_DOUBT_CELL,
  ACROSS = LAM_DOUBT_ACROSS,
  WIDE = LAM_LOOK_WIDTH / CELL, /* cells of a look */
  DEEP = LAM_LOOK_DEPTH,
  /* Looks that begin in one block of a brick are compared at once. */
  BLOCK_DEPTH = 4,
  N_BLOCKS = LAM_BRICK_EDGE / BLOCK_DEPTH,
  /* Cells that such looks see. */
  SEEN = ACROSS + WIDE - 1,
  SEEN_DEPTH = BLOCK_DEPTH + DEEP - 1,
};

typedef struct {
  float mass; /* expected to be wrong, weighed */
  LamDoubtPair pair; /* of the marked voxels */
  LamDoubtMark mark; /* `cell` and `pair` of it are not used */
} Cell;

typedef struct {
  float best; /* no look that begins there is worth more */
  int block;
  LamBrickKey key;
} Block;

struct _LamLookMap {
  int64_t size[3];
  GHashTable *doubts; /* Owned; packed key → LamBrickDoubt, until weighed */
  GHashTable *bricks; /* Owned; packed key → Cell[LAM_DOUBT_N_CELLS] */
  GArray *heap; /* Owned; of Block, the highest first */
};

LamLookMap *
lam_look_map_new (const int64_t size[3])
{
  LamLookMap *map = g_new0 (LamLookMap, 1);
  memcpy (map->size, size, sizeof map->size);
  map->doubts = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free,
      (GDestroyNotify)lam_brick_doubt_unref);
  map->bricks =
      g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, g_free);
  map->heap = g_array_new (false, false, sizeof (Block));
  return map;
}

void
lam_look_map_free (LamLookMap *map)
{
  g_hash_table_unref (map->doubts);
  g_hash_table_unref (map->bricks);
  g_array_unref (map->heap);
  g_free (map);
}

/* ---- What is likely wrong ----------------------------------------------- */

static void
push (LamLookMap *map, Block block)
{
  g_array_append_val (map->heap, block);
  Block *all = (Block *)(void *)map->heap->data;
  for (guint i = map->heap->len - 1; i > 0;) {
    guint above = (i - 1) / 2;
    if (all[above].best >= block.best)
      break;
    all[i] = all[above];
    all[above] = block;
    i = above;
  }
}

void
lam_look_map_add (LamLookMap *map, LamBrickKey key, LamBrickDoubt *doubt)
{
  int64_t packed = lam_brick_key_pack (key);
  if (doubt->parts->len > 0)
    g_hash_table_insert (map->doubts, g_memdup2 (&packed, sizeof packed),
        lam_brick_doubt_ref (doubt));
}

static Cell *
weigh_brick (const LamBrickDoubt *doubt, LamLookWeigh weigh, gpointer data)
{
  const LamDoubtPair *pairs = (const LamDoubtPair *)(void *)doubt->pairs->data;
  Cell *cells = g_new0 (Cell, LAM_DOUBT_N_CELLS);
  g_autofree double *weights = g_new (double, doubt->pairs->len);
  for (guint i = 0; i < doubt->pairs->len; i++)
    weights[i] = weigh (pairs[i].label, pairs[i].second, data);
  for (guint i = 0; i < doubt->parts->len; i++) {
    const LamDoubtPart *part = &g_array_index (doubt->parts, LamDoubtPart, i);
    cells[part->cell].mass += part->odds * (float)weights[part->pair];
  }
  for (guint i = 0; i < doubt->marks->len; i++) {
    const LamDoubtMark *mark = &g_array_index (doubt->marks, LamDoubtMark, i);
    cells[mark->cell].mark = *mark;
    cells[mark->cell].pair = pairs[mark->pair];
  }
  return cells;
}

static int
compare_keys (gconstpointer a, gconstpointer b)
{
  int64_t one = *(const int64_t *)a, two = *(const int64_t *)b;
  return (one > two) - (one < two);
}

void
lam_look_map_weigh (LamLookMap *map, LamLookWeigh weigh, gpointer data)
{
  GHashTableIter iter;
  gpointer key, doubt;
  g_autoptr (GArray) keys = g_array_new (false, false, sizeof (int64_t));
  g_hash_table_iter_init (&iter, map->doubts);
  while (g_hash_table_iter_next (&iter, &key, &doubt)) {
    g_hash_table_insert (map->bricks, g_memdup2 (key, sizeof (int64_t)),
        weigh_brick (doubt, weigh, data));
    g_array_append_vals (keys, key, 1);
  }
  g_hash_table_remove_all (map->doubts);
  g_array_sort (keys, compare_keys);
  for (guint i = 0; i < keys->len; i++)
    for (int block = 0; block < N_BLOCKS; block++)
      push (map,
          (Block){ INFINITY, block,
              lam_brick_key_unpack (g_array_index (keys, int64_t, i)) });
}

/* ---- The best of a block ------------------------------------------------ */

static Block
pop (LamLookMap *map)
{
  Block *all = (Block *)(void *)map->heap->data, top = all[0];
  guint n = map->heap->len - 1, i = 0;
  Block last = all[n];
  g_array_set_size (map->heap, n);
  for (guint next = 1; next < n; next = 2 * i + 1) {
    if (next + 1 < n && all[next + 1].best > all[next].best)
      next++;
    if (last.best >= all[next].best)
      break;
    all[i] = all[next];
    i = next;
  }
  if (n > 0)
    all[i] = last;
  return top;
}

/* At a voxel; NULL: nothing is known there. */
static Cell *
get_cell (LamLookMap *map, int64_t x, int64_t y, int64_t z)
{
  LamBrickKey key = { (int32_t)(x / LAM_BRICK_EDGE),
    (int32_t)(y / LAM_BRICK_EDGE), (int32_t)(z / LAM_BRICK_EDGE) };
  int64_t packed = lam_brick_key_pack (key);
  Cell *cells = g_hash_table_lookup (map->bricks, &packed);
  return cells
      ? &cells[(z % LAM_BRICK_EDGE * ACROSS + y % LAM_BRICK_EDGE / CELL)
              * ACROSS
          + x % LAM_BRICK_EDGE / CELL]
      : NULL;
}

typedef float Masses[SEEN_DEPTH][SEEN][SEEN];

static void
see (LamLookMap *map, const int64_t from[3], Masses masses)
{
  for (int z = 0; z < SEEN_DEPTH; z++)
    for (int y = 0; y < SEEN; y++)
      for (int x = 0; x < SEEN; x++) {
        const Cell *cell =
            get_cell (map, from[0] + x * CELL, from[1] + y * CELL, from[2] + z);
        masses[z][y][x] = cell ? cell->mass : 0;
      }
}

static float
sum_up (Masses masses, int x, int y, int z)
{
  float sum = 0;
  for (int w = z; w < z + DEEP; w++)
    for (int v = y; v < y + WIDE; v++)
      for (int u = x; u < x + WIDE; u++)
        sum += masses[w][v][u];
  return sum;
}

/* The first of equal ones. */
static float
find_best (LamLookMap *map, const Block *block, LamBox *box)
{
  Masses masses;
  float best = 0;
  const int64_t from[3] = { (int64_t)block->key.x * LAM_BRICK_EDGE,
    (int64_t)block->key.y * LAM_BRICK_EDGE,
    (int64_t)block->key.z * LAM_BRICK_EDGE + block->block * BLOCK_DEPTH };
  see (map, from, masses);
  for (int z = 0; z < BLOCK_DEPTH; z++)
    for (int y = 0; y < ACROSS; y++)
      for (int x = 0; x < ACROSS; x++) {
        float sum = sum_up (masses, x, y, z);
        if (sum <= best)
          continue;
        best = sum;
        int64_t low[3] = { from[0] + x * CELL, from[1] + y * CELL,
          from[2] + z };
        *box = lam_box_new (low[0], low[1], low[2], low[0] + LAM_LOOK_WIDTH,
            low[1] + LAM_LOOK_WIDTH, low[2] + LAM_LOOK_DEPTH);
      }
  return best;
}

/* ---- Taking ------------------------------------------------------------- */

/* For each cell of a look that is known. */
#define FOR_EACH_CELL(map, box, cell, x, y, z) \
  for (int64_t z = (box)->min[2]; z < (box)->max[2]; z++) \
    for (int64_t y = (box)->min[1]; y < (box)->max[1]; y += CELL) \
      for (int64_t x = (box)->min[0]; x < (box)->max[0]; x += CELL) \
        for (Cell *cell = get_cell (map, x, y, z); cell; cell = NULL)

/* True when anything was there. */
static bool
empty (LamLookMap *map, const LamBox *box, const GArray *settled)
{
  bool was_any = false;
  FOR_EACH_CELL (map, box, cell, x, y, z)
  {
    const int64_t middle[3] = { x + CELL / 2, y + CELL / 2, z };
    for (guint i = 0; i < settled->len; i++)
      if (cell->mass > 0
          && lam_box_contains (&g_array_index (settled, LamBox, i), middle)) {
        *cell = (Cell){ 0 };
        was_any = true;
      }
  }
  return was_any;
}

static void
take_cells (LamLookMap *map, const LamBox *box, LamLook *look)
{
  double doubt = 0;
  int most = 0;
  FOR_EACH_CELL (map, box, cell, x, y, z)
  {
    const LamDoubtMark *mark = &cell->mark;
    if (mark->n > 0) {
      LamBox marked = lam_box_new (x + mark->low % CELL, y + mark->low / CELL,
          z, x + mark->high % CELL + 1, y + mark->high / CELL + 1, z + 1);
      look->box = lam_box_unite (&look->box, &marked);
      look->n_voxels += mark->n;
      doubt += mark->doubt;
    }
    if (mark->n > most) {
      most = mark->n;
      look->label = cell->pair.label;
      look->second = cell->pair.second;
    }
    *cell = (Cell){ 0 };
  }
  look->uncertainty = look->n_voxels > 0 ? doubt / (double)look->n_voxels : 0;
}

bool
lam_look_map_take (LamLookMap *map, int64_t least, LamLookSettled settled,
    gpointer data, LamLook *look, GError **error)
{
  g_autoptr (GArray) boxes = g_array_new (false, false, sizeof (LamBox));
  while (map->heap->len > 0) {
    LamBox box = { 0 };
    Block block = pop (map);
    block.best = find_best (map, &block, &box);
    if (block.best <= 0)
      continue;
    if (map->heap->len > 0
        && block.best < g_array_index (map->heap, Block, 0).best) {
      push (map, block);
      continue;
    }
    g_array_set_size (boxes, 0);
    if (settled && !settled (&box, data, boxes, error))
      return false;
    bool is_less = empty (map, &box, boxes);
    *look = (LamLook){ .second = -1, .score = (double)block.best };
    if (!is_less)
      take_cells (map, &box, look);
    push (map, block);
    if (!is_less && look->n_voxels >= least)
      return true;
  }
  return false;
}
