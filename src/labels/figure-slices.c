/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* From slice to slice, along the axis of the pane: fills the gaps between the
 * slices that a label was painted in, copies it from the slice beside, and
 * draws it out through many. */
#include <glib/gi18n-lib.h>
#include <math.h>

#include "base/error.h"
#include "labels/figure-rows.h"
#include "labels/slice-blend.h"

/* --- interpolation -------------------------------------------------------- */

typedef struct {
  LamVoxelSet *set; /* what is found */
  int axis;
  int64_t first; /* the slice below */
  LamBox box; /* of both outlines and a rim, a slice deep */
} Gap;

/* Whether each slice along the axis has a voxel of the set. */
static GArray *
find_slices (const LamVoxelSet *set, int axis)
{
  const int64_t n = lam_voxel_set_get_size (set)[axis];
  GArray *has = g_array_new (false, true, sizeof (bool));
  g_array_set_size (has, (guint)n);
  bool *is = (bool *)(void *)has->data;
  g_autoptr (GArray) keys = lam_voxel_set_dup_keys (set);
  for (guint i = 0; i < keys->len; i++) {
    LamBrickKey key = lam_brick_key_unpack (g_array_index (keys, int64_t, i));
    const uint64_t *rows = lam_voxel_set_get (set, key);
    LamBox brick = lam_brick_box (key);
    uint64_t along_x = 0;
    for (int row = 0; row < LAM_VOXEL_ROWS; row++) {
      along_x |= rows[row];
      if (rows[row] && axis > 0)
        is[brick.min[axis]
            + (axis == 1 ? row % LAM_BRICK_EDGE : row / LAM_BRICK_EDGE)] = true;
    }
    for (; along_x && axis == 0; along_x &= along_x - 1)
      is[brick.min[0] + __builtin_ctzll (along_x)] = true;
  }
  return has;
}

static void
add_between (int64_t i, const bool *mask, void *user_data)
{
  Gap *gap = user_data;
  LamBox box = gap->box;
  box.min[gap->axis] = gap->first + i;
  box.max[gap->axis] = gap->first + i + 1;
  lam_voxel_set_add_mask (gap->set, &box, mask);
}

static LamBox
at_slice (const LamBox *box, int axis, int64_t slice)
{
  LamBox at = *box;
  at.min[axis] = slice;
  at.max[axis] = slice + 1;
  return at;
}

static void
fill_gap (const LamVoxelSet *own, const LamBox *whole, int64_t first,
    int64_t last, const LamLabelReader *reader, Gap *gap)
{
  const int w = gap->axis, p = w == 0 ? 1 : 0, q = w == 2 ? 1 : 2;
  LamBox box = *whole;
  for (int a = 0; a < 3; a++)
    if (a != w) {
      box.min[a]--;
      box.max[a]++;
    }
  const int64_t n[2] = { box.max[p] - box.min[p], box.max[q] - box.min[q] };
  const double nm[2] = { reader->voxel_size_nm[p], reader->voxel_size_nm[q] };
  g_autofree bool *below = g_new (bool, n[0] * n[1]);
  g_autofree bool *above = g_new (bool, n[0] * n[1]);
  LamBox low = at_slice (&box, w, first), high = at_slice (&box, w, last);
  lam_voxel_set_copy_mask (own, &low, below);
  lam_voxel_set_copy_mask (own, &high, above);
  gap->first = first;
  gap->box = box;
  lam_slice_blend (below, above, n, nm, last - first - 1, add_between, gap);
}

/* All gaps of one label. */
static bool
fill_gaps (const LamLabelReader *reader, const LamVoxelSet *own, Gap *gap,
    LamProgress *progress, GError **error)
{
  LamBox box = lam_voxel_set_get_box (own);
  const int w = gap->axis;
  g_autoptr (GArray) slices = find_slices (own, w);
  int64_t last = -1;
  for (int64_t at = box.min[w]; at < box.max[w]; at++) {
    if (!g_array_index (slices, bool, at))
      continue;
    if (last >= 0 && at - last > 1)
      fill_gap (own, &box, last, at, reader, gap);
    last = at;
    lam_progress_set (progress, at + 1 - box.min[w], box.max[w] - box.min[w]);
    if (!lam_progress_check (progress, error))
      return false;
  }
  return true;
}

static bool
interpolate_label (const LamFigureRequest *request,
    const LamLabelReader *reader, uint32_t label, GPtrArray *parts,
    LamProgress *progress, GError **error)
{
  LamBox all = lam_box_of_size (reader->size);
  g_autoptr (LamProgress) first = lam_progress_new_part (progress, 0, 1, 2);
  g_autoptr (LamProgress) second = lam_progress_new_part (progress, 1, 2, 2);
  g_autoptr (LamVoxelSet) own =
      lam_figure_find_label (reader, label, &all, first, error);
  g_autoptr (LamVoxelSet) found = lam_voxel_set_new (reader->size);
  Gap gap = { .set = found, .axis = lam_plane_w (request->plane) };
  if (!own || !fill_gaps (reader, own, &gap, second, error))
    return false;
  if (!lam_voxel_set_is_empty (found))
    lam_figure_add_part (parts, g_steal_pointer (&found), label);
  return true;
}

static bool
find_between (const LamFigureRequest *request, const LamLabelReader *reader,
    GPtrArray *parts, LamProgress *progress, GError **error)
{
  const guint n = request->labels ? request->labels->len : 1;
  for (guint i = 0; i < n; i++) {
    uint32_t label = request->labels
        ? g_array_index (request->labels, uint32_t, i)
        : request->label;
    g_autoptr (LamProgress) one = lam_progress_new_part (progress, i, i + 1, n);
    if (!interpolate_label (request, reader, label, parts, one, error))
      return false;
  }
  if (parts->len > 0)
    return true;
  static const char *const axes[] = { "x", "y", "z" };
  g_set_error (error, LAM_ERROR, LAM_ERROR_MISSING,
      _ ("There is no gap to fill along %s: paint the label in two slices that "
         "are some slices apart"),
      axes[lam_plane_w (request->plane)]);
  return false;
}

/* --- copying -------------------------------------------------------------- */

/* The label in one slice, moved to `n` others: first, first + step, … */
static bool
copy_slice (const LamFigureRequest *request, const LamLabelReader *reader,
    int64_t from, int64_t first, int64_t n, int64_t step, GPtrArray *parts,
    LamProgress *progress, GError **error)
{
  const int w = lam_plane_w (request->plane);
  LamBox all = lam_box_of_size (reader->size), slice = at_slice (&all, w, from);
  if (from < 0 || from >= reader->size[w]) {
    g_set_error_literal (error, LAM_ERROR, LAM_ERROR_MISSING,
        _ ("There is no slice beside this one to copy from"));
    return false;
  }
  g_autoptr (LamVoxelSet) own =
      lam_figure_find_label (reader, request->label, &slice, progress, error);
  if (!own)
    return false;
  LamBox box = lam_voxel_set_get_box (own);
  g_autofree bool *mask = g_new (bool, lam_box_volume (&box));
  lam_voxel_set_copy_mask (own, &box, mask);
  g_autoptr (LamVoxelSet) copy = lam_voxel_set_new (reader->size);
  for (int64_t i = 0; i < n; i++) {
    LamBox to = at_slice (&box, w, first + i * step);
    LamBox inside = lam_box_intersect (&to, &all);
    if (!lam_box_is_empty (&inside))
      lam_voxel_set_add_mask (copy, &to, mask);
  }
  lam_figure_add_part (parts, g_steal_pointer (&copy), request->label);
  return true;
}

/* `n_slices`: from so many slices before this one; signed. */
static bool
find_copy (const LamFigureRequest *request, const LamLabelReader *reader,
    GPtrArray *parts, LamProgress *progress, GError **error)
{
  int64_t here = request->voxel[lam_plane_w (request->plane)];
  return copy_slice (request, reader, here - request->n_slices, here, 1, 1,
      parts, progress, error);
}

/* `n_slices`: through so many slices after this one; signed. */
static bool
find_extrusion (const LamFigureRequest *request, const LamLabelReader *reader,
    GPtrArray *parts, LamProgress *progress, GError **error)
{
  int64_t here = request->voxel[lam_plane_w (request->plane)];
  int64_t step = request->n_slices < 0 ? -1 : 1;
  return copy_slice (request, reader, here, here + step,
      ABS (request->n_slices), step, parts, progress, error);
}

static char *
describe_extrusion (const LamFigureRequest *request)
{
  const int n = ABS (request->n_slices);
  return g_strdup_printf (request->n_slices < 0
          ? ngettext ("%d slice back", "%d slices back", (gulong)n)
          : ngettext ("%d slice on", "%d slices on", (gulong)n),
      n);
}

const LamFigure lam_figure_interpolate = {
  .name = "interpolate",
  .title = N_ ("Interpolating"),
  .find = find_between,
};

const LamFigure lam_figure_copy = {
  .name = "copy-slice",
  .title = N_ ("Copying from the Slice Beside"),
  .find = find_copy,
};

const LamFigure lam_figure_extrude = {
  .name = "extrude",
  .title = N_ ("Drawing Out Through Slices"),
  .has_slices = true,
  .find = find_extrusion,
  .describe = describe_extrusion,
};
