/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* How a training goes, as it is shown. Main thread. */
#pragma once

#include "nn/trainer.h"
#include "segment/training-examples.h"

typedef struct {
  int64_t step;
  double loss;
} LamTrainingPoint;

typedef struct {
  int64_t step;
  double loss, mean_iou; /* NaN: unknown */
  bool is_best; /* at that time */
  double *iou; /* Owned; by class, NaN: not seen */
} LamTrainingJudgement;

typedef struct {
  GArray *points; /* Owned; of LamTrainingPoint */
  GArray *judgements; /* Owned; of LamTrainingJudgement */
  LamTrainingExample *examples; /* Owned; of the last validation */
  int n_examples;
} LamTrainingCurve;

LamTrainingCurve *lam_training_curve_new (void) G_GNUC_WARN_UNUSED_RESULT;
void lam_training_curve_free (LamTrainingCurve *curve);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LamTrainingCurve, lam_training_curve_free)
/* To before the first step. */
void lam_training_curve_clear (LamTrainingCurve *curve);
/* `data` is the curve: see lam_training_log_read(). */
void lam_training_curve_add (gpointer data, const LamTrainReport *report);
/* Copies. */
void lam_training_curve_set_examples (
    LamTrainingCurve *curve, const LamTrainingExample *examples, int n);
/* The last one that was the best; NULL: there is none. */
const LamTrainingJudgement *lam_training_curve_get_best (
    const LamTrainingCurve *curve);

LamTrainingExample *lam_training_examples_copy (
    const LamTrainingExample *examples, int n) G_GNUC_WARN_UNUSED_RESULT;
void lam_training_examples_clear (LamTrainingExample *examples, int n);
