/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Training plans: the gradient of a random weighted sum of the output, by
 * each input and each weight, against what a small change does to that sum.
 * Every plan is made for 1, 2 and 3 threads and must give the same bits. */
#include <math.h>

#include "base/random.h"
#include "nn/train-plan.h"
#include "onnx-build.h"

#define STEP 0.004f

/* Different numbers between -2 and 2, none nearer to another or to 0 than what
 * is changed: away from corners of maxima and rectifiers. */
static void
fill_distinct (float *x, int64_t n, uint64_t seed)
{
  LamRandom dice = lam_random_new (seed, 1);
  for (int64_t i = 0; i < n; i++)
    x[i] = 4 * ((float)i + 0.5f) / (float)(n + n % 2) - 2;
  for (int64_t i = n - 1; i > 0; i--) {
    int64_t j = lam_random_u32 (&dice) % (i + 1);
    float other = x[i];
    x[i] = x[j];
    x[j] = other;
  }
}

typedef struct {
  LamNetwork *network;
  LamTrainPlan *plan;
  LamShape shapes[2];
  int n_inputs;
  float *inputs[2];
  float *projection;
  int64_t n_outputs;
} Check;

static void
begin (Check *check, const char *path, const LamShape *shapes, int n_inputs,
    int threads)
{
  g_autoptr (GError) error = NULL;
  const LamTrainPlanOptions options = {
    .n_threads = threads, .seed = 7, .wants_input_gradient = true
  };
  *check = (Check){ .n_inputs = n_inputs };
  check->network = lam_network_open_for_training (path, &error);
  g_assert_no_error (error);
  check->plan = lam_train_plan_new (check->network, shapes, &options, &error);
  g_assert_no_error (error);
  for (int i = 0; i < n_inputs; i++) {
    int64_t n = lam_shape_get_count (&shapes[i]);
    check->shapes[i] = shapes[i];
    check->inputs[i] = g_new (float, n);
    fill_distinct (check->inputs[i], n, (uint64_t)i);
  }
  check->n_outputs =
      lam_shape_get_count (&lam_train_plan_get_output (check->plan, 0)->shape);
  check->projection = g_new (float, check->n_outputs);
  LamRandom dice = lam_random_new (3, 4);
  for (int64_t i = 0; i < check->n_outputs; i++)
    check->projection[i] = (float)lam_random_normal (&dice);
}

static void
end (Check *check)
{
  for (int i = 0; i < check->n_inputs; i++)
    g_free (check->inputs[i]);
  g_free (check->projection);
  lam_train_plan_free (check->plan);
  lam_network_unref (check->network);
}

static double
run_forward (Check *check)
{
  for (int i = 0; i < check->n_inputs; i++)
    memcpy (lam_train_plan_get_input (check->plan, i), check->inputs[i],
        (size_t)lam_shape_get_bytes (&check->shapes[i]));
  g_assert_true (
      lam_train_plan_forward (check->plan, LAM_PASS_TRAINING, 5, NULL, NULL));
  const float *y =
      lam_tensor_floats (lam_train_plan_get_output (check->plan, 0));
  double sum = 0;
  for (int64_t i = 0; i < check->n_outputs; i++)
    sum += (double)y[i] * check->projection[i];
  return sum;
}

/* All gradients in one list. */
static GArray *
run_backward (Check *check)
{
  GArray *all = g_array_new (FALSE, FALSE, sizeof (float));
  run_forward (check);
  memcpy (lam_train_plan_get_output_gradient (check->plan), check->projection,
      (size_t)check->n_outputs * sizeof (float));
  g_assert_true (lam_train_plan_backward (check->plan, NULL, NULL));
  for (int i = 0; i < check->n_inputs; i++)
    if (lam_train_plan_get_input_gradient (check->plan, i))
      g_array_append_vals (all,
          lam_train_plan_get_input_gradient (check->plan, i),
          (guint)lam_shape_get_count (&check->shapes[i]));
  for (int i = 0; i < lam_train_plan_get_n_parameters (check->plan); i++)
    g_array_append_vals (all, lam_train_plan_get_gradient (check->plan, i),
        (guint)lam_shape_get_count (
            &lam_train_plan_get_parameter (check->plan, i)->shape));
  return all;
}

static void
compare_one (Check *check, float *x, float found, double largest)
{
  float before = *x;
  *x = before + STEP;
  lam_train_plan_weights_changed (check->plan);
  double above = run_forward (check), width = *x;
  *x = before - STEP;
  lam_train_plan_weights_changed (check->plan);
  double below = run_forward (check);
  width -= *x;
  *x = before;
  g_assert_cmpfloat_with_epsilon (
      found, (above - below) / width, 3e-3 * largest);
}

static void
compare_all (Check *check, const GArray *all)
{
  guint at = 0;
  double largest = 1;
  for (guint i = 0; i < all->len; i++)
    largest = MAX (largest, fabsf (g_array_index (all, float, i)));
  for (int i = 0; i < check->n_inputs; i++)
    for (int64_t j = 0; lam_train_plan_get_input_gradient (check->plan, i)
         && j < lam_shape_get_count (&check->shapes[i]);
         j++)
      compare_one (check, check->inputs[i] + j,
          g_array_index (all, float, at++), largest);
  for (int i = 0; i < lam_train_plan_get_n_parameters (check->plan); i++) {
    LamTensor *tensor = lam_train_plan_get_parameter (check->plan, i);
    for (int64_t j = 0; j < lam_shape_get_count (&tensor->shape); j++)
      compare_one (check, lam_tensor_floats (tensor) + j,
          g_array_index (all, float, at++), largest);
  }
  g_assert_cmpuint (at, ==, all->len);
}

/* How many parameters there are. */
static int
check_gradients (OnnxBuild *build, const LamShape *shapes, int n_inputs)
{
  Check check;
  g_autoptr (GArray) first = NULL;
  const char *path = onnx_write (build);
  for (int threads = 3; threads >= 1; threads--) {
    begin (&check, path, shapes, n_inputs, threads);
    g_autoptr (GArray) all = run_backward (&check);
    if (!first)
      first = g_array_ref (all);
    g_assert_cmpmem (first->data, first->len * sizeof (float), all->data,
        all->len * sizeof (float));
    if (threads > 1)
      end (&check);
  }
  compare_all (&check, first);
  int n = lam_train_plan_get_n_parameters (check.plan);
  end (&check);
  return n;
}

static LamShape
add_input (OnnxBuild *build, const char *name, int rank, const int64_t *dims)
{
  onnx_input (build, name, rank, dims);
  return lam_shape_new (LAM_TENSOR_F32, rank, dims);
}

static void
add_weights (OnnxBuild *build, const char *name, int rank, const int64_t *dims)
{
  int64_t n = 1;
  for (int i = 0; i < rank; i++)
    n *= dims[i];
  g_autofree float *w = g_new (float, n);
  fill_distinct (w, n, 99);
  onnx_floats (build, name, rank, dims, w);
}

static void
test_binary (void)
{
  static const char *const names[] = { "Add", "Sub", "Mul", "Div" };
  static const struct {
    int rank;
    int64_t dims[4];
  } others[] = { { 4, { 2, 3, 4, 5 } }, { 1, { 1 } }, { 3, { 3, 1, 1 } },
    { 4, { 2, 1, 4, 1 } }, { 1, { 5 } }, { 4, { 1, 3, 1, 5 } },
    { 4, { 1, 3, 4, 5 } }, { 2, { 4, 5 } } };
  const int64_t dims[4] = { 2, 3, 4, 5 };
  for (int kind = 0; kind < 4; kind++)
    for (size_t i = 0; i < G_N_ELEMENTS (others); i++)
      for (int turned = 0; turned < 2; turned++) {
        g_autoptr (OnnxBuild) build = onnx_build_new (13);
        LamShape shapes[2];
        shapes[0] = add_input (build, "x", 4, dims);
        shapes[1] = add_input (build, "other", others[i].rank, others[i].dims);
        /* Away from 0, where division has no end. */
        onnx_node (build, "Sigmoid", "other", "s");
        onnx_node (build, "Sigmoid", "x", "t");
        onnx_node (build, names[kind], turned ? "s t" : "t s", "y");
        onnx_output (build, "y", -1, NULL);
        check_gradients (build, shapes, 2);
      }
}

/* A wide row, a leaky ReLU behind, weights, and both inputs the same. */
static void
test_binary_more (void)
{
  const int64_t dims[2] = { 2, 1500 }, wide = 1500;
  g_autoptr (OnnxBuild) build = onnx_build_new (13);
  LamShape shape = add_input (build, "x", 2, dims);
  add_weights (build, "w", 1, &wide);
  onnx_node (build, "Add", "x w", "a");
  onnx_set_float (
      build, onnx_node (build, "LeakyRelu", "a", "l"), "alpha", 0.2f);
  onnx_node (build, "Mul", "l l", "y");
  onnx_output (build, "y", -1, NULL);
  Check check;
  begin (&check, onnx_write (build), &shape, 1, 2);
  g_autoptr (GArray) all = run_backward (&check);
  g_assert_cmpuint (all->len, ==, 4500);
  const float *w =
      lam_tensor_floats (lam_train_plan_get_parameter (check.plan, 0));
  for (int64_t i = 0; i < 1500; i++) {
    double sum = 0;
    for (int row = 0; row < 2; row++) {
      double a = (double)check.inputs[0][row * 1500 + i] + w[i];
      double slope = a > 0 ? 1 : 0.2f;
      double wanted = check.projection[row * 1500 + i] * 2 * slope * slope * a;
      sum += wanted;
      g_assert_cmpfloat_with_epsilon (
          g_array_index (all, float, row * 1500 + i), wanted, 1e-5);
    }
    g_assert_cmpfloat_with_epsilon (
        g_array_index (all, float, 3000 + i), sum, 2e-5);
  }
  end (&check);
}

static void
check_pool (bool is_max, const int64_t *kernel, const int64_t *stride,
    const int64_t *pads, bool ceil_mode, bool counts)
{
  const int64_t dims[5] = { 2, 2, 3, 5, 6 };
  g_autoptr (OnnxBuild) build = onnx_build_new (13);
  LamShape shape = add_input (build, "x", 5, dims);
  Onnx__NodeProto *node =
      onnx_node (build, is_max ? "MaxPool" : "AveragePool", "x", "y");
  onnx_set_integers (build, node, "kernel_shape", 3, kernel);
  onnx_set_integers (build, node, "strides", 3, stride);
  onnx_set_integers (build, node, "pads", 6, pads);
  onnx_set_integer (build, node, "ceil_mode", ceil_mode);
  if (!is_max)
    onnx_set_integer (build, node, "count_include_pad", counts);
  onnx_output (build, "y", -1, NULL);
  check_gradients (build, &shape, 1);
}

static void
test_pool (void)
{
  const int64_t flat[3] = { 1, 2, 2 }, three[3] = { 2, 3, 3 };
  const int64_t one[3] = { 1, 1, 1 }, two[3] = { 1, 2, 2 };
  const int64_t none[6] = { 0 }, around[6] = { 0, 1, 1, 1, 1, 1 };
  for (int is_max = 0; is_max < 2; is_max++) {
    check_pool (is_max, flat, two, none, false, false);
    check_pool (is_max, three, one, around, false, false);
    check_pool (is_max, three, two, around, true, true);
  }
}

/* Of equal maxima the first one takes all, as with PyTorch. */
static void
test_pool_ties (void)
{
  const int64_t dims[4] = { 1, 1, 2, 4 }, two[2] = { 2, 2 };
  g_autoptr (OnnxBuild) build = onnx_build_new (13);
  LamShape shape = add_input (build, "x", 4, dims);
  onnx_node (build, "Relu", "x", "r");
  Onnx__NodeProto *node = onnx_node (build, "MaxPool", "r", "y");
  onnx_set_integers (build, node, "kernel_shape", 2, two);
  onnx_set_integers (build, node, "strides", 2, two);
  onnx_output (build, "y", -1, NULL);
  Check check;
  begin (&check, onnx_write (build), &shape, 1, 1);
  static const float x[8] = { 1, 2, -1, -1, 2, 2, -1, -1 };
  memcpy (check.inputs[0], x, sizeof x);
  g_autoptr (GArray) all = run_backward (&check);
  for (guint i = 0; i < 8; i++)
    g_assert_cmpfloat (
        g_array_index (all, float, i), ==, i == 1 ? check.projection[0] : 0);
  end (&check);
}

static void
check_norm (bool is_batch, const char *activation)
{
  const int64_t dims[5] = { 2, 3, 2, 5, 4 }, channels = 3;
  static const float mean[3] = { 1, 2, 3 }, variance[3] = { 4, 5, 6 };
  g_autoptr (OnnxBuild) build = onnx_build_new (13);
  LamShape shape = add_input (build, "x", 5, dims);
  add_weights (build, "scale", 1, &channels);
  add_weights (build, "shift", 1, &channels);
  Onnx__NodeProto *node;
  if (is_batch) {
    onnx_floats (build, "mean", 1, &channels, mean);
    onnx_floats (build, "variance", 1, &channels, variance);
    node = onnx_node (
        build, "BatchNormalization", "x scale shift mean variance", "n");
  } else {
    node = onnx_node (build, "InstanceNormalization", "x scale shift", "n");
  }
  onnx_set_float (build, node, "epsilon", 0.01f);
  onnx_node (build, activation, "n", "y");
  onnx_output (build, "y", -1, NULL);
  g_assert_cmpint (check_gradients (build, &shape, 1), ==, 2);
}

static void
test_norm (void)
{
  check_norm (true, "Tanh");
  check_norm (false, "Tanh");
  check_norm (true, "Identity");
  check_norm (false, "Identity");
}

/* A norm without anything to learn, as PyTorch exports it. */
static void
test_plain_norm (void)
{
  const int64_t dims[3] = { 2, 3, 10 };
  static const float ones[3] = { 1, 1, 1 }, zeros[3] = { 0 };
  g_autoptr (OnnxBuild) build = onnx_build_new (13);
  LamShape shape = add_input (build, "x", 3, dims);
  add_weights (build, "w", 3, dims);
  onnx_set_floats (
      build, onnx_node (build, "Constant", "", "one"), "value_floats", 3, ones);
  onnx_set_floats (build, onnx_node (build, "Constant", "", "zero"),
      "value_floats", 3, zeros);
  onnx_node (build, "Mul", "x w", "m");
  onnx_node (build, "InstanceNormalization", "m one zero", "y");
  onnx_output (build, "y", -1, NULL);
  g_assert_cmpint (check_gradients (build, &shape, 1), ==, 1);
}

/* Momentum as PyTorch has it, and inference with what was learned. */
static void
test_running_average (void)
{
  const int64_t dims[3] = { 2, 1, 3 }, one = 1;
  static const float unit[1] = { 1 }, zero[1] = { 0 };
  g_autoptr (OnnxBuild) build = onnx_build_new (13);
  LamShape shape = add_input (build, "x", 3, dims);
  onnx_floats (build, "scale", 1, &one, unit);
  onnx_floats (build, "shift", 1, &one, zero);
  onnx_floats (build, "mean", 1, &one, zero);
  onnx_floats (build, "variance", 1, &one, unit);
  Onnx__NodeProto *node = onnx_node (
      build, "BatchNormalization", "x scale shift mean variance", "y");
  onnx_set_float (build, node, "momentum", 0.75f);
  onnx_output (build, "y", -1, NULL);
  Check check;
  begin (&check, onnx_write (build), &shape, 1, 1);
  static const float x[6] = { 1, 2, 3, 4, 5, 9 };
  memcpy (check.inputs[0], x, sizeof x);
  run_forward (&check);
  g_assert_cmpint (lam_train_plan_get_n_states (check.plan), ==, 2);
  float mean = lam_tensor_floats (lam_train_plan_get_state (check.plan, 0))[0];
  float variance =
      lam_tensor_floats (lam_train_plan_get_state (check.plan, 1))[0];
  /* Mean 4, squares 9 + 4 + 1 + 0 + 1 + 25 = 40. */
  g_assert_cmpfloat_with_epsilon (mean, 0.25 * 4, 1e-6);
  g_assert_cmpfloat_with_epsilon (variance, 0.75 + 0.25 * 40 / 5, 1e-6);
  const float *y =
      lam_tensor_floats (lam_train_plan_get_output (check.plan, 0));
  g_assert_cmpfloat_with_epsilon (y[5], 5 / sqrt (40. / 6 + 1e-5), 1e-5);
  memcpy (lam_train_plan_get_input (check.plan, 0), x, sizeof x);
  g_assert_true (
      lam_train_plan_forward (check.plan, LAM_PASS_INFERENCE, 0, NULL, NULL));
  g_assert_cmpfloat_with_epsilon (
      y[5], (9 - mean) / sqrt (variance + 1e-5), 1e-5);
  end (&check);
}

static void
test_unary (void)
{
  static const char *const names[] = { "Relu", "LeakyRelu", "Elu", "Sigmoid",
    "Tanh", "Clip", "Identity", "Dropout", "Softmax" };
  const int64_t dims[3] = { 2, 5, 7 };
  for (size_t i = 0; i < G_N_ELEMENTS (names); i++) {
    g_autoptr (OnnxBuild) build = onnx_build_new (9);
    LamShape shape = add_input (build, "x", 3, dims);
    Onnx__NodeProto *node = onnx_node (build, names[i], "x", "y");
    if (strcmp (names[i], "Clip") == 0) {
      onnx_set_float (build, node, "min", -1.01f);
      onnx_set_float (build, node, "max", 0.99f);
    } else if (strcmp (names[i], "Elu") == 0) {
      onnx_set_float (build, node, "alpha", 0.7f);
    }
    onnx_output (build, "y", -1, NULL);
    check_gradients (build, &shape, 1);
  }
}

static void
test_softmax (void)
{
  const int64_t dims[4] = { 2, 4, 3, 30 };
  for (int axis = 0; axis < 4; axis++) {
    g_autoptr (OnnxBuild) build = onnx_build_new (13);
    LamShape shape = add_input (build, "x", 4, dims);
    onnx_set_integer (
        build, onnx_node (build, "Softmax", "x", "y"), "axis", axis);
    onnx_output (build, "y", -1, NULL);
    check_gradients (build, &shape, 1);
  }
}

/* Numbers of two steps of training differ; those of one step never. */
static void
test_dropout (void)
{
  const int64_t dims[2] = { 3, 9000 };
  g_autoptr (OnnxBuild) build = onnx_build_new (9);
  LamShape shape = add_input (build, "x", 2, dims);
  onnx_set_float (
      build, onnx_node (build, "Dropout", "x", "y"), "ratio", 0.25f);
  onnx_output (build, "y", -1, NULL);
  Check check;
  begin (&check, onnx_write (build), &shape, 1, 2);
  g_autoptr (GArray) all = run_backward (&check);
  const float *y =
      lam_tensor_floats (lam_train_plan_get_output (check.plan, 0));
  run_forward (&check);
  int64_t n_zero = 0, n_moved = 0;
  g_autofree float *before = g_memdup2 (y, 27000 * sizeof *y);
  for (guint i = 0; i < 27000; i++) {
    float scale = y[i] == 0 ? 0 : 1 / 0.75f;
    n_zero += y[i] == 0;
    g_assert_cmpfloat_with_epsilon (y[i], check.inputs[0][i] * scale, 1e-6);
    g_assert_cmpfloat_with_epsilon (
        g_array_index (all, float, i), check.projection[i] * scale, 1e-6);
  }
  g_assert_cmpint (ABS (n_zero - 6750), <, 300);
  memcpy (lam_train_plan_get_input (check.plan, 0), check.inputs[0],
      27000 * sizeof *y);
  g_assert_true (
      lam_train_plan_forward (check.plan, LAM_PASS_TRAINING, 6, NULL, NULL));
  for (guint i = 0; i < 27000; i++)
    n_moved += (before[i] == 0) != (y[i] == 0);
  g_assert_cmpint (ABS (n_moved - 2 * 27000 * 3 / 16), <, 500);
  memcpy (lam_train_plan_get_input (check.plan, 0), check.inputs[0],
      27000 * sizeof *y);
  g_assert_true (
      lam_train_plan_forward (check.plan, LAM_PASS_INFERENCE, 6, NULL, NULL));
  g_assert_cmpmem (y, 27000 * sizeof *y, check.inputs[0], 27000 * sizeof *y);
  end (&check);
}

/* One value with many users, some of them views, and a residual. */
static void
test_many_users (void)
{
  const int64_t dims[3] = { 2, 4, 6 }, view[2] = { 8, 6 }, order[2] = { 1, 0 };
  const int64_t starts[2] = { 1, -1 }, ends[2] = { 100, -100 };
  const int64_t axes[2] = { 0, 1 }, paces[2] = { 2, -1 };
  const int64_t index[4] = { 0, 3, -1, 3 };
  g_autoptr (OnnxBuild) build = onnx_build_new (13);
  LamShape shape = add_input (build, "x", 3, dims);
  onnx_integers (build, "view", 2, view);
  onnx_integers (build, "s", 2, starts);
  onnx_integers (build, "e", 2, ends);
  onnx_integers (build, "a", 2, axes);
  onnx_integers (build, "p", 2, paces);
  onnx_integers (build, "i", 4, index);
  onnx_node (build, "Tanh", "x", "t");
  onnx_node (build, "Reshape", "t view", "v");
  onnx_node (build, "Identity", "v", "same");
  onnx_set_integers (
      build, onnx_node (build, "Transpose", "v", "turned"), "perm", 2, order);
  onnx_node (build, "MatMul", "same turned", "product");
  onnx_set_integer (
      build, onnx_node (build, "Gather", "product i", "taken"), "axis", 1);
  onnx_node (build, "Mul", "v v", "square");
  onnx_set_integer (build,
      onnx_node (build, "Concat", "square taken v", "joined"), "axis", 1);
  onnx_node (build, "Flatten", "joined", "flat");
  onnx_node (build, "Slice", "flat s e a p", "cut");
  onnx_set_integer (
      build, onnx_node (build, "Softmax", "cut", "soft"), "axis", 0);
  onnx_node (build, "Add", "cut soft", "y");
  onnx_output (build, "y", -1, NULL);
  check_gradients (build, &shape, 1);
}

static void
test_product (void)
{
  const int64_t dims[4] = { 2, 3, 5, 4 }, right[3] = { 3, 4, 6 };
  const int64_t flat[2] = { 5, 4 };
  static const struct {
    int rank;
    int64_t dims[2];
  } added[] = { { 2, { 5, 6 } }, { 1, { 6 } }, { 2, { 5, 1 } }, { 1, { 1 } } };
  g_autoptr (OnnxBuild) build = onnx_build_new (13);
  LamShape shape = add_input (build, "x", 4, dims);
  add_weights (build, "w", 3, right);
  onnx_node (build, "MatMul", "x w", "y");
  onnx_output (build, "y", -1, NULL);
  g_assert_cmpint (check_gradients (build, &shape, 1), ==, 1);
  for (int i = 0; i < 4; i++) {
    g_autoptr (OnnxBuild) gemm = onnx_build_new (13);
    const int64_t a[2] = { flat[i & 1], flat[!(i & 1)] };
    const int64_t b[2] = { i & 2 ? 6 : 4, i & 2 ? 4 : 6 };
    LamShape input = add_input (gemm, "x", 2, a);
    add_weights (gemm, "b", 2, b);
    add_weights (gemm, "c", added[i].rank, added[i].dims);
    Onnx__NodeProto *node = onnx_node (gemm, "Gemm", "x b c", "y");
    onnx_set_integer (gemm, node, "transA", i & 1);
    onnx_set_integer (gemm, node, "transB", i >> 1);
    onnx_set_float (gemm, node, "alpha", 0.5f);
    onnx_set_float (gemm, node, "beta", 2);
    onnx_output (gemm, "y", -1, NULL);
    g_assert_cmpint (check_gradients (gemm, &input, 1), ==, 2);
  }
}

static void
test_resize (void)
{
  static const char *const coordinates[] = { "half_pixel", "align_corners",
    "asymmetric", "pytorch_half_pixel" };
  static const char *const modes[] = { "nearest", "linear", "cubic" };
  static const float scales[5] = { 1, 1, 2, 1.7f, 0.6f };
  static const float even[5] = { 1, 1, 0.5f, 1.5f, 2 };
  const int64_t dims[5] = { 1, 2, 2, 4, 5 }, five = 5;
  for (size_t i = 0; i < 3 * G_N_ELEMENTS (coordinates); i++) {
    g_autoptr (OnnxBuild) build = onnx_build_new (13);
    LamShape shape = add_input (build, "x", 5, dims);
    onnx_floats (build, "scales", 1, &five, i / 3 == 1 ? even : scales);
    Onnx__NodeProto *node = onnx_node (build, "Resize", "x - scales", "y");
    onnx_set_text (build, node, "mode", modes[i % 3]);
    onnx_set_text (
        build, node, "coordinate_transformation_mode", coordinates[i / 3]);
    onnx_output (build, "y", -1, NULL);
    check_gradients (build, &shape, 1);
  }
}

static void
test_global (void)
{
  const int64_t dims[4] = { 2, 3, 4, 5 };
  g_autoptr (OnnxBuild) build = onnx_build_new (13);
  LamShape shape = add_input (build, "x", 4, dims);
  onnx_node (build, "GlobalAveragePool", "x", "m");
  onnx_node (build, "Sigmoid", "m", "s");
  onnx_node (build, "Mul", "x s", "y");
  onnx_output (build, "y", -1, NULL);
  check_gradients (build, &shape, 1);
}

static void
expect_refusal (
    OnnxBuild *build, const LamShape *shape, int64_t limit, const char *text)
{
  g_autoptr (GError) error = NULL;
  const LamTrainPlanOptions options = { .n_threads = 1, .limit_bytes = limit };
  g_autoptr (LamNetwork) network =
      lam_network_open_for_training (onnx_write (build), &error);
  g_assert_no_error (error);
  g_autoptr (LamTrainPlan) plan =
      lam_train_plan_new (network, shape, &options, &error);
  g_assert_null (plan);
  g_assert_nonnull (error);
  if (!strstr (error->message, text))
    g_error ("“%s” does not say “%s”", error->message, text);
}

static void
test_refusals (void)
{
  const int64_t dims[3] = { 2, 3, 4 }, four = 4;
  { /* Nothing to train. */
    g_autoptr (OnnxBuild) build = onnx_build_new (13);
    LamShape shape = add_input (build, "x", 3, dims);
    onnx_node (build, "Tanh", "x", "y");
    onnx_output (build, "y", -1, NULL);
    expect_refusal (build, &shape, 0, "nothing can be trained");
  }
  { /* An operator without backward on the way. */
    g_autoptr (OnnxBuild) build = onnx_build_new (13);
    LamShape shape = add_input (build, "x", 3, dims);
    add_weights (build, "w", 1, &four);
    onnx_node (build, "Mul", "x w", "m");
    onnx_node (build, "ReduceProd", "m", "y");
    onnx_output (build, "y", -1, NULL);
    expect_refusal (build, &shape, 0, "the-ReduceProd");
  }
  { /* Class numbers have no gradient. */
    g_autoptr (OnnxBuild) build = onnx_build_new (13);
    LamShape shape = add_input (build, "x", 3, dims);
    add_weights (build, "w", 1, &four);
    onnx_node (build, "Mul", "x w", "m");
    onnx_node (build, "ArgMax", "m", "y");
    onnx_output (build, "y", -1, NULL);
    expect_refusal (build, &shape, 0, "nothing can be trained");
  }
  { /* Too much memory. */
    g_autoptr (OnnxBuild) build = onnx_build_new (13);
    LamShape shape = add_input (build, "x", 3, dims);
    add_weights (build, "w", 1, &four);
    onnx_node (build, "Mul", "x w", "y");
    onnx_output (build, "y", -1, NULL);
    expect_refusal (build, &shape, 100, "100 bytes are allowed");
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/nn-backward/binary", test_binary);
  g_test_add_func ("/nn-backward/binary-more", test_binary_more);
  g_test_add_func ("/nn-backward/pool", test_pool);
  g_test_add_func ("/nn-backward/pool-ties", test_pool_ties);
  g_test_add_func ("/nn-backward/norm", test_norm);
  g_test_add_func ("/nn-backward/plain-norm", test_plain_norm);
  g_test_add_func ("/nn-backward/running-average", test_running_average);
  g_test_add_func ("/nn-backward/unary", test_unary);
  g_test_add_func ("/nn-backward/softmax", test_softmax);
  g_test_add_func ("/nn-backward/dropout", test_dropout);
  g_test_add_func ("/nn-backward/many-users", test_many_users);
  g_test_add_func ("/nn-backward/product", test_product);
  g_test_add_func ("/nn-backward/resize", test_resize);
  g_test_add_func ("/nn-backward/global", test_global);
  g_test_add_func ("/nn-backward/refusals", test_refusals);
  return g_test_run ();
}
