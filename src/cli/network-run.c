/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "cli/network-run.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/random.h"
#include "cli/arguments.h"
#include "cli/cli.h"
#include "nn/npy.h"

/* A seed for made-up voxels: every run sees the same. */
#define SEED 1

bool
lam_network_run_choose_shape (const LamNetwork *network, int input,
    const char *text, LamShape *shape, GError **error)
{
  int64_t size[3] = { 64, 64, 64 };
  *shape = *lam_network_get_input_shape (network, input);
  if (!lam_argument_triple ("--size", text, 1, size, error))
    return false;
  int first = shape->rank - 3;
  for (int i = 0; i < shape->rank; i++) {
    bool is_space = i >= 2 && i >= first;
    if (is_space && (text || shape->dims[i] < 0))
      shape->dims[i] = size[i - first];
    else if (shape->dims[i] < 0)
      shape->dims[i] = 1;
  }
  if (text && shape->rank == 4 && size[0] != 1)
    return lam_cli_usage_error (error,
        _ ("--size: the network is flat, so Z must be 1, not "
           "%" G_GINT64_FORMAT),
        size[0]);
  return true;
}

static LamTensor *
make_input (const LamShape *shape)
{
  LamTensor *tensor = lam_tensor_new (shape);
  LamRandom random = lam_random_new (SEED, 0);
  for (int64_t i = 0; i < lam_shape_get_count (shape); i++)
    lam_tensor_floats (tensor)[i] = (float)lam_random_normal (&random);
  return tensor;
}

static bool
check_expected (const LamNetworkRun *run, int i, const char *path,
    const LamTensor *expected, GError **error)
{
  const LamTensor *output = lam_plan_get_output (run->plan, i);
  LamShape shape = output->shape;
  shape.type = expected->shape.type;
  if (lam_shape_equal (&shape, &expected->shape))
    return true;
  g_autofree char *found = lam_shape_to_text (&output->shape);
  g_autofree char *wanted = lam_shape_to_text (&expected->shape);
  g_set_error (error, LAM_ERROR, LAM_ERROR_INPUT,
      _ ("%s holds %s numbers, but the network makes %s"), path, wanted, found);
  return false;
}

/* Nothing could be compared with what is no number. */
static bool
check_finite (const char *path, const LamTensor *tensor, GError **error)
{
  for (int64_t i = 0; i < lam_shape_get_count (&tensor->shape); i++)
    if (!isfinite (lam_tensor_floats (tensor)[i])) {
      g_set_error (error, LAM_ERROR, LAM_ERROR_INPUT,
          _ ("%s holds %g at element %" G_GINT64_FORMAT), path,
          lam_tensor_floats (tensor)[i], i);
      return false;
    }
  return true;
}

static bool
check_counts (const LamNetworkRun *run, const LamNetworkRunOptions *options,
    GError **error)
{
  const char *path = lam_network_get_path (run->network);
  int n_inputs = lam_network_get_n_inputs (run->network);
  int n_outputs = lam_network_get_n_outputs (run->network);
  int n_given =
      options->inputs ? (int)g_strv_length (options->inputs) : n_inputs;
  int n_expected =
      options->expected ? (int)g_strv_length (options->expected) : 0;
  if (n_given != n_inputs)
    g_set_error (error, LAM_ERROR, LAM_ERROR_INPUT,
        _ ("%s has %d inputs, but %d are given"), path, n_inputs, n_given);
  else if (n_expected > n_outputs)
    g_set_error (error, LAM_ERROR, LAM_ERROR_INPUT,
        _ ("%s has %d outputs, but %d are expected"), path, n_outputs,
        n_expected);
  else
    return true;
  return false;
}

/* Reads the inputs, or chooses their shapes. */
static bool
find_shapes (LamNetworkRun *run, const LamNetworkRunOptions *options,
    LamShape *shapes, GError **error)
{
  for (int i = 0; i < lam_network_get_n_inputs (run->network); i++) {
    if (!options->inputs) {
      if (!lam_network_run_choose_shape (
              run->network, i, options->size, &shapes[i], error))
        return false;
      continue;
    }
    LamTensor *input = lam_npy_read (options->inputs[i], error);
    if (!input)
      return false;
    g_ptr_array_add (run->inputs, input);
    shapes[i] = input->shape;
  }
  return true;
}

/* Inputs are made up only when the plan has found that there is room. */
static bool
make_plan (LamNetworkRun *run, const LamNetworkRunOptions *options,
    int n_threads, GError **error)
{
  const LamPlanOptions how = {
    .n_threads = n_threads, .is_last = true, .is_fast = options->is_fast
  };
  int n_inputs = lam_network_get_n_inputs (run->network);
  g_autofree LamShape *shapes = g_new (LamShape, (size_t)n_inputs);
  if (!find_shapes (run, options, shapes, error))
    return false;
  run->plan = lam_plan_new (run->network, shapes, &how, error);
  if (!run->plan)
    return false;
  for (int i = 0; !options->inputs && i < n_inputs; i++)
    g_ptr_array_add (run->inputs, make_input (&shapes[i]));
  return true;
}

static bool
read_expected (
    LamNetworkRun *run, const LamNetworkRunOptions *options, GError **error)
{
  for (int i = 0; options->expected && options->expected[i]; i++) {
    LamTensor *expected = lam_npy_read (options->expected[i], error);
    if (!expected)
      return false;
    g_ptr_array_add (run->expected, expected);
    if (!check_finite (options->expected[i], expected, error)
        || !check_expected (run, i, options->expected[i], expected, error))
      return false;
  }
  return true;
}

bool
lam_network_run_open (LamNetworkRun *run, const char *path,
    const LamNetworkRunOptions *options, GError **error)
{
  int64_t n_threads = 0;
  if (!lam_argument_integer (
          "--threads", options->threads, 1, 256, &n_threads, error))
    return false;
  if (options->expected && !options->inputs)
    return lam_cli_usage_error (error, _ ("--expect needs --input"));
  if (options->inputs && options->size)
    return lam_cli_usage_error (
        error, _ ("--size and --input both say the size; give one"));
  GDestroyNotify destroy = (GDestroyNotify)lam_tensor_free;
  run->inputs = g_ptr_array_new_with_free_func (destroy);
  run->expected = g_ptr_array_new_with_free_func (destroy);
  run->network = lam_network_open (path, error);
  return run->network && check_counts (run, options, error)
      && make_plan (run, options, (int)n_threads, error)
      && read_expected (run, options, error);
}

void
lam_network_run_clear (LamNetworkRun *run)
{
  g_clear_pointer (&run->plan, lam_plan_free);
  g_clear_pointer (&run->network, lam_network_unref);
  g_clear_pointer (&run->inputs, g_ptr_array_unref);
  g_clear_pointer (&run->expected, g_ptr_array_unref);
}

bool
lam_network_run_once (LamNetworkRun *run, LamProgress *progress, GError **error)
{
  for (guint i = 0; i < run->inputs->len; i++) {
    const LamTensor *input = run->inputs->pdata[i];
    memcpy (lam_plan_get_input (run->plan, (int)i), input->data,
        (size_t)lam_shape_get_bytes (&input->shape));
  }
  if (!lam_plan_run (run->plan, progress, error))
    return false;
  for (int i = 0; i < lam_network_get_n_outputs (run->network); i++) {
    const LamTensor *output = lam_plan_get_output (run->plan, i);
    int64_t n = output->shape.type == LAM_TENSOR_F32
        ? lam_shape_get_count (&output->shape)
        : 0;
    for (int64_t j = 0; j < n; j++)
      if (!isfinite (lam_tensor_floats (output)[j])) {
        g_set_error (error, LAM_ERROR, LAM_ERROR_CORRUPT,
            _ ("%s: the output “%s” holds %g at element %" G_GINT64_FORMAT),
            lam_network_get_path (run->network),
            lam_network_get_output_name (run->network, i),
            lam_tensor_floats (output)[j], j);
        return false;
      }
  }
  return true;
}

static double
read_number (const LamTensor *tensor, int64_t i)
{
  return tensor->shape.type == LAM_TENSOR_F32
      ? lam_tensor_floats (tensor)[i]
      : (double)lam_tensor_integers (tensor)[i];
}

void
lam_network_run_compare (
    const LamNetworkRun *run, double *difference, double *largest)
{
  *difference = *largest = 0;
  for (guint i = 0; i < run->expected->len; i++) {
    const LamTensor *expected = run->expected->pdata[i];
    const LamTensor *output = lam_plan_get_output (run->plan, (int)i);
    for (int64_t j = 0; j < lam_shape_get_count (&output->shape); j++) {
      double wanted = read_number (expected, j);
      *difference = MAX (*difference, fabs (read_number (output, j) - wanted));
      *largest = MAX (*largest, fabs (wanted));
    }
  }
}
