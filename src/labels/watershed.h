/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Cuts an object along its valleys: a seeded watershed of a map of heights,
 * high inside of the pieces and low where they touch. The seeds are the summits
 * that stand out: each piece has one. Any thread; the same input gives the
 * same pieces. */
#pragma once

#include "base/progress.h"
#include "labels/block-components.h"

typedef struct {
  LamConnectivity connectivity;
  double voxel_size_nm[3];
  /* A summit is a seed when the way to a higher one goes down by at least this
   * share of its own height … */
  double relief;
  /* … and by this much, so that the steps of the grid make none … */
  double least_relief;
  /* … and a seed that is higher lies no nearer than this. */
  double least_distance_nm;
  /* Smaller pieces go to the neighbour with the highest pass between them. */
  int64_t min_voxels;
  int n_threads; /* 0: one a processor; the result is the same */
} LamWatershedRules;

/* `heights`: dense, x fastest; 0 outside of the object, which is connected;
 * fewer than 2^31 - 1 voxels. `pieces` gets the number of each voxel's piece,
 * from 1 in the order of first voxels, 0 outside. Gives the number of pieces;
 * 0 when there is no memory, some bytes a voxel, or `progress` (or NULL, which
 * is asked for nothing else) was cancelled. */
uint32_t lam_watershed (const uint16_t *heights, const int64_t size[3],
    const LamWatershedRules *rules, uint32_t *pieces, LamProgress *progress);
