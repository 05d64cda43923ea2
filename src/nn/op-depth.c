/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* DepthToSpace and SpaceToDepth: blocks of pixels become channels and back. A
 * part is a row of the result, which is made of one or several interleaved
 * runs of the input. */
#include <glib/gi18n-lib.h>
#include <string.h>

#include "nn/operator-table.h"
#include "nn/reach.h"

typedef struct {
  int64_t block;
  bool to_depth, is_crd; /* the channel comes before its block */
} Depth;

static bool
infer_depth (LamStep *step, bool to_depth, GError **error)
{
  Depth *depth = step->settings = g_new0 (Depth, 1);
  const LamShape *shape = &step->inputs[0]->shape;
  const char *mode = "DCR";
  depth->to_depth = to_depth;
  if (!lam_step_need_floats (step, 1, error)
      || !lam_step_need_rank (step, 0, 4, 4, error)
      || !lam_step_get_integer (step, "blocksize", &depth->block, error)
      || !lam_step_get_text (step, "mode", &mode, error))
    return false;
  int64_t b = depth->block, c = shape->dims[1];
  depth->is_crd = strcmp (mode, "CRD") == 0;
  if (!depth->is_crd && strcmp (mode, "DCR") != 0)
    return lam_step_fail (step, error, LAM_ERROR_UNSUPPORTED,
        _ ("the mode “%s” is not understood"), mode);
  if (b < 1 || b > G_MAXINT16
      || (to_depth ? shape->dims[2] % b || shape->dims[3] % b : c % (b * b)))
    return lam_step_fail (step, error, LAM_ERROR_CORRUPT,
        _ ("blocks of %" G_GINT64_FORMAT " do not fit"), b);
  const int64_t shallow[4] = { shape->dims[0], c / (b * b), shape->dims[2] * b,
    shape->dims[3] * b };
  const int64_t deep[4] = { shape->dims[0], c * b * b, shape->dims[2] / b,
    shape->dims[3] / b };
  return lam_step_set_output (
      step, 0, LAM_TENSOR_F32, 4, to_depth ? deep : shallow, error);
}

static bool
infer_to_space (LamStep *step, GError **error)
{
  return infer_depth (step, false, error);
}

static bool
infer_to_depth (LamStep *step, GError **error)
{
  return infer_depth (step, true, error);
}

/* The element of the input that place `phase` of a row is taken from. */
static int64_t
find_run (const LamStep *step, int64_t row, int64_t phase)
{
  const Depth *depth = step->settings;
  const int64_t *in = step->inputs[0]->shape.dims;
  const int64_t *out = step->outputs[0]->shape.dims;
  int64_t y = row % out[2], c = row / out[2] % out[1];
  int64_t image = row / out[2] / out[1], b = depth->block;
  if (depth->to_depth) {
    int64_t place = c / in[1];
    return ((image * in[1] + c % in[1]) * in[2] + y * b + place / b) * in[3]
        + place % b;
  }
  int64_t place = y % b * b + phase;
  int64_t channel = depth->is_crd ? c * b * b + place : place * out[1] + c;
  return ((image * in[1] + channel) * in[2] + y / b) * in[3];
}

typedef struct {
  const LamStep *step;
  const float *from;
  float *to;
  bool is_back; /* from the result's gradient to the input's */
} Copy;

static void
copy_row (gpointer data, int64_t row, int thread)
{
  const Copy *copy = data;
  const Depth *depth = copy->step->settings;
  int64_t width = copy->step->outputs[0]->shape.dims[3];
  int64_t phases = depth->to_depth ? 1 : depth->block;
  int64_t pace = depth->to_depth ? depth->block : 1;
  for (int64_t phase = 0; phase < phases; phase++) {
    int64_t in = find_run (copy->step, row, phase);
    int64_t out = row * width + phase;
    for (int64_t i = 0; i < width / phases; i++)
      if (copy->is_back)
        copy->to[in + i * pace] = copy->from[out + i * phases];
      else
        copy->to[out + i * phases] = copy->from[in + i * pace];
  }
}

static void
forward (const LamStep *step, LamTeam *team)
{
  Copy copy = { step, lam_tensor_floats (step->inputs[0]),
    lam_tensor_floats (step->outputs[0]), false };
  lam_team_run (team, lam_shape_product (&step->outputs[0]->shape, 0, 3),
      copy_row, &copy);
}

static void
backward (const LamStep *step, const LamStepGradients *gradients, LamTeam *team)
{
  Copy copy = { step, gradients->outputs[0], gradients->inputs[0], true };
  if (copy.from && copy.to)
    lam_team_run (team, lam_shape_product (&step->outputs[0]->shape, 0, 3),
        copy_row, &copy);
}

static bool
reach (const LamStep *step, const LamReach *inputs, LamReach *outputs)
{
  const Depth *depth = step->settings;
  LamReach *to = &outputs[0];
  int64_t block = depth->block;
  *to = inputs[0];
  if (depth->to_depth) {
    to->first = (to->first + block - 1) / block;
    to->end /= block;
    lam_reach_scale (to, block, 1);
  } else {
    to->first *= block;
    to->end *= block;
    lam_reach_scale (to, 1, block);
  }
  return to->axis >= 2;
}

const LamOperator lam_operator_depth_to_space = {
  .name = "DepthToSpace",
  .min_inputs = 1,
  .max_inputs = 1,
  .n_outputs = 1,
  .attributes = (const char *const[]){ "blocksize", "mode", NULL },
  .infer = infer_to_space,
  .forward = forward,
  .reach = reach,
  .backward = backward,
};

const LamOperator lam_operator_space_to_depth = {
  .name = "SpaceToDepth",
  .min_inputs = 1,
  .max_inputs = 1,
  .n_outputs = 1,
  .attributes = (const char *const[]){ "blocksize", NULL },
  .infer = infer_to_depth,
  .forward = forward,
  .reach = reach,
  .backward = backward,
};
