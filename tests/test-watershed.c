/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Voxel by voxel, as the definition has it, against what several threads do
 * with basins alone: the pieces must be the same, each voxel's. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "labels/summits.h"
#include "labels/watershed.h"

/* ---- The definition ----------------------------------------------------- */

typedef struct {
  const uint16_t *heights;
  const int64_t *size;
  const LamWatershedRules *rules;
  int64_t *parent; /* -1 until the voxel was taken */
  GArray *passes; /* of two int64_t, highest first */
} Plain;

static int64_t
find_root (int64_t *parent, int64_t i)
{
  while (parent[i] != i)
    i = parent[i] = parent[parent[i]];
  return i;
}

static bool
stands_out (const Plain *plain, int64_t low, int64_t high, int64_t at)
{
  const LamWatershedRules *rules = plain->rules;
  const int64_t *size = plain->size;
  const double summit = plain->heights[low],
               relief = summit - plain->heights[at];
  const int64_t steps[3] = { high % size[0] - low % size[0],
    high / size[0] % size[1] - low / size[0] % size[1],
    high / size[0] / size[1] - low / size[0] / size[1] };
  double square = 0;
  for (int a = 0; a < 3; a++)
    square += pow ((double)steps[a] * rules->voxel_size_nm[a], 2);
  return relief > 0 && relief >= rules->relief * summit
      && relief >= rules->least_relief
      && sqrt (square) >= rules->least_distance_nm;
}

/* Gives whose the voxel `at` is then. */
static int64_t
meet (Plain *plain, int64_t at, int64_t here, int64_t there)
{
  const uint16_t *heights = plain->heights;
  const bool is_higher = heights[here] > heights[there]
      || (heights[here] == heights[there] && here < there);
  const int64_t high = is_higher ? here : there, low = is_higher ? there : here;
  if (!stands_out (plain, low, high, at)) {
    plain->parent[low] = high;
    return high;
  }
  const int64_t pass[2] = { here, there };
  g_array_append_vals (plain->passes, pass, 2);
  return here;
}

static void
take (Plain *plain, int64_t i)
{
  const int64_t *size = plain->size;
  const int64_t x = i % size[0], y = i / size[0] % size[1],
                z = i / size[0] / size[1];
  int64_t found[26];
  int n = 0, best = 0;
  for (int k = 0; k < 27; k++) {
    const int64_t dx = k % 3 - 1, dy = k / 3 % 3 - 1, dz = k / 9 - 1;
    const int64_t to = i + dx + size[0] * (dy + size[1] * dz);
    if (!lam_connectivity_has (plain->rules->connectivity, dx, dy, dz)
        || x + dx < 0 || x + dx >= size[0] || y + dy < 0 || y + dy >= size[1]
        || z + dz < 0 || z + dz >= size[2] || plain->parent[to] < 0)
      continue;
    found[n] = to;
    if (plain->heights[to] > plain->heights[found[best]])
      best = n;
    n++;
  }
  plain->parent[i] = i;
  if (n == 0)
    return;
  const int64_t first = found[best];
  found[best] = found[0];
  int64_t here = plain->parent[i] = find_root (plain->parent, first);
  for (int k = 1; k < n; k++) {
    const int64_t there = find_root (plain->parent, found[k]);
    if (there != here)
      here = meet (plain, i, here, there);
  }
}

/* Pieces that are too small go over their highest pass. */
static void
join_small (Plain *plain, int64_t n)
{
  int64_t *parent = plain->parent;
  g_autofree int64_t *sizes = g_new0 (int64_t, n);
  for (int64_t i = 0; i < n; i++)
    if (parent[i] >= 0)
      sizes[find_root (parent, i)]++;
  for (guint i = 0; i < plain->passes->len; i += 2) {
    const int64_t *pass = &g_array_index (plain->passes, int64_t, i);
    const int64_t a = find_root (parent, pass[0]),
                  b = find_root (parent, pass[1]);
    const int64_t least = plain->rules->min_voxels;
    if (a == b || (sizes[a] >= least && sizes[b] >= least))
      continue;
    parent[a] = b;
    sizes[b] += sizes[a];
  }
}

static uint32_t
cut_plainly (const uint16_t *heights, const int64_t size[3],
    const LamWatershedRules *rules, uint32_t *pieces)
{
  const int64_t n = size[0] * size[1] * size[2];
  g_autofree int64_t *parent = g_new (int64_t, n);
  g_autofree int64_t *count = g_new0 (int64_t, 65536 + 1);
  g_autofree int64_t *order = g_new (int64_t, n);
  g_autofree uint32_t *names = g_new0 (uint32_t, n);
  g_autoptr (GArray) passes = g_array_new (false, false, sizeof (int64_t));
  Plain plain = { heights, size, rules, parent, passes };
  uint32_t n_pieces = 0;
  memset (parent, 0xff, (size_t)n * sizeof *parent);
  for (int64_t i = 0; i < n; i++)
    count[65535 - heights[i] + 1]++;
  for (int level = 1; level <= 65536; level++)
    count[level] += count[level - 1];
  for (int64_t i = 0; i < n; i++)
    order[count[65535 - heights[i]]++] = i;
  for (int64_t i = 0; i < n && heights[order[i]] > 0; i++)
    take (&plain, order[i]);
  join_small (&plain, n);
  for (int64_t i = 0; i < n; i++) {
    pieces[i] = 0;
    if (parent[i] < 0)
      continue;
    const int64_t root = find_root (parent, i);
    if (names[root] == 0)
      names[root] = ++n_pieces;
    pieces[i] = names[root];
  }
  return n_pieces;
}

/* ---- Maps --------------------------------------------------------------- */

/* Hills on a plain, in steps of `step`, with noise on them; and all that is low
 * is outside. */
static uint16_t *
make_map (LamRandom *random, const int64_t size[3], int step, double noise)
{
  enum { N_HILLS = 12 };
  const int64_t n = size[0] * size[1] * size[2];
  uint16_t *heights = g_new (uint16_t, n);
  double at[N_HILLS][3], width[N_HILLS];
  for (int h = 0; h < N_HILLS; h++) {
    for (int a = 0; a < 3; a++)
      at[h][a] = lam_random_range (random, 0, (float)size[a]);
    width[h] =
        lam_random_range (random, 0.05f, 0.25f) * (float)MAX (size[0], size[1]);
  }
  for (int64_t i = 0; i < n; i++) {
    const double x = (double)(i % size[0]), y = (double)(i / size[0] % size[1]),
                 z = (double)(i / size[0] / size[1]);
    double height = noise * lam_random_unit (random);
    for (int h = 0; h < N_HILLS; h++) {
      const double square =
          pow (x - at[h][0], 2) + pow (y - at[h][1], 2) + pow (z - at[h][2], 2);
      height = fmax (height, 1 - sqrt (square) / width[h]);
    }
    const int level = (int)(65535 * fmin (fmax (height - 0.1, 0), 1));
    heights[i] = (uint16_t)(level - level % step);
  }
  return heights;
}

static LamWatershedRules
choose_rules (LamRandom *random)
{
  static const LamConnectivity all[3] = { LAM_CONNECT_FACES, LAM_CONNECT_EDGES,
    LAM_CONNECT_CORNERS };
  static const double reliefs[4] = { 0, 0.05, 0.2, 0.5 };
  return (LamWatershedRules){
    .connectivity = all[lam_random_u32 (random) % 3],
    .voxel_size_nm = { 8, 8, 20 },
    .relief = reliefs[lam_random_u32 (random) % 4],
    .least_relief = lam_random_u32 (random) % 2 ? 500 : 0,
    .least_distance_nm = lam_random_u32 (random) % 2 ? 60 : 0,
    .min_voxels = lam_random_u32 (random) % 2 ? 200 : 0,
  };
}

static void
check (const uint16_t *heights, const int64_t size[3], LamWatershedRules *rules,
    int most_threads)
{
  const int64_t n = size[0] * size[1] * size[2];
  g_autofree uint32_t *wanted = g_new (uint32_t, n);
  g_autofree uint32_t *found = g_new (uint32_t, n);
  const uint32_t n_pieces = cut_plainly (heights, size, rules, wanted);
  for (int n_threads = 1; n_threads <= most_threads; n_threads++) {
    rules->n_threads = n_threads;
    memset (found, 0xff, (size_t)n * sizeof *found);
    g_assert_cmpuint (
        lam_watershed (heights, size, rules, found, NULL), ==, n_pieces);
    g_assert_cmpmem (
        found, (size_t)n * sizeof *found, wanted, (size_t)n * sizeof *wanted);
  }
}

static void
test_small_maps (void)
{
  static const int steps[4] = { 1, 100, 5000, 30000 };
  for (uint64_t seed = 0; seed < 150; seed++) {
    LamRandom random = lam_random_new (seed, 1);
    int64_t size[3];
    for (int a = 0; a < 3; a++)
      size[a] = 1 + lam_random_u32 (&random) % (seed % 2 ? 24 : 7);
    const double noise = lam_random_range (&random, 0, 1.1f);
    const int step = steps[lam_random_u32 (&random) % 4];
    LamWatershedRules rules = choose_rules (&random);
    g_autofree uint16_t *heights = make_map (&random, size, step, noise);
    check (heights, size, &rules, 2);
  }
}

/* Of so many voxels that they are shared out among threads. */
static void
test_threads (void)
{
  static const int64_t sizes[3][3] = { { 90, 70, 25 }, { 1700, 60, 1 },
    { 17, 80, 90 } };
  for (int i = 0; i < 6; i++) {
    LamRandom random = lam_random_new ((uint64_t)i, 2);
    LamWatershedRules rules = choose_rules (&random);
    g_autofree uint16_t *heights =
        make_map (&random, sizes[i / 2], i % 2 ? 1 : 600, i % 2 ? 0.9 : 0.3);
    check (heights, sizes[i / 2], &rules, 3);
  }
}

/* Of so many voxels that their meetings are listed in parts. */
static void
test_levels (void)
{
  const int64_t size[3] = { 150, 128, 112 }, n = size[0] * size[1] * size[2];
  LamRandom random = lam_random_new (5, 3);
  LamWatershedRules rules = { .connectivity = LAM_CONNECT_FACES,
    .voxel_size_nm = { 8, 8, 20 },
    .relief = 0.3 };
  g_autofree uint16_t *heights = g_new (uint16_t, n);
  for (int64_t i = 0; i < n; i++) {
    const int64_t hill = labs (i % 50 - 25) + labs (i / size[0] % 64 - 32);
    heights[i] =
        (uint16_t)(60000 - 900 * hill + lam_random_u32 (&random) % 2000);
  }
  check (heights, size, &rules, 1);
}

static void
test_outside (void)
{
  const int64_t size[3] = { 5, 4, 3 };
  uint16_t heights[60] = { 0 };
  uint32_t pieces[60];
  LamWatershedRules rules = { .connectivity = LAM_CONNECT_CORNERS };
  lam_watershed (heights, size, &rules, pieces, NULL);
  for (int i = 0; i < 60; i++)
    g_assert_cmpuint (pieces[i], ==, 0);
}

static void
test_cancelled (void)
{
  const int64_t size[3] = { 5, 4, 3 };
  uint16_t heights[60];
  uint32_t pieces[60];
  LamWatershedRules rules = { .connectivity = LAM_CONNECT_CORNERS };
  g_autoptr (LamProgress) progress = lam_progress_new ();
  memset (heights, 1, sizeof heights);
  lam_progress_cancel (progress);
  g_assert_cmpuint (
      lam_watershed (heights, size, &rules, pieces, progress), ==, 0);
}

/* Two summits of one height, and a third that one of them would reach first. */
static void
test_uphill (void)
{
  static const uint16_t heights[7] = { 3, 9, 4, 4, 9, 0, 2 };
  static const uint32_t wanted[7] = { 1, 1, 1, 2, 2, 0, 3 };
  const int64_t size[3] = { 7, 1, 1 };
  const LamHeightMap map = { heights, size, LAM_CONNECT_CORNERS, 1, NULL };
  uint32_t basins[7];
  g_autoptr (GArray) summits = lam_summits_find (&map, basins);
  g_assert_cmpmem (basins, sizeof basins, wanted, sizeof wanted);
  g_assert_cmpuint (summits->len, ==, 4);
  g_assert_cmpuint (g_array_index (summits, uint32_t, 1), ==, 1);
  g_assert_cmpuint (g_array_index (summits, uint32_t, 2), ==, 4);
  g_assert_cmpuint (g_array_index (summits, uint32_t, 3), ==, 6);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/watershed/uphill", test_uphill);
  g_test_add_func ("/watershed/small-maps", test_small_maps);
  g_test_add_func ("/watershed/threads", test_threads);
  g_test_add_func ("/watershed/levels", test_levels);
  g_test_add_func ("/watershed/outside", test_outside);
  g_test_add_func ("/watershed/cancelled", test_cancelled);
  return g_test_run ();
}
