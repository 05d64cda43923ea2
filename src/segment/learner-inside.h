/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The inside of a LamLearner, for learner*.c. */
#pragma once

#include "nn/plan.h"
#include "segment/learner.h"

/* Of a class in a cell. */
#define LAM_LEARNER_CELL_SAMPLES 64

/* The cell's box and what is known in it. Voxels are numbered in the whole
 * cell, also where it reaches out of the volume. */
typedef struct {
  int64_t at[3]; /* in cells */
  uint8_t *classes; /* Owned; by voxel */
  int64_t n_known;
  LamLearnerUse use;
  int64_t told; /* when: grows */
  /* Owned; int32_t by class (of cells that test: all in one), in an order of
   * their own that new ones do not change; NULL: to be made. */
  GArray *samples;
  int *ends; /* Owned; by class: where its samples end */
  float *features; /* Owned; or NULL; see learner-features.c */
  uint64_t rank; /* by which cells are drawn when not all are looked at */
} LamLearnerCell;

/* Voxels of `cells` (LamLearnerCell *, all with features), and what is to be
 * said of them. */
typedef struct {
  int64_t n;
  float *features; /* Owned; rows of n */
  uint8_t *classes; /* Owned; as people said; NULL: nobody did */
  float *targets; /* Owned; as the network said where it began; or NULL */
  float *stand_for; /* Owned; how many voxels of its cell each does; or NULL */
} LamLearnerSet;

struct _LamLearner {
  LamLearnerSettings settings;
  const LamModel *model; /* Borrowed */
  LamVolume *volume; /* Owned */
  LamNormalisation normalisation;
  int n_classes;
  LamHead head;
  float *first, *numbers; /* Owned; of the head: as it began, and is now */
  float *present; /* Owned; of the model in use; or NULL */
  int64_t n_numbers;
  bool is_chosen; /* what is known; see lam_learner_set_is_chosen() */
  GHashTable *cells; /* Owned; LamLearnerCell by packed place */
  int64_t told;

  /* learner-features.c */
  LamNetwork *trunk; /* Owned */
  LamPlan *plan; /* Owned; NULL until it is needed */
  LamShape shape; /* of the plan's input */
  int64_t cell[3], tile[3], offset[3]; /* x, y, z; of the cell in its tile */
  int64_t before[3], map[3]; /* x, y, z; of the cell in its features */
  int64_t depth;
  int64_t map_bytes;

  LamLearnerSet replay; /* Owned; what is shown again of everywhere */
  LamBox *replay_boxes; /* Owned; by settings.replay_cells */
};

int64_t lam_learner_count_cell (const LamLearner *learner);

/* learner-features.c */
bool lam_learner_begin_features (LamLearner *learner, GError **error);
/* Of a cell's features: owned by the caller. */
float *lam_learner_find_features (LamLearner *learner, const int64_t at[3],
    LamProgress *progress, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* What the head sees of a voxel of the cell, as column `column` of rows of `n`
 * numbers. */
void lam_learner_gather (const LamLearner *learner, const float *features,
    int32_t voxel, float *rows, int64_t n, int64_t column);

/* learner-examples.c */
void lam_learner_set_clear (LamLearnerSet *set);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (LamLearnerSet, lam_learner_set_clear)
/* Any number from any other. */
uint64_t lam_learner_mix (uint64_t x);
/* Of what is known: of each cell and class at most `most`, or fewer. */
void lam_learner_collect (const LamLearner *learner, const GPtrArray *cells,
    int most, int64_t max_examples, LamLearnerSet *set);
/* Of what nobody spoke of, so near to what somebody did. */
bool lam_learner_collect_around (const LamLearner *learner,
    const GPtrArray *cells, LamLearnerSet *set, GError **error);
/* Draws what is shown again of everywhere, if that was not done. */
bool lam_learner_begin_replay (
    LamLearner *learner, LamProgress *progress, GError **error);

/* learner-judge.c */
/* What each voxel of what somebody spoke of counts: owned by the caller. */
float *lam_learner_weigh_levels (const LamLearner *learner,
    const LamLearnerSet *set, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* What the network says with each of `numbers` of what tests: its mean IoU. */
bool lam_learner_judge (const LamLearner *learner, const LamLearnerSet *set,
    const float *const numbers[], int n, double *ious, GError **error);

/* All that is to be learned from. */
typedef struct {
  LamHeadExamples examples;
  float *features, *targets, *weights; /* Owned */
} LamLearnerLesson;
void lam_learner_lesson_clear (LamLearnerLesson *lesson);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (LamLearnerLesson, lam_learner_lesson_clear)
bool lam_learner_join (const LamLearner *learner, const LamLearnerSet *said,
    const LamLearnerSet *around, LamLearnerLesson *lesson, GError **error);
