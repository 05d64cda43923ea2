/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* A set of voxels of a volume, one bit each, brick by brick: what a tool
 * means before it is written. A brick is 64 × 64 words, word y + 64 z, of which
 * bit x is a voxel; one that holds all of its voxels takes no words, and one
 * that holds none is not there. Belongs to one thread at a time. */
#pragma once

#include <glib.h>

#include "base/box.h"

#define LAM_VOXEL_ROWS (LAM_BRICK_EDGE * LAM_BRICK_EDGE)

typedef struct _LamVoxelSet LamVoxelSet;

LamVoxelSet *lam_voxel_set_new (
    const int64_t size[3]) G_GNUC_WARN_UNUSED_RESULT;
LamVoxelSet *lam_voxel_set_copy (
    const LamVoxelSet *set) G_GNUC_WARN_UNUSED_RESULT;
void lam_voxel_set_free (LamVoxelSet *set);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LamVoxelSet, lam_voxel_set_free)

const int64_t *lam_voxel_set_get_size (const LamVoxelSet *set);
bool lam_voxel_set_has (const LamVoxelSet *set, const int64_t voxel[3]);
/* A brick's words, borrowed until it changes; NULL: no voxel of it. */
const uint64_t *lam_voxel_set_get (const LamVoxelSet *set, LamBrickKey key);
/* Packed keys (int64_t) of the bricks that are there, in order. */
GArray *lam_voxel_set_dup_keys (
    const LamVoxelSet *set) G_GNUC_WARN_UNUSED_RESULT;
int64_t lam_voxel_set_count (const LamVoxelSet *set);
bool lam_voxel_set_is_empty (const LamVoxelSet *set);
/* The smallest box around all voxels. */
LamBox lam_voxel_set_get_box (const LamVoxelSet *set);
/* The first voxel of one brick, in order of z, y, x; false: none. */
bool lam_voxel_set_get_first (
    const LamVoxelSet *set, LamBrickKey key, int64_t voxel[3]);

/* A brick's words to be written, of voxels of the volume alone. */
uint64_t *lam_voxel_set_open (LamVoxelSet *set, LamBrickKey key);
/* Drops the words where they are not needed, after writing. */
void lam_voxel_set_settle (LamVoxelSet *set, LamBrickKey key);
/* All voxels of a brick. */
void lam_voxel_set_add_brick (LamVoxelSet *set, LamBrickKey key);
/* The voxels [start, end) of a row along `axis`, as far as they lie in the
 * volume; `row` gives the other two coordinates. */
void lam_voxel_set_add_run (LamVoxelSet *set, const int64_t row[3], int axis,
    int64_t start, int64_t end);
/* A dense mask, x fastest, of a box that lies in the volume. */
void lam_voxel_set_add_mask (
    LamVoxelSet *set, const LamBox *box, const bool *mask);
/* What is in `box`, dense; voxels outside of the volume are not. */
void lam_voxel_set_copy_mask (
    const LamVoxelSet *set, const LamBox *box, bool *mask);
void lam_voxel_set_add (LamVoxelSet *set, const LamVoxelSet *other);
/* Only what is in both. */
void lam_voxel_set_keep (LamVoxelSet *set, const LamVoxelSet *other);
void lam_voxel_set_subtract (LamVoxelSet *set, const LamVoxelSet *other);

/* The bits of a brick's words that lie in `box`; `rows` is of 64 × 64 words. */
void lam_voxel_rows_clip (LamBrickKey key, const LamBox *box, uint64_t *rows);
/* Which voxels of a brick have that label; `labels` is of 64³. */
void lam_voxel_rows_find (
    const uint32_t *labels, uint32_t label, uint64_t *rows);
