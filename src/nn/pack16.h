/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Numbers to 16-bit integers, in pairs as nn/gemm16.h wants them. */
#pragma once

#include <stdint.h>

typedef struct {
  float rounder; /* a number plus that has its integer in its low bits */
  float scale; /* what 1 is worth; NaN: nothing can be */
} LamPack16Unit;

/* For numbers that are not larger than `largest`; where that is not finite, or
 * too large, products will be NaN. */
LamPack16Unit lam_pack16_find_unit (double largest);
/* One row of a product's b; `odd` may be NULL: zero. */
void lam_pack16_pair (const float *even, const float *odd, int64_t n,
    const LamPack16Unit *unit, int32_t *to);
/* A row of n weights to pairs, `step` words apart, for one cut of a product:
 * `n` is rounded up with a zero. Returns what 1 is worth. */
float lam_pack16_row (const float *from, int64_t n, int32_t *to, int64_t step);
