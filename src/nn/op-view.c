/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Operators whose result has the bytes of their input: in a plan they cost
 * nothing; `forward` copies, and is only used on constants. */
#include <glib/gi18n-lib.h>
#include <string.h>

#include "nn/operator-table.h"

static void
forward (const LamStep *step, LamTeam *team)
{
  memcpy (step->outputs[0]->data, step->inputs[0]->data,
      (size_t)lam_shape_get_bytes (&step->inputs[0]->shape));
}

static bool
infer_same (LamStep *step, GError **error)
{
  const LamShape *shape = &step->inputs[0]->shape;
  return lam_step_set_output (
      step, 0, shape->type, shape->rank, shape->dims, error);
}

/* Sets the output, which must have as many elements as the input. */
static bool
set_reshaped (
    const LamStep *step, int rank, const int64_t *dims, GError **error)
{
  const LamShape *shape = &step->inputs[0]->shape;
  if (!lam_step_set_output (step, 0, shape->type, rank, dims, error))
    return false;
  const LamShape *result = &step->outputs[0]->shape;
  if (lam_shape_get_count (result) == lam_shape_get_count (shape))
    return true;
  g_autofree char *from = lam_shape_to_text (shape);
  g_autofree char *to = lam_shape_to_text (result);
  return lam_step_fail (step, error, LAM_ERROR_INPUT,
      _ ("%s cannot be seen as %s: the number of elements differs"), from, to);
}

static bool
infer_reshape (LamStep *step, GError **error)
{
  const LamShape *shape = &step->inputs[0]->shape;
  const int64_t *wanted = NULL;
  int rank = 0, open = -1;
  int64_t allow_zero = 0, dims[LAM_TENSOR_MAX_RANK], known = 1;
  if (!lam_step_get_integer (step, "allowzero", &allow_zero, error)
      || !lam_step_get_list (step, NULL, 1, &wanted, &rank, error))
    return false;
  if (rank > LAM_TENSOR_MAX_RANK)
    return lam_step_set_output (step, 0, shape->type, rank, NULL, error);
  for (int i = 0; i < rank; i++) {
    dims[i] = wanted[i];
    if (dims[i] == 0 && !allow_zero && i < shape->rank)
      dims[i] = shape->dims[i];
    if (dims[i] == -1 && open < 0)
      open = i;
    else if (dims[i] < 0 || dims[i] > LAM_TENSOR_MAX_COUNT / known)
      return lam_step_fail (step, error, LAM_ERROR_CORRUPT,
          _ ("axis %d of the new shape is %" G_GINT64_FORMAT), i, dims[i]);
    else
      known *= MAX (dims[i], 1);
  }
  if (open >= 0)
    dims[open] = lam_shape_get_count (shape) / known;
  return set_reshaped (step, rank, dims, error);
}

static bool
infer_flatten (LamStep *step, GError **error)
{
  const LamShape *shape = &step->inputs[0]->shape;
  int64_t wanted = 1;
  int axis = 0;
  if (!lam_step_get_integer (step, "axis", &wanted, error))
    return false;
  if (wanted == shape->rank)
    axis = shape->rank;
  else if (!lam_step_need_axis (step, wanted, shape->rank, &axis, error))
    return false;
  const int64_t dims[2] = { lam_shape_product (shape, 0, axis),
    lam_shape_product (shape, axis, shape->rank) };
  return set_reshaped (step, 2, dims, error);
}

/* Which axes are named, of `rank`; none named twice. */
static bool
read_axes (
    const LamStep *step, int rank, bool *is_named, int *n, GError **error)
{
  const int64_t *axes = NULL;
  *n = 0;
  if (!lam_step_get_list (step, "axes", 1, &axes, n, error))
    return false;
  for (int i = 0; i < *n; i++) {
    int axis;
    if (!lam_step_need_axis (step, axes[i], rank, &axis, error))
      return false;
    if (is_named[axis])
      return lam_step_fail (
          step, error, LAM_ERROR_CORRUPT, _ ("axis %d is named twice"), axis);
    is_named[axis] = true;
  }
  return true;
}

static bool
infer_squeeze (LamStep *step, GError **error)
{
  const LamShape *shape = &step->inputs[0]->shape;
  bool is_named[LAM_TENSOR_MAX_RANK] = { false };
  int64_t dims[LAM_TENSOR_MAX_RANK];
  int n, rank = 0;
  if (!read_axes (step, shape->rank, is_named, &n, error))
    return false;
  for (int i = 0; i < shape->rank; i++) {
    if (n ? !is_named[i] : shape->dims[i] != 1)
      dims[rank++] = shape->dims[i];
    else if (shape->dims[i] != 1)
      return lam_step_fail (step, error, LAM_ERROR_INPUT,
          _ ("axis %d has %" G_GINT64_FORMAT
             " elements and cannot be left out"),
          i, shape->dims[i]);
  }
  return set_reshaped (step, rank, dims, error);
}

static bool
infer_unsqueeze (LamStep *step, GError **error)
{
  const LamShape *shape = &step->inputs[0]->shape;
  bool is_named[LAM_TENSOR_MAX_RANK] = { false };
  int64_t dims[LAM_TENSOR_MAX_RANK];
  const int64_t *axes = NULL;
  int n = 0;
  if (!lam_step_get_list (step, "axes", 1, &axes, &n, error))
    return false;
  int rank = shape->rank + n, from = 0;
  if (rank > LAM_TENSOR_MAX_RANK)
    return lam_step_set_output (step, 0, shape->type, rank, NULL, error);
  if (!read_axes (step, rank, is_named, &n, error))
    return false;
  for (int i = 0; i < rank; i++)
    dims[i] = is_named[i] ? 1 : shape->dims[from++];
  return set_reshaped (step, rank, dims, error);
}

#define ROW(variable, onnx_name, function, least, most, list) \
  const LamOperator variable = { \
    .name = onnx_name, \
    .min_inputs = least, \
    .max_inputs = most, \
    .n_outputs = 1, \
    .attributes = list, \
    .is_view = true, \
    .infer = function, \
    .forward = forward, \
  }

static const char *const with_seed[] = { "ratio", "seed", NULL };
static const char *const with_zero[] = { "allowzero", NULL };
static const char *const with_axis[] = { "axis", NULL };
static const char *const with_axes[] = { "axes", NULL };
ROW (lam_operator_identity, "Identity", infer_same, 1, 1, NULL);
ROW (lam_operator_dropout, "Dropout", infer_same, 1, 2, with_seed);
ROW (lam_operator_reshape, "Reshape", infer_reshape, 2, 2, with_zero);
ROW (lam_operator_flatten, "Flatten", infer_flatten, 1, 1, with_axis);
ROW (lam_operator_squeeze, "Squeeze", infer_squeeze, 1, 2, with_axes);
ROW (lam_operator_unsqueeze, "Unsqueeze", infer_unsqueeze, 1, 2, with_axes);
