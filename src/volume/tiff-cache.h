/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Decoded strips and tiles of one source, within a byte budget, least recently
 * used first out; what several threads want at once is decoded once. Any
 * thread. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct _LamTiffCache LamTiffCache;
typedef struct _LamTiffCacheEntry LamTiffCacheEntry;

typedef struct {
  int64_t page;
  uint64_t strile;
} LamTiffCacheKey;

/* Fills `bytes` bytes at `out`. */
typedef bool (*LamTiffCacheFill) (
    void *out, size_t bytes, gpointer user_data, GError **error);

LamTiffCache *lam_tiff_cache_new (
    size_t budget_bytes) G_GNUC_WARN_UNUSED_RESULT;
/* Nothing may be pinned. */
void lam_tiff_cache_free (LamTiffCache *cache);

/* The decoded bytes of `key`, made by `fill` when they are not there; NULL with
 * an error when that failed. Unpin each. */
LamTiffCacheEntry *lam_tiff_cache_pin (LamTiffCache *cache, LamTiffCacheKey key,
    size_t bytes, LamTiffCacheFill fill, gpointer user_data,
    GError **error) G_GNUC_WARN_UNUSED_RESULT;
void lam_tiff_cache_unpin (LamTiffCache *cache, LamTiffCacheEntry *entry);
const uint8_t *lam_tiff_cache_entry_get_bytes (LamTiffCacheEntry *entry);
/* Bytes held now; for tests. */
size_t lam_tiff_cache_get_bytes (LamTiffCache *cache);
