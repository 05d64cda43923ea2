/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* How likely a border runs through each voxel, for basins to be told apart by:
 * where networks spoke, by their doubt and where the class changes, else by how
 * steeply the smoothed image changes. Any thread. What a voxel gets
 * depends on those within LAM_BASIN_EDGE_REACH voxels of it; where networks
 * spoke, on the mean of the view's slopes too. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define LAM_BASIN_EDGE_REACH 9

/* All dense, x fastest. */
typedef struct {
  int64_t size[3];
  double voxel_size_nm[3];
  const float *greys; /* NULL: there is no image */
  /* From 0 to 1, surely a border; -1 where nobody spoke. NULL: nowhere. */
  const float *borders;
} LamBasinView;

/* `out` gets 0 and above. `*is_of_greys`: in the unit of the greys; else, where
 * networks spoke, up to 1. False when there is no memory. */
bool lam_basin_edges (const LamBasinView *view, float *out, bool *is_of_greys);
double lam_basin_mean_edge (const float *edges, int64_t n);
/* What counts of a voxel of a float image: 0 where it is no number or endless,
 * and so much at most that sums and squares of steps are finite. */
float lam_basin_tame_grey (float grey);
