/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Split: the reverse of Concat. */
#include <glib/gi18n-lib.h>
#include <string.h>

#include "nn/operator-table.h"
#include "nn/reach.h"

#define MAX_OUTPUTS 256

typedef struct {
  int axis;
} Split;

/* Sizes along the axis: those that are given, else equal ones, of which the
 * last may be smaller since operator set 18. */
static bool
find_sizes (const LamStep *step, int64_t size, int64_t *sizes, GError **error)
{
  int n = step->node->n_outputs, n_given = 0;
  const int64_t *given = NULL;
  int64_t n_wanted = n, left = size;
  if (!lam_step_get_list (step, "split", 1, &given, &n_given, error)
      || !lam_step_get_integer (step, "num_outputs", &n_wanted, error))
    return false;
  int64_t each = (size + n - 1) / n;
  for (int i = 0; i < n; i++) {
    sizes[i] = given && i < n_given ? given[i] : MIN (each, left);
    if (sizes[i] < 0 || sizes[i] > left)
      break;
    left -= sizes[i];
  }
  bool is_even = given || size % n == 0 || step->network->opset >= 18;
  if (left == 0 && is_even && n_wanted == n && (!given || n_given == n))
    return true;
  return lam_step_fail (step, error, LAM_ERROR_CORRUPT,
      _ ("an axis of %" G_GINT64_FORMAT
         " elements cannot be split into %d as it is said"),
      size, n);
}

static bool
infer (LamStep *step, GError **error)
{
  Split *split = step->settings = g_new0 (Split, 1);
  LamShape shape = step->inputs[0]->shape;
  int64_t wanted = 0, sizes[MAX_OUTPUTS];
  if (!lam_step_get_integer (step, "axis", &wanted, error)
      || !lam_step_need_axis (step, wanted, shape.rank, &split->axis, error)
      || !find_sizes (step, shape.dims[split->axis], sizes, error))
    return false;
  for (int i = 0; i < step->node->n_outputs; i++) {
    shape.dims[split->axis] = sizes[i];
    if (!lam_step_set_output (
            step, i, shape.type, shape.rank, shape.dims, error))
      return false;
  }
  return true;
}

/* Bytes of an output that lie side by side, and of the whole. */
static size_t
get_run (const LamTensor *tensor, int axis)
{
  return (size_t)lam_shape_product (&tensor->shape, axis, tensor->shape.rank)
      * lam_tensor_type_get_bytes (tensor->shape.type);
}

static void
forward (const LamStep *step, LamTeam *team)
{
  const Split *split = step->settings;
  int64_t rows = lam_shape_product (&step->inputs[0]->shape, 0, split->axis);
  const char *from = step->inputs[0]->data;
  for (int64_t row = 0; row < rows; row++)
    for (int i = 0; i < step->node->n_outputs; i++) {
      size_t n = get_run (step->outputs[i], split->axis);
      memcpy ((char *)step->outputs[i]->data + (size_t)row * n, from, n);
      from += n;
    }
}

static void
backward (const LamStep *step, const LamStepGradients *gradients, LamTeam *team)
{
  const Split *split = step->settings;
  int64_t rows = lam_shape_product (&step->inputs[0]->shape, 0, split->axis);
  char *to = (char *)gradients->inputs[0];
  for (int64_t row = 0; to && row < rows; row++)
    for (int i = 0; i < step->node->n_outputs; i++) {
      size_t n = get_run (step->outputs[i], split->axis);
      const char *from = (const char *)gradients->outputs[i];
      if (from)
        memcpy (to, from + (size_t)row * n, n);
      else
        memset (to, 0, n);
      to += n;
    }
}

static bool
reach (const LamStep *step, const LamReach *inputs, LamReach *outputs)
{
  const Split *split = step->settings;
  for (int i = 0; i < step->node->n_outputs; i++)
    outputs[i] = inputs[0];
  return inputs[0].axis != split->axis;
}

const LamOperator lam_operator_split = {
  .name = "Split",
  .min_inputs = 1,
  .max_inputs = 2,
  .n_outputs = MAX_OUTPUTS,
  .attributes = (const char *const[]){ "axis", "num_outputs", "split", NULL },
  .infer = infer,
  .forward = forward,
  .reach = reach,
  .backward = backward,
};
