/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Tensors of 16-bit floats (IEEE 754 binary16): what fast layers hand on to
 * each other, so that half as much goes through memory. Channel c's numbers are
 * in units of LamTensor.units[c], powers of two that are chosen before a number
 * is written, from a bound that none of them can pass: nothing overflows, and
 * what is 2^-29 of the bound or more keeps eleven bits. What is no number stays
 * none. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "nn/activation.h"

#define LAM_HALF_MOST 65504.0f

/* Whether fast layers of this CPU can read and write them. */
bool lam_half_is_there (void);
/* For numbers within ±bound; 1 where that is not finite. */
float lam_half_find_unit (double bound);

/* No number is larger than this when it was rounded, if none was larger than
 * `size`; `unit` is the largest. */
static inline float
lam_half_grow (float size, float unit)
{
  return size * (1 + 0x1p-10f) + unit * 0x1p-24f;
}

/* The rest is for CPUs that can. From numbers in units to floats, and back;
 * rounds to the nearest, to even. */
void lam_half_read (const uint16_t *from, float unit, int64_t n, float *to);
void lam_half_write (const float *from, float unit, int64_t n, uint16_t *to);
/* As lam_size_find(). */
float lam_half_find_size (
    const uint16_t *from, float unit, int64_t n, float so_far);

/* Adds x − shift, and its squares, of a few thousand numbers. */
void lam_half_add (const uint16_t *from, float unit, float shift, int64_t n,
    double *sum, double *squares);

typedef struct {
  float unit, to_unit; /* of what is read and written */
  float scale, shift; /* first; then */
  LamActivation activation;
} LamHalfMap;

/* Returns the size of the largest that was written, or of `so_far`. `to` may be
 * `from`. */
float lam_half_map (const LamHalfMap *map, const uint16_t *from, int64_t n,
    uint16_t *to, float so_far);

/* The larger of each two numbers next to each other, of two lines of 2n; in the
 * same units. What is no number may be lost beside one. */
void lam_half_take_pairs (
    const uint16_t *first, const uint16_t *second, int64_t n, uint16_t *to);
/* Those of n numbers that are larger go to `to`. */
void lam_half_take_larger (const uint16_t *from, int64_t n, uint16_t *to);
