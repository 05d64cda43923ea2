/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* As if water were let off: voxels come up from the highest level down, those
 * of one level in the order of memory. A voxel goes to the basin of its highest
 * neighbour that came up before; one without such a neighbour is a summit and
 * begins a basin. Where a voxel meets a second basin it is the pass between the
 * two, for it is the highest at which they meet. There it is decided whether
 * the lower summit stands out, and if not its basin becomes part of the other;
 * so that what remains apart in the end is the watershed of the seeds alone.
 *
 * Whose basin a voxel is in takes only its neighbours' heights (summits.c). So
 * of all voxels only those at which basins meet are taken in that order, and of
 * them only the basins (basin-meetings.c); all else several threads do at once.
 * Meetings of a large map are listed from a part of its levels at a time, for
 * they may take more memory than the map.
 *
 * Basins are trees. The root is the one of the highest summit, since the lower
 * one is hung under the higher; of equal ones it is the first. */
#include "labels/watershed.h"

#include <math.h>
#include <string.h>

#include "labels/basin-meetings.h"
#include "labels/summits.h"

#define N_LEVELS 65536
/* Voxels whose meetings are listed at once: so many, or … */
#define LIST_VOXELS (INT64_C (1) << 21)
/* … that part of all. */
#define LIST_PARTS 8
/* Most basins are one above that level already. */
#define CORE 21845

/* A pass at which two seeds stayed apart. */
typedef struct {
  uint32_t a, b;
} Pass;

typedef struct {
  const LamHeightMap *map; /* Borrowed */
  const LamWatershedRules *rules; /* Borrowed */
  const uint32_t *summits; /* Borrowed; voxels, by basin */
  uint32_t n_basins; /* 0, which is none, and the others */
  /* Owned */
  uint32_t *parent; /* by basin */
  GArray *passes; /* Pass, highest first */
} Flood;

static void
flood_clear (Flood *flood)
{
  g_free (flood->parent);
  g_clear_pointer (&flood->passes, g_array_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Flood, flood_clear)

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
  const int64_t *size = flood->map->size;
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

static uint16_t
get_height (const Flood *flood, uint32_t basin)
{
  return flood->map->heights[flood->summits[basin]];
}

/* Whether the summit of `low`, which is not the higher one, is a seed beside
 * it. */
static bool
stands_out (const Flood *flood, uint32_t low, uint32_t high, uint16_t pass)
{
  const LamWatershedRules *rules = flood->rules;
  double summit = get_height (flood, low), relief = summit - pass;
  return relief >= rules->relief * summit && relief >= rules->least_relief
      && relief > 0
      && distance_nm (flood, flood->summits[low], flood->summits[high])
      >= rules->least_distance_nm;
}

static void
meet (Flood *flood, const LamBasinMeeting *meeting)
{
  const uint32_t here = find_root (flood->parent, meeting->basin),
                 there = find_root (flood->parent, meeting->other);
  if (here == there)
    return;
  const uint16_t height = get_height (flood, here),
                 other = get_height (flood, there);
  const bool is_higher = height > other || (height == other && here < there);
  const uint32_t high = is_higher ? here : there,
                 low = is_higher ? there : here;
  if (!stands_out (flood, low, high, meeting->height)) {
    flood->parent[low] = high;
    return;
  }
  Pass pass = { MIN (here, there), MAX (here, there) };
  const Pass *last = flood->passes->len
      ? &g_array_index (flood->passes, Pass, flood->passes->len - 1)
      : NULL;
  if (!last || last->a != pass.a || last->b != pass.b)
    g_array_append_val (flood->passes, pass);
}

/* From `highest` down, of levels whose voxels are counted in `levels`, if not
 * NULL: down to which they are listed next, at least one. */
static int
find_lowest (const int64_t *levels, int highest, int64_t n)
{
  const int last = highest > CORE ? CORE + 1 : 1;
  if (!levels)
    return last;
  const int64_t most = MAX (LIST_VOXELS, n / LIST_PARTS);
  int64_t n_listed = levels[highest];
  int lowest = highest;
  while (lowest > last && n_listed + levels[lowest - 1] <= most)
    n_listed += levels[--lowest];
  return lowest;
}

/* NULL: all may be listed at once. */
static int64_t *
count_levels (const uint16_t *heights, int64_t n)
{
  if (n <= LIST_VOXELS)
    return NULL;
  int64_t *levels = g_new0 (int64_t, N_LEVELS);
  for (int64_t i = 0; i < n; i++)
    levels[heights[i]]++;
  return levels;
}

static void
join_basins (Flood *flood)
{
  for (uint32_t basin = 1; basin < flood->n_basins; basin++)
    flood->parent[basin] = find_root (flood->parent, basin);
}

/* In the end each basin has its root for a parent. False: cancelled, or no
 * memory. */
static bool
run_flood (Flood *flood, uint32_t *basins, int64_t n)
{
  const LamHeightMap *map = flood->map;
  g_autofree int64_t *levels = count_levels (map->heights, n);
  g_autofree uint32_t *stretches =
      g_try_new (uint32_t, lam_basins_count_stretches (map));
  bool done = stretches;
  for (int highest = N_LEVELS - 1, lowest; done && highest > 0;
       highest = lowest - 1) {
    const bool is_first = highest == N_LEVELS - 1;
    lowest = find_lowest (levels, highest, n);
    done = is_first || lam_basins_join (map, basins, flood->parent, stretches);
    size_t n_meetings;
    g_autofree LamBasinMeeting *meetings = done
        ? lam_basin_meetings_list (map, basins, is_first ? NULL : stretches,
            lowest, highest, &n_meetings)
        : NULL;
    done = meetings;
    for (size_t i = 0; done && i < n_meetings; i++)
      meet (flood, &meetings[i]);
    join_basins (flood);
  }
  return done;
}

/* ---- Pieces ------------------------------------------------------------- */

/* What is found out of roots. */
typedef struct {
  int64_t n_voxels, first;
} Piece;

typedef struct {
  const Flood *flood; /* Borrowed */
  const uint32_t *basins; /* Borrowed */
  Piece *pieces; /* Borrowed; by basin */
} Measuring;

/* Others add to it, too. */
static void
add_run (Piece *piece, int64_t first, int64_t n)
{
  int64_t before = __atomic_load_n (&piece->first, __ATOMIC_RELAXED);
  __atomic_fetch_add (&piece->n_voxels, n, __ATOMIC_RELAXED);
  while (first < before
      && !__atomic_compare_exchange_n (&piece->first, &before, first, true,
          __ATOMIC_RELAXED, __ATOMIC_RELAXED))
    ;
}

static void
measure_rows (int64_t part, int64_t row, int64_t end_row, gpointer data)
{
  const Measuring *measuring = data;
  const uint32_t *basins = measuring->basins;
  const int64_t width = measuring->flood->map->size[0], end = end_row * width;
  uint32_t root = 0;
  int64_t n = 0, first = 0;
  for (int64_t i = row * width; i < end;) {
    const uint32_t basin = basins[i], next = measuring->flood->parent[basin];
    const int64_t start = i;
    while (++i < end && basins[i] == basin)
      ;
    if (next != 0 && next != root) {
      add_run (&measuring->pieces[root], first, n);
      root = next;
      first = start;
      n = 0;
    }
    n += next != 0 ? i - start : 0;
  }
  add_run (&measuring->pieces[root], first, n);
}

static int
compare_first (gconstpointer a, gconstpointer b, gpointer data)
{
  const Piece *pieces = data;
  const int64_t x = pieces[*(const uint32_t *)a].first,
                y = pieces[*(const uint32_t *)b].first;
  return (x > y) - (x < y);
}

static GArray *
list_roots (const Flood *flood)
{
  GArray *roots = g_array_new (false, false, sizeof (uint32_t));
  for (uint32_t basin = 1; basin < flood->n_basins; basin++)
    if (flood->parent[basin] == basin)
      g_array_append_val (roots, basin);
  return roots;
}

/* Each basin its piece, in the order of first voxels; sizes of the pieces, from
 * 1, and the piece of each pass's seeds. NULL: cancelled. */
static GArray *
number_pieces (Flood *flood, const uint32_t *basins, uint32_t *names)
{
  g_autoptr (GArray) roots = list_roots (flood);
  g_autofree Piece *pieces = g_new0 (Piece, flood->n_basins);
  Measuring measuring = { flood, basins, pieces };
  for (uint32_t basin = 0; basin < flood->n_basins; basin++)
    pieces[basin].first = INT64_MAX;
  if (roots->len > 1) {
    if (!lam_height_map_walk (flood->map, measure_rows, &measuring))
      return NULL;
    g_array_sort_with_data (roots, compare_first, pieces);
  }
  GArray *sizes = g_array_new (false, true, sizeof (int64_t));
  g_array_set_size (sizes, roots->len + 1);
  for (guint i = 0; i < roots->len; i++) {
    const uint32_t root = g_array_index (roots, uint32_t, i);
    names[root] = i + 1;
    g_array_index (sizes, int64_t, i + 1) = pieces[root].n_voxels;
  }
  for (uint32_t basin = 1; basin < flood->n_basins; basin++)
    names[basin] = names[flood->parent[basin]];
  for (guint i = 0; i < flood->passes->len; i++) {
    Pass *pass = &g_array_index (flood->passes, Pass, i);
    pass->a = names[pass->a];
    pass->b = names[pass->b];
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

/* Gives each basin its piece, and how many pieces there are; 0: cancelled. */
static uint32_t
name_basins (Flood *flood, const uint32_t *basins, uint32_t *names)
{
  g_autoptr (GArray) sizes = number_pieces (flood, basins, names);
  if (!sizes)
    return 0;
  g_autofree uint32_t *to = join_small (flood, sizes);
  const uint32_t n_pieces = renumber (to, sizes->len);
  for (uint32_t basin = 1; basin < flood->n_basins; basin++)
    names[basin] = to[names[basin]];
  return n_pieces;
}

typedef struct {
  int64_t width;
  uint32_t *pieces; /* Borrowed; basins at first */
  const uint32_t *names; /* Borrowed; by basin */
} Naming;

static void
name_rows (int64_t part, int64_t row, int64_t end_row, gpointer data)
{
  const Naming *naming = data;
  for (int64_t i = row * naming->width; i < end_row * naming->width; i++)
    naming->pieces[i] = naming->names[naming->pieces[i]];
}

uint32_t
lam_watershed (const uint16_t *heights, const int64_t size[3],
    const LamWatershedRules *rules, uint32_t *pieces, LamProgress *progress)
{
  const LamBox whole = lam_box_of_size (size);
  const int64_t n = lam_box_volume (&whole);
  g_return_val_if_fail (n < INT32_MAX, 0);
  const LamHeightMap map = { heights, size, rules->connectivity,
    rules->n_threads, progress };
  g_autoptr (GArray) summits = lam_summits_find (&map, pieces);
  if (!summits)
    return 0;
  g_auto (Flood) flood = { .map = &map,
    .rules = rules,
    .summits = (const uint32_t *)(void *)summits->data,
    .n_basins = summits->len,
    .parent = g_new (uint32_t, summits->len),
    .passes = g_array_new (false, false, sizeof (Pass)) };
  for (uint32_t basin = 0; basin < summits->len; basin++)
    flood.parent[basin] = basin;
  if (!run_flood (&flood, pieces, n))
    return 0;
  g_autofree uint32_t *names = g_new0 (uint32_t, summits->len);
  const uint32_t n_pieces = name_basins (&flood, pieces, names);
  Naming naming = { size[0], pieces, names };
  return lam_height_map_walk (&map, name_rows, &naming) ? n_pieces : 0;
}
