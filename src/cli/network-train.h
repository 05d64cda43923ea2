/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* How long a step of training takes: forward, cross-entropy, backward, Adam,
 * with made-up voxels and labels. */
#pragma once

#include "cli/network-run.h"
#include "nn/trainer.h"

typedef struct {
  LamTrainer *trainer; /* Owned */
  double *seconds; /* Owned; one a step */
  LamShape input;
} LamNetworkTrain;

/* For `runs` steps, and one to warm up. The network's first output must be
 * logits. */
bool lam_network_train_open (LamNetworkTrain *train, const char *path,
    const LamNetworkRunOptions *options, int64_t runs, GError **error);
void lam_network_train_clear (LamNetworkTrain *train);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (LamNetworkTrain, lam_network_train_clear)

/* Does all steps; the first of `seconds` is the one to warm up. */
bool lam_network_train_run (
    LamNetworkTrain *train, LamProgress *progress, GError **error);
