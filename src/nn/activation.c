/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "nn/activation.h"

#include "base/clones.h"

LAM_CLONES void
lam_activation_apply (LamActivation activation, float scale, float shift,
    const float *from, float *to, int64_t n)
{
  float slope = activation.slope;
  for (int64_t i = 0; i < n; i++)
    to[i] = lam_activation_get (slope, from[i] * scale + shift);
}

LAM_CLONES void
lam_activation_shift (LamActivation activation, float shift, const float *from,
    float *to, int64_t n)
{
  float slope = activation.slope;
  for (int64_t i = 0; i < n; i++)
    to[i] = lam_activation_get (slope, from[i] + shift);
}

LAM_CLONES void
lam_activation_turn_back (
    LamActivation activation, const float *result, float *gradient, int64_t n)
{
  float slope = activation.slope;
  for (int64_t i = 0; i < n; i++)
    gradient[i] *= result[i] > 0 ? 1 : slope;
}
