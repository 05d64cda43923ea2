/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The operators ConvTranspose and Conv differ only in which way is forward:
 * ONNX lays out the weights of both so that each is the other's adjoint. */
#include "nn/conv.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

#include "base/clones.h"
#include "base/text.h"
#include "nn/arena.h"
#include "nn/conv-ways.h"
#include "nn/gemm16.h"
#include "nn/half.h"
#include "nn/size.h"

/* Whether it is fast, and NULL or the tiles that are best. */
static const LamWinograd *
choose_way (LamConv *conv)
{
  bool is_wanted = conv->is_fast && lam_gemm16_is_there ();
  conv->is_fast = is_wanted;
  if (is_wanted && lam_conv_gemm16_is_better (conv))
    return NULL;
  if (is_wanted && lam_conv_winograd_suits (conv))
    return &lam_winograd4;
  const LamWinograd *winograd = lam_conv_winograd_choose (conv);
  conv->is_fast = is_wanted && !winograd
      && (lam_conv_spread_suits (conv) || lam_conv_gemm16_suits (conv));
  return winograd;
}

void
lam_conv_plan (LamConv *conv)
{
  bool is_wanted = conv->is_fast && lam_gemm16_is_there ();
  lam_conv_plan_as (conv, choose_way (conv));
  conv->reads_half = conv->is_fast && (conv->winograd || conv->is_spread);
  conv->writes_half = conv->is_fast
      || (is_wanted && !conv->winograd && !conv->is_spread
          && !conv->is_adjoint);
}

void
lam_conv_plan_as (LamConv *conv, const LamWinograd *winograd)
{
  conv->winograd = winograd;
  conv->is_spread = false;
  if (conv->winograd)
    lam_conv_winograd_plan (conv);
  else if (lam_conv_spread_suits (conv))
    lam_conv_spread_plan (conv);
  else if (conv->is_adjoint)
    lam_conv_adjoint_plan (conv);
  else if (conv->is_fast)
    lam_conv_gemm16_plan (conv);
  else
    lam_conv_gemm_plan (conv);
}

void
lam_conv_prepare (
    const LamConv *conv, const float *weights, float *to, LamTeam *team)
{
  if (conv->winograd)
    lam_conv_winograd_prepare (conv, weights, to, team);
  else if (conv->is_spread)
    lam_conv_spread_prepare (conv, weights, to, team);
  else if (conv->is_adjoint)
    lam_conv_adjoint_prepare (conv, weights, to, team);
  else if (conv->is_fast)
    lam_conv_gemm16_prepare (conv, weights, to, team);
}

void
lam_conv_run (const LamConvRun *run, LamTeam *team)
{
  if (run->conv->winograd)
    lam_conv_winograd_run (run, team);
  else if (run->conv->is_spread)
    lam_conv_spread_run (run, team);
  else if (run->conv->is_adjoint)
    lam_conv_adjoint_run (run, team);
  else if (run->conv->is_fast)
    lam_conv_gemm16_run (run, team);
  else
    lam_conv_gemm_run (run, team);
}

void
lam_conv_gradient_plan (LamConvGradient *gradient)
{
  LamConv *conv = &gradient->conv;
  conv->winograd = lam_conv_winograd_suits (conv) ? &lam_winograd4 : NULL;
  if (conv->winograd)
    lam_conv_winograd_gradient_plan (gradient);
  else
    lam_conv_gemm_gradient_plan (gradient);
}

void
lam_conv_gradient_run (const LamStep *step, const LamConvGradient *gradient,
    const float *image, const float *result, float *to, LamTeam *team)
{
  if (gradient->conv.winograd)
    lam_conv_winograd_gradient_run (step, gradient, image, result, to, team);
  else
    lam_conv_gemm_gradient_run (step, gradient, image, result, to, team);
}

typedef struct {
  const float *result;
  int64_t batch, n, volume;
  float *to;
} BiasSums;

#define LANES 16

LAM_CLONES static double
add_up (const float *values, int64_t n)
{
  double sums[LANES] = { 0 }, sum = 0;
  int64_t i = 0;
  for (; i + LANES <= n; i += LANES)
    for (int lane = 0; lane < LANES; lane++)
      sums[lane] += values[i + lane];
  for (; i < n; i++)
    sum += values[i];
  for (int lane = 0; lane < LANES; lane++)
    sum += sums[lane];
  return sum;
}

static void
add_channel (gpointer data, int64_t part, int thread)
{
  const BiasSums *sums = data;
  double sum = 0;
  for (int64_t i = 0; i < sums->batch; i++)
    sum += add_up (
        sums->result + (i * sums->n + part) * sums->volume, sums->volume);
  sums->to[part] = (float)sum;
}

void
lam_conv_gradient_bias (const float *result, int64_t batch, int64_t n,
    int64_t volume, float *to, LamTeam *team)
{
  BiasSums sums = { result, batch, n, volume, to };
  lam_team_run (team, n, add_channel, &sums);
}

void
lam_conv_step_plan (LamStep *step)
{
  LamConvSettings *settings = step->settings;
  LamConv *forward = &settings->forward, *backward = &settings->backward;
  *backward = *forward;
  backward->is_adjoint = !forward->is_adjoint;
  settings->gradient.conv = *forward;
  forward->is_fast = step->is_fast;
  lam_conv_plan (forward);
  lam_conv_plan (backward);
  lam_conv_gradient_plan (&settings->gradient);
  step->wants_size = forward->is_fast || forward->writes_half;
  step->reads_half = forward->reads_half;
  step->writes_half = forward->writes_half;
  step->scratch_bytes = forward->scratch_bytes;
  step->shared_bytes = forward->prepared_bytes;
  step->backward_scratch_bytes =
      MAX (backward->scratch_bytes, settings->gradient.scratch_bytes);
  step->backward_shared_bytes =
      MAX (backward->prepared_bytes, settings->gradient.shared_bytes);
}

/* Where a node keeps the weights for the way that the pass goes: plans for
 * different sizes may go different ways. */
static void **
get_place (const LamStep *step, const LamConv *conv)
{
  LamNode *node = (LamNode *)step->node;
  bool is_gathered = !conv->winograd && !conv->is_spread;
  return &node->prepared[conv->is_fast && is_gathered ? 4
          : conv->is_fast                             ? 3
          : conv->winograd == &lam_winograd4          ? 2
          : conv->winograd                            ? 1
                                                      : 0];
}

bool
lam_conv_step_prepare (const LamStep *step, LamTeam *team, GError **error)
{
  LamConvSettings *settings = step->settings;
  const LamConv *conv = &settings->forward;
  void **place = get_place (step, conv);
  if (step->outputs[0]->units)
    settings->gain =
        lam_conv_find_gain (conv, lam_tensor_floats (step->inputs[1]));
  if (!conv->prepared_bytes || *place)
    return true;
  *place = lam_arena_allocate (conv->prepared_bytes);
  if (!*place) {
    g_autofree char *bytes = lam_text_bytes (conv->prepared_bytes);
    return lam_step_fail (step, error, LAM_ERROR_LIMIT,
        _ ("its transformed weights need %s of memory, which are not there"),
        bytes);
  }
  lam_conv_prepare (conv, lam_tensor_floats (step->inputs[1]), *place, team);
  return true;
}

/* The weights as the way wants them: kept with the node, or made now. */
static const float *
get_prepared (const LamStep *step, const LamConv *conv, LamTeam *team)
{
  const float *weights = lam_tensor_floats (step->inputs[1]);
  if (!conv->prepared_bytes)
    return weights;
  if (!step->shared)
    return *get_place (step, conv);
  lam_conv_prepare (conv, weights, (float *)step->shared, team);
  return (const float *)step->shared;
}

/* Of n numbers. */
LAM_CLONES static double
add_sizes (const float *from, int64_t n)
{
  double sums[LANES] = { 0 }, sum = 0;
  int64_t i = 0;
  for (; i + LANES <= n; i += LANES)
    for (int lane = 0; lane < LANES; lane++)
      sums[lane] += from[i + lane] < 0 ? -from[i + lane] : from[i + lane];
  for (; i < n; i++)
    sum += from[i] < 0 ? -from[i] : from[i];
  for (int lane = 0; lane < LANES; lane++)
    sum += sums[lane];
  return sum;
}

double
lam_conv_find_gain (const LamConv *conv, const float *weights)
{
  int64_t taps = lam_product3 (conv->window.kernel);
  int64_t channels = conv->window.channels / conv->groups;
  double gain = 0;
  for (int64_t k = 0; k < conv->filters && !conv->is_adjoint; k++) {
    double sum = add_sizes (weights + k * channels * taps, channels * taps);
    gain = MAX (gain, sum);
  }
  for (int64_t c = 0; c < channels && conv->is_adjoint; c++) {
    double sum = 0;
    for (int64_t k = 0; k < conv->filters; k++)
      sum += add_sizes (weights + (k * channels + c) * taps, taps);
    gain = MAX (gain, sum);
  }
  return gain;
}

/* No number of the input is larger. */
static float
get_size (const LamStep *step)
{
  const LamTensor *input = step->inputs[0];
  float size = input->size;
  if (size > 0 && isfinite (size))
    return size;
  size = 0;
  for (int64_t c = 0; input->units && c < input->shape.dims[1]; c++)
    size = MAX (size, LAM_HALF_MOST * input->units[c]);
  return input->units ? size
                      : lam_size_find (lam_tensor_floats (input),
                          lam_shape_get_count (&input->shape), 0, 0);
}

/* Where the result is of 16-bit floats: what they are counted in. */
static float
find_unit (const LamStep *step, float from_size)
{
  const LamConvSettings *settings = step->settings;
  const LamTensor *bias = lam_step_has_input (step, 2) ? step->inputs[2] : NULL;
  double gain = step->shared ? lam_conv_find_gain (
                    &settings->forward, lam_tensor_floats (step->inputs[1]))
                             : settings->gain;
  double most = bias
      ? lam_size_find (lam_tensor_floats (bias), bias->shape.dims[0], 0, 0)
      : 0;
  return lam_half_find_unit (
      (from_size * gain + most) * MAX (1, fabs (step->node->activation.slope)));
}

static void
set_halves (const LamStep *step, LamConvRun *run)
{
  const LamTensor *from = step->inputs[0];
  LamTensor *to = step->outputs[0];
  if (from->units) {
    run->from = NULL;
    run->halves = lam_tensor_halves (from);
    run->units = from->units;
  }
  if (!to->units)
    return;
  run->to = NULL;
  run->to_halves = lam_tensor_halves (to);
  float size = get_size (step);
  /* What is no number has to be found where it lies. */
  if (!from->units)
    run->from_size = size;
  run->to_unit = find_unit (step, size);
  for (int64_t c = 0; c < to->shape.dims[1]; c++)
    to->units[c] = run->to_unit;
}

void
lam_conv_step_forward (const LamStep *step, LamTeam *team)
{
  const LamConvSettings *settings = step->settings;
  LamSize size = { 0 };
  LamConvRun run = {
    .step = step,
    .conv = &settings->forward,
    .from = lam_tensor_floats (step->inputs[0]),
    .prepared = get_prepared (step, &settings->forward, team),
    .bias = lam_step_has_input (step, 2) ? lam_tensor_floats (step->inputs[2])
                                         : NULL,
    .activation = step->node->activation,
    .to = lam_tensor_floats (step->outputs[0]),
    .from_size = step->inputs[0]->size,
    .size = step->outputs[0]->wants_size ? &size : NULL,
  };
  set_halves (step, &run);
  lam_conv_run (&run, team);
  step->outputs[0]->size = lam_size_get (&size);
  if (run.to_halves && run.size)
    step->outputs[0]->size =
        lam_half_grow (step->outputs[0]->size, run.to_unit);
}

void
lam_conv_step_backward (
    const LamStep *step, const LamStepGradients *gradients, LamTeam *team)
{
  const LamConvSettings *settings = step->settings;
  const LamShape *shape = &step->outputs[0]->shape;
  const float *from = gradients->outputs[0];
  const float *input = lam_tensor_floats (step->inputs[0]);
  if (gradients->inputs[0]) {
    LamConvRun run = { .step = step,
      .conv = &settings->backward,
      .from = from,
      .prepared = get_prepared (step, &settings->backward, team),
      .activation = LAM_ACTIVATION_NONE,
      .to = gradients->inputs[0] };
    lam_conv_run (&run, team);
  }
  if (gradients->inputs[1] && settings->forward.is_adjoint)
    lam_conv_gradient_run (
        step, &settings->gradient, from, input, gradients->inputs[1], team);
  else if (gradients->inputs[1])
    lam_conv_gradient_run (
        step, &settings->gradient, input, from, gradients->inputs[1], team);
  if (lam_step_has_input (step, 2) && gradients->inputs[2])
    lam_conv_gradient_bias (from, shape->dims[0], shape->dims[1],
        lam_shape_product (shape, 2, shape->rank), gradients->inputs[2], team);
}
