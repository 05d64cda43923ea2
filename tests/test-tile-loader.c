/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Tiles: what is in them, in which order they come, what is cancelled. */
#include "volume/tile-loader.h"

#include <math.h>
#include <string.h>

#include "fake-source.h"
#include "volume/image-tiles.h"

/* A tile source that counts, and whose cuts wait for a gate. */
typedef struct {
  GMutex lock;
  GCond moved;
  bool open, started, fail;
  int n_prepared, n_finished; /* main thread */
  GArray *order; /* of int32_t: slices in the order of cutting */
} Gated;

static gpointer
gated_prepare (gpointer self, const LamTileKey *key)
{
  Gated *gated = self;
  gated->n_prepared++;
  return g_memdup2 (key, sizeof *key);
}

static GBytes *
gated_cut (gpointer self, gpointer prepared, const LamTileKey *key,
    GCancellable *cancellable, GError **error)
{
  Gated *gated = self;
  g_assert_true (lam_tile_key_equal (prepared, key));
  g_mutex_lock (&gated->lock);
  gated->started = true;
  g_cond_broadcast (&gated->moved);
  while (!gated->open)
    g_cond_wait (&gated->moved, &gated->lock);
  g_array_append_val (gated->order, key->slice);
  bool fail = gated->fail;
  g_mutex_unlock (&gated->lock);
  if (fail) {
    g_set_error (error, LAM_ERROR, LAM_ERROR_IO, "made to fail");
    return NULL;
  }
  return g_bytes_new_static ("x", 1);
}

static void
gated_finish (gpointer self, gpointer prepared)
{
  Gated *gated = self;
  gated->n_finished++;
  g_free (prepared);
}

static const LamTileSource gated_source = { gated_prepare, gated_cut,
  gated_finish };

static void
gated_init (Gated *gated)
{
  *gated = (Gated){ .order = g_array_new (FALSE, FALSE, sizeof (int32_t)) };
  g_mutex_init (&gated->lock);
  g_cond_init (&gated->moved);
}

static void
gated_clear (Gated *gated)
{
  g_assert_cmpint (gated->n_prepared, ==, gated->n_finished);
  g_array_unref (gated->order);
  g_mutex_clear (&gated->lock);
  g_cond_clear (&gated->moved);
}

static void
gated_open (Gated *gated)
{
  g_mutex_lock (&gated->lock);
  gated->open = true;
  g_cond_broadcast (&gated->moved);
  g_mutex_unlock (&gated->lock);
}

static void
await_start (Gated *gated)
{
  g_mutex_lock (&gated->lock);
  while (!gated->started)
    g_cond_wait (&gated->moved, &gated->lock);
  g_mutex_unlock (&gated->lock);
}

typedef struct {
  int n_arrived, n_failed;
  GBytes *last; /* Owned */
} Arrivals;

static void
note_arrival (const LamTileKey *key, GBytes *texels, const GError *error,
    gpointer user_data)
{
  Arrivals *arrivals = user_data;
  arrivals->n_arrived += texels != NULL;
  arrivals->n_failed += error != NULL;
  g_clear_pointer (&arrivals->last, g_bytes_unref);
  arrivals->last = texels ? g_bytes_ref (texels) : NULL;
}

static LamTileKey
slice_key (int slice)
{
  return (LamTileKey){ LAM_PLANE_XY, 0, slice, 0, 0 };
}

static void
settle (LamTileLoader *loader, LamJobPool *pool)
{
  while (lam_tile_loader_get_n_pending (loader) > 0
      || lam_job_pool_get_n_pending (pool) > 0)
    g_main_context_iteration (NULL, TRUE);
}

/* What stays wanted keeps its work and takes its new rank. */
static void
test_order (void)
{
  g_autoptr (LamJobPool) pool = lam_job_pool_new (1);
  Gated gated;
  gated_init (&gated);
  Arrivals arrivals = { 0 };
  LamTileLoader *loader = lam_tile_loader_new (
      pool, &gated_source, &gated, note_arrival, &arrivals);
  LamTileKey first[] = { slice_key (0), slice_key (1), slice_key (2),
    slice_key (3) };
  lam_tile_loader_want (loader, first, 4);
  await_start (&gated);
  /* Twice the same key costs one tile. */
  LamTileKey second[] = { slice_key (0), slice_key (9), slice_key (3),
    slice_key (3), slice_key (1) };
  lam_tile_loader_want (loader, second, 5);
  g_assert_cmpint (lam_tile_loader_get_n_pending (loader), ==, 4);
  gated_open (&gated);
  settle (loader, pool);
  const int32_t expected[] = { 0, 9, 3, 1 };
  g_assert_cmpmem (gated.order->data, gated.order->len * sizeof (int32_t),
      expected, sizeof expected);
  g_assert_cmpint (arrivals.n_arrived, ==, 4);
  lam_tile_loader_free (loader);
  g_bytes_unref (arrivals.last);
  gated_clear (&gated);
}

static void
test_failed_waits_for_retry (void)
{
  g_autoptr (LamJobPool) pool = lam_job_pool_new (2);
  Gated gated;
  gated_init (&gated);
  gated.open = gated.fail = true;
  Arrivals arrivals = { 0 };
  LamTileLoader *loader = lam_tile_loader_new (
      pool, &gated_source, &gated, note_arrival, &arrivals);
  LamTileKey key = slice_key (4);
  for (int i = 0; i < 2; i++) {
    lam_tile_loader_want (loader, &key, 1);
    settle (loader, pool);
    g_assert_cmpint (arrivals.n_failed, ==, 1);
  }
  gated.fail = false;
  lam_tile_loader_retry (loader);
  lam_tile_loader_want (loader, &key, 1);
  settle (loader, pool);
  g_assert_cmpint (arrivals.n_arrived, ==, 1);
  lam_tile_loader_free (loader);
  g_bytes_unref (arrivals.last);
  gated_clear (&gated);
}

/* A change under a tile that is being cut: cut again, with a new snapshot. */
static void
test_invalidate (void)
{
  g_autoptr (LamJobPool) pool = lam_job_pool_new (1);
  Gated gated;
  gated_init (&gated);
  Arrivals arrivals = { 0 };
  LamTileLoader *loader = lam_tile_loader_new (
      pool, &gated_source, &gated, note_arrival, &arrivals);
  const LamLevel levels[] = { { { 100, 100, 100 }, { 1, 1, 1 } } };
  LamTileKey key = slice_key (4);
  lam_tile_loader_want (loader, &key, 1);
  await_start (&gated);
  LamBox other = lam_box_new (0, 0, 5, 9, 9, 6);
  lam_tile_loader_invalidate (loader, &other, levels);
  g_assert_cmpint (gated.n_prepared, ==, 1);
  LamBox same = lam_box_new (0, 0, 4, 9, 9, 5);
  lam_tile_loader_invalidate (loader, &same, levels);
  g_assert_cmpint (gated.n_prepared, ==, 2);
  gated_open (&gated);
  settle (loader, pool);
  g_assert_cmpint (arrivals.n_arrived, ==, 1);
  g_assert_cmpint (gated.order->len, ==, 2);
  lam_tile_loader_free (loader);
  g_bytes_unref (arrivals.last);
  gated_clear (&gated);
}

static gpointer
open_later (gpointer data)
{
  g_usleep (30000);
  gated_open (data);
  return NULL;
}

/* The loader goes while a worker cuts: it waits for that worker, and what was
 * prepared is given back before it returns. */
static void
test_free_while_cutting (void)
{
  g_autoptr (LamJobPool) pool = lam_job_pool_new (2);
  Gated gated;
  gated_init (&gated);
  Arrivals arrivals = { 0 };
  LamTileLoader *loader = lam_tile_loader_new (
      pool, &gated_source, &gated, note_arrival, &arrivals);
  LamTileKey keys[] = { slice_key (0), slice_key (1), slice_key (2) };
  lam_tile_loader_want (loader, keys, 3);
  await_start (&gated);
  GThread *opener = g_thread_new ("open", open_later, &gated);
  lam_tile_loader_free (loader);
  /* The gate was closed before: this was cut while the loader waited. */
  g_mutex_lock (&gated.lock);
  g_assert_cmpint (gated.order->len, >, 0);
  g_mutex_unlock (&gated.lock);
  g_thread_join (opener);
  g_assert_cmpint (gated.n_prepared, ==, 3);
  gated_clear (&gated);
  while (lam_job_pool_get_n_pending (pool) > 0)
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpint (arrivals.n_arrived, ==, 0);
}

static void
test_key_box (void)
{
  LamTileKey key = { LAM_PLANE_YZ, 2, 7, 1, 0 };
  LamBox box = lam_tile_key_box (&key);
  /* Sliced along x; u is z, v is y. */
  LamBox expected = lam_box_new (7, -1, 255, 8, 257, 513);
  g_assert_true (lam_box_equal (&box, &expected));
}

/* One image tile through all of it, compared voxel by voxel. */
static void
check_image_tile (const LamTileKey *key, LamDtype dtype)
{
  const int64_t size[3] = { 300, 280, 270 }, chunk[3] = { 300, 10, 1 };
  FakeSource *fake = fake_source_new ("/x", dtype, size, chunk);
  g_autoptr (LamVolume) volume = lam_volume_new (&fake->parent, NULL);
  lam_source_unref (&fake->parent);
  g_autoptr (LamImageTiles) tiles = lam_image_tiles_new (volume);
  lam_image_tiles_set_range (tiles, 0, 65535);
  g_autoptr (LamJobPool) pool = lam_job_pool_new (2);
  Arrivals arrivals = { 0 };
  g_autoptr (LamTileLoader) loader = lam_tile_loader_new (
      pool, lam_image_tiles_get_source (), tiles, note_arrival, &arrivals);
  lam_tile_loader_want (loader, key, 1);
  settle (loader, pool);
  g_assert_cmpint (arrivals.n_arrived, ==, 1);
  gsize n;
  const uint8_t *texels = g_bytes_get_data (arrivals.last, &n);
  int bytes = lam_image_tiles_get_texel_bytes (tiles);
  g_assert_cmpint (n, ==, LAM_TILE_TEXELS * LAM_TILE_TEXELS * bytes);
  LamBox box = lam_tile_key_box (key);
  int u = lam_plane_u (key->plane), v = lam_plane_v (key->plane);
  for (int j = 0; j < LAM_TILE_TEXELS; j++)
    for (int i = 0; i < LAM_TILE_TEXELS; i++) {
      int64_t p[3] = { box.min[0], box.min[1], box.min[2] };
      p[u] += i;
      p[v] += j;
      for (int k = 0; k < 3; k++)
        p[k] = CLAMP (p[k], 0, size[k] - 1);
      uint32_t expected = fake_voxel (p[0], p[1], p[2]);
      size_t at = (size_t)(j * LAM_TILE_TEXELS + i) * (size_t)bytes;
      uint32_t got = texels[at];
      if (bytes > 1)
        got |= (uint32_t)texels[at + 1] << 8;
      if (got != (expected & (bytes == 1 ? 0xFFu : 0xFFFFu)))
        g_error ("texel %d %d is %u, not %u", i, j, got, expected);
    }
  g_bytes_unref (arrivals.last);
}

static void
test_image_tiles (void)
{
  for (int plane = 0; plane < LAM_N_PLANES; plane++)
    for (int tile = 0; tile < 4; tile++) {
      LamTileKey key = { plane, 0, 100 + 50 * tile, tile & 1, tile >> 1 };
      check_image_tile (&key, LAM_DTYPE_U8);
      check_image_tile (&key, LAM_DTYPE_U16);
      check_image_tile (&key, LAM_DTYPE_F32);
    }
}

/* Decoding a large strip cannot be broken off; nobody waits for it. */
static void
test_free_while_reading (void)
{
  const int64_t size[3] = { 300, 280, 270 }, chunk[3] = { 300, 280, 1 };
  FakeSource *fake = fake_source_new ("/x", LAM_DTYPE_U8, size, chunk);
  fake->delay_ms = 300;
  fake->is_deaf = true;
  g_autoptr (LamJobPool) pool = lam_job_pool_new (2);
  LamVolume *volume = lam_volume_new (&fake->parent, NULL);
  LamImageTiles *tiles = lam_image_tiles_new (volume);
  Arrivals arrivals = { 0 };
  LamTileLoader *loader = lam_tile_loader_new (
      pool, lam_image_tiles_get_source (), tiles, note_arrival, &arrivals);
  LamTileKey keys[] = { slice_key (0), slice_key (1), slice_key (2) };
  lam_tile_loader_want (loader, keys, 3);
  while (!g_atomic_int_get (&fake->n_inside))
    g_usleep (1000);
  gint64 start = g_get_monotonic_time ();
  lam_tile_loader_free (loader);
  lam_image_tiles_free (tiles);
  g_object_add_weak_pointer (G_OBJECT (volume), (gpointer *)&volume);
  g_object_unref (volume);
  g_assert_cmpint (g_get_monotonic_time () - start, <, 100000);
  g_assert_cmpint (g_atomic_int_get (&fake->n_inside), >, 0);
  while (volume)
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpint (arrivals.n_arrived + arrivals.n_failed, ==, 0);
  lam_source_unref (&fake->parent);
}

static void
test_image_tile_outside (void)
{
  const int64_t size[3] = { 30, 30, 30 };
  FakeSource *fake = fake_source_new ("/x", LAM_DTYPE_I16, size, size);
  g_autoptr (LamVolume) volume = lam_volume_new (&fake->parent, NULL);
  lam_source_unref (&fake->parent);
  g_autoptr (LamImageTiles) tiles = lam_image_tiles_new (volume);
  double zero, max;
  lam_image_tiles_get_scale (tiles, &zero, &max);
  g_assert_cmpfloat (zero, ==, -32768);
  g_assert_cmpfloat (max, ==, 32767);
  const LamTileKey keys[] = { { LAM_PLANE_XY, 0, 30, 0, 0 },
    { LAM_PLANE_XY, 0, 3, 1, 0 }, { LAM_PLANE_XY, 1, 3, 0, 0 },
    { LAM_PLANE_XY, 0, -1, 0, 0 } };
  for (size_t i = 0; i < G_N_ELEMENTS (keys); i++) {
    g_autoptr (GError) error = NULL;
    g_assert_null (lam_image_tiles_get_source ()->cut (
        NULL, tiles, &keys[i], NULL, &error));
    g_assert_error (error, LAM_ERROR, LAM_ERROR_INPUT);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/tile-loader/order", test_order);
  g_test_add_func ("/tile-loader/failed", test_failed_waits_for_retry);
  g_test_add_func ("/tile-loader/invalidate", test_invalidate);
  g_test_add_func ("/tile-loader/free-while-cutting", test_free_while_cutting);
  g_test_add_func ("/tile-loader/key-box", test_key_box);
  g_test_add_func ("/image-tiles/texels", test_image_tiles);
  g_test_add_func ("/image-tiles/free-while-reading", test_free_while_reading);
  g_test_add_func ("/image-tiles/outside", test_image_tile_outside);
  return g_test_run ();
}
