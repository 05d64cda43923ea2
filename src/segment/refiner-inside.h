/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The inside of a LamRefiner, for refiner*.c. */
#pragma once

#include "base/random.h"
#include "segment/patch.h"
#include "segment/refiner.h"

/* Owned by the refiner. */
typedef struct {
  LamBrickKey key;
  uint8_t *teaches, *tests; /* Owned; 64³ */
  int64_t *counts; /* Owned; of voxels that teach, by class */
  int64_t n_tests;
} LamRefinerBrick;

struct _LamRefiner {
  LamRefinerSettings settings;
  char *path; /* Owned */
  LamVolume *volume; /* Owned */
  LamModel *model; /* Owned; where it begins */
  LamModel *present; /* Owned; or NULL */
  LamNormalisation normalisation;
  int n_classes;
  GPtrArray *bricks; /* Owned; LamRefinerBrick, in order of telling */
  GHashTable *by_key; /* Owned; the same, borrowed, by packed key */
  int64_t *totals; /* Owned; voxels that teach, by class */
  int64_t n_tests;
  bool is_chosen;
};

/* refiner-truth.c */
void lam_refiner_brick_free (LamRefinerBrick *brick);
void lam_refiner_count (LamRefiner *refiner);
/* Keeps a fifth of what teaches back, as tests. */
void lam_refiner_split (LamRefiner *refiner);
/* A voxel that teaches, of a class that is drawn. There is one. */
void lam_refiner_draw (
    const LamRefiner *refiner, LamRandom *random, int64_t voxel[3]);
/* What teaches in a box, which may reach anywhere. */
void lam_refiner_read (
    const LamRefiner *refiner, const LamBox *box, uint8_t *classes);

/* refiner-judge.c */
/* Mean IoU of a network on what tests, and on what is left of that without each
 * of its parts (NaN: there is nothing in it). */
#define LAM_REFINER_N_PARTS 16
typedef struct {
  int64_t n_voxels; /* that were looked at: of very many bricks not all are */
  double iou, without[LAM_REFINER_N_PARTS];
} LamRefinerScore;

/* The gain is twice its standard error or more, as found by leaving out one
 * part after the other (the delete-a-group jackknife, Kott 2001). By a few
 * parts nothing is sure. */
bool lam_refiner_is_sure (
    const LamRefinerScore *before, const LamRefinerScore *after);

/* The first network that is judged says how much each voxel counts. `refiner`
 * lives longer and is told nothing more. */
typedef struct _LamRefinerJudge LamRefinerJudge;
LamRefinerJudge *lam_refiner_judge_new (
    const LamRefiner *refiner) G_GNUC_WARN_UNUSED_RESULT;
void lam_refiner_judge_free (LamRefinerJudge *judge);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LamRefinerJudge, lam_refiner_judge_free)
bool lam_refiner_judge_run (LamRefinerJudge *judge, const LamModel *model,
    LamRefinerScore *score, LamProgress *progress, GError **error);
