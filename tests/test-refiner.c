/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* By what a network that learned is judged: where people chose what they saw,
 * its scores are about all of the volume. */
#include <math.h>

#include "onnx-build.h"
#include "segment-fixture.h"
#include "segment/refiner-inside.h"

/* Beyond SURE the grey value says nothing. */
enum { X = 128, Y = 64, Z = 4, SURE = 112 };

static int
find_class (int64_t x, int64_t y)
{
  return x < SURE && (x / 8 + y / 8) % 2;
}

static double
find_grey (int64_t x, int64_t y, int64_t z)
{
  return x >= SURE ? 100 : 200 * find_class (x, y);
}

/* The second class by that much, where the grey value is in the middle. */
static const char *
write_network (OnnxBuild *build, float middle)
{
  const int64_t dims[5] = { 1, 1, -1, -1, -1 }, out[5] = { 1, 2, -1, -1, -1 };
  const int64_t kernel[5] = { 2, 1, 1, 1, 1 }, two = 2;
  const float weights[2] = { 0, 8 }, bias[2] = { 0, middle };
  onnx_input (build, "x", 5, dims);
  onnx_output (build, "y", 5, out);
  onnx_floats (build, "w", 5, kernel, weights);
  onnx_floats (build, "b", 1, &two, bias);
  onnx_node (build, "Conv", "x w b", "y");
  return onnx_write (build);
}

/* A person saw all that the network is unsure of, and little else. */
static void
tell (LamRefiner *refiner)
{
  static uint8_t teaches[LAM_BRICK_VOXELS], tests[LAM_BRICK_VOXELS];
  for (int x = 0; x < X; x += LAM_BRICK_EDGE) {
    memset (teaches, LAM_PATCH_IGNORED, sizeof teaches);
    memset (tests, LAM_PATCH_IGNORED, sizeof tests);
    for (int i = 0; i < LAM_BRICK_VOXELS; i++) {
      int column = x + i % LAM_BRICK_EDGE, row = i / LAM_BRICK_EDGE % Y;
      bool is_seen = i / (LAM_BRICK_EDGE * LAM_BRICK_EDGE) < Z
          && column >= SURE - 8 && (column >= SURE || row < 16);
      if (is_seen)
        tests[i] = (uint8_t)find_class (column, row);
    }
    lam_refiner_tell (
        refiner, (LamBrickKey){ x / LAM_BRICK_EDGE, 0, 0 }, teaches, tests);
  }
  lam_refiner_count (refiner);
}

/* Of the network that is unsure, then of one that knows what that was unsure
 * of, and spoils all else. */
static void
judge (bool is_chosen, LamRefinerScore scores[2])
{
  const int64_t size[3] = { X, Y, Z };
  const float middles[2] = { 0.2f, -20 };
  g_autoptr (LamVolume) volume = fixture_volume (size, LAM_DTYPE_U8, find_grey);
  g_autoptr (LamRefinerJudge) judge = NULL;
  g_autoptr (LamRefiner) refiner = NULL;
  for (int i = 0; i < 2; i++) {
    g_autoptr (GError) error = NULL;
    g_autoptr (OnnxBuild) build = onnx_build_new (13);
    const char *path = write_network (build, middles[i]);
    LamRefinerSettings settings;
    lam_refiner_settings_init (&settings);
    settings.n_threads = 1;
    if (!refiner) {
      refiner = lam_refiner_new (path, volume, &settings, &error);
      g_assert_no_error (error);
      lam_refiner_set_is_chosen (refiner, is_chosen);
      tell (refiner);
      judge = lam_refiner_judge_new (refiner);
    }
    g_autoptr (LamModel) model = lam_model_open (path, &error);
    g_assert_no_error (error);
    g_assert_true (
        lam_refiner_judge_run (judge, model, &scores[i], NULL, &error));
    g_assert_no_error (error);
  }
}

/* What was held out without a look at what the network says, counts as it is.
 * There are 4096 voxels of which it is unsure, 256 each of the others. */
static void
test_plain (void)
{
  LamRefinerScore scores[2];
  judge (false, scores);
  g_assert_cmpfloat_with_epsilon (scores[0].iou, 256.0 / 4608 + 0.0, 0.004);
  g_assert_cmpfloat_with_epsilon (
      scores[1].iou, (4352.0 / 4608 + 0) / 2, 0.004);
}

static void
test_chosen (void)
{
  LamRefinerScore scores[2];
  judge (true, scores);
  /* An eighth is unsure; what of it the sample holds is near that. */
  g_assert_cmpfloat (scores[0].iou, >, 0.65);
  g_assert_cmpfloat (scores[1].iou, <, 0.35);
}

/* Of very many bricks some judge, and it is said how many voxels that are. */
static void
test_many (void)
{
  enum { N = 70, N_JUDGE = 64 };
  static uint8_t teaches[LAM_BRICK_VOXELS], tests[LAM_BRICK_VOXELS];
  const int64_t size[3] = { N * LAM_BRICK_EDGE, 1, 1 };
  g_autoptr (GError) error = NULL;
  g_autoptr (OnnxBuild) build = onnx_build_new (13);
  g_autoptr (LamVolume) volume = fixture_volume (size, LAM_DTYPE_U8, find_grey);
  LamRefinerSettings settings;
  LamRefinerScore score;
  lam_refiner_settings_init (&settings);
  settings.n_threads = 1;
  g_autoptr (LamRefiner) refiner =
      lam_refiner_new (write_network (build, 0.2f), volume, &settings, &error);
  g_assert_no_error (error);
  memset (teaches, LAM_PATCH_IGNORED, sizeof teaches);
  memset (tests, LAM_PATCH_IGNORED, sizeof tests);
  tests[0] = tests[1] = tests[2] = 0;
  for (int i = 0; i < N; i++)
    lam_refiner_tell (refiner, (LamBrickKey){ i, 0, 0 }, teaches, tests);
  lam_refiner_count (refiner);
  g_autoptr (LamRefinerJudge) judge = lam_refiner_judge_new (refiner);
  g_assert_true (lam_refiner_judge_run (
      judge, lam_refiner_get_model (refiner), &score, NULL, &error));
  g_assert_cmpint (score.n_voxels, ==, 3 * N_JUDGE);
}

/* A gain that is much the same without any part; the same one, but of a single
 * part; and one by so few parts that it says nothing. */
static void
test_sure (void)
{
  enum { N = LAM_REFINER_N_PARTS };
  LamRefinerScore before = { .iou = 0.5 }, after = { .iou = 0.51 };
  for (int i = 0; i < N; i++) {
    before.without[i] = 0.5;
    after.without[i] = 0.51 + 0.0005 * (i % 3 - 1);
  }
  g_assert_true (lam_refiner_is_sure (&before, &after));
  g_assert_false (lam_refiner_is_sure (&after, &before));
  for (int i = 0; i < N; i++)
    after.without[i] = i == 3 ? 0.5 : 0.5 + 0.01 * N / (N - 1);
  g_assert_false (lam_refiner_is_sure (&before, &after));
  for (int i = 0; i < N; i++) {
    before.without[i] = i < 3 ? 0.5 : NAN;
    after.without[i] = i < 3 ? 0.51 : NAN;
  }
  g_assert_false (lam_refiner_is_sure (&before, &after));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/refiner/judge/plain", test_plain);
  g_test_add_func ("/refiner/judge/chosen", test_chosen);
  g_test_add_func ("/refiner/judge/many", test_many);
  g_test_add_func ("/refiner/sure", test_sure);
  return g_test_run ();
}
