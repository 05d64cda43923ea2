/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The project file as its users call it: create, commit, read, close, open,
 * undo, redo. */
#include <glib/gstdio.h>

#include "base/error.h"
#include "base/random.h"
#include "store-fixture.h"
#include "store/brick-keep.h"
#include "store/snapshot.h"

static void
test_create_and_open (void)
{
  g_autofree char *folder = fixture_folder ();
  g_autofree char *path = g_build_filename (folder, "a b%c#.lamella", NULL);
  LamStore *store = fixture_create (path);
  g_assert_null (lam_store_get_read_only_reason (store));
  g_assert_cmpstr (lam_store_get_path (store), ==, path);
  fixture_close (store);

  GError *error = NULL;
  store = lam_store_open (path, &error);
  g_assert_no_error (error);
  const LamVolumeRow *volume = lam_store_get_volume (store);
  g_assert_cmpstr (volume->path, ==, "/images/stack.tif");
  g_assert_cmpint (volume->size[2], ==, 300);
  g_assert_cmpfloat (volume->voxel_size_nm[2], ==, 40);
  g_autoptr (LamClassTable) classes = lam_store_dup_classes (store);
  g_assert_cmpint (lam_class_table_get_n_classes (classes), ==, 2);
  g_assert_cmpstr (lam_class_table_get_class (classes, 1)->name, ==, "cell");
  g_autoptr (GArray) keys = lam_store_dup_brick_keys (store);
  g_assert_cmpint (keys->len, ==, 0);
  fixture_close (store);

  store = lam_store_create (path, &fixture_volume, NULL, 0, &error);
  g_assert_error (error, LAM_ERROR, LAM_ERROR_INPUT);
  g_assert_null (store);
  g_clear_error (&error);
  fixture_remove (folder);
}

static void
test_commit_survives (void)
{
  g_autofree char *folder = fixture_folder ();
  g_autofree char *path = g_build_filename (folder, "p.lamella", NULL);
  LamStore *store = fixture_create (path);
  LamBrickKey key = { 1, 0, 2 };
  g_autoptr (LamLabelBrick) brick = fixture_brick (1);
  g_autoptr (LamHistoryRow) row = fixture_commit (store, key, NULL, brick);
  g_assert_cmpint (row->id, ==, 1);
  g_assert_cmpint (row->n_bricks, ==, 1);
  g_assert_cmpint (row->n_voxels, >, 0);
  g_assert_cmpstr (row->tool, ==, "brush");
  g_assert_true (row->who && *row->who);
  fixture_close (store);

  GError *error = NULL;
  store = lam_store_open (path, &error);
  g_assert_no_error (error);
  fixture_assert_brick (store, key, brick);
  fixture_assert_brick (store, (LamBrickKey){ 0, 0, 0 }, NULL);
  g_autoptr (GArray) keys = lam_store_dup_brick_keys (store);
  g_assert_cmpint (keys->len, ==, 1);
  g_assert_cmpint (
      g_array_index (keys, int64_t, 0), ==, lam_brick_key_pack (key));
  fixture_close (store);
  fixture_remove (folder);
}

static void
test_undo_and_redo (void)
{
  g_autofree char *folder = fixture_folder ();
  g_autofree char *path = g_build_filename (folder, "p.lamella", NULL);
  LamStore *store = fixture_create (path);
  LamBrickKey key = { 0, 0, 0 };
  g_autoptr (LamLabelBrick) first = fixture_brick (1);
  g_autoptr (LamLabelBrick) second = fixture_brick (2);
  lam_history_row_free (fixture_commit (store, key, NULL, first));
  lam_history_row_free (fixture_commit (store, key, first, second));
  fixture_assert_brick (store, key, second);

  g_autoptr (LamHistoryStep) one = fixture_step (store, FIXTURE_UNDO, 0);
  g_assert_cmpint (one->keys->len, ==, 1);
  g_assert_true (g_array_index (one->exist, bool, 0));
  fixture_assert_brick (store, key, first);
  fixture_close (store);

  GError *error = NULL;
  store = lam_store_open (path, &error);
  g_assert_no_error (error);
  g_autoptr (LamHistoryStep) two = fixture_step (store, FIXTURE_UNDO, 0);
  g_assert_false (g_array_index (two->exist, bool, 0));
  fixture_assert_brick (store, key, NULL);
  g_assert_null (fixture_step (store, FIXTURE_UNDO, 0));
  g_autoptr (LamHistoryStep) three = fixture_step (store, FIXTURE_REDO, 0);
  fixture_assert_brick (store, key, first);
  g_autoptr (LamHistoryStep) four = fixture_step (store, FIXTURE_REDO, 0);
  fixture_assert_brick (store, key, second);
  g_assert_null (fixture_step (store, FIXTURE_REDO, 0));

  g_autoptr (GPtrArray) all =
      lam_store_read_history (store, 0, 100, true, &error);
  g_assert_no_error (error);
  g_assert_cmpint (all->len, ==, 6);
  g_autoptr (GPtrArray) edits =
      lam_store_read_history (store, 0, 100, false, &error);
  g_assert_no_error (error);
  g_assert_cmpint (edits->len, ==, 2);
  fixture_close (store);
  fixture_remove (folder);
}

static void
assert_snapshot (
    LamStoreSnapshot *snapshot, LamBrickKey key, const LamLabelBrick *expected)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (LamLabelBrick) brick =
      lam_store_snapshot_read (snapshot, key, &error);
  g_assert_no_error (error);
  g_assert_true ((brick != NULL) == (expected != NULL));
  if (expected)
    g_assert_true (lam_label_brick_equal (brick, expected));
}

/* A snapshot says what was, whatever is written, and two of them what each saw.
 */
static void
test_snapshot (void)
{
  g_autofree char *folder = fixture_folder ();
  g_autofree char *path = g_build_filename (folder, "p.lamella", NULL);
  LamStore *store = fixture_create (path);
  LamBrickKey a = { 0, 0, 0 }, b = { 1, 0, 0 }, c = { 2, 0, 0 };
  g_autoptr (LamLabelBrick) first = fixture_brick (1);
  g_autoptr (LamLabelBrick) second = fixture_brick (2);
  lam_history_row_free (fixture_commit (store, a, NULL, first));
  lam_history_row_free (fixture_commit (store, c, NULL, second));
  LamStoreSnapshot *early = lam_store_snapshot_new (store, 0, NULL);
  lam_history_row_free (fixture_commit (store, a, first, second));
  LamStoreSnapshot *late = lam_store_snapshot_new (store, 1 << 20, NULL);
  lam_history_row_free (fixture_commit (store, b, NULL, first));
  lam_history_step_free (fixture_step (store, FIXTURE_UNDO, 0));
  lam_history_step_free (fixture_step (store, FIXTURE_UNDO, 0));
  lam_history_step_free (fixture_step (store, FIXTURE_UNDO, 0));
  fixture_assert_brick (store, a, first);
  fixture_assert_brick (store, c, NULL);
  /* The early one keeps all in its file, of which nothing is to be seen. */
  assert_snapshot (early, a, first);
  g_assert_cmpuint (
      lam_class_table_get_n_classes (lam_store_snapshot_get_classes (early)),
      ==, G_N_ELEMENTS (fixture_classes));
  assert_snapshot (late, a, second);
  assert_snapshot (early, b, NULL);
  assert_snapshot (late, b, NULL);
  assert_snapshot (early, c, second);
  lam_store_snapshot_free (early);
  lam_history_row_free (fixture_commit (store, a, first, second));
  assert_snapshot (late, a, second);
  /* It may outlive the closing. */
  g_assert_true (lam_store_close (store, NULL));
  g_autoptr (GError) error = NULL;
  g_assert_null (lam_store_snapshot_read (late, a, &error));
  g_assert_nonnull (error);
  lam_store_snapshot_free (late);
  g_assert_finalize_object (store);
  fixture_remove (folder);
}

/* Where there is no room for what was there, a snapshot says so; the writer
 * goes on. */
static void
test_snapshot_without_room (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) bytes = g_bytes_new_static ("12345678", 8);
  GBytes *got = NULL;
  LamBrickKeep *keep = lam_brick_keep_new (8, "/no/such/folder");
  lam_brick_keep_put (keep, 1, bytes, NULL);
  lam_brick_keep_put (keep, 2, bytes, NULL);
  lam_brick_keep_put (keep, 3, NULL, NULL);
  g_assert_true (lam_brick_keep_lookup (keep, 1, &got, &error));
  g_assert_no_error (error);
  g_assert_true (g_bytes_equal (got, bytes));
  g_clear_pointer (&got, g_bytes_unref);
  g_assert_true (lam_brick_keep_lookup (keep, 2, &got, &error));
  g_assert_error (error, LAM_ERROR, LAM_ERROR_IO);
  g_assert_null (got);
  g_clear_error (&error);
  g_assert_true (lam_brick_keep_lookup (keep, 3, &got, &error));
  g_assert_no_error (error);
  g_assert_null (got);
  g_assert_false (lam_brick_keep_lookup (keep, 4, &got, &error));
  lam_brick_keep_free (keep);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/store/create-and-open", test_create_and_open);
  g_test_add_func ("/store/commit-survives", test_commit_survives);
  g_test_add_func ("/store/undo-and-redo", test_undo_and_redo);
  g_test_add_func ("/store/snapshot", test_snapshot);
  g_test_add_func ("/store/snapshot-without-room", test_snapshot_without_room);
  return g_test_run ();
}
