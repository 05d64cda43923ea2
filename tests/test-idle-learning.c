/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* When all of the network learns by itself: a clock that is made up, and
 * strokes that are real. */
#include "model-worker-fixture.h"
#include "workspace/idle-learning.h"
#include "workspace/model-states.h"
#include "workspace/model-worker-learn.h"

#define SECOND INT64_C (1000000)

typedef struct {
  Fixture base;
  LamIdleLearning *idle; /* Owned */
  int n_changes, n_strokes;
} Idle;

static void
changed_cb (LamIdleLearning *idle, Idle *fixture)
{
  fixture->n_changes++;
}

static void
set_up_idle (Idle *fixture, gconstpointer n_steps)
{
  const LamWholeLearningSettings settings = {
    .n_steps = GPOINTER_TO_INT (n_steps), .rate = 0.001, .n_threads = 1
  };
  set_up (&fixture->base, NULL);
  fixture->idle = lam_idle_learning_new (
      fixture->base.worker, fixture->base.project.workspace, &settings);
  lam_idle_learning_set_rest (fixture->idle, 60);
  g_signal_connect (fixture->idle, "changed", G_CALLBACK (changed_cb), fixture);
  lam_model_worker_set_learns (fixture->base.worker, true);
  /* Answers are of no interest here, and the last layers learn with them. */
  lam_model_worker_set_paused (fixture->base.worker, true);
}

static bool
runs (Idle *fixture)
{
  return lam_idle_learning_get_progress (fixture->idle) != NULL;
}

static void
wait_for_end (Idle *fixture)
{
  while (runs (fixture))
    g_main_context_iteration (NULL, true);
}

static void
tear_down_idle (Idle *fixture, gconstpointer unused)
{
  lam_idle_learning_stop (fixture->idle);
  wait_for_end (fixture);
  g_assert_finalize_object (fixture->idle);
  tear_down (&fixture->base, NULL);
}

/* Two classes, so that there is something to be told apart. */
static void
correct (Idle *fixture, int n)
{
  for (int i = 0; i < n; i++) {
    const int at = fixture->n_strokes++;
    project_stroke (&fixture->base.project, at % 2 ? fixture->base.label : 0,
        20 + 12 * (at % 16), 40 + 6 * (at % 8), 5 + at / 16);
    project_wait (&fixture->base.project);
  }
  lam_model_worker_cancel_all (fixture->base.worker);
}

static void
test_when (Idle *fixture, gconstpointer unused)
{
  LamIdleLearning *idle = fixture->idle;
  correct (fixture, LAM_IDLE_LEARNING_CORRECTIONS);
  lam_idle_learning_stir (idle, 100 * SECOND);
  lam_idle_learning_look (idle, 159 * SECOND);
  g_assert_false (runs (fixture));
  /* Never, where the setting or the network's switch says so. */
  lam_idle_learning_set_rest (idle, 0);
  lam_idle_learning_look (idle, 1000 * SECOND);
  g_assert_false (runs (fixture));
  lam_idle_learning_set_rest (idle, 60);
  lam_model_worker_set_learns (fixture->base.worker, false);
  lam_idle_learning_look (idle, 1000 * SECOND);
  g_assert_false (runs (fixture));
  lam_model_worker_set_learns (fixture->base.worker, true);
  lam_idle_learning_look (idle, 160 * SECOND);
  g_assert_true (runs (fixture));
  g_assert_cmpint (fixture->n_changes, ==, 1);
}

static void
test_few (Idle *fixture, gconstpointer unused)
{
  correct (fixture, LAM_IDLE_LEARNING_CORRECTIONS - 1);
  lam_idle_learning_look (fixture->idle, 1000 * SECOND);
  g_assert_false (runs (fixture));
}

/* The person goes on: it stops, nothing is kept, and it begins again later. */
static void
test_stirred (Idle *fixture, gconstpointer unused)
{
  LamIdleLearning *idle = fixture->idle;
  g_autoptr (GError) error = NULL;
  correct (fixture, LAM_IDLE_LEARNING_CORRECTIONS);
  for (int by_stroke = 0; by_stroke < 2; by_stroke++) {
    lam_idle_learning_look (idle, (1000 + 1000 * by_stroke) * SECOND);
    g_assert_true (runs (fixture));
    if (by_stroke)
      correct (fixture, 1);
    else
      lam_idle_learning_stir (idle, 1001 * SECOND);
    wait_for_end (fixture);
    g_assert_null (lam_idle_learning_get_result (idle));
    g_assert_null (lam_idle_learning_get_problem (idle));
  }
  g_autoptr (GPtrArray) rows =
      lam_workspace_list_models (fixture->base.project.workspace, &error);
  g_assert_cmpint (rows->len, ==, 1);
  lam_idle_learning_look (idle, 3000 * SECOND);
  g_assert_true (runs (fixture));
}

/* Kept if it is as good; either way not again before there is more. */
static void
test_end (Idle *fixture, gconstpointer unused)
{
  LamIdleLearning *idle = fixture->idle;
  LamWorkspace *workspace = fixture->base.project.workspace;
  correct (fixture, LAM_IDLE_LEARNING_CORRECTIONS);
  lam_idle_learning_look (idle, 1000 * SECOND);
  wait_for_end (fixture);
  g_assert_null (lam_idle_learning_get_problem (idle));
  const LamWholeLearningResult *what = lam_idle_learning_get_result (idle);
  g_assert_nonnull (what);
  g_assert_cmpint (what->report.n_tested, >, 0);
  bool is_kept = what->report.iou_after >= what->report.iou_before;
  g_assert_true (is_kept == (what->state != 0));
  if (is_kept) {
    LamModelState state =
        lam_workspace_get_model_state (workspace, what->state);
    g_assert_cmpint (state.kind, ==, LAM_MODEL_STATE_WHOLE);
    g_assert_cmpint (
        lam_workspace_get_active_model (workspace), ==, what->state);
  }
  lam_idle_learning_look (idle, 2000 * SECOND);
  g_assert_false (runs (fixture));
  correct (fixture, LAM_IDLE_LEARNING_CORRECTIONS);
  lam_idle_learning_look (idle, 3000 * SECOND);
  g_assert_true (runs (fixture));
}

/* Thousands of steps do not come to their end before they are stopped. */
int
main (int argc, char **argv)
{
  static const struct {
    const char *name;
    void (*test) (Idle *fixture, gconstpointer unused);
    int n_steps;
  } cases[] = {
    { "/idle-learning/when", test_when, 5000 },
    { "/idle-learning/few", test_few, 5000 },
    { "/idle-learning/stirred", test_stirred, 5000 },
    { "/idle-learning/end", test_end, 4 },
  };
  g_test_init (&argc, &argv, NULL);
  for (size_t i = 0; i < G_N_ELEMENTS (cases); i++)
    g_test_add (cases[i].name, Idle, GINT_TO_POINTER (cases[i].n_steps),
        set_up_idle, cases[i].test, tear_down_idle);
  return g_test_run ();
}
