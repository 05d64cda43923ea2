/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* What a person knows about places that a network segments again: all of those
 * that he went to and corrected, or found right. It changes what the network
 * says around them (segment/propagate.h). For this floor. */
#pragma once

#include "base/progress.h"
#include "segment/normalisation.h"
#include "workspace/learning-truth.h"

/* Whether that is done; it is unless somebody said no. Remembered with the
 * project. */
bool lam_workspace_propagates (LamWorkspace *workspace);
void lam_workspace_set_propagates (LamWorkspace *workspace, bool propagates);

typedef struct _LamModelEvidence LamModelEvidence;

/* Any thread. `facts` (fitted to the model) and the others are borrowed.
 * `keeps`: what a person saw stays as it is; else the network may contradict
 * it. */
LamModelEvidence *lam_model_evidence_new (const LamLearningFacts *facts,
    LamStore *store, LamVolume *volume, const LamNormalisation *normalisation,
    bool keeps, int n_threads) G_GNUC_WARN_UNUSED_RESULT;
void lam_model_evidence_free (LamModelEvidence *evidence);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LamModelEvidence, lam_model_evidence_free)

/* Nothing follows yet; only what an earlier answer made of what is known stays.
 */
void lam_model_evidence_only_keep (LamModelEvidence *evidence);
/* Looks for what is known in the box. Where there is something, `reach` becomes
 * the voxels around it that it may change, else 0. */
bool lam_model_evidence_find (LamModelEvidence *evidence, const LamBox *box,
    int64_t reach[3], GError **error);
/* The two of a LamSegmenterRevision, with the evidence as its data. */
bool lam_model_evidence_find_any (
    const LamBox *box, bool *any, gpointer data, GError **error);
bool lam_model_evidence_revise (const LamBox *box, int n_classes,
    float *probabilities, gpointer data, LamProgress *progress, GError **error);
