/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* How deep inside of an object a voxel lies: the exact Euclidean distance, in
 * nm, from its centre to the nearest voxel that is not of the object. Any
 * thread. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* `mask` and `out`: dense, x fastest; `out` gets squares of nm, 0 outside of
 * the mask. What lies beyond the box does not count, as if it were of the
 * object: where the mask is the whole box the distance is INFINITY. */
void lam_distance_map (const bool *mask, const int64_t size[3],
    const double voxel_size_nm[3], float *out);
