/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* How much of each label is in one brick, and the faces of labels between two
 * bricks. Plain values; any thread. Label 0 is not counted, but borders on
 * others as any label does. */
#pragma once

#include "labels/brick-runs.h"
#include "labels/opinion.h"

typedef enum {
  LAM_SHARE_IMPORTED,
  LAM_SHARE_HUMAN,
  LAM_SHARE_ACCEPTED,
  LAM_SHARE_MODEL, /* any run, not accepted */
  LAM_SHARE_UNSET,
  LAM_N_SHARES,
} LamShare;

LamShare lam_share_of_source (uint16_t source);

typedef struct {
  uint32_t label;
  uint32_t n_voxels;
  uint32_t n_by_share[LAM_N_SHARES];
  /* Sides of its voxels, across x, y and z, where another label is. */
  uint32_t n_faces[3];
  uint32_t n_unsure, unsure_sum; /* voxels whose uncertainty is known; of 255 */
  uint64_t places[3]; /* a bit for each x, y, z of the brick where it is */
} LamBrickCount;

/* Of LamBrickCount, each label once, in no order. `opinion`: of networks, or
 * NULL. `size`: how much of the brick lies inside of the volume, 1 to 64 on
 * each axis. What borders on the next brick is left to lam_seam_count(). */
GArray *lam_brick_count (const LamBrickRuns *runs, const LamOpinion *opinion,
    const int size[3]) G_GNUC_WARN_UNUSED_RESULT;

/* One of a brick's six outermost planes: 64 × 64 labels, the lower of the other
 * two axes fastest; or one label all over. */
typedef struct _LamBrickSide LamBrickSide;
/* `runs` NULL: unlabelled. `last`: at 63 of that axis, else at 0. */
LamBrickSide *lam_brick_side_new (
    const LamBrickRuns *runs, int axis, bool last) G_GNUC_WARN_UNUSED_RESULT;
void lam_brick_side_free (LamBrickSide *side);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LamBrickSide, lam_brick_side_free)

typedef struct {
  uint32_t label, n_faces;
} LamSeamCount;

/* Of LamSeamCount: the faces between the last side of a brick and the first of
 * the next. `width` and `height`: how much lies inside of the volume. Each
 * label once. */
GArray *lam_seam_count (const LamBrickSide *lower, const LamBrickSide *upper,
    int width, int height) G_GNUC_WARN_UNUSED_RESULT;
