/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* All loops run along x over many tiles with unit step, so that the compiler
 * vectorises them for each CPU; the columns of tiles are separated once (every
 * fourth voxel), and joined again at the end. */
#include "nn/winograd.h"

#include <glib.h>

#include "base/clones.h"
#include "nn/winograd-lanes.h"

/* G. */
static const double kernel_points[6][3] = { { 1, 0, 0 },
  { -81.0 / 130, -54.0 / 130, -36.0 / 130 },
  { -81.0 / 130, 54.0 / 130, -36.0 / 130 }, { 8.0 / 65, 12.0 / 65, 18.0 / 65 },
  { 8.0 / 65, -12.0 / 65, 18.0 / 65 }, { 0, 0, 1 } };

typedef double Kernels[LAM_WINOGRAD_KERNELS];

LAM_CLONES static void
transform_weights (const Kernels weights[9], Kernels points[36])
{
  Kernels lines[6][3];
  for (int i = 0; i < 6; i++)
    for (int x = 0; x < 3; x++)
      for (int t = 0; t < LAM_WINOGRAD_KERNELS; t++)
        lines[i][x][t] = kernel_points[i][0] * weights[x][t]
            + kernel_points[i][1] * weights[3 + x][t]
            + kernel_points[i][2] * weights[6 + x][t];
  for (int i = 0; i < 6; i++)
    for (int j = 0; j < 6; j++)
      for (int t = 0; t < LAM_WINOGRAD_KERNELS; t++)
        points[i * 6 + j][t] = kernel_points[j][0] * lines[i][0][t]
            + kernel_points[j][1] * lines[i][1][t]
            + kernel_points[j][2] * lines[i][2][t];
}

void
lam_winograd_weights (const float *from, int64_t from_step, int n,
    bool is_turned, float *to, int64_t step)
{
  Kernels weights[9] = { 0 }, points[36];
  for (int t = 0; t < n; t++)
    for (int i = 0; i < 9; i++)
      weights[is_turned ? 8 - i : i][t] = from[t * from_step + i];
  transform_weights (weights, points);
  for (int i = 0; i < 36; i++)
    for (int t = 0; t < n; t++)
      to[i * step + t] = (float)points[i][t];
}

LAM_CLONES static void
transform_points (const Kernels points[36], Kernels weights[9])
{
  Kernels lines[3][6];
  for (int y = 0; y < 3; y++)
    for (int j = 0; j < 6; j++)
      for (int t = 0; t < LAM_WINOGRAD_KERNELS; t++) {
        double sum = 0;
        for (int i = 0; i < 6; i++)
          sum += kernel_points[i][y] * points[i * 6 + j][t];
        lines[y][j][t] = sum;
      }
  for (int y = 0; y < 3; y++)
    for (int x = 0; x < 3; x++)
      for (int t = 0; t < LAM_WINOGRAD_KERNELS; t++) {
        double sum = 0;
        for (int j = 0; j < 6; j++)
          sum += kernel_points[j][x] * lines[y][j][t];
        weights[y * 3 + x][t] = sum;
      }
}

void
lam_winograd_weights_adjoint (
    const float *from, int64_t step, int n, float *to, int64_t to_step)
{
  Kernels points[36] = { 0 }, weights[9];
  for (int i = 0; i < 36; i++)
    for (int t = 0; t < n; t++)
      points[i][t] = from[i * step + t];
  transform_points (points, weights);
  for (int t = 0; t < n; t++)
    for (int i = 0; i < 9; i++)
      to[t * to_step + i] = (float)weights[i][t];
}

/* Along x, of one line: sixteen tiles or fewer to six points, `step` apart. */
LAM_LANES_INLINE void
transform_phases (const float *const phases[4], int64_t t, int64_t count,
    float *to, int64_t step)
{
#define LOAD(phase, shift) (*(const LamLooseLanes *)(phases[phase] + t + shift))
#define PUT(j, value) LAM_LANES_STORE (to + (j)*step + t, count, value)
  LAM_TRANSFORM_INPUT (LamLanes, LOAD (0, 0), LOAD (1, 0), LOAD (2, 0),
      LOAD (3, 0), LOAD (0, 1), LOAD (1, 1), PUT);
#undef LOAD
#undef PUT
}

LAM_CLONES void
lam_winograd_input (const LamWinogradRows *rows, int64_t n, float *scratch,
    float *to, int64_t step)
{
  int64_t row = LAM_WINOGRAD_ROW (n);
  float *lines = scratch, *p = scratch + 6 * 4 * row;
  const float *const phases[4] = { p, p + row, p + 2 * row, p + 3 * row };
  lam_lanes_transform_rows (rows, n, p, lines, 4 * row);
  for (int i = 0; i < 6; i++, lines += 4 * row, to += 6 * step) {
    int64_t t = 0;
    lam_lanes_split (lines, n, p, p + row, p + 2 * row, p + 3 * row);
    for (; t + LAM_LANES <= n; t += LAM_LANES)
      transform_phases (phases, t, LAM_LANES, to, step);
    if (t < n)
      transform_phases (phases, t, n - t, to, step);
  }
}

/* A^T along one axis. */
#define TRANSFORM_OUTPUT(m0, m1, m2, m3, m4, m5, put) \
  do { \
    LamLanes sum = (m1) + (m2), difference = (m1) - (m2); \
    LamLanes far_sum = (m3) + (m4), far_difference = (m3) - (m4); \
    put (0, (m0) + sum + far_sum); \
    put (1, LAM_NEAR *difference + LAM_FAR * far_difference); \
    put (2, LAM_NEAR_2 *sum + LAM_FAR_2 * far_sum); \
    put (3, LAM_NEAR_3 *difference + LAM_FAR_3 * far_difference + (m5)); \
  } while (0)

/* Sixteen tiles: their results along x one behind the other, y by y. */
LAM_LANES_INLINE void
transform_products (const float *from, int64_t step, float shift, float slope,
    float to[LAM_WINOGRAD_OUT][LAM_WINOGRAD_OUT * LAM_LANES])
{
  LamLanes lines[LAM_WINOGRAD_OUT][6];
#define LOAD(i) (*(const LamLooseLanes *)(from + ((i)*6 + j) * step))
#define PUT(q, value) lines[q][j] = (value)
  for (int j = 0; j < 6; j++)
    TRANSFORM_OUTPUT (
        LOAD (0), LOAD (1), LOAD (2), LOAD (3), LOAD (4), LOAD (5), PUT);
#undef LOAD
#undef PUT
  for (int q = 0; q < LAM_WINOGRAD_OUT; q++) {
    float block[LAM_WINOGRAD_OUT][LAM_LANES];
    const LamLanes *m = lines[q];
#define PUT(p, value) *(LamLooseLanes *)block[p] = (value) + shift
    TRANSFORM_OUTPUT (m[0], m[1], m[2], m[3], m[4], m[5], PUT);
#undef PUT
    for (int t = 0; t < LAM_LANES; t++)
      for (int p = 0; p < LAM_WINOGRAD_OUT; p++)
        to[q][LAM_WINOGRAD_OUT * t + p] =
            lam_activation_get (slope, block[p][t]);
  }
}

/* A copy of constant size needs no call. */
LAM_LANES_INLINE void
copy_tiles (const float *from, int64_t count, float *to)
{
  if (count == LAM_LANES)
    memcpy (to, from, LAM_WINOGRAD_OUT * LAM_LANES * sizeof *to);
  else
    memcpy (to, from, (size_t)(LAM_WINOGRAD_OUT * count) * sizeof *to);
}

LAM_CLONES void
lam_winograd_output (const float *from, int64_t step, int64_t n, float shift,
    LamActivation activation, int64_t next, float *const rows[])
{
  for (int64_t t = 0; t < n; t += LAM_LANES) {
    float block[LAM_WINOGRAD_OUT][LAM_WINOGRAD_OUT * LAM_LANES];
    int64_t count = MIN (n - t, LAM_LANES);
    for (int q = 0; q < LAM_WINOGRAD_OUT; q++)
      for (int p = 0; p < LAM_WINOGRAD_OUT; p++)
        __builtin_prefetch (
            rows[q] + LAM_WINOGRAD_OUT * t + LAM_LANES * p + next, 1);
    transform_products (from + t, step, shift, activation.slope, block);
    for (int q = 0; q < LAM_WINOGRAD_OUT; q++)
      copy_tiles (block[q], count, rows[q] + LAM_WINOGRAD_OUT * t);
  }
}

/* A along one axis. */
#define SPREAD_OUTPUT(Type, y0, y1, y2, y3, put) \
  do { \
    Type even = (y0) + LAM_NEAR_2 * (y2); \
    Type odd = LAM_NEAR * (y1) + LAM_NEAR_3 * (y3); \
    Type far_even = (y0) + LAM_FAR_2 * (y2); \
    Type far_odd = LAM_FAR * (y1) + LAM_FAR_3 * (y3); \
    put (0, y0); \
    put (1, even + odd); \
    put (2, even - odd); \
    put (3, far_even + far_odd); \
    put (4, far_even - far_odd); \
    put (5, y3); \
  } while (0)

/* Along x: sixteen tiles or fewer to six points, `step` apart. */
LAM_LANES_INLINE void
spread_phases (const float *const phases[4], int64_t t, int64_t count,
    float *to, int64_t step)
{
#define LOAD(phase) (*(const LamLooseLanes *)(phases[phase] + t))
#define PUT(j, value) LAM_LANES_STORE (to + (j)*step + t, count, value)
  SPREAD_OUTPUT (LamLanes, LOAD (0), LOAD (1), LOAD (2), LOAD (3), PUT);
#undef LOAD
#undef PUT
}

LAM_CLONES void
lam_winograd_output_adjoint (const float *const rows[LAM_WINOGRAD_OUT],
    int64_t n, float *scratch, float *to, int64_t step)
{
  const float *restrict r0 = rows[0], *restrict r1 = rows[1];
  const float *restrict r2 = rows[2], *restrict r3 = rows[3];
  float *restrict lines = scratch;
  int64_t row = LAM_WINOGRAD_ROW (n);
  for (int64_t x = 0; x < 4 * n; x++) {
#define PUT(i, value) lines[(i)*4 * n + x] = (value)
    SPREAD_OUTPUT (float, r0[x], r1[x], r2[x], r3[x], PUT);
#undef PUT
  }
  /* The phases lie behind the lines, of which the last is read a voxel too
   * far. */
  float *p = lines + 6 * 4 * n + 4;
  const float *const phases[4] = { p, p + row, p + 2 * row, p + 3 * row };
  for (int i = 0; i < 6; i++) {
    const float *line = lines + i * 4 * n;
    float *out = to + i * 6 * step;
    int64_t t = 0;
    lam_lanes_split (line, n, p, p + row, p + 2 * row, p + 3 * row);
    for (; t + LAM_LANES <= n; t += LAM_LANES)
      spread_phases (phases, t, LAM_LANES, out, step);
    if (t < n)
      spread_phases (phases, t, n - t, out, step);
  }
}

const LamWinograd lam_winograd4 = {
  .out = LAM_WINOGRAD_OUT,
  .points = LAM_WINOGRAD_POINTS,
  .halo = 4,
  .transform_weights = lam_winograd_weights,
  .transform_input = lam_winograd_input,
  .transform_output = lam_winograd_output,
};
