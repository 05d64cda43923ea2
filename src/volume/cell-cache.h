/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Cells of voxels in memory under a byte budget, least recently used out
 * first. Any thread. */
#pragma once

#include <gio/gio.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct _LamCellCache LamCellCache;
typedef struct _LamCell LamCell;

/* `space` tells apart what has different cells or another content. */
typedef struct {
  uint32_t space;
  int32_t level;
  int64_t index;
} LamCellKey;

/* Computes or reads a cell. */
typedef bool (*LamCellFill) (
    gpointer data, void *out, GCancellable *cancellable, GError **error);

LamCellCache *lam_cell_cache_new (
    int64_t budget_bytes) G_GNUC_WARN_UNUSED_RESULT;
LamCellCache *lam_cell_cache_ref (
    LamCellCache *cache) G_GNUC_WARN_UNUSED_RESULT;
void lam_cell_cache_unref (LamCellCache *cache);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LamCellCache, lam_cell_cache_unref)

/* Gives the cell, pinned until lam_cell_cache_unpin(). When it is not there,
 * `fill` makes it in this thread, without a lock; when another thread is
 * making it, waits for that one. What fails is not kept. `fill` may pin other
 * cells if it never comes back to this one. */
LamCell *lam_cell_cache_pin (LamCellCache *cache, LamCellKey key, size_t bytes,
    LamCellFill fill, gpointer data, GCancellable *cancellable,
    GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* The cell if it is there, pinned, or NULL; never waits for a read. */
LamCell *lam_cell_cache_try_pin (
    LamCellCache *cache, LamCellKey key) G_GNUC_WARN_UNUSED_RESULT;
/* Whether another thread is making the cell just now, so that pinning would
 * wait. */
bool lam_cell_cache_is_loading (LamCellCache *cache, LamCellKey key);
void lam_cell_cache_unpin (LamCellCache *cache, LamCell *cell);
const void *lam_cell_get_voxels (const LamCell *cell);

/* With what is in use, the only part that may go beyond the budget. */
int64_t lam_cell_cache_get_bytes (LamCellCache *cache);
/* Drops everything that is not in use; the memory is given back by a thread of
 * its own, since that takes long. */
void lam_cell_cache_clear (LamCellCache *cache);
/* Whether the books agree; for assertions and tests. */
bool lam_cell_cache_check (LamCellCache *cache);
