/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* What the tests of the store share: a folder, a project, bricks, and the
 * asynchronous calls made to wait. Included by one test program each. */
#pragma once

#include <gio/gio.h>
#include <glib/gstdio.h>
#include <string.h>

#include "base/random.h"
#include "store/store.h"

static const LamVolumeRow fixture_volume = {
  .path = (char *)"/images/stack.tif",
  .relative_path = (char *)"stack.tif",
  .size = { 500, 400, 300 },
  .dtype = (char *)"uint16",
  .voxel_size_nm = { 10, 10, 40 },
  .file_bytes = 120000000,
};

static const LamClass fixture_classes[] = {
  { .id = 0, .name = (char *)"background" },
  { .id = 1,
      .name = (char *)"cell",
      .rgb = 0xff8800,
      .key = 1,
      .has_instances = true },
};

/* The same in a file from before migration 008. */
#define FIXTURE_OLD_CLASSES \
  "INSERT INTO class VALUES (0, 'background', 0, 0, 0, 0, 0," \
  " lam_checksum(0, 'background', 0, 0, 0, 0, 0));" \
  "INSERT INTO class VALUES (1, 'cell', 16746496, 1, 0, 0, 1," \
  " lam_checksum(1, 'cell', 16746496, 1, 0, 0, 1));"

G_GNUC_UNUSED static char *
fixture_folder (void)
{
  GError *error = NULL;
  char *folder = g_dir_make_tmp ("lamella-store-XXXXXX", &error);
  g_assert_no_error (error);
  return folder;
}

/* The folder and the files in it. */
G_GNUC_UNUSED static void
fixture_remove (const char *folder)
{
  GDir *dir = g_dir_open (folder, 0, NULL);
  const char *name;
  while (dir && (name = g_dir_read_name (dir))) {
    g_autofree char *path = g_build_filename (folder, name, NULL);
    g_unlink (path);
  }
  g_clear_pointer (&dir, g_dir_close);
  g_assert_cmpint (g_rmdir (folder), ==, 0);
}

G_GNUC_UNUSED static LamStore *
fixture_create (const char *path)
{
  GError *error = NULL;
  LamStore *store = lam_store_create (path, &fixture_volume, fixture_classes,
      G_N_ELEMENTS (fixture_classes), &error);
  g_assert_no_error (error);
  g_assert_nonnull (store);
  return store;
}

G_GNUC_UNUSED static LamStore *
fixture_open (const char *path)
{
  GError *error = NULL;
  LamStore *store = lam_store_open (path, &error);
  g_assert_no_error (error);
  return store;
}

/* Closes it and sees that nobody else holds it. */
G_GNUC_UNUSED static void
fixture_close (LamStore *store)
{
  GError *error = NULL;
  g_assert_true (lam_store_close (store, &error));
  g_assert_no_error (error);
  g_assert_finalize_object (store);
}

/* A brick with a few balls of labels in it, different for each seed. */
G_GNUC_UNUSED static LamLabelBrick *
fixture_brick (uint64_t seed)
{
  LamRandom random = lam_random_new (seed, 7);
  LamLabelBrick *brick = lam_label_brick_new (0, 0);
  uint32_t *labels = lam_label_brick_write_labels (brick);
  uint16_t *sources = lam_label_brick_write_sources (brick);
  for (int ball = 0; ball < 4; ball++) {
    int centre[3], radius = 2 + (int)(lam_random_u32 (&random) % 12);
    for (int i = 0; i < 3; i++)
      centre[i] = (int)(lam_random_u32 (&random) % 64);
    uint32_t label = 1 + lam_random_u32 (&random) % 100000;
    for (int i = 0; i < LAM_BRICK_VOXELS; i++) {
      int x = i % 64 - centre[0], y = i / 64 % 64 - centre[1];
      int z = i / 4096 - centre[2];
      if (x * x + y * y + z * z > radius * radius)
        continue;
      labels[i] = label;
      sources[i] = LAM_SOURCE_HUMAN;
    }
  }
  lam_label_brick_settle (brick);
  return brick;
}

G_GNUC_UNUSED static void
fixture_assert_brick (
    LamStore *store, LamBrickKey key, const LamLabelBrick *expected)
{
  GError *error = NULL;
  g_autoptr (LamLabelBrick) brick =
      lam_store_read_brick (store, key, NULL, &error);
  g_assert_no_error (error);
  g_assert_true ((brick != NULL) == (expected != NULL));
  if (expected)
    g_assert_true (lam_label_brick_equal (brick, expected));
  static const int stride[3] = { 64, 64, 64 };
  g_autoptr (LamCoarseBrick) coarse = lam_store_read_coarse_brick (
      store, key, LAM_PART_LABELS, stride, NULL, &error);
  g_assert_no_error (error);
  g_assert_true ((coarse != NULL) == (expected != NULL));
  if (expected)
    g_assert_cmpuint (lam_coarse_brick_get_value (coarse, 0), ==,
        lam_label_brick_get_label (expected, 0));
}

static void
fixture_result_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  *(GAsyncResult **)user_data = g_object_ref (result);
}

static GAsyncResult *
fixture_wait (GAsyncResult **result)
{
  while (!*result)
    g_main_context_iteration (g_main_context_get_thread_default (), true);
  return *result;
}

/* NULL with an error when it failed. */
G_GNUC_UNUSED static LamHistoryRow *
fixture_try_commit (LamStore *store, LamBrickKey key, LamLabelBrick *before,
    LamLabelBrick *after, GPtrArray *rows, GError **error)
{
  g_autoptr (LamEdit) edit = lam_edit_new ("brush");
  if (before != after)
    lam_edit_add_brick (edit, key, before, after);
  g_autoptr (GAsyncResult) result = NULL;
  lam_store_commit_async (store, edit, rows, "", fixture_result_cb, &result);
  return lam_store_commit_finish (store, fixture_wait (&result), error);
}

G_GNUC_UNUSED static LamHistoryRow *
fixture_commit (LamStore *store, LamBrickKey key, LamLabelBrick *before,
    LamLabelBrick *after)
{
  GError *error = NULL;
  LamHistoryRow *row =
      fixture_try_commit (store, key, before, after, NULL, &error);
  g_assert_no_error (error);
  g_assert_nonnull (row);
  return row;
}

typedef enum { FIXTURE_UNDO, FIXTURE_REDO, FIXTURE_REVERT } FixtureStep;

G_GNUC_UNUSED static LamHistoryStep *
fixture_try_step (
    LamStore *store, FixtureStep kind, int64_t target, GError **error)
{
  g_autoptr (GAsyncResult) result = NULL;
  if (kind == FIXTURE_UNDO)
    lam_store_undo_async (store, fixture_result_cb, &result);
  else if (kind == FIXTURE_REDO)
    lam_store_redo_async (store, fixture_result_cb, &result);
  else
    lam_store_revert_async (store, target, NULL, fixture_result_cb, &result);
  return lam_store_step_finish (store, fixture_wait (&result), error);
}

G_GNUC_UNUSED static LamHistoryStep *
fixture_step (LamStore *store, FixtureStep kind, int64_t target)
{
  GError *error = NULL;
  LamHistoryStep *step = fixture_try_step (store, kind, target, &error);
  g_assert_no_error (error);
  return step;
}

/* The check finds nothing. */
G_GNUC_UNUSED static void
fixture_assert_sound (LamStore *store)
{
  GError *error = NULL;
  g_autoptr (GPtrArray) problems = g_ptr_array_new_with_free_func (g_free);
  g_assert_true (lam_store_check (store, problems, NULL, &error));
  g_assert_no_error (error);
  for (guint i = 0; i < problems->len; i++)
    g_test_message ("%s", (char *)problems->pdata[i]);
  g_assert_cmpint (problems->len, ==, 0);
}

/* A new project in a folder of its own, sound when the test has ended. */
typedef struct {
  char *folder, *path;
  LamStore *store;
} StoreFixture;

G_GNUC_UNUSED static void
fixture_set_up (StoreFixture *fixture, gconstpointer unused)
{
  fixture->folder = fixture_folder ();
  fixture->path = g_build_filename (fixture->folder, "p.lamella", NULL);
  fixture->store = fixture_create (fixture->path);
}

G_GNUC_UNUSED static void
fixture_tear_down (StoreFixture *fixture, gconstpointer unused)
{
  fixture_assert_sound (fixture->store);
  fixture_close (fixture->store);
  fixture_remove (fixture->folder);
  g_free (fixture->folder);
  g_free (fixture->path);
}
