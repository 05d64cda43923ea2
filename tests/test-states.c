/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* States and groups of labels in the project file: files from before there were
 * any, one edit for both, and what is damaged. */
#include <sqlite3.h>

#include "base/error.h"
#include "store-fixture.h"
#include "store/project-file.h"
#include "store/snapshot.h"

static const LamBrickKey here = { 0, 0, 0 };

#define BEFORE_STATES 4

/* --- a file from before --------------------------------------------------- */

/* Two labels, of which the second has a history of two rows and is damaged when
 * that is wanted. */
#define ROWS \
  "INSERT INTO label VALUES (1, 'one', 1, 5, 0, 0, 0, 77," \
  " lam_checksum(1, 'one', 1, 5, 0, 0, 0, 77));" \
  "INSERT INTO edit VALUES (1, 5, 'me', 'label', '', 0, 0, 0, 0, 0, 0, 0, 0," \
  " 0, 0, 1, 0, lam_checksum(1, 5, 'me', 'label', '', 0, 0, 0, 0, 0, 0, 0, 0," \
  " 0, 0, 1, 0));" \
  "INSERT INTO edit_row VALUES (1, 0, 1, NULL, '" MADE "'," \
  " lam_checksum(1, 0, 1, NULL, '" MADE "'));" \
  "INSERT INTO edit_row VALUES (1, 1, 1, '" MADE "', '" NAMED "'," \
  " lam_checksum(1, 1, 1, '" MADE "', '" NAMED "'));"
#define MADE "(2, \"\", 1, 4278190080, false, false, false, 0)"
#define NAMED "(2, \"two\", 1, 4278190080, true, false, false, 0)"
#define SECOND(checksum) \
  "INSERT INTO label VALUES (2, 'two', 1, 4278190080, 1, 0, 0, 0," checksum ");"
#define SOUND "lam_checksum(2, 'two', 1, 4278190080, 1, 0, 0, 0)"

static void
make_old (const char *path, const char *second)
{
  GError *error = NULL;
  const LamSchema old = { lam_schema_get ()->sql, BEFORE_STATES };
  g_assert_true (
      lam_project_file_create (&old, path, &fixture_volume, NULL, 0, &error));
  LamProjectFile *file = lam_project_file_open (&old, path, &error);
  g_assert_no_error (error);
  LamConnection *connection = lam_project_file_get_connection (file);
  g_assert_true (lam_connection_exec (connection, FIXTURE_OLD_CLASSES, &error));
  g_assert_true (lam_connection_exec (connection, ROWS, &error));
  g_assert_true (lam_connection_exec (connection, second, &error));
  g_assert_no_error (error);
  lam_project_file_free (file);
}

static char *
hash_of (LamStore *store)
{
  GError *error = NULL;
  char *hash = lam_store_content_hash (store, NULL, &error);
  g_assert_no_error (error);
  return hash;
}

static void
assert_label (LamStore *store, uint32_t id, const char *name,
    LamLabelState state, const char *group)
{
  GError *error = NULL;
  LamStoreSnapshot *snapshot = lam_store_snapshot_new (store, 0, &error);
  g_assert_no_error (error);
  const LamLabel *row =
      lam_class_table_get_label (lam_store_snapshot_get_classes (snapshot), id);
  g_assert_cmpstr (row->name, ==, name);
  g_assert_cmpint (row->state, ==, state);
  g_assert_cmpstr (row->group, ==, group);
  lam_store_snapshot_free (snapshot);
}

static void
test_migration (void)
{
  g_autofree char *folder = fixture_folder ();
  g_autofree char *path = g_build_filename (folder, "old.lamella", NULL);
  make_old (path, SECOND (SOUND));
  LamStore *store = fixture_open (path);
  fixture_assert_sound (store);
  assert_label (store, 1, "one", LAM_LABEL_NOT_STARTED, NULL);
  assert_label (store, 2, "two", LAM_LABEL_NOT_STARTED, NULL);
  /* The history from before still leads both ways. */
  lam_history_step_free (fixture_step (store, FIXTURE_UNDO, 0));
  fixture_assert_sound (store);
  lam_history_step_free (fixture_step (store, FIXTURE_REDO, 0));
  assert_label (store, 2, "two", LAM_LABEL_NOT_STARTED, NULL);
  fixture_assert_sound (store);
  fixture_close (store);
  fixture_remove (folder);
}

/* A row that was damaged is not made sound by being copied. */
static void
test_damaged_before (void)
{
  GError *error = NULL;
  g_autofree char *folder = fixture_folder ();
  g_autofree char *path = g_build_filename (folder, "old.lamella", NULL);
  make_old (path, SECOND ("123"));
  LamStore *store = fixture_open (path);
  g_autoptr (GPtrArray) problems = g_ptr_array_new_with_free_func (g_free);
  g_assert_true (lam_store_check (store, problems, NULL, &error));
  g_assert_cmpuint (problems->len, ==, 1);
  g_assert_nonnull (strstr (problems->pdata[0], "label 2"));
  fixture_close (store);
  fixture_remove (folder);
}

/* --- one edit ------------------------------------------------------------- */

static const LamLabel plain = {
  .id = 1, .name = (char *)"", .class_id = 1, .rgb = LAM_RGB_AUTO
};
static const LamLabel sorted = { .id = 1,
  .name = (char *)"",
  .class_id = 1,
  .rgb = LAM_RGB_AUTO,
  .state = LAM_LABEL_COMPLETED,
  .group = (char *)"mitochondria/left" };

static void
commit (LamStore *store, const LamLabel *before, const LamLabel *after)
{
  GError *error = NULL;
  g_autoptr (GPtrArray) rows =
      g_ptr_array_new_with_free_func ((GDestroyNotify)lam_row_change_free);
  g_ptr_array_add (rows, lam_row_change_new_label (before, after));
  lam_history_row_free (
      fixture_try_commit (store, here, NULL, NULL, rows, &error));
  g_assert_no_error (error);
}

static void
test_edit (StoreFixture *fixture, gconstpointer unused)
{
  GError *error = NULL;
  commit (fixture->store, NULL, &plain);
  g_autofree char *first = hash_of (fixture->store);
  commit (fixture->store, &plain, &sorted);
  g_autofree char *second = hash_of (fixture->store);
  g_assert_cmpstr (first, !=, second);
  lam_history_step_free (fixture_step (fixture->store, FIXTURE_UNDO, 0));
  assert_label (fixture->store, 1, "", LAM_LABEL_NOT_STARTED, NULL);
  g_autofree char *undone = hash_of (fixture->store);
  g_assert_cmpstr (undone, ==, first);
  lam_history_step_free (fixture_step (fixture->store, FIXTURE_REDO, 0));
  assert_label (
      fixture->store, 1, "", LAM_LABEL_COMPLETED, "mitochondria/left");
  g_autofree char *redone = hash_of (fixture->store);
  g_assert_cmpstr (redone, ==, second);
  /* Each of both is a part of what the project says. */
  LamLabel other = sorted;
  other.group = NULL;
  commit (fixture->store, &sorted, &other);
  g_autofree char *ungrouped = hash_of (fixture->store);
  g_assert_cmpstr (ungrouped, !=, second);
  g_assert_cmpstr (ungrouped, !=, first);
  /* A copy has them, too. */
  lam_history_step_free (fixture_step (fixture->store, FIXTURE_UNDO, 0));
  g_autofree char *path = g_build_filename (fixture->folder, "copy", NULL);
  g_assert_true (lam_store_save_copy (fixture->store, path, NULL, &error));
  LamStore *copy = fixture_open (path);
  g_autofree char *copied = hash_of (copy);
  g_assert_cmpstr (copied, ==, second);
  fixture_close (copy);
}

/* Taking a class away keeps its deleted labels as they were, but for it. */
static void
test_class_goes (StoreFixture *fixture, gconstpointer unused)
{
  GError *error = NULL;
  LamLabel deleted = sorted;
  deleted.deleted = true;
  commit (fixture->store, NULL, &sorted);
  commit (fixture->store, &sorted, &deleted);
  g_autoptr (GPtrArray) rows =
      g_ptr_array_new_with_free_func ((GDestroyNotify)lam_row_change_free);
  g_ptr_array_add (rows, lam_row_change_new_class (&fixture_classes[1], NULL));
  lam_history_row_free (
      fixture_try_commit (fixture->store, here, NULL, NULL, rows, &error));
  g_assert_no_error (error);
  fixture_assert_sound (fixture->store);
}

/* --- what cannot be ------------------------------------------------------- */

static void
tamper (const char *path, const char *sql)
{
  sqlite3 *db;
  g_assert_cmpint (sqlite3_open (path, &db), ==, SQLITE_OK);
  g_assert_cmpint (sqlite3_exec (db, sql, NULL, NULL, NULL), ==, SQLITE_OK);
  sqlite3_close (db);
}

/* The project opens with a warning; what goes to others, or says that it is
 * all, does not; the next change of the label mends it. */
static void
test_hostile (gconstpointer sql)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *folder = fixture_folder ();
  g_autofree char *path = g_build_filename (folder, "p.lamella", NULL);
  LamStore *store = fixture_create (path);
  commit (store, NULL, &sorted);
  fixture_close (store);
  tamper (path, sql);
  store = fixture_open (path);
  g_assert_nonnull (strstr (lam_store_get_warning (store), "label 1"));
  g_autoptr (LamClassTable) table = lam_store_dup_classes (store);
  const LamLabel *row = lam_class_table_get_label (table, 1);
  g_assert_true (row->state == LAM_LABEL_NOT_STARTED || !row->group);
  assert_label (store, 1, "", row->state, row->group);
  g_autoptr (GPtrArray) problems = g_ptr_array_new_with_free_func (g_free);
  g_assert_true (lam_store_check (store, problems, NULL, &error));
  g_assert_cmpuint (problems->len, ==, 2); /* its checksum, too */
  g_assert_nonnull (strstr (problems->pdata[1], "label 1"));
  g_assert_null (lam_store_content_hash (store, NULL, &error));
  g_assert_error (error, LAM_ERROR, LAM_ERROR_CORRUPT);
  LamLabel named = *row;
  named.name = (char *)"named";
  commit (store, row, &named);
  fixture_assert_sound (store);
  fixture_close (store);
  store = fixture_open (path);
  g_assert_null (lam_store_get_warning (store));
  fixture_close (store);
  fixture_remove (folder);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/states/migration", test_migration);
  g_test_add_func ("/states/damaged-before", test_damaged_before);
  g_test_add ("/states/edit", StoreFixture, NULL, fixture_set_up, test_edit,
      fixture_tear_down);
  g_test_add ("/states/class-goes", StoreFixture, NULL, fixture_set_up,
      test_class_goes, fixture_tear_down);
  g_test_add_data_func (
      "/states/no-such-state", "UPDATE label SET state = 4", test_hostile);
  g_test_add_data_func ("/states/group-is-no-text",
      "UPDATE label SET in_group = CAST(x'ff' AS TEXT)", test_hostile);
  return g_test_run ();
}
