/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Operators whose result has the bytes of their input: in a plan they cost
 * nothing; `forward` copies, and is only used on constants. Dropout is one of
 * them but for training. */
#include <glib/gi18n-lib.h>
#include <string.h>

#include "base/random.h"
#include "nn/operator-table.h"
#include "nn/reach.h"

#define RUN 4096

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

typedef struct {
  float ratio; /* of numbers that become 0 */
} Dropout;

/* The ratio was an attribute up to operator set 11. */
static bool
infer_dropout (LamStep *step, GError **error)
{
  Dropout *dropout = step->settings = g_new0 (Dropout, 1);
  dropout->ratio = 0.5f;
  if (!lam_step_need_floats (step, 2, error)
      || !lam_step_get_float (step, "ratio", &dropout->ratio, error))
    return false;
  if (lam_step_has_input (step, 1)) {
    if (!lam_step_need_constant (step, 1, LAM_TENSOR_F32, error))
      return false;
    if (lam_shape_get_count (&step->inputs[1]->shape) != 1)
      return lam_step_fail (
          step, error, LAM_ERROR_CORRUPT, _ ("input %d is not one number"), 1);
    dropout->ratio = lam_tensor_floats (step->inputs[1])[0];
  }
  if (!(dropout->ratio >= 0 && dropout->ratio <= 1))
    return lam_step_fail (step, error, LAM_ERROR_CORRUPT,
        _ ("the ratio is %g, but must be in [0, 1]"), dropout->ratio);
  return infer_same (step, error);
}

/* The result and its gradient are cut alike: each run of numbers throws dice
 * of its own, from the step's seed. */
typedef struct {
  const LamStep *step;
  const float *from;
  float *to;
} Cut;

static void
cut_part (gpointer data, int64_t part, int thread)
{
  const Cut *cut = data;
  const Dropout *dropout = cut->step->settings;
  int64_t first = part * RUN;
  int64_t n =
      MIN (RUN, lam_shape_get_count (&cut->step->inputs[0]->shape) - first);
  float scale = dropout->ratio < 1 ? 1 / (1 - dropout->ratio) : 0;
  double limit = dropout->ratio * 4294967296.0;
  LamRandom random = lam_random_new (cut->step->seed, (uint64_t)part);
  for (int64_t i = first; i < first + n; i++)
    cut->to[i] = lam_random_u32 (&random) < limit ? 0 : cut->from[i] * scale;
}

static void
run_cut (Cut cut, LamTeam *team)
{
  int64_t n = lam_shape_get_count (&cut.step->inputs[0]->shape);
  lam_team_run (team, (n + RUN - 1) / RUN, cut_part, &cut);
}

static void
train_dropout (const LamStep *step, LamTeam *team)
{
  run_cut ((Cut){ step, lam_tensor_floats (step->inputs[0]),
               lam_tensor_floats (step->outputs[0]) },
      team);
}

static void
backward_dropout (
    const LamStep *step, const LamStepGradients *gradients, LamTeam *team)
{
  run_cut ((Cut){ step, gradients->outputs[0], gradients->inputs[0] }, team);
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
    .reach = lam_reach_view, \
  }

static const char *const with_zero[] = { "allowzero", NULL };
static const char *const with_axis[] = { "axis", NULL };
static const char *const with_axes[] = { "axes", NULL };
ROW (lam_operator_identity, "Identity", infer_same, 1, 1, NULL);
ROW (lam_operator_reshape, "Reshape", infer_reshape, 2, 2, with_zero);
ROW (lam_operator_flatten, "Flatten", infer_flatten, 1, 1, with_axis);
ROW (lam_operator_squeeze, "Squeeze", infer_squeeze, 1, 2, with_axes);
ROW (lam_operator_unsqueeze, "Unsqueeze", infer_unsqueeze, 1, 2, with_axes);

const LamOperator lam_operator_dropout = {
  .name = "Dropout",
  .min_inputs = 1,
  .max_inputs = 2,
  .n_outputs = 1,
  .attributes = (const char *const[]){ "ratio", "seed", NULL },
  .is_view = true,
  .infer = infer_dropout,
  .forward = forward,
  .reach = lam_reach_first,
  .forward_training = train_dropout,
  .backward_can_overwrite = true,
  .backward = backward_dropout,
};
