/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The image file that a project is about: where it may be, and whether it is
 * the right one. Any thread. */
#pragma once

#include "store/project-data.h"
#include "volume/format.h"

/* Paths that exist, the likeliest first: where it was seen from the project
 * (both may have moved together), where it was, and beside the project. */
GPtrArray *lam_project_image_list (
    const char *project, const LamVolumeRow *row) G_GNUC_WARN_UNUSED_RESULT;
/* Refuses one of another size or type of voxel. `options` NULL: the channel
 * that the project was made on. */
LamSource *lam_project_image_open (const char *path, const LamVolumeRow *row,
    const LamOpenOptions *options, GError **error) G_GNUC_WARN_UNUSED_RESULT;
