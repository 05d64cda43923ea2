/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Entries are what bricks are by themselves; `whole` is what they make
 * together, and knows all of them or is not there. */
#include "segment/likely-cache.h"

#include "base/int64-hash.h"

typedef struct {
  LamPieceJoiner *joiners[LAM_LIKELY_N_CUTS]; /* Owned */
  LamLookMap *looks; /* Owned */
  GHashTable *counts; /* Owned; label → int64_t * */
} Whole;

struct _LamLikelyCache {
  GHashTable *entries; /* Owned; packed key → LamLikelyEntry */
  Whole *whole; /* Owned; or NULL */
  int64_t n_bytes, max_bytes; /* of the entries */
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

/* ---- What they make together -------------------------------------------- */

static void
whole_free (Whole *whole)
{
  for (int i = 0; i < LAM_LIKELY_N_CUTS; i++)
    lam_piece_joiner_free (whole->joiners[i]);
  lam_look_map_free (whole->looks);
  g_hash_table_unref (whole->counts);
  g_free (whole);
}

static void
add_counts (Whole *whole, const LamLikelyEntry *entry, int sign)
{
  const LamBrickCut *cut = entry->cuts[LAM_LIKELY_BY_LABEL];
  for (guint i = 0; cut && i < cut->counts->len; i++) {
    const LamLabelCount *count = &g_array_index (cut->counts, LamLabelCount, i);
    const gpointer label = GUINT_TO_POINTER (count->label);
    int64_t *n = g_hash_table_lookup (whole->counts, label);
    if (!n) {
      n = g_new0 (int64_t, 1);
      g_hash_table_insert (whole->counts, label, n);
    }
    *n += sign * count->n_voxels;
    if (*n == 0)
      g_hash_table_remove (whole->counts, label);
  }
}

/* NULL: nothing is there any more. */
static void
tell_whole (Whole *whole, int64_t packed, const LamLikelyEntry *entry)
{
  const LamBrickKey key = lam_brick_key_unpack (packed);
  for (int i = 0; i < LAM_LIKELY_N_CUTS; i++)
    lam_piece_joiner_put (
        whole->joiners[i], key, entry ? entry->cuts[i] : NULL);
  lam_look_map_put (whole->looks, key, entry ? entry->doubt : NULL);
  if (entry)
    add_counts (whole, entry, 1);
}

static Whole *
whole_new (LamLikelyCache *cache)
{
  Whole *whole = g_new0 (Whole, 1);
  GHashTableIter iter;
  gpointer packed, entry;
  for (int i = 0; i < LAM_LIKELY_N_CUTS; i++)
    whole->joiners[i] = lam_piece_joiner_new ();
  whole->looks = lam_look_map_new ();
  whole->counts = g_hash_table_new_full (NULL, NULL, NULL, g_free);
  g_hash_table_iter_init (&iter, cache->entries);
  while (g_hash_table_iter_next (&iter, &packed, &entry))
    tell_whole (whole, *(const int64_t *)packed, entry);
  return whole;
}

static int64_t
count_whole_bytes (const Whole *whole)
{
  int64_t n = lam_look_map_get_n_bytes (whole->looks);
  for (int i = 0; i < LAM_LIKELY_N_CUTS; i++)
    n += lam_piece_joiner_get_n_bytes (whole->joiners[i]);
  return n;
}

LamPieceJoiner *
lam_likely_cache_get_joiner (LamLikelyCache *cache, LamLikelyCut cut)
{
  return cache->whole->joiners[cut];
}

LamLookMap *
lam_likely_cache_get_looks (LamLikelyCache *cache)
{
  return cache->whole->looks;
}

GHashTable *
lam_likely_cache_get_counts (LamLikelyCache *cache)
{
  return cache->whole->counts;
}

/* ---- Bricks ------------------------------------------------------------- */

LamLikelyCache *
lam_likely_cache_new (int64_t max_bytes)
{
  LamLikelyCache *cache = g_new0 (LamLikelyCache, 1);
  cache->max_bytes = max_bytes;
  cache->entries = g_hash_table_new_full (lam_int64_hash, g_int64_equal, g_free,
      (GDestroyNotify)lam_likely_entry_free);
  return cache;
}

void
lam_likely_cache_free (LamLikelyCache *cache)
{
  g_clear_pointer (&cache->whole, whole_free);
  g_hash_table_unref (cache->entries);
  g_free (cache);
}

void
lam_likely_cache_clear (LamLikelyCache *cache)
{
  g_clear_pointer (&cache->whole, whole_free);
  g_hash_table_remove_all (cache->entries);
  cache->n_bytes = 0;
}

/* Before the entry is gone: what it was is borrowed. */
static void
forget (LamLikelyCache *cache, int64_t packed, const LamLikelyEntry *entry)
{
  cache->n_bytes -= count_bytes (entry);
  if (!cache->whole)
    return;
  add_counts (cache->whole, entry, -1);
  tell_whole (cache->whole, packed, NULL);
}

void
lam_likely_cache_begin (LamLikelyCache *cache)
{
  cache->round++;
  if (!cache->whole)
    cache->whole = whole_new (cache);
}

static gboolean
is_unwanted (gpointer key, gpointer value, gpointer data)
{
  LamLikelyCache *cache = data;
  const LamLikelyEntry *entry = value;
  if (entry->round == cache->round)
    return FALSE;
  forget (cache, *(const int64_t *)key, entry);
  return TRUE;
}

void
lam_likely_cache_drop_others (LamLikelyCache *cache)
{
  g_hash_table_foreach_remove (cache->entries, is_unwanted, cache);
}

static gboolean
is_too_much (gpointer key, gpointer value, gpointer data)
{
  LamLikelyCache *cache = data;
  if (cache->n_bytes <= cache->max_bytes)
    return FALSE;
  cache->n_bytes -= count_bytes (value);
  return TRUE;
}

void
lam_likely_cache_end (LamLikelyCache *cache)
{
  if (cache->n_bytes + count_whole_bytes (cache->whole) <= cache->max_bytes)
    return;
  g_clear_pointer (&cache->whole, whole_free);
  g_hash_table_foreach_remove (cache->entries, is_too_much, cache);
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

LamLikelyEntry *
lam_likely_cache_take_own (
    LamLikelyCache *cache, int64_t packed, LamLikelyState state)
{
  LamLikelyEntry *entry = g_hash_table_lookup (cache->entries, &packed);
  gpointer key;
  if (!entry || entry->state.own != state.own)
    return NULL;
  forget (cache, packed, entry);
  g_hash_table_steal_extended (cache->entries, &packed, &key, NULL);
  g_free (key);
  return entry;
}

void
lam_likely_cache_put (
    LamLikelyCache *cache, int64_t packed, LamLikelyEntry *entry)
{
  const LamLikelyEntry *old = g_hash_table_lookup (cache->entries, &packed);
  if (old) {
    forget (cache, packed, old);
    g_hash_table_remove (cache->entries, &packed);
  }
  entry->round = cache->round;
  cache->n_bytes += count_bytes (entry);
  tell_whole (cache->whole, packed, entry);
  g_hash_table_insert (
      cache->entries, g_memdup2 (&packed, sizeof packed), entry);
}
