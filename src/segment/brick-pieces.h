/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* One brick cut into pieces: voxels that touch with their faces and are of one
 * label, or that the slices before and after contradict. Plain values; any
 * thread. */
#pragma once

#include "labels/opinion.h"

/* The value that most voxels have, if one has more than half of them; kept
 * while voxels come one by one. */
typedef struct {
  int64_t value, lead;
} LamVote;

/* A piece in its first or last plane across an axis. */
typedef struct {
  int64_t n_stops; /* voxels with something else, not unsaid, beyond */
  LamBox box; /* of those; empty when there are none */
} LamPieceEnd;

/* The end of a piece towards 0 of an axis, or away from it. */
#define LAM_N_PIECE_ENDS 6
#define LAM_PIECE_END(axis, away) (2 * (axis) + ((away) ? 1 : 0))

typedef struct {
  LamVote label;
  LamVote other; /* of a slice: the label beside */
  LamBox box; /* level-0 voxels */
  int64_t n_voxels;
  int64_t n_human; /* of them, that a person said */
  int64_t n_known, uncertainty; /* of them, that a network said; the sum */
  LamPieceEnd ends[LAM_N_PIECE_ENDS];
} LamPiece;

/* Unites two pieces. */
void lam_piece_add (LamPiece *piece, const LamPiece *other);
/* More voxels of an end of the piece that stop. */
void lam_piece_add_end (LamPiece *piece, int end, const LamPieceEnd *stops);

/* Planes of the brick before along z that are kept with this one's. */
#define LAM_BRICK_PLANES_BEFORE 2
#define LAM_BRICK_PIECES_VOXELS \
  (LAM_BRICK_VOXELS + LAM_BRICK_PLANES_BEFORE * LAM_BRICK_EDGE * LAM_BRICK_EDGE)

/* What is known of each voxel, by planes. */
typedef struct {
  uint32_t label;
  uint16_t source;
  uint8_t uncertainty;
  bool is_known;
} LamPieceVoxel;

/* Arrays that are used again for each brick. */
typedef struct {
  LamPieceVoxel voxels[LAM_BRICK_PIECES_VOXELS]; /* planes before, then its own
                                                  */
  uint32_t ids[LAM_BRICK_VOXELS]; /* of a voxel's piece, from 1; 0: none */
  uint8_t masks[2][LAM_BRICK_EDGE * LAM_BRICK_EDGE];
  int stack[LAM_BRICK_VOXELS];
  GArray *pieces; /* Owned, of LamPiece; the one with id i is at i - 1 */
  LamBox brick; /* the brick, without what lies outside of the volume */
  LamBox box; /* what `ids` are of */
  const LamOpinion *opinion; /* Borrowed */
} LamBrickPieces;

LamBrickPieces *lam_brick_pieces_new (void) G_GNUC_WARN_UNUSED_RESULT;
void lam_brick_pieces_free (LamBrickPieces *pieces);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LamBrickPieces, lam_brick_pieces_free)

/* Reads a brick into the arrays. `opinion` NULL: nobody spoke; borrowed until
 * the next load. `before`: lam_brick_pieces_get_last() of the brick before it
 * along z, or NULL. */
void lam_brick_pieces_load (LamBrickPieces *pieces, LamBrickKey key,
    const int64_t size[3], const LamLabelBrick *brick,
    const LamOpinion *opinion, const LamPieceVoxel *before);
/* The last planes of the brick, for the one after it: LAM_BRICK_PLANES_BEFORE
 * of them. Borrowed until the next load. */
const LamPieceVoxel *lam_brick_pieces_get_last (const LamBrickPieces *pieces);

/* Cuts it by label. Voxels that nobody said are in no piece. Stops on the
 * brick's own faces are not counted: who knows the neighbour counts them. */
void lam_brick_pieces_cut_by_label (LamBrickPieces *pieces);
/* Of the brick itself. */
const LamPieceVoxel *lam_brick_pieces_get_own (const LamBrickPieces *pieces);
/* Leaves in `ids` 1 where it is at least that unsure and wider than two voxels
 * within a slice: every boundary is a little unsure. Makes no pieces. */
void lam_brick_pieces_mark_unsure (LamBrickPieces *pieces, int least);
/* Cuts out, slice by slice, what has one label in the slices before and after
 * and another in this one, and is wider than two voxels. About the slices from
 * the last of the brick before to the last but one of this. */
void lam_brick_pieces_cut_slices (LamBrickPieces *pieces);
