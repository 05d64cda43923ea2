/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* A few patches of a validation, to be looked at beside what is true: those in
 * which most is to be seen, chosen by the first validation, the same ones from
 * then on. */
#pragma once

#include "segment/patch.h"

#define LAM_TRAINING_MAX_EXAMPLES 4

/* The section in the middle of a patch: what the network saw, what is true, and
 * what it says; dense, x fastest. */
typedef struct {
  int64_t size[2]; /* x, y */
  float *image; /* Owned; mean 0, deviation 1 over the whole image */
  uint8_t *truth; /* Owned; classes, or LAM_PATCH_IGNORED */
  uint8_t *said; /* Owned; classes */
} LamTrainingExample;

typedef struct _LamTrainingExamples LamTrainingExamples;

/* Of patches of `size`, x, y, z. */
LamTrainingExamples *lam_training_examples_new (
    const int64_t size[3], int n_classes) G_GNUC_WARN_UNUSED_RESULT;
void lam_training_examples_free (LamTrainingExamples *examples);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LamTrainingExamples, lam_training_examples_free)

/* Of each patch of a validation, by its number: first what it is, then what the
 * network says of it, a volume of scores for each class; then that all of them
 * were seen. */
void lam_training_examples_see_patch (
    LamTrainingExamples *examples, int64_t number, const LamPatch *patch);
void lam_training_examples_see_scores (
    LamTrainingExamples *examples, int64_t number, const float *scores);
void lam_training_examples_end (LamTrainingExamples *examples);

/* 0 before the first validation has ended. */
int lam_training_examples_get_n (const LamTrainingExamples *examples);
/* Borrowed; the next validation changes it. */
const LamTrainingExample *lam_training_examples_get (
    const LamTrainingExamples *examples, int i);
