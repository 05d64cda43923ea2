/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Shape, Constant, Cast. */
#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

#include "nn/operator-table.h"
#include "nn/reach.h"

static bool
infer_shape (LamStep *step, GError **error)
{
  const LamShape *shape = &step->inputs[0]->shape;
  int64_t start = 0, end = shape->rank;
  if (!lam_step_get_integer (step, "start", &start, error)
      || !lam_step_get_integer (step, "end", &end, error))
    return false;
  start = CLAMP (start < 0 ? start + shape->rank : start, 0, shape->rank);
  end = CLAMP (end < 0 ? end + shape->rank : end, start, shape->rank);
  step->settings = g_memdup2 (&start, sizeof start);
  const int64_t count = end - start;
  return lam_step_set_output (step, 0, LAM_TENSOR_I64, 1, &count, error);
}

static void
forward_shape (const LamStep *step, LamTeam *team)
{
  const int64_t *start = step->settings;
  memcpy (step->outputs[0]->data, step->inputs[0]->shape.dims + *start,
      (size_t)lam_shape_get_bytes (&step->outputs[0]->shape));
}

/* The one attribute that says the value. */
static bool
infer_constant (LamStep *step, GError **error)
{
  const LamAttribute *attribute = step->node->attributes;
  if (step->node->n_attributes != 1)
    return lam_step_fail (step, error, LAM_ERROR_CORRUPT,
        _ ("must have exactly one value, but has %d"),
        step->node->n_attributes);
  bool is_list = g_str_has_suffix (attribute->name, "s");
  const int64_t count = attribute->n;
  switch (attribute->kind) {
  case LAM_ATTRIBUTE_TENSOR:
    return lam_step_set_output (step, 0, attribute->tensor->shape.type,
        attribute->tensor->shape.rank, attribute->tensor->shape.dims, error);
  case LAM_ATTRIBUTE_INTEGERS:
    return lam_step_set_output (
        step, 0, LAM_TENSOR_I64, is_list ? 1 : 0, &count, error);
  case LAM_ATTRIBUTE_FLOATS:
    return lam_step_set_output (
        step, 0, LAM_TENSOR_F32, is_list ? 1 : 0, &count, error);
  default:
    return lam_step_fail (step, error, LAM_ERROR_UNSUPPORTED,
        _ ("attribute “%s” is not understood"), attribute->name);
  }
}

static void
forward_constant (const LamStep *step, LamTeam *team)
{
  const LamAttribute *attribute = step->node->attributes;
  const void *from = attribute->kind == LAM_ATTRIBUTE_TENSOR
      ? attribute->tensor->data
      : attribute->kind == LAM_ATTRIBUTE_INTEGERS ? (void *)attribute->integers
                                                  : (void *)attribute->floats;
  size_t n = (size_t)lam_shape_get_bytes (&step->outputs[0]->shape);
  if (n)
    memcpy (step->outputs[0]->data, from, n);
}

/* ONNX numbers types as TensorProto.DataType does. */
static bool
infer_cast (LamStep *step, GError **error)
{
  static const int64_t reals[] = { 1, 10, 11, 16 };
  static const int64_t integers[] = { 2, 3, 4, 5, 6, 7, 9 };
  const LamShape *shape = &step->inputs[0]->shape;
  int64_t to = 0;
  if (!lam_step_get_integer (step, "to", &to, error))
    return false;
  for (size_t i = 0; i < G_N_ELEMENTS (reals); i++)
    if (to == reals[i])
      return lam_step_set_output (
          step, 0, LAM_TENSOR_F32, shape->rank, shape->dims, error);
  step->settings = g_memdup2 (&to, sizeof to);
  for (size_t i = 0; i < G_N_ELEMENTS (integers); i++)
    if (to == integers[i])
      return lam_step_set_output (
          step, 0, LAM_TENSOR_I64, shape->rank, shape->dims, error);
  return lam_step_fail (step, error, LAM_ERROR_UNSUPPORTED,
      _ ("the type %" G_GINT64_FORMAT " is not understood"), to);
}

/* Towards zero; what does not fit into 64 bits becomes 0. */
static int64_t
truncate_real (float value)
{
  return fabsf (value) < 9.2e18f ? (int64_t)value : 0;
}

static void
forward_cast (const LamStep *step, LamTeam *team)
{
  const LamTensor *from = step->inputs[0];
  LamTensor *to = step->outputs[0];
  int64_t n = lam_shape_get_count (&from->shape);
  const int64_t *wanted = step->settings;
  bool is_bool = wanted && *wanted == 9;
  for (int64_t i = 0; i < n; i++)
    if (to->shape.type == LAM_TENSOR_F32)
      lam_tensor_floats (to)[i] = from->shape.type == LAM_TENSOR_F32
          ? lam_tensor_floats (from)[i]
          : (float)lam_tensor_integers (from)[i];
    else if (from->shape.type == LAM_TENSOR_F32)
      lam_tensor_integers (to)[i] = is_bool
          ? lam_tensor_floats (from)[i] != 0
          : truncate_real (lam_tensor_floats (from)[i]);
    else
      lam_tensor_integers (to)[i] = is_bool ? lam_tensor_integers (from)[i] != 0
                                            : lam_tensor_integers (from)[i];
}

const LamOperator lam_operator_shape = {
  .name = "Shape",
  .min_inputs = 1,
  .max_inputs = 1,
  .n_outputs = 1,
  .attributes = (const char *const[]){ "end", "start", NULL },
  .is_shape_only = true,
  .infer = infer_shape,
  .forward = forward_shape,
};

const LamOperator lam_operator_constant = {
  .name = "Constant",
  .min_inputs = 0,
  .max_inputs = 0,
  .n_outputs = 1,
  .attributes = (const char *const[]){ "value", "value_float", "value_floats",
      "value_int", "value_ints", NULL },
  .infer = infer_constant,
  .forward = forward_constant,
};

const LamOperator lam_operator_cast = {
  .name = "Cast",
  .min_inputs = 1,
  .max_inputs = 1,
  .n_outputs = 1,
  .attributes = (const char *const[]){ "to", NULL },
  .infer = infer_cast,
  .forward = forward_cast,
  .reach = lam_reach_first,
};
