/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* A zoomed-out xy slice of a volume that is labelled all over: the time for the
 * label tiles of one slice, for the first time and for the next slice, with all
 * processors. The volume is a quarter of 4096×4096×128; the time that is
 * printed is scaled to that size. */
#include <glib/gstdio.h>
#include <stdio.h>

#include "labels/label-tiles.h"
#include "store/store.h"

enum { N = 2048, DEPTH = 64, FACTOR = 4, N_TILES = N / FACTOR / 256 };

static LamLabelBrick *
read_brick (
    LamBrickKey key, gpointer store, GCancellable *cancellable, GError **error)
{
  return lam_store_read_brick (store, key, cancellable, error);
}

static LamCoarseBrick *
read_coarse (LamBrickKey key, LamBrickPart part, const int stride[3],
    gpointer store, GCancellable *cancellable, GError **error)
{
  return lam_store_read_coarse_brick (
      store, key, part, stride, cancellable, error);
}

/* Cells of some 40 voxels, which is what segmentations of cells look like. */
static LamLabelBrick *
make_brick (LamBrickKey key)
{
  LamLabelBrick *brick = lam_label_brick_new (0, 0);
  uint32_t *labels = lam_label_brick_write_labels (brick);
  uint16_t *sources = lam_label_brick_write_sources (brick);
  for (int i = 0; i < LAM_BRICK_VOXELS; i++) {
    int x = key.x * 64 + i % 64, y = key.y * 64 + i / 64 % 64, z = i / 4096;
    int u = x + (y * y / 97 + z) % 13, v = y + (x * x / 89 + z) % 11;
    labels[i] = (uint32_t)(1 + u / 40 + 1000 * (v / 40) + z / 30 * 1000000);
    sources[i] = LAM_SOURCE_IMPORTED;
  }
  lam_label_brick_settle (brick);
  return brick;
}

static LamStore *
make_store (const char *path, LamLabelMap *map)
{
  LamClass class = { .name = (char *)"background" };
  LamVolumeRow row = { .path = (char *)"/none",
    .dtype = (char *)"uint8",
    .size = { N, N, DEPTH },
    .voxel_size_nm = { 10, 10, 40 } };
  LamStore *store = lam_store_create (path, &row, &class, 1, NULL);
  LamBulkEdit *bulk = lam_store_begin_bulk (store, "import", NULL);
  for (int i = 0; i < N / 64 * (N / 64); i++) {
    LamBrickKey key = { i % (N / 64), i / (N / 64), 0 };
    g_autoptr (LamLabelBrick) brick = make_brick (key);
    lam_bulk_edit_write (bulk, key, brick, NULL);
    lam_label_map_add_stored (map, key);
  }
  lam_history_row_free (lam_bulk_edit_end (bulk, NULL, NULL, "", NULL));
  return store;
}

typedef struct {
  LamTileKey key;
  gpointer prepared;
} Job;

static void
cut_one (gpointer data, gpointer tiles)
{
  Job *job = data;
  g_autoptr (GBytes) bytes = lam_label_tiles_get_source ()->cut (
      tiles, job->prepared, &job->key, NULL, NULL);
  g_assert_nonnull (bytes);
}

static double
time_slice (LamLabelTiles *tiles, int64_t slice)
{
  const LamTileSource *source = lam_label_tiles_get_source ();
  Job jobs[N_TILES * N_TILES];
  int64_t start = g_get_monotonic_time ();
  GThreadPool *pool = g_thread_pool_new (
      cut_one, tiles, (int)g_get_num_processors (), true, NULL);
  for (int i = 0; i < N_TILES * N_TILES; i++) {
    jobs[i].key = (LamTileKey){ .plane = LAM_PLANE_XY,
      .level = 1,
      .u = i % N_TILES,
      .v = i / N_TILES,
      .slice = slice };
    jobs[i].prepared = source->prepare (tiles, &jobs[i].key);
    g_thread_pool_push (pool, &jobs[i], NULL);
  }
  g_thread_pool_free (pool, false, true);
  for (int i = 0; i < N_TILES * N_TILES; i++)
    source->finish (tiles, jobs[i].prepared);
  return (double)(g_get_monotonic_time () - start) / 1e6;
}

int
main (void)
{
  g_autofree char *folder = g_dir_make_tmp ("lam-bench-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "a.lamella", NULL);
  static const int64_t size[3] = { N, N, DEPTH };
  static const LamLevel levels[2] = {
    { .size = { N, N, DEPTH }, .factor = { 1, 1, 1 } },
    { .size = { N / FACTOR, N / FACTOR, DEPTH },
        .factor = { FACTOR, FACTOR, 1 } },
  };
  g_autoptr (LamLabelMap) map = lam_label_map_new (size, 0);
  g_autoptr (LamStore) store = make_store (path, map);
  lam_label_map_set_reader (map, read_brick, read_coarse, store);
  g_autoptr (LamLabelTiles) tiles = lam_label_tiles_new (map, levels, 2);
  double first = 4 * time_slice (tiles, 20);
  double same = 4 * time_slice (tiles, 20), next = 4 * time_slice (tiles, 21);
  printf ("coarse-labels: first slice %.2f s, again %.2f s, next slice %.2f s"
          " (to reach: first below 1 s)\n",
      first, same, next);
  lam_store_close (store, NULL);
  g_unlink (path);
  g_autofree char *lock = g_strconcat (path, ".lock", NULL);
  g_unlink (lock);
  g_autofree char *journal = g_strconcat (path, "-journal", NULL);
  g_unlink (journal);
  g_rmdir (folder);
  return 0;
}
