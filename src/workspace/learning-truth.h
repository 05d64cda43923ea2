/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* What the project's people said about voxels, as classes of a network: what
 * was painted or accepted, and all of verified regions. For this floor. */
#pragma once

#include "segment/model.h"
#include "store/store.h"
#include "workspace/workspace.h"

/* Everything but the bricks, as it is now; then for any one thread. */
typedef struct _LamLearningFacts LamLearningFacts;

/* Main thread. `model`: whose classes a person may have named. */
LamLearningFacts *lam_learning_facts_new (
    LamWorkspace *workspace, int64_t model) G_GNUC_WARN_UNUSED_RESULT;
void lam_learning_facts_free (LamLearningFacts *facts);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LamLearningFacts, lam_learning_facts_free)

/* Of the workspace then; borrowed. */
const double *lam_learning_facts_get_voxel_size_nm (
    const LamLearningFacts *facts);
/* Once, before the others. Fails where the network's classes are not the
 * project's. */
bool lam_learning_facts_fit (
    LamLearningFacts *facts, const LamModel *model, GError **error);
/* Once, after that. Places that a person went to are known all over: what was
 * left there is right. Where no region is held out, what of them lies in a
 * quarter of the volume's blocks is. True in `is_part`: that is so. */
bool lam_learning_facts_take_places (
    LamLearningFacts *facts, LamStore *store, bool *is_part, GError **error);
/* Verified regions for validation or test, and places: never learned from. */
int lam_learning_facts_count_held_out (const LamLearningFacts *facts);
/* Their boxes: LamBox. Borrowed. */
const GArray *lam_learning_facts_get_held_out (const LamLearningFacts *facts);
/* Bricks of which something may be known inside of `box`: int64_t, packed, in
 * order. */
GArray *lam_learning_facts_list (const LamLearningFacts *facts,
    const GArray *stored, const LamBox *box) G_GNUC_WARN_UNUSED_RESULT;

/* 64³ classes or LAM_PATCH_IGNORED each; whether any is known. */
typedef struct {
  uint8_t *teaches, *tests; /* Borrowed */
  uint8_t *says; /* Borrowed; whoever said it; may be NULL */
  uint8_t *made; /* Borrowed; of that what networks said; may be NULL */
  bool any_teaches, any_tests;
} LamLearningBrick;
bool lam_learning_facts_read (const LamLearningFacts *facts, LamStore *store,
    LamBrickKey key, LamLearningBrick *brick, GError **error);
