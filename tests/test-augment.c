/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Each augmentation moves image, classes and weights together. In these patches
 * class and weight follow from the grey value, so that whatever moves one
 * without the others is seen. */
#include <math.h>
#include <string.h>

#include "segment/augment.h"

#define EDGE 24

static const int64_t cube[3] = { EDGE, EDGE, EDGE };
static const int64_t flat[3] = { EDGE, EDGE, 1 };

static float
grey (int64_t x, int64_t y, int64_t z)
{
  return (float)(sin (0.31 * (double)x + 0.2) + cos (0.23 * (double)y)
      + sin (0.17 * (double)(x + 2 * y + 3 * z)));
}

static LamPatch *
make_patch (const int64_t size[3])
{
  LamPatch *patch = lam_patch_new (size);
  int64_t i = 0;
  for (int64_t z = 0; z < size[2]; z++)
    for (int64_t y = 0; y < size[1]; y++)
      for (int64_t x = 0; x < size[0]; x++, i++) {
        patch->image[i] = grey (x, y, z);
        patch->classes[i] = patch->image[i] > 0.5f;
        patch->weights[i] = patch->image[i] > -0.3f ? 2.0f : 1.0f;
      }
  return patch;
}

/* How far a grey value may be off where it is interpolated and the class is
 * the nearest one's: the slope times a voxel. */
#define SLACK 0.9f

static void
check_agreement (const LamPatch *patch, const char *name, float slack)
{
  for (int64_t i = 0; i < lam_patch_get_n_voxels (patch); i++) {
    float value = patch->image[i];
    if (patch->classes[i] == LAM_PATCH_IGNORED) {
      g_assert_cmpfloat (patch->weights[i], ==, 0);
      continue;
    }
    bool agrees =
        (fabsf (value - 0.5f) <= slack || patch->classes[i] == (value > 0.5f))
        && (fabsf (value + 0.3f) <= slack
            || patch->weights[i] == (value > -0.3f ? 2.0f : 1.0f));
    if (!agrees)
      g_error ("%s: voxel %d is %g, class %d, weight %g", name, (int)i, value,
          patch->classes[i], patch->weights[i]);
  }
}

static bool
is_same (const void *a, const void *b, int64_t n, size_t bytes)
{
  return memcmp (a, b, (size_t)n * bytes) == 0;
}

static void
check_row (const LamAugment *row, const int64_t size[3])
{
  double values[LAM_AUGMENT_MAX_PARAMETERS];
  int n_changed = 0, n_moved = 0;
  int64_t n = size[0] * size[1] * size[2];
  for (int j = 0; j < LAM_AUGMENT_MAX_PARAMETERS; j++)
    values[j] = row->parameters[j].standard;
  g_autoptr (LamPatch) before = make_patch (size);
  for (uint64_t seed = 0; seed < 20; seed++) {
    LamRandom one = lam_random_new (seed, 1), other = one;
    g_autoptr (LamPatch) patch = make_patch (size);
    g_autoptr (LamPatch) again = make_patch (size);
    row->apply (patch, values, true, &one);
    row->apply (again, values, true, &other);
    g_assert_true (is_same (patch->image, again->image, n, sizeof (float)));
    g_assert_true (is_same (patch->classes, again->classes, n, 1));
    g_assert_true (is_same (patch->weights, again->weights, n, sizeof (float)));
    for (int64_t i = 0; i < n; i++)
      g_assert_true (isfinite (patch->image[i]));
    n_changed += !is_same (patch->image, before->image, n, sizeof (float));
    if (is_same (patch->classes, before->classes, n, 1)) {
      g_assert_true (
          is_same (patch->weights, before->weights, n, sizeof (float)));
      continue;
    }
    n_moved++;
    bool is_exact =
        strcmp (row->name, "flip") == 0 || strcmp (row->name, "rotate") == 0;
    check_agreement (patch, row->name, is_exact ? 0 : SLACK);
  }
  g_test_message ("%s: %d changed, %d moved", row->name, n_changed, n_moved);
  bool is_of_sections = strstr (row->name, "section") != NULL;
  g_assert_cmpint (n_changed, >=, is_of_sections && size[2] == 1 ? 0 : 15);
  if (is_of_sections && size[2] == 1)
    g_assert_cmpint (n_changed, ==, 0);
}

static void
test_rows (void)
{
  const LamAugment *const *rows = lam_augment_get_all ();
  for (int i = 0; rows[i]; i++) {
    check_row (rows[i], cube);
    check_row (rows[i], flat);
  }
}

static const LamAugment *
find_row (const char *name)
{
  const LamAugment *const *rows = lam_augment_get_all ();
  while (strcmp ((*rows)->name, name) != 0)
    rows++;
  return *rows;
}

/* Where the only voxel of `value` is. */
static void
find_voxel (const LamPatch *patch, float value, double at[3])
{
  for (int64_t i = 0; i < lam_patch_get_n_voxels (patch); i++)
    if (patch->image[i] == value) {
      at[0] = (double)(i % patch->size[0]);
      at[1] = (double)(i / patch->size[0] % patch->size[1]);
      at[2] = (double)(i / (patch->size[0] * patch->size[1]));
      return;
    }
  g_assert_not_reached ();
}

/* Twice the volume of a corner and its three neighbours: its sign is the
 * hand. */
static double
measure_hand (const LamPatch *patch)
{
  double p[4][3], v[3][3];
  for (int i = 0; i < 4; i++)
    find_voxel (patch, 100 + (float)i, p[i]);
  for (int i = 0; i < 3; i++)
    for (int j = 0; j < 3; j++)
      v[i][j] = p[i + 1][j] - p[0][j];
  return v[0][0] * (v[1][1] * v[2][2] - v[1][2] * v[2][1])
      - v[0][1] * (v[1][0] * v[2][2] - v[1][2] * v[2][0])
      + v[0][2] * (v[1][0] * v[2][1] - v[1][1] * v[2][0]);
}

/* A turn is no mirror image, in space neither; and all 24 come. */
static void
test_turns (void)
{
  g_autoptr (GHashTable) seen = g_hash_table_new (NULL, NULL);
  for (uint64_t seed = 0; seed < 400; seed++) {
    LamRandom random = lam_random_new (seed, 2);
    g_autoptr (LamPatch) patch = lam_patch_new ((const int64_t[]){ 3, 3, 3 });
    patch->image[0] = 100;
    patch->image[1] = 101;
    patch->image[3] = 102;
    patch->image[9] = 103;
    g_assert_cmpfloat (measure_hand (patch), ==, 1);
    find_row ("rotate")->apply (patch, NULL, true, &random);
    g_assert_cmpfloat (measure_hand (patch), ==, 1);
    double a[3], b[3];
    find_voxel (patch, 101, a);
    find_voxel (patch, 102, b);
    int key = 0;
    for (int i = 0; i < 3; i++)
      key = (key * 3 + (int)a[i]) * 3 + (int)b[i];
    g_hash_table_add (seen, GINT_TO_POINTER (key));
  }
  g_assert_cmpint (g_hash_table_size (seen), ==, 24);
}

/* Voxels that are not cubes stay in their plane. */
static void
test_flat_turns (void)
{
  for (uint64_t seed = 0; seed < 50; seed++) {
    LamRandom random = lam_random_new (seed, 3);
    g_autoptr (LamPatch) patch = lam_patch_new ((const int64_t[]){ 3, 3, 3 });
    patch->image[9 + 1] = 7;
    double at[3];
    find_row ("rotate")->apply (patch, NULL, false, &random);
    find_voxel (patch, 7, at);
    g_assert_cmpfloat (at[2], ==, 1);
  }
}

/* What comes from beyond the patch is not known. */
static void
test_outside (void)
{
  const double values[] = { 20, 8, 0 };
  LamRandom random = lam_random_new (1, 4);
  g_autoptr (LamPatch) patch = make_patch (flat);
  int n = 0;
  find_row ("elastic")->apply (patch, values, true, &random);
  for (int64_t i = 0; i < EDGE * EDGE; i++)
    n += patch->classes[i] == LAM_PATCH_IGNORED;
  g_assert_cmpint (n, >, EDGE);
  g_assert_cmpint (n, <, EDGE * EDGE / 2);
}

static void
test_settings (void)
{
  LamAugmentation augmentation;
  g_autofree char *none = NULL;
  static const char *const bad[][3] = {
    { "flip", "2", "0 to 1" },
    { "flip", "often", "often" },
    { "flop", "1", "elastic" },
    { "elastic.colour", "1", "elastic.colour" },
    { "elastic.displacement", "1000", "voxels" },
  };
  lam_augmentation_init (&augmentation);
  g_assert_true (lam_augmentation_set (&augmentation, "elastic", "0.5", &none));
  g_assert_true (
      lam_augmentation_set (&augmentation, "elastic.displacement", "3", &none));
  for (size_t i = 0; i < G_N_ELEMENTS (bad); i++) {
    g_autofree char *why = NULL;
    g_assert_false (
        lam_augmentation_set (&augmentation, bad[i][0], bad[i][1], &why));
    g_assert_nonnull (strstr (why, bad[i][2]));
  }
  /* Chances are kept to: about half of the patches are bent. */
  int n = 0;
  for (uint64_t seed = 0; seed < 100; seed++) {
    LamRandom random = lam_random_new (seed, 5);
    g_autoptr (LamPatch) before = make_patch (flat);
    g_autoptr (LamPatch) patch = make_patch (flat);
    lam_augmentation_apply (&augmentation, patch, true, &random);
    n += !is_same (patch->image, before->image, EDGE * EDGE, sizeof (float));
  }
  g_assert_cmpint (n, >, 30);
  g_assert_cmpint (n, <, 70);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/augment/rows", test_rows);
  g_test_add_func ("/augment/turns", test_turns);
  g_test_add_func ("/augment/flat-turns", test_flat_turns);
  g_test_add_func ("/augment/outside", test_outside);
  g_test_add_func ("/augment/settings", test_settings);
  return g_test_run ();
}
