/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Likely errors in made-up bricks: what is one, what is none, pieces over the
 * faces of bricks, and the order. */
#include "segment/likely-errors.h"

#include <math.h>

#include "segment/proposal.h"

/* Two bricks and a part on each axis. */
enum { SIZE_X = 140, SIZE_Y = 70, SIZE_Z = 140, RUN = LAM_SOURCE_FIRST_RUN };

typedef struct {
  GHashTable *bricks; /* int64_t key → LamLabelBrick, open */
  GHashTable *opinions; /* the same → LamRunOpinion */
  LamLikelyRules rules;
  int n_refused;
  bool weighs; /* by class */
  LamBox settled; /* a person is sure of it; or empty */
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

/* Round, so that it ends nowhere flat. */
static void
fill_ball (
    Fixture *fixture, const int64_t middle[3], int64_t radius, uint32_t label)
{
  const int64_t *at = middle, r = radius;
  LamBox box = lam_box_new (at[0] - r, at[1] - r, at[2] - r, at[0] + r + 1,
      at[1] + r + 1, at[2] + r + 1);
  FOR_EACH_IN (&box)
  {
    const int64_t dx = x - at[0], dy = y - at[1], dz = z - at[2];
    if (dx * dx + dy * dy + dz * dz <= r * r)
      fill (fixture, lam_box_new (x, y, z, x + 1, y + 1, z + 1), label, RUN);
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
  fixture->rules.least_uncertainty = 128;
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

static bool
stands (guint n, gpointer data, bool *stands, GError **error)
{
  *stands = n == 0;
  return true;
}

/* Labels up to 5 are one class, which is most of what there is. */
static int32_t
get_class (uint32_t label, gpointer data)
{
  return label <= 5 ? 1 : (int32_t)label;
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
  g_autoptr (GArray) settled = g_array_new (false, false, sizeof (LamBox));
  g_array_append_val (settled, fixture->settled);
  const LamLikelyInput input = { .size = { SIZE_X, SIZE_Y, SIZE_Z },
    .keys = keys,
    .read_brick = read_brick,
    .read_opinion = read_opinion,
    .filter = filter_or_null,
    .settled = settled,
    .stands = stands,
    .get_class = fixture->weighs ? get_class : NULL,
    .data = fixture };
  GArray *places =
      lam_likely_errors_find (&input, &fixture->rules, NULL, NULL, &error);
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

/* Bits of two classes, one of which has that chance. */
static double
entropy (double p)
{
  return -(p * log2 (p) + (1 - p) * log2 (1 - p));
}

/* A place of so many voxels, each as unsure. */
static void
assert_unsure (const GArray *places, guint i, const LamBox *box,
    int64_t n_voxels, int uncertainty)
{
  g_assert_cmpint (i, <, places->len);
  const LamPlace *place = &g_array_index (places, LamPlace, i);
  assert_place (places, i, LAM_PLACE_UNSURE, box, n_voxels, place->score);
  g_assert_cmpfloat_with_epsilon (place->uncertainty, uncertainty, 1e-6);
  g_assert_cmpfloat_with_epsilon (
      entropy (place->score / (double)n_voxels), uncertainty / 255.0, 1e-4);
  g_assert_cmpint (place->second, ==, 1);
}

static void
test_unsure (Fixture *fixture, gconstpointer unused)
{
  LamBox much = lam_box_new (10, 10, 10, 14, 14, 12);
  LamBox little = lam_box_new (70, 10, 10, 74, 14, 12);
  assert_nothing (fixture);
  doubt (fixture, little, 130);
  doubt (fixture, much, 200);
  doubt (fixture, lam_box_new (30, 30, 30, 50, 50, 50), 127);
  doubt (fixture, lam_box_new (90, 10, 40, 95, 13, 41), 255);
  /* However long: it is a boundary. */
  doubt (fixture, lam_box_new (80, 20, 80, 140, 22, 81), 255);
  g_autoptr (GArray) places = find (fixture, NULL);
  g_assert_cmpint (places->len, ==, 2);
  assert_unsure (places, 0, &much, 32, 200);
  assert_unsure (places, 1, &little, 32, 130);
  /* What a person painted has no doubt. */
  fill (fixture, much, 0, LAM_SOURCE_HUMAN);
  g_autoptr (GArray) fewer = find (fixture, NULL);
  g_assert_cmpint (fewer->len, ==, 1);
}

/* Four looks find two classes as likely as not, at the border of something: the
 * queue has it. Where all of them are certain, it has nothing. */
static void
test_even (Fixture *fixture, gconstpointer unused)
{
  enum { LOOKS = 4 };
  static const float certain[] = { 0.001f, 0.999f }, even[] = { 0.5f, 0.5f };
  const LamBox pair = lam_box_new (0, 0, 0, 2, 1, 1);
  const LamBox border = lam_box_new (10, 10, 10, 14, 14, 12);
  const LamBox inside = lam_box_new (70, 10, 10, 74, 14, 12);
  float one[4], sums[4] = { 0 };
  for (int c = 0; c < 2; c++) {
    one[2 * c] = even[c];
    one[2 * c + 1] = certain[c];
  }
  for (int i = 0; i < LOOKS; i++)
    lam_proposal_add (one, 2, 2, sums);
  const LamProposalVotes votes = { 2, LOOKS, sums };
  g_autoptr (LamProposal) said = lam_proposal_new (&pair);
  lam_proposal_decide (said, &votes, 1);
  doubt (fixture, border, said->uncertainties[0]);
  doubt (fixture, inside, said->uncertainties[1]);
  g_autoptr (GArray) places = find (fixture, NULL);
  g_assert_cmpint (places->len, ==, 1);
  assert_unsure (places, 0, &border, 32, 255);
}

/* What is seen together is one place, and counts together: before one that has
 * more than each of its parts. What a person is sure of does not count. */
static void
test_look (Fixture *fixture, gconstpointer unused)
{
  LamBox alone = lam_box_new (112, 10, 100, 118, 16, 102);
  LamBox around = lam_box_new (20, 10, 61, 74, 60, 66);
  doubt (fixture, alone, 200);
  doubt (fixture, lam_box_new (20, 10, 61, 25, 15, 63), 200);
  doubt (fixture, lam_box_new (70, 55, 64, 74, 60, 66), 200);
  g_autoptr (GArray) places = find (fixture, NULL);
  g_assert_cmpint (places->len, ==, 2);
  assert_unsure (places, 0, &around, 90, 200);
  assert_unsure (places, 1, &alone, 72, 200);
  fixture->settled = lam_box_new (16, 0, 60, 32, 32, 66);
  g_autoptr (GArray) fewer = find (fixture, NULL);
  g_assert_cmpint (fewer->len, ==, 2);
  LamBox rest = lam_box_new (70, 55, 64, 74, 60, 66);
  assert_unsure (fewer, 0, &alone, 72, 200);
  assert_unsure (fewer, 1, &rest, 40, 200);
}

/* Each of a large doubt's looks counts what those before it left, and together
 * they leave little of it. */
static void
test_large (Fixture *fixture, gconstpointer unused)
{
  LamBox all = lam_box_new (0, 0, 40, SIZE_X, SIZE_Y, 60);
  LamBox look =
      lam_box_new (0, 0, 0, LAM_LOOK_WIDTH, LAM_LOOK_WIDTH, LAM_LOOK_DEPTH);
  int64_t n = 0;
  doubt (fixture, all, 200);
  g_autoptr (GArray) places = find (fixture, NULL);
  for (guint i = 0; i < places->len; i++) {
    const LamPlace *place = &g_array_index (places, LamPlace, i);
    g_assert_cmpint (place->n_voxels, <=, lam_box_volume (&look));
    g_assert_cmpint (place->n_voxels, <=, lam_box_volume (&place->box));
    n += place->n_voxels;
  }
  g_assert_cmpint (n, ==, lam_box_volume (&all));
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
  fill_ball (fixture, (const int64_t[]){ 71, 64, 64 }, 5, 8);
  fill_ball (fixture, (const int64_t[]){ 21, 21, 28 }, 5, 7);
  g_autoptr (GArray) others = find (fixture, NULL);
  g_assert_cmpint (others->len, ==, 1);
  assert_place (others, 0, LAM_PLACE_TINY, &corner, 64, 64 * 128 / 255.0);
}

static void
test_hole (Fixture *fixture, gconstpointer unused)
{
  LamBox hole = lam_box_new (63, 30, 63, 66, 33, 65);
  fill (fixture, lam_box_new (0, 0, 0, SIZE_X, SIZE_Y, SIZE_Z), 3, RUN);
  fill (fixture, hole, 0, RUN);
  /* Where nobody has said anything, nothing can be wrong. */
  fill (fixture, lam_box_new (80, 30, 80, 83, 33, 83), 0, LAM_SOURCE_UNSET);
  g_autoptr (GArray) places = find (fixture, NULL);
  g_assert_cmpint (places->len, ==, 1);
  assert_place (places, 0, LAM_PLACE_HOLE, &hole, 18, 18 * 128 / 255.0);
}

static double
in_steps (double weight)
{
  return exp2 (round (8 * log2 (weight)) / 8);
}

/* Of two equal mistakes that of the rare class comes first, and counts as much
 * more as there is less of it. */
static void
test_classes (Fixture *fixture, gconstpointer unused)
{
  LamBox common = lam_box_new (10, 10, 10, 13, 13, 13);
  LamBox rare = lam_box_new (30, 10, 10, 33, 13, 12);
  fill (fixture, common, 5, RUN);
  fill (fixture, rare, 9, RUN);
  fill_ball (fixture, (const int64_t[]){ 100, 34, 100 }, 20, 9);
  g_autoptr (GArray) plain = find (fixture, NULL);
  g_assert_cmpint (plain->len, ==, 2);
  assert_place (plain, 0, LAM_PLACE_TINY, &common, 27, 27 * 128 / 255.0);
  fixture->weighs = true;
  int64_t n = 0, all = SIZE_X * SIZE_Y * SIZE_Z;
  LamBox ball = lam_box_new (80, 14, 80, 121, 55, 121);
  FOR_EACH_IN (&ball)
  {
    const int64_t dx = x - 100, dy = y - 34, dz = z - 100;
    n += dx * dx + dy * dy + dz * dz <= 400;
  }
  n += 18;
  g_autoptr (GArray) weighed = find (fixture, NULL);
  g_assert_cmpint (weighed->len, ==, 2);
  const double least = (double)all / 2000, half = (double)all / 2;
  assert_place (weighed, 0, LAM_PLACE_TINY, &rare, 18,
      18 * 128 / 255.0 * in_steps (half / ((double)n + least)));
  assert_place (weighed, 1, LAM_PLACE_TINY, &common, 27,
      27 * 128 / 255.0 * in_steps (half / ((double)(all - n) + least)));
}

/* An object from 10 to `last` along an axis, tapered at its beginning and round
 * across it; it ends at the `axis` of `end`. */
static void
make_object (Fixture *fixture, int axis, int64_t last, LamBox *end)
{
  const int u = (axis + 1) % 3, v = (axis + 2) % 3;
  LamBox all = lam_box_new (0, 0, 0, SIZE_X, SIZE_Y, SIZE_Z);
  FOR_EACH_IN (&all)
  {
    const int64_t at[3] = { x, y, z };
    const int64_t r = MIN (3 + at[axis] - 10, 10);
    const int64_t du = at[u] - 33, dv = at[v] - 33;
    if (at[axis] >= 10 && at[axis] <= last && du * du + dv * dv <= r * r)
      fill (fixture, lam_box_new (x, y, z, x + 1, y + 1, z + 1), 5, RUN);
  }
  end->min[u] = end->min[v] = 23;
  end->max[u] = end->max[v] = 44;
  end->min[axis] = last;
  end->max[axis] = last + 1;
}

typedef struct {
  const char *name;
  int axis;
  int64_t last;
} End;

static const End ends[] = {
  { "end-inside", 2, 40 },
  { "end-at-face", 2, 63 },
  { "end-after-face", 2, 64 },
  { "end-of-volume", 2, SIZE_Z - 1 },
  { "end-in-x", 0, 63 },
  { "end-in-x-of-volume", 0, SIZE_X - 1 },
  { "end-in-y", 1, 50 },
};

static void
test_end (Fixture *fixture, gconstpointer data)
{
  const End *end = data;
  LamBox box, beyond = lam_box_new (0, 0, 0, SIZE_X, SIZE_Y, SIZE_Z);
  make_object (fixture, end->axis, end->last, &box);
  g_autoptr (GArray) places = find (fixture, NULL);
  if (end->last == beyond.max[end->axis] - 1) { /* as the volume does */
    g_assert_cmpint (places->len, ==, 0);
    return;
  }
  g_assert_cmpint (places->len, ==, 1);
  /* As many as a disc of radius 10 has. */
  assert_place (places, 0, LAM_PLACE_END, &box, 317, 317 * 128 / 255.0);
  g_assert_cmpint (g_array_index (places, LamPlace, 0).axis, ==, end->axis);
  /* What follows is not said yet. */
  beyond.min[end->axis] = end->last + 1;
  fill (fixture, beyond, 0, LAM_SOURCE_UNSET);
  assert_nothing (fixture);
}

/* Round, in slices so thick that its last has half of its usual extent. */
static void
test_thick_slices (Fixture *fixture, gconstpointer unused)
{
  LamBox all = lam_box_new (0, 0, 20, SIZE_X, SIZE_Y, 40);
  FOR_EACH_IN (&all)
  {
    const int64_t dx = x - 60, dy = y - 34, dz = 8 * (z - 30);
    if (dx * dx + dy * dy + dz * dz <= 20 * 20)
      fill (fixture, lam_box_new (x, y, z, x + 1, y + 1, z + 1), 5, RUN);
  }
  assert_nothing (fixture);
}

/* One slice of something: it ends twice in the same place. */
static void
test_slice (Fixture *fixture, gconstpointer unused)
{
  LamBox slice = lam_box_new (60, 20, 63, 75, 30, 64);
  fill (fixture, slice, 5, RUN);
  g_autoptr (GArray) places = find (fixture, NULL);
  /* It is said twice, of the same voxels. */
  g_assert_cmpint (places->len, ==, 2);
  assert_place (places, 0, LAM_PLACE_END, &slice, 150, 150 * 128 / 255.0);
  assert_place (places, 1, LAM_PLACE_SLICE, &slice, 150, 150 * 128 / 255.0);
  g_assert_cmpuint (g_array_index (places, LamPlace, 1).label, ==, 5);
  g_assert_cmpuint (g_array_index (places, LamPlace, 1).beside, ==, 0);
}

/* A slice where a part of an object is missing, or is another's: within a
 * brick, and at both sides of a face. */
static void
test_gap (Fixture *fixture, gconstpointer data)
{
  const int64_t z = GPOINTER_TO_INT (data);
  const LamBox gap = lam_box_new (55, 20, z, 70, 40, z + 1);
  const LamBox first = lam_box_new (0, 0, z, 20, 20, z + 1);
  fill (fixture, lam_box_new (0, 0, 0, SIZE_X, SIZE_Y, SIZE_Z), 3, RUN);
  assert_nothing (fixture);
  fill (fixture, gap, z % 2 ? 0 : 9, RUN);
  /* Thin, or in the first slice, which has none before it; and a person's. */
  fill (fixture, lam_box_new (80, 20, z, 82, 60, z + 1), 4, RUN);
  fill (fixture, lam_box_new (100, 0, 0, 120, 40, 1), 3, RUN);
  fill (fixture, first, 6, LAM_SOURCE_HUMAN);
  g_autoptr (GArray) places = find (fixture, NULL);
  const LamPlace *found = NULL;
  for (guint i = 0; i < places->len; i++) {
    const LamPlace *place = &g_array_index (places, LamPlace, i);
    if (place->kind != LAM_PLACE_SLICE)
      continue;
    g_assert_null (found);
    found = place;
  }
  g_assert_nonnull (found);
  g_assert_true (lam_box_equal (&found->box, &gap));
  g_assert_cmpint (found->n_voxels, ==, 15 * 20);
  g_assert_cmpuint (found->label, ==, z % 2 ? 0 : 9);
  g_assert_cmpuint (found->beside, ==, 3);
  /* Two slices of it are no flicker. */
  fill (
      fixture, lam_box_new (55, 20, z + 1, 70, 40, z + 2), z % 2 ? 0 : 9, RUN);
  g_autoptr (GArray) others = find (fixture, NULL);
  for (guint i = 0; i < others->len; i++)
    g_assert_cmpint (
        g_array_index (others, LamPlace, i).kind, !=, LAM_PLACE_SLICE);
}

/* One place, wherever bricks meet in it. */
static void
test_unsure_over_faces (Fixture *fixture, gconstpointer unused)
{
  LamBox box = lam_box_new (60, 60, 62, 68, 68, 66);
  doubt (fixture, box, 200);
  g_autoptr (GArray) places = find (fixture, NULL);
  g_assert_cmpint (places->len, ==, 1);
  assert_unsure (places, 0, &box, 256, 200);
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
  /* What is refused does not take the place of another. Only what is among the
   * best is asked about: every third of 16. */
  g_autoptr (GArray) right = find (fixture, filter);
  g_assert_cmpint (fixture->n_refused, ==, 5);
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
    bool is_contradicted, if_corrected;
  } cases[] = {
    { { 5, 100, 2 }, false, false },
    { { ~5, 100, 2 }, false, false }, /* a person painted */
    { { 5, 100, 3 }, false, false }, /* the other run agrees */
    { { 5 ^ 0x7000, 100, 3 }, false, false }, /* … but for some voxels */
    { { 5 ^ 0xf000, 100, 3 }, true, false },
    { { ~5, 0, 0 }, false, false }, /* a person painted all of it */
    { { 5, 125, 3 }, false, false },
    { { 5, 126, 3 }, true, true },
  };
  for (size_t i = 0; i < G_N_ELEMENTS (cases); i++) {
    row.verdict = LAM_VERDICT_VERIFIED;
    g_assert_true (lam_verdict_is_contradicted (&row, &cases[i].now)
        == cases[i].is_contradicted);
    row.verdict = LAM_VERDICT_CORRECTED;
    g_assert_true (lam_verdict_is_contradicted (&row, &cases[i].now)
        == cases[i].if_corrected);
  }
}

/* Samples lie in the box, in each part of it; other labels have other bits. */
static void
test_samples (void)
{
  static const int64_t sizes[][3] = { { 1, 1, 1 }, { 3, 2, 7 }, { 64, 9, 1 } };
  for (size_t i = 0; i < G_N_ELEMENTS (sizes); i++) {
    LamBox box = lam_box_new (
        5, 6, 7, 5 + sizes[i][0], 6 + sizes[i][1], 7 + sizes[i][2]);
    LamBox met = { 0 };
    int n_flipped = 0;
    for (int sample = 0; sample < LAM_BOX_SAMPLES; sample++) {
      int64_t at[3];
      lam_box_sample (&box, sample, at);
      g_assert_true (lam_box_contains (&box, at));
      LamBox voxel =
          lam_box_new (at[0], at[1], at[2], at[0] + 1, at[1] + 1, at[2] + 1);
      met = lam_box_unite (&met, &voxel);
      const uint64_t bit = lam_box_sample_bit (sample, 1000);
      g_assert_true ((bit & ~(UINT64_C (1) << sample)) == 0);
      n_flipped += bit != lam_box_sample_bit (sample, 1001);
    }
    for (int axis = 0; axis < 3; axis++)
      g_assert_cmpint (2 * (met.max[axis] - met.min[axis]), >=,
          box.max[axis] - box.min[axis]);
    g_assert_cmpint (n_flipped, >, LAM_BOX_SAMPLES / 4);
    g_assert_cmpint (n_flipped, <, 3 * LAM_BOX_SAMPLES / 4);
  }
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
    { "even", test_even, 0 },
    { "unsure-over-faces", test_unsure_over_faces, 0 },
    { "look", test_look, 0 },
    { "large", test_large, 0 },
    { "tiny", test_tiny, 0 },
    { "hole", test_hole, 0 },
    { "classes", test_classes, 0 },
    { "thick-slices", test_thick_slices, 0 },
    { "slice", test_slice, 0 },
    { "gap", test_gap, 30 },
    { "gap-before-face", test_gap, 63 },
    { "gap-after-face", test_gap, 64 },
    { "filter-and-limit", test_filter_and_limit, 0 },
  };
  for (size_t i = 0; i < G_N_ELEMENTS (tests); i++) {
    g_autofree char *name =
        g_strconcat ("/likely-errors/", tests[i].name, NULL);
    g_test_add (name, Fixture, GINT_TO_POINTER (tests[i].data), set_up,
        tests[i].test, tear_down);
  }
  for (size_t i = 0; i < G_N_ELEMENTS (ends); i++) {
    g_autofree char *name = g_strconcat ("/likely-errors/", ends[i].name, NULL);
    g_test_add (name, Fixture, &ends[i], set_up, test_end, tear_down);
  }
  g_test_add_func ("/likely-errors/samples", test_samples);
  g_test_add_func ("/likely-errors/verdict", test_verdict);
  return g_test_run ();
}
