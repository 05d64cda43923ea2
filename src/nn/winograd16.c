/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Rounded as in nn/pack16.c: one addition to what the transform gives. */
#include "nn/winograd16.h"

#include "nn/clones.h"
#include "nn/pack16.h"
#include "nn/winograd-lanes.h"

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
    LamPack16Unit unit =
        lam_pack16_find_unit (size * gains[i / 6] * gains[i % 6]);
    scales->rounders[i] = unit.rounder;
    scales->scales[i] = unit.scale;
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
