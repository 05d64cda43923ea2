/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* A flood from each voxel that has no piece yet, then one pass over all voxels
 * for what is counted. Some 4 MB, whatever the volume is. */
#include "segment/brick-pieces.h"

#include <string.h>

enum { EDGE = LAM_BRICK_EDGE, AREA = EDGE * EDGE };

LamBrickPieces *
lam_brick_pieces_new (void)
{
  LamBrickPieces *pieces = g_new (LamBrickPieces, 1);
  pieces->pieces = g_array_new (false, true, sizeof (LamPiece));
  return pieces;
}

void
lam_brick_pieces_free (LamBrickPieces *pieces)
{
  g_array_unref (pieces->pieces);
  g_free (pieces);
}

/* ---- Pieces ------------------------------------------------------------- */

static void
add_end (LamPieceEnd *end, const LamPieceEnd *other)
{
  end->n_stops += other->n_stops;
  end->box = lam_box_unite (&end->box, &other->box);
}

void
lam_piece_add (LamPiece *piece, const LamPiece *other)
{
  const int64_t reach[2] = { other->box.min[2] - piece->box.min[2],
    piece->box.max[2] - other->box.max[2] };
  for (int i = 0; i < 2; i++)
    if (reach[i] < 0)
      piece->ends[i] = other->ends[i];
    else if (reach[i] == 0)
      add_end (&piece->ends[i], &other->ends[i]);
  piece->box = lam_box_unite (&piece->box, &other->box);
  piece->n_voxels += other->n_voxels;
  piece->n_human += other->n_human;
  piece->n_known += other->n_known;
  piece->uncertainty += other->uncertainty;
}

static LamBox
box_of_voxel (const int64_t at[3])
{
  return lam_box_new (at[0], at[1], at[2], at[0] + 1, at[1] + 1, at[2] + 1);
}

void
lam_piece_add_stop (LamPiece *piece, int end, const int64_t voxel[3])
{
  const LamPieceEnd stop = { 1, box_of_voxel (voxel) };
  add_end (&piece->ends[end], &stop);
}

/* ---- A brick ------------------------------------------------------------ */

void
lam_brick_pieces_load (LamBrickPieces *pieces, LamBrickKey key,
    const int64_t size[3], const LamLabelBrick *brick,
    const LamOpinion *opinion)
{
  LamBox whole = lam_brick_box (key), volume = lam_box_of_size (size);
  pieces->box = lam_box_intersect (&whole, &volume);
  lam_label_brick_copy_labels (brick, pieces->labels);
  lam_label_brick_copy_sources (brick, pieces->sources);
  if (!opinion
      || lam_opinion_fill (
             opinion, brick, pieces->uncertainties, pieces->is_known)
          == 0) {
    memset (pieces->uncertainties, 0, sizeof pieces->uncertainties);
    memset (pieces->is_known, 0, sizeof pieces->is_known);
  }
}

/* Calls for each voxel inside of the volume, in order. */
#define FOR_EACH_VOXEL(pieces, i, n) \
  for (int z = 0, n##z = extent (pieces, 2); z < n##z; z++) \
    for (int y = 0, n##y = extent (pieces, 1); y < n##y; y++) \
      for (int i = z * AREA + y * EDGE, n##x = i + extent (pieces, 0); \
           i < n##x; i++)

static int
extent (const LamBrickPieces *pieces, int axis)
{
  return (int)(pieces->box.max[axis] - pieces->box.min[axis]);
}

/* `ids` is 0 where a piece may grow to, UINT32_MAX where none may. */
static void
flood (LamBrickPieces *pieces, int start, bool by_label)
{
  static const int steps[3] = { 1, EDGE, AREA };
  const int ends[3] = { extent (pieces, 0), extent (pieces, 1),
    extent (pieces, 2) };
  const LamPiece piece = { .label = pieces->labels[start] };
  g_array_append_val (pieces->pieces, piece);
  uint32_t id = pieces->pieces->len;
  int n = 0;
  pieces->ids[pieces->stack[n++] = start] = id;
  while (n > 0) {
    int i = pieces->stack[--n];
    const int at[3] = { i % EDGE, i / EDGE % EDGE, i / AREA };
    for (int side = 0; side < 6; side++) {
      int axis = side / 2, to = at[axis] + (side % 2 ? 1 : -1);
      int next = i + (side % 2 ? steps[axis] : -steps[axis]);
      if (to < 0 || to >= ends[axis] || pieces->ids[next] != 0
          || (by_label && pieces->labels[next] != piece.label))
        continue;
      pieces->ids[pieces->stack[n++] = next] = id;
    }
  }
}

static bool
is_human (uint16_t source)
{
  return source == LAM_SOURCE_HUMAN || source == LAM_SOURCE_ACCEPTED;
}

/* The slices come in order: the last one that a piece has been seen in is the
 * end of its box. */
static void
count_voxel (LamBrickPieces *pieces, int i, int z)
{
  LamPiece *piece =
      &g_array_index (pieces->pieces, LamPiece, pieces->ids[i] - 1);
  const int64_t at[3] = { pieces->box.min[0] + i % EDGE,
    pieces->box.min[1] + i / EDGE % EDGE, pieces->box.min[2] + z };
  LamPiece voxel = { .label = piece->label,
    .box = box_of_voxel (at),
    .n_voxels = 1,
    .n_human = is_human (pieces->sources[i]),
    .n_known = pieces->is_known[i],
    .uncertainty = pieces->is_known[i] ? pieces->uncertainties[i] : 0 };
  const int beyond[2] = { i - AREA, i + AREA };
  for (int end = 0; end < 2; end++) {
    bool is_inside = end ? z + 1 < extent (pieces, 2) : z > 0;
    if (is_inside && pieces->ids[beyond[end]] != 0
        && pieces->ids[beyond[end]] != pieces->ids[i])
      lam_piece_add_stop (&voxel, end, at);
  }
  if (piece->n_voxels == 0)
    *piece = voxel;
  else
    lam_piece_add (piece, &voxel);
}

static void
cut (LamBrickPieces *pieces, bool by_label)
{
  g_array_set_size (pieces->pieces, 0);
  FOR_EACH_VOXEL (pieces, i, n)
  if (pieces->ids[i] == 0)
    flood (pieces, i, by_label);
  for (int i = 0; i < LAM_BRICK_VOXELS; i++)
    if (pieces->ids[i] == UINT32_MAX)
      pieces->ids[i] = 0;
  FOR_EACH_VOXEL (pieces, i, n)
  if (pieces->ids[i] != 0)
    count_voxel (pieces, i, z);
}

void
lam_brick_pieces_cut_by_label (LamBrickPieces *pieces)
{
  for (int i = 0; i < LAM_BRICK_VOXELS; i++)
    pieces->ids[i] = pieces->sources[i] == LAM_SOURCE_UNSET ? UINT32_MAX : 0;
  cut (pieces, true);
}

void
lam_brick_pieces_cut_unsure (LamBrickPieces *pieces, int least)
{
  for (int i = 0; i < LAM_BRICK_VOXELS; i++)
    pieces->ids[i] = pieces->is_known[i] && pieces->uncertainties[i] >= least
        ? 0
        : UINT32_MAX;
  cut (pieces, false);
}
