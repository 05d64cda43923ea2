/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The signed distance of a voxel to an outline, positive inside, is blended
 * between the two slices by how near they are; where it is positive the shape
 * is. That alone loses a shape on the way to one beside it: those are first
 * moved over each other, by whole voxels, along the line between their
 * middles. */
#include "labels/slice-blend.h"

#include <glib.h>
#include <math.h>

#include "labels/distance-map.h"

typedef struct {
  float *distance; /* Owned; signed, in nm */
  double middle[2];
} Outline;

static void
outline_init (Outline *outline, const bool *mask, const int64_t n[2],
    const double pixel_nm[2])
{
  const int64_t size[3] = { n[0], n[1], 1 }, count = n[0] * n[1];
  const double nm[3] = { pixel_nm[0], pixel_nm[1], 1 };
  g_autofree float *outside = g_new (float, count);
  g_autofree bool *others = g_new (bool, count);
  outline->distance = g_new (float, count);
  double n_inside = 0;
  outline->middle[0] = outline->middle[1] = 0;
  for (int64_t i = 0; i < count; i++) {
    others[i] = !mask[i];
    if (!mask[i])
      continue;
    n_inside++;
    outline->middle[0] += (double)(i % n[0]);
    outline->middle[1] += (double)(i / n[0]);
  }
  for (int a = 0; a < 2; a++)
    outline->middle[a] /= MAX (n_inside, 1);
  lam_distance_map (mask, size, nm, outline->distance);
  lam_distance_map (others, size, nm, outside);
  for (int64_t i = 0; i < count; i++)
    outline->distance[i] =
        mask[i] ? sqrtf (outline->distance[i]) : -sqrtf (outside[i]);
}

static bool
do_overlap (const bool *a, const bool *b, int64_t count)
{
  for (int64_t i = 0; i < count; i++)
    if (a[i] && b[i])
      return true;
  return false;
}

/* One row of an outline that was moved by `shift`; far outside beside it. */
static float
get_moved (const Outline *outline, const int64_t n[2], int64_t x, int64_t y,
    const int64_t shift[2])
{
  x -= shift[0];
  y -= shift[1];
  return x < 0 || y < 0 || x >= n[0] || y >= n[1]
      ? -INFINITY
      : outline->distance[x + n[0] * y];
}

static void
blend_moved (
    const Outline outlines[2], const int64_t n[2], double share, bool *mask)
{
  int64_t shifts[2][2];
  for (int a = 0; a < 2; a++) {
    double way = outlines[1].middle[a] - outlines[0].middle[a];
    shifts[0][a] = llround (way * share);
    shifts[1][a] = llround (-way * (1 - share));
  }
  for (int64_t y = 0; y < n[1]; y++)
    for (int64_t x = 0; x < n[0]; x++)
      mask[x + n[0] * y] =
          (1 - share) * get_moved (&outlines[0], n, x, y, shifts[0])
              + share * get_moved (&outlines[1], n, x, y, shifts[1])
          > 0;
}

void
lam_slice_blend (const bool *below, const bool *above, const int64_t n[2],
    const double pixel_nm[2], int64_t n_between,
    void (*each) (int64_t i, const bool *mask, void *user_data),
    void *user_data)
{
  const int64_t count = n[0] * n[1];
  bool moves = !do_overlap (below, above, count);
  Outline outlines[2];
  outline_init (&outlines[0], below, n, pixel_nm);
  outline_init (&outlines[1], above, n, pixel_nm);
  g_autofree bool *mask = g_new (bool, count);
  for (int64_t i = 1; i <= n_between; i++) {
    float share = (float)i / (float)(n_between + 1);
    if (moves)
      blend_moved (outlines, n, share, mask);
    else
      for (int64_t j = 0; j < count; j++)
        mask[j] = (1 - share) * outlines[0].distance[j]
                + share * outlines[1].distance[j]
            > 0;
    each (i, mask, user_data);
  }
  g_free (outlines[0].distance);
  g_free (outlines[1].distance);
}
