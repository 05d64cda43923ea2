/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* A state given to each of many labels: how long the store's thread takes to
 * make them, to change them all, to take that back and to do it again, each one
 * edit. Medians of some rounds, and their ratio to writing as many rows of the
 * same bytes to the same kind of file in one transaction, with nothing else
 * done: no check of what was there, no history.
 *
 *   bench-label-states [labels]         without: 100000
 */
#include "../store-fixture.h"
#include "median.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>

enum { ROUNDS = 3 };

static double
seconds_since (gint64 start)
{
  return (double)(g_get_monotonic_time () - start) / G_USEC_PER_SEC;
}

static LamLabel
label_of (int i, LamLabelState state)
{
  static char name[32];
  g_snprintf (name, sizeof name, "mitochondrion %d", i);
  return (LamLabel){ .id = (uint32_t)i + 1,
    .name = name,
    .class_id = 1,
    .rgb = 0x336699,
    .state = state,
    .group = (char *)"mitochondria/left" };
}

/* All labels from one state to another; from -1: they come into being. */
static double
time_change (LamStore *store, int n, int from, int to)
{
  GError *error = NULL;
  g_autoptr (GPtrArray) rows =
      g_ptr_array_new_with_free_func ((GDestroyNotify)lam_row_change_free);
  for (int i = 0; i < n; i++) {
    const LamLabel before = label_of (i, (LamLabelState)MAX (from, 0));
    const LamLabel after = label_of (i, (LamLabelState)to);
    g_ptr_array_add (
        rows, lam_row_change_new_label (from < 0 ? NULL : &before, &after));
  }
  const gint64 start = g_get_monotonic_time ();
  lam_history_row_free (fixture_try_commit (
      store, (LamBrickKey){ 0, 0, 0 }, NULL, NULL, rows, &error));
  g_assert_no_error (error);
  return seconds_since (start);
}

static double
time_step (LamStore *store, FixtureStep kind)
{
  const gint64 start = g_get_monotonic_time ();
  lam_history_step_free (fixture_step (store, kind, 0));
  return seconds_since (start);
}

static void
must (int code)
{
  g_assert_true (code == SQLITE_OK || code == SQLITE_DONE);
}

/* A row of a label, and one of the history with it twice. */
static double
time_bare (const char *path, int n)
{
  sqlite3 *db;
  sqlite3_stmt *insert;
  static const char text[] =
      "(100000, 'mitochondrion 100000', 1, 3368601, false, false, false, 0, 1, "
      "'mitochondria/left')";
  must (sqlite3_open (path, &db));
  must (sqlite3_exec (db,
      "PRAGMA journal_mode = TRUNCATE; PRAGMA synchronous = FULL;"
      "CREATE TABLE label (id INTEGER PRIMARY KEY, name TEXT, a, b, c, d, e, f,"
      " g, h TEXT, i);"
      "CREATE TABLE row (id INTEGER PRIMARY KEY, a, b, c TEXT, d TEXT, e)",
      NULL, NULL, NULL));
  const gint64 start = g_get_monotonic_time ();
  must (sqlite3_exec (db, "BEGIN", NULL, NULL, NULL));
  for (int table = 0; table < 2; table++) {
    must (sqlite3_prepare_v2 (db,
        table == 0 ? "INSERT INTO label VALUES (?1, ?2, 1, 3368601, 0, 0, 0, 0,"
                     " 1, 'mitochondria/left', 81985529216486895)"
                   : "INSERT INTO row VALUES (?1, 1, 1, ?2, ?2,"
                     " 81985529216486895)",
        -1, &insert, NULL));
    for (int i = 0; i < n; i++) {
      must (sqlite3_bind_int (insert, 1, i));
      must (sqlite3_bind_text (insert, 2,
          table == 0 ? "mitochondrion 100000" : text, -1, SQLITE_STATIC));
      must (sqlite3_step (insert));
      must (sqlite3_reset (insert));
    }
    must (sqlite3_finalize (insert));
  }
  must (sqlite3_exec (db, "COMMIT", NULL, NULL, NULL));
  const double seconds = seconds_since (start);
  must (sqlite3_close (db));
  g_unlink (path);
  return seconds;
}

int
main (int argc, char **argv)
{
  const int n = argc > 1 ? atoi (argv[1]) : 100000;
  static const char *const names[] = { "come into being", "get a state",
    "undone", "redone" };
  double seconds[G_N_ELEMENTS (names)][ROUNDS], bare[ROUNDS];
  for (int round = 0; round < ROUNDS; round++) {
    g_autofree char *folder = fixture_folder ();
    g_autofree char *path = g_build_filename (folder, "p.lamella", NULL);
    g_autofree char *other = g_build_filename (folder, "bare", NULL);
    LamStore *store = fixture_create (path);
    seconds[0][round] = time_change (store, n, -1, 0);
    seconds[1][round] = time_change (store, n, 0, 1);
    seconds[2][round] = time_step (store, FIXTURE_UNDO);
    seconds[3][round] = time_step (store, FIXTURE_REDO);
    bare[round] = time_bare (other, n);
    fixture_close (store);
    fixture_remove (folder);
  }
  const double bound = bench_median (bare, ROUNDS);
  printf ("%d labels, %d rounds; rows alone %.2f s\n", n, ROUNDS, bound);
  for (size_t i = 0; i < G_N_ELEMENTS (names); i++) {
    const double value = bench_median (seconds[i], ROUNDS);
    printf ("%-16s %6.2f s  %5.1f times\n", names[i], value, value / bound);
  }
  return 0;
}
