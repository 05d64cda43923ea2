/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Every n-th label of bricks on disk, for coarse slices: a slice of the whole
 * volume meets thousands of bricks, and the next one meets the same. Below a
 * byte budget, least recently used first out. Any thread. */
#pragma once

#include "labels/label-brick.h"

/* The labels at the multiples of `stride` along each axis, x fastest. Immutable
 * and reference counted. */
typedef struct _LamCoarseBrick LamCoarseBrick;

/* `brick` NULL: unlabelled. Each stride divides 64. */
LamCoarseBrick *lam_coarse_brick_new (
    const LamLabelBrick *brick, const int stride[3]) G_GNUC_WARN_UNUSED_RESULT;
void lam_coarse_brick_unref (LamCoarseBrick *coarse);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LamCoarseBrick, lam_coarse_brick_unref)
/* `index` counts kept labels. */
uint32_t lam_coarse_brick_get_label (const LamCoarseBrick *coarse, int index);

typedef struct _LamCoarseCache LamCoarseCache;

LamCoarseCache *lam_coarse_cache_new (
    size_t budget_bytes) G_GNUC_WARN_UNUSED_RESULT;
void lam_coarse_cache_free (LamCoarseCache *cache);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LamCoarseCache, lam_coarse_cache_free)

/* A reference; NULL when there is none of that brick, level and serial.
 * `serial` is the brick's in the label map: another one means that it has
 * changed. */
LamCoarseBrick *lam_coarse_cache_get (LamCoarseCache *cache, LamBrickKey key,
    int level, uint64_t serial) G_GNUC_WARN_UNUSED_RESULT;
/* Takes a reference of its own. */
void lam_coarse_cache_put (LamCoarseCache *cache, LamBrickKey key, int level,
    uint64_t serial, LamCoarseBrick *coarse);
