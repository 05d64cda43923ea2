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
/* Weights whose products are added up as integers: one cut of a row, or that of
 * several terms. Begins at 0. */
typedef struct {
  double sum, most; /* of their sizes; the largest */
  int64_t n;
} LamPack16Row;

void lam_pack16_add (LamPack16Row *row, const float *from, int64_t n);
/* What 1 is worth. */
float lam_pack16_get_scale (const LamPack16Row *row);
/* n of the weights to pairs, `step` words apart: `n` is rounded up with a
 * zero. */
void lam_pack16_put (const LamPack16Row *row, const float *from, int64_t n,
    int32_t *to, int64_t step);
/* Both, of a row of n weights. Returns what 1 is worth. */
float lam_pack16_row (const float *from, int64_t n, int32_t *to, int64_t step);
