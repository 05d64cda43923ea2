/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Slice, Transpose: each element of the result is one of the input's, at a
 * place that steps evenly along each axis. A part is a run along the last axis
 * of the result. */
#include <glib/gi18n-lib.h>
#include <string.h>

#include "nn/operator-table.h"
#include "nn/reach.h"

typedef struct {
  int rank; /* of the result, at least 1 */
  int64_t dims[LAM_TENSOR_MAX_RANK];
  /* Element of the input = start + Σ index · step. */
  int64_t start, steps[LAM_TENSOR_MAX_RANK];
  /* By axis of the result: which of the input, from where, at what pace. */
  int axes[LAM_TENSOR_MAX_RANK];
  int64_t first[LAM_TENSOR_MAX_RANK], pace[LAM_TENSOR_MAX_RANK];
  size_t bytes; /* of an element */
} Move;

static Move *
new_move (LamStep *step)
{
  const LamShape *shape = &step->inputs[0]->shape;
  Move *move = step->settings = g_new0 (Move, 1);
  move->rank = shape->rank;
  move->bytes = lam_tensor_type_get_bytes (shape->type);
  int64_t pace = 1;
  for (int i = shape->rank - 1; i >= 0; i--) {
    move->steps[i] = pace;
    move->dims[i] = shape->dims[i];
    move->axes[i] = i;
    move->pace[i] = 1;
    pace *= shape->dims[i];
  }
  return move;
}

static bool
finish (LamStep *step, Move *move, GError **error)
{
  bool ok = lam_step_set_output (
      step, 0, step->inputs[0]->shape.type, move->rank, move->dims, error);
  if (move->rank == 0) {
    move->rank = 1;
    move->dims[0] = 1;
  }
  return ok;
}

static bool
slice_axis (const LamStep *step, Move *move, int axis, int64_t start,
    int64_t end, int64_t pace, GError **error)
{
  int64_t n = move->dims[axis];
  if (pace == 0 || pace == G_MININT64)
    return lam_step_fail (step, error, LAM_ERROR_CORRUPT,
        _ ("a step of %" G_GINT64_FORMAT " is not possible"), pace);
  start = start < 0 ? MAX (start, -n) + n : start;
  end = end < 0 ? (end < -n ? -1 : end + n) : MIN (end, n);
  if (pace > 0) {
    start = MIN (start, n);
    end = MAX (end, 0);
  } else {
    start = MIN (start, n - 1);
  }
  int64_t span = pace > 0 ? end - start : start - end;
  int64_t reach = ABS (pace);
  int64_t count = span > 0 ? (span - 1) / reach + 1 : 0;
  move->first[axis] = start;
  move->pace[axis] = pace;
  if (count > 0) {
    move->start += start * move->steps[axis];
    /* With one element the pace does not matter, and may be anything. */
    move->steps[axis] *= count > 1 ? pace : 0;
  }
  move->dims[axis] = count;
  return true;
}

/* Lists were attributes in operator set 9, inputs since. */
static bool
infer_slice (LamStep *step, GError **error)
{
  Move *move = new_move (step);
  const int64_t *starts = NULL, *ends = NULL, *axes = NULL, *paces = NULL;
  int n = 0, n_ends = 0, n_axes = 0, n_paces = 0;
  if (!lam_step_get_list (step, "starts", 1, &starts, &n, error)
      || !lam_step_get_list (step, "ends", 2, &ends, &n_ends, error)
      || !lam_step_get_list (step, "axes", 3, &axes, &n_axes, error)
      || !lam_step_get_list (step, NULL, 4, &paces, &n_paces, error))
    return false;
  if (!starts || n != n_ends || n > move->rank || (axes && n_axes != n)
      || (paces && n_paces != n))
    return lam_step_fail (step, error, LAM_ERROR_CORRUPT,
        _ ("%d starts, %d ends, %d axes and %d steps do not fit together"), n,
        n_ends, n_axes, n_paces);
  bool is_named[LAM_TENSOR_MAX_RANK] = { false };
  for (int i = 0; i < n; i++) {
    int axis;
    if (!lam_step_need_axis (
            step, axes ? axes[i] : i, move->rank, &axis, error))
      return false;
    if (is_named[axis])
      return lam_step_fail (
          step, error, LAM_ERROR_CORRUPT, _ ("axis %d is named twice"), axis);
    is_named[axis] = true;
    if (!slice_axis (
            step, move, axis, starts[i], ends[i], paces ? paces[i] : 1, error))
      return false;
  }
  return finish (step, move, error);
}

static bool
infer_transpose (LamStep *step, GError **error)
{
  Move *move = new_move (step), from = *move;
  const int64_t *order = NULL;
  int n = move->rank;
  bool is_named[LAM_TENSOR_MAX_RANK] = { false };
  if (!lam_step_get_integers (step, "perm", &order, &n, error))
    return false;
  for (int i = 0; i < move->rank && n == move->rank; i++) {
    int64_t axis = order ? order[i] : move->rank - 1 - i;
    if (axis < 0 || axis >= move->rank || is_named[axis]) {
      n = -1;
      break;
    }
    is_named[axis] = true;
    move->axes[i] = (int)axis;
    move->dims[i] = from.dims[axis];
    move->steps[i] = from.steps[axis];
  }
  if (n != move->rank)
    return lam_step_fail (step, error, LAM_ERROR_CORRUPT,
        _ ("perm does not name each of %d axes once"), move->rank);
  return finish (step, move, error);
}

static void
copy_row (const Move *move, const char *from, int64_t at, char *to)
{
  int last = move->rank - 1;
  int64_t pace = move->steps[last], n = move->dims[last];
  if (pace == 1)
    memcpy (to, from + at * (int64_t)move->bytes, (size_t)n * move->bytes);
  else if (move->bytes == sizeof (float))
    for (int64_t i = 0; i < n; i++)
      ((float *)to)[i] = ((const float *)from)[at + i * pace];
  else
    for (int64_t i = 0; i < n; i++)
      ((int64_t *)to)[i] = ((const int64_t *)from)[at + i * pace];
}

/* Where row `part` of the result begins in the input. */
static int64_t
find_row (const Move *move, int64_t part)
{
  int64_t at = move->start;
  for (int i = move->rank - 2; i >= 0; i--) {
    at += part % move->dims[i] * move->steps[i];
    part /= move->dims[i];
  }
  return at;
}

static int64_t
count_rows (const Move *move)
{
  int64_t rows = 1;
  for (int i = 0; i < move->rank - 1; i++)
    rows *= move->dims[i];
  return rows;
}

static void
do_part (gpointer data, int64_t part, int thread)
{
  const LamStep *step = data;
  const Move *move = step->settings;
  copy_row (move, step->inputs[0]->data, find_row (move, part),
      (char *)step->outputs[0]->data
          + part * move->dims[move->rank - 1] * (int64_t)move->bytes);
}

static void
forward (const LamStep *step, LamTeam *team)
{
  const Move *move = step->settings;
  if (move->dims[move->rank - 1] > 0)
    lam_team_run (team, count_rows (move), do_part, (gpointer)step);
}

typedef struct {
  const LamStep *step;
  const LamStepGradients *gradients;
} Work;

/* No element of the input is in two places of the result. */
static void
turn_part (gpointer data, int64_t part, int thread)
{
  const Work *work = data;
  const Move *move = work->step->settings;
  int last = move->rank - 1;
  int64_t pace = move->steps[last], n = move->dims[last];
  const float *from = work->gradients->outputs[0] + part * n;
  float *to = work->gradients->inputs[0] + find_row (move, part);
  for (int64_t i = 0; i < n; i++)
    to[i * pace] = from[i];
}

static void
backward (const LamStep *step, const LamStepGradients *gradients, LamTeam *team)
{
  const Move *move = step->settings;
  Work work = { step, gradients };
  if (lam_shape_get_count (&step->inputs[0]->shape)
      != lam_shape_get_count (&step->outputs[0]->shape))
    memset (gradients->inputs[0], 0,
        (size_t)lam_shape_get_bytes (&step->inputs[0]->shape));
  lam_team_run (team, count_rows (move), turn_part, &work);
}

static bool
reach (const LamStep *step, const LamReach *inputs, LamReach *outputs)
{
  const Move *move = step->settings;
  LamReach *to = &outputs[0];
  int i = 0;
  *to = inputs[0];
  while (move->axes[i] != inputs[0].axis)
    i++;
  int64_t first = move->first[i], pace = move->pace[i];
  if (pace < 1 || pace > G_MAXINT16)
    return false;
  to->axis = i;
  to->first = to->first > first ? (to->first - first + pace - 1) / pace : 0;
  to->end = to->end > first ? (to->end - first - 1) / pace + 1 : 0;
  lam_reach_scale (to, pace, 1);
  return true;
}

const LamOperator lam_operator_slice = {
  .name = "Slice",
  .min_inputs = 1,
  .max_inputs = 5,
  .n_outputs = 1,
  .attributes = (const char *const[]){ "axes", "ends", "starts", NULL },
  .infer = infer_slice,
  .forward = forward,
  .reach = reach,
  .backward = backward,
};

const LamOperator lam_operator_transpose = {
  .name = "Transpose",
  .min_inputs = 1,
  .max_inputs = 1,
  .n_outputs = 1,
  .attributes = (const char *const[]){ "perm", NULL },
  .infer = infer_transpose,
  .forward = forward,
  .reach = reach,
  .backward = backward,
};
