/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* One brick cut into pieces: voxels that touch with their faces and are of one
 * label, or that a network is unsure of. Plain values; any thread. */
#pragma once

#include "labels/opinion.h"

/* A piece in its first or its last slice. */
typedef struct {
  int64_t n_stops; /* voxels with something else, not unsaid, beyond */
  LamBox box; /* of those; empty when there are none */
} LamPieceEnd;

typedef struct {
  uint32_t label;
  LamBox box; /* level-0 voxels */
  int64_t n_voxels;
  int64_t n_human; /* of them, that a person said */
  int64_t n_known, uncertainty; /* of them, that a network said; the sum */
  LamPieceEnd ends[2]; /* towards z 0, and away from it */
} LamPiece;

/* Unites two pieces of one label. */
void lam_piece_add (LamPiece *piece, const LamPiece *other);
/* One more voxel of `end` of the piece that stops. */
void lam_piece_add_stop (LamPiece *piece, int end, const int64_t voxel[3]);

/* Arrays that are used again for each brick. */
typedef struct {
  uint32_t ids[LAM_BRICK_VOXELS]; /* of a voxel's piece, from 1; 0: none */
  uint32_t labels[LAM_BRICK_VOXELS];
  uint16_t sources[LAM_BRICK_VOXELS];
  uint8_t uncertainties[LAM_BRICK_VOXELS];
  bool is_known[LAM_BRICK_VOXELS];
  int stack[LAM_BRICK_VOXELS];
  GArray *pieces; /* Owned, of LamPiece; the one with id i is at i - 1 */
  LamBox box; /* of the brick, without what lies outside of the volume */
} LamBrickPieces;

LamBrickPieces *lam_brick_pieces_new (void) G_GNUC_WARN_UNUSED_RESULT;
void lam_brick_pieces_free (LamBrickPieces *pieces);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LamBrickPieces, lam_brick_pieces_free)

/* Reads a brick into the arrays. `opinion` NULL: nobody spoke. */
void lam_brick_pieces_load (LamBrickPieces *pieces, LamBrickKey key,
    const int64_t size[3], const LamLabelBrick *brick,
    const LamOpinion *opinion);
/* Cuts it by label. Voxels that nobody said are in no piece. Stops on the
 * brick's own faces are not counted: who knows the neighbour counts them. */
void lam_brick_pieces_cut_by_label (LamBrickPieces *pieces);
/* Cuts out what is at least that unsure; `label` is that of a first voxel. */
void lam_brick_pieces_cut_unsure (LamBrickPieces *pieces, int least);
