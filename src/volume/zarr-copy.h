/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Writes all of a source as OME-Zarr with levels. */
#pragma once

#include "base/progress.h"
#include "volume/source.h"

/* Level 0 comes from the source, each next level from means of the one before.
 * Takes some 150 MB of memory whatever the size. Voxels keep their type but for
 * u32 and i32, which become f32. Fails with LAM_ERROR_LIMIT when it comes to take
 * more than `limit_bytes`, or when the disk is nearly full: others need that
 * room more than a copy does. `folder` may hold the beginning of the same
 * copy, broken off since the machine was started: it is continued. Any
 * thread. */
bool lam_zarr_copy_write (LamSource *source, const LamLevel *levels,
    int n_levels, const double voxel_size_nm[3], const char *folder,
    int64_t limit_bytes, LamProgress *progress, GError **error);
