/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Label tiles against a look at each voxel, from bricks in memory, on disk,
 * absent, uniform and open; shared reads; failures. */
#include "labels/label-tiles.h"

#include <string.h>

#include "base/random.h"
#include "labels/stroke.h"

enum { NX = 700, NY = 300, NZ = 200, N_TEXELS = 258 * 258 };
static const int64_t size[3] = { NX, NY, NZ };
static const LamLevel levels[] = {
  { { NX, NY, NZ }, { 1, 1, 1 } },
  { { 350, 150, NZ }, { 2, 2, 1 } },
  { { 88, 38, 100 }, { 8, 8, 2 } },
  { { 6, 3, 2 }, { 128, 128, 128 } },
};

typedef struct {
  GHashTable *bricks; /* packed key → LamLabelBrick */
  LamLabelMap *map;
  LamLabelTiles *tiles;
  int n_reads; /* atomic */
  bool fails;
} World;

static LamLabelBrick *
read_brick (LamBrickKey key, gpointer user_data, GCancellable *cancellable,
    GError **error)
{
  World *world = user_data;
  int64_t packed = lam_brick_key_pack (key);
  g_atomic_int_inc (&world->n_reads);
  if (world->fails) {
    g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_FAILED, "no disk");
    return NULL;
  }
  LamLabelBrick *brick = g_hash_table_lookup (world->bricks, &packed);
  return brick ? lam_label_brick_ref (brick) : NULL;
}

static LamLabelBrick *
random_brick (LamRandom *random)
{
  LamLabelBrick *brick =
      lam_label_brick_new (lam_random_u32 (random), LAM_SOURCE_IMPORTED);
  if (lam_random_u32 (random) % 3 == 0)
    return brick;
  uint32_t *labels = lam_label_brick_write_labels (brick);
  uint16_t *sources = lam_label_brick_write_sources (brick);
  for (int i = 0; i < LAM_BRICK_VOXELS; i++) {
    labels[i] = lam_random_u32 (random);
    sources[i] = (uint16_t)(labels[i] >> 7);
  }
  lam_label_brick_settle (brick);
  return brick;
}

/* A third each of the bricks is absent, on disk and in memory. */
static void
world_init (World *world, LamRandom *random)
{
  *world = (World){ 0 };
  world->bricks = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free,
      (GDestroyNotify)lam_label_brick_unref);
  world->map = lam_label_map_new (size, 0);
  lam_label_map_set_reader (world->map, read_brick, NULL, world);
  world->tiles =
      lam_label_tiles_new (world->map, levels, G_N_ELEMENTS (levels));
  LamBox box = lam_box_of_size (size);
  LamBox bricks = lam_box_bricks (&box);
  for (int32_t z = 0; z < bricks.max[2]; z++)
    for (int32_t y = 0; y < bricks.max[1]; y++)
      for (int32_t x = 0; x < bricks.max[0]; x++) {
        LamBrickKey key = { x, y, z };
        int64_t packed = lam_brick_key_pack (key);
        uint32_t what = lam_random_u32 (random) % 3;
        if (what == 0)
          continue;
        LamLabelBrick *brick = random_brick (random);
        g_hash_table_insert (
            world->bricks, g_memdup2 (&packed, sizeof packed), brick);
        lam_label_map_add_stored (world->map, key);
        if (what == 1)
          lam_label_map_insert (world->map, key, brick, 0);
      }
}

static void
world_clear (World *world)
{
  lam_label_tiles_free (world->tiles);
  lam_label_map_free (world->map);
  g_hash_table_unref (world->bricks);
}

static uint32_t
part_at (const World *world, LamBrickPart part, const int64_t voxel[3])
{
  LamBrickKey key = { (int32_t)(voxel[0] / 64), (int32_t)(voxel[1] / 64),
    (int32_t)(voxel[2] / 64) };
  int64_t packed = lam_brick_key_pack (key);
  LamLabelBrick *brick = g_hash_table_lookup (world->bricks, &packed);
  int index =
      (int)(voxel[0] % 64 + 64 * (voxel[1] % 64 + 64 * (voxel[2] % 64)));
  if (!brick)
    return 0;
  return part == LAM_PART_LABELS ? lam_label_brick_get_label (brick, index)
                                 : lam_label_brick_get_source (brick, index);
}

/* One texel as the header says it. */
static uint32_t
texel_at (
    const World *world, LamBrickPart part, const LamTileKey *key, int u, int v)
{
  LamBox box = lam_tile_key_box (key);
  const LamLevel *level = &levels[key->level];
  int64_t voxel[3];
  for (int i = 0; i < 3; i++) {
    int64_t at = box.min[i] + (i == lam_plane_u (key->plane) ? u : 0)
        + (i == lam_plane_v (key->plane) ? v : 0);
    voxel[i] = CLAMP (at, 0, level->size[i] - 1) * level->factor[i];
  }
  return part_at (world, part, voxel);
}

static void
check_part (const World *world, LamBrickPart part, const LamTileKey *key,
    const uint32_t *texels)
{
  for (int v = 0; v < LAM_TILE_TEXELS; v++)
    for (int u = 0; u < LAM_TILE_TEXELS; u++)
      g_assert_cmpuint (texels[v * LAM_TILE_TEXELS + u], ==,
          texel_at (world, part, key, u, v));
}

static void
check_texels (const World *world, const LamTileKey *key, const uint32_t *texels)
{
  check_part (world, LAM_PART_LABELS, key, texels);
}

static LamTileKey
random_key (LamRandom *random)
{
  LamTileKey key = { .plane = lam_random_u32 (random) % LAM_N_PLANES,
    .level = lam_random_u32 (random) % G_N_ELEMENTS (levels) };
  const int64_t *n = levels[key.level].size;
  key.slice = lam_random_u32 (random) % n[lam_plane_w (key.plane)];
  key.u = lam_random_u32 (random)
      % lam_divide_up (n[lam_plane_u (key.plane)], LAM_TILE_EDGE);
  key.v = lam_random_u32 (random)
      % lam_divide_up (n[lam_plane_v (key.plane)], LAM_TILE_EDGE);
  return key;
}

static GBytes *
make_tile_with (World *world, const LamTileSource *source,
    const LamTileKey *key, GError **error)
{
  gpointer prepared = source->prepare (world->tiles, key);
  GBytes *bytes = source->cut (world->tiles, prepared, key, NULL, error);
  source->finish (world->tiles, prepared);
  return bytes;
}

static GBytes *
make_tile (World *world, const LamTileKey *key, GError **error)
{
  return make_tile_with (world, lam_label_tiles_get_source (), key, error);
}

/* Labels and who said them, in one tile. */
static void
check_said (World *world, const LamTileKey *key)
{
  g_autoptr (GBytes) bytes =
      make_tile_with (world, lam_label_tiles_get_said_source (), key, NULL);
  g_assert_cmpuint (
      g_bytes_get_size (bytes), ==, 2 * N_TEXELS * sizeof (uint32_t));
  const uint32_t *texels = g_bytes_get_data (bytes, NULL);
  check_part (world, LAM_PART_LABELS, key, texels);
  check_part (world, LAM_PART_SOURCES, key, texels + N_TEXELS);
}

static void
test_random_tiles (void)
{
  LamRandom random = lam_random_new (3, 0);
  for (int i = 0; i < 4; i++) {
    World world;
    world_init (&world, &random);
    for (int j = 0; j < 15; j++) {
      LamTileKey key = random_key (&random);
      g_autoptr (GBytes) bytes = make_tile (&world, &key, NULL);
      g_assert_cmpuint (
          g_bytes_get_size (bytes), ==, N_TEXELS * sizeof (uint32_t));
      check_texels (&world, &key, g_bytes_get_data (bytes, NULL));
      check_said (&world, &key);
    }
    g_assert_true (lam_label_map_check (world.map));
    world_clear (&world);
  }
}

/* A level-0 tile brings its bricks into memory; a coarse one does not. */
static void
test_offers_bricks (void)
{
  LamRandom random = lam_random_new (4, 0);
  World world;
  world_init (&world, &random);
  int64_t bytes = lam_label_map_get_loaded_bytes (world.map);
  LamTileKey coarse = { LAM_PLANE_XY, 1, 70, 0, 0 };
  g_bytes_unref (make_tile (&world, &coarse, NULL));
  g_assert_cmpint (world.n_reads, >, 0);
  g_assert_cmpint (lam_label_map_get_loaded_bytes (world.map), ==, bytes);

  LamTileKey fine = { LAM_PLANE_XY, 0, 70, 1, 0 };
  g_autofree uint32_t *out = g_new (uint32_t, N_TEXELS);
  g_autofree uint32_t *said = g_new (uint32_t, N_TEXELS);
  g_assert_false (lam_label_tiles_cut_now (
      world.tiles, &fine, 0, 0, LAM_TILE_TEXELS, LAM_TILE_TEXELS, out, said));
  g_bytes_unref (make_tile (&world, &fine, NULL));
  g_assert_cmpint (lam_label_map_get_loaded_bytes (world.map), >, bytes);
  g_assert_true (lam_label_tiles_cut_now (
      world.tiles, &fine, 0, 0, LAM_TILE_TEXELS, LAM_TILE_TEXELS, out, said));
  check_texels (&world, &fine, out);
  check_part (&world, LAM_PART_SOURCES, &fine, said);
  /* Part of it, as after a stroke. */
  g_assert_true (
      lam_label_tiles_cut_now (world.tiles, &fine, 17, 60, 90, 258, out, NULL));
  for (int v = 60; v < 258; v++)
    for (int u = 17; u < 90; u++)
      g_assert_cmpuint (out[(v - 60) * (90 - 17) + u - 17], ==,
          texel_at (&world, LAM_PART_LABELS, &fine, u, v));
  int n_reads = world.n_reads;
  g_bytes_unref (make_tile (&world, &fine, NULL));
  g_assert_cmpint (world.n_reads, ==, n_reads);
  world_clear (&world);
}

typedef struct {
  World *world;
  LamTileKey key;
  gpointer prepared;
  GBytes *bytes;
} Job;

static gpointer
run_job (gpointer data)
{
  Job *job = data;
  job->bytes = lam_label_tiles_get_source ()->cut (
      job->world->tiles, job->prepared, &job->key, NULL, NULL);
  return NULL;
}

/* Neighbours that are made at once read each brick once, while the main thread
 * paints: a tile shows what was there when it was prepared. */
static void
test_threads (void)
{
  enum { N = 6 };
  LamRandom random = lam_random_new (5, 0);
  World world;
  world_init (&world, &random);
  g_autoptr (LamClassTable) classes = lam_class_table_new ();
  LamBrush brush = { LAM_PLANE_XY, LAM_BRUSH_DISC, 300, 1, 5,
    LAM_OVERWRITE_EVERYTHING };
  const double nm[3] = { 1, 1, 1 };
  LamStroke *stroke = lam_stroke_new (world.map, classes, nm, &brush);
  Job jobs[N];
  GThread *threads[N];
  for (int i = 0; i < N; i++) {
    jobs[i] = (Job){ &world, { LAM_PLANE_XY, 0, 9, i % 3, i / 3 }, NULL, NULL };
    jobs[i].prepared =
        lam_label_tiles_get_source ()->prepare (world.tiles, &jobs[i].key);
    threads[i] = g_thread_new ("tile", run_job, &jobs[i]);
  }
  for (int i = 0; i < 50; i++)
    lam_stroke_add (stroke, (double[3]){ 14.0 * i, 150, 9.5 }, 1);
  for (int i = 0; i < N; i++) {
    g_thread_join (threads[i]);
    check_texels (&world, &jobs[i].key, g_bytes_get_data (jobs[i].bytes, NULL));
    g_bytes_unref (jobs[i].bytes);
    lam_label_tiles_get_source ()->finish (world.tiles, jobs[i].prepared);
  }
  g_assert_cmpint (world.n_reads, <=, 11 * 5);
  /* The open bricks show what is painted so far. */
  while (lam_stroke_get_n_missing (stroke) > 0)
    lam_stroke_arrived (stroke, lam_stroke_get_missing (stroke, 0));
  LamTileKey key = { LAM_PLANE_XZ, 0, 150, 1, 0 };
  g_autoptr (GBytes) bytes = make_tile (&world, &key, NULL);
  const uint32_t *texels = g_bytes_get_data (bytes, NULL);
  g_assert_cmpuint (texels[10 * LAM_TILE_TEXELS + 100], ==, 5);
  g_autoptr (GBytes) said =
      make_tile_with (&world, lam_label_tiles_get_said_source (), &key, NULL);
  const uint32_t *parts = g_bytes_get_data (said, NULL);
  g_assert_cmpmem (
      parts, N_TEXELS * sizeof *parts, texels, N_TEXELS * sizeof *texels);
  g_assert_cmpuint (
      parts[N_TEXELS + 10 * LAM_TILE_TEXELS + 100], ==, LAM_SOURCE_HUMAN);
  /* What is painted after the snapshot is not in the tile. */
  gpointer prepared =
      lam_label_tiles_get_source ()->prepare (world.tiles, &key);
  lam_stroke_add (stroke, (double[3]){ 350, 150, 12.5 }, 1);
  g_autoptr (GBytes) earlier = lam_label_tiles_get_source ()->cut (
      world.tiles, prepared, &key, NULL, NULL);
  lam_label_tiles_get_source ()->finish (world.tiles, prepared);
  g_assert_true (g_bytes_equal (earlier, bytes));
  lam_stroke_free (stroke);
  world_clear (&world);
}

/* A failed read is an error of the tile; later it can be read. A stroke that
 * came between makes the read stale. */
static void
test_failures_and_stale_reads (void)
{
  LamRandom random = lam_random_new (6, 0);
  World world;
  world_init (&world, &random);
  LamTileKey key = { LAM_PLANE_YZ, 0, 300, 0, 0 };
  g_autoptr (GError) error = NULL;
  world.fails = true;
  g_assert_null (make_tile (&world, &key, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_FAILED);
  world.fails = false;

  const LamTileSource *source = lam_label_tiles_get_source ();
  gpointer prepared = source->prepare (world.tiles, &key);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_cancellable_cancel (cancellable);
  g_autoptr (GError) cancelled = NULL;
  g_assert_null (
      source->cut (world.tiles, prepared, &key, cancellable, &cancelled));
  g_assert_error (cancelled, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  source->finish (world.tiles, prepared);

  prepared = source->prepare (world.tiles, &key);
  g_autoptr (LamLabelBrick) fresh = lam_label_brick_new (42, LAM_SOURCE_HUMAN);
  for (int y = 0; y < 5; y++) {
    lam_label_map_set (world.map, (LamBrickKey){ 4, y, 1 }, fresh);
    lam_label_map_unpin (world.map, (LamBrickKey){ 4, y, 1 });
  }
  g_bytes_unref (source->cut (world.tiles, prepared, &key, NULL, NULL));
  source->finish (world.tiles, prepared);
  for (int y = 0; y < 5; y++) {
    LamLabelBrick *brick;
    lam_label_map_lookup (world.map, (LamBrickKey){ 4, y, 1 }, &brick);
    g_assert_true (brick == fresh);
  }
  world_clear (&world);
}

/* The next slice of a coarse level reads nothing again, but for a brick that
 * changed on disk. */
static void
test_coarse_is_kept (void)
{
  LamRandom random = lam_random_new (6, 0);
  World world;
  world_init (&world, &random);
  LamTileKey key = { LAM_PLANE_XY, 1, 70, 0, 0 };
  g_bytes_unref (make_tile (&world, &key, NULL));
  int n_reads = world.n_reads;
  g_assert_cmpint (n_reads, >, 0);
  key.slice++;
  g_autoptr (GBytes) next = make_tile (&world, &key, NULL);
  g_assert_cmpint (world.n_reads, ==, n_reads);
  check_texels (&world, &key, g_bytes_get_data (next, NULL));

  LamBrickKey changed = { 1, 1, 1 };
  int64_t packed = lam_brick_key_pack (changed);
  g_hash_table_insert (world.bricks, g_memdup2 (&packed, sizeof packed),
      lam_label_brick_new (77, LAM_SOURCE_HUMAN));
  lam_label_map_drop (world.map, changed, true);
  g_autoptr (GBytes) after = make_tile (&world, &key, NULL);
  g_assert_cmpint (world.n_reads, ==, n_reads + 1);
  check_texels (&world, &key, g_bytes_get_data (after, NULL));
  world_clear (&world);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/label-tiles/random-tiles", test_random_tiles);
  g_test_add_func ("/label-tiles/offers-bricks", test_offers_bricks);
  g_test_add_func ("/label-tiles/coarse-is-kept", test_coarse_is_kept);
  g_test_add_func ("/label-tiles/threads", test_threads);
  g_test_add_func ("/label-tiles/failures", test_failures_and_stale_reads);
  return g_test_run ();
}
