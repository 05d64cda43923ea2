/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* A box with few bricks is looked through at once. What waits is one box around
 * all that are large: a brick too many is not dirty, or counted once more.
 * While it is looked through, what is added waits for the next time. */
#include "workspace/dirty-bricks.h"

#include "base/int64-hash.h"

enum {
  MOST_AT_ONCE = 4096, /* bricks */
  LOOK_EVERY = 512, /* bricks, at the clock */
};

typedef struct {
  LamBox bricks; /* empty: none */
  bool all; /* also those that did not change */
} Waiting;

struct _LamDirtyBricks {
  Waiting next, now;
  size_t at; /* of the map's bricks, in `now` */
  /* Owned */
  GHashTable *keys; /* packed keys */
  GHashTable *serials; /* packed key → serial; none: 0 */
};

static GHashTable *
make_set (void)
{
  return g_hash_table_new_full (lam_int64_hash, g_int64_equal, g_free, NULL);
}

static GHashTable *
make_serials (void)
{
  return g_hash_table_new_full (lam_int64_hash, g_int64_equal, g_free, g_free);
}

LamDirtyBricks *
lam_dirty_bricks_new (void)
{
  LamDirtyBricks *dirty = g_new0 (LamDirtyBricks, 1);
  dirty->keys = make_set ();
  dirty->serials = make_serials ();
  return dirty;
}

void
lam_dirty_bricks_free (LamDirtyBricks *dirty)
{
  lam_dirty_bricks_drop (dirty->keys);
  lam_dirty_bricks_drop (dirty->serials);
  g_free (dirty);
}

void
lam_dirty_bricks_clear (LamDirtyBricks *dirty)
{
  lam_dirty_bricks_drop (dirty->keys);
  lam_dirty_bricks_drop (dirty->serials);
  *dirty = (LamDirtyBricks){ .keys = make_set (), .serials = make_serials () };
}

/* --- adding --------------------------------------------------------------- */

void
lam_dirty_bricks_add (LamDirtyBricks *dirty, int64_t packed)
{
  if (!g_hash_table_contains (dirty->keys, &packed))
    g_hash_table_add (dirty->keys, g_memdup2 (&packed, sizeof packed));
}

static void
add_changed (LamBrickKey key, bool exists, uint64_t serial, gpointer user_data)
{
  LamDirtyBricks *dirty = user_data;
  const int64_t packed = lam_brick_key_pack (key);
  const uint64_t *taken = g_hash_table_lookup (dirty->serials, &packed);
  if (serial > (taken ? *taken : 0))
    lam_dirty_bricks_add (dirty, packed);
}

static void
add_any (LamBrickKey key, bool exists, uint64_t serial, gpointer user_data)
{
  if (exists)
    lam_dirty_bricks_add (user_data, lam_brick_key_pack (key));
  else
    add_changed (key, exists, serial, user_data);
}

void
lam_dirty_bricks_add_box (
    LamDirtyBricks *dirty, LamLabelMap *map, const LamBox *box, bool all)
{
  const LamBox bricks = lam_box_bricks (box);
  if (lam_box_is_empty (box))
    return;
  if (lam_box_volume (&bricks) <= MOST_AT_ONCE) {
    lam_label_map_foreach_in (map, box, all ? add_any : add_changed, dirty);
    return;
  }
  dirty->next.bricks = lam_box_unite (&dirty->next.bricks, &bricks);
  dirty->next.all |= all;
}

void
lam_dirty_bricks_note_taken (
    LamDirtyBricks *dirty, int64_t packed, uint64_t serial)
{
  if (serial > 0)
    g_hash_table_insert (dirty->serials, g_memdup2 (&packed, sizeof packed),
        g_memdup2 (&serial, sizeof serial));
}

/* --- taking --------------------------------------------------------------- */

static bool
is_looking (const LamDirtyBricks *dirty)
{
  return !lam_box_is_empty (&dirty->now.bricks);
}

bool
lam_dirty_bricks_has (LamDirtyBricks *dirty)
{
  return is_looking (dirty) || !lam_box_is_empty (&dirty->next.bricks)
      || g_hash_table_size (dirty->keys) > 0;
}

static void
look_cb (LamBrickKey key, bool exists, uint64_t serial, gpointer user_data)
{
  LamDirtyBricks *dirty = user_data;
  const int64_t at[3] = { key.x, key.y, key.z };
  if (lam_box_contains (&dirty->now.bricks, at))
    (dirty->now.all ? add_any : add_changed) (key, exists, serial, dirty);
}

bool
lam_dirty_bricks_look (LamDirtyBricks *dirty, LamLabelMap *map, int64_t end_us)
{
  if (!is_looking (dirty)) {
    dirty->now = dirty->next;
    dirty->next = (Waiting){ 0 };
    dirty->at = 0;
  }
  while (is_looking (dirty)) {
    dirty->at =
        lam_label_map_foreach_turn (map, dirty->at, LOOK_EVERY, look_cb, dirty);
    if (dirty->at == 0)
      dirty->now = (Waiting){ 0 };
    if (g_get_monotonic_time () >= end_us)
      break;
  }
  return !is_looking (dirty);
}

GHashTable *
lam_dirty_bricks_steal (LamDirtyBricks *dirty)
{
  GHashTable *keys = dirty->keys;
  dirty->keys = make_set ();
  return keys;
}

/* The fewer are added to the more. */
void
lam_dirty_bricks_give_back (LamDirtyBricks *dirty, GHashTable *keys)
{
  GHashTable *fewer = keys;
  GHashTableIter iter;
  gpointer key;
  if (g_hash_table_size (keys) > g_hash_table_size (dirty->keys)) {
    fewer = dirty->keys;
    dirty->keys = keys;
  }
  g_hash_table_iter_init (&iter, fewer);
  while (g_hash_table_iter_next (&iter, &key, NULL))
    lam_dirty_bricks_add (dirty, *(int64_t *)key);
  lam_dirty_bricks_drop (fewer);
}

/* --- freeing -------------------------------------------------------------- */

static gpointer
unref_in_thread (gpointer table)
{
  g_hash_table_unref (table);
  return NULL;
}

void
lam_dirty_bricks_drop (GHashTable *table)
{
  if (!table)
    return;
  if (g_hash_table_size (table) <= MOST_AT_ONCE)
    g_hash_table_unref (table);
  else
    g_thread_unref (g_thread_new ("bricks", unref_in_thread, table));
}
