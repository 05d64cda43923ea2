/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* ConvTranspose: weights c, k / groups, (z, y,) x. It is the adjoint of the
 * convolution that has its result as image. */
#include <glib/gi18n-lib.h>

#include "nn/conv.h"
#include "nn/operator-table.h"
#include "nn/reach.h"

static bool
check_channels (const LamStep *step, int64_t channels, int64_t groups,
    int64_t filters, GError **error)
{
  const LamShape *weights = &step->inputs[1]->shape;
  if (groups < 1 || channels % groups || weights->dims[0] != channels
      || weights->dims[1] < 1 || groups > channels)
    return lam_step_fail (step, error, LAM_ERROR_CORRUPT,
        _ ("the weights are for %" G_GINT64_FORMAT
           " channels, but there are %" G_GINT64_FORMAT " in %" G_GINT64_FORMAT
           " groups"),
        weights->dims[0], channels, groups);
  if (lam_step_has_input (step, 2)
      && lam_shape_get_count (&step->inputs[2]->shape) != filters)
    return lam_step_fail (step, error, LAM_ERROR_CORRUPT,
        _ ("the bias is not one number for each of %" G_GINT64_FORMAT
           " filters"),
        filters);
  return true;
}

/* The convolution whose adjoint `window` is. */
static void
set_adjoint (LamConv *conv, const LamWindow *window, int64_t filters)
{
  conv->is_adjoint = true;
  conv->window = *window;
  conv->window.channels = filters;
  conv->filters = window->channels;
  for (int i = 0; i < 3; i++) {
    conv->window.in[i] = window->out[i];
    conv->window.out[i] = window->in[i];
  }
}

static bool
infer (LamStep *step, GError **error)
{
  LamConvSettings *settings = step->settings = g_new0 (LamConvSettings, 1);
  LamConv *conv = &settings->forward;
  LamWindow window;
  const LamShape *weights = &step->inputs[1]->shape;
  conv->groups = 1;
  if (!lam_step_need_floats (step, 3, error)
      || !lam_step_need_rank (step, 0, 3, 5, error)
      || !lam_step_need_rank (step, 1, step->inputs[0]->shape.rank,
          step->inputs[0]->shape.rank, error)
      || !lam_step_get_integer (step, "group", &conv->groups, error)
      || !lam_window_read (
          step, LAM_WINDOW_TRANSPOSED, weights, &window, error))
    return false;
  int64_t filters = weights->dims[1] * conv->groups;
  if (!check_channels (step, window.channels, conv->groups, filters, error)
      || !lam_window_set_output (step, &window, filters, error))
    return false;
  int64_t depth = weights->dims[1] * lam_product3 (window.kernel);
  int64_t in = lam_product3 (window.in), out = lam_product3 (window.out);
  if (depth > G_MAXINT32 || in > G_MAXINT32 || out > G_MAXINT32)
    return lam_step_fail (step, error, LAM_ERROR_LIMIT,
        _ ("more than %d voxels in a channel"), G_MAXINT32);
  step->flops = 2.0 * (double)depth * (double)window.channels * (double)in
      * (double)window.batch;
  set_adjoint (conv, &window, filters);
  lam_conv_step_plan (step);
  return true;
}

static bool
reach (const LamStep *step, const LamReach *inputs, LamReach *outputs)
{
  const LamConvSettings *settings = step->settings;
  return lam_reach_window (
      step, inputs, &settings->forward.window, LAM_WINDOW_TRANSPOSED, outputs);
}

const LamOperator lam_operator_conv_transpose = {
  .name = "ConvTranspose",
  .min_inputs = 2,
  .max_inputs = 3,
  .n_outputs = 1,
  .attributes =
      (const char *const[]){ "auto_pad", "dilations", "group", "kernel_shape",
          "output_padding", "output_shape", "pads", "strides", NULL },
  .has_activation = true,
  .infer = infer,
  .prepare = lam_conv_step_prepare,
  .prepared_inputs = 1 << 1,
  .forward = lam_conv_step_forward,
  .reach = reach,
  .trained_inputs = 1 << 1 | 1 << 2,
  .backward_inputs = 1 << 0 | 1 << 1,
  .backward = lam_conv_step_backward,
};
