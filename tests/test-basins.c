/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Basins of a made-up image of cells: that they follow its borders, that each
 * size is made up of the one before, that blocks beside each other mean the
 * same ones, and that networks' borders count where there are any. */
#include <math.h>
#include <string.h>

#include "labels/basin-block.h"
#include "labels/basin-edges.h"
#include "labels/basin-merge.h"
#include "rounds.h"

enum { NX = 150, NY = 140, NZ = 40, N_CELLS = 160 };

typedef struct {
  float *greys;
  uint8_t *cells; /* which one, dense */
  int64_t size[3];
  double nm[3];
  GPtrArray *blocks; /* Owned; in space */
} Scene;

/* Cells around random points, each with a grey of its own and noise. */
static void
make_scene (Scene *scene)
{
  int64_t points[N_CELLS][3];
  float greys[N_CELLS];
  g_autoptr (GRand) random = g_rand_new_with_seed (7);
  *scene = (Scene){ .size = { NX, NY, NZ }, .nm = { 10, 10, 20 } };
  scene->greys = g_new (float, NX *NY *NZ);
  scene->cells = g_new (uint8_t, NX * NY * NZ);
  for (int i = 0; i < N_CELLS; i++) {
    for (int a = 0; a < 3; a++)
      points[i][a] = g_rand_int_range (random, 0, (int)scene->size[a]);
    greys[i] = (float)g_rand_int_range (random, 0, 12) * 20;
  }
  for (int i = 0; i < NX * NY * NZ; i++) {
    const double at[3] = { i % NX, i / NX % NY, i / NX / NY };
    double least = INFINITY;
    for (int j = 0; j < N_CELLS; j++) {
      const double by[3] = { at[0] - (double)points[j][0],
        at[1] - (double)points[j][1], 2 * (at[2] - (double)points[j][2]) };
      const double d = by[0] * by[0] + by[1] * by[1] + by[2] * by[2];
      if (d < least)
        scene->cells[i] = (uint8_t)j;
      least = fmin (least, d);
    }
    scene->greys[i] =
        greys[scene->cells[i]] + (float)g_rand_double_range (random, -4, 4);
  }
}

static void
clear_scene (Scene *scene)
{
  g_free (scene->greys);
  g_free (scene->cells);
  g_ptr_array_unref (scene->blocks);
}

static int64_t
index_at (const int64_t at[3])
{
  return at[0] + NX * (at[1] + NY * at[2]);
}

static void
find_edges (const Scene *scene, const LamBox *box, float *greys, float *edges)
{
  LamBasinView view = { 0 };
  int64_t at[3], i = 0;
  bool is_of_greys;
  for (at[2] = box->min[2]; at[2] < box->max[2]; at[2]++)
    for (at[1] = box->min[1]; at[1] < box->max[1]; at[1]++)
      for (at[0] = box->min[0]; at[0] < box->max[0]; at[0]++)
        greys[i++] = scene->greys[index_at (at)];
  for (int a = 0; a < 3; a++) {
    view.size[a] = box->max[a] - box->min[a];
    view.voxel_size_nm[a] = scene->nm[a];
  }
  view.greys = greys;
  g_assert_true (lam_basin_edges (&view, edges, &is_of_greys));
  g_assert_true (is_of_greys);
}

static double
find_typical_edge (const Scene *scene, const LamBasinKind *kind)
{
  double means[LAM_BASIN_N_SAMPLES];
  for (int i = 0; i < LAM_BASIN_N_SAMPLES; i++) {
    const LamBasinPlace place =
        lam_basin_sample (kind, scene->size, scene->nm, i);
    const int64_t n = lam_box_volume (&place.around);
    g_autofree float *greys = g_new (float, n), *edges = g_new (float, n);
    find_edges (scene, &place.around, greys, edges);
    means[i] = lam_basin_mean_edge (edges, n);
  }
  return lam_basin_typical_edge (means);
}

static LamBasinBlock *
make_block (const Scene *scene, const LamBasinKind *kind,
    const LamBasinPlace *place, double typical_edge)
{
  const int64_t n = lam_box_volume (&place->around);
  g_autofree float *greys = g_new (float, n), *edges = g_new (float, n);
  find_edges (scene, &place->around, greys, edges);
  return lam_basin_block_new (
      kind, place, scene->size, scene->nm, edges, greys, typical_edge);
}

/* All blocks of the scene. */
static GPtrArray *
make_blocks (const Scene *scene, const LamBasinKind *kind)
{
  GPtrArray *blocks =
      g_ptr_array_new_with_free_func ((GDestroyNotify)lam_basin_block_unref);
  LamBasinPlace place = { 0 };
  const double typical = find_typical_edge (scene, kind);
  int64_t at[3];
  for (at[2] = 0; at[2] < NZ; at[2] = place.core.max[2])
    for (at[1] = 0; at[1] < NY; at[1] = place.core.max[1])
      for (at[0] = 0; at[0] < NX; at[0] = place.core.max[0]) {
        place = lam_basin_place (kind, scene->size, scene->nm, at);
        g_ptr_array_add (blocks, make_block (scene, kind, &place, typical));
      }
  return blocks;
}

/* Names of one size of all voxels, from all blocks. */
static uint64_t *
name_all (const GPtrArray *blocks, int size)
{
  uint64_t *names = g_new0 (uint64_t, NX * NY * NZ);
  for (guint i = 0; i < blocks->len; i++) {
    const LamBasinBlock *block = blocks->pdata[i];
    const LamBox *core = lam_basin_block_get_core (block);
    int64_t v[3];
    for (v[2] = core->min[2]; v[2] < core->max[2]; v[2]++)
      for (v[1] = core->min[1]; v[1] < core->max[1]; v[1]++)
        for (v[0] = core->min[0]; v[0] < core->max[0]; v[0]++)
          names[index_at (v)] = lam_basin_block_find (block, size, v);
  }
  return names;
}

static const LamBasinKind in_space = { .in_space = true };

/* Of the pairs of voxels in one cell, beside each other along x, how many are
 * in one basin: those across faces of blocks, or those within. */
static double
find_share_joined (const Scene *scene, const LamBasinKind *kind,
    const uint64_t *names, bool is_across)
{
  int64_t n = 0, n_same = 0, at[3], before[3];
  for (at[2] = 0; at[2] < NZ; at[2]++)
    for (at[1] = 0; at[1] < NY; at[1]++)
      for (at[0] = 1; at[0] < NX; at[0]++) {
        memcpy (before, at, sizeof at);
        before[0]--;
        const LamBasinPlace a =
            lam_basin_place (kind, scene->size, scene->nm, before);
        if (lam_box_contains (&a.core, at) == is_across
            || scene->cells[index_at (at)] != scene->cells[index_at (before)])
          continue;
        n++;
        n_same += names[index_at (at)] == names[index_at (before)];
      }
  g_assert_cmpint (n, >, 1000);
  return (double)n_same / (double)n;
}

/* Each voxel that is in the cell that most of its basin is in. */
static double
find_share_right (const Scene *scene, const uint64_t *names)
{
  g_autoptr (GHashTable) table =
      g_hash_table_new_full (g_int64_hash, g_int64_equal, NULL, g_free);
  for (int i = 0; i < NX * NY * NZ; i++) {
    g_assert_cmpuint (names[i], >, 0);
    int *counts = g_hash_table_lookup (table, &names[i]);
    if (!counts) {
      counts = g_new0 (int, N_CELLS);
      g_hash_table_insert (table, (gpointer)&names[i], counts);
    }
    counts[scene->cells[i]]++;
  }
  GHashTableIter iter;
  gpointer value;
  double n_right = 0;
  g_hash_table_iter_init (&iter, table);
  while (g_hash_table_iter_next (&iter, NULL, &value)) {
    int most = 0;
    for (int i = 0; i < N_CELLS; i++)
      most = MAX (most, ((int *)value)[i]);
    n_right += most;
  }
  return n_right / (NX * NY * NZ);
}

static void
test_borders (gconstpointer data)
{
  const Scene *scene = data;
  for (int i = PLAIN_OR_SANITISED (0, LAM_N_PLANES); i <= LAM_N_PLANES; i++) {
    const LamBasinKind kind = { i == LAM_N_PLANES, (LamPlane)(i % 3) };
    g_autoptr (GPtrArray) blocks = kind.in_space
        ? g_ptr_array_ref (scene->blocks)
        : make_blocks (scene, &kind);
    g_autofree uint64_t *names = name_all (blocks, 2);
    const double right = find_share_right (scene, names);
    g_assert_cmpfloat (right, >, 0.9);
    if (!kind.in_space)
      continue;
    const double within = find_share_joined (scene, &kind, names, false);
    const double across = find_share_joined (scene, &kind, names, true);
    g_test_message ("%.3f right, %.3f joined across faces, %.3f within", right,
        across, within);
    g_assert_cmpfloat (across, >, 0.8 * within);
  }
}

/* All of a basin lies in the blocks that are said to reach its summit. */
static void
test_reach (gconstpointer data)
{
  const Scene *scene = data;
  for (int size = 0; size < LAM_BASIN_N_SIZES;
       size += PLAIN_OR_SANITISED (3, LAM_BASIN_N_SIZES)) {
    g_autofree uint64_t *names = name_all (scene->blocks, size);
    int64_t at[3], summit[3], last[3] = { 0 };
    for (at[2] = 0; at[2] < NZ; at[2]++)
      for (at[1] = 0; at[1] < NY; at[1]++)
        for (at[0] = 0; at[0] < NX; at[0]++) {
          lam_basin_summit (names[index_at (at)], scene->size, summit);
          const LamBasinPlace place =
              lam_basin_place (&in_space, scene->size, scene->nm, at);
          const LamBox reach =
              lam_basin_reach (&in_space, scene->size, scene->nm, summit);
          g_assert_true (lam_box_contains (&place.around, summit));
          for (int i = 0; i < 3; i++)
            last[i] = place.core.max[i] - 1;
          g_assert_true (lam_box_contains (&reach, place.core.min));
          g_assert_true (lam_box_contains (&reach, last));
        }
  }
}

static void
test_sizes (gconstpointer data)
{
  const Scene *scene = data;
  const int64_t first[3] = { 70, 70, 20 };
  const LamBasinPlace place =
      lam_basin_place (&in_space, scene->size, scene->nm, first);
  g_autoptr (LamBasinBlock) block = make_block (
      scene, &in_space, &place, find_typical_edge (scene, &in_space));
  const int64_t n = lam_box_volume (&place.core);
  const uint32_t *finest = lam_basin_block_get_finest (block);
  guint n_before = 0;
  for (int size = 0; size < LAM_BASIN_N_SIZES; size++) {
    g_autoptr (GHashTable) next =
        g_hash_table_new (g_int64_hash, g_int64_equal);
    const uint64_t *names = lam_basin_block_get_names (block, size);
    const uint64_t *larger = lam_basin_block_get_names (
        block, MIN (size + 1, LAM_BASIN_N_SIZES - 1));
    for (int64_t i = 0; i < n; i++) {
      const uint64_t *known = g_hash_table_lookup (next, &names[finest[i]]);
      if (known)
        g_assert_cmpuint (*known, ==, larger[finest[i]]);
      else
        g_hash_table_insert (
            next, (gpointer)&names[finest[i]], (gpointer)&larger[finest[i]]);
    }
    if (size > 0)
      g_assert_cmpuint (g_hash_table_size (next), <, n_before);
    n_before = g_hash_table_size (next);
  }
}

/* Greys that say nothing, or are no numbers, or no image at all: what networks
 * said is followed. */
static void
check_networks (bool has_image)
{
  enum { N = 64 };
  const int64_t size[3] = { N, N, 1 };
  const double nm[3] = { 10, 10, 10 };
  g_autofree float *greys = g_new0 (float, N *N), *edges = g_new (float, N *N),
                   *borders = g_new0 (float, N *N);
  for (int i = 0; i < N * N; i++) {
    borders[i] = i % N == 30 ? 1 : 0.1f;
    greys[i] = i % 7 == 0 ? NAN : i % 11 == 0 ? INFINITY : -3e38f;
  }
  const LamBasinView view = { .size = { N, N, 1 },
    .voxel_size_nm = { 10, 10, 10 },
    .greys = has_image ? greys : NULL,
    .borders = borders };
  bool is_of_greys;
  g_assert_true (lam_basin_edges (&view, edges, &is_of_greys));
  g_assert_false (is_of_greys);
  const LamBasinKind kind = { false, LAM_PLANE_XY };
  const int64_t at[3] = { 0 };
  const LamBasinPlace place = lam_basin_place (&kind, size, nm, at);
  g_autoptr (LamBasinBlock) block =
      lam_basin_block_new (&kind, &place, size, nm, edges, NULL, 0);
  for (int64_t y = 0; y < N; y++) {
    const int64_t left[3] = { 28, y, 0 }, right[3] = { 32, y, 0 };
    g_assert_cmpuint (lam_basin_block_find (block, 0, left), !=,
        lam_basin_block_find (block, 0, right));
  }
}

static void
test_networks (void)
{
  check_networks (true);
  check_networks (false);
}

/* Without an image: as sure as the network is, and no edge where none spoke. */
static void
test_no_image (void)
{
  const float borders[] = { 0, 0.25f, 1, -1 };
  float edges[4];
  const LamBasinView view = {
    .size = { 4, 1, 1 }, .voxel_size_nm = { 10, 10, 40 }, .borders = borders
  };
  bool is_of_greys;
  g_assert_true (lam_basin_edges (&view, edges, &is_of_greys));
  g_assert_false (is_of_greys);
  g_assert_cmpfloat (edges[0], ==, 0);
  g_assert_cmpfloat (edges[1], >, 0.2f);
  g_assert_cmpfloat (edges[2], >, 3 * edges[1]);
  g_assert_cmpfloat (edges[3], ==, 0);
}

/* Voxels that are no numbers or endless leave no piece without a neighbour:
 * each small one is joined with one that it touches. */
static void
test_endless_greys (void)
{
  enum { N = 12 };
  const int64_t size[3] = { N, 1, 1 };
  const double faces_nm2[3] = { 1, 1, 1 };
  const float endless[] = { INFINITY, -INFINITY, NAN, 3e38f };
  uint32_t pieces[N];
  uint64_t summits[N];
  float edges[N], greys[N];
  for (size_t k = 0; k < G_N_ELEMENTS (endless); k++) {
    for (int i = 0; i < N; i++) {
      pieces[i] = (uint32_t)i;
      /* Piece 0 is preferred among equals, and is nobody's but 1's. */
      summits[i] = i ? (uint64_t)(N - i) + 1 : 1;
      edges[i] = 0.1f;
      greys[i] = i % 2 ? endless[k] : -endless[k];
    }
    LamBasinMerge *merge =
        lam_basin_merge_new (pieces, edges, greys, size, faces_nm2, N, summits);
    lam_basin_merge_run (merge, 2);
    for (int i = 0; i < N; i++) {
      const uint32_t root = lam_basin_merge_find (merge, (uint32_t)i);
      const bool left =
          i > 0 && lam_basin_merge_find (merge, (uint32_t)i - 1) == root;
      const bool right =
          i < N - 1 && lam_basin_merge_find (merge, (uint32_t)i + 1) == root;
      g_assert_true (left || right);
    }
    lam_basin_merge_free (merge);
  }
}

/* Two cells with a dark membrane between them that has a gap in its middle. */
enum { GAP_NX = 120, GAP_NY = 60, GAP_MEMBRANE = 60, GAP = 12 };

static float *
draw_gap (guint32 seed)
{
  float *greys = g_new (float, GAP_NX *GAP_NY);
  g_autoptr (GRand) random = g_rand_new_with_seed (seed);
  for (int i = 0; i < GAP_NX * GAP_NY; i++) {
    const int x = i % GAP_NX, y = i / GAP_NX;
    const bool is_membrane =
        ABS (x - GAP_MEMBRANE) <= 1 && ABS (2 * y - GAP_NY) > GAP;
    greys[i] =
        (is_membrane ? 60 : 150) + (float)g_rand_double_range (random, -30, 30);
  }
  return greys;
}

/* Of all voxels that are not on the membrane, those in the cell that less of
 * their basin is in. */
static double
find_share_leaked (const LamBasinBlock *block, int size)
{
  g_autoptr (GHashTable) table =
      g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, g_free);
  for (int64_t i = 0; i < GAP_NX * GAP_NY; i++) {
    const int64_t at[3] = { i % GAP_NX, i / GAP_NX, 0 };
    if (ABS (at[0] - GAP_MEMBRANE) <= 2)
      continue;
    const uint64_t name = lam_basin_block_find (block, size, at);
    int *counts = g_hash_table_lookup (table, &name);
    if (!counts) {
      counts = g_new0 (int, 2);
      g_hash_table_insert (table, g_memdup2 (&name, sizeof name), counts);
    }
    counts[at[0] > GAP_MEMBRANE]++;
  }
  GHashTableIter iter;
  gpointer value;
  double leaked = 0;
  g_hash_table_iter_init (&iter, table);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    leaked += MIN (((int *)value)[0], ((int *)value)[1]);
  return leaked / (GAP_NX * GAP_NY);
}

static LamBasinBlock *
make_gap_block (guint32 seed)
{
  const LamBasinKind kind = { false, LAM_PLANE_XY };
  g_autofree float *greys = draw_gap (seed);
  const LamBasinView view = {
    .size = { GAP_NX, GAP_NY, 1 }, .voxel_size_nm = { 5, 5, 5 }, .greys = greys
  };
  const LamBox box = lam_box_of_size (view.size);
  const LamBasinPlace place = { box, box };
  const int64_t n = lam_box_volume (&box);
  g_autofree float *edges = g_new (float, n);
  bool is_of_greys;
  g_assert_true (lam_basin_edges (&view, edges, &is_of_greys));
  return lam_basin_block_new (&kind, &place, view.size, view.voxel_size_nm,
      edges, greys, lam_basin_mean_edge (edges, n));
}

/* At no size do basins run from one cell through the gap into the other. */
static void
test_gap (void)
{
  enum { N_SEEDS = 8 };
  double leaked[LAM_BASIN_N_SIZES] = { 0 };
  for (guint32 seed = 1; seed <= N_SEEDS; seed++) {
    g_autoptr (LamBasinBlock) block = make_gap_block (seed);
    for (int size = 0; size < LAM_BASIN_N_SIZES; size++)
      leaked[size] += find_share_leaked (block, size) / N_SEEDS;
  }
  for (int size = 0; size < LAM_BASIN_N_SIZES; size++) {
    g_test_message ("size %d: %.4f leaked", size, leaked[size]);
    g_assert_cmpfloat (leaked[size], <, 0.005);
  }
}

/* Where the image says nothing, basins stay as small as asked for. */
static void
test_flat (void)
{
  enum { N = 60, N_VOXELS = N * N };
  const LamBasinKind kind = { false, LAM_PLANE_XY };
  const double nm[3] = { 5, 5, 5 };
  const LamBox box = lam_box_new (0, 0, 0, N, N, 1);
  const LamBasinPlace place = { box, box };
  const int64_t size[3] = { N, N, 1 };
  g_autofree float *flat = g_new0 (float, N_VOXELS);
  for (int is_typical = 0; is_typical < 2; is_typical++) {
    g_autoptr (LamBasinBlock) block = lam_basin_block_new (
        &kind, &place, size, nm, flat, flat, is_typical * 5);
    const double width = lam_basin_width_nm (0, nm) / nm[0];
    g_autofree int *counts = g_new0 (int, N_VOXELS + 1);
    for (int i = 0; i < N_VOXELS; i++) {
      const int64_t at[3] = { i % N, i / N, 0 };
      counts[lam_basin_block_find (block, 0, at)]++;
    }
    g_assert_cmpint (counts[0], ==, 0);
    for (int i = 0; i <= N_VOXELS; i++)
      g_assert_cmpfloat (counts[i], <=, 16 * G_PI / 4 * width * width);
  }
}

int
main (int argc, char **argv)
{
  Scene scene;
  g_test_init (&argc, &argv, NULL);
  make_scene (&scene);
  scene.blocks = make_blocks (&scene, &in_space);
#define ADD(name, function) \
  g_test_add_data_func ("/basins/" name, &scene, function)
  ADD ("borders", test_borders);
  ADD ("reach", test_reach);
  ADD ("sizes", test_sizes);
#undef ADD
  g_test_add_func ("/basins/networks", test_networks);
  g_test_add_func ("/basins/no-image", test_no_image);
  g_test_add_func ("/basins/endless-greys", test_endless_greys);
  g_test_add_func ("/basins/gap", test_gap);
  g_test_add_func ("/basins/flat", test_flat);
  const int result = g_test_run ();
  clear_scene (&scene);
  return result;
}
