/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Products in 16 bits against plain loops, to the bit, and convolutions made
 * of them against those in float32. Where the processor lacks the
 * instructions, that a plan says so and computes in float32. */
#include <math.h>

#include "base/random.h"
#include "nn/gemm.h"
#include "nn/gemm16.h"
#include "nn/plan.h"
#include "nn/program.h"
#include "nn/size.h"
#include "nn/winograd16.h"
#include "onnx-build.h"

static bool
is_missing (void)
{
  if (!lam_gemm16_is_there ())
    g_test_skip ("no AVX-512 VNNI");
  return !lam_gemm16_is_there ();
}

static int32_t
join_pair (int64_t low, int64_t high)
{
  return (int32_t)(((uint32_t)low & 0xffff) | (uint32_t)high << 16);
}

static int64_t
get_half (int32_t word, int half)
{
  return (int16_t)(half ? word >> 16 : word);
}

#define ROWS 13
#define BLOCK_ROWS 16
#define COLUMNS 40
#define PAIRS 250
#define STEP 48

/* One element of one term, as the header says. */
static float
multiply_plainly (
    const LamGemm16Term *term, int64_t row, int64_t column, float sum)
{
  for (int64_t cut = 0; cut < lam_gemm16_count_cuts (PAIRS); cut++) {
    int64_t exact = 0;
    for (int64_t p = lam_gemm16_get_cut (PAIRS, cut);
         p < lam_gemm16_get_cut (PAIRS, cut + 1); p++)
      for (int half = 0; half < 2; half++)
        exact += get_half (term->a[lam_gemm16_find_a (row, p, PAIRS)], half)
            * get_half (term->b[p * STEP + column], half);
    g_assert_cmpint (ABS (exact), <=, G_MAXINT32);
    float value =
        (float)(int32_t)exact * (term->scales[cut * ROWS + row] * term->scale);
    sum = sum + value;
  }
  return sum;
}

/* The first row is at the limit: all sizes are as large as they may be, and
 * signs agree. */
static void
test_products (void)
{
  static int32_t a[2][BLOCK_ROWS * PAIRS], b[2][PAIRS * STEP];
  static float scales[2][3 * ROWS], c[ROWS * STEP];
  LamGemm16Term terms[2];
  LamRandom dice = lam_random_new (5, 0);
  if (is_missing ())
    return;
  g_assert_cmpint (lam_gemm16_count_cuts (PAIRS), ==, 3);
  g_assert_cmpint (
      lam_gemm16_count_words (ROWS, PAIRS), ==, BLOCK_ROWS * PAIRS);
  for (int t = 0; t < 2; t++) {
    int64_t most = LAM_GEMM16_MOST_SUM / 168;
    for (int i = 0; i < BLOCK_ROWS * PAIRS; i++)
      a[t][i] = i < PAIRS * LAM_GEMM16_ROWS && i % LAM_GEMM16_ROWS == 0
          ? join_pair (most, -most)
          : join_pair ((int64_t)(most * (2 * lam_random_unit (&dice) - 1)),
              (int64_t)(most * (2 * lam_random_unit (&dice) - 1)));
    for (int i = 0; i < PAIRS * STEP; i++)
      b[t][i] = i % STEP == 0
          ? join_pair (LAM_GEMM16_MOST, -LAM_GEMM16_MOST)
          : join_pair ((int64_t)(65534 * lam_random_unit (&dice)) - 32767,
              (int64_t)(65534 * lam_random_unit (&dice)) - 32767);
    for (int i = 0; i < 3 * ROWS; i++)
      scales[t][i] = (float)lam_random_unit (&dice);
    terms[t] = (LamGemm16Term){ a[t], b[t], scales[t], ROWS, t ? 0.25f : 8 };
  }
  lam_gemm16 (ROWS, COLUMNS, PAIRS, terms, 2, false, STEP, c, STEP);
  for (int row = 0; row < ROWS; row++)
    for (int column = 0; column < COLUMNS; column++) {
      float wanted = multiply_plainly (&terms[0], row, column, 0);
      wanted = multiply_plainly (&terms[1], row, column, wanted);
      g_assert_cmpfloat (c[row * STEP + column], ==, wanted);
    }
}

#define JOINED 3
#define JOINED_PAIRS 32

/* Terms that go to floats together; the first row is at the limit. */
static void
test_joined (void)
{
  static int32_t a[JOINED][BLOCK_ROWS * JOINED_PAIRS];
  static int32_t b[JOINED][JOINED_PAIRS * STEP];
  static float scales[ROWS], c[ROWS * STEP];
  int64_t most = LAM_GEMM16_MOST_SUM / (2 * JOINED * JOINED_PAIRS);
  LamGemm16Term terms[JOINED];
  LamRandom dice = lam_random_new (9, 0);
  if (is_missing ())
    return;
  g_assert_true (lam_gemm16_can_join (JOINED_PAIRS, JOINED));
  g_assert_false (lam_gemm16_can_join (JOINED_PAIRS + 1, JOINED));
  for (int i = 0; i < ROWS; i++)
    scales[i] = (float)lam_random_unit (&dice);
  for (int t = 0; t < JOINED; t++) {
    for (int i = 0; i < BLOCK_ROWS * JOINED_PAIRS; i++)
      a[t][i] = i % LAM_GEMM16_ROWS == 0
          ? join_pair (most, -most)
          : join_pair ((int64_t)(most * (2 * lam_random_unit (&dice) - 1)), 7);
    for (int i = 0; i < JOINED_PAIRS * STEP; i++)
      b[t][i] = join_pair (LAM_GEMM16_MOST, -LAM_GEMM16_MOST + i % STEP);
    terms[t] = (LamGemm16Term){ a[t], b[t], scales, ROWS, 0.5f };
  }
  lam_gemm16 (ROWS, COLUMNS, JOINED_PAIRS, terms, JOINED, true, STEP, c, STEP);
  for (int row = 0; row < ROWS; row++)
    for (int column = 0; column < COLUMNS; column++) {
      int64_t exact = 0;
      for (int i = 0; i < 2 * JOINED * JOINED_PAIRS; i++) {
        int t = i / (2 * JOINED_PAIRS), pair = i / 2 % JOINED_PAIRS;
        exact +=
            get_half (a[t][lam_gemm16_find_a (row, pair, JOINED_PAIRS)], i % 2)
            * get_half (b[t][pair * STEP + column], i % 2);
      }
      g_assert_cmpint (ABS (exact), <=, G_MAXINT32);
      g_assert_cmpfloat (c[row * STEP + column], ==,
          (float)(int32_t)exact * (scales[row] * 0.5f));
    }
}

#define TILES 21
#define WIDTH (4 * TILES + 4)

/* Words are the float transforms, rounded to the scale, but for what is rounded
 * on the way; none leaves it. */
static void
test_transform (void)
{
  static float image[2][6 * WIDTH], plain[2][36 * TILES];
  static float scratch[LAM_WINOGRAD16_SCRATCH (TILES)];
  static int32_t words[36 * TILES];
  LamRandom dice = lam_random_new (6, 0);
  LamWinogradRows rows[2];
  LamWinograd16Rows rows16[2];
  LamWinograd16Scales scales;
  float size = 0;
  if (is_missing ())
    return;
  for (int c = 0; c < 2; c++) {
    for (int i = 0; i < 6 * WIDTH; i++)
      image[c][i] = lam_random_unit (&dice) < 0.5 ? -3 : 3;
    size = lam_size_find (image[c], 6 * WIDTH, 0, size);
    rows[c] = (LamWinogradRows){ .skip = 1, .end = WIDTH - 3 - c };
    for (int i = 0; i < 6 - c; i++)
      rows[c].rows[i] = image[c] + i * WIDTH;
    lam_winograd_input (&rows[c], TILES, scratch, plain[c], TILES);
    rows16[c] = (LamWinograd16Rows){ .skip = rows[c].skip, .end = rows[c].end };
    for (int i = 0; i < 6; i++)
      rows16[c].rows[i] = rows[c].rows[i];
  }
  g_assert_cmpfloat (size, ==, 3);
  lam_winograd16_set_scales (size, &scales);
  lam_winograd16_input (
      &rows16[0], &rows16[1], TILES, &scales, scratch, words, TILES);
  for (int i = 0; i < 36 * TILES; i++)
    for (int c = 0; c < 2; c++) {
      double wanted = nearbyint (plain[c][i] / scales.scales[i / TILES]);
      g_assert_cmpfloat (fabs (wanted), <=, LAM_GEMM16_MOST);
      g_assert_cmpint (ABS (get_half (words[i], c) - (int64_t)wanted), <=, 1);
    }
}

/* A row of tiles of which the last reaches beyond the plane: what is written is
 * what nn/winograd.h writes, and nothing else. */
static void
check_result (int64_t width, int64_t height, float slope)
{
  static float products[36 * TILES + 15], plain[4][4 * TILES];
  float found[4 * WIDTH], *rows[4] = { plain[0], plain[1], plain[2], plain[3] };
  const LamActivation activation = { slope };
  const LamWinograd16Place place = {
    .to = found, .step = WIDTH, .width = width, .height = height
  };
  LamRandom dice = lam_random_new (8, 0);
  for (int i = 0; i < 36 * TILES; i++)
    products[i] = (float)lam_random_normal (&dice);
  for (int i = 0; i < 4 * WIDTH; i++)
    found[i] = -77;
  lam_winograd_output (products, TILES, TILES, 0.5f, activation, 0, rows);
  float size =
      lam_winograd16_output (products, TILES, 0.5f, activation, &place);
  float largest = 0;
  for (int y = 0; y < 4; y++)
    for (int x = 0; x < WIDTH; x++) {
      float value = found[y * WIDTH + x];
      if (x >= width || y >= height) {
        g_assert_cmpfloat (value, ==, -77);
        continue;
      }
      largest = MAX (largest, fabsf (value));
      g_assert_cmpfloat (fabsf (value - plain[y][x]), <, 1e-4);
    }
  g_assert_cmpfloat (size, ==, largest);
}

static void
test_result (void)
{
  if (is_missing ())
    return;
  check_result (4 * TILES, 4, 1);
  check_result (4 * TILES - 3, 4, 0);
  check_result (64, 3, 0.25f);
  check_result (17, 1, -2);
}

static void
test_size (void)
{
  const float values[] = { 1, -7, 2, 0, NAN, 5 };
  LamWinograd16Scales scales;
  g_assert_cmpfloat (lam_size_find (values, 4, 0, 3), ==, 7);
  g_assert_cmpfloat (lam_size_find (values, 4, 0, 8), ==, 8);
  g_assert_true (isnan (lam_size_find (values, 6, 0, 3)));
  lam_winograd16_set_scales (NAN, &scales);
  g_assert_true (isnan (scales.scales[7]));
  lam_winograd16_set_scales (G_MAXFLOAT, &scales);
  g_assert_true (isnan (scales.scales[7]));
  lam_winograd16_set_scales (0, &scales);
  g_assert_true (isfinite (scales.rounders[7]) && scales.scales[7] > 0);
}

/* An odd number of channels, edges in the middle of tiles. */
#define CHANNELS 19
#define FILTERS 24
static const int64_t dims[5] = { 1, CHANNELS, 4, 21, 37 };
#define N_IN (CHANNELS * 4 * 21 * 37)
#define N_OUT (FILTERS * 4 * 21 * 37)

static LamNetwork *
make_network (const float *w, const float *bias)
{
  const int64_t shape[5] = { FILTERS, CHANNELS, 3, 3, 3 }, n = FILTERS;
  const int64_t pads[6] = { 1, 1, 1, 1, 1, 1 };
  g_autoptr (OnnxBuild) build = onnx_build_new (13);
  g_autoptr (GError) error = NULL;
  onnx_input (build, "x", 5, dims);
  onnx_floats (build, "w", 5, shape, w);
  onnx_floats (build, "b", 1, &n, bias);
  Onnx__NodeProto *node = onnx_node (build, "Conv", "x w b", "conv");
  onnx_set_integers (build, node, "kernel_shape", 3, shape + 2);
  onnx_set_integers (build, node, "pads", 6, pads);
  onnx_node (build, "Relu", "conv", "y");
  onnx_output (build, "y", -1, NULL);
  LamNetwork *network = lam_network_open (onnx_write (build), &error);
  g_assert_no_error (error);
  return network;
}

static float *
run (LamNetwork *network, const float *x, bool is_fast, int n_threads)
{
  g_autoptr (GError) error = NULL;
  LamShape shape = lam_shape_new (LAM_TENSOR_F32, 5, dims);
  const LamPlanOptions options = { .n_threads = n_threads, .is_fast = is_fast };
  g_autoptr (LamPlan) plan = lam_plan_new (network, &shape, &options, &error);
  g_assert_no_error (error);
  g_assert_true (
      lam_plan_is_fast (plan) == (is_fast && lam_plan_can_be_fast ()));
  memcpy (lam_plan_get_input (plan, 0), x, N_IN * sizeof *x);
  g_assert_true (lam_plan_run (plan, NULL, &error));
  return g_memdup2 (lam_tensor_floats (lam_plan_get_output (plan, 0)),
      N_OUT * sizeof (float));
}

/* The root of the mean square of what differs, as a share of the result's. */
static double
find_error (const float *found, const float *wanted)
{
  double difference = 0, all = 0;
  for (int i = 0; i < N_OUT; i++) {
    difference += (found[i] - wanted[i]) * (found[i] - wanted[i]);
    all += wanted[i] * wanted[i];
  }
  return sqrt (difference / all);
}

static float *
make_noise (int64_t n, bool is_even)
{
  LamRandom dice = lam_random_new (7, 0);
  float *noise = g_new (float, n);
  for (int64_t i = 0; i < n; i++)
    noise[i] = is_even ? 1 : (float)lam_random_normal (&dice);
  return noise;
}

/* The same network has plans of both kinds at once: each has its weights. */
static void
check_layer (bool is_even)
{
  g_autofree float *x = make_noise (N_IN, is_even);
  g_autofree float *w = make_noise (FILTERS * CHANNELS * 27, is_even);
  g_autofree float *bias = make_noise (FILTERS, is_even);
  g_autoptr (LamNetwork) network = make_network (w, bias);
  g_autofree float *wanted = run (network, x, false, 2);
  g_autofree float *fast = run (network, x, true, 1);
  double error = find_error (fast, wanted);
  if (!lam_plan_can_be_fast ()) {
    g_assert_cmpfloat (error, ==, 0);
    return;
  }
  g_assert_cmpfloat (error, >, 1e-6);
  g_assert_cmpfloat (error, <, 3e-3);
  for (int threads = 2; threads <= 3; threads++) {
    g_autofree float *same = run (network, x, true, threads);
    g_assert_cmpmem (same, N_OUT * sizeof *same, fast, N_OUT * sizeof *fast);
  }
  g_autofree float *plain = run (network, x, false, 1);
  g_assert_cmpmem (
      plain, N_OUT * sizeof *plain, wanted, N_OUT * sizeof *wanted);
}

static void
test_layer (void)
{
  check_layer (false);
}

/* All products have the same sign: sums are as large as they can be. */
static void
test_large_sums (void)
{
  check_layer (true);
}

/* What is no number is not rounded away. */
static void
test_not_a_number (void)
{
  g_autofree float *x = make_noise (N_IN, false);
  g_autofree float *w = make_noise (FILTERS * CHANNELS * 27, false);
  g_autofree float *bias = make_noise (FILTERS, false);
  g_autoptr (LamNetwork) network = make_network (w, bias);
  x[N_IN / 2] = NAN;
  g_autofree float *found = run (network, x, true, 2);
  int n = 0;
  for (int i = 0; i < N_OUT; i++)
    n += isnan (found[i]);
  g_assert_cmpint (n, >=, 27 * FILTERS);
}

/* A level of a U-Net: joins, poolings and transposed convolutions hand on how
 * large numbers are. An odd number of filters, no whole block of columns. */
#define LEVEL_FILTERS 13
static const int64_t level_dims[5] = { 2, CHANNELS, 3, 22, 38 };
#define LEVEL_IN (2 * CHANNELS * 3 * 22 * 38)
#define LEVEL_OUT (2 * LEVEL_FILTERS * 3 * 22 * 38)

static void
add_conv (OnnxBuild *build, const char *inputs, const char *output,
    const int64_t *shape, int64_t pad)
{
  const int64_t pads[6] = { 0, pad, pad, 0, pad, pad };
  bool is_transposed = strstr (inputs, "up") != NULL;
  g_auto (GStrv) names = g_strsplit (inputs, " ", -1);
  g_autofree float *w =
      make_noise (shape[0] * shape[1] * shape[2] * shape[3] * shape[4], false);
  onnx_floats (build, names[1], 5, shape, w);
  Onnx__NodeProto *node = onnx_node (
      build, is_transposed ? "ConvTranspose" : "Conv", inputs, output);
  onnx_set_integers (build, node, "kernel_shape", 3, shape + 2);
  if (is_transposed)
    onnx_set_integers (build, node, "strides", 3, shape + 2);
  else
    onnx_set_integers (build, node, "pads", 6, pads);
}

static LamNetwork *
make_level (void)
{
  const int64_t flat[5] = { FILTERS, CHANNELS, 1, 3, 3 };
  const int64_t up[5] = { FILTERS, CHANNELS, 1, 2, 2 };
  const int64_t joined[5] = { FILTERS, FILTERS + CHANNELS, 1, 3, 3 };
  const int64_t point[5] = { LEVEL_FILTERS, FILTERS, 1, 1, 1 };
  g_autoptr (OnnxBuild) build = onnx_build_new (13);
  g_autoptr (GError) error = NULL;
  onnx_input (build, "x", 5, level_dims);
  add_conv (build, "x flat", "a", flat, 1);
  Onnx__NodeProto *pool = onnx_node (build, "MaxPool", "a", "p");
  onnx_set_integers (build, pool, "kernel_shape", 3, up + 2);
  onnx_set_integers (build, pool, "strides", 3, up + 2);
  add_conv (build, "p up", "u", up, 0);
  Onnx__NodeProto *join = onnx_node (build, "Concat", "a u", "j");
  onnx_set_integer (build, join, "axis", 1);
  add_conv (build, "j joined", "k", joined, 1);
  add_conv (build, "k point", "y", point, 0);
  onnx_output (build, "y", -1, NULL);
  LamNetwork *network = lam_network_open (onnx_write (build), &error);
  g_assert_no_error (error);
  return network;
}

static LamPlan *
make_level_plan (LamNetwork *network, bool is_fast, int n_threads)
{
  g_autoptr (GError) error = NULL;
  LamShape shape = lam_shape_new (LAM_TENSOR_F32, 5, level_dims);
  const LamPlanOptions options = { .n_threads = n_threads, .is_fast = is_fast };
  LamPlan *plan = lam_plan_new (network, &shape, &options, &error);
  g_assert_no_error (error);
  return plan;
}

static const float *
run_level (LamPlan *plan, const float *x, float times)
{
  for (int i = 0; i < LEVEL_IN; i++)
    lam_plan_get_input (plan, 0)[i] = x[i] * times;
  g_assert_true (lam_plan_run (plan, NULL, NULL));
  return lam_tensor_floats (lam_plan_get_output (plan, 0));
}

/* Sizes are those of this run, not of the last: powers of two scale exactly. */
static void
test_level (void)
{
  g_autofree float *x = make_noise (LEVEL_IN, false);
  g_autoptr (LamNetwork) network = make_level ();
  g_autoptr (LamPlan) plain = make_level_plan (network, false, 2);
  g_autoptr (LamPlan) plan = make_level_plan (network, true, 1);
  const float *wanted = run_level (plain, x, 1), *found;
  double difference = 0, all = 0;
  found = run_level (plan, x, 1);
  for (int i = 0; i < LEVEL_OUT; i++) {
    difference += (found[i] - wanted[i]) * (found[i] - wanted[i]);
    all += wanted[i] * wanted[i];
  }
  g_assert_cmpfloat (sqrt (difference / all), <, 5e-3);
  g_assert_true (lam_plan_can_be_fast () == (difference > 0));
  g_autofree float *first = g_memdup2 (found, LEVEL_OUT * sizeof *found);
  found = run_level (plan, x, 1024);
  for (int i = 0; i < LEVEL_OUT; i++)
    g_assert_cmpfloat (found[i], ==, first[i] * 1024);
  found = run_level (plan, x, 1);
  g_assert_cmpmem (
      found, LEVEL_OUT * sizeof *found, first, LEVEL_OUT * sizeof *first);
  for (int threads = 2; threads <= 3; threads++) {
    g_autoptr (LamPlan) other = make_level_plan (network, true, threads);
    found = run_level (other, x, 1);
    g_assert_cmpmem (
        found, LEVEL_OUT * sizeof *found, first, LEVEL_OUT * sizeof *first);
  }
}

/* All that stays between layers of a level is of 16-bit floats, where layers
 * can have it; what comes and goes is not. */
static void
test_level_halves (void)
{
  g_autoptr (LamNetwork) network = make_level ();
  g_autoptr (GError) error = NULL;
  LamShape shape = lam_shape_new (LAM_TENSOR_F32, 5, level_dims);
  for (int is_fast = 0; is_fast < 2; is_fast++) {
    g_autoptr (LamProgram) program =
        lam_program_new (network, &shape, is_fast, &error);
    int n_half = 0;
    g_assert_no_error (error);
    for (int i = 0; i < program->n_steps; i++)
      n_half += program->steps[i].outputs[0]->shape.type == LAM_TENSOR_F16;
    g_assert_cmpint (program->n_steps, ==, 6);
    g_assert_cmpint (n_half, ==, is_fast && lam_plan_can_be_fast () ? 5 : 0);
    g_assert_true (program->steps[5].outputs[0]->shape.type == LAM_TENSOR_F32);
  }
}

/* As nnU-Net and MONAI have it: an image of one channel, norms between the
 * layers, poolings by pairs and otherwise. */
static const int64_t norm_dims[5] = { 1, 1, 4, 22, 36 };
#define NORM_IN (4 * 22 * 36)
#define NORM_OUT (LEVEL_FILTERS * 10 * 17)

static LamNetwork *
make_normed (void)
{
  const int64_t first[5] = { FILTERS, 1, 3, 3, 3 }, n = FILTERS;
  const int64_t second[5] = { FILTERS, FILTERS, 1, 3, 3 };
  const int64_t point[5] = { LEVEL_FILTERS, FILTERS, 1, 1, 1 };
  const int64_t pairs[3] = { 2, 2, 2 }, ones[3] = { 1, 1, 1 };
  g_autofree float *scale = make_noise (n, false);
  g_autoptr (OnnxBuild) build = onnx_build_new (13);
  g_autoptr (GError) error = NULL;
  onnx_input (build, "x", 5, norm_dims);
  onnx_floats (build, "scale", 1, &n, scale);
  onnx_floats (build, "shift", 1, &n, scale);
  add_conv (build, "x first", "a", first, 1);
  onnx_node (build, "InstanceNormalization", "a scale shift", "b");
  onnx_node (build, "LeakyRelu", "b", "c");
  Onnx__NodeProto *pool = onnx_node (build, "MaxPool", "c", "d");
  onnx_set_integers (build, pool, "kernel_shape", 3, pairs);
  onnx_set_integers (build, pool, "strides", 3, pairs);
  add_conv (build, "d second", "e", second, 1);
  onnx_node (build, "InstanceNormalization", "e scale shift", "f");
  pool = onnx_node (build, "MaxPool", "f", "g");
  onnx_set_integers (
      build, pool, "kernel_shape", 3, (const int64_t[3]){ 1, 2, 2 });
  onnx_set_integers (build, pool, "strides", 3, ones);
  add_conv (build, "g point", "y", point, 0);
  onnx_output (build, "y", -1, NULL);
  LamNetwork *network = lam_network_open (onnx_write (build), &error);
  g_assert_no_error (error);
  return network;
}

static float *
run_normed (LamNetwork *network, const float *x, bool is_fast, int n_threads)
{
  g_autoptr (GError) error = NULL;
  LamShape shape = lam_shape_new (LAM_TENSOR_F32, 5, norm_dims);
  const LamPlanOptions options = { .n_threads = n_threads, .is_fast = is_fast };
  g_autoptr (LamPlan) plan = lam_plan_new (network, &shape, &options, &error);
  g_assert_no_error (error);
  memcpy (lam_plan_get_input (plan, 0), x, NORM_IN * sizeof *x);
  g_assert_true (lam_plan_run (plan, NULL, &error));
  const LamTensor *output = lam_plan_get_output (plan, 0);
  g_assert_cmpint (lam_shape_get_count (&output->shape), ==, NORM_OUT);
  return g_memdup2 (lam_tensor_floats (output), NORM_OUT * sizeof (float));
}

static void
test_normed (void)
{
  g_autofree float *x = make_noise (NORM_IN, false);
  g_autoptr (LamNetwork) network = make_normed ();
  g_autofree float *wanted = run_normed (network, x, false, 2);
  g_autofree float *found = run_normed (network, x, true, 1);
  double difference = 0, all = 0;
  for (int i = 0; i < NORM_OUT; i++) {
    difference += (found[i] - wanted[i]) * (found[i] - wanted[i]);
    all += wanted[i] * wanted[i];
  }
  g_assert_cmpfloat (sqrt (difference / all), <, 5e-3);
  g_assert_true (lam_plan_can_be_fast () == (difference > 0));
  for (int threads = 2; threads <= 3; threads++) {
    g_autofree float *same = run_normed (network, x, true, threads);
    g_assert_cmpmem (
        same, NORM_OUT * sizeof *same, found, NORM_OUT * sizeof *found);
  }
  x[7] = NAN;
  g_autofree float *unknown = run_normed (network, x, true, 2);
  for (int i = 0; i < NORM_OUT; i++)
    g_assert_true (isnan (unknown[i]));
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/nn/fast/products", test_products);
  g_test_add_func ("/nn/fast/joined", test_joined);
  g_test_add_func ("/nn/fast/transform", test_transform);
  g_test_add_func ("/nn/fast/result", test_result);
  g_test_add_func ("/nn/fast/size", test_size);
  g_test_add_func ("/nn/fast/layer", test_layer);
  g_test_add_func ("/nn/fast/large-sums", test_large_sums);
  g_test_add_func ("/nn/fast/not-a-number", test_not_a_number);
  g_test_add_func ("/nn/fast/level", test_level);
  g_test_add_func ("/nn/fast/level-halves", test_level_halves);
  g_test_add_func ("/nn/fast/normed", test_normed);
  return g_test_run ();
}
