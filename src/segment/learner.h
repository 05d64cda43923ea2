/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Teaches the last layers of a network (nn/head.h) what people say about
 * voxels, within a fraction of the time that it takes to run all of it: the
 * features that they look at are computed once, around what was said, and
 * kept. What the network said of places that nobody spoke of, everywhere and
 * around what was said, is shown to it again meanwhile, so that it does not
 * forget.
 *
 * The network learns always from where it began, so that what comes out follows
 * from what is known and the settings: whoever takes back a word gets what he
 * would have got without. The same bits for any number of threads.
 *
 * One thread at a time; any thread. */
#pragma once

#include "base/progress.h"
#include "nn/head-fit.h"
#include "segment/model.h"

typedef struct {
  /* At most: 1 or 2. With 2 it learns more by heart and takes several times as
   * long. */
  int n_layers;
  int n_threads; /* 0: one for each processor */
  uint64_t seed; /* of which voxels are looked at */
  int64_t limit_bytes; /* of features that are kept */
  /* Of which features are computed in one go; the others wait for the next. A
   * cell is a section's 64 × 64 voxels, or so. */
  int max_new_cells;
  int64_t max_examples; /* voxels to learn from */
  /* 1: all classes count the same; 0: as often as they were said. */
  double balance;
  /* What all that is shown again counts, as against all that was said: 1. */
  double replay;
  int replay_cells;
  LamHeadFitOptions fit; /* but for its threads */
} LamLearnerSettings;
void lam_learner_settings_init (LamLearnerSettings *settings);

typedef struct _LamLearner LamLearner;

/* Fails where the network has no last layers to be taught. `model` is where it
 * begins; it lives longer and is nobody else's, and does not change. */
LamLearner *lam_learner_new (const LamModel *model, LamVolume *volume,
    const LamNormalisation *normalisation, const LamLearnerSettings *settings,
    GError **error) G_GNUC_WARN_UNUSED_RESULT;
void lam_learner_free (LamLearner *learner);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LamLearner, lam_learner_free)

int lam_learner_get_n_layers (const LamLearner *learner);

typedef enum {
  LAM_LEARNER_TEACHES,
  LAM_LEARNER_TESTS, /* only to see how good it is; never learned from */
} LamLearnerUse;

/* What is known about a box from now on, in place of all that was: for each
 * voxel, x fastest, the network's class or LAM_PATCH_IGNORED (see
 * segment/patch.h). Cheap. Parts outside of the volume are left out. */
void lam_learner_tell (LamLearner *learner, const LamBox *box,
    const uint8_t *classes, LamLearnerUse use);
/* Where somebody spoke was chosen, as places are where the network was unsure:
 * then each voxel counts by how much of the volume the network was as sure of,
 * so that what is learned, and the scores, are about all of it. */
void lam_learner_set_is_chosen (LamLearner *learner, bool is_chosen);
/* Voxels that teach. */
int64_t lam_learner_count_known (const LamLearner *learner);

typedef struct {
  int64_t n_known; /* voxels that teach */
  int64_t n_examples, n_replayed; /* that were looked at */
  int n_layers; /* that were taught */
  /* Known, or held out as a whole, but not looked at: for lack of time. */
  int n_cells_left;
  double loss_before, loss_after;
  /* Mean IoU of the voxels that test, of the network where it began and as it
   * is now; NaN where there are none. */
  double iou_before, iou_after;
  double iou_present; /* the same of the present model, where that was told */
  /* Enough cells test; a tenth of what is missing of their IoU is gained, and
   * each eighth of them is better known than where it began: cells in turns, as
   * what lies beside each other says about the same. */
  bool is_sure;
  int64_t n_tested; /* voxels */
} LamLearnerReport;

/* What `model`, as of lam_learner_put(), has learned is judged beside what is
 * learned next. */
bool lam_learner_set_present (
    LamLearner *learner, const LamModel *model, GError **error);
/* Whether learning again would look at more of what is known. */
bool lam_learner_can_go_on (const LamLearner *learner);
/* Learns from all that is known now. Without any, the network is as it began.
 * Cancelled or failed, it is as it was. */
bool lam_learner_learn (LamLearner *learner, LamLearnerReport *report,
    LamProgress *progress, GError **error);
/* It has learned nothing: the network is as it began. */
void lam_learner_forget (LamLearner *learner);
/* Puts what was learned into a model whose network is the same but for its last
 * layers, and may be the one where it began; plans of it go on after
 * lam_plan_renew(). */
bool lam_learner_put (
    const LamLearner *learner, const LamModel *model, GError **error);
