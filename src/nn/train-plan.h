/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* A network made ready for training with one size of input: forward, keeping
 * what backward needs, and backward, in one block of memory. One plan is used
 * by one thread at a time. The network is the plan's alone: training changes
 * its weights in place. */
#pragma once

#include "base/progress.h"
#include "nn/network.h"
#include "nn/team.h"

typedef struct _LamTrainPlan LamTrainPlan;

typedef struct {
  int n_threads; /* 0: one for each processor */
  int64_t limit_bytes; /* of the arena; 0: four fifths of the memory */
  uint64_t seed; /* of Dropout */
  bool wants_input_gradient;
} LamTrainPlanOptions;

typedef enum {
  /* Running averages, no Dropout: as a file that was written would do. */
  LAM_PASS_INFERENCE,
  /* Batch statistics, which change the running averages; Dropout. */
  LAM_PASS_TRAINING,
} LamPass;

/* `network` is from lam_network_open_for_training(), or was built and went
 * through lam_network_begin_training(). Refuses, before it allocates, what
 * needs more than the limit, and networks that cannot be trained, naming the
 * node. */
LamTrainPlan *lam_train_plan_new (LamNetwork *network, const LamShape *inputs,
    const LamTrainPlanOptions *options,
    GError **error) G_GNUC_WARN_UNUSED_RESULT;
void lam_train_plan_free (LamTrainPlan *plan);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LamTrainPlan, lam_train_plan_free)

/* Activations, gradients and the threads' scratch memory. */
int64_t lam_train_plan_get_arena_bytes (const LamTrainPlan *plan);
/* Of one forward pass. */
double lam_train_plan_get_flops (const LamTrainPlan *plan);
LamTeam *lam_train_plan_get_team (const LamTrainPlan *plan);
LamNetwork *lam_train_plan_get_network (const LamTrainPlan *plan);

/* Weights, to be changed between passes; then say so. */
int lam_train_plan_get_n_parameters (const LamTrainPlan *plan);
LamTensor *lam_train_plan_get_parameter (const LamTrainPlan *plan, int i);
const char *lam_train_plan_get_parameter_name (const LamTrainPlan *plan, int i);
void lam_train_plan_weights_changed (LamTrainPlan *plan);
/* Running averages of norms. */
int lam_train_plan_get_n_states (const LamTrainPlan *plan);
LamTensor *lam_train_plan_get_state (const LamTrainPlan *plan, int i);
const char *lam_train_plan_get_state_name (const LamTrainPlan *plan, int i);

/* To be filled before each pass, which writes over it. */
float *lam_train_plan_get_input (LamTrainPlan *plan, int i);
/* `step` counts training steps: each throws other dice. False only when
 * `progress` (or NULL) is cancelled. */
bool lam_train_plan_forward (LamTrainPlan *plan, LamPass pass, int64_t step,
    LamProgress *progress, GError **error);
/* Good until backward or the next forward. The first output is what is
 * trained. */
const LamTensor *lam_train_plan_get_output (const LamTrainPlan *plan, int i);
/* Of the first output; to be filled between forward and backward, which
 * writes over it. */
float *lam_train_plan_get_output_gradient (LamTrainPlan *plan);
/* Once after each forward pass for training. */
bool lam_train_plan_backward (
    LamTrainPlan *plan, LamProgress *progress, GError **error);
/* Good until the next forward pass. */
float *lam_train_plan_get_gradient (const LamTrainPlan *plan, int i);
/* NULL unless it was wanted (and the output depends on it). */
const float *lam_train_plan_get_input_gradient (
    const LamTrainPlan *plan, int i);
