/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "segment/likely-cache.h"

struct _LamLikelyCache {
  GHashTable *entries; /* Owned; packed key → LamLikelyEntry */
  int64_t n_bytes, max_bytes;
  uint64_t round;
};

void
lam_likely_entry_free (LamLikelyEntry *entry)
{
  for (int i = 0; i < LAM_LIKELY_N_CUTS; i++)
    g_clear_pointer (&entry->cuts[i], lam_brick_cut_free);
  g_clear_pointer (&entry->doubt, lam_brick_doubt_unref);
  g_free (entry);
}

static int64_t
count_bytes (const LamLikelyEntry *entry)
{
  size_t n = sizeof *entry;
  for (int i = 0; i < LAM_LIKELY_N_CUTS; i++)
    n += entry->cuts[i] ? entry->cuts[i]->n_bytes : 0;
  n += entry->doubt ? entry->doubt->n_bytes : 0;
  return (int64_t)n;
}

LamLikelyCache *
lam_likely_cache_new (int64_t max_bytes)
{
  LamLikelyCache *cache = g_new0 (LamLikelyCache, 1);
  cache->max_bytes = max_bytes;
  cache->entries = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free,
      (GDestroyNotify)lam_likely_entry_free);
  return cache;
}

void
lam_likely_cache_free (LamLikelyCache *cache)
{
  g_hash_table_unref (cache->entries);
  g_free (cache);
}

void
lam_likely_cache_clear (LamLikelyCache *cache)
{
  g_hash_table_remove_all (cache->entries);
  cache->n_bytes = 0;
}

void
lam_likely_cache_begin (LamLikelyCache *cache)
{
  cache->round++;
}

static gboolean
is_unwanted (gpointer key, gpointer value, gpointer data)
{
  LamLikelyCache *cache = data;
  const LamLikelyEntry *entry = value;
  if (entry->round == cache->round)
    return FALSE;
  cache->n_bytes -= count_bytes (entry);
  return TRUE;
}

void
lam_likely_cache_end (LamLikelyCache *cache, bool is_whole)
{
  if (is_whole)
    g_hash_table_foreach_remove (cache->entries, is_unwanted, cache);
}

const LamLikelyEntry *
lam_likely_cache_find (
    LamLikelyCache *cache, int64_t packed, LamLikelyState state)
{
  LamLikelyEntry *entry = g_hash_table_lookup (cache->entries, &packed);
  if (!entry || entry->state.own != state.own
      || entry->state.before != state.before)
    return NULL;
  entry->round = cache->round;
  return entry;
}

void
lam_likely_cache_put (
    LamLikelyCache *cache, int64_t packed, LamLikelyEntry *entry)
{
  const int64_t n = count_bytes (entry);
  const LamLikelyEntry *old = g_hash_table_lookup (cache->entries, &packed);
  if (old) {
    cache->n_bytes -= count_bytes (old);
    g_hash_table_remove (cache->entries, &packed);
  }
  if (cache->n_bytes + n > cache->max_bytes) {
    lam_likely_entry_free (entry);
    return;
  }
  entry->round = cache->round;
  cache->n_bytes += n;
  g_hash_table_insert (
      cache->entries, g_memdup2 (&packed, sizeof packed), entry);
}
