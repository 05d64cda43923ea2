/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The training of a network in the open project, on what people labelled in it:
 * in the background, stopped and continued at will, also in another opening of
 * the project. One at a time. What is unfinished lies in a folder beside the
 * project, NAME.training. Main thread. */
#pragma once

#include "workspace/training-curve.h"
#include "workspace/training-truth.h"
#include "workspace/workspace.h"

/* Signals:
 * "changed" (): the state, or what it says of itself
 * "progress" (): steps were done: the curve has grown
 * "examples" () */
#define LAM_TYPE_PROJECT_TRAINING (lam_project_training_get_type ())
G_DECLARE_FINAL_TYPE (
    LamProjectTraining, lam_project_training, LAM, PROJECT_TRAINING, GObject)

typedef enum {
  LAM_TRAINING_NONE, /* none was begun */
  LAM_TRAINING_PREPARES, /* reads labels, measures how fast it is */
  LAM_TRAINING_RUNS,
  LAM_TRAINING_STOPPED, /* can go on */
  LAM_TRAINING_DONE, /* all steps, or no better one came: it is kept */
  LAM_TRAINING_FAILED, /* see get_problem() */
} LamTrainingState;

/* What is asked for. */
typedef struct {
  const char *model_name;
  const char *preset; /* name or path */
  char **settings; /* KEY=VALUE over the preset; or NULL */
  LamTruthChoice *choice; /* taken */
  /* How long: the first that is above 0; none: as the preset says. An epoch is
   * as many patches as cover what is learnt from. */
  double seconds, epochs;
  int64_t steps;
  int64_t limit_bytes; /* of memory; 0: what is free */
} LamTrainingPlan;

/* The one of the project, made when it is first asked for; it finds what an
 * earlier opening left. NULL without a project that can be written. Borrowed
 * from the workspace. */
LamProjectTraining *lam_project_training_of (LamWorkspace *workspace);

/* Takes the place of one that ended before, if any. Copies the plan, but for
 * the choice. */
bool lam_project_training_start (
    LamProjectTraining *training, const LamTrainingPlan *plan, GError **error);
/* Stops within a fraction of a second of the step under way, keeping it. */
void lam_project_training_stop (LamProjectTraining *training);
/* Goes on where it was stopped, with the labels as they are now. */
bool lam_project_training_continue (
    LamProjectTraining *training, GError **error);
/* One that is done goes on: so many seconds or, where they are 0, steps more. Its
 * learning rate is then that of a training of all steps, patience begins anew.
 */
bool lam_project_training_extend (LamProjectTraining *training, double seconds,
    int64_t steps, GError **error);
/* Drops what is unfinished; a running one is stopped first. */
void lam_project_training_discard (LamProjectTraining *training);
/* Makes the best network so far a model of the project. */
void lam_project_training_keep_async (LamProjectTraining *training,
    GAsyncReadyCallback callback, gpointer user_data);
/* Its number; 0 with error. */
int64_t lam_project_training_keep_finish (
    LamProjectTraining *training, GAsyncResult *result, GError **error);
/* Writes the best network so far as ONNX. Ends in lam_model_export_finish(). */
void lam_project_training_export_async (LamProjectTraining *training,
    const char *path, GAsyncReadyCallback callback, gpointer user_data);

LamTrainingState lam_project_training_get_state (LamProjectTraining *training);
/* Why it failed; NULL. */
const char *lam_project_training_get_problem (LamProjectTraining *training);
/* It failed for want of memory, and would fit with this tile. */
bool lam_project_training_get_smaller (
    LamProjectTraining *training, int64_t tile[3]);
const char *lam_project_training_get_model_name (LamProjectTraining *training);
/* There is something to be kept or exported. */
bool lam_project_training_has_model (LamProjectTraining *training);
bool lam_project_training_can_continue (LamProjectTraining *training);
bool lam_project_training_can_extend (LamProjectTraining *training);
/* As the best network so far was kept; 0: it was not. */
int64_t lam_project_training_get_model (LamProjectTraining *training);
int64_t lam_project_training_get_step (LamProjectTraining *training);
/* 0 until it is known. */
int64_t lam_project_training_get_n_steps (LamProjectTraining *training);
/* Below 0: not known yet. */
double lam_project_training_get_seconds_left (LamProjectTraining *training);

/* Borrowed; it grows. */
const LamTrainingCurve *lam_project_training_get_curve (
    LamProjectTraining *training);
/* 0 until they are known. */
int lam_project_training_get_n_classes (LamProjectTraining *training);
const char *lam_project_training_get_class_name (
    LamProjectTraining *training, int i);
/* The project's class. */
int32_t lam_project_training_get_class_id (LamProjectTraining *training, int i);
