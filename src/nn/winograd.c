/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* All loops run along x over many tiles with unit step, so that the compiler
 * vectorises them for each CPU; the columns of tiles are separated once (every
 * fourth voxel), and joined again at the end. */
#include "nn/winograd.h"

#include "nn/clones.h"

/* G. */
static const double kernel_points[6][3] = { { 1.0 / 4, 0, 0 },
  { -1.0 / 6, -1.0 / 6, -1.0 / 6 }, { -1.0 / 6, 1.0 / 6, -1.0 / 6 },
  { 1.0 / 24, 1.0 / 12, 1.0 / 6 }, { 1.0 / 24, -1.0 / 12, 1.0 / 6 },
  { 0, 0, 1 } };

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

/* B^T along one axis. */
#define TRANSFORM_INPUT(d0, d1, d2, d3, d4, d5, put) \
  do { \
    float even = (d4)-4 * (d2), odd = (d3)-4 * (d1); \
    float near = (d4) - (d2), far = 2 * ((d3) - (d1)); \
    put (0, 4 * (d0)-5 * (d2) + (d4)); \
    put (1, even + odd); \
    put (2, even - odd); \
    put (3, near + far); \
    put (4, near - far); \
    put (5, 4 * (d1)-5 * (d3) + (d5)); \
  } while (0)

LAM_CLONES void
lam_winograd_input (const float *const rows[LAM_WINOGRAD_IN], int64_t n,
    float *scratch, float *to, int64_t step)
{
  int64_t width = 4 * (n + 1);
  const float *restrict r0 = rows[0], *restrict r1 = rows[1];
  const float *restrict r2 = rows[2], *restrict r3 = rows[3];
  const float *restrict r4 = rows[4], *restrict r5 = rows[5];
  float *restrict lines = scratch;
  float *restrict phases = scratch + 6 * width;
  for (int64_t x = 0; x < width; x++) {
#define PUT(i, value) lines[(i)*width + x] = (value)
    TRANSFORM_INPUT (r0[x], r1[x], r2[x], r3[x], r4[x], r5[x], PUT);
#undef PUT
  }
  for (int i = 0; i < 6; i++) {
    const float *restrict line = lines + i * width;
    float *restrict p0 = phases, *restrict p1 = p0 + n + 1;
    float *restrict p2 = p1 + n + 1, *restrict p3 = p2 + n + 1;
    for (int64_t t = 0; t <= n; t++) {
      p0[t] = line[4 * t];
      p1[t] = line[4 * t + 1];
      p2[t] = line[4 * t + 2];
      p3[t] = line[4 * t + 3];
    }
    float *restrict out = to + i * 6 * step;
    for (int64_t t = 0; t < n; t++) {
#define PUT(j, value) out[(j)*step + t] = (value)
      TRANSFORM_INPUT (p0[t], p1[t], p2[t], p3[t], p0[t + 1], p1[t + 1], PUT);
#undef PUT
    }
  }
}

/* A^T along one axis. */
#define TRANSFORM_OUTPUT(m0, m1, m2, m3, m4, m5, put) \
  do { \
    float sum = (m1) + (m2), difference = (m1) - (m2); \
    float far_sum = (m3) + (m4), far_difference = (m3) - (m4); \
    put (0, (m0) + sum + far_sum); \
    put (1, difference + 2 * far_difference); \
    put (2, sum + 4 * far_sum); \
    put (3, difference + 8 * far_difference + (m5)); \
  } while (0)

LAM_CLONES void
lam_winograd_output (const float *from, int64_t step, int64_t n, float *scratch,
    float *const rows[LAM_WINOGRAD_OUT])
{
  for (int j = 0; j < 6; j++) {
    const float *restrict in = from + j * step;
    float *restrict out = scratch + j * n;
    for (int64_t t = 0; t < n; t++) {
#define PUT(q, value) out[(q)*6 * n + t] = (value)
      TRANSFORM_OUTPUT (in[t], in[6 * step + t], in[12 * step + t],
          in[18 * step + t], in[24 * step + t], in[30 * step + t], PUT);
#undef PUT
    }
  }
  for (int q = 0; q < 4; q++) {
    const float *restrict in = scratch + q * 6 * n;
    float *restrict out = rows[q];
    for (int64_t t = 0; t < n; t++) {
#define PUT(p, value) out[4 * t + (p)] = (value)
      TRANSFORM_OUTPUT (in[t], in[n + t], in[2 * n + t], in[3 * n + t],
          in[4 * n + t], in[5 * n + t], PUT);
#undef PUT
    }
  }
}

/* A along one axis. */
#define SPREAD_OUTPUT(y0, y1, y2, y3, put) \
  do { \
    float even = (y0) + (y2), odd = (y1) + (y3); \
    float far_even = (y0) + 4 * (y2), far_odd = 2 * (y1) + 8 * (y3); \
    put (0, y0); \
    put (1, even + odd); \
    put (2, even - odd); \
    put (3, far_even + far_odd); \
    put (4, far_even - far_odd); \
    put (5, y3); \
  } while (0)

LAM_CLONES void
lam_winograd_output_adjoint (const float *const rows[LAM_WINOGRAD_OUT],
    int64_t n, float *scratch, float *to, int64_t step)
{
  const float *restrict r0 = rows[0], *restrict r1 = rows[1];
  const float *restrict r2 = rows[2], *restrict r3 = rows[3];
  float *restrict lines = scratch;
  for (int64_t x = 0; x < 4 * n; x++) {
#define PUT(i, value) lines[(i)*4 * n + x] = (value)
    SPREAD_OUTPUT (r0[x], r1[x], r2[x], r3[x], PUT);
#undef PUT
  }
  for (int i = 0; i < 6; i++) {
    const float *restrict line = lines + i * 4 * n;
    float *restrict out = to + i * 6 * step;
    for (int64_t t = 0; t < n; t++) {
#define PUT(j, value) out[(j)*step + t] = (value)
      SPREAD_OUTPUT (
          line[4 * t], line[4 * t + 1], line[4 * t + 2], line[4 * t + 3], PUT);
#undef PUT
    }
  }
}
