/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Where activations and gradients of a training step lie. Step i of n is run
 * at time i, the loss at n, and backward of step i at 2n − i. */
#pragma once

#include "nn/gradient-flow.h"

/* Backward of one step; arrays by input. */
typedef struct {
  bool is_shared; /* a view whose gradients are one: nothing to do */
  /* Where `backward` writes, and where that is to be added to. Offsets in
   * the arena; -1: nowhere. */
  int64_t *target, *sum; /* Owned */
} LamBackStep;

typedef struct {
  int64_t *values; /* Owned; offsets by value, -1: none */
  int64_t *gradients; /* Owned; the same */
  LamBackStep *back; /* Owned; by step */
  int n_steps;
  int64_t bytes;
} LamTrainLayout;

/* `layout` is zero. */
void lam_train_layout_make (LamTrainLayout *layout, const LamProgram *program,
    const LamGradientFlow *flow);
void lam_train_layout_clear (LamTrainLayout *layout);
