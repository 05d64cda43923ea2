/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Functions of one number: a part is a run of numbers. */
#include <glib/gi18n-lib.h>
#include <math.h>

#include "nn/operator-table.h"
#include "nn/reach.h"

#define RUN 16384

typedef struct {
  float alpha, low, high;
  void (*apply) (const float *from, float *to, int64_t n, float alpha,
      float low, float high);
  /* The gradient from that of the result, which it may overwrite; x or y,
   * whichever the row says, is in `at`. */
  void (*turn) (const float *at, const float *from, float *to, int64_t n,
      float alpha, float low, float high);
  int64_t count;
} Unary;

#define FUNCTION(name, expression) \
  static void name (const float *from, float *to, int64_t n, float alpha, \
      float low, float high) \
  { \
    for (int64_t i = 0; i < n; i++) { \
      float x = from[i]; \
      to[i] = (expression); \
    } \
  }

FUNCTION (apply_relu, x < 0 ? 0 : x)
FUNCTION (apply_leaky, x < 0 ? alpha * x : x)
FUNCTION (apply_elu, x < 0 ? alpha * expm1f (x) : x)
FUNCTION (apply_sigmoid, 1 / (1 + expf (-x)))
FUNCTION (apply_tanh, tanhf (x))
FUNCTION (apply_clip, x<low ? low : x> high ? high : x)

#define DERIVATIVE(name, expression) \
  static void name (const float *at, const float *from, float *to, int64_t n, \
      float alpha, float low, float high) \
  { \
    for (int64_t i = 0; i < n; i++) { \
      float v = at[i]; \
      to[i] = from[i] * (expression); \
    } \
  }

/* At 0, and at a limit, as PyTorch does. The first three are of the result. */
DERIVATIVE (turn_relu, v > 0 ? 1.0f : 0.0f)
DERIVATIVE (turn_sigmoid, v *(1 - v))
DERIVATIVE (turn_tanh, 1 - v * v)
DERIVATIVE (turn_leaky, v > 0 ? 1.0f : alpha)
DERIVATIVE (turn_elu, v > 0 ? 1.0f : alpha * expf (v))
DERIVATIVE (turn_clip, v >= low && v <= high ? 1.0f : 0.0f)

static bool
infer_unary (LamStep *step, Unary settings, GError **error)
{
  const LamShape *shape = &step->inputs[0]->shape;
  if (!lam_step_need_floats (step, 3, error)
      || !lam_step_get_float (step, "alpha", &settings.alpha, error))
    return false;
  settings.count = lam_shape_get_count (shape);
  step->settings = g_memdup2 (&settings, sizeof settings);
  return lam_step_set_output (
      step, 0, LAM_TENSOR_F32, shape->rank, shape->dims, error);
}

static bool
infer_relu (LamStep *step, GError **error)
{
  return infer_unary (
      step, (Unary){ .apply = apply_relu, .turn = turn_relu }, error);
}

static bool
infer_leaky (LamStep *step, GError **error)
{
  return infer_unary (step,
      (Unary){ .apply = apply_leaky, .turn = turn_leaky, .alpha = 0.01f },
      error);
}

static bool
infer_elu (LamStep *step, GError **error)
{
  return infer_unary (
      step, (Unary){ .apply = apply_elu, .turn = turn_elu, .alpha = 1 }, error);
}

static bool
infer_sigmoid (LamStep *step, GError **error)
{
  return infer_unary (
      step, (Unary){ .apply = apply_sigmoid, .turn = turn_sigmoid }, error);
}

static bool
infer_tanh (LamStep *step, GError **error)
{
  return infer_unary (
      step, (Unary){ .apply = apply_tanh, .turn = turn_tanh }, error);
}

/* A limit from constant input `i`, which is one number. */
static bool
read_limit (const LamStep *step, int i, float *limit, GError **error)
{
  if (!lam_step_has_input (step, i))
    return true;
  if (!lam_step_need_constant (step, i, LAM_TENSOR_F32, error))
    return false;
  if (lam_shape_get_count (&step->inputs[i]->shape) != 1)
    return lam_step_fail (
        step, error, LAM_ERROR_CORRUPT, _ ("input %d is not one number"), i);
  *limit = lam_tensor_floats (step->inputs[i])[0];
  return true;
}

/* Limits were attributes up to operator set 10. */
static bool
infer_clip (LamStep *step, GError **error)
{
  Unary settings = {
    .apply = apply_clip, .turn = turn_clip, .low = -INFINITY, .high = INFINITY
  };
  return lam_step_get_float (step, "min", &settings.low, error)
      && lam_step_get_float (step, "max", &settings.high, error)
      && read_limit (step, 1, &settings.low, error)
      && read_limit (step, 2, &settings.high, error)
      && infer_unary (step, settings, error);
}

static void
do_part (gpointer data, int64_t part, int thread)
{
  const LamStep *step = data;
  const Unary *settings = step->settings;
  int64_t first = part * RUN;
  settings->apply (lam_tensor_floats (step->inputs[0]) + first,
      lam_tensor_floats (step->outputs[0]) + first,
      MIN (RUN, settings->count - first), settings->alpha, settings->low,
      settings->high);
}

static void
forward (const LamStep *step, LamTeam *team)
{
  const Unary *settings = step->settings;
  lam_team_run (
      team, (settings->count + RUN - 1) / RUN, do_part, (gpointer)step);
}

typedef struct {
  const LamStep *step;
  const LamStepGradients *gradients;
} Work;

static void
turn_part (gpointer data, int64_t part, int thread)
{
  const Work *work = data;
  const LamStep *step = work->step;
  const Unary *settings = step->settings;
  int64_t first = part * RUN;
  const LamTensor *at =
      step->node->row->backward_outputs ? step->outputs[0] : step->inputs[0];
  settings->turn (lam_tensor_floats (at) + first,
      work->gradients->outputs[0] + first, work->gradients->inputs[0] + first,
      MIN (RUN, settings->count - first), settings->alpha, settings->low,
      settings->high);
}

static void
backward (const LamStep *step, const LamStepGradients *gradients, LamTeam *team)
{
  const Unary *settings = step->settings;
  Work work = { step, gradients };
  lam_team_run (team, (settings->count + RUN - 1) / RUN, turn_part, &work);
}

static const char *const with_alpha[] = { "alpha", NULL };

#define ROW(variable, onnx_name, function, most, list, of_result) \
  const LamOperator variable = { \
    .name = onnx_name, \
    .min_inputs = 1, \
    .max_inputs = most, \
    .n_outputs = 1, \
    .attributes = list, \
    .can_overwrite = true, \
    .infer = function, \
    .forward = forward, \
    .reach = lam_reach_pointwise, \
    .backward_inputs = !(of_result), \
    .backward_outputs = (of_result), \
    .backward_can_overwrite = true, \
    .backward = backward, \
  }

ROW (lam_operator_relu, "Relu", infer_relu, 1, NULL, true);
ROW (lam_operator_leaky_relu, "LeakyRelu", infer_leaky, 1, with_alpha, false);
ROW (lam_operator_elu, "Elu", infer_elu, 1, with_alpha, false);
ROW (lam_operator_sigmoid, "Sigmoid", infer_sigmoid, 1, NULL, true);
ROW (lam_operator_tanh, "Tanh", infer_tanh, 1, NULL, true);
static const char *const with_limits[] = { "max", "min", NULL };
ROW (lam_operator_clip, "Clip", infer_clip, 3, with_limits, false);
