/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* A float plus 1.5 · 2²³ units is rounded to whole units, and its low bits are
 * then their number: one addition scales and rounds, the same on every CPU.
 * Units are powers of two, so nothing else is rounded. */
#include "nn/winograd16.h"

#include <glib.h>
#include <math.h>

#include "nn/clones.h"
#include "nn/gemm16.h"
#include "nn/winograd-lanes.h"

/* Units below or above these would leave the floats. */
#define LEAST_EXPONENT (-120)
#define MOST_EXPONENT 100

typedef int32_t Words __attribute__ ((vector_size (LAM_LANES * 4)));

/* The sum of sizes in each row of B^T. */
static const double gains[LAM_WINOGRAD_IN] = { 2 + LAM_BOTH_2,
  (1 + LAM_NEAR) * (1 + LAM_FAR_2), (1 + LAM_NEAR) * (1 + LAM_FAR_2),
  (1 + LAM_FAR) * (1 + LAM_NEAR_2), (1 + LAM_FAR) * (1 + LAM_NEAR_2),
  2 + LAM_BOTH_2 };

void
lam_winograd16_set_scales (float size, LamWinograd16Scales *scales)
{
  for (int i = 0; i < LAM_WINOGRAD_POINTS; i++) {
    int exponent = LEAST_EXPONENT;
    /* A little less than the most, for what the transform itself rounds. */
    double units = size * gains[i / 6] * gains[i % 6] / (LAM_GEMM16_MOST - 1);
    bool is_good = isfinite (units);
    if (is_good && units > 0)
      frexp (units, &exponent); /* units ≤ 2^exponent */
    is_good = is_good && exponent <= MOST_EXPONENT;
    exponent = CLAMP (exponent, LEAST_EXPONENT, MOST_EXPONENT);
    scales->rounders[i] = (float)ldexp (1.5, 23 + exponent);
    scales->scales[i] = is_good ? (float)ldexp (1, exponent) : NAN;
  }
}

/* Along x, of one line of each channel: sixteen tiles or fewer to six points,
 * `step` apart. */
LAM_LANES_INLINE void
transform_pair (const float *first, const float *second, int64_t row, int64_t t,
    int64_t count, const float rounders[6], int32_t *to, int64_t step)
{
  Words low[6], high[6];
#define LOAD(from, phase, shift) \
  (*(const LamLooseLanes *)(from + (phase)*row + t + shift))
#define PUT(j, value) low[j] = (Words)((value) + rounders[j])
  LAM_TRANSFORM_INPUT (LamLanes, LOAD (first, 0, 0), LOAD (first, 1, 0),
      LOAD (first, 2, 0), LOAD (first, 3, 0), LOAD (first, 0, 1),
      LOAD (first, 1, 1), PUT);
#undef PUT
#define PUT(j, value) high[j] = (Words)((value) + rounders[j])
  LAM_TRANSFORM_INPUT (LamLanes, LOAD (second, 0, 0), LOAD (second, 1, 0),
      LOAD (second, 2, 0), LOAD (second, 3, 0), LOAD (second, 0, 1),
      LOAD (second, 1, 1), PUT);
#undef PUT
#undef LOAD
#pragma GCC unroll 6
  for (int j = 0; j < 6; j++)
    LAM_LANES_STORE (to + j * step + t, count,
        (LamLanes)((low[j] & 0xffff) | (high[j] << 16)));
}

LAM_CLONES void
lam_winograd16_input (const LamWinogradRows *first,
    const LamWinogradRows *second, int64_t n, const LamWinograd16Scales *scales,
    float *scratch, int32_t *to, int64_t step)
{
  int64_t row = LAM_WINOGRAD_ROW (n);
  float *lines = scratch, *second_lines = lines + 6 * 4 * row;
  float *p = second_lines + 6 * 4 * row, *q = p + 4 * row;
  lam_lanes_transform_rows (first, n, p, lines, 4 * row);
  lam_lanes_transform_rows (second, n, p, second_lines, 4 * row);
  for (int i = 0; i < 6; i++, to += 6 * step) {
    const float *rounders = scales->rounders + i * 6;
    int64_t t = 0;
    lam_lanes_split (
        lines + i * 4 * row, n, p, p + row, p + 2 * row, p + 3 * row);
    lam_lanes_split (
        second_lines + i * 4 * row, n, q, q + row, q + 2 * row, q + 3 * row);
    for (; t + LAM_LANES <= n; t += LAM_LANES)
      transform_pair (p, q, row, t, LAM_LANES, rounders, to, step);
    if (t < n)
      transform_pair (p, q, row, t, n - t, rounders, to, step);
  }
}

float
lam_winograd16_weights (const float *from, int64_t n, int32_t *to, int64_t step)
{
  double sum = 0, most = 0;
  for (int64_t i = 0; i < n; i++) {
    sum += fabs (from[i]);
    most = MAX (most, fabs (from[i]));
  }
  /* Rounding adds half of one to each at most. */
  double scale = sum > 0
      ? MIN ((LAM_GEMM16_MOST_SUM - n) / sum, LAM_GEMM16_MOST / most)
      : 0;
  for (int64_t i = 0; i < n; i += 2) {
    long low = lrint (from[i] * scale);
    long high = i + 1 < n ? lrint (from[i + 1] * scale) : 0;
    to[i / 2 * step] =
        (int32_t)((uint32_t)low & 0xffff) | (int32_t)((uint32_t)high << 16);
  }
  return scale > 0 ? (float)(1 / scale) : 0;
}
