/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Dijkstra's search over the 26 neighbours of a voxel, so that lengths are true
 * in every direction; a step across an edge or a corner needs open voxels that
 * lead around it by faces, and the way takes them. Prices of blocks are kept
 * from one search to the next, costs are not: six bytes a voxel of a block, and
 * twelve a voxel that waits. */
#include "labels/way-finder.h"

#include <math.h>
#include <string.h>

#define EDGE LAM_WAY_BLOCK
#define N_VOXELS LAM_WAY_BLOCK_VOXELS
#define N_STEPS 26
#define SOURCE 255
/* 800 MB. */
#define MAX_BLOCKS 4096
#define PATIENCE 4096

typedef struct {
  int64_t key[3];
  int32_t beside[27]; /* number of a block, or: */
  /* Owned */
  uint8_t *prices;
  float *costs; /* NULL: this search did not come here */
  uint8_t *steps; /* that led to a voxel; with `costs` */
} Block;

enum { UNKNOWN = -1, OUTSIDE = -2, REFUSED = -3 };

typedef struct {
  int32_t block, voxel;
} Spot;

typedef struct {
  float cost;
  Spot spot;
} Waiting;

typedef struct {
  int8_t by[3];
  float length_nm;
} Step;

struct _LamWayFinder {
  LamWayRule rule;
  LamBox blocks; /* of the rule's box */
  Step moves[N_STEPS];
  float factors[256];
  bool is_full;
  GError *problem; /* Owned; or NULL */
  /* Owned */
  GPtrArray *list; /* of Block */
  GHashTable *numbers; /* a block's key → its number + 1 */
  GArray *heap; /* of Waiting */
};

/* --- blocks --------------------------------------------------------------- */

static guint
hash_key (gconstpointer data)
{
  const int64_t *key = data;
  return (guint)(key[0] * 73856093 ^ key[1] * 19349663 ^ key[2] * 83492791);
}

static gboolean
keys_equal (gconstpointer a, gconstpointer b)
{
  return memcmp (a, b, 3 * sizeof (int64_t)) == 0;
}

static void
block_free (gpointer data)
{
  Block *block = data;
  g_free (block->prices);
  g_free (block->costs);
  g_free (block->steps);
  g_free (block);
}

static Block *
get_block (const LamWayFinder *finder, int32_t number)
{
  return finder->list->pdata[number];
}

static int32_t
make_block (LamWayFinder *finder, const int64_t key[3])
{
  if (finder->list->len >= MAX_BLOCKS) {
    finder->is_full = true;
    return REFUSED;
  }
  Block *block = g_new0 (Block, 1);
  LamBox box;
  memset (block->beside, 0xff, sizeof block->beside);
  block->prices = g_new0 (uint8_t, N_VOXELS);
  for (int a = 0; a < 3; a++) {
    block->key[a] = key[a];
    box.min[a] = key[a] * EDGE;
    box.max[a] = box.min[a] + EDGE;
  }
  g_ptr_array_add (finder->list, block);
  g_hash_table_insert (
      finder->numbers, block->key, GINT_TO_POINTER ((int)finder->list->len));
  LamBox inside = lam_box_intersect (&box, &finder->rule.box);
  if (finder->rule.read (&box, &inside, block->prices, finder->rule.user_data,
          &finder->problem))
    return (int32_t)finder->list->len - 1;
  return REFUSED;
}

static int32_t
find_block (LamWayFinder *finder, const int64_t key[3])
{
  if (!lam_box_contains (&finder->blocks, key))
    return OUTSIDE;
  int number = GPOINTER_TO_INT (g_hash_table_lookup (finder->numbers, key));
  return number > 0 ? number - 1 : make_block (finder, key);
}

/* Costs and steps of a search. */
static Block *
open_block (LamWayFinder *finder, int32_t number)
{
  Block *block = get_block (finder, number);
  if (block->costs)
    return block;
  block->costs = g_new (float, N_VOXELS);
  block->steps = g_new (uint8_t, N_VOXELS);
  for (int i = 0; i < N_VOXELS; i++)
    block->costs[i] = INFINITY;
  return block;
}

static Spot
find_spot (LamWayFinder *finder, const int64_t at[3])
{
  const int64_t key[3] = { at[0] / EDGE, at[1] / EDGE, at[2] / EDGE };
  return (Spot){ find_block (finder, key),
    (int32_t)(at[0] % EDGE + EDGE * (at[1] % EDGE + EDGE * (at[2] % EDGE))) };
}

static void
get_place (const LamWayFinder *finder, Spot spot, int64_t at[3])
{
  const Block *block = get_block (finder, spot.block);
  at[0] = block->key[0] * EDGE + spot.voxel % EDGE;
  at[1] = block->key[1] * EDGE + spot.voxel / EDGE % EDGE;
  at[2] = block->key[2] * EDGE + spot.voxel / (EDGE * EDGE);
}

/* `block` below 0: there is nothing. */
static Spot
move (LamWayFinder *finder, Spot from, int dx, int dy, int dz)
{
  int at[3] = { from.voxel % EDGE + dx, from.voxel / EDGE % EDGE + dy,
    from.voxel / (EDGE * EDGE) + dz };
  int to[3] = { 0 };
  for (int a = 0; a < 3; a++) {
    to[a] = at[a] < 0 ? -1 : at[a] >= EDGE;
    at[a] -= to[a] * EDGE;
  }
  Spot spot = { from.block, at[0] + EDGE * (at[1] + EDGE * at[2]) };
  if (to[0] == 0 && to[1] == 0 && to[2] == 0)
    return spot;
  Block *block = get_block (finder, from.block);
  int32_t *beside =
      &block->beside[to[0] + 1 + 3 * (to[1] + 1 + 3 * (to[2] + 1))];
  if (*beside == UNKNOWN) {
    const int64_t key[3] = { block->key[0] + to[0], block->key[1] + to[1],
      block->key[2] + to[2] };
    *beside = find_block (finder, key);
  }
  spot.block = *beside;
  return spot;
}

static uint8_t
get_price (const LamWayFinder *finder, Spot spot)
{
  return spot.block < 0 ? LAM_WAY_CLOSED
                        : get_block (finder, spot.block)->prices[spot.voxel];
}

/* --- what waits ----------------------------------------------------------- */

static void
push (LamWayFinder *finder, float cost, Spot spot)
{
  g_array_set_size (finder->heap, finder->heap->len + 1);
  Waiting *heap = (Waiting *)(gpointer)finder->heap->data;
  guint i = finder->heap->len - 1;
  while (i > 0 && heap[(i - 1) / 2].cost > cost) {
    heap[i] = heap[(i - 1) / 2];
    i = (i - 1) / 2;
  }
  heap[i] = (Waiting){ cost, spot };
}

static Waiting
pop (LamWayFinder *finder)
{
  Waiting *heap = (Waiting *)(gpointer)finder->heap->data;
  const Waiting first = heap[0], last = heap[finder->heap->len - 1];
  const guint n = finder->heap->len - 1;
  guint i = 0;
  for (guint child = 1; child < n; child = 2 * i + 1) {
    if (child + 1 < n && heap[child + 1].cost < heap[child].cost)
      child++;
    if (heap[child].cost >= last.cost)
      break;
    heap[i] = heap[child];
    i = child;
  }
  heap[i] = last;
  g_array_set_size (finder->heap, n);
  return first;
}

/* --- steps ---------------------------------------------------------------- */

/* The cheapest spots that lead around an edge or a corner by faces, and what
 * they cost together; how many, or -1: none do. */
static int
find_around (LamWayFinder *finder, Spot from, const Step *step, Spot around[2],
    float *factors)
{
  static const int8_t orders[6][3] = { { 0, 1, 2 }, { 0, 2, 1 }, { 1, 0, 2 },
    { 1, 2, 0 }, { 2, 0, 1 }, { 2, 1, 0 } };
  const int n = !!step->by[0] + !!step->by[1] + !!step->by[2];
  *factors = n == 1 ? 0 : INFINITY;
  for (int i = 0; n > 1 && i < 6; i++) {
    Spot spots[2] = { 0 };
    int by[3] = { 0 }, found = 0;
    float sum = 0;
    for (int j = 0; j < 3 && found >= 0 && found < n - 1; j++) {
      const int axis = orders[i][j];
      if (step->by[axis] == 0)
        continue;
      by[axis] = step->by[axis];
      spots[found] = move (finder, from, by[0], by[1], by[2]);
      const uint8_t price = get_price (finder, spots[found]);
      sum += finder->factors[price];
      found = price ? found + 1 : -1;
    }
    if (found == n - 1 && sum < *factors) {
      *factors = sum;
      memcpy (around, spots, sizeof spots);
    }
  }
  return isfinite (*factors) ? n - 1 : -1;
}

/* A step costs its length at the mean price of what it comes by. */
static void
relax (LamWayFinder *finder, const Waiting *from, int number)
{
  const Step *step = &finder->moves[number];
  Spot around[2];
  Spot to = move (finder, from->spot, step->by[0], step->by[1], step->by[2]);
  const uint8_t price = get_price (finder, to);
  float factors, cost = from->cost + step->length_nm;
  if (price == LAM_WAY_CLOSED)
    return;
  Block *block = open_block (finder, to.block);
  if (cost >= block->costs[to.voxel])
    return;
  const int n = find_around (finder, from->spot, step, around, &factors);
  if (n < 0)
    return;
  cost = from->cost
      + step->length_nm * (finder->factors[price] + factors) / (float)(n + 1);
  if (cost >= block->costs[to.voxel])
    return;
  block->costs[to.voxel] = cost;
  block->steps[to.voxel] = (uint8_t)number;
  push (finder, cost, to);
}

/* --- a search ------------------------------------------------------------- */

static void
add_source (LamWayFinder *finder, const int64_t at[3])
{
  Spot spot = find_spot (finder, at);
  if (spot.block < 0)
    return;
  Block *block = open_block (finder, spot.block);
  block->costs[spot.voxel] = 0;
  block->steps[spot.voxel] = SOURCE;
  push (finder, 0, spot);
}

/* The voxels of a brick that have a face towards another, or that are at the
 * brick's end. */
static bool
add_sources (LamWayFinder *finder, const LamVoxelSet *from, LamBrickKey key)
{
  const uint64_t *rows = lam_voxel_set_get (from, key);
  const LamBox brick = lam_brick_box (key);
  for (int row = 0; row < LAM_VOXEL_ROWS; row++) {
    const int y = row % LAM_BRICK_EDGE, z = row / LAM_BRICK_EDGE;
    uint64_t inner = rows[row] << 1 & rows[row] >> 1;
    inner &=
        y > 0 && y < LAM_BRICK_EDGE - 1 ? rows[row - 1] & rows[row + 1] : 0;
    inner &= z > 0 && z < LAM_BRICK_EDGE - 1
        ? rows[row - LAM_BRICK_EDGE] & rows[row + LAM_BRICK_EDGE]
        : 0;
    for (uint64_t word = rows[row] & ~inner; word; word &= word - 1) {
      const int64_t at[3] = { brick.min[0] + __builtin_ctzll (word),
        brick.min[1] + y, brick.min[2] + z };
      add_source (finder, at);
    }
    if (finder->problem || finder->is_full)
      return false;
  }
  return true;
}

static void
begin (LamWayFinder *finder, const LamVoxelSet *from)
{
  finder->is_full = false;
  g_array_set_size (finder->heap, 0);
  if (finder->list->len > MAX_BLOCKS / 2) {
    g_hash_table_remove_all (finder->numbers);
    g_ptr_array_set_size (finder->list, 0);
  }
  for (guint i = 0; i < finder->list->len; i++) {
    Block *block = finder->list->pdata[i];
    g_clear_pointer (&block->costs, g_free);
    g_clear_pointer (&block->steps, g_free);
  }
  g_autoptr (GArray) keys = lam_voxel_set_dup_keys (from);
  for (guint i = 0; i < keys->len; i++)
    if (!add_sources (finder, from,
            lam_brick_key_unpack (g_array_index (keys, int64_t, i))))
      return;
}

static void
trace (LamWayFinder *finder, Spot spot, GArray *way)
{
  for (;;) {
    LamWayVoxel voxel;
    get_place (finder, spot, voxel.at);
    g_array_append_val (way, voxel);
    const uint8_t number = get_block (finder, spot.block)->steps[spot.voxel];
    if (number == SOURCE)
      return;
    const Step *step = &finder->moves[number];
    Spot around[2];
    float factors;
    spot = move (finder, spot, -step->by[0], -step->by[1], -step->by[2]);
    const int n = find_around (finder, spot, step, around, &factors);
    for (int i = n - 1; i >= 0; i--) {
      get_place (finder, around[i], voxel.at);
      g_array_append_val (way, voxel);
    }
  }
}

/* Takes up the cheapest spot; true: it is another goal. */
static bool
advance (LamWayFinder *finder, const LamVoxelSet *from, Spot *goal)
{
  const Waiting next = pop (finder);
  const Block *block = get_block (finder, next.spot.block);
  if (next.cost > block->costs[next.spot.voxel])
    return false;
  if (block->prices[next.spot.voxel] == LAM_WAY_GOAL
      && block->steps[next.spot.voxel] != SOURCE) {
    int64_t at[3];
    get_place (finder, next.spot, at);
    *goal = next.spot;
    return !lam_voxel_set_has (from, at);
  }
  for (int i = 0; i < N_STEPS; i++)
    relax (finder, &next, i);
  return false;
}

LamWayEnd
lam_way_finder_find (LamWayFinder *finder, const LamVoxelSet *from, GArray *way,
    LamProgress *progress, GError **error)
{
  Spot goal = { OUTSIDE, 0 };
  bool found = false;
  g_array_set_size (way, 0);
  begin (finder, from);
  for (int64_t n = 1;
       !found && !finder->problem && !finder->is_full && finder->heap->len > 0;
       n++) {
    found = advance (finder, from, &goal);
    if (n % PATIENCE == 0 && !lam_progress_check (progress, error))
      return LAM_WAY_FAILED;
  }
  if (finder->problem) {
    g_propagate_error (error, g_steal_pointer (&finder->problem));
    return LAM_WAY_FAILED;
  }
  if (!found)
    return finder->is_full ? LAM_WAY_TOO_FAR : LAM_WAY_NONE;
  trace (finder, goal, way);
  return LAM_WAY_FOUND;
}

/* --- as a whole ----------------------------------------------------------- */

LamWayFinder *
lam_way_finder_new (const LamWayRule *rule)
{
  LamWayFinder *finder = g_new0 (LamWayFinder, 1);
  int n = 0;
  finder->rule = *rule;
  for (int i = 0; i < 27; i++) {
    const int by[3] = { i % 3 - 1, i / 3 % 3 - 1, i / 9 - 1 };
    double square = 0;
    for (int a = 0; a < 3; a++)
      square += pow (by[a] * rule->voxel_size_nm[a], 2);
    if (i != 13)
      finder->moves[n++] =
          (Step){ { (int8_t)by[0], (int8_t)by[1], (int8_t)by[2] },
            (float)sqrt (square) };
  }
  for (int i = 0; i < 256; i++)
    finder->factors[i] = i == LAM_WAY_GOAL ? 1
                                           : 1
            + (float)(LAM_WAY_DEAREST - 1) * (float)(i - LAM_WAY_CHEAP)
                / (LAM_WAY_DEAR - LAM_WAY_CHEAP);
  for (int a = 0; a < 3; a++) {
    finder->blocks.min[a] = rule->box.min[a] / EDGE;
    finder->blocks.max[a] = lam_divide_up (rule->box.max[a], EDGE);
  }
  finder->list = g_ptr_array_new_with_free_func (block_free);
  finder->numbers = g_hash_table_new (hash_key, keys_equal);
  finder->heap = g_array_new (false, false, sizeof (Waiting));
  return finder;
}

void
lam_way_finder_free (LamWayFinder *finder)
{
  g_clear_error (&finder->problem);
  g_hash_table_unref (finder->numbers);
  g_ptr_array_unref (finder->list);
  g_array_unref (finder->heap);
  g_free (finder);
}

void
lam_way_finder_add_goals (LamWayFinder *finder, const LamVoxelSet *set)
{
  g_autoptr (GArray) keys = lam_voxel_set_dup_keys (set);
  for (guint i = 0; i < keys->len; i++) {
    LamBrickKey key = lam_brick_key_unpack (g_array_index (keys, int64_t, i));
    const uint64_t *rows = lam_voxel_set_get (set, key);
    const LamBox brick = lam_brick_box (key);
    for (int row = 0; row < LAM_VOXEL_ROWS; row++)
      for (uint64_t word = rows[row]; word; word &= word - 1) {
        const int64_t at[3] = { brick.min[0] + __builtin_ctzll (word),
          brick.min[1] + row % LAM_BRICK_EDGE,
          brick.min[2] + row / LAM_BRICK_EDGE };
        const int64_t block[3] = { at[0] / EDGE, at[1] / EDGE, at[2] / EDGE };
        if (g_hash_table_contains (finder->numbers, block)) {
          Spot spot = find_spot (finder, at);
          get_block (finder, spot.block)->prices[spot.voxel] = LAM_WAY_GOAL;
        }
      }
  }
}
