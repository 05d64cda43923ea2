/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Joins pieces of a box: until none is too small, the smallest first, each with
 * the neighbour that a weak border lies between and whose grey is like its own;
 * or while that is cheap, the cheapest pair of neighbours first. For this
 * floor. Any thread; the same input gives the same pieces. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

typedef struct _LamBasinMerge LamBasinMerge;

/* `pieces`: from 0, dense in a box of `size`, x fastest; `n` of them. `summits`
 * decides between equals: a number for each piece, no two alike. `faces_nm2`:
 * what a face across each axis counts. `greys` (or NULL) are in the unit of
 * `edges`. */
LamBasinMerge *lam_basin_merge_new (const uint32_t *pieces, const float *edges,
    const float *greys, const int64_t size[3], const double faces_nm2[3],
    uint32_t n, const uint64_t *summits);
void lam_basin_merge_free (LamBasinMerge *merge);
/* Until every piece has so many voxels, or no neighbour. */
void lam_basin_merge_run (LamBasinMerge *merge, double least_voxels);
/* A pair costs its border's mean edge and some of the step of its mean greys,
 * times a power of its size: n m / (n + m) of pieces of n and m voxels. So what
 * is small is joined over stronger borders than what is large. */
typedef struct {
  double power;
  double cost;
  double voxels; /* of what they become */
} LamBasinPrice;
/* Until every pair costs more, or would be larger. */
void lam_basin_merge_run_cheapest (
    LamBasinMerge *merge, const LamBasinPrice *most);
/* The piece that one is part of by now. */
uint32_t lam_basin_merge_find (LamBasinMerge *merge, uint32_t piece);
