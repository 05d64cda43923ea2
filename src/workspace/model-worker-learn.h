/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The network learns from what the person says: between an edit and the answer
 * to it the last layers do (segment/learner.h), and what comes out is a model
 * of the project and the active one from then on. Main thread.
 *
 * Each state begins with the model that the person chose; undone strokes have
 * left nothing behind. A state that does worse on verified regions for
 * validation or test is not kept; and one that was kept is left when there is
 * more to judge it by and it does worse on that than where it began. */
#pragma once

#include "segment/learner.h"
#include "workspace/model-states.h"
#include "workspace/model-worker.h"

/* Remembered in the project. Unless somebody said so: where there is a verified
 * region for validation or test, by which harm is seen. */
bool lam_model_worker_learns (LamModelWorker *worker);
void lam_model_worker_set_learns (LamModelWorker *worker, bool learns);

typedef enum {
  LAM_LESSON_NONE, /* yet */
  LAM_LESSON_RUNS,
  LAM_LESSON_KEPT, /* the active model is a new state */
  LAM_LESSON_NOTHING, /* there is nothing to learn from */
  LAM_LESSON_WORSE, /* it stays as it was */
  LAM_LESSON_BACK, /* the active model is again the one that it began with */
  LAM_LESSON_FAILED,
} LamLessonState;

typedef struct {
  LamLessonState state;
  LamLearnerReport report;
  LamJudgedBy judged_by;
  const char *problem; /* Borrowed; why it failed */
  bool is_busy; /* also while it only reads what there is, to be quick later */
} LamLesson;
/* Of the last one of the active network, whatever state of it is in use;
 * "changed" says that it is another. */
LamLesson lam_model_worker_get_lesson (LamModelWorker *worker);

/* Now, whether it is switched on or not, looking at all that is known.
 * `n_steps`, `seed` 0: as usual. Finish fails when it failed or was cancelled. */
void lam_model_worker_learn_async (LamModelWorker *worker, int n_steps,
    uint64_t seed, GAsyncReadyCallback callback, gpointer user_data);
bool lam_model_worker_learn_finish (LamModelWorker *worker,
    GAsyncResult *result, LamLesson *lesson, GError **error);
