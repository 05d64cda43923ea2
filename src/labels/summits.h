/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Uphill from each voxel of a map of heights: always to the highest neighbour,
 * of equal ones to the first in memory, which of two equal voxels counts as the
 * higher one. Where none is higher is a summit, and all voxels that lead to it
 * are its basin. The result does not depend on threads. Any thread. */
#pragma once

#include "labels/height-map.h"

/* `basins` gets the number of each voxel's summit, from 1 in the order of
 * memory, 0 outside. Gives the voxels of the summits, uint32_t, a 0 before the
 * first. NULL: cancelled. */
GArray *lam_summits_find (
    const LamHeightMap *map, uint32_t *basins) G_GNUC_WARN_UNUSED_RESULT;
