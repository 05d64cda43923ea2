/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Pieces that touch another brick wait in `pieces`, a forest in which those
 * that meet at a face are united. Of the bricks before, only the faces are kept
 * that later ones touch.
 *
 * Memory: a section of ids, and some 500 bytes a piece that waits. */
#include "segment/piece-joiner.h"

#include <glib/gi18n-lib.h>

#include "base/error.h"

enum { EDGE = LAM_BRICK_EDGE, AREA = LAM_FACE_AREA };

/* The last plane of a brick across an axis; ids are places in `pieces` + 1. */
typedef struct {
  int64_t key; /* of the brick, packed; -1: none */
  uint32_t *ids; /* Owned; AREA of them, or NULL */
} Face;

typedef struct {
  LamPiece piece;
  uint32_t parent; /* place in `pieces`; of a root, its own */
} Node;

struct _LamPieceJoiner {
  LamJoinRule rule;
  int64_t size[3];
  int64_t n_bricks[2]; /* along x and y */
  int64_t n_faces[3];
  /* Owned */
  Face *faces[3]; /* one, a row of, a section of bricks */
  GArray *pieces; /* of Node */
};

static bool
make_faces (LamPieceJoiner *joiner, GError **error)
{
  for (int i = 0; i < 2; i++)
    joiner->n_bricks[i] = lam_divide_up (joiner->size[i], EDGE);
  joiner->n_faces[0] = 1;
  joiner->n_faces[1] = joiner->n_bricks[0];
  joiner->n_faces[2] =
      joiner->rule.in_slices ? 0 : joiner->n_bricks[0] * joiner->n_bricks[1];
  for (int axis = 0; axis < 3; axis++) {
    int64_t n = joiner->n_faces[axis];
    joiner->faces[axis] = g_try_new0 (Face, n);
    if (n > 0 && !joiner->faces[axis]) {
      g_set_error (error, LAM_ERROR, LAM_ERROR_LIMIT,
          _ ("There is no memory for the faces of %" G_GINT64_FORMAT
             " bricks of a section"),
          n);
      return false;
    }
    for (int64_t i = 0; i < n; i++)
      joiner->faces[axis][i].key = -1;
  }
  return true;
}

LamPieceJoiner *
lam_piece_joiner_new (
    const int64_t size[3], const LamJoinRule *rule, GError **error)
{
  g_autoptr (LamPieceJoiner) joiner = g_new0 (LamPieceJoiner, 1);
  joiner->rule = *rule;
  joiner->pieces = g_array_new (false, false, sizeof (Node));
  for (int i = 0; i < 3; i++)
    joiner->size[i] = size[i];
  return make_faces (joiner, error) ? g_steal_pointer (&joiner) : NULL;
}

void
lam_piece_joiner_free (LamPieceJoiner *joiner)
{
  for (int axis = 0; axis < 3; axis++) {
    for (int64_t i = 0; joiner->faces[axis] && i < joiner->n_faces[axis]; i++)
      g_free (joiner->faces[axis][i].ids);
    g_free (joiner->faces[axis]);
  }
  g_array_unref (joiner->pieces);
  g_free (joiner);
}

/* ---- The forest --------------------------------------------------------- */

static Node *
node_at (LamPieceJoiner *joiner, uint32_t i)
{
  return &g_array_index (joiner->pieces, Node, i);
}

static uint32_t
find_root (LamPieceJoiner *joiner, uint32_t i)
{
  while (node_at (joiner, i)->parent != i) {
    Node *node = node_at (joiner, i);
    i = node->parent = node_at (joiner, node->parent)->parent;
  }
  return i;
}

/* The first is the root, so that the order of pieces is that of the volume. */
static void
unite (LamPieceJoiner *joiner, uint32_t a, uint32_t b)
{
  a = find_root (joiner, a);
  b = find_root (joiner, b);
  node_at (joiner, MAX (a, b))->parent = MIN (a, b);
}

/* ---- Faces -------------------------------------------------------------- */

static Face *
face_of (LamPieceJoiner *joiner, int axis, LamBrickKey key)
{
  const int64_t places[3] = { 0, key.x, key.y * joiner->n_bricks[0] + key.x };
  return &joiner->faces[axis][places[axis]];
}

static void
join_voxels (LamPieceJoiner *joiner, const LamBox *box, int axis, int i,
    uint32_t before, uint32_t here)
{
  Node *a = node_at (joiner, before - 1), *b = node_at (joiner, here - 1);
  if (!joiner->rule.by_label || a->piece.label.value == b->piece.label.value) {
    unite (joiner, before - 1, here - 1);
    return;
  }
  const int index = lam_face_index (axis, i, false);
  const int64_t above[3] = { box->min[0] + index % EDGE,
    box->min[1] + index / EDGE % EDGE, box->min[2] + index / AREA };
  int64_t below[3] = { above[0], above[1], above[2] };
  below[axis]--;
  lam_piece_add_stop (&a->piece, LAM_PIECE_END (axis, true), below);
  lam_piece_add_stop (&b->piece, LAM_PIECE_END (axis, false), above);
}

static bool
has_before (const Face *face, int axis, LamBrickKey key)
{
  const int64_t at[3] = { key.x, key.y, key.z };
  LamBrickKey before = { key.x - (axis == 0), key.y - (axis == 1),
    key.z - (axis == 2) };
  return at[axis] > 0 && face->key == lam_brick_key_pack (before);
}

/* Joins the brick with the one before it along an axis, and leaves its own last
 * plane for the one after. `ids`: as in Face, of the brick's pieces. */
static void
join (LamPieceJoiner *joiner, int axis, LamBrickKey key,
    const LamBrickCut *brick, const uint32_t *ids)
{
  uint32_t first[AREA], last[AREA];
  Face *face = face_of (joiner, axis, key);
  const bool meets = has_before (face, axis, key);
  if (!face->ids)
    face->ids = g_new0 (uint32_t, AREA);
  lam_brick_cut_get_face (brick, axis, false, first);
  lam_brick_cut_get_face (brick, axis, true, last);
  for (int i = 0; i < AREA; i++) {
    if (meets && first[i] != 0 && face->ids[i] != 0)
      join_voxels (
          joiner, &brick->box, axis, i, face->ids[i], ids[first[i] - 1]);
    face->ids[i] = last[i] ? ids[last[i] - 1] : 0;
  }
  face->key = lam_brick_key_pack (key);
}

/* Slices lie one nearer to 0 than their brick, and end with it along z. */
static bool
touches_brick (const LamPieceJoiner *joiner, const LamBrickCut *brick,
    const LamPiece *piece)
{
  const LamBox *box = &brick->box;
  for (int i = 0; i < (joiner->rule.in_slices ? 2 : 3); i++)
    if ((piece->box.min[i] == box->min[i] && box->min[i] > 0)
        || (piece->box.max[i] == box->max[i] && box->max[i] < joiner->size[i]))
      return true;
  return false;
}

bool
lam_piece_joiner_add (LamPieceJoiner *joiner, LamBrickKey key,
    const LamBrickCut *brick, GError **error)
{
  g_autofree uint32_t *ids = g_new0 (uint32_t, brick->n_pieces + 1);
  for (guint i = 0; i < brick->n_pieces; i++) {
    const LamPiece *piece = &brick->pieces[i];
    if (touches_brick (joiner, brick, piece)) {
      const Node node = { *piece, joiner->pieces->len };
      g_array_append_val (joiner->pieces, node);
      ids[i] = joiner->pieces->len;
    } else if (!joiner->rule.judge (piece, joiner->rule.data, error))
      return false;
  }
  for (int axis = 0; axis < (joiner->rule.in_slices ? 2 : 3); axis++)
    join (joiner, axis, key, brick, ids);
  return true;
}

bool
lam_piece_joiner_finish (LamPieceJoiner *joiner, GError **error)
{
  for (guint i = 0; i < joiner->pieces->len; i++) {
    uint32_t root = find_root (joiner, i);
    if (root != i)
      lam_piece_add (
          &node_at (joiner, root)->piece, &node_at (joiner, i)->piece);
  }
  for (guint i = 0; i < joiner->pieces->len; i++)
    if (node_at (joiner, i)->parent == i
        && !joiner->rule.judge (
            &node_at (joiner, i)->piece, joiner->rule.data, error))
      return false;
  return true;
}
