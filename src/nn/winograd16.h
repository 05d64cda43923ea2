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

/* Rows of tiles of two channels, as lam_winograd_input(), to 36 rows of n
 * words, `step` apart. */
void lam_winograd16_input (const LamWinogradRows *first,
    const LamWinogradRows *second, int64_t n, const LamWinograd16Scales *scales,
    float *scratch, int32_t *to, int64_t step);
