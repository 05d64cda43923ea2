/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Some voxels, as an outline over the slices that meet them. Main thread. */
#pragma once

#include "view/sketch.h"

typedef struct _LamVoxelOutline LamVoxelOutline;

/* `voxels`: packed key (int64_t *) → GArray of int, their numbers in that
 * brick; takes a reference. */
LamVoxelOutline *lam_voxel_outline_new (
    GHashTable *voxels, uint32_t rgb) G_GNUC_WARN_UNUSED_RESULT;
void lam_voxel_outline_free (LamVoxelOutline *outline);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LamVoxelOutline, lam_voxel_outline_free)

/* Adds what is visible to `sketch`; nothing from so far that a pixel is many
 * voxels. */
void lam_voxel_outline_draw (
    LamVoxelOutline *outline, const LamCamera *camera, LamSketch *sketch);
