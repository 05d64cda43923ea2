/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* bench-components CLASSES X Y Z CONNECTIVITY [LABELS]: connected components of
 * raw uint8 classes, 0 being background; bench-components.py races it. Prints
 * the number of objects and the milliseconds, medians of 5: in slabs that are
 * scanned once and kept, by one thread and by all processors, and in bricks of
 * 64³ that are scanned twice, by one thread. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/parallel.h"
#include "labels/components.h"

enum { N_RUNS = 5, SLAB_VOXELS = 4 << 20 };

typedef struct {
  const uint8_t *classes;
  const LamComponentsLayout *layout;
  int n_threads;
  bool keep;
  LamComponents *components;
  LamBlockComponents **scanned; /* of each brick */
  uint32_t **labels; /* the room of each brick's */
} Work;

static LamBlockComponents *
scan (const Work *work, int64_t i)
{
  const int64_t *size = work->layout->size;
  LamBox box = lam_components_get_brick (work->components, i);
  if (box.max[0] - box.min[0] == size[0] && box.max[1] - box.min[1] == size[1])
    return lam_components_scan (
        work->components, i, work->classes + box.min[2] * size[1] * size[0]);
  size_t width = (size_t)(box.max[0] - box.min[0]);
  g_autofree uint8_t *room = g_malloc ((gsize)lam_box_volume (&box));
  uint8_t *to = room;
  for (int64_t z = box.min[2]; z < box.max[2]; z++)
    for (int64_t y = box.min[1]; y < box.max[1]; y++, to += width)
      memcpy (
          to, work->classes + (z * size[1] + y) * size[0] + box.min[0], width);
  return lam_components_scan (work->components, i, room);
}

static bool
scan_part (int64_t i, gpointer data, GError **error)
{
  Work *work = data;
  work->scanned[i] = scan (work, i);
  return true;
}

static bool
paint_part (int64_t i, gpointer data, GError **error)
{
  Work *work = data;
  if (!work->scanned[i])
    work->scanned[i] = scan (work, i);
  lam_components_paint (work->components, i, work->scanned[i], work->labels[i]);
  g_clear_pointer (&work->scanned[i], lam_block_components_free);
  return true;
}

static void
run (Work *work, int64_t n, LamParallelPart part)
{
  if (work->n_threads > 1)
    lam_parallel (work->n_threads, n, part, work, NULL, NULL);
  else
    for (int64_t i = 0; i < n; i++)
      part (i, work, NULL);
}

static void
add_all (Work *work, int64_t n)
{
  if (work->keep)
    run (work, n, scan_part);
  for (int64_t i = 0; i < n; i++) {
    if (!work->keep)
      work->scanned[i] = scan (work, i);
    lam_components_add (work->components, i, work->scanned[i], NULL);
    if (!work->keep)
      g_clear_pointer (&work->scanned[i], lam_block_components_free);
  }
  lam_components_finish (work->components);
}

/* Seconds; the labels are left brick after brick. */
static double
label (Work *work, uint32_t *labels, size_t *n)
{
  int64_t start = g_get_monotonic_time ();
  g_autoptr (LamComponents) components =
      lam_components_new (work->layout, NULL);
  int64_t n_bricks = lam_components_get_n_bricks (components);
  g_autofree LamBlockComponents **scanned =
      g_new0 (LamBlockComponents *, n_bricks);
  g_autofree uint32_t **rooms = g_new0 (uint32_t *, n_bricks);
  for (int64_t i = 0; i < n_bricks; i++) {
    LamBox box = lam_components_get_brick (components, i);
    rooms[i] = labels;
    labels += lam_box_volume (&box);
  }
  work->components = components;
  work->scanned = scanned;
  work->labels = rooms;
  add_all (work, n_bricks);
  run (work, n_bricks, paint_part);
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
median_ms (Work *work, const char *path, size_t *n)
{
  double seconds[N_RUNS];
  LamBox whole = lam_box_of_size (work->layout->size);
  size_t n_bytes = (size_t)lam_box_volume (&whole) * sizeof (uint32_t);
  g_autofree uint32_t *labels = g_malloc0 (n_bytes);
  memset (labels, 1, n_bytes);
  for (int i = 0; i < N_RUNS; i++)
    seconds[i] = label (work, labels, n);
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
  Work work = { .classes = (const uint8_t *)classes,
    .layout = &layout,
    .n_threads = 1,
    .keep = true };
  double slabs = median_ms (&work, argc > 6 ? argv[6] : NULL, &n);
  work.n_threads = (int)g_get_num_processors ();
  double all = median_ms (&work, NULL, &n);
  work.n_threads = 1;
  work.keep = false;
  for (int i = 0; i < 3; i++)
    layout.brick[i] = 64;
  double bricks = median_ms (&work, NULL, &n);
  printf ("%zu %.3f %.3f %.3f\n", n, slabs, all, bricks);
  return 0;
}
