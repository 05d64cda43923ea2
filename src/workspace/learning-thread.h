/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The last layers of a project's model learn, in the thread that runs it. For
 * this floor. */
#pragma once

#include "segment/learner.h"
#include "workspace/learning-truth.h"

/* What is to be done, and the answer. */
typedef struct {
  int64_t base; /* the model that is begun with */
  LamLearningFacts *facts; /* Owned */
  /* Owned; LamBox: that were edited since the project was opened, and from
   * which on something else may be known. */
  GArray *boxes;
  guint first_box;
  bool is_all; /* of the whole volume */
  bool only_reads; /* what is known, to be quick later */
  bool is_patient; /* looks at all of it, however long that takes */
  int n_steps; /* 0: as usual */
  uint64_t seed; /* 0: as usual */
  GArray *old; /* Owned; int64_t: models to be removed then */
  /* The state of the same words, of which less was looked at: what is learned
   * now takes its name, and its place once it is the active one. 0: none. */
  int64_t replaced;
  /* The answer */
  LamLearnerReport report;
  bool is_part; /* what tests was kept back of what people said */
  bool is_worse; /* on what tests, or not known: it was not kept */
  bool goes_back; /* neither was what was in use, by what tests now */
  /* The model that was made of it; the base where there is nothing to learn
   * from; 0: nothing changed. */
  int64_t state;
  char *title; /* Owned; of the state */
} LamLearningTask;
void lam_learning_task_free (LamLearningTask *task);

/* What the thread keeps from one to the next. */
typedef struct _LamLearningThread LamLearningThread;
LamLearningThread *lam_learning_thread_new (void) G_GNUC_WARN_UNUSED_RESULT;
void lam_learning_thread_free (LamLearningThread *thread);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LamLearningThread, lam_learning_thread_free)
/* Forgets all: other models, or another image. */
void lam_learning_thread_forget (LamLearningThread *thread);

/* `running`: the model in use, of the number `model`; the base itself or a
 * state of it. It gets what was learned; plans of it are then to be renewed. */
bool lam_learning_thread_run (LamLearningThread *thread, LamLearningTask *task,
    LamStore *store, LamVolume *volume, const LamNormalisation *normalisation,
    LamModel *running, int64_t model, int n_threads, LamProgress *progress,
    GError **error);
/* Writes a model and keeps it in the project. 0 with error. Any thread. */
int64_t lam_learning_keep (LamStore *store, const LamModel *model,
    const char *name, int64_t parent, GError **error);
/* "NAME, taught 3" of a model of that number. NULL with error. */
char *lam_learning_dup_title (
    LamStore *store, int64_t base, GError **error) G_GNUC_WARN_UNUSED_RESULT;
