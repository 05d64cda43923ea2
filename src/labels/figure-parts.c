/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The pieces of a label, in the slice or in space: what is connected by faces.
 * Keeps the largest, drops small ones, or makes each a label of its own. And
 * the other way round: makes several labels one. */
#include <glib/gi18n-lib.h>

#include "base/error.h"
#include "labels/figure-pieces.h"
#include "labels/figure-rows.h"

void
lam_figure_piece_free (gpointer data)
{
  LamFigurePiece *piece = data;
  g_clear_pointer (&piece->set, lam_voxel_set_free);
  g_free (piece);
}

static void
add_piece (LamVoxelSet *set, gpointer user_data)
{
  LamFigurePiece *piece = g_new (LamFigurePiece, 1);
  piece->set = set;
  piece->n_voxels = lam_voxel_set_count (set);
  g_ptr_array_add (user_data, piece);
}

GPtrArray *
lam_figure_find_pieces (const LamFigureRequest *request,
    const LamLabelReader *reader, LamProgress *progress, GError **error)
{
  LamBox box = lam_figure_get_box (request, reader);
  g_autoptr (LamProgress) first = lam_progress_new_part (progress, 0, 1, 2);
  g_autoptr (LamProgress) second = lam_progress_new_part (progress, 1, 2, 2);
  g_autoptr (LamVoxelSet) own =
      lam_figure_find_label (reader, request->label, &box, first, error);
  g_autoptr (GPtrArray) pieces =
      g_ptr_array_new_with_free_func (lam_figure_piece_free);
  if (!own || !lam_flood_take_parts (own, add_piece, pieces, second, error))
    return NULL;
  return g_steal_pointer (&pieces);
}

guint
lam_figure_find_largest_piece (const GPtrArray *pieces)
{
  guint largest = 0;
  for (guint i = 1; i < pieces->len; i++)
    if (((LamFigurePiece *)pieces->pdata[i])->n_voxels
        > ((LamFigurePiece *)pieces->pdata[largest])->n_voxels)
      largest = i;
  return largest;
}

guint
lam_figure_add_new_labels (const LamFigureRequest *request,
    const LamLabelReader *reader, GPtrArray *pieces, int64_t min_voxels,
    GPtrArray *parts)
{
  const guint largest = lam_figure_find_largest_piece (pieces);
  LamVoxelSet *kept = NULL;
  guint n = 0;
  for (guint i = 0; i < pieces->len; i++) {
    LamFigurePiece *piece = pieces->pdata[i];
    if (i == largest || piece->n_voxels < min_voxels) {
      if (!kept)
        kept = lam_voxel_set_new (lam_voxel_set_get_size (piece->set));
      lam_voxel_set_add (kept, piece->set);
      continue;
    }
    lam_figure_add_own_part (parts, g_steal_pointer (&piece->set), 0);
    LamFigurePart *part = parts->pdata[parts->len - 1];
    part->is_new = true;
    part->like = request->label;
    n++;
  }
  if (n > 0)
    lam_figure_add_said_part (
        reader, parts, g_steal_pointer (&kept), request->label);
  g_clear_pointer (&kept, lam_voxel_set_free);
  return n;
}

bool
lam_figure_refuse_one_piece (const LamFigureRequest *request, GError **error)
{
  g_set_error (error, LAM_ERROR, LAM_ERROR_MISSING,
      request->in_space ? _ ("Label %u is one piece")
                        : _ ("Label %u is one piece in this slice"),
      request->label);
  return false;
}

/* All but one, united. */
static bool
drop_pieces (const LamFigureRequest *request, GPtrArray *pieces,
    int64_t min_voxels, GPtrArray *parts)
{
  g_autoptr (LamVoxelSet) dropped = NULL;
  guint largest = lam_figure_find_largest_piece (pieces);
  for (guint i = 0; i < pieces->len; i++) {
    const LamFigurePiece *piece = pieces->pdata[i];
    if (i == largest || piece->n_voxels >= min_voxels)
      continue;
    if (!dropped)
      dropped = lam_voxel_set_new (lam_voxel_set_get_size (piece->set));
    lam_voxel_set_add (dropped, piece->set);
  }
  if (!dropped)
    return false;
  lam_figure_add_own_part (parts, g_steal_pointer (&dropped), 0);
  return true;
}

static bool
find_largest_alone (const LamFigureRequest *request,
    const LamLabelReader *reader, GPtrArray *parts, LamProgress *progress,
    GError **error)
{
  g_autoptr (GPtrArray) pieces =
      lam_figure_find_pieces (request, reader, progress, error);
  return pieces
      && (drop_pieces (request, pieces, INT64_MAX, parts)
          || lam_figure_refuse_one_piece (request, error));
}

static bool
find_small (const LamFigureRequest *request, const LamLabelReader *reader,
    GPtrArray *parts, LamProgress *progress, GError **error)
{
  g_autoptr (GPtrArray) pieces =
      lam_figure_find_pieces (request, reader, progress, error);
  if (!pieces)
    return false;
  if (drop_pieces (request, pieces, request->min_voxels, parts))
    return true;
  g_set_error (error, LAM_ERROR, LAM_ERROR_MISSING,
      _ ("Label %u has no pieces of less than %" G_GINT64_FORMAT
         " voxels beside its largest one"),
      request->label, request->min_voxels);
  return false;
}

static bool
find_separate (const LamFigureRequest *request, const LamLabelReader *reader,
    GPtrArray *parts, LamProgress *progress, GError **error)
{
  g_autoptr (GPtrArray) pieces =
      lam_figure_find_pieces (request, reader, progress, error);
  if (!pieces)
    return false;
  if (pieces->len < 2)
    return lam_figure_refuse_one_piece (request, error);
  lam_figure_add_new_labels (request, reader, pieces, 0, parts);
  return true;
}

/* All voxels of `labels` become `label`. */
static bool
find_merged (const LamFigureRequest *request, const LamLabelReader *reader,
    GPtrArray *parts, LamProgress *progress, GError **error)
{
  LamBox all = lam_box_of_size (reader->size);
  const guint n = request->labels ? request->labels->len : 0;
  for (guint i = 0; i < n; i++) {
    uint32_t other = g_array_index (request->labels, uint32_t, i);
    g_autoptr (LamProgress) one = lam_progress_new_part (progress, i, i + 1, n);
    LamVoxelSet *set = lam_figure_find_label (reader, other, &all, one, error);
    if (!set)
      return false;
    lam_figure_add_own_part (parts, set, request->label);
  }
  return true;
}

const LamFigure lam_figure_keep_largest = {
  .name = "keep-largest",
  .title = N_ ("Keeping the Largest Piece"),
  .find = find_largest_alone,
};

const LamFigure lam_figure_drop_small = {
  .name = "drop-small",
  .title = N_ ("Dropping Small Pieces"),
  .find = find_small,
};

const LamFigure lam_figure_separate = {
  .name = "separate",
  .title = N_ ("Separating Pieces"),
  .find = find_separate,
};

const LamFigure lam_figure_merge = {
  .name = "merge",
  .title = N_ ("Merging"),
  .find = find_merged,
  .uses_up = true,
};
