/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Notes of regions and of verdicts in the project file: files from before there
 * were any, and what is damaged. */
#include <sqlite3.h>

#include "base/error.h"
#include "store-fixture.h"
#include "store/project-file.h"
#include "store/verdicts.h"

#define BEFORE_NOTES 6

/* A region with a history of two rows, a verdict, and one of each that is
 * damaged when that is wanted. */
#define MADE "(1, \"a\", (0, 0, 0), (4, 4, 4), 1, 0)"
#define DONE "(1, \"a\", (0, 0, 0), (4, 4, 4), 1, 2)"
#define ROWS \
  "INSERT INTO region VALUES (1, 'a', 0, 0, 0, 4, 4, 4, 1, 2," \
  " lam_checksum(1, 'a', 0, 0, 0, 4, 4, 4, 1, 2));" \
  "INSERT INTO queue VALUES (1, 7, 1, 1, 2.5, 0, 0, 0, 4, 4, 4, 5, 6, 0," \
  " lam_checksum(1, 7, 1, 1, 2.5, 0, 0, 0, 4, 4, 4, 5, 6, 0));" \
  "INSERT INTO edit VALUES (1, 5, 'me', 'region', '', 0, 0, 0, 0, 0, 0, 0, 0," \
  " 0, 0, 1, 0, lam_checksum(1, 5, 'me', 'region', '', 0, 0, 0, 0, 0, 0, 0," \
  " 0, 0, 0, 1, 0));" \
  "INSERT INTO edit_row VALUES (1, 0, 2, NULL, '" MADE "'," \
  " lam_checksum(1, 0, 2, NULL, '" MADE "'));" \
  "INSERT INTO edit_row VALUES (1, 1, 2, '" MADE "', '" DONE "'," \
  " lam_checksum(1, 1, 2, '" MADE "', '" DONE "'));"
#define DAMAGE \
  "INSERT INTO region VALUES (2, 'b', 0, 0, 0, 4, 4, 4, 1, 2, 123);" \
  "INSERT INTO queue VALUES (2, 7, 1, 1, 2.5, 0, 0, 0, 4, 4, 4, 5, 6, 0, 4);"

static LamStore *
open_old (const char *folder, const char *more)
{
  GError *error = NULL;
  g_autofree char *path = g_build_filename (folder, "old.lamella", NULL);
  const LamSchema old = { lam_schema_get ()->sql, BEFORE_NOTES };
  g_assert_true (
      lam_project_file_create (&old, path, &fixture_volume, NULL, 0, &error));
  LamProjectFile *file = lam_project_file_open (&old, path, &error);
  g_assert_no_error (error);
  LamConnection *connection = lam_project_file_get_connection (file);
  g_assert_true (lam_connection_exec (connection, FIXTURE_OLD_CLASSES, &error));
  g_assert_true (lam_connection_exec (connection, ROWS, &error));
  g_assert_true (lam_connection_exec (connection, more, &error));
  g_assert_no_error (error);
  lam_project_file_free (file);
  return fixture_open (path);
}

/* As it is in the file now; `review` LAM_N_REVIEWS: no region is there. */
static void
assert_region (LamStore *store, LamReview review, const char *note)
{
  g_autoptr (LamStore) now = fixture_open (lam_store_get_path (store));
  g_autoptr (GPtrArray) regions = lam_store_dup_regions (now);
  if (review == LAM_N_REVIEWS) {
    g_assert_cmpint (regions->len, ==, 0);
    return;
  }
  g_assert_cmpint (regions->len, ==, 1);
  const LamRegion *region = regions->pdata[0];
  g_assert_cmpint (region->review, ==, review);
  g_assert_cmpstr (region->name, ==, "a");
  g_assert_cmpstr (region->note, ==, note);
}

static void
test_migration (void)
{
  GError *error = NULL;
  g_autofree char *folder = fixture_folder ();
  LamStore *store = open_old (folder, "");
  fixture_assert_sound (store);
  assert_region (store, LAM_REVIEW_VERIFIED, "");
  /* The history from before still leads both ways. */
  lam_history_step_free (fixture_step (store, FIXTURE_UNDO, 0));
  fixture_assert_sound (store);
  assert_region (store, LAM_N_REVIEWS, NULL);
  lam_history_step_free (fixture_step (store, FIXTURE_REDO, 0));
  assert_region (store, LAM_REVIEW_VERIFIED, "");
  g_autoptr (GArray) rows = lam_store_list_verdicts (store, &error);
  g_assert_no_error (error);
  g_assert_cmpint (rows->len, ==, 1);
  g_assert_cmpint (g_array_index (rows, LamVerdictRow, 0).time, ==, 7);
  g_autoptr (GHashTable) notes = lam_store_list_verdict_notes (store, &error);
  g_assert_cmpint (g_hash_table_size (notes), ==, 0);
  g_assert_true (lam_store_set_verdict_note (store, 1, "why", &error));
  g_assert_no_error (error);
  fixture_assert_sound (store);
  fixture_close (store);
  fixture_remove (folder);
}

/* Rows that were damaged are not made sound by being copied. */
static void
test_damaged_before (void)
{
  GError *error = NULL;
  g_autofree char *folder = fixture_folder ();
  LamStore *store = open_old (folder, DAMAGE);
  g_autoptr (GPtrArray) problems = g_ptr_array_new_with_free_func (g_free);
  g_assert_true (lam_store_check (store, problems, NULL, &error));
  g_assert_cmpuint (problems->len, ==, 2);
  g_autofree char *all = g_strdup_printf (
      "%s\n%s", (char *)problems->pdata[0], (char *)problems->pdata[1]);
  g_assert_nonnull (strstr (all, "region 2"));
  g_assert_nonnull (strstr (all, "verdict 2"));
  fixture_close (store);
  fixture_remove (folder);
}

static void
assert_note (LamStore *store, int64_t id, const char *expected)
{
  GError *error = NULL;
  g_autoptr (GHashTable) notes = lam_store_list_verdict_notes (store, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (g_hash_table_lookup (notes, &id), ==, expected);
}

static void
assert_refused (LamStore *store, int64_t id, const char *note, int code)
{
  g_autoptr (GError) error = NULL;
  g_assert_false (lam_store_set_verdict_note (store, id, note, &error));
  g_assert_error (error, LAM_ERROR, code);
}

static void
test_verdicts (void)
{
  GError *error = NULL;
  g_autofree char *folder = fixture_folder ();
  g_autofree char *path = g_build_filename (folder, "p.lamella", NULL);
  LamStore *store = fixture_create (path);
  const LamVerdictRow row = { .box = { { 0 }, { 4, 4, 4 } } };
  g_assert_cmpint (lam_store_add_verdict (store, &row, "ER?", &error), ==, 1);
  g_assert_cmpint (lam_store_add_verdict (store, &row, NULL, &error), ==, 2);
  g_assert_no_error (error);
  assert_note (store, 1, "ER?");
  assert_note (store, 2, NULL);
  g_assert_true (lam_store_set_verdict_note (store, 2, "Golgi", &error));
  g_assert_true (lam_store_set_verdict_note (store, 1, NULL, &error));
  g_autofree char *long_text = g_strnfill (LAM_NOTE_MAX_TEXT_BYTES + 1, 'a');
  assert_refused (store, 3, "x", LAM_ERROR_MISSING);
  assert_refused (store, 2, "\xff", LAM_ERROR_INPUT);
  assert_refused (store, 2, long_text, LAM_ERROR_INPUT);
  fixture_close (store);
  store = fixture_open (path);
  assert_note (store, 1, NULL);
  assert_note (store, 2, "Golgi");
  g_assert_true (lam_store_remove_verdict (store, 2, &error));
  assert_note (store, 2, NULL);
  fixture_assert_sound (store);
  fixture_close (store);
  fixture_remove (folder);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/remarks/migration", test_migration);
  g_test_add_func ("/remarks/damaged-before", test_damaged_before);
  g_test_add_func ("/remarks/verdicts", test_verdicts);
  return g_test_run ();
}
