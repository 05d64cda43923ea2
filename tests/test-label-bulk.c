/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Merging labels everywhere, where what was asked for just before has not been
 * saved yet: no voxel ends with a label that has no row. */
#include <string.h>

#include "project-fixture.h"

#include "store/snapshot.h"
#include "workspace/queue.h"
#include "workspace/regions.h"

typedef struct {
  Project project;
  uint32_t one, two;
} Fixture;

static uint32_t
paint_new (Project *project, int x)
{
  g_autoptr (GError) error = NULL;
  lam_workspace_set_active_class (project->workspace, 1);
  lam_workspace_set_active_label (project->workspace, 0);
  uint32_t label = lam_workspace_take_label (project->workspace, &error);
  g_assert_no_error (error);
  project_stroke (project, label, x, 60, 5);
  return label;
}

static void
set_up (Fixture *fixture, gconstpointer unused)
{
  project_set_up (&fixture->project, NULL);
  fixture->one = paint_new (&fixture->project, 30);
  fixture->two = paint_new (&fixture->project, 120);
  project_wait (&fixture->project);
}

static void
tear_down (Fixture *fixture, gconstpointer unused)
{
  project_tear_down (&fixture->project, NULL);
}

static bool
finish (Fixture *fixture, GAsyncResult **result, GError **error)
{
  return lam_workspace_delete_label_finish (
      fixture->project.workspace, project_run_until (result), error);
}

/* Every voxel's label has a row on disk that is not deleted. */
static void
assert_whole (Fixture *fixture)
{
  g_autoptr (GError) error = NULL;
  LamStore *store = lam_workspace_get_store (fixture->project.workspace);
  g_autoptr (LamStoreSnapshot) snapshot =
      lam_store_snapshot_new (store, 1 << 20, NULL);
  const LamClassTable *rows = lam_store_snapshot_get_classes (snapshot);
  g_autoptr (GArray) keys = lam_store_list_bricks (store, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (keys->len, >, 0);
  for (guint k = 0; k < keys->len; k++) {
    g_autoptr (LamLabelBrick) brick = lam_store_read_brick (store,
        lam_brick_key_unpack (g_array_index (keys, int64_t, k)), NULL, &error);
    for (int i = 0; i < LAM_BRICK_VOXELS; i++) {
      uint32_t label = lam_label_brick_get_label (brick, i);
      const LamLabel *row = lam_class_table_get_label (rows, label);
      g_assert_true (label == 0 || (row && !row->deleted));
    }
  }
}

/* Into a label that has been chosen and not painted with yet. */
static void
test_into_fresh (Fixture *fixture, gconstpointer unused)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GAsyncResult) result = NULL;
  LamWorkspace *workspace = fixture->project.workspace;
  const uint32_t ids[] = { fixture->one, fixture->two };
  lam_workspace_set_active_label (workspace, 0);
  uint32_t into = lam_workspace_take_label (workspace, &error);
  lam_workspace_merge_labels_async (
      workspace, into, ids, 2, NULL, project_keep_result, &result);
  g_assert_true (finish (fixture, &result, &error));
  assert_whole (fixture);
}

/* Into one whose deletion was asked for just before. */
static void
test_into_deleted (Fixture *fixture, gconstpointer unused)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GAsyncResult) deleted = NULL, merged = NULL;
  LamWorkspace *workspace = fixture->project.workspace;
  lam_workspace_delete_labels_async (
      workspace, &fixture->two, 1, NULL, project_keep_result, &deleted);
  lam_workspace_merge_labels_async (workspace, fixture->two, &fixture->one, 1,
      NULL, project_keep_result, &merged);
  g_assert_true (finish (fixture, &deleted, &error));
  g_assert_false (finish (fixture, &merged, &error));
  g_assert_error (error, LAM_ERROR, LAM_ERROR_MISSING);
  assert_whole (fixture);
}

/* A lock that is on its way to the disk holds. */
static void
test_undone_lock (Fixture *fixture, gconstpointer unused)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GAsyncResult) result = NULL;
  LamWorkspace *workspace = fixture->project.workspace;
  LamLabel row = *project_row (&fixture->project, fixture->one);
  row.locked = true;
  g_assert_true (lam_workspace_set_label (workspace, &row, &error));
  /* Its texts are those of the row that is there. */
  row = *project_row (&fixture->project, fixture->one);
  row.locked = false;
  g_assert_true (lam_workspace_set_label (workspace, &row, &error));
  project_wait (&fixture->project);
  /* Takes the unlocking back before the deletion's turn comes. */
  lam_workspace_undo (workspace);
  lam_workspace_delete_labels_async (
      workspace, &fixture->one, 1, NULL, project_keep_result, &result);
  g_assert_false (finish (fixture, &result, &error));
  g_assert_error (error, LAM_ERROR, LAM_ERROR_READ_ONLY);
  assert_whole (fixture);
}

/* What lies in a verified region is neither deleted nor merged away, and not
 * even a part of it that lies elsewhere; the label that others go into may. */
static void
test_verified (Fixture *fixture, gconstpointer unused)
{
  LamWorkspace *workspace = fixture->project.workspace;
  g_autoptr (GError) error = NULL;
  const uint32_t ids[] = { fixture->two, fixture->one };
  LamRegion region = { .name = (char *)"done",
    .box = { { 33, 0, 0 }, { 40, 100, 9 } },
    .review = LAM_REVIEW_VERIFIED };
  region.id = lam_workspace_add_region (workspace, &region, &error);
  g_assert_no_error (error);
  for (int merges = 0; merges < 2; merges++) {
    g_autoptr (GAsyncResult) result = NULL;
    if (merges)
      lam_workspace_merge_labels_async (workspace, fixture->two, &fixture->one,
          1, NULL, project_keep_result, &result);
    else
      lam_workspace_delete_labels_async (
          workspace, ids, 2, NULL, project_keep_result, &result);
    g_assert_false (finish (fixture, &result, &error));
    g_assert_error (error, LAM_ERROR, LAM_ERROR_READ_ONLY);
    g_assert_nonnull (strstr (error->message, "“done”"));
    g_clear_error (&error);
  }
  for (int x = 30; x < 36; x++)
    g_assert_cmpuint (
        project_label_at (&fixture->project, x, 60, 5), ==, fixture->one);
  g_assert_cmpuint (
      project_label_at (&fixture->project, 120, 60, 5), ==, fixture->two);
  g_assert_false (project_row (&fixture->project, fixture->one)->deleted);

  g_autoptr (GAsyncResult) into = NULL;
  lam_workspace_merge_labels_async (workspace, fixture->one, &fixture->two, 1,
      NULL, project_keep_result, &into);
  g_assert_true (finish (fixture, &into, &error));
  region.review = LAM_REVIEW_IN_PROGRESS;
  g_assert_true (lam_workspace_set_region (workspace, &region, &error));
  g_autoptr (GAsyncResult) gone = NULL;
  lam_workspace_delete_labels_async (
      workspace, &fixture->one, 1, NULL, project_keep_result, &gone);
  g_assert_true (finish (fixture, &gone, &error));
  assert_whole (fixture);
}

enum { FIRST = 1000, N_MANY = 60000, LAST = FIRST + N_MANY - 1 };

static LamBulkResult *
add_many (LamStore *store, GTask *task, LamProgress *progress, GError **error)
{
  LamBulkResult *result = g_new0 (LamBulkResult, 1);
  result->rows =
      g_ptr_array_new_with_free_func ((GDestroyNotify)lam_row_change_free);
  for (uint32_t id = FIRST; id <= LAST; id++) {
    const LamLabel label = { .id = id, .name = (char *)"", .class_id = 1 };
    g_ptr_array_add (result->rows, lam_row_change_new_label (NULL, &label));
  }
  LamBulkEdit *bulk = lam_store_begin_bulk (store, "import", error);
  g_assert_nonnull (bulk);
  result->row = lam_bulk_edit_end (bulk, result->rows, NULL, "", error);
  g_assert_nonnull (result->row);
  return result;
}

static size_t
count_labels (Fixture *fixture)
{
  const LamClassTable *table =
      lam_workspace_get_classes (fixture->project.workspace);
  size_t n = 0;
  for (size_t i = 0; i < lam_class_table_get_n_labels (table); i++)
    n += !lam_class_table_get_nth_label (table, i)->deleted;
  return n;
}

/* So many rows come in several rounds of the main loop. A stroke between two of
 * them is kept, and a row that nobody may change says why. */
static void
test_many (Fixture *fixture, gconstpointer unused)
{
  g_autoptr (GError) error = NULL, refused = NULL;
  g_autoptr (GAsyncResult) result = NULL;
  LamWorkspace *workspace = fixture->project.workspace;
  LamLabel other = *project_row (&fixture->project, fixture->two);
  const size_t before = count_labels (fixture);
  g_autoptr (GTask) task =
      g_task_new (workspace, NULL, project_keep_result, &result);
  lam_queue_push_import (
      workspace, LAM_QUEUE_HOLD_MERGE, NULL, add_many, task, NULL);
  while (!project_row (&fixture->project, FIRST))
    g_main_context_iteration (NULL, true);
  g_assert_null (result);
  g_assert_null (project_row (&fixture->project, LAST));
  g_assert_false (lam_workspace_set_label (workspace, &other, &refused));
  g_assert_error (refused, LAM_ERROR, LAM_ERROR_READ_ONLY);
  g_assert_nonnull (strstr (refused->message, "merged"));
  project_stroke (&fixture->project, fixture->one, 90, 60, 5);
  g_assert_true (
      g_task_propagate_boolean (G_TASK (project_run_until (&result)), &error));
  project_wait (&fixture->project);
  g_assert_cmpuint (count_labels (fixture), ==, before + N_MANY);
  g_assert_true (lam_workspace_set_label (workspace, &other, &error));
  assert_whole (fixture);
  for (int i = 0; i < 2; i++)
    lam_workspace_undo (workspace);
  project_wait (&fixture->project);
  lam_workspace_undo (workspace);
  project_wait (&fixture->project);
  g_assert_cmpuint (count_labels (fixture), ==, before);
  lam_workspace_redo (workspace);
  project_wait (&fixture->project);
  g_assert_cmpuint (count_labels (fixture), ==, before + N_MANY);
  assert_whole (fixture);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/label-bulk/into-fresh", Fixture, NULL, set_up, test_into_fresh,
      tear_down);
  g_test_add ("/label-bulk/into-deleted", Fixture, NULL, set_up,
      test_into_deleted, tear_down);
  g_test_add ("/label-bulk/undone-lock", Fixture, NULL, set_up,
      test_undone_lock, tear_down);
  g_test_add (
      "/label-bulk/verified", Fixture, NULL, set_up, test_verified, tear_down);
  g_test_add ("/label-bulk/many", Fixture, NULL, set_up, test_many, tear_down);
  return g_test_run ();
}
