/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The counts of single bricks and of seams against a count voxel by voxel, from
 * one label to more than a palette of two bytes holds, wholly and partly inside
 * of the volume. */
#include "base/random.h"
#include "labels/brick-count.h"

enum { EDGE = LAM_BRICK_EDGE, MODEL = LAM_SOURCE_FIRST_RUN + 3 };

typedef struct {
  const char *name;
  int n_labels;
  int run; /* voxels that are the same, in x, y and z */
  int noise; /* one voxel of so many is anything; 0: none */
} Pattern;

static const Pattern patterns[] = {
  { "one", 1, 64, 0 },
  { "two", 2, 1, 0 },
  { "blocks", 40, 9, 0 },
  { "blocks and noise", 40, 9, 15 },
  { "noise of many", 3000, 1, 0 },
  { "noise of very many", 200000, 1, 0 },
};

static int
below (LamRandom *random, int n)
{
  return (int)lam_random_range (random, 0, n);
}

/* From 0: some are unlabelled. */
static LamLabelBrick *
make_brick (const Pattern *pattern, LamRandom *random)
{
  static const uint16_t sources[] = { LAM_SOURCE_UNSET, LAM_SOURCE_IMPORTED,
    LAM_SOURCE_HUMAN, LAM_SOURCE_ACCEPTED, LAM_SOURCE_FIRST_RUN, MODEL };
  LamLabelBrick *brick = lam_label_brick_new (0, 0);
  uint32_t *labels = lam_label_brick_write_labels (brick);
  uint16_t *who = lam_label_brick_write_sources (brick);
  const uint32_t shift = lam_random_u32 (random);
  for (int i = 0; i < LAM_BRICK_VOXELS; i++) {
    const int x = i % 64 / pattern->run, y = i / 64 % 64 / pattern->run;
    const int z = i / 4096 / pattern->run;
    const bool is_any = pattern->run == 1
        || (pattern->noise && below (random, pattern->noise) == 0);
    const uint32_t block = (uint32_t)(x + 7 * y + 31 * z) * 7919 + shift;
    labels[i] = is_any ? (uint32_t)below (random, pattern->n_labels)
                       : block % (uint32_t)pattern->n_labels;
    who[i] = sources[is_any ? below (random, 6) : (int)(block / 97 % 6)];
  }
  lam_label_brick_settle (brick);
  return brick;
}

static LamOpinion *
make_opinion (LamRandom *random)
{
  LamRunOpinion *run = lam_run_opinion_new ();
  const uint8_t class = lam_run_opinion_take_class (run, 1);
  for (int i = 0; i < LAM_BRICK_VOXELS; i++) {
    run->uncertainties[i] = (uint8_t)lam_random_u32 (random);
    run->firsts[i] = class;
    run->seconds[i] = below (random, 3) == 0 ? 0 : class;
  }
  LamOpinion *opinion = lam_opinion_new ();
  lam_opinion_add (opinion, MODEL, run);
  return opinion;
}

/* --- by voxels ------------------------------------------------------------ */

typedef struct {
  const LamLabelBrick *brick;
  const LamOpinion *opinion;
  const int *size;
} World;

static uint32_t
get_label (const World *world, const int at[3])
{
  return lam_label_brick_get_label (
      world->brick, at[0] + EDGE * (at[1] + EDGE * at[2]));
}

static uint32_t
count_faces (const World *world, const int at[3], int axis)
{
  uint32_t n = 0;
  for (int step = -1; step <= 1; step += 2) {
    int next[3] = { at[0], at[1], at[2] };
    next[axis] += step;
    n += next[axis] >= 0 && next[axis] < world->size[axis]
        && get_label (world, next) != get_label (world, at);
  }
  return n;
}

static void
count_voxel (const World *world, const int at[3], LamBrickCount *count)
{
  const int i = at[0] + EDGE * (at[1] + EDGE * at[2]);
  const uint16_t source = lam_label_brick_get_source (world->brick, i);
  uint8_t doubt;
  count->n_voxels++;
  count->n_by_share[lam_share_of_source (source)]++;
  for (int axis = 0; axis < 3; axis++) {
    count->n_faces[axis] += count_faces (world, at, axis);
    count->places[axis] |= UINT64_C (1) << at[axis];
  }
  if (lam_opinion_get (world->opinion, i, source, &doubt, NULL)) {
    count->n_unsure++;
    count->unsure_sum += doubt;
  }
}

static GHashTable *
count_voxels (const World *world)
{
  GHashTable *counts = g_hash_table_new_full (NULL, NULL, NULL, g_free);
  int at[3];
  for (at[2] = 0; at[2] < world->size[2]; at[2]++)
    for (at[1] = 0; at[1] < world->size[1]; at[1]++)
      for (at[0] = 0; at[0] < world->size[0]; at[0]++) {
        const gpointer label = GUINT_TO_POINTER (get_label (world, at));
        LamBrickCount *count = g_hash_table_lookup (counts, label);
        if (!label)
          continue;
        if (!count)
          g_hash_table_insert (
              counts, label, count = g_new0 (LamBrickCount, 1));
        count_voxel (world, at, count);
      }
  return counts;
}

static void
assert_same (const LamBrickCount *a, const LamBrickCount *b)
{
  g_assert_nonnull (b);
  g_assert_cmpuint (a->n_voxels, ==, b->n_voxels);
  g_assert_cmpuint (a->n_unsure, ==, b->n_unsure);
  g_assert_cmpuint (a->unsure_sum, ==, b->unsure_sum);
  for (int i = 0; i < LAM_N_SHARES; i++)
    g_assert_cmpuint (a->n_by_share[i], ==, b->n_by_share[i]);
  for (int i = 0; i < 3; i++) {
    g_assert_cmpuint (a->n_faces[i], ==, b->n_faces[i]);
    g_assert_cmpuint (a->places[i], ==, b->places[i]);
  }
}

static void
assert_counts (const World *world)
{
  g_autoptr (GHashTable) right = count_voxels (world);
  g_autoptr (LamBrickRuns) runs = lam_brick_runs_new_from_brick (world->brick);
  g_autoptr (GArray) counts =
      lam_brick_count (runs, world->opinion, world->size);
  g_assert_cmpuint (counts->len, ==, g_hash_table_size (right));
  for (guint i = 0; i < counts->len; i++) {
    const LamBrickCount *count = &g_array_index (counts, LamBrickCount, i);
    assert_same (
        count, g_hash_table_lookup (right, GUINT_TO_POINTER (count->label)));
    g_hash_table_remove (right, GUINT_TO_POINTER (count->label));
  }
  g_assert_cmpuint (g_hash_table_size (right), ==, 0);
}

static void
test_count (void)
{
  static const int sizes[][3] = { { 64, 64, 64 }, { 1, 64, 7 }, { 63, 2, 64 },
    { 33, 40, 1 } };
  LamRandom random = lam_random_new (8, 1);
  for (size_t i = 0; i < G_N_ELEMENTS (patterns); i++)
    for (size_t j = 0; j < G_N_ELEMENTS (sizes); j++) {
      g_test_message ("%s, %zu", patterns[i].name, j);
      g_autoptr (LamLabelBrick) brick = make_brick (&patterns[i], &random);
      g_autoptr (LamOpinion) opinion = j % 2 ? make_opinion (&random) : NULL;
      assert_counts (&(World){ brick, opinion, sizes[j] });
    }
  /* One label of one source all over, and a run's word on it. */
  g_autoptr (LamOpinion) opinion = make_opinion (&random);
  g_autoptr (LamLabelBrick) uniform = lam_label_brick_new (9, MODEL);
  assert_counts (&(World){ uniform, opinion, sizes[0] });
  assert_counts (&(World){ uniform, opinion, sizes[2] });
}

/* --- seams ---------------------------------------------------------------- */

static uint32_t
get_side_label (const LamLabelBrick *brick, int axis, bool last, int u, int v)
{
  const int along = last ? EDGE - 1 : 0;
  const int at[3][3] = { { along, u, v }, { u, along, v }, { u, v, along } };
  return brick ? lam_label_brick_get_label (
             brick, at[axis][0] + EDGE * (at[axis][1] + EDGE * at[axis][2]))
               : 0;
}

static void
add_face (GHashTable *faces, uint32_t label)
{
  const gpointer key = GUINT_TO_POINTER (label);
  if (label != 0)
    g_hash_table_insert (faces, key,
        GUINT_TO_POINTER (
            GPOINTER_TO_UINT (g_hash_table_lookup (faces, key)) + 1));
}

static LamBrickSide *
make_side (const LamLabelBrick *brick, int axis, bool last)
{
  g_autoptr (LamBrickRuns) runs =
      brick ? lam_brick_runs_new_from_brick (brick) : NULL;
  return lam_brick_side_new (runs, axis, last);
}

static void
assert_seam (const LamLabelBrick *a, const LamLabelBrick *b, int axis,
    int width, int height)
{
  g_autoptr (GHashTable) right = g_hash_table_new (NULL, NULL);
  for (int v = 0; v < height; v++)
    for (int u = 0; u < width; u++) {
      const uint32_t one = get_side_label (a, axis, true, u, v);
      const uint32_t other = get_side_label (b, axis, false, u, v);
      if (one != other) {
        add_face (right, one);
        add_face (right, other);
      }
    }
  g_autoptr (LamBrickSide) lower = make_side (a, axis, true);
  g_autoptr (LamBrickSide) upper = make_side (b, axis, false);
  g_autoptr (GArray) seam = lam_seam_count (lower, upper, width, height);
  g_assert_cmpuint (seam->len, ==, g_hash_table_size (right));
  for (guint i = 0; i < seam->len; i++) {
    const LamSeamCount *row = &g_array_index (seam, LamSeamCount, i);
    const gpointer key = GUINT_TO_POINTER (row->label);
    g_assert_cmpuint (
        row->n_faces, ==, GPOINTER_TO_UINT (g_hash_table_lookup (right, key)));
  }
}

static void
test_seam (void)
{
  LamRandom random = lam_random_new (9, 1);
  for (size_t i = 0; i < G_N_ELEMENTS (patterns); i++) {
    g_autoptr (LamLabelBrick) a = make_brick (&patterns[i], &random);
    g_autoptr (LamLabelBrick) b = make_brick (&patterns[i], &random);
    g_autoptr (LamLabelBrick) uniform = lam_label_brick_new (3, MODEL);
    for (int axis = 0; axis < 3; axis++) {
      assert_seam (a, b, axis, EDGE, EDGE);
      assert_seam (a, b, axis, 17, 50);
      assert_seam (a, uniform, axis, EDGE, EDGE);
      assert_seam (uniform, b, axis, EDGE, 1);
      assert_seam (uniform, uniform, axis, EDGE, EDGE);
      assert_seam (a, NULL, axis, EDGE, EDGE);
      assert_seam (NULL, b, axis, EDGE, EDGE);
    }
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/brick-count/count", test_count);
  g_test_add_func ("/brick-count/seam", test_seam);
  return g_test_run ();
}
