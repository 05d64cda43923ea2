/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Who said a voxel, in words: people, imports, and runs of networks that come
 * into the project while it is open. */
#include "project-fixture.h"
#include "store/store-models.h"
#include "workspace/sources.h"

static void
assert_title (Project *project, int source, const char *expected)
{
  g_autofree char *title =
      lam_workspace_dup_source_title (project->workspace, (uint16_t)source);
  g_assert_cmpstr (title, ==, expected);
}

static int64_t
begin_run (Project *project, int64_t model, const char *settings)
{
  g_autoptr (GError) error = NULL;
  LamStore *store = lam_workspace_get_store (project->workspace);
  int64_t run = lam_store_begin_run (store, model, settings, &error);
  g_assert_no_error (error);
  return run;
}

static void
count_cb (LamWorkspace *workspace, int *n)
{
  ++*n;
}

static void
wait_for (const int *n, int wanted)
{
  while (*n < wanted)
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpint (*n, ==, wanted);
}

static void
test_titles (Project *project, gconstpointer unused)
{
  g_autoptr (GError) error = NULL;
  LamWorkspace *workspace = project->workspace;
  int n_changes = 0;
  g_signal_connect (
      workspace, "sources-changed", G_CALLBACK (count_cb), &n_changes);
  assert_title (project, LAM_SOURCE_UNSET, NULL);
  assert_title (project, LAM_SOURCE_IMPORTED, "imported");
  assert_title (project, LAM_SOURCE_HUMAN, "painted by hand");
  assert_title (project, LAM_SOURCE_ACCEPTED, "a network's label, accepted");
  g_assert_cmpint (lam_workspace_get_newest_run (workspace), ==, 0);

  g_autoptr (GBytes) onnx = g_bytes_new ("onnx", 4);
  int64_t model = lam_store_add_model (
      lam_workspace_get_store (workspace), "mito", 0, onnx, &error);
  g_assert_no_error (error);
  g_assert_cmpint (begin_run (project, model, "a"), ==, 1);
  g_assert_cmpint (begin_run (project, model, "b"), ==, 2);
  /* Asking for one that is not known finds all. */
  assert_title (project, LAM_SOURCE_FIRST_RUN + 2, "a network, run 2");
  wait_for (&n_changes, 1);
  assert_title (project, LAM_SOURCE_FIRST_RUN + 2, "network mito, run 2");
  assert_title (project, LAM_SOURCE_FIRST_RUN + 1, "network mito, run 1");
  g_assert_cmpint (lam_workspace_get_n_runs (workspace), ==, 2);
  g_assert_cmpint (
      lam_workspace_get_newest_run (workspace), ==, LAM_SOURCE_FIRST_RUN + 2);

  begin_run (project, model, "c");
  lam_workspace_refresh_runs (workspace);
  wait_for (&n_changes, 2);
  g_assert_cmpint (
      lam_workspace_get_newest_run (workspace), ==, LAM_SOURCE_FIRST_RUN + 3);
}

/* As the command line reads them. */
static void
test_read (Project *project, gconstpointer unused)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) onnx = g_bytes_new ("onnx", 4);
  int64_t model = lam_store_add_model (
      lam_workspace_get_store (project->workspace), "α", 0, onnx, &error);
  g_assert_no_error (error);
  begin_run (project, model, "");
  g_assert_true (lam_workspace_read_runs (project->workspace, &error));
  g_assert_no_error (error);
  assert_title (project, LAM_SOURCE_FIRST_RUN + 1, "network α, run 1");
  /* A removed network keeps its name here. */
  g_assert_true (lam_store_remove_model (
      lam_workspace_get_store (project->workspace), model, &error));
  g_assert_true (lam_workspace_read_runs (project->workspace, &error));
  assert_title (project, LAM_SOURCE_FIRST_RUN + 1, "network α, run 1");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/sources/titles", Project, NULL, project_set_up, test_titles,
      project_tear_down);
  g_test_add ("/sources/read", Project, NULL, project_set_up, test_read,
      project_tear_down);
  return g_test_run ();
}
