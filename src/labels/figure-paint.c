/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* A stroke that keeps to grey values: of what the brush goes over, the voxels
 * whose grey value lies in a range; and where the stroke is to stop at what
 * lies outside of it, as at a membrane, only those that it comes to without
 * crossing that. */
#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

#include "base/error.h"
#include "labels/figure-rows.h"
#include "labels/sweep.h"

/* The box of one stroke: 5 bytes a voxel. */
#define MAX_VOXELS (INT64_C (1) << 28)

static LamSweepEnd
end_at (const LamFigureRequest *request, const LamFigurePoint *point)
{
  LamSweepEnd end = { .radius_nm = request->radius_nm };
  end.voxel[lam_plane_u (request->plane)] = point->u;
  end.voxel[lam_plane_v (request->plane)] = point->v;
  end.voxel[lam_plane_w (request->plane)] =
      (double)request->voxel[lam_plane_w (request->plane)] + 0.5;
  return end;
}

static LamSweep
make_sweep (
    const LamFigureRequest *request, const LamLabelReader *reader, guint i)
{
  const LamFigurePoint *points =
      (const LamFigurePoint *)(void *)request->points->data;
  LamSweepEnd from = end_at (request, &points[i > 0 ? i - 1 : 0]),
              to = end_at (request, &points[i]);
  LamBox volume = lam_box_of_size (reader->size);
  const int w = lam_plane_w (request->plane);
  int64_t depth = MAX (request->n_slices, 1);
  int64_t first = request->voxel[w] - (depth - 1) / 2;
  return lam_sweep_new (&from, &to, reader->voxel_size_nm,
      request->in_space ? -1 : w, first, first + depth, &volume);
}

static void
add_voxel (const int64_t voxel[3], gpointer user_data)
{
  lam_voxel_set_add_run (user_data, voxel, 0, voxel[0], voxel[0] + 1);
}

static void
add_sweep (LamVoxelSet *set, const LamSweep *sweep)
{
  const LamBox *box = &sweep->box;
  const int axis = lam_sweep_get_span_axis (sweep), b = axis == 0 ? 1 : 0;
  int64_t row[3] = { 0 }, start, end;
  if (lam_box_is_empty (box))
    return;
  for (row[2] = box->min[2]; row[2] < box->max[2]; row[2]++)
    for (row[b] = box->min[b]; row[b] < box->max[b]; row[b]++)
      if (lam_sweep_get_span (sweep, row, &start, &end))
        lam_voxel_set_add_run (set, row, axis, start, end);
  lam_sweep_walk (sweep, box, add_voxel, set);
}

/* All that the brush goes over; `way` gets what its middle does. */
static LamVoxelSet *
cover (const LamFigureRequest *request, const LamLabelReader *reader,
    LamVoxelSet *way)
{
  LamVoxelSet *set = lam_voxel_set_new (reader->size);
  for (guint i = 0; i < request->points->len; i++) {
    LamSweep sweep = make_sweep (request, reader, i);
    LamFigureRequest thin = *request;
    thin.radius_nm = 0;
    LamSweep middle = make_sweep (&thin, reader, i);
    add_sweep (set, &sweep);
    add_sweep (way, &middle);
  }
  return set;
}

LamVoxelSet *
lam_figure_cover_way (
    const LamFigureRequest *request, const LamLabelReader *reader)
{
  g_autoptr (LamVoxelSet) way = lam_voxel_set_new (reader->size);
  return cover (request, reader, way);
}

/* Leaves the voxels of the mask whose grey values are in the range. */
static bool
keep_greys (const LamFigureRequest *request, const LamLabelReader *reader,
    const LamBox *box, bool *mask, GError **error)
{
  const int64_t n = lam_box_volume (box);
  g_autofree float *greys = g_try_new (float, n);
  if (!greys) {
    g_set_error (error, LAM_ERROR, LAM_ERROR_LIMIT,
        _ ("There is no memory for a stroke over %" G_GINT64_FORMAT
           " voxels: paint it in shorter ones"),
        n);
    return false;
  }
  if (!reader->read_image (box, greys, reader->image_data, error))
    return false;
  for (int64_t i = 0; i < n; i++)
    mask[i] = mask[i] && greys[i] >= request->grey_low
        && greys[i] <= request->grey_high;
  return true;
}

typedef struct {
  const LamVoxelSet *way;
  LamVoxelSet *kept;
} Pieces;

static void
keep_if_met (LamVoxelSet *piece, gpointer user_data)
{
  Pieces *pieces = user_data;
  g_autoptr (LamVoxelSet) shared =
      lam_voxel_set_new (lam_voxel_set_get_size (piece));
  lam_voxel_set_add (shared, piece);
  lam_voxel_set_keep (shared, pieces->way);
  if (!lam_voxel_set_is_empty (shared))
    lam_voxel_set_add (pieces->kept, piece);
  lam_voxel_set_free (piece);
}

/* Of the set, the pieces that the middle of the brush went through. */
static LamVoxelSet *
keep_connected (LamVoxelSet *set, const LamVoxelSet *way, LamProgress *progress,
    GError **error)
{
  g_autoptr (LamVoxelSet) kept =
      lam_voxel_set_new (lam_voxel_set_get_size (set));
  Pieces pieces = { way, kept };
  return lam_flood_take_parts (set, keep_if_met, &pieces, progress, error)
      ? g_steal_pointer (&kept)
      : NULL;
}

static bool
check (const LamFigureRequest *request, const LamLabelReader *reader,
    GError **error)
{
  if (!request->points || !reader->read_image) {
    g_set_error_literal (error, LAM_ERROR, LAM_ERROR_MISSING,
        _ ("The image is not here, so its grey values are not known"));
    return false;
  }
  if (request->grey_low <= request->grey_high)
    return true;
  g_set_error (error, LAM_ERROR, LAM_ERROR_INPUT,
      _ ("No grey value lies from %g to %g: pick a range from the image"),
      request->grey_low, request->grey_high);
  return false;
}

static bool
find_greys (const LamFigureRequest *request, const LamLabelReader *reader,
    GPtrArray *parts, LamProgress *progress, GError **error)
{
  if (!check (request, reader, error))
    return false;
  g_autoptr (LamVoxelSet) way = lam_voxel_set_new (reader->size);
  g_autoptr (LamVoxelSet) all = cover (request, reader, way);
  LamBox box = lam_voxel_set_get_box (all);
  g_autoptr (LamVoxelSet) set = lam_voxel_set_new (reader->size);
  if (lam_box_volume (&box) > MAX_VOXELS) {
    g_set_error_literal (error, LAM_ERROR, LAM_ERROR_LIMIT,
        _ ("That stroke is too large: paint it in shorter ones"));
    return false;
  }
  g_autofree bool *mask = g_new (bool, MAX (lam_box_volume (&box), 1));
  if (!lam_box_is_empty (&box)) {
    lam_voxel_set_copy_mask (all, &box, mask);
    if (!keep_greys (request, reader, &box, mask, error))
      return false;
    lam_voxel_set_add_mask (set, &box, mask);
  }
  if (request->is_connected) {
    LamVoxelSet *kept = keep_connected (set, way, progress, error);
    if (!kept)
      return false;
    lam_voxel_set_free (set);
    set = kept;
  }
  if (lam_voxel_set_is_empty (set)) {
    g_set_error_literal (error, LAM_ERROR, LAM_ERROR_MISSING,
        _ ("No voxel under the brush is in the range of grey values"));
    return false;
  }
  lam_figure_add_part (parts, g_steal_pointer (&set), request->label);
  return true;
}

const LamFigure lam_figure_greys = {
  .name = "threshold",
  .title = N_ ("Painting by Grey Values"),
  .makes_label = true,
  .find = find_greys,
};
