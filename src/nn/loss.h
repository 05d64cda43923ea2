/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* How wrong logits are: softmax cross-entropy, soft Dice, or their sum, with
 * the gradient. Logits are n, classes, (z, y,) x; labels the same without the
 * classes. */
#pragma once

#include "base/error.h"
#include "nn/team.h"
#include "nn/tensor.h"

typedef struct {
  /* What each counts in the sum; 0: left out. */
  double cross_entropy, dice;
  /* Of labels: this share of each voxel is spread over all classes. Cross-
   * entropy only; below 1. */
  double smoothing;
  /* Borrowed while the loss is made; one a class; NULL: 1 each. Cross-entropy
   * only. */
  const float *class_weights;
} LamLossOptions;

/* Borrowed; one a voxel. */
typedef struct {
  const int32_t *labels; /* 0 … classes − 1 where the mask is not 0 */
  const uint8_t *mask; /* 0: the voxel does not count; NULL: all count */
  const float *weights; /* NULL: 1 each */
} LamTarget;

typedef struct _LamLoss LamLoss;

LamLoss *lam_loss_new (const LamLossOptions *options, const LamShape *logits,
    GError **error) G_GNUC_WARN_UNUSED_RESULT;
void lam_loss_free (LamLoss *loss);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LamLoss, lam_loss_free)

int lam_loss_get_n_classes (const LamLoss *loss);
/* Of one batch: the length of a target's arrays. */
int64_t lam_loss_get_n_voxels (const LamLoss *loss);

/* With class weights w and voxel weights v, cross-entropy is
 *   Σ v (1 − s) w[y] (−log p[y]) + v s / C Σc w[c] (−log p[c])
 * over Σ v w[y] (as PyTorch's), and Dice, over the whole batch (Isensee et al.
 * 2021, “nnU-Net”),
 *   1 − 1/C Σc (2 Σ v p[c] g[c] + ε) / (Σ v p[c] + Σ v g[c] + ε), ε = 1e-5,
 * where p is the softmax and g is 1 for the voxel's class. Nothing counted: 0.
 * `gradient` has the logits' shape; NULL: not wanted. Refuses labels outside
 * the classes, naming the first, and weights below 0. The result may be NaN.
 * The same bits for any number of threads. */
bool lam_loss_run (LamLoss *loss, const float *logits, const LamTarget *target,
    LamTeam *team, float *gradient, double *value, GError **error);
