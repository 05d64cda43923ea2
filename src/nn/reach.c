/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "nn/reach.h"

/* a / b rounded down, b > 0. */
static int64_t
divide_down (int64_t a, int64_t b)
{
  return a / b - (a % b < 0);
}

static int64_t
find_divisor (int64_t a, int64_t b)
{
  while (b) {
    int64_t rest = a % b;
    a = b;
    b = rest;
  }
  return a;
}

void
lam_reach_scale (LamReach *reach, int64_t voxels, int64_t parts)
{
  int64_t top = reach->voxels * voxels, bottom = reach->parts * parts;
  int64_t divisor = find_divisor (top, bottom);
  reach->voxels = top / divisor;
  reach->parts = bottom / divisor;
}

/* Where the axis `axis` of input `i` lies in the result. */
static int
find_axis (const LamStep *step, int i, int axis)
{
  return axis + step->outputs[0]->shape.rank - step->inputs[i]->shape.rank;
}

/* Both go on the same way; `to` is known where both are. */
static bool
meet (LamReach *to, const LamReach *other)
{
  to->first = MAX (to->first, other->first);
  to->end = MIN (to->end, other->end);
  return to->axis == other->axis && to->voxels == other->voxels
      && to->parts == other->parts;
}

bool
lam_reach_pointwise (
    const LamStep *step, const LamReach *inputs, LamReach *outputs)
{
  const LamShape *shape = &step->outputs[0]->shape;
  LamReach reach = { .axis = LAM_REACH_NONE };
  for (int i = 0; i < step->node->n_inputs; i++) {
    if (!step->inputs[i] || inputs[i].axis == LAM_REACH_NONE)
      continue;
    LamReach one = inputs[i];
    one.axis = find_axis (step, i, one.axis);
    if (step->inputs[i]->shape.dims[inputs[i].axis] != shape->dims[one.axis]
        || (reach.axis != LAM_REACH_NONE && !meet (&one, &reach)))
      return false;
    reach = one;
  }
  /* A constant that differs from place to place does not go with the image. */
  for (int i = 0; i < step->node->n_inputs; i++) {
    if (!step->inputs[i] || inputs[i].axis != LAM_REACH_NONE)
      continue;
    int axis = reach.axis - find_axis (step, i, 0);
    if (axis >= 0 && step->inputs[i]->shape.dims[axis] > 1)
      return false;
  }
  outputs[0] = reach;
  return true;
}

bool
lam_reach_first (const LamStep *step, const LamReach *inputs, LamReach *outputs)
{
  for (int i = 1; i < step->node->n_inputs; i++)
    if (step->inputs[i] && inputs[i].axis != LAM_REACH_NONE)
      return false;
  outputs[0] = inputs[0];
  return true;
}

/* The axis of the same length with as many elements in front. The image's axis
 * is longer than 1, so that there is one at most. */
bool
lam_reach_view (const LamStep *step, const LamReach *inputs, LamReach *outputs)
{
  const LamShape *from = &step->inputs[0]->shape;
  const LamShape *to = &step->outputs[0]->shape;
  if (!lam_reach_first (step, inputs, outputs))
    return false;
  int64_t before = lam_shape_product (from, 0, inputs[0].axis);
  for (int i = 0; i < to->rank; i++)
    if (to->dims[i] == from->dims[inputs[0].axis]
        && lam_shape_product (to, 0, i) == before) {
      outputs[0].axis = i;
      return true;
    }
  return false;
}

bool
lam_reach_around (const LamStep *step, const LamReach *inputs, int64_t outer,
    int64_t inner, LamReach *outputs)
{
  const LamShape *shape = &step->inputs[0]->shape;
  int axis = inputs[0].axis;
  return lam_reach_first (step, inputs, outputs)
      && (lam_shape_product (shape, 0, axis + 1) <= outer
          || lam_shape_product (shape, axis, shape->rank) <= inner);
}

bool
lam_reach_window (const LamStep *step, const LamReach *inputs,
    const LamWindow *window, LamWindowKind kind, LamReach *outputs)
{
  int axis = inputs[0].axis;
  if (!lam_reach_first (step, inputs, outputs) || axis < 2)
    return false;
  int i = axis - 2 + 3 - window->n_axes;
  int64_t stride = window->stride[i], before = window->before[i];
  int64_t reach = (window->kernel[i] - 1) * window->dilation[i];
  LamReach *to = &outputs[0];
  if (kind == LAM_WINDOW_TRANSPOSED) {
    /* The last element that is not known reaches so far. */
    to->first = stride * (to->first - 1) - before + reach + 1;
    to->end = stride * to->end - before;
    lam_reach_scale (to, 1, stride);
  } else {
    to->first = -divide_down (-(to->first + before), stride);
    to->end = divide_down (to->end - 1 - reach + before, stride) + 1;
    lam_reach_scale (to, stride, 1);
  }
  return true;
}
