/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Pieces of bricks become pieces of the volume: those that meet at a face of
 * two bricks are one. Any one thread. */
#pragma once

#include "segment/brick-cut.h"

/* A piece that is complete. */
typedef bool (*LamPieceJudge) (
    const LamPiece *piece, gpointer data, GError **error);

typedef struct {
  bool by_label; /* only pieces of one label are one; others stop there */
  bool in_slices; /* they are one slice deep: not joined along z */
  LamPieceJudge judge;
  gpointer data; /* for it */
} LamJoinRule;

typedef struct _LamPieceJoiner LamPieceJoiner;

/* `size`: of the volume. NULL with error when there is no memory for it. */
LamPieceJoiner *lam_piece_joiner_new (const int64_t size[3],
    const LamJoinRule *rule, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void lam_piece_joiner_free (LamPieceJoiner *joiner);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LamPieceJoiner, lam_piece_joiner_free)

/* Takes what was cut out of a brick; bricks come in the order of their packed
 * keys. Judges what touches no other brick at once. */
bool lam_piece_joiner_add (LamPieceJoiner *joiner, LamBrickKey key,
    const LamBrickCut *brick, GError **error);
/* After all bricks: judges the others. */
bool lam_piece_joiner_finish (LamPieceJoiner *joiner, GError **error);
