/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Which tiles a view of a slice needs: sums without OpenGL. */
#pragma once

#include <glib.h>

#include "view/camera.h"
#include "volume/tile-loader.h"

/* Part of a slice that is one tile of the level that fits the scale. `u0` … are
 * level-0 voxels in the plane, cropped to the volume but not to the pane. */
typedef struct {
  LamTileKey key;
  double u0, v0, u1, v1;
} LamCell;

/* Ranks of wanted tiles, most urgent first. */
typedef enum {
  LAM_WANT_COARSE, /* one that covers all, so that something is there soon */
  LAM_WANT_FIT,
  LAM_WANT_AHEAD, /* the slices before and after */
} LamWantRank;

typedef struct {
  LamTileKey key;
  LamWantRank rank;
  double distance; /* from the middle of interest, squared, in tiles */
} LamWant;

/* The coarsest level whose finer texel side is at most 1.4 pixels. */
int lam_tile_plan_choose_level (
    const LamCamera *camera, const LamLevel *levels, int n_levels);
/* Cells of `level` that meet `visible` (level-0 voxels, one slice). */
void lam_tile_plan_cells (LamPlane plane, int level, const LamLevel *levels,
    const LamBox *visible, GArray *cells);
/* The tile of `level`, coarser than the cell's or the same, that covers it. */
LamTileKey lam_tile_plan_parent (
    const LamCell *cell, int64_t slice, int level, const LamLevel *levels);
/* Appends what the cells want; `centre`: u, v of the middle of interest, in
 * level-0 voxels; `slice` of level 0. */
void lam_tile_plan_wants (const GArray *cells, int64_t slice, bool ahead,
    const double centre[2], const LamLevel *levels, int n_levels,
    GArray *wants);
/* The level-0 voxels that a tile shows, with or without its apron, as one slab
 * as thick as its level. */
LamBox lam_tile_plan_tile_box (
    const LamTileKey *key, const LamLevel *levels, bool with_apron);
