/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Bricks and differences between bricks as bytes. Any thread. The decoders
 * trust nothing: any bytes give a brick or LAM_ERROR_CORRUPT. */
#pragma once

#include "labels/label-brick.h"

GByteArray *lam_brick_encode (
    const LamLabelBrick *brick) G_GNUC_WARN_UNUSED_RESULT;
LamLabelBrick *lam_brick_decode (
    const void *data, size_t n_bytes, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* What changed from one brick to the other, usable both ways. NULL stands for
 * an absent brick. `n_voxels` (may be NULL): how many voxels changed. */
GByteArray *lam_difference_encode (const LamLabelBrick *before,
    const LamLabelBrick *after, int64_t *n_voxels) G_GNUC_WARN_UNUSED_RESULT;
/* The brick after the difference (before it, when not `forward`). Fails when
 * the brick's changed voxels are not what the difference says they were. */
LamLabelBrick *lam_difference_apply (const void *data, size_t n_bytes,
    const LamLabelBrick *brick, bool forward,
    GError **error) G_GNUC_WARN_UNUSED_RESULT;
