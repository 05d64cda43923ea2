/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* When the network learns. It takes turns with the jobs, in the same thread: a
 * job that answers an edit waits for it. What of the volume has to be read
 * again are the boxes that were edited since. */
#include "workspace/model-worker-learn.h"

#include <glib/gi18n-lib.h>

#include "base/error.h"
#include "workspace/model-classes.h"
#include "workspace/model-worker-private.h"
#include "workspace/project-models.h"
#include "workspace/regions.h"
#include "workspace/workspace-private.h"

#define SETTING "learn-from-corrections"

struct _LamModelLearning {
  GArray *boxes; /* Owned; LamBox: edited since the project was opened */
  guint n_told; /* of those, that the thread knows */
  bool is_all; /* something may be new everywhere */
  bool is_read; /* the thread knows what there was at the opening */
  int64_t base; /* what it begins with; 0: not known yet */
  int n_left; /* cells that it has not looked at */
  int64_t made; /* the state of what it was told last; 0: none was kept */
  int64_t unteachable; /* a base that has no layers for that */
  LamProgress *progress; /* Owned; of what is under way, or NULL */
  bool only_reads; /* what is under way */
  GTask *asked; /* Owned; or NULL */
  int n_steps; /* that were asked for */
  uint64_t seed; /* likewise */
  LamLesson lesson;
  char *problem; /* Owned */
};

LamModelLearning *
lam_model_learning_new (void)
{
  LamModelLearning *learning = g_new0 (LamModelLearning, 1);
  learning->boxes = g_array_new (false, false, sizeof (LamBox));
  return learning;
}

void
lam_model_learning_free (LamModelLearning *learning)
{
  g_array_unref (learning->boxes);
  g_clear_pointer (&learning->progress, lam_progress_unref);
  g_clear_object (&learning->asked);
  g_free (learning->problem);
  g_free (learning);
}

/* --- whether -------------------------------------------------------------- */

static bool
has_held_out (LamWorkspace *workspace)
{
  for (size_t i = 0; i < lam_workspace_get_n_regions (workspace); i++) {
    const LamRegion *region = lam_workspace_get_nth_region (workspace, i);
    if (region->review == LAM_REVIEW_VERIFIED
        && (region->role == LAM_REGION_VALIDATION
            || region->role == LAM_REGION_TEST))
      return true;
  }
  return false;
}

bool
lam_model_worker_learns (LamModelWorker *worker)
{
  if (!worker->workspace)
    return false;
  g_autofree char *said =
      lam_workspace_dup_setting (worker->workspace, SETTING);
  return said ? g_str_equal (said, "1") : has_held_out (worker->workspace);
}

void
lam_model_worker_set_learns (LamModelWorker *worker, bool learns)
{
  if (!worker->workspace || lam_model_worker_learns (worker) == learns)
    return;
  lam_workspace_set_setting (worker->workspace, SETTING, learns ? "1" : "0");
  if (!learns && worker->learning->progress && !worker->learning->asked)
    lam_progress_cancel (worker->learning->progress);
  lam_model_worker_schedule (worker);
}

/* --- what is new ---------------------------------------------------------- */

void
lam_model_learning_note_edit (LamModelWorker *worker, const LamHistoryRow *row)
{
  if (row->run == 0 && row->n_bricks > 0)
    g_array_append_val (worker->learning->boxes, row->box);
}

void
lam_model_learning_note_step (
    LamModelWorker *worker, const LamHistoryStep *step)
{
  if (step->rows->len > 0)
    worker->learning->is_all = true;
  if (!lam_box_is_empty (&step->box))
    g_array_append_val (worker->learning->boxes, step->box);
}

void
lam_model_learning_note_regions (LamModelWorker *worker)
{
  worker->learning->is_all = true;
}

static int64_t
find_base (LamWorkspace *workspace, int64_t model)
{
  LamModelState state = lam_workspace_get_model_state (workspace, model);
  return state.kind == LAM_MODEL_STATE_HEAD ? state.base : model;
}

LamLesson
lam_model_worker_get_lesson (LamModelWorker *worker)
{
  const LamModelLearning *learning = worker->learning;
  LamWorkspace *workspace = worker->workspace;
  LamLesson lesson = { .state = LAM_LESSON_NONE };
  if (workspace
      && find_base (workspace, lam_workspace_get_active_model (workspace))
          == learning->base) {
    lesson = learning->lesson;
    lesson.problem = learning->problem;
  }
  lesson.is_busy = learning->progress != NULL;
  if (lesson.is_busy && !learning->only_reads)
    lesson.state = LAM_LESSON_RUNS;
  return lesson;
}

static void
follow_model (LamModelWorker *worker, int64_t model)
{
  LamModelLearning *learning = worker->learning;
  int64_t base = find_base (worker->workspace, model);
  if (base == learning->base)
    return;
  learning->base = base;
  learning->is_read = false;
  learning->n_left = 0;
  learning->made = 0;
  learning->lesson = (LamLesson){ .state = LAM_LESSON_NONE };
  g_clear_pointer (&learning->problem, g_free);
}

/* --- the task ------------------------------------------------------------- */

static void
answer_asked (LamModelLearning *learning, const GError *error)
{
  g_autoptr (GTask) asked = g_steal_pointer (&learning->asked);
  if (!asked)
    return;
  if (error)
    g_task_return_error (asked, g_error_copy (error));
  else
    g_task_return_boolean (asked, true);
}

static LamJudgedBy
find_judge (const LamLearningTask *task)
{
  if (task->report.n_tested == 0)
    return LAM_JUDGED_NOT;
  return task->is_part ? LAM_JUDGED_BY_PART : LAM_JUDGED_BY_REGIONS;
}

static void
keep_state (LamModelWorker *worker, const LamLearningTask *task, int64_t before)
{
  LamWorkspace *workspace = worker->workspace;
  const LamModelState state = { .kind = LAM_MODEL_STATE_HEAD,
    .base = task->base,
    .n_voxels = task->report.n_known,
    .judged_by = find_judge (task),
    .iou_before = task->report.iou_before,
    .iou_after = task->report.iou_after };
  if (task->state != task->base) {
    lam_workspace_set_model_state (workspace, task->state, &state);
    lam_workspace_copy_class_fit (workspace, task->base, task->state);
  }
  /* Unless the person chose another one meanwhile. */
  if (lam_workspace_get_active_model (workspace) == before)
    lam_project_model_set_active (workspace->store, task->state);
  if (task->replaced != 0 && task->replaced != task->state)
        lam_workspace_remove_model_async (workspace, task->replaced, NULL, NULL);
  g_signal_emit_by_name (workspace, "models-changed");
}

static void
fail (LamModelLearning *learning, const GError *error)
{
  learning->is_read = false;
  if (lam_error_is_cancelled (error))
    return;
  if (g_error_matches (error, LAM_ERROR, LAM_ERROR_UNSUPPORTED))
    learning->unteachable = learning->base;
  g_free (learning->problem);
  learning->problem = g_strdup (error->message);
  learning->lesson.state = LAM_LESSON_FAILED;
  learning->n_left = 0;
}

static void
take_answer (LamModelWorker *worker, const LamLearningTask *task)
{
  LamModelLearning *learning = worker->learning;
  if (task->only_reads)
    return;
  if (task->state != 0)
    learning->made = task->state == task->base ? 0 : task->state;
  learning->n_left =
      task->report.n_cells_left < learning->n_left || learning->n_left == 0
      ? task->report.n_cells_left
      : 0;
  learning->lesson.report = task->report;
  learning->lesson.judged_by = find_judge (task);
  learning->lesson.state = task->goes_back ? LAM_LESSON_BACK
      : task->is_worse                     ? LAM_LESSON_WORSE
      : task->report.n_known == 0          ? LAM_LESSON_NOTHING
                                           : LAM_LESSON_KEPT;
}

static void
learned_cb (LamModelTask *done, gpointer user_data)
{
  g_autoptr (LamModelTask) task = done;
  g_autoptr (LamModelWorker) worker = g_object_ref (user_data);
  LamModelLearning *learning = worker->learning;
  const bool was_left = lam_model_worker_was_left (worker, task);
  g_clear_pointer (&learning->progress, lam_progress_unref);
  if (was_left) {
    learning->is_all = true;
  } else if (task->error) {
    fail (learning, task->error);
  } else {
    g_clear_pointer (&learning->problem, g_free);
    take_answer (worker, task->learning);
    if (task->learning->state != 0 && worker->workspace)
      keep_state (worker, task->learning, task->model);
  }
  /* Not what only read, and began before it was asked for. */
  if (!was_left && task->learning->is_patient)
    answer_asked (learning, task->error);
  /* Only now, as keeping a state says "models-changed". */
  worker->is_busy = false;
  lam_model_worker_schedule (worker);
}

static LamLearningTask *
describe (LamModelWorker *worker, bool only_reads)
{
  LamModelLearning *learning = worker->learning;
  LamLearningTask *task = g_new0 (LamLearningTask, 1);
  task->base = learning->base;
  task->facts = lam_learning_facts_new (worker->workspace, learning->base);
  task->boxes = g_array_copy (learning->boxes);
  task->first_box = learning->n_told;
  task->is_all = learning->is_all || !learning->is_read;
  task->only_reads = only_reads;
  task->is_patient = learning->asked != NULL;
  task->n_steps = learning->asked ? learning->n_steps : 0;
  task->seed = learning->asked ? learning->seed : 0;
  task->old = lam_workspace_list_old_states (worker->workspace);
  return task;
}

/* Nothing was said since that was learned, but more of it can be looked at. */
static bool
goes_on (const LamModelLearning *learning, int64_t model)
{
  return !learning->asked && !learning->is_all && learning->is_read
      && learning->n_told == learning->boxes->len && learning->made != 0
      && learning->made == model;
}

static void
push (LamModelWorker *worker, int64_t model, bool only_reads)
{
  LamModelLearning *learning = worker->learning;
  LamModelTask *task = lam_model_worker_new_task (worker, model);
  task->progress = lam_progress_new ();
  if (worker->gives_way)
    lam_progress_give_way (task->progress);
  task->learning = describe (worker, only_reads);
  if (goes_on (learning, model))
    task->learning->replaced = model;
  else if (!only_reads)
    learning->made = 0;
  task->done = learned_cb;
  learning->progress = lam_progress_ref (task->progress);
  learning->only_reads = only_reads;
  learning->n_told = learning->boxes->len;
  learning->is_all = false;
  learning->is_read = true;
  worker->is_busy = true;
  if (!worker->thread)
    worker->thread = lam_model_thread_new (worker->gives_way);
  lam_model_thread_push (worker->thread, task);
}

bool
lam_model_learning_start (LamModelWorker *worker, int64_t model, bool is_idle)
{
  LamModelLearning *learning = worker->learning;
  if (!learning->asked && !lam_model_worker_learns (worker))
    return false;
  follow_model (worker, model);
  if (!learning->asked && learning->unteachable == learning->base)
    return false;
  bool is_new = learning->n_told < learning->boxes->len || learning->is_all;
  bool only_reads = !learning->asked && !is_new && learning->n_left == 0;
  if (!learning->asked && !is_new && !is_idle)
    return false;
  if (only_reads && learning->is_read)
    return false;
  push (worker, model, only_reads);
  return true;
}

void
lam_model_learning_stop (LamModelWorker *worker)
{
  LamModelLearning *learning = worker->learning;
  if (learning->progress)
    lam_progress_cancel (learning->progress);
}

void
lam_model_learning_close (LamModelWorker *worker)
{
  LamModelLearning *learning = worker->learning;
  g_autoptr (GError) error = g_error_new_literal (
      G_IO_ERROR, G_IO_ERROR_CANCELLED, _ ("Learning was cancelled"));
  g_clear_pointer (&learning->progress, lam_progress_unref);
  answer_asked (learning, error);
}

/* --- asking --------------------------------------------------------------- */

void
lam_model_worker_learn_async (LamModelWorker *worker, int n_steps,
    uint64_t seed, GAsyncReadyCallback callback, gpointer user_data)
{
  LamModelLearning *learning = worker->learning;
  g_autoptr (GTask) task = g_task_new (worker, NULL, callback, user_data);
  GError *error = NULL;
  LamBox all = lam_box_of_size (lam_workspace_get_size (worker->workspace));
  if (learning->asked) {
    g_task_return_new_error (task, LAM_ERROR, LAM_ERROR_INPUT,
        _ ("The network is learning already"));
    return;
  }
  if (!lam_model_worker_check_box (worker, &all, &error)) {
    g_task_return_error (task, error);
    return;
  }
  learning->asked = g_steal_pointer (&task);
  learning->n_steps = n_steps;
  learning->seed = seed;
  learning->is_all = true;
  lam_model_worker_schedule (worker);
}

bool
lam_model_worker_learn_finish (LamModelWorker *worker, GAsyncResult *result,
    LamLesson *lesson, GError **error)
{
  /* What it does by now is not what was asked for. */
  if (lesson) {
    *lesson = worker->learning->lesson;
    lesson->problem = worker->learning->problem;
  }
  return g_task_propagate_boolean (G_TASK (result), error);
}
