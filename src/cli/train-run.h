/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* One training of the command line, from its data to its model. */
#pragma once

#include "cli/train-data.h"
#include "cli/train-log.h"
#include "segment/training.h"

typedef struct {
  /* Borrowed: what was asked for. */
  const char *preset; /* name or path */
  const char *output; /* .onnx */
  char **settings; /* KEY=VALUE, over the preset; or NULL */
  char **images, **labels; /* end with NULL */
  char **validation_images, **validation_labels; /* or NULL */
  char **weights, **validation_weights; /* of voxels; or NULL */
  const LamBox *box, *validation_box; /* or NULL */
  const float *class_weights; /* or NULL */
  char **class_names;
  LamTruthTable table;
  int64_t ignored;
  double seconds; /* above 0: as many steps as fit */
  /* When it resumes, beyond what was planned: the first that is above 0. */
  double more_seconds;
  int64_t more_steps;
  int n_threads;
  bool resumes;
  bool is_quiet;
  bool may_replace; /* a model that is there already */

  /* What came of it. */
  LamRecipe recipe;
  int64_t step, best_step;
  bool is_stopped; /* before all steps: patience was over */
  double loss, best_loss, best_mean_iou;
  double step_seconds;
  double best_iou[LAM_TRUTH_MAX_CLASSES]; /* NaN: not known */
} LamTrainRun;

/* "model" for "model.onnx", with `ending`. */
char *lam_train_run_dup_path (
    const LamTrainRun *run, const char *ending) G_GNUC_WARN_UNUSED_RESULT;
/* Trains and writes the model. When it is cancelled, or fails on the way, what
 * was learnt so far is written too, and the checkpoint stays. */
bool lam_train_run (LamTrainRun *run, LamProgress *progress, GError **error);
