/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* What coarse slices show of bricks on disk: a slice of the whole volume meets
 * thousands of bricks, and the next one meets the same. Below a byte budget,
 * least recently used first out. Any thread. */
#pragma once

#include "labels/coarse-brick.h"

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
