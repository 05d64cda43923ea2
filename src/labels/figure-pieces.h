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
/* New labels for all pieces but the largest and those of fewer voxels, whose
 * sets move to `parts`; the rest is said to keep the request's. How many new.
 */
guint lam_figure_add_new_labels (const LamFigureRequest *request,
    const LamLabelReader *reader, GPtrArray *pieces, int64_t min_voxels,
    GPtrArray *parts);
/* There is but one; false with LAM_ERROR_MISSING. */
bool lam_figure_refuse_one_piece (
    const LamFigureRequest *request, GError **error);
