/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* How unsure networks are, as tiles: each texel says what the voxel that it
 * shows has, at any level, with what is painted just now; and the colours. */
#include <math.h>

#include "labels/doubt-colour.h"
#include "labels/doubt-tiles.h"

enum { X = 300, Y = 90, Z = 70, RUN = LAM_SOURCE_FIRST_RUN + 3 };

typedef struct {
  LamLabelMap *map;
  LamLabelTiles *tiles;
  LamOpinionMap *opinions;
  LamDoubtTiles *doubts;
  LamLevel levels[2];
  int n_reads; /* atomic */
} Fixture;

/* A run said every third voxel, a person the next; the last is nobody's. */
static uint16_t
source_at (int64_t x, int64_t y, int64_t z)
{
  static const uint16_t sources[] = { RUN, LAM_SOURCE_HUMAN, LAM_SOURCE_UNSET };
  return sources[(x + y + z) % 3];
}

static uint8_t
uncertainty_at (int64_t x, int64_t y, int64_t z)
{
  return (uint8_t)(x * 3 + y * 5 + z * 7);
}

static LamLabelBrick *
read_brick (
    LamBrickKey key, gpointer unused, GCancellable *cancellable, GError **error)
{
  LamLabelBrick *brick = lam_label_brick_new (0, 0);
  uint16_t *sources = lam_label_brick_write_sources (brick);
  LamBox box = lam_brick_box (key);
  for (int i = 0; i < LAM_BRICK_VOXELS; i++)
    sources[i] = source_at (
        box.min[0] + i % 64, box.min[1] + i / 64 % 64, box.min[2] + i / 4096);
  lam_label_brick_settle (brick);
  return brick;
}

/* The run has not spoken in the brick in the middle. */
static LamOpinion *
read_opinion (LamBrickKey key, gpointer fixture, GCancellable *cancellable,
    GError **error)
{
  g_atomic_int_inc (&((Fixture *)fixture)->n_reads);
  if (key.x == 2)
    return NULL;
  LamRunOpinion *of_run = lam_run_opinion_new ();
  LamBox box = lam_brick_box (key);
  for (int i = 0; i < LAM_BRICK_VOXELS; i++) {
    of_run->firsts[i] = lam_run_opinion_take_class (of_run, 4);
    of_run->seconds[i] = lam_run_opinion_take_class (of_run, 1);
    of_run->uncertainties[i] = uncertainty_at (
        box.min[0] + i % 64, box.min[1] + i / 64 % 64, box.min[2] + i / 4096);
  }
  LamOpinion *opinion = lam_opinion_new ();
  lam_opinion_add (opinion, RUN, of_run);
  return opinion;
}

static void
set_up (Fixture *fixture, gconstpointer unused)
{
  static const int64_t size[3] = { X, Y, Z };
  fixture->map = lam_label_map_new (size, 0);
  lam_label_map_set_reader (fixture->map, read_brick, NULL, NULL);
  for (int32_t x = 0; x < 5; x++)
    for (int32_t y = 0; y < 2; y++)
      for (int32_t z = 0; z < 2; z++)
        lam_label_map_add_stored (fixture->map, (LamBrickKey){ x, y, z });
  for (int i = 0; i < 3; i++) {
    fixture->levels[0].size[i] = size[i];
    fixture->levels[0].factor[i] = 1;
    fixture->levels[1].size[i] = (size[i] + 1) / 2;
    fixture->levels[1].factor[i] = 2;
  }
  fixture->tiles = lam_label_tiles_new (fixture->map, fixture->levels, 2);
  fixture->opinions = lam_opinion_map_new (size, 0, read_opinion, fixture);
  fixture->doubts = lam_doubt_tiles_new (
      LAM_THOUGHT_DOUBT, fixture->tiles, fixture->opinions, fixture->levels);
}

static void
tear_down (Fixture *fixture, gconstpointer unused)
{
  lam_doubt_tiles_free (fixture->doubts);
  lam_label_tiles_free (fixture->tiles);
  lam_opinion_map_free (fixture->opinions);
  lam_label_map_free (fixture->map);
}

static uint32_t
expected_at (int64_t x, int64_t y, int64_t z)
{
  return source_at (x, y, z) == RUN && x / 64 != 2
      ? LAM_DOUBT (uncertainty_at (x, y, z))
      : LAM_DOUBT_NONE;
}

static GBytes *
cut (Fixture *fixture, const LamTileKey *key)
{
  GError *error = NULL;
  const LamTileSource *source = lam_doubt_tiles_get_source ();
  gpointer prepared = source->prepare (fixture->doubts, key);
  GBytes *bytes = source->cut (fixture->doubts, prepared, key, NULL, &error);
  g_assert_no_error (error);
  source->finish (fixture->doubts, prepared);
  return bytes;
}

static void
check_tile (Fixture *fixture, const LamTileKey *key)
{
  g_autoptr (GBytes) bytes = cut (fixture, key);
  const uint32_t *doubts = (const uint32_t *)g_bytes_get_data (bytes, NULL)
      + LAM_TILE_TEXELS * LAM_TILE_TEXELS;
  const LamLevel *level = &fixture->levels[key->level];
  int u = lam_plane_u (key->plane), v = lam_plane_v (key->plane);
  int64_t at[3], voxel[3];
  at[lam_plane_w (key->plane)] = key->slice;
  for (int i = 0; i < LAM_TILE_TEXELS * LAM_TILE_TEXELS; i++) {
    at[u] = key->u * LAM_TILE_EDGE - 1 + i % LAM_TILE_TEXELS;
    at[v] = key->v * LAM_TILE_EDGE - 1 + i / LAM_TILE_TEXELS;
    for (int a = 0; a < 3; a++)
      voxel[a] = MIN (CLAMP (at[a], 0, level->size[a] - 1) * level->factor[a],
          fixture->levels[0].size[a] - 1);
    g_assert_cmpuint (
        doubts[i], ==, expected_at (voxel[0], voxel[1], voxel[2]));
  }
}

static void
test_tiles (Fixture *fixture, gconstpointer unused)
{
  for (int plane = 0; plane < LAM_N_PLANES; plane++)
    for (int level = 0; level < 2; level++)
      for (int32_t u = 0; u < 2; u++) {
        const LamTileKey key = { plane, level, 33, u, 0 };
        if (u * LAM_TILE_EDGE
            < fixture->levels[level].size[lam_plane_u (plane)])
          check_tile (fixture, &key);
      }
  /* Each brick was read once for all of them. */
  g_assert_cmpint (fixture->n_reads, <=, 5 * 2 * 2);
  LamBox one = lam_box_new (10, 10, 10, 11, 11, 11);
  int before = fixture->n_reads;
  lam_opinion_map_drop (fixture->opinions, &one);
  check_tile (fixture, &(LamTileKey){ LAM_PLANE_XY, 0, 33, 0, 0 });
  g_assert_cmpint (fixture->n_reads, ==, before + 1);
}

/* What the newest run says, but of a person's voxels and what they verified;
 * whether it is the label's
 * class is for who knows the classes. */
static void
test_proposals (Fixture *fixture, gconstpointer unused)
{
  LamDoubtTiles *tiles = lam_doubt_tiles_new (
      LAM_THOUGHT_PROPOSAL, fixture->tiles, fixture->opinions, fixture->levels);
  const LamTileKey key = { LAM_PLANE_XY, 0, 33, 0, 0 };
  const LamTileSource *source = lam_doubt_tiles_get_source ();
  const LamBox verified[2] = { lam_box_new (30, 10, 33, 50, 20, 34),
    lam_box_new (0, 0, 34, X, Y, 35) };
  lam_doubt_tiles_set_verified (tiles, verified, 2);
  gpointer prepared = source->prepare (tiles, &key);
  g_autoptr (GBytes) bytes = source->cut (tiles, prepared, &key, NULL, NULL);
  source->finish (tiles, prepared);
  const uint32_t *proposed = (const uint32_t *)g_bytes_get_data (bytes, NULL)
      + LAM_TILE_TEXELS * LAM_TILE_TEXELS;
  for (int64_t y = 0; y < Y; y++)
    for (int64_t x = 0; x < LAM_TILE_EDGE; x++) {
      const int64_t at[3] = { x, y, 33 };
      bool is_free = source_at (x, y, 33) != LAM_SOURCE_HUMAN && x / 64 != 2
          && !lam_box_contains (&verified[0], at);
      g_assert_cmpuint (proposed[(y + 1) * LAM_TILE_TEXELS + x + 1], ==,
          is_free ? LAM_PROPOSED (4) : 0);
    }
  lam_doubt_tiles_free (tiles);
}

/* What is painted now has no doubt any more; the rest keeps its own. */
static void
test_painted (Fixture *fixture, gconstpointer unused)
{
  const LamTileKey key = { LAM_PLANE_XY, 0, 33, 0, 0 };
  const LamBrickKey at = { 0, 0, 0 };
  uint32_t labels[16], sources[16];
  g_autoptr (LamLabelBrick) brick = read_brick (at, NULL, NULL, NULL);
  g_autoptr (LamLabelBrick) painted = lam_label_brick_copy (brick);
  for (int y = 20; y < 22; y++)
    for (int x = 20; x < 24; x++)
      lam_label_brick_write_sources (painted)[x + 64 * (y + 64 * 33)] =
          LAM_SOURCE_HUMAN;
  lam_label_map_set (fixture->map, at, painted);
  /* Texels 21 to 24 are voxels 20 to 23. */
  g_assert_true (lam_label_tiles_cut_now (
      fixture->tiles, &key, 21, 21, 25, 25, labels, sources));
  g_assert_false (lam_doubt_tiles_convert_now (
      fixture->doubts, &key, 21, 21, 25, 25, sources));
  lam_opinion_unref (lam_opinion_map_read (fixture->opinions, at, NULL, NULL));
  g_assert_true (lam_doubt_tiles_convert_now (
      fixture->doubts, &key, 21, 21, 25, 25, sources));
  for (int i = 0; i < 16; i++) {
    int64_t x = 20 + i % 4, y = 20 + i / 4;
    g_assert_cmpuint (
        sources[i], ==, y < 22 ? LAM_DOUBT_NONE : expected_at (x, y, 33));
  }
  lam_label_brick_settle (painted);
  lam_label_map_unpin (fixture->map, at);
}

/* Relative luminance of an sRGB colour (IEC 61966-2-1). */
static double
get_luminance (uint32_t rgb)
{
  static const double weights[3] = { 0.2126, 0.7152, 0.0722 };
  double sum = 0;
  for (int i = 0; i < 3; i++) {
    double v = (rgb >> (16 - 8 * i) & 255) / 255.0;
    sum += weights[i]
        * (v <= 0.04045 ? v / 12.92 : pow ((v + 0.055) / 1.055, 2.4));
  }
  return sum;
}

/* Lightness as people see it (CIE 1976), 0 to 100. */
static double
get_lightness (int uncertainty)
{
  return 116 * cbrt (get_luminance (lam_doubt_get_rgb ((uint8_t)uncertainty)))
      - 16;
}

static void
test_colours (void)
{
  double all = get_lightness (255) - get_lightness (0);
  g_assert_cmpfloat (all, >, 70);
  for (int i = 16; i < 256; i += 16) {
    double step = get_lightness (i) - get_lightness (i - 16);
    g_assert_cmpfloat (step, >, 0.7 * all / 16);
    g_assert_cmpfloat (step, <, 1.4 * all / 16);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/doubts/tiles", Fixture, NULL, set_up, test_tiles, tear_down);
  g_test_add (
      "/doubts/proposals", Fixture, NULL, set_up, test_proposals, tear_down);
  g_test_add (
      "/doubts/painted", Fixture, NULL, set_up, test_painted, tear_down);
  g_test_add_func ("/doubts/colours", test_colours);
  return g_test_run ();
}
