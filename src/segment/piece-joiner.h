/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Pieces of bricks become pieces of the volume: those that meet at a face of
 * two bricks are one. When some bricks are others, only pieces of the volume
 * that meet them are put together again. Any one thread. */
#pragma once

#include "segment/brick-cut.h"

typedef struct _LamPieceJoiner LamPieceJoiner;

LamPieceJoiner *lam_piece_joiner_new (void) G_GNUC_WARN_UNUSED_RESULT;
void lam_piece_joiner_free (LamPieceJoiner *joiner);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LamPieceJoiner, lam_piece_joiner_free)

/* What there is of a brick from now on; NULL: nothing. Borrowed until the next
 * for that brick, or until the joiner is freed. */
void lam_piece_joiner_put (
    LamPieceJoiner *joiner, LamBrickKey key, const LamBrickCut *cut);
/* After some of those: joins them. Each time with the same rule. */
void lam_piece_joiner_join (LamPieceJoiner *joiner, const LamJoinRule *rule);
/* Calls `each` with the places (LamPlace; at least one) of pieces of the volume
 * and of bricks, in any order. Borrowed until the next change. */
void lam_piece_joiner_foreach (LamPieceJoiner *joiner,
    void (*each) (const GArray *places, gpointer data), gpointer data);
/* Without what was put. */
int64_t lam_piece_joiner_get_n_bytes (const LamPieceJoiner *joiner);
