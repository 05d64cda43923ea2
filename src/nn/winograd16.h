/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The transforms of nn/winograd.h to 16-bit integers, in pairs of channels as
 * nn/gemm16.h wants them. Each point of the transform has its own scale, which
 * no input that is within the given size can leave. */
#pragma once

#include "nn/winograd.h"

/* For one size of input, by point. */
typedef struct {
  float rounders[LAM_WINOGRAD_POINTS]; /* inside */
  float scales[LAM_WINOGRAD_POINTS]; /* what 1 is worth */
} LamWinograd16Scales;

/* Where `size` is not finite, or so large that transforms could overflow, the
 * scales are NaN: so will be the result. */
void lam_winograd16_set_scales (float size, LamWinograd16Scales *scales);

/* Floats of scratch for a row of n tiles. */
#define LAM_WINOGRAD16_SCRATCH(n) (2 * LAM_WINOGRAD_SCRATCH (n))

/* As LamWinogradRows: of floats, or of 16-bit floats in units. */
typedef struct {
  const void *rows[LAM_WINOGRAD_IN]; /* Borrowed */
  int64_t skip, end, next; /* in numbers */
  float unit; /* of 16-bit floats; 0: floats */
} LamWinograd16Rows;

/* The rest is for CPUs that have the products. Rows of tiles of two channels,
 * of the same kind, as lam_winograd_input(), to 36 rows of n words, `step`
 * apart. */
void lam_winograd16_input (const LamWinograd16Rows *first,
    const LamWinograd16Rows *second, int64_t n,
    const LamWinograd16Scales *scales, float *scratch, int32_t *to,
    int64_t step);

/* Where a row of tiles of a result goes: to floats or 16-bit floats. */
typedef struct {
  float *to; /* Borrowed; rows, `step` numbers apart; or NULL: */
  uint16_t *to_halves; /* Borrowed; the same */
  float to_unit; /* theirs */
  int64_t step;
  int64_t width, height; /* what is there of the tiles: 4 rows at most */
  int64_t next_products; /* floats on from these lie the next ones */
  int64_t next; /* numbers on from here lies what will be written next */
} LamWinograd16Place;

/* As lam_winograd_output(). Returns the size of the largest number that was
 * written, as lam_size_find(). */
float lam_winograd16_output (const float *from, int64_t step, float shift,
    LamActivation activation, const LamWinograd16Place *place);
