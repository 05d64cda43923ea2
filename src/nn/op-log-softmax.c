/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* LogSoftmax: x − ln Σ eˣ along an axis. The tensor is seen as outer × size ×
 * inner; a part is some neighbours of one outer index. */
#include <glib/gi18n-lib.h>
#include <math.h>

#include "nn/operator-table.h"
#include "nn/reach.h"

#define RUN 64

typedef struct {
  int64_t outer, size, inner, runs;
} Softmax;

/* Up to operator set 12 all axes from `axis` on are one. */
static bool
infer (LamStep *step, GError **error)
{
  Softmax *softmax = step->settings = g_new0 (Softmax, 1);
  const LamShape *shape = &step->inputs[0]->shape;
  bool is_old = step->network->opset < 13;
  int64_t wanted = is_old ? 1 : -1;
  int axis;
  if (!lam_step_need_floats (step, 1, error)
      || !lam_step_get_integer (step, "axis", &wanted, error)
      || !lam_step_need_axis (step, wanted, shape->rank, &axis, error))
    return false;
  int end = is_old ? shape->rank : axis + 1;
  softmax->outer = lam_shape_product (shape, 0, axis);
  softmax->size = lam_shape_product (shape, axis, end);
  softmax->inner = lam_shape_product (shape, end, shape->rank);
  softmax->runs = (softmax->inner + RUN - 1) / RUN;
  return lam_step_set_output (
      step, 0, LAM_TENSOR_F32, shape->rank, shape->dims, error);
}

/* The first element of a part, and how many neighbours there are. */
static int64_t
find_part (const Softmax *softmax, int64_t part, int64_t *n)
{
  int64_t first = part % softmax->runs * RUN;
  *n = MIN (RUN, softmax->inner - first);
  return part / softmax->runs * softmax->size * softmax->inner + first;
}

static void
do_part (gpointer data, int64_t part, int thread)
{
  const LamStep *step = data;
  const Softmax *softmax = step->settings;
  float highest[RUN], sum[RUN] = { 0 };
  int64_t n, at = find_part (softmax, part, &n), inner = softmax->inner;
  const float *from = lam_tensor_floats (step->inputs[0]) + at;
  float *to = lam_tensor_floats (step->outputs[0]) + at;
  for (int64_t i = 0; i < n; i++)
    highest[i] = from[i];
  for (int64_t j = 1; j < softmax->size; j++)
    for (int64_t i = 0; i < n; i++)
      highest[i] = MAX (highest[i], from[j * inner + i]);
  for (int64_t j = 0; j < softmax->size; j++)
    for (int64_t i = 0; i < n; i++)
      sum[i] += expf (from[j * inner + i] - highest[i]);
  for (int64_t i = 0; i < n; i++)
    sum[i] = logf (sum[i]);
  for (int64_t j = 0; j < softmax->size; j++)
    for (int64_t i = 0; i < n; i++)
      to[j * inner + i] = from[j * inner + i] - highest[i] - sum[i];
}

static void
forward (const LamStep *step, LamTeam *team)
{
  const Softmax *softmax = step->settings;
  lam_team_run (team, softmax->outer * softmax->runs, do_part, (gpointer)step);
}

typedef struct {
  const LamStep *step;
  const float *from;
  float *to;
} Gradients;

static void
return_part (gpointer data, int64_t part, int thread)
{
  const Gradients *gradients = data;
  const Softmax *softmax = gradients->step->settings;
  float sum[RUN] = { 0 };
  int64_t n, at = find_part (softmax, part, &n), inner = softmax->inner;
  const float *y = lam_tensor_floats (gradients->step->outputs[0]) + at;
  const float *from = gradients->from + at;
  float *to = gradients->to + at;
  for (int64_t j = 0; j < softmax->size; j++)
    for (int64_t i = 0; i < n; i++)
      sum[i] += from[j * inner + i];
  for (int64_t j = 0; j < softmax->size; j++)
    for (int64_t i = 0; i < n; i++)
      to[j * inner + i] =
          from[j * inner + i] - expf (y[j * inner + i]) * sum[i];
}

static void
backward (const LamStep *step, const LamStepGradients *gradients, LamTeam *team)
{
  const Softmax *softmax = step->settings;
  Gradients both = { step, gradients->outputs[0], gradients->inputs[0] };
  if (both.from && both.to)
    lam_team_run (team, softmax->outer * softmax->runs, return_part, &both);
}

static bool
reach (const LamStep *step, const LamReach *inputs, LamReach *outputs)
{
  const Softmax *softmax = step->settings;
  return lam_reach_around (
      step, inputs, softmax->outer, softmax->inner, outputs);
}

const LamOperator lam_operator_log_softmax = {
  .name = "LogSoftmax",
  .min_inputs = 1,
  .max_inputs = 1,
  .n_outputs = 1,
  .attributes = (const char *const[]){ "axis", NULL },
  .can_overwrite = true,
  .infer = infer,
  .forward = forward,
  .reach = reach,
  .backward_outputs = 1,
  .backward = backward,
};
