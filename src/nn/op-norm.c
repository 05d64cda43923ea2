/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* BatchNormalization (in inference) and InstanceNormalization: a part is one
 * channel of one image, y = activation (x · scale + shift). */
#include <glib/gi18n-lib.h>
#include <math.h>

#include "nn/clones.h"
#include "nn/operator-table.h"

typedef struct {
  float epsilon;
  int64_t channels, volume;
  bool is_batch;
} Norm;

static bool
infer_norm (LamStep *step, int n_lists, GError **error)
{
  Norm *norm = step->settings = g_new0 (Norm, 1);
  const LamShape *shape = &step->inputs[0]->shape;
  int64_t training = 0;
  norm->epsilon = 1e-5f;
  norm->is_batch = n_lists == 4;
  if (!lam_step_need_floats (step, 1 + n_lists, error)
      || !lam_step_need_rank (step, 0, 2, LAM_TENSOR_MAX_RANK, error)
      || !lam_step_get_float (step, "epsilon", &norm->epsilon, error)
      || !lam_step_get_integer (step, "training_mode", &training, error))
    return false;
  if (training)
    return lam_step_fail (step, error, LAM_ERROR_UNSUPPORTED,
        _ ("the network was written in training mode; export it for "
           "inference"));
  if (!(norm->epsilon >= 0))
    return lam_step_fail (step, error, LAM_ERROR_CORRUPT,
        _ ("epsilon is %g, but must not be negative"), norm->epsilon);
  norm->channels = shape->dims[1];
  norm->volume = lam_shape_product (shape, 2, shape->rank);
  for (int i = 1; i <= n_lists; i++)
    if (lam_shape_get_count (&step->inputs[i]->shape) != norm->channels)
      return lam_step_fail (step, error, LAM_ERROR_CORRUPT,
          _ ("input %d has %" G_GINT64_FORMAT
             " numbers, but there are %" G_GINT64_FORMAT " channels"),
          i, lam_shape_get_count (&step->inputs[i]->shape), norm->channels);
  const float *variance =
      norm->is_batch ? lam_tensor_floats (step->inputs[4]) : NULL;
  for (int64_t i = 0; variance && i < norm->channels; i++)
    if (!(variance[i] + norm->epsilon > 0))
      return lam_step_fail (step, error, LAM_ERROR_CORRUPT,
          _ ("the variance of channel %" G_GINT64_FORMAT " is %g"), i,
          variance[i]);
  return lam_step_set_output (
      step, 0, LAM_TENSOR_F32, shape->rank, shape->dims, error);
}

static bool
infer_batch (LamStep *step, GError **error)
{
  return infer_norm (step, 4, error);
}

static bool
infer_instance (LamStep *step, GError **error)
{
  return infer_norm (step, 2, error);
}

/* Sixteen sums side by side, so that the order of additions is the same on
 * every CPU; each over short runs, then in double. */
#define LANES 16
#define RUN 4096

LAM_CLONES static double
sum_run (const float *x, int64_t n, float mean, bool is_square)
{
  float sums[LANES] = { 0 };
  int64_t i = 0;
  if (is_square)
    for (; i + LANES <= n; i += LANES)
      for (int j = 0; j < LANES; j++)
        sums[j] += (x[i + j] - mean) * (x[i + j] - mean);
  else
    for (; i + LANES <= n; i += LANES)
      for (int j = 0; j < LANES; j++)
        sums[j] += x[i + j];
  double sum = 0;
  for (int j = 0; j < LANES; j++)
    sum += sums[j];
  for (; i < n; i++)
    sum += is_square ? (x[i] - mean) * (x[i] - mean) : x[i];
  return sum;
}

static double
average (const float *x, int64_t n, double mean, bool is_square)
{
  double sum = 0;
  for (int64_t i = 0; i < n; i += RUN)
    sum += sum_run (x + i, MIN (RUN, n - i), (float)mean, is_square);
  return sum / (double)n;
}

static void
do_part (gpointer data, int64_t part, int thread)
{
  const LamStep *step = data;
  const Norm *norm = step->settings;
  int64_t channel = part % norm->channels;
  const float *from = lam_tensor_floats (step->inputs[0]) + part * norm->volume;
  float *to = lam_tensor_floats (step->outputs[0]) + part * norm->volume;
  double mean, variance;
  if (norm->is_batch) {
    mean = lam_tensor_floats (step->inputs[3])[channel];
    variance = lam_tensor_floats (step->inputs[4])[channel];
  } else {
    mean = average (from, norm->volume, 0, false);
    variance = average (from, norm->volume, mean, true);
  }
  double scale = lam_tensor_floats (step->inputs[1])[channel]
      / sqrt (variance + norm->epsilon);
  double shift = lam_tensor_floats (step->inputs[2])[channel] - mean * scale;
  lam_activation_apply (step->node->activation, (float)scale, (float)shift,
      from, to, norm->volume);
}

static void
forward (const LamStep *step, LamTeam *team)
{
  const Norm *norm = step->settings;
  lam_team_run (team, step->inputs[0]->shape.dims[0] * norm->channels, do_part,
      (gpointer)step);
}

const LamOperator lam_operator_batch_norm = {
  .name = "BatchNormalization",
  .min_inputs = 5,
  .max_inputs = 5,
  .n_outputs = 1,
  .attributes =
      (const char *const[]){ "epsilon", "momentum", "training_mode", NULL },
  .can_overwrite = true,
  .has_activation = true,
  .infer = infer_batch,
  .forward = forward,
};

const LamOperator lam_operator_instance_norm = {
  .name = "InstanceNormalization",
  .min_inputs = 3,
  .max_inputs = 3,
  .n_outputs = 1,
  .attributes = (const char *const[]){ "epsilon", NULL },
  .can_overwrite = true,
  .has_activation = true,
  .infer = infer_instance,
  .forward = forward,
};
