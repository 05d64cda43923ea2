/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* bench-components CLASSES X Y Z CONNECTIVITY [LABELS]: connected components of
 * raw uint8 classes, 0 being background; bench-components.py races it. Prints
 * the number of objects and the milliseconds, medians of 5, of one thread: in
 * slabs that are scanned once and kept, and in bricks of 64³ that are scanned
 * twice. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "labels/components.h"

enum { N_RUNS = 5, SLAB_VOXELS = 4 << 20 };

static LamBlockComponents *
scan (const LamComponents *components, int64_t i, const uint8_t *classes,
    const int64_t size[3], uint8_t *room)
{
  LamBox box = lam_components_get_brick (components, i);
  if (box.max[0] - box.min[0] == size[0] && box.max[1] - box.min[1] == size[1])
    return lam_components_scan (
        components, i, classes + box.min[2] * size[1] * size[0]);
  size_t width = (size_t)(box.max[0] - box.min[0]);
  uint8_t *to = room;
  for (int64_t z = box.min[2]; z < box.max[2]; z++)
    for (int64_t y = box.min[1]; y < box.max[1]; y++, to += width)
      memcpy (to, classes + (z * size[1] + y) * size[0] + box.min[0], width);
  return lam_components_scan (components, i, room);
}

/* Seconds; the labels are left brick after brick. */
static double
label (const uint8_t *classes, const LamComponentsLayout *layout, bool keep,
    uint32_t *labels, size_t *n)
{
  int64_t start = g_get_monotonic_time ();
  g_autoptr (LamComponents) components = lam_components_new (layout, NULL);
  int64_t n_bricks = lam_components_get_n_bricks (components);
  const int64_t *size = layout->size, *brick = layout->brick;
  g_autofree uint8_t *room = g_malloc (brick[0] * brick[1] * brick[2]);
  g_autoptr (GPtrArray) kept = g_ptr_array_new_with_free_func (
      (GDestroyNotify)lam_block_components_free);
  for (int64_t i = 0; i < n_bricks; i++) {
    LamBlockComponents *scanned = scan (components, i, classes, size, room);
    lam_components_add (components, i, scanned, NULL);
    if (keep)
      g_ptr_array_add (kept, scanned);
    else
      lam_block_components_free (scanned);
  }
  lam_components_finish (components);
  for (int64_t i = 0; i < n_bricks; i++) {
    LamBox box = lam_components_get_brick (components, i);
    LamBlockComponents *scanned =
        keep ? kept->pdata[i] : scan (components, i, classes, size, room);
    lam_components_paint (components, i, scanned, labels);
    labels += lam_box_volume (&box);
    if (!keep)
      lam_block_components_free (scanned);
  }
  *n = lam_components_get_n (components);
  return (double)(g_get_monotonic_time () - start) / G_USEC_PER_SEC;
}

static int
compare (const void *a, const void *b)
{
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

static double
median_ms (const uint8_t *classes, const LamComponentsLayout *layout, bool keep,
    const char *path, size_t *n)
{
  double seconds[N_RUNS];
  LamBox whole = lam_box_of_size (layout->size);
  size_t n_bytes = (size_t)lam_box_volume (&whole) * sizeof (uint32_t);
  g_autofree uint32_t *labels = g_malloc0 (n_bytes);
  memset (labels, 1, n_bytes);
  for (int i = 0; i < N_RUNS; i++)
    seconds[i] = label (classes, layout, keep, labels, n);
  if (path)
    g_file_set_contents (path, (char *)labels, (gssize)n_bytes, NULL);
  qsort (seconds, N_RUNS, sizeof *seconds, compare);
  return 1000 * seconds[N_RUNS / 2];
}

int
main (int argc, char **argv)
{
  LamComponentsLayout layout = { 0 };
  g_autofree char *classes = NULL;
  gsize n_bytes, n;
  g_autoptr (GError) error = NULL;
  if (argc < 6)
    g_error ("bench-components CLASSES X Y Z CONNECTIVITY [LABELS]");
  for (int i = 0; i < 3; i++)
    layout.size[i] = atoll (argv[2 + i]);
  LamBox whole = lam_box_of_size (layout.size);
  if (!g_file_get_contents (argv[1], &classes, &n_bytes, &error)
      || (int64_t)n_bytes != lam_box_volume (&whole))
    g_error ("%s: %s", argv[1], error ? error->message : "wrong size");
  layout.connectivity = (LamConnectivity)atoi (argv[5]);
  for (int i = 1; i < 256; i++)
    layout.min_voxels[i] = 1;
  layout.brick[0] = layout.size[0];
  layout.brick[1] = layout.size[1];
  layout.brick[2] = MAX (SLAB_VOXELS / (layout.size[0] * layout.size[1]), 1);
  const uint8_t *voxels = (const uint8_t *)classes;
  double slabs =
      median_ms (voxels, &layout, true, argc > 6 ? argv[6] : NULL, &n);
  for (int i = 0; i < 3; i++)
    layout.brick[i] = 64;
  double bricks = median_ms (voxels, &layout, false, NULL, &n);
  printf ("%zu %.3f %.3f\n", n, slabs, bricks);
  return 0;
}
