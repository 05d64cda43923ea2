/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The wanted list never exceeds the cache, and wanting touches every resident
 * tile of the list, so an upload can only push out what nobody wants: views
 * never fight over layers. Bytes that wait for upload are those of wanted
 * tiles only. */
#include "view/tile-store.h"

#include "base/error.h"
#include "view/tile-plan.h"

typedef struct {
  LamTileKey key; /* first: the entry is its own hash key */
  GBytes *texels; /* Owned */
} Arrival;

struct _LamTileStore {
  LamTileFormat format;
  int n_layers;
  int n_parts;
  LamTileStoreArrived arrived;
  LamTileConvert convert; /* or NULL */
  gpointer user_data;
  /* Owned */
  LamTileLoader *loader; /* NULL: nothing to load */
  LamTileCache *cache; /* NULL before realize */
  void *converted; /* scratch: a tile; NULL without `convert` */
  GArray *wanted; /* of LamTileKey */
  GHashTable *wanted_set; /* borrowed keys of `wanted` */
  GHashTable *failed; /* set of owned keys that could not be read */
  GHashTable *arrivals; /* key → Arrival, owned */
  GQueue arrival_order; /* borrowed arrivals, first come first */
};

static size_t
tile_bytes (const LamTileStore *store)
{
  return (size_t)LAM_TILE_TEXELS * LAM_TILE_TEXELS
      * (size_t)store->format.texel_bytes;
}

static void
free_arrival (gpointer data)
{
  Arrival *arrival = data;
  g_bytes_unref (arrival->texels);
  g_free (arrival);
}

static void
drop_arrival (LamTileStore *store, Arrival *arrival)
{
  g_queue_remove (&store->arrival_order, arrival);
  g_hash_table_remove (store->arrivals, &arrival->key);
}

static void
tile_failed (LamTileStore *store, const LamTileKey *key, const GError *error)
{
  if (!lam_error_is_cancelled (error))
    g_hash_table_add (store->failed, g_memdup2 (key, sizeof *key));
  store->arrived (key, error, store->user_data);
}

static void
tile_arrived_cb (const LamTileKey *key, GBytes *texels, const GError *error,
    gpointer user_data)
{
  LamTileStore *store = user_data;
  if (texels == NULL) {
    tile_failed (store, key, error);
    return;
  }
  g_return_if_fail (
      g_bytes_get_size (texels) == tile_bytes (store) * (size_t)store->n_parts);
  if (!g_hash_table_contains (store->wanted_set, key))
    return;
  Arrival *older = g_hash_table_lookup (store->arrivals, key);
  if (older != NULL)
    drop_arrival (store, older);
  Arrival *arrival = g_new (Arrival, 1);
  *arrival = (Arrival){ *key, g_bytes_ref (texels) };
  g_hash_table_insert (store->arrivals, &arrival->key, arrival);
  g_queue_push_tail (&store->arrival_order, arrival);
  store->arrived (key, NULL, store->user_data);
}

LamTileStore *
lam_tile_store_new (LamJobPool *pool, const LamTileSource *source,
    gpointer self, const LamTileFormat *format, int n_layers, int n_parts,
    LamTileStoreArrived arrived, LamTileConvert convert, gpointer user_data)
{
  LamTileStore *store = g_new0 (LamTileStore, 1);
  store->format = *format;
  store->n_layers = n_layers;
  store->n_parts = n_parts;
  store->arrived = arrived;
  store->convert = convert;
  store->user_data = user_data;
  if (source != NULL)
    store->loader =
        lam_tile_loader_new (pool, source, self, tile_arrived_cb, store);
  if (convert != NULL)
    store->converted = g_malloc (tile_bytes (store));
  store->failed = g_hash_table_new_full (
      lam_tile_key_hash, lam_tile_key_equal, g_free, NULL);
  store->wanted = g_array_new (FALSE, FALSE, sizeof (LamTileKey));
  store->wanted_set = g_hash_table_new (lam_tile_key_hash, lam_tile_key_equal);
  store->arrivals = g_hash_table_new_full (
      lam_tile_key_hash, lam_tile_key_equal, NULL, free_arrival);
  g_queue_init (&store->arrival_order);
  return store;
}

void
lam_tile_store_free (LamTileStore *store)
{
  if (store == NULL)
    return;
  g_assert (store->cache == NULL);
  g_clear_pointer (&store->loader, lam_tile_loader_free);
  g_queue_clear (&store->arrival_order);
  g_hash_table_unref (store->arrivals);
  g_hash_table_unref (store->failed);
  g_free (store->converted);
  g_hash_table_unref (store->wanted_set);
  g_array_unref (store->wanted);
  g_free (store);
}

void
lam_tile_store_set_format (LamTileStore *store, const LamTileFormat *format)
{
  g_return_if_fail (
      store->cache == NULL && format->texel_bytes == store->format.texel_bytes);
  store->format = *format;
}

bool
lam_tile_store_realize (LamTileStore *store, GError **error)
{
  if (store->cache == NULL)
    store->cache = lam_tile_cache_new (&store->format, store->n_layers, error);
  return store->cache != NULL;
}

/* Asks the loader for what is wanted and neither resident nor waiting. */
static void
ask (LamTileStore *store)
{
  if (store->loader == NULL)
    return;
  g_autoptr (GArray) missing = g_array_new (FALSE, FALSE, sizeof (LamTileKey));
  for (guint i = 0; i < store->wanted->len; i++) {
    const LamTileKey *key = &g_array_index (store->wanted, LamTileKey, i);
    if (g_hash_table_contains (store->arrivals, key))
      continue;
    if (store->cache == NULL || !lam_tile_cache_is_fresh (store->cache, key))
      g_array_append_vals (missing, key, 1);
  }
  lam_tile_loader_want (
      store->loader, (const LamTileKey *)missing->data, (int)missing->len);
}

void
lam_tile_store_release (LamTileStore *store, bool lost)
{
  lam_tile_cache_free (g_steal_pointer (&store->cache), lost);
  ask (store);
}

LamTileCache *
lam_tile_store_get_cache (LamTileStore *store)
{
  return store->cache;
}

int
lam_tile_store_get_capacity (const LamTileStore *store)
{
  return store->cache != NULL ? lam_tile_cache_get_n_layers (store->cache)
                              : store->n_layers;
}

static void
drop_unwanted_arrivals (LamTileStore *store)
{
  GList *next;
  for (GList *link = store->arrival_order.head; link != NULL; link = next) {
    Arrival *arrival = link->data;
    next = link->next;
    if (g_hash_table_contains (store->wanted_set, &arrival->key))
      continue;
    g_queue_delete_link (&store->arrival_order, link);
    g_hash_table_remove (store->arrivals, &arrival->key);
  }
}

void
lam_tile_store_want (LamTileStore *store, const LamTileKey *keys, int n_keys)
{
  g_hash_table_remove_all (store->wanted_set);
  g_array_set_size (store->wanted, 0);
  n_keys = MIN (n_keys, lam_tile_store_get_capacity (store));
  g_array_append_vals (store->wanted, keys, (guint)n_keys);
  for (int i = n_keys - 1; i >= 0; i--) {
    LamTileKey *key = &g_array_index (store->wanted, LamTileKey, i);
    g_hash_table_add (store->wanted_set, key);
    if (store->cache != NULL)
      lam_tile_cache_touch (store->cache, key);
  }
  drop_unwanted_arrivals (store);
  ask (store);
}

bool
lam_tile_store_is_awaited (LamTileStore *store, const LamTileKey *key)
{
  return store->loader != NULL && g_hash_table_contains (store->wanted_set, key)
      && !g_hash_table_contains (store->failed, key);
}

static void
upload_one (LamTileStore *store, const Arrival *arrival)
{
  const void *texels = g_bytes_get_data (arrival->texels, NULL);
  bool shows = true;
  if (store->convert != NULL) {
    shows = store->convert (texels, store->converted, store->user_data);
    texels = store->converted;
  }
  lam_tile_cache_put (store->cache, &arrival->key, texels);
  lam_tile_cache_set_blank (store->cache, &arrival->key, !shows);
}

bool
lam_tile_store_upload (
    LamTileStore *store, int64_t deadline_us, GArray *uploaded)
{
  bool first = true;
  while (!g_queue_is_empty (&store->arrival_order)) {
    if (!first && g_get_monotonic_time () >= deadline_us)
      return true;
    first = false;
    Arrival *arrival = g_queue_pop_head (&store->arrival_order);
    upload_one (store, arrival);
    g_array_append_val (uploaded, arrival->key);
    g_hash_table_remove (store->arrivals, &arrival->key);
  }
  return false;
}

typedef struct {
  LamTileStore *store;
  const LamBox *box; /* NULL: everything */
  const LamLevel *levels;
} Reload;

static bool
is_met (const Reload *reload, const LamTileKey *key)
{
  if (reload->box == NULL)
    return true;
  const LamBox tile = lam_tile_plan_tile_box (key, reload->levels, true);
  const LamBox common = lam_box_intersect (&tile, reload->box);
  return !lam_box_is_empty (&common);
}

static void
set_stale (const LamTileKey *key, gpointer user_data)
{
  const Reload *reload = user_data;
  if (is_met (reload, key))
    lam_tile_cache_set_stale (reload->store->cache, key);
}

static bool
drop_met_arrivals (const Reload *reload)
{
  LamTileStore *store = reload->store;
  bool any = false;
  GList *next;
  for (GList *link = store->arrival_order.head; link != NULL; link = next) {
    Arrival *arrival = link->data;
    next = link->next;
    if (is_met (reload, &arrival->key)) {
      g_queue_delete_link (&store->arrival_order, link);
      g_hash_table_remove (store->arrivals, &arrival->key);
      any = true;
    }
  }
  return any;
}

void
lam_tile_store_renew (
    LamTileStore *store, const LamBox *box, const LamLevel *levels)
{
  const LamBox all = lam_box_of_size (levels[0].size);
  Reload reload = { store, box, levels };
  if (store->loader == NULL)
    return;
  const bool dropped = drop_met_arrivals (&reload);
  lam_tile_loader_invalidate (store->loader, box != NULL ? box : &all, levels);
  if (dropped)
    ask (store);
}

void
lam_tile_store_reload (
    LamTileStore *store, const LamBox *box, const LamLevel *levels)
{
  Reload reload = { store, box, levels };
  if (store->loader == NULL)
    return;
  if (store->cache != NULL)
    lam_tile_cache_foreach (store->cache, set_stale, &reload);
  lam_tile_store_renew (store, box, levels);
  lam_tile_loader_retry (store->loader);
  g_hash_table_remove_all (store->failed);
  ask (store);
}
