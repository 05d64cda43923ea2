/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* ConstantOfShape, Range, Size: what exporters make constants with. */
#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

#include "nn/operator-table.h"

static bool
infer_constant (LamStep *step, GError **error)
{
  const LamAttribute *value = lam_step_find_attribute (step, "value");
  const int64_t *dims = NULL;
  int rank = 0;
  if (!lam_step_get_list (step, NULL, 0, &dims, &rank, error))
    return false;
  if (value
      && (value->kind != LAM_ATTRIBUTE_TENSOR
          || lam_shape_get_count (&value->tensor->shape) != 1))
    return lam_step_fail (step, error, LAM_ERROR_CORRUPT,
        _ ("attribute “%s” is not of the kind that is needed"), "value");
  return lam_step_set_output (step, 0,
      value ? value->tensor->shape.type : LAM_TENSOR_F32, rank, dims, error);
}

static void
forward_constant (const LamStep *step, LamTeam *team)
{
  const LamAttribute *value = lam_step_find_attribute (step, "value");
  LamTensor *output = step->outputs[0];
  for (int64_t i = 0; i < lam_shape_get_count (&output->shape); i++)
    if (output->shape.type == LAM_TENSOR_F32)
      lam_tensor_floats (output)[i] =
          value ? lam_tensor_floats (value->tensor)[0] : 0;
    else
      lam_tensor_integers (output)[i] = lam_tensor_integers (value->tensor)[0];
}

static double
read_number (const LamTensor *tensor)
{
  return tensor->shape.type == LAM_TENSOR_F32
      ? lam_tensor_floats (tensor)[0]
      : (double)lam_tensor_integers (tensor)[0];
}

/* Start, limit and step must be known. */
static bool
infer_range (LamStep *step, GError **error)
{
  LamTensorType type = step->inputs[0]->shape.type;
  double numbers[3];
  for (int i = 0; i < 3; i++) {
    if (!lam_step_need_constant (step, i, type, error))
      return false;
    if (lam_shape_get_count (&step->inputs[i]->shape) != 1)
      return lam_step_fail (
          step, error, LAM_ERROR_CORRUPT, _ ("input %d is not one number"), i);
    numbers[i] = read_number (step->inputs[i]);
  }
  double n = ceil ((numbers[1] - numbers[0]) / numbers[2]);
  if (!(n <= (double)LAM_TENSOR_MAX_COUNT))
    return lam_step_fail (step, error, LAM_ERROR_CORRUPT,
        _ ("a range from %g to %g by %g has no end"), numbers[0], numbers[1],
        numbers[2]);
  const int64_t count = (int64_t)MAX (n, 0);
  return lam_step_set_output (step, 0, type, 1, &count, error);
}

static void
forward_range (const LamStep *step, LamTeam *team)
{
  LamTensor *output = step->outputs[0];
  double first = read_number (step->inputs[0]);
  double pace = read_number (step->inputs[2]);
  for (int64_t i = 0; i < lam_shape_get_count (&output->shape); i++)
    if (output->shape.type == LAM_TENSOR_F32)
      lam_tensor_floats (output)[i] = (float)(first + (double)i * pace);
    else
      lam_tensor_integers (output)[i] = lam_tensor_integers (step->inputs[0])[0]
          + i * lam_tensor_integers (step->inputs[2])[0];
}

static bool
infer_size (LamStep *step, GError **error)
{
  return lam_step_set_output (step, 0, LAM_TENSOR_I64, 0, NULL, error);
}

static void
forward_size (const LamStep *step, LamTeam *team)
{
  lam_tensor_integers (step->outputs[0])[0] =
      lam_shape_get_count (&step->inputs[0]->shape);
}

const LamOperator lam_operator_constant_of_shape = {
  .name = "ConstantOfShape",
  .min_inputs = 1,
  .max_inputs = 1,
  .n_outputs = 1,
  .attributes = (const char *const[]){ "value", NULL },
  .infer = infer_constant,
  .forward = forward_constant,
};

const LamOperator lam_operator_range = {
  .name = "Range",
  .min_inputs = 3,
  .max_inputs = 3,
  .n_outputs = 1,
  .infer = infer_range,
  .forward = forward_range,
};

const LamOperator lam_operator_size = {
  .name = "Size",
  .min_inputs = 1,
  .max_inputs = 1,
  .n_outputs = 1,
  .is_shape_only = true,
  .infer = infer_size,
  .forward = forward_size,
};
