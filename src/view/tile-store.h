/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* One kind of tile on its way from the disk to the GPU: wanted, under way,
 * arrived and waiting for upload, resident. Main thread only. */
#pragma once

#include "view/tile-cache.h"

typedef struct _LamTileStore LamTileStore;

/* A tile waits for upload, or failed with `error`. */
typedef void (*LamTileStoreArrived) (
    const LamTileKey *key, const GError *error, gpointer user_data);

/* What is uploaded of the texels that arrived: a whole tile of `out`. Returns
 * false when it shows nothing. */
typedef bool (*LamTileConvert) (
    const void *texels, void *out, gpointer user_data);

/* Arrivals have the bytes of `n_parts` tiles, which only `convert` makes one
 * of. `convert` NULL: texels as they come. It is called in time for the upload.
 * `source` NULL: nothing ever arrives. Borrows pool, source and self. */
LamTileStore *lam_tile_store_new (LamJobPool *pool, const LamTileSource *source,
    gpointer self, const LamTileFormat *format, int n_layers, int n_parts,
    LamTileStoreArrived arrived, LamTileConvert convert,
    gpointer user_data) G_GNUC_WARN_UNUSED_RESULT;
/* After lam_tile_store_release(). */
void lam_tile_store_free (LamTileStore *store);

/* Another format for the same bytes, before realize. */
void lam_tile_store_set_format (
    LamTileStore *store, const LamTileFormat *format);
/* Makes the texture array if there is none. Current. */
bool lam_tile_store_realize (LamTileStore *store, GError **error);
/* Gives the texture array back; `lost`: without a context. */
void lam_tile_store_release (LamTileStore *store, bool lost);
/* NULL before realize. */
LamTileCache *lam_tile_store_get_cache (LamTileStore *store);
/* The most keys that can be wanted at once. */
int lam_tile_store_get_capacity (const LamTileStore *store);

/* All that the views need now, most urgent first, at most the capacity; what
 * is there is kept, what is not is loaded, everything else may go. */
void lam_tile_store_want (
    LamTileStore *store, const LamTileKey *keys, int n_keys);
/* Wanted, and it may still come: it has not failed. */
bool lam_tile_store_is_awaited (LamTileStore *store, const LamTileKey *key);
/* Uploads what arrived, until `deadline_us` (g_get_monotonic_time) but at
 * least one tile; appends the keys to `uploaded`. Returns whether some is
 * left. Current. */
bool lam_tile_store_upload (
    LamTileStore *store, int64_t deadline_us, GArray *uploaded);
/* What meets `box` (level-0 voxels; NULL: everything) is loaded again; the old
 * tiles stay until then. */
void lam_tile_store_reload (
    LamTileStore *store, const LamBox *box, const LamLevel *levels);
/* The same for what is on its way only: resident tiles are kept as they are. */
void lam_tile_store_renew (
    LamTileStore *store, const LamBox *box, const LamLevel *levels);
