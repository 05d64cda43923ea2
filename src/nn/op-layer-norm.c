/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* LayerNormalization and GroupNormalization: mean and variance of a row of
 * numbers that lie side by side. In the first, each number of a row has its
 * own scale and shift; in the second, each group of channels has one. A part
 * is one row. */
#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

#include "base/clones.h"
#include "nn/operator-table.h"
#include "nn/reach.h"

typedef struct {
  int64_t n_rows, size;
  int64_t groups; /* 0: a scale for each number of a row */
  float epsilon;
} Norm;

static bool
check_lists (const LamStep *step, const Norm *norm, GError **error)
{
  int64_t wanted = norm->groups ? norm->groups : norm->size;
  for (int i = 1; i < step->node->n_inputs; i++)
    if (step->inputs[i]
        && lam_shape_get_count (&step->inputs[i]->shape) != wanted)
      return lam_step_fail (step, error, LAM_ERROR_CORRUPT,
          _ ("input %d has %" G_GINT64_FORMAT " numbers, but %" G_GINT64_FORMAT
             " are needed"),
          i, lam_shape_get_count (&step->inputs[i]->shape), wanted);
  if (norm->epsilon >= 0)
    return true;
  return lam_step_fail (step, error, LAM_ERROR_CORRUPT,
      _ ("epsilon is %g, but must not be negative"), norm->epsilon);
}

static bool
infer_layer (LamStep *step, GError **error)
{
  Norm *norm = step->settings = g_new0 (Norm, 1);
  const LamShape *shape = &step->inputs[0]->shape;
  int64_t wanted = -1, stash = 1;
  int axis;
  norm->epsilon = 1e-5f;
  if (!lam_step_need_floats (step, 3, error)
      || !lam_step_get_float (step, "epsilon", &norm->epsilon, error)
      || !lam_step_get_integer (step, "stash_type", &stash, error)
      || !lam_step_get_integer (step, "axis", &wanted, error)
      || !lam_step_need_axis (step, wanted, shape->rank, &axis, error))
    return false;
  norm->n_rows = lam_shape_product (shape, 0, axis);
  norm->size = lam_shape_product (shape, axis, shape->rank);
  LamShape moments = *shape;
  for (int i = axis; i < shape->rank; i++)
    moments.dims[i] = 1;
  for (int i = 1; i < step->node->n_outputs; i++)
    if (!lam_step_set_output (
            step, i, LAM_TENSOR_F32, shape->rank, moments.dims, error))
      return false;
  return check_lists (step, norm, error)
      && lam_step_set_output (
          step, 0, LAM_TENSOR_F32, shape->rank, shape->dims, error);
}

static bool
infer_group (LamStep *step, GError **error)
{
  Norm *norm = step->settings = g_new0 (Norm, 1);
  const LamShape *shape = &step->inputs[0]->shape;
  norm->epsilon = 1e-5f;
  if (!lam_step_need_floats (step, 3, error)
      || !lam_step_need_rank (step, 0, 2, LAM_TENSOR_MAX_RANK, error)
      || !lam_step_get_float (step, "epsilon", &norm->epsilon, error)
      || !lam_step_get_integer (step, "num_groups", &norm->groups, error))
    return false;
  if (norm->groups < 1 || shape->dims[1] % norm->groups)
    return lam_step_fail (step, error, LAM_ERROR_CORRUPT,
        _ ("%" G_GINT64_FORMAT " channels do not fall into %" G_GINT64_FORMAT
           " groups"),
        shape->dims[1], norm->groups);
  norm->n_rows = shape->dims[0] * norm->groups;
  norm->size = lam_shape_product (shape, 1, shape->rank) / norm->groups;
  return check_lists (step, norm, error)
      && lam_step_set_output (
          step, 0, LAM_TENSOR_F32, shape->rank, shape->dims, error);
}

/* The row's mean, and one through its standard deviation. */
static void
measure (const Norm *norm, const float *x, double *mean, double *scale)
{
  double sum = 0, squares = 0;
  for (int64_t i = 0; i < norm->size; i++)
    sum += x[i];
  *mean = sum / (double)norm->size;
  for (int64_t i = 0; i < norm->size; i++)
    squares += (x[i] - *mean) * (x[i] - *mean);
  *scale = 1 / sqrt (squares / (double)norm->size + norm->epsilon);
}

LAM_CLONES static void
normalise (const float *x, float mean, float scale, const float *gains,
    int64_t pace, float *to, int64_t n)
{
  if (pace)
    for (int64_t i = 0; i < n; i++)
      to[i] = (x[i] - mean) * scale * gains[i];
  else
    for (int64_t i = 0; i < n; i++)
      to[i] = (x[i] - mean) * scale * gains[0];
}

static void
do_row (gpointer data, int64_t row, int thread)
{
  const LamStep *step = data;
  const Norm *norm = step->settings;
  const float *x = lam_tensor_floats (step->inputs[0]) + row * norm->size;
  float *to = lam_tensor_floats (step->outputs[0]) + row * norm->size;
  int64_t first = norm->groups ? row % norm->groups : 0;
  int64_t pace = norm->groups ? 0 : 1;
  const float *shift = lam_step_has_input (step, 2)
      ? lam_tensor_floats (step->inputs[2]) + first
      : NULL;
  double mean, scale;
  measure (norm, x, &mean, &scale);
  if (step->node->n_outputs > 1 && step->outputs[1])
    lam_tensor_floats (step->outputs[1])[row] = (float)mean;
  if (step->node->n_outputs > 2 && step->outputs[2])
    lam_tensor_floats (step->outputs[2])[row] = (float)scale;
  normalise (x, (float)mean, (float)scale,
      lam_tensor_floats (step->inputs[1]) + first, pace, to, norm->size);
  for (int64_t i = 0; shift && i < norm->size; i++)
    to[i] += shift[i * pace];
}

static void
forward (const LamStep *step, LamTeam *team)
{
  const Norm *norm = step->settings;
  lam_team_run (team, norm->n_rows, do_row, (gpointer)step);
}

typedef struct {
  const LamStep *step;
  const float *from;
  float *to;
} Gradients;

/* With h = (x − mean) · scale and d = gradient · gain, the input's gradient is
 * scale · (d − average d − h · average d·h). */
static void
return_row (gpointer data, int64_t row, int thread)
{
  const Gradients *gradients = data;
  const LamStep *step = gradients->step;
  const Norm *norm = step->settings;
  const float *x = lam_tensor_floats (step->inputs[0]) + row * norm->size;
  const float *from = gradients->from + row * norm->size;
  const float *gains = lam_tensor_floats (step->inputs[1])
      + (norm->groups ? row % norm->groups : 0);
  int64_t pace = norm->groups ? 0 : 1;
  double mean, scale, sum = 0, moment = 0;
  measure (norm, x, &mean, &scale);
  for (int64_t i = 0; i < norm->size; i++) {
    double d = (double)from[i] * gains[i * pace];
    sum += d;
    moment += d * (x[i] - mean) * scale;
  }
  sum /= (double)norm->size;
  moment /= (double)norm->size;
  for (int64_t i = 0; i < norm->size; i++) {
    double d = (double)from[i] * gains[i * pace];
    double h = (x[i] - mean) * scale;
    gradients->to[row * norm->size + i] =
        (float)(scale * (d - sum - h * moment));
  }
}

/* One thread, so that rows are added up in their order. */
static void
return_lists (
    const LamStep *step, const float *from, float *gains, float *shifts)
{
  const Norm *norm = step->settings;
  size_t bytes =
      (size_t)(norm->groups ? norm->groups : norm->size) * sizeof (float);
  if (gains)
    memset (gains, 0, bytes);
  if (shifts)
    memset (shifts, 0, bytes);
  for (int64_t row = 0; row < norm->n_rows; row++, from += norm->size) {
    const float *x = lam_tensor_floats (step->inputs[0]) + row * norm->size;
    double mean, scale;
    measure (norm, x, &mean, &scale);
    for (int64_t i = 0; i < norm->size; i++) {
      int64_t at = norm->groups ? row % norm->groups : i;
      if (gains)
        gains[at] += (float)(from[i] * (x[i] - mean) * scale);
      if (shifts)
        shifts[at] += from[i];
    }
  }
}

static void
backward (const LamStep *step, const LamStepGradients *gradients, LamTeam *team)
{
  const Norm *norm = step->settings;
  Gradients both = { step, gradients->outputs[0], gradients->inputs[0] };
  float *gains = gradients->inputs[1];
  float *shifts = step->node->n_inputs > 2 ? gradients->inputs[2] : NULL;
  if (!both.from)
    return;
  if (both.to)
    lam_team_run (team, norm->n_rows, return_row, &both);
  if (gains || shifts)
    return_lists (step, both.from, gains, shifts);
}

static bool
reach_layer (const LamStep *step, const LamReach *inputs, LamReach *outputs)
{
  const Norm *norm = step->settings;
  return lam_reach_around (step, inputs, norm->n_rows, 1, outputs);
}

const LamOperator lam_operator_layer_norm = {
  .name = "LayerNormalization",
  .min_inputs = 2,
  .max_inputs = 3,
  .n_outputs = 3, /* also the mean, and one through the deviation */
  .attributes = (const char *const[]){ "axis", "epsilon", "stash_type", NULL },
  .can_overwrite = true,
  .infer = infer_layer,
  .forward = forward,
  .reach = reach_layer,
  .trained_inputs = 6,
  .backward_inputs = 3,
  .backward = backward,
};

const LamOperator lam_operator_group_norm = {
  .name = "GroupNormalization",
  .min_inputs = 3,
  .max_inputs = 3,
  .n_outputs = 1,
  .attributes = (const char *const[]){ "epsilon", "num_groups", NULL },
  .can_overwrite = true,
  .infer = infer_group,
  .forward = forward,
  .trained_inputs = 6,
  .backward_inputs = 3,
  .backward = backward,
};
