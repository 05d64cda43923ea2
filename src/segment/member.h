/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* One of a segmenter's models, and in which tiles it is run. */
#pragma once

#include "segment/cover.h"
#include "segment/runner.h"

typedef struct {
  const LamModel *model;
  LamNormalisation normalisation;
} LamSegmenterModel;

typedef struct {
  /* x, y, z voxels that a network is shown at once; rounded up to what it
   * takes. 0: chosen for the model, whatever the memory and threads. */
  int64_t tile[3];
  LamCopies copies;
  /* Treat all networks as those in which a voxel depends on the whole tile:
   * much less work where they see far, but tiles show. */
  bool blends;
  int n_threads; /* 0: one for each processor */
  int64_t limit_bytes; /* of memory; 0: four fifths of what there is */
  int64_t beside_bytes; /* of that, for what is read: the image's cache */
  /* Of that, for what a network saw where it was run (kept-features.h), so that
   * small boxes can be asked for again at little cost; 0: nothing is kept. */
  int64_t keep_bytes;
} LamSegmenterSettings;

typedef struct {
  LamSegmenterModel model; /* Borrowed */
  const char *whole; /* see lam_segmenter_get_whole() */
  LamCopies copies;
  LamCoverRim rims[3]; /* by axis; for all copies */
  int64_t tile[3]; /* the largest */
  LamRunner *runner; /* Owned; or NULL */
} LamMember;

/* Sets all but `model` and `runner`, for tiles of this size instead of that of
 * the settings. Fails where it is smaller than what the network sees. */
bool lam_member_fit (LamMember *member, const LamSegmenterSettings *settings,
    const int64_t tile[3], GError **error);
/* To be cleared. */
void lam_member_cover (const LamMember *member, const int64_t size[3],
    const LamBox *box, LamCover covers[3]);
/* What the member takes in such tiles. */
bool lam_member_measure (const LamMember *member, const LamCover covers[3],
    int n_threads, int64_t *bytes, GError **error);
/* Makes the runner for such tiles, if it is not there. */
bool lam_member_prepare (LamMember *member, const LamCover covers[3],
    const LamPlanOptions *options, GError **error);
