/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Water is let off: voxels are taken from the highest level down, those of one
 * level in the order of their index (one bucket a level, filled by counting).
 * A voxel goes to the basin of its highest neighbour that was taken before; one
 * without such a neighbour is a summit and begins a basin. Where a voxel meets
 * a second basin it is the pass between the two, for it is the highest at which
 * they meet. There it is decided whether the lower summit stands out, and if
 * not its basin becomes part of the other; so that what remains apart in the
 * end is the watershed of the seeds alone.
 *
 * Basins are trees over the voxels themselves. The root is the summit, since
 * the lower one is hung under the higher; equal ones go by index. */
#include "labels/watershed.h"

#include <math.h>
#include <string.h>

#define OUTSIDE UINT32_MAX
#define FEW_VOXELS 65536
#define ASK_EVERY 65536 /* voxels: whether it was cancelled */

/* A pass at which two seeds stayed apart. */
typedef struct {
  uint32_t a, b;
} Pass;

typedef struct {
  const uint16_t *heights; /* Borrowed */
  const int64_t *size; /* Borrowed */
  const LamWatershedRules *rules; /* Borrowed */
  int n_steps;
  int8_t steps[26][3];
  int64_t offsets[26];
  /* Owned */
  uint32_t *parent; /* OUTSIDE until the voxel was taken */
  GArray *passes; /* Pass, highest first */
} Flood;

static void
list_steps (Flood *flood)
{
  for (int i = 0; i < 27; i++) {
    int8_t dx = (int8_t)(i % 3 - 1), dy = (int8_t)(i / 3 % 3 - 1);
    int8_t dz = (int8_t)(i / 9 - 1);
    if (!lam_connectivity_has (flood->rules->connectivity, dx, dy, dz))
      continue;
    const int8_t step[3] = { dx, dy, dz };
    memcpy (flood->steps[flood->n_steps], step, sizeof step);
    flood->offsets[flood->n_steps++] =
        (dz * flood->size[1] + dy) * flood->size[0] + dx;
  }
}

/* Few voxels, whose heights would leave most of the buckets empty: the lower
 * and then the upper half of the heights, each by counting. */
static uint32_t *
sort_few_voxels (const uint16_t *heights, uint32_t n, uint32_t *n_inside)
{
  g_autofree uint32_t *order = g_new (uint32_t, MAX (n, 1));
  g_autofree uint32_t *room = g_new (uint32_t, MAX (n, 1));
  *n_inside = 0;
  for (uint32_t i = 0; i < n; i++)
    if (heights[i] > 0)
      order[(*n_inside)++] = i;
  for (int shift = 0; shift < 16; shift += 8) {
    uint32_t bucket[256 + 1] = { 0 };
    for (uint32_t i = 0; i < *n_inside; i++)
      bucket[255 - (heights[order[i]] >> shift & 255) + 1]++;
    for (int level = 1; level <= 256; level++)
      bucket[level] += bucket[level - 1];
    for (uint32_t i = 0; i < *n_inside; i++)
      room[bucket[255 - (heights[order[i]] >> shift & 255)]++] = order[i];
    memcpy (order, room, *n_inside * sizeof *order);
  }
  return g_steal_pointer (&order);
}

/* Indices of the object's voxels, highest first. NULL: no memory. */
static uint32_t *
sort_voxels (const uint16_t *heights, uint32_t n, uint32_t *n_inside)
{
  if (n < FEW_VOXELS)
    return sort_few_voxels (heights, n, n_inside);
  g_autofree uint32_t *bucket = g_new0 (uint32_t, 65536 + 1);
  for (uint32_t i = 0; i < n; i++)
    bucket[65535 - heights[i] + 1]++;
  for (int level = 1; level <= 65536; level++)
    bucket[level] += bucket[level - 1];
  /* Height 0 is the last bucket, and is left out. */
  *n_inside = bucket[65535];
  uint32_t *order = g_try_new (uint32_t, MAX (*n_inside, 1));
  for (uint32_t i = 0; order && i < n; i++)
    if (heights[i] > 0)
      order[bucket[65535 - heights[i]]++] = i;
  return order;
}

static uint32_t
find_root (uint32_t *parent, uint32_t i)
{
  while (parent[i] != i) {
    parent[i] = parent[parent[i]];
    i = parent[i];
  }
  return i;
}

static double
distance_nm (const Flood *flood, uint32_t a, uint32_t b)
{
  const int64_t *size = flood->size;
  int64_t from[3] = { a % size[0], a / size[0] % size[1],
    a / size[0] / size[1] };
  int64_t to[3] = { b % size[0], b / size[0] % size[1], b / size[0] / size[1] };
  double square = 0;
  for (int i = 0; i < 3; i++) {
    double d = (double)(to[i] - from[i]) * flood->rules->voxel_size_nm[i];
    square += d * d;
  }
  return sqrt (square);
}

/* Whether `low`, the summit that is not the higher one, is a seed beside it. */
static bool
stands_out (const Flood *flood, uint32_t low, uint32_t high, uint16_t pass)
{
  const LamWatershedRules *rules = flood->rules;
  double summit = flood->heights[low], relief = summit - pass;
  return relief >= rules->relief * summit && relief >= rules->least_relief
      && relief > 0
      && distance_nm (flood, low, high) >= rules->least_distance_nm;
}

/* Voxel `i`, in basin `here`, touches basin `there`. Gives whose basin the
 * voxel is in then. */
static uint32_t
meet (Flood *flood, uint32_t i, uint32_t here, uint32_t there)
{
  const uint16_t *heights = flood->heights;
  bool is_higher = heights[here] > heights[there]
      || (heights[here] == heights[there] && here < there);
  uint32_t high = is_higher ? here : there, low = is_higher ? there : here;
  if (!stands_out (flood, low, high, heights[i])) {
    flood->parent[low] = high;
    return high;
  }
  Pass pass = { MIN (here, there), MAX (here, there) };
  const Pass *last = flood->passes->len
      ? &g_array_index (flood->passes, Pass, flood->passes->len - 1)
      : NULL;
  if (!last || last->a != pass.a || last->b != pass.b)
    g_array_append_val (flood->passes, pass);
  return here;
}

/* Neighbours that were taken; the highest first, then in order. */
static int
list_neighbours (const Flood *flood, uint32_t i, uint32_t found[26])
{
  const int64_t *size = flood->size;
  /* 32 bits are divided faster, and there are no more voxels. */
  const uint32_t width = (uint32_t)size[0], height = (uint32_t)size[1];
  const uint32_t row = i / width;
  int64_t at[3] = { i - row * width, row % height, row / height };
  int n = 0, best = 0;
  bool is_deep = true;
  for (int axis = 0; axis < 3; axis++)
    is_deep &= at[axis] > 0 && at[axis] + 1 < size[axis];
  for (int k = 0; k < flood->n_steps; k++) {
    const int8_t *step = flood->steps[k];
    bool is_inside = true;
    for (int axis = 0; axis < 3 && !is_deep; axis++)
      is_inside &=
          at[axis] + step[axis] >= 0 && at[axis] + step[axis] < size[axis];
    if (!is_inside)
      continue;
    uint32_t to = (uint32_t)(i + flood->offsets[k]);
    if (flood->parent[to] == OUTSIDE)
      continue;
    found[n] = to;
    if (flood->heights[to] > flood->heights[found[best]])
      best = n;
    n++;
  }
  if (n > 0) {
    uint32_t first = found[best];
    found[best] = found[0];
    found[0] = first;
  }
  return n;
}

static void
take_voxel (Flood *flood, uint32_t i)
{
  uint32_t found[26];
  int n = list_neighbours (flood, i, found);
  flood->parent[i] = i;
  if (n == 0)
    return;
  uint32_t here = find_root (flood->parent, found[0]);
  flood->parent[i] = here;
  for (int k = 1; k < n; k++) {
    if (flood->parent[found[k]] == here)
      continue; /* as most are: no need to look further */
    uint32_t there = find_root (flood->parent, found[k]);
    if (there != here)
      here = meet (flood, i, here, there);
  }
}

/* Each voxel its piece, in the order of first voxels; sizes of the pieces, from
 * 1, and the piece of each pass's seeds. */
static GArray *
number_pieces (Flood *flood, uint32_t n, uint32_t *pieces)
{
  uint32_t *parent = flood->parent;
  GArray *sizes = g_array_new (false, true, sizeof (int64_t));
  g_array_set_size (sizes, 1);
  memset (pieces, 0, n * sizeof *pieces);
  for (uint32_t i = 0; i < n; i++) {
    if (parent[i] == OUTSIDE)
      continue;
    uint32_t root = find_root (parent, i);
    if (pieces[root] == 0) {
      pieces[root] = sizes->len;
      g_array_set_size (sizes, sizes->len + 1);
    }
    pieces[i] = pieces[root];
    g_array_index (sizes, int64_t, pieces[i])++;
  }
  for (guint i = 0; i < flood->passes->len; i++) {
    Pass *pass = &g_array_index (flood->passes, Pass, i);
    pass->a = pieces[find_root (parent, pass->a)];
    pass->b = pieces[find_root (parent, pass->b)];
  }
  return sizes;
}

/* Joins pieces that are too small over their highest pass; gives for each
 * piece the one that it is part of now. */
static uint32_t *
join_small (const Flood *flood, GArray *sizes)
{
  uint32_t *to = g_new (uint32_t, sizes->len);
  int64_t *voxels = &g_array_index (sizes, int64_t, 0);
  int64_t least = flood->rules->min_voxels;
  for (uint32_t i = 0; i < sizes->len; i++)
    to[i] = i;
  for (guint i = 0; i < flood->passes->len; i++) {
    const Pass *pass = &g_array_index (flood->passes, Pass, i);
    uint32_t a = find_root (to, pass->a), b = find_root (to, pass->b);
    if (a == b || (voxels[a] >= least && voxels[b] >= least))
      continue;
    /* The first stays, so that numbers stay in order. */
    to[MAX (a, b)] = MIN (a, b);
    voxels[MIN (a, b)] += voxels[MAX (a, b)];
  }
  return to;
}

static uint32_t
renumber (uint32_t *to, uint32_t n)
{
  uint32_t n_pieces = 0;
  for (uint32_t i = 1; i < n; i++)
    to[i] = to[i] == i ? ++n_pieces : to[to[i]];
  return n_pieces;
}

uint32_t
lam_watershed (const uint16_t *heights, const int64_t size[3],
    const LamWatershedRules *rules, uint32_t *pieces, LamProgress *progress)
{
  LamBox whole = lam_box_of_size (size);
  g_return_val_if_fail (lam_box_volume (&whole) < UINT32_MAX, 0);
  uint32_t n = (uint32_t)lam_box_volume (&whole), n_inside;
  Flood flood = { .heights = heights, .size = size, .rules = rules };
  g_autofree uint32_t *parent = flood.parent = g_try_new (uint32_t, n);
  g_autoptr (GArray) passes = flood.passes =
      g_array_new (false, false, sizeof (Pass));
  g_autofree uint32_t *order = sort_voxels (heights, n, &n_inside);
  if (!parent || !order)
    return 0;
  memset (parent, 0xff, n * sizeof *parent);
  list_steps (&flood);
  for (uint32_t i = 0; i < n_inside; i++) {
    if (i % ASK_EVERY == 0 && progress && lam_progress_is_cancelled (progress))
      return 0;
    take_voxel (&flood, order[i]);
  }
  g_autoptr (GArray) sizes = number_pieces (&flood, n, pieces);
  g_autofree uint32_t *to = join_small (&flood, sizes);
  uint32_t n_pieces = renumber (to, sizes->len);
  for (uint32_t i = 0; i < n; i++)
    pieces[i] = to[pieces[i]];
  return n_pieces;
}
