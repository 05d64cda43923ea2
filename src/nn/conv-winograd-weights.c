/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The weights of a convolution as nn/conv-winograd.c wants them: kz, points,
 * filters, channels (the adjoint's: of the convolution that it is seen as). In
 * 16 bits: kz, points, then as nn/gemm16.h wants pairs of channels by filter,
 * and behind them all is what 1 is worth: kz, points, cuts, filters. */
#include "nn/conv-ways.h"
#include "nn/gemm16.h"
#include "nn/pack16.h"
#include "nn/winograd16.h"

typedef struct {
  const LamConv *conv;
  const float *weights;
  float *to;
} Transform;

static int64_t
count_rows (const LamConv *conv)
{
  return conv->is_adjoint ? conv->window.channels : conv->filters;
}

static int64_t
count_columns (const LamConv *conv)
{
  return conv->is_adjoint ? conv->filters : conv->window.channels;
}

int64_t
lam_conv_winograd_get_scales (const LamConv *conv)
{
  return conv->window.kernel[0] * conv->winograd->points
      * lam_gemm16_count_words (
          count_rows (conv), (count_columns (conv) + 1) / 2);
}

int64_t
lam_conv_winograd_get_prepared (const LamConv *conv)
{
  int64_t rows = count_rows (conv), columns = count_columns (conv);
  int64_t cuts = lam_gemm16_count_cuts ((columns + 1) / 2);
  int64_t points = conv->window.kernel[0] * conv->winograd->points;
  int64_t n = conv->is_fast
      ? lam_conv_winograd_get_scales (conv) + points * cuts * rows
      : points * rows * columns;
  return n * (int64_t)sizeof (float);
}

/* All kernels that give one channel of the result; `point` floats from one
 * point to the next. */
static void
transform_row (
    const Transform *transform, int64_t row, float *to, int64_t point)
{
  const LamConv *conv = transform->conv;
  bool is_adjoint = conv->is_adjoint;
  int64_t depth = conv->window.kernel[0], channels = conv->window.channels;
  int64_t columns = count_columns (conv);
  int64_t step = is_adjoint ? channels * depth * 9 : depth * 9;
  const float *from =
      transform->weights + row * depth * 9 * (is_adjoint ? 1 : channels);
  for (int64_t i = 0; i < columns; i += LAM_WINOGRAD_KERNELS)
    for (int64_t z = 0; z < depth; z++)
      conv->winograd->transform_weights (
          from + i * step + (is_adjoint ? depth - 1 - z : z) * 9, step,
          (int)MIN (columns - i, LAM_WINOGRAD_KERNELS), is_adjoint,
          to + z * conv->winograd->points * point + i, point);
}

static void
prepare_row (gpointer data, int64_t row, int thread)
{
  const Transform *transform = data;
  int64_t columns = count_columns (transform->conv);
  transform_row (transform, row, transform->to + row * columns,
      count_rows (transform->conv) * columns);
}

/* Each cut of each point of the row has its own scale, but for taps in z that
 * may be joined. */
static void
prepare_row16 (gpointer data, int64_t row, int thread)
{
  const Transform *transform = data;
  const LamConv *conv = transform->conv;
  int64_t rows = count_rows (conv), columns = count_columns (conv);
  int64_t pairs = (columns + 1) / 2, cuts = lam_gemm16_count_cuts (pairs);
  int64_t depth = conv->window.kernel[0], of_tap = conv->winograd->points;
  int64_t n = depth * of_tap;
  bool is_joined = lam_gemm16_can_join (pairs, depth);
  int64_t words = lam_gemm16_count_words (rows, pairs);
  g_autofree float *points = g_new (float, (size_t)(n * columns));
  float *scales = transform->to + lam_conv_winograd_get_scales (conv);
  transform_row (transform, row, points, columns);
  for (int64_t i = 0; i < n * cuts; i++) {
    int64_t point = i / cuts, first = lam_gemm16_get_cut (pairs, i % cuts);
    int64_t end = lam_gemm16_get_cut (pairs, i % cuts + 1);
    int64_t length = MIN (2 * end, columns) - 2 * first;
    int64_t joined = is_joined ? point % of_tap : point;
    int64_t joined_end = is_joined ? n : point + 1;
    LamPack16Row together = { 0 };
    for (int64_t j = joined; j < joined_end; j += of_tap)
      lam_pack16_add (&together, points + j * columns + 2 * first, length);
    lam_pack16_put (&together, points + point * columns + 2 * first, length,
        (int32_t *)transform->to + point * words
            + lam_gemm16_find_a (row, first, pairs),
        LAM_GEMM16_ROWS);
    scales[i * rows + row] = lam_pack16_get_scale (&together);
  }
}

void
lam_conv_winograd_prepare (
    const LamConv *conv, const float *weights, float *to, LamTeam *team)
{
  Transform transform = { conv, weights, to };
  lam_team_run (team, count_rows (conv),
      conv->is_fast ? prepare_row16 : prepare_row, &transform);
}
