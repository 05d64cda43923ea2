/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

#include <glib/gi18n-lib.h>
#include <string.h>

#include "base/error.h"
#include "labels/figure-rows.h"

static const LamFigure *const shapes[] = {
  &lam_figure_fill,
  &lam_figure_fill_holes,
  &lam_figure_interpolate,
  &lam_figure_copy,
  &lam_figure_extrude,
  &lam_figure_outline,
  &lam_figure_grow,
  &lam_figure_shrink,
  &lam_figure_open,
  &lam_figure_close,
  &lam_figure_smooth,
  &lam_figure_keep_largest,
  &lam_figure_drop_small,
  &lam_figure_separate,
  &lam_figure_necks,
  &lam_figure_bridge,
  &lam_figure_merge,
  &lam_figure_split,
  &lam_figure_greys,
  &lam_figure_membrane,
  &lam_figure_smart,
  &lam_figure_supervoxels,
  NULL,
};

const LamFigure *const *
lam_figure_get_all (void)
{
  return shapes;
}

const LamFigure *
lam_figure_find (const char *name)
{
  for (int i = 0; shapes[i]; i++)
    if (strcmp (shapes[i]->name, name) == 0)
      return shapes[i];
  return NULL;
}

void
lam_figure_part_free (LamFigurePart *part)
{
  lam_voxel_set_free (part->set);
  g_free (part->remark);
  g_free (part->name);
  g_free (part);
}

static LamFigurePart *
add_part (GPtrArray *parts, LamVoxelSet *set, uint32_t label)
{
  LamFigurePart *part = g_new0 (LamFigurePart, 1);
  part->set = set;
  part->label = label;
  g_ptr_array_add (parts, part);
  return part;
}

void
lam_figure_add_part (GPtrArray *parts, LamVoxelSet *set, uint32_t label)
{
  add_part (parts, set, label);
}

void
lam_figure_add_own_part (GPtrArray *parts, LamVoxelSet *set, uint32_t label)
{
  add_part (parts, set, label)->is_own = true;
}

void
lam_figure_drop_offers (GPtrArray *parts)
{
  for (guint i = parts->len; i > 0; i--)
    if (((const LamFigurePart *)parts->pdata[i - 1])->n_offered > 0)
      g_ptr_array_remove_index (parts, i - 1);
}

const char *
lam_figure_get_remark (const GPtrArray *parts)
{
  for (guint i = 0; i < parts->len; i++)
    if (((const LamFigurePart *)parts->pdata[i])->remark)
      return ((const LamFigurePart *)parts->pdata[i])->remark;
  return NULL;
}

LamBox
lam_figure_get_box (
    const LamFigureRequest *request, const LamLabelReader *reader)
{
  LamBox box = lam_box_of_size (reader->size);
  int w = lam_plane_w (request->plane);
  if (!request->in_space) {
    box.min[w] = request->voxel[w];
    box.max[w] = request->voxel[w] + 1;
  }
  return box;
}

/* The voxels of the label in one brick, if any, into the set. */
static bool
find_in_brick (const LamLabelReader *reader, LamBrickKey key, uint32_t label,
    const LamBox *box, LamVoxelSet *set, GError **error)
{
  GError *problem = NULL;
  g_autoptr (LamLabelBrick) brick =
      reader->read (key, reader->user_data, &problem);
  uint32_t all;
  if (problem) {
    g_propagate_error (error, problem);
    return false;
  }
  if (!brick
      || (lam_label_brick_is_uniform (brick, &all, NULL) && all != label))
    return true;
  if (lam_label_brick_is_uniform (brick, NULL, NULL))
    lam_voxel_set_add_brick (set, key);
  else
    lam_voxel_rows_find (lam_label_brick_get_labels (brick), label,
        lam_voxel_set_open (set, key));
  if (lam_voxel_set_get (set, key)) {
    lam_voxel_rows_clip (key, box, lam_voxel_set_open (set, key));
    lam_voxel_set_settle (set, key);
  }
  return true;
}

LamVoxelSet *
lam_figure_find_label (const LamLabelReader *reader, uint32_t label,
    const LamBox *box, LamProgress *progress, GError **error)
{
  g_autoptr (LamVoxelSet) set = lam_voxel_set_new (reader->size);
  for (guint i = 0; i < reader->keys->len; i++) {
    LamBrickKey key =
        lam_brick_key_unpack (g_array_index (reader->keys, int64_t, i));
    LamBox brick = lam_brick_box (key);
    LamBox shared = lam_box_intersect (&brick, box);
    if (lam_box_is_empty (&shared))
      continue;
    if (!find_in_brick (reader, key, label, box, set, error)
        || !lam_progress_check (progress, error))
      return NULL;
    lam_progress_set (progress, i + 1, reader->keys->len);
  }
  if (!lam_voxel_set_is_empty (set))
    return g_steal_pointer (&set);
  g_set_error (error, LAM_ERROR, LAM_ERROR_MISSING,
      _ ("Label %u has no voxels here"), label);
  return NULL;
}

bool
lam_figure_read_voxel (const LamLabelReader *reader, const int64_t voxel[3],
    uint32_t *label, GError **error)
{
  GError *problem = NULL;
  LamBrickKey key = { (int32_t)(voxel[0] / LAM_BRICK_EDGE),
    (int32_t)(voxel[1] / LAM_BRICK_EDGE),
    (int32_t)(voxel[2] / LAM_BRICK_EDGE) };
  LamBox box = lam_brick_box (key);
  int64_t index = voxel[0] - box.min[0]
      + LAM_BRICK_EDGE
          * (voxel[1] - box.min[1] + LAM_BRICK_EDGE * (voxel[2] - box.min[2]));
  g_autoptr (LamLabelBrick) brick =
      reader->read (key, reader->user_data, &problem);
  if (problem) {
    g_propagate_error (error, problem);
    return false;
  }
  *label = brick ? lam_label_brick_get_label (brick, (int)index) : 0;
  return true;
}
