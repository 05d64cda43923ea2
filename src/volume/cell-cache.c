/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* A hash table of cells under one lock, which is never held while a cell is
 * filled. Invariants, under the lock:
 *
 * - `bytes` is the sum over all cells, those in the making included.
 * - A cell is in `idle` exactly when it is ready and nobody pins it; the head
 *   is the least recently used.
 * - A cell that failed or was dropped is in no table and is freed with its
 *   last pin.
 *
 * Giving memory back to the system takes a millisecond for some megabytes, so
 * cells are put aside under the lock and freed after it, and a whole cache is
 * emptied in a thread of its own.
 *
 * A cell that has to go for one of the same size hands its memory over, so
 * that at the steady state no page is faulted in anew. */
#include "volume/cell-cache.h"

#include <malloc.h>

#include "base/error.h"

#include <glib/gi18n-lib.h>

/* How long a thread that waits for another's read may sleep before it looks
 * whether it was cancelled. Waking through the cancellable itself would take
 * the cache's lock inside of the cancellable's. */
#define LOOK_AGAIN_MICROSECONDS 10000

typedef enum { CELL_LOADING, CELL_READY, CELL_FAILED } CellState;

struct _LamCell {
  LamCellKey key;
  void *voxels; /* Owned */
  size_t bytes;
  int pins;
  CellState state;
  GList link; /* in idle, or in a list of cells to be freed */
};

struct _LamCellCache {
  gatomicrefcount references;
  GMutex lock;
  GCond settled; /* some cell stopped loading */
  GHashTable *cells;
  GQueue idle;
  GQueue aside; /* to be freed by who unlocks; counted no more */
  int64_t bytes;
  int64_t budget;
};

static guint
hash_key (gconstpointer data)
{
  const LamCellKey *key = data;
  uint64_t h = (uint64_t)key->index * 0x9E3779B97F4A7C15u;
  h ^= ((uint64_t)key->space << 8 | (uint64_t)key->level) * 0xC2B2AE3D27D4EB4Fu;
  return (guint)(h ^ h >> 32);
}

static gboolean
equal_keys (gconstpointer a, gconstpointer b)
{
  const LamCellKey *p = a, *q = b;
  return p->index == q->index && p->level == q->level && p->space == q->space;
}

LamCellCache *
lam_cell_cache_new (int64_t budget_bytes)
{
  LamCellCache *cache = g_new0 (LamCellCache, 1);
  g_atomic_ref_count_init (&cache->references);
  g_mutex_init (&cache->lock);
  g_cond_init (&cache->settled);
  cache->cells = g_hash_table_new (hash_key, equal_keys);
  g_queue_init (&cache->idle);
  g_queue_init (&cache->aside);
  cache->budget = budget_bytes;
  return cache;
}

LamCellCache *
lam_cell_cache_ref (LamCellCache *cache)
{
  g_atomic_ref_count_inc (&cache->references);
  return cache;
}

static void
put_aside_locked (LamCellCache *cache, LamCell *cell)
{
  cache->bytes -= (int64_t)cell->bytes;
  g_queue_push_tail_link (&cache->aside, &cell->link);
}

static void
free_cells (GQueue *cells)
{
  while (cells->head) {
    LamCell *cell = g_queue_pop_head_link (cells)->data;
    g_free (cell->voxels);
    g_free (cell);
  }
}

/* The only way to unlock. */
static void
unlock (LamCellCache *cache)
{
  GQueue aside = cache->aside;
  g_queue_init (&cache->aside);
  g_mutex_unlock (&cache->lock);
  free_cells (&aside);
}

static void
drop_idle_locked (LamCellCache *cache, LamCell *cell)
{
  g_queue_unlink (&cache->idle, &cell->link);
  g_hash_table_remove (cache->cells, &cell->key);
}

/* Drops idle cells until `more` bytes fit. Returns the memory of one that was
 * just as large, or NULL. */
static void *
make_room_locked (LamCellCache *cache, int64_t more)
{
  void *reuse = NULL;
  while (cache->bytes + more > cache->budget && cache->idle.head) {
    LamCell *cell = cache->idle.head->data;
    drop_idle_locked (cache, cell);
    if (!reuse && more > 0 && cell->bytes == (size_t)more)
      reuse = g_steal_pointer (&cell->voxels);
    put_aside_locked (cache, cell);
  }
  return reuse;
}

static void
take_idle_locked (LamCellCache *cache, GQueue *cells)
{
  while (cache->idle.head) {
    LamCell *cell = cache->idle.head->data;
    drop_idle_locked (cache, cell);
    cache->bytes -= (int64_t)cell->bytes;
    g_queue_push_tail_link (cells, &cell->link);
  }
}

static gpointer
run_free_cells (gpointer data)
{
  GQueue *cells = data;
  free_cells (cells);
  g_queue_free (cells);
  malloc_trim (0);
  return NULL;
}

static void
free_cells_later (GQueue *cells)
{
  g_thread_unref (g_thread_new ("lam-free", run_free_cells, cells));
}

void
lam_cell_cache_unref (LamCellCache *cache)
{
  if (!g_atomic_ref_count_dec (&cache->references))
    return;
  lam_cell_cache_clear (cache);
  g_assert (g_hash_table_size (cache->cells) == 0);
  g_hash_table_unref (cache->cells);
  g_mutex_clear (&cache->lock);
  g_cond_clear (&cache->settled);
  g_free (cache);
}

static void
pin_locked (LamCellCache *cache, LamCell *cell)
{
  if (cell->pins == 0)
    g_queue_unlink (&cache->idle, &cell->link);
  cell->pins++;
}

static void
unpin_locked (LamCellCache *cache, LamCell *cell)
{
  g_assert (cell->pins > 0);
  if (--cell->pins > 0)
    return;
  if (cell->state == CELL_FAILED) {
    put_aside_locked (cache, cell);
    return;
  }
  g_queue_push_tail_link (&cache->idle, &cell->link);
  make_room_locked (cache, 0);
}

/* Waits until `cell`, which another thread makes, is ready. NULL without an
 * error when that thread failed: its reason (it may have been cancelled) is
 * not ours, so the caller tries itself. */
static LamCell *
await_locked (LamCellCache *cache, LamCell *cell, GCancellable *cancellable,
    GError **error)
{
  pin_locked (cache, cell);
  bool cancelled = false;
  while (cell->state == CELL_LOADING && !cancelled) {
    gint64 until = g_get_monotonic_time () + LOOK_AGAIN_MICROSECONDS;
    g_cond_wait_until (&cache->settled, &cache->lock, until);
    cancelled = g_cancellable_set_error_if_cancelled (cancellable, error);
  }
  if (cell->state == CELL_READY && !cancelled)
    return cell;
  unpin_locked (cache, cell);
  return NULL;
}

static LamCell *
insert_locked (LamCellCache *cache, LamCellKey key, size_t bytes)
{
  LamCell *cell = g_new0 (LamCell, 1);
  cell->key = key;
  cell->bytes = bytes;
  cell->pins = 1;
  cell->link.data = cell;
  cell->voxels = make_room_locked (cache, (int64_t)bytes);
  cache->bytes += (int64_t)bytes;
  g_hash_table_insert (cache->cells, &cell->key, cell);
  return cell;
}

static bool
allocate (LamCell *cell, GError **error)
{
  if (!cell->voxels)
    cell->voxels = g_try_malloc (cell->bytes);
  if (cell->voxels)
    return true;
  g_set_error (error, LAM_ERROR, LAM_ERROR_LIMIT,
      _ ("Not enough memory for %" G_GSIZE_FORMAT " bytes of the image"),
      cell->bytes);
  return false;
}

/* Fills the new `cell`, which only this thread may touch until then. */
static LamCell *
load (LamCellCache *cache, LamCell *cell, LamCellFill fill, gpointer data,
    GCancellable *cancellable, GError **error)
{
  bool done =
      allocate (cell, error) && fill (data, cell->voxels, cancellable, error);
  g_mutex_lock (&cache->lock);
  cell->state = done ? CELL_READY : CELL_FAILED;
  if (!done) {
    g_hash_table_remove (cache->cells, &cell->key);
    unpin_locked (cache, cell);
  }
  g_cond_broadcast (&cache->settled);
  unlock (cache);
  return done ? cell : NULL;
}

LamCell *
lam_cell_cache_pin (LamCellCache *cache, LamCellKey key, size_t bytes,
    LamCellFill fill, gpointer data, GCancellable *cancellable, GError **error)
{
  g_mutex_lock (&cache->lock);
  for (;;) {
    GError *local = NULL;
    LamCell *cell = g_hash_table_lookup (cache->cells, &key);
    if (!cell) {
      cell = insert_locked (cache, key, bytes);
      unlock (cache);
      return load (cache, cell, fill, data, cancellable, error);
    }
    cell = await_locked (cache, cell, cancellable, &local);
    if (cell || local) {
      unlock (cache);
      if (local)
        g_propagate_error (error, local);
      return cell;
    }
  }
}

LamCell *
lam_cell_cache_try_pin (LamCellCache *cache, LamCellKey key)
{
  g_mutex_lock (&cache->lock);
  LamCell *cell = g_hash_table_lookup (cache->cells, &key);
  if (cell && cell->state == CELL_READY)
    pin_locked (cache, cell);
  else
    cell = NULL;
  unlock (cache);
  return cell;
}

bool
lam_cell_cache_is_loading (LamCellCache *cache, LamCellKey key)
{
  g_mutex_lock (&cache->lock);
  const LamCell *cell = g_hash_table_lookup (cache->cells, &key);
  bool loading = cell && cell->state == CELL_LOADING;
  unlock (cache);
  return loading;
}

void
lam_cell_cache_unpin (LamCellCache *cache, LamCell *cell)
{
  g_mutex_lock (&cache->lock);
  unpin_locked (cache, cell);
  unlock (cache);
}

const void *
lam_cell_get_voxels (const LamCell *cell)
{
  return cell->voxels;
}

int64_t
lam_cell_cache_get_bytes (LamCellCache *cache)
{
  g_mutex_lock (&cache->lock);
  int64_t bytes = cache->bytes;
  unlock (cache);
  return bytes;
}

void
lam_cell_cache_clear (LamCellCache *cache)
{
  GQueue *cells = g_queue_new ();
  g_mutex_lock (&cache->lock);
  take_idle_locked (cache, cells);
  unlock (cache);
  free_cells_later (cells);
}

bool
lam_cell_cache_check (LamCellCache *cache)
{
  g_mutex_lock (&cache->lock);
  int64_t bytes = 0;
  guint n_idle = 0;
  GHashTableIter iter;
  gpointer value;
  g_hash_table_iter_init (&iter, cache->cells);
  while (g_hash_table_iter_next (&iter, NULL, &value)) {
    LamCell *cell = value;
    bytes += (int64_t)cell->bytes;
    n_idle += cell->pins == 0;
  }
  /* Failed cells that still have waiters are in no table. */
  bool good = bytes <= cache->bytes && n_idle == cache->idle.length;
  unlock (cache);
  return good;
}
