/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Pad: constant, reflect, edge; negative numbers cut. A table for each axis
 * says which place of the input a place of the result is taken from. A part
 * is one row of the result; backwards, all rows that share the axes in front
 * which are not padded, so that no two parts add to the same place. */
#include <glib/gi18n-lib.h>
#include <string.h>

#include "nn/operator-table.h"
#include "nn/reach.h"

#define OUTSIDE (-1)
/* Far above what is padded, and small enough for tables. */
#define MAX_PADDING (1 << 20)

typedef struct {
  int rank;
  int64_t dims[LAM_TENSOR_MAX_RANK]; /* of the result */
  int64_t steps[LAM_TENSOR_MAX_RANK]; /* of the input */
  int64_t before[LAM_TENSOR_MAX_RANK];
  const int64_t *places[LAM_TENSOR_MAX_RANK]; /* in `tables`; or OUTSIDE */
  int n_whole; /* axes in front that stay as they are */
  int64_t low, high; /* of a row: what lies in the input as it is */
  float fill;
  int64_t tables[];
} Pad;

typedef enum { CONSTANT, REFLECT, EDGE } Mode;

typedef struct {
  Mode mode;
  float fill;
  int64_t before[LAM_TENSOR_MAX_RANK], after[LAM_TENSOR_MAX_RANK];
} Frame;

static bool
read_mode (const LamStep *step, Frame *frame, GError **error)
{
  static const char *const modes[] = { "constant", "reflect", "edge" };
  const char *mode = "constant";
  if (!lam_step_get_text (step, "mode", &mode, error)
      || !lam_step_get_float (step, "value", &frame->fill, error))
    return false;
  for (size_t i = 0; i < G_N_ELEMENTS (modes); i++)
    if (strcmp (mode, modes[i]) == 0) {
      frame->mode = (Mode)i;
      return true;
    }
  return lam_step_fail (step, error, LAM_ERROR_UNSUPPORTED,
      _ ("the mode “%s” is not understood"), mode);
}

static bool
read_fill (const LamStep *step, Frame *frame, GError **error)
{
  if (!lam_step_has_input (step, 2)
      || lam_shape_get_count (&step->inputs[2]->shape) == 0)
    return true;
  if (!lam_step_need_constant (step, 2, LAM_TENSOR_F32, error))
    return false;
  if (lam_shape_get_count (&step->inputs[2]->shape) != 1)
    return lam_step_fail (
        step, error, LAM_ERROR_CORRUPT, _ ("input %d is not one number"), 2);
  frame->fill = lam_tensor_floats (step->inputs[2])[0];
  return true;
}

static bool
read_pads (const LamStep *step, Frame *frame, GError **error)
{
  int rank = step->inputs[0]->shape.rank, n = 0, n_axes = rank;
  const int64_t *pads = NULL, *axes = NULL;
  if (!lam_step_get_list (step, "pads", 1, &pads, &n, error)
      || !lam_step_get_list (step, NULL, 3, &axes, &n_axes, error))
    return false;
  if (n != 2 * n_axes)
    return lam_step_fail (step, error, LAM_ERROR_CORRUPT,
        _ ("%s has %d numbers, but %d are needed"), "pads", n, 2 * n_axes);
  for (int i = 0; i < n_axes; i++) {
    int axis;
    if (!lam_step_need_axis (step, axes ? axes[i] : i, rank, &axis, error))
      return false;
    int64_t before = pads[i], after = pads[i + n_axes];
    int64_t size = step->inputs[0]->shape.dims[axis];
    if (before < -MAX_PADDING || before > MAX_PADDING || after < -MAX_PADDING
        || after > MAX_PADDING || size + before + after < 0
        || (size == 0 && frame->mode != CONSTANT))
      return lam_step_fail (step, error, LAM_ERROR_CORRUPT,
          _ ("%" G_GINT64_FORMAT " and %" G_GINT64_FORMAT
             " voxels of padding around %" G_GINT64_FORMAT " are not possible"),
          before, after, size);
    frame->before[axis] = before;
    frame->after[axis] = after;
  }
  return true;
}

/* Where in `n` places the one at `at`, perhaps outside, is taken from. */
static int64_t
find_place (Mode mode, int64_t at, int64_t n)
{
  if (at >= 0 && at < n)
    return at;
  if (mode == CONSTANT)
    return OUTSIDE;
  if (mode == EDGE || n == 1)
    return CLAMP (at, 0, n - 1);
  int64_t period = 2 * (n - 1);
  int64_t rest = (at % period + period) % period;
  return rest < n ? rest : period - rest;
}

static Pad *
make_pad (const LamShape *shape, const Frame *frame, const int64_t *dims)
{
  int64_t n_places = 0, pace = 1;
  int last = shape->rank - 1;
  for (int i = 0; i < shape->rank; i++)
    n_places += dims[i];
  Pad *pad = g_malloc0 (sizeof *pad + n_places * sizeof *pad->tables);
  pad->rank = shape->rank;
  pad->fill = frame->fill;
  int64_t *table = pad->tables;
  for (int i = 0; i < shape->rank; i++) {
    pad->dims[i] = dims[i];
    pad->before[i] = frame->before[i];
    pad->places[i] = table;
    for (int64_t j = 0; j < dims[i]; j++)
      *table++ = find_place (frame->mode, j - frame->before[i], shape->dims[i]);
    if (pad->n_whole == i && i < last && !frame->before[i] && !frame->after[i])
      pad->n_whole++;
  }
  for (int i = last; i >= 0; i--) {
    pad->steps[i] = pace;
    pace *= shape->dims[i];
  }
  pad->low = CLAMP (frame->before[last], 0, dims[last]);
  pad->high =
      CLAMP (frame->before[last] + shape->dims[last], pad->low, dims[last]);
  return pad;
}

static bool
infer (LamStep *step, GError **error)
{
  const LamShape *shape = &step->inputs[0]->shape;
  int64_t dims[LAM_TENSOR_MAX_RANK];
  Frame frame = { 0 };
  if (!lam_step_need_floats (step, 1, error)
      || !lam_step_need_rank (step, 0, 1, LAM_TENSOR_MAX_RANK, error)
      || !read_mode (step, &frame, error) || !read_fill (step, &frame, error)
      || !read_pads (step, &frame, error))
    return false;
  for (int i = 0; i < shape->rank; i++)
    dims[i] = shape->dims[i] + frame.before[i] + frame.after[i];
  if (!lam_step_set_output (step, 0, LAM_TENSOR_F32, shape->rank, dims, error))
    return false;
  step->settings = make_pad (shape, &frame, dims);
  return true;
}

/* Where row `row` of the result begins in the input; or OUTSIDE. */
static int64_t
find_row (const Pad *pad, int64_t row)
{
  int64_t at = 0;
  for (int i = pad->rank - 2; i >= 0; i--) {
    int64_t place = pad->places[i][row % pad->dims[i]];
    row /= pad->dims[i];
    if (place == OUTSIDE)
      return OUTSIDE;
    at += place * pad->steps[i];
  }
  return at;
}

static void
do_row (gpointer data, int64_t row, int thread)
{
  const LamStep *step = data;
  const Pad *pad = step->settings;
  int64_t n = pad->dims[pad->rank - 1], at = find_row (pad, row);
  const int64_t *places = pad->places[pad->rank - 1];
  const float *from = lam_tensor_floats (step->inputs[0]) + MAX (at, 0);
  float *to = lam_tensor_floats (step->outputs[0]) + row * n;
  if (at == OUTSIDE) {
    for (int64_t i = 0; i < n; i++)
      to[i] = pad->fill;
    return;
  }
  for (int64_t i = 0; i < pad->low; i++)
    to[i] = places[i] == OUTSIDE ? pad->fill : from[places[i]];
  if (pad->high > pad->low)
    memcpy (to + pad->low, from + places[pad->low],
        (size_t)(pad->high - pad->low) * sizeof *to);
  for (int64_t i = pad->high; i < n; i++)
    to[i] = places[i] == OUTSIDE ? pad->fill : from[places[i]];
}

static int64_t
count_rows (const Pad *pad, int from)
{
  int64_t rows = 1;
  for (int i = from; i < pad->rank - 1; i++)
    rows *= pad->dims[i];
  return rows;
}

static void
forward (const LamStep *step, LamTeam *team)
{
  const Pad *pad = step->settings;
  if (pad->dims[pad->rank - 1] > 0)
    lam_team_run (team, count_rows (pad, 0), do_row, (gpointer)step);
}

typedef struct {
  const LamStep *step;
  const float *from;
  float *to;
} Gradients;

static void
return_part (gpointer data, int64_t part, int thread)
{
  const Gradients *gradients = data;
  const Pad *pad = gradients->step->settings;
  const LamShape *shape = &gradients->step->inputs[0]->shape;
  int64_t rows = count_rows (pad, pad->n_whole), n = pad->dims[pad->rank - 1];
  int64_t size = lam_shape_product (shape, pad->n_whole, shape->rank);
  const int64_t *places = pad->places[pad->rank - 1];
  memset (gradients->to + part * size, 0, (size_t)size * sizeof (float));
  for (int64_t row = part * rows; row < (part + 1) * rows; row++) {
    int64_t at = find_row (pad, row);
    for (int64_t i = 0; at != OUTSIDE && i < n; i++)
      if (places[i] != OUTSIDE)
        gradients->to[at + places[i]] += gradients->from[row * n + i];
  }
}

static void
backward (const LamStep *step, const LamStepGradients *gradients, LamTeam *team)
{
  const Pad *pad = step->settings;
  Gradients both = { step, gradients->outputs[0], gradients->inputs[0] };
  int64_t parts = lam_shape_product (&step->inputs[0]->shape, 0, pad->n_whole);
  if (both.from && both.to)
    lam_team_run (team, parts, return_part, &both);
}

static bool
reach (const LamStep *step, const LamReach *inputs, LamReach *outputs)
{
  const Pad *pad = step->settings;
  if (!lam_reach_first (step, inputs, outputs))
    return false;
  outputs[0].first += pad->before[inputs[0].axis];
  outputs[0].end += pad->before[inputs[0].axis];
  return true;
}

const LamOperator lam_operator_pad = {
  .name = "Pad",
  .min_inputs = 1,
  .max_inputs = 4,
  .n_outputs = 1,
  .attributes = (const char *const[]){ "mode", "pads", "value", NULL },
  .infer = infer,
  .forward = forward,
  .reach = reach,
  .backward = backward,
};
