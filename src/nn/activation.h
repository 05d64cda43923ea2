/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* What a convolution, a norm or a sum does to its result as it writes it. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* x ≥ 0 ? x : slope·x. Slope 1 is none, 0 is ReLU, else leaky ReLU. An
 * overflow stays seen: ReLU of −∞ is NaN. */
typedef struct {
  float slope;
} LamActivation;

#define LAM_ACTIVATION_NONE ((LamActivation){ 1.0f })

/* Both halves are added instead of chosen between: signs cannot be predicted,
 * and a loop without branches is vectorised. */
static inline float
lam_activation_get (float slope, float value)
{
  float negative = value < 0 ? value : 0;
  return (value < 0 ? 0 : value) + negative * slope;
}

/* to[i] = activation (from[i] · scale + shift); `to` may be `from`. */
void lam_activation_apply (LamActivation activation, float scale, float shift,
    const float *from, float *to, int64_t n);
/* to[i] = activation (from[i] + shift); `to` may be `from`. */
void lam_activation_shift (LamActivation activation, float shift,
    const float *from, float *to, int64_t n);
/* gradient[i] · the derivative, given the activation's result: result[i] > 0
 * ? 1 : slope, for slopes ≥ 0. */
void lam_activation_turn_back (
    LamActivation activation, const float *result, float *gradient, int64_t n);
