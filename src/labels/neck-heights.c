/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "labels/neck-heights.h"

#include <math.h>

#include "labels/distance-map.h"

#define MAX_HEIGHT 65535

/* Found with slanting threads and rods. */
static double
grain_nm (const int64_t size[3], const double nm[3])
{
  double finest = INFINITY, coarsest = 0;
  for (int i = 0; i < 3; i++)
    if (size[i] > 1) {
      finest = fmin (finest, nm[i]);
      coarsest = fmax (coarsest, nm[i]);
    }
  return fmax (1.5 * finest, 0.75 * coarsest);
}

bool
lam_neck_heights (const bool *mask, const int64_t size[3],
    const double voxel_size_nm[3], float *depths, uint16_t *heights,
    double *grain)
{
  const int64_t n = size[0] * size[1] * size[2];
  float deepest = 0;
  lam_distance_map (mask, size, voxel_size_nm, depths);
  for (int64_t i = 0; i < n; i++)
    deepest = depths[i] > deepest ? depths[i] : deepest;
  if (isinf (deepest))
    return false;
  const double per_nm = (MAX_HEIGHT - 1) / sqrt (deepest);
  for (int64_t i = 0; i < n; i++)
    heights[i] =
        mask[i] ? (uint16_t)(1 + lrint (sqrt (depths[i]) * per_nm)) : 0;
  *grain = per_nm * grain_nm (size, voxel_size_nm);
  return true;
}
