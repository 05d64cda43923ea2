/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* One training of a project in a thread of its own, at the lowest priority.
 * What it makes lies in a folder: the checkpoint, the record that says with
 * what it was made, the CSV of how it went, and at each end, also a cancelled
 * one, the best network so far. For this floor. */
#pragma once

#include "segment/training.h"
#include "workspace/training-curve.h"
#include "workspace/training-truth.h"

/* Files of the folder. */
#define LAM_TRAINING_CHECKPOINT "checkpoint"
#define LAM_TRAINING_TRAINED "trained" /* the checkpoint of one that is done \
                                        */
#define LAM_TRAINING_RECORD "record.network"
#define LAM_TRAINING_LOG "steps.csv"
#define LAM_TRAINING_MODEL "model.onnx"
#define LAM_TRAINING_PLAN "plan.ini"

typedef struct _LamTrainingTask LamTrainingTask;

/* What it says as it goes; a copy, for the main thread. */
typedef struct {
  LamTrainReport report;
  LamValidation validation; /* that the report points to */
  LamTrainingExample *examples; /* Owned; NULL: as they were */
  int n_examples;
} LamTrainingNews;

struct _LamTrainingTask {
  /* What is to be done */
  LamStore *store; /* Owned */
  LamVolume *volume; /* Owned */
  LamProgress *progress; /* Owned */
  char *folder; /* Owned; is there */
  char *preset; /* Owned; a name, or the record when it `resumes` */
  char **settings; /* Owned; KEY=VALUE over the preset; or NULL */
  LamTruthChoice *choice; /* Owned; completed as soon as it is known */
  double voxel_size_nm[3]; /* 0: unknown */
  /* How long: the first that is above 0; none: as the preset says, or, when it
   * `resumes`, as was planned: else so much more than that. */
  double seconds, epochs;
  int64_t steps;
  int n_threads; /* 0: one for each processor */
  int64_t limit_bytes; /* of memory; 0: what is free now */
  bool resumes;

  /* In the context that started it, in this order. `began`: classes, boxes and
   * steps are settled. `ended` frees the task. */
  void (*began) (LamTrainingTask *task, gpointer user_data);
  void (*news) (
      LamTrainingTask *task, const LamTrainingNews *news, gpointer user_data);
  void (*ended) (LamTrainingTask *task, gpointer user_data);
  gpointer user_data; /* Borrowed */

  /* The answer */
  LamRecipe recipe; /* from `began` on */
  char **names; /* Owned; of the classes, from `began` on */
  int64_t step, best_step; /* best -1: none was validated */
  bool is_stopped; /* patience was over before all steps were done */
  bool has_model; /* in the folder */
  bool has_smaller; /* it needs too much memory, but not with … */
  int64_t smaller_tile[3];
  GError *error; /* Owned; NULL: done */

  /* Its own */
  GThread *thread;
  GMainContext *context;
  GMutex lock;
  GQueue said; /* of LamTrainingNews, under the lock */
  bool has_begun, has_ended; /* under the lock */
  GSource *source; /* under the lock; brings what was said to the context */
};

/* All zero. */
LamTrainingTask *lam_training_task_new (void) G_GNUC_WARN_UNUSED_RESULT;
void lam_training_task_start (LamTrainingTask *task);
/* Cancels, waits until the thread has ended, and frees: none of the functions
 * is called any more. From the thread that started it. */
void lam_training_task_free (LamTrainingTask *task);
