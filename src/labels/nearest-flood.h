/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Who is nearest, along a body: in nm, not in steps, for a step between thick
 * sections is as far as ten within one. Any thread. */
#pragma once

#include "base/progress.h"
#include "labels/block-components.h"

#define LAM_FLOOD_OUTSIDE UINT32_MAX /* not of the body */
#define LAM_FLOOD_NOBODY (UINT32_MAX - 1) /* of the body, and nobody's yet */

/* `owners` of a dense box say who has a voxel already, and get who is nearest
 * to each that nobody has; what no way within the body leads to stays nobody's.
 * Of two that are as near it is always the same one. `voxel_size_nm` may be
 * unknown (0): voxels are cubes then. Takes 12 bytes a voxel beside. False with
 * error: there is no memory, or it was cancelled. */
bool lam_nearest_flood (uint32_t *owners, const int64_t size[3],
    const double voxel_size_nm[3], LamConnectivity connectivity,
    LamProgress *progress, GError **error);
