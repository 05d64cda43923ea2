/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Noise of the phantom: hashes of places, so that any voxel can be made on its
 * own and in any order. */
#pragma once

#include <stdint.h>

/* Mixes two numbers into 64 even bits. */
uint64_t lam_phantom_hash (uint64_t a, uint64_t b);
/* Mean 0, deviation 1, within ±3.5: noise of one voxel and one `seed`. */
float lam_phantom_normal (uint64_t seed, int64_t x, int64_t y, int64_t z);

/* Smooth noise in space, -1 to 1, whose grains are `grain_nm` wide: `n` values
 * from (x, y, z) on along x, `step` apart; all in nm. */
void lam_phantom_noise_row (uint64_t seed, double grain_nm, double x, double y,
    double z, double step, int n, float *out);
