/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The label map: states, budget, pins, stale reads. */
#include "labels/label-map.h"

#include "base/random.h"

static const int64_t size[3] = { 300, 200, 100 };
static const LamBrickKey a = { 0, 0, 0 }, b = { 1, 0, 0 }, c = { 2, 3, 1 };

enum { FULL_BYTES = LAM_BRICK_VOXELS * 6 };

/* A brick with planes: `label` all over but for voxel 0. */
static LamLabelBrick *
full_brick (uint32_t label)
{
  LamLabelBrick *brick = lam_label_brick_new (label, LAM_SOURCE_IMPORTED);
  lam_label_brick_write_labels (brick)[0] = label + 1;
  lam_label_brick_settle (brick);
  return brick;
}

static void
insert_full (LamLabelMap *map, LamBrickKey key, uint32_t label)
{
  g_autoptr (LamLabelBrick) brick = full_brick (label);
  g_assert_true (
      lam_label_map_insert (map, key, brick, lam_label_map_get_serial (map)));
}

static void
set_uniform (LamLabelMap *map, LamBrickKey key, uint32_t label)
{
  g_autoptr (LamLabelBrick) brick =
      lam_label_brick_new (label, LAM_SOURCE_HUMAN);
  lam_label_map_set (map, key, brick);
}

static LamBrickState
state_of (LamLabelMap *map, LamBrickKey key)
{
  g_assert_true (lam_label_map_check (map));
  return lam_label_map_lookup (map, key, NULL);
}

static void
test_states (void)
{
  g_autoptr (LamLabelMap) map = lam_label_map_new (size, 0);
  g_assert_cmpint (lam_label_map_get_size (map)[1], ==, 200);
  g_assert_cmpint (state_of (map, a), ==, LAM_BRICK_ABSENT);
  lam_label_map_add_stored (map, a);
  lam_label_map_add_stored (map, a);
  g_assert_cmpint (state_of (map, a), ==, LAM_BRICK_ON_DISK);
  g_assert_cmpuint (lam_label_map_get_n_bricks (map), ==, 1);
  insert_full (map, a, 7);
  LamLabelBrick *brick;
  g_assert_cmpint (lam_label_map_lookup (map, a, &brick), ==, LAM_BRICK_LOADED);
  g_assert_cmpuint (lam_label_brick_get_label (brick, 1), ==, 7);
  lam_label_map_set (map, a, NULL);
  g_assert_cmpint (state_of (map, a), ==, LAM_BRICK_ABSENT);
  g_assert_cmpuint (lam_label_map_get_n_bricks (map), ==, 0);
  lam_label_map_unpin (map, a);
  g_assert_cmpint (lam_label_map_get_loaded_bytes (map), ==, 0);
  /* What the disk turned out not to have is absent. */
  lam_label_map_add_stored (map, b);
  g_assert_true (lam_label_map_insert (map, b, NULL, 99));
  g_assert_cmpint (state_of (map, b), ==, LAM_BRICK_ABSENT);
}

static void
test_stale_reads (void)
{
  g_autoptr (LamLabelMap) map = lam_label_map_new (size, 0);
  lam_label_map_add_stored (map, a);
  lam_label_map_add_stored (map, b);
  uint64_t before = lam_label_map_get_serial (map);
  g_autoptr (LamLabelBrick) stale = full_brick (1);
  set_uniform (map, a, 9);
  g_assert_false (lam_label_map_insert (map, a, stale, before));
  /* Another brick is not stale by that. */
  g_assert_true (lam_label_map_insert (map, b, stale, before));
  uint32_t label;
  uint16_t source;
  const int64_t voxel[3] = { 5, 0, 0 };
  g_assert_true (lam_label_map_try_voxel (map, voxel, &label, &source));
  g_assert_cmpuint (label, ==, 9);
  g_assert_cmpuint (source, ==, LAM_SOURCE_HUMAN);
  lam_label_map_unpin (map, a);

  /* Undone on disk: a read from before must not come back. */
  before = lam_label_map_get_serial (map);
  lam_label_map_drop (map, a, true);
  g_assert_cmpint (state_of (map, a), ==, LAM_BRICK_ON_DISK);
  g_assert_false (lam_label_map_insert (map, a, stale, before));
  g_assert_cmpuint (lam_label_map_get_brick_serial (map, a), >, before);
  g_assert_false (lam_label_map_try_voxel (map, voxel, &label, &source));
  lam_label_map_drop (map, a, false);
  g_assert_true (lam_label_map_try_voxel (map, voxel, &label, &source));
  g_assert_cmpuint (label, ==, 0);
  /* Nor may one make an absent brick appear. */
  g_assert_false (lam_label_map_insert (map, a, stale, before));
  g_assert_cmpint (state_of (map, a), ==, LAM_BRICK_ABSENT);
}

static void
test_budget (void)
{
  g_autoptr (LamLabelMap) map = lam_label_map_new (size, 2 * FULL_BYTES + 1000);
  insert_full (map, a, 1);
  insert_full (map, b, 2);
  /* Looked at: now b is the one that was not used for longest. */
  lam_label_map_lookup (map, a, NULL);
  insert_full (map, c, 3);
  g_assert_cmpint (state_of (map, b), ==, LAM_BRICK_ON_DISK);
  g_assert_cmpint (state_of (map, a), ==, LAM_BRICK_LOADED);
  g_assert_cmpint (state_of (map, c), ==, LAM_BRICK_LOADED);
  g_assert_cmpuint (lam_label_map_get_n_bricks (map), ==, 3);
}

static void
test_pins (void)
{
  g_autoptr (LamLabelMap) map = lam_label_map_new (size, 1);
  g_autoptr (LamLabelBrick) brick = full_brick (1);
  lam_label_map_set (map, a, brick);
  lam_label_map_set (map, a, brick);
  lam_label_map_set (map, b, brick);
  g_assert_cmpint (state_of (map, a), ==, LAM_BRICK_LOADED);
  lam_label_map_unpin (map, a);
  g_assert_cmpint (state_of (map, a), ==, LAM_BRICK_LOADED);
  lam_label_map_unpin (map, a);
  g_assert_cmpint (state_of (map, a), ==, LAM_BRICK_ON_DISK);
  g_assert_cmpint (state_of (map, b), ==, LAM_BRICK_LOADED);
  lam_label_map_unpin (map, b);
  g_assert_cmpint (lam_label_map_get_loaded_bytes (map), ==, 0);
}

/* A brick that is written while it is in the map is counted anew at last. */
static void
test_bytes_follow_settling (void)
{
  g_autoptr (LamLabelMap) map = lam_label_map_new (size, 0);
  g_autoptr (LamLabelBrick) brick = full_brick (4);
  g_autoptr (LamLabelBrick) live = lam_label_brick_copy (brick);
  uint32_t *labels = lam_label_brick_write_labels (live);
  lam_label_map_set (map, a, live);
  g_assert_cmpint (lam_label_map_get_loaded_bytes (map), >=, FULL_BYTES);
  labels[0] = 4;
  lam_label_brick_settle (live);
  lam_label_map_unpin (map, a);
  g_assert_cmpint (lam_label_map_get_loaded_bytes (map), <, 1000);
  g_assert_true (lam_label_map_check (map));
}

static void
test_voxels (void)
{
  g_autoptr (LamLabelMap) map = lam_label_map_new (size, 0);
  g_autoptr (LamLabelBrick) brick = lam_label_brick_new (0, 0);
  lam_label_brick_write_labels (brick)[5 + 64 * (6 + 64 * 7)] = 77;
  lam_label_brick_write_sources (brick)[5 + 64 * (6 + 64 * 7)] = 16;
  lam_label_brick_settle (brick);
  lam_label_map_insert (map, c, brick, 0);
  const int64_t inside[3] = { 2 * 64 + 5, 3 * 64 + 6, 64 + 7 };
  const int64_t outside[3] = { -1, 0, 0 };
  uint32_t label;
  uint16_t source;
  g_assert_true (lam_label_map_try_voxel (map, inside, &label, &source));
  g_assert_cmpuint (label, ==, 77);
  g_assert_cmpuint (source, ==, 16);
  g_assert_true (lam_label_map_try_voxel (map, outside, &label, &source));
  g_assert_cmpuint (label, ==, 0);
}

static LamLabelBrick *
read_brick (LamBrickKey key, gpointer user_data, GCancellable *cancellable,
    GError **error)
{
  g_atomic_int_inc ((int *)user_data);
  return key.x == 0 ? NULL : lam_label_brick_new (key.x, 1);
}

static gpointer
read_many (gpointer data)
{
  for (int i = 0; i < 1000; i++) {
    LamBrickKey key = { i % 3, 0, 0 };
    g_autoptr (LamLabelBrick) brick =
        lam_label_map_read (data, key, NULL, NULL);
    g_assert_true ((brick == NULL) == (key.x == 0));
  }
  return NULL;
}

/* Workers read while the main thread changes the map. */
static void
test_reader (void)
{
  g_autoptr (LamLabelMap) map = lam_label_map_new (size, FULL_BYTES);
  g_autoptr (LamLabelBrick) none = lam_label_map_read (map, b, NULL, NULL);
  g_assert_null (none);
  int n_reads = 0;
  lam_label_map_set_reader (map, read_brick, NULL, &n_reads);
  GThread *thread = g_thread_new ("reader", read_many, map);
  for (int i = 0; i < 1000; i++) {
    LamBrickKey key = { i % 7, 1, 1 };
    insert_full (map, key, i);
    set_uniform (map, b, i);
    lam_label_map_unpin (map, b);
  }
  g_thread_join (thread);
  g_assert_cmpint (n_reads, ==, 1000);
}

static void
count_key (LamBrickKey key, gpointer user_data)
{
  *(int64_t *)user_data += lam_brick_key_pack (key);
}

static void
test_foreach (void)
{
  g_autoptr (LamLabelMap) map = lam_label_map_new (size, 0);
  lam_label_map_add_stored (map, b);
  insert_full (map, c, 1);
  lam_label_map_set (map, a, NULL);
  int64_t sum = 0;
  lam_label_map_foreach (map, count_key, &sum);
  g_assert_cmpint (sum, ==, lam_brick_key_pack (b) + lam_brick_key_pack (c));
}

/* Random calls keep every invariant and the budget. */
static void
note_cb (LamBrickKey key, bool exists, uint64_t serial, gpointer user_data)
{
  g_string_append_printf (user_data, "%d%d%d%s%d ", key.x, key.y, key.z,
      exists ? "+" : "-", (int)serial);
}

/* By the bricks of the box, and by those that there are. */
static void
test_foreach_in (void)
{
  g_autoptr (LamLabelMap) map = lam_label_map_new (size, 0);
  g_autoptr (GString) seen = g_string_new (NULL);
  const LamBox small = lam_box_new (63, 0, 0, 70, 1, 1),
               large = lam_box_new (65, 0, 0, 300, 200, 64),
               none = lam_box_new (5, 5, 5, 5, 9, 9);
  lam_label_map_add_stored (map, a);
  lam_label_map_add_stored (map, c);
  lam_label_map_foreach_in (map, &small, note_cb, seen);
  g_assert_cmpstr (seen->str, ==, "000+0 ");
  set_uniform (map, b, 3);
  lam_label_map_unpin (map, b);
  lam_label_map_drop (map, b, false);
  g_string_truncate (seen, 0);
  lam_label_map_foreach_in (map, &small, note_cb, seen);
  g_assert_cmpstr (seen->str, ==, "000+0 100-2 ");
  g_string_truncate (seen, 0);
  lam_label_map_foreach_in (map, &large, note_cb, seen);
  g_assert_cmpstr (seen->str, ==, "100-2 ");
  lam_label_map_foreach_in (map, &none, note_cb, seen);
  g_assert_cmpstr (seen->str, ==, "100-2 ");
}

static void
test_random_calls (void)
{
  enum { BUDGET = 3 * FULL_BYTES };
  g_autoptr (LamLabelMap) map = lam_label_map_new (size, BUDGET);
  LamRandom random = lam_random_new (5, 0);
  int pins[8] = { 0 };
  int n_pins = 0;
  for (int i = 0; i < 1000; i++) {
    int x = lam_random_u32 (&random) % 8;
    LamBrickKey key = { x, 0, 0 };
    int what = lam_random_u32 (&random) % 5;
    if (what == 0)
      insert_full (map, key, i);
    else if (what == 1 && n_pins < 20) {
      set_uniform (map, key, i);
      pins[x]++;
      n_pins++;
    } else if (what == 2 && pins[x] > 0) {
      lam_label_map_unpin (map, key);
      pins[x]--;
      n_pins--;
    } else if (what == 3 && pins[x] == 0)
      lam_label_map_drop (map, key, i & 1);
    else
      lam_label_map_lookup (map, key, NULL);
    g_assert_true (lam_label_map_check (map));
    g_assert_cmpint (
        lam_label_map_get_loaded_bytes (map), <=, BUDGET + 8 * 100);
  }
}

/* A column of bricks, which differ in z alone: that many take seconds where
 * each is compared with all before it. */
static void
test_deep (void)
{
  enum { N = 100000 };
  const int64_t deep[3] = { 64, 64, (int64_t)N * LAM_BRICK_EDGE };
  g_autoptr (LamLabelMap) map = lam_label_map_new (deep, 0);
  const gint64 start = g_get_monotonic_time ();
  for (int32_t z = 0; z < N; z++)
    lam_label_map_add_stored (map, (LamBrickKey){ 0, 0, z });
  g_assert_cmpuint (lam_label_map_get_n_bricks (map), ==, N);
  g_assert_cmpint (g_get_monotonic_time () - start, <, 2 * G_USEC_PER_SEC);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/label-map/states", test_states);
  g_test_add_func ("/label-map/stale-reads", test_stale_reads);
  g_test_add_func ("/label-map/budget", test_budget);
  g_test_add_func ("/label-map/pins", test_pins);
  g_test_add_func ("/label-map/settling", test_bytes_follow_settling);
  g_test_add_func ("/label-map/voxels", test_voxels);
  g_test_add_func ("/label-map/reader", test_reader);
  g_test_add_func ("/label-map/foreach", test_foreach);
  g_test_add_func ("/label-map/foreach-in", test_foreach_in);
  g_test_add_func ("/label-map/random-calls", test_random_calls);
  g_test_add_func ("/label-map/deep", test_deep);
  return g_test_run ();
}
