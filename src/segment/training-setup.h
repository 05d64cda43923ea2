/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* What comes before and after a training, wherever its images come from: the
 * network of a preset, how many steps fit a time, and what the model says of
 * how it was made. */
#pragma once

#include "segment/normalisation.h"
#include "segment/training.h"

/* Of the preset, with first weights by the recipe's seed. */
LamNetwork *lam_training_setup_network (const LamPreset *preset,
    const LamRecipe *recipe, int n_classes,
    GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* How many steps fit `seconds`, with the validations between them if it
 * `validates`. Does some with a network that is thrown away. Takes the sampler;
 * of the settings, recipe, threads, class weights and limit count. 0 with
 * error. */
int64_t lam_training_setup_count_steps (const LamPreset *preset, int n_classes,
    LamSampler *sampler, const LamTrainingSettings *settings, bool validates,
    double seconds, LamProgress *progress, GError **error);

/* Halves x and y of `tile`, which needs too much memory, until training with it
 * needs no more than `limit_bytes`; false: it never does. */
bool lam_training_setup_shrink (const LamPreset *preset,
    const LamRecipe *recipe, int n_classes, int n_threads, int64_t limit_bytes,
    int64_t tile[3]);

/* The preset's network with the settings that are used: a preset that a
 * training can be resumed with, or done again. */
char *lam_training_setup_record (
    const LamPreset *preset, const LamRecipe *recipe) G_GNUC_WARN_UNUSED_RESULT;

/* What a model says of itself. */
typedef struct {
  const char *const *class_names; /* ends with NULL */
  LamNormalisation normalisation; /* of a recipe for all images together */
  double voxel_size_nm[3]; /* 0: unknown */
  /* "ROLE HASH NAME" of what it was trained on; ends with NULL. */
  const char *const *data;
} LamTrainingFacts;

/* Puts the best weights into the network and says how it was made. The training
 * can only be freed afterwards. */
bool lam_training_setup_finish (LamTraining *training, const LamRecipe *recipe,
    const LamTrainingFacts *facts, GError **error);
