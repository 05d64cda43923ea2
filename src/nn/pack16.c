/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* A float plus 1.5 · 2²³ units is rounded to whole units, and its low bits are
 * then their number: one addition scales and rounds, the same on every CPU.
 * Units are powers of two, so nothing else is rounded. */
#include "nn/pack16.h"

#include <glib.h>
#include <math.h>

#include "base/clones.h"
#include "nn/gemm16.h"

/* Units below or above these would leave the floats. */
#define LEAST_EXPONENT (-120)
#define MOST_EXPONENT 100

LamPack16Unit
lam_pack16_find_unit (double largest)
{
  int exponent = LEAST_EXPONENT;
  /* A little less than the most, for what was rounded on the way. */
  double units = largest / (LAM_GEMM16_MOST - 1);
  bool is_good = isfinite (units);
  if (is_good && units > 0)
    frexp (units, &exponent); /* units ≤ 2^exponent */
  is_good = is_good && exponent <= MOST_EXPONENT;
  exponent = CLAMP (exponent, LEAST_EXPONENT, MOST_EXPONENT);
  return (LamPack16Unit){ .rounder = (float)ldexp (1.5, 23 + exponent),
    .scale = is_good ? (float)ldexp (1, exponent) : NAN };
}

typedef uint32_t Bits __attribute__ ((may_alias));

LAM_CLONES void
lam_pack16_pair (const float *even, const float *odd, int64_t n,
    const LamPack16Unit *unit, int32_t *to)
{
  float rounder = unit->rounder;
  for (int64_t i = 0; i < n; i++) {
    float low = even[i] + rounder, high = (odd ? odd[i] : 0) + rounder;
    to[i] = (int32_t)((*(Bits *)&low & 0xffff) | *(Bits *)&high << 16);
  }
}

void
lam_pack16_add (LamPack16Row *row, const float *from, int64_t n)
{
  for (int64_t i = 0; i < n; i++) {
    row->sum += fabs (from[i]);
    row->most = MAX (row->most, fabs (from[i]));
  }
  row->n += n;
}

/* Rounding adds half of one to each at most. */
static double
get_units (const LamPack16Row *row)
{
  return row->sum > 0 ? MIN ((LAM_GEMM16_MOST_SUM - row->n) / row->sum,
             LAM_GEMM16_MOST / row->most)
                      : 0;
}

float
lam_pack16_get_scale (const LamPack16Row *row)
{
  double units = get_units (row);
  return units > 0 ? (float)(1 / units) : 0;
}

void
lam_pack16_put (const LamPack16Row *row, const float *from, int64_t n,
    int32_t *to, int64_t step)
{
  double units = get_units (row);
  for (int64_t i = 0; i < n; i += 2) {
    long low = lrint (from[i] * units);
    long high = i + 1 < n ? lrint (from[i + 1] * units) : 0;
    to[i / 2 * step] =
        (int32_t)((uint32_t)low & 0xffff) | (int32_t)((uint32_t)high << 16);
  }
}

float
lam_pack16_row (const float *from, int64_t n, int32_t *to, int64_t step)
{
  LamPack16Row row = { 0 };
  lam_pack16_add (&row, from, n);
  lam_pack16_put (&row, from, n, to, step);
  return lam_pack16_get_scale (&row);
}
