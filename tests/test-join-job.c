/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The last job of a run in parts, which joins objects, beside what a person
 * does to it. */
#include "base/error.h"
#include "model-worker-fixture.h"
#include "workspace/workspace-private.h"

enum { BORDER = 16 };

/* A network that sees one slice alone, so that parts are of sixteen, and tells
 * how far it sees. */
static void
set_up_flat (Fixture *fixture, gconstpointer unused)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GAsyncResult) result = NULL;
  set_up (fixture, NULL);
  g_autofree char *path =
      g_build_filename (fixture->project.folder, "flat.onnx", NULL);
  write_layers (path, "a = conv image 4@1x3x3\nlogits = conv a classes@1x1x1\n",
      fitting, 6);
  g_assert_true (activate (fixture, add_model (fixture, path, &error), &error));
  const LamBox box = lam_box_new (0, 0, 0, 20, 20, 1);
  lam_model_worker_ask_async (
      fixture->worker, &box, project_keep_result, &result);
  g_assert_true (lam_model_worker_ask_finish (
      fixture->worker, project_run_until (&result), NULL, &error));
  lam_workspace_undo (fixture->project.workspace);
  project_wait (&fixture->project);
}

static LamModelJob *
find_join (Fixture *fixture)
{
  for (guint i = 0; i < count_jobs (fixture); i++) {
    LamModelJob *job = lam_model_worker_get_job (fixture->worker, i);
    if (lam_model_job_joins (job))
      return job;
  }
  return NULL;
}

static void
ask_for (Fixture *fixture, int64_t from, int64_t to, GAsyncResult **result)
{
  const LamBox box = lam_box_new (from, 0, 0, to, Y, Z);
  lam_model_worker_ask_async (
      fixture->worker, &box, project_keep_result, result);
}

/* A job that joins does not begin. */
static void
hold_cb (GListModel *jobs, guint at, guint removed, guint added, guint *n)
{
  for (guint i = at; i < at + added; i++) {
    g_autoptr (LamModelJob) job = g_list_model_get_item (jobs, i);
    if (!lam_model_job_joins (job))
      continue;
    lam_model_job_set_state (job, LAM_MODEL_JOB_WRITES);
    (*n)++;
  }
}

/* Two runs come to it at once: nothing is computed for either. */
static void
test_two (Fixture *fixture, gconstpointer unused)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GAsyncResult) first = NULL;
  g_autoptr (GAsyncResult) second = NULL;
  guint n = 0;
  GListModel *jobs = lam_model_worker_get_jobs (fixture->worker);
  const gulong held =
      g_signal_connect (jobs, "items-changed", G_CALLBACK (hold_cb), &n);
  ask_for (fixture, 0, X / 2, &first);
  ask_for (fixture, X / 2, X, &second);
  while (n < 2)
    g_main_context_iteration (NULL, true);
  g_signal_handler_disconnect (jobs, held);
  g_assert_cmpuint (count_jobs (fixture), ==, 2);
  for (guint i = 0; i < 2; i++)
    lam_model_job_set_state (
        lam_model_worker_get_job (fixture->worker, i), LAM_MODEL_JOB_WAITS);
  while (fixture->worker->is_busy)
    g_main_context_iteration (NULL, true);
  lam_model_worker_schedule (fixture->worker);
  for (guint i = 0; i < 2; i++)
    g_assert_cmpint (
        lam_model_job_get_state (lam_model_worker_get_job (fixture->worker, i)),
        ==, LAM_MODEL_JOB_WRITES);
  g_assert_true (lam_model_worker_ask_finish (
      fixture->worker, project_run_until (&first), NULL, &error));
  g_assert_true (lam_model_worker_ask_finish (
      fixture->worker, project_run_until (&second), NULL, &error));
  project_wait (&fixture->project);
}

/* A stroke between the parts is undone when all is done, and with it what came
 * after: the parts are answered again, but not all that was joined. */
static void
test_undone_stroke (Fixture *fixture, gconstpointer unused)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GAsyncResult) result = NULL;
  LamWorkspace *workspace = fixture->project.workspace;
  ask_for (fixture, 0, X, &result);
  while (workspace->last_edit == 0 || count_jobs (fixture) != 1)
    g_main_context_iteration (NULL, true);
  project_stroke (&fixture->project, fixture->label, 70, 60, 5);
  g_assert_true (lam_model_worker_ask_finish (
      fixture->worker, project_run_until (&result), NULL, &error));
  while (count_jobs (fixture) > 0)
    g_main_context_iteration (NULL, true);
  project_wait (&fixture->project);
  g_autoptr (LamHistoryRow) last = newest (fixture, 0);
  g_assert_true (lam_model_commit_is_join (last));
  g_assert_cmpint (last->box.min[2], <, BORDER);
  lam_model_worker_set_paused (fixture->worker, true);
  lam_workspace_undo (workspace);
  project_wait (&fixture->project);
  for (guint i = 0; i < count_jobs (fixture); i++) {
    const LamBox box =
        lam_model_job_get_box (lam_model_worker_get_job (fixture->worker, i));
    g_assert_cmpint (box.min[2], >=, BORDER);
  }
  lam_model_worker_cancel_all (fixture->worker);
}

/* Taken out of the list before it begins, and when it has begun: the parts
 * stay, and one undo takes them back. */
static void
test_cancelled (Fixture *fixture, gconstpointer data)
{
  const bool has_begun = GPOINTER_TO_INT (data);
  g_autoptr (GError) error = NULL;
  g_autoptr (GAsyncResult) result = NULL;
  LamWorkspace *workspace = fixture->project.workspace;
  LamModelJob *job;
  ask_for (fixture, 0, X, &result);
  while (!(job = find_join (fixture))
      || (has_begun && lam_model_job_get_state (job) != LAM_MODEL_JOB_WRITES))
    g_main_context_iteration (NULL, true);
  lam_model_worker_cancel (fixture->worker, job);
  g_assert_cmpuint (count_jobs (fixture), ==, 0);
  g_assert_false (lam_model_worker_ask_finish (
      fixture->worker, project_run_until (&result), NULL, &error));
  g_assert_true (lam_error_is_cancelled (error));
  project_wait (&fixture->project);
  project_assert_clean (&fixture->project);
  g_assert_cmpuint (project_label_at (&fixture->project, 150, 100, 20), !=, 0);
  lam_workspace_undo (workspace);
  project_wait (&fixture->project);
  g_assert_cmpuint (project_label_at (&fixture->project, 150, 100, 20), ==, 0);
  g_assert_cmpuint (project_label_at (&fixture->project, 150, 100, 4), ==, 0);
}

/* The project is closed in the middle of it. */
static void
test_closed (Fixture *fixture, gconstpointer unused)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GAsyncResult) result = NULL;
  LamModelJob *job;
  ask_for (fixture, 0, X, &result);
  while (!(job = find_join (fixture))
      || lam_model_job_get_state (job) != LAM_MODEL_JOB_WRITES)
    g_main_context_iteration (NULL, true);
  lam_workspace_close (fixture->project.workspace, false, &error);
  g_assert_no_error (error);
  g_assert_false (lam_model_worker_ask_finish (
      fixture->worker, project_run_until (&result), NULL, &error));
  g_clear_object (&result);
  g_assert_cmpuint (count_jobs (fixture), ==, 0);
  g_assert_finalize_object (fixture->project.workspace);
  g_assert_finalize_object (fixture->worker);
  reopen (fixture);
  g_assert_cmpuint (project_label_at (&fixture->project, 150, 100, 20), !=, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  static const struct {
    const char *name;
    void (*test) (Fixture *, gconstpointer);
    int data;
  } tests[] = {
    { "/join-job/two", test_two, 0 },
    { "/join-job/undone-stroke", test_undone_stroke, 0 },
    { "/join-job/cancelled-early", test_cancelled, 0 },
    { "/join-job/cancelled-late", test_cancelled, 1 },
    { "/join-job/closed", test_closed, 0 },
  };
  for (size_t i = 0; i < G_N_ELEMENTS (tests); i++)
    g_test_add (tests[i].name, Fixture, GINT_TO_POINTER (tests[i].data),
        set_up_flat, tests[i].test, tear_down);
  return g_test_run ();
}
