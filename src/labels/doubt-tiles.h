/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Slices of what networks think, as tiles: those of labels and who said them
 * (label-tiles.h), in which the second part says for each texel how unsure that
 * one is, or what the newest network says that spoke there. */
#pragma once

#include "labels/label-tiles.h"
#include "labels/opinion-map.h"

/* A texel's doubt: 0 where nobody is known to be unsure, else the uncertainty
 * and 1. */
#define LAM_DOUBT_NONE 0
#define LAM_DOUBT(uncertainty) ((uint32_t)(uncertainty) + 1)

/* A texel's proposal: 0 where there is none, or a person said the voxel or
 * verified it; else the class's id and 1. It may be the class of the label. */
#define LAM_PROPOSED(class_id) ((uint32_t)(class_id) + 1)

typedef enum { LAM_THOUGHT_DOUBT, LAM_THOUGHT_PROPOSAL } LamThought;

typedef struct _LamDoubtTiles LamDoubtTiles;

/* Borrows all three; `levels` are those of `tiles`. */
LamDoubtTiles *lam_doubt_tiles_new (LamThought thought, LamLabelTiles *tiles,
    LamOpinionMap *opinions, const LamLevel *levels) G_GNUC_WARN_UNUSED_RESULT;
void lam_doubt_tiles_free (LamDoubtTiles *doubts);
/* Main thread: in these boxes (level-0 voxels, copied), which replace those of
 * before, nothing is proposed. Tiles are to be made again. */
void lam_doubt_tiles_set_verified (
    LamDoubtTiles *doubts, const LamBox *boxes, int n);
/* Its `self` is the LamDoubtTiles. */
const LamTileSource *lam_doubt_tiles_get_source (void);

/* Main thread, from memory only: makes the second part of the sources of texels
 * [u0, u1) × [v0, v1) of the tile, as lam_label_tiles_cut_now() gives them.
 * False, with nothing written, when an opinion is not in memory. */
bool lam_doubt_tiles_convert_now (LamDoubtTiles *doubts, const LamTileKey *key,
    int u0, int v0, int u1, int v1, uint32_t *sources);
