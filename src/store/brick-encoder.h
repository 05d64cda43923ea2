/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Bricks and differences between bricks to bytes (brick-format.h). Any thread.
 */
#pragma once

#include "labels/label-brick.h"

GByteArray *lam_brick_encode (
    const LamLabelBrick *brick) G_GNUC_WARN_UNUSED_RESULT;

/* What changed from one brick to the other, usable both ways. NULL stands for
 * an absent brick. `n_voxels` (may be NULL): how many voxels changed. */
GByteArray *lam_difference_encode (const LamLabelBrick *before,
    const LamLabelBrick *after, int64_t *n_voxels) G_GNUC_WARN_UNUSED_RESULT;
