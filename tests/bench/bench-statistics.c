/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Statistics of all labels of a project, brick by brick, beside the decoding of
 * the same bricks alone; one thread, medians. The volume is 512³ of cells,
 * every voxel labelled. */
#include <glib/gstdio.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "labels/label-statistics.h"
#include "store/store.h"

enum { N = 512, BRICKS = N / LAM_BRICK_EDGE, RUNS = 5 };

static LamLabelBrick *
read_brick (
    LamBrickKey key, LamOpinion **opinion, gpointer store, GError **error)
{
  return lam_store_read_brick (store, key, NULL, error);
}

/* Cells of some 40 voxels with bent sides, which are as smooth as those of
 * cells are; a part of them painted over. */
static LamLabelBrick *
make_brick (LamBrickKey key)
{
  LamLabelBrick *brick = lam_label_brick_new (0, 0);
  uint32_t *labels = lam_label_brick_write_labels (brick);
  uint16_t *sources = lam_label_brick_write_sources (brick);
  for (int i = 0; i < LAM_BRICK_VOXELS; i++) {
    const int x = key.x * 64 + i % 64, y = key.y * 64 + i / 64 % 64;
    const int z = key.z * 64 + i / 4096;
    const int u = x + 8 + (int)(8 * sin (y / 17.0 + z / 13.0));
    const int v = y + 8 + (int)(8 * sin (x / 19.0 + z / 11.0));
    labels[i] = (uint32_t)(1 + u / 40 + 1000 * (v / 40) + z / 30 * 1000000);
    sources[i] = x % 200 < 30 ? LAM_SOURCE_HUMAN : LAM_SOURCE_IMPORTED;
  }
  lam_label_brick_settle (brick);
  return brick;
}

static LamStore *
make_store (const char *path, GArray *keys)
{
  LamClass class = { .name = (char *)"background" };
  LamVolumeRow row = { .path = (char *)"/none",
    .dtype = (char *)"uint8",
    .size = { N, N, N },
    .voxel_size_nm = { 10, 10, 10 } };
  LamStore *store = lam_store_create (path, &row, &class, 1, NULL);
  LamBulkEdit *bulk = lam_store_begin_bulk (store, "import", NULL);
  for (int i = 0; i < BRICKS * BRICKS * BRICKS; i++) {
    const LamBrickKey key = { i % BRICKS, i / BRICKS % BRICKS,
      i / (BRICKS * BRICKS) };
    const int64_t packed = lam_brick_key_pack (key);
    g_autoptr (LamLabelBrick) brick = make_brick (key);
    lam_bulk_edit_write (bulk, key, brick, NULL);
    g_array_append_val (keys, packed);
  }
  lam_history_row_free (lam_bulk_edit_end (bulk, NULL, NULL, "", NULL));
  return store;
}

static double
time_decoding (LamStore *store, const GArray *keys)
{
  const int64_t start = g_get_monotonic_time ();
  for (guint i = 0; i < keys->len; i++) {
    g_autoptr (LamLabelBrick) brick = lam_store_read_brick (store,
        lam_brick_key_unpack (g_array_index (keys, int64_t, i)), NULL, NULL);
    g_assert_nonnull (brick);
  }
  return (double)(g_get_monotonic_time () - start) / 1e6;
}

static double
time_statistics (LamStore *store, const GArray *keys)
{
  static const int64_t size[3] = { N, N, N };
  const int64_t start = g_get_monotonic_time ();
  g_autoptr (LamLabelStatistics) statistics = lam_label_statistics_new (size);
  g_autoptr (GArray) totals = lam_label_statistics_recount (
      statistics, keys, read_brick, store, NULL, NULL);
  const double seconds = (double)(g_get_monotonic_time () - start) / 1e6;
  int64_t n = 0;
  for (guint i = 0; i < totals->len; i++)
    n += g_array_index (totals, LamLabelCount, i).n_voxels;
  g_assert_cmpint (n, ==, (int64_t)N * N * N);
  return seconds;
}

static int
compare (const void *a, const void *b)
{
  const double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

int
main (void)
{
  g_autofree char *folder = g_dir_make_tmp ("lam-bench-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "a.lamella", NULL);
  g_autoptr (GArray) keys = g_array_new (false, false, sizeof (int64_t));
  g_autoptr (LamStore) store = make_store (path, keys);
  double decoding[RUNS], statistics[RUNS];
  for (int i = 0; i < RUNS; i++) {
    decoding[i] = time_decoding (store, keys);
    statistics[i] = time_statistics (store, keys);
  }
  qsort (decoding, RUNS, sizeof *decoding, compare);
  qsort (statistics, RUNS, sizeof *statistics, compare);
  const double d = decoding[RUNS / 2], s = statistics[RUNS / 2];
  const double mvoxels = (double)N * N * N / 1e6;
  printf ("statistics: %.0f Mvoxel/s, decoding alone %.0f Mvoxel/s, ratio %.2f"
          " (to reach: at least 0.50)\n",
      mvoxels / s, mvoxels / d, d / s);
  lam_store_close (store, NULL);
  g_unlink (path);
  g_autofree char *lock = g_strconcat (path, ".lock", NULL);
  g_unlink (lock);
  g_autofree char *journal = g_strconcat (path, "-journal", NULL);
  g_unlink (journal);
  g_rmdir (folder);
  return 0;
}
