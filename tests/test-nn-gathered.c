/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Fast convolutions that no tiles suit, or whose images have few channels or
 * few voxels, against those in float32: the same result but for what 16 bits
 * round, and the same bits with any number of threads. */
#include <math.h>

#include "base/random.h"
#include "nn/plan.h"
#include "onnx-build.h"

typedef struct {
  int64_t dims[5], filters, kernel[3], stride, dilation, pad;
} Layer;

static float *
make_noise (int64_t n, int seed)
{
  LamRandom dice = lam_random_new (seed, 0);
  float *noise = g_new (float, n);
  for (int64_t i = 0; i < n; i++)
    noise[i] = (float)lam_random_normal (&dice);
  return noise;
}

static int64_t
count (const int64_t *dims, int n)
{
  int64_t product = 1;
  for (int i = 0; i < n; i++)
    product *= dims[i];
  return product;
}

/* With a layer behind it, which takes 16-bit floats where it can. */
static LamNetwork *
make_network (const Layer *layer)
{
  const int64_t filters = layer->filters, flat = layer->kernel[0] == 1;
  const int64_t shape[5] = { filters, layer->dims[1], layer->kernel[0],
    layer->kernel[1], layer->kernel[2] };
  const int64_t point[5] = { 3, filters, 1, 1, 1 };
  const int64_t z_pad = flat ? 0 : layer->pad, pad = layer->pad;
  const int64_t pads[6] = { z_pad, pad, pad, z_pad, pad, pad };
  const int64_t strides[3] = { flat ? 1 : layer->stride, layer->stride,
    layer->stride };
  const int64_t dilations[3] = { 1, layer->dilation, layer->dilation };
  g_autofree float *w = make_noise (count (shape, 5), 1);
  g_autofree float *bias = make_noise (filters, 2);
  g_autofree float *v = make_noise (3 * filters, 3);
  g_autoptr (OnnxBuild) build = onnx_build_new (13);
  g_autoptr (GError) error = NULL;
  onnx_input (build, "x", 5, layer->dims);
  onnx_floats (build, "w", 5, shape, w);
  onnx_floats (build, "b", 1, &filters, bias);
  onnx_floats (build, "v", 5, point, v);
  Onnx__NodeProto *node = onnx_node (build, "Conv", "x w b", "a");
  onnx_set_integers (build, node, "kernel_shape", 3, layer->kernel);
  onnx_set_integers (build, node, "strides", 3, strides);
  onnx_set_integers (build, node, "dilations", 3, dilations);
  onnx_set_integers (build, node, "pads", 6, pads);
  onnx_node (build, "Relu", "a", "r");
  onnx_node (build, "Conv", "r v", "y");
  onnx_output (build, "y", -1, NULL);
  LamNetwork *network = lam_network_open (onnx_write (build), &error);
  g_assert_no_error (error);
  return network;
}

/* Of the result's numbers, `n` of them. */
static float *
run (LamNetwork *network, const Layer *layer, const float *x, bool is_fast,
    int n_threads, int64_t *n)
{
  g_autoptr (GError) error = NULL;
  LamShape shape = lam_shape_new (LAM_TENSOR_F32, 5, layer->dims);
  const LamPlanOptions options = { .n_threads = n_threads, .is_fast = is_fast };
  g_autoptr (LamPlan) plan = lam_plan_new (network, &shape, &options, &error);
  g_assert_no_error (error);
  memcpy (lam_plan_get_input (plan, 0), x,
      (size_t)count (layer->dims, 5) * sizeof *x);
  g_assert_true (lam_plan_run (plan, NULL, &error));
  const LamTensor *y = lam_plan_get_output (plan, 0);
  *n = lam_shape_get_count (&y->shape);
  return g_memdup2 (lam_tensor_floats (y), (size_t)*n * sizeof (float));
}

static void
check_layer (const Layer *layer)
{
  int64_t n;
  double difference = 0, all = 0;
  g_autofree float *x = make_noise (count (layer->dims, 5), 4);
  g_autoptr (LamNetwork) network = make_network (layer);
  g_autofree float *wanted = run (network, layer, x, false, 2, &n);
  g_autofree float *fast = run (network, layer, x, true, 1, &n);
  for (int64_t i = 0; i < n; i++) {
    difference += (fast[i] - wanted[i]) * (fast[i] - wanted[i]);
    all += wanted[i] * wanted[i];
  }
  g_assert_cmpfloat (sqrt (difference / all), <, 2e-3);
  g_assert_true (lam_plan_can_be_fast () == (difference > 0));
  for (int threads = 2; threads <= 3; threads++) {
    g_autofree float *same = run (network, layer, x, true, threads, &n);
    g_assert_cmpmem (
        same, (size_t)n * sizeof *same, fast, (size_t)n * sizeof *fast);
  }
  x[count (layer->dims, 5) / 2] = NAN;
  g_autofree float *found = run (network, layer, x, true, 2, &n);
  int64_t n_nans = 0;
  for (int64_t i = 0; i < n; i++)
    n_nans += isnan (found[i]);
  g_assert_cmpint (n_nans, >, 0);
}

/* One channel: tiles would suit it, but take longer. */
static void
test_first_layer (void)
{
  check_layer (&(Layer){ { 2, 1, 5, 27, 43 }, 13, { 3, 3, 3 }, 1, 1, 1 });
}

static void
test_strides (void)
{
  check_layer (&(Layer){ { 1, 5, 6, 29, 41 }, 9, { 3, 3, 3 }, 2, 1, 1 });
  check_layer (&(Layer){ { 2, 6, 1, 31, 33 }, 16, { 1, 2, 2 }, 2, 1, 0 });
}

/* So many voxels under a window that their sums go to floats on the way. */
static void
test_wide (void)
{
  check_layer (&(Layer){ { 1, 37, 1, 23, 25 }, 8, { 1, 5, 5 }, 1, 2, 3 });
}

/* Tiles suit it, so few that one part would be all: it is cut along z. */
static void
test_deep_layer (void)
{
  check_layer (&(Layer){ { 1, 16, 4, 15, 16 }, 24, { 3, 3, 3 }, 1, 1, 1 });
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/nn/gathered/first-layer", test_first_layer);
  g_test_add_func ("/nn/gathered/strides", test_strides);
  g_test_add_func ("/nn/gathered/wide", test_wide);
  g_test_add_func ("/nn/gathered/deep-layer", test_deep_layer);
  return g_test_run ();
}
