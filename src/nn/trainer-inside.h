/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The inside of a LamTrainer, for the modules that make and run it. */
#pragma once

#include <string.h>

#include "nn/trainer.h"

/* All of it is in the checkpoint. */
typedef struct {
  int64_t step, validated_step, best_step, n_worse, is_stopped;
  double best_loss, best_iou;
  double loss, rate, norm; /* of the last step */
  LamScheduleState schedule;
} LamTrainerPosition;

struct _LamTrainer {
  LamTrainerOptions options;
  LamTrainerSource source;
  LamTrainPlan *plan; /* Owned */
  LamOptimizer *optimizer; /* Owned */
  LamLoss *loss; /* Owned */
  int n, n_states;
  int64_t *sizes; /* Owned; of parameters, then of states */
  float **weights; /* Owned; of borrowed: parameters, then states */
  const float **gradients; /* Owned; of borrowed */
  /* Owned; of owned, by parameter, or NULL: averaged weights. */
  float **average;
  /* Owned; of owned, by parameter and state: with the best validation, before
   * that those of the last step whose loss was a number. */
  float **best;
  double *best_class_iou; /* Owned; by class; NaN: there is none */
  float **states_before; /* Owned; of owned: before this step */
  LamShape input;
  LamBatch batch; /* Owned */
  char *settings; /* Owned */
  char *checkpoint_path; /* Owned */
  int64_t bytes;
  LamTrainerPosition position;
};

static inline void
lam_trainer_copy (
    float *const *to, float *const *from, const int64_t *sizes, int n)
{
  for (int i = 0; i < n; i++)
    memcpy (to[i], from[i], (size_t)sizes[i] * sizeof (float));
}
