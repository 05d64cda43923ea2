/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Add, Sub, Mul, Div with broadcasting (numpy's rule). Axes that both inputs
 * step through alike are joined first, so that the innermost loop is long.
 * Integers, too: exporters compute shapes with these. */
#include <glib/gi18n-lib.h>
#include <string.h>

#include "nn/operator-table.h"
#include "nn/reach.h"

#define RUN 16384
#define CHUNK 1024

typedef enum { ADD, SUB, MUL, DIV } Kind;

typedef struct {
  Kind kind;
  LamTensorType type;
  int rank; /* after joining, at least 1 */
  int64_t dims[LAM_TENSOR_MAX_RANK];
  int64_t steps[2][LAM_TENSOR_MAX_RANK]; /* 0 where an input is repeated */
  int64_t n_rows, row_parts; /* parts of a row of the last axis */
} Binary;

static int64_t
get_dim (const LamShape *shape, int rank, int i)
{
  int at = i - (rank - shape->rank);
  return at < 0 ? 1 : shape->dims[at];
}

static bool
broadcast (const LamStep *step, int rank, int64_t *dims, GError **error)
{
  for (int i = 0; i < rank; i++) {
    int64_t a = get_dim (&step->inputs[0]->shape, rank, i);
    int64_t b = get_dim (&step->inputs[1]->shape, rank, i);
    if (a != b && a != 1 && b != 1) {
      g_autofree char *left = lam_shape_to_text (&step->inputs[0]->shape);
      g_autofree char *right = lam_shape_to_text (&step->inputs[1]->shape);
      return lam_step_fail (step, error, LAM_ERROR_INPUT,
          _ ("the inputs are %s and %s, which do not fit together"), left,
          right);
    }
    dims[i] = a == 1 ? b : a;
  }
  return true;
}

/* Joins axis i + 1 into i where both inputs allow it. */
static void
join_axes (Binary *binary, const int64_t *dims, int64_t steps[2][8], int rank)
{
  for (int i = 0; i < rank; i++) {
    int last = binary->rank - 1;
    if (dims[i] == 1)
      continue;
    bool joins = binary->rank > 0
        && binary->steps[0][last] == steps[0][i] * dims[i]
        && binary->steps[1][last] == steps[1][i] * dims[i];
    if (!joins) {
      last = binary->rank++;
      binary->dims[last] = 1;
    }
    binary->dims[last] *= dims[i];
    binary->steps[0][last] = steps[0][i];
    binary->steps[1][last] = steps[1][i];
  }
  if (binary->rank == 0) {
    binary->rank = 1;
    binary->dims[0] = 1;
  }
}

/* For backward: the first axis along which the input is not repeated, or
 * -1. */
static int
find_axis (const Binary *binary, int which)
{
  for (int i = 0; i < binary->rank; i++)
    if (binary->steps[which][i] != 0)
      return i;
  return -1;
}

/* Elements of the input that one part owns, which lie side by side. */
static int64_t
count_owned (const Binary *binary, int which, int axis)
{
  if (axis < 0)
    return 1;
  if (axis == binary->rank - 1)
    return MIN (CHUNK, binary->dims[axis]);
  return binary->steps[which][axis];
}

static bool
infer_binary (LamStep *step, Kind kind, GError **error)
{
  Binary *binary = step->settings = g_new0 (Binary, 1);
  const LamShape *a = &step->inputs[0]->shape, *b = &step->inputs[1]->shape;
  int rank = MAX (a->rank, b->rank);
  int64_t dims[LAM_TENSOR_MAX_RANK], steps[2][8];
  binary->kind = kind;
  binary->type = a->type;
  if (a->type != b->type)
    return lam_step_fail (step, error, LAM_ERROR_CORRUPT,
        _ ("one input holds integers, the other real numbers"));
  if (!broadcast (step, rank, dims, error))
    return false;
  for (int which = 0; which < 2; which++) {
    const LamShape *shape = &step->inputs[which]->shape;
    int64_t pace = 1;
    for (int i = rank - 1; i >= 0; i--) {
      int64_t n = get_dim (shape, rank, i);
      steps[which][i] = n == 1 ? 0 : pace;
      pace *= n;
    }
  }
  if (!lam_step_set_output (step, 0, a->type, rank, dims, error))
    return false;
  const LamTensor *divisor = step->inputs[1];
  if (kind == DIV && b->type == LAM_TENSOR_I64) {
    if (!lam_step_need_constant (step, 1, LAM_TENSOR_I64, error))
      return false;
    for (int64_t i = 0; i < lam_shape_get_count (b); i++)
      if (lam_tensor_integers (divisor)[i] == 0)
        return lam_step_fail (
            step, error, LAM_ERROR_CORRUPT, _ ("an integer divided by 0"));
  }
  join_axes (binary, dims, steps, rank);
  int64_t width = binary->dims[binary->rank - 1];
  binary->row_parts = (width + RUN - 1) / RUN;
  binary->n_rows = 1;
  for (int i = 0; i < binary->rank - 1; i++)
    binary->n_rows *= binary->dims[i];
  for (int i = 0; i < 2; i++)
    step->backward_scratch_bytes = MAX (step->backward_scratch_bytes,
        count_owned (binary, i, find_axis (binary, i))
            * (int64_t)sizeof (double));
  return true;
}

#define LOOP(operation) \
  do { \
    if (a_step == 1 && b_step == 1) \
      for (int64_t i = 0; i < n; i++) \
        to[i] = a[i] operation b[i]; \
    else \
      for (int64_t i = 0; i < n; i++) \
        to[i] = a[i * a_step] operation b[i * b_step]; \
  } while (0)

static void
compute_floats (Kind kind, const float *a, int64_t a_step, const float *b,
    int64_t b_step, float *to, int64_t n)
{
  switch (kind) {
  case ADD:
    LOOP (+);
    break;
  case SUB:
    LOOP (-);
    break;
  case MUL:
    LOOP (*);
    break;
  case DIV:
    LOOP (/);
    break;
  }
}

/* Wraps around instead of overflowing: the file may say anything. */
static void
compute_integers (Kind kind, const int64_t *a, int64_t a_step, const int64_t *b,
    int64_t b_step, int64_t *to, int64_t n)
{
  for (int64_t i = 0; i < n; i++) {
    uint64_t x = (uint64_t)a[i * a_step], y = (uint64_t)b[i * b_step];
    if (kind == DIV)
      to[i] = (int64_t)y == -1 ? (int64_t)(0 - x) : (int64_t)x / (int64_t)y;
    else
      to[i] = (int64_t)(kind == ADD ? x + y : kind == SUB ? x - y : x * y);
  }
}

static void
do_part (gpointer data, int64_t part, int thread)
{
  const LamStep *step = data;
  const Binary *binary = step->settings;
  int last = binary->rank - 1;
  int64_t row = part / binary->row_parts,
          first = part % binary->row_parts * RUN;
  int64_t n = MIN (RUN, binary->dims[last] - first);
  int64_t at[2] = { first * binary->steps[0][last],
    first * binary->steps[1][last] };
  int64_t rest = row;
  for (int i = last - 1; i >= 0; i--) {
    at[0] += rest % binary->dims[i] * binary->steps[0][i];
    at[1] += rest % binary->dims[i] * binary->steps[1][i];
    rest /= binary->dims[i];
  }
  int64_t to = row * binary->dims[last] + first;
  if (binary->type == LAM_TENSOR_F32) {
    float *result = lam_tensor_floats (step->outputs[0]) + to;
    compute_floats (binary->kind, lam_tensor_floats (step->inputs[0]) + at[0],
        binary->steps[0][last], lam_tensor_floats (step->inputs[1]) + at[1],
        binary->steps[1][last], result, n);
    if (step->node->activation.slope != 1)
      lam_activation_shift (step->node->activation, 0, result, result, n);
  } else {
    compute_integers (binary->kind,
        lam_tensor_integers (step->inputs[0]) + at[0], binary->steps[0][last],
        lam_tensor_integers (step->inputs[1]) + at[1], binary->steps[1][last],
        lam_tensor_integers (step->outputs[0]) + to, n);
  }
}

static void
forward (const LamStep *step, LamTeam *team)
{
  const Binary *binary = step->settings;
  lam_team_run (
      team, binary->n_rows * binary->row_parts, do_part, (gpointer)step);
}

/* Backward. The terms of an input's gradient are dy · 1, −1, the other input,
 * …; an input that is not repeated has one term an element. */
static void
fill_terms (Kind kind, int which, const float *dy, const float *a,
    int64_t a_step, const float *b, int64_t b_step, float *to, int64_t n)
{
  for (int64_t i = 0; i < n; i++) {
    float x = kind >= MUL ? a[i * a_step] : 0;
    float y = kind >= MUL ? b[i * b_step] : 0;
    if (kind == ADD || (kind == SUB && which == 0))
      to[i] = dy[i];
    else if (kind == SUB)
      to[i] = -dy[i];
    else if (kind == MUL)
      to[i] = dy[i] * (which ? x : y);
    else
      to[i] = which ? -dy[i] * x / (y * y) : dy[i] / y;
  }
}

/* A part of one input's gradient. Where it is repeated: all that shares one
 * index (or a run of them) along its first axis that is not. */
typedef struct {
  const LamStep *step;
  const LamStepGradients *gradients;
  int which;
  int axis; /* -1: one number for all */
} Turn;

/* Terms of part of a row of the result: `n` from column `first`. */
static void
fill_row (const Turn *turn, int64_t row, int64_t first, int64_t n, float *to)
{
  const Binary *binary = turn->step->settings;
  int last = binary->rank - 1;
  int64_t rest = row, at[2];
  for (int i = 0; i < 2; i++)
    at[i] = first * binary->steps[i][last];
  for (int i = last - 1; i >= 0; i--) {
    at[0] += rest % binary->dims[i] * binary->steps[0][i];
    at[1] += rest % binary->dims[i] * binary->steps[1][i];
    rest /= binary->dims[i];
  }
  fill_terms (binary->kind, turn->which,
      turn->gradients->outputs[0] + row * binary->dims[last] + first,
      lam_tensor_floats (turn->step->inputs[0]) + at[0], binary->steps[0][last],
      lam_tensor_floats (turn->step->inputs[1]) + at[1], binary->steps[1][last],
      to, n);
}

static void
turn_whole_part (gpointer data, int64_t part, int thread)
{
  const Turn *turn = data;
  const Binary *binary = turn->step->settings;
  int64_t width = binary->dims[binary->rank - 1];
  int64_t row = part / binary->row_parts,
          first = part % binary->row_parts * RUN;
  fill_row (turn, row, first, MIN (RUN, width - first),
      turn->gradients->inputs[turn->which] + row * width + first);
}

/* Adds a row's terms to sums, which begin at element `origin` of the input. */
static void
add_row (const Turn *turn, int64_t row, int64_t first, int64_t end,
    int64_t origin, double *sums)
{
  const Binary *binary = turn->step->settings;
  int last = binary->rank - 1;
  int64_t pace = binary->steps[turn->which][last], at = -origin, rest = row;
  float terms[CHUNK];
  for (int i = last - 1; i >= 0; i--) {
    at += rest % binary->dims[i] * binary->steps[turn->which][i];
    rest /= binary->dims[i];
  }
  for (int64_t x = first; x < end; x += CHUNK) {
    int64_t n = MIN (CHUNK, end - x);
    double sum = 0;
    fill_row (turn, row, x, n, terms);
    if (pace == 0)
      for (int64_t i = 0; i < n; i++)
        sum += terms[i];
    else
      for (int64_t i = 0; i < n; i++)
        sums[at + (x + i) * pace] += terms[i];
    if (pace == 0)
      sums[at] += sum;
  }
}

static void
turn_repeated_part (gpointer data, int64_t part, int thread)
{
  const Turn *turn = data;
  const Binary *binary = turn->step->settings;
  int last = binary->rank - 1;
  int64_t owned = count_owned (binary, turn->which, turn->axis);
  int64_t origin = turn->axis < 0 ? 0 : part * owned;
  int64_t first = 0, end = binary->dims[last], inner = 1;
  double *sums = lam_step_get_scratch (turn->step, thread);
  if (turn->axis == last) {
    first = origin;
    end = MIN (first + owned, end);
    owned = end - first;
  }
  for (int i = turn->axis + 1; i < last; i++)
    inner *= binary->dims[i];
  memset (sums, 0, (size_t)owned * sizeof *sums);
  for (int64_t row = 0; row < binary->n_rows; row++)
    if (turn->axis < 0 || turn->axis == last
        || row / inner % binary->dims[turn->axis] == part)
      add_row (turn, row, first, end, origin, sums);
  float *to = turn->gradients->inputs[turn->which] + origin;
  for (int64_t i = 0; i < owned; i++)
    to[i] = (float)sums[i];
}

static void
turn_input (const LamStep *step, const LamStepGradients *gradients, int which,
    LamTeam *team)
{
  const Binary *binary = step->settings;
  Turn turn = { step, gradients, which, find_axis (binary, which) };
  if (lam_shape_get_count (&step->inputs[which]->shape)
      == lam_shape_get_count (&step->outputs[0]->shape)) {
    lam_team_run (
        team, binary->n_rows * binary->row_parts, turn_whole_part, &turn);
    return;
  }
  int64_t n = turn.axis < 0 ? 1 : binary->dims[turn.axis];
  if (turn.axis == binary->rank - 1)
    n = (n + CHUNK - 1) / CHUNK;
  lam_team_run (team, n, turn_repeated_part, &turn);
}

/* The second input first: the first one's gradient may overwrite dy. */
static void
backward (const LamStep *step, const LamStepGradients *gradients, LamTeam *team)
{
  for (int i = 1; i >= 0; i--)
    if (gradients->inputs[i])
      turn_input (step, gradients, i, team);
}

#define ROW(variable, onnx_name, kind) \
  static bool infer_##kind (LamStep *step, GError **error) \
  { \
    return infer_binary (step, kind, error); \
  } \
  const LamOperator variable = { \
    .name = onnx_name, \
    .min_inputs = 2, \
    .max_inputs = 2, \
    .n_outputs = 1, \
    .can_overwrite = true, \
    .has_activation = true, \
    .infer = infer_##kind, \
    .forward = forward, \
    .reach = lam_reach_pointwise, \
    .trained_inputs = (kind) == ADD || (kind) == MUL ? 3 : 0, \
    .backward_inputs = (kind) == MUL || (kind) == DIV ? 3 : 0, \
    .backward_can_overwrite = true, \
    .backward = backward, \
  }

ROW (lam_operator_add, "Add", ADD);
ROW (lam_operator_sub, "Sub", SUB);
ROW (lam_operator_mul, "Mul", MUL);
ROW (lam_operator_div, "Div", DIV);
