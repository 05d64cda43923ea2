/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* ReduceMean and its kin, GlobalMaxPool and Pad against their definitions,
 * and their gradients. */
#include <math.h>

#include "gradient-check.h"
#include "nn/plan.h"

static const int64_t dims[4] = { 2, 3, 4, 5 };

static LamTensor *
run (OnnxBuild *build, const float *x)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (LamNetwork) network =
      lam_network_open (onnx_write (build), &error);
  g_assert_no_error (error);
  LamShape shape = lam_shape_new (LAM_TENSOR_F32, 4, dims);
  g_autoptr (LamPlan) plan = lam_plan_new (network, &shape, NULL, &error);
  g_assert_no_error (error);
  memcpy (lam_plan_get_input (plan, 0), x, 120 * sizeof *x);
  g_assert_true (lam_plan_run (plan, NULL, &error));
  const LamTensor *output = lam_plan_get_output (plan, 0);
  LamTensor *copy = lam_tensor_new (&output->shape);
  memcpy (copy->data, output->data, lam_shape_get_bytes (&output->shape));
  return copy;
}

static OnnxBuild *
build_reduce (
    const char *name, int opset, int n_axes, const int64_t *axes, bool keeps)
{
  OnnxBuild *build = onnx_build_new (opset);
  bool is_attribute =
      opset < 13 || (opset < 18 && strcmp (name, "ReduceSum") != 0);
  onnx_input (build, "x", 4, dims);
  if (!is_attribute)
    onnx_integers (build, "axes", n_axes, axes);
  Onnx__NodeProto *node =
      onnx_node (build, name, is_attribute ? "x" : "x axes", "y");
  if (is_attribute)
    onnx_set_integers (build, node, "axes", n_axes, axes);
  onnx_set_integer (build, node, "keepdims", keeps);
  onnx_output (build, "y", -1, NULL);
  return build;
}

typedef struct {
  const char *name;
  double first;
  double (*add) (double sum, double x);
  double (*finish) (double sum, double n);
} Row;

static double
add (double sum, double x)
{
  return sum + x;
}

static double
add_size (double sum, double x)
{
  return sum + fabs (x);
}

static double
add_square (double sum, double x)
{
  return sum + x * x;
}

static double
add_exp (double sum, double x)
{
  return sum + exp (x);
}

static double
multiply (double sum, double x)
{
  return sum * x;
}

static double
take_root (double sum, double n)
{
  return sqrt (sum);
}

static double
take_log (double sum, double n)
{
  return log (sum);
}

static double
divide (double sum, double n)
{
  return sum / n;
}

static double
leave (double sum, double n)
{
  return sum;
}

static const Row rows[] = {
  { "ReduceSum", 0, add, leave },
  { "ReduceMean", 0, add, divide },
  { "ReduceMax", -INFINITY, fmax, leave },
  { "ReduceMin", INFINITY, fmin, leave },
  { "ReduceProd", 1, multiply, leave },
  { "ReduceL1", 0, add_size, leave },
  { "ReduceL2", 0, add_square, take_root },
  { "ReduceSumSquare", 0, add_square, leave },
  { "ReduceLogSum", 0, add, take_log },
  { "ReduceLogSumExp", 0, add_exp, take_log },
};

/* Positive numbers, for the logarithm's sake. */
static void
check_reduce (const Row *row, int opset, int n_axes, const int64_t *axes)
{
  g_autofree float *x = gradient_input (120, 3, true);
  double wanted[120], n = 1;
  int64_t size[4], steps[4], pace = 1;
  memcpy (size, dims, sizeof size);
  for (int i = 0; i < n_axes; i++)
    size[axes[i] < 0 ? axes[i] + 4 : axes[i]] = 1;
  for (int i = 3; i >= 0; i--) {
    steps[i] = size[i] == 1 ? 0 : pace;
    pace *= size[i];
    n *= (double)(dims[i] / size[i]);
  }
  for (int64_t i = 0; i < pace; i++)
    wanted[i] = row->first;
  for (int64_t i = 0; i < 120; i++) {
    int64_t at = i / 60 * steps[0] + i / 20 % 3 * steps[1]
        + i / 5 % 4 * steps[2] + i % 5 * steps[3];
    wanted[at] = row->add (wanted[at], x[i]);
  }
  g_autoptr (OnnxBuild) build =
      build_reduce (row->name, opset, n_axes, axes, n_axes != 2);
  g_autoptr (LamTensor) result = run (build, x);
  g_assert_cmpint (result->shape.rank, ==, n_axes == 2 ? 2 : 4);
  g_assert_cmpint (lam_shape_get_count (&result->shape), ==, pace);
  for (int64_t i = 0; i < pace; i++) {
    double last = row->finish (wanted[i], n);
    g_assert_cmpfloat_with_epsilon (
        lam_tensor_floats (result)[i], last, 1e-5 * fabs (last));
  }
}

static void
test_reduce (void)
{
  static const struct {
    int n;
    int64_t axes[4];
  } cases[] = { { 1, { 3 } }, { 1, { 1 } }, { 2, { -1, 1 } }, { 2, { 2, 0 } },
    { 4, { 0, 1, 2, 3 } }, { 3, { 0, 2, 3 } } };
  for (size_t i = 0; i < G_N_ELEMENTS (rows); i++)
    for (size_t j = 0; j < G_N_ELEMENTS (cases); j++) {
      check_reduce (&rows[i], 11, cases[j].n, cases[j].axes);
      check_reduce (&rows[i], 18, cases[j].n, cases[j].axes);
    }
}

static void
test_reduce_gradients (void)
{
  const int64_t axes[2] = { 1, 3 }, front[2] = { 0, 2 };
  LamShape shape = lam_shape_new (LAM_TENSOR_F32, 4, dims);
  for (size_t i = 0; i < G_N_ELEMENTS (rows); i++) {
    if (rows[i].add == multiply)
      continue;
    g_autoptr (OnnxBuild) build =
        build_reduce (rows[i].name, 13, 2, axes, true);
    gradient_check (build, &shape, true);
    g_autoptr (OnnxBuild) other =
        build_reduce (rows[i].name, 18, 2, front, false);
    gradient_check (other, &shape, true);
  }
}

static OnnxBuild *
build_global (void)
{
  OnnxBuild *build = onnx_build_new (13);
  onnx_input (build, "x", 4, dims);
  onnx_node (build, "GlobalMaxPool", "x", "y");
  onnx_output (build, "y", -1, NULL);
  return build;
}

static void
test_global (void)
{
  g_autoptr (OnnxBuild) build = build_global ();
  g_autofree float *x = gradient_noise (120, 4);
  g_autoptr (LamTensor) result = run (build, x);
  g_assert_cmpint (result->shape.rank, ==, 4);
  for (int i = 0; i < 6; i++) {
    float highest = x[i * 20];
    for (int j = 1; j < 20; j++)
      highest = MAX (highest, x[i * 20 + j]);
    g_assert_cmpfloat (lam_tensor_floats (result)[i], ==, highest);
  }
  LamShape shape = lam_shape_new (LAM_TENSOR_F32, 4, dims);
  gradient_check (build, &shape, false);
}

static const int64_t frame[8] = { 0, 0, 2, 3, 0, 0, -1, 6 };

static OnnxBuild *
build_pad (const char *mode)
{
  OnnxBuild *build = onnx_build_new (13);
  const int64_t one = 1;
  const float fill = 7;
  onnx_input (build, "x", 4, dims);
  onnx_integers (build, "pads", 8, frame);
  onnx_floats (build, "fill", 1, &one, &fill);
  onnx_set_text (
      build, onnx_node (build, "Pad", "x pads fill", "y"), "mode", mode);
  onnx_output (build, "y", -1, NULL);
  return build;
}

/* Walks there step by step, turning round at the borders. */
static int64_t
reflect (int64_t at, int64_t n)
{
  while (at < 0 || at >= n)
    at = at < 0 ? -at : 2 * (n - 1) - at;
  return at;
}

static void
test_pad (void)
{
  static const char *const modes[] = { "constant", "reflect", "edge" };
  g_autofree float *x = gradient_noise (120, 5);
  LamShape shape = lam_shape_new (LAM_TENSOR_F32, 4, dims);
  for (int mode = 0; mode < 3; mode++) {
    g_autoptr (OnnxBuild) build = build_pad (modes[mode]);
    g_autoptr (LamTensor) result = run (build, x);
    const int64_t *size = result->shape.dims;
    g_assert_cmpint (size[2], ==, 5);
    g_assert_cmpint (size[3], ==, 14);
    for (int64_t i = 0; i < 6 * 5 * 14; i++) {
      int64_t y = i / 14 % 5 - 2, at = i % 14 - 3;
      bool is_outside = y < 0 || y >= 4 || at < 0 || at >= 5;
      y = mode == 1 ? reflect (y, 4) : CLAMP (y, 0, 3);
      at = mode == 1 ? reflect (at, 5) : CLAMP (at, 0, 4);
      float wanted = mode == 0 && is_outside ? 7 : x[i / 70 * 20 + y * 5 + at];
      g_assert_cmpfloat (lam_tensor_floats (result)[i], ==, wanted);
    }
    gradient_check (build, &shape, false);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/nn/fold/reduce", test_reduce);
  g_test_add_func ("/nn/fold/reduce-gradients", test_reduce_gradients);
  g_test_add_func ("/nn/fold/global", test_global);
  g_test_add_func ("/nn/fold/pad", test_pad);
  return g_test_run ();
}
