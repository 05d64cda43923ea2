/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* One axis of a box covered by tiles of one length, and what each of them says
 * about which voxels. Plain values. */
#pragma once

#include "base/box.h"
#include "segment/tiling.h"

typedef struct {
  int64_t start; /* of the tile */
  int64_t first, end; /* the voxels of the box that it says something about */
  float *shares; /* Owned; by those: how much it counts. NULL: alone */
} LamCoverTile;

typedef struct {
  int64_t tile; /* voxels */
  int n;
  LamCoverTile *tiles; /* Owned */
} LamCover;

/* Overlapping tiles that are blended. */
LamCover lam_cover_blend (const LamTiling *tiling, int64_t first, int64_t end);

/* What a tile must leave out at its ends, and what its start is a multiple of.
 */
typedef struct {
  int64_t before, after, step;
} LamCoverRim;

/* Voxels that a tile of this length says something about, wherever it is: 0 or
 * less is not enough. */
int64_t lam_cover_get_core (const LamCoverRim *rim, int64_t tile);
/* Tiles no longer than `tile` (a multiple of the step), and as short as their
 * number allows unless `is_fixed`; each voxel is said by one. */
LamCover lam_cover_exact (const LamCoverRim *rim, int64_t tile, bool is_fixed,
    int64_t first, int64_t end);
void lam_cover_clear (LamCover *cover);
void lam_cover_clear_all (LamCover covers[3]);

/* Whether each voxel is said by one tile alone. */
bool lam_cover_is_exact (const LamCover covers[3]);
/* Adds what the tile tiles[i] of each axis, which has `n_classes` rows of
 * numbers, says about `box` to the box's rows; sets them where the cover is
 * exact. */
void lam_cover_add (const LamCover covers[3], const int tiles[3],
    const float *numbers, int n_classes, const LamBox *box, float *sums);
