/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Concat and Gather: copies of whole runs of bytes. */
#include <glib/gi18n-lib.h>
#include <string.h>

#include "nn/operator-table.h"
#include "nn/reach.h"

typedef struct {
  int axis;
} Join;

static bool
infer_concat (LamStep *step, GError **error)
{
  Join *join = step->settings = g_new0 (Join, 1);
  LamShape shape = step->inputs[0]->shape;
  int64_t wanted = G_MAXINT32;
  if (!lam_step_get_integer (step, "axis", &wanted, error)
      || !lam_step_need_axis (step, wanted, shape.rank, &join->axis, error))
    return false;
  for (int i = 1; i < step->node->n_inputs; i++) {
    LamShape other = step->inputs[i] ? step->inputs[i]->shape : shape;
    int64_t size = other.dims[join->axis];
    bool fits = step->inputs[i] && other.rank == shape.rank;
    other.dims[join->axis] = shape.dims[join->axis];
    if (!fits || !lam_shape_equal (&other, &shape)) {
      other.dims[join->axis] = size;
      g_autofree char *left = lam_shape_to_text (&shape);
      g_autofree char *right = lam_shape_to_text (&other);
      return lam_step_fail (step, error, LAM_ERROR_INPUT,
          _ ("the inputs are %s and %s, which do not fit together"), left,
          right);
    }
    shape.dims[join->axis] += size;
  }
  step->keeps_half = join->axis == 1;
  return lam_step_set_output (
      step, 0, shape.type, shape.rank, shape.dims, error);
}

/* A part is what one input gives to one row of the result. */
typedef struct {
  const LamStep *step;
  const LamStepGradients *gradients; /* NULL: forward */
} Work;

/* Bytes of one row of an input (or the result). */
static int64_t
get_row_bytes (const Join *join, const LamShape *shape)
{
  return lam_shape_product (shape, join->axis, shape->rank)
      * (int64_t)lam_tensor_type_get_bytes (shape->type);
}

static void
concat_part (gpointer data, int64_t part, int thread)
{
  const Work *work = data;
  const LamStep *step = work->step;
  const Join *join = step->settings;
  int n_inputs = step->node->n_inputs, i = (int)(part % n_inputs);
  int64_t row = part / n_inputs;
  int64_t at = row * get_row_bytes (join, &step->outputs[0]->shape);
  int64_t bytes = get_row_bytes (join, &step->inputs[i]->shape);
  for (int j = 0; j < i; j++)
    at += get_row_bytes (join, &step->inputs[j]->shape);
  char *to = (char *)step->outputs[0]->data + at;
  const char *from = (const char *)step->inputs[i]->data + row * bytes;
  if (!work->gradients && to != from)
    memcpy (to, from, (size_t)bytes);
  else if (work->gradients && work->gradients->inputs[i])
    memcpy ((char *)work->gradients->inputs[i] + row * bytes,
        (const char *)work->gradients->outputs[0] + at, (size_t)bytes);
}

static void
run_concat (
    const LamStep *step, const LamStepGradients *gradients, LamTeam *team)
{
  const Join *join = step->settings;
  Work work = { step, gradients };
  int64_t outer = lam_shape_product (&step->outputs[0]->shape, 0, join->axis);
  lam_team_run (team, outer * step->node->n_inputs, concat_part, &work);
}

/* Of 16-bit floats: the channels keep their units. */
static void
join_units (const LamStep *step)
{
  float *to = step->outputs[0]->units;
  for (int i = 0; i < step->node->n_inputs; i++) {
    size_t n = (size_t)step->inputs[i]->shape.dims[1];
    memcpy (to, step->inputs[i]->units, n * sizeof *to);
    to += n;
  }
}

static void
forward_concat (const LamStep *step, LamTeam *team)
{
  run_concat (step, NULL, team);
  if (step->outputs[0]->units)
    join_units (step);
}

static bool
infer_gather (LamStep *step, GError **error)
{
  Join *join = step->settings = g_new0 (Join, 1);
  const LamShape *shape = &step->inputs[0]->shape;
  const LamShape *indices = &step->inputs[1]->shape;
  int64_t wanted = 0, dims[2 * LAM_TENSOR_MAX_RANK];
  int rank = 0;
  if (!lam_step_get_integer (step, "axis", &wanted, error)
      || !lam_step_need_axis (step, wanted, shape->rank, &join->axis, error)
      || !lam_step_need_constant (step, 1, LAM_TENSOR_I64, error))
    return false;
  int64_t size = shape->dims[join->axis];
  for (int64_t i = 0; i < lam_shape_get_count (indices); i++) {
    int64_t index = lam_tensor_integers (step->inputs[1])[i];
    if (index < -size || index >= size)
      return lam_step_fail (step, error, LAM_ERROR_CORRUPT,
          _ ("index %" G_GINT64_FORMAT " is outside of %" G_GINT64_FORMAT
             " elements"),
          index, size);
  }
  for (int i = 0; i < join->axis; i++)
    dims[rank++] = shape->dims[i];
  for (int i = 0; i < indices->rank; i++)
    dims[rank++] = indices->dims[i];
  for (int i = join->axis + 1; i < shape->rank; i++)
    dims[rank++] = shape->dims[i];
  return lam_step_set_output (step, 0, shape->type, rank, dims, error);
}

static void
forward_gather (const LamStep *step, LamTeam *team)
{
  const Join *join = step->settings;
  const LamShape *shape = &step->inputs[0]->shape;
  int64_t size = shape->dims[join->axis];
  int64_t outer = lam_shape_product (shape, 0, join->axis);
  int64_t n = lam_shape_get_count (&step->inputs[1]->shape);
  int64_t bytes = lam_shape_product (shape, join->axis + 1, shape->rank)
      * (int64_t)lam_tensor_type_get_bytes (shape->type);
  const int64_t *indices = lam_tensor_integers (step->inputs[1]);
  char *to = step->outputs[0]->data;
  for (int64_t row = 0; row < outer; row++)
    for (int64_t i = 0; i < n; i++, to += bytes) {
      int64_t index = indices[i] < 0 ? indices[i] + size : indices[i];
      memcpy (to,
          (const char *)step->inputs[0]->data + (row * size + index) * bytes,
          (size_t)bytes);
    }
}

/* An element may be taken many times, by indices in the order they have. */
static void
turn_gather_part (gpointer data, int64_t row, int thread)
{
  const Work *work = data;
  const LamStep *step = work->step;
  const Join *join = step->settings;
  const LamShape *shape = &step->inputs[0]->shape;
  int64_t size = shape->dims[join->axis];
  int64_t inner = lam_shape_product (shape, join->axis + 1, shape->rank);
  int64_t n = lam_shape_get_count (&step->inputs[1]->shape);
  const int64_t *indices = lam_tensor_integers (step->inputs[1]);
  const float *from = work->gradients->outputs[0] + row * n * inner;
  float *to = work->gradients->inputs[0] + row * size * inner;
  memset (to, 0, (size_t)(size * inner) * sizeof *to);
  for (int64_t i = 0; i < n; i++, from += inner) {
    int64_t index = indices[i] < 0 ? indices[i] + size : indices[i];
    for (int64_t j = 0; j < inner; j++)
      to[index * inner + j] += from[j];
  }
}

static void
backward_gather (
    const LamStep *step, const LamStepGradients *gradients, LamTeam *team)
{
  const Join *join = step->settings;
  Work work = { step, gradients };
  lam_team_run (team,
      lam_shape_product (&step->inputs[0]->shape, 0, join->axis),
      turn_gather_part, &work);
}

static bool
reach_concat (const LamStep *step, const LamReach *inputs, LamReach *outputs)
{
  const Join *join = step->settings;
  return lam_reach_pointwise (step, inputs, outputs)
      && outputs[0].axis != join->axis;
}

const LamOperator lam_operator_concat = {
  .name = "Concat",
  .min_inputs = 1,
  .max_inputs = -1,
  .n_outputs = 1,
  .attributes = (const char *const[]){ "axis", NULL },
  .joins_inputs = true,
  .keeps_size = true,
  .infer = infer_concat,
  .forward = forward_concat,
  .reach = reach_concat,
  .backward = run_concat,
};

const LamOperator lam_operator_gather = {
  .name = "Gather",
  .min_inputs = 2,
  .max_inputs = 2,
  .n_outputs = 1,
  .attributes = (const char *const[]){ "axis", NULL },
  .infer = infer_gather,
  .forward = forward_gather,
  .backward_inputs = 2,
  .backward = backward_gather,
};
