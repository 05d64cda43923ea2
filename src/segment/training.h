/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* A trainer fed from images. */
#pragma once

#include "segment/recipe.h"
#include "segment/sampler.h"
#include "segment/training-examples.h"

typedef struct {
  const LamRecipe *recipe;
  int n_threads; /* 0: one for each processor */
  /* Borrowed for the call; one a class, in cross-entropy; NULL: 1 each. */
  const float *class_weights;
  const char *checkpoint_path; /* NULL: none */
  int64_t limit_bytes; /* of memory; 0: 4/5 of the machine's */
  void (*report) (gpointer data, const LamTrainReport *report); /* or NULL */
  gpointer data; /* of `report` */
} LamTrainingSettings;

typedef struct _LamTraining LamTraining;

/* The samplers have patches of the recipe's tile. Takes them, `validation` may
 * be NULL; keeps a reference to the network, whose weights it changes. */
LamTraining *lam_training_new (LamNetwork *network, LamSampler *sampler,
    LamSampler *validation, const LamTrainingSettings *settings,
    GError **error) G_GNUC_WARN_UNUSED_RESULT;
void lam_training_free (LamTraining *training);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LamTraining, lam_training_free)

/* What was said of a few patches of `validation`; for `report`. Borrowed; NULL
 * without one. */
const LamTrainingExamples *lam_training_get_examples (
    const LamTraining *training);
/* To resume, run and finish it. Borrowed. */
LamTrainer *lam_training_get_trainer (LamTraining *training);
