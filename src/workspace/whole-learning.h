/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* All of the active network learns what people said, in a thread of its own,
 * for minutes. What comes out is a model of the project and the active one, if
 * it does at least as well as the one before, and as where that began, on what
 * it was not shown: verified regions for validation or test, else, and then
 * surely better, a quarter of the places that were settled; else as where it
 * began on a fifth of what was said. Main thread. */
#pragma once

#include "segment/refiner.h"
#include "workspace/workspace.h"

typedef struct {
  int n_steps; /* 0: as usual */
  double rate; /* 0: as usual */
  uint64_t seed; /* 0: as usual */
  int n_threads; /* 0: as many as the workspace is to use */
  bool gives_way; /* base/courtesy.h */
} LamWholeLearningSettings;

typedef struct {
  LamRefinerReport report;
  int64_t state; /* the new model; 0: it was worse and is not kept */
} LamWholeLearningResult;

/* Begins with the active model, or where it began if only its last layers have
 * learned. `progress` is referenced. */
void lam_whole_learning_async (LamWorkspace *workspace,
    const LamWholeLearningSettings *settings, LamProgress *progress,
    GAsyncReadyCallback callback, gpointer user_data);
bool lam_whole_learning_finish (LamWorkspace *workspace, GAsyncResult *result,
    LamWholeLearningResult *what, GError **error);
