/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* How to train: what a preset's sections "training" and "augmentation" say, and
 * what is set over it. */
#pragma once

#include "nn/preset.h"
#include "nn/trainer.h"
#include "segment/augment.h"

typedef struct {
  int64_t tile[3]; /* x, y, z voxels */
  int64_t batch; /* patches a step */
  int64_t steps;
  int64_t seed;
  int64_t validate_every, checkpoint_every; /* steps */
  int64_t validation_tiles; /* at most, of each validation */
  int keep; /* LamTrainerKeep: which validation is better */
  int64_t patience; /* validations without a better one; 0: no end */
  double balance; /* of classes: see LamSamplerSettings */
  double learning_rate, weight_decay, momentum, final_rate;
  double warm_up; /* share of the steps */
  double clip, average, smoothing;
  int optimizer, schedule; /* rows of their tables */
  int loss; /* LamRecipeLoss */
  int grey; /* LamRecipeGrey */
  LamAugmentation augmentation;
} LamRecipe;

typedef enum {
  LAM_RECIPE_CROSS_ENTROPY,
  LAM_RECIPE_DICE,
  LAM_RECIPE_BOTH,
} LamRecipeLoss;

/* Whose mean and deviation grey values are told by. */
typedef enum {
  LAM_RECIPE_GREY_OF_ALL, /* images together; the model keeps it */
  LAM_RECIPE_GREY_OF_EACH, /* image, also when the model is used */
} LamRecipeGrey;

/* Refuses, naming file, line and key, what is not known or out of range. */
bool lam_recipe_read (
    LamRecipe *recipe, const LamPreset *preset, GError **error);
/* "learning-rate=0.01", "elastic=0.2", "elastic.spacing=64". */
bool lam_recipe_set (LamRecipe *recipe, const char *assignment, GError **error);
/* Refuses, changing nothing, more steps than a recipe can have in all. */
bool lam_recipe_add_steps (LamRecipe *recipe, int64_t more, GError **error);
/* All keys with range, unit and meaning, a line each: for a help. */
char *lam_recipe_describe (void) G_GNUC_WARN_UNUSED_RESULT;
/* All that the recipe says, as a preset's two sections. */
char *lam_recipe_to_text (const LamRecipe *recipe) G_GNUC_WARN_UNUSED_RESULT;
/* What the trainer needs to know of it; steps and names are the caller's. */
void lam_recipe_fill (const LamRecipe *recipe, LamTrainerOptions *options);
