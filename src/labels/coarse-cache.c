/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* An entry is found by brick and level; one of another serial is exchanged when
 * the new one is put. */
#include "labels/coarse-cache.h"

#include "base/int64-hash.h"

typedef struct {
  LamBrickKey key;
  int level;
} Place;

typedef struct {
  Place place;
  uint64_t serial;
  LamCoarseBrick *coarse; /* Owned */
  GList link; /* in `recent` */
} Entry;

struct _LamCoarseCache {
  GMutex lock;
  size_t budget_bytes, bytes;
  GHashTable *entries; /* Owned, owns: Entry's place → Entry */
  GQueue recent; /* of Entry, by its link */
};

static guint
place_hash (gconstpointer data)
{
  const Place *place = data;
  int64_t packed = lam_brick_key_pack (place->key);
  return lam_int64_hash (&packed) * 31 + (guint)place->level;
}

static gboolean
place_equal (gconstpointer a, gconstpointer b)
{
  const Place *p = a, *q = b;
  return lam_brick_key_pack (p->key) == lam_brick_key_pack (q->key)
      && p->level == q->level;
}

static void
entry_free (gpointer data)
{
  Entry *entry = data;
  lam_coarse_brick_unref (entry->coarse);
  g_free (entry);
}

LamCoarseCache *
lam_coarse_cache_new (size_t budget_bytes)
{
  LamCoarseCache *cache = g_new0 (LamCoarseCache, 1);
  g_mutex_init (&cache->lock);
  cache->budget_bytes = budget_bytes;
  cache->entries =
      g_hash_table_new_full (place_hash, place_equal, NULL, entry_free);
  g_queue_init (&cache->recent);
  return cache;
}

void
lam_coarse_cache_free (LamCoarseCache *cache)
{
  g_hash_table_unref (cache->entries);
  g_mutex_clear (&cache->lock);
  g_free (cache);
}

static void
remove_locked (LamCoarseCache *cache, Entry *entry)
{
  cache->bytes -= lam_coarse_brick_get_bytes (entry->coarse);
  g_queue_unlink (&cache->recent, &entry->link);
  g_hash_table_remove (cache->entries, &entry->place);
}

LamCoarseBrick *
lam_coarse_cache_get (
    LamCoarseCache *cache, LamBrickKey key, int level, uint64_t serial)
{
  Place place = { key, level };
  LamCoarseBrick *coarse = NULL;
  g_mutex_lock (&cache->lock);
  Entry *entry = g_hash_table_lookup (cache->entries, &place);
  if (entry && entry->serial == serial) {
    g_queue_unlink (&cache->recent, &entry->link);
    g_queue_push_head_link (&cache->recent, &entry->link);
    coarse = lam_coarse_brick_ref (entry->coarse);
  }
  g_mutex_unlock (&cache->lock);
  return coarse;
}

void
lam_coarse_cache_put (LamCoarseCache *cache, LamBrickKey key, int level,
    uint64_t serial, LamCoarseBrick *coarse)
{
  Entry *entry = g_new0 (Entry, 1);
  entry->place = (Place){ key, level };
  entry->serial = serial;
  entry->coarse = lam_coarse_brick_ref (coarse);
  entry->link.data = entry;
  g_mutex_lock (&cache->lock);
  Entry *old = g_hash_table_lookup (cache->entries, &entry->place);
  if (old)
    remove_locked (cache, old);
  g_hash_table_insert (cache->entries, &entry->place, entry);
  g_queue_push_head_link (&cache->recent, &entry->link);
  cache->bytes += lam_coarse_brick_get_bytes (coarse);
  while (cache->bytes > cache->budget_bytes && cache->recent.tail)
    remove_locked (cache, cache->recent.tail->data);
  g_mutex_unlock (&cache->lock);
}
