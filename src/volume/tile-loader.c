/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Jobs by tile. The loader borrows `source` and `self`, but a job that was
 * cancelled may still be cutting in a worker when the loader goes. So all jobs
 * share an Office: a worker enters it before it cuts and leaves it after;
 * freeing the loader closes the office and waits until nobody is inside. What
 * was prepared for a tile is given back exactly once: when the job comes home,
 * or by the closing office. Cuts that stand apart need no office: what they
 * hold is always given back when the job comes home. */
#include "volume/tile-loader.h"

#include <glib/gi18n-lib.h>

#include "base/error.h"

typedef struct {
  gatomicrefcount references;
  GMutex lock;
  GCond empty;
  int n_inside;
  bool closed;
  const LamTileSource *source; /* Borrowed */
  gpointer self; /* Borrowed */
  GHashTable *errands; /* main thread; every Errand not yet freed */
} Office;

typedef struct {
  Office *office; /* Owned */
  LamTileKey key;
  gpointer prepared; /* Owned until given back */
  bool given_back;
} Errand;

struct _LamTileLoader {
  LamJobPool *pool; /* Borrowed */
  Office *office; /* Owned */
  LamTileArrived arrived;
  gpointer user_data;
  GHashTable *pending; /* LamTileKey to Pending */
  GHashTable *failed; /* set of LamTileKey */
  unsigned round; /* counts calls of want */
};

/* Also the user data of the job. */
typedef struct {
  LamTileLoader *loader; /* Borrowed */
  LamTileKey key;
  LamJob *job; /* Borrowed */
  unsigned round; /* when it was last wanted */
  int rank;
} Pending;

guint
lam_tile_key_hash (gconstpointer data)
{
  const LamTileKey *key = data;
  uint64_t h = (uint64_t)(uint32_t)key->slice << 8 | (uint64_t)key->plane << 6
      | (uint64_t)key->level;
  h = (h ^ (uint64_t)(uint32_t)key->u << 40) * 0x9E3779B97F4A7C15u;
  h = (h ^ h >> 29 ^ (uint64_t)(uint32_t)key->v) * 0xBF58476D1CE4E5B9u;
  return (guint)(h ^ h >> 32);
}

gboolean
lam_tile_key_equal (gconstpointer a, gconstpointer b)
{
  const LamTileKey *p = a, *q = b;
  return p->plane == q->plane && p->level == q->level && p->slice == q->slice
      && p->u == q->u && p->v == q->v;
}

LamBox
lam_tile_key_box (const LamTileKey *key)
{
  int axis[3] = { lam_plane_u (key->plane), lam_plane_v (key->plane),
    lam_plane_w (key->plane) };
  int32_t tile[2] = { key->u, key->v };
  LamBox box;
  for (int i = 0; i < 2; i++) {
    box.min[axis[i]] = (int64_t)tile[i] * LAM_TILE_EDGE - LAM_TILE_APRON;
    box.max[axis[i]] = box.min[axis[i]] + LAM_TILE_TEXELS;
  }
  box.min[axis[2]] = key->slice;
  box.max[axis[2]] = (int64_t)key->slice + 1;
  return box;
}

static Office *
office_new (const LamTileSource *source, gpointer self)
{
  Office *office = g_new0 (Office, 1);
  g_atomic_ref_count_init (&office->references);
  g_mutex_init (&office->lock);
  g_cond_init (&office->empty);
  office->source = source;
  office->self = self;
  office->errands = g_hash_table_new (NULL, NULL);
  return office;
}

static void
office_unref (Office *office)
{
  if (!g_atomic_ref_count_dec (&office->references))
    return;
  g_hash_table_unref (office->errands);
  g_mutex_clear (&office->lock);
  g_cond_clear (&office->empty);
  g_free (office);
}

static bool
office_enter (Office *office)
{
  g_mutex_lock (&office->lock);
  bool open = !office->closed;
  office->n_inside += open;
  g_mutex_unlock (&office->lock);
  return open;
}

static void
office_leave (Office *office)
{
  g_mutex_lock (&office->lock);
  if (--office->n_inside == 0)
    g_cond_broadcast (&office->empty);
  g_mutex_unlock (&office->lock);
}

static Errand *
errand_new (Office *office, const LamTileKey *key)
{
  Errand *errand = g_new0 (Errand, 1);
  g_atomic_ref_count_inc (&office->references);
  errand->office = office;
  errand->key = *key;
  if (office->source->prepare)
    errand->prepared = office->source->prepare (office->self, key);
  g_hash_table_add (office->errands, errand);
  return errand;
}

static void
give_back (Errand *errand)
{
  Office *office = errand->office;
  if (errand->given_back)
    return;
  errand->given_back = true;
  if (office->source->finish)
    office->source->finish (
        office->source->is_apart ? NULL : office->self, errand->prepared);
}

static void
errand_free (gpointer data)
{
  Errand *errand = data;
  give_back (errand);
  g_hash_table_remove (errand->office->errands, errand);
  office_unref (errand->office);
  g_free (errand);
}

static void
office_close (Office *office)
{
  if (office->source->is_apart) {
    office_unref (office);
    return;
  }
  g_mutex_lock (&office->lock);
  office->closed = true;
  while (office->n_inside > 0)
    g_cond_wait (&office->empty, &office->lock);
  g_mutex_unlock (&office->lock);
  GHashTableIter iter;
  gpointer errand;
  g_hash_table_iter_init (&iter, office->errands);
  while (g_hash_table_iter_next (&iter, &errand, NULL))
    give_back (errand);
  office_unref (office);
}

static gpointer
run_errand (gpointer input, GCancellable *cancellable, GError **error)
{
  Errand *errand = input;
  Office *office = errand->office;
  if (g_cancellable_set_error_if_cancelled (cancellable, error))
    return NULL;
  if (office->source->is_apart)
    return office->source->cut (
        NULL, errand->prepared, &errand->key, cancellable, error);
  if (!office_enter (office))
    return NULL;
  GBytes *texels = office->source->cut (
      office->self, errand->prepared, &errand->key, cancellable, error);
  office_leave (office);
  return texels;
}

static void
deliver (gpointer result, const GError *error, gpointer user_data)
{
  Pending *pending = user_data;
  LamTileLoader *loader = pending->loader;
  LamTileKey key = pending->key;
  g_autoptr (GBytes) texels = result;
  g_autoptr (GError) unknown = NULL;
  if (!texels && !error) {
    unknown = g_error_new_literal (
        LAM_ERROR, LAM_ERROR_IO, _ ("A part of the image could not be read"));
    error = unknown;
  }
  g_hash_table_remove (loader->pending, &key);
  if (!texels)
    g_hash_table_add (loader->failed, g_memdup2 (&key, sizeof key));
  loader->arrived (&key, texels, error, loader->user_data);
}

static const LamJobKind tile_kind = {
  .run = run_errand,
  .done = deliver,
  .free_input = errand_free,
  .free_result = (GDestroyNotify)g_bytes_unref,
};

LamTileLoader *
lam_tile_loader_new (LamJobPool *pool, const LamTileSource *source,
    gpointer self, LamTileArrived arrived, gpointer user_data)
{
  LamTileLoader *loader = g_new0 (LamTileLoader, 1);
  loader->pool = pool;
  loader->office = office_new (source, self);
  loader->arrived = arrived;
  loader->user_data = user_data;
  loader->pending = g_hash_table_new_full (
      lam_tile_key_hash, lam_tile_key_equal, NULL, g_free);
  loader->failed = g_hash_table_new_full (
      lam_tile_key_hash, lam_tile_key_equal, g_free, NULL);
  return loader;
}

void
lam_tile_loader_free (LamTileLoader *loader)
{
  GHashTableIter iter;
  gpointer pending;
  g_hash_table_iter_init (&iter, loader->pending);
  while (g_hash_table_iter_next (&iter, NULL, &pending))
    lam_job_cancel (((Pending *)pending)->job);
  office_close (loader->office);
  g_hash_table_unref (loader->pending);
  g_hash_table_unref (loader->failed);
  g_free (loader);
}

static void
start (Pending *pending)
{
  LamTileLoader *loader = pending->loader;
  Errand *errand = errand_new (loader->office, &pending->key);
  pending->job = lam_job_pool_submit (
      loader->pool, &tile_kind, pending->rank, errand, pending);
}

static void
want_one (LamTileLoader *loader, const LamTileKey *key, int rank)
{
  Pending *pending = g_hash_table_lookup (loader->pending, key);
  if (pending && pending->round == loader->round)
    return;
  if (pending) {
    pending->round = loader->round;
    if (pending->rank != rank)
      lam_job_set_priority (pending->job, rank);
    pending->rank = rank;
    return;
  }
  if (g_hash_table_contains (loader->failed, key))
    return;
  pending = g_new0 (Pending, 1);
  pending->loader = loader;
  pending->key = *key;
  pending->round = loader->round;
  pending->rank = rank;
  g_hash_table_insert (loader->pending, &pending->key, pending);
  start (pending);
}

/* Before new tiles are asked for, so that workers come free for them. */
static void
cancel_unwanted (LamTileLoader *loader, GHashTable *wanted)
{
  GHashTableIter iter;
  gpointer value;
  g_hash_table_iter_init (&iter, loader->pending);
  while (g_hash_table_iter_next (&iter, NULL, &value)) {
    Pending *pending = value;
    if (g_hash_table_contains (wanted, &pending->key))
      continue;
    lam_job_cancel (pending->job);
    g_hash_table_iter_remove (&iter);
  }
}

void
lam_tile_loader_want (LamTileLoader *loader, const LamTileKey *keys, int n_keys)
{
  loader->round++;
  g_autoptr (GHashTable) wanted =
      g_hash_table_new (lam_tile_key_hash, lam_tile_key_equal);
  for (int i = 0; i < n_keys; i++)
    g_hash_table_add (wanted, (gpointer)&keys[i]);
  cancel_unwanted (loader, wanted);
  for (int i = 0; i < n_keys; i++)
    want_one (loader, &keys[i], i);
}

/* In level-0 voxels; the apron counts. */
static bool
meets (const LamTileKey *key, const LamBox *box, const LamLevel *levels)
{
  LamBox tile = lam_tile_key_box (key);
  const int64_t *factor = levels[key->level].factor;
  for (int i = 0; i < 3; i++) {
    tile.min[i] *= factor[i];
    tile.max[i] *= factor[i];
  }
  LamBox common = lam_box_intersect (&tile, box);
  return !lam_box_is_empty (&common);
}

void
lam_tile_loader_invalidate (
    LamTileLoader *loader, const LamBox *box, const LamLevel *levels)
{
  GHashTableIter iter;
  gpointer value;
  g_hash_table_iter_init (&iter, loader->pending);
  while (g_hash_table_iter_next (&iter, NULL, &value)) {
    Pending *pending = value;
    if (!meets (&pending->key, box, levels))
      continue;
    lam_job_cancel (pending->job);
    start (pending);
  }
}

void
lam_tile_loader_retry (LamTileLoader *loader)
{
  g_hash_table_remove_all (loader->failed);
}

int
lam_tile_loader_get_n_pending (LamTileLoader *loader)
{
  return (int)g_hash_table_size (loader->pending);
}
