/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "workspace/figure-sight.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "base/error.h"
#include "workspace/basin-scale.h"
#include "workspace/opinions.h"

#define EDGE LAM_BRICK_EDGE

struct _LamFigureSight {
  LamVolume *volume; /* Owned; or NULL */
  LamOpinionMap *opinions; /* Borrowed from the workspace, whose jobs end before
                            * it; or NULL */
  bool knows_class; /* of the label, … */
  int32_t class_id; /* … this one */
  LamLabelReader labels; /* of whom it was lent to */
  LamBasinScale *scale; /* Owned; of the volume; or NULL */
  int64_t size[3];
  double voxel_size_nm[3];
};

/* Kept with the volume, so that it is found once for all that look at it. */
static LamBasinScale *
ref_scale (LamVolume *volume)
{
  static const char key[] = "lam-basin-scale";
  LamBasinScale *scale = g_object_get_data (G_OBJECT (volume), key);
  if (!scale) {
    scale = lam_basin_scale_new ();
    g_object_set_data_full (
        G_OBJECT (volume), key, scale, (GDestroyNotify)lam_basin_scale_unref);
  }
  return lam_basin_scale_ref (scale);
}

LamFigureSight *
lam_figure_sight_new (LamWorkspace *workspace, uint32_t label)
{
  LamFigureSight *sight = g_new0 (LamFigureSight, 1);
  LamVolume *volume = lam_workspace_get_volume (workspace);
  const LamLabel *row =
      lam_class_table_get_label (lam_workspace_get_classes (workspace), label);
  if (volume && !lam_workspace_get_image_problem (workspace))
    sight->volume = g_object_ref (volume);
  if (sight->volume)
    sight->scale = ref_scale (volume);
  for (int i = 0; i < 3; i++) {
    const double nm = lam_workspace_get_voxel_size_nm (workspace)[i];
    sight->size[i] = lam_workspace_get_size (workspace)[i];
    sight->voxel_size_nm[i] = nm > 0 ? nm : 1;
  }
  sight->opinions = lam_workspace_get_opinions (workspace);
  sight->knows_class = row != NULL;
  sight->class_id = row ? row->class_id : 0;
  return sight;
}

void
lam_figure_sight_free (LamFigureSight *sight)
{
  g_clear_object (&sight->volume);
  g_clear_pointer (&sight->scale, lam_basin_scale_unref);
  g_free (sight);
}

/* As the file says them. */
static bool
read_image (const LamBox *box, float *out, gpointer user_data, GError **error)
{
  LamVolume *volume = ((LamFigureSight *)user_data)->volume;
  const int64_t n = lam_box_volume (box);
  const double offset = lam_volume_get_offset (volume);
  const LamDtype dtype = lam_volume_get_dtype (volume);
  g_autofree void *raw = g_try_malloc ((gsize)n * sizeof (float));
  if (!raw) {
    g_set_error (error, LAM_ERROR, LAM_ERROR_LIMIT,
        _ ("Not enough memory for a box of %" G_GINT64_FORMAT " voxels"), n);
    return false;
  }
  if (!lam_volume_read_box (volume, 0, box, raw, NULL, error))
    return false;
  for (int64_t i = 0; i < n; i++)
    out[i] = (float)(offset
        + (dtype == LAM_DTYPE_U8         ? ((const uint8_t *)raw)[i]
                : dtype == LAM_DTYPE_U16 ? ((const uint16_t *)raw)[i]
                                         : ((const float *)raw)[i]));
  return true;
}

/* The newest word about a voxel, as -1 to 1. */
static float
judge (const LamFigureSight *sight, const LamOpinion *opinion,
    const LamLabelBrick *brick, int index)
{
  int32_t class_id;
  uint8_t uncertainty;
  if (!lam_opinion_get_first (opinion, index, &class_id))
    return 0;
  float sure = 0.5f;
  if (brick
      && lam_opinion_get (opinion, index,
          lam_label_brick_get_source (brick, index), &uncertainty, NULL))
    sure = 1 - (float)uncertainty / 255;
  return class_id == sight->class_id ? sure : -sure;
}

static bool
read_brick_opinions (const LamFigureSight *sight, LamBrickKey key,
    const LamBox *box, float *out, GError **error)
{
  GError *problem = NULL;
  g_autoptr (LamOpinion) opinion =
      lam_opinion_map_read (sight->opinions, key, NULL, &problem);
  g_autoptr (LamLabelBrick) brick = problem || !opinion
      ? NULL
      : sight->labels.read (key, sight->labels.user_data, &problem);
  if (problem) {
    g_propagate_error (error, problem);
    return false;
  }
  LamBox all = lam_brick_box (key), part = lam_box_intersect (&all, box);
  const int64_t nx = box->max[0] - box->min[0], ny = box->max[1] - box->min[1];
  for (int64_t z = part.min[2]; opinion && z < part.max[2]; z++)
    for (int64_t y = part.min[1]; y < part.max[1]; y++)
      for (int64_t x = part.min[0]; x < part.max[0]; x++)
        out[x - box->min[0] + nx * (y - box->min[1] + ny * (z - box->min[2]))] =
            judge (sight, opinion, brick,
                (int)(x - all.min[0]
                    + EDGE * (y - all.min[1] + EDGE * (z - all.min[2]))));
  return true;
}

static bool
read_opinions (
    const LamBox *box, float *out, gpointer user_data, GError **error)
{
  LamBox bricks = lam_box_bricks (box);
  memset (out, 0, (size_t)lam_box_volume (box) * sizeof *out);
  for (int64_t z = bricks.min[2]; z < bricks.max[2]; z++)
    for (int64_t y = bricks.min[1]; y < bricks.max[1]; y++)
      for (int64_t x = bricks.min[0]; x < bricks.max[0]; x++)
        if (!read_brick_opinions (user_data,
                (LamBrickKey){ (int32_t)x, (int32_t)y, (int32_t)z }, box, out,
                error))
          return false;
  return true;
}

static bool
read_borders (const LamBox *box, float *out, bool *is_any, gpointer user_data,
    GError **error)
{
  return lam_figure_sight_read_borders (user_data, box, out, is_any, error);
}

static bool
find_typical_edge (const LamFigureRequest *request, double *edge,
    LamProgress *progress, gpointer user_data, GError **error)
{
  const LamBasinKind kind = { request->in_space, request->plane };
  return lam_figure_sight_find_typical_edge (user_data, &kind, edge,
      lam_progress_cancellable_or_null (progress), error);
}

void
lam_figure_sight_lend (LamFigureSight *sight, LamLabelReader *reader)
{
  sight->labels = *reader;
  if (sight->volume) {
    reader->read_image = read_image;
    reader->find_typical_edge = find_typical_edge;
  }
  if (sight->opinions)
    reader->read_borders = read_borders;
  if (sight->opinions && sight->knows_class)
    reader->read_opinions = read_opinions;
  reader->image_data = sight;
}

/* --- for basins ----------------------------------------------------------- */

bool
lam_figure_sight_find_typical_edge (LamFigureSight *sight,
    const LamBasinKind *kind, double *edge, GCancellable *cancellable,
    GError **error)
{
  g_return_val_if_fail (sight->volume != NULL, false);
  return lam_basin_scale_find (sight->scale, kind, read_image, sight,
      sight->size, sight->voxel_size_nm, edge, cancellable, error);
}

bool
lam_figure_sight_has_image (const LamFigureSight *sight)
{
  return sight->volume != NULL;
}

bool
lam_figure_sight_read_image (
    LamFigureSight *sight, const LamBox *box, float *out, GError **error)
{
  if (sight->volume)
    return read_image (box, out, sight, error);
  g_set_error_literal (error, LAM_ERROR, LAM_ERROR_MISSING,
      _ ("The image is not here, so its grey values are not known"));
  return false;
}

/* Doubts of one brick's part of the box, and classes. */
static bool
read_brick_doubts (const LamFigureSight *sight, LamBrickKey key,
    const LamBox *box, float *out, int32_t *classes, bool *is_any,
    GError **error)
{
  GError *problem = NULL;
  g_autoptr (LamOpinion) opinion =
      lam_opinion_map_read (sight->opinions, key, NULL, &problem);
  if (problem) {
    g_propagate_error (error, problem);
    return false;
  }
  LamBox all = lam_brick_box (key), part = lam_box_intersect (&all, box);
  const int64_t nx = box->max[0] - box->min[0], ny = box->max[1] - box->min[1];
  for (int64_t z = part.min[2]; opinion && z < part.max[2]; z++)
    for (int64_t y = part.min[1]; y < part.max[1]; y++)
      for (int64_t x = part.min[0]; x < part.max[0]; x++) {
        uint8_t uncertainty;
        const int64_t i =
            x - box->min[0] + nx * (y - box->min[1] + ny * (z - box->min[2]));
        const int index = (int)(x - all.min[0]
            + EDGE * (y - all.min[1] + EDGE * (z - all.min[2])));
        if (!lam_opinion_get_newest (opinion, index, &uncertainty, &classes[i]))
          continue;
        out[i] = (float)uncertainty / 255;
        *is_any = true;
      }
  return true;
}

/* Voxels that both were spoken of, beside each other, of different classes. */
static void
mark_changes (const LamBox *box, const int32_t *classes, float *out)
{
  const int64_t n[3] = { box->max[0] - box->min[0], box->max[1] - box->min[1],
    box->max[2] - box->min[2] };
  const int64_t steps[3] = { 1, n[0], n[0] * n[1] };
  int64_t at[3], i = 0;
  for (at[2] = 0; at[2] < n[2]; at[2]++)
    for (at[1] = 0; at[1] < n[1]; at[1]++)
      for (at[0] = 0; at[0] < n[0]; at[0]++, i++)
        for (int axis = 0; axis < 3; axis++) {
          const int64_t j = i + steps[axis];
          if (at[axis] + 1 < n[axis] && out[i] >= 0 && out[j] >= 0
              && classes[i] != classes[j])
            out[i] = out[j] = 1;
        }
}

bool
lam_figure_sight_read_borders (LamFigureSight *sight, const LamBox *box,
    float *out, bool *is_any, GError **error)
{
  const int64_t n = lam_box_volume (box);
  LamBox bricks = lam_box_bricks (box);
  g_autofree int32_t *classes = g_new0 (int32_t, n);
  *is_any = false;
  for (int64_t i = 0; i < n; i++)
    out[i] = -1;
  for (int64_t z = bricks.min[2]; sight->opinions && z < bricks.max[2]; z++)
    for (int64_t y = bricks.min[1]; y < bricks.max[1]; y++)
      for (int64_t x = bricks.min[0]; x < bricks.max[0]; x++)
        if (!read_brick_doubts (sight,
                (LamBrickKey){ (int32_t)x, (int32_t)y, (int32_t)z }, box, out,
                classes, is_any, error))
          return false;
  if (*is_any)
    mark_changes (box, classes, out);
  return true;
}
