/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Positions are taken line by line: under one tap, the voxels of a line lie
 * `stride` apart in one line of the image. */
#include "nn/columns.h"

#include <string.h>

/* Some positions of one line under one tap. */
typedef struct {
  int64_t row; /* where its line of the image begins; -1: outside */
  int64_t x; /* in that line, of the first position; may be outside */
  int64_t n;
} Stretch;

static Stretch
find_stretch (
    const LamWindow *window, const int64_t tap[3], int64_t first, int64_t n)
{
  int64_t width = window->out[2], line = first / width, x = first % width;
  int64_t z = line / window->out[1] * window->stride[0] - window->before[0]
      + tap[0] * window->dilation[0];
  int64_t y = line % window->out[1] * window->stride[1] - window->before[1]
      + tap[1] * window->dilation[1];
  bool is_inside = z >= 0 && z < window->in[0] && y >= 0 && y < window->in[1];
  return (Stretch){
    .row = is_inside ? (z * window->in[1] + y) * window->in[2] : -1,
    .x = x * window->stride[2] - window->before[2]
        + tap[2] * window->dilation[2],
    .n = MIN (width - x, n),
  };
}

/* The positions [*from, *to) of the stretch that lie in the image. */
static void
clip_stretch (
    const LamWindow *window, const Stretch *stretch, int64_t *from, int64_t *to)
{
  int64_t stride = window->stride[2], left = window->in[2] - stretch->x;
  *from = CLAMP ((stride - 1 - stretch->x) / stride, 0, stretch->n);
  if (stretch->x >= 0)
    *from = 0;
  *to = left > 0 ? MIN ((left + stride - 1) / stride, stretch->n) : 0;
  *to = MAX (*to, *from);
}

static void
gather_stretch (const LamWindow *window, const float *image,
    const Stretch *stretch, float *to)
{
  int64_t from = stretch->n, end = stretch->n, stride = window->stride[2];
  if (stretch->row >= 0)
    clip_stretch (window, stretch, &from, &end);
  const float *row = image + stretch->row + stretch->x;
  memset (to, 0, from * sizeof *to);
  if (stride == 1)
    memcpy (to + from, row + from, (end - from) * sizeof *to);
  else
    for (int64_t i = from; i < end; i++)
      to[i] = row[i * stride];
  memset (to + end, 0, (stretch->n - end) * sizeof *to);
}

static void
add_stretch (const LamWindow *window, const float *from, const Stretch *stretch,
    float *image)
{
  int64_t first, end, stride = window->stride[2];
  if (stretch->row < 0)
    return;
  clip_stretch (window, stretch, &first, &end);
  float *row = image + stretch->row + stretch->x;
  if (stride == 1)
    for (int64_t i = first; i < end; i++)
      row[i] += from[i];
  else
    for (int64_t i = first; i < end; i++)
      row[i * stride] += from[i];
}

/* Row by row of the matrix: its channel and tap. */
static inline bool
next_tap (const LamWindow *window, int64_t tap[3])
{
  for (int axis = 2; axis >= 0; axis--) {
    if (++tap[axis] < window->kernel[axis])
      return true;
    tap[axis] = 0;
  }
  return false;
}

void
lam_columns_gather (const LamWindow *window, const float *image,
    int64_t channels, int64_t first, int64_t n, float *to, int64_t step)
{
  int64_t volume = lam_product3 (window->in);
  for (int64_t c = 0; c < channels; c++, image += volume) {
    int64_t tap[3] = { 0, 0, 0 };
    do {
      for (int64_t done = 0; done < n;) {
        Stretch stretch = find_stretch (window, tap, first + done, n - done);
        gather_stretch (window, image, &stretch, to + done);
        done += stretch.n;
      }
      to += step;
    } while (next_tap (window, tap));
  }
}

void
lam_columns_add (const LamWindow *window, const float *from, int64_t step,
    int64_t channels, int64_t first, int64_t n, float *image)
{
  int64_t volume = lam_product3 (window->in);
  for (int64_t c = 0; c < channels; c++, image += volume) {
    int64_t tap[3] = { 0, 0, 0 };
    do {
      for (int64_t done = 0; done < n;) {
        Stretch stretch = find_stretch (window, tap, first + done, n - done);
        add_stretch (window, from + done, &stretch, image);
        done += stretch.n;
      }
      from += step;
    } while (next_tap (window, tap));
  }
}
