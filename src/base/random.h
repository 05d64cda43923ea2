/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* A small deterministic random number generator: PCG32 (O'Neill 2014, "PCG: A
 * Family of Simple Fast Space-Efficient Statistically Good Algorithms for
 * Random Number Generation"). The same seed gives the same numbers on every
 * machine. A plain value; one thread each. */
#pragma once

#include <stdint.h>

typedef struct {
  uint64_t state;
  uint64_t stream;
} LamRandom;

/* Different streams of one seed are independent. */
LamRandom lam_random_new (uint64_t seed, uint64_t stream);
uint32_t lam_random_u32 (LamRandom *random);
/* In [0, 1). */
double lam_random_unit (LamRandom *random);
/* In [low, high). */
double lam_random_range (LamRandom *random, double low, double high);
/* Mean 0, deviation 1 (Box-Muller). */
double lam_random_normal (LamRandom *random);
