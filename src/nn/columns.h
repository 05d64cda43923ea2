/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The voxels under a window as columns of a matrix, one for each position of
 * the window: rows are c, kz, ky, kx. */
#pragma once

#include "nn/window.h"

/* `n` positions from `first`, of an image of `channels` channels. Rows of the
 * matrix are `step` floats apart. */
void lam_columns_gather (const LamWindow *window, const float *image,
    int64_t channels, int64_t first, int64_t n, float *to, int64_t step);
/* The adjoint: adds each number of the matrix to its voxel. */
void lam_columns_add (const LamWindow *window, const float *from, int64_t step,
    int64_t channels, int64_t first, int64_t n, float *image);
