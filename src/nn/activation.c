/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The sum of both halves instead of a choice between them: signs cannot be
 * predicted, and a loop without branches is vectorised. */
#include "nn/activation.h"

#include "nn/clones.h"

LAM_CLONES void
lam_activation_apply (LamActivation activation, float scale, float shift,
    const float *from, float *to, int64_t n)
{
  float slope = activation.slope;
  for (int64_t i = 0; i < n; i++) {
    float value = from[i] * scale + shift;
    float negative = value < 0 ? value : 0;
    to[i] = (value < 0 ? 0 : value) + negative * slope;
  }
}

LAM_CLONES void
lam_activation_shift (LamActivation activation, float shift, const float *from,
    float *to, int64_t n)
{
  float slope = activation.slope;
  for (int64_t i = 0; i < n; i++) {
    float value = from[i] + shift;
    float negative = value < 0 ? value : 0;
    to[i] = (value < 0 ? 0 : value) + negative * slope;
  }
}

LAM_CLONES void
lam_activation_turn_back (
    LamActivation activation, const float *result, float *gradient, int64_t n)
{
  float slope = activation.slope;
  for (int64_t i = 0; i < n; i++)
    gradient[i] *= result[i] > 0 ? 1 : slope;
}
