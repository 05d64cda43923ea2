/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* bench-depth MASK X Y Z NM_X NM_Y NM_Z DEPTHS: squared depths inside of a raw
 * mask of bytes, as raw float32; bench-depth.py races it. Prints milliseconds,
 * the median of 3, of one thread. */
#include <glib.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/box.h"
#include "labels/distance-map.h"

enum { N_RUNS = 3 };

static int
compare (const void *a, const void *b)
{
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

int
main (int argc, char **argv)
{
  int64_t size[3];
  double nm[3], ms[N_RUNS];
  g_autofree char *bytes = NULL;
  gsize n_bytes;
  if (argc != 9)
    g_error ("bench-depth MASK X Y Z NM_X NM_Y NM_Z DEPTHS");
  for (int i = 0; i < 3; i++) {
    size[i] = atoll (argv[2 + i]);
    nm[i] = atof (argv[5 + i]);
  }
  LamBox whole = lam_box_of_size (size);
  gsize n = (gsize)lam_box_volume (&whole);
  if (!g_file_get_contents (argv[1], &bytes, &n_bytes, NULL) || n_bytes != n)
    g_error ("%s: wrong size", argv[1]);
  g_autofree bool *mask = g_new (bool, n);
  g_autofree float *depths = g_new (float, n);
  for (gsize i = 0; i < n; i++)
    mask[i] = bytes[i] != 0;
  for (int i = 0; i < N_RUNS; i++) {
    int64_t start = g_get_monotonic_time ();
    lam_distance_map (mask, size, nm, depths);
    ms[i] = (double)(g_get_monotonic_time () - start) / 1000;
  }
  qsort (ms, N_RUNS, sizeof *ms, compare);
  g_file_set_contents (
      argv[8], (char *)depths, (gssize)(n * sizeof *depths), NULL);
  printf ("%.3f\n", ms[N_RUNS / 2]);
  return 0;
}
