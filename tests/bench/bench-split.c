/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* bench-split: how long the preview of a split takes on an object of 256³
 * voxels, bricks being decoded from memory; 300 ms are allowed. Prints the
 * median of 7, and how many times that is what a plain copy of the labels
 * takes.
 */
#include <stdio.h>
#include <stdlib.h>

#include "figure-fixture.h"

enum { EDGE = 256, N_RUNS = 7 };

static int
compare (const void *a, const void *b)
{
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

/* Two bodies that touch, which together fill the box. */
static void
make_object (FigureVolume *volume)
{
  for (int64_t z = 0; z < EDGE; z++)
    for (int64_t y = 0; y < EDGE; y++)
      for (int64_t x = 0; x < EDGE; x++) {
        int64_t middle = x < EDGE / 2 ? EDGE / 4 : 3 * EDGE / 4;
        double dx = (double)(x - middle) / (EDGE / 4.0 + 6);
        double dy = (double)(y - EDGE / 2) / (EDGE / 2.0);
        double dz = (double)(z - EDGE / 2) / (EDGE / 2.0);
        if (dx * dx + dy * dy + dz * dz < 1)
          volume->labels[figure_index (volume, x, y, z)] = 1;
      }
}

static double
time_split (FigureVolume *volume, const LamFigureRequest *request)
{
  int64_t start = g_get_monotonic_time ();
  g_autoptr (GPtrArray) parts = figure_act (volume, request);
  double ms = (double)(g_get_monotonic_time () - start) / 1000;
  return parts->len == 2 ? ms : -1;
}

int
main (void)
{
  FigureVolume volume;
  figure_volume_init (&volume, EDGE, EDGE, EDGE);
  make_object (&volume);
  figure_volume_settle (&volume);
  g_autoptr (GArray) seeds = g_array_new (false, false, sizeof (LamFigureSeed));
  for (int side = 1; side <= 2; side++) {
    LamFigureSeed seed = { .side = side,
      .voxel = { side == 1 ? EDGE / 4 : 3 * EDGE / 4, EDGE / 2, EDGE / 2 } };
    g_array_append_val (seeds, seed);
  }
  LamFigureRequest request = {
    .shape = lam_figure_find ("split"), .label = 1, .seeds = seeds
  };
  double ms[N_RUNS];
  for (int i = 0; i < N_RUNS; i++)
    ms[i] = time_split (&volume, &request);
  qsort (ms, N_RUNS, sizeof *ms, compare);
  const size_t n_bytes = sizeof (uint32_t) * EDGE * EDGE * EDGE;
  int64_t start = g_get_monotonic_time ();
  g_autofree uint32_t *copy = g_memdup2 (volume.labels, n_bytes);
  double plain = (double)(g_get_monotonic_time () - start) / 1000;
  printf ("split: preview on an object of %d³ voxels: %.0f ms (300 wanted%s), "
          "%.1f times a copy of its labels\n",
      EDGE, ms[N_RUNS / 2], ms[N_RUNS / 2] <= 300 ? "" : ": NOT REACHED",
      ms[N_RUNS / 2] / plain);
  g_assert (copy[0] == volume.labels[0]);
  figure_volume_clear (&volume);
  return ms[0] > 0 ? 0 : 1;
}
