/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Likely errors in made-up bricks: what is one, what is none, pieces over the
 * faces of bricks, and the order. */
#include "segment/likely-errors.h"

/* Two bricks and a part on each axis. */
enum { SIZE_X = 140, SIZE_Y = 70, SIZE_Z = 140, RUN = LAM_SOURCE_FIRST_RUN };

typedef struct {
  GHashTable *bricks; /* int64_t key → LamLabelBrick, open */
  GHashTable *opinions; /* the same → LamRunOpinion */
  LamLikelyRules rules;
  int n_refused;
} Fixture;

static LamLabelBrick *
brick_at (Fixture *fixture, int64_t packed)
{
  LamLabelBrick *brick = g_hash_table_lookup (fixture->bricks, &packed);
  if (!brick) {
    brick = lam_label_brick_new (0, RUN);
    g_hash_table_insert (
        fixture->bricks, g_memdup2 (&packed, sizeof packed), brick);
  }
  return brick;
}

static int64_t
place_of (int64_t x, int64_t y, int64_t z, int *index)
{
  *index = (int)(x % 64 + 64 * (y % 64 + 64 * (z % 64)));
  return lam_brick_key_pack (
      (LamBrickKey){ (int)(x / 64), (int)(y / 64), (int)(z / 64) });
}

#define FOR_EACH_IN(box) \
  for (int64_t z = (box)->min[2]; z < (box)->max[2]; z++) \
    for (int64_t y = (box)->min[1]; y < (box)->max[1]; y++) \
      for (int64_t x = (box)->min[0]; x < (box)->max[0]; x++)

static void
fill (Fixture *fixture, LamBox box, uint32_t label, uint16_t source)
{
  int i;
  FOR_EACH_IN (&box)
  {
    LamLabelBrick *brick = brick_at (fixture, place_of (x, y, z, &i));
    lam_label_brick_write_labels (brick)[i] = label;
    lam_label_brick_write_sources (brick)[i] = source;
  }
}

static void
doubt (Fixture *fixture, LamBox box, uint8_t uncertainty)
{
  int i;
  FOR_EACH_IN (&box)
  {
    int64_t packed = place_of (x, y, z, &i);
    LamRunOpinion *opinion = g_hash_table_lookup (fixture->opinions, &packed);
    if (!opinion) {
      opinion = lam_run_opinion_new ();
      g_hash_table_insert (
          fixture->opinions, g_memdup2 (&packed, sizeof packed), opinion);
    }
    opinion->uncertainties[i] = uncertainty;
    opinion->seconds[i] = lam_run_opinion_take_class (opinion, 1);
  }
}

static void
set_up (Fixture *fixture, gconstpointer unused)
{
  fixture->bricks = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free,
      (GDestroyNotify)lam_label_brick_unref);
  fixture->opinions =
      g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, g_free);
  fixture->rules = lam_likely_rules;
  /* All of it was said to be unlabelled. */
  fill (fixture, lam_box_new (0, 0, 0, SIZE_X, SIZE_Y, SIZE_Z), 0, RUN);
}

static void
tear_down (Fixture *fixture, gconstpointer unused)
{
  g_hash_table_unref (fixture->bricks);
  g_hash_table_unref (fixture->opinions);
}

static LamLabelBrick *
read_brick (
    LamBrickKey key, gpointer data, GCancellable *cancellable, GError **error)
{
  int64_t packed = lam_brick_key_pack (key);
  LamLabelBrick *brick =
      g_hash_table_lookup (((Fixture *)data)->bricks, &packed);
  return brick ? lam_label_brick_ref (brick) : NULL;
}

static LamOpinion *
read_opinion (
    LamBrickKey key, gpointer data, GCancellable *cancellable, GError **error)
{
  int64_t packed = lam_brick_key_pack (key);
  LamRunOpinion *said =
      g_hash_table_lookup (((Fixture *)data)->opinions, &packed);
  if (!said)
    return NULL;
  LamOpinion *opinion = lam_opinion_new ();
  lam_opinion_add (opinion, RUN, g_memdup2 (said, sizeof *said));
  return opinion;
}

/* Refuses what is on the left. */
static bool
filter (LamPlace *place, gpointer data, bool *is_wanted, GError **error)
{
  *is_wanted = place->box.min[0] >= 64;
  ((Fixture *)data)->n_refused += !*is_wanted;
  return true;
}

static GArray *
find (Fixture *fixture, LamPlaceFilter filter_or_null)
{
  GError *error = NULL;
  GHashTableIter iter;
  gpointer key;
  g_autoptr (GArray) keys = g_array_new (false, false, sizeof (int64_t));
  g_hash_table_iter_init (&iter, fixture->bricks);
  while (g_hash_table_iter_next (&iter, &key, NULL))
    g_array_append_vals (keys, key, 1);
  const LamLikelyInput input = { .size = { SIZE_X, SIZE_Y, SIZE_Z },
    .keys = keys,
    .read_brick = read_brick,
    .read_opinion = read_opinion,
    .filter = filter_or_null,
    .data = fixture };
  GArray *places =
      lam_likely_errors_find (&input, &fixture->rules, NULL, &error);
  g_assert_no_error (error);
  return places;
}

static void
assert_place (const GArray *places, guint i, LamPlaceKind kind,
    const LamBox *box, int64_t n_voxels, double score)
{
  g_assert_cmpint (i, <, places->len);
  const LamPlace *place = &g_array_index (places, LamPlace, i);
  g_assert_cmpint (place->kind, ==, kind);
  g_assert_true (lam_box_equal (&place->box, box));
  g_assert_cmpint (place->n_voxels, ==, n_voxels);
  g_assert_cmpfloat_with_epsilon (place->score, score, 1e-6);
  g_assert_true (lam_box_contains (box, place->centre));
}

static void
assert_nothing (Fixture *fixture)
{
  g_autoptr (GArray) places = find (fixture, NULL);
  g_assert_cmpint (places->len, ==, 0);
}

/* --- kinds ---------------------------------------------------------------- */

static void
test_unsure (Fixture *fixture, gconstpointer unused)
{
  LamBox much = lam_box_new (10, 10, 10, 14, 14, 12);
  LamBox little = lam_box_new (70, 10, 10, 74, 14, 12);
  assert_nothing (fixture);
  doubt (fixture, little, 130);
  doubt (fixture, much, 200);
  doubt (fixture, lam_box_new (30, 30, 30, 50, 50, 50), 127);
  doubt (fixture, lam_box_new (90, 10, 10, 95, 13, 11), 255);
  g_autoptr (GArray) places = find (fixture, NULL);
  g_assert_cmpint (places->len, ==, 2);
  assert_place (places, 0, LAM_PLACE_UNSURE, &much, 32, 32 * 200 / 255.0);
  assert_place (places, 1, LAM_PLACE_UNSURE, &little, 32, 32 * 130 / 255.0);
  /* What a person painted has no doubt. */
  fill (fixture, much, 0, LAM_SOURCE_HUMAN);
  g_autoptr (GArray) fewer = find (fixture, NULL);
  g_assert_cmpint (fewer->len, ==, 1);
}

static void
test_tiny (Fixture *fixture, gconstpointer unused)
{
  /* Over the corner where eight bricks meet, and inside of one. */
  LamBox corner = lam_box_new (62, 62, 62, 66, 66, 66);
  LamBox inside = lam_box_new (20, 20, 20, 23, 23, 23);
  LamBox human = lam_box_new (40, 20, 20, 43, 23, 23);
  fill (fixture, corner, 7, RUN);
  fill (fixture, inside, 7, RUN);
  fill (fixture, human, 7, LAM_SOURCE_HUMAN);
  g_autoptr (GArray) places = find (fixture, NULL);
  g_assert_cmpint (places->len, ==, 2);
  assert_place (places, 0, LAM_PLACE_TINY, &corner, 64, 64 * 128 / 255.0);
  assert_place (places, 1, LAM_PLACE_TINY, &inside, 27, 27 * 128 / 255.0);
  g_assert_cmpuint (g_array_index (places, LamPlace, 0).label, ==, 7);
  /* Other labels beside it do not make it larger; more of its own does. */
  fill (fixture, lam_box_new (66, 62, 62, 70, 66, 100), 8, RUN);
  fill (fixture, lam_box_new (20, 20, 23, 23, 23, 60), 7, RUN);
  g_autoptr (GArray) others = find (fixture, NULL);
  g_assert_cmpint (others->len, ==, 1);
  assert_place (others, 0, LAM_PLACE_TINY, &corner, 64, 64 * 128 / 255.0);
}

static void
test_hole (Fixture *fixture, gconstpointer unused)
{
  LamBox hole = lam_box_new (63, 30, 63, 66, 33, 65);
  fill (fixture, lam_box_new (40, 10, 0, 90, 60, SIZE_Z), 3, RUN);
  fill (fixture, hole, 0, RUN);
  /* Where nobody has said anything, nothing can be wrong. */
  fill (fixture, lam_box_new (80, 30, 80, 83, 33, 83), 0, LAM_SOURCE_UNSET);
  g_autoptr (GArray) places = find (fixture, NULL);
  g_assert_cmpint (places->len, ==, 1);
  assert_place (places, 0, LAM_PLACE_HOLE, &hole, 18, 18 * 128 / 255.0);
}

/* An object from slice 10 to `last`, tapered at its beginning. */
static void
make_object (Fixture *fixture, int64_t last)
{
  for (int64_t z = 10; z <= last; z++) {
    int64_t r = MIN (3 + z - 10, 10);
    fill (fixture, lam_box_new (64 - r, 32 - r, z, 64 + r, 32 + r, z + 1), 5,
        RUN);
  }
}

static void
test_end (Fixture *fixture, gconstpointer last)
{
  int64_t z = GPOINTER_TO_INT (last);
  LamBox end = lam_box_new (54, 22, z, 74, 42, z + 1);
  make_object (fixture, z);
  g_autoptr (GArray) places = find (fixture, NULL);
  if (z == SIZE_Z - 1) { /* at the end of the volume */
    g_assert_cmpint (places->len, ==, 0);
    return;
  }
  g_assert_cmpint (places->len, ==, 1);
  assert_place (places, 0, LAM_PLACE_END, &end, 400, 400 * 128 / 255.0);
  /* What follows is not said yet. */
  fill (fixture, lam_box_new (0, 0, z + 1, SIZE_X, SIZE_Y, SIZE_Z), 0,
      LAM_SOURCE_UNSET);
  assert_nothing (fixture);
}

/* One slice of something: it ends twice in the same place. */
static void
test_slice (Fixture *fixture, gconstpointer unused)
{
  LamBox slice = lam_box_new (60, 20, 63, 75, 30, 64);
  fill (fixture, slice, 5, RUN);
  g_autoptr (GArray) places = find (fixture, NULL);
  g_assert_cmpint (places->len, ==, 1);
  assert_place (places, 0, LAM_PLACE_END, &slice, 150, 150 * 128 / 255.0);
}

/* --- all ------------------------------------------------------------------ */

static void
test_filter_and_limit (Fixture *fixture, gconstpointer unused)
{
  for (int i = 0; i < 30; i++)
    fill (fixture, lam_box_new (4 * i + 2, 5, 5, 4 * i + 4, 7, 6 + i % 3), 9,
        RUN);
  g_autoptr (GArray) all = find (fixture, NULL);
  g_assert_cmpint (all->len, ==, 30);
  fixture->rules.limit = 4;
  g_autoptr (GArray) best = find (fixture, NULL);
  g_assert_cmpint (best->len, ==, 4);
  for (guint i = 0; i < 4; i++)
    g_assert_cmpint (lam_place_compare (&g_array_index (all, LamPlace, i),
                         &g_array_index (best, LamPlace, i)),
        ==, 0);
  for (guint i = 1; i < all->len; i++)
    g_assert_cmpint (lam_place_compare (&g_array_index (all, LamPlace, i - 1),
                         &g_array_index (all, LamPlace, i)),
        <, 0);
  /* What is refused does not take the place of another. */
  g_autoptr (GArray) right = find (fixture, filter);
  g_assert_cmpint (fixture->n_refused, ==, 16);
  g_assert_cmpint (right->len, ==, 4);
  for (guint i = 0; i < right->len; i++)
    g_assert_cmpint (g_array_index (right, LamPlace, i).box.min[0], >=, 64);
}

static void
test_verdict (void)
{
  LamVerdictRow row = { .box = lam_box_new (0, 0, 0, 4, 4, 4),
    .state = { .labels = 5, .uncertainty = 100, .run = 2 } };
  LamPlace place = { .box = lam_box_new (2, 0, 0, 6, 4, 4) };
  g_assert_true (lam_verdict_covers (&row, &place));
  place.box.max[0]++;
  g_assert_false (lam_verdict_covers (&row, &place));
  static const struct {
    LamBoxState now;
    bool is_contradicted;
  } cases[] = {
    { { 5, 100, 2 }, false },
    { { 6, 100, 2 }, false }, /* a person painted */
    { { 5, 100, 3 }, false }, /* the other run agrees */
    { { 6, 100, 3 }, true },
    { { 6, 0, 0 }, false }, /* a person painted all of it */
    { { 5, 125, 3 }, false },
    { { 5, 126, 3 }, true },
  };
  for (size_t i = 0; i < G_N_ELEMENTS (cases); i++)
    g_assert_true (lam_verdict_is_contradicted (&row, &cases[i].now)
        == cases[i].is_contradicted);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  static const struct {
    const char *name;
    void (*test) (Fixture *, gconstpointer);
    int data;
  } tests[] = {
    { "unsure", test_unsure, 0 },
    { "tiny", test_tiny, 0 },
    { "hole", test_hole, 0 },
    { "end-inside", test_end, 40 },
    { "end-at-face", test_end, 63 },
    { "end-after-face", test_end, 64 },
    { "end-of-volume", test_end, SIZE_Z - 1 },
    { "slice", test_slice, 0 },
    { "filter-and-limit", test_filter_and_limit, 0 },
  };
  for (size_t i = 0; i < G_N_ELEMENTS (tests); i++) {
    g_autofree char *name =
        g_strconcat ("/likely-errors/", tests[i].name, NULL);
    g_test_add (name, Fixture, GINT_TO_POINTER (tests[i].data), set_up,
        tests[i].test, tear_down);
  }
  g_test_add_func ("/likely-errors/verdict", test_verdict);
  return g_test_run ();
}
