/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "nn/initialise.h"

#include <math.h>

static void
fill_normal (LamTensor *tensor, double deviation, LamRandom *random)
{
  float *numbers = lam_tensor_floats (tensor);
  for (int64_t i = 0; i < lam_shape_get_count (&tensor->shape); i++)
    numbers[i] = (float)(deviation * lam_random_normal (random));
}

void
lam_initialise_he (
    LamTensor *tensor, int64_t fan_in, float slope, LamRandom *random)
{
  double gain = 2.0 / (1.0 + (double)slope * slope);
  fill_normal (tensor, sqrt (gain / (double)fan_in), random);
}

void
lam_initialise_xavier (
    LamTensor *tensor, int64_t fan_in, int64_t fan_out, LamRandom *random)
{
  fill_normal (tensor, sqrt (2.0 / (double)(fan_in + fan_out)), random);
}

void
lam_initialise_constant (LamTensor *tensor, float value)
{
  float *numbers = lam_tensor_floats (tensor);
  for (int64_t i = 0; i < lam_shape_get_count (&tensor->shape); i++)
    numbers[i] = value;
}
