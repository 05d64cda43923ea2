/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* One axis after the other, always along rows of memory: a row along x is
 * copied between two ends that repeat its outermost voxels; along the others
 * whole rows are added up. Outside is the last voxel inside. */
#include "labels/basin-smooth.h"

#include <glib.h>
#include <math.h>
#include <string.h>

#define MAX_TAPS LAM_BASIN_SMOOTH_REACH

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

static void
add_rows (float *to, float weight, const float *a, const float *b, int64_t n)
{
  for (int64_t x = 0; x < n; x++)
    to[x] += weight * (a[x] + b[x]);
}

static void
start_row (float *to, float weight, const float *from, int64_t n)
{
  for (int64_t x = 0; x < n; x++)
    to[x] = weight * from[x];
}

static void
smooth_rows (const Kernel *kernel, int64_t n, int64_t n_rows, const float *in,
    float *out)
{
  g_autofree float *long_row = g_new (float, n + 2 * MAX_TAPS);
  float *row = long_row + MAX_TAPS;
  for (int64_t y = 0; y < n_rows; y++, in += n, out += n) {
    memcpy (row, in, (size_t)n * sizeof *row);
    for (int i = 1; i <= kernel->n; i++) {
      row[-i] = in[0];
      row[n - 1 + i] = in[n - 1];
    }
    start_row (out, kernel->weights[0], row, n);
    for (int i = 1; i <= kernel->n; i++)
      add_rows (out, kernel->weights[i], row - i, row + i, n);
  }
}

/* Along an axis of `n` voxels that lie `step` apart. */
static void
smooth_across (
    const Kernel *kernel, int64_t n, int64_t step, const float *in, float *out)
{
  for (int64_t at = 0; at < n; at++) {
    float *to = out + at * step;
    start_row (to, kernel->weights[0], in + at * step, step);
    for (int i = 1; i <= kernel->n; i++)
      add_rows (to, kernel->weights[i], in + MAX (at - i, 0) * step,
          in + MIN (at + i, n - 1) * step, step);
  }
}

static void
smooth_axis (const int64_t size[3], int axis, const Kernel *kernel,
    const float *in, float *out)
{
  const int64_t section = size[0] * size[1];
  switch (axis) {
  case 0:
    smooth_rows (kernel, size[0], size[1] * size[2], in, out);
    break;
  case 1:
    for (int64_t z = 0; z < size[2]; z++)
      smooth_across (
          kernel, size[1], size[0], in + z * section, out + z * section);
    break;
  default:
    smooth_across (kernel, size[2], section, in, out);
    break;
  }
}

double
lam_basin_finest_nm (const double voxel_size_nm[3])
{
  return fmin (voxel_size_nm[0], fmin (voxel_size_nm[1], voxel_size_nm[2]));
}

void
lam_basin_smooth (const int64_t size[3], const double voxel_size_nm[3],
    double sigma, float *values, float *spare)
{
  const double finest = lam_basin_finest_nm (voxel_size_nm);
  float *from = values, *to = spare;
  for (int axis = 0; axis < 3; axis++) {
    const Kernel kernel = make_kernel (sigma * finest / voxel_size_nm[axis]);
    if (kernel.n == 0 || size[axis] == 1)
      continue;
    smooth_axis (size, axis, &kernel, from, to);
    float *swap = from;
    from = to;
    to = swap;
  }
  if (from != values)
    memcpy (
        values, from, (size_t)(size[0] * size[1] * size[2]) * sizeof *values);
}
