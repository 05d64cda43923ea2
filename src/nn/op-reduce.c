/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Along axes: GlobalAveragePool, Softmax, ArgMax, ArgMin. The tensor is seen as
 * outer × size × inner, one row along `size` after another; a part is one outer
 * index. */
#include <glib/gi18n-lib.h>
#include <math.h>

#include "nn/operator-table.h"
#include "nn/reach.h"

typedef struct {
  int64_t outer, size, inner;
  bool takes_last; /* of equal numbers */
  bool is_least; /* ArgMin */
} Reduce;

static void
set_axes (Reduce *reduce, const LamShape *shape, int from, int to)
{
  reduce->outer = lam_shape_product (shape, 0, from);
  reduce->size = lam_shape_product (shape, from, to);
  reduce->inner = lam_shape_product (shape, to, shape->rank);
}

static bool
set_reduced (const LamStep *step, LamTensorType type, int from, int to,
    bool keeps, GError **error)
{
  const LamShape *shape = &step->inputs[0]->shape;
  int64_t dims[LAM_TENSOR_MAX_RANK];
  int rank = 0;
  for (int i = 0; i < shape->rank; i++) {
    if (i < from || i >= to)
      dims[rank++] = shape->dims[i];
    else if (keeps)
      dims[rank++] = 1;
  }
  return lam_step_set_output (step, 0, type, rank, dims, error);
}

static bool
infer_global (LamStep *step, GError **error)
{
  Reduce *reduce = step->settings = g_new0 (Reduce, 1);
  int rank = step->inputs[0]->shape.rank;
  if (!lam_step_need_floats (step, 1, error)
      || !lam_step_need_rank (step, 0, 2, LAM_TENSOR_MAX_RANK, error))
    return false;
  set_axes (reduce, &step->inputs[0]->shape, 2, rank);
  return set_reduced (step, LAM_TENSOR_F32, 2, rank, true, error);
}

static void
mean_part (gpointer data, int64_t part, int thread)
{
  const LamStep *step = data;
  const Reduce *reduce = step->settings;
  const float *from =
      lam_tensor_floats (step->inputs[0]) + part * reduce->size * reduce->inner;
  float *to = lam_tensor_floats (step->outputs[0]) + part * reduce->inner;
  for (int64_t i = 0; i < reduce->inner; i++) {
    double sum = 0;
    for (int64_t j = 0; j < reduce->size; j++)
      sum += from[j * reduce->inner + i];
    to[i] = (float)(sum / (double)reduce->size);
  }
}

static void
forward_mean (const LamStep *step, LamTeam *team)
{
  const Reduce *reduce = step->settings;
  lam_team_run (team, reduce->outer, mean_part, (gpointer)step);
}

typedef struct {
  const LamStep *step;
  const LamStepGradients *gradients;
} Work;

static void
turn_mean_part (gpointer data, int64_t part, int thread)
{
  const Work *work = data;
  const Reduce *reduce = work->step->settings;
  const float *from = work->gradients->outputs[0] + part * reduce->inner;
  float *to = work->gradients->inputs[0] + part * reduce->size * reduce->inner;
  float share = 1 / (float)reduce->size;
  for (int64_t j = 0; j < reduce->size; j++)
    for (int64_t i = 0; i < reduce->inner; i++)
      to[j * reduce->inner + i] = from[i] * share;
}

static void
backward_mean (
    const LamStep *step, const LamStepGradients *gradients, LamTeam *team)
{
  const Reduce *reduce = step->settings;
  Work work = { step, gradients };
  lam_team_run (team, reduce->outer, turn_mean_part, &work);
}

/* Up to operator set 12 all axes from `axis` on are one. */
static bool
infer_softmax (LamStep *step, GError **error)
{
  Reduce *reduce = step->settings = g_new0 (Reduce, 1);
  const LamShape *shape = &step->inputs[0]->shape;
  bool is_old = step->network->opset < 13;
  int64_t wanted = is_old ? 1 : -1;
  int axis;
  if (!lam_step_need_floats (step, 1, error)
      || !lam_step_get_integer (step, "axis", &wanted, error)
      || !lam_step_need_axis (step, wanted, shape->rank, &axis, error))
    return false;
  set_axes (reduce, shape, axis, is_old ? shape->rank : axis + 1);
  return lam_step_set_output (
      step, 0, LAM_TENSOR_F32, shape->rank, shape->dims, error);
}

#define SOFTMAX_RUN 64

/* `n` neighbours at once: their rows lie side by side in memory. */
static void
softmax_run (const Reduce *reduce, const float *from, float *to, int64_t n)
{
  float highest[SOFTMAX_RUN], sum[SOFTMAX_RUN] = { 0 };
  for (int64_t i = 0; i < n; i++)
    highest[i] = from[i];
  for (int64_t j = 1; j < reduce->size; j++)
    for (int64_t i = 0; i < n; i++)
      highest[i] = MAX (highest[i], from[j * reduce->inner + i]);
  for (int64_t j = 0; j < reduce->size; j++)
    for (int64_t i = 0; i < n; i++) {
      float value = expf (from[j * reduce->inner + i] - highest[i]);
      to[j * reduce->inner + i] = value;
      sum[i] += value;
    }
  for (int64_t j = 0; j < reduce->size; j++)
    for (int64_t i = 0; i < n; i++)
      to[j * reduce->inner + i] /= sum[i];
}

static void
softmax_part (gpointer data, int64_t part, int thread)
{
  const LamStep *step = data;
  const Reduce *reduce = step->settings;
  int64_t runs = (reduce->inner + SOFTMAX_RUN - 1) / SOFTMAX_RUN;
  int64_t first = part % runs * SOFTMAX_RUN;
  int64_t at = part / runs * reduce->size * reduce->inner + first;
  softmax_run (reduce, lam_tensor_floats (step->inputs[0]) + at,
      lam_tensor_floats (step->outputs[0]) + at,
      MIN (SOFTMAX_RUN, reduce->inner - first));
}

static void
forward_softmax (const LamStep *step, LamTeam *team)
{
  const Reduce *reduce = step->settings;
  lam_team_run (team,
      reduce->outer * ((reduce->inner + SOFTMAX_RUN - 1) / SOFTMAX_RUN),
      softmax_part, (gpointer)step);
  step->outputs[0]->size = 1;
}

/* y · (dy − Σ y dy), in which dy may be overwritten. */
static void
turn_softmax_part (gpointer data, int64_t part, int thread)
{
  const Work *work = data;
  const Reduce *reduce = work->step->settings;
  int64_t runs = (reduce->inner + SOFTMAX_RUN - 1) / SOFTMAX_RUN;
  int64_t first = part % runs * SOFTMAX_RUN, inner = reduce->inner;
  int64_t at = part / runs * reduce->size * inner + first;
  int64_t n = MIN (SOFTMAX_RUN, inner - first);
  const float *y = lam_tensor_floats (work->step->outputs[0]) + at;
  const float *from = work->gradients->outputs[0] + at;
  float *to = work->gradients->inputs[0] + at;
  double sum[SOFTMAX_RUN] = { 0 };
  for (int64_t j = 0; j < reduce->size; j++)
    for (int64_t i = 0; i < n; i++)
      sum[i] += (double)y[j * inner + i] * from[j * inner + i];
  for (int64_t j = 0; j < reduce->size; j++)
    for (int64_t i = 0; i < n; i++)
      to[j * inner + i] =
          y[j * inner + i] * (from[j * inner + i] - (float)sum[i]);
}

static void
backward_softmax (
    const LamStep *step, const LamStepGradients *gradients, LamTeam *team)
{
  const Reduce *reduce = step->settings;
  Work work = { step, gradients };
  lam_team_run (team,
      reduce->outer * ((reduce->inner + SOFTMAX_RUN - 1) / SOFTMAX_RUN),
      turn_softmax_part, &work);
}

static bool
infer_best (LamStep *step, bool is_least, GError **error)
{
  Reduce *reduce = step->settings = g_new0 (Reduce, 1);
  const LamShape *shape = &step->inputs[0]->shape;
  int64_t wanted = 0, keeps = 1, takes_last = 0;
  int axis;
  if (!lam_step_need_floats (step, 1, error)
      || !lam_step_get_integer (step, "axis", &wanted, error)
      || !lam_step_get_integer (step, "keepdims", &keeps, error)
      || !lam_step_get_integer (step, "select_last_index", &takes_last, error)
      || !lam_step_need_axis (step, wanted, shape->rank, &axis, error))
    return false;
  set_axes (reduce, shape, axis, axis + 1);
  reduce->takes_last = takes_last != 0;
  reduce->is_least = is_least;
  return set_reduced (step, LAM_TENSOR_I64, axis, axis + 1, keeps != 0, error);
}

static bool
infer_argmax (LamStep *step, GError **error)
{
  return infer_best (step, false, error);
}

static bool
infer_argmin (LamStep *step, GError **error)
{
  return infer_best (step, true, error);
}

static void
best_part (gpointer data, int64_t part, int thread)
{
  const LamStep *step = data;
  const Reduce *reduce = step->settings;
  const float *from =
      lam_tensor_floats (step->inputs[0]) + part * reduce->size * reduce->inner;
  int64_t *to = lam_tensor_integers (step->outputs[0]) + part * reduce->inner;
  for (int64_t i = 0; i < reduce->inner; i++) {
    int64_t best = 0;
    for (int64_t j = 1; j < reduce->size; j++) {
      float value = from[j * reduce->inner + i];
      float so_far = from[best * reduce->inner + i];
      if ((reduce->is_least ? value < so_far : value > so_far)
          || (reduce->takes_last && value == so_far))
        best = j;
    }
    to[i] = best;
  }
}

static void
forward_best (const LamStep *step, LamTeam *team)
{
  const Reduce *reduce = step->settings;
  lam_team_run (team, reduce->outer, best_part, (gpointer)step);
}

static bool
reach_softmax (const LamStep *step, const LamReach *inputs, LamReach *outputs)
{
  const Reduce *reduce = step->settings;
  return lam_reach_around (step, inputs, reduce->outer, reduce->inner, outputs);
}

const LamOperator lam_operator_global_average_pool = {
  .name = "GlobalAveragePool",
  .min_inputs = 1,
  .max_inputs = 1,
  .n_outputs = 1,
  .infer = infer_global,
  .forward = forward_mean,
  .backward = backward_mean,
};

const LamOperator lam_operator_softmax = {
  .name = "Softmax",
  .min_inputs = 1,
  .max_inputs = 1,
  .n_outputs = 1,
  .attributes = (const char *const[]){ "axis", NULL },
  .can_overwrite = true,
  .infer = infer_softmax,
  .forward = forward_softmax,
  .reach = reach_softmax,
  .backward_outputs = 1,
  .backward_can_overwrite = true,
  .backward = backward_softmax,
};

const LamOperator lam_operator_argmax = {
  .name = "ArgMax",
  .min_inputs = 1,
  .max_inputs = 1,
  .n_outputs = 1,
  .attributes =
      (const char *const[]){ "axis", "keepdims", "select_last_index", NULL },
  .infer = infer_argmax,
  .forward = forward_best,
};

const LamOperator lam_operator_argmin = {
  .name = "ArgMin",
  .min_inputs = 1,
  .max_inputs = 1,
  .n_outputs = 1,
  .attributes =
      (const char *const[]){ "axis", "keepdims", "select_last_index", NULL },
  .infer = infer_argmin,
  .forward = forward_best,
};
