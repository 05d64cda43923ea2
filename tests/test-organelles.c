/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* What a project says of which classes are organelles: files from before it
 * could be said, edits of it, and what is damaged. */
#include <sqlite3.h>

#include "labels/class-words.h"
#include "store-fixture.h"
#include "store/project-file.h"
#include "store/snapshot.h"

#define BEFORE_ORGANELLES 7

static const LamBrickKey here = { 0, 0, 0 };

static bool
is_organelle (LamStore *store, int32_t id)
{
  GError *error = NULL;
  LamStoreSnapshot *now = lam_store_snapshot_new (store, 0, &error);
  g_assert_no_error (error);
  const bool is = lam_class_is_organelle (
      lam_class_table_get_class (lam_store_snapshot_get_classes (now), id));
  lam_store_snapshot_free (now);
  return is;
}

/* --- a file from before --------------------------------------------------- */

/* A class that was made and is in the history. */
#define MADE "(2, \"vesicle\", 255, 2, false, false, true)"
#define NAMED "(2, \"vesicles\", 255, 2, false, false, true)"
#define ROWS \
  "INSERT INTO edit VALUES (1, 5, 'me', 'class', '', 0, 0, 0, 0, 0, 0, 0, 0," \
  " 0, 0, 1, 0, lam_checksum(1, 5, 'me', 'class', '', 0, 0, 0, 0, 0, 0, 0, 0," \
  " 0, 0, 1, 0));" \
  "INSERT INTO edit_row VALUES (1, 0, 0, '" MADE "', '" NAMED "'," \
  " lam_checksum(1, 0, 0, '" MADE "', '" NAMED "'));"
#define VESICLES(checksum) \
  "INSERT INTO class VALUES (2, 'vesicles', 255, 2, 0, 0, 1," checksum ");"
#define SOUND "lam_checksum(2, 'vesicles', 255, 2, 0, 0, 1)"

static LamStore *
open_old (const char *path, const char *vesicles)
{
  GError *error = NULL;
  const LamSchema old = { lam_schema_get ()->sql, BEFORE_ORGANELLES };
  g_assert_true (
      lam_project_file_create (&old, path, &fixture_volume, NULL, 0, &error));
  LamProjectFile *file = lam_project_file_open (&old, path, &error);
  g_assert_no_error (error);
  LamConnection *connection = lam_project_file_get_connection (file);
  g_assert_true (
      lam_connection_exec (connection, FIXTURE_OLD_CLASSES ROWS, &error));
  g_assert_true (lam_connection_exec (connection, vesicles, &error));
  g_assert_no_error (error);
  lam_project_file_free (file);
  return fixture_open (path);
}

static void
test_migration (void)
{
  g_autofree char *folder = fixture_folder ();
  g_autofree char *path = g_build_filename (folder, "old.lamella", NULL);
  LamStore *store = open_old (path, VESICLES (SOUND));
  fixture_assert_sound (store);
  g_assert_false (is_organelle (store, 0));
  g_assert_false (is_organelle (store, 1));
  g_assert_true (is_organelle (store, 2));
  /* The history from before still leads both ways. */
  lam_history_step_free (fixture_step (store, FIXTURE_UNDO, 0));
  fixture_assert_sound (store);
  lam_history_step_free (fixture_step (store, FIXTURE_REDO, 0));
  g_assert_true (is_organelle (store, 2));
  fixture_assert_sound (store);
  fixture_close (store);
  fixture_remove (folder);
}

/* A row that was damaged is not made sound by being counted anew. */
static void
test_damaged_before (void)
{
  GError *error = NULL;
  g_autofree char *folder = fixture_folder ();
  g_autofree char *path = g_build_filename (folder, "old.lamella", NULL);
  LamStore *store = open_old (path, VESICLES ("123"));
  g_autoptr (GPtrArray) problems = g_ptr_array_new_with_free_func (g_free);
  g_assert_true (lam_store_check (store, problems, NULL, &error));
  g_assert_cmpuint (problems->len, ==, 1);
  g_assert_nonnull (strstr (problems->pdata[0], "class 2"));
  fixture_close (store);
  fixture_remove (folder);
}

/* --- edits ---------------------------------------------------------------- */

static char *
hash_of (LamStore *store)
{
  GError *error = NULL;
  char *hash = lam_store_content_hash (store, NULL, &error);
  g_assert_no_error (error);
  return hash;
}

/* Says it of the cell, and reads it from the file that is opened anew. */
static void
say (StoreFixture *fixture, LamOrganelle before, LamOrganelle after)
{
  GError *error = NULL;
  LamClass one = fixture_classes[1], other = one;
  one.organelle = before;
  other.organelle = after;
  g_autoptr (GPtrArray) rows =
      g_ptr_array_new_with_free_func ((GDestroyNotify)lam_row_change_free);
  g_ptr_array_add (rows, lam_row_change_new_class (&one, &other));
  lam_history_row_free (
      fixture_try_commit (fixture->store, here, NULL, NULL, rows, &error));
  g_assert_no_error (error);
  fixture_close (fixture->store);
  fixture->store = fixture_open (fixture->path);
  fixture_assert_sound (fixture->store);
}

static void
test_edit (StoreFixture *fixture, gconstpointer unused)
{
  g_autofree char *first = hash_of (fixture->store);
  g_assert_false (is_organelle (fixture->store, 1));
  say (fixture, LAM_ORGANELLE_BY_NAME, LAM_ORGANELLE_YES);
  g_autofree char *second = hash_of (fixture->store);
  g_assert_cmpstr (first, !=, second);
  g_assert_true (is_organelle (fixture->store, 1));
  say (fixture, LAM_ORGANELLE_YES, LAM_ORGANELLE_NO);
  g_assert_false (is_organelle (fixture->store, 1));
  lam_history_step_free (fixture_step (fixture->store, FIXTURE_UNDO, 0));
  g_assert_true (is_organelle (fixture->store, 1));
  lam_history_step_free (fixture_step (fixture->store, FIXTURE_UNDO, 0));
  g_assert_false (is_organelle (fixture->store, 1));
  g_autofree char *undone = hash_of (fixture->store);
  g_assert_cmpstr (undone, ==, first);
  lam_history_step_free (fixture_step (fixture->store, FIXTURE_REDO, 0));
  g_assert_true (is_organelle (fixture->store, 1));
  fixture_assert_sound (fixture->store);
}

/* What a person says is kept where it is not what the name says. */
static void
test_said (void)
{
  LamClass row = { .id = 3, .name = (char *)"cell" };
  lam_class_set_organelle (&row, true);
  g_assert_cmpint (row.organelle, ==, LAM_ORGANELLE_YES);
  row.name = (char *)"nucleus";
  g_assert_true (lam_class_is_organelle (&row));
  lam_class_set_organelle (&row, true);
  g_assert_cmpint (row.organelle, ==, LAM_ORGANELLE_BY_NAME);
  row.name = (char *)"cell";
  g_assert_false (lam_class_is_organelle (&row));
  row.name = (char *)"nucleus";
  lam_class_set_organelle (&row, false);
  g_assert_cmpint (row.organelle, ==, LAM_ORGANELLE_NO);
  g_assert_false (lam_class_is_organelle (&row));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/organelles/migration", test_migration);
  g_test_add_func ("/organelles/damaged-before", test_damaged_before);
  g_test_add_func ("/organelles/said", test_said);
  g_test_add ("/organelles/edit", StoreFixture, NULL, fixture_set_up, test_edit,
      fixture_tear_down);
  return g_test_run ();
}
