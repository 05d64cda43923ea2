/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* How weights follow their gradients. One row a way; all as PyTorch does them,
 * so that the same settings mean the same. */
#pragma once

#include <stdbool.h>

#include "base/error.h"
#include "nn/team.h"

#define LAM_OPTIMIZER_MAX_MOMENTS 2

typedef struct {
  double momentum; /* sgd: 0 ≤ m < 1 */
  bool is_nesterov; /* sgd */
  double beta1, beta2, epsilon; /* adam, adamw */
  double weight_decay; /* sgd, adam: added to the gradient; adamw: beside it */
} LamOptimizerOptions;

/* Momentum 0.9, betas 0.9 and 0.999, ε 1e-8, no decay. */
extern const LamOptimizerOptions lam_optimizer_defaults;

/* One run of weights at one step. */
typedef struct {
  const LamOptimizerOptions *options;
  int64_t step; /* from 1 */
  double rate;
  float gradient_scale; /* gradients are multiplied by it first (clipping) */
  float *weights;
  const float *gradient;
  float *moments[LAM_OPTIMIZER_MAX_MOMENTS];
  int64_t n;
} LamOptimizerRun;

typedef struct {
  const char *name, *title;
  int n_moments; /* numbers kept for each weight */
  void (*update) (const LamOptimizerRun *run);
} LamOptimizerRow;

/* Ends with NULL. */
const LamOptimizerRow *const *lam_optimizer_get_rows (void);
/* NULL where there is none of this name. */
const LamOptimizerRow *lam_optimizer_find (const char *name);

typedef struct _LamOptimizer LamOptimizer;

/* For `n` tensors of `sizes` numbers. Refuses options out of their range. */
LamOptimizer *lam_optimizer_new (const LamOptimizerRow *row,
    const LamOptimizerOptions *options, int n, const int64_t *sizes,
    GError **error) G_GNUC_WARN_UNUSED_RESULT;
void lam_optimizer_free (LamOptimizer *optimizer);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LamOptimizer, lam_optimizer_free)

/* Steps done; and the moments of a tensor: for checkpoints. */
int64_t lam_optimizer_get_step (const LamOptimizer *optimizer);
void lam_optimizer_set_step (LamOptimizer *optimizer, int64_t step);
int lam_optimizer_get_n_moments (const LamOptimizer *optimizer);
float *lam_optimizer_get_moment (
    const LamOptimizer *optimizer, int tensor, int moment);

/* One step. Pointers by tensor. */
void lam_optimizer_run (LamOptimizer *optimizer, double rate,
    double gradient_scale, float *const *weights, const float *const *gradients,
    LamTeam *team);

/* √Σ x² over all tensors; the same bits for any number of threads. */
double lam_optimizer_norm (const LamOptimizer *optimizer,
    const float *const *gradients, LamTeam *team);
/* average = decay · average + (1 − decay) · weights, by tensor. */
void lam_optimizer_average (const LamOptimizer *optimizer, double decay,
    float *const *average, const float *const *weights, LamTeam *team);
