/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* What the transforms of an input have in common, inlined into each of them:
 * sixteen tiles at a time lie in the lanes of a vector, which the compiler
 * takes apart for CPUs with narrower ones. */
#pragma once

#include <stdint.h>
#include <string.h>

#include "nn/winograd.h"

#define LAM_LANES 16

typedef float LamLanes __attribute__ ((vector_size (LAM_LANES * 4)));
typedef float LamLooseLanes
    __attribute__ ((vector_size (LAM_LANES * 4), aligned (4), may_alias));

#define LAM_LANES_INLINE static inline __attribute__ ((always_inline))

/* The polynomials are evaluated at 0, ±2/3, ±3/2 and infinity. With 0, ±1, ±2
 * and infinity, as usual, what is rounded on the way would weigh 2.2 times as
 * much in the result. */
#define LAM_NEAR (2 / 3.0f)
#define LAM_NEAR_2 (4 / 9.0f)
#define LAM_NEAR_3 (8 / 27.0f)
#define LAM_FAR (3 / 2.0f)
#define LAM_FAR_2 (9 / 4.0f)
#define LAM_FAR_3 (27 / 8.0f)
#define LAM_BOTH_2 (97 / 36.0f)

/* B^T along one axis; `Type` is float or a vector of them. */
#define LAM_TRANSFORM_INPUT(Type, d0, d1, d2, d3, d4, d5, put) \
  do { \
    Type even = (d4)-LAM_FAR_2 * (d2); \
    Type odd = LAM_NEAR * ((d3)-LAM_FAR_2 * (d1)); \
    Type far_even = (d4)-LAM_NEAR_2 * (d2); \
    Type far_odd = LAM_FAR * ((d3)-LAM_NEAR_2 * (d1)); \
    put (0, (d0)-LAM_BOTH_2 *(d2) + (d4)); \
    put (1, even + odd); \
    put (2, even - odd); \
    put (3, far_even + far_odd); \
    put (4, far_even - far_odd); \
    put (5, (d1)-LAM_BOTH_2 *(d3) + (d5)); \
  } while (0)

/* The first `count` lanes. */
#define LAM_LANES_STORE(to, count, value) \
  do { \
    LamLanes lanes = (value); \
    if ((count) == LAM_LANES) \
      *(LamLooseLanes *)(to) = lanes; \
    else \
      memcpy (to, &lanes, (size_t)(count) * sizeof (float)); \
  } while (0)

/* Where nothing is, a row of zeros. */
LAM_LANES_INLINE void
lam_lanes_find_rows (const LamWinogradRows *from, int64_t width, float *zeros,
    const float *rows[LAM_WINOGRAD_IN])
{
  bool is_whole = true;
  for (int i = 0; i < LAM_WINOGRAD_IN; i++) {
    is_whole = is_whole && from->rows[i];
    rows[i] = from->rows[i] ? from->rows[i] : zeros;
  }
  if (!is_whole)
    memset (zeros, 0, (size_t)width * sizeof *zeros);
}

/* Along y: to six lines, `step` apart. The scratch is as long as a line. */
LAM_LANES_INLINE void
lam_lanes_transform_rows (const LamWinogradRows *from, int64_t n,
    float *scratch, float *lines, int64_t step)
{
  const float *r[LAM_WINOGRAD_IN];
  int64_t width = 4 * n + 4, x = from->skip;
  lam_lanes_find_rows (from, width, scratch, r);
#define LOAD(i) (*(const Loose *)(r[i] + x))
#define PUT(i, value) *(Loose *)(lines + (i)*step + x) = (value)
  for (; x + LAM_LANES <= from->end; x += LAM_LANES) {
    typedef LamLooseLanes Loose;
    for (int i = 0; i < LAM_WINOGRAD_IN; i++)
      __builtin_prefetch (r[i] + x + from->next);
    LAM_TRANSFORM_INPUT (LamLanes, LOAD (0), LOAD (1), LOAD (2), LOAD (3),
        LOAD (4), LOAD (5), PUT);
  }
  for (; x < from->end; x++) {
    typedef float Loose;
    LAM_TRANSFORM_INPUT (
        float, LOAD (0), LOAD (1), LOAD (2), LOAD (3), LOAD (4), LOAD (5), PUT);
  }
#undef LOAD
#undef PUT
  for (int i = 0; i < LAM_WINOGRAD_IN; i++, lines += step) {
    memset (lines, 0, (size_t)from->skip * sizeof *lines);
    memset (lines + from->end, 0, (size_t)(width - from->end) * sizeof *lines);
  }
}

/* A line to its four phases (every fourth voxel), `step` apart. */
LAM_LANES_INLINE void
lam_lanes_split (const float *restrict line, int64_t n, float *restrict p0,
    float *restrict p1, float *restrict p2, float *restrict p3)
{
  for (int64_t t = 0; t <= n; t++) {
    p0[t] = line[4 * t];
    p1[t] = line[4 * t + 1];
    p2[t] = line[4 * t + 2];
    p3[t] = line[4 * t + 3];
  }
}
