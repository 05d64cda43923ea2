/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* What one cut of a brick left, as little as joining it with its neighbours
 * needs: the pieces that touch another brick and which of them meet its faces,
 * and what became of the others. Never changes; any thread. */
#pragma once

#include "labels/place.h"
#include "segment/brick-pieces.h"

#define LAM_FACE_AREA (LAM_BRICK_EDGE * LAM_BRICK_EDGE)

/* Appends the places (LamPlace) that a whole piece makes. */
typedef void (*LamPieceJudge) (
    const LamPiece *piece, gconstpointer data, GArray *places);

/* What pieces of bricks are one piece of the volume. */
typedef struct {
  int64_t size[3]; /* of the volume, in voxels */
  bool by_label; /* only those of one label; others stop there */
  bool in_slices; /* they are one slice deep: not joined along z */
  LamPieceJudge judge; /* the same piece always makes the same places */
  gconstpointer data; /* for it */
} LamJoinRule;

/* So many voxels of a face, one after the other, of one piece. */
typedef struct {
  uint32_t id; /* from 1; 0: of none */
  uint32_t n;
} LamFaceRun;

typedef struct {
  uint32_t label;
  int64_t n_voxels;
} LamLabelCount;

typedef struct {
  LamBox box; /* level-0 voxels that were cut */
  guint n_pieces;
  LamPiece *pieces; /* Owned; the one with id i is at i - 1 */
  /* Owned; by axis, the first plane and the last; NULL: no piece meets it. */
  LamFaceRun *faces[3][2];
  GArray *places; /* Owned; LamPlace of pieces that touch no other brick */
  GArray *counts; /* Owned; LamLabelCount of all pieces, by label; a label may
                   * come more than once */
  size_t n_bytes; /* of all that */
} LamBrickCut;

/* Of what the last cut left. */
LamBrickCut *lam_brick_cut_new (const LamBrickPieces *pieces,
    const LamJoinRule *rule) G_GNUC_WARN_UNUSED_RESULT;
void lam_brick_cut_free (LamBrickCut *cut);

/* The box of the `n` voxels of a face of `box` from number `i` on, all in one
 * row of it. */
LamBox lam_face_row_box (
    const LamBox *box, int axis, bool is_last, int i, int n);
