/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Prediction: that tiles blend to what one tile would give, however they are
 * cut; for flat and deep networks and volumes smaller than a tile. */
#include <math.h>
#include <string.h>

#include "model-fixture.h"
#include "rounds.h"
#include "segment-fixture.h"
#include "segment/predict.h"
#include "segment/tiling.h"

static double
noise (int64_t x, int64_t y, int64_t z)
{
  return 100 + 20 * sin ((double)(x * 3 + y * 5 + z * 7)) + (double)(x % 7);
}

typedef struct {
  LamBox box;
  float *values; /* by class */
  uint8_t *seen;
  int64_t largest; /* voxels that came at once */
} Result;

static bool
take (const LamBox *box, const float *probabilities, int n_classes,
    gpointer user_data, GError **error)
{
  Result *result = user_data;
  int64_t n = lam_box_volume (&result->box), i = 0;
  result->largest = MAX (result->largest, lam_box_volume (box));
  int64_t width = result->box.max[0] - result->box.min[0];
  int64_t rows = result->box.max[1] - result->box.min[1];
  for (int64_t z = box->min[2]; z < box->max[2]; z++)
    for (int64_t y = box->min[1]; y < box->max[1]; y++)
      for (int64_t x = box->min[0]; x < box->max[0]; x++, i++) {
        int64_t at =
            ((z - result->box.min[2]) * rows + y - result->box.min[1]) * width
            + x - result->box.min[0];
        float sum = 0;
        result->seen[at]++;
        for (int c = 0; c < n_classes; c++) {
          float p = probabilities[c * lam_box_volume (box) + i];
          result->values[c * n + at] = p;
          sum += p;
        }
        g_assert_cmpfloat_with_epsilon (sum, 1, 1e-4);
      }
  return true;
}

static Result
predict (const LamModel *model, LamVolume *volume, const LamBox *box,
    const LamPredictSettings *settings)
{
  const LamNormalisation normalisation = { 100, 20 };
  g_autoptr (GError) error = NULL;
  int64_t n = lam_box_volume (box);
  Result result = { *box, g_new0 (float, 3 * n), g_new0 (uint8_t, n) };
  lam_predict (model, volume, &normalisation, box, settings, take, &result,
      NULL, &error);
  g_assert_no_error (error);
  for (int64_t i = 0; i < n; i++)
    g_assert_cmpint (result.seen[i], ==, 1);
  return result;
}

static void
clear (Result *result)
{
  g_free (result->values);
  g_free (result->seen);
}

/* The largest difference, and whether all bits agree. */
static float
compare (const Result *a, const Result *b, int64_t margin)
{
  int64_t n = lam_box_volume (&a->box);
  int64_t width = a->box.max[0] - a->box.min[0];
  int64_t rows = a->box.max[1] - a->box.min[1];
  float largest = 0;
  for (int64_t i = 0; i < 3 * n; i++) {
    int64_t x = i % width, y = i / width % rows;
    if (MIN (x, y) >= margin && x < width - margin && y < rows - margin)
      largest = MAX (largest, fabsf (a->values[i] - b->values[i]));
  }
  return largest;
}

static double
mirrored_noise (int64_t x, int64_t y, int64_t z)
{
  return noise (63 - x, y, z);
}

/* Whoever looks from behind sees the same, mirrored; but not without. */
static void
test_flips (void)
{
  const int64_t size[3] = { 64, 48, 3 };
  g_autoptr (GError) error = NULL;
  g_autoptr (LamVolume) volume = fixture_volume (size, LAM_DTYPE_U8, noise);
  g_autoptr (LamVolume) mirror =
      fixture_volume (size, LAM_DTYPE_U8, mirrored_noise);
  g_autoptr (LamModel) model = fixture_model (FIXTURE_FLAT, NULL, &error);
  g_assert_no_error (error);
  LamBox box = lam_box_of_size (size);
  for (int flips = 0; flips < 2; flips++) {
    LamPredictSettings settings = { .tile = { 64, 48, 1 }, .flips = flips };
    Result a = predict (model, volume, &box, &settings);
    Result b = predict (model, mirror, &box, &settings);
    float worst = 0;
    for (int64_t i = 0; i < 3 * lam_box_volume (&box); i++) {
      int64_t behind = i / 64 * 64 + 63 - i % 64;
      worst = MAX (worst, fabsf (a.values[i] - b.values[behind]));
    }
    if (flips)
      g_assert_cmpfloat (worst, <, 1e-5);
    else
      g_assert_cmpfloat (worst, >, 1e-2);
    clear (&a);
    clear (&b);
  }
}

static void
test_parts (void)
{
  static const char *const layers[] = { FIXTURE_FLAT, FIXTURE_HALVING,
    FIXTURE_DEEP };
  const int64_t size[3] = { 90, 75, 13 };
  g_autoptr (LamVolume) volume = fixture_volume (size, LAM_DTYPE_U8, noise);
  LamBox box = lam_box_new (3, 2, 1, 90, 70, 12);
  for (size_t i = 0; i < G_N_ELEMENTS (layers); i++) {
    g_autoptr (GError) error = NULL;
    g_autoptr (LamModel) model = fixture_model (layers[i], "8,32,32", &error);
    g_assert_no_error (error);
    LamPredictSettings settings = { .overlap = -1, .n_threads = 1 };
    Result whole = predict (model, volume, &box, &settings);
    /* Cut to pieces and with other threads: the same bits. */
    settings.limit_bytes = PLAIN_OR_SANITISED (40000, 160000);
    settings.n_threads = 2;
    Result parts = predict (model, volume, &box, &settings);
    g_assert_cmpfloat (compare (&whole, &parts, 0), ==, 0);
    g_assert_cmpint (parts.largest * 3 * 4, <=, settings.limit_bytes);
    clear (&whole);
    clear (&parts);
  }
}

/* A network that sees 3 voxels far gives the same in all tilings whose overlap
 * hides the edges of tiles: here, one and many tiles, without the blended
 * rims. */
static void
test_tilings (void)
{
  const int64_t size[3] = { 120, 100, 3 };
  g_autoptr (GError) error = NULL;
  g_autoptr (LamVolume) volume = fixture_volume (size, LAM_DTYPE_U8, noise);
  g_autoptr (LamModel) model = fixture_model (FIXTURE_FLAT, NULL, &error);
  g_assert_no_error (error);
  LamBox box = lam_box_of_size (size);
  LamPredictSettings one = { .overlap = 0, .tile = { 512, 512, 1 } };
  LamPredictSettings many = { .overlap = 0.5, .tile = { 40, 36, 1 } };
  Result a = predict (model, volume, &box, &one);
  Result b = predict (model, volume, &box, &many);
  double sum = 0, worst = compare (&a, &b, 4);
  for (int64_t i = 0; i < 3 * lam_box_volume (&box); i++)
    sum += fabsf (a.values[i] - b.values[i]);
  double mean = sum / (3.0 * (double)lam_box_volume (&box));
  g_test_message (
      "two tilings differ by %g on average, %g at most", mean, worst);
  g_assert_cmpfloat (mean, <, 0.004);
  g_assert_cmpfloat (worst, <, 0.1);
  clear (&a);
  clear (&b);
}

/* Volumes smaller than a tile, and than what the network halves. */
static void
test_small (void)
{
  static const char *const layers[] = { FIXTURE_HALVING, FIXTURE_DEEP };
  static const int64_t sizes[][3] = { { 1, 1, 1 }, { 5, 3, 2 }, { 33, 7, 3 } };
  for (size_t i = 0; i < G_N_ELEMENTS (layers); i++)
    for (size_t j = 0; j < G_N_ELEMENTS (sizes); j++) {
      g_autoptr (GError) error = NULL;
      g_autoptr (LamVolume) volume =
          fixture_volume (sizes[j], LAM_DTYPE_U8, noise);
      g_autoptr (LamModel) model = fixture_model (layers[i], NULL, &error);
      g_assert_no_error (error);
      LamBox box = lam_box_of_size (sizes[j]);
      LamPredictSettings settings = { .overlap = -1 };
      Result result = predict (model, volume, &box, &settings);
      clear (&result);
    }
}

static void
test_model (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (LamModel) flat = fixture_model (FIXTURE_FLAT, NULL, &error);
  g_autoptr (LamModel) halving =
      fixture_model (FIXTURE_HALVING, "1,30,64", &error);
  g_autoptr (LamModel) deep = fixture_model (FIXTURE_DEEP, NULL, &error);
  g_assert_no_error (error);
  for (int i = 0; i < 3; i++) {
    g_assert_cmpint (lam_model_get_multiple (flat)[i], ==, 1);
    g_assert_cmpint (lam_model_get_multiple (halving)[i], ==, i < 2 ? 4 : 1);
    g_assert_cmpint (lam_model_get_multiple (deep)[i], ==, 2);
  }
  g_assert_cmpint (lam_model_get_tile (flat)[2], ==, 1);
  g_assert_cmpint (lam_model_get_tile (halving)[0], ==, 64);
  g_assert_cmpint (lam_model_get_tile (halving)[1], ==, 32);
  g_assert_cmpint (lam_model_get_tile (deep)[2], >, 1);
  /* What does not keep the size is refused. */
  g_assert_null (
      fixture_model ("a = pool image\nlogits = conv a classes", NULL, &error));
  g_assert_nonnull (strstr (error->message, "keep the size"));
}

/* Those that are found are those that meet the voxels. */
static void
check_find (const LamTiling *tiling)
{
  for (int64_t from = 5; from < 5 + tiling->length; from++)
    for (int64_t to = from + 1; to <= 5 + tiling->length; to += 4) {
      int64_t first, end;
      lam_tiling_find (tiling, from, to, &first, &end);
      for (int64_t i = 0; i < tiling->n; i++) {
        int64_t start = lam_tiling_get_start (tiling, i);
        g_assert_cmpint (i >= first && i < end, ==,
            start < to && start + tiling->tile > from);
      }
    }
}

static void
test_tiling (void)
{
  for (int64_t length = 1; length < 40; length++)
    for (int64_t tile = 1; tile < 20; tile++)
      for (int64_t overlap = 0; overlap < tile; overlap += 3) {
        LamTiling tiling = lam_tiling_new (5, length, tile, overlap);
        int64_t end = 5;
        for (int64_t i = 0; i < tiling.n; i++) {
          int64_t start = lam_tiling_get_start (&tiling, i);
          /* No gaps, as much overlap as was asked for, no tile too many. */
          g_assert_cmpint (start, <=, i ? end - overlap : 5);
          for (int64_t j = 0; j < tile; j++)
            g_assert_cmpfloat (
                lam_tiling_get_weight (&tiling, i, start + j), >, 0);
          end = start + tile;
        }
        g_assert_cmpint (end, >=, 5 + length);
        check_find (&tiling);
        if (tile <= length)
          g_assert_cmpint (end, ==, 5 + length);
      }
}

/* What a tile makes up at its rim counts next to nothing; in the middle of the
 * overlap both count the same. */
static void
test_shares (void)
{
  LamTiling tiling = lam_tiling_new (0, 300, 200, 100);
  g_assert_cmpint (tiling.n, ==, 2);
  for (int64_t i = 0; i < 100; i++) {
    float left = lam_tiling_get_weight (&tiling, 0, 199 - i);
    float right = lam_tiling_get_weight (&tiling, 1, 199 - i);
    float share = left / (left + right);
    if (i < 20)
      g_assert_cmpfloat (share, <, 0.016);
    else if (i >= 50)
      g_assert_cmpfloat (share, >, 0.5);
    g_assert_cmpfloat_with_epsilon (
        left, lam_tiling_get_weight (&tiling, 1, 100 + i), 1e-6);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/predict/tiling", test_tiling);
  g_test_add_func ("/predict/shares", test_shares);
  g_test_add_func ("/predict/model", test_model);
  g_test_add_func ("/predict/parts", test_parts);
  g_test_add_func ("/predict/flips", test_flips);
  g_test_add_func ("/predict/tilings", test_tilings);
  g_test_add_func ("/predict/small", test_small);
  return g_test_run ();
}
