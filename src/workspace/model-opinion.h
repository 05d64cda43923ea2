/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* What a network thinks of a brick besides its labels, in the project's terms.
 * For this floor. */
#pragma once

#include "labels/opinion.h"
#include "segment/proposal.h"

/* Fills `opinion`, whatever was in it, from a proposal, as far as that lies in
 * the brick. `labels` are what was made of it, 64³ (model-objects.h);
 * `class_ids` the project's class by class of the network. Second is the most
 * likely class other than that of the voxel's label: where an object was too
 * small to be one, that is the class of the object. */
void lam_model_opinion_fill (LamRunOpinion *opinion,
    const LamProposal *proposal, LamBrickKey key, const uint32_t *labels,
    const int32_t *class_ids, int n_classes);
