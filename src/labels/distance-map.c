/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* One axis after the other. Along x two sweeps count. Along y, then z, each
 * voxel of a line stands for a parabola, the squared distance so far being its
 * height; the lower envelope of the parabolas is the squared distance with this
 * axis too (Felzenszwalb and Huttenlocher, "Distance Transforms of Sampled
 * Functions", 2012; Meijster and others, 2000). Linear in the voxels. Lines are
 * taken BUNCH at a time, side by side in x, so that memory is read in pieces.
 */
#include "labels/distance-map.h"

#include <glib.h>
#include <math.h>

enum { BUNCH = 16 };

static void
sweep_row (const bool *mask, int64_t width, double step_nm, float *out)
{
  double far = INFINITY;
  for (int64_t x = 0; x < width; x++) {
    far = mask[x] ? far + step_nm : 0;
    out[x] = (float)far;
  }
  far = INFINITY;
  for (int64_t x = width; x-- > 0;) {
    far = mask[x] ? far + step_nm : 0;
    double near = fmin (out[x], far);
    out[x] = (float)(near * near);
  }
}

/* Parabolas of the lower envelope: whose, and from where on it is the lowest.
 */
typedef struct {
  int32_t *at; /* Owned */
  double *from; /* Owned; in voxels */
  int n;
} Envelope;

/* Where the parabolas of `p` and of a later `q` meet. */
static double
meet (const float *heights, int p, int q, double square)
{
  return ((double)heights[q] - heights[p]
             + square * ((double)q * q - (double)p * p))
      / (2 * square * (q - p));
}

static void
build (Envelope *envelope, const float *heights, int n, double square)
{
  envelope->n = 0;
  for (int q = 0; q < n; q++) {
    double from = -INFINITY;
    if (isinf (heights[q]))
      continue;
    while (envelope->n > 0) {
      from = meet (heights, envelope->at[envelope->n - 1], q, square);
      if (from > envelope->from[envelope->n - 1])
        break;
      from = -INFINITY;
      envelope->n--;
    }
    envelope->at[envelope->n] = q;
    envelope->from[envelope->n++] = from;
  }
}

/* `square`: of the step in nm. In place. */
static void
transform_line (
    Envelope *envelope, float *heights, float *room, int n, double square)
{
  build (envelope, heights, n, square);
  if (envelope->n == 0)
    return;
  for (int i = 0, k = 0; i < n; i++) {
    while (k + 1 < envelope->n && envelope->from[k + 1] < i)
      k++;
    double far = i - envelope->at[k];
    room[i] = (float)(far * far * square + heights[envelope->at[k]]);
  }
  for (int i = 0; i < n; i++)
    heights[i] = room[i];
}

static bool
has_inside (const float *heights, int n)
{
  for (int i = 0; i < n; i++)
    if (heights[i] > 0)
      return true;
  return false;
}

/* Transforms the lines of `n` voxels `stride` apart that begin at `start` and
 * the `bunch` - 1 voxels after it. */
static void
transform_bunch (Envelope *envelope, float *start, int64_t stride, int n,
    int bunch, double square, float *room)
{
  float *lines = room + n;
  for (int i = 0; i < n; i++)
    for (int k = 0; k < bunch; k++)
      lines[(int64_t)k * n + i] = start[i * stride + k];
  for (int k = 0; k < bunch; k++) {
    float *line = lines + (int64_t)k * n;
    if (has_inside (line, n))
      transform_line (envelope, line, room, n, square);
  }
  for (int i = 0; i < n; i++)
    for (int k = 0; k < bunch; k++)
      start[i * stride + k] = lines[(int64_t)k * n + i];
}

static void
transform_axis (float *out, const int64_t size[3], int axis, double step_nm)
{
  int n = (int)size[axis];
  int64_t stride = axis == 1 ? size[0] : size[0] * size[1];
  int64_t other = axis == 1 ? size[0] * size[1] : size[0];
  int64_t n_other = axis == 1 ? size[2] : size[1];
  g_autofree float *room = g_new (float, (size_t)n *(BUNCH + 1));
  g_autofree int32_t *at = g_new (int32_t, n);
  g_autofree double *from = g_new (double, n);
  Envelope envelope = { at, from, 0 };
  for (int64_t i = 0; i < n_other; i++)
    for (int64_t x = 0; x < size[0]; x += BUNCH)
      transform_bunch (&envelope, out + i * other + x, stride, n,
          (int)MIN (BUNCH, size[0] - x), step_nm * step_nm, room);
}

void
lam_distance_map (const bool *mask, const int64_t size[3],
    const double voxel_size_nm[3], float *out)
{
  for (int64_t row = 0; row < size[1] * size[2]; row++)
    sweep_row (
        mask + row * size[0], size[0], voxel_size_nm[0], out + row * size[0]);
  transform_axis (out, size, 1, voxel_size_nm[1]);
  transform_axis (out, size, 2, voxel_size_nm[2]);
}
