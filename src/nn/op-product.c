/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Gemm and MatMul. A part is some rows of one product. */
#include <glib/gi18n-lib.h>

#include "nn/blas.h"
#include "nn/operator-table.h"
#include "nn/reach.h"

#define RUN 64 /* rows of a part */

typedef struct {
  int64_t m, n, k, batch;
  bool turn_a, turn_b;
  float alpha, beta;
  /* Of a batch: which matrix of each input, from its outer axes. */
  int rank; /* outer axes */
  int64_t dims[LAM_TENSOR_MAX_RANK];
  int64_t steps[2][LAM_TENSOR_MAX_RANK];
} Product;

static bool
check_sizes (
    const LamStep *step, const Product *product, int64_t k, GError **error)
{
  if (product->k != k)
    return lam_step_fail (step, error, LAM_ERROR_INPUT,
        _ ("a matrix of %" G_GINT64_FORMAT
           " columns cannot be multiplied with one of %" G_GINT64_FORMAT
           " rows"),
        product->k, k);
  if (product->m < 1 || product->n < 1 || product->k < 1
      || MAX (MAX (product->m, product->n), product->k) > G_MAXINT32)
    return lam_step_fail (step, error, LAM_ERROR_LIMIT,
        _ ("a matrix has no elements, or too many"));
  return true;
}

static bool
infer_gemm (LamStep *step, GError **error)
{
  Product *product = step->settings = g_new0 (Product, 1);
  int64_t turn_a = 0, turn_b = 0;
  product->alpha = product->beta = 1;
  if (!lam_step_need_floats (step, 3, error)
      || !lam_step_need_rank (step, 0, 2, 2, error)
      || !lam_step_need_rank (step, 1, 2, 2, error)
      || !lam_step_get_integer (step, "transA", &turn_a, error)
      || !lam_step_get_integer (step, "transB", &turn_b, error)
      || !lam_step_get_float (step, "alpha", &product->alpha, error)
      || !lam_step_get_float (step, "beta", &product->beta, error))
    return false;
  const int64_t *a = step->inputs[0]->shape.dims;
  const int64_t *b = step->inputs[1]->shape.dims;
  product->turn_a = turn_a != 0;
  product->turn_b = turn_b != 0;
  product->m = a[product->turn_a];
  product->k = a[!product->turn_a];
  product->n = b[!product->turn_b];
  product->batch = 1;
  if (!check_sizes (step, product, b[product->turn_b], error))
    return false;
  if (lam_step_has_input (step, 2)) {
    const LamShape *c = &step->inputs[2]->shape;
    int64_t columns = c->rank > 0 ? c->dims[c->rank - 1] : 1;
    int64_t rows = c->rank > 1 ? c->dims[0] : 1;
    if (c->rank > 2 || (columns != 1 && columns != product->n)
        || (rows != 1 && rows != product->m))
      return lam_step_fail (step, error, LAM_ERROR_CORRUPT,
          _ ("input %d does not fit to the product"), 2);
  }
  step->flops =
      2.0 * (double)product->m * (double)product->n * (double)product->k;
  const int64_t dims[2] = { product->m, product->n };
  return lam_step_set_output (step, 0, LAM_TENSOR_F32, 2, dims, error);
}

/* Outer axes are broadcast as numpy does; vectors are refused. */
static bool
infer_matmul (LamStep *step, GError **error)
{
  Product *product = step->settings = g_new0 (Product, 1);
  const LamShape *shapes[2] = { &step->inputs[0]->shape,
    &step->inputs[1]->shape };
  int64_t dims[LAM_TENSOR_MAX_RANK];
  if (!lam_step_need_floats (step, 2, error)
      || !lam_step_need_rank (step, 0, 2, LAM_TENSOR_MAX_RANK, error)
      || !lam_step_need_rank (step, 1, 2, LAM_TENSOR_MAX_RANK, error))
    return false;
  int rank = MAX (shapes[0]->rank, shapes[1]->rank);
  product->alpha = 1;
  product->m = shapes[0]->dims[shapes[0]->rank - 2];
  product->k = shapes[0]->dims[shapes[0]->rank - 1];
  product->n = shapes[1]->dims[shapes[1]->rank - 1];
  if (!check_sizes (step, product, shapes[1]->dims[shapes[1]->rank - 2], error))
    return false;
  product->rank = rank - 2;
  product->batch = 1;
  int64_t pace[2] = { 1, 1 };
  for (int i = rank - 3; i >= 0; i--) {
    int64_t size[2];
    for (int j = 0; j < 2; j++) {
      int at = i - (rank - shapes[j]->rank);
      size[j] = at < 0 ? 1 : shapes[j]->dims[at];
      product->steps[j][i] = size[j] == 1 ? 0 : pace[j];
      pace[j] *= size[j];
    }
    if (size[0] != size[1] && size[0] != 1 && size[1] != 1)
      return lam_step_fail (step, error, LAM_ERROR_INPUT,
          _ ("axis %d has %" G_GINT64_FORMAT " and %" G_GINT64_FORMAT
             " elements, which do not fit together"),
          i, size[0], size[1]);
    dims[i] = product->dims[i] = size[0] == 1 ? size[1] : size[0];
  }
  dims[rank - 2] = product->m;
  dims[rank - 1] = product->n;
  if (!lam_step_set_output (step, 0, LAM_TENSOR_F32, rank, dims, error))
    return false;
  for (int i = 0; i < product->rank; i++)
    product->batch *= product->dims[i];
  step->backward_scratch_bytes =
      RUN * (int64_t)sizeof (float) * MAX (product->k, product->n);
  step->flops = 2.0 * (double)product->batch * (double)product->m
      * (double)product->n * (double)product->k;
  return true;
}

/* to = alpha · to + beta · c, row `row` of the result. */
static void
finish_row (const LamStep *step, int64_t row, float *to)
{
  const Product *product = step->settings;
  const LamTensor *c = lam_step_has_input (step, 2) ? step->inputs[2] : NULL;
  if (product->alpha != 1)
    for (int64_t i = 0; i < product->n; i++)
      to[i] *= product->alpha;
  if (!c)
    return;
  int rank = c->shape.rank;
  int64_t columns = rank > 0 ? c->shape.dims[rank - 1] : 1;
  int64_t rows = rank > 1 ? c->shape.dims[0] : 1;
  const float *add = lam_tensor_floats (c) + (rows > 1 ? row * columns : 0);
  for (int64_t i = 0; i < product->n; i++)
    to[i] += product->beta * add[columns > 1 ? i : 0];
}

static void
do_part (gpointer data, int64_t part, int thread)
{
  const LamStep *step = data;
  const Product *product = step->settings;
  int64_t runs = (product->m + RUN - 1) / RUN;
  int64_t index = part / runs, first = part % runs * RUN;
  int64_t rows = MIN (RUN, product->m - first), at[2] = { 0, 0 };
  int64_t rest = index;
  for (int i = product->rank - 1; i >= 0; i--) {
    at[0] += rest % product->dims[i] * product->steps[0][i];
    at[1] += rest % product->dims[i] * product->steps[1][i];
    rest /= product->dims[i];
  }
  const float *a = lam_tensor_floats (step->inputs[0])
      + at[0] * product->m * product->k
      + (product->turn_a ? first : first * product->k);
  const float *b =
      lam_tensor_floats (step->inputs[1]) + at[1] * product->k * product->n;
  float *to = lam_tensor_floats (step->outputs[0])
      + (index * product->m + first) * product->n;
  lam_blas_multiply_turned (rows, product->n, product->k, a,
      product->turn_a ? product->m : product->k, product->turn_a, b,
      product->turn_b ? product->k : product->n, product->turn_b, to,
      product->n);
  for (int64_t i = 0; i < rows; i++)
    finish_row (step, first + i, to + i * product->n);
}

static void
forward (const LamStep *step, LamTeam *team)
{
  const Product *product = step->settings;
  lam_team_run (team, product->batch * ((product->m + RUN - 1) / RUN), do_part,
      (gpointer)step);
}

/* Backward: each of the two matrices of an input is a sum over the products
 * of the batch that it takes part in. A part is some rows of one matrix. */
typedef struct {
  const LamStep *step;
  const LamStepGradients *gradients;
  int which; /* input */
  int64_t rows, columns; /* of its matrices, as they lie in memory */
} Turn;

/* The matrices of both inputs that make product `index`. */
static void
find_matrices (const Product *product, int64_t index, int64_t at[2])
{
  at[0] = at[1] = 0;
  for (int i = product->rank - 1; i >= 0; i--) {
    at[0] += index % product->dims[i] * product->steps[0][i];
    at[1] += index % product->dims[i] * product->steps[1][i];
    index /= product->dims[i];
  }
}

/* Rows [first, first + rows) of dA, or of its transpose where A is turned:
 * dY · Bᵀ, or B · dYᵀ. */
static void
turn_left (const Product *product, const float *dy, const float *b,
    int64_t first, int64_t rows, float *to)
{
  int64_t m = product->m, n = product->n, k = product->k;
  int64_t b_step = product->turn_b ? k : n;
  if (product->turn_a)
    lam_blas_multiply_turned (rows, m, n,
        b + (product->turn_b ? first : first * n), b_step, product->turn_b, dy,
        n, true, to, m);
  else
    lam_blas_multiply_turned (rows, k, n, dy + first * n, n, false, b, b_step,
        !product->turn_b, to, k);
}

/* The same of dB: Aᵀ · dY, or dYᵀ · A. */
static void
turn_right (const Product *product, const float *dy, const float *a,
    int64_t first, int64_t rows, float *to)
{
  int64_t m = product->m, n = product->n, k = product->k;
  int64_t a_step = product->turn_a ? m : k;
  if (product->turn_b)
    lam_blas_multiply_turned (
        rows, k, m, dy + first, n, true, a, a_step, product->turn_a, to, k);
  else
    lam_blas_multiply_turned (rows, n, m,
        a + (product->turn_a ? first * m : first), a_step, !product->turn_a, dy,
        n, false, to, n);
}

static void
turn_rows (const Turn *turn, int64_t index, int64_t other, int64_t first,
    int64_t rows, float *to)
{
  const Product *product = turn->step->settings;
  const float *dy =
      turn->gradients->outputs[0] + index * product->m * product->n;
  const float *from = lam_tensor_floats (turn->step->inputs[1 - turn->which]);
  if (turn->which == 0)
    turn_left (
        product, dy, from + other * product->k * product->n, first, rows, to);
  else
    turn_right (
        product, dy, from + other * product->m * product->k, first, rows, to);
}

static void
turn_part (gpointer data, int64_t part, int thread)
{
  const Turn *turn = data;
  const Product *product = turn->step->settings;
  int64_t runs = (turn->rows + RUN - 1) / RUN, matrix = part / runs;
  int64_t first = part % runs * RUN, rows = MIN (RUN, turn->rows - first);
  int64_t n = rows * turn->columns, at[2];
  float *to = turn->gradients->inputs[turn->which]
      + (matrix * turn->rows + first) * turn->columns;
  float *more = lam_step_get_scratch (turn->step, thread);
  bool is_first = true;
  for (int64_t index = 0; index < product->batch; index++) {
    find_matrices (product, index, at);
    if (at[turn->which] != matrix)
      continue;
    turn_rows (
        turn, index, at[1 - turn->which], first, rows, is_first ? to : more);
    for (int64_t i = 0; i < n && !is_first; i++)
      to[i] += more[i];
    is_first = false;
  }
  for (int64_t i = 0; i < n && product->alpha != 1; i++)
    to[i] *= product->alpha;
}

/* What is added is repeated along axes of 1: their sums, times beta. */
static void
turn_added (const LamStep *step, const float *dy, float *to)
{
  const Product *product = step->settings;
  const LamShape *shape = &step->inputs[2]->shape;
  int64_t columns = shape->rank > 0 ? shape->dims[shape->rank - 1] : 1;
  int64_t rows = shape->rank > 1 ? shape->dims[0] : 1;
  g_autofree double *sums = g_new0 (double, rows *columns);
  for (int64_t i = 0; i < product->m; i++)
    for (int64_t j = 0; j < product->n; j++)
      sums[(rows > 1 ? i * columns : 0) + (columns > 1 ? j : 0)] +=
          dy[i * product->n + j];
  for (int64_t i = 0; i < rows * columns; i++)
    to[i] = (float)(sums[i] * product->beta);
}

static void
backward (const LamStep *step, const LamStepGradients *gradients, LamTeam *team)
{
  for (int which = 0; which < 2; which++) {
    const LamShape *shape = &step->inputs[which]->shape;
    Turn turn = { step, gradients, which, shape->dims[shape->rank - 2],
      shape->dims[shape->rank - 1] };
    if (!gradients->inputs[which])
      continue;
    lam_team_run (team,
        lam_shape_product (shape, 0, shape->rank - 2)
            * ((turn.rows + RUN - 1) / RUN),
        turn_part, &turn);
  }
  if (lam_step_has_input (step, 2) && gradients->inputs[2])
    turn_added (step, gradients->outputs[0], gradients->inputs[2]);
}

/* Rows of the first by a constant matrix, columns of the second likewise. */
static bool
reach_matmul (const LamStep *step, const LamReach *inputs, LamReach *outputs)
{
  int which = inputs[0].axis == LAM_REACH_NONE;
  const LamShape *shape = &step->inputs[which]->shape;
  outputs[0] = inputs[which];
  outputs[0].axis += step->outputs[0]->shape.rank - shape->rank;
  return inputs[!which].axis == LAM_REACH_NONE
      && step->inputs[!which]->shape.rank == 2
      && inputs[which].axis != shape->rank - (which ? 2 : 1);
}

const LamOperator lam_operator_gemm = {
  .name = "Gemm",
  .min_inputs = 2,
  .max_inputs = 3,
  .n_outputs = 1,
  .attributes =
      (const char *const[]){ "alpha", "beta", "transA", "transB", NULL },
  .infer = infer_gemm,
  .forward = forward,
  .trained_inputs = 1 | 2 | 4,
  .backward_inputs = 1 | 2,
  .backward = backward,
};

const LamOperator lam_operator_matmul = {
  .name = "MatMul",
  .min_inputs = 2,
  .max_inputs = 2,
  .n_outputs = 1,
  .infer = infer_matmul,
  .forward = forward,
  .reach = reach_matmul,
  .trained_inputs = 1 | 2,
  .backward_inputs = 1 | 2,
  .backward = backward,
};
