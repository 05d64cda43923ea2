/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* A volume in a nameless file, or in memory: written in boxes, in any order,
 * read as any other source. It is gone when it is freed, or the program ends.
 */
#pragma once

#include "volume/source.h"

/* `folder`: on the disk to use; NULL: in memory. It has size[0]·size[1]·size[2]
 * voxels; what is not written is 0. `voxel_size_nm` 0: unknown. */
LamSource *lam_scratch_source_new (const char *folder, const int64_t size[3],
    LamDtype dtype, const double voxel_size_nm[3],
    GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Dense, x fastest; the box lies inside. Any thread. */
bool lam_scratch_source_write (
    LamSource *source, const LamBox *box, const void *voxels, GError **error);
