/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Bytes to bricks (brick-format.h). Any thread. Nothing is trusted: any bytes
 * give a brick or LAM_ERROR_CORRUPT. */
#pragma once

#include "labels/brick-runs.h"
#include "labels/coarse-brick.h"

LamLabelBrick *lam_brick_decode (
    const void *data, size_t n_bytes, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* The same without its planes: as fast as its runs are few. The same bytes are
 * refused. */
LamBrickRuns *lam_brick_decode_runs (
    const void *data, size_t n_bytes, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Every n-th label or source of the brick, without making the brick: many times
 * faster. The same bytes are refused. */
LamCoarseBrick *lam_brick_decode_coarse (const void *data, size_t n_bytes,
    LamBrickPart part, const int stride[3],
    GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* The brick after the difference (before it, when not `forward`). Fails when
 * the brick's changed voxels are not what the difference says they were. NULL
 * stands for an absent brick. */
LamLabelBrick *lam_difference_apply (const void *data, size_t n_bytes,
    const LamLabelBrick *brick, bool forward,
    GError **error) G_GNUC_WARN_UNUSED_RESULT;
