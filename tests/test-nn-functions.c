/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Operators beside those of a plain U-Net: functions of one number, of several
 * broadcast inputs, norms over rows, splitting and repeating, each against its
 * definition and with its gradient. */
#include <math.h>

#include "gradient-check.h"
#include "nn/plan.h"

static const int64_t dims[4] = { 2, 4, 3, 6 };
#define COUNT 144

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
  memcpy (lam_plan_get_input (plan, 0), x, COUNT * sizeof *x);
  g_assert_true (lam_plan_run (plan, NULL, &error));
  const LamTensor *output = lam_plan_get_output (plan, 0);
  LamTensor *copy = lam_tensor_new (&output->shape);
  memcpy (copy->data, output->data, lam_shape_get_bytes (&output->shape));
  return copy;
}

static void
check_value (const LamTensor *result, int64_t i, double wanted)
{
  g_assert_cmpfloat_with_epsilon (
      lam_tensor_floats (result)[i], wanted, 1e-5 * MAX (1, fabs (wanted)));
}

static OnnxBuild *
build_one (const char *name, const char *inputs, Onnx__NodeProto **node)
{
  OnnxBuild *build = onnx_build_new (18);
  onnx_input (build, "x", 4, dims);
  *node = onnx_node (build, name, inputs, "y");
  onnx_output (build, "y", -1, NULL);
  return build;
}

static void
check_gradient (OnnxBuild *build, bool is_positive)
{
  LamShape shape = lam_shape_new (LAM_TENSOR_F32, 4, dims);
  gradient_check (build, &shape, is_positive);
}

static double
softplus (double x)
{
  return log (1 + exp (x));
}

static double
selu (double x)
{
  return 1.05070098 * (x > 0 ? x : 1.67326324 * (exp (x) - 1));
}

static double
celu (double x)
{
  return x > 0 ? x : 2 * (exp (x / 2) - 1);
}

static double
hard_sigmoid (double x)
{
  return CLAMP (0.4 * x + 0.5, 0, 1);
}

static double
hard_swish (double x)
{
  return x * CLAMP (x / 6 + 0.5, 0, 1);
}

static double
mish (double x)
{
  return x * tanh (softplus (x));
}

static double
softsign (double x)
{
  return x / (1 + fabs (x));
}

static double
threshold (double x)
{
  return x > 0.3 ? x : 0;
}

static double
invert (double x)
{
  return 1 / x;
}

static double
negate (double x)
{
  return -x;
}

static double
sign (double x)
{
  return (x > 0) - (x < 0);
}

/* To (-0.8, 0.8), and beyond 1.2. */
static double
bring_inside (double x)
{
  return 0.8 * tanh (x);
}

static double
bring_above (double x)
{
  return 1.2 + fabs (x);
}

static void
test_functions (void)
{
  static const struct {
    const char *name;
    double (*function) (double x);
    bool is_positive, is_flat;
    const char *attribute;
    float value;
    double (*place) (double x);
  } rows[] = {
    { "Abs", fabs },
    { "Neg", negate },
    { "Sqrt", sqrt, true },
    { "Exp", exp },
    { "Log", log, true },
    { "Reciprocal", invert, true },
    { "Sin", sin },
    { "Cos", cos },
    { "Sinh", sinh },
    { "Cosh", cosh },
    { "Asinh", asinh },
    { "Acosh", acosh, .place = bring_above },
    { "Atanh", atanh, .place = bring_inside },
    { "Erf", erf },
    { "Softplus", softplus },
    { "Softsign", softsign },
    { "Selu", selu },
    { "Celu", celu, .attribute = "alpha", .value = 2 },
    { "HardSigmoid", hard_sigmoid, .attribute = "alpha", .value = 0.4f },
    { "HardSwish", hard_swish },
    { "Mish", mish },
    { "ThresholdedRelu", threshold, .attribute = "alpha", .value = 0.3f },
    { "Floor", floor, .is_flat = true },
    { "Ceil", ceil, .is_flat = true },
    { "Round", rint, .is_flat = true },
    { "Sign", sign, .is_flat = true },
  };
  for (size_t i = 0; i < G_N_ELEMENTS (rows); i++) {
    Onnx__NodeProto *node;
    g_autofree float *x = gradient_input (COUNT, 2, rows[i].is_positive);
    for (int j = 0; rows[i].place && j < COUNT; j++)
      x[j] = (float)rows[i].place (x[j]);
    g_autoptr (OnnxBuild) build = build_one (rows[i].name, "x", &node);
    if (rows[i].attribute)
      onnx_set_float (build, node, rows[i].attribute, rows[i].value);
    g_autoptr (LamTensor) result = run (build, x);
    for (int64_t j = 0; j < COUNT; j++)
      check_value (result, j, rows[i].function (x[j]));
    g_assert_true (
        rows[i].is_flat == !lam_operator_find (rows[i].name)->backward);
    const LamShape shape = lam_shape_new (LAM_TENSOR_F32, 4, dims);
    if (!rows[i].is_flat)
      gradient_check_at (build, &shape, rows[i].is_positive, rows[i].place);
  }
}

/* Of integers, as shape arithmetic has them. */
static void
test_integers (void)
{
  static const struct {
    const char *name;
    int64_t wanted[3];
  } rows[] = { { "Neg", { 3, -5, 0 } }, { "Abs", { 3, 5, 0 } } };
  const int64_t numbers[3] = { -3, 5, 0 };
  const float zero[COUNT] = { 0 };
  for (size_t i = 0; i < G_N_ELEMENTS (rows); i++) {
    Onnx__NodeProto *node;
    g_autoptr (OnnxBuild) build = build_one ("Shape", "x", &node);
    onnx_integers (build, "n", 3, numbers);
    onnx_node (build, rows[i].name, "n", "turned");
    onnx_output (build, "turned", -1, NULL);
    onnx_node (build, "Relu", "x", "z");
    onnx_output (build, "z", -1, NULL);
    g_autoptr (GError) error = NULL;
    g_autoptr (LamNetwork) network =
        lam_network_open (onnx_write (build), &error);
    g_assert_no_error (error);
    LamShape shape = lam_shape_new (LAM_TENSOR_F32, 4, dims);
    g_autoptr (LamPlan) plan = lam_plan_new (network, &shape, NULL, &error);
    g_assert_no_error (error);
    memcpy (lam_plan_get_input (plan, 0), zero, sizeof zero);
    g_assert_true (lam_plan_run (plan, NULL, &error));
    const LamTensor *turned = lam_plan_get_output (plan, 1);
    g_assert_cmpint (turned->shape.type, ==, LAM_TENSOR_I64);
    for (int j = 0; j < 3; j++)
      g_assert_cmpint (lam_tensor_integers (turned)[j], ==, rows[i].wanted[j]);
  }
}

/* With one number, one for each channel, and one for each element. */
static void
test_many (void)
{
  static const char *const names[] = { "Sum", "Mean", "Max", "Min", "Pow",
    "PRelu" };
  static const struct {
    int rank;
    int64_t dims[4];
  } others[] = { { 1, { 1 } }, { 3, { 4, 1, 1 } }, { 4, { 2, 4, 3, 6 } } };
  for (size_t i = 0; i < G_N_ELEMENTS (names); i++)
    for (size_t j = 0; j < G_N_ELEMENTS (others); j++) {
      Onnx__NodeProto *node;
      bool is_positive = strcmp (names[i], "Pow") == 0;
      g_autofree float *x = gradient_input (COUNT, 3, is_positive);
      g_autofree float *o = gradient_input (COUNT, 4, false);
      g_autoptr (OnnxBuild) build = build_one (names[i], "x o", &node);
      onnx_floats (build, "o", others[j].rank, others[j].dims, o);
      g_autoptr (LamTensor) result = run (build, x);
      g_assert_cmpint (lam_shape_get_count (&result->shape), ==, COUNT);
      for (int64_t k = 0; k < COUNT; k++) {
        double a = x[k], b = o[j == 0 ? 0 : j == 1 ? k / 18 % 4 : k];
        const double values[] = { a + b, (a + b) / 2, MAX (a, b), MIN (a, b),
          pow (a, b), a < 0 ? a * b : a };
        check_value (result, k, values[i]);
      }
      check_gradient (build, is_positive);
    }
}

/* Both inputs are asked for their gradient, one being repeated. */
static void
test_repeated (void)
{
  static const char *const names[] = { "Sum", "Mean", "Max", "Min", "Pow" };
  const int64_t small[2] = { 3, 1 };
  for (size_t i = 0; i < G_N_ELEMENTS (names); i++) {
    g_autoptr (OnnxBuild) build = onnx_build_new (13);
    const LamShape shapes[2] = { lam_shape_new (LAM_TENSOR_F32, 2, small),
      lam_shape_new (LAM_TENSOR_F32, 4, dims) };
    onnx_input (build, "a", 2, small);
    onnx_input (build, "b", 4, dims);
    onnx_node (build, names[i], "a b", "y");
    onnx_output (build, "y", -1, NULL);
    gradient_check (build, shapes, true);
  }
}

/* where (x < limit and not x < −limit, x, other). */
static void
test_where (void)
{
  const int64_t one = 1, size[2] = { 3, 6 };
  const float limit = 0.8f, low = -0.8f;
  g_autofree float *x = gradient_noise (COUNT, 5);
  g_autofree float *other = gradient_noise (18, 6);
  g_autoptr (OnnxBuild) build = onnx_build_new (13);
  onnx_input (build, "x", 4, dims);
  onnx_floats (build, "limit", 1, &one, &limit);
  onnx_floats (build, "low", 1, &one, &low);
  onnx_floats (build, "other", 2, size, other);
  onnx_node (build, "Less", "x limit", "below");
  onnx_node (build, "Less", "x low", "far");
  onnx_node (build, "Not", "far", "near");
  onnx_node (build, "And", "below near", "chosen");
  onnx_node (build, "Where", "chosen x other", "y");
  onnx_output (build, "y", 4, dims);
  g_autoptr (LamTensor) result = run (build, x);
  for (int64_t i = 0; i < COUNT; i++)
    check_value (result, i, fabsf (x[i]) < limit ? x[i] : other[i % 18]);

  g_autofree int64_t *choice = g_new (int64_t, 18);
  for (int i = 0; i < 18; i++)
    choice[i] = i % 3 == 0;
  g_autoptr (OnnxBuild) both = onnx_build_new (13);
  const LamShape shapes[2] = { lam_shape_new (LAM_TENSOR_F32, 4, dims),
    lam_shape_new (LAM_TENSOR_F32, 1, &one) };
  onnx_input (both, "a", 4, dims);
  onnx_input (both, "b", 1, &one);
  onnx_tensor (both, "choice", ONNX__TENSOR_PROTO__DATA_TYPE__INT64, 2, size,
      choice, 18 * sizeof *choice);
  onnx_node (both, "Where", "choice a b", "y");
  onnx_output (both, "y", -1, NULL);
  gradient_check (both, shapes, false);
}

static void
test_log_softmax (void)
{
  Onnx__NodeProto *node;
  g_autofree float *x = gradient_noise (COUNT, 7);
  g_autoptr (OnnxBuild) build = build_one ("LogSoftmax", "x", &node);
  onnx_set_integer (build, node, "axis", 1);
  g_autoptr (LamTensor) result = run (build, x);
  for (int64_t i = 0; i < COUNT; i++) {
    double sum = 0;
    for (int64_t k = 0; k < 4; k++)
      sum += exp (x[i / 72 * 72 + k * 18 + i % 18]);
    check_value (result, i, x[i] - log (sum));
  }
  check_gradient (build, false);
}

static void
test_norms (void)
{
  const int64_t eighteen[2] = { 3, 6 }, two = 2;
  g_autofree float *x = gradient_noise (COUNT, 8);
  for (int is_group = 0; is_group < 2; is_group++) {
    Onnx__NodeProto *node;
    int64_t size = is_group ? 36 : 18;
    g_autofree float *scale = gradient_noise (18, 9);
    g_autofree float *shift = gradient_noise (18, 10);
    g_autoptr (OnnxBuild) build =
        build_one (is_group ? "GroupNormalization" : "LayerNormalization",
            "x scale shift", &node);
    onnx_floats (
        build, "scale", is_group ? 1 : 2, is_group ? &two : eighteen, scale);
    onnx_floats (
        build, "shift", is_group ? 1 : 2, is_group ? &two : eighteen, shift);
    if (is_group)
      onnx_set_integer (build, node, "num_groups", 2);
    else
      onnx_set_integer (build, node, "axis", 2);
    onnx_set_float (build, node, "epsilon", 1e-3f);
    g_autoptr (LamTensor) result = run (build, x);
    for (int64_t row = 0; row < COUNT / size; row++) {
      double mean = 0, variance = 0;
      for (int64_t i = row * size; i < (row + 1) * size; i++)
        mean += x[i] / (double)size;
      for (int64_t i = row * size; i < (row + 1) * size; i++)
        variance += (x[i] - mean) * (x[i] - mean) / (double)size;
      for (int64_t i = row * size; i < (row + 1) * size; i++) {
        int64_t at = is_group ? row % 2 : i % 18;
        check_value (result, i,
            (x[i] - mean) / sqrt (variance + 1e-3) * scale[at] + shift[at]);
      }
    }
    check_gradient (build, false);
  }
}

static void
test_split (void)
{
  const int64_t sizes[3] = { 1, 3, 2 };
  g_autofree float *x = gradient_noise (COUNT, 11);
  g_autoptr (OnnxBuild) build = onnx_build_new (13);
  onnx_input (build, "x", 4, dims);
  onnx_integers (build, "sizes", 3, sizes);
  onnx_set_integer (
      build, onnx_node (build, "Split", "x sizes", "a b c"), "axis", 3);
  onnx_output (build, "b", -1, NULL);
  onnx_output (build, "c", -1, NULL);
  onnx_output (build, "a", -1, NULL);
  g_autoptr (LamTensor) result = run (build, x);
  g_assert_cmpint (result->shape.dims[3], ==, 3);
  for (int64_t i = 0; i < 72; i++)
    check_value (result, i, x[i / 3 * 6 + 1 + i % 3]);
  check_gradient (build, false);
}

static void
test_repeat (void)
{
  const int64_t repeats[4] = { 1, 2, 1, 3 }, one[4] = { 1, 4, 1, 6 };
  const int64_t wanted[3] = { 1, 3, 1 };
  Onnx__NodeProto *node;
  g_autofree float *x = gradient_noise (COUNT, 12);
  g_autoptr (OnnxBuild) build = build_one ("Tile", "x repeats", &node);
  onnx_integers (build, "repeats", 4, repeats);
  g_autoptr (LamTensor) result = run (build, x);
  g_assert_cmpint (lam_shape_get_count (&result->shape), ==, 6 * COUNT);
  for (int64_t i = 0; i < 6 * COUNT; i++)
    check_value (
        result, i, x[i / 432 * 72 + i / 54 % 4 * 18 + i / 18 % 3 * 6 + i % 6]);
  check_gradient (build, false);

  g_autoptr (OnnxBuild) expand = onnx_build_new (13);
  LamShape shape = lam_shape_new (LAM_TENSOR_F32, 4, one);
  onnx_input (expand, "x", 4, one);
  onnx_integers (expand, "wanted", 3, wanted);
  onnx_node (expand, "Expand", "x wanted", "y");
  onnx_output (expand, "y", 4, (const int64_t[]){ 1, 4, 3, 6 });
  gradient_check (expand, &shape, false);
}

static void
test_depth (void)
{
  g_autofree float *x = gradient_noise (COUNT, 13);
  for (int is_crd = 0; is_crd < 2; is_crd++) {
    Onnx__NodeProto *node;
    g_autoptr (OnnxBuild) build = build_one ("DepthToSpace", "x", &node);
    onnx_set_integer (build, node, "blocksize", 2);
    onnx_set_text (build, node, "mode", is_crd ? "CRD" : "DCR");
    g_autoptr (LamTensor) result = run (build, x);
    for (int64_t i = 0; i < COUNT; i++) {
      int64_t y = i / 12 % 6, at = i % 12, c = y % 2 * 2 + at % 2;
      check_value (result, i, x[i / 72 * 72 + c * 18 + y / 2 * 6 + at / 2]);
    }
    check_gradient (build, false);
  }
  const int64_t deep[4] = { 1, 2, 4, 6 };
  LamShape shape = lam_shape_new (LAM_TENSOR_F32, 4, deep);
  g_autoptr (OnnxBuild) build = onnx_build_new (13);
  onnx_input (build, "x", 4, deep);
  onnx_set_integer (
      build, onnx_node (build, "SpaceToDepth", "x", "y"), "blocksize", 2);
  onnx_output (build, "y", 4, (const int64_t[]){ 1, 8, 2, 3 });
  gradient_check (build, &shape, false);
}

/* F.pad and friends with open sizes: what stands around them is computed from
 * the shape, and only that. */
static void
test_shapes (void)
{
  const int64_t open[4] = { -1, 4, -1, -1 }, two = 2, one = 1, zero = 0;
  g_autofree float *x = gradient_noise (COUNT, 14);
  g_autoptr (OnnxBuild) build = onnx_build_new (13);
  onnx_input (build, "x", 4, open);
  onnx_integers (build, "two", 1, &two);
  onnx_integers (build, "one", 1, &one);
  onnx_integers (build, "zero", 1, &zero);
  onnx_integers (build, "four", 1, &dims[1]);
  onnx_node (build, "Shape", "x", "shape");
  onnx_node (build, "Gather", "shape two", "height");
  onnx_node (build, "Mod", "height two", "odd");
  onnx_node (build, "Equal", "odd one", "is-odd");
  onnx_node (build, "Where", "is-odd one zero", "more");
  onnx_node (build, "ConstantOfShape", "four", "zeros");
  onnx_node (build, "Cast", "zeros", "front");
  onnx_set_integer (build, build->graph.node[6], "to", 7);
  onnx_set_integer (build,
      onnx_node (build, "Concat", "front zero zero more one", "pads"), "axis",
      0);
  onnx_node (build, "Pad", "x pads", "y");
  onnx_output (build, "y", -1, NULL);
  g_autoptr (LamTensor) result = run (build, x);
  g_assert_cmpint (result->shape.dims[2], ==, 4);
  g_assert_cmpint (result->shape.dims[3], ==, 7);
  for (int64_t i = 0; i < 8 * 28; i++) {
    int64_t y = i / 7 % 4, at = i % 7;
    check_value (result, i, y < 3 && at < 6 ? x[i / 28 * 18 + y * 6 + at] : 0);
  }
}

static void
test_einsum (void)
{
  static const struct {
    const char *equation;
    bool has_other;
  } rows[] = { { "nchw,ncvw->nchv", true }, { "nchw, w -> nh", true },
    { "nchw->whn", false } };
  const int64_t square[4] = { 2, 4, 3, 6 }, six = 6;
  g_autofree float *x = gradient_noise (COUNT, 17);
  g_autofree float *o = gradient_noise (COUNT, 18);
  for (int i = 0; i < 3; i++) {
    Onnx__NodeProto *node;
    g_autoptr (OnnxBuild) build =
        build_one ("Einsum", rows[i].has_other ? "x o" : "x", &node);
    onnx_floats (build, "o", i ? 1 : 4, i ? &six : square, o);
    onnx_set_text (build, node, "equation", rows[i].equation);
    g_autoptr (LamTensor) result = run (build, x);
    const int64_t counts[3] = { 72, 6, 36 };
    g_assert_cmpint (lam_shape_get_count (&result->shape), ==, counts[i]);
    for (int64_t j = 0; j < counts[i]; j++) {
      double sum = 0;
      if (i == 0)
        for (int k = 0; k < 6; k++)
          sum += (double)x[j / 3 * 6 + k] * o[(j / 9 * 3 + j % 3) * 6 + k];
      else
        for (int c = 0; c < 4; c++)
          for (int k = 0; i == 1 ? k < 6 : k < 1; k++)
            sum += i == 1
                ? (double)x[j / 3 * 72 + c * 18 + j % 3 * 6 + k] * o[k]
                : (double)x[j % 2 * 72 + c * 18 + j / 2 % 3 * 6 + j / 6];
      check_value (result, j, sum);
    }
    check_gradient (build, false);
  }
  const LamShape both[2] = { lam_shape_new (LAM_TENSOR_F32, 2, dims + 1),
    lam_shape_new (LAM_TENSOR_F32, 2, dims + 2) };
  g_autoptr (OnnxBuild) build = onnx_build_new (13);
  onnx_input (build, "a", 2, dims + 1);
  onnx_input (build, "b", 2, dims + 2);
  onnx_set_text (
      build, onnx_node (build, "Einsum", "a b", "y"), "equation", "ij,jk->ki");
  onnx_output (build, "y", -1, NULL);
  gradient_check (build, both, false);
}

/* Weights that are an input of the network, or computed from one, are the
 * same as those of the file; and a whole convolution of constants is one. */
static void
test_open_weights (void)
{
  static const char *const names[] = { "Conv", "ConvTranspose" };
  const int64_t size[4] = { 1, 8, 16, 20 }, kernel[4] = { 8, 8, 3, 3 };
  const LamShape shapes[2] = { lam_shape_new (LAM_TENSOR_F32, 4, size),
    lam_shape_new (LAM_TENSOR_F32, 4, kernel) };
  g_autofree float *x = gradient_noise (2560, 15);
  /* Abs leaves them as they are. */
  g_autofree float *w = gradient_input (576, 16, true);
  for (size_t i = 0; i < G_N_ELEMENTS (names); i++) {
    g_autofree float *wanted = NULL;
    for (int way = 0; way < 4; way++) {
      g_autoptr (GError) error = NULL;
      g_autoptr (OnnxBuild) build = onnx_build_new (13);
      if (way == 3)
        onnx_floats (build, "c", 4, size, x);
      onnx_input (build, way == 3 ? "unused" : "c", 4, size);
      if (way == 1 || way == 2)
        onnx_input (build, "w", 4, kernel);
      else
        onnx_floats (build, "w", 4, kernel, w);
      onnx_node (build, "Abs", "w", "p");
      onnx_node (build, names[i], way == 2 ? "c p" : "c w", "y");
      onnx_output (build, "y", -1, NULL);
      g_autoptr (LamNetwork) network =
          lam_network_open (onnx_write (build), &error);
      g_assert_no_error (error);
      g_autoptr (LamPlan) plan = lam_plan_new (network, shapes, NULL, &error);
      g_assert_no_error (error);
      memcpy (lam_plan_get_input (plan, 0), x, 2560 * sizeof *x);
      if (way == 1 || way == 2)
        memcpy (lam_plan_get_input (plan, 1), w, 576 * sizeof *w);
      g_assert_true (lam_plan_run (plan, NULL, &error));
      const LamTensor *y = lam_plan_get_output (plan, 0);
      int64_t n = lam_shape_get_count (&y->shape);
      if (!wanted)
        wanted = g_memdup2 (y->data, (size_t)n * sizeof *wanted);
      for (int64_t j = 0; j < n; j++)
        g_assert_cmpfloat_with_epsilon (lam_tensor_floats (y)[j], wanted[j],
            1e-4 * fabsf (wanted[j]) + 1e-4);
    }
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/nn/functions/functions", test_functions);
  g_test_add_func ("/nn/functions/integers", test_integers);
  g_test_add_func ("/nn/functions/many", test_many);
  g_test_add_func ("/nn/functions/repeated", test_repeated);
  g_test_add_func ("/nn/functions/where", test_where);
  g_test_add_func ("/nn/functions/log-softmax", test_log_softmax);
  g_test_add_func ("/nn/functions/norms", test_norms);
  g_test_add_func ("/nn/functions/split", test_split);
  g_test_add_func ("/nn/functions/repeat", test_repeat);
  g_test_add_func ("/nn/functions/depth", test_depth);
  g_test_add_func ("/nn/functions/shapes", test_shapes);
  g_test_add_func ("/nn/functions/einsum", test_einsum);
  g_test_add_func ("/nn/functions/open-weights", test_open_weights);
  return g_test_run ();
}
