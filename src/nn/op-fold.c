/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* ReduceMean and its kin over any axes, and GlobalMaxPool. Axes that lie side
 * by side and are both kept or both folded are joined. A part is some results
 * that lie side by side; each is summed up in many lanes, whose order does not
 * depend on the thread. */
#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

#include "nn/operator-table.h"
#include "nn/reach.h"

#define LANES 64

typedef enum {
  SUM,
  MEAN,
  MAXIMUM,
  MINIMUM,
  PRODUCT,
  L1,
  L2,
  SUM_SQUARE,
  LOG_SUM,
  LOG_SUM_EXP,
} Kind;

typedef struct {
  int n;
  int64_t dims[LAM_TENSOR_MAX_RANK], steps[LAM_TENSOR_MAX_RANK];
  int64_t count; /* all together */
} Axes;

typedef struct {
  Kind kind;
  Axes kept, folded; /* without the last axis */
  int64_t last; /* elements of the last joined axis, one after another */
  bool keeps_last;
  int64_t n_parts;
  int64_t n_folded; /* numbers that make one result */
} Fold;

static void
add_axis (Axes *axes, int64_t size, int64_t pace)
{
  axes->dims[axes->n] = size;
  axes->steps[axes->n++] = pace;
  axes->count *= size;
}

static int64_t
find_place (const Axes *axes, int64_t index)
{
  int64_t at = 0;
  for (int i = axes->n - 1; i >= 0; i--) {
    at += index % axes->dims[i] * axes->steps[i];
    index /= axes->dims[i];
  }
  return at;
}

static void
join_axes (Fold *fold, const LamShape *shape, const bool *is_folded)
{
  int64_t dims[LAM_TENSOR_MAX_RANK + 1] = { 1 }, pace = 1;
  bool folds[LAM_TENSOR_MAX_RANK + 1] = { false };
  int n = 0;
  for (int i = 0; i < shape->rank; i++) {
    if (n == 0 || is_folded[i] != folds[n - 1]) {
      folds[n] = is_folded[i];
      dims[n++] = 1;
    }
    dims[n - 1] *= shape->dims[i];
  }
  n = MAX (n, 1);
  int64_t sizes[LAM_TENSOR_MAX_RANK + 1];
  for (int i = n - 1; i >= 0; i--) {
    sizes[i] = pace;
    pace *= dims[i];
  }
  fold->kept.count = fold->folded.count = 1;
  for (int i = 0; i < n - 1; i++)
    add_axis (folds[i] ? &fold->folded : &fold->kept, dims[i], sizes[i]);
  fold->last = dims[n - 1];
  fold->keeps_last = !folds[n - 1];
  fold->n_folded = fold->folded.count * (fold->keeps_last ? 1 : fold->last);
  int64_t runs = fold->keeps_last ? (fold->last + LANES - 1) / LANES : 1;
  fold->n_parts = fold->kept.count * runs;
}

static bool
set_output (
    const LamStep *step, const bool *is_folded, bool keeps, GError **error)
{
  const LamShape *shape = &step->inputs[0]->shape;
  int64_t dims[LAM_TENSOR_MAX_RANK];
  int rank = 0;
  for (int i = 0; i < shape->rank; i++)
    if (!is_folded[i] || keeps)
      dims[rank++] = is_folded[i] ? 1 : shape->dims[i];
  return lam_step_set_output (step, 0, shape->type, rank, dims, error);
}

/* All axes where none is named, unless that means none. */
static bool
read_axes (const LamStep *step, bool *is_folded, GError **error)
{
  int rank = step->inputs[0]->shape.rank, n = 0;
  const int64_t *axes = NULL;
  int64_t does_nothing = 0;
  if (!lam_step_get_list (step, "axes", 1, &axes, &n, error)
      || !lam_step_get_integer (
          step, "noop_with_empty_axes", &does_nothing, error))
    return false;
  for (int i = 0; i < rank; i++)
    is_folded[i] = n == 0 && !does_nothing;
  for (int i = 0; i < n; i++) {
    int axis;
    if (!lam_step_need_axis (step, axes[i], rank, &axis, error))
      return false;
    is_folded[axis] = true;
  }
  return true;
}

static bool
infer_fold (LamStep *step, Kind kind, GError **error)
{
  Fold *fold = step->settings = g_new0 (Fold, 1);
  const LamShape *shape = &step->inputs[0]->shape;
  bool is_folded[LAM_TENSOR_MAX_RANK],
      can_be_integer =
          kind == SUM || kind == MAXIMUM || kind == MINIMUM || kind == PRODUCT;
  int64_t keeps = 1;
  fold->kind = kind;
  if ((!can_be_integer && !lam_step_need_floats (step, 1, error))
      || !lam_step_get_integer (step, "keepdims", &keeps, error)
      || !read_axes (step, is_folded, error))
    return false;
  join_axes (fold, shape, is_folded);
  if (fold->n_folded < 1)
    return lam_step_fail (
        step, error, LAM_ERROR_INPUT, _ ("there is nothing to reduce"));
  return set_output (step, is_folded, keeps != 0, error);
}

static bool
infer_global (LamStep *step, GError **error)
{
  Fold *fold = step->settings = g_new0 (Fold, 1);
  bool is_folded[LAM_TENSOR_MAX_RANK] = { false };
  fold->kind = MAXIMUM;
  if (!lam_step_need_floats (step, 1, error)
      || !lam_step_need_rank (step, 0, 2, LAM_TENSOR_MAX_RANK, error))
    return false;
  for (int i = 0; i < step->inputs[0]->shape.rank; i++)
    is_folded[i] = i >= 2;
  join_axes (fold, &step->inputs[0]->shape, is_folded);
  return set_output (step, is_folded, true, error);
}

static double
get_neutral (Kind kind)
{
  return kind == MAXIMUM ? -INFINITY
      : kind == MINIMUM  ? INFINITY
      : kind == PRODUCT  ? 1
                         : 0;
}

#define LOOP(expression) \
  for (int64_t i = 0; i < n; i++) { \
    double x = from[i], sum = sums[i]; \
    sums[i] = (expression); \
  } \
  break

/* One number more for each of `n` lanes. */
static void
add_lanes (
    Kind kind, const float *from, const double *shift, double *sums, int64_t n)
{
  switch (kind) {
  case SUM:
  case MEAN:
  case LOG_SUM:
    LOOP (sum + x);
  case MAXIMUM:
    LOOP (x > sum ? x : sum);
  case MINIMUM:
    LOOP (x < sum ? x : sum);
  case PRODUCT:
    LOOP (sum * x);
  case L1:
    LOOP (sum + fabs (x));
  case L2:
  case SUM_SQUARE:
    LOOP (sum + x * x);
  case LOG_SUM_EXP:
    LOOP (sum + exp (x - shift[i]));
  }
}

static double
join_lanes (Kind kind, const double *sums)
{
  double all = sums[0];
  for (int i = 1; i < LANES; i++)
    all = kind == MAXIMUM ? MAX (all, sums[i])
        : kind == MINIMUM ? MIN (all, sums[i])
        : kind == PRODUCT ? all * sums[i]
                          : all + sums[i];
  return all;
}

/* `n` results; their numbers begin at `from`. With the last axis kept, lanes
 * are results; else they all belong to the one result. */
static void
fold_lanes (const Fold *fold, Kind kind, const float *from, const double *shift,
    double *results, int64_t n)
{
  double sums[LANES];
  for (int i = 0; i < LANES; i++)
    sums[i] = get_neutral (kind);
  for (int64_t i = 0; i < fold->folded.count; i++) {
    const float *row = from + find_place (&fold->folded, i);
    if (fold->keeps_last)
      add_lanes (kind, row, shift, sums, n);
    else
      for (int64_t j = 0; j < fold->last; j += LANES)
        add_lanes (kind, row + j, shift, sums, MIN (LANES, fold->last - j));
  }
  if (fold->keeps_last)
    memcpy (results, sums, (size_t)n * sizeof *sums);
  else
    results[0] = join_lanes (kind, sums);
}

static double
finish (const Fold *fold, double sum, double shift)
{
  switch (fold->kind) {
  case MEAN:
    return sum / (double)fold->n_folded;
  case L2:
    return sqrt (sum);
  case LOG_SUM:
    return log (sum);
  case LOG_SUM_EXP:
    return log (sum) + shift;
  default:
    return sum;
  }
}

/* Where the numbers of a part begin, which result is its first, how many. */
static void
find_part (
    const Fold *fold, int64_t part, int64_t *from, int64_t *to, int64_t *n)
{
  int64_t runs = fold->keeps_last ? (fold->last + LANES - 1) / LANES : 1;
  int64_t first = part % runs * LANES;
  *from = find_place (&fold->kept, part / runs) + first;
  *to = fold->keeps_last ? part / runs * fold->last + first : part;
  *n = fold->keeps_last ? MIN (LANES, fold->last - first) : 1;
}

static void
do_part (gpointer data, int64_t part, int thread)
{
  const LamStep *step = data;
  const Fold *fold = step->settings;
  double sums[LANES], shift[LANES] = { 0 };
  int64_t from, to, n;
  find_part (fold, part, &from, &to, &n);
  const float *numbers = lam_tensor_floats (step->inputs[0]) + from;
  if (fold->kind == LOG_SUM_EXP) {
    fold_lanes (fold, MAXIMUM, numbers, shift, shift, n);
    for (int i = 1; i < LANES && !fold->keeps_last; i++)
      shift[i] = shift[0];
  }
  fold_lanes (fold, fold->kind, numbers, shift, sums, n);
  for (int64_t i = 0; i < n; i++)
    lam_tensor_floats (step->outputs[0])[to + i] =
        (float)finish (fold, sums[i], shift[i]);
}

/* Shape arithmetic: short and rare. Wraps around instead of overflowing. */
static void
fold_integers (const LamStep *step)
{
  const Fold *fold = step->settings;
  const int64_t *from = lam_tensor_integers (step->inputs[0]);
  int64_t *to = lam_tensor_integers (step->outputs[0]);
  int64_t kept_last = fold->keeps_last ? fold->last : 1;
  int64_t folded_last = fold->keeps_last ? 1 : fold->last;
  for (int64_t i = 0; i < fold->kept.count * kept_last; i++) {
    const int64_t *first =
        from + find_place (&fold->kept, i / kept_last) + i % kept_last;
    for (int64_t j = 0; j < fold->n_folded; j++) {
      int64_t x =
          first[find_place (&fold->folded, j / folded_last) + j % folded_last];
      uint64_t sum = (uint64_t)to[i];
      to[i] = j == 0              ? x
          : fold->kind == MAXIMUM ? MAX (to[i], x)
          : fold->kind == MINIMUM ? MIN (to[i], x)
          : fold->kind == PRODUCT ? (int64_t)(sum * (uint64_t)x)
                                  : (int64_t)(sum + (uint64_t)x);
    }
  }
}

static void
forward (const LamStep *step, LamTeam *team)
{
  const Fold *fold = step->settings;
  if (step->inputs[0]->shape.type == LAM_TENSOR_I64)
    fold_integers (step);
  else
    lam_team_run (team, fold->n_parts, do_part, (gpointer)step);
}

typedef struct {
  const LamStep *step;
  const float *from;
  float *to;
} Gradients;

/* d result / d x, where the result is y. */
static double
derive (const Fold *fold, double x, double y)
{
  switch (fold->kind) {
  case MEAN:
    return 1 / (double)fold->n_folded;
  case MAXIMUM:
  case MINIMUM:
    return x == y;
  case L1:
    return (x > 0) - (x < 0);
  case L2:
    return y > 0 ? x / y : 0;
  case SUM_SQUARE:
    return 2 * x;
  case LOG_SUM:
    return exp (-y);
  case LOG_SUM_EXP:
    return exp (x - y);
  default:
    return 1;
  }
}

/* Of equal maxima, the first alone is moved. */
static void
return_part (gpointer data, int64_t part, int thread)
{
  const Gradients *gradients = data;
  const LamStep *step = gradients->step;
  const Fold *fold = step->settings;
  bool is_extreme = fold->kind == MAXIMUM || fold->kind == MINIMUM;
  bool is_taken[LANES] = { false };
  int64_t from, to, n;
  find_part (fold, part, &from, &to, &n);
  const float *results = lam_tensor_floats (step->outputs[0]) + to;
  const float *x = lam_tensor_floats (step->inputs[0]);
  int64_t width = fold->keeps_last ? n : fold->last;
  for (int64_t i = 0; i < fold->folded.count; i++) {
    int64_t row = from + find_place (&fold->folded, i);
    for (int64_t j = 0; j < width; j++) {
      int64_t lane = fold->keeps_last ? j : 0;
      double slope = derive (fold, x[row + j], results[lane]);
      if (is_extreme && is_taken[lane])
        slope = 0;
      is_taken[lane] |= slope != 0;
      gradients->to[row + j] = (float)(gradients->from[to + lane] * slope);
    }
  }
}

static void
backward (const LamStep *step, const LamStepGradients *gradients, LamTeam *team)
{
  const Fold *fold = step->settings;
  Gradients both = { step, gradients->outputs[0], gradients->inputs[0] };
  if (both.from && both.to)
    lam_team_run (team, fold->n_parts, return_part, &both);
}

static bool
reach (const LamStep *step, const LamReach *inputs, LamReach *outputs)
{
  bool is_folded[LAM_TENSOR_MAX_RANK];
  LamReach *to = &outputs[0];
  bool keeps = step->inputs[0]->shape.rank == step->outputs[0]->shape.rank;
  if (!lam_reach_first (step, inputs, outputs)
      || !read_axes (step, is_folded, NULL) || is_folded[to->axis])
    return false;
  for (int i = 0; !keeps && i < inputs[0].axis; i++)
    to->axis -= is_folded[i];
  return true;
}

static const char *const attributes[] = { "axes", "keepdims",
  "noop_with_empty_axes", NULL };

/* A product has no backward: it is met only among shapes. */
#define ROW(variable, onnx_name, kind) \
  static bool infer_##variable (LamStep *step, GError **error) \
  { \
    return infer_fold (step, kind, error); \
  } \
  const LamOperator lam_operator_##variable = { \
    .name = onnx_name, \
    .min_inputs = 1, \
    .max_inputs = 2, \
    .n_outputs = 1, \
    .attributes = attributes, \
    .infer = infer_##variable, \
    .forward = forward, \
    .reach = reach, \
    .backward_inputs = 1, \
    .backward_outputs = 1, \
    .backward = (kind) == PRODUCT ? NULL : backward, \
  }

ROW (reduce_sum, "ReduceSum", SUM);
ROW (reduce_mean, "ReduceMean", MEAN);
ROW (reduce_max, "ReduceMax", MAXIMUM);
ROW (reduce_min, "ReduceMin", MINIMUM);
ROW (reduce_prod, "ReduceProd", PRODUCT);
ROW (reduce_l1, "ReduceL1", L1);
ROW (reduce_l2, "ReduceL2", L2);
ROW (reduce_sum_square, "ReduceSumSquare", SUM_SQUARE);
ROW (reduce_log_sum, "ReduceLogSum", LOG_SUM);
ROW (reduce_log_sum_exp, "ReduceLogSumExp", LOG_SUM_EXP);

const LamOperator lam_operator_global_max_pool = {
  .name = "GlobalMaxPool",
  .min_inputs = 1,
  .max_inputs = 1,
  .n_outputs = 1,
  .infer = infer_global,
  .forward = forward,
  .backward_inputs = 1,
  .backward_outputs = 1,
  .backward = backward,
};
