/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* What was corrected counts from when the last training that came to its end
 * began: one that was stopped has learned nothing. One that failed is not tried
 * again before as much is corrected anew. */
#include "workspace/idle-learning.h"

#include "base/error.h"
#include "workspace/model-worker-learn.h"
#include "workspace/project-models.h"
#include "workspace/workspace-private.h"

struct _LamIdleLearning {
  GObject parent_instance;
  LamWholeLearningSettings settings;
  int64_t rest_us, last_stir_us;
  int n_corrections, n_taken; /* of them, that what runs began with */
  bool has_result;
  LamWholeLearningResult result;
  /* Owned */
  LamProgress *progress; /* NULL: nothing runs */
  char *problem;
  /* Borrowed; weak */
  LamModelWorker *worker;
  LamWorkspace *workspace;
};

G_DEFINE_FINAL_TYPE (LamIdleLearning, lam_idle_learning, G_TYPE_OBJECT)

static guint changed_signal;

static void
tell (LamIdleLearning *idle)
{
  g_signal_emit (idle, changed_signal, 0);
}

/* --- learning ------------------------------------------------------------- */

static void
learned_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (LamIdleLearning) idle = user_data;
  g_autoptr (GError) error = NULL;
  LamWholeLearningResult what;
  bool done =
      lam_whole_learning_finish (LAM_WORKSPACE (source), result, &what, &error);
  g_clear_pointer (&idle->progress, lam_progress_unref);
  g_clear_pointer (&idle->problem, g_free);
  if (done) {
    idle->result = what;
    idle->has_result = true;
  } else if (!lam_error_is_cancelled (error)) {
    idle->problem = g_strdup (error->message);
  }
  if (done || idle->problem)
    idle->n_corrections -= idle->n_taken;
  idle->n_taken = 0;
  tell (idle);
}

static bool
is_able (LamIdleLearning *idle)
{
  LamWorkspace *workspace = idle->workspace;
  return idle->worker && workspace && workspace->store && !workspace->is_closing
      && workspace->volume && !lam_workspace_get_read_only_reason (workspace)
      && lam_workspace_get_active_model (workspace) != 0
      && lam_model_worker_learns (idle->worker);
}

/* What the person waits for comes first. */
static bool
is_quiet (LamIdleLearning *idle)
{
  return g_list_model_get_n_items (lam_model_worker_get_jobs (idle->worker))
      == 0
      && g_queue_is_empty (&idle->workspace->operations);
}

void
lam_idle_learning_look (LamIdleLearning *idle, int64_t now_us)
{
  g_return_if_fail (LAM_IS_IDLE_LEARNING (idle));
  if (idle->progress || idle->rest_us == 0
      || now_us - idle->last_stir_us < idle->rest_us
      || idle->n_corrections < LAM_IDLE_LEARNING_CORRECTIONS || !is_able (idle)
      || !is_quiet (idle))
    return;
  idle->progress = lam_progress_new ();
  idle->n_taken = idle->n_corrections;
  lam_whole_learning_async (idle->workspace, &idle->settings, idle->progress,
      learned_cb, g_object_ref (idle));
  tell (idle);
}

void
lam_idle_learning_stop (LamIdleLearning *idle)
{
  g_return_if_fail (LAM_IS_IDLE_LEARNING (idle));
  lam_progress_cancel (idle->progress);
}

void
lam_idle_learning_stir (LamIdleLearning *idle, int64_t now_us)
{
  g_return_if_fail (LAM_IS_IDLE_LEARNING (idle));
  idle->last_stir_us = MAX (idle->last_stir_us, now_us);
  lam_idle_learning_stop (idle);
}

/* --- what it knows -------------------------------------------------------- */

void
lam_idle_learning_set_rest (LamIdleLearning *idle, double seconds)
{
  g_return_if_fail (LAM_IS_IDLE_LEARNING (idle));
  idle->rest_us = (int64_t)(seconds * G_USEC_PER_SEC);
}

LamProgress *
lam_idle_learning_get_progress (LamIdleLearning *idle)
{
  return idle->progress;
}

const LamWholeLearningResult *
lam_idle_learning_get_result (LamIdleLearning *idle)
{
  return idle->has_result ? &idle->result : NULL;
}

const char *
lam_idle_learning_get_problem (LamIdleLearning *idle)
{
  return idle->problem;
}

static void
edited_cb (LamIdleLearning *idle, const LamHistoryRow *row)
{
  if (row->run == 0)
    idle->n_corrections++;
  lam_idle_learning_stop (idle);
}

/* --- the object ----------------------------------------------------------- */

static void
lam_idle_learning_dispose (GObject *object)
{
  LamIdleLearning *idle = LAM_IDLE_LEARNING (object);
  lam_progress_cancel (idle->progress);
  if (idle->workspace)
    g_signal_handlers_disconnect_by_data (idle->workspace, idle);
  g_clear_weak_pointer (&idle->workspace);
  g_clear_weak_pointer (&idle->worker);
  G_OBJECT_CLASS (lam_idle_learning_parent_class)->dispose (object);
}

static void
lam_idle_learning_finalize (GObject *object)
{
  LamIdleLearning *idle = LAM_IDLE_LEARNING (object);
  g_clear_pointer (&idle->progress, lam_progress_unref);
  g_free (idle->problem);
  G_OBJECT_CLASS (lam_idle_learning_parent_class)->finalize (object);
}

static void
lam_idle_learning_class_init (LamIdleLearningClass *class)
{
  G_OBJECT_CLASS (class)->dispose = lam_idle_learning_dispose;
  G_OBJECT_CLASS (class)->finalize = lam_idle_learning_finalize;
  changed_signal = g_signal_new ("changed", LAM_TYPE_IDLE_LEARNING,
      G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
lam_idle_learning_init (LamIdleLearning *idle)
{
}

LamIdleLearning *
lam_idle_learning_new (LamModelWorker *worker, LamWorkspace *workspace,
    const LamWholeLearningSettings *settings)
{
  LamIdleLearning *idle = g_object_new (LAM_TYPE_IDLE_LEARNING, NULL);
  idle->settings = *settings;
  g_set_weak_pointer (&idle->worker, worker);
  g_set_weak_pointer (&idle->workspace, workspace);
  g_signal_connect_swapped (workspace, "edited", G_CALLBACK (edited_cb), idle);
  g_signal_connect_swapped (
      workspace, "closing", G_CALLBACK (lam_idle_learning_stop), idle);
  return idle;
}
