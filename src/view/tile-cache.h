/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Tiles that are on the GPU: one layer of a texture array a tile, least
 * recently touched first out. The arrays, called pages, are made as tiles come.
 * Functions marked "current" need a context of the share group. */
#pragma once

#include <epoxy/gl.h>
#include <stdbool.h>

#include "volume/tile-loader.h"

typedef struct {
  GLint internal_format;
  GLenum format, type;
  int texel_bytes;
  GLint filter; /* at first; GL_LINEAR or GL_NEAREST */
} LamTileFormat;

typedef struct _LamTileCache LamTileCache;

/* Layers in a page. The first of the whole cache are in page 0, and so on. */
#define LAM_TILE_PAGE_LAYERS 8

/* Has fewer layers than asked for where the driver turns out to have no room.
 * Current. */
LamTileCache *lam_tile_cache_new (const LamTileFormat *format, int n_layers,
    GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Current, unless `lost`: then the texture is forgotten, not deleted. */
void lam_tile_cache_free (LamTileCache *cache, bool lost);

int lam_tile_cache_get_n_layers (const LamTileCache *cache);
/* 0: a page that is not there. */
GLuint lam_tile_cache_get_texture (const LamTileCache *cache, int page);
/* The tile's layer, or -1. */
int lam_tile_cache_find (LamTileCache *cache, const LamTileKey *key);
/* There and not stale. */
bool lam_tile_cache_is_fresh (LamTileCache *cache, const LamTileKey *key);
/* Marks it, if it is there, as the last to go. */
void lam_tile_cache_touch (LamTileCache *cache, const LamTileKey *key);
void lam_tile_cache_set_stale (LamTileCache *cache, const LamTileKey *key);
/* Calls `each` for every tile. It may change no tile but through
 * lam_tile_cache_update() and lam_tile_cache_set_stale(). */
void lam_tile_cache_foreach (LamTileCache *cache,
    void (*each) (const LamTileKey *key, gpointer user_data),
    gpointer user_data);
/* Whole tile of dense texels; replaces an older or the least wanted one.
 * Current. */
void lam_tile_cache_put (
    LamTileCache *cache, const LamTileKey *key, const void *texels);
/* A tile that is there shows nothing: whoever draws can leave it out. A new
 * tile shows something. */
void lam_tile_cache_set_blank (
    LamTileCache *cache, const LamTileKey *key, bool blank);
bool lam_tile_cache_is_blank (LamTileCache *cache, const LamTileKey *key);
/* A rectangle of a tile that is there. Current. */
void lam_tile_cache_update (LamTileCache *cache, const LamTileKey *key, int u,
    int v, int width, int height, const void *texels);
