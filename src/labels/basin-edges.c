/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The image is smoothed by a Gauss curve that is round in nm, one axis after
 * the other; axes whose voxels are longer than it is wide stay as they are. The
 * slope is per nm, so that thick slices do not look like borders. */
#include "labels/basin-edges.h"

#include <glib.h>
#include <math.h>
#include <string.h>

/* In voxels of the finest axis. */
#define SIGMA 1.5
#define MAX_TAPS (LAM_BASIN_EDGE_REACH - 1)
/* Of an image's step beside what networks say: it only decides where they are
 * equally sure all around. */
#define IMAGE_SHARE 0.1f
/* Of a grey value, so that the square of a step is finite. */
#define LARGEST 1e17f

typedef struct {
  float weights[MAX_TAPS + 1]; /* of the voxel itself, its neighbours, … */
  int n; /* neighbours on each side */
} Kernel;

static Kernel
make_kernel (double sigma_voxels)
{
  Kernel kernel = { .n = (int)fmin (ceil (2.5 * sigma_voxels), MAX_TAPS) };
  double sum = 0;
  if (sigma_voxels < 0.35)
    kernel.n = 0;
  for (int i = 0; i <= kernel.n; i++) {
    double x = kernel.n ? i / sigma_voxels : 0;
    kernel.weights[i] = (float)exp (-x * x / 2);
    sum += (i ? 2 : 1) * (double)kernel.weights[i];
  }
  for (int i = 0; i <= kernel.n; i++)
    kernel.weights[i] /= (float)sum;
  return kernel;
}

/* Whole rows along x at a time: `at` counts along `axis`, outside it is the
 * last voxel inside. */
typedef struct {
  int64_t n; /* along the axis */
  int64_t step; /* of one voxel along it */
  int64_t n_outer, outer_step; /* of lines that lie side by side */
  int64_t run; /* voxels that lie side by side in memory */
} Walk;

static Walk
make_walk (const int64_t size[3], int axis)
{
  switch (axis) {
  case 0:
    return (Walk){ size[0], 1, size[1] * size[2], size[0], 1 };
  case 1:
    return (Walk){ size[1], size[0], size[2], size[0] * size[1], size[0] };
  default:
    return (Walk){ size[2], size[0] * size[1], 1, 0, size[0] * size[1] };
  }
}

static void
smooth_line (
    const Walk *walk, const Kernel *kernel, const float *in, float *out)
{
  for (int64_t at = 0; at < walk->n; at++) {
    const float *here = in + at * walk->step;
    float *to = out + at * walk->step;
    for (int64_t x = 0; x < walk->run; x++)
      to[x] = kernel->weights[0] * here[x];
    for (int i = 1; i <= kernel->n; i++) {
      const float *a = in + MAX (at - i, 0) * walk->step;
      const float *b = in + MIN (at + i, walk->n - 1) * walk->step;
      for (int64_t x = 0; x < walk->run; x++)
        to[x] += kernel->weights[i] * (a[x] + b[x]);
    }
  }
}

static void
smooth (const int64_t size[3], int axis, const Kernel *kernel, const float *in,
    float *out)
{
  const Walk walk = make_walk (size, axis);
  for (int64_t i = 0; i < walk.n_outer; i++)
    smooth_line (
        &walk, kernel, in + i * walk.outer_step, out + i * walk.outer_step);
}

/* Adds the square of the slope along one axis. */
static void
add_slope (const int64_t size[3], int axis, float per_step, const float *in,
    float *out)
{
  const Walk walk = make_walk (size, axis);
  for (int64_t i = 0; i < walk.n_outer; i++)
    for (int64_t at = 0; at < walk.n; at++) {
      const float *line = in + i * walk.outer_step;
      const float *a = line + MAX (at - 1, 0) * walk.step;
      const float *b = line + MIN (at + 1, walk.n - 1) * walk.step;
      float *to = out + i * walk.outer_step + at * walk.step;
      for (int64_t x = 0; x < walk.run; x++) {
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
find_slopes (const LamBasinView *view, float *out)
{
  const int64_t n = view->size[0] * view->size[1] * view->size[2];
  const double *nm = view->voxel_size_nm;
  const double finest = fmin (nm[0], fmin (nm[1], nm[2]));
  g_autofree float *a = g_try_new (float, n), *b = g_try_new (float, n);
  if (!a || !b)
    return false;
  for (int64_t i = 0; i < n; i++)
    a[i] = lam_basin_tame_grey (view->greys[i]);
  for (int axis = 0; axis < 3; axis++) {
    const Kernel kernel = make_kernel (SIGMA * finest / nm[axis]);
    if (kernel.n == 0)
      continue;
    smooth (view->size, axis, &kernel, a, b);
    float *swap = a;
    a = b;
    b = swap;
  }
  memset (out, 0, (size_t)n * sizeof *out);
  for (int axis = 0; axis < 3; axis++)
    if (view->size[axis] > 1)
      add_slope (view->size, axis, (float)(finest / nm[axis]) / 2, a, out);
  for (int64_t i = 0; i < n; i++)
    out[i] = sqrtf (out[i]);
  return true;
}

/* Slopes become 0 to 1 beside borders that are; false: there are none. */
static bool
add_borders (const LamBasinView *view, float *out)
{
  const int64_t n = view->size[0] * view->size[1] * view->size[2];
  double mean = 0;
  int64_t n_spoken = 0;
  for (int64_t i = 0; i < n; i++) {
    mean += (double)out[i] / (double)n;
    n_spoken += view->borders[i] >= 0;
  }
  if (n_spoken == 0)
    return false;
  for (int64_t i = 0; i < n; i++) {
    const float slope = mean > 0 ? out[i] / (out[i] + (float)mean) : 0;
    const float border = view->borders[i];
    out[i] = border < 0
        ? slope
        : IMAGE_SHARE * slope + (1 - IMAGE_SHARE) * fminf (border, 1);
  }
  return true;
}

bool
lam_basin_edges (const LamBasinView *view, float *out, bool *is_of_greys)
{
  const int64_t n = view->size[0] * view->size[1] * view->size[2];
  if (!view->greys)
    memset (out, 0, (size_t)n * sizeof *out);
  else if (!find_slopes (view, out))
    return false;
  *is_of_greys = view->greys && !(view->borders && add_borders (view, out));
  return true;
}
