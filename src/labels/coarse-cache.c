/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Few labels meet in one brick, so its labels are kept as bytes into a palette
 * where there are at most 256 of them: of a brick at a quarter of the
 * resolution in x and y that is 16 KiB. An entry is found by brick and level;
 * one of another serial is exchanged when the new one is put. */
#include "labels/coarse-cache.h"

#include <string.h>

enum { MAX_PALETTE = 256 };

struct _LamCoarseBrick {
  gatomicrefcount references;
  size_t bytes;
  int n_palette; /* 0: `labels` hold all */
  /* Owned */
  uint32_t *labels; /* the palette, or all labels */
  uint8_t *codes; /* NULL: no palette, or one label alone */
};

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

/* The code of a label, added if it is new; -1: no room. */
static int
code_of (uint32_t *palette, int *n_palette, uint32_t label, int guess)
{
  if (guess < *n_palette && palette[guess] == label)
    return guess;
  for (int i = 0; i < *n_palette; i++)
    if (palette[i] == label)
      return i;
  if (*n_palette == MAX_PALETTE)
    return -1;
  palette[*n_palette] = label;
  return (*n_palette)++;
}

static uint8_t *
encode (const uint32_t *labels, int n, uint32_t *palette, int *n_palette)
{
  g_autofree uint8_t *codes = g_malloc (n);
  int code = 0;
  *n_palette = 0;
  for (int i = 0; i < n; i++) {
    code = code_of (palette, n_palette, labels[i], code);
    if (code < 0)
      return NULL;
    codes[i] = (uint8_t)code;
  }
  return g_steal_pointer (&codes);
}

static int
sample (const uint32_t *from, const int stride[3], uint32_t *to)
{
  int n = 0;
  for (int z = 0; z < LAM_BRICK_EDGE; z += stride[2])
    for (int y = 0; y < LAM_BRICK_EDGE; y += stride[1])
      for (int x = 0; x < LAM_BRICK_EDGE; x += stride[0])
        to[n++] = from[x + LAM_BRICK_EDGE * (y + LAM_BRICK_EDGE * z)];
  return n;
}

LamCoarseBrick *
lam_coarse_brick_new (const LamLabelBrick *brick, const int stride[3])
{
  LamCoarseBrick *coarse = g_new0 (LamCoarseBrick, 1);
  g_atomic_ref_count_init (&coarse->references);
  const uint32_t *from = brick ? lam_label_brick_get_labels (brick) : NULL;
  uint32_t palette[MAX_PALETTE] = { 0 };
  int n = 1, n_palette = 1;
  if (from) {
    size_t most =
        LAM_BRICK_VOXELS / (size_t)(stride[0] * stride[1] * stride[2]);
    coarse->labels = g_new (uint32_t, most);
    n = sample (from, stride, coarse->labels);
    coarse->codes = encode (coarse->labels, n, palette, &n_palette);
  } else if (brick)
    lam_label_brick_is_uniform (brick, &palette[0], NULL);
  if (!from || coarse->codes) {
    g_free (coarse->labels);
    coarse->n_palette = n_palette;
    coarse->labels = g_memdup2 (palette, n_palette * sizeof *palette);
  }
  coarse->bytes = sizeof *coarse + (coarse->codes ? n : 0)
      + (coarse->n_palette > 0 ? n_palette : n) * sizeof (uint32_t);
  return coarse;
}

static LamCoarseBrick *
coarse_ref (LamCoarseBrick *coarse)
{
  g_atomic_ref_count_inc (&coarse->references);
  return coarse;
}

void
lam_coarse_brick_unref (LamCoarseBrick *coarse)
{
  if (!g_atomic_ref_count_dec (&coarse->references))
    return;
  g_free (coarse->labels);
  g_free (coarse->codes);
  g_free (coarse);
}

uint32_t
lam_coarse_brick_get_label (const LamCoarseBrick *coarse, int index)
{
  if (coarse->n_palette == 0)
    return coarse->labels[index];
  return coarse->labels[coarse->codes ? coarse->codes[index] : 0];
}

/* --- the cache ------------------------------------------------------------ */

static guint
place_hash (gconstpointer data)
{
  const Place *place = data;
  int64_t packed = lam_brick_key_pack (place->key);
  return g_int64_hash (&packed) * 31 + (guint)place->level;
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
  cache->bytes -= entry->coarse->bytes;
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
    coarse = coarse_ref (entry->coarse);
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
  entry->coarse = coarse_ref (coarse);
  entry->link.data = entry;
  g_mutex_lock (&cache->lock);
  Entry *old = g_hash_table_lookup (cache->entries, &entry->place);
  if (old)
    remove_locked (cache, old);
  g_hash_table_insert (cache->entries, &entry->place, entry);
  g_queue_push_head_link (&cache->recent, &entry->link);
  cache->bytes += coarse->bytes;
  while (cache->bytes > cache->budget_bytes && cache->recent.tail)
    remove_locked (cache, cache->recent.tail->data);
  g_mutex_unlock (&cache->lock);
}
