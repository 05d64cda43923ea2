/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Conv: input n, c, (z, y,) x; weights k, c / groups, (z, y,) x; bias k. */
#include <glib/gi18n-lib.h>

#include "nn/conv.h"
#include "nn/operator-table.h"
#include "nn/reach.h"

static bool
check_channels (const LamStep *step, const LamConv *conv, GError **error)
{
  const LamShape *weights = &step->inputs[1]->shape;
  int64_t channels = conv->window.channels, groups = conv->groups;
  if (groups < 1 || channels % groups || weights->dims[0] % groups
      || weights->dims[0] < 1)
    return lam_step_fail (step, error, LAM_ERROR_CORRUPT,
        _ ("%" G_GINT64_FORMAT " channels and %" G_GINT64_FORMAT
           " filters do not fall into %" G_GINT64_FORMAT " groups"),
        channels, weights->dims[0], groups);
  if (weights->dims[1] != channels / groups)
    return lam_step_fail (step, error, LAM_ERROR_CORRUPT,
        _ ("the weights are for %" G_GINT64_FORMAT
           " channels, but there are %" G_GINT64_FORMAT),
        weights->dims[1] * groups, channels);
  if (lam_step_has_input (step, 2)
      && (step->inputs[2]->shape.rank != 1
          || step->inputs[2]->shape.dims[0] != weights->dims[0]))
    return lam_step_fail (step, error, LAM_ERROR_CORRUPT,
        _ ("the bias is not one number for each of %" G_GINT64_FORMAT
           " filters"),
        weights->dims[0]);
  return true;
}

static bool
infer (LamStep *step, GError **error)
{
  LamConvSettings *settings = step->settings = g_new0 (LamConvSettings, 1);
  LamConv *conv = &settings->forward;
  conv->groups = 1;
  if (!lam_step_need_floats (step, 3, error)
      || !lam_step_need_rank (step, 0, 3, 5, error)
      || !lam_step_need_rank (step, 1, step->inputs[0]->shape.rank,
          step->inputs[0]->shape.rank, error)
      || !lam_step_get_integer (step, "group", &conv->groups, error)
      || !lam_window_read (step, LAM_WINDOW_FORWARD, &step->inputs[1]->shape,
          &conv->window, error)
      || !check_channels (step, conv, error))
    return false;
  conv->filters = step->inputs[1]->shape.dims[0];
  if (!lam_window_set_output (step, &conv->window, conv->filters, error))
    return false;
  int64_t volume = lam_product3 (conv->window.out);
  int64_t depth =
      conv->window.channels / conv->groups * lam_product3 (conv->window.kernel);
  if (volume > G_MAXINT32 || depth > G_MAXINT32
      || lam_product3 (conv->window.in) > G_MAXINT32)
    return lam_step_fail (step, error, LAM_ERROR_LIMIT,
        _ ("more than %d voxels in a channel"), G_MAXINT32);
  step->flops = 2.0 * (double)depth * (double)volume * (double)conv->filters
      * (double)conv->window.batch;
  lam_conv_step_plan (step);
  return true;
}

static bool
reach (const LamStep *step, const LamReach *inputs, LamReach *outputs)
{
  const LamConvSettings *settings = step->settings;
  return lam_reach_window (
      step, inputs, &settings->forward.window, LAM_WINDOW_FORWARD, outputs);
}

const LamOperator lam_operator_conv = {
  .name = "Conv",
  .min_inputs = 2,
  .max_inputs = 3,
  .n_outputs = 1,
  .attributes = (const char *const[]){ "auto_pad", "dilations", "group",
      "kernel_shape", "pads", "strides", NULL },
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
