/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* How deep inside of an object its voxels lie, as heights for lam_watershed():
 * what is low between two summits is a neck. Any thread. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* `mask`, `depths` (room to work in) and `heights`: dense, x fastest; heights
 * are from 1 to 65535, and 0 outside of the mask. `grain` gets by how much they
 * go up and down along a body's middle only because it is made of voxels.
 * False: the mask is the whole box, so there is no depth. */
bool lam_neck_heights (const bool *mask, const int64_t size[3],
    const double voxel_size_nm[3], float *depths, uint16_t *heights,
    double *grain);
