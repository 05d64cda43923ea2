/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The volume and its cell cache, over made-up sources. */
#include "volume/volume.h"

#include <string.h>

#include "fake-source.h"
#include "volume/cell-cache.h"
#include "volume/histogram.h"
#include "volume/window-source.h"

/* Any box of level 0 is what the source says, whatever the cells are. */
static void
check_box (LamVolume *volume, const LamBox *box)
{
  g_autofree uint8_t *voxels = g_malloc ((size_t)lam_box_volume (box));
  GError *error = NULL;
  g_assert_true (lam_volume_read_box (volume, 0, box, voxels, NULL, &error));
  g_assert_no_error (error);
  int64_t i = 0;
  for (int64_t z = box->min[2]; z < box->max[2]; z++)
    for (int64_t y = box->min[1]; y < box->max[1]; y++)
      for (int64_t x = box->min[0]; x < box->max[0]; x++, i++)
        if (voxels[i] != (uint8_t)fake_voxel (x, y, z))
          g_error ("voxel %d %d %d", (int)x, (int)y, (int)z);
}

static void
test_level_0 (void)
{
  const int64_t chunks[][3] = { { 300, 1, 1 }, { 300, 200, 1 }, { 64, 64, 64 },
    { 128, 32, 10 }, { 1, 1, 1 }, { 256, 256, 1 }, { 0, 0, 0 } };
  const int64_t size[3] = { 300, 200, 100 };
  for (size_t i = 0; i < G_N_ELEMENTS (chunks); i++) {
    FakeSource *fake = fake_source_new ("/x", LAM_DTYPE_U8, size, chunks[i]);
    g_autoptr (LamVolume) volume = lam_volume_new (&fake->parent, NULL);
    const LamBox boxes[] = { { { 0, 0, 0 }, { 300, 200, 3 } },
      { { 17, 40, 0 }, { 290, 41, 100 } }, { { 5, 0, 3 }, { 6, 200, 99 } },
      { { 299, 199, 99 }, { 300, 200, 100 } },
      { { 60, 60, 60 }, { 70, 70, 70 } } };
    for (size_t k = 0; k < G_N_ELEMENTS (boxes); k++)
      check_box (volume, &boxes[k]);
    lam_source_unref (&fake->parent);
  }
}

static void
test_outside_fails (void)
{
  const int64_t size[3] = { 10, 10, 10 };
  FakeSource *fake = fake_source_new ("/x", LAM_DTYPE_U8, size, size);
  g_autoptr (LamVolume) volume = lam_volume_new (&fake->parent, NULL);
  lam_source_unref (&fake->parent);
  uint8_t voxels[2000];
  g_autoptr (GError) error = NULL;
  LamBox box = lam_box_new (0, 0, 0, 11, 10, 10);
  g_assert_false (lam_volume_read_box (volume, 0, &box, voxels, NULL, &error));
  g_assert_error (error, LAM_ERROR, LAM_ERROR_INPUT);
  g_clear_error (&error);
  box = lam_box_new (0, 0, 0, 1, 1, 1);
  g_assert_false (lam_volume_read_box (volume, 1, &box, voxels, NULL, &error));
  g_assert_error (error, LAM_ERROR, LAM_ERROR_INPUT);
  g_assert_cmpint (fake->n_reads, ==, 0);
}

/* i8, i16 are shifted, u32 and i32 become f32. */
static void
test_types (void)
{
  const struct {
    LamDtype file, shown;
    double offset;
  } cases[] = { { LAM_DTYPE_U8, LAM_DTYPE_U8, 0 },
    { LAM_DTYPE_I8, LAM_DTYPE_U8, -128 }, { LAM_DTYPE_U16, LAM_DTYPE_U16, 0 },
    { LAM_DTYPE_I16, LAM_DTYPE_U16, -32768 },
    { LAM_DTYPE_U32, LAM_DTYPE_F32, 0 }, { LAM_DTYPE_I32, LAM_DTYPE_F32, 0 },
    { LAM_DTYPE_F32, LAM_DTYPE_F32, 0 } };
  const int64_t size[3] = { 70, 70, 70 };
  for (size_t i = 0; i < G_N_ELEMENTS (cases); i++) {
    FakeSource *fake = fake_source_new ("/x", cases[i].file, size, size);
    g_autoptr (LamVolume) volume = lam_volume_new (&fake->parent, NULL);
    g_assert_cmpint (lam_volume_get_dtype (volume), ==, cases[i].shown);
    g_assert_cmpfloat (lam_volume_get_offset (volume), ==, cases[i].offset);
    LamBox box = lam_box_new (60, 61, 62, 61, 62, 63);
    float stored;
    g_assert_true (lam_volume_read_box (volume, 0, &box, &stored, NULL, NULL));
    double value;
    g_assert_true (
        lam_volume_try_value (volume, (int64_t[]){ 60, 61, 62 }, &value));
    uint32_t raw = fake_voxel (60, 61, 62);
    double expected = cases[i].file == LAM_DTYPE_U8 ? (uint8_t)raw
        : cases[i].file == LAM_DTYPE_I8             ? (int8_t)raw
        : cases[i].file == LAM_DTYPE_U16            ? (uint16_t)raw
        : cases[i].file == LAM_DTYPE_I16            ? (int16_t)raw
                                                    : (double)raw;
    g_assert_cmpfloat (value, ==, expected);
    lam_source_unref (&fake->parent);
  }
}

/* Successive means, with cells cut by the edge. */
static void
test_means (void)
{
  const int64_t size[3] = { 601, 130, 67 };
  const int64_t chunk[3] = { 601, 16, 1 };
  FakeSource *fake = fake_source_new ("/x", LAM_DTYPE_U8, size, chunk);
  g_autoptr (LamVolume) volume = lam_volume_new (&fake->parent, NULL);
  lam_source_unref (&fake->parent);
  g_assert_cmpint (lam_volume_get_n_levels (volume), ==, 3);
  const LamLevel *level = lam_volume_get_level (volume, 1);
  LamBox box = lam_box_of_size (level->size);
  g_autofree uint8_t *voxels = g_malloc ((size_t)lam_box_volume (&box));
  g_assert_true (lam_volume_read_box (volume, 1, &box, voxels, NULL, NULL));
  for (int64_t z = 0; z < box.max[2]; z += 11)
    for (int64_t y = 0; y < box.max[1]; y += 8)
      for (int64_t x = 0; x < box.max[0]; x += 50) {
        int sum = 0, n = 0;
        for (int i = 0; i < 8; i++) {
          int64_t p[3] = { 2 * x + (i & 1), 2 * y + (i >> 1 & 1),
            2 * z + (i >> 2) };
          if (p[0] >= size[0] || p[1] >= size[1] || p[2] >= size[2])
            continue;
          sum += (uint8_t)fake_voxel (p[0], p[1], p[2]);
          n++;
        }
        int64_t at = (z * box.max[1] + y) * box.max[0] + x;
        g_assert_cmpint (voxels[at], ==, (2 * sum + n) / (2 * n));
      }
}

/* A file too large to decode first: coarse boxes touch the planes they show. */
static void
test_large_is_thin (void)
{
  const int64_t size[3] = { 2048, 2048, 1000 };
  const int64_t chunk[3] = { 2048, 8, 1 };
  FakeSource *fake = fake_source_new ("/x", LAM_DTYPE_U8, size, chunk);
  g_autoptr (LamVolume) volume = lam_volume_new (&fake->parent, NULL);
  lam_source_unref (&fake->parent);
  g_assert_true (lam_volume_is_plane_ready (volume, LAM_PLANE_XY));
  g_assert_false (lam_volume_is_plane_ready (volume, LAM_PLANE_XZ));
  g_assert_cmpint (lam_volume_get_n_levels (volume), ==, 4);
  uint8_t *voxels = g_malloc (256 * 256);
  LamBox box = lam_box_new (0, 0, 5, 256, 256, 6);
  g_assert_true (lam_volume_read_box (volume, 3, &box, voxels, NULL, NULL));
  g_assert_cmpint (fake->n_voxels, ==, 2048 * 2048);
  /* The middle of planes 40 … 47. */
  int sum = 0;
  for (int y = 0; y < 8; y++)
    for (int x = 0; x < 8; x++)
      sum += (uint8_t)fake_voxel (80 + x, 160 + y, 44);
  int got = voxels[20 * 256 + 10];
  g_assert_cmpint (ABS (got - sum / 64), <=, 2);
  /* It is cached, and a side view reads no more than rows of its planes. */
  g_assert_true (lam_volume_read_box (volume, 3, &box, voxels, NULL, NULL));
  g_assert_cmpint (fake->n_voxels, ==, 2048 * 2048);
  box = lam_box_new (0, 100, 0, 256, 101, 125);
  g_assert_true (lam_volume_read_box (volume, 3, &box, voxels, NULL, NULL));
  g_assert_cmpint (fake->n_voxels, ==, 2048 * 2048 + 125 * 8 * 2048);
  g_free (voxels);
}

static void
count_cb (LamVolume *volume, int *count)
{
  ++*count;
}

static void
test_value_is_fetched (void)
{
  const int64_t size[3] = { 64, 64, 64 };
  FakeSource *fake = fake_source_new ("/x", LAM_DTYPE_U8, size, size);
  g_autoptr (LamVolume) volume = lam_volume_new (&fake->parent, NULL);
  lam_source_unref (&fake->parent);
  int ready = 0;
  g_signal_connect (volume, "value-ready", G_CALLBACK (count_cb), &ready);
  const int64_t voxel[3] = { 1, 2, 3 };
  double value = -1;
  g_assert_false (lam_volume_try_value (volume, voxel, &value));
  while (!ready)
    g_main_context_iteration (NULL, TRUE);
  g_assert_true (lam_volume_try_value (volume, voxel, &value));
  g_assert_cmpfloat (value, ==, (uint8_t)fake_voxel (1, 2, 3));
  g_assert_false (
      lam_volume_try_value (volume, (int64_t[]){ 0, 0, 64 }, &value));
  g_assert_cmpint (fake->n_reads, ==, 1);
}

typedef struct {
  LamVolume *volume;
  GCancellable *cancellable;
  LamBox box;
  bool done;
  GError *error;
} Reader;

static gpointer
run_reader (gpointer data)
{
  Reader *r = data;
  g_autofree uint8_t *voxels = g_malloc ((size_t)lam_box_volume (&r->box));
  r->done = lam_volume_read_box (
      r->volume, 0, &r->box, voxels, r->cancellable, &r->error);
  return NULL;
}

/* Two threads that want the same cell cost one read; cancelling the one that
 * reads does not fail the one that waits. */
static void
test_shared_read (void)
{
  const int64_t size[3] = { 64, 64, 64 };
  FakeSource *fake = fake_source_new ("/x", LAM_DTYPE_U8, size, size);
  fake->delay_ms = 50;
  g_autoptr (LamVolume) volume = lam_volume_new (&fake->parent, NULL);
  lam_source_unref (&fake->parent);
  Reader readers[3];
  GThread *threads[3];
  for (int i = 0; i < 3; i++) {
    readers[i] = (Reader){ volume, g_cancellable_new (), lam_box_of_size (size),
      false, NULL };
    threads[i] = g_thread_new ("read", run_reader, &readers[i]);
    while (i == 0 && g_atomic_int_get (&fake->n_reads) == 0)
      g_usleep (100);
  }
  g_cancellable_cancel (readers[0].cancellable);
  for (int i = 0; i < 3; i++)
    g_thread_join (threads[i]);
  g_assert_error (readers[0].error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_true (readers[1].done && readers[2].done);
  g_assert_cmpint (fake->n_reads, ==, 2);
  g_assert_cmpint (fake->max_inside, ==, 1);
  g_error_free (readers[0].error);
  for (int i = 0; i < 3; i++)
    g_object_unref (readers[i].cancellable);
}

/* Two tiles of a side view need all planes of a file that decodes planes: each
 * is read once, and both threads read. */
static void
test_planes_are_shared (void)
{
  const int64_t size[3] = { 64, 64, 40 }, chunk[3] = { 64, 64, 1 };
  FakeSource *fake = fake_source_new ("/x", LAM_DTYPE_U8, size, chunk);
  fake->parent.info.has_whole_chunks = true;
  fake->delay_ms = 5;
  g_autoptr (LamVolume) volume = lam_volume_new (&fake->parent, NULL);
  lam_source_unref (&fake->parent);
  Reader readers[2];
  GThread *threads[2];
  for (int i = 0; i < 2; i++) {
    readers[i] =
        (Reader){ volume, NULL, lam_box_new (i * 32, 7, 0, 64, 9, 40) };
    threads[i] = g_thread_new ("read", run_reader, &readers[i]);
  }
  for (int i = 0; i < 2; i++) {
    g_thread_join (threads[i]);
    g_assert_no_error (readers[i].error);
    g_assert_true (readers[i].done);
  }
  g_assert_cmpint (fake->n_reads, ==, 40);
  g_assert_cmpint (fake->max_inside, ==, 2);
}

/* A thread that waits for a slow read comes back when it is cancelled. */
static void
test_cancel_while_waiting (void)
{
  const int64_t size[3] = { 64, 64, 64 };
  FakeSource *fake = fake_source_new ("/x", LAM_DTYPE_U8, size, size);
  fake->delay_ms = 400;
  g_autoptr (LamVolume) volume = lam_volume_new (&fake->parent, NULL);
  lam_source_unref (&fake->parent);
  Reader slow = { volume, NULL, lam_box_of_size (size), false, NULL };
  Reader waiting = { volume, g_cancellable_new (), lam_box_of_size (size),
    false, NULL };
  GThread *a = g_thread_new ("slow", run_reader, &slow);
  while (g_atomic_int_get (&fake->n_reads) == 0)
    g_usleep (100);
  gint64 start = g_get_monotonic_time ();
  GThread *b = g_thread_new ("waiting", run_reader, &waiting);
  g_cancellable_cancel (waiting.cancellable);
  g_thread_join (b);
  g_assert_cmpint (g_get_monotonic_time () - start, <, 200000);
  g_assert_error (waiting.error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_thread_join (a);
  g_assert_true (slow.done);
  g_error_free (waiting.error);
  g_object_unref (waiting.cancellable);
}

static void
test_failure_is_not_kept (void)
{
  const int64_t size[3] = { 64, 64, 64 };
  FakeSource *fake = fake_source_new ("/x", LAM_DTYPE_U8, size, size);
  g_autoptr (LamVolume) volume = lam_volume_new (&fake->parent, NULL);
  lam_source_unref (&fake->parent);
  Reader r = { volume, NULL, lam_box_of_size (size), false, NULL };
  fake->fail = 1;
  run_reader (&r);
  g_assert_error (r.error, LAM_ERROR, LAM_ERROR_IO);
  g_clear_error (&r.error);
  g_assert_cmpint (lam_volume_get_cached_bytes (volume), ==, 0);
  fake->fail = 0;
  run_reader (&r);
  g_assert_true (r.done);
}

static void
test_budget (void)
{
  const int64_t size[3] = { 256, 256, 256 };
  const int64_t chunk[3] = { 64, 64, 64 };
  FakeSource *fake = fake_source_new ("/x", LAM_DTYPE_U8, size, chunk);
  LamVolumeSettings settings = { .cache_bytes = 5 * LAM_BRICK_VOXELS };
  g_autoptr (LamVolume) volume = lam_volume_new (&fake->parent, &settings);
  lam_source_unref (&fake->parent);
  for (int round = 0; round < 2; round++)
    for (int i = 0; i < 64; i++) {
      int64_t x = i % 4 * 64, y = i / 4 % 4 * 64, z = i / 16 * 64;
      LamBox box = lam_box_new (x, y, z, x + 3, y + 4, z + 5);
      check_box (volume, &box);
      g_assert_cmpint (
          lam_volume_get_cached_bytes (volume), <=, settings.cache_bytes);
    }
  g_assert_cmpint (fake->n_reads, ==, 128);
  /* The last five are still there. */
  LamBox box = lam_box_new (0, 192, 192, 256, 256, 256);
  check_box (volume, &box);
  g_assert_cmpint (fake->n_reads, ==, 128);
}

/* What a source keeps decoded is part of the budget. */
static void
test_budget_of_source (void)
{
  const int64_t size[3] = { 256, 256, 256 };
  const int64_t chunk[3] = { 64, 64, 64 };
  FakeSource *fake = fake_source_new ("/x", LAM_DTYPE_U8, size, chunk);
  fake->parent.info.held_bytes = 2 * LAM_BRICK_VOXELS;
  LamVolumeSettings settings = { .cache_bytes = 5 * LAM_BRICK_VOXELS };
  g_autoptr (LamVolume) volume = lam_volume_new (&fake->parent, &settings);
  lam_source_unref (&fake->parent);
  LamBox box = lam_box_of_size (size);
  check_box (volume, &box);
  g_assert_cmpint (
      lam_volume_get_cached_bytes (volume), ==, 3 * LAM_BRICK_VOXELS);
}

/* Where any row costs the whole chunk, each chunk is read once only, however
 * few rows are wanted. */
static void
test_whole_chunks (void)
{
  const int64_t size[3] = { 200, 256, 70 }, chunk[3] = { 200, 256, 1 };
  for (int whole = 0; whole < 2; whole++) {
    FakeSource *fake = fake_source_new ("/x", LAM_DTYPE_U8, size, chunk);
    fake->parent.info.has_whole_chunks = whole;
    LamVolumeSettings settings = { .large_bytes = 1 };
    g_autoptr (LamVolume) volume = lam_volume_new (&fake->parent, &settings);
    lam_source_unref (&fake->parent);
    for (int64_t y = 100; y < 104; y++) {
      LamBox box = lam_box_new (0, y, 0, 200, y + 1, 70);
      check_box (volume, &box);
    }
    g_assert_cmpint (fake->n_reads, ==, whole ? 70 : 4);
  }
}

static bool
fill_bytes (gpointer data, void *out, GCancellable *cancellable, GError **error)
{
  memset (out, GPOINTER_TO_INT (data), 1000);
  return true;
}

static gpointer
run_pinner (gpointer data)
{
  LamCellCache *cache = data;
  for (int i = 0; i < 3000; i++) {
    LamCellKey key = { 0, 0, (i * 7 + i / 13) % 40 };
    LamCell *cell = lam_cell_cache_pin (cache, key, 1000, fill_bytes,
        GINT_TO_POINTER ((int)key.index), NULL, NULL);
    g_assert_nonnull (cell);
    const uint8_t *bytes = lam_cell_get_voxels (cell);
    g_assert_cmpint (bytes[0], ==, key.index);
    g_assert_cmpint (bytes[999], ==, key.index);
    lam_cell_cache_unpin (cache, cell);
    if (i % 500 == 0)
      g_assert_true (lam_cell_cache_check (cache));
  }
  return NULL;
}

static void
test_many_threads (void)
{
  g_autoptr (LamCellCache) cache = lam_cell_cache_new (20000);
  GThread *threads[6];
  for (int i = 0; i < 6; i++)
    threads[i] = g_thread_new ("pin", run_pinner, cache);
  for (int i = 0; i < 6; i++)
    g_thread_join (threads[i]);
  g_assert_cmpint (lam_cell_cache_get_bytes (cache), ==, 20000);
  g_assert_true (lam_cell_cache_check (cache));
}

static void
test_voxel_size (void)
{
  const int64_t size[3] = { 8, 8, 8 };
  FakeSource *fake = fake_source_new ("/x", LAM_DTYPE_U8, size, size);
  fake->parent.info.voxel_size_nm[2] = 0;
  g_autoptr (LamVolume) volume = lam_volume_new (&fake->parent, NULL);
  lam_source_unref (&fake->parent);
  g_assert_false (lam_volume_knows_voxel_size (volume));
  g_assert_cmpfloat (lam_volume_get_voxel_size_nm (volume)[2], ==, 1);
  lam_volume_set_voxel_size_nm (volume, (double[]){ 4, 4, 40 });
  g_assert_true (lam_volume_knows_voxel_size (volume));
  g_assert_cmpfloat (lam_volume_get_voxel_size_nm (volume)[2], ==, 40);
}

/* Thick sections of which the file does not say so: with what a person says,
 * coarser levels keep them apart. */
static void
test_said_voxel_size (void)
{
  const int64_t size[3] = { 1024, 1024, 64 };
  FakeSource *fake = fake_source_new ("/x", LAM_DTYPE_U8, size, size);
  for (int i = 0; i < 3; i++)
    fake->parent.info.voxel_size_nm[i] = 0;
  const LamVolumeSettings settings = { .voxel_size_nm = { 5, 5, 45 } };
  g_autoptr (LamVolume) volume = lam_volume_new (&fake->parent, NULL);
  lam_source_unref (&fake->parent);
  g_assert_cmpint (lam_volume_get_level (volume, 1)->factor[2], ==, 2);
  g_assert_true (lam_volume_has_levels_for (volume, (double[]){ 3, 3, 3 }));
  g_assert_false (lam_volume_has_levels_for (volume, settings.voxel_size_nm));
  g_autoptr (LamVolume) said = lam_volume_new_again (volume, &settings);
  g_assert_true (lam_volume_knows_voxel_size (said));
  g_assert_cmpfloat (lam_volume_get_voxel_size_nm (said)[2], ==, 45);
  g_assert_true (lam_volume_has_levels_for (said, settings.voxel_size_nm));
  for (int i = 1; i < 3; i++)
    g_assert_cmpint (lam_volume_get_level (said, i)->factor[2], ==, 1);
}

static void
test_histogram (void)
{
  const int64_t size[3] = { 256, 256, 32 };
  FakeSource *fake = fake_source_new ("/x", LAM_DTYPE_I8, size, size);
  g_autoptr (LamVolume) volume = lam_volume_new (&fake->parent, NULL);
  lam_source_unref (&fake->parent);
  LamHistogram h;
  g_assert_true (lam_histogram_sample (volume, &h, NULL, NULL));
  g_assert_cmpfloat (h.low, ==, -128);
  g_assert_cmpfloat (h.high, ==, 128);
  g_assert_cmpint (h.total, ==, 256 * 256 * 8);
  uint64_t expected[256] = { 0 };
  for (int z = 2; z < 32; z += 4)
    for (int y = 0; y < 256; y++)
      for (int x = 0; x < 256; x++)
        expected[(int8_t)fake_voxel (x, y, z) + 128]++;
  for (int i = 0; i < 256; i++)
    g_assert_cmpint (h.counts[i], ==, expected[i]);
  double middle = lam_histogram_get_percentile (&h, 0.5);
  g_assert_cmpfloat_with_epsilon (middle, 0, 3);
  g_assert_cmpfloat (lam_histogram_get_percentile (&h, 0), >=, -128);
  g_assert_cmpfloat (lam_histogram_get_percentile (&h, 1), <=, 128);
}

static void
test_empty_percentile (void)
{
  LamHistogram h = { .low = 0, .high = 1 };
  g_assert_cmpfloat (lam_histogram_get_percentile (&h, 0.5), ==, 0);
}

/* A box of a volume keeps nothing that is the volume's. */
static void
test_window (void)
{
  const int64_t size[3] = { 40, 30, 20 };
  FakeSource *fake = fake_source_new ("/x", LAM_DTYPE_U8, size, size);
  fake->parent.info.note = g_strdup ("made by a test");
  const LamBox box = { { 3, 4, 5 }, { 23, 14, 8 } };
  g_autoptr (LamSource) whole = &fake->parent;
  LamSource *window = lam_window_source_new (whole, &box);
  const LamSourceInfo *info = lam_source_get_info (window);
  g_assert_null (info->note);
  g_assert_cmpstr (info->path, ==, "/x");
  g_assert_cmpint (info->levels[0].size[0], ==, 20);
  const LamBox one = { { 1, 2, 0 }, { 2, 3, 1 } };
  uint8_t voxel;
  g_autoptr (GError) error = NULL;
  lam_source_read_box (window, 0, &one, &voxel, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpint (voxel, ==, (uint8_t)fake_voxel (4, 6, 5));
  lam_source_unref (window);
  g_assert_cmpstr (fake->parent.info.note, ==, "made by a test");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/volume/level-0", test_level_0);
  g_test_add_func ("/volume/outside", test_outside_fails);
  g_test_add_func ("/volume/types", test_types);
  g_test_add_func ("/volume/means", test_means);
  g_test_add_func ("/volume/large-is-thin", test_large_is_thin);
  g_test_add_func ("/volume/value", test_value_is_fetched);
  g_test_add_func ("/volume/shared-read", test_shared_read);
  g_test_add_func ("/volume/planes-are-shared", test_planes_are_shared);
  g_test_add_func ("/volume/cancel-while-waiting", test_cancel_while_waiting);
  g_test_add_func ("/volume/failure", test_failure_is_not_kept);
  g_test_add_func ("/volume/budget", test_budget);
  g_test_add_func ("/volume/budget-of-source", test_budget_of_source);
  g_test_add_func ("/volume/whole-chunks", test_whole_chunks);
  g_test_add_func ("/volume/many-threads", test_many_threads);
  g_test_add_func ("/volume/window", test_window);
  g_test_add_func ("/volume/voxel-size", test_voxel_size);
  g_test_add_func ("/volume/said-voxel-size", test_said_voxel_size);
  g_test_add_func ("/volume/histogram", test_histogram);
  g_test_add_func ("/volume/empty-percentile", test_empty_percentile);
  return g_test_run ();
}
