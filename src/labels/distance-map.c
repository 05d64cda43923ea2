/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* One axis after the other. Along x two sweeps count. Along y, then z, each
 * voxel of a line stands for a parabola, the squared distance so far being its
 * height; the lower envelope of the parabolas is the squared distance with this
 * axis too. Near to the border it is found by looking at the next voxels of the
 * line, as far as they can be nearer, in many lines at once; deep inside by
 * where parabolas meet (Felzenszwalb and Huttenlocher, "Distance Transforms of
 * Sampled Functions", 2012; Meijster and others, 2000), which is linear in the
 * voxels. Lines are taken BUNCH at a time, side by side in x, so that memory is
 * read in pieces. */
#include "labels/distance-map.h"

#include <glib.h>
#include <math.h>
#include <string.h>

#include "base/clones.h"
#include "base/parallel.h"

enum { BUNCH = 16 };
/* To look so far from each voxel takes as long as to find where parabolas meet.
 */
#define FAR_VOXELS 64
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

/* A line, in place. `squares`: of the nm of so many steps. */
static void
transform_line (Envelope *envelope, float *heights, float *room, int n,
    double square, const float *squares)
{
  build (envelope, heights, n, square);
  if (envelope->n == 0)
    return;
  for (int i = 0, k = 0; i < n; i++) {
    while (k + 1 < envelope->n && envelope->from[k + 1] < i)
      k++;
    const int at = envelope->at[k];
    room[i] = heights[at] + squares[ABS (i - at)];
  }
  memcpy (heights, room, (size_t)n * sizeof *heights);
}

/* Lines of `n` voxels, side by side. */
typedef struct {
  int n;
  double square; /* of the step in nm */
  const float *squares; /* Borrowed; of the nm of so many steps */
  float *lines; /* Borrowed; n × BUNCH, those of a bunch side by side */
  float *line; /* Borrowed; one, and its room */
  float *room;
  Envelope envelope;
} Bunch;

static void
transform_each (Bunch *bunch)
{
  const int n = bunch->n;
  for (int k = 0; k < BUNCH; k++) {
    bool is_inside = false;
    for (int i = 0; i < n; i++) {
      bunch->line[i] = bunch->lines[i * BUNCH + k];
      is_inside |= bunch->line[i] > 0;
    }
    if (!is_inside)
      continue;
    transform_line (&bunch->envelope, bunch->line, bunch->room, n,
        bunch->square, bunch->squares);
    for (int i = 0; i < n; i++)
      bunch->lines[i * BUNCH + k] = bunch->line[i];
  }
}

/* What is not negative has the order of its bits, which vectors compare. */
static inline float
find_most (const float *row)
{
  int32_t bits[BUNCH], most = 0;
  float found;
  memcpy (bits, row, sizeof bits);
#pragma GCC unroll 1
  for (int k = 0; k < BUNCH; k++)
    most = bits[k] > most ? bits[k] : most;
  memcpy (&found, &most, sizeof found);
  return found;
}

/* Whether it takes less time to look around each voxel. */
static bool
is_shallow (const Bunch *bunch)
{
  const int n = bunch->n;
  double n_looks = 0, n_rows = 0;
  for (int i = 0; i < n; i++) {
    const float most = find_most (bunch->lines + i * BUNCH);
    n_looks += MIN (sqrt (most / bunch->square), MAX (i, n - 1 - i));
    n_rows += most > 0;
  }
  return n_looks <= n_rows * FAR_VOXELS;
}

/* The row `i` of the bunch, as far as it is not nearer than what is `step` rows
 * away. */
static inline void
look (const float *restrict row, float square, float *restrict best)
{
#pragma GCC unroll 1
  for (int k = 0; k < BUNCH; k++) {
    const float far = row[k] + square;
    best[k] = far < best[k] ? far : best[k];
  }
}

/* Puts the rows of the bunch `stride` apart. */
LAM_CLONES static void
look_around (const float *lines, const float *squares, int n, float *out,
    int64_t stride, int width)
{
  for (int i = 0; i < n; i++) {
    float best[BUNCH];
    memcpy (best, lines + i * BUNCH, sizeof best);
    float most = find_most (best);
    const int reach = MAX (i, n - 1 - i);
    for (int step = 1; step <= reach && squares[step] < most; step++) {
      if (step <= i)
        look (lines + (i - step) * BUNCH, squares[step], best);
      if (step < n - i)
        look (lines + (i + step) * BUNCH, squares[step], best);
      if (step % 4 == 0)
        most = find_most (best);
    }
    memcpy (out + i * stride, best, (size_t)width * sizeof *out);
  }
}

/* Transforms the lines of `n` voxels `stride` apart that begin at `start` and
 * the `width` - 1 voxels after it. */
static void
transform_bunch (Bunch *bunch, float *start, int64_t stride, int width)
{
  const size_t n_bytes = (size_t)width * sizeof *start;
  float most = 0;
  for (int i = 0; i < bunch->n; i++) {
    float *row = bunch->lines + i * BUNCH;
    if (width == BUNCH) {
      memcpy (row, start + i * stride, BUNCH * sizeof *start);
    } else {
      memset (row, 0, BUNCH * sizeof *start);
      memcpy (row, start + i * stride, n_bytes);
    }
    most = MAX (most, find_most (row));
  }
  if (most == 0)
    return;
  if (is_shallow (bunch)) {
    look_around (bunch->lines, bunch->squares, bunch->n, start, stride, width);
    return;
  }
  transform_each (bunch);
  for (int i = 0; i < bunch->n; i++)
    memcpy (start + i * stride, bunch->lines + i * BUNCH, n_bytes);
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
  const int n = (int)size[work->axis];
  int64_t stride = work->axis == 1 ? size[0] : size[0] * size[1];
  int64_t other = work->axis == 1 ? size[0] * size[1] : size[0];
  g_autofree float *room = g_new0 (float, (size_t)n *(BUNCH + 3));
  g_autofree int32_t *at = g_new (int32_t, n);
  g_autofree double *from = g_new (double, n);
  float *squares = room, *line = room + n;
  for (int i = 0; i < n; i++)
    squares[i] = (float)((double)i * i * step_nm * step_nm);
  Bunch bunch = { n, step_nm * step_nm, squares, line + 2 * n, line, line + n,
    { at, from, 0 } };
  for (int64_t x = 0; x < size[0]; x += BUNCH)
    transform_bunch (&bunch, work->out + plane * other + x, stride,
        (int)MIN (BUNCH, size[0] - x));
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
