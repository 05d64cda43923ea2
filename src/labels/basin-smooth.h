/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Smooths a box by a Gauss curve that is round in nm. For this floor. Any
 * thread. */
#pragma once

#include <stdint.h>

/* A voxel gets something from no others than those within so many voxels. */
#define LAM_BASIN_SMOOTH_REACH 13

double lam_basin_finest_nm (const double voxel_size_nm[3]);
/* In place; dense, x fastest. `spare` is as large and becomes anything.
 * `sigma`: in voxels of the finest axis. An axis whose voxels are longer than
 * the curve is wide stays as it is. */
void lam_basin_smooth (const int64_t size[3], const double voxel_size_nm[3],
    double sigma, float *values, float *spare);
