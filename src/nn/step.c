/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <glib/gi18n-lib.h>
#include <string.h>

#include "nn/operator.h"

bool
lam_step_fail (const LamStep *step, GError **error, LamErrorCode code,
    const char *format, ...)
{
  va_list arguments;
  va_start (arguments, format);
  g_autofree char *text = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  g_set_error (error, LAM_ERROR, code, _ ("%s: node “%s” (%s): %s"),
      step->network->path, step->node->name, step->node->row->name, text);
  return false;
}

bool
lam_step_has_input (const LamStep *step, int i)
{
  return i < step->node->n_inputs && step->inputs[i];
}

bool
lam_step_need_floats (const LamStep *step, int n_inputs, GError **error)
{
  for (int i = 0; i < MIN (n_inputs, step->node->n_inputs); i++)
    if (step->inputs[i] && step->inputs[i]->shape.type != LAM_TENSOR_F32)
      return lam_step_fail (step, error, LAM_ERROR_UNSUPPORTED,
          _ ("input %d holds integers, but real numbers are needed"), i);
  return true;
}

bool
lam_step_need_rank (
    const LamStep *step, int i, int least, int most, GError **error)
{
  int rank = step->inputs[i]->shape.rank;
  if (rank >= least && rank <= most)
    return true;
  return lam_step_fail (step, error, LAM_ERROR_CORRUPT,
      _ ("input %d has %d axes, but %d to %d are needed"), i, rank, least,
      most);
}

bool
lam_step_need_constant (
    const LamStep *step, int i, LamTensorType type, GError **error)
{
  const LamTensor *input = step->inputs[i];
  if (input->shape.type != type)
    return lam_step_fail (step, error, LAM_ERROR_CORRUPT,
        type == LAM_TENSOR_I64
            ? _ ("input %d holds real numbers, but integers are needed")
            : _ ("input %d holds integers, but real numbers are needed"),
        i);
  if (!input->data)
    return lam_step_fail (step, error, LAM_ERROR_UNSUPPORTED,
        _ ("input %d depends on the image; only constants are understood "
           "there"),
        i);
  return true;
}

bool
lam_step_set_output (const LamStep *step, int i, LamTensorType type, int rank,
    const int64_t *dims, GError **error)
{
  if (rank > LAM_TENSOR_MAX_RANK)
    return lam_step_fail (step, error, LAM_ERROR_UNSUPPORTED,
        _ ("the result has %d axes, but at most %d are understood"), rank,
        LAM_TENSOR_MAX_RANK);
  LamShape shape = lam_shape_new (type, rank, dims);
  if (!lam_shape_is_valid (&shape)) {
    g_autofree char *text = lam_shape_to_text (&shape);
    return lam_step_fail (step, error, LAM_ERROR_LIMIT,
        _ ("the result would have %s elements"), text);
  }
  if (i < step->node->n_outputs && step->outputs[i])
    step->outputs[i]->shape = shape;
  return true;
}

bool
lam_step_need_axis (
    const LamStep *step, int64_t axis, int rank, int *result, GError **error)
{
  if (axis < -rank || axis >= rank)
    return lam_step_fail (step, error, LAM_ERROR_CORRUPT,
        _ ("axis %" G_GINT64_FORMAT " does not exist; there are %d axes"), axis,
        rank);
  *result = (int)(axis < 0 ? axis + rank : axis);
  return true;
}

const LamAttribute *
lam_step_find_attribute (const LamStep *step, const char *name)
{
  for (int i = 0; i < step->node->n_attributes; i++)
    if (strcmp (step->node->attributes[i].name, name) == 0)
      return &step->node->attributes[i];
  return NULL;
}

static bool
fail_kind (const LamStep *step, const char *name, GError **error)
{
  return lam_step_fail (step, error, LAM_ERROR_CORRUPT,
      _ ("attribute “%s” is not of the kind that is needed"), name);
}

bool
lam_step_get_integer (
    const LamStep *step, const char *name, int64_t *value, GError **error)
{
  const LamAttribute *found = lam_step_find_attribute (step, name);
  if (!found)
    return true;
  if (found->kind != LAM_ATTRIBUTE_INTEGERS || found->n != 1)
    return fail_kind (step, name, error);
  *value = found->integers[0];
  return true;
}

bool
lam_step_get_float (
    const LamStep *step, const char *name, float *value, GError **error)
{
  const LamAttribute *found = lam_step_find_attribute (step, name);
  if (!found)
    return true;
  if (found->kind != LAM_ATTRIBUTE_FLOATS || found->n != 1)
    return fail_kind (step, name, error);
  *value = found->floats[0];
  return true;
}

bool
lam_step_get_text (
    const LamStep *step, const char *name, const char **value, GError **error)
{
  const LamAttribute *found = lam_step_find_attribute (step, name);
  if (!found)
    return true;
  if (found->kind != LAM_ATTRIBUTE_TEXT)
    return fail_kind (step, name, error);
  *value = found->text;
  return true;
}

bool
lam_step_get_integers (const LamStep *step, const char *name,
    const int64_t **values, int *n, GError **error)
{
  const LamAttribute *found = lam_step_find_attribute (step, name);
  if (!found)
    return true;
  if (found->kind != LAM_ATTRIBUTE_INTEGERS)
    return fail_kind (step, name, error);
  *values = found->integers;
  *n = found->n;
  return true;
}

bool
lam_step_get_list (const LamStep *step, const char *name, int i,
    const int64_t **values, int *n, GError **error)
{
  if (name && lam_step_find_attribute (step, name))
    return lam_step_get_integers (step, name, values, n, error);
  if (i < 0 || !lam_step_has_input (step, i))
    return true;
  if (!lam_step_need_constant (step, i, LAM_TENSOR_I64, error)
      || !lam_step_need_rank (step, i, 0, 1, error))
    return false;
  *values = lam_tensor_integers (step->inputs[i]);
  *n = (int)lam_shape_get_count (&step->inputs[i]->shape);
  return true;
}
