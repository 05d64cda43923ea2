/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* One entry for each brick that exists or that ever changed; about 120 bytes.
 * Each is in one of these states:
 *
 *   absent   brick NULL, exists false
 *   on disk  brick NULL, exists true
 *   loaded   brick set,  exists true
 *
 * The loaded ones that are not pinned hang in `recent`, last used first, and
 * are thrown out from its end while the loaded bytes are above the budget.
 * Pinned bricks count, but stay. An absent entry is kept for its serial alone.
 */
#include "labels/label-map.h"

#include <unistd.h>

#include "base/int64-hash.h"

typedef struct {
  LamBrickKey key;
  bool exists;
  int n_pins;
  uint64_t serial; /* of the last change; 0: never changed */
  size_t bytes; /* as counted in loaded_bytes */
  /* Owned; or NULL */
  LamLabelBrick *brick;
  GList link; /* in `recent` while loaded and not pinned */
} Entry;

struct _LamLabelMap {
  int64_t size[3];
  int64_t budget_bytes;
  int64_t loaded_bytes;
  size_t n_bricks;
  uint64_t serial;
  /* Immutable after set_reader(), for workers */
  LamBrickRead read;
  LamBrickReadCoarse read_coarse;
  gpointer read_data;
  /* Owned */
  GHashTable *entries; /* packed key → Entry */
  GPtrArray *in_order; /* of Entry, Borrowed: as they came */
  GQueue recent; /* of Entry, by its link */
};

static void
free_entry (gpointer data)
{
  Entry *entry = data;
  g_clear_pointer (&entry->brick, lam_label_brick_unref);
  g_free (entry);
}

static int64_t
default_budget_bytes (void)
{
  return (int64_t)sysconf (_SC_PHYS_PAGES) * sysconf (_SC_PAGESIZE) / 8;
}

LamLabelMap *
lam_label_map_new (const int64_t size[3], int64_t budget_bytes)
{
  LamLabelMap *map = g_new0 (LamLabelMap, 1);
  for (int i = 0; i < 3; i++)
    map->size[i] = size[i];
  map->budget_bytes = budget_bytes > 0 ? budget_bytes : default_budget_bytes ();
  map->entries =
      g_hash_table_new_full (lam_int64_hash, g_int64_equal, g_free, free_entry);
  map->in_order = g_ptr_array_new ();
  g_queue_init (&map->recent);
  return map;
}

void
lam_label_map_free (LamLabelMap *map)
{
  g_hash_table_unref (map->entries);
  g_ptr_array_unref (map->in_order);
  g_free (map);
}

void
lam_label_map_set_reader (LamLabelMap *map, LamBrickRead read,
    LamBrickReadCoarse read_coarse, gpointer user_data)
{
  g_return_if_fail (!map->read);
  map->read = read;
  map->read_coarse = read_coarse;
  map->read_data = user_data;
}

static Entry *
find_entry (LamLabelMap *map, LamBrickKey key)
{
  int64_t packed = lam_brick_key_pack (key);
  return g_hash_table_lookup (map->entries, &packed);
}

static Entry *
ensure_entry (LamLabelMap *map, LamBrickKey key)
{
  Entry *entry = find_entry (map, key);
  if (entry)
    return entry;
  int64_t packed = lam_brick_key_pack (key);
  entry = g_new0 (Entry, 1);
  entry->key = key;
  entry->link.data = entry;
  g_hash_table_insert (map->entries, g_memdup2 (&packed, sizeof packed), entry);
  g_ptr_array_add (map->in_order, entry);
  return entry;
}

static void
set_exists (LamLabelMap *map, Entry *entry, bool exists)
{
  map->n_bricks += exists - entry->exists;
  entry->exists = exists;
}

/* The one place where a brick comes into memory or leaves it. */
static void
set_brick (LamLabelMap *map, Entry *entry, LamLabelBrick *brick)
{
  bool was_listed = entry->brick && entry->n_pins == 0;
  bool is_listed = brick && entry->n_pins == 0;
  LamLabelBrick *old = entry->brick;
  map->loaded_bytes -= entry->bytes;
  entry->brick = brick ? lam_label_brick_ref (brick) : NULL;
  entry->bytes = brick ? lam_label_brick_get_bytes (brick) : 0;
  map->loaded_bytes += entry->bytes;
  if (was_listed)
    g_queue_unlink (&map->recent, &entry->link);
  if (is_listed)
    g_queue_push_head_link (&map->recent, &entry->link);
  g_clear_pointer (&old, lam_label_brick_unref);
}

/* Throws out what was not used for longest, but never `keep`. */
static void
evict (LamLabelMap *map, const Entry *keep)
{
  GList *link = map->recent.tail;
  while (link && map->loaded_bytes > map->budget_bytes) {
    Entry *entry = link->data;
    link = link->prev;
    if (entry != keep)
      set_brick (map, entry, NULL);
  }
}

void
lam_label_map_add_stored (LamLabelMap *map, LamBrickKey key)
{
  set_exists (map, ensure_entry (map, key), true);
}

const int64_t *
lam_label_map_get_size (LamLabelMap *map)
{
  return map->size;
}

static void
mark_used (LamLabelMap *map, Entry *entry)
{
  if (entry->n_pins > 0 || map->recent.head == &entry->link)
    return;
  g_queue_unlink (&map->recent, &entry->link);
  g_queue_push_head_link (&map->recent, &entry->link);
}

LamBrickState
lam_label_map_lookup (LamLabelMap *map, LamBrickKey key, LamLabelBrick **brick)
{
  Entry *entry = find_entry (map, key);
  if (brick)
    *brick = entry ? entry->brick : NULL;
  if (!entry || !entry->exists)
    return LAM_BRICK_ABSENT;
  if (!entry->brick)
    return LAM_BRICK_ON_DISK;
  mark_used (map, entry);
  return LAM_BRICK_LOADED;
}

bool
lam_label_map_insert (
    LamLabelMap *map, LamBrickKey key, LamLabelBrick *brick, uint64_t serial)
{
  Entry *entry = find_entry (map, key);
  if (entry && entry->serial > serial)
    return false;
  if (entry && entry->brick)
    return true;
  if (!brick) {
    if (entry)
      set_exists (map, entry, false);
    return true;
  }
  if (!entry)
    entry = ensure_entry (map, key);
  set_exists (map, entry, true);
  set_brick (map, entry, brick);
  evict (map, entry);
  return true;
}

uint64_t
lam_label_map_get_serial (LamLabelMap *map)
{
  return map->serial;
}

uint64_t
lam_label_map_get_brick_serial (LamLabelMap *map, LamBrickKey key)
{
  Entry *entry = find_entry (map, key);
  return entry ? entry->serial : 0;
}

void
lam_label_map_set (LamLabelMap *map, LamBrickKey key, LamLabelBrick *brick)
{
  Entry *entry = ensure_entry (map, key);
  /* The old brick leaves the list while it still counts as not pinned. */
  set_brick (map, entry, NULL);
  entry->n_pins++;
  entry->serial = ++map->serial;
  set_exists (map, entry, brick != NULL);
  set_brick (map, entry, brick);
  evict (map, entry);
}

void
lam_label_map_unpin (LamLabelMap *map, LamBrickKey key)
{
  Entry *entry = find_entry (map, key);
  g_return_if_fail (entry && entry->n_pins > 0);
  g_autoptr (LamLabelBrick) brick =
      entry->brick ? lam_label_brick_ref (entry->brick) : NULL;
  set_brick (map, entry, NULL);
  entry->n_pins--;
  /* Counted anew: it may have become uniform since it was set. */
  set_brick (map, entry, brick);
  evict (map, NULL);
}

void
lam_label_map_drop (LamLabelMap *map, LamBrickKey key, bool exists)
{
  Entry *entry = ensure_entry (map, key);
  g_return_if_fail (entry->n_pins == 0);
  set_brick (map, entry, NULL);
  set_exists (map, entry, exists);
  entry->serial = ++map->serial;
}

void
lam_label_map_renew (LamLabelMap *map, const GArray *keys)
{
  GHashTableIter iter;
  gpointer value;
  map->serial++;
  g_hash_table_iter_init (&iter, map->entries);
  while (g_hash_table_iter_next (&iter, NULL, &value)) {
    Entry *entry = value;
    if (entry->n_pins > 0)
      continue;
    set_brick (map, entry, NULL);
    set_exists (map, entry, false);
    entry->serial = map->serial;
  }
  for (guint i = 0; i < keys->len; i++) {
    Entry *entry = ensure_entry (
        map, lam_brick_key_unpack (g_array_index (keys, int64_t, i)));
    if (entry->n_pins > 0)
      continue;
    set_exists (map, entry, true);
    entry->serial = map->serial;
  }
}

bool
lam_label_map_try_voxel (
    LamLabelMap *map, const int64_t voxel[3], uint32_t *label, uint16_t *source)
{
  const LamBox volume = lam_box_of_size (map->size);
  LamLabelBrick *brick = NULL;
  LamBrickState state = LAM_BRICK_ABSENT;
  if (lam_box_contains (&volume, voxel)) {
    LamBrickKey key = { (int32_t)(voxel[0] / LAM_BRICK_EDGE),
      (int32_t)(voxel[1] / LAM_BRICK_EDGE),
      (int32_t)(voxel[2] / LAM_BRICK_EDGE) };
    state = lam_label_map_lookup (map, key, &brick);
  }
  if (state == LAM_BRICK_ON_DISK)
    return false;
  int index = 0;
  for (int i = 2; i >= 0; i--)
    index = index * LAM_BRICK_EDGE + (int)(voxel[i] & (LAM_BRICK_EDGE - 1));
  if (label)
    *label = brick ? lam_label_brick_get_label (brick, index) : 0;
  if (source)
    *source =
        brick ? lam_label_brick_get_source (brick, index) : LAM_SOURCE_UNSET;
  return true;
}

LamLabelBrick *
lam_label_map_read (LamLabelMap *map, LamBrickKey key,
    GCancellable *cancellable, GError **error)
{
  if (!map->read)
    return NULL;
  return map->read (key, map->read_data, cancellable, error);
}

static LamCoarseBrick *
pick_coarse (LamLabelMap *map, LamBrickKey key, LamBrickPart part,
    const int stride[3], GCancellable *cancellable, GError **error)
{
  g_autoptr (LamLabelBrick) brick =
      lam_label_map_read (map, key, cancellable, error);
  return brick ? lam_coarse_brick_new (brick, part, stride) : NULL;
}

LamCoarseBrick *
lam_label_map_read_coarse (LamLabelMap *map, LamBrickKey key, LamBrickPart part,
    const int stride[3], GCancellable *cancellable, GError **error)
{
  GError *failure = NULL;
  LamCoarseBrick *coarse = map->read_coarse
      ? map->read_coarse (
          key, part, stride, map->read_data, cancellable, &failure)
      : pick_coarse (map, key, part, stride, cancellable, &failure);
  if (failure)
    g_propagate_error (error, failure);
  return coarse || failure ? coarse : lam_coarse_brick_new_uniform (0);
}

size_t
lam_label_map_get_n_bricks (LamLabelMap *map)
{
  return map->n_bricks;
}

int64_t
lam_label_map_get_loaded_bytes (LamLabelMap *map)
{
  return map->loaded_bytes;
}

void
lam_label_map_foreach (LamLabelMap *map,
    void (*each) (LamBrickKey key, gpointer user_data), gpointer user_data)
{
  GHashTableIter iter;
  gpointer value;
  g_hash_table_iter_init (&iter, map->entries);
  while (g_hash_table_iter_next (&iter, NULL, &value)) {
    Entry *entry = value;
    if (entry->exists)
      each (entry->key, user_data);
  }
}

size_t
lam_label_map_foreach_turn (LamLabelMap *map, size_t at, size_t n,
    void (*each) (
        LamBrickKey key, bool exists, uint64_t serial, gpointer user_data),
    gpointer user_data)
{
  const size_t end = MIN (at + n, (size_t)map->in_order->len);
  for (; at < end; at++) {
    const Entry *entry = map->in_order->pdata[at];
    each (entry->key, entry->exists, entry->serial, user_data);
  }
  return at < map->in_order->len ? at : 0;
}

void
lam_label_map_foreach_in (LamLabelMap *map, const LamBox *box,
    void (*each) (
        LamBrickKey key, bool exists, uint64_t serial, gpointer user_data),
    gpointer user_data)
{
  const LamBox bricks = lam_box_bricks (box);
  if (lam_box_is_empty (box))
    return;
  if (lam_box_volume (&bricks) > g_hash_table_size (map->entries)) {
    GHashTableIter iter;
    gpointer value;
    g_hash_table_iter_init (&iter, map->entries);
    while (g_hash_table_iter_next (&iter, NULL, &value)) {
      const Entry *entry = value;
      const int64_t at[3] = { entry->key.x, entry->key.y, entry->key.z };
      if (lam_box_contains (&bricks, at))
        each (entry->key, entry->exists, entry->serial, user_data);
    }
    return;
  }
  for (int64_t z = bricks.min[2]; z < bricks.max[2]; z++)
    for (int64_t y = bricks.min[1]; y < bricks.max[1]; y++)
      for (int64_t x = bricks.min[0]; x < bricks.max[0]; x++) {
        const LamBrickKey key = { (int32_t)x, (int32_t)y, (int32_t)z };
        const Entry *entry = find_entry (map, key);
        if (entry)
          each (key, entry->exists, entry->serial, user_data);
      }
}

bool
lam_label_map_check (LamLabelMap *map)
{
  GHashTableIter iter;
  gpointer value;
  size_t n_bricks = 0, n_listed = 0;
  int64_t bytes = 0;
  g_hash_table_iter_init (&iter, map->entries);
  while (g_hash_table_iter_next (&iter, NULL, &value)) {
    Entry *entry = value;
    if ((entry->brick && !entry->exists) || entry->n_pins < 0
        || entry->serial > map->serial)
      return false;
    n_bricks += entry->exists;
    bytes += entry->bytes;
    n_listed += entry->brick && entry->n_pins == 0;
  }
  return n_bricks == map->n_bricks && bytes == map->loaded_bytes
      && n_listed == map->recent.length;
}
