/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Statistics of all labels of a project, brick by brick, beside the decoding of
 * the same bricks alone; one thread, medians of turns that alternate. The first
 * figure has the project file on both sides: reading and decoding every brick
 * to planes, and reading and counting every brick. The second has the stored
 * bytes in memory, without the file: decoding alone, and statistics.
 *
 *   bench-statistics [EDGE [KIND]]    voxels a side, a multiple of 64 (512);
 *                                     one kind of data (all)
 *
 * Every voxel is labelled. "cells" are cells of some 40 voxels with bent sides,
 * as smooth as those of cells are, a part of them painted over; in "noisy" one
 * voxel of twenty has another label; in "random" every voxel has one of fifty.
 */
#include <glib/gstdio.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/random.h"
#include "labels/label-statistics.h"
#include "store/brick-decoder.h"
#include "store/brick-encoder.h"
#include "store/store.h"

enum { N_TURNS = 5 };

typedef enum { CELLS, NOISY, RANDOM, N_KINDS } Kind;
static const char *const names[N_KINDS] = { "cells", "noisy", "random" };

typedef struct {
  int edge;
  LamStore *store;
  GArray *keys; /* packed */
  GHashTable *bytes; /* packed key → GByteArray */
} Bench;

/* --- data ----------------------------------------------------------------- */

static uint32_t
get_cell (const double *waves, int x, int y, int z)
{
  const int u = x + 8 + (int)(8 * waves[y * 2]);
  const int v = y + 8 + (int)(8 * waves[x * 2 + 1]);
  return (uint32_t)(1 + u / 40 + 1000 * (v / 40) + z / 30 * 1000000);
}

static void
set_waves (double *waves, int edge, int z)
{
  for (int i = 0; i < edge; i++) {
    waves[i * 2] = sin (i / 17.0 + z / 13.0);
    waves[i * 2 + 1] = sin (i / 19.0 + z / 11.0);
  }
}

static uint32_t
make_label (Kind kind, LamRandom *random, uint32_t cell)
{
  if (kind == NOISY && lam_random_range (random, 0, 20) < 1)
    return cell + (uint32_t)lam_random_range (random, 0, 3);
  if (kind == RANDOM)
    return 1 + (uint32_t)lam_random_range (random, 0, 50);
  return cell;
}

static LamLabelBrick *
make_brick (Kind kind, int edge, LamBrickKey key)
{
  LamLabelBrick *brick = lam_label_brick_new (0, 0);
  LamRandom random = lam_random_new ((uint64_t)lam_brick_key_pack (key), 1);
  uint32_t *labels = lam_label_brick_write_labels (brick);
  uint16_t *sources = lam_label_brick_write_sources (brick);
  g_autofree double *waves = g_new (double, edge * 2);
  for (int i = 0; i < LAM_BRICK_VOXELS; i++) {
    const int x = key.x * 64 + i % 64, y = key.y * 64 + i / 64 % 64;
    const int z = key.z * 64 + i / 4096;
    if (i % 4096 == 0)
      set_waves (waves, edge, z);
    labels[i] = make_label (kind, &random, get_cell (waves, x, y, z));
    sources[i] = x % 200 < 30 ? LAM_SOURCE_HUMAN : LAM_SOURCE_IMPORTED;
  }
  lam_label_brick_settle (brick);
  return brick;
}

static LamStore *
create_store (const char *path, int edge)
{
  LamClass class = { .name = (char *)"background" };
  LamVolumeRow row = { .path = (char *)"/none",
    .dtype = (char *)"uint8",
    .size = { edge, edge, edge },
    .voxel_size_nm = { 10, 10, 10 } };
  return lam_store_create (path, &row, &class, 1, NULL);
}

static void
fill_store (Bench *bench, Kind kind)
{
  LamBulkEdit *bulk = lam_store_begin_bulk (bench->store, "import", NULL);
  const int n = bench->edge / LAM_BRICK_EDGE;
  for (int i = 0; i < n * n * n; i++) {
    const LamBrickKey key = { i % n, i / n % n, i / (n * n) };
    const int64_t packed = lam_brick_key_pack (key);
    g_autoptr (LamLabelBrick) brick = make_brick (kind, bench->edge, key);
    lam_bulk_edit_write (bulk, key, brick, NULL);
    g_array_append_val (bench->keys, packed);
    g_hash_table_insert (bench->bytes, g_memdup2 (&packed, sizeof packed),
        lam_brick_encode (brick));
  }
  lam_history_row_free (lam_bulk_edit_end (bulk, NULL, NULL, "", NULL));
}

/* --- turns ---------------------------------------------------------------- */

static double
decode_stored (const Bench *bench)
{
  const int64_t start = g_get_monotonic_time ();
  for (guint i = 0; i < bench->keys->len; i++) {
    const int64_t key = g_array_index (bench->keys, int64_t, i);
    g_autoptr (LamLabelBrick) brick = lam_store_read_brick (
        bench->store, lam_brick_key_unpack (key), NULL, NULL);
    g_assert_nonnull (brick);
  }
  return (double)(g_get_monotonic_time () - start) / 1e6;
}

static double
decode_kept (const Bench *bench)
{
  const int64_t start = g_get_monotonic_time ();
  for (guint i = 0; i < bench->keys->len; i++) {
    const GByteArray *bytes = g_hash_table_lookup (
        bench->bytes, &g_array_index (bench->keys, int64_t, i));
    g_autoptr (LamLabelBrick) brick =
        lam_brick_decode (bytes->data, bytes->len, NULL);
    g_assert_nonnull (brick);
  }
  return (double)(g_get_monotonic_time () - start) / 1e6;
}

static LamBrickRuns *
read_stored (
    LamBrickKey key, LamOpinion **opinion, gpointer data, GError **error)
{
  const Bench *bench = data;
  return lam_store_read_runs (bench->store, key, NULL, error);
}

static LamBrickRuns *
read_kept (LamBrickKey key, LamOpinion **opinion, gpointer data, GError **error)
{
  const Bench *bench = data;
  const int64_t packed = lam_brick_key_pack (key);
  const GByteArray *bytes = g_hash_table_lookup (bench->bytes, &packed);
  return lam_brick_decode_runs (bytes->data, bytes->len, error);
}

static double
count (const Bench *bench, LamCountRead read)
{
  const int64_t n = bench->edge, size[3] = { n, n, n };
  const int64_t start = g_get_monotonic_time ();
  g_autoptr (LamLabelStatistics) statistics = lam_label_statistics_new (size);
  g_autoptr (GArray) totals = lam_label_statistics_recount (
      statistics, bench->keys, read, (gpointer)bench, NULL, NULL);
  const double seconds = (double)(g_get_monotonic_time () - start) / 1e6;
  int64_t n_voxels = 0;
  for (guint i = 0; i < totals->len; i++)
    n_voxels += g_array_index (totals, LamLabelCount, i).n_voxels;
  g_assert_cmpint (n_voxels, ==, n * n * n);
  return seconds;
}

/* --- results -------------------------------------------------------------- */

static int
compare (const void *a, const void *b)
{
  const double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

static void
print_ratio (const Bench *bench, const char *kind, const char *place,
    double decoding[N_TURNS], double statistics[N_TURNS])
{
  const double mvoxels = pow (bench->edge, 3) / 1e6;
  qsort (decoding, N_TURNS, sizeof *decoding, compare);
  qsort (statistics, N_TURNS, sizeof *statistics, compare);
  const double d = decoding[N_TURNS / 2], s = statistics[N_TURNS / 2];
  printf ("%-6s  %s: statistics %.0f Mvoxel/s, decoding alone %.0f Mvoxel/s,"
          " ratio %.2f (to reach: at least 0.50)\n",
      kind, place, mvoxels / s, mvoxels / d, d / s);
}

static void
measure (const Bench *bench, const char *kind)
{
  double stored[2][N_TURNS], kept[2][N_TURNS];
  for (int i = 0; i < N_TURNS; i++) {
    stored[0][i] = decode_stored (bench);
    stored[1][i] = count (bench, read_stored);
    kept[0][i] = decode_kept (bench);
    kept[1][i] = count (bench, read_kept);
  }
  print_ratio (bench, kind, "from the file", stored[0], stored[1]);
  print_ratio (bench, kind, "from memory  ", kept[0], kept[1]);
}

static void
remove_file (const char *path, const char *suffix)
{
  g_autofree char *name = g_strconcat (path, suffix, NULL);
  g_unlink (name);
}

static void
run (int edge, Kind kind)
{
  g_autofree char *folder = g_dir_make_tmp ("lam-bench-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "a.lamella", NULL);
  g_autoptr (GArray) keys = g_array_new (false, false, sizeof (int64_t));
  g_autoptr (GHashTable) bytes = g_hash_table_new_full (
      g_int64_hash, g_int64_equal, g_free, (GDestroyNotify)g_byte_array_unref);
  g_autoptr (LamStore) store = create_store (path, edge);
  Bench bench = { edge, store, keys, bytes };
  fill_store (&bench, kind);
  measure (&bench, names[kind]);
  lam_store_close (store, NULL);
  remove_file (path, "");
  remove_file (path, ".lock");
  remove_file (path, "-journal");
  g_rmdir (folder);
}

int
main (int argc, char **argv)
{
  const int edge = argc > 1 ? atoi (argv[1]) : 512;
  if (edge < 64 || edge % 64 != 0) {
    fprintf (
        stderr, "usage: bench-statistics [EDGE, a multiple of 64 [KIND]]\n");
    return 2;
  }
  for (Kind kind = 0; kind < N_KINDS; kind++)
    if (argc < 3 || g_str_equal (argv[2], names[kind]))
      run (edge, kind);
  return 0;
}
