/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Concat and Gather: copies of whole runs of bytes. */
#include <glib/gi18n-lib.h>
#include <string.h>

#include "nn/operator-table.h"

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
  return lam_step_set_output (
      step, 0, shape.type, shape.rank, shape.dims, error);
}

static void
forward_concat (const LamStep *step, LamTeam *team)
{
  const Join *join = step->settings;
  const LamShape *result = &step->outputs[0]->shape;
  int64_t outer = lam_shape_product (result, 0, join->axis);
  char *to = step->outputs[0]->data;
  for (int64_t row = 0; row < outer; row++)
    for (int i = 0; i < step->node->n_inputs; i++) {
      const LamTensor *input = step->inputs[i];
      size_t bytes = (size_t)lam_shape_product (
                         &input->shape, join->axis, input->shape.rank)
          * lam_tensor_type_get_bytes (result->type);
      memcpy (to, (const char *)input->data + row * (int64_t)bytes, bytes);
      to += bytes;
    }
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

const LamOperator lam_operator_concat = {
  .name = "Concat",
  .min_inputs = 1,
  .max_inputs = -1,
  .n_outputs = 1,
  .attributes = (const char *const[]){ "axis", NULL },
  .infer = infer_concat,
  .forward = forward_concat,
};

const LamOperator lam_operator_gather = {
  .name = "Gather",
  .min_inputs = 2,
  .max_inputs = 2,
  .n_outputs = 1,
  .attributes = (const char *const[]){ "axis", NULL },
  .infer = infer_gather,
  .forward = forward_gather,
};
