/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* What a network saw in boxes of a volume, kept: the features from which its
 * last layer says the scores of each voxel by itself (nn/head.h). Where they
 * are, only that layer is run, which is a small part of the work: for a box
 * that is asked for again, and for one after the last layer has learned.
 *
 * One thread at a time; any thread. */
#pragma once

#include "base/progress.h"
#include "segment/member.h"

typedef struct _LamKeptFeatures LamKeptFeatures;

/* `member`: fitted, and borrowed; all layers of its model but the last stay as
 * they are. NULL where its network cannot be cut so: a voxel depends on the
 * whole tile, it is shown copies, or the last layer is none of that kind. */
LamKeptFeatures *lam_kept_features_new (
    const LamMember *member, int64_t limit_bytes) G_GNUC_WARN_UNUSED_RESULT;
void lam_kept_features_free (LamKeptFeatures *kept);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LamKeptFeatures, lam_kept_features_free)

/* Whether there is room for a box of that size, with others beside it. */
bool lam_kept_features_fits (const LamKeptFeatures *kept, const LamBox *box);
/* Whether nothing of the box has to be computed. */
bool lam_kept_features_has (const LamKeptFeatures *kept, const LamBox *box);

/* Takes what is said of `n` voxels, one row a class; the first is so many
 * voxels behind that of the box. Of several voxels in several threads. */
typedef void (*LamKeptFeaturesTake) (
    int64_t first, int64_t n, const float *probabilities, gpointer data);
/* For a box that fits: what the network says of its voxels, each once. What is
 * not there yet is computed, and those that were asked for longest ago make
 * room. The same for any number of threads, and but for rounding the same as
 * all of the network. */
bool lam_kept_features_run (LamKeptFeatures *kept, LamVolume *volume,
    const LamBox *box, const LamPlanOptions *options, LamKeptFeaturesTake take,
    gpointer data, LamProgress *progress, GError **error);

/* The same, without saying anything. */
bool lam_kept_features_look (LamKeptFeatures *kept, LamVolume *volume,
    const LamBox *box, const LamPlanOptions *options, LamProgress *progress,
    GError **error);

/* For when there is nothing else to do: takes a small portion of the memory
 * that the next box will need from the system, if it is like the last one that
 * was computed; true while there is more to take. To get and clear it takes as
 * long as a good part of the network's work. It counts as kept. */
bool lam_kept_features_prepare (LamKeptFeatures *kept);
