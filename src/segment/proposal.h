/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* What networks say about a box: for each voxel the class, the class that came
 * second, and how unsure they are. */
#pragma once

#include "base/box.h"
#include "base/progress.h"

/* A voxel that the networks say nothing about: no class. Its uncertainty is
 * the highest. */
#define LAM_PROPOSAL_UNKNOWN UINT8_MAX

/* Dense arrays, x fastest. */
typedef struct {
  LamBox box;
  uint8_t *classes, *runner_ups; /* Owned; or LAM_PROPOSAL_UNKNOWN */
  uint8_t *uncertainties; /* Owned; 255: as unsure as can be */
} LamProposal;

LamProposal *lam_proposal_new (const LamBox *box) G_GNUC_WARN_UNUSED_RESULT;
void lam_proposal_free (LamProposal *proposal);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LamProposal, lam_proposal_free)
/* Bytes for each voxel. */
#define LAM_PROPOSAL_BYTES 3

/* What `n_members` networks (or one network shown turned images) said, summed
 * up; all arrays have the box's voxels. */
typedef struct {
  int n_classes, n_members;
  const float *sums; /* of probabilities, one row a class */
} LamProposalVotes;

/* Adds what one member says to the votes; see above. */
void lam_proposal_add (
    const float *probabilities, int n_classes, int64_t n, float *sums);
/* The class of the highest mean probability (the first of equal ones), the
 * next, and the uncertainty: the entropy of the mean. For several members that
 * is all that is uncertain of the prediction: the mean of their own entropies,
 * which is high at a border that all of them find as likely as not, and by how
 * much they disagree, which is the rest (the mutual information; Depeweg et al.
 * 2018, arXiv:1710.07283, eq. 1; Hüllermeier and Waegeman 2021,
 * doi:10.1007/s10994-021-05946-3, section 4.3). Disagreement alone tells where
 * more examples would teach most (Houlsby et al. 2011, arXiv:1112.5745); where
 * the answer is likely wrong, which is asked here, both count. As a part of the
 * entropy of even odds between two classes, and no more than 255: which of two
 * classes a voxel is is as open where there are five more that it is not. A
 * voxel without numbers is unknown. By `n_threads`, which do not matter to the
 * result. */
void lam_proposal_decide (
    LamProposal *proposal, const LamProposalVotes *votes, int n_threads);
/* The same of `n` voxels from the `first` on, which alone the votes are of. Of
 * several in several threads. */
void lam_proposal_decide_part (LamProposal *proposal,
    const LamProposalVotes *votes, int64_t first, int64_t n);
