/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Strokes against a plain loop over voxels, whatever the order in which bricks
 * arrive; locks, overwrite modes, taking back. */
#include "labels/stroke.h"

#include <math.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/random.h"
#include "labels/painter.h"
#include "rounds.h"

enum { NX = 150, NY = 140, NZ = 100, N_SAMPLES = 7 };
static const int64_t size[3] = { NX, NY, NZ };

/* What is on disk, and as plain arrays. */
typedef struct {
  GHashTable *bricks;
  LamClassTable *classes;
  uint32_t labels[NZ][NY][NX];
  uint16_t sources[NZ][NY][NX];
} World;

static LamBrickKey
key_at (int64_t x, int64_t y, int64_t z)
{
  return (
      LamBrickKey){ (int32_t)(x / 64), (int32_t)(y / 64), (int32_t)(z / 64) };
}

static int
index_at (int64_t x, int64_t y, int64_t z)
{
  return (int)(x % 64 + 64 * (y % 64 + 64 * (z % 64)));
}

static void
put_box (World *world, const LamBox *box, uint32_t label, uint16_t source)
{
  for (int64_t z = box->min[2]; z < box->max[2]; z++)
    for (int64_t y = box->min[1]; y < box->max[1]; y++)
      for (int64_t x = box->min[0]; x < box->max[0]; x++) {
        world->labels[z][y][x] = label;
        world->sources[z][y][x] = source;
      }
}

static void
store_bricks (World *world)
{
  g_autoptr (LamLabelBrick) nothing = lam_label_brick_new (0, 0);
  for (int64_t bz = 0; bz < NZ; bz += 64)
    for (int64_t by = 0; by < NY; by += 64)
      for (int64_t bx = 0; bx < NX; bx += 64) {
        LamLabelBrick *brick = lam_label_brick_new (0, 0);
        uint32_t *labels = lam_label_brick_write_labels (brick);
        uint16_t *sources = lam_label_brick_write_sources (brick);
        for (int64_t z = bz; z < MIN (bz + 64, NZ); z++)
          for (int64_t y = by; y < MIN (by + 64, NY); y++)
            for (int64_t x = bx; x < MIN (bx + 64, NX); x++) {
              labels[index_at (x, y, z)] = world->labels[z][y][x];
              sources[index_at (x, y, z)] = world->sources[z][y][x];
            }
        lam_label_brick_settle (brick);
        int64_t packed = lam_brick_key_pack (key_at (bx, by, bz));
        if (lam_label_brick_equal (brick, nothing))
          lam_label_brick_unref (brick);
        else
          g_hash_table_insert (
              world->bricks, g_memdup2 (&packed, sizeof packed), brick);
      }
}

static World *
world_new (void)
{
  World *world = g_new0 (World, 1);
  world->bricks = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free,
      (GDestroyNotify)lam_label_brick_unref);
  world->classes = lam_class_table_new ();
  return world;
}

static void
world_free (World *world)
{
  g_hash_table_unref (world->bricks);
  lam_class_table_free (world->classes);
  g_free (world);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (World, world_free)

/* Boxes of labels 1 to 9 and of some sources; 3 is locked, and the class of 4
 * is. */
static World *
random_world (LamRandom *random)
{
  World *world = world_new ();
  for (int i = 0; i < 25; i++) {
    LamBox box;
    for (int axis = 0; axis < 3; axis++) {
      box.min[axis] = lam_random_u32 (random) % size[axis];
      int64_t length = 5 + lam_random_u32 (random) % 60;
      box.max[axis] = MIN (size[axis], box.min[axis] + length);
    }
    put_box (
        world, &box, lam_random_u32 (random) % 10, lam_random_u32 (random) % 4);
  }
  store_bricks (world);
  LamLabel locked = { .id = 3, .name = "", .class_id = 1, .locked = true };
  lam_class_table_set_label (world->classes, &locked);
  LamLabel of_locked = { .id = 4, .name = "", .class_id = 2 };
  lam_class_table_set_label (world->classes, &of_locked);
  LamClass kind = { .id = 2, .name = "", .locked = true };
  lam_class_table_set_class (world->classes, &kind);
  return world;
}

static LamLabelBrick *
world_read (World *world, LamBrickKey key)
{
  int64_t packed = lam_brick_key_pack (key);
  return g_hash_table_lookup (world->bricks, &packed);
}

/* A map of the world with every brick on disk, or with a share in memory. */
static LamLabelMap *
map_of_world (World *world, LamRandom *random, double share_loaded)
{
  LamLabelMap *map = lam_label_map_new (size, 0);
  GHashTableIter iter;
  gpointer key, value;
  g_hash_table_iter_init (&iter, world->bricks);
  while (g_hash_table_iter_next (&iter, &key, &value)) {
    LamBrickKey brick = lam_brick_key_unpack (*(int64_t *)key);
    lam_label_map_add_stored (map, brick);
    if (lam_random_unit (random) < share_loaded)
      lam_label_map_insert (map, brick, value, 0);
  }
  return map;
}

static void
load (LamLabelMap *map, World *world, LamBrickKey key)
{
  lam_label_map_insert (
      map, key, world_read (world, key), lam_label_map_get_serial (map));
}

typedef struct {
  LamBrush brush;
  double voxel_size_nm[3];
  double points[N_SAMPLES][3];
  double pressures[N_SAMPLES];
  LamBox reach; /* no voxel outside is covered */
} Script;

static Script
random_script (LamRandom *random)
{
  Script script = { .voxel_size_nm = { 10, 10, 40 } };
  if (lam_random_u32 (random) % 3 == 0)
    for (int i = 0; i < 3; i++)
      script.voxel_size_nm[i] = lam_random_range (random, 3, 50);
  script.brush = (LamBrush){ lam_random_u32 (random) % LAM_N_PLANES,
    lam_random_u32 (random) % 3 == 0 ? LAM_BRUSH_ELLIPSOID : LAM_BRUSH_DISC,
    pow (10, lam_random_range (random, 0, 2.2)),
    1 + lam_random_u32 (random) % 3, lam_random_u32 (random) % 10,
    lam_random_u32 (random) % LAM_N_OVERWRITES };
  int w = lam_plane_w (script.brush.plane);
  /* Whole and half numbers too: they meet the borders exactly. */
  bool is_grid = lam_random_u32 (random) % 3 == 0;
  if (is_grid)
    script.brush.radius_nm = 10 * (lam_random_u32 (random) % 12);
  for (int i = 0; i < N_SAMPLES; i++) {
    for (int axis = 0; axis < 3; axis++) {
      double place = i == 0
          ? lam_random_range (random, -10, (double)size[axis] + 10)
          : script.points[i - 1][axis] + lam_random_range (random, -35, 35);
      bool stays = axis == w && script.brush.shape == LAM_BRUSH_DISC && i > 0
          && lam_random_u32 (random) % 6 > 0;
      script.points[i][axis] = stays ? script.points[i - 1][axis]
          : is_grid                  ? floor (place) / 2 * 2 + 0.5
                                     : place;
    }
    script.pressures[i] =
        lam_random_u32 (random) % 2 ? 1 : lam_random_unit (random);
  }
  return script;
}

enum { NO, YES, EITHER };

/* Distance to the nearest ball, by ternary search: it is convex in t. */
static double
least_distance (const double q[3], const double p[3], const double d[3],
    double r, double growth)
{
  double low = 0, high = 1, h[2] = { 0, 0 };
  for (int i = 0; i < 45; i++) {
    double t[2] = { low + (high - low) / 3, high - (high - low) / 3 };
    for (int j = 0; j < 2; j++) {
      double square = 0;
      for (int axis = 0; axis < 3; axis++) {
        double step = q[axis] - p[axis] - t[j] * d[axis];
        square += step * step;
      }
      h[j] = sqrt (square) - r - t[j] * growth;
    }
    if (h[0] < h[1])
      high = t[1];
    else
      low = t[0];
  }
  return MIN (h[0], h[1]);
}

/* Whether a segment meets a voxel made wider by `margin` on each side. */
static bool
passes (const double from[3], const double to[3], const int64_t voxel[3],
    int flat_axis, double margin)
{
  double first = 0, last = 1;
  for (int i = 0; i < 3; i++) {
    if (i == flat_axis)
      continue;
    double low = voxel[i] - margin - from[i];
    double high = voxel[i] + 1 + margin - from[i];
    double way = to[i] - from[i];
    if (way == 0) {
      if (low > 0 || high < 0)
        return false;
      continue;
    }
    first = MAX (first, MIN (low / way, high / way));
    last = MIN (last, MAX (low / way, high / way));
  }
  return first <= last;
}

/* One segment at one voxel. */
static int
covers (const Script *script, int from, int to, const int64_t voxel[3])
{
  const LamBrush *brush = &script->brush;
  int flat = brush->shape == LAM_BRUSH_DISC ? lam_plane_w (brush->plane) : -1;
  const double *p0 = script->points[from], *p1 = script->points[to];
  if (flat >= 0) {
    int64_t slice = (int64_t)floor (p1[flat]);
    if (voxel[flat] < slice - (brush->depth - 1) / 2
        || voxel[flat] > slice + brush->depth / 2)
      return NO;
    if (floor (p0[flat]) != floor (p1[flat]))
      p0 = p1;
  }
  double r0 = script->brush.radius_nm * script->pressures[p0 == p1 ? to : from];
  double r1 = script->brush.radius_nm * script->pressures[to];
  double q[3], p[3], d[3];
  for (int i = 0; i < 3; i++) {
    double scale = i == flat ? 0 : script->voxel_size_nm[i];
    q[i] = (voxel[i] + 0.5) * scale;
    p[i] = p0[i] * scale;
    d[i] = (p1[i] - p0[i]) * scale;
  }
  double distance = least_distance (q, p, d, r0, r1 - r0);
  if (distance < -1e-6 || passes (p0, p1, voxel, flat, -1e-9))
    return YES;
  if (distance < 1e-6 || passes (p0, p1, voxel, flat, 1e-9))
    return EITHER;
  return NO;
}

/* Far enough from a segment's voxels to skip the slow test. */
static LamBox
reach_of (const Script *script, int from, int to)
{
  LamBox box;
  for (int i = 0; i < 3; i++) {
    bool flat = script->brush.shape == LAM_BRUSH_DISC
        && i == lam_plane_w (script->brush.plane);
    double reach = 2
        + (flat ? script->brush.depth
                : script->brush.radius_nm / script->voxel_size_nm[i]);
    double a = script->points[from][i], b = script->points[to][i];
    box.min[i] = (int64_t)floor (MIN (a, b) - reach);
    box.max[i] = (int64_t)ceil (MAX (a, b) + reach);
  }
  return box;
}

static int
covers_any (const Script *script, const int64_t voxel[3])
{
  int answer = NO;
  if (!lam_box_contains (&script->reach, voxel))
    return NO;
  for (int i = 0; i < N_SAMPLES && answer != YES; i++) {
    int from = MAX (i - 1, 0);
    LamBox reach = reach_of (script, from, i);
    if (!lam_box_contains (&reach, voxel))
      continue;
    int one = covers (script, from, i, voxel);
    if (one != NO)
      answer = one;
  }
  return answer;
}

static uint32_t
label_started_on (const World *world, const Script *script)
{
  int64_t at[3];
  for (int i = 0; i < 3; i++)
    at[i] = CLAMP ((int64_t)floor (script->points[0][i]), 0, size[i] - 1);
  return world->labels[at[2]][at[1]][at[0]];
}

static bool
is_allowed (const World *world, const Script *script, uint32_t label)
{
  if (label == 3 || label == 4)
    return false;
  switch (script->brush.overwrite) {
  case LAM_OVERWRITE_UNLABELLED:
    return label == 0;
  case LAM_OVERWRITE_STARTED_ON:
    return label == label_started_on (world, script);
  default:
    return true;
  }
}

/* Compares the map to what the plain loop makes of the world, and the edit's
 * box to what changed. Returns how many voxels changed. */
static int
compare_to_loop (
    const World *world, const Script *script, LamLabelMap *map, LamEdit *edit)
{
  LamBox changed = { 0 };
  int n_changed = 0;
  int64_t v[3];
  for (v[2] = 0; v[2] < NZ; v[2]++)
    for (v[1] = 0; v[1] < NY; v[1]++)
      for (v[0] = 0; v[0] < NX; v[0]++) {
        uint32_t old_label = world->labels[v[2]][v[1]][v[0]], label;
        uint16_t old_source = world->sources[v[2]][v[1]][v[0]], source;
        if (!lam_label_map_try_voxel (map, v, &label, &source))
          label = old_label, source = old_source;
        bool is_painted =
            label == script->brush.label && source == LAM_SOURCE_HUMAN;
        bool is_same = label == old_label && source == old_source;
        int covered = covers_any (script, v);
        bool allowed = is_allowed (world, script, old_label);
        if (covered == YES && allowed)
          g_assert_true (is_painted);
        else if (covered == EITHER && allowed)
          g_assert_true (is_painted || is_same);
        else
          g_assert_true (is_same);
        if (!is_same) {
          LamBox one =
              lam_box_new (v[0], v[1], v[2], v[0] + 1, v[1] + 1, v[2] + 1);
          changed = lam_box_unite (&changed, &one);
          n_changed++;
        }
      }
  g_assert_true ((edit != NULL) == (n_changed > 0));
  if (edit) {
    LamBox box = lam_edit_get_box (edit);
    g_assert_true (lam_box_equal (&box, &changed));
  }
  return n_changed;
}

/* Whether the edit's bricks before are the world's, and those after the map's;
 * then puts the ones before back, which must give the world again. */
static void
check_edit (World *world, LamLabelMap *map, LamEdit *edit)
{
  for (size_t i = 0; i < lam_edit_get_n_bricks (edit); i++) {
    const LamBrickChange *change = lam_edit_get_brick (edit, i);
    g_assert_true (change->before == world_read (world, change->key));
    LamLabelBrick *brick;
    lam_label_map_lookup (map, change->key, &brick);
    g_assert_true (brick == change->after);
    g_assert_false (lam_label_brick_is_open (brick));
    lam_label_map_unpin (map, change->key);
    g_assert_true (lam_label_map_check (map));
  }
}

/* Two maps say the same of all bricks that an edit changed. */
static void
compare_edits (LamEdit *a, LamEdit *b)
{
  g_assert_true ((a == NULL) == (b == NULL));
  if (!a)
    return;
  g_assert_cmpuint (lam_edit_get_n_bricks (a), ==, lam_edit_get_n_bricks (b));
  for (size_t i = 0; i < lam_edit_get_n_bricks (a); i++) {
    const LamBrickChange *p = lam_edit_get_brick (a, i);
    const LamBrickChange *q = lam_edit_get_brick (b, i);
    g_assert_cmpint (
        lam_brick_key_pack (p->key), ==, lam_brick_key_pack (q->key));
    g_assert_true (lam_label_brick_equal (p->after, q->after));
  }
}

static void
load_one_missing (
    LamStroke *stroke, LamLabelMap *map, World *world, LamRandom *random)
{
  size_t n = lam_stroke_get_n_missing (stroke);
  if (n == 0)
    return;
  LamBrickKey key =
      lam_stroke_get_missing (stroke, lam_random_u32 (random) % n);
  load (map, world, key);
  /* Sometimes a tile brought the brick, and the stroke finds it by itself. */
  if (lam_random_u32 (random) % 3)
    lam_stroke_arrived (stroke, key);
}

static LamEdit *
play (const Script *script, World *world, LamLabelMap *map, LamRandom *random)
{
  g_autoptr (LamStroke) stroke = lam_stroke_new (
      map, world->classes, script->voxel_size_nm, &script->brush);
  for (int i = 0; i < N_SAMPLES; i++) {
    lam_stroke_add (stroke, script->points[i], script->pressures[i]);
    if (lam_random_u32 (random) % 3 == 0)
      load_one_missing (stroke, map, world, random);
  }
  while (lam_stroke_get_n_missing (stroke) > 0)
    load_one_missing (stroke, map, world, random);
  return lam_stroke_end (stroke);
}

static void
test_random_strokes (void)
{
  LamRandom random = lam_random_new (11, 0);
  int n_changed = 0, n_empty = 0;
  for (int i = 0; i < PLAIN_OR_SANITISED (24, 8); i++) {
    g_autoptr (World) world = random_world (&random);
    Script script = random_script (&random);
    for (int j = 1; j < N_SAMPLES; j++) {
      LamBox reach = reach_of (&script, j - 1, j);
      script.reach = lam_box_unite (&script.reach, &reach);
    }
    g_autoptr (LamLabelMap) map = map_of_world (world, &random, 1);
    g_autoptr (LamEdit) edit = play (&script, world, map, &random);
    int n = compare_to_loop (world, &script, map, edit);
    n_changed += n;
    n_empty += n == 0;
    if (edit)
      check_edit (world, map, edit);
    for (int j = 0; j < 3; j++) {
      g_autoptr (LamLabelMap) other = map_of_world (world, &random, j * 0.4);
      g_autoptr (LamEdit) same = play (&script, world, other, &random);
      compare_edits (edit, same);
      if (same)
        check_edit (world, other, same);
    }
  }
  g_test_message ("%d voxels changed, %d strokes empty", n_changed, n_empty);
  g_assert_cmpint (n_changed, >, PLAIN_OR_SANITISED (8000, 2000));
  g_assert_cmpint (n_empty, <, 12);
}

/* A stroke that is freed without an end leaves nothing behind. */
static void
test_taken_back (void)
{
  LamRandom random = lam_random_new (12, 0);
  for (int i = 0; i < 10; i++) {
    g_autoptr (World) world = random_world (&random);
    Script script = random_script (&random);
    g_autoptr (LamLabelMap) map = map_of_world (world, &random, 0.7);
    int64_t bytes = lam_label_map_get_loaded_bytes (map);
    size_t n_bricks = lam_label_map_get_n_bricks (map);
    LamStroke *stroke = lam_stroke_new (
        map, world->classes, script.voxel_size_nm, &script.brush);
    for (int j = 0; j < N_SAMPLES; j++)
      lam_stroke_add (stroke, script.points[j], script.pressures[j]);
    lam_stroke_free (stroke);
    g_assert_cmpint (lam_label_map_get_loaded_bytes (map), ==, bytes);
    g_assert_cmpuint (lam_label_map_get_n_bricks (map), ==, n_bricks);
    g_assert_true (lam_label_map_check (map));
    for (int64_t key = 0; key < 18; key++) {
      LamBrickKey at = { key % 3, key / 3 % 3, (int32_t)(key / 9) };
      LamLabelBrick *brick;
      if (lam_label_map_lookup (map, at, &brick) == LAM_BRICK_LOADED)
        g_assert_true (brick == world_read (world, at));
    }
  }
}

static uint32_t
label_at (LamLabelMap *map, int64_t x, int64_t y, int64_t z)
{
  const int64_t voxel[3] = { x, y, z };
  uint32_t label = 99;
  lam_label_map_try_voxel (map, voxel, &label, NULL);
  return label;
}

static const double cube_nm[3] = { 10, 10, 10 };
static const LamBrush small_brush = { LAM_PLANE_XY, LAM_BRUSH_DISC, 0, 1, 5,
  LAM_OVERWRITE_EVERYTHING };

/* The smallest brush paints one voxel, a chain of them along its way, and
 * what it paints is in the map at once. */
static void
test_tiny_brush (void)
{
  g_autoptr (LamClassTable) classes = lam_class_table_new ();
  g_autoptr (LamLabelMap) map = lam_label_map_new (size, 0);
  g_autoptr (LamStroke) stroke =
      lam_stroke_new (map, classes, cube_nm, &small_brush);
  LamBox box = lam_stroke_add (stroke, (double[3]){ 62.99, 7, 9.5 }, 1);
  LamBox expected = lam_box_new (62, 7, 9, 63, 8, 10);
  g_assert_true (lam_box_equal (&box, &expected));
  g_assert_cmpuint (label_at (map, 62, 7, 9), ==, 5);
  /* Straight through a corner of the grid: no diagonal gap. */
  box = lam_stroke_add (stroke, (double[3]){ 66.99, 11, 9.5 }, 1);
  g_assert_cmpint (box.max[0], ==, 67);
  g_assert_cmpint (box.max[1], ==, 12);
  int n = 0;
  for (int y = 7; y < 12; y++)
    for (int x = 62; x < 67; x++)
      n += label_at (map, x, y, 9) == 5;
  g_assert_cmpint (n, ==, 9);
  /* The same sample again changes nothing, nor does one that is no number. */
  box = lam_stroke_add (stroke, (double[3]){ 66.99, 11, 9.5 }, 1);
  g_assert_true (lam_box_is_empty (&box));
  box = lam_stroke_add (stroke, (double[3]){ NAN, 11, 9.5 }, 1);
  g_assert_true (lam_box_is_empty (&box));
  box = lam_stroke_add (stroke, (double[3]){ 1, INFINITY, 9.5 }, 1);
  g_assert_true (lam_box_is_empty (&box));
  g_autoptr (LamEdit) edit = lam_stroke_end (stroke);
  g_assert_cmpstr (lam_edit_get_tool (edit), ==, "brush");
  g_assert_cmpuint (lam_edit_get_n_bricks (edit), ==, 2);
  g_assert_null (lam_edit_get_brick (edit, 0)->before);
}

/* Depth 2 adds the next deeper slice, 3 one on each side; the volume clips. */
static void
test_depth (void)
{
  g_autoptr (LamClassTable) classes = lam_class_table_new ();
  static const int64_t expected[][2] = { { 10, 11 }, { 10, 12 }, { 9, 12 },
    { 9, 13 }, { 0, NZ } };
  static const int depths[] = { 1, 2, 3, 4, 100000 };
  for (size_t i = 0; i < G_N_ELEMENTS (depths); i++) {
    g_autoptr (LamLabelMap) map = lam_label_map_new (size, 0);
    LamBrush brush = small_brush;
    brush.depth = depths[i];
    brush.radius_nm = 25;
    g_autoptr (LamStroke) stroke =
        lam_stroke_new (map, classes, cube_nm, &brush);
    LamBox box = lam_stroke_add (stroke, (double[3]){ 20.5, 20.5, 10 }, 1);
    g_assert_cmpint (box.min[2], ==, expected[i][0]);
    g_assert_cmpint (box.max[2], ==, expected[i][1]);
    g_assert_cmpint (box.min[0], ==, 18);
    g_assert_cmpint (box.max[0], ==, 23);
  }
}

/* A huge brush far outside, and one that covers all of the volume. */
static void
test_extremes (void)
{
  g_autoptr (LamClassTable) classes = lam_class_table_new ();
  g_autoptr (LamLabelMap) map = lam_label_map_new (size, 0);
  LamBrush brush = small_brush;
  brush.shape = LAM_BRUSH_ELLIPSOID;
  brush.radius_nm = 1e300;
  g_autoptr (LamStroke) stroke = lam_stroke_new (map, classes, cube_nm, &brush);
  LamBox box = lam_stroke_add (stroke, (double[3]){ -1e300, 1e18, 5 }, 1);
  LamBox all = lam_box_of_size (size);
  g_assert_true (lam_box_equal (&box, &all));
  g_autoptr (LamStroke) thin =
      lam_stroke_new (map, classes, cube_nm, &small_brush);
  box = lam_stroke_add (thin, (double[3]){ -1e9, -1e9, 5 }, 1);
  g_assert_true (lam_box_is_empty (&box));
  box = lam_stroke_add (thin, (double[3]){ 1e9, -5, 5 }, 0);
  g_assert_true (lam_box_is_empty (&box));
  g_assert_null (lam_stroke_end (thin));
}

/* Painting what is there already: confirmed once, then no change. */
static void
test_confirming (void)
{
  g_autoptr (LamClassTable) classes = lam_class_table_new ();
  g_autoptr (LamLabelMap) map = lam_label_map_new (size, 0);
  g_autoptr (LamLabelBrick) run = lam_label_brick_new (5, LAM_SOURCE_FIRST_RUN);
  lam_label_map_insert (map, key_at (0, 0, 0), run, 0);
  for (int i = 0; i < 2; i++) {
    g_autoptr (LamStroke) stroke =
        lam_stroke_new (map, classes, cube_nm, &small_brush);
    lam_stroke_add (stroke, (double[3]){ 3.5, 4.5, 5.5 }, 1);
    g_autoptr (LamEdit) edit = lam_stroke_end (stroke);
    g_assert_true ((edit != NULL) == (i == 0));
    if (edit) {
      const LamBrickChange *change = lam_edit_get_brick (edit, 0);
      int at = index_at (3, 4, 5);
      g_assert_true (change->before == run);
      g_assert_cmpuint (
          lam_label_brick_get_source (change->after, at), ==, LAM_SOURCE_HUMAN);
      g_assert_cmpuint (lam_label_brick_get_source (change->after, at + 1), ==,
          LAM_SOURCE_FIRST_RUN);
    }
  }
}

/* Locked labels, and those of locked classes, stay in every mode, also when
 * painted with themselves; what is beside them does not. */
static void
test_locks (void)
{
  LamRandom random = lam_random_new (13, 0);
  for (int mode = 0; mode < LAM_N_OVERWRITES; mode++)
    for (uint32_t label = 0; label < 6; label++) {
      g_autoptr (World) world = random_world (&random);
      LamBox boxes[] = { { { 10, 10, 10 }, { 20, 20, 20 } },
        { { 20, 10, 10 }, { 30, 20, 20 } },
        { { 30, 10, 10 }, { 40, 20, 20 } } };
      for (uint32_t i = 0; i < 3; i++)
        put_box (world, &boxes[i], 3 + i, LAM_SOURCE_IMPORTED);
      g_hash_table_remove_all (world->bricks);
      store_bricks (world);
      g_autoptr (LamLabelMap) map = map_of_world (world, &random, 1);
      LamBrush brush = small_brush;
      brush.overwrite = mode;
      brush.label = label;
      g_autoptr (LamStroke) stroke =
          lam_stroke_new (map, world->classes, cube_nm, &brush);
      lam_stroke_add (stroke, (double[3]){ 12.5, 15.5, 15.5 }, 1);
      lam_stroke_add (stroke, (double[3]){ 38.5, 15.5, 15.5 }, 1);
      for (int64_t x = 12; x < 39; x++) {
        bool is_free = x >= 30 && mode == LAM_OVERWRITE_EVERYTHING;
        uint32_t now;
        uint16_t source;
        g_assert_true (lam_label_map_try_voxel (
            map, (const int64_t[3]){ x, 15, 15 }, &now, &source));
        g_assert_cmpuint (now, ==, is_free ? label : 2 + x / 10);
        g_assert_cmpuint (
            source, ==, is_free ? LAM_SOURCE_HUMAN : LAM_SOURCE_IMPORTED);
      }
    }
}

static void
test_names (void)
{
  for (int i = 0; i < LAM_N_OVERWRITES; i++) {
    LamOverwrite mode;
    g_assert_true (lam_overwrite_parse (lam_overwrite_name (i), &mode));
    g_assert_cmpint (mode, ==, i);
    g_assert_false (lam_overwrite_parse ("nothing", &mode));
  }
}

static bool
may_paint_all (uint32_t label, gpointer user_data)
{
  return true;
}

/* Paints all of the first brick but for its last `n_left` rows; whether it is
 * uniform then. */
static bool
paint_brick (LamLabelMap *map, uint32_t label, int n_left)
{
  g_autoptr (LamPainter) painter =
      lam_painter_new (map, label, may_paint_all, NULL);
  g_assert_true (lam_painter_enter (painter, (LamBrickKey){ 0, 0, 0 }));
  for (int i = 0; i < 64 * 64 - n_left; i++) {
    const int64_t row[3] = { 0, i % 64, i / 64 };
    lam_painter_paint (painter, row, 0, 0, 64);
    lam_painter_paint (painter, row, 0, 3, 5); /* changes nothing */
  }
  g_autoptr (LamEdit) edit = lam_painter_end (painter, "brush");
  const LamLabelBrick *after = lam_edit_get_brick (edit, 0)->after;
  g_assert_cmpuint (lam_label_brick_get_label (after, 0), ==, label);
  g_assert_cmpuint (lam_label_brick_get_label (after, LAM_BRICK_VOXELS - 1), ==,
      n_left ? 0 : label);
  return lam_label_brick_is_uniform (after, NULL, NULL);
}

/* A brick takes no planes as soon as it is one label, however it came to it. */
static void
test_whole_brick (void)
{
  g_autoptr (LamLabelMap) at_once = lam_label_map_new (size, 0);
  g_assert_true (paint_brick (at_once, 5, 0));
  g_assert_true (paint_brick (at_once, 6, 0));
  g_autoptr (LamLabelMap) in_two = lam_label_map_new (size, 0);
  g_assert_false (paint_brick (in_two, 5, 1));
  g_assert_true (paint_brick (in_two, 5, 0));
}

/* Of a brick's planes, that are in memory. */
static int
count_pages (const LamLabelBrick *brick)
{
  const size_t bytes = LAM_BRICK_VOXELS * (sizeof (uint32_t) + 2);
  const size_t n = bytes / (size_t)sysconf (_SC_PAGESIZE);
  g_autofree unsigned char *is_there = g_new0 (unsigned char, n);
  void *planes = (void *)lam_label_brick_get_labels (brick);
  g_assert_no_errno (mincore (planes, bytes, is_there));
  int n_there = 0;
  for (size_t i = 0; i < n; i++)
    n_there += is_there[i] & 1;
  return n_there;
}

/* The pen is lifted without reading, or even making, the 1.5 MiB of a brick
 * that a row was painted in. */
static void
test_sparse_brick (void)
{
  g_free (g_malloc0 (8 << 20)); /* memory that an allocator would reuse */
  g_autoptr (LamLabelMap) map = lam_label_map_new (size, 0);
  g_autoptr (LamPainter) painter =
      lam_painter_new (map, 5, may_paint_all, NULL);
  const int64_t row[3] = { 0, 0, 60 };
  g_assert_true (lam_painter_enter (painter, (LamBrickKey){ 0, 0, 0 }));
  lam_painter_paint (painter, row, 0, 0, 64);
  g_autoptr (LamEdit) edit = lam_painter_end (painter, "brush");
  g_assert_cmpuint (lam_edit_get_n_bricks (edit), ==, 1);
  g_assert_cmpint (count_pages (lam_edit_get_brick (edit, 0)->after), <=, 8);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/stroke/random-strokes", test_random_strokes);
  g_test_add_func ("/stroke/taken-back", test_taken_back);
  g_test_add_func ("/stroke/tiny-brush", test_tiny_brush);
  g_test_add_func ("/stroke/whole-brick", test_whole_brick);
  g_test_add_func ("/stroke/sparse-brick", test_sparse_brick);
  g_test_add_func ("/stroke/depth", test_depth);
  g_test_add_func ("/stroke/extremes", test_extremes);
  g_test_add_func ("/stroke/confirming", test_confirming);
  g_test_add_func ("/stroke/locks", test_locks);
  g_test_add_func ("/stroke/names", test_names);
  return g_test_run ();
}
