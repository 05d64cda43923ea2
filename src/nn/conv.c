/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The operators ConvTranspose and Conv differ only in which way is forward:
 * ONNX lays out the weights of both so that each is the other's adjoint. */
#include "nn/conv.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "base/text.h"
#include "nn/arena.h"
#include "nn/clones.h"
#include "nn/conv-ways.h"
#include "nn/gemm16.h"

void
lam_conv_plan (LamConv *conv)
{
  bool suits_winograd = lam_conv_winograd_suits (conv);
  conv->is_fast = conv->is_fast && lam_gemm16_is_there ()
      && (suits_winograd || lam_conv_spread_suits (conv));
  lam_conv_plan_as (conv,
      conv->is_fast && suits_winograd ? &lam_winograd4
                                      : lam_conv_winograd_choose (conv));
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
  step->wants_size = forward->is_fast;
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
  return &node->prepared[conv->is_fast       ? 3
          : conv->winograd == &lam_winograd4 ? 2
          : conv->winograd                   ? 1
                                             : 0];
}

bool
lam_conv_step_prepare (const LamStep *step, LamTeam *team, GError **error)
{
  const LamConv *conv = &((const LamConvSettings *)step->settings)->forward;
  void **place = get_place (step, conv);
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
  lam_conv_run (&run, team);
  step->outputs[0]->size = lam_size_get (&size);
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
