/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* What is connected by the faces of voxels, in a volume larger than memory:
 * bricks are read one at a time, at most once, and kept as bits. Any thread. */
#pragma once

#include "base/progress.h"
#include "labels/voxel-set.h"

typedef enum {
  LAM_COVER_NONE,
  LAM_COVER_SOME, /* as the words say */
  LAM_COVER_ALL,
  LAM_COVER_FAILED, /* with error */
} LamCover;

/* Which voxels of a brick can be reached at all; `rows` is written for
 * LAM_COVER_SOME alone, and may say anything outside of the volume. */
typedef LamCover (*LamCoverRead) (
    LamBrickKey key, uint64_t *rows, gpointer user_data, GError **error);

typedef struct {
  LamBox box; /* nothing outside of it is reached; inside of the volume */
  int frozen_axis; /* no step goes along it, so that each slice is on its own;
                    * -1: none */
  LamCoverRead read;
  gpointer user_data;
} LamFloodRule;

/* Empty when `voxel` is not to be reached. NULL with error. */
LamVoxelSet *lam_flood_from_voxel (const LamFloodRule *rule,
    const int64_t size[3], const int64_t voxel[3], LamProgress *progress,
    GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* What is connected with the faces of the box (those of the frozen axis do not
 * count). */
LamVoxelSet *lam_flood_from_faces (const LamFloodRule *rule,
    const int64_t size[3], LamProgress *progress,
    GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Takes `set` apart into what is connected, until it is empty: calls `each` for
 * every part, which is given away, in the order of their first bricks. False
 * with error when it was cancelled. */
bool lam_flood_take_parts (LamVoxelSet *set,
    void (*each) (LamVoxelSet *part, gpointer user_data), gpointer user_data,
    LamProgress *progress, GError **error);
