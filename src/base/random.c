/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "base/random.h"

#include <math.h>

LamRandom
lam_random_new (uint64_t seed, uint64_t stream)
{
  LamRandom random = { 0, stream << 1 | 1 };
  lam_random_u32 (&random);
  random.state += seed;
  lam_random_u32 (&random);
  return random;
}

uint32_t
lam_random_u32 (LamRandom *random)
{
  uint64_t old = random->state;
  random->state = old * UINT64_C (6364136223846793005) + random->stream;
  uint32_t mixed = (uint32_t)(((old >> 18) ^ old) >> 27);
  uint32_t turn = (uint32_t)(old >> 59);
  return mixed >> turn | mixed << (-turn & 31);
}

double
lam_random_unit (LamRandom *random)
{
  return lam_random_u32 (random) * 0x1p-32;
}

double
lam_random_range (LamRandom *random, double low, double high)
{
  return low + (high - low) * lam_random_unit (random);
}

double
lam_random_normal (LamRandom *random)
{
  double radius = sqrt (-2 * log (1 - lam_random_unit (random)));
  return radius * cos (2 * M_PI * lam_random_unit (random));
}
