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

#include "base/parallel.h"

enum { BUNCH = 16 };
/* Not worth more threads. */
#define FEW_VOXELS (1 << 17)

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
    double near = out[x] < far ? out[x] : far;
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

typedef struct {
  const bool *mask; /* Borrowed */
  const int64_t *size;
  const double *voxel_size_nm;
  float *out;
  int axis;
} Work;

/* All lines of a plane through the axis and x. */
static bool
transform_plane (int64_t plane, gpointer data, GError **error)
{
  const Work *work = data;
  const int64_t *size = work->size;
  const double step_nm = work->voxel_size_nm[work->axis];
  int n = (int)size[work->axis];
  int64_t stride = work->axis == 1 ? size[0] : size[0] * size[1];
  int64_t other = work->axis == 1 ? size[0] * size[1] : size[0];
  g_autofree float *room = g_new (float, (size_t)n *(BUNCH + 1));
  g_autofree int32_t *at = g_new (int32_t, n);
  g_autofree double *from = g_new (double, n);
  Envelope envelope = { at, from, 0 };
  for (int64_t x = 0; x < size[0]; x += BUNCH)
    transform_bunch (&envelope, work->out + plane * other + x, stride, n,
        (int)MIN (BUNCH, size[0] - x), step_nm * step_nm, room);
  return true;
}

static bool
sweep_section (int64_t section, gpointer data, GError **error)
{
  const Work *work = data;
  const int64_t width = work->size[0], height = work->size[1];
  for (int64_t row = section * height; row < (section + 1) * height; row++)
    sweep_row (work->mask + row * width, width, work->voxel_size_nm[0],
        work->out + row * width);
  return true;
}

static void
run_parts (Work *work, int64_t n, LamParallelPart part)
{
  const int64_t *size = work->size;
  if (size[0] * size[1] * size[2] >= FEW_VOXELS)
    lam_parallel (0, n, part, work, NULL, NULL);
  else
    for (int64_t i = 0; i < n; i++)
      part (i, work, NULL);
}

void
lam_distance_map (const bool *mask, const int64_t size[3],
    const double voxel_size_nm[3], float *out)
{
  Work work = { mask, size, voxel_size_nm, out, 1 };
  run_parts (&work, size[2], sweep_section);
  run_parts (&work, size[2], transform_plane);
  work.axis = 2;
  run_parts (&work, size[1], transform_plane);
}
