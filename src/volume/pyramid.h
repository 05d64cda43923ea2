/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Levels of a volume and reduction by means. */
#pragma once

#include "volume/source.h"

/* Fills `levels`: each next level halves the axes that are still finer than
 * the coarsest one (10×10×40 nm halves x and y twice before z), until the
 * largest side is at most 256 voxels. Returns their number. */
int lam_pyramid_plan (const int64_t size[3], const double voxel_size_nm[3],
    LamLevel levels[LAM_MAX_LEVELS]);

/* Means over factor[i] ∈ {1, 2} cells. `in` has `in_size` voxels, `out`
 * ceil(in_size / factor); cells cut by the edge average what there is. u8 and
 * u16 round half up; NaN poisons its cell. */
void lam_pyramid_reduce (LamDtype dtype, const void *in,
    const int64_t in_size[3], const int64_t factor[3], void *out);
