/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "labels/neck-heights.h"

#include <glib.h>
#include <math.h>

#include "base/parallel.h"
#include "labels/distance-map.h"

#define MAX_HEIGHT 65535
/* Not worth more threads. */
#define FEW_VOXELS (1 << 17)

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

/* Sections are shared out among threads. */
typedef struct {
  int64_t n; /* voxels of a section */
  const bool *mask; /* Borrowed */
  const float *depths; /* Borrowed */
  uint16_t *heights; /* Borrowed */
  float *deepest; /* Borrowed; by section */
  double per_nm;
} Work;

static bool
find_deepest (int64_t section, gpointer data, GError **error)
{
  const Work *work = data;
  const float *depths = work->depths + section * work->n;
  float deepest = 0;
  for (int64_t i = 0; i < work->n; i++)
    deepest = depths[i] > deepest ? depths[i] : deepest;
  work->deepest[section] = deepest;
  return true;
}

static bool
find_heights (int64_t section, gpointer data, GError **error)
{
  const Work *work = data;
  const bool *mask = work->mask + section * work->n;
  const float *depths = work->depths + section * work->n;
  uint16_t *heights = work->heights + section * work->n;
  for (int64_t i = 0; i < work->n; i++)
    heights[i] =
        mask[i] ? (uint16_t)(1 + lrint (sqrt (depths[i]) * work->per_nm)) : 0;
  return true;
}

static void
run (Work *work, int64_t n_sections, LamParallelPart part)
{
  if (n_sections * work->n >= FEW_VOXELS)
    lam_parallel (0, n_sections, part, work, NULL, NULL);
  else
    for (int64_t i = 0; i < n_sections; i++)
      part (i, work, NULL);
}

bool
lam_neck_heights (const bool *mask, const int64_t size[3],
    const double voxel_size_nm[3], float *depths, uint16_t *heights,
    double *grain)
{
  g_autofree float *deepest = g_new (float, size[2]);
  Work work = { size[0] * size[1], mask, depths, heights, deepest, 0 };
  float most = 0;
  lam_distance_map (mask, size, voxel_size_nm, depths);
  run (&work, size[2], find_deepest);
  for (int64_t i = 0; i < size[2]; i++)
    most = MAX (most, deepest[i]);
  if (isinf (most))
    return false;
  work.per_nm = (MAX_HEIGHT - 1) / sqrt (most);
  run (&work, size[2], find_heights);
  *grain = work.per_nm * grain_nm (size, voxel_size_nm);
  return true;
}
