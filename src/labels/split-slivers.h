/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Slivers: small pieces that a cut parted from their own side and that touch
 * the other one. Any thread. */
#pragma once

#include "base/progress.h"
#include "labels/figure.h"

typedef struct {
  LamVoxelSet *of_first, *of_second; /* Owned; what would change sides */
  int n_pieces;
} LamSlivers;
void lam_slivers_clear (LamSlivers *slivers);

/* `second`: the part of `own` on the second side of the cut. A piece with a
 * scribble in it, the largest of its side, one of `min_voxels` or more, and one
 * that touches only slivers are none. False with error: cancelled. */
bool lam_slivers_find (const LamVoxelSet *own, const LamVoxelSet *second,
    const GArray *seeds, int64_t min_voxels, LamSlivers *slivers,
    LamProgress *progress, GError **error);
