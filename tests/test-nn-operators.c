/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Each operator against a plain loop over the definition. Networks are ONNX
 * files of one node; every run is done with 1, 2 and 3 threads and must give
 * the same bits. */
#include <math.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/error.h"
#include "base/random.h"
#include "base/text.h"
#include "nn/gemm.h"
#include "nn/plan.h"
#include "onnx-build.h"

static LamRandom dice;

static float *
make_noise (int64_t n)
{
  float *noise = g_new (float, n);
  for (int64_t i = 0; i < n; i++)
    noise[i] = (float)lam_random_normal (&dice);
  return noise;
}

static int64_t
count (int rank, const int64_t *dims)
{
  int64_t n = 1;
  for (int i = 0; i < rank; i++)
    n *= dims[i];
  return n;
}

/* The first output of the network for `x`, copied; its shape too. */
static LamTensor *
run (OnnxBuild *build, int rank, const int64_t *dims, const float *x)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (LamNetwork) network =
      lam_network_open (onnx_write (build), &error);
  g_assert_no_error (error);
  LamShape shape = lam_shape_new (LAM_TENSOR_F32, rank, dims);
  LamTensor *result = NULL;
  for (int threads = 1; threads <= 3; threads++) {
    LamPlanOptions options = { .n_threads = threads };
    g_autoptr (LamPlan) plan = lam_plan_new (network, &shape, &options, &error);
    g_assert_no_error (error);
    for (int again = 0; again < 2; again++) {
      memcpy (lam_plan_get_input (plan, 0), x, lam_shape_get_bytes (&shape));
      g_assert_true (lam_plan_run (plan, NULL, &error));
      const LamTensor *output = lam_plan_get_output (plan, 0);
      size_t n = (size_t)lam_shape_get_bytes (&output->shape);
      if (!result) {
        result = lam_tensor_new (&output->shape);
        memcpy (result->data, output->data, n);
      }
      g_assert_cmpmem (result->data, n, output->data, n);
    }
  }
  return result;
}

/* Takes `result`. */
static void
compare (LamTensor *result, int rank, const int64_t *dims, const float *wanted,
    double tolerance)
{
  double largest = 1e-30;
  g_assert_cmpint (result->shape.rank, ==, rank);
  for (int i = 0; i < rank; i++)
    g_assert_cmpint (result->shape.dims[i], ==, dims[i]);
  int64_t n = count (rank, dims);
  for (int64_t i = 0; i < n; i++)
    largest = MAX (largest, fabs (wanted[i]));
  for (int64_t i = 0; i < n; i++)
    g_assert_cmpfloat_with_epsilon (
        lam_tensor_floats (result)[i], wanted[i], tolerance * largest);
  lam_tensor_free (result);
}

typedef struct {
  int axes; /* of space */
  int64_t batch, channels, filters, groups;
  int64_t size[3], kernel[3], stride[3], dilation[3], before[3], after[3];
  float slope; /* a leaky ReLU behind it; 1: none */
  bool has_norm;
} Case;

/* The convolution by its definition, in double. */
static float *
convolve (const Case *c, const float *x, const float *w, const float *bias,
    int64_t out[3])
{
  for (int i = 0; i < 3; i++)
    out[i] = (c->size[i] + c->before[i] + c->after[i]
                 - (c->kernel[i] - 1) * c->dilation[i] - 1)
            / c->stride[i]
        + 1;
  int64_t per_group = c->channels / c->groups;
  const int64_t n_out = count (3, out), taps = count (3, c->kernel);
  const int64_t voxels = count (3, c->size);
  float *result = g_new (float, c->batch * c->filters * n_out);
  float *to = result;
  for (int64_t n = 0; n < c->batch; n++)
    for (int64_t k = 0; k < c->filters; k++)
      for (int64_t p = 0; p < n_out; p++) {
        const int64_t at[3] = { p / out[2] / out[1], p / out[2] % out[1],
          p % out[2] };
        double sum = bias[k];
        int64_t first = k / (c->filters / c->groups) * per_group;
        const float *image = x + (n * c->channels + first) * voxels;
        for (int64_t t = 0; t < taps; t++) {
          const int64_t tap[3] = { t / c->kernel[2] / c->kernel[1],
            t / c->kernel[2] % c->kernel[1], t % c->kernel[2] };
          int64_t index = 0;
          bool is_inside = true;
          for (int i = 0; i < 3; i++) {
            int64_t v =
                at[i] * c->stride[i] - c->before[i] + tap[i] * c->dilation[i];
            is_inside = is_inside && v >= 0 && v < c->size[i];
            index = index * c->size[i] + v;
          }
          const float *weights = w + k * per_group * taps + t;
          for (int64_t ch = 0; is_inside && ch < per_group; ch++)
            sum += (double)image[ch * voxels + index] * weights[ch * taps];
        }
        *to++ = (float)(sum < 0 ? sum * c->slope : sum);
      }
  return result;
}

static void
set_window (OnnxBuild *build, Onnx__NodeProto *node, const Case *c)
{
  int64_t pads[6];
  int first = 3 - c->axes;
  for (int i = 0; i < c->axes; i++) {
    pads[i] = c->before[first + i];
    pads[i + c->axes] = c->after[first + i];
  }
  onnx_set_integers (build, node, "kernel_shape", c->axes, c->kernel + first);
  onnx_set_integers (build, node, "strides", c->axes, c->stride + first);
  onnx_set_integers (build, node, "pads", 2 * c->axes, pads);
  onnx_set_integers (build, node, "dilations", c->axes, c->dilation + first);
}

static void
check_conv (const Case *c)
{
  int64_t dims[5] = { c->batch, c->channels }, out[3];
  int64_t shape[5] = { c->filters, c->channels / c->groups };
  int rank = 2 + c->axes, first = 3 - c->axes;
  for (int i = 0; i < c->axes; i++) {
    dims[2 + i] = c->size[first + i];
    shape[2 + i] = c->kernel[first + i];
  }
  g_autofree float *x = make_noise (count (rank, dims));
  g_autofree float *w = make_noise (count (rank, shape));
  g_autofree float *bias = make_noise (c->filters);
  g_autoptr (OnnxBuild) build = onnx_build_new (13);
  /* The sizes are left open, as exporters do. */
  const int64_t open[5] = { -1, c->channels, -1, -1, -1 };
  onnx_input (build, "x", rank, open);
  onnx_floats (build, "w", rank, shape, w);
  onnx_floats (build, "b", 1, &c->filters, bias);
  /* Exporters hand on shared weights like this. */
  onnx_node (build, "Identity", "w", "same");
  Onnx__NodeProto *node =
      onnx_node (build, "Conv", c->has_norm ? "x same b" : "x w b", "conv");
  set_window (build, node, c);
  onnx_set_integer (build, node, "group", c->groups);
  const char *last = "conv";
  g_autofree float *moments = make_noise (4 * c->filters);
  if (c->has_norm) {
    static const char *const names[] = { "scale", "shift", "mean", "variance" };
    for (int64_t k = 0; k < c->filters; k++)
      moments[3 * c->filters + k] = fabsf (moments[3 * c->filters + k]) + 0.5f;
    for (int i = 0; i < 4; i++)
      onnx_floats (build, names[i], 1, &c->filters, moments + i * c->filters);
    onnx_node (build, "BatchNormalization", "conv scale shift mean variance",
        last = "norm");
  }
  if (c->slope != 1) {
    g_autofree char *input = g_strdup (last);
    node = onnx_node (build, "LeakyRelu", input, last = "leaky");
    onnx_set_float (build, node, "alpha", c->slope);
  }
  onnx_output (build, last, -1, NULL);
  LamTensor *result = run (build, rank, dims, x);
  if (c->has_norm) {
    int64_t n = count (rank, shape) / c->filters;
    for (int64_t k = 0; k < c->filters; k++) {
      double scale = moments[k] / sqrt (moments[3 * c->filters + k] + 1e-5);
      for (int64_t i = 0; i < n; i++)
        w[k * n + i] = (float)(w[k * n + i] * scale);
      bias[k] = (float)((bias[k] - moments[2 * c->filters + k]) * scale
          + moments[c->filters + k]);
    }
  }
  g_autofree float *wanted = convolve (c, x, w, bias, out);
  dims[1] = c->filters;
  memcpy (dims + 2, out + first, c->axes * sizeof *dims);
  /* Winograd's transforms lose up to two decimals. */
  compare (result, rank, dims, wanted, 2e-5);
}

#define ONE \
  { \
    1, 1, 1 \
  }
#define ZERO \
  { \
    0, 0, 0 \
  }

static void
test_conv (void)
{
  static const Case cases[] = {
    /* The products of matrices. */
    { 1, 2, 3, 4, 1, { 1, 1, 37 }, { 1, 1, 5 }, ONE, ONE, { 0, 0, 2 },
        { 0, 0, 1 }, 1, false },
    { 2, 1, 1, 5, 1, { 1, 19, 23 }, { 1, 3, 3 }, ONE, ONE, { 0, 1, 1 },
        { 0, 1, 1 }, 0, false },
    { 2, 2, 6, 9, 3, { 1, 17, 15 }, { 1, 3, 2 }, { 1, 2, 3 }, { 1, 1, 2 },
        { 0, 2, 0 }, { 0, 1, 3 }, 0.1f, true },
    { 3, 1, 4, 4, 4, { 7, 9, 11 }, { 3, 3, 3 }, ONE, { 2, 1, 1 }, { 2, 1, 1 },
        { 2, 1, 1 }, 1, false },
    { 3, 2, 5, 7, 1, { 3, 40, 50 }, ONE, ONE, ONE, ZERO, ZERO, 0, true },
    { 2, 1, 3, 4, 1, { 1, 70, 66 }, ONE, { 1, 2, 2 }, ONE, ZERO, ZERO, 1,
        false },
    /* Winograd: flat, odd sizes, no padding, wide padding, several blocks. */
    { 2, 1, 8, 8, 1, { 1, 16, 24 }, { 1, 3, 3 }, ONE, ONE, { 0, 1, 1 },
        { 0, 1, 1 }, 1, false },
    { 2, 2, 9, 11, 1, { 1, 13, 277 }, { 1, 3, 3 }, ONE, ONE, { 0, 1, 0 },
        { 0, 0, 2 }, 0.2f, true },
    { 3, 1, 10, 12, 1, { 4, 33, 35 }, { 1, 3, 3 }, ONE, ONE, ZERO, ZERO, 0,
        false },
    { 3, 2, 8, 9, 1, { 5, 18, 22 }, { 3, 3, 3 }, ONE, ONE, ONE, ONE, 0, true },
    { 3, 1, 8, 8, 1, { 9, 14, 13 }, { 3, 3, 3 }, ONE, ONE, ZERO, ZERO, 1,
        false },
    { 3, 1, 8, 8, 1, { 2, 12, 13 }, { 3, 3, 3 }, ONE, ONE, { 3, 2, 5 },
        { 3, 4, 1 }, 1, false },
    { 3, 1, 32, 24, 1, { 3, 36, 40 }, { 3, 3, 3 }, ONE, ONE, ONE, ONE, 0,
        false },
  };
  for (size_t i = 0; i < G_N_ELEMENTS (cases); i++)
    check_conv (&cases[i]);
}

/* An image that the file brings along is convolved once, as it is opened. */
static void
test_conv_of_constant (void)
{
  static const Case c = { 2, 1, 8, 8, 1, { 1, 16, 24 }, { 1, 3, 3 }, ONE, ONE,
    { 0, 1, 1 }, { 0, 1, 1 }, 1, false };
  const int64_t dims[4] = { 1, 8, 16, 24 }, shape[4] = { 8, 8, 3, 3 };
  int64_t out[3], n = count (4, dims);
  g_autofree float *x = make_noise (n), *image = make_noise (n);
  g_autofree float *w = make_noise (count (4, shape)), *bias = make_noise (8);
  g_autoptr (OnnxBuild) build = onnx_build_new (13);
  onnx_input (build, "x", 4, dims);
  onnx_floats (build, "image", 4, dims, image);
  onnx_floats (build, "w", 4, shape, w);
  onnx_floats (build, "b", 1, dims + 1, bias);
  set_window (build, onnx_node (build, "Conv", "image w b", "conv"), &c);
  onnx_node (build, "Add", "x conv", "y");
  onnx_output (build, "y", -1, NULL);
  g_autofree float *wanted = convolve (&c, image, w, bias, out);
  for (int64_t i = 0; i < n; i++)
    wanted[i] += x[i];
  compare (run (build, 4, dims, x), 4, dims, wanted, 2e-5);
}

/* By the definition: each input voxel adds w to the output. */
static float *
convolve_transposed (const Case *c, const float *x, const float *w,
    const float *bias, const int64_t out[3])
{
  int64_t per_group = c->filters / c->groups, volume = count (3, out);
  float *result = g_new (float, c->batch * c->filters * volume);
  for (int64_t i = 0; i < c->batch * c->filters * volume; i++)
    result[i] = bias[i / volume % c->filters];
  for (int64_t i = 0; i < c->batch * c->channels * count (3, c->size); i++)
    for (int64_t k = 0; k < per_group; k++)
      for (int64_t t = 0; t < count (3, c->kernel); t++) {
        int64_t channel = i / count (3, c->size) % c->channels;
        int64_t n = i / count (3, c->size) / c->channels;
        int64_t z = i / c->size[2] / c->size[1] % c->size[0] * c->stride[0]
            - c->before[0] + t / c->kernel[2] / c->kernel[1] * c->dilation[0];
        int64_t y = i / c->size[2] % c->size[1] * c->stride[1] - c->before[1]
            + t / c->kernel[2] % c->kernel[1] * c->dilation[1];
        int64_t at_x = i % c->size[2] * c->stride[2] - c->before[2]
            + t % c->kernel[2] * c->dilation[2];
        if (z < 0 || z >= out[0] || y < 0 || y >= out[1] || at_x < 0
            || at_x >= out[2])
          continue;
        int64_t filter = channel / (c->channels / c->groups) * per_group + k;
        result[(n * c->filters + filter) * volume + (z * out[1] + y) * out[2]
            + at_x] +=
            x[i] * w[(channel * per_group + k) * count (3, c->kernel) + t];
      }
  return result;
}

static void
test_conv_transpose (void)
{
  static const Case cases[] = {
    { 3, 1, 6, 5, 1, { 3, 9, 10 }, { 1, 2, 2 }, { 1, 2, 2 }, ONE, ZERO, ZERO, 1,
        false },
    { 2, 2, 4, 6, 2, { 1, 7, 8 }, { 1, 4, 3 }, { 1, 2, 3 }, { 1, 2, 1 },
        { 0, 1, 1 }, { 0, 2, 0 }, 1, false },
    { 1, 1, 70, 80, 1, { 1, 1, 9 }, { 1, 1, 3 }, { 1, 1, 2 }, ONE, ZERO, ZERO,
        1, false },
  };
  for (size_t i = 0; i < G_N_ELEMENTS (cases); i++) {
    const Case *c = &cases[i];
    int64_t dims[5] = { c->batch, c->channels }, out[3];
    int64_t shape[5] = { c->channels, c->filters / c->groups };
    int rank = 2 + c->axes, first = 3 - c->axes;
    for (int j = 0; j < 3; j++)
      out[j] = (c->size[j] - 1) * c->stride[j]
          + (c->kernel[j] - 1) * c->dilation[j] + 1 - c->before[j]
          - c->after[j];
    for (int j = 0; j < c->axes; j++) {
      dims[2 + j] = c->size[first + j];
      shape[2 + j] = c->kernel[first + j];
    }
    g_autofree float *x = make_noise (count (rank, dims));
    g_autofree float *w = make_noise (count (rank, shape));
    g_autofree float *bias = make_noise (c->filters);
    g_autoptr (OnnxBuild) build = onnx_build_new (11);
    onnx_input (build, "x", rank, dims);
    onnx_floats (build, "w", rank, shape, w);
    onnx_floats (build, "b", 1, &c->filters, bias);
    Onnx__NodeProto *node = onnx_node (build, "ConvTranspose", "x w b", "y");
    set_window (build, node, c);
    onnx_set_integer (build, node, "group", c->groups);
    onnx_output (build, "y", -1, NULL);
    LamTensor *result = run (build, rank, dims, x);
    g_autofree float *wanted = convolve_transposed (c, x, w, bias, out);
    dims[1] = c->filters;
    memcpy (dims + 2, out + first, c->axes * sizeof *dims);
    compare (result, rank, dims, wanted, 2e-6);
  }
}

/* The padding follows from the size that is asked for, or from the stride: a
 * voxel of the result lies `before` further to the front than without any. */
static void
check_transposed_size (const char *auto_pad, const int64_t *wanted,
    const int64_t before[2], const int64_t out[2])
{
  const int64_t dims[4] = { 1, 1, 3, 4 }, shape[4] = { 1, 1, 3, 4 };
  const int64_t strides[2] = { 2, 3 };
  Case c = { 2, 1, 1, 1, 1, { 1, 3, 4 }, { 1, 3, 4 }, { 1, 2, 3 }, ONE,
    { 0, before[0], before[1] }, ZERO, 1, false };
  const int64_t size[3] = { 1, out[0], out[1] };
  const int64_t result_dims[4] = { 1, 1, out[0], out[1] };
  g_autofree float *x = make_noise (12), *w = make_noise (12);
  const float bias = 0;
  g_autoptr (OnnxBuild) build = onnx_build_new (11);
  onnx_input (build, "x", 4, dims);
  onnx_floats (build, "w", 4, shape, w);
  Onnx__NodeProto *node = onnx_node (build, "ConvTranspose", "x w", "y");
  onnx_set_integers (build, node, "strides", 2, strides);
  if (auto_pad)
    onnx_set_text (build, node, "auto_pad", auto_pad);
  if (wanted)
    onnx_set_integers (build, node, "output_shape", 2, wanted);
  onnx_output (build, "y", -1, NULL);
  g_autofree float *expected = convolve_transposed (&c, x, w, &bias, size);
  compare (run (build, 4, dims, x), 4, result_dims, expected, 2e-6);
}

static void
test_transposed_size (void)
{
  /* Without padding 7 × 13. */
  const int64_t odd[2] = { 4, 10 }, same[2] = { 6, 12 };
  check_transposed_size (NULL, odd, (const int64_t[]){ 2, 2 }, odd);
  const int64_t more[2] = { 8, 14 };
  check_transposed_size (NULL, more, (const int64_t[]){ 0, 0 }, more);
  check_transposed_size ("SAME_UPPER", odd, (const int64_t[]){ 1, 1 }, odd);
  check_transposed_size ("SAME_UPPER", NULL, (const int64_t[]){ 0, 0 }, same);
  check_transposed_size ("SAME_LOWER", NULL, (const int64_t[]){ 1, 1 }, same);
}

static void
check_pool (bool is_max, int64_t kernel, int64_t stride, int64_t pad,
    bool ceil_mode, bool counts)
{
  const int64_t dims[4] = { 2, 3, 13, 18 };
  int64_t out[4] = { 2, 3 };
  for (int i = 2; i < 4; i++) {
    int64_t room = dims[i] + 2 * pad - kernel;
    out[i] = room / stride + 1;
    if (ceil_mode && room % stride && out[i] * stride < dims[i] + pad)
      out[i]++;
  }
  g_autofree float *x = make_noise (count (4, dims));
  g_autofree float *wanted = g_new (float, count (4, out));
  for (int64_t i = 0; i < count (4, out); i++) {
    double sum = 0, highest = -INFINITY, n = 0;
    for (int64_t t = 0; t < kernel * kernel; t++) {
      int64_t y = i / out[3] % out[2] * stride - pad + t / kernel;
      int64_t at_x = i % out[3] * stride - pad + t % kernel;
      n += counts && y >= -pad && y < dims[2] + pad && at_x >= -pad
          && at_x < dims[3] + pad;
      if (y < 0 || y >= dims[2] || at_x < 0 || at_x >= dims[3])
        continue;
      float value = x[(i / out[3] / out[2] * dims[2] + y) * dims[3] + at_x];
      n += !counts;
      sum += value;
      highest = MAX (highest, value);
    }
    wanted[i] = (float)(is_max ? highest : sum / n);
  }
  const int64_t kernels[2] = { kernel, kernel },
                strides[2] = { stride, stride };
  const int64_t pads[4] = { pad, pad, pad, pad };
  g_autoptr (OnnxBuild) build = onnx_build_new (12);
  onnx_input (build, "x", 4, dims);
  Onnx__NodeProto *node =
      onnx_node (build, is_max ? "MaxPool" : "AveragePool", "x", "y");
  onnx_set_integers (build, node, "kernel_shape", 2, kernels);
  onnx_set_integers (build, node, "strides", 2, strides);
  onnx_set_integers (build, node, "pads", 4, pads);
  onnx_set_integer (build, node, "ceil_mode", ceil_mode);
  if (!is_max)
    onnx_set_integer (build, node, "count_include_pad", counts);
  onnx_output (build, "y", 4, out);
  compare (run (build, 4, dims, x), 4, out, wanted, 1e-6);
}

static void
test_pool (void)
{
  check_pool (true, 2, 2, 0, false, false);
  check_pool (true, 3, 2, 1, true, false);
  check_pool (true, 3, 1, 1, false, false);
  check_pool (false, 2, 2, 0, false, false);
  check_pool (false, 3, 2, 1, true, false);
  check_pool (false, 3, 3, 1, false, true);
}

/* One node of one input, with what `set` gives it. */
static LamTensor *
run_unary (const char *type, int opset, int rank, const int64_t *dims,
    const float *x, const char *attribute, float value)
{
  g_autoptr (OnnxBuild) build = onnx_build_new (opset);
  onnx_input (build, "x", rank, dims);
  Onnx__NodeProto *node = onnx_node (build, type, "x", "y");
  if (attribute)
    onnx_set_float (build, node, attribute, value);
  onnx_output (build, "y", -1, NULL);
  return run (build, rank, dims, x);
}

static void
test_unary (void)
{
  static const struct {
    const char *name, *attribute;
    float value;
  } rows[] = { { "Relu" }, { "LeakyRelu", "alpha", 0.3f },
    { "Elu", "alpha", 2 }, { "Sigmoid" }, { "Tanh" }, { "Clip", "min", -0.5f },
    { "Identity" }, { "Dropout", "ratio", 0.5f } };
  const int64_t dims[3] = { 2, 5, 3001 };
  int64_t n = count (3, dims);
  g_autofree float *x = make_noise (n), *wanted = g_new (float, n);
  for (size_t i = 0; i < G_N_ELEMENTS (rows); i++) {
    for (int64_t j = 0; j < n; j++) {
      double v = x[j], a = rows[i].value;
      const double values[] = { v > 0 ? v : 0, v > 0 ? v : a * v,
        v > 0 ? v : a * (exp (v) - 1), 1 / (1 + exp (-v)), tanh (v),
        v > a ? v : a, v, v };
      wanted[j] = (float)values[i];
    }
    compare (run_unary (
                 rows[i].name, 9, 3, dims, x, rows[i].attribute, rows[i].value),
        3, dims, wanted, 1e-6);
  }
}

static void
test_norm (void)
{
  const int64_t dims[4] = { 2, 3, 41, 57 }, channels = 3, volume = 41 * 57;
  g_autofree float *x = make_noise (count (4, dims));
  g_autofree float *wanted = g_new (float, count (4, dims));
  const float scale[3] = { 1, -2, 0.5f }, shift[3] = { 0, 1, 2 };
  for (int64_t i = 0; i < count (4, dims); i++)
    x[i] = x[i] * 3 + 100;
  for (int64_t part = 0; part < 6; part++) {
    double mean = 0, variance = 0;
    for (int64_t i = part * volume; i < (part + 1) * volume; i++)
      mean += x[i] / (double)volume;
    for (int64_t i = part * volume; i < (part + 1) * volume; i++)
      variance += (x[i] - mean) * (x[i] - mean) / (double)volume;
    for (int64_t i = part * volume; i < (part + 1) * volume; i++) {
      double value = (x[i] - mean) / sqrt (variance + 1e-3) * scale[part % 3]
          + shift[part % 3];
      wanted[i] = (float)MAX (value, 0);
    }
  }
  g_autoptr (OnnxBuild) build = onnx_build_new (9);
  onnx_input (build, "x", 4, dims);
  onnx_set_floats (
      build, onnx_node (build, "Constant", "", "s"), "value_floats", 3, scale);
  onnx_floats (build, "b", 1, &channels, shift);
  Onnx__NodeProto *node =
      onnx_node (build, "InstanceNormalization", "x s b", "n");
  onnx_set_float (build, node, "epsilon", 1e-3f);
  onnx_node (build, "Relu", "n", "y");
  onnx_output (build, "y", 4, dims);
  compare (run (build, 4, dims, x), 4, dims, wanted, 1e-5);
}

static void
test_binary (void)
{
  static const char *const names[] = { "Add", "Sub", "Mul", "Div" };
  const int64_t dims[4] = { 2, 3, 5, 7 };
  static const struct {
    int rank;
    int64_t dims[4];
  } others[] = { { 4, { 2, 3, 5, 7 } }, { 1, { 1 } }, { 3, { 3, 1, 1 } },
    { 4, { 2, 1, 5, 1 } }, { 1, { 7 } }, { 4, { 1, 3, 1, 7 } } };
  g_autofree float *x = make_noise (210), *other = make_noise (210);
  g_autofree float *wanted = g_new (float, 210);
  for (int i = 0; i < 210; i++)
    other[i] = other[i] < 0 ? other[i] - 0.1f : other[i] + 0.1f;
  for (int kind = 0; kind < 4; kind++)
    for (size_t j = 0; j < G_N_ELEMENTS (others); j++) {
      for (int64_t i = 0; i < 210; i++) {
        const int64_t at[4] = { i / 105, i / 35 % 3, i / 7 % 5, i % 7 };
        int64_t index = 0;
        for (int k = 0; k < others[j].rank; k++) {
          int64_t n = others[j].dims[k];
          index = index * n + at[4 - others[j].rank + k] % n;
        }
        double a = x[i], b = other[index];
        const double values[] = { a + b, a - b, a * b, a / b };
        wanted[i] = (float)values[kind];
      }
      g_autoptr (OnnxBuild) build = onnx_build_new (14);
      onnx_input (build, "x", 4, dims);
      onnx_floats (build, "o", others[j].rank, others[j].dims, other);
      onnx_node (build, names[kind], "x o", "y");
      onnx_output (build, "y", -1, NULL);
      compare (run (build, 4, dims, x), 4, dims, wanted, 1e-6);
    }
}

static void
check_best (const char *name, const float *x, float sign)
{
  const int64_t dims[4] = { 2, 7, 9, 11 }, volume = 99;
  g_autoptr (OnnxBuild) best = onnx_build_new (13);
  onnx_input (best, "x", 4, dims);
  Onnx__NodeProto *node = onnx_node (best, name, "x", "y");
  onnx_set_integer (best, node, "axis", -3);
  onnx_set_integer (best, node, "keepdims", 0);
  onnx_output (best, "y", -1, NULL);
  g_autoptr (LamTensor) result = run (best, 4, dims, x);
  g_assert_cmpint (result->shape.rank, ==, 3);
  for (int64_t i = 0; i < 2 * volume; i++) {
    int64_t chosen = lam_tensor_integers (result)[i];
    const float *first = x + i / volume * 693 + i % volume;
    for (int64_t k = 0; k < 7; k++)
      g_assert_cmpfloat (
          sign * first[chosen * volume], >=, sign * first[k * volume]);
  }
}

static void
test_softmax (void)
{
  const int64_t dims[4] = { 2, 7, 9, 11 }, volume = 99;
  g_autofree float *x = make_noise (1386), *wanted = g_new (float, 1386);
  for (int64_t i = 0; i < 1386; i++) {
    double sum = 0;
    for (int64_t k = 0; k < 7; k++)
      sum += exp (x[i / 693 * 693 + k * volume + i % volume]);
    wanted[i] = (float)(exp (x[i]) / sum);
  }
  g_autoptr (OnnxBuild) build = onnx_build_new (13);
  onnx_input (build, "x", 4, dims);
  onnx_set_integer (build, onnx_node (build, "Softmax", "x", "y"), "axis", 1);
  onnx_output (build, "y", -1, NULL);
  compare (run (build, 4, dims, x), 4, dims, wanted, 1e-6);

  for (int is_least = 0; is_least < 2; is_least++)
    check_best (is_least ? "ArgMin" : "ArgMax", x, is_least ? -1 : 1);
}

static void
test_reduce (void)
{
  const int64_t dims[4] = { 2, 3, 8, 9 }, out[4] = { 2, 3, 1, 1 };
  g_autofree float *x = make_noise (432);
  float wanted[6];
  for (int i = 0; i < 6; i++) {
    double sum = 0;
    for (int j = 0; j < 72; j++)
      sum += x[i * 72 + j];
    wanted[i] = (float)(sum / 72);
  }
  compare (run_unary ("GlobalAveragePool", 9, 4, dims, x, NULL, 0), 4, out,
      wanted, 1e-6);
  g_autoptr (OnnxBuild) build = onnx_build_new (18);
  const int64_t axes[2] = { -1, 2 };
  onnx_input (build, "x", 4, dims);
  onnx_integers (build, "axes", 2, axes);
  onnx_set_integer (
      build, onnx_node (build, "ReduceMean", "x axes", "y"), "keepdims", 0);
  onnx_output (build, "y", -1, NULL);
  compare (run (build, 4, dims, x), 2, out, wanted, 1e-6);
}

static void
test_resize (void)
{
  const int64_t dims[4] = { 1, 2, 5, 6 }, out[4] = { 1, 2, 10, 12 };
  const float scales[4] = { 1, 1, 2, 2 };
  const int64_t four = 4;
  g_autofree float *x = make_noise (60), *wanted = g_new (float, 240);
  for (int is_linear = 0; is_linear < 2; is_linear++) {
    for (int64_t i = 0; i < 240; i++) {
      const float *plane = x + i / 120 * 30;
      double y = (double)(i / 12 % 10), at = (double)(i % 12);
      if (!is_linear) {
        wanted[i] = plane[(int64_t)(y / 2) * 6 + (int64_t)(at / 2)];
        continue;
      }
      y = CLAMP ((y + 0.5) / 2 - 0.5, 0, 4);
      at = CLAMP ((at + 0.5) / 2 - 0.5, 0, 5);
      int64_t y0 = (int64_t)y, x0 = (int64_t)at;
      int64_t y1 = MIN (y0 + 1, 4), x1 = MIN (x0 + 1, 5);
      double fy = y - (double)y0, fx = at - (double)x0;
      wanted[i] = (float)((1 - fy)
              * ((1 - fx) * plane[y0 * 6 + x0] + fx * plane[y0 * 6 + x1])
          + fy * ((1 - fx) * plane[y1 * 6 + x0] + fx * plane[y1 * 6 + x1]));
    }
    g_autoptr (OnnxBuild) build = onnx_build_new (is_linear ? 13 : 9);
    onnx_input (build, "x", 4, dims);
    onnx_floats (build, "scales", 1, &four, scales);
    Onnx__NodeProto *node = is_linear
        ? onnx_node (build, "Resize", "x - scales", "y")
        : onnx_node (build, "Upsample", "x scales", "y");
    onnx_set_text (build, node, "mode", is_linear ? "linear" : "nearest");
    onnx_output (build, "y", 4, out);
    compare (run (build, 4, dims, x), 4, out, wanted, 1e-6);
  }
}

/* Keys' cubic with a = −1/2 gives parabolas back where it does not look
 * outside; what is 1 everywhere stays so at the edges, whoever has a share
 * there. */
static void
test_resize_cubic (void)
{
  const int64_t dims[4] = { 1, 1, 7, 8 }, out[4] = { 1, 1, 14, 20 }, four = 4;
  const float scales[4] = { 1, 1, 2, 2.5f };
  for (int excludes = 0; excludes < 2; excludes++) {
    g_autoptr (OnnxBuild) build = onnx_build_new (13);
    onnx_input (build, "x", 4, dims);
    onnx_floats (build, "scales", 1, &four, scales);
    Onnx__NodeProto *node = onnx_node (build, "Resize", "x - scales", "y");
    onnx_set_text (build, node, "mode", "cubic");
    onnx_set_float (build, node, "cubic_coeff_a", excludes ? -0.75f : -0.5f);
    onnx_set_integer (build, node, "exclude_outside", excludes);
    onnx_output (build, "y", 4, out);
    float x[56];
    for (int i = 0; i < 56; i++)
      x[i] = excludes ? 1 : (float)(i / 8 * (i / 8) - 3 * (i % 8) * (i % 8));
    g_autoptr (LamTensor) found = run (build, 4, dims, x);
    for (int i = 0; i < 280; i++) {
      double y = (i / 20 + 0.5) / 2 - 0.5, at = (i % 20 + 0.5) / 2.5 - 0.5;
      bool is_inside = y >= 1 && y <= 5 && at >= 1 && at <= 6;
      double wanted = excludes ? 1 : y * y - 3 * at * at;
      if (excludes || is_inside)
        g_assert_cmpfloat (
            fabs (lam_tensor_floats (found)[i] - wanted), <, 2e-5);
    }
  }
}

static void
test_move (void)
{
  const int64_t dims[3] = { 4, 5, 6 };
  g_autofree float *x = make_noise (120), *wanted = g_new (float, 1000);
  { /* Transpose, then every second of the last axis from behind. */
    const int64_t order[3] = { 2, 0, 1 }, out[3] = { 6, 4, 2 };
    const int64_t starts[1] = { -2 }, ends[1] = { G_MININT64 };
    const int64_t axes[1] = { -1 }, paces[1] = { -2 };
    for (int64_t i = 0; i < 48; i++)
      wanted[i] = x[i / 2 % 4 * 30 + (3 - 2 * (i % 2)) * 6 + i / 8];
    g_autoptr (OnnxBuild) build = onnx_build_new (13);
    onnx_input (build, "x", 3, dims);
    onnx_integers (build, "s", 1, starts);
    onnx_integers (build, "e", 1, ends);
    onnx_integers (build, "a", 1, axes);
    onnx_integers (build, "p", 1, paces);
    onnx_set_integers (
        build, onnx_node (build, "Transpose", "x", "t"), "perm", 3, order);
    onnx_node (build, "Slice", "t s e a p", "y");
    onnx_output (build, "y", 3, out);
    compare (run (build, 3, dims, x), 3, out, wanted, 1e-12);
  }
  { /* Padding in front, cutting behind. */
    const int64_t pads[6] = { 1, 0, 2, 0, -2, 1 }, out[3] = { 5, 3, 9 };
    const int64_t one = 1;
    const float fill = 3;
    for (int64_t i = 0; i < 135; i++) {
      int64_t z = i / 27 - 1, y = i / 9 % 3, at = i % 9 - 2;
      wanted[i] = z < 0 || at < 0 || at >= 6 ? 3 : x[z * 30 + y * 6 + at];
    }
    g_autoptr (OnnxBuild) build = onnx_build_new (11);
    onnx_input (build, "x", 3, dims);
    onnx_integers (build, "pads", 6, pads);
    onnx_floats (build, "fill", 1, &one, &fill);
    onnx_node (build, "Pad", "x pads fill", "y");
    onnx_output (build, "y", 3, out);
    compare (run (build, 3, dims, x), 3, out, wanted, 1e-12);
  }
  { /* Taken by index, joined with itself. */
    const int64_t index[2] = { 3, -5 }, out[3] = { 4, 4, 6 };
    for (int64_t i = 0; i < 96; i++)
      wanted[i] = x[i / 24 * 30 + (i / 6 % 2 ? 0 : 3) * 6 + i % 6];
    g_autoptr (OnnxBuild) build = onnx_build_new (13);
    onnx_input (build, "x", 3, dims);
    onnx_integers (build, "i", 2, index);
    onnx_set_integer (
        build, onnx_node (build, "Gather", "x i", "g"), "axis", 1);
    onnx_set_integer (
        build, onnx_node (build, "Concat", "g g", "y"), "axis", -2);
    onnx_output (build, "y", 3, out);
    compare (run (build, 3, dims, x), 3, out, wanted, 1e-12);
  }
}

static void
test_product (void)
{
  const int64_t dims[3] = { 3, 70, 20 }, right[2] = { 20, 9 };
  const int64_t out[3] = { 3, 70, 9 };
  g_autofree float *x = make_noise (4200), *w = make_noise (180);
  g_autofree float *wanted = g_new0 (float, 1890), *c = make_noise (9);
  for (int64_t i = 0; i < 1890; i++)
    for (int64_t k = 0; k < 20; k++)
      wanted[i] += x[i / 9 * 20 + k] * w[k * 9 + i % 9];
  g_autoptr (OnnxBuild) build = onnx_build_new (13);
  onnx_input (build, "x", 3, dims);
  onnx_floats (build, "w", 2, right, w);
  onnx_node (build, "MatMul", "x w", "y");
  onnx_output (build, "y", 3, out);
  compare (run (build, 3, dims, x), 3, out, wanted, 1e-5);

  const int64_t flat[2] = { 210, 20 }, turned[2] = { 9, 20 };
  const int64_t nine = 9, result[2] = { 210, 9 };
  g_autofree float *b = g_new (float, 180);
  for (int64_t i = 0; i < 180; i++)
    b[i] = w[i % 20 * 9 + i / 20];
  for (int64_t i = 0; i < 1890; i++)
    wanted[i] = 0.5f * wanted[i] + 2 * c[i % 9];
  g_autoptr (OnnxBuild) gemm = onnx_build_new (13);
  onnx_input (gemm, "x", 2, flat);
  onnx_floats (gemm, "b", 2, turned, b);
  onnx_floats (gemm, "c", 1, &nine, c);
  Onnx__NodeProto *node = onnx_node (gemm, "Gemm", "x b c", "y");
  onnx_set_integer (gemm, node, "transB", 1);
  onnx_set_float (gemm, node, "alpha", 0.5f);
  onnx_set_float (gemm, node, "beta", 2);
  onnx_output (gemm, "y", 2, result);
  compare (run (gemm, 2, flat, x), 2, result, wanted, 1e-5);
}

/* What an exporter writes for x.view (n, c · z, -1) with open sizes. */
/* Which inputs of Concat may lie in its result: not what is read later, not
 * one twice, not what a second Concat reads too; a result in a result may. */
static void
test_joins (void)
{
  const int64_t dims[4] = { 1, 2, 3, 5 };
  g_autofree float *x = make_noise (30), *wanted = g_new (float, 330);
  g_autoptr (OnnxBuild) build = onnx_build_new (13);
  onnx_input (build, "x", 4, dims);
  onnx_node (build, "Tanh", "x", "a");
  onnx_node (build, "Relu", "a", "b");
  static const char *const joins[][2] = { { "a a", "aa" }, { "b aa", "baa" },
    { "baa b a", "most" } };
  for (int i = 0; i < 3; i++)
    onnx_set_integer (build,
        onnx_node (build, "Concat", joins[i][0], joins[i][1]), "axis", 1);
  onnx_node (build, "Neg", "most", "minus");
  onnx_node (build, "Sigmoid", "baa", "later");
  onnx_set_integer (
      build, onnx_node (build, "Concat", "minus later baa", "y"), "axis", 1);
  onnx_output (build, "y", -1, NULL);
  for (int i = 0; i < 30; i++) {
    float a = tanhf (x[i]), b = MAX (a, 0), baa[3] = { b, a, a };
    for (int j = 0; j < 3; j++) {
      wanted[j * 30 + i] = -baa[j];
      wanted[150 + j * 30 + i] = 1 / (1 + expf (-baa[j]));
      wanted[240 + j * 30 + i] = baa[j];
    }
    wanted[90 + i] = -b;
    wanted[120 + i] = -a;
  }
  const int64_t out[4] = { 1, 22, 3, 5 };
  compare (run (build, 4, dims, x), 4, out, wanted, 1e-6);
}

static void
test_shape_arithmetic (void)
{
  const int64_t open[4] = { -1, 3, -1, -1 }, dims[4] = { 2, 3, 4, 5 };
  const int64_t out[4] = { 2, 12, 5, 1 };
  const int64_t zero = 0, two = 2, minus = -1, three = 3;
  g_autofree float *x = make_noise (120);
  g_autoptr (OnnxBuild) build = onnx_build_new (13);
  onnx_input (build, "x", 4, open);
  onnx_integers (build, "zero", 1, &zero);
  onnx_integers (build, "two", 1, &two);
  onnx_integers (build, "three", 1, &three);
  onnx_integers (build, "minus", 1, &minus);
  onnx_node (build, "Shape", "x", "shape");
  onnx_node (build, "Gather", "shape zero", "n");
  onnx_node (build, "Gather", "shape two", "z");
  onnx_node (build, "Mul", "z three", "cz");
  onnx_set_integer (
      build, onnx_node (build, "Concat", "n cz minus", "wanted"), "axis", 0);
  onnx_node (build, "Reshape", "x wanted", "view");
  onnx_node (build, "Relu", "view", "relu");
  onnx_node (build, "Unsqueeze", "relu minus", "y");
  onnx_output (build, "y", -1, NULL);
  for (int i = 0; i < 120; i++)
    x[i] = fabsf (x[i]);
  compare (run (build, 4, dims, x), 4, out, x, 1e-12);
}

/* A small U-Net shape: skips keep their values while others are reused. */
static void
test_memory (void)
{
  const int64_t dims[4] = { 1, 4, 32, 32 };
  const int64_t two[2] = { 2, 2 }, four = 4;
  const float scales[4] = { 1, 1, 2, 2 };
  g_autofree float *x = make_noise (4096), *wanted = g_new (float, 8192);
  g_autoptr (OnnxBuild) build = onnx_build_new (13);
  onnx_input (build, "x", 4, dims);
  onnx_floats (build, "scales", 1, &four, scales);
  onnx_node (build, "Relu", "x", "skip");
  Onnx__NodeProto *node = onnx_node (build, "MaxPool", "skip", "down");
  onnx_set_integers (build, node, "kernel_shape", 2, two);
  onnx_set_integers (build, node, "strides", 2, two);
  onnx_node (build, "Tanh", "down", "low");
  onnx_node (build, "Elu", "low", "lower");
  onnx_set_text (build, onnx_node (build, "Resize", "lower - scales", "up"),
      "coordinate_transformation_mode", "asymmetric");
  onnx_set_integer (
      build, onnx_node (build, "Concat", "up skip", "y"), "axis", 1);
  onnx_output (build, "y", -1, NULL);
  for (int64_t i = 0; i < 4096; i++) {
    int64_t c = i / 1024, row = i / 32 % 32, column = i % 32;
    float highest = 0;
    for (int t = 0; t < 4; t++)
      highest = MAX (highest,
          x[c * 1024 + (row / 2 * 2 + t / 2) * 32 + column / 2 * 2 + t % 2]);
    wanted[4096 + i] = MAX (x[i], 0);
    /* The round-half-down of 0.5 takes the lower voxel. */
    wanted[i] = tanhf (highest);
  }
  const int64_t out[4] = { 1, 8, 32, 32 };
  compare (run (build, 4, dims, x), 4, out, wanted, 1e-6);

  g_autoptr (GError) error = NULL;
  g_autoptr (LamNetwork) network =
      lam_network_open (onnx_write (build), &error);
  g_assert_no_error (error);
  LamShape shape = lam_shape_new (LAM_TENSOR_F32, 4, dims);
  LamPlanOptions options = { .n_threads = 1 };
  g_autoptr (LamPlan) plan = lam_plan_new (network, &shape, &options, &error);
  /* Input, skip and up lie in the result already, 32 KiB; then what was
   * pooled, 4 KiB, and the tables of Resize. */
  g_assert_cmpint (lam_plan_get_arena_bytes (plan), <=, 36864 + 2368);
  options.limit_bytes = 30000;
  g_assert_null (lam_plan_new (network, &shape, &options, &error));
  g_assert_nonnull (strstr (error->message, "30.0"));
}

/* The last plan of a network lets go of weights that it has transformed, but
 * not of those that two nodes use, or that are used as they are. */
static void
test_last_plan (void)
{
  const int64_t dims[4] = { 1, 8, 16, 16 }, kernel[4] = { 8, 8, 3, 3 };
  const int64_t point[4] = { 8, 8, 1, 1 };
  g_autofree float *x = make_noise (2048), *own = make_noise (576);
  g_autofree float *shared = make_noise (576), *flat = make_noise (64);
  g_autoptr (OnnxBuild) build = onnx_build_new (13);
  onnx_input (build, "x", 4, dims);
  onnx_floats (build, "own", 4, kernel, own);
  onnx_floats (build, "shared", 4, kernel, shared);
  onnx_floats (build, "flat", 4, point, flat);
  onnx_node (build, "Conv", "x own", "a");
  onnx_node (build, "Conv", "a shared", "b");
  onnx_node (build, "Conv", "b shared", "c");
  onnx_node (build, "Conv", "c flat", "y");
  onnx_output (build, "y", -1, NULL);
  g_autoptr (LamTensor) wanted = run (build, 4, dims, x);

  g_autoptr (GError) error = NULL;
  g_autoptr (LamNetwork) network =
      lam_network_open (onnx_write (build), &error);
  LamShape shape = lam_shape_new (LAM_TENSOR_F32, 4, dims);
  const LamPlanOptions options = { .n_threads = 2, .is_last = true };
  g_autoptr (LamPlan) plan = lam_plan_new (network, &shape, &options, &error);
  g_assert_no_error (error);
  memcpy (lam_plan_get_input (plan, 0), x, 2048 * sizeof *x);
  g_assert_true (lam_plan_run (plan, NULL, &error));
  const LamTensor *output = lam_plan_get_output (plan, 0);
  size_t n = (size_t)lam_shape_get_bytes (&output->shape);
  g_assert_cmpmem (output->data, n, wanted->data, n);
  g_assert_null (lam_plan_new (network, &shape, NULL, &error));
  g_assert_nonnull (strstr (error->message, "given away"));
}

/* 64 channels to 512 and back, which takes 9.4 MB for transformed weights. */
static LamNetwork *
open_heavy (void)
{
  g_autoptr (GError) error = NULL;
  const int64_t dims[4] = { 1, 64, 32, 32 }, more[4] = { 512, 64, 3, 3 };
  const int64_t less[4] = { 64, 512, 3, 3 };
  g_autofree float *weights = make_noise (512 * 64 * 9);
  g_autoptr (OnnxBuild) build = onnx_build_new (13);
  onnx_input (build, "x", 4, dims);
  onnx_floats (build, "more", 4, more, weights);
  onnx_floats (build, "less", 4, less, weights);
  onnx_set_integers (build, onnx_node (build, "Conv", "x more", "wide"), "pads",
      4, (const int64_t[]){ 1, 1, 1, 1 });
  onnx_node (build, "Conv", "wide less", "y");
  onnx_output (build, "y", -1, NULL);
  LamNetwork *network = lam_network_open (onnx_write (build), &error);
  g_assert_no_error (error);
  return network;
}

/* What the weights take is said before it is taken. */
static void
test_weights_memory (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (LamNetwork) network = open_heavy ();
  const int64_t dims[4] = { 1, 64, 32, 32 };
  LamShape shape = lam_shape_new (LAM_TENSOR_F32, 4, dims);
  int64_t arena, weights;
  g_assert_true (
      lam_plan_measure (network, &shape, 1, &arena, &weights, &error));
  g_assert_cmpint (weights, ==, 2 * 36 * 64 * 512 * 4);
  LamPlanOptions options = { .n_threads = 1, .limit_bytes = arena + weights };
  g_autoptr (LamPlan) plan = lam_plan_new (network, &shape, &options, &error);
  g_assert_no_error (error);
  g_assert_cmpint (lam_plan_get_arena_bytes (plan), ==, arena);
  options.limit_bytes--;
  g_assert_null (lam_plan_new (network, &shape, &options, &error));
  g_assert_error (error, LAM_ERROR, LAM_ERROR_LIMIT);
  g_autofree char *text = lam_text_bytes (weights);
  g_assert_nonnull (strstr (error->message, text));
}

#ifndef __SANITIZE_ADDRESS__
static int64_t
get_address_space (void)
{
  g_autofree char *text = NULL;
  if (!g_file_get_contents ("/proc/self/statm", &text, NULL, NULL))
    return 0;
  return g_ascii_strtoll (text, NULL, 10) * sysconf (_SC_PAGESIZE);
}

/* In a process of its own. There is room for the arena, but not for the
 * weights behind it. */
static void
test_no_memory (void)
{
  if (!g_test_subprocess ()) {
    g_test_trap_subprocess (
        NULL, 60 * G_USEC_PER_SEC, G_TEST_SUBPROCESS_INHERIT_STDERR);
    g_test_trap_assert_passed ();
    return;
  }
  /* A thread of OpenBLAS that starts behind the limit asks for its memory for
   * ever, and is waited for at the end. */
  g_setenv ("OPENBLAS_NUM_THREADS", "1", true);
  g_autoptr (GError) error = NULL;
  g_autoptr (LamNetwork) network = open_heavy ();
  const int64_t dims[4] = { 1, 64, 32, 32 };
  LamShape shape = lam_shape_new (LAM_TENSOR_F32, 4, dims);
  const LamPlanOptions options = { .n_threads = 1 };
  int64_t arena, weights, used = get_address_space ();
  g_assert_cmpint (used, >, 0);
  g_assert_true (
      lam_plan_measure (network, &shape, 1, &arena, &weights, &error));
  /* 3 MB more, for the arena begins at a large page. */
  rlim_t most = (rlim_t)(used + arena + 3 * (1 << 20));
  const struct rlimit limit = { most, most };
  g_assert_cmpint (setrlimit (RLIMIT_AS, &limit), ==, 0);
  g_assert_null (lam_plan_new (network, &shape, &options, &error));
  g_assert_error (error, LAM_ERROR, LAM_ERROR_LIMIT);
  g_assert_nonnull (strstr (error->message, "transformed weights"));
}
#endif

/* LAM_ISA is obeyed, as far as the CPU goes; and only names that exist. */
static void
test_isa (void)
{
  g_autoptr (GError) error = NULL;
  const char *wanted = g_getenv ("LAM_ISA");
  g_autofree char *before = g_strdup (wanted);
  if (g_strcmp0 (wanted, "plain") == 0)
    g_assert_cmpstr (lam_gemm_get_isa (), ==, "4 floats");
  if (g_strcmp0 (wanted, "avx2") == 0)
    g_assert_cmpstr (lam_gemm_get_isa (), !=, "AVX-512");
  g_assert_true (lam_gemm_init (&error));
  g_setenv ("LAM_ISA", "sse9", true);
  g_assert_false (lam_gemm_init (&error));
  g_assert_nonnull (strstr (error->message, "sse9"));
  if (before)
    g_setenv ("LAM_ISA", before, true);
  else
    g_unsetenv ("LAM_ISA");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  dice = lam_random_new (3, 1);
  g_test_add_func ("/nn/operators/conv", test_conv);
  g_test_add_func ("/nn/operators/conv-of-constant", test_conv_of_constant);
  g_test_add_func ("/nn/operators/conv-transpose", test_conv_transpose);
  g_test_add_func ("/nn/operators/transposed-size", test_transposed_size);
  g_test_add_func ("/nn/operators/pool", test_pool);
  g_test_add_func ("/nn/operators/unary", test_unary);
  g_test_add_func ("/nn/operators/norm", test_norm);
  g_test_add_func ("/nn/operators/binary", test_binary);
  g_test_add_func ("/nn/operators/softmax", test_softmax);
  g_test_add_func ("/nn/operators/reduce", test_reduce);
  g_test_add_func ("/nn/operators/resize", test_resize);
  g_test_add_func ("/nn/operators/resize-cubic", test_resize_cubic);
  g_test_add_func ("/nn/operators/move", test_move);
  g_test_add_func ("/nn/operators/product", test_product);
  g_test_add_func ("/nn/operators/shape-arithmetic", test_shape_arithmetic);
  g_test_add_func ("/nn/operators/memory", test_memory);
  g_test_add_func ("/nn/operators/weights-memory", test_weights_memory);
#ifndef __SANITIZE_ADDRESS__
  g_test_add_func ("/nn/operators/no-memory", test_no_memory);
#endif
  g_test_add_func ("/nn/operators/last-plan", test_last_plan);
  g_test_add_func ("/nn/operators/isa", test_isa);
  g_test_add_func ("/nn/operators/joins", test_joins);
  return g_test_run ();
}
