/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The slope is per nm, so that thick slices do not look like borders. */
#include "labels/basin-edges.h"

#include <glib.h>
#include <math.h>
#include <string.h>

#include "labels/basin-smooth.h"

/* How much the image is smoothed, in voxels of the finest axis: where it alone
 * tells borders, so much that one does not end at a gap which is narrower … */
#define SIGMA 3
/* … and where networks do, so that noise does not. */
#define SIGMA_BESIDE_BORDERS 1.5
/* Of an image's step beside what networks say: it only decides where they are
 * equally sure all around. */
#define IMAGE_SHARE 0.1f
/* Of a grey value, so that the square of a step is finite. */
#define LARGEST 1e17f

/* Adds the square of the slope along one axis. */
static void
add_slope (const int64_t size[3], int axis, float per_step, const float *in,
    float *out)
{
  const int64_t steps[3] = { 1, size[0], size[0] * size[1] };
  const int64_t step = steps[axis], n = size[axis], block = n * step;
  const int64_t n_blocks = size[0] * size[1] * size[2] / block;
  for (int64_t i = 0; i < n_blocks; i++)
    for (int64_t at = 0; at < n; at++) {
      const float *a = in + i * block + MAX (at - 1, 0) * step;
      const float *b = in + i * block + MIN (at + 1, n - 1) * step;
      float *to = out + i * block + at * step;
      for (int64_t x = 0; x < step; x++) {
        const float d = (b[x] - a[x]) * per_step;
        to[x] += d * d;
      }
    }
}

float
lam_basin_tame_grey (float grey)
{
  return isfinite (grey) ? CLAMP (grey, -LARGEST, LARGEST) : 0;
}

static bool
find_slopes (const LamBasinView *view, double sigma, float *out)
{
  const int64_t n = view->size[0] * view->size[1] * view->size[2];
  const double *nm = view->voxel_size_nm;
  const double finest = lam_basin_finest_nm (nm);
  g_autofree float *a = g_try_new (float, n);
  if (!a)
    return false;
  for (int64_t i = 0; i < n; i++)
    a[i] = lam_basin_tame_grey (view->greys[i]);
  lam_basin_smooth (view->size, nm, sigma, a, out);
  memset (out, 0, (size_t)n * sizeof *out);
  for (int axis = 0; axis < 3; axis++)
    if (view->size[axis] > 1)
      add_slope (view->size, axis, (float)(finest / nm[axis]) / 2, a, out);
  for (int64_t i = 0; i < n; i++)
    out[i] = sqrtf (out[i]);
  return true;
}

double
lam_basin_mean_edge (const float *edges, int64_t n)
{
  double sum = 0;
  for (int64_t i = 0; i < n; i++)
    sum += (double)edges[i];
  return sum / (double)n;
}

static bool
has_borders (const LamBasinView *view)
{
  const int64_t n = view->size[0] * view->size[1] * view->size[2];
  for (int64_t i = 0; view->borders && i < n; i++)
    if (view->borders[i] >= 0)
      return true;
  return false;
}

/* Slopes become 0 to 1 beside borders. Where all are 0, as without an image,
 * borders alone count. */
static void
add_borders (const LamBasinView *view, float *out)
{
  const int64_t n = view->size[0] * view->size[1] * view->size[2];
  const double mean = lam_basin_mean_edge (out, n);
  for (int64_t i = 0; i < n; i++) {
    const float slope = mean > 0 ? out[i] / (out[i] + (float)mean) : 0;
    const float border = view->borders[i];
    out[i] = border < 0
        ? slope
        : IMAGE_SHARE * slope + (1 - IMAGE_SHARE) * fminf (border, 1);
  }
}

bool
lam_basin_edges (const LamBasinView *view, float *out, bool *is_of_greys)
{
  const int64_t n = view->size[0] * view->size[1] * view->size[2];
  const bool is_beside = has_borders (view);
  const double sigma = is_beside ? SIGMA_BESIDE_BORDERS : SIGMA;
  if (!view->greys)
    memset (out, 0, (size_t)n * sizeof *out);
  else if (!find_slopes (view, sigma, out))
    return false;
  if (is_beside)
    add_borders (view, out);
  *is_of_greys = view->greys && !is_beside;
  return true;
}
