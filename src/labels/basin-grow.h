/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Cuts a box of an image into small compact pieces, each of one grey: they grow
 * from seeds on a grid, so that where a membrane has a gap the pieces on both
 * sides still meet there. Simple non-iterative clustering (Achanta and
 * Süsstrunk 2017). For this floor. Any thread; the same input gives the same
 * pieces. */
#pragma once

#include <stdint.h>

#include "base/box.h"

/* `box`: of the volume; the grid of seeds is the volume's, so that boxes that
 * overlap have the same ones. `greys`: of the box, dense, x fastest; fewer than
 * 2^32 - 1 voxels. `contrast`: in the unit of the greys, the step that counts
 * as much as one width of a piece is far. `pieces` gets the number of each
 * voxel's piece, from 0 on. Gives the number of pieces; 0 when there is no
 * memory. */
uint32_t lam_basin_grow (const LamBox *box, const double voxel_size_nm[3],
    const float *greys, float contrast, uint32_t *pieces);
