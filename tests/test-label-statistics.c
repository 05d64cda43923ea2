/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Statistics of labels against a count voxel by voxel, from scratch and after
 * random edits; the surface against that of balls. */
#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/random.h"
#include "labels/label-statistics.h"

enum { NX = 150, NY = 70, NZ = 131, N_LABELS = 12, N_EDITS = 12 };
static const int64_t size[3] = { NX, NY, NZ };

/* What is there, voxel by voxel, and whose word it is. */
typedef struct {
  uint32_t labels[NZ][NY][NX];
  uint16_t sources[NZ][NY][NX];
  int n_reads;
  int fail_at; /* the read that fails; 0: none */
  bool has_opinion;
} World;

static const uint16_t sources[] = { LAM_SOURCE_UNSET, LAM_SOURCE_IMPORTED,
  LAM_SOURCE_HUMAN, LAM_SOURCE_ACCEPTED, LAM_SOURCE_FIRST_RUN + 1 };

static LamOpinion *
make_opinion (void)
{
  LamRunOpinion *run = lam_run_opinion_new ();
  const uint8_t class = lam_run_opinion_take_class (run, 1);
  for (int i = 0; i < LAM_BRICK_VOXELS; i++) {
    run->uncertainties[i] = (uint8_t)(i * 7);
    run->firsts[i] = run->seconds[i] = class;
  }
  LamOpinion *opinion = lam_opinion_new ();
  lam_opinion_add (opinion, LAM_SOURCE_FIRST_RUN + 1, run);
  return opinion;
}

/* A brick whose voxels are all unlabelled is absent. */
static LamBrickRuns *
read_brick (
    LamBrickKey key, LamOpinion **opinion, gpointer data, GError **error)
{
  World *world = data;
  if (++world->n_reads == world->fail_at) {
    g_set_error_literal (error, LAM_ERROR, LAM_ERROR_CORRUPT, "torn");
    return NULL;
  }
  g_autofree uint32_t *labels = g_new0 (uint32_t, LAM_BRICK_VOXELS);
  g_autofree uint16_t *who = g_new0 (uint16_t, LAM_BRICK_VOXELS);
  bool is_absent = true;
  LamBox box = lam_brick_box (key), all = lam_box_of_size (size);
  box = lam_box_intersect (&box, &all);
  for (int64_t z = box.min[2]; z < box.max[2]; z++)
    for (int64_t y = box.min[1]; y < box.max[1]; y++)
      for (int64_t x = box.min[0]; x < box.max[0]; x++) {
        const int64_t at = x % 64 + 64 * (y % 64 + 64 * (z % 64));
        labels[at] = world->labels[z][y][x];
        who[at] = world->sources[z][y][x];
        is_absent &= labels[at] == 0 && who[at] == 0;
      }
  if (opinion && world->has_opinion)
    *opinion = make_opinion ();
  if (is_absent)
    return NULL;
  g_autoptr (LamLabelBrick) brick =
      lam_label_brick_new_from_planes (labels, who);
  return lam_brick_runs_new_from_brick (brick);
}

/* --- by voxels ------------------------------------------------------------ */

static void
count_side (const World *world, LamLabelCount *count, int axis, int64_t x,
    int64_t y, int64_t z)
{
  const int64_t at[3] = { x, y, z };
  for (int step = -1; step <= 1; step += 2) {
    int64_t next[3] = { x, y, z };
    next[axis] = at[axis] + step;
    if (next[axis] >= 0 && next[axis] < size[axis]
        && world->labels[next[2]][next[1]][next[0]] != count->label)
      count->n_faces[axis]++;
  }
}

static void
count_voxel (
    const World *world, LamLabelCount *counts, int64_t x, int64_t y, int64_t z)
{
  LamLabelCount *count = &counts[world->labels[z][y][x]];
  const uint16_t source = world->sources[z][y][x];
  const LamBox one = lam_box_new (x, y, z, x + 1, y + 1, z + 1);
  if (count->label == 0)
    return;
  /* Slices come in order. */
  count->n_slices += count->n_voxels == 0 || count->box.max[2] != z + 1;
  count->n_voxels++;
  count->n_by_share[lam_share_of_source (source)]++;
  count->box = lam_box_unite (&count->box, &one);
  for (int axis = 0; axis < 3; axis++)
    count_side (world, count, axis, x, y, z);
  if (world->has_opinion && source > LAM_SOURCE_FIRST_RUN) {
    const int64_t i = x % 64 + 64 * (y % 64 + 64 * (z % 64));
    count->n_unsure++;
    count->unsure_sum += (uint8_t)(i * 7);
  }
}

static void
count_voxels (const World *world, LamLabelCount counts[N_LABELS])
{
  memset (counts, 0, N_LABELS * sizeof *counts);
  for (uint32_t i = 0; i < N_LABELS; i++)
    counts[i].label = i;
  for (int64_t z = 0; z < NZ; z++)
    for (int64_t y = 0; y < NY; y++)
      for (int64_t x = 0; x < NX; x++)
        count_voxel (world, counts, x, y, z);
}

static void
assert_same (const LamLabelCount *a, const LamLabelCount *b)
{
  g_assert_cmpuint (a->label, ==, b->label);
  g_assert_cmpint (a->n_voxels, ==, b->n_voxels);
  g_assert_cmpint (a->n_slices, ==, b->n_slices);
  g_assert_cmpint (a->n_unsure, ==, b->n_unsure);
  g_assert_cmpint (a->unsure_sum, ==, b->unsure_sum);
  for (int i = 0; i < 3; i++)
    g_assert_cmpint (a->n_faces[i], ==, b->n_faces[i]);
  for (int i = 0; i < LAM_N_SHARES; i++)
    g_assert_cmpint (a->n_by_share[i], ==, b->n_by_share[i]);
  g_assert_true (a->n_voxels == 0 || lam_box_equal (&a->box, &b->box));
}

/* --- edits ---------------------------------------------------------------- */

static int
below (LamRandom *random, int n)
{
  return (int)lam_random_range (random, 0, n);
}

/* Fills a random box with one label, or with a fine pattern of many, and says
 * which bricks that changed. */
static LamBox
edit (World *world, LamRandom *random)
{
  LamBox box;
  for (int i = 0; i < 3; i++) {
    box.min[i] = below (random, (int)size[i]);
    const int length = 1 + below (random, 70);
    box.max[i] = MIN (box.min[i] + length, size[i]);
  }
  const uint32_t label = (uint32_t)below (random, N_LABELS);
  const bool is_fine = below (random, 3) == 0;
  const uint16_t source = sources[below (random, G_N_ELEMENTS (sources))];
  for (int64_t z = box.min[2]; z < box.max[2]; z++)
    for (int64_t y = box.min[1]; y < box.max[1]; y++)
      for (int64_t x = box.min[0]; x < box.max[0]; x++) {
        world->labels[z][y][x] =
            is_fine ? (uint32_t)below (random, N_LABELS) : label;
        world->sources[z][y][x] =
            is_fine ? sources[below (random, G_N_ELEMENTS (sources))] : source;
      }
  return box;
}

static GArray *
list_keys (const LamBox *box)
{
  GArray *keys = g_array_new (false, false, sizeof (int64_t));
  const LamBox bricks = lam_box_bricks (box);
  for (int64_t z = bricks.min[2]; z < bricks.max[2]; z++)
    for (int64_t y = bricks.min[1]; y < bricks.max[1]; y++)
      for (int64_t x = bricks.min[0]; x < bricks.max[0]; x++) {
        const LamBrickKey key = { (int32_t)x, (int32_t)y, (int32_t)z };
        const int64_t packed = lam_brick_key_pack (key);
        g_array_append_val (keys, packed);
      }
  return keys;
}

/* What changed goes into `counts`, as who listens keeps them. */
static void
take (GArray *totals, LamLabelCount counts[N_LABELS])
{
  uint32_t last = 0;
  for (guint i = 0; i < totals->len; i++) {
    const LamLabelCount *total = &g_array_index (totals, LamLabelCount, i);
    g_assert_cmpuint (total->label, >, last);
    last = total->label;
    counts[last] = *total;
  }
}

static void
recount (LamLabelStatistics *statistics, World *world, const LamBox *box,
    LamLabelCount counts[N_LABELS])
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GArray) keys = list_keys (box);
  g_autoptr (GArray) totals = lam_label_statistics_recount (
      statistics, keys, read_brick, world, NULL, &error);
  g_assert_no_error (error);
  take (totals, counts);
}

static void
assert_right (const World *world, const LamLabelCount counts[N_LABELS])
{
  g_autofree LamLabelCount *right = g_new (LamLabelCount, N_LABELS);
  count_voxels (world, right);
  for (int i = 1; i < N_LABELS; i++)
    assert_same (&counts[i], &right[i]);
}

static void
clear (LamLabelCount counts[N_LABELS])
{
  memset (counts, 0, N_LABELS * sizeof *counts);
  for (uint32_t i = 0; i < N_LABELS; i++)
    counts[i].label = i;
}

static void
test_edits (void)
{
  g_autofree World *world = g_new0 (World, 1);
  const LamBox all = lam_box_of_size (size);
  LamRandom random = lam_random_new (5, 1);
  g_autoptr (LamLabelStatistics) kept = lam_label_statistics_new (size);
  LamLabelCount counts[N_LABELS], afresh[N_LABELS];
  clear (counts);
  for (int i = 0; i < N_EDITS; i++) {
    world->has_opinion = i > N_EDITS / 2;
    LamBox box = edit (world, &random);
    if (i == N_EDITS / 2 + 1)
      box = all;
    recount (kept, world, &box, counts);
    assert_right (world, counts);
    g_autoptr (LamLabelStatistics) fresh = lam_label_statistics_new (size);
    clear (afresh);
    recount (fresh, world, &all, afresh);
    for (int j = 1; j < N_LABELS; j++)
      assert_same (&counts[j], &afresh[j]);
  }
  /* Everything goes: so do all totals. */
  memset (world->labels, 0, sizeof world->labels);
  memset (world->sources, 0, sizeof world->sources);
  recount (kept, world, &all, counts);
  assert_right (world, counts);
}

/* An edit inside of one brick reads that brick and its six neighbours. */
static void
test_reads_few (void)
{
  g_autofree World *world = g_new0 (World, 1);
  g_autoptr (LamLabelStatistics) kept = lam_label_statistics_new (size);
  LamLabelCount counts[N_LABELS];
  const LamBox all = lam_box_of_size (size),
               one = lam_box_new (70, 5, 70, 71, 6, 71);
  clear (counts);
  world->labels[70][5][70] = 3;
  recount (kept, world, &all, counts);
  g_assert_cmpint (world->n_reads, ==, 3 * 2 * 3);
  world->labels[70][5][70] = 4;
  world->n_reads = 0;
  recount (kept, world, &one, counts);
  g_assert_cmpint (world->n_reads, ==, 1 + 5);
  g_assert_cmpint (counts[3].n_voxels, ==, 0);
  g_assert_cmpint (counts[4].n_voxels, ==, 1);
}

/* A read that fails in the middle: counting again puts everything right. */
static void
test_failure (void)
{
  g_autofree World *world = g_new0 (World, 1);
  const LamBox all = lam_box_of_size (size);
  LamRandom random = lam_random_new (6, 1);
  g_autoptr (LamLabelStatistics) kept = lam_label_statistics_new (size);
  g_autoptr (GArray) keys = list_keys (&all);
  LamLabelCount counts[N_LABELS];
  clear (counts);
  for (int i = 0; i < 5; i++)
    edit (world, &random);
  recount (kept, world, &all, counts);
  for (int i = 0; i < 5; i++) {
    g_autoptr (GError) error = NULL;
    memset (world->labels, 0, sizeof world->labels);
    edit (world, &random);
    world->n_reads = 0;
    world->fail_at = 1 + below (&random, 18);
    g_autoptr (GArray) none = lam_label_statistics_recount (
        kept, keys, read_brick, world, NULL, &error);
    g_assert_error (error, LAM_ERROR, LAM_ERROR_CORRUPT);
    g_assert_null (none);
    world->fail_at = 0;
    recount (kept, world, &all, counts);
    assert_right (world, counts);
  }
}

/* --- surface -------------------------------------------------------------- */

/* A ball in nm on anisotropic voxels. */
static void
draw_ball (World *world, const double nm[3], double radius_nm)
{
  for (int64_t z = 0; z < NZ; z++)
    for (int64_t y = 0; y < NY; y++)
      for (int64_t x = 0; x < NX; x++) {
        const double dx = ((double)x + 0.5 - NX / 2.0) * nm[0];
        const double dy = ((double)y + 0.5 - NY / 2.0) * nm[1];
        const double dz = ((double)z + 0.5 - NZ / 2.0) * nm[2];
        world->labels[z][y][x] =
            dx * dx + dy * dy + dz * dz < radius_nm * radius_nm ? 1 : 0;
      }
}

static void
test_surface (void)
{
  static const struct {
    double nm[3], radius_nm;
  } rows[] = {
    { { 8, 8, 8 }, 160 },
    { { 8, 8, 8 }, 240 },
    { { 4, 4, 30 }, 130 },
    { { 4, 6, 12 }, 170 },
  };
  g_autofree World *world = g_new0 (World, 1);
  const LamBox all = lam_box_of_size (size);
  for (size_t i = 0; i < G_N_ELEMENTS (rows); i++) {
    const double radius = rows[i].radius_nm;
    g_autoptr (LamLabelStatistics) fresh = lam_label_statistics_new (size);
    LamLabelCount counts[N_LABELS];
    draw_ball (world, rows[i].nm, radius);
    recount (fresh, world, &all, counts);
    const double surface =
        lam_label_count_get_surface_nm2 (&counts[1], rows[i].nm);
    const double volume =
        lam_label_count_get_volume_nm3 (&counts[1], rows[i].nm);
    g_test_message ("ball %zu: surface %.4f, volume %.4f", i,
        surface / (4 * G_PI * radius * radius),
        volume / (4 * G_PI / 3 * pow (radius, 3)));
    g_assert_cmpfloat_with_epsilon (
        surface / (4 * G_PI * radius * radius), 1, 0.02);
    g_assert_cmpfloat_with_epsilon (
        volume / (4 * G_PI / 3 * pow (radius, 3)), 1, 0.02);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/label-statistics/edits", test_edits);
  g_test_add_func ("/label-statistics/reads-few", test_reads_few);
  g_test_add_func ("/label-statistics/failure", test_failure);
  g_test_add_func ("/label-statistics/surface", test_surface);
  return g_test_run ();
}
