/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Merging where labels, numbers and histories get in each other's way. */
#include <sqlite3.h>

#include "base/error.h"
#include "merge-fixture.h"
#include "store/store-models.h"

static const LamBrickKey near = { 0, 0, 0 }, far = { 1, 0, 0 };

static void
paint (LamStore *store, LamBrickKey key, uint32_t label)
{
  GError *error = NULL;
  g_autoptr (LamLabelBrick) before =
      lam_store_read_brick (store, key, NULL, &error);
  g_assert_no_error (error);
  g_autoptr (LamLabelBrick) after =
      lam_label_brick_new (label, LAM_SOURCE_HUMAN);
  lam_history_row_free (fixture_commit (store, key, before, after));
}

static void
assert_label (LamStore *store, LamBrickKey key, uint32_t label)
{
  g_autoptr (LamLabelBrick) brick = read_brick (store, key);
  g_assert_cmpuint (lam_label_brick_get_label (brick, 0), ==, label);
}

/* A label that is made or becomes `deleted`. */
static void
put_label (LamStore *store, uint32_t id, const char *name, bool deleted)
{
  g_autoptr (LamClassTable) table = lam_store_dup_classes (store);
  const LamLabel row = {
    .id = id, .name = (char *)name, .class_id = 1, .deleted = deleted
  };
  commit_rows (store,
      lam_row_change_new_label (lam_class_table_get_label (table, id), &row));
}

/* ---- Labels that they deleted ------------------------------------------- */

static void
assert_kept (Fixture *fixture, LamStore *base)
{
  g_autoptr (LamMergeResult) made = merge (fixture, base, true);
  g_assert_cmpint (made->report.row_conflicts->len, ==, 1);
  g_assert_nonnull (strstr (made->report.row_conflicts->pdata[0], "soma"));
  g_assert_cmpint (made->report.n_changed_rows, ==, 0);
  assert_label (fixture->mine, far, 1);
  g_autoptr (LamClassTable) table = read_table (fixture->mine_path);
  g_assert_false (lam_class_table_get_label (table, 1)->deleted);
}

/* They deleted a label that I have painted with since, where they were not. */
static void
test_painted_on (Fixture *fixture, gconstpointer unused)
{
  put_label (fixture->mine, 1, "soma", false);
  paint (fixture->mine, near, 1);
  part (fixture);
  paint (fixture->theirs, near, 0);
  put_label (fixture->theirs, 1, "soma", true);
  paint (fixture->mine, far, 1);
  assert_kept (fixture, NULL);
}

static void
test_painted_on_from_file (Fixture *fixture, gconstpointer unused)
{
  GError *error = NULL;
  g_autofree char *path =
      g_build_filename (fixture->folder, "base.lamella", NULL);
  put_label (fixture->mine, 1, "soma", false);
  paint (fixture->mine, near, 1);
  g_assert_true (lam_store_save_copy (fixture->mine, path, NULL, &error));
  LamStore *base = fixture_open (path);
  part (fixture);
  paint (fixture->theirs, near, 0);
  put_label (fixture->theirs, 1, "soma", true);
  paint (fixture->mine, far, 1);
  assert_kept (fixture, base);
  fixture_close (base);
}

/* One that nobody needs any more goes. */
static void
test_deleted_alone (Fixture *fixture, gconstpointer unused)
{
  put_label (fixture->mine, 1, "soma", false);
  put_label (fixture->mine, 2, "axon", false);
  paint (fixture->mine, near, 1);
  part (fixture);
  paint (fixture->theirs, near, 0);
  put_label (fixture->theirs, 1, "soma", true);
  paint (fixture->mine, far, 2);
  g_autoptr (LamMergeResult) made = merge (fixture, NULL, true);
  g_assert_cmpint (made->report.row_conflicts->len, ==, 0);
  g_assert_cmpint (made->report.n_changed_rows, ==, 1);
  g_autoptr (LamClassTable) table = read_table (fixture->mine_path);
  g_assert_true (lam_class_table_get_label (table, 1)->deleted);
}

/* ---- Numbers ------------------------------------------------------------ */

/* Where the greatest number is taken, a free one below is. */
static void
test_last_label (Fixture *fixture, gconstpointer unused)
{
  put_label (fixture->mine, UINT32_MAX, "last", false);
  part (fixture);
  put_label (fixture->mine, 1, "mine", false);
  put_label (fixture->theirs, 1, "theirs", false);
  paint (fixture->theirs, near, 1);
  g_autoptr (LamMergeResult) made = merge (fixture, NULL, true);
  g_assert_cmpint (made->report.n_renumbered, ==, 1);
  assert_label (fixture->mine, near, 2);
  g_autoptr (LamClassTable) table = read_table (fixture->mine_path);
  g_assert_cmpstr (lam_class_table_get_label (table, 1)->name, ==, "mine");
  g_assert_cmpstr (lam_class_table_get_label (table, 2)->name, ==, "theirs");
}

static void
test_last_class (Fixture *fixture, gconstpointer unused)
{
  const LamClass last = { .id = INT32_MAX, .name = (char *)"last" };
  const LamClass mine = { .id = 2, .name = (char *)"mine" };
  const LamClass theirs = { .id = 2, .name = (char *)"theirs" };
  commit_rows (fixture->mine, lam_row_change_new_class (NULL, &last));
  part (fixture);
  commit_rows (fixture->mine, lam_row_change_new_class (NULL, &mine));
  commit_rows (fixture->theirs, lam_row_change_new_class (NULL, &theirs));
  g_autoptr (LamMergeResult) made = merge (fixture, NULL, true);
  g_autoptr (LamClassTable) table = read_table (fixture->mine_path);
  g_assert_cmpstr (lam_class_table_get_class (table, 3)->name, ==, "theirs");
}

/* ---- Keys --------------------------------------------------------------- */

static void
set_key (LamStore *store, int32_t id, int key)
{
  g_autoptr (LamClassTable) table = read_table (lam_store_get_path (store));
  const LamClass *before = lam_class_table_get_class (table, id);
  LamClass after = { .id = id, .name = (char *)"more" };
  if (before)
    after = *before;
  after.key = key;
  commit_rows (store, lam_row_change_new_class (before, &after));
}

static void
assert_keys (Fixture *fixture, int one, int two, int three)
{
  g_autoptr (LamMergeResult) made = merge (fixture, NULL, true);
  g_autoptr (LamClassTable) table = read_table (fixture->mine_path);
  const int keys[] = { 0, one, two, three };
  for (int32_t id = 1; id < 4; id++)
    g_assert_cmpint (lam_class_table_get_class (table, id)->key, ==, keys[id]);
}

/* We both gave the same free key to a class that both had: mine keeps it. */
static void
test_same_key (Fixture *fixture, gconstpointer unused)
{
  set_key (fixture->mine, 2, 0);
  set_key (fixture->mine, 3, 0);
  part (fixture);
  set_key (fixture->mine, 2, 5);
  set_key (fixture->theirs, 3, 5);
  assert_keys (fixture, 1, 5, 0);
}

/* Keys that they exchanged are exchanged here. */
static void
test_exchanged_keys (Fixture *fixture, gconstpointer unused)
{
  set_key (fixture->mine, 2, 2);
  set_key (fixture->mine, 3, 3);
  part (fixture);
  set_key (fixture->theirs, 1, 0);
  set_key (fixture->theirs, 2, 1);
  set_key (fixture->theirs, 1, 2);
  assert_keys (fixture, 2, 1, 3);
}

/* ---- Merging again ------------------------------------------------------ */

static LamMergeResult *
merge_into (LamStore *mine, LamStore *theirs, LamStore *base)
{
  GError *error = NULL;
  LamMergeResult *result =
      lam_store_merge (mine, theirs, base, LAM_MERGE_APPLIES, NULL, &error);
  g_assert_no_error (error);
  return result;
}

/* They merged mine; what I did to my own strokes since is mine alone. */
static void
test_back (Fixture *fixture, gconstpointer undoes)
{
  put_label (fixture->mine, 1, "soma", false);
  put_label (fixture->mine, 2, "axon", false);
  part (fixture);
  put_label (fixture->mine, 3, "mine", false);
  put_label (fixture->theirs, 3, "theirs", false);
  paint (fixture->mine, near, 3);
  paint (fixture->theirs, far, 3);
  g_autoptr (LamMergeResult) there =
      merge_into (fixture->theirs, fixture->mine, NULL);
  assert_label (fixture->theirs, near, 4);
  if (undoes)
    lam_history_step_free (fixture_step (fixture->mine, FIXTURE_UNDO, 0));
  else
    paint (fixture->mine, near, 2);
  g_autoptr (LamMergeResult) back = merge (fixture, NULL, true);
  g_assert_cmpint (back->report.voxels.n_conflicts, ==, 0);
  g_assert_cmpint (back->report.voxels.n_taken, ==, LAM_BRICK_VOXELS);
  g_assert_cmpint (back->report.row_conflicts->len, ==, 0);
  assert_label (fixture->mine, near, undoes ? 0 : 2);
  /* Above all numbers of both. */
  assert_label (fixture->mine, far, 5);
  g_autoptr (LamClassTable) table = read_table (fixture->mine_path);
  g_assert_cmpstr (lam_class_table_get_label (table, 3)->name, ==, "mine");
  g_assert_cmpstr (lam_class_table_get_label (table, 5)->name, ==, "theirs");
  g_assert_null (lam_class_table_get_label (table, 4));
}

/* What they did not take from me as they merged mine, I have not given up. */
static void
test_back_with_conflict (Fixture *fixture, gconstpointer unused)
{
  put_label (fixture->mine, 1, "soma", false);
  put_label (fixture->mine, 2, "axon", false);
  part (fixture);
  paint (fixture->mine, near, 1);
  paint (fixture->theirs, near, 2);
  g_autoptr (LamMergeResult) there =
      merge_into (fixture->theirs, fixture->mine, NULL);
  g_assert_cmpint (there->report.voxels.n_conflicts, ==, LAM_BRICK_VOXELS);
  g_autoptr (LamMergeResult) back = merge (fixture, NULL, true);
  g_assert_cmpint (back->report.voxels.n_conflicts, ==, LAM_BRICK_VOXELS);
  assert_label (fixture->mine, near, 1);
}

/* What I painted before the first merge and they change after it is a conflict,
 * and a network of theirs changes nothing of it. */
static void
test_unheard (Fixture *fixture, gconstpointer is_network)
{
  GError *error = NULL;
  put_label (fixture->mine, 1, "soma", false);
  put_label (fixture->mine, 2, "axon", false);
  part (fixture);
  paint (fixture->mine, near, 1);
  paint (fixture->theirs, far, 2);
  g_autoptr (LamMergeResult) first = merge (fixture, NULL, true);
  if (is_network) {
    g_autoptr (GBytes) onnx = g_bytes_new_static ("a network", 9);
    int64_t model =
        lam_store_add_model (fixture->theirs, "net", 0, onnx, &error);
    lam_store_begin_run (fixture->theirs, model, "", &error);
    g_assert_no_error (error);
    g_autoptr (LamLabelBrick) said =
        lam_label_brick_new (2, LAM_SOURCE_FIRST_RUN + 1);
    lam_history_row_free (fixture_commit (fixture->theirs, near, NULL, said));
  } else
    paint (fixture->theirs, near, 2);
  g_autoptr (LamMergeResult) again = merge (fixture, NULL, true);
  g_assert_cmpint (again->report.voxels.n_taken, ==, 0);
  g_assert_cmpint (
      again->report.voxels.n_conflicts, ==, is_network ? 0 : LAM_BRICK_VOXELS);
  assert_label (fixture->mine, near, 1);
}

/* A base from a file is the base of the first merge only. */
static void
test_base_again (Fixture *fixture, gconstpointer unused)
{
  GError *error = NULL;
  g_autofree char *path =
      g_build_filename (fixture->folder, "base.lamella", NULL);
  g_assert_true (lam_store_save_copy (fixture->mine, path, NULL, &error));
  LamStore *base = fixture_open (path);
  part (fixture);
  put_label (fixture->mine, 5, "mine", false);
  put_label (fixture->theirs, 5, "theirs", false);
  paint (fixture->theirs, far, 5);
  g_autoptr (LamMergeResult) first = merge (fixture, base, true);
  paint (fixture->theirs, near, 5);
  g_autoptr (LamMergeResult) again = merge (fixture, base, true);
  g_assert_cmpint (again->report.n_new_labels, ==, 0);
  g_assert_cmpint (again->report.voxels.n_taken, ==, LAM_BRICK_VOXELS);
  assert_label (fixture->mine, near, 6);
  assert_label (fixture->mine, far, 6);
  fixture_close (base);
}

/* ---- What is told ------------------------------------------------------- */

/* What was undone is no edit; who merged made the edit of the merge. */
static void
test_edits (Fixture *fixture, gconstpointer unused)
{
  put_label (fixture->mine, 1, "soma", false);
  paint (fixture->mine, near, 1);
  part (fixture);
  paint (fixture->theirs, far, 1);
  lam_history_step_free (fixture_step (fixture->theirs, FIXTURE_UNDO, 0));
  g_autoptr (LamMergeResult) nothing = merge (fixture, NULL, true);
  g_assert_cmpint (nothing->report.n_edits, ==, 0);
  g_assert_cmpint (nothing->report.edit, ==, 0);
  /* Theirs takes back what both had, and paints. */
  lam_history_step_free (fixture_step (fixture->theirs, FIXTURE_UNDO, 0));
  paint (fixture->theirs, far, 1);
  g_autoptr (LamMergeResult) made = merge (fixture, NULL, true);
  g_assert_cmpint (made->report.n_edits, ==, 2);
  assert_label (fixture->mine, near, 0);
  g_assert_cmpstr (made->row->who, ==, g_get_user_name ());
  g_assert_nonnull (strstr (made->row->detail, made->report.persons));
}

/* A brick that is nowhere in the image is not taken in. */
static void
test_outside (Fixture *fixture, gconstpointer unused)
{
  g_autoptr (GError) error = NULL;
  put_label (fixture->mine, 1, "soma", false);
  part (fixture);
  paint (fixture->theirs, (LamBrickKey){ 100, 0, 0 }, 1);
  g_assert_null (lam_store_merge (
      fixture->mine, fixture->theirs, NULL, LAM_MERGE_APPLIES, NULL, &error));
  g_assert_error (error, LAM_ERROR, LAM_ERROR_CORRUPT_PART);
  g_assert_nonnull (strstr (error->message, "t.lamella"));
}

/* ---- Damage that is not theirs ------------------------------------------ */

static void
tamper (LamStore **store, const char *path, const char *sql)
{
  sqlite3 *db;
  fixture_close (*store);
  g_assert_cmpint (sqlite3_open (path, &db), ==, SQLITE_OK);
  g_assert_cmpint (sqlite3_exec (db, sql, NULL, NULL, NULL), ==, SQLITE_OK);
  g_assert_cmpint (sqlite3_changes (db), ==, 1);
  sqlite3_close (db);
  *store = fixture_open (path);
}

static void
assert_stands (Fixture *fixture, LamStore *base, const char *file)
{
  g_autoptr (GError) error = NULL;
  g_assert_null (lam_store_merge (fixture->mine, fixture->theirs, base,
      LAM_MERGE_APPLIES | LAM_MERGE_SKIPS_DAMAGE, NULL, &error));
  g_assert_error (error, LAM_ERROR, LAM_ERROR_CORRUPT);
  g_assert_nonnull (strstr (error->message, file));
  g_clear_error (&error);
  /* Nor is it said that it could be left out. */
  g_assert_null (lam_store_merge (
      fixture->mine, fixture->theirs, base, LAM_MERGE_APPLIES, NULL, &error));
  g_assert_error (error, LAM_ERROR, LAM_ERROR_CORRUPT);
}

/* What I painted since they merged mine: what it was then is not known. */
static void
test_mine_damaged (Fixture *fixture, gconstpointer unused)
{
  put_label (fixture->mine, 1, "soma", false);
  put_label (fixture->mine, 2, "axon", false);
  part (fixture);
  paint (fixture->mine, near, 1);
  g_autoptr (LamMergeResult) there =
      merge_into (fixture->theirs, fixture->mine, NULL);
  paint (fixture->theirs, near, 2);
  paint (fixture->mine, near, 2);
  tamper (&fixture->mine, fixture->mine_path,
      "UPDATE edit_brick SET checksum = checksum + 1"
      " WHERE edit = (SELECT max (edit) FROM edit_brick)");
  assert_stands (fixture, NULL, "m.lamella");
  tamper (&fixture->mine, fixture->mine_path,
      "UPDATE edit_brick SET checksum = checksum - 1"
      " WHERE edit = (SELECT max (edit) FROM edit_brick)");
  assert_label (fixture->mine, near, 2);
}

static void
test_base_damaged (Fixture *fixture, gconstpointer unused)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *path =
      g_build_filename (fixture->folder, "base.lamella", NULL);
  put_label (fixture->mine, 1, "soma", false);
  put_label (fixture->mine, 2, "axon", false);
  paint (fixture->mine, near, 1);
  g_assert_true (lam_store_save_copy (fixture->mine, path, NULL, &error));
  LamStore *base = fixture_open (path);
  part (fixture);
  paint (fixture->theirs, near, 2);
  tamper (&base, path, "UPDATE brick SET checksum = checksum + 1");
  assert_stands (fixture, base, "base.lamella");
  assert_label (fixture->mine, near, 1);
  fixture_close (base);
}

static void
add (const char *name, void (*test) (Fixture *, gconstpointer))
{
  g_test_add (name, Fixture, NULL, set_up, test, tear_down);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  add ("/merge/painted-on", test_painted_on);
  add ("/merge/painted-on-from-file", test_painted_on_from_file);
  add ("/merge/deleted-alone", test_deleted_alone);
  add ("/merge/last-label", test_last_label);
  add ("/merge/last-class", test_last_class);
  add ("/merge/same-key", test_same_key);
  add ("/merge/exchanged-keys", test_exchanged_keys);
  g_test_add ("/merge/back/repainted", Fixture, GINT_TO_POINTER (false), set_up,
      test_back, tear_down);
  g_test_add ("/merge/back/undone", Fixture, GINT_TO_POINTER (true), set_up,
      test_back, tear_down);
  add ("/merge/back/conflict", test_back_with_conflict);
  g_test_add ("/merge/unheard/person", Fixture, GINT_TO_POINTER (false), set_up,
      test_unheard, tear_down);
  g_test_add ("/merge/unheard/network", Fixture, GINT_TO_POINTER (true), set_up,
      test_unheard, tear_down);
  add ("/merge/base-again", test_base_again);
  add ("/merge/edits", test_edits);
  add ("/merge/outside", test_outside);
  add ("/merge/mine-damaged", test_mine_damaged);
  add ("/merge/base-damaged", test_base_damaged);
  return g_test_run ();
}
