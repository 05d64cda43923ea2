/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* What one cut of a brick left, as little as joining it with its neighbours
 * needs: the pieces, and which of them meet its faces. Never changes; any
 * thread. */
#pragma once

#include "segment/brick-pieces.h"

#define LAM_FACE_AREA (LAM_BRICK_EDGE * LAM_BRICK_EDGE)

/* So many voxels of a face, one after the other, of one piece. */
typedef struct {
  uint32_t id; /* from 1; 0: of none */
  uint32_t n;
} LamFaceRun;

typedef struct {
  LamBox box; /* level-0 voxels that were cut */
  guint n_pieces;
  LamPiece *pieces; /* Owned; the one with id i is at i - 1 */
  /* Owned; by axis, the first plane and the last; NULL: no piece meets it. */
  LamFaceRun *faces[3][2];
  size_t n_bytes; /* of all that */
} LamBrickCut;

/* Of what the last cut left. */
LamBrickCut *lam_brick_cut_new (
    const LamBrickPieces *pieces) G_GNUC_WARN_UNUSED_RESULT;
void lam_brick_cut_free (LamBrickCut *cut);

/* Ids of the voxels of a face; the place of each in the brick is
 * lam_face_index(). */
void lam_brick_cut_get_face (const LamBrickCut *cut, int axis, bool is_last,
    uint32_t ids[LAM_FACE_AREA]);
int lam_face_index (int axis, int i, bool is_last);
