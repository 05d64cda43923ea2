/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Truth, sampler and normalisation: that patches are where they should be, as
 * often as they should, and the same ones each time. */
#include <math.h>
#include <string.h>

#include "segment-fixture.h"
#include "segment/sampler.h"

static const int64_t size[3] = { 100, 90, 10 };

static double
image_voxel (int64_t x, int64_t y, int64_t z)
{
  return (double)x + 1000 * (double)y + 1e6 * (double)z;
}

/* Class 2 is a small square in sections 3 to 5; 9 is unlabelled. */
static bool
is_rare (int64_t x, int64_t y, int64_t z)
{
  return x >= 70 && x < 76 && y >= 60 && y < 66 && z >= 3 && z < 6;
}

static double
label_voxel (int64_t x, int64_t y, int64_t z)
{
  return is_rare (x, y, z) ? 7 : x < 10 ? 9 : x < 50 ? 0 : 1;
}

static const LamTruthTable table = {
  .n_classes = 3,
  .values = { 0, 1, 7 },
  .ignored = 9,
};

static const LamBox boxes[2] = { { { 0, 0, 0 }, { 100, 90, 4 } },
  { { 40, 40, 5 }, { 100, 90, 10 } } };

static bool
is_in_boxes (int64_t x, int64_t y, int64_t z)
{
  const int64_t point[3] = { x, y, z };
  return lam_box_contains (&boxes[0], point)
      || lam_box_contains (&boxes[1], point);
}

static int
expected_class (int64_t x, int64_t y, int64_t z)
{
  if (!is_in_boxes (x, y, z) || x >= size[0] || y >= size[1])
    return LAM_PATCH_IGNORED;
  int value = (int)label_voxel (x, y, z);
  return value == 9 ? LAM_PATCH_IGNORED : value == 7 ? 2 : value;
}

static LamTruth *
make_truth (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (LamVolume) labels =
      fixture_volume (size, LAM_DTYPE_U8, label_voxel);
  LamTruth *truth = lam_truth_new (labels, &table, boxes, 2, NULL, &error);
  g_assert_no_error (error);
  return truth;
}

static void
test_truth (void)
{
  g_autoptr (LamTruth) truth = make_truth ();
  int64_t counts[3] = { 0 };
  for (int64_t z = 0; z < size[2]; z++)
    for (int64_t y = 0; y < size[1]; y++)
      for (int64_t x = 0; x < size[0]; x++)
        if (expected_class (x, y, z) != LAM_PATCH_IGNORED)
          counts[expected_class (x, y, z)]++;
  for (int c = 0; c < 3; c++)
    g_assert_cmpint (lam_truth_get_count (truth, c), ==, counts[c]);
  /* All voxels of a class are found, each once. */
  g_autoptr (GHashTable) seen = g_hash_table_new (NULL, NULL);
  for (int64_t k = 0; k < counts[2]; k++) {
    int64_t at[3];
    int box;
    g_assert_true (lam_truth_find (truth, 2, k, at, &box, NULL, NULL));
    g_assert_true (is_rare (at[0], at[1], at[2]));
    g_assert_true (lam_box_contains (&boxes[box], at));
    g_hash_table_add (
        seen, GINT_TO_POINTER ((at[2] * 1000 + at[1]) * 1000 + at[0]));
  }
  g_assert_cmpint (g_hash_table_size (seen), ==, counts[2]);
}

static void
test_bad_label (void)
{
  g_autoptr (GError) error = NULL;
  LamTruthTable small = table;
  g_autoptr (LamVolume) labels =
      fixture_volume (size, LAM_DTYPE_U8, label_voxel);
  small.n_classes = 2;
  g_assert_null (lam_truth_new (labels, &small, boxes, 1, NULL, &error));
  g_assert_nonnull (strstr (error->message, "70, 60, 3"));
  g_assert_nonnull (strstr (error->message, "number 7"));
}

static LamSampler *
make_sampler (const int64_t patch[3], double balance)
{
  LamSamplerSettings settings = { .balance = balance, .seed = 11 };
  const LamNormalisation none = { 0, 1 };
  memcpy (settings.size, patch, sizeof settings.size);
  lam_augmentation_init (&settings.augmentation);
  LamSampler *sampler = lam_sampler_new (&settings);
  g_autoptr (LamVolume) image =
      fixture_volume (size, LAM_DTYPE_F32, image_voxel);
  lam_sampler_add (sampler, image, &none, make_truth ());
  return sampler;
}

/* Each voxel's grey value says where it is from. */
static void
check_patch (const LamPatch *patch)
{
  for (int64_t i = 0; i < lam_patch_get_n_voxels (patch); i++) {
    int64_t value = (int64_t)patch->image[i];
    int64_t x = value % 1000, y = value / 1000 % 1000, z = value / 1000000;
    int expected = expected_class (x, y, z);
    /* Beyond the volume the image is mirrored, and nothing is known. */
    if (patch->classes[i] != LAM_PATCH_IGNORED)
      g_assert_cmpint (patch->classes[i], ==, expected);
    g_assert_cmpfloat (
        patch->weights[i], ==, patch->classes[i] != LAM_PATCH_IGNORED);
  }
}

static void
test_patches (void)
{
  static const int64_t sizes[][3] = { { 16, 12, 1 }, { 32, 32, 4 },
    { 120, 20, 3 } };
  for (size_t i = 0; i < G_N_ELEMENTS (sizes); i++) {
    g_autoptr (LamSampler) sampler = make_sampler (sizes[i], 1);
    g_autoptr (LamSampler) again = make_sampler (sizes[i], 1);
    g_autoptr (LamPatch) patch = lam_patch_new (sizes[i]);
    g_autoptr (LamPatch) same = lam_patch_new (sizes[i]);
    int n_known = 0;
    for (uint64_t number = 0; number < 40; number++) {
      g_assert_true (lam_sampler_draw (sampler, number, patch, NULL, NULL));
      g_assert_true (lam_sampler_draw (again, number, same, NULL, NULL));
      g_assert_cmpmem (
          patch->image, sizeof (float) * 16, same->image, sizeof (float) * 16);
      check_patch (patch);
      for (int64_t j = 0; j < lam_patch_get_n_voxels (patch); j++)
        n_known += patch->classes[j] != LAM_PATCH_IGNORED;
    }
    g_assert_cmpint (n_known, >, 40);
  }
}

static double
weight_voxel (int64_t x, int64_t y, int64_t z)
{
  return (double)(x % 7) / 2;
}

/* Weights come from where the image and the labels do. */
static void
test_weights (void)
{
  const int64_t patch_size[3] = { 120, 20, 3 };
  g_autoptr (LamSampler) sampler = make_sampler (patch_size, 1);
  g_autoptr (LamVolume) weights =
      fixture_volume (size, LAM_DTYPE_F32, weight_voxel);
  g_autoptr (LamPatch) patch = lam_patch_new (patch_size);
  lam_sampler_set_weights (sampler, weights);
  g_assert_true (lam_sampler_draw (sampler, 3, patch, NULL, NULL));
  for (int64_t i = 0; i < lam_patch_get_n_voxels (patch); i++) {
    bool is_known = patch->classes[i] != LAM_PATCH_IGNORED;
    double expected = weight_voxel ((int64_t)patch->image[i] % 1000, 0, 0);
    g_assert_cmpfloat (patch->weights[i], ==, is_known ? expected : 0);
  }
}

static double
measure_rare_share (double balance)
{
  const int64_t patch_size[3] = { 8, 8, 1 };
  g_autoptr (LamSampler) sampler = make_sampler (patch_size, balance);
  g_autoptr (LamPatch) patch = lam_patch_new (patch_size);
  int n = 0;
  for (uint64_t number = 0; number < 300; number++) {
    g_assert_true (lam_sampler_draw (sampler, number, patch, NULL, NULL));
    n += memchr (patch->classes, 2, 64) != NULL;
  }
  return n / 300.0;
}

static void
test_balance (void)
{
  double balanced = measure_rare_share (1), as_it_is = measure_rare_share (0);
  g_test_message ("rare class in %g and %g", balanced, as_it_is);
  g_assert_cmpfloat (balanced, >, 0.28);
  g_assert_cmpfloat (balanced, <, 0.45);
  g_assert_cmpfloat (as_it_is, <, 0.05);
}

/* Together the tiles show each labelled voxel once. */
static void
test_tiles (void)
{
  const int64_t patch_size[3] = { 32, 40, 3 };
  g_autoptr (LamSampler) sampler = make_sampler (patch_size, 1);
  g_autoptr (LamPatch) patch = lam_patch_new (patch_size);
  int64_t counts[3] = { 0 };
  for (int64_t i = 0; i < lam_sampler_get_n_tiles (sampler); i++) {
    g_assert_true (lam_sampler_read_tile (sampler, i, patch, NULL, NULL));
    check_patch (patch);
    for (int64_t j = 0; j < lam_patch_get_n_voxels (patch); j++)
      if (patch->classes[j] != LAM_PATCH_IGNORED)
        counts[patch->classes[j]]++;
  }
  for (int c = 0; c < 3; c++)
    g_assert_cmpint (counts[c], ==, lam_sampler_get_count (sampler, c));
}

static double
stripes (int64_t x, int64_t y, int64_t z)
{
  return x == 3 && y == 3 ? NAN : x % 2 ? 30 : 10;
}

static void
test_normalisation (void)
{
  LamNormalisation found;
  LamBox whole = lam_box_of_size (size);
  LamBox corner = lam_box_new (-3, -1, -1, 5, 5, 1);
  float values[8 * 6 * 2];
  g_autoptr (LamVolume) image = fixture_volume (size, LAM_DTYPE_F32, stripes);
  g_assert_true (lam_normalisation_measure (image, &whole, &found, NULL, NULL));
  g_assert_cmpfloat_with_epsilon (found.mean, 20, 0.01);
  g_assert_cmpfloat_with_epsilon (found.deviation, 10, 0.01);
  g_assert_true (
      lam_normalisation_read (&found, image, &corner, values, NULL, NULL));
  /* … 3 2 1 | 0 1 2: the parity of x tells. */
  for (int64_t i = 0; i < 8 * 6 * 2; i++) {
    int64_t x = llabs (i % 8 - 3), y = llabs (i / 8 % 6 - 1);
    float expected = x == 3 && y == 3 ? 0 : x % 2 ? 1 : -1;
    g_assert_cmpfloat_with_epsilon (values[i], expected, 0.01);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/sampler/truth", test_truth);
  g_test_add_func ("/sampler/bad-label", test_bad_label);
  g_test_add_func ("/sampler/patches", test_patches);
  g_test_add_func ("/sampler/weights", test_weights);
  g_test_add_func ("/sampler/balance", test_balance);
  g_test_add_func ("/sampler/tiles", test_tiles);
  g_test_add_func ("/sampler/normalisation", test_normalisation);
  return g_test_run ();
}
