/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* A graph: its nodes are pieces of bricks, and each face of two bricks keeps
 * which of their pieces meet there. A whole is what is connected. A brick that
 * is another takes apart the wholes that it was part of, or is part of now;
 * what is left of them is connected anew. So the time goes with the bricks that
 * are others and with the wholes that reach into them, not with the volume.
 *
 * The parts of a whole are added up in the order of their bricks, as some sums
 * depend on it: it is the same whatever was put first. */
#include "segment/piece-joiner.h"

#include <string.h>

#include "base/int64-hash.h"

enum { EDGE = LAM_BRICK_EDGE, AREA = LAM_FACE_AREA };

/* Pieces of two bricks, the one nearer to 0 first, by their places. */
typedef struct {
  guint sides[2];
} Link;

/* Where a piece of a side stops at a face. */
typedef struct {
  guint piece;
  LamPieceEnd end;
} Stop;

typedef struct {
  GArray *links[2]; /* Owned, of Link, by the piece of either side; or NULL */
  GArray *stops[2]; /* Owned, of Stop, by piece, one a piece; or NULL */
} Face;

typedef struct _Whole Whole;

typedef struct _Brick {
  int64_t packed;
  const LamBrickCut *cut; /* Borrowed; or NULL */
  Whole **wholes; /* Owned; by piece, NULL while it is in none */
  guint n_wholes; /* pieces that it has room for */
  struct _Brick *beside[3][2]; /* by axis, before and after; or NULL */
  Face faces[3]; /* with the brick before */
  bool is_new;
} Brick;

typedef struct {
  Brick *brick;
  guint piece;
} Part;

struct _Whole {
  guint n_parts;
  GArray *places; /* Owned; or NULL */
  Part parts[];
};

struct _LamPieceJoiner {
  GHashTable *bricks; /* Owned; packed key → Brick */
  GHashTable *found; /* Owned; arrays of places, of wholes and bricks */
  GPtrArray *new_bricks; /* Brick, Borrowed */
  GArray *loose; /* Owned, of Part: in no whole */
  int64_t n_bytes;
};

/* ---- Bricks ------------------------------------------------------------- */

static void
clear_face (LamPieceJoiner *joiner, Face *face)
{
  for (int side = 0; side < 2; side++) {
    if (face->links[side])
      joiner->n_bytes -= face->links[side]->len * (int64_t)sizeof (Link);
    if (face->stops[side])
      joiner->n_bytes -= face->stops[side]->len * (int64_t)sizeof (Stop);
    g_clear_pointer (&face->links[side], g_array_unref);
    g_clear_pointer (&face->stops[side], g_array_unref);
  }
}

static void
free_whole (LamPieceJoiner *joiner, Whole *whole)
{
  if (whole->places) {
    g_hash_table_remove (joiner->found, whole->places);
    joiner->n_bytes -= whole->places->len * (int64_t)sizeof (LamPlace);
    g_array_unref (whole->places);
  }
  joiner->n_bytes -= (int64_t)(sizeof *whole + whole->n_parts * sizeof (Part));
  g_free (whole);
}

LamPieceJoiner *
lam_piece_joiner_new (void)
{
  LamPieceJoiner *joiner = g_new0 (LamPieceJoiner, 1);
  joiner->bricks = g_hash_table_new (lam_int64_hash, g_int64_equal);
  joiner->found = g_hash_table_new (NULL, NULL);
  joiner->new_bricks = g_ptr_array_new ();
  joiner->loose = g_array_new (false, false, sizeof (Part));
  return joiner;
}

static void
leave_whole (Brick *brick, guint piece)
{
  brick->wholes[piece] = NULL;
}

/* Its parts are loose, but for those of new bricks, which are no more. */
static void
take_apart (LamPieceJoiner *joiner, Whole *whole)
{
  for (guint i = 0; i < whole->n_parts; i++) {
    const Part *part = &whole->parts[i];
    leave_whole (part->brick, part->piece);
    if (!part->brick->is_new)
      g_array_append_vals (joiner->loose, part, 1);
  }
  free_whole (joiner, whole);
}

void
lam_piece_joiner_free (LamPieceJoiner *joiner)
{
  GHashTableIter iter;
  gpointer value;
  g_hash_table_iter_init (&iter, joiner->bricks);
  while (g_hash_table_iter_next (&iter, NULL, &value)) {
    Brick *brick = value;
    for (guint i = 0; i < brick->n_wholes; i++)
      if (brick->wholes[i])
        take_apart (joiner, brick->wholes[i]);
    for (int axis = 0; axis < 3; axis++)
      clear_face (joiner, &brick->faces[axis]);
    g_free (brick->wholes);
  }
  g_hash_table_iter_init (&iter, joiner->bricks);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    g_free (value);
  g_hash_table_unref (joiner->bricks);
  g_hash_table_unref (joiner->found);
  g_ptr_array_unref (joiner->new_bricks);
  g_array_unref (joiner->loose);
  g_free (joiner);
}

static Brick *
find_beside (LamPieceJoiner *joiner, LamBrickKey key, int axis, int step)
{
  int32_t at[3] = { key.x, key.y, key.z };
  at[axis] += step;
  if (at[axis] < 0)
    return NULL;
  const int64_t packed =
      lam_brick_key_pack ((LamBrickKey){ at[0], at[1], at[2] });
  return g_hash_table_lookup (joiner->bricks, &packed);
}

static Brick *
add_brick (LamPieceJoiner *joiner, LamBrickKey key)
{
  Brick *brick = g_new0 (Brick, 1);
  brick->packed = lam_brick_key_pack (key);
  for (int axis = 0; axis < 3; axis++)
    for (int after = 0; after < 2; after++) {
      Brick *beside = find_beside (joiner, key, axis, after ? 1 : -1);
      brick->beside[axis][after] = beside;
      if (beside)
        beside->beside[axis][!after] = brick;
    }
  g_hash_table_insert (joiner->bricks, &brick->packed, brick);
  joiner->n_bytes += (int64_t)sizeof *brick;
  return brick;
}

static void
set_places (LamPieceJoiner *joiner, Brick *brick, const LamBrickCut *cut)
{
  if (brick->cut && brick->cut->places->len > 0)
    g_hash_table_remove (joiner->found, brick->cut->places);
  if (cut && cut->places->len > 0)
    g_hash_table_add (joiner->found, cut->places);
  brick->cut = cut;
}

void
lam_piece_joiner_put (
    LamPieceJoiner *joiner, LamBrickKey key, const LamBrickCut *cut)
{
  const int64_t packed = lam_brick_key_pack (key);
  Brick *brick = g_hash_table_lookup (joiner->bricks, &packed);
  if (!brick && !cut)
    return;
  if (!brick)
    brick = add_brick (joiner, key);
  set_places (joiner, brick, cut);
  if (!brick->is_new)
    g_ptr_array_add (joiner->new_bricks, brick);
  brick->is_new = true;
}

/* ---- Faces -------------------------------------------------------------- */

static int
compare_first (gconstpointer a, gconstpointer b)
{
  const Link *one = a, *two = b;
  const int64_t left = (int64_t)one->sides[0] << 32 | one->sides[1];
  const int64_t right = (int64_t)two->sides[0] << 32 | two->sides[1];
  return (left > right) - (left < right);
}

static int
compare_second (gconstpointer a, gconstpointer b)
{
  const Link *one = a, *two = b;
  const int64_t left = (int64_t)one->sides[1] << 32 | one->sides[0];
  const int64_t right = (int64_t)two->sides[1] << 32 | two->sides[0];
  return (left > right) - (left < right);
}

static int
compare_stops (gconstpointer a, gconstpointer b)
{
  const Stop *one = a, *two = b;
  return (one->piece > two->piece) - (one->piece < two->piece);
}

static void
add_link (Face *face, guint before, guint here)
{
  const Link link = { { before, here } };
  if (!face->links[0])
    face->links[0] = g_array_new (false, false, sizeof (Link));
  GArray *links = face->links[0];
  if (links->len > 0
      && compare_first (&g_array_index (links, Link, links->len - 1), &link)
          == 0)
    return;
  g_array_append_val (links, link);
}

static void
add_stop (Face *face, int side, guint piece, const LamBox *box)
{
  const Stop stop = { piece, { lam_box_volume (box), *box } };
  if (!face->stops[side])
    face->stops[side] = g_array_new (false, false, sizeof (Stop));
  g_array_append_val (face->stops[side], stop);
}

/* `n` voxels from number `i` on are of these two. */
static void
meet (Brick *here, int axis, int i, int n, const guint pieces[2], bool by_label)
{
  Face *face = &here->faces[axis];
  const LamBrickCut *cuts[2] = { here->beside[axis][0]->cut, here->cut };
  if (!by_label
      || cuts[0]->pieces[pieces[0]].label.value
          == cuts[1]->pieces[pieces[1]].label.value) {
    add_link (face, pieces[0], pieces[1]);
    return;
  }
  for (int row; n > 0; n -= row, i += row) {
    row = MIN (n, EDGE - i % EDGE);
    for (int side = 0; side < 2; side++) {
      LamBox box = lam_face_row_box (&cuts[1]->box, axis, false, i, row);
      box.min[axis] -= 1 - side;
      box.max[axis] -= 1 - side;
      add_stop (face, side, pieces[side], &box);
    }
  }
}

static void
unite_stops (GArray *stops)
{
  guint n = 0;
  g_array_sort (stops, compare_stops);
  Stop *all = (Stop *)(void *)stops->data;
  for (guint i = 1; i < stops->len; i++)
    if (all[i].piece == all[n].piece) {
      all[n].end.n_stops += all[i].end.n_stops;
      all[n].end.box = lam_box_unite (&all[n].end.box, &all[i].end.box);
    } else
      all[++n] = all[i];
  g_array_set_size (stops, n + 1);
}

static void
unite_links (Face *face)
{
  guint n = 0;
  g_array_sort (face->links[0], compare_first);
  Link *all = (Link *)(void *)face->links[0]->data;
  for (guint i = 1; i < face->links[0]->len; i++)
    if (compare_first (&all[i], &all[n]) != 0)
      all[++n] = all[i];
  g_array_set_size (face->links[0], n + 1);
  face->links[1] = g_array_copy (face->links[0]);
  g_array_sort (face->links[1], compare_second);
}

static void
finish_face (LamPieceJoiner *joiner, Face *face)
{
  if (face->links[0]) {
    unite_links (face);
    joiner->n_bytes += 2 * face->links[0]->len * (int64_t)sizeof (Link);
  }
  for (int side = 0; side < 2; side++)
    if (face->stops[side]) {
      unite_stops (face->stops[side]);
      joiner->n_bytes += face->stops[side]->len * (int64_t)sizeof (Stop);
    }
}

/* Finds anew what meets at a brick's face with the one before it. */
static void
look_at_face (
    LamPieceJoiner *joiner, Brick *here, int axis, const LamJoinRule *rule)
{
  Face *face = &here->faces[axis];
  const Brick *before = here->beside[axis][0];
  clear_face (joiner, face);
  const LamFaceRun *a =
      before && before->cut ? before->cut->faces[axis][1] : NULL;
  const LamFaceRun *b = here->cut ? here->cut->faces[axis][0] : NULL;
  if (!a || !b)
    return;
  for (int i = 0, i_a = (int)a->n, i_b = (int)b->n; i < AREA;) {
    const int end = MIN (i_a, i_b);
    if (a->id != 0 && b->id != 0)
      meet (here, axis, i, end - i, (guint[]){ a->id - 1, b->id - 1 },
          rule->by_label);
    i = end;
    if (i < AREA && i_a == end)
      i_a += (int)(++a)->n;
    if (i < AREA && i_b == end)
      i_b += (int)(++b)->n;
  }
  finish_face (joiner, face);
}

/* ---- Taking apart ------------------------------------------------------- */

/* Whatever a face tells of pieces of a brick that stays is to be found anew. */
static void
loosen_side (LamPieceJoiner *joiner, Brick *brick, const Face *face, int side)
{
  const GArray *links = face->links[side], *stops = face->stops[side];
  if (brick->is_new)
    return;
  for (guint i = 0; links && i < links->len; i++) {
    const guint piece = g_array_index (links, Link, i).sides[side];
    if (brick->wholes[piece])
      take_apart (joiner, brick->wholes[piece]);
  }
  for (guint i = 0; stops && i < stops->len; i++) {
    const guint piece = g_array_index (stops, Stop, i).piece;
    if (brick->wholes[piece])
      take_apart (joiner, brick->wholes[piece]);
  }
}

static void
renew_face (
    LamPieceJoiner *joiner, Brick *here, int axis, const LamJoinRule *rule)
{
  Brick *before = here->beside[axis][0];
  Face *face = &here->faces[axis];
  for (int again = 0; before && again < 2; again++) {
    loosen_side (joiner, before, face, 0);
    loosen_side (joiner, here, face, 1);
    if (!again)
      look_at_face (joiner, here, axis, rule);
  }
}

static void
renew_faces (LamPieceJoiner *joiner, Brick *brick, const LamJoinRule *rule)
{
  for (int axis = 0; axis < (rule->in_slices ? 2 : 3); axis++) {
    Brick *after = brick->beside[axis][1];
    renew_face (joiner, brick, axis, rule);
    if (after && !after->is_new)
      renew_face (joiner, after, axis, rule);
  }
}

static void
renew_pieces (LamPieceJoiner *joiner, Brick *brick)
{
  for (guint i = 0; i < brick->n_wholes; i++)
    if (brick->wholes[i])
      take_apart (joiner, brick->wholes[i]);
  const guint n = brick->cut ? brick->cut->n_pieces : 0;
  joiner->n_bytes += ((int64_t)n - brick->n_wholes) * (int64_t)sizeof (Whole *);
  g_free (brick->wholes);
  brick->wholes = g_new0 (Whole *, n);
  brick->n_wholes = n;
  for (guint i = 0; i < n; i++) {
    const Part part = { brick, i };
    g_array_append_val (joiner->loose, part);
  }
}

/* ---- Putting together --------------------------------------------------- */

/* Marks parts that are found already, while a whole is made. */
static Whole being_made;

static void
reach (GArray *parts, Brick *brick, guint piece)
{
  const Part part = { brick, piece };
  if (brick->wholes[piece])
    return;
  brick->wholes[piece] = &being_made;
  g_array_append_val (parts, part);
}

/* The first in `links`, which are by the piece of `side`, of a piece. */
static guint
find_first (const GArray *links, int side, guint piece)
{
  guint low = 0, high = links->len;
  while (low < high) {
    const guint middle = low + (high - low) / 2;
    if (g_array_index (links, Link, middle).sides[side] < piece)
      low = middle + 1;
    else
      high = middle;
  }
  return low;
}

static void
follow (GArray *parts, const Face *face, int side, guint piece, Brick *other)
{
  const GArray *links = face->links[side];
  for (guint i = links ? find_first (links, side, piece) : 0;
       links && i < links->len; i++) {
    const Link *link = &g_array_index (links, Link, i);
    const guint next = link->sides[1 - side];
    if (link->sides[side] != piece)
      break;
    g_assert (!other->wholes[next] || other->wholes[next] == &being_made);
    reach (parts, other, next);
  }
}

static void
follow_all (GArray *parts, guint i)
{
  const Part part = g_array_index (parts, Part, i);
  for (int axis = 0; axis < 3; axis++) {
    Brick *before = part.brick->beside[axis][0];
    Brick *after = part.brick->beside[axis][1];
    if (before)
      follow (parts, &part.brick->faces[axis], 1, part.piece, before);
    if (after)
      follow (parts, &after->faces[axis], 0, part.piece, after);
  }
}

static int
compare_parts (gconstpointer a, gconstpointer b)
{
  const Part *one = a, *two = b;
  if (one->brick != two->brick)
    return one->brick->packed < two->brick->packed ? -1 : 1;
  return (one->piece > two->piece) - (one->piece < two->piece);
}

static void
add_stops (LamPiece *piece, const Face *face, int side, guint number, int end)
{
  const Stop key = { .piece = number };
  guint i;
  if (face->stops[side]
      && g_array_binary_search (face->stops[side], &key, compare_stops, &i))
    lam_piece_add_end (
        piece, end, &g_array_index (face->stops[side], Stop, i).end);
}

static LamPiece
read_part (const Part *part)
{
  LamPiece piece = part->brick->cut->pieces[part->piece];
  for (int axis = 0; axis < 3; axis++) {
    const Brick *after = part->brick->beside[axis][1];
    add_stops (&piece, &part->brick->faces[axis], 1, part->piece,
        LAM_PIECE_END (axis, false));
    if (after)
      add_stops (&piece, &after->faces[axis], 0, part->piece,
          LAM_PIECE_END (axis, true));
  }
  return piece;
}

static void
judge (LamPieceJoiner *joiner, Whole *whole, const LamJoinRule *rule)
{
  GArray *places = g_array_new (false, false, sizeof (LamPlace));
  LamPiece piece = read_part (&whole->parts[0]);
  for (guint i = 1; i < whole->n_parts; i++) {
    const LamPiece other = read_part (&whole->parts[i]);
    lam_piece_add (&piece, &other);
  }
  rule->judge (&piece, rule->data, places);
  if (places->len == 0) {
    g_array_unref (places);
    return;
  }
  whole->places = places;
  g_hash_table_add (joiner->found, places);
  joiner->n_bytes += places->len * (int64_t)sizeof (LamPlace);
}

/* Of `parts`, which it empties. */
static void
make_whole (LamPieceJoiner *joiner, GArray *parts, const LamJoinRule *rule)
{
  const size_t n_bytes = sizeof (Whole) + parts->len * sizeof (Part);
  Whole *whole = g_malloc0 (n_bytes);
  g_array_sort (parts, compare_parts);
  whole->n_parts = parts->len;
  memcpy (whole->parts, parts->data, parts->len * sizeof (Part));
  for (guint i = 0; i < parts->len; i++)
    whole->parts[i].brick->wholes[whole->parts[i].piece] = whole;
  joiner->n_bytes += (int64_t)n_bytes;
  g_array_set_size (parts, 0);
  judge (joiner, whole, rule);
}

void
lam_piece_joiner_join (LamPieceJoiner *joiner, const LamJoinRule *rule)
{
  g_autoptr (GArray) parts = g_array_new (false, false, sizeof (Part));
  for (guint i = 0; i < joiner->new_bricks->len; i++)
    renew_pieces (joiner, joiner->new_bricks->pdata[i]);
  for (guint i = 0; i < joiner->new_bricks->len; i++)
    renew_faces (joiner, joiner->new_bricks->pdata[i], rule);
  for (guint i = 0; i < joiner->new_bricks->len; i++)
    ((Brick *)joiner->new_bricks->pdata[i])->is_new = false;
  g_ptr_array_set_size (joiner->new_bricks, 0);
  for (guint i = 0; i < joiner->loose->len; i++) {
    const Part *part = &g_array_index (joiner->loose, Part, i);
    reach (parts, part->brick, part->piece);
    for (guint k = 0; k < parts->len; k++)
      follow_all (parts, k);
    if (parts->len > 0)
      make_whole (joiner, parts, rule);
  }
  g_array_set_size (joiner->loose, 0);
}

void
lam_piece_joiner_foreach (LamPieceJoiner *joiner,
    void (*each) (const GArray *places, gpointer data), gpointer data)
{
  GHashTableIter iter;
  gpointer places;
  g_hash_table_iter_init (&iter, joiner->found);
  while (g_hash_table_iter_next (&iter, &places, NULL))
    each (places, data);
}

int64_t
lam_piece_joiner_get_n_bytes (const LamPieceJoiner *joiner)
{
  return joiner->n_bytes;
}
