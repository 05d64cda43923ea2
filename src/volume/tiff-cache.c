/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* An entry is pinned while someone reads it and on the list of idle entries
 * otherwise; only idle ones are thrown out, so that pinned ones may exceed the
 * budget for a moment. While an entry is being filled it is in the table as
 * "filling" and pinned by its maker; others wait for the condition. Buffers of
 * equal size are passed on, for fresh pages cost more than decoding. */

#include "volume/tiff-cache.h"

#include <glib/gi18n-lib.h>
#include <inttypes.h>

#include "base/error.h"

typedef enum { FILLING, READY, FAILED } State;

struct _LamTiffCacheEntry {
  LamTiffCacheKey key;
  State state;
  int pins;
  uint8_t *bytes; /* Owned */
  size_t n_bytes;
  GList
      link; /* in `idle` while there is no pin and the entry is in the table */
};

struct _LamTiffCache {
  GMutex lock;
  GCond filled;
  GHashTable *table; /* LamTiffCacheKey in the entry → entry */
  GQueue idle; /* last used first */
  size_t budget, held;
};

static guint
key_hash (gconstpointer data)
{
  const LamTiffCacheKey *key = data;
  uint64_t mixed = ((uint64_t)key->page * 0x9e3779b97f4a7c15u) ^ key->strile;
  mixed *= 0xbf58476d1ce4e5b9u;
  return mixed >> 32;
}

static gboolean
key_equal (gconstpointer a, gconstpointer b)
{
  const LamTiffCacheKey *left = a, *right = b;
  return left->page == right->page && left->strile == right->strile;
}

static void
entry_free (LamTiffCacheEntry *entry)
{
  g_free (entry->bytes);
  g_free (entry);
}

LamTiffCache *
lam_tiff_cache_new (size_t budget_bytes)
{
  LamTiffCache *cache = g_new0 (LamTiffCache, 1);
  g_mutex_init (&cache->lock);
  g_cond_init (&cache->filled);
  cache->table = g_hash_table_new (key_hash, key_equal);
  g_queue_init (&cache->idle);
  cache->budget = budget_bytes;
  return cache;
}

void
lam_tiff_cache_free (LamTiffCache *cache)
{
  g_assert (g_hash_table_size (cache->table) == cache->idle.length);
  while (cache->idle.head) {
    LamTiffCacheEntry *entry = cache->idle.head->data;
    g_queue_unlink (&cache->idle, &entry->link);
    entry_free (entry);
  }
  g_hash_table_unref (cache->table);
  g_cond_clear (&cache->filled);
  g_mutex_clear (&cache->lock);
  g_free (cache);
}

/* Takes the least recently used idle entry out; its buffer is given when it
 * has the wanted size and freed otherwise. */
static uint8_t *
evict_locked (LamTiffCache *cache, size_t wanted_bytes)
{
  LamTiffCacheEntry *entry = cache->idle.tail->data;
  g_queue_unlink (&cache->idle, &entry->link);
  g_hash_table_remove (cache->table, &entry->key);
  cache->held -= entry->n_bytes;
  uint8_t *bytes = NULL;
  if (entry->n_bytes == wanted_bytes)
    bytes = g_steal_pointer (&entry->bytes);
  entry_free (entry);
  return bytes;
}

static uint8_t *
make_room_locked (LamTiffCache *cache, size_t bytes)
{
  uint8_t *buffer = NULL;
  while (cache->idle.tail && cache->held + bytes > cache->budget) {
    g_free (buffer);
    buffer = evict_locked (cache, bytes);
  }
  return buffer;
}

static LamTiffCacheEntry *
add_locked (LamTiffCache *cache, LamTiffCacheKey key, size_t bytes)
{
  LamTiffCacheEntry *entry = g_new0 (LamTiffCacheEntry, 1);
  entry->key = key;
  entry->pins = 1;
  entry->link.data = entry;
  entry->bytes = make_room_locked (cache, bytes);
  entry->n_bytes = bytes;
  cache->held += bytes;
  g_hash_table_insert (cache->table, &entry->key, entry);
  return entry;
}

static void
unpin_locked (LamTiffCache *cache, LamTiffCacheEntry *entry)
{
  if (--entry->pins > 0)
    return;
  if (entry->state == FAILED) {
    entry_free (entry);
    return;
  }
  g_queue_push_head_link (&cache->idle, &entry->link);
  make_room_locked (cache, 0);
}

/* Decodes without the lock, then tells those who wait. */
static bool
fill_entry (LamTiffCache *cache, LamTiffCacheEntry *entry,
    LamTiffCacheFill fill, gpointer user_data, GError **error)
{
  if (!entry->bytes)
    entry->bytes = g_try_malloc (entry->n_bytes);
  bool ok = entry->bytes != NULL;
  if (!ok)
    g_set_error (error, LAM_ERROR, LAM_ERROR_LIMIT,
        _ ("Not enough memory to decode %zu bytes"), entry->n_bytes);
  ok = ok && fill (entry->bytes, entry->n_bytes, user_data, error);
  g_mutex_lock (&cache->lock);
  entry->state = ok ? READY : FAILED;
  g_cond_broadcast (&cache->filled);
  if (!ok) {
    g_hash_table_remove (cache->table, &entry->key);
    cache->held -= entry->n_bytes;
    unpin_locked (cache, entry);
  }
  g_mutex_unlock (&cache->lock);
  return ok;
}

/* Pins an entry that is there; NULL when whoever was filling it failed. */
static LamTiffCacheEntry *
join_locked (LamTiffCache *cache, LamTiffCacheEntry *entry)
{
  if (entry->pins++ == 0)
    g_queue_unlink (&cache->idle, &entry->link);
  while (entry->state == FILLING)
    g_cond_wait (&cache->filled, &cache->lock);
  if (entry->state == READY)
    return entry;
  unpin_locked (cache, entry);
  return NULL;
}

LamTiffCacheEntry *
lam_tiff_cache_pin (LamTiffCache *cache, LamTiffCacheKey key, size_t bytes,
    LamTiffCacheFill fill, gpointer user_data, GError **error)
{
  g_mutex_lock (&cache->lock);
  LamTiffCacheEntry *entry = NULL, *there;
  /* Who waited for one that failed tries for itself: the other may have failed
   * for a reason of its own. */
  while (!entry && (there = g_hash_table_lookup (cache->table, &key)))
    entry = join_locked (cache, there);
  bool is_new = !entry;
  if (is_new)
    entry = add_locked (cache, key, bytes);
  g_mutex_unlock (&cache->lock);
  if (is_new && !fill_entry (cache, entry, fill, user_data, error))
    return NULL;
  return entry;
}

void
lam_tiff_cache_unpin (LamTiffCache *cache, LamTiffCacheEntry *entry)
{
  g_mutex_lock (&cache->lock);
  unpin_locked (cache, entry);
  g_mutex_unlock (&cache->lock);
}

const uint8_t *
lam_tiff_cache_entry_get_bytes (LamTiffCacheEntry *entry)
{
  return entry->bytes;
}

size_t
lam_tiff_cache_get_bytes (LamTiffCache *cache)
{
  g_mutex_lock (&cache->lock);
  size_t held = cache->held;
  g_mutex_unlock (&cache->lock);
  return held;
}
