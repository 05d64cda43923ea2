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

static bool
choose_shape (const LamNetwork *network, const char *text, LamShape *shape,
    GError **error)
{
  int64_t size[3] = { 64, 64, 64 };
  *shape = *lam_network_get_input_shape (network, 0);
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
check_expected (const LamNetworkRun *run, const char *path, GError **error)
{
  const LamTensor *output = lam_plan_get_output (run->plan, 0);
  if (output->shape.type == LAM_TENSOR_F32
      && lam_shape_equal (&output->shape, &run->expected->shape))
    return true;
  g_autofree char *found = lam_shape_to_text (&output->shape);
  g_autofree char *wanted = lam_shape_to_text (&run->expected->shape);
  g_set_error (error, LAM_ERROR, LAM_ERROR_INPUT,
      _ ("%s holds %s numbers, but the network makes %s"), path, wanted, found);
  return false;
}

bool
lam_network_run_open (LamNetworkRun *run, const char *path, const char *size,
    const char *threads, const char *input, const char *expect, GError **error)
{
  int64_t n_threads = 0;
  LamShape shape;
  if (!lam_argument_integer ("--threads", threads, 1, 256, &n_threads, error))
    return false;
  if (expect && !input)
    return lam_cli_usage_error (error, _ ("--expect needs --input"));
  if (input && size)
    return lam_cli_usage_error (
        error, _ ("--size and --input both say the size; give one"));
  run->network = lam_network_open (path, error);
  if (!run->network)
    return false;
  if (lam_network_get_n_inputs (run->network) != 1) {
    g_set_error (error, LAM_ERROR, LAM_ERROR_UNSUPPORTED,
        _ ("%s has %d inputs, but one is needed"), path,
        lam_network_get_n_inputs (run->network));
    return false;
  }
  if (input && !(run->input = lam_npy_read (input, error)))
    return false;
  if (input)
    shape = run->input->shape;
  else if (!choose_shape (run->network, size, &shape, error))
    return false;
  const LamPlanOptions options = { .n_threads = (int)n_threads };
  run->plan = lam_plan_new (run->network, &shape, &options, error);
  if (!run->plan)
    return false;
  if (!run->input)
    run->input = make_input (&shape);
  if (expect && !(run->expected = lam_npy_read (expect, error)))
    return false;
  return !expect || check_expected (run, expect, error);
}

void
lam_network_run_clear (LamNetworkRun *run)
{
  g_clear_pointer (&run->plan, lam_plan_free);
  g_clear_pointer (&run->network, lam_network_unref);
  g_clear_pointer (&run->input, lam_tensor_free);
  g_clear_pointer (&run->expected, lam_tensor_free);
}

bool
lam_network_run_once (LamNetworkRun *run, LamProgress *progress, GError **error)
{
  memcpy (lam_plan_get_input (run->plan, 0), run->input->data,
      (size_t)lam_shape_get_bytes (&run->input->shape));
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

void
lam_network_run_compare (
    const LamNetworkRun *run, double *difference, double *largest)
{
  const LamTensor *output = lam_plan_get_output (run->plan, 0);
  *difference = *largest = 0;
  for (int64_t i = 0; i < lam_shape_get_count (&output->shape); i++) {
    double wanted = lam_tensor_floats (run->expected)[i];
    *difference =
        MAX (*difference, fabs (lam_tensor_floats (output)[i] - wanted));
    *largest = MAX (*largest, fabs (wanted));
  }
}
