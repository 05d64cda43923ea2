/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The pieces of a label: what is connected by faces. For the acts on them. */
#pragma once

#include "labels/figure.h"

typedef struct {
  LamVoxelSet *set; /* Owned */
  int64_t n_voxels;
} LamFigurePiece;
void lam_figure_piece_free (gpointer piece);

/* Of the request's label in its slice or in space, in the order of their first
 * bricks; of LamFigurePiece. NULL with error: cancelled, or it has none. */
GPtrArray *lam_figure_find_pieces (const LamFigureRequest *request,
    const LamLabelReader *reader, LamProgress *progress,
    GError **error) G_GNUC_WARN_UNUSED_RESULT;
guint lam_figure_find_largest_piece (const GPtrArray *pieces);
/* There is but one; false with LAM_ERROR_MISSING. */
bool lam_figure_refuse_one_piece (
    const LamFigureRequest *request, GError **error);
