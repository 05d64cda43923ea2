/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Loads the 256x256 slice tiles that the views want, in worker threads, most
 * wanted first; what is no longer wanted is cancelled. One loader serves all
 * panes for one kind of tile (image or labels). Main thread only. */
#pragma once

#include "base/job.h"
#include "base/plane.h"
#include "volume/source.h"

#define LAM_TILE_EDGE 256
#define LAM_TILE_APRON 1 /* one more pixel on each side */
#define LAM_TILE_TEXELS (LAM_TILE_EDGE + 2 * LAM_TILE_APRON)

/* A tile: 256x256 voxels of a level in a slice. `slice` is in voxels of the
 * level along the plane's w axis; u and v are tile numbers. */
typedef struct {
  LamPlane plane;
  int level;
  int32_t slice, u, v;
} LamTileKey;

guint lam_tile_key_hash (gconstpointer key);
gboolean lam_tile_key_equal (gconstpointer a, gconstpointer b);
/* The level-voxels of the tile with apron, not clipped: 258x258x1, may have
 * negative coordinates. */
LamBox lam_tile_key_box (const LamTileKey *key);

/* Where texels come from. `cut` runs in a worker and returns
 * LAM_TILE_TEXELS² texels, rows along u, edge voxels repeated outside of the
 * level. */
typedef struct {
  /* Main thread: a snapshot for the worker, or NULL. */
  gpointer (*prepare) (gpointer self, const LamTileKey *key);
  GBytes *(*cut) (gpointer self, gpointer prepared, const LamTileKey *key,
      GCancellable *cancellable, GError **error);
  /* Main thread, after `cut`, also when it was cancelled. */
  void (*finish) (gpointer self, gpointer prepared);
  /* `cut` and `finish` use nothing but `prepared`, and are given NULL for
   * `self`: then freeing the loader need not wait for cuts that are reading. */
  bool is_apart;
} LamTileSource;

typedef struct _LamTileLoader LamTileLoader;

/* `texels` NULL: reading failed, with `error`. */
typedef void (*LamTileArrived) (const LamTileKey *key, GBytes *texels,
    const GError *error, gpointer user_data);

/* Borrows pool, source and self; they must outlive it. Freeing waits for cuts
 * that run, unless they stand apart. */
LamTileLoader *lam_tile_loader_new (LamJobPool *pool,
    const LamTileSource *source, gpointer self, LamTileArrived arrived,
    gpointer user_data) G_GNUC_WARN_UNUSED_RESULT;
void lam_tile_loader_free (LamTileLoader *loader);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LamTileLoader, lam_tile_loader_free)

/* Replaces the list of wanted tiles, most wanted first: new ones are asked for,
 * those under way keep their work and get their new rank, the rest is
 * cancelled. A key that failed is not tried again until lam_tile_loader_retry.
 */
void lam_tile_loader_want (
    LamTileLoader *loader, const LamTileKey *keys, int n_keys);
/* Tiles under way that meet `box` (level-0 voxels; `levels` gives factors) are
 * started again, because what they show has changed. */
void lam_tile_loader_invalidate (
    LamTileLoader *loader, const LamBox *box, const LamLevel *levels);
void lam_tile_loader_retry (LamTileLoader *loader);
int lam_tile_loader_get_n_pending (LamTileLoader *loader);
