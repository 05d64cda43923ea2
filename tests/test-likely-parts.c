/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Pieces, by their definition; pieces that are joined, and looks that are
 * taken, in steps: after each change of one brick they are those of all bricks
 * at once. Of the latter much depends on what lies around, so changes are small
 * and many. */
#include "base/random.h"
#include "rounds.h"
#include "segment/look-map.h"
#include "segment/piece-joiner.h"

enum { EDGE = 3, N_BRICKS = EDGE * EDGE * EDGE, SIZE = 64 * EDGE };

static int
pick (LamRandom *random, int n)
{
  return (int)(lam_random_u32 (random) % (uint32_t)n);
}

static LamBrickKey
key_of (int i)
{
  return (LamBrickKey){ i % EDGE, i / EDGE % EDGE, i / (EDGE * EDGE) };
}

/* ---- Pieces ------------------------------------------------------------- */

/* A place of each end of a piece, and one of itself. */
static void
judge (const LamPiece *piece, gconstpointer data, GArray *places)
{
  LamPlace place = { .box = piece->box,
    .n_voxels = piece->n_voxels,
    .label = (uint32_t)piece->label.value,
    .beside = (uint32_t)piece->other.value,
    .axis = -1 };
  g_array_append_val (places, place);
  for (int i = 0; i < LAM_N_PIECE_ENDS; i++) {
    place.box = piece->ends[i].box;
    place.n_voxels = piece->ends[i].n_stops;
    place.axis = i;
    g_array_append_val (places, place);
  }
}

/* In blocks of 16 voxels; some of a slice are another's. */
static LamLabelBrick *
make_brick (LamRandom *random)
{
  LamLabelBrick *brick = lam_label_brick_new (0, LAM_SOURCE_FIRST_RUN);
  uint32_t *labels = lam_label_brick_write_labels (brick), blocks[64];
  uint16_t *sources = lam_label_brick_write_sources (brick);
  for (int i = 0; i < 64; i++)
    blocks[i] = (uint32_t)pick (random, 3);
  const int flicker = 8 + pick (random, 48);
  for (int i = 0; i < LAM_BRICK_VOXELS; i++) {
    const int x = i % 64, y = i / 64 % 64, z = i / 4096;
    const uint32_t block = blocks[x / 16 + 4 * (y / 16) + 16 * (z / 16)];
    labels[i] = z == flicker && y > 20 ? block + 1 + (x > 30) : block;
    if (block == 2 && x < 16)
      sources[i] = LAM_SOURCE_UNSET;
  }
  return brick;
}

/* ---- A brick's pieces --------------------------------------------------- */

/* Of a brick that the volume ends in: labels in blocks of `width` voxels, some
 * a person's, some nobody's. */
static LamBrickPieces *
cut_mixed (LamRandom *random, int width, const int64_t size[3])
{
  const uint16_t all[] = { LAM_SOURCE_FIRST_RUN, LAM_SOURCE_FIRST_RUN,
    LAM_SOURCE_HUMAN, LAM_SOURCE_UNSET };
  g_autoptr (LamLabelBrick) brick =
      lam_label_brick_new (0, LAM_SOURCE_FIRST_RUN);
  uint32_t *labels = lam_label_brick_write_labels (brick);
  uint16_t *sources = lam_label_brick_write_sources (brick);
  for (int i = 0; i < LAM_BRICK_VOXELS; i++) {
    const int x = i % 64, y = i / 64 % 64, z = i / 4096;
    const int like =
        x / width * width + y / width * width * 64 + z / width * width * 4096;
    labels[i] = like == i ? (uint32_t)pick (random, 3) : labels[like];
    sources[i] = like == i ? all[pick (random, 4)] : sources[like];
  }
  LamBrickPieces *pieces = lam_brick_pieces_new ();
  lam_brick_pieces_load (pieces, key_of (0), size, brick, NULL, NULL);
  lam_brick_pieces_cut_by_label (pieces);
  return pieces;
}

/* A voxel beside one of a piece: it is of it if it is of its label; and the
 * piece stops there if it is of another. */
static void
check_beside (const LamBrickPieces *pieces, int i, int next, LamPieceEnd *end,
    bool is_outermost, const int64_t at[3])
{
  const LamPieceVoxel *own = lam_brick_pieces_get_own (pieces);
  const uint32_t id = pieces->ids[next];
  if (id == 0)
    return;
  g_assert_cmpint (id == pieces->ids[i], ==, own[next].label == own[i].label);
  if (id == pieces->ids[i] || !is_outermost)
    return;
  const LamBox voxel =
      lam_box_new (at[0], at[1], at[2], at[0] + 1, at[1] + 1, at[2] + 1);
  end->n_stops++;
  end->box = lam_box_unite (&end->box, &voxel);
}

static void
add_voxel (const LamBrickPieces *pieces, LamPiece *sums, int i)
{
  static const int steps[3] = { 1, 64, 4096 };
  const LamPieceVoxel *voxel = &lam_brick_pieces_get_own (pieces)[i];
  const guint n = pieces->ids[i] - 1;
  const LamPiece *piece = &g_array_index (pieces->pieces, LamPiece, n);
  const int64_t at[3] = { i % 64, i / 64 % 64, i / 4096 };
  g_assert_cmpuint ((uint32_t)piece->label.value, ==, voxel->label);
  sums[n].n_voxels++;
  sums[n].n_human += voxel->source == LAM_SOURCE_HUMAN;
  for (int axis = 0; axis < 3; axis++) {
    LamPieceEnd *ends = &sums[n].ends[LAM_PIECE_END (axis, false)];
    if (sums[n].n_voxels == 1 || at[axis] < sums[n].box.min[axis])
      sums[n].box.min[axis] = at[axis];
    if (at[axis] >= sums[n].box.max[axis])
      sums[n].box.max[axis] = at[axis] + 1;
    if (at[axis] > pieces->box.min[axis])
      check_beside (pieces, i, i - steps[axis], &ends[0],
          at[axis] == piece->box.min[axis], at);
    if (at[axis] + 1 < pieces->box.max[axis])
      check_beside (pieces, i, i + steps[axis], &ends[1],
          at[axis] + 1 == piece->box.max[axis], at);
  }
}

/* Every piece is what its voxels, one by one, say. */
static void
check_pieces (const LamBrickPieces *pieces)
{
  const LamPieceVoxel *own = lam_brick_pieces_get_own (pieces);
  g_autofree LamPiece *sums = g_new0 (LamPiece, pieces->pieces->len);
  for (int i = 0; i < LAM_BRICK_VOXELS; i++) {
    const int64_t at[3] = { i % 64, i / 64 % 64, i / 4096 };
    const bool is_in = lam_box_contains (&pieces->box, at);
    if (!is_in)
      continue;
    g_assert_cmpint (
        pieces->ids[i] != 0, ==, own[i].source != LAM_SOURCE_UNSET);
    if (pieces->ids[i] != 0)
      add_voxel (pieces, sums, i);
  }
  for (guint i = 0; i < pieces->pieces->len; i++) {
    const LamPiece *piece = &g_array_index (pieces->pieces, LamPiece, i);
    g_assert_true (lam_box_equal (&piece->box, &sums[i].box));
    g_assert_cmpint (piece->n_voxels, ==, sums[i].n_voxels);
    g_assert_cmpint (piece->n_human, ==, sums[i].n_human);
    g_assert_cmpint (piece->label.lead, ==, piece->n_voxels);
    for (int end = 0; end < LAM_N_PIECE_ENDS; end++) {
      const LamPieceEnd *is = &piece->ends[end], *want = &sums[i].ends[end];
      g_assert_cmpint (is->n_stops, ==, want->n_stops);
      g_assert_true (lam_box_equal (&is->box, &want->box));
    }
  }
}

static void
test_pieces (void)
{
  LamRandom random = lam_random_new (3, 1);
  const int widths[] = { 1, 2, 5, 21 };
  const int64_t size[3] = { 61, 64, 40 };
  for (size_t i = 0; i < G_N_ELEMENTS (widths); i++) {
    g_autoptr (LamBrickPieces) pieces = cut_mixed (&random, widths[i], size);
    g_assert_cmpuint (pieces->pieces->len, >, 10);
    check_pieces (pieces);
  }
}

/* ---- Pieces that are joined --------------------------------------------- */

static LamBrickCut *
cut_any (LamRandom *random, int i, const LamJoinRule *rule)
{
  g_autoptr (LamBrickPieces) pieces = lam_brick_pieces_new ();
  g_autoptr (LamLabelBrick) brick = make_brick (random);
  lam_brick_pieces_load (pieces, key_of (i), rule->size, brick, NULL, NULL);
  if (rule->in_slices)
    lam_brick_pieces_cut_slices (pieces);
  else
    lam_brick_pieces_cut_by_label (pieces);
  return lam_brick_cut_new (pieces, rule);
}

static void
add_places (const GArray *places, gpointer all)
{
  g_array_append_vals (all, places->data, places->len);
}

static int
compare_all (gconstpointer a, gconstpointer b)
{
  const LamPlace *one = a, *two = b;
  if (one->axis != two->axis)
    return one->axis - two->axis;
  if (one->n_voxels != two->n_voxels)
    return one->n_voxels < two->n_voxels ? -1 : 1;
  if (one->beside != two->beside)
    return one->beside < two->beside ? -1 : 1;
  return lam_place_compare (one, two);
}

static GArray *
list_places (LamPieceJoiner *joiner, const LamJoinRule *rule)
{
  GArray *places = g_array_new (false, false, sizeof (LamPlace));
  lam_piece_joiner_join (joiner, rule);
  lam_piece_joiner_foreach (joiner, add_places, places);
  g_array_sort (places, compare_all);
  return places;
}

static void
check_joined (
    LamPieceJoiner *joiner, LamBrickCut *const *cuts, const LamJoinRule *rule)
{
  g_autoptr (LamPieceJoiner) other = lam_piece_joiner_new ();
  for (int i = N_BRICKS; i-- > 0;)
    lam_piece_joiner_put (other, key_of (i), cuts[i]);
  g_autoptr (GArray) steps = list_places (joiner, rule);
  g_autoptr (GArray) once = list_places (other, rule);
  g_assert_cmpuint (steps->len, >, 0);
  g_assert_cmpuint (steps->len, ==, once->len);
  for (guint i = 0; i < once->len; i++)
    g_assert_cmpint (compare_all (&g_array_index (steps, LamPlace, i),
                         &g_array_index (once, LamPlace, i)),
        ==, 0);
}

static void
test_joiner (gconstpointer in_slices)
{
  LamRandom random = lam_random_new (7, 1);
  const LamJoinRule rule = { .size = { SIZE, SIZE, SIZE },
    .by_label = !in_slices,
    .in_slices = in_slices != NULL,
    .judge = judge };
  LamBrickCut *cuts[N_BRICKS] = { NULL };
  LamPieceJoiner *joiner = lam_piece_joiner_new ();
  for (int i = 0; i < N_BRICKS; i++) {
    cuts[i] = cut_any (&random, i, &rule);
    lam_piece_joiner_put (joiner, key_of (i), cuts[i]);
  }
  for (int round = 0; round < PLAIN_OR_SANITISED (80, 6); round++) {
    check_joined (joiner, cuts, &rule);
    for (int n = 1 + pick (&random, 2); n > 0; n--) {
      const int i = pick (&random, N_BRICKS);
      LamBrickCut *old = cuts[i];
      cuts[i] =
          old && pick (&random, 8) == 0 ? NULL : cut_any (&random, i, &rule);
      lam_piece_joiner_put (joiner, key_of (i), cuts[i]);
      g_clear_pointer (&old, lam_brick_cut_free);
    }
  }
  lam_piece_joiner_free (joiner);
  for (int i = 0; i < N_BRICKS; i++)
    g_clear_pointer (&cuts[i], lam_brick_cut_free);
}

/* ---- Looks -------------------------------------------------------------- */

enum { N_SETTLED = 4, N_VALUES = 3 };

typedef struct {
  LamRandom random;
  LamBrickDoubt *doubts[N_BRICKS]; /* Owned; or NULL */
  LamBox settled[N_SETTLED];
  double weights[3]; /* by label */
} Looks;

static double
weigh (uint32_t label, int32_t second, gpointer data)
{
  return ((Looks *)data)->weights[label];
}

static bool
stands (guint n, gpointer data, bool *stands, GError **error)
{
  *stands = true;
  return true;
}

/* As brick-doubt.c makes them; with few values, so that many looks are worth
 * the same. `like`: all but a few cells are as there; or NULL. */
static LamBrickDoubt *
make_doubt (LamRandom *random, const LamBrickDoubt *like)
{
  LamBrickDoubt *doubt = g_atomic_rc_box_new0 (LamBrickDoubt);
  doubt->pairs = g_array_new (false, false, sizeof (LamDoubtPair));
  doubt->parts = g_array_new (false, false, sizeof (LamDoubtPart));
  doubt->marks = g_array_new (false, false, sizeof (LamDoubtMark));
  for (uint32_t label = 0; label < 3; label++) {
    const LamDoubtPair pair = { label, (int32_t)label };
    g_array_append_val (doubt->pairs, pair);
  }
  const int from = like ? pick (random, LAM_DOUBT_N_CELLS) : 0;
  const int end = like ? from + 1 + pick (random, 3) : LAM_DOUBT_N_CELLS;
  guint part = 0, mark = 0;
  for (int cell = 0; cell < LAM_DOUBT_N_CELLS; cell++) {
    LamDoubtPart here = { (uint16_t)cell, (uint16_t)pick (random, 3),
      (float)(1 + pick (random, N_VALUES)) };
    LamDoubtMark said = { .cell = (uint16_t)cell,
      .pair = here.pair,
      .n = (uint16_t)(1 + pick (random, 5)),
      .doubt = 800,
      .high = 0x22 };
    bool is_doubted = pick (random, 3) == 0, is_marked = pick (random, 2) == 0;
    while (like && part < like->parts->len
        && g_array_index (like->parts, LamDoubtPart, part).cell < cell)
      part++;
    while (like && mark < like->marks->len
        && g_array_index (like->marks, LamDoubtMark, mark).cell < cell)
      mark++;
    if (like && (cell < from || cell >= end)) {
      is_doubted = part < like->parts->len
          && g_array_index (like->parts, LamDoubtPart, part).cell == cell;
      is_marked = mark < like->marks->len
          && g_array_index (like->marks, LamDoubtMark, mark).cell == cell;
      here =
          is_doubted ? g_array_index (like->parts, LamDoubtPart, part) : here;
      said = is_marked ? g_array_index (like->marks, LamDoubtMark, mark) : said;
    }
    if (is_doubted)
      g_array_append_val (doubt->parts, here);
    if (is_doubted && is_marked)
      g_array_append_val (doubt->marks, said);
  }
  return doubt;
}

static void
change (Looks *looks, LamLookMap *map, int what)
{
  const int i = pick (&looks->random, N_BRICKS);
  if (what == 0)
    for (int axis = 0; axis < 3; axis++) {
      LamBox *box = &looks->settled[i % N_SETTLED];
      box->min[axis] = pick (&looks->random, SIZE - 1);
      box->max[axis] =
          box->min[axis] + 1 + pick (&looks->random, axis == 2 ? 6 : 40);
    }
  else if (what == 1)
    looks->weights[i % 3] = 1 + pick (&looks->random, 2);
  else {
    LamBrickDoubt *old = looks->doubts[i];
    looks->doubts[i] =
        what == 2 && old ? NULL : make_doubt (&looks->random, old);
    g_clear_pointer (&old, lam_brick_doubt_unref);
    lam_look_map_put (map, key_of (i), looks->doubts[i]);
  }
}

static void
check_looks (Looks *looks, LamLookMap *map, guint limit)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (LamLookMap) other = lam_look_map_new ();
  g_autoptr (GArray) steps = g_array_new (false, false, sizeof (LamLook));
  g_autoptr (GArray) once = g_array_new (false, false, sizeof (LamLook));
  g_autoptr (GArray) settled = g_array_new (false, false, sizeof (LamBox));
  g_array_append_vals (settled, looks->settled, N_SETTLED);
  const LamLookRule rule = { weigh, settled, stands, looks, 20, limit };
  for (int i = N_BRICKS; i-- > 0;)
    lam_look_map_put (other, key_of (i), looks->doubts[i]);
  lam_look_map_find (map, &rule, steps, NULL, &error);
  g_assert_no_error (error);
  lam_look_map_find (other, &rule, once, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (once->len, >, 0);
  g_assert_cmpuint (once->len, <=, limit);
  g_assert_cmpuint (steps->len, ==, once->len);
  for (guint i = 0; i < once->len; i++) {
    const LamLook *a = &g_array_index (steps, LamLook, i);
    const LamLook *b = &g_array_index (once, LamLook, i);
    g_assert_true (lam_box_equal (&a->box, &b->box));
    g_assert_cmpint (a->n_voxels, ==, b->n_voxels);
    g_assert_cmpuint (a->label, ==, b->label);
    g_assert_cmpint (a->second, ==, b->second);
    g_assert_true (a->score == b->score && a->uncertainty == b->uncertainty);
  }
}

static void
test_looks (gconstpointer data)
{
  const guint limit = GPOINTER_TO_UINT (data);
  Looks looks = { .random = lam_random_new (9, 1), .weights = { 1, 1, 1 } };
  g_autoptr (LamLookMap) map = lam_look_map_new ();
  for (int i = 0; i < N_BRICKS; i++) {
    looks.doubts[i] = make_doubt (&looks.random, NULL);
    lam_look_map_put (map, key_of (i), looks.doubts[i]);
  }
  for (int round = 0; round < PLAIN_OR_SANITISED (300, 20); round++) {
    check_looks (&looks, map, limit);
    change (&looks, map, pick (&looks.random, 12));
  }
  for (int i = 0; i < N_BRICKS; i++)
    g_clear_pointer (&looks.doubts[i], lam_brick_doubt_unref);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/likely-parts/pieces", test_pieces);
  g_test_add_data_func ("/likely-parts/joiner", NULL, test_joiner);
  g_test_add_data_func (
      "/likely-parts/slices", GINT_TO_POINTER (true), test_joiner);
  g_test_add_data_func (
      "/likely-parts/looks", GUINT_TO_POINTER (10000), test_looks);
  g_test_add_data_func (
      "/likely-parts/few-looks", GUINT_TO_POINTER (40), test_looks);
  return g_test_run ();
}
