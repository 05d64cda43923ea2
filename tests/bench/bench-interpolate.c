/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* bench-interpolate: the slices between two outlines of 512² voxels, 20 slices
 * apart; 100 ms are allowed. Prints the median of 9, and how many times longer
 * it is to compute the two signed distances alone by trying each voxel of the
 * border for each voxel of the slice, which is the bound that a plain program
 * has (on every 8th voxel, multiplied). */
#include <glib.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "labels/slice-blend.h"

enum { EDGE = 512, N_BETWEEN = 19, N_RUNS = 9, SPARSE = 8 };

static int
compare (const void *a, const void *b)
{
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

/* A body with arms. */
static void
make_outline (bool *mask, double turn, double size)
{
  for (int y = 0; y < EDGE; y++)
    for (int x = 0; x < EDGE; x++) {
      double dx = x - EDGE / 2, dy = y - EDGE / 2;
      double reach = size * (0.7 + 0.3 * cos (5 * atan2 (dy, dx) + turn));
      mask[x + EDGE * y] = hypot (dx, dy) < reach;
    }
}

static int64_t n_inside;

static void
count (int64_t i, const bool *mask, void *user_data)
{
  for (int j = 0; j < EDGE * EDGE; j++)
    n_inside += mask[j];
}

static bool
is_border (const bool *mask, int x, int y)
{
  return mask[x + EDGE * y]
      && !(mask[x - 1 + EDGE * y] && mask[x + 1 + EDGE * y]
          && mask[x + EDGE * (y - 1)] && mask[x + EDGE * (y + 1)]);
}

static double
try_all (const bool *mask)
{
  g_autoptr (GArray) border = g_array_new (false, false, 2 * sizeof (int));
  for (int y = 1; y < EDGE - 1; y++)
    for (int x = 1; x < EDGE - 1; x++)
      if (is_border (mask, x, y)) {
        const int at[2] = { x, y };
        g_array_append_val (border, at);
      }
  int64_t start = g_get_monotonic_time ();
  double sum = 0;
  for (int i = 0; i < EDGE * EDGE; i += SPARSE) {
    int best = INT32_MAX;
    for (guint j = 0; j < border->len; j++) {
      const int *at = (const int *)(void *)border->data + 2 * j;
      int dx = i % EDGE - at[0], dy = i / EDGE - at[1];
      best = MIN (best, dx * dx + dy * dy);
    }
    sum += sqrt (best);
  }
  double ms = (double)(g_get_monotonic_time () - start) / 1000 * SPARSE;
  return sum > 0 ? ms : 0;
}

int
main (void)
{
  g_autofree bool *below = g_new (bool, EDGE *EDGE);
  g_autofree bool *above = g_new (bool, EDGE *EDGE);
  make_outline (below, 0, 250);
  make_outline (above, 1, 200);
  const int64_t n[2] = { EDGE, EDGE };
  const double nm[2] = { 10, 10 };
  double ms[N_RUNS];
  for (int i = 0; i < N_RUNS; i++) {
    int64_t start = g_get_monotonic_time ();
    lam_slice_blend (below, above, n, nm, N_BETWEEN, count, NULL);
    ms[i] = (double)(g_get_monotonic_time () - start) / 1000;
  }
  qsort (ms, N_RUNS, sizeof *ms, compare);
  double plain = try_all (below) + try_all (above);
  printf ("interpolate: two slices of %d² voxels, 20 apart: %.1f ms (100 wanted"
          "%s), distances by trial %.0f ms: %.0f times longer\n",
      EDGE, ms[N_RUNS / 2], ms[N_RUNS / 2] <= 100 ? "" : ": NOT REACHED", plain,
      plain / ms[N_RUNS / 2]);
  return n_inside > 0 ? 0 : 1;
}
