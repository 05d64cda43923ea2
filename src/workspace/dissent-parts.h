/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* What there is to write where one takes another person's word: sets of voxels,
 * one for each of that person's labels. Any thread, blocking. */
#pragma once

#include "labels/voxel-set.h"
#include "workspace/dissent.h"

/* LamFigurePart, of the voxels in which both differ and which are of `object`
 * (NULL: of any) and in `voxels` (NULL: anywhere). `like` is the person's
 * label; what it is of the project's is not set. `size`: of the volume.
 * LAM_ERROR_LIMIT when they are of more labels than anyone takes at once. */
GPtrArray *lam_dissent_find_parts (const LamDissent *dissent,
    const LamDissentObject *object, const LamVoxelSet *voxels,
    const int64_t size[3], LamProgress *progress,
    GError **error) G_GNUC_WARN_UNUSED_RESULT;
