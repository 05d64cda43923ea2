/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Where to cut a body between two sets of seeds: across it, where it is
 * narrowest on the way from the ones to the others. Any thread; the same input
 * gives the same cut. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* `mask` and `sides`: dense, x fastest; `sides` is 1 or 2 at the seeds, inside
 * of the mask, and both must be there. `out` gets a number of each voxel that
 * is below 0 on the first side of the cut and above on the second: the
 * difference of its ways to both, in nm, so that it can be interpolated; NAN
 * where no way leads to. `steps_nm`: between voxels. False when there is no
 * memory. */
bool lam_narrow_cut (const bool *mask, const uint8_t *sides,
    const int64_t size[3], const double steps_nm[3], float *out);
