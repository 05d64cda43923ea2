/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Label slices as tiles of uint32 texels, with or without who said them. A
 * texel of a coarser level is about the first level-0 voxel it covers. */
#pragma once

#include "labels/label-map.h"
#include "volume/tile-loader.h"

typedef struct _LamLabelTiles LamLabelTiles;

/* Borrows map and levels (n_levels of the volume); they must outlive it. */
LamLabelTiles *lam_label_tiles_new (LamLabelMap *map, const LamLevel *levels,
    int n_levels) G_GNUC_WARN_UNUSED_RESULT;
void lam_label_tiles_free (LamLabelTiles *tiles);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LamLabelTiles, lam_label_tiles_free)
/* Their `self` is the LamLabelTiles. The second gives tiles of two parts, all
 * labels and then all sources (LamVoxelSource, as uint32 too). */
const LamTileSource *lam_label_tiles_get_source (void);
const LamTileSource *lam_label_tiles_get_said_source (void);

/* Main thread, from bricks in memory only: fills the texels of `key` inside
 * [u0, u1) × [v0, v1) (texel coordinates with apron, 0 to 258) into a dense
 * `labels`, and their sources into `sources` unless that is NULL. False, with
 * nothing written, when a brick is not loaded. This is how a
 * stroke reaches the screen at once. */
bool lam_label_tiles_cut_now (LamLabelTiles *tiles, const LamTileKey *key,
    int u0, int v0, int u1, int v1, uint32_t *labels, uint32_t *sources);
