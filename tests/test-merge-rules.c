/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Merging where labels, numbers and histories get in each other's way. */
#include "base/error.h"
#include "merge-fixture.h"

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
  return g_test_run ();
}
