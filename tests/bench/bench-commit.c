/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* A stroke in one brick, from the request to its answer on the main loop,
 * against a bare SQLite transaction that writes the same bytes (the brick and
 * its difference) with the same settings on the same disk. The two take turns.
 * The argument, if any, is the folder to write in. */
#include <sqlite3.h>
#include <stdlib.h>

#include "store-fixture.h"
#include "store/brick-encoder.h"

#define ROUNDS 400
#define WARM_UP 20

static int
compare (const void *a, const void *b)
{
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

static double
percentile (double *values, int n, double share)
{
  qsort (values, (size_t)n, sizeof *values, compare);
  return values[MIN ((int)(share * n), n - 1)];
}

/* The next stroke: a disc in one slice over what was there. */
static LamLabelBrick *
paint_disc (const LamLabelBrick *before, LamRandom *random)
{
  LamLabelBrick *after = lam_label_brick_copy (before);
  uint32_t *labels = lam_label_brick_write_labels (after);
  uint16_t *sources = lam_label_brick_write_sources (after);
  int centre[3], radius = 5 + (int)(lam_random_u32 (random) % 15);
  for (int i = 0; i < 3; i++)
    centre[i] = (int)(lam_random_u32 (random) % 64);
  uint32_t label = 1 + lam_random_u32 (random) % 1000;
  for (int i = 0; i < 4096; i++) {
    int x = i % 64 - centre[0], y = i / 64 - centre[1];
    if (x * x + y * y > radius * radius)
      continue;
    labels[centre[2] * 4096 + i] = label;
    sources[centre[2] * 4096 + i] = LAM_SOURCE_HUMAN;
  }
  return after;
}

static sqlite3 *
open_peer (const char *path)
{
  sqlite3 *db;
  if (sqlite3_open (path, &db) != SQLITE_OK
      || sqlite3_exec (db,
             "PRAGMA locking_mode=EXCLUSIVE; PRAGMA journal_mode=TRUNCATE;"
             "PRAGMA synchronous=FULL;"
             "CREATE TABLE brick (key INTEGER PRIMARY KEY, data BLOB);"
             "CREATE TABLE difference (id INTEGER PRIMARY KEY, data BLOB);",
             NULL, NULL, NULL)
          != SQLITE_OK)
    g_error ("%s: %s", path, sqlite3_errmsg (db));
  return db;
}

static void
insert (sqlite3_stmt *statement, int64_t id, const GByteArray *data)
{
  sqlite3_bind_int64 (statement, 1, id);
  sqlite3_bind_blob (statement, 2, data->data, (int)data->len, SQLITE_STATIC);
  if (sqlite3_step (statement) != SQLITE_DONE)
    g_error ("the bare transaction failed");
  sqlite3_reset (statement);
}

static double
commit_bare (sqlite3 *db, int64_t id, const GByteArray *brick,
    const GByteArray *difference)
{
  static sqlite3_stmt *write_brick, *write_difference;
  if (!write_brick) {
    sqlite3_prepare_v2 (db, "INSERT OR REPLACE INTO brick VALUES (?1, ?2)", -1,
        &write_brick, NULL);
    sqlite3_prepare_v2 (db, "INSERT INTO difference VALUES (?1, ?2)", -1,
        &write_difference, NULL);
  }
  int64_t start = g_get_monotonic_time ();
  sqlite3_exec (db, "BEGIN IMMEDIATE", NULL, NULL, NULL);
  insert (write_brick, id % 8, brick);
  insert (write_difference, id, difference);
  if (sqlite3_exec (db, "COMMIT", NULL, NULL, NULL) != SQLITE_OK)
    g_error ("the bare transaction failed");
  double seconds = (double)(g_get_monotonic_time () - start) / 1e6;
  if (id == ROUNDS + WARM_UP - 1) {
    sqlite3_finalize (write_brick);
    sqlite3_finalize (write_difference);
  }
  return seconds;
}

static double
commit_ours (LamStore *store, LamBrickKey key, LamLabelBrick *before,
    LamLabelBrick *after)
{
  int64_t start = g_get_monotonic_time ();
  g_autoptr (LamHistoryRow) row = fixture_commit (store, key, before, after);
  return (double)(g_get_monotonic_time () - start) / 1e6;
}

int
main (int argc, char **argv)
{
  g_autofree char *folder = argc > 1
      ? g_build_filename (argv[1], "lamella-commit-XXXXXX", NULL)
      : g_build_filename (g_get_tmp_dir (), "lamella-commit-XXXXXX", NULL);
  if (!g_mkdtemp (folder))
    g_error ("%s cannot be made", folder);
  g_autofree char *path = g_build_filename (folder, "p.lamella", NULL);
  g_autofree char *peer_path = g_build_filename (folder, "peer.db", NULL);
  LamStore *store = fixture_create (path);
  sqlite3 *peer = open_peer (peer_path);
  LamRandom random = lam_random_new (5, 5);
  LamLabelBrick *bricks[8] = { NULL };
  static double ours[ROUNDS], bare[ROUNDS];
  double n_bytes = 0;
  for (int i = 0; i < ROUNDS + WARM_UP; i++) {
    int place = i % 8;
    LamLabelBrick *before = bricks[place];
    g_autoptr (LamLabelBrick) start =
        before ? lam_label_brick_ref (before) : fixture_brick (0);
    LamLabelBrick *after = paint_disc (start, &random);
    g_autoptr (GByteArray) brick = lam_brick_encode (after);
    g_autoptr (GByteArray) difference =
        lam_difference_encode (before, after, NULL);
    double one =
        commit_ours (store, (LamBrickKey){ place, 0, 0 }, before, after);
    double other = commit_bare (peer, i, brick, difference);
    if (i >= WARM_UP) {
      ours[i - WARM_UP] = one;
      bare[i - WARM_UP] = other;
    }
    n_bytes += brick->len + difference->len;
    g_clear_pointer (&bricks[place], lam_label_brick_unref);
    bricks[place] = after;
  }
  for (int i = 0; i < 8; i++)
    lam_label_brick_unref (bricks[i]);
  fixture_close (store);
  sqlite3_close (peer);
  fixture_remove (folder);
  g_print ("a stroke writes %.0f bytes\n", n_bytes / (ROUNDS + WARM_UP));
  static const struct {
    const char *name;
    double share;
    const char *goal;
  } rows[] = {
    { "commit p50", 0.5, "" },
    { "commit p99", 0.99, " (to reach 4)" },
  };
  for (size_t i = 0; i < G_N_ELEMENTS (rows); i++) {
    double a = percentile (ours, ROUNDS, rows[i].share) * 1e3;
    double b = percentile (bare, ROUNDS, rows[i].share) * 1e3;
    g_print ("%s: ours %.2f ms, bare SQLite %.2f ms, ratio %.2f%s\n",
        rows[i].name, a, b, a / b, rows[i].goal);
  }
  return 0;
}
