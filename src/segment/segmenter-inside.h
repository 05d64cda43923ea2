/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The inside of a segmenter, for the modules that make, ask and test it. */
#pragma once

#include "segment/kept-features.h"
#include "segment/segmenter.h"

struct _LamSegmenter {
  LamSegmenterSettings settings; /* all set */
  LamMember *members; /* Owned */
  int n_members, n_classes;
  bool is_revised; /* answers are: what that takes is counted */
  LamKeptFeatures *kept; /* Owned; or NULL: nothing is */
  LamSegmenterKeeping keeping; /* all NULL: nothing is */
};

/* Models and copies. */
int lam_segmenter_count_votes (const LamSegmenter *segmenter);
/* Of each voxel of a box: what is summed up. */
int64_t lam_segmenter_get_sum_bytes (const LamSegmenter *segmenter);
/* The sum of the probabilities of all votes, one row a class. Free. */
float *lam_segmenter_sum (LamSegmenter *segmenter, LamVolume *volume,
    const LamBox *box, LamProgress *progress,
    GError **error) G_GNUC_WARN_UNUSED_RESULT;
