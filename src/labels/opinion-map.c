/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* That nothing is known of a brick is kept as well, as most bricks are like
 * that. What was read while something was dropped is given out, but not kept:
 * its reader is told to read again by who dropped it. */
#include "labels/opinion-map.h"

#include <string.h>

#include "base/int64-hash.h"

#define DEFAULT_BYTES ((size_t)192 << 20)

typedef struct {
  int64_t key;
  LamOpinion *opinion; /* Owned, or NULL */
  GList link; /* in `recent` */
} Entry;

struct _LamOpinionMap {
  LamOpinionRead read;
  gpointer user_data; /* Borrowed */
  int64_t size[3];
  GMutex lock;
  /* Under the lock */
  size_t budget_bytes, bytes;
  uint64_t n_drops;
  GHashTable *entries; /* Owned, owns: Entry's key → Entry */
  GQueue recent; /* of Entry, by its link */
};

static void
entry_free (gpointer data)
{
  Entry *entry = data;
  g_clear_pointer (&entry->opinion, lam_opinion_unref);
  g_free (entry);
}

LamOpinionMap *
lam_opinion_map_new (const int64_t size[3], size_t budget_bytes,
    LamOpinionRead read, gpointer user_data)
{
  LamOpinionMap *map = g_new0 (LamOpinionMap, 1);
  map->read = read;
  map->user_data = user_data;
  map->budget_bytes = budget_bytes ? budget_bytes : DEFAULT_BYTES;
  memcpy (map->size, size, sizeof map->size);
  g_mutex_init (&map->lock);
  map->entries =
      g_hash_table_new_full (lam_int64_hash, g_int64_equal, NULL, entry_free);
  g_queue_init (&map->recent);
  return map;
}

void
lam_opinion_map_free (LamOpinionMap *map)
{
  if (!map)
    return;
  g_hash_table_unref (map->entries);
  g_mutex_clear (&map->lock);
  g_free (map);
}

const int64_t *
lam_opinion_map_get_size (const LamOpinionMap *map)
{
  return map->size;
}

static size_t
get_bytes (const Entry *entry)
{
  return sizeof *entry
      + (entry->opinion ? lam_opinion_get_bytes (entry->opinion) : 0);
}

static void
remove_locked (LamOpinionMap *map, Entry *entry)
{
  map->bytes -= get_bytes (entry);
  g_queue_unlink (&map->recent, &entry->link);
  g_hash_table_remove (map->entries, &entry->key);
}

static void
put_locked (LamOpinionMap *map, int64_t key, LamOpinion *opinion)
{
  if (g_hash_table_contains (map->entries, &key))
    return;
  Entry *entry = g_new0 (Entry, 1);
  entry->key = key;
  entry->opinion = opinion ? lam_opinion_ref (opinion) : NULL;
  entry->link.data = entry;
  g_hash_table_insert (map->entries, &entry->key, entry);
  g_queue_push_head_link (&map->recent, &entry->link);
  map->bytes += get_bytes (entry);
  while (map->bytes > map->budget_bytes && map->recent.tail->data != entry)
    remove_locked (map, map->recent.tail->data);
}

static bool
try_locked (LamOpinionMap *map, int64_t key, LamOpinion **opinion)
{
  Entry *entry = g_hash_table_lookup (map->entries, &key);
  if (!entry)
    return false;
  g_queue_unlink (&map->recent, &entry->link);
  g_queue_push_head_link (&map->recent, &entry->link);
  *opinion = entry->opinion ? lam_opinion_ref (entry->opinion) : NULL;
  return true;
}

bool
lam_opinion_map_try (LamOpinionMap *map, LamBrickKey key, LamOpinion **opinion)
{
  *opinion = NULL;
  g_mutex_lock (&map->lock);
  bool found = try_locked (map, lam_brick_key_pack (key), opinion);
  g_mutex_unlock (&map->lock);
  return found;
}

LamOpinion *
lam_opinion_map_read (LamOpinionMap *map, LamBrickKey key,
    GCancellable *cancellable, GError **error)
{
  int64_t packed = lam_brick_key_pack (key);
  LamOpinion *opinion = NULL;
  g_mutex_lock (&map->lock);
  bool found = try_locked (map, packed, &opinion);
  uint64_t n_drops = map->n_drops;
  g_mutex_unlock (&map->lock);
  if (found)
    return opinion;
  GError *problem = NULL;
  opinion = map->read (key, map->user_data, cancellable, &problem);
  if (problem) {
    g_propagate_error (error, problem);
    return NULL;
  }
  g_mutex_lock (&map->lock);
  if (n_drops == map->n_drops)
    put_locked (map, packed, opinion);
  g_mutex_unlock (&map->lock);
  return opinion;
}

void
lam_opinion_map_drop (LamOpinionMap *map, const LamBox *box)
{
  g_mutex_lock (&map->lock);
  map->n_drops++;
  for (GList *link = map->recent.head; link;) {
    Entry *entry = link->data;
    link = link->next;
    LamBox brick = lam_brick_box (lam_brick_key_unpack (entry->key));
    LamBox shared = box ? lam_box_intersect (&brick, box) : brick;
    if (!lam_box_is_empty (&shared))
      remove_locked (map, entry);
  }
  g_mutex_unlock (&map->lock);
}
