/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The next look is always the one with the highest sum, of equal ones the first
 * in the volume; its cells are empty from then on. For what is put right by
 * several looks together the greedy order is near the best (Nemhauser, Wolsey
 * and Fisher 1978), and as sums only fall, one that was found earlier is a
 * bound for what is there now (Minoux 1978), so that few have to be found
 * again.
 *
 * A run follows the one before, whose takes are there in their order. At each
 * moment a cell may be another than it was at that moment then: its mass is
 * another, or it was taken in one of both only. Blocks that see such a cell are
 * live. All others see what they saw then, so that their takes of then are the
 * best of theirs now; those of live blocks are found anew. Whichever is better
 * is next. Where a live block comes to what it came to then, nothing more
 * becomes different. The first run is one in which all blocks are live. */
#include <math.h>
#include <string.h>

#include "base/heap.h"
#include "segment/look-inside.h"

enum {
  EDGE = LAM_BRICK_EDGE,
  CELL = LAM_DOUBT_CELL,
  ACROSS = LAM_DOUBT_ACROSS,
  WIDE = LAM_LOOK_CELLS,
  DEEP = LAM_LOOK_DEPTH,
  BLOCK = LAM_LOOK_BLOCK,
  /* Cells that the looks of a block see. */
  SEEN = ACROSS + WIDE - 1,
  SEEN_DEPTH = BLOCK + DEEP - 1,
  CHECK_EVERY = 256, /* steps */
};
G_STATIC_ASSERT (WIDE == ACROSS);

typedef struct {
  LamLookMap *map;
  const LamLookRule *rule;
  GPtrArray *then; /* Owned; takes of the run before, from `at` on */
  guint at;
  bool was_cut_off;
  guint n_wanted;
} Run;

/* ---- Live blocks -------------------------------------------------------- */

/* Negative: the first is better. */
static int
compare_ranks (float best_a, const LamLookBrick *a, int block_a, float best_b,
    const LamLookBrick *b, int block_b)
{
  if (best_a != best_b)
    return best_a > best_b ? -1 : 1;
  if (a != b)
    return a->packed < b->packed ? -1 : 1;
  return block_a - block_b;
}

/* Of LamLookBlock. */
static int
compare_blocks (gconstpointer a, gconstpointer b)
{
  const LamLookBlock *one = a, *two = b;
  return compare_ranks (
      one->best, one->brick, one->block, two->best, two->brick, two->block);
}

static int
compare_take (const LamTake *take, const LamLookBlock *block)
{
  return compare_ranks (take->best, take->brick, take->block, block->best,
      block->brick, block->block);
}

static void
enliven (LamLookMap *map, LamLookBrick *brick, int block)
{
  const uint16_t bit = (uint16_t)(1 << block);
  if (!brick || brick->live & bit)
    return;
  if (!brick->live)
    g_ptr_array_add (map->alive, brick);
  brick->live |= bit;
  const LamLookBlock unknown = { INFINITY, block, brick };
  lam_heap_push (map->heap, &unknown, compare_blocks);
}

void
lam_look_enliven_brick (LamLookMap *map, LamLookBrick *brick)
{
  for (int block = 0; block < LAM_LOOK_N_BLOCKS; block++)
    enliven (map, brick, block);
}

void
lam_look_enliven_cell (LamLookMap *map, LamLookBrick *brick, int cell)
{
  const int x = cell % ACROSS, y = cell / ACROSS % ACROSS,
            z = cell / (ACROSS * ACROSS);
  const int first = z - (DEEP - 1);
  for (int from = first < 0 ? -1 : first / BLOCK; from <= z / BLOCK; from++)
    for (int dy = y < WIDE - 1 ? -1 : 0; dy <= 0; dy++)
      for (int dx = x < WIDE - 1 ? -1 : 0; dx <= 0; dx++)
        enliven (map, brick->beside[LAM_LOOK_SIDE (dx, dy, from < 0 ? -1 : 0)],
            from < 0 ? LAM_LOOK_N_BLOCKS - 1 : from);
}

static bool
is_live (const LamTake *take)
{
  return take->brick->live & 1 << take->block;
}

/* ---- The best of a block ------------------------------------------------ */

static bool
is_left (const LamLookMap *map, const LamLookBrick *brick, int cell)
{
  const LamTake *take = brick->takes[cell];
  return brick->masses[cell] > 0 && (!take || take->run != map->run);
}

typedef float Masses[SEEN_DEPTH][SEEN][SEEN];

/* One row of cells of a brick. */
static void
see_row (const LamLookMap *map, const LamLookBrick *brick, int y, int z, int n,
    float *row)
{
  const int from = (z * ACROSS + y) * ACROSS;
  for (int x = 0; x < n; x++)
    row[x] = brick && brick->masses && is_left (map, brick, from + x)
        ? brick->masses[from + x]
        : 0;
}

static void
see (const LamLookMap *map, const LamLookBlock *block, Masses masses)
{
  for (int k = 0; k < SEEN_DEPTH; k++) {
    const int z = block->block * BLOCK + k;
    for (int y = 0; y < SEEN; y++)
      for (int dx = 0; dx < 2; dx++)
        see_row (map,
            block->brick->beside[LAM_LOOK_SIDE (dx, y / ACROSS, z / EDGE)],
            y % ACROSS, z % EDGE, dx ? WIDE - 1 : ACROSS,
            masses[k][y] + dx * ACROSS);
  }
}

typedef float Sums[BLOCK][ACROSS][ACROSS];

/* Of all looks that begin in the block: along x, along y, along z. */
static void
sum_up (Masses masses, Sums sums)
{
  float wide[SEEN_DEPTH][ACROSS][ACROSS];
  for (int z = 0; z < SEEN_DEPTH; z++) {
    float rows[SEEN][ACROSS];
    for (int y = 0; y < SEEN; y++)
      for (int x = 0; x < ACROSS; x++) {
        const float *m = masses[z][y] + x;
        rows[y][x] = (m[0] + m[1]) + (m[2] + m[3]);
      }
    for (int y = 0; y < ACROSS; y++)
      for (int x = 0; x < ACROSS; x++)
        wide[z][y][x] =
            (rows[y][x] + rows[y + 1][x]) + (rows[y + 2][x] + rows[y + 3][x]);
  }
  for (int z = 0; z < BLOCK; z++)
    for (int y = 0; y < ACROSS; y++)
      for (int x = 0; x < ACROSS; x++) {
        float sum = 0;
        for (int k = 0; k < DEEP; k++)
          sum += wide[z + k][y][x];
        sums[z][y][x] = sum;
      }
}
G_STATIC_ASSERT (WIDE == 4);

/* The first of equal ones, by its first cell. None begins in a brick in which
 * nothing is doubtful. */
static float
find_best (const LamLookMap *map, const LamLookBlock *block, int *first)
{
  Masses masses;
  Sums sums;
  float best = 0;
  if (!block->brick->masses)
    return 0;
  see (map, block, masses);
  sum_up (masses, sums);
  for (int z = 0; z < BLOCK; z++)
    for (int y = 0; y < ACROSS; y++)
      for (int x = 0; x < ACROSS; x++)
        if (sums[z][y][x] > best) {
          best = sums[z][y][x];
          *first = ((block->block * BLOCK + z) * ACROSS + y) * ACROSS + x;
        }
  return best;
}

/* ---- Taking ------------------------------------------------------------- */

typedef struct {
  LamLookBrick *brick; /* NULL: nothing is known there */
  int cell;
} Place;

/* The i-th cell of a look. */
static Place
find_cell (const LamTake *take, int i)
{
  const int x = take->first % ACROSS + i % WIDE;
  const int y = take->first / ACROSS % ACROSS + i / WIDE % WIDE;
  const int z = take->first / (ACROSS * ACROSS) + i / (WIDE * WIDE);
  LamLookBrick *brick =
      take->brick->beside[LAM_LOOK_SIDE (x / ACROSS, y / ACROSS, z / EDGE)];
  if (!brick || !brick->masses)
    return (Place){ NULL, 0 };
  return (
      Place){ brick, (z % EDGE * ACROSS + y % ACROSS) * ACROSS + x % ACROSS };
}

#define FOR_EACH_CELL(take, place) \
  for (int i_##place = 0; i_##place < WIDE * WIDE * DEEP; i_##place++) \
    for (Place place = find_cell (take, i_##place); place.brick; \
         place.brick = NULL)

static LamBox
mark_box (const Place *place, const LamDoubtMark *mark)
{
  const LamBrickKey key = place->brick->key;
  const int64_t x = key.x * EDGE + place->cell % ACROSS * CELL;
  const int64_t y = key.y * EDGE + place->cell / ACROSS % ACROSS * CELL;
  const int64_t z = key.z * EDGE + place->cell / (ACROSS * ACROSS);
  return lam_box_new (x + mark->low % CELL, y + mark->low / CELL, z,
      x + mark->high % CELL + 1, y + mark->high / CELL + 1, z + 1);
}

static LamLook
make_look (const LamLookMap *map, const LamTake *take)
{
  LamLook look = { .second = -1, .score = (double)take->best };
  double doubt = 0;
  int most = 0;
  FOR_EACH_CELL (take, place)
  {
    const LamDoubtMark *mark = is_left (map, place.brick, place.cell)
        ? lam_look_find_mark (place.brick->doubt, place.cell)
        : NULL;
    if (!mark)
      continue;
    const LamBox marked = mark_box (&place, mark);
    look.box = lam_box_unite (&look.box, &marked);
    look.n_voxels += mark->n;
    doubt += mark->doubt;
    if (mark->n > most) {
      const LamDoubtPair *pair =
          &g_array_index (place.brick->doubt->pairs, LamDoubtPair, mark->pair);
      most = mark->n;
      look.label = pair->label;
      look.second = pair->second;
    }
  }
  look.uncertainty = look.n_voxels > 0 ? doubt / (double)look.n_voxels : 0;
  return look;
}

static void
keep (Run *run, LamTake *take)
{
  take->run = run->map->run;
  g_ptr_array_add (run->map->takes, take);
  run->n_wanted += take->is_wanted;
}

/* What was empty then as well, nobody has to look at again. */
static void
claim (Run *run, LamTake *take, bool is_other)
{
  LamLookMap *map = run->map;
  take->look = make_look (map, take);
  take->is_wanted = take->look.n_voxels >= run->rule->least;
  FOR_EACH_CELL (take, place)
  {
    if (!is_left (map, place.brick, place.cell))
      continue;
    place.brick->takes[place.cell] = take;
    if (is_other)
      lam_look_enliven_cell (map, place.brick, place.cell);
  }
  keep (run, take);
}

static void
let_go (LamLookMap *map, LamTake *take, bool tells)
{
  FOR_EACH_CELL (take, place)
  {
    if (place.brick->takes[place.cell] != take)
      continue;
    place.brick->takes[place.cell] = NULL;
    if (tells && place.brick->masses[place.cell] > 0)
      lam_look_enliven_cell (map, place.brick, place.cell);
  }
  g_free (take);
}

/* Past a take of then: it is one now, unless its block is live. */
static void
pass (Run *run)
{
  LamTake *take = run->then->pdata[run->at++];
  if (is_live (take))
    let_go (run->map, take, true);
  else
    keep (run, take);
}

static void
take_new (Run *run, const LamLookBlock *block, int first)
{
  LamTake *take = g_new0 (LamTake, 1);
  take->best = block->best;
  take->brick = block->brick;
  take->block = block->block;
  take->first = first;
  claim (run, take, true);
}

/* ---- A run -------------------------------------------------------------- */

/* The best of live blocks, against what is next of then. */
static void
compare (Run *run, LamLookBlock block, int first)
{
  LamLookMap *map = run->map;
  LamTake *then = run->at < run->then->len ? run->then->pdata[run->at] : NULL;
  const int order = then ? compare_take (then, &block) : 1;
  lam_heap_push (map->heap, &block, compare_blocks);
  if (order < 0 || (order == 0 && then->first != first))
    pass (run);
  else if (order == 0) {
    run->at++;
    claim (run, then, false);
  } else
    take_new (run, &block, first);
}

/* False: nothing is left. */
static bool
step (Run *run)
{
  LamLookMap *map = run->map;
  const LamLookBlock *top = (const LamLookBlock *)(void *)map->heap->data;
  const bool has_then = run->at<run->then->len, has_live = map->heap->len> 0;
  if (has_then
      && (!has_live || compare_take (run->then->pdata[run->at], top) < 0)) {
    pass (run);
    return true;
  }
  if (!has_live)
    return false;
  LamLookBlock block;
  lam_heap_pop (map->heap, &block, compare_blocks);
  int first = 0;
  block.best = find_best (map, &block, &first);
  if (block.best <= 0)
    return true;
  if (map->heap->len > 0 && compare_blocks (top, &block) < 0)
    lam_heap_push (map->heap, &block, compare_blocks);
  else
    compare (run, block, first);
  return true;
}

static void
enliven_all (LamLookMap *map)
{
  GHashTableIter iter;
  gpointer brick;
  g_hash_table_iter_init (&iter, map->bricks);
  while (g_hash_table_iter_next (&iter, NULL, &brick))
    lam_look_enliven_brick (map, brick);
}

/* True: enough is known. A run that was cut off knows nothing of what came
 * after it; one that follows it may need some of that. */
static bool
is_enough (Run *run)
{
  const guint limit = run->rule->limit;
  const bool is_over = run->was_cut_off && run->at == run->then->len;
  run->map->is_cut_off =
      run->n_wanted >= limit + limit / 8 || (is_over && run->n_wanted >= limit);
  if (run->map->is_cut_off)
    return true;
  if (is_over) {
    enliven_all (run->map);
    run->was_cut_off = false;
  }
  return false;
}

static void
finish (Run *run)
{
  LamLookMap *map = run->map;
  while (run->at < run->then->len)
    let_go (map, run->then->pdata[run->at++], false);
  g_ptr_array_unref (run->then);
  for (guint i = 0; i < map->alive->len; i++)
    ((LamLookBrick *)map->alive->pdata[i])->live = 0;
  g_ptr_array_set_size (map->alive, 0);
  g_array_set_size (map->heap, 0);
}

bool
lam_look_run (LamLookMap *map, const LamLookRule *rule, LamProgress *progress,
    GError **error)
{
  Run run = {
    .map = map, .rule = rule, .then = map->takes, .was_cut_off = map->is_cut_off
  };
  bool done = true;
  g_ptr_array_set_free_func (run.then, NULL);
  map->takes = g_ptr_array_new_with_free_func (g_free);
  map->run++;
  for (guint i = 0; done && !is_enough (&run); i++) {
    if (i % CHECK_EVERY == 0)
      done = lam_progress_check (progress, error);
    if (!step (&run))
      break;
  }
  finish (&run);
  return done;
}

void
lam_look_forget_takes (LamLookMap *map)
{
  GHashTableIter iter;
  gpointer value;
  g_ptr_array_set_size (map->takes, 0);
  map->is_cut_off = false;
  g_hash_table_iter_init (&iter, map->bricks);
  while (g_hash_table_iter_next (&iter, NULL, &value)) {
    LamLookBrick *brick = value;
    if (brick->takes)
      memset (brick->takes, 0, LAM_DOUBT_N_CELLS * sizeof *brick->takes);
  }
}
