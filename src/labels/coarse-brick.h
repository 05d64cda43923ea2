/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Every n-th label, or every n-th source, of a brick along each axis, for
 * coarse slices. Immutable and reference counted. */
#pragma once

#include "labels/label-brick.h"

typedef struct _LamCoarseBrick LamCoarseBrick;

/* What is at the multiples of `stride`, each of which divides 64. */
LamCoarseBrick *lam_coarse_brick_new (const LamLabelBrick *brick,
    LamBrickPart part, const int stride[3]) G_GNUC_WARN_UNUSED_RESULT;
LamCoarseBrick *lam_coarse_brick_new_uniform (
    uint32_t value) G_GNUC_WARN_UNUSED_RESULT;
/* Of `n` values that were picked already, x fastest; takes them. */
LamCoarseBrick *lam_coarse_brick_new_take (
    uint32_t *values, int n) G_GNUC_WARN_UNUSED_RESULT;
LamCoarseBrick *lam_coarse_brick_ref (
    LamCoarseBrick *coarse) G_GNUC_WARN_UNUSED_RESULT;
void lam_coarse_brick_unref (LamCoarseBrick *coarse);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LamCoarseBrick, lam_coarse_brick_unref)

/* How many voxels of a brick are at the multiples of `stride`. */
int lam_coarse_brick_count (const int stride[3]);
/* `index` counts them. */
uint32_t lam_coarse_brick_get_value (const LamCoarseBrick *coarse, int index);
size_t lam_coarse_brick_get_bytes (const LamCoarseBrick *coarse);
