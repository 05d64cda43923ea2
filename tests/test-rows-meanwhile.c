/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Classes and labels are made and changed while what a network says is being
 * stored. */
#include "model-worker-fixture.h"
#include "store/snapshot.h"

/* Until an answer is on its way into the project. */
static void
wait_for_writing (Fixture *fixture)
{
  GListModel *jobs = lam_model_worker_get_jobs (fixture->worker);
  for (;;) {
    for (guint i = 0; i < g_list_model_get_n_items (jobs); i++) {
      g_autoptr (LamModelJob) job = g_list_model_get_item (jobs, i);
      if (lam_model_job_get_state (job) == LAM_MODEL_JOB_WRITES)
        return;
    }
    g_main_context_iteration (NULL, true);
  }
}

/* What the person sees is what is on disk. */
static void
assert_rows_saved (Fixture *fixture)
{
  const LamClassTable *mine =
      lam_workspace_get_classes (fixture->project.workspace);
  g_autoptr (LamStoreSnapshot) snapshot = lam_store_snapshot_new (
      lam_workspace_get_store (fixture->project.workspace), 1 << 20, NULL);
  const LamClassTable *saved = lam_store_snapshot_get_classes (snapshot);
  size_t n = lam_class_table_get_n_labels (saved);
  g_assert_cmpuint (lam_class_table_get_n_labels (mine), ==, n);
  for (size_t i = 0; i < n; i++) {
    const LamLabel *row = lam_class_table_get_nth_label (saved, i);
    const LamLabel *other = lam_class_table_get_nth_label (mine, i);
    g_assert_cmpuint (row->id, ==, other->id);
    g_assert_cmpstr (row->name, ==, other->name);
    g_assert_cmpint (row->class_id, ==, other->class_id);
    g_assert_cmpint (row->deleted, ==, other->deleted);
  }
  g_assert_cmpuint (lam_class_table_get_n_classes (saved), ==,
      lam_class_table_get_n_classes (mine));
}

/* A network that finds mitochondria in much that it sees. */
static void
activate_maker (Fixture *fixture)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *path =
      g_build_filename (fixture->project.folder, "maker.onnx", NULL);
  write_random_model (path, fitting, 7);
  int64_t id = add_model (fixture, path, &error);
  g_assert_no_error (error);
  activate (fixture, id, &error);
  g_assert_no_error (error);
}

static int
count_labels (Fixture *fixture, int32_t class_id)
{
  const LamClassTable *classes =
      lam_workspace_get_classes (fixture->project.workspace);
  int n = 0;
  for (size_t i = 0; i < lam_class_table_get_n_labels (classes); i++)
    n += lam_class_table_get_nth_label (classes, i)->class_id == class_id;
  return n;
}

static uint32_t
add_named (Fixture *fixture, int i)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *name = g_strdup_printf ("mine %d", i);
  LamLabel row = { .name = name, .class_id = 1, .rgb = LAM_RGB_AUTO };
  uint32_t id =
      lam_workspace_add_label (fixture->project.workspace, &row, &error);
  g_assert_no_error (error);
  return id;
}

/* A label is made, painted with, renamed, and another begun by a stroke, while
 * an answer gives out numbers of labels too. */
static void
test_rows_meanwhile (Fixture *fixture, gconstpointer unused)
{
  enum { N = 5 };
  LamWorkspace *workspace = fixture->project.workspace;
  g_autoptr (GError) error = NULL;
  uint32_t mine[N], fresh[N];
  activate_maker (fixture);
  for (int i = 0; i < N; i++) {
    project_stroke (&fixture->project, fixture->label, 30 + 40 * i, 40, 5);
    wait_for_writing (fixture);
    mine[i] = add_named (fixture, i);
    project_stroke (&fixture->project, mine[i], 30 + 40 * i, 110, 15);
    LamLabel row = *project_row (&fixture->project, mine[i]);
    row.name = (char *)"renamed";
    g_assert_true (lam_workspace_set_label (workspace, &row, &error));
    lam_workspace_set_active_class (workspace, 1);
    lam_workspace_set_active_label (workspace, 0);
    fresh[i] = lam_workspace_take_label (workspace, &error);
    g_assert_no_error (error);
    project_stroke (&fixture->project, fresh[i], 30 + 40 * i, 130, 20);
    settle (fixture);
    assert_rows_saved (fixture);
  }
  for (int i = 0; i < N; i++) {
    g_assert_cmpstr (
        project_row (&fixture->project, mine[i])->name, ==, "renamed");
    LamProbe there = probe (fixture, 30 + 40 * i, 110, 15);
    g_assert_cmpuint (there.label, ==, mine[i]);
    g_assert_cmpint (there.source, ==, LAM_SOURCE_HUMAN);
    there = probe (fixture, 30 + 40 * i, 130, 20);
    g_assert_cmpuint (there.label, ==, fresh[i]);
    g_assert_cmpint (there.source, ==, LAM_SOURCE_HUMAN);
  }
  g_assert_null (fixture->failed);
  g_assert_cmpint (count_labels (fixture, 1), ==, 1 + 2 * N);
  g_assert_cmpint (count_labels (fixture, 2), >, 1);
}

/* Of a class that is taken away meanwhile the answer may have made a label. */
static void
test_class_meanwhile (Fixture *fixture, gconstpointer unused)
{
  LamWorkspace *workspace = fixture->project.workspace;
  const LamClassTable *classes = lam_workspace_get_classes (workspace);
  g_autoptr (GError) error = NULL;
  activate_maker (fixture);
  project_stroke (&fixture->project, fixture->label, 70, 60, 5);
  wait_for_writing (fixture);
  g_assert_true (lam_workspace_remove_class (workspace, 2, &error));
  g_assert_null (lam_class_table_get_class (classes, 2));
  settle (fixture);
  g_assert_nonnull (lam_class_table_get_class (classes, 2));
  assert_rows_saved (fixture);
  g_assert_cmpint (count_labels (fixture, 2), >, 0);
  g_assert_false (lam_workspace_remove_class (workspace, 2, &error));
  g_assert_error (error, LAM_ERROR, LAM_ERROR_INPUT);
}

/* Which image it is, and how large its voxels are, is said then too. */
static void
test_image_meanwhile (Fixture *fixture, gconstpointer unused)
{
  LamWorkspace *workspace = fixture->project.workspace;
  const LamVolumeRow *saved =
      lam_store_get_volume (lam_workspace_get_store (workspace));
  const double nm[3] = { 5, 6, 7 };
  g_autoptr (GError) error = NULL;
  project_stroke (&fixture->project, fixture->label, 70, 60, 5);
  wait_for_writing (fixture);
  g_assert_true (lam_workspace_set_voxel_size_nm (workspace, nm, &error));
  g_assert_cmpfloat (lam_workspace_get_voxel_size_nm (workspace)[2], ==, 7);
  g_assert_cmpfloat (saved->voxel_size_nm[2], ==, 40);
  g_assert_true (
      lam_workspace_set_image (workspace, fixture->image, NULL, &error));
  settle (fixture);
  for (int i = 0; i < 3; i++)
    g_assert_cmpfloat (saved->voxel_size_nm[i], ==, nm[i]);
  stop (fixture);
  reopen (fixture);
  g_assert_cmpfloat (
      lam_workspace_get_voxel_size_nm (fixture->project.workspace)[2], ==, 7);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/rows-meanwhile/labels", Fixture, NULL, set_up,
      test_rows_meanwhile, tear_down);
  g_test_add ("/rows-meanwhile/class", Fixture, NULL, set_up,
      test_class_meanwhile, tear_down);
  g_test_add ("/rows-meanwhile/image", Fixture, NULL, set_up,
      test_image_meanwhile, tear_down);
  return g_test_run ();
}
