/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Bricks come in the order of their keys: z, y, x. A piece of a label that
 * touches no other brick is judged at once; the others wait in `pieces`, a
 * forest in which those that meet at a face are united, and are judged at the
 * end. Of the bricks before, only the faces are kept that later ones touch.
 *
 * Memory: a section of ids, some 200 bytes a piece that touches another brick,
 * and twice the places that are given. */
#include "segment/likely-errors.h"

#include <glib/gi18n-lib.h>

#include "base/error.h"
#include "segment/brick-pieces.h"

enum { EDGE = LAM_BRICK_EDGE, AREA = EDGE * EDGE };

/* Where no network said how sure it is: even odds. */
#define EVEN 128.0

const LamLikelyRules lam_likely_rules = {
  .least_uncertainty = 128,
  .least_unsure = 16,
  .most_tiny = 100,
  .least_end = 64,
  .limit = 10000,
};

/* The last plane of a brick across an axis; ids are places in `pieces` + 1. */
typedef struct {
  int64_t key; /* of the brick, packed; -1: none */
  uint32_t *ids; /* Owned; AREA of them, or NULL */
} Face;

typedef struct {
  LamPiece piece;
  uint32_t parent; /* place in `pieces`; of a root, its own */
} Node;

typedef struct {
  const LamLikelyInput *input; /* Borrowed */
  const LamLikelyRules *rules; /* Borrowed */
  LamBrickPieces *brick; /* Owned */
  GArray *pieces; /* Owned, of Node */
  GArray *places; /* Owned, of LamPlace */
  GArray *keys; /* Owned, sorted */
  Face *faces[3]; /* Owned: one, a row of, a section of bricks */
  int64_t n_faces[3];
  int64_t n_bricks[2]; /* along x and y */
} Search;

static void
search_clear (Search *search)
{
  for (int axis = 0; axis < 3; axis++) {
    for (int64_t i = 0; search->faces[axis] && i < search->n_faces[axis]; i++)
      g_free (search->faces[axis][i].ids);
    g_free (search->faces[axis]);
  }
  g_clear_pointer (&search->brick, lam_brick_pieces_free);
  g_clear_pointer (&search->pieces, g_array_unref);
  g_clear_pointer (&search->places, g_array_unref);
  g_clear_pointer (&search->keys, g_array_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Search, search_clear)

/* ---- Judging ------------------------------------------------------------ */

static void
keep_best (Search *search)
{
  g_array_sort (search->places, lam_place_compare);
  if (search->places->len > search->rules->limit)
    g_array_set_size (search->places, search->rules->limit);
}

static bool
add_place (Search *search, LamPlaceKind kind, const LamPiece *piece,
    const LamBox *box, int64_t n_voxels, GError **error)
{
  const LamLikelyInput *input = search->input;
  LamPlace place = {
    .kind = kind, .box = *box, .n_voxels = n_voxels, .label = piece->label
  };
  bool is_wanted = true;
  if (piece->n_known > 0)
    place.uncertainty = (double)piece->uncertainty / (double)piece->n_known;
  double odds = kind == LAM_PLACE_UNSURE ? place.uncertainty
                                         : MAX (place.uncertainty, EVEN);
  place.score = odds / 255 * (double)n_voxels;
  for (int i = 0; i < 3; i++)
    place.centre[i] = box->min[i] + (box->max[i] - 1 - box->min[i]) / 2;
  if (input->filter && !input->filter (&place, input->data, &is_wanted, error))
    return false;
  if (is_wanted)
    g_array_append_val (search->places, place);
  if (search->places->len >= 2 * search->rules->limit)
    keep_best (search);
  return true;
}

/* A piece that becomes smaller slice by slice ends as things end; one that has
 * half of its usual extent in its last slice was rather lost. What is in one
 * slice alone is one place, not two. */
static bool
judge_ends (Search *search, const LamPiece *piece, GError **error)
{
  int64_t depth = piece->box.max[2] - piece->box.min[2];
  int64_t least = MAX (search->rules->least_end, piece->n_voxels / depth / 2);
  for (int i = 0; i < 2; i++) {
    const LamPieceEnd *end = &piece->ends[i];
    if (end->n_stops >= least
        && !add_place (
            search, LAM_PLACE_END, piece, &end->box, end->n_stops, error))
      return false;
    if (end->n_stops >= least && depth == 1)
      break;
  }
  return true;
}

/* A piece of a label that is complete. */
static bool
judge (Search *search, const LamPiece *piece, GError **error)
{
  int64_t n = piece->n_voxels - piece->n_human;
  if (n == 0)
    return true;
  if (piece->n_voxels <= search->rules->most_tiny)
    return add_place (search, piece->label ? LAM_PLACE_TINY : LAM_PLACE_HOLE,
        piece, &piece->box, n, error);
  return piece->label == 0 || judge_ends (search, piece, error);
}

static bool
judge_unsure (Search *search, GError **error)
{
  const GArray *pieces = search->brick->pieces;
  lam_brick_pieces_cut_unsure (search->brick, search->rules->least_uncertainty);
  for (guint i = 0; i < pieces->len; i++) {
    const LamPiece *piece = &g_array_index (pieces, LamPiece, i);
    if (piece->n_voxels >= search->rules->least_unsure
        && !add_place (search, LAM_PLACE_UNSURE, piece, &piece->box,
            piece->n_voxels, error))
      return false;
  }
  return true;
}

/* ---- Joining ------------------------------------------------------------ */

static Node *
node_at (Search *search, uint32_t i)
{
  return &g_array_index (search->pieces, Node, i);
}

static uint32_t
find_root (Search *search, uint32_t i)
{
  while (node_at (search, i)->parent != i) {
    Node *node = node_at (search, i);
    i = node->parent = node_at (search, node->parent)->parent;
  }
  return i;
}

/* The first is the root, so that the order of pieces is that of the volume. */
static void
unite (Search *search, uint32_t a, uint32_t b)
{
  a = find_root (search, a);
  b = find_root (search, b);
  node_at (search, MAX (a, b))->parent = MIN (a, b);
}

/* Voxel `i` (of AREA) of a brick's first or last plane across an axis. */
static int
index_on_face (int axis, int i, bool last)
{
  int u = i % EDGE, v = i / EDGE, w = last ? EDGE - 1 : 0;
  const int at[3][3] = { { w, u, v }, { u, w, v }, { u, v, w } };
  return at[axis][0] + EDGE * at[axis][1] + AREA * at[axis][2];
}

static Face *
face_of (Search *search, int axis, LamBrickKey key)
{
  const int64_t places[3] = { 0, key.x, key.y * search->n_bricks[0] + key.x };
  return &search->faces[axis][places[axis]];
}

static void
join_voxels (Search *search, int axis, int i, uint32_t before, uint32_t here)
{
  Node *a = node_at (search, before - 1), *b = node_at (search, here - 1);
  if (a->piece.label == b->piece.label) {
    unite (search, before - 1, here - 1);
    return;
  }
  if (axis != 2)
    return;
  const LamBox *box = &search->brick->box;
  const int64_t above[3] = { box->min[0] + i % EDGE, box->min[1] + i / EDGE,
    box->min[2] };
  const int64_t below[3] = { above[0], above[1], above[2] - 1 };
  lam_piece_add_stop (&a->piece, 1, below);
  lam_piece_add_stop (&b->piece, 0, above);
}

/* Joins the brick with the one before it along an axis, and leaves its own last
 * plane for the one after. `ids`: as in Face, of the brick's pieces. */
static void
join (Search *search, int axis, LamBrickKey key, const uint32_t *ids)
{
  Face *face = face_of (search, axis, key);
  LamBrickKey before = { key.x - (axis == 0), key.y - (axis == 1),
    key.z - (axis == 2) };
  bool has_before = (axis == 0          ? before.x
                            : axis == 1 ? before.y
                                        : before.z)
          >= 0
      && face->key == lam_brick_key_pack (before);
  if (!face->ids)
    face->ids = g_new (uint32_t, AREA);
  for (int i = 0; i < AREA; i++) {
    uint32_t here = search->brick->ids[index_on_face (axis, i, false)];
    uint32_t last = search->brick->ids[index_on_face (axis, i, true)];
    if (has_before && here != 0 && face->ids[i] != 0)
      join_voxels (search, axis, i, face->ids[i], ids[here - 1]);
    face->ids[i] = last ? ids[last - 1] : 0;
  }
  face->key = lam_brick_key_pack (key);
}

static bool
touches_brick (const Search *search, const LamPiece *piece)
{
  for (int i = 0; i < 3; i++) {
    const LamBox *brick = &search->brick->box;
    if ((piece->box.min[i] == brick->min[i] && brick->min[i] > 0)
        || (piece->box.max[i] == brick->max[i]
            && brick->max[i] < search->input->size[i]))
      return true;
  }
  return false;
}

/* Judges the pieces that are complete and joins the others. */
static bool
add_labels (Search *search, LamBrickKey key, GError **error)
{
  const GArray *found = search->brick->pieces;
  lam_brick_pieces_cut_by_label (search->brick);
  g_autofree uint32_t *ids = g_new0 (uint32_t, found->len + 1);
  for (guint i = 0; i < found->len; i++) {
    const LamPiece *piece = &g_array_index (found, LamPiece, i);
    const Node node = { *piece, search->pieces->len };
    if (touches_brick (search, piece)) {
      g_array_append_val (search->pieces, node);
      ids[i] = search->pieces->len;
    } else if (!judge (search, piece, error))
      return false;
  }
  for (int axis = 0; axis < 3; axis++)
    join (search, axis, key, ids);
  return true;
}

static bool
finish (Search *search, GError **error)
{
  for (guint i = 0; i < search->pieces->len; i++) {
    uint32_t root = find_root (search, i);
    if (root != i)
      lam_piece_add (
          &node_at (search, root)->piece, &node_at (search, i)->piece);
  }
  for (guint i = 0; i < search->pieces->len; i++)
    if (node_at (search, i)->parent == i
        && !judge (search, &node_at (search, i)->piece, error))
      return false;
  keep_best (search);
  return true;
}

/* ---- All bricks --------------------------------------------------------- */

static bool
add_brick (
    Search *search, int64_t packed, GCancellable *cancellable, GError **error)
{
  GError *local = NULL;
  const LamLikelyInput *input = search->input;
  LamBrickKey key = lam_brick_key_unpack (packed);
  g_autoptr (LamLabelBrick) brick =
      input->read_brick (key, input->data, cancellable, &local);
  g_autoptr (LamOpinion) opinion = !brick
      ? NULL
      : input->read_opinion (key, input->data, cancellable, &local);
  if (local) {
    g_propagate_error (error, local);
    return false;
  }
  if (!brick)
    return true;
  lam_brick_pieces_load (search->brick, key, input->size, brick, opinion);
  return (!opinion || judge_unsure (search, error))
      && add_labels (search, key, error);
}

static int
compare_keys (gconstpointer a, gconstpointer b)
{
  int64_t one = *(const int64_t *)a, two = *(const int64_t *)b;
  return (one > two) - (one < two);
}

static bool
make_faces (Search *search, GError **error)
{
  for (int i = 0; i < 2; i++)
    search->n_bricks[i] = lam_divide_up (search->input->size[i], EDGE);
  search->n_faces[0] = 1;
  search->n_faces[1] = search->n_bricks[0];
  search->n_faces[2] = search->n_bricks[0] * search->n_bricks[1];
  for (int axis = 0; axis < 3; axis++) {
    int64_t n = search->n_faces[axis];
    search->faces[axis] = g_try_new0 (Face, n);
    if (!search->faces[axis]) {
      g_set_error (error, LAM_ERROR, LAM_ERROR_LIMIT,
          _ ("There is no memory for the faces of %" G_GINT64_FORMAT
             " bricks of a section"),
          n);
      return false;
    }
    for (int64_t i = 0; i < n; i++)
      search->faces[axis][i].key = -1;
  }
  return true;
}

GArray *
lam_likely_errors_find (const LamLikelyInput *input,
    const LamLikelyRules *rules, LamProgress *progress, GError **error)
{
  g_auto (Search) search = { .input = input,
    .rules = rules,
    .brick = lam_brick_pieces_new (),
    .pieces = g_array_new (false, false, sizeof (Node)),
    .places = g_array_new (false, false, sizeof (LamPlace)),
    .keys = g_array_copy ((GArray *)input->keys) };
  GCancellable *cancellable = lam_progress_cancellable_or_null (progress);
  g_array_sort (search.keys, compare_keys);
  if (!make_faces (&search, error))
    return NULL;
  for (guint i = 0; i < search.keys->len; i++) {
    if (g_cancellable_set_error_if_cancelled (cancellable, error)
        || !add_brick (&search, g_array_index (search.keys, int64_t, i),
            cancellable, error))
      return NULL;
    lam_progress_set (progress, i + 1, search.keys->len);
  }
  return finish (&search, error) ? g_steal_pointer (&search.places) : NULL;
}
