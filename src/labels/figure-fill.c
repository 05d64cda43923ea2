/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Fills what is connected with a voxel and of the same label; and the holes of
 * a label: what no way leads to from outside of it. */
#include <glib/gi18n-lib.h>

#include "base/error.h"
#include "labels/figure-rows.h"

typedef struct {
  const LamLabelReader *reader;
  uint32_t label;
} Target;

static LamCover
cover_label (
    LamBrickKey key, uint64_t *rows, gpointer user_data, GError **error)
{
  const Target *target = user_data;
  GError *problem = NULL;
  g_autoptr (LamLabelBrick) brick =
      target->reader->read (key, target->reader->user_data, &problem);
  if (problem) {
    g_propagate_error (error, problem);
    return LAM_COVER_FAILED;
  }
  uint32_t all = 0;
  if (!brick || lam_label_brick_is_uniform (brick, &all, NULL))
    return all == target->label ? LAM_COVER_ALL : LAM_COVER_NONE;
  lam_voxel_rows_find (lam_label_brick_get_labels (brick), target->label, rows);
  return LAM_COVER_SOME;
}

static bool
find_fill (const LamFigureRequest *request, const LamLabelReader *reader,
    GPtrArray *parts, LamProgress *progress, GError **error)
{
  Target target = { .reader = reader };
  if (!lam_figure_read_voxel (reader, request->voxel, &target.label, error))
    return false;
  const LamBox all = lam_figure_get_box (request, reader);
  LamFloodRule rule = { .box = lam_box_is_empty (&request->within)
        ? all
        : lam_box_intersect (&all, &request->within),
    .frozen_axis = -1,
    .read = cover_label,
    .user_data = &target };
  LamVoxelSet *set = lam_flood_from_voxel (
      &rule, reader->size, request->voxel, progress, error);
  if (set)
    lam_figure_add_part (parts, set, request->label);
  return set != NULL;
}

/* --- holes ---------------------------------------------------------------- */

static LamCover
cover_outside (
    LamBrickKey key, uint64_t *rows, gpointer user_data, GError **error)
{
  const uint64_t *inside = lam_voxel_set_get (user_data, key);
  if (!inside)
    return LAM_COVER_ALL;
  for (int i = 0; i < LAM_VOXEL_ROWS; i++)
    rows[i] = ~inside[i];
  return LAM_COVER_SOME;
}

/* Where the box has room, outside must be reached past the label. */
static LamBox
with_rim (const LamBox *box, const LamBox *limit)
{
  LamBox rim = *box;
  for (int i = 0; i < 3; i++) {
    rim.min[i]--;
    rim.max[i]++;
  }
  return lam_box_intersect (&rim, limit);
}

/* What is in the box, neither of the label nor outside. */
static LamVoxelSet *
take_holes (
    const LamBox *box, const LamVoxelSet *own, const LamVoxelSet *outside)
{
  LamVoxelSet *holes = lam_voxel_set_new (lam_voxel_set_get_size (own));
  LamBox bricks = lam_box_bricks (box);
  for (int64_t z = bricks.min[2]; z < bricks.max[2]; z++)
    for (int64_t y = bricks.min[1]; y < bricks.max[1]; y++)
      for (int64_t x = bricks.min[0]; x < bricks.max[0]; x++) {
        LamBrickKey key = { (int32_t)x, (int32_t)y, (int32_t)z };
        const uint64_t *a = lam_voxel_set_get (own, key);
        const uint64_t *b = lam_voxel_set_get (outside, key);
        uint64_t *rows = lam_voxel_set_open (holes, key);
        for (int i = 0; i < LAM_VOXEL_ROWS; i++)
          rows[i] = ~((a ? a[i] : 0) | (b ? b[i] : 0));
        lam_voxel_rows_clip (key, box, rows);
        lam_voxel_set_settle (holes, key);
      }
  return holes;
}

static bool
find_holes (const LamFigureRequest *request, const LamLabelReader *reader,
    GPtrArray *parts, LamProgress *progress, GError **error)
{
  LamBox limit = lam_figure_get_box (request, reader);
  g_autoptr (LamProgress) first = lam_progress_new_part (progress, 0, 1, 2);
  g_autoptr (LamProgress) second = lam_progress_new_part (progress, 1, 2, 2);
  g_autoptr (LamVoxelSet) own =
      lam_figure_find_label (reader, request->label, &limit, first, error);
  if (!own)
    return false;
  LamBox box = lam_voxel_set_get_box (own);
  LamFloodRule rule = { .box = with_rim (&box, &limit),
    .frozen_axis = request->in_space ? -1 : lam_plane_w (request->plane),
    .read = cover_outside,
    .user_data = own };
  g_autoptr (LamVoxelSet) outside =
      lam_flood_from_faces (&rule, reader->size, second, error);
  if (!outside)
    return false;
  g_autoptr (LamVoxelSet) holes = take_holes (&rule.box, own, outside);
  if (lam_voxel_set_is_empty (holes)) {
    g_set_error (error, LAM_ERROR, LAM_ERROR_MISSING,
        request->in_space ? _ ("Label %u has no holes")
                          : _ ("Label %u has no holes in this slice"),
        request->label);
    return false;
  }
  lam_figure_add_part (parts, g_steal_pointer (&holes), request->label);
  return true;
}

const LamFigure lam_figure_fill = {
  .name = "fill",
  .title = N_ ("Filling"),
  .makes_label = true,
  .find = find_fill,
};

const LamFigure lam_figure_fill_holes = {
  .name = "fill-holes",
  .title = N_ ("Filling Holes"),
  .find = find_holes,
};
