/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* A hash table from key to entry and a queue in order of touch, head oldest;
 * the queue's links are part of the entries, so that touching costs no
 * allocation. Layers are handed out from 0 up until all are in use, then the
 * oldest entry gives up its own: a layer in use always has one entry.
 *
 * A driver that draws by the processor clears a new texture byte by byte, half
 * a second for 512 label tiles: so they come by the page, when first needed. */
#include "view/tile-cache.h"

#include <glib/gi18n-lib.h>

#include "base/error.h"

typedef struct {
  LamTileKey key; /* first: the entry is its own hash key */
  int layer;
  bool stale;
  bool blank;
  GList link; /* in `oldest_first` */
} Entry;

struct _LamTileCache {
  LamTileFormat format;
  int n_layers;
  int n_pages; /* that are there */
  GLuint *pages; /* textures; owned, with room for all */
  GHashTable *entries; /* Owned entries */
  GQueue oldest_first; /* Borrowed entries */
};

static void
clear_gl_errors (void)
{
  /* A lost context reports errors for ever; do not wait for the end of that. */
  for (int i = 0; i < 16 && glGetError () != GL_NO_ERROR; i++)
    ;
}

static int
count_page_layers (const LamTileCache *cache, int page)
{
  return MIN (
      LAM_TILE_PAGE_LAYERS, cache->n_layers - page * LAM_TILE_PAGE_LAYERS);
}

/* Makes the next page. */
static bool
add_page (LamTileCache *cache)
{
  const LamTileFormat *format = &cache->format;
  const GLenum target = GL_TEXTURE_2D_ARRAY;
  GLuint texture;
  glGenTextures (1, &texture);
  glBindTexture (target, texture);
  glTexParameteri (target, GL_TEXTURE_MIN_FILTER, format->filter);
  glTexParameteri (target, GL_TEXTURE_MAG_FILTER, format->filter);
  glTexParameteri (target, GL_TEXTURE_WRAP_S, GL_CLAMP_TO_EDGE);
  glTexParameteri (target, GL_TEXTURE_WRAP_T, GL_CLAMP_TO_EDGE);
  glTexParameteri (target, GL_TEXTURE_BASE_LEVEL, 0);
  glTexParameteri (target, GL_TEXTURE_MAX_LEVEL, 0);
  clear_gl_errors ();
  glTexImage3D (target, 0, format->internal_format, LAM_TILE_TEXELS,
      LAM_TILE_TEXELS, count_page_layers (cache, cache->n_pages), 0,
      format->format, format->type, NULL);
  const bool ok = glGetError () == GL_NO_ERROR;
  glBindTexture (target, 0);
  if (ok)
    cache->pages[cache->n_pages++] = texture;
  else
    glDeleteTextures (1, &texture);
  return ok;
}

LamTileCache *
lam_tile_cache_new (const LamTileFormat *format, int n_layers, GError **error)
{
  LamTileCache *cache = g_new0 (LamTileCache, 1);
  cache->format = *format;
  cache->n_layers = MAX (n_layers, 4);
  cache->pages = g_new0 (GLuint,
      (cache->n_layers + LAM_TILE_PAGE_LAYERS - 1) / LAM_TILE_PAGE_LAYERS);
  cache->entries = g_hash_table_new_full (
      lam_tile_key_hash, lam_tile_key_equal, NULL, g_free);
  g_queue_init (&cache->oldest_first);
  if (add_page (cache))
    return cache;
  g_set_error (error, LAM_ERROR, LAM_ERROR_LIMIT,
      _ ("The graphics driver (%s) has no room for %d tiles of %d×%d pixels of "
         "%d bytes"),
      (const char *)glGetString (GL_RENDERER), count_page_layers (cache, 0),
      LAM_TILE_TEXELS, LAM_TILE_TEXELS, format->texel_bytes);
  lam_tile_cache_free (cache, false);
  return NULL;
}

void
lam_tile_cache_free (LamTileCache *cache, bool lost)
{
  if (cache == NULL)
    return;
  if (!lost)
    glDeleteTextures (cache->n_pages, cache->pages);
  g_hash_table_unref (cache->entries);
  g_free (cache->pages);
  g_free (cache);
}

int
lam_tile_cache_get_n_layers (const LamTileCache *cache)
{
  return cache->n_layers;
}

GLuint
lam_tile_cache_get_texture (const LamTileCache *cache, int page)
{
  return page >= 0 && page < cache->n_pages ? cache->pages[page] : 0;
}

int
lam_tile_cache_find (LamTileCache *cache, const LamTileKey *key)
{
  const Entry *entry = g_hash_table_lookup (cache->entries, key);
  return entry != NULL ? entry->layer : -1;
}

static void
make_newest (LamTileCache *cache, Entry *entry)
{
  g_queue_unlink (&cache->oldest_first, &entry->link);
  g_queue_push_tail_link (&cache->oldest_first, &entry->link);
}

bool
lam_tile_cache_is_fresh (LamTileCache *cache, const LamTileKey *key)
{
  const Entry *entry = g_hash_table_lookup (cache->entries, key);
  return entry != NULL && !entry->stale;
}

void
lam_tile_cache_touch (LamTileCache *cache, const LamTileKey *key)
{
  Entry *entry = g_hash_table_lookup (cache->entries, key);
  if (entry != NULL)
    make_newest (cache, entry);
}

void
lam_tile_cache_set_stale (LamTileCache *cache, const LamTileKey *key)
{
  Entry *entry = g_hash_table_lookup (cache->entries, key);
  if (entry != NULL)
    entry->stale = true;
}

void
lam_tile_cache_set_blank (
    LamTileCache *cache, const LamTileKey *key, bool blank)
{
  Entry *entry = g_hash_table_lookup (cache->entries, key);
  if (entry != NULL)
    entry->blank = blank;
}

bool
lam_tile_cache_is_blank (LamTileCache *cache, const LamTileKey *key)
{
  const Entry *entry = g_hash_table_lookup (cache->entries, key);
  return entry != NULL && entry->blank;
}

void
lam_tile_cache_foreach (LamTileCache *cache,
    void (*each) (const LamTileKey *key, gpointer user_data),
    gpointer user_data)
{
  for (GList *link = cache->oldest_first.head; link != NULL; link = link->next)
    each (&((Entry *)link->data)->key, user_data);
}

static Entry *
take_layer (LamTileCache *cache, const LamTileKey *key)
{
  Entry *entry = g_new0 (Entry, 1);
  const int n_used = (int)g_hash_table_size (cache->entries);
  const int n_there = cache->n_pages * LAM_TILE_PAGE_LAYERS;
  if (n_used == n_there && n_used < cache->n_layers && !add_page (cache))
    cache->n_layers = n_there;
  if (n_used < cache->n_layers) {
    entry->layer = n_used;
  } else {
    Entry *oldest = cache->oldest_first.head->data;
    entry->layer = oldest->layer;
    g_queue_unlink (&cache->oldest_first, &oldest->link);
    g_hash_table_remove (cache->entries, &oldest->key);
  }
  entry->key = *key;
  entry->link.data = entry;
  g_queue_push_tail_link (&cache->oldest_first, &entry->link);
  g_hash_table_insert (cache->entries, &entry->key, entry);
  return entry;
}

static void
upload (LamTileCache *cache, int layer, int u, int v, int width, int height,
    const void *texels)
{
  glBindTexture (
      GL_TEXTURE_2D_ARRAY, cache->pages[layer / LAM_TILE_PAGE_LAYERS]);
  glBindBuffer (GL_PIXEL_UNPACK_BUFFER, 0);
  glPixelStorei (GL_UNPACK_ALIGNMENT, 1);
  glPixelStorei (GL_UNPACK_ROW_LENGTH, 0);
  glPixelStorei (GL_UNPACK_SKIP_PIXELS, 0);
  glPixelStorei (GL_UNPACK_SKIP_ROWS, 0);
  glTexSubImage3D (GL_TEXTURE_2D_ARRAY, 0, u, v, layer % LAM_TILE_PAGE_LAYERS,
      width, height, 1, cache->format.format, cache->format.type, texels);
}

void
lam_tile_cache_put (
    LamTileCache *cache, const LamTileKey *key, const void *texels)
{
  Entry *entry = g_hash_table_lookup (cache->entries, key);
  if (entry == NULL)
    entry = take_layer (cache, key);
  entry->stale = entry->blank = false;
  make_newest (cache, entry);
  upload (cache, entry->layer, 0, 0, LAM_TILE_TEXELS, LAM_TILE_TEXELS, texels);
}

void
lam_tile_cache_update (LamTileCache *cache, const LamTileKey *key, int u, int v,
    int width, int height, const void *texels)
{
  const int layer = lam_tile_cache_find (cache, key);
  g_return_if_fail (layer >= 0);
  upload (cache, layer, u, v, width, height, texels);
}
