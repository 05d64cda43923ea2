/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* F(2×2, 3×3): 2×2 results from 4×4 inputs with 16 products instead of 36. The
 * polynomials are evaluated at 0, ±1 and infinity, where nothing is lost: it
 * is as exact as the plain sum. Loops run along x over many tiles, as in
 * nn/winograd.c. */
#include <glib.h>
#include <string.h>

#include "base/clones.h"
#include "nn/winograd-lanes.h"

#define OUT 2
#define IN 4
#define POINTS 16

/* G along one axis. */
#define TRANSFORM_KERNEL(w0, w1, w2, put) \
  do { \
    double outer = ((w0) + (w2)) / 2, inner = (w1) / 2; \
    put (0, w0); \
    put (1, outer + inner); \
    put (2, outer - inner); \
    put (3, w2); \
  } while (0)

static void
transform_kernel (const double weights[9], double points[POINTS])
{
  double lines[IN][3];
  for (int x = 0; x < 3; x++) {
#define PUT(i, value) lines[i][x] = (value)
    TRANSFORM_KERNEL (weights[x], weights[3 + x], weights[6 + x], PUT);
#undef PUT
  }
  for (int i = 0; i < IN; i++) {
#define PUT(j, value) points[IN * i + j] = (value)
    TRANSFORM_KERNEL (lines[i][0], lines[i][1], lines[i][2], PUT);
#undef PUT
  }
}

static void
transform_weights (const float *from, int64_t from_step, int n, bool is_turned,
    float *to, int64_t step)
{
  for (int t = 0; t < n; t++) {
    double weights[9], points[POINTS];
    for (int i = 0; i < 9; i++)
      weights[is_turned ? 8 - i : i] = from[t * from_step + i];
    transform_kernel (weights, points);
    for (int i = 0; i < POINTS; i++)
      to[i * step + t] = (float)points[i];
  }
}

/* B^T along one axis. */
#define TRANSFORM_INPUT(d0, d1, d2, d3, put) \
  do { \
    put (0, (d0) - (d2)); \
    put (1, (d1) + (d2)); \
    put (2, (d2) - (d1)); \
    put (3, (d1) - (d3)); \
  } while (0)

/* Along y: to four lines, `step` apart, which are zero where nothing is. */
LAM_LANES_INLINE void
transform_rows (const LamWinogradRows *from, int64_t width, float *zeros,
    float *restrict lines, int64_t step)
{
  const float *r[IN];
  memset (zeros, 0, (size_t)width * sizeof *zeros);
  for (int i = 0; i < IN; i++)
    r[i] = from->rows[i] ? from->rows[i] : zeros;
  for (int64_t x = from->skip; x < from->end; x++) {
#define PUT(i, value) lines[(i)*step + x] = (value)
    TRANSFORM_INPUT (r[0][x], r[1][x], r[2][x], r[3][x], PUT);
#undef PUT
  }
  for (int i = 0; i < IN; i++, lines += step) {
    memset (lines, 0, (size_t)from->skip * sizeof *lines);
    memset (lines + from->end, 0, (size_t)(width - from->end) * sizeof *lines);
  }
}

LAM_CLONES static void
transform_input (const LamWinogradRows *rows, int64_t n, float *scratch,
    float *to, int64_t to_step)
{
  int64_t width = OUT * n + 2, step = (width + 15) / 16 * 16;
  float *lines = scratch + step;
  float *restrict even = lines + IN * step, *restrict odd = even + step;
  transform_rows (rows, width, scratch, lines, step);
  for (int i = 0; i < IN; i++, lines += step, to += IN * to_step) {
    float *restrict out = to;
    for (int64_t t = 0; t <= n; t++) {
      even[t] = lines[2 * t];
      odd[t] = lines[2 * t + 1];
    }
    for (int64_t t = 0; t < n; t++) {
#define PUT(j, value) out[(j)*to_step + t] = (value)
      TRANSFORM_INPUT (even[t], odd[t], even[t + 1], odd[t + 1], PUT);
#undef PUT
    }
  }
}

/* A^T along one axis. */
#define TRANSFORM_OUTPUT(m0, m1, m2, m3, put) \
  do { \
    put (0, (m0) + (m1) + (m2)); \
    put (1, (m1) - (m2) - (m3)); \
  } while (0)

/* Sixteen tiles: their results along x one behind the other, y by y. */
LAM_LANES_INLINE void
transform_products (const float *from, int64_t step, float shift, float slope,
    float to[OUT][OUT * LAM_LANES])
{
  LamLanes lines[OUT][IN];
#define LOAD(i) (*(const LamLooseLanes *)(from + ((i)*IN + j) * step))
#define PUT(q, value) lines[q][j] = (value)
  for (int j = 0; j < IN; j++)
    TRANSFORM_OUTPUT (LOAD (0), LOAD (1), LOAD (2), LOAD (3), PUT);
#undef LOAD
#undef PUT
  for (int q = 0; q < OUT; q++) {
    float block[OUT][LAM_LANES];
    const LamLanes *m = lines[q];
#define PUT(p, value) *(LamLooseLanes *)block[p] = (value) + shift
    TRANSFORM_OUTPUT (m[0], m[1], m[2], m[3], PUT);
#undef PUT
    for (int t = 0; t < LAM_LANES; t++)
      for (int p = 0; p < OUT; p++)
        to[q][OUT * t + p] = lam_activation_get (slope, block[p][t]);
  }
}

LAM_CLONES static void
transform_output (const float *from, int64_t step, int64_t n, float shift,
    LamActivation activation, int64_t next, float *const rows[])
{
  for (int64_t t = 0; t < n; t += LAM_LANES) {
    float block[OUT][OUT * LAM_LANES];
    size_t count = (size_t)MIN (n - t, LAM_LANES);
    transform_products (from + t, step, shift, activation.slope, block);
    for (int q = 0; q < OUT; q++) {
      __builtin_prefetch (rows[q] + OUT * t + next, 1);
      memcpy (rows[q] + OUT * t, block[q], OUT * count * sizeof *block[q]);
    }
  }
}

const LamWinograd lam_winograd2 = {
  .out = OUT,
  .points = POINTS,
  .halo = 2,
  .transform_weights = transform_weights,
  .transform_input = transform_input,
  .transform_output = transform_output,
};
