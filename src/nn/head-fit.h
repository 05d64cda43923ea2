/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Teaches a head (nn/head.h) by examples, each the features of one voxel and
 * what should be said of it. All examples at once, so that nothing depends on
 * their order, on dice or on the number of threads. Blocks. */
#pragma once

#include "base/progress.h"
#include "nn/head.h"

/* Rows of n numbers, borrowed. */
typedef struct {
  int64_t n;
  const float *features; /* lam_head_get_depth() rows */
  /* Probabilities, a row a class (two for a head with one filter, which says
   * the second's), each voxel's sum 1. */
  const float *targets;
  const float *weights; /* one row, at least 0: what an error counts */
} LamHeadExamples;

typedef struct {
  int n_steps;
  double rate; /* of Adam, falling to 0 as a cosine */
  /* Half of this times the sum of squares of how far the numbers have gone is
   * added to the loss. */
  double anchor;
  int n_threads; /* 0: one for each processor */
} LamHeadFitOptions;

/* 40 steps at 0.004, anchor 0.002. */
extern const LamHeadFitOptions lam_head_fit_defaults;

/* `numbers`, as of lam_head_get(): where it begins, and where the loss (cross-
 * entropy, weighted mean, and the anchor's) was least. The head stays as it
 * is. Refuses features that are no numbers. */
bool lam_head_fit (const LamHead *head, const LamHeadExamples *examples,
    const LamHeadFitOptions *options, float *numbers, double *loss_before,
    double *loss_after, LamProgress *progress, GError **error);
/* What a head with these numbers says: probabilities, as in the examples. */
bool lam_head_say (const LamHead *head, const float *numbers,
    const float *features, int64_t n, int n_threads, float *probabilities,
    GError **error);
