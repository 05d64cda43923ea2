/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* All loops run along x over many tiles with unit step, so that the compiler
 * vectorises them for each CPU; the columns of tiles are separated once (every
 * fourth voxel), and joined again at the end. */
#include "nn/winograd.h"

#include "nn/clones.h"

void
lam_winograd_weights (const float weights[9], float *to, int64_t step)
{
  static const double g[6][3] = { { 1.0 / 4, 0, 0 },
    { -1.0 / 6, -1.0 / 6, -1.0 / 6 }, { -1.0 / 6, 1.0 / 6, -1.0 / 6 },
    { 1.0 / 24, 1.0 / 12, 1.0 / 6 }, { 1.0 / 24, -1.0 / 12, 1.0 / 6 },
    { 0, 0, 1 } };
  for (int i = 0; i < 6; i++)
    for (int j = 0; j < 6; j++) {
      double sum = 0;
      for (int y = 0; y < 3; y++)
        for (int x = 0; x < 3; x++)
          sum += g[i][y] * weights[y * 3 + x] * g[j][x];
      to[(i * 6 + j) * step] = (float)sum;
    }
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
