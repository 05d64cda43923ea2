/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* What the tests of merging share: two copies of a project. */
#pragma once

#include "store-fixture.h"
#include "store/merge.h"

typedef struct {
  char *folder, *mine_path, *theirs_path;
  LamStore *mine, *theirs;
} Fixture;

G_GNUC_UNUSED static void
set_up (Fixture *fixture, gconstpointer unused)
{
  fixture->folder = fixture_folder ();
  fixture->mine_path = g_build_filename (fixture->folder, "m.lamella", NULL);
  fixture->theirs_path = g_build_filename (fixture->folder, "t.lamella", NULL);
  fixture->mine = fixture_create (fixture->mine_path);
}

G_GNUC_UNUSED static void
part (Fixture *fixture)
{
  GError *error = NULL;
  g_assert_true (
      lam_store_save_copy (fixture->mine, fixture->theirs_path, NULL, &error));
  g_assert_no_error (error);
  fixture->theirs = fixture_open (fixture->theirs_path);
}

G_GNUC_UNUSED static void
tear_down (Fixture *fixture, gconstpointer unused)
{
  fixture_assert_sound (fixture->mine);
  fixture_close (fixture->mine);
  if (fixture->theirs)
    fixture_close (fixture->theirs);
  fixture_remove (fixture->folder);
  g_free (fixture->folder);
  g_free (fixture->mine_path);
  g_free (fixture->theirs_path);
}

G_GNUC_UNUSED static LamLabelBrick *
read_brick (LamStore *store, LamBrickKey key)
{
  GError *error = NULL;
  LamLabelBrick *brick = lam_store_read_brick (store, key, NULL, &error);
  g_assert_no_error (error);
  return brick ? brick : lam_label_brick_new (0, LAM_SOURCE_UNSET);
}

/* The table as it is in the file now. */
G_GNUC_UNUSED static LamClassTable *
read_table (const char *path)
{
  g_autoptr (LamStore) store = fixture_open (path);
  return lam_store_dup_classes (store);
}

G_GNUC_UNUSED static LamMergeResult *
merge (Fixture *fixture, LamStore *base, bool apply)
{
  GError *error = NULL;
  LamMergeResult *result = lam_store_merge (fixture->mine, fixture->theirs,
      base, apply ? LAM_MERGE_APPLIES : 0, NULL, &error);
  g_assert_no_error (error);
  return result;
}

G_GNUC_UNUSED static void
commit_rows (LamStore *store, LamRowChange *change)
{
  GError *error = NULL;
  g_autoptr (GPtrArray) rows =
      g_ptr_array_new_with_free_func ((GDestroyNotify)lam_row_change_free);
  g_ptr_array_add (rows, change);
  g_autoptr (LamHistoryRow) row =
      fixture_try_commit (store, (LamBrickKey){ 0 }, NULL, NULL, rows, &error);
  g_assert_no_error (error);
}
