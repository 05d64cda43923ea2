/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* What a person may do while something else is under way: nothing is lost, the
 * file and the memory say the same, and the queue always goes on. */
#include <string.h>

#include "project-fixture.h"
#include "volume/tiff-writer.h"
#include "workspace/label-transfer.h"
#include "workspace/project-models.h"
#include "workspace/shipped-models.h"
#include "workspace/workspace-private.h"

/* --- with the pen down -------------------------------------------------- */

static void
test_rows_under_the_pen (Project *project, gconstpointer unused)
{
  g_autoptr (GError) error = NULL;
  uint32_t label = project_add_label (project, 2);
  project_press (project, label, 20.5, 20.5, 3.5);
  LamLabel row = *project_row (project, label);
  row.name = (char *)"renamed";
  g_assert_true (lam_workspace_set_label (project->workspace, &row, &error));
  lam_workspace_add_sample (
      project->workspace, (const double[3]){ 120.5, 20.5, 3.5 }, 1);
  g_assert_true (lam_workspace_is_painting (project->workspace));
  lam_workspace_end_stroke (project->workspace);
  project_wait (project);
  project_close (project);
  project->workspace = project_open (project->project, 0);
  g_assert_cmpuint (project_label_at (project, 100, 20, 3), ==, label);
  g_assert_cmpstr (project_row (project, label)->name, ==, "renamed");
}

static void
test_delete_under_the_pen (Project *project, gconstpointer unused)
{
  g_autoptr (GAsyncResult) result = NULL;
  uint32_t label = project_add_label (project, 2);
  uint32_t other = project_add_label (project, 2);
  project_press (project, label, 20.5, 20.5, 3.5);
  lam_workspace_delete_label_async (
      project->workspace, other, NULL, project_keep_result, &result);
  lam_workspace_add_sample (
      project->workspace, (const double[3]){ 120.5, 20.5, 3.5 }, 1);
  lam_workspace_end_stroke (project->workspace);
  g_assert_true (lam_workspace_delete_label_finish (
      project->workspace, project_run_until (&result), NULL));
  g_assert_cmpuint (project_label_at (project, 100, 20, 3), ==, label);
  g_clear_object (&result);
}

/* Waiting while the pen is down does not wait for ever. */
static void
test_wait_under_the_pen (Project *project, gconstpointer unused)
{
  uint32_t label = project_add_label (project, 2);
  project_press (project, label, 20.5, 20.5, 3.5);
  project_wait (project);
  g_assert_true (lam_workspace_is_painting (project->workspace));
}

/* --- rows behind an undo ------------------------------------------------ */

static void
test_rename_behind_undo (Project *project, gconstpointer unused)
{
  g_autoptr (GError) error = NULL;
  uint32_t label = project_add_label (project, 2);
  LamLabel row = *project_row (project, label);
  row.name = (char *)"first";
  lam_workspace_set_label (project->workspace, &row, NULL);
  project_wait (project);
  lam_workspace_undo (project->workspace);
  row = *project_row (project, label);
  row.name = (char *)"second";
  row.rgb = 0x123456;
  g_assert_true (lam_workspace_set_label (project->workspace, &row, &error));
  project_wait (project);
  g_assert_cmpstr (project_row (project, label)->name, ==, "second");
  lam_workspace_undo (project->workspace);
  project_wait (project);
  g_assert_cmpstr (project_row (project, label)->name, ==, "");
  project_assert_clean (project);
}

/* The stroke was begun with a label that the undo took away. */
static void
test_stroke_behind_undo (Project *project, gconstpointer unused)
{
  g_autoptr (GError) error = NULL;
  lam_workspace_set_active_class (project->workspace, 2);
  uint32_t label = lam_workspace_take_label (project->workspace, &error);
  project_stroke (project, label, 20.5, 20.5, 3.5);
  project_wait (project);
  lam_workspace_undo (project->workspace);
  project_stroke (project, label, 120.5, 20.5, 3.5);
  project_wait (project);
  g_assert_cmpuint (project_label_at (project, 20, 20, 3), ==, 0);
  g_assert_cmpuint (project_label_at (project, 120, 20, 3), ==, label);
  g_assert_false (project_row (project, label)->deleted);
  project_close (project);
  project->workspace = project_open (project->project, 0);
  g_assert_false (project_row (project, label)->deleted);
  g_assert_cmpint (project_row (project, label)->class_id, ==, 2);
}

/* Two strokes share a new label and the first one turns out to be none. */
static void
test_label_of_no_stroke (Project *project, gconstpointer unused)
{
  g_autoptr (GError) error = NULL;
  project_stroke (project, 0, 150.5, 100.5, 3.5);
  project_wait (project);
  lam_workspace_undo (project->workspace); /* so that strokes wait */
  lam_workspace_set_active_class (project->workspace, 3);
  uint32_t label = lam_workspace_take_label (project->workspace, &error);
  project_stroke (project, label, -900, -900, 3.5);
  project_stroke (project, label, 20.5, 20.5, 3.5);
  project_wait (project);
  project_close (project);
  project->workspace = project_open (project->project, 0);
  g_assert_cmpuint (project_label_at (project, 20, 20, 3), ==, label);
  g_assert_nonnull (project_row (project, label));
  g_assert_false (project_row (project, label)->deleted);
  g_assert_cmpint (project_row (project, label)->class_id, ==, 3);
}

/* --- classes ------------------------------------------------------------ */

static void
test_class_of_deleted_label (Project *project, gconstpointer unused)
{
  g_autoptr (GError) error = NULL;
  LamClass row = { .name = (char *)"vesicle", .has_instances = true };
  int32_t class_id = lam_workspace_add_class (project->workspace, &row, &error);
  uint32_t label = project_add_label (project, class_id);
  g_autoptr (GAsyncResult) result = NULL;
  lam_workspace_delete_label_async (
      project->workspace, label, NULL, project_keep_result, &result);
  g_assert_true (lam_workspace_delete_label_finish (
      project->workspace, project_run_until (&result), NULL));
  g_assert_true (
      lam_workspace_remove_class (project->workspace, class_id, &error));
  project_wait (project);
  for (int i = 0; i < 4; i++)
    lam_workspace_undo (project->workspace);
  project_wait (project);
  const LamClassTable *classes = lam_workspace_get_classes (project->workspace);
  g_assert_null (lam_class_table_get_class (classes, class_id));
  for (int i = 0; i < 2; i++)
    lam_workspace_redo (project->workspace);
  project_wait (project);
  g_assert_false (project_row (project, label)->deleted);
  g_assert_cmpint (project_row (project, label)->class_id, ==, class_id);
  project_assert_clean (project);
  g_clear_object (&result);
}

/* --- imports ------------------------------------------------------------ */

static char *
write_labels (Project *project)
{
  g_autoptr (GError) error = NULL;
  char *path = g_build_filename (project->folder, "in.tif", NULL);
  LamTiffLayout layout = { .size = { PROJECT_X, PROJECT_Y, PROJECT_Z },
    .dtype = LAM_DTYPE_U8 };
  g_autoptr (LamTiffWriter) writer =
      lam_tiff_writer_new (path, &layout, &error);
  g_assert_no_error (error);
  g_autofree uint8_t *page = g_malloc (PROJECT_X * PROJECT_Y);
  for (int z = 0; z < PROJECT_Z; z++) {
    for (int i = 0; i < PROJECT_X * PROJECT_Y; i++)
      page[i] = (uint8_t)(1 + i % PROJECT_X / 50);
    g_assert_true (lam_tiff_writer_add_page (writer, page, &error));
  }
  g_assert_true (lam_tiff_writer_finish (writer, &error));
  return path;
}

/* An import numbers its labels while the person cannot. */
static void
test_new_label_during_import (Project *project, gconstpointer unused)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *path = write_labels (project);
  uint32_t mine = project_add_label (project, 2);
  LamImportOptions options = { .class_id = 3, .renumber = true };
  g_autoptr (GAsyncResult) result = NULL;
  project_wait (project);
  lam_workspace_import_async (
      project->workspace, path, &options, NULL, project_keep_result, &result);
  LamLabel row = { .name = (char *)"", .class_id = 2, .rgb = LAM_RGB_AUTO };
  uint32_t second = lam_workspace_add_label (project->workspace, &row, &error);
  g_assert_error (error, LAM_ERROR, LAM_ERROR_READ_ONLY);
  g_assert_cmpuint (second, ==, 0);
  g_clear_error (&error);
  /* The voxel size can be said: it shows at once, and is saved behind it. */
  g_assert_true (lam_workspace_set_voxel_size_nm (
      project->workspace, (const double[3]){ 5, 6, 7 }, &error));
  g_assert_null (result);
  g_assert_cmpfloat (
      lam_workspace_get_voxel_size_nm (project->workspace)[2], ==, 7);
  project_stroke (project, mine, 20.5, 20.5, 3.5);
  g_assert_true (lam_workspace_import_finish (
      project->workspace, project_run_until (&result), NULL, &error));
  project_wait (project);
  g_assert_cmpfloat (
      lam_store_get_volume (lam_workspace_get_store (project->workspace))
          ->voxel_size_nm[2],
      ==, 7);
  g_assert_cmpuint (project_label_at (project, 20, 20, 3), ==, mine);
  g_assert_cmpint (project_row (project, mine)->class_id, ==, 2);
  g_assert_cmpuint (project_add_label (project, 2), ==, mine + 5);
  project_wait (project);
  g_clear_object (&result);
}

/* A number that was taken by a label with a name is given again, by file. */
static void
test_import_revives (Project *project, gconstpointer unused)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *path = write_labels (project);
  uint32_t label = project_add_label (project, 2);
  LamLabel row = *project_row (project, label);
  row.name = (char *)"my own";
  lam_workspace_set_label (project->workspace, &row, NULL);
  g_autoptr (GAsyncResult) gone = NULL, result = NULL;
  lam_workspace_delete_label_async (
      project->workspace, label, NULL, project_keep_result, &gone);
  LamImportOptions options = { .class_id = 3 };
  lam_workspace_import_async (
      project->workspace, path, &options, NULL, project_keep_result, &result);
  lam_workspace_import_finish (
      project->workspace, project_run_until (&result), NULL, &error);
  g_assert_no_error (error);
  g_assert_false (project_row (project, label)->deleted);
  project_assert_clean (project);
  g_clear_object (&gone);
  g_clear_object (&result);
}

/* Closing stops an import instead of waiting for it. */
static void
test_close_stops_import (Project *project, gconstpointer unused)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *path = write_labels (project);
  uint32_t label = project_add_label (project, 2);
  LamImportOptions options = { .class_id = 3 };
  g_autoptr (GAsyncResult) result = NULL;
  lam_workspace_import_async (
      project->workspace, path, &options, NULL, project_keep_result, &result);
  project_stroke (project, label, 20.5, 20.5, 3.5);
  lam_workspace_close (project->workspace, false, &error);
  g_assert_no_error (error);
  g_assert_false (lam_workspace_import_finish (
      project->workspace, project_run_until (&result), NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_clear_object (&result);
  g_assert_finalize_object (project->workspace);
  project->workspace = project_open (project->project, 0);
  g_assert_cmpuint (project_label_at (project, 20, 20, 3), ==, label);
  g_assert_cmpuint (project_label_at (project, 120, 20, 3), ==, 0);
}

/* --- copies ------------------------------------------------------------- */

/* Strokes that are saved while a copy is made are in the copy. */
static void
test_paint_while_copying (Project *project, gconstpointer unused)
{
  g_autoptr (GError) error = NULL;
  uint32_t label = project_add_label (project, 2);
  g_autofree char *copy =
      g_build_filename (project->folder, "copy.lamella", NULL);
  g_autoptr (GAsyncResult) result = NULL, second = NULL;
  lam_workspace_save_copy_async (
      project->workspace, copy, NULL, project_keep_result, &result);
  lam_workspace_save_copy_async (
      project->workspace, copy, NULL, project_keep_result, &second);
  int n = 0;
  while (!result) {
    if (n < 20)
      project_stroke (project, label, 5.5 + 9 * n, 30.5, 3.5), n++;
    g_usleep (500);
    g_main_context_iteration (NULL, false);
  }
  g_assert_true (
      lam_workspace_save_copy_finish (project->workspace, result, &error));
  g_assert_no_error (error);
  g_assert_false (lam_workspace_save_copy_finish (
      project->workspace, project_run_until (&second), &error));
  g_assert_error (error, LAM_ERROR, LAM_ERROR_INPUT);
  project_stroke (project, label, 5.5, 90.5, 3.5);
  project_wait (project);
  g_clear_object (&result);
  g_clear_object (&second);
  project_close (project);
  project->workspace = project_open (copy, 0);
  for (int i = 0; i < n; i++)
    g_assert_cmpuint (project_label_at (project, 5 + 9 * i, 30, 3), ==, label);
  g_assert_cmpuint (project_label_at (project, 5, 90, 3), ==, label);
  project_assert_clean (project);
}

static int64_t
add_network (Project *project, GAsyncResult *result)
{
  g_autoptr (GError) error = NULL;
  const int64_t id =
      lam_workspace_add_model_finish (project->workspace, result, &error);
  g_assert_no_error (error);
  return id;
}

/* Networks that are added before a copy is made, or meanwhile, are in it, and
 * so is which one is active. */
static void
test_add_while_copying (Project *project, gconstpointer unused)
{
  g_autoptr (GError) error = NULL;
  const char *name = lam_shipped_models_get_all ()[0].name;
  g_autofree char *path =
      g_build_filename (project->folder, "copy.lamella", NULL);
  g_autoptr (GAsyncResult) before = NULL, meanwhile = NULL, copied = NULL;
  LamWorkspace *workspace = project->workspace;
  lam_workspace_add_shipped_model_async (
      workspace, name, project_keep_result, &before);
  lam_workspace_save_copy_async (
      workspace, path, NULL, project_keep_result, &copied);
  const int64_t first = add_network (project, project_run_until (&before));
  while (!workspace->is_copying)
    g_main_context_iteration (NULL, true);
  lam_workspace_add_shipped_model_async (
      workspace, name, project_keep_result, &meanwhile);
  lam_project_model_set_active (lam_workspace_get_store (workspace), first);
  g_assert_true (lam_workspace_save_copy_finish (
      workspace, project_run_until (&copied), &error));
  g_assert_no_error (error);
  const int64_t second = add_network (project, project_run_until (&meanwhile));
  g_clear_object (&before);
  g_clear_object (&meanwhile);
  g_clear_object (&copied);
  project_close (project);
  project->workspace = project_open (path, 0);
  g_autoptr (GPtrArray) rows =
      lam_workspace_list_models (project->workspace, &error);
  g_assert_cmpint (rows->len, ==, 2);
  g_assert_cmpint (((LamModelRow *)rows->pdata[0])->id, ==, first);
  g_assert_cmpint (((LamModelRow *)rows->pdata[1])->id, ==, second);
  g_assert_cmpint (
      lam_workspace_get_active_model (project->workspace), ==, first);
}

/* --- edits that do not fit ---------------------------------------------- */

static void
commit_behind (Project *project, LamEdit *edit, int64_t *id)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GAsyncResult) result = NULL;
  LamStore *store = lam_workspace_get_store (project->workspace);
  lam_store_commit_async (store, edit, NULL, "", project_keep_result, &result);
  g_autoptr (LamHistoryRow) row =
      lam_store_commit_finish (store, project_run_until (&result), &error);
  g_assert_no_error (error);
  *id = row->id;
}

/* The file differs from memory: what is painted then is saved all the same. */
static void
test_stale (Project *project, gconstpointer unused)
{
  uint32_t label = project_add_label (project, 2);
  project_stroke (project, label, 20.5, 20.5, 3.5);
  project_wait (project);
  LamLabelBrick *seen;
  lam_label_map_lookup (
      lam_workspace_get_labels (project->workspace), (LamBrickKey){ 0 }, &seen);
  g_autoptr (LamLabelBrick) other =
      lam_label_brick_new (label, LAM_SOURCE_HUMAN);
  g_autoptr (LamEdit) edit = lam_edit_new ("brush");
  lam_edit_add_brick (edit, (LamBrickKey){ 0 }, seen, other);
  int64_t id, again;
  commit_behind (project, edit, &id);
  commit_behind (project, edit, &again); /* as after a lost answer */
  g_assert_cmpint (id, ==, again);
  project_stroke (project, label, 50.5, 50.5, 3.5);
  project_wait (project);
  g_assert_cmpint (
      lam_workspace_get_save_state (project->workspace), ==, LAM_SAVE_SAVED);
  project_close (project);
  project->workspace = project_open (project->project, 0);
  g_assert_cmpuint (project_label_at (project, 50, 50, 3), ==, label);
  g_assert_cmpuint (project_label_at (project, 5, 60, 60), ==, 0);
  lam_workspace_undo (project->workspace);
  project_wait (project);
  g_assert_cmpuint (project_label_at (project, 5, 60, 60), ==, label);
  project_assert_clean (project);
}

/* --- what can be redone ------------------------------------------------- */

static void
test_can_redo (Project *project, gconstpointer unused)
{
  uint32_t label = project_add_label (project, 2); /* edit 1 */
  project_stroke (project, label, 20.5, 20.5, 3.5); /* edit 2 */
  lam_workspace_undo (project->workspace);
  project_stroke (project, label, 80.5, 20.5, 3.5); /* edit 4 */
  project_wait (project);
  /* Going back to edit 2 gives up edit 4, which is newer. */
  lam_workspace_revert (project->workspace, 2, NULL);
  project_wait (project);
  while (
      lam_job_pool_get_n_pending (lam_workspace_get_pool (project->workspace))
      > 0)
    g_main_context_iteration (NULL, true);
  g_assert_false (lam_workspace_can_redo (project->workspace));
  lam_workspace_undo (project->workspace);
  project_wait (project);
  while (
      lam_job_pool_get_n_pending (lam_workspace_get_pool (project->workspace))
      > 0)
    g_main_context_iteration (NULL, true);
  g_assert_true (lam_workspace_can_redo (project->workspace));
}

/* --- during an export ---------------------------------------------------- */

/* A project so large that its export does not end while this test runs. */
static Project *
large_project (Project *project)
{
  project_close (project);
  g_autofree char *path =
      g_build_filename (project->folder, "large.lamella", NULL);
  LamVolumeRow row = { .path = (char *)"/none.tif",
    .dtype = (char *)"uint8",
    .size = { 4096, 4096, 2000 },
    .voxel_size_nm = { 10, 10, 40 } };
  size_t n;
  const LamClass *classes = lam_class_preset_get ("platelet", &n);
  g_autoptr (LamStore) store = lam_store_create (path, &row, classes, n, NULL);
  g_assert_true (lam_store_close (store, NULL));
  project->workspace = project_open (path, 0);
  return project;
}

/* What is painted meanwhile is seen, saved, and can be undone. */
static void
test_paint_during_export (Project *project, gconstpointer unused)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (LamProgress) progress = lam_progress_new ();
  LamWorkspace *workspace = large_project (project)->workspace;
  g_autofree char *path = g_build_filename (project->folder, "out.tif", NULL);
  LamExportOptions options = { .what = LAM_EXPORT_LABELS,
    .dtype = LAM_DTYPE_U32 };
  uint32_t label = project_add_label (project, 2);
  lam_workspace_export_async (
      workspace, path, &options, progress, project_keep_result, &result);
  project_stroke (project, label, 20.5, 20.5, 1900.5);
  project_wait (project);
  g_assert_null (result);
  g_assert_cmpint (
      lam_workspace_get_save_state (workspace), ==, LAM_SAVE_SAVED);
  g_assert_cmpuint (project_label_at (project, 20, 20, 1900), ==, label);
  lam_workspace_undo (workspace);
  project_wait (project);
  g_assert_cmpuint (project_label_at (project, 20, 20, 1900), ==, 0);
  g_assert_null (result);
  lam_progress_cancel (progress);
  g_assert_false (lam_workspace_export_finish (
      workspace, project_run_until (&result), &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

/* Closing stops it, and leaves no half file. */
static void
test_close_stops_export (Project *project, gconstpointer unused)
{
  g_autoptr (GAsyncResult) result = NULL;
  LamWorkspace *workspace = large_project (project)->workspace;
  g_autofree char *path = g_build_filename (project->folder, "out.tif", NULL);
  LamExportOptions options = { .what = LAM_EXPORT_LABELS,
    .dtype = LAM_DTYPE_U32 };
  lam_workspace_export_async (
      workspace, path, &options, NULL, project_keep_result, &result);
  project_wait (project);
  g_assert_true (lam_workspace_close (workspace, false, NULL));
  g_assert_nonnull (result);
  g_clear_object (&result);
  g_assert_false (g_file_test (path, G_FILE_TEST_EXISTS));
}

typedef struct {
  Project *project;
  bool was_asked;
} Nested;

static gboolean
close_again_cb (gpointer user_data)
{
  Nested *nested = user_data;
  g_autoptr (GError) error = NULL;
  g_assert_false (
      lam_workspace_close (nested->project->workspace, true, &error));
  g_assert_error (error, LAM_ERROR, LAM_ERROR_READ_ONLY);
  g_clear_object (&nested->project->workspace);
  nested->was_asked = true;
  return G_SOURCE_REMOVE;
}

/* Asked for again, and let go, by an event that comes while it waits. */
static void
test_close_within_close (Project *project, gconstpointer unused)
{
  Nested nested = { .project = project };
  LamWorkspace *workspace = project->workspace;
  const uint32_t label = project_add_label (project, 2);
  project_stroke (project, label, 20.5, 20.5, 3.5);
  g_object_add_weak_pointer (G_OBJECT (workspace), (gpointer *)&workspace);
  g_idle_add_full (G_PRIORITY_HIGH, close_again_cb, &nested, NULL);
  g_assert_true (lam_workspace_close (workspace, false, NULL));
  g_assert_true (nested.was_asked);
  g_assert_null (workspace);
  project->workspace = project_open (project->project, 0);
  g_assert_cmpuint (project_label_at (project, 20, 20, 3), ==, label);
}

#define ADD(name, function) \
  g_test_add ("/queue/" name, Project, NULL, project_set_up, function, \
      project_tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("rows-under-the-pen", test_rows_under_the_pen);
  ADD ("delete-under-the-pen", test_delete_under_the_pen);
  ADD ("wait-under-the-pen", test_wait_under_the_pen);
  ADD ("rename-behind-undo", test_rename_behind_undo);
  ADD ("stroke-behind-undo", test_stroke_behind_undo);
  ADD ("label-of-no-stroke", test_label_of_no_stroke);
  ADD ("class-of-deleted-label", test_class_of_deleted_label);
  ADD ("new-label-during-import", test_new_label_during_import);
  ADD ("import-revives", test_import_revives);
  ADD ("close-stops-import", test_close_stops_import);
  ADD ("paint-while-copying", test_paint_while_copying);
  ADD ("add-while-copying", test_add_while_copying);
  ADD ("stale", test_stale);
  ADD ("can-redo", test_can_redo);
  ADD ("paint-during-export", test_paint_during_export);
  ADD ("close-stops-export", test_close_stops_export);
  ADD ("close-within-close", test_close_within_close);
  return g_test_run ();
}
