/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Splits a label between scribbles, where its body is narrowest. The body is
 * looked at through a grid that is as coarse as it takes to answer at once,
 * whatever its size; what the grid says is interpolated, so that the cut is
 * smooth, and a preview is what will be done. The first side keeps the label,
 * and near the second is the person's word as that is.
 */
#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

#include "base/error.h"
#include "labels/figure-rows.h"
#include "labels/narrow-cut.h"
#include "labels/split-slivers.h"

#define GRID_VOXELS (INT64_C (1) << 18)
/* Pieces of fewer voxels that a cut leaves behind are slivers, or of fewer than
 * the request says is small. */
#define SLIVER_VOXELS 1000

typedef struct {
  const LamVoxelSet *own;
  LamBox box;
  int64_t stride; /* voxels in a block of the grid, along each axis */
  int64_t size[3]; /* of the grid */
  double nm[3]; /* of its steps */
  /* Owned */
  bool *mask; /* blocks that hold any voxel of the body */
  uint8_t *sides; /* of the scribbles */
  float *heights; /* below 0 on the first side, above on the second; NAN where
                   * nobody comes to */
} Grid;

static void
grid_clear (Grid *grid)
{
  g_free (grid->mask);
  g_free (grid->sides);
  g_free (grid->heights);
}

static int64_t
count (const Grid *grid)
{
  return grid->size[0] * grid->size[1] * grid->size[2];
}

static void
set_stride (Grid *grid, const LamLabelReader *reader, int64_t stride)
{
  grid->stride = stride;
  for (int i = 0; i < 3; i++) {
    grid->size[i] = lam_divide_up (grid->box.max[i] - grid->box.min[i], stride);
    grid->nm[i] = reader->voxel_size_nm[i] * (double)stride;
  }
}

/* A row of the body, by voxels. */
static void
copy_row (const Grid *grid, int64_t y, int64_t z, bool *row)
{
  LamBox box = grid->box;
  box.min[1] = y;
  box.max[1] = y + 1;
  box.min[2] = z;
  box.max[2] = z + 1;
  lam_voxel_set_copy_mask (grid->own, &box, row);
}

static void
fill_mask (Grid *grid)
{
  const int64_t nx = grid->box.max[0] - grid->box.min[0];
  g_autofree bool *row = g_new (bool, nx);
  for (int64_t z = grid->box.min[2]; z < grid->box.max[2]; z++)
    for (int64_t y = grid->box.min[1]; y < grid->box.max[1]; y++) {
      bool *to = grid->mask
          + grid->size[0]
              * ((y - grid->box.min[1]) / grid->stride
                  + grid->size[1] * ((z - grid->box.min[2]) / grid->stride));
      copy_row (grid, y, z, row);
      for (int64_t x = 0; x < nx; x += grid->stride, to++)
        *to = *to || memchr (row + x, true, (size_t)MIN (grid->stride, nx - x));
    }
}

/* A scribble counts where it is on the body. */
static void
set_seeds (Grid *grid, const GArray *seeds)
{
  for (guint i = 0; i < seeds->len; i++) {
    const LamFigureSeed *seed = &g_array_index (seeds, LamFigureSeed, i);
    if (!lam_voxel_set_has (grid->own, seed->voxel))
      continue;
    int64_t at = 0;
    for (int a = 2; a >= 0; a--)
      at = at * grid->size[a]
          + (seed->voxel[a] - grid->box.min[a]) / grid->stride;
    grid->sides[at] = seed->side == 1 ? 1 : 2;
  }
}

static bool
has_side (const Grid *grid, int side)
{
  return memchr (grid->sides, side, (size_t)count (grid)) != NULL;
}

/* Of a place between the middles of blocks, by those around it that the body
 * has. */
static float
interpolate (const Grid *grid, const double at[3])
{
  int64_t low[3];
  double share[3], sum = 0, weights = 0;
  for (int a = 0; a < 3; a++) {
    low[a] = (int64_t)floor (at[a]);
    share[a] = at[a] - (double)low[a];
  }
  for (int corner = 0; corner < 8; corner++) {
    int64_t index = 0;
    double weight = 1;
    for (int a = 2; a >= 0; a--) {
      int high = corner >> a & 1;
      int64_t place = CLAMP (low[a] + high, 0, grid->size[a] - 1);
      weight *= high ? share[a] : 1 - share[a];
      index = index * grid->size[a] + place;
    }
    if (isnan (grid->heights[index]))
      continue;
    sum += weight * grid->heights[index];
    weights += weight;
  }
  return weights > 0 ? (float)(sum / weights) : NAN;
}

/* Which side a block and all beside it are on: 1, 2, or 0 where the cut is. */
static uint8_t
judge_block (const Grid *grid, const int64_t at[3])
{
  bool first = false, second = false;
  for (int i = 0; i < 27; i++) {
    const int64_t x = at[0] + i % 3 - 1, y = at[1] + i / 3 % 3 - 1,
                  z = at[2] + i / 9 - 1;
    if (x < 0 || y < 0 || z < 0 || x >= grid->size[0] || y >= grid->size[1]
        || z >= grid->size[2])
      continue;
    float height = grid->heights[x + grid->size[0] * (y + grid->size[1] * z)];
    first = first || height <= 0;
    second = second || height > 0;
  }
  return first && second ? 0 : second ? 2 : 1;
}

static void
judge_blocks (const Grid *grid, uint8_t *judged)
{
  int64_t at[3];
  for (at[2] = 0; at[2] < grid->size[2]; at[2]++)
    for (at[1] = 0; at[1] < grid->size[1]; at[1]++)
      for (at[0] = 0; at[0] < grid->size[0]; at[0]++)
        *judged++ = judge_block (grid, at);
}

/* Of the second side, a row of voxels; by what was judged of its blocks. */
static void
take_row (
    const Grid *grid, int64_t y, int64_t z, const uint8_t *judged, bool *row)
{
  const int64_t nx = grid->box.max[0] - grid->box.min[0];
  const double half = 0.5, stride = (double)grid->stride;
  double at[3] = { 0, ((double)(y - grid->box.min[1]) + half) / stride - half,
    ((double)(z - grid->box.min[2]) + half) / stride - half };
  copy_row (grid, y, z, row);
  for (int64_t start = 0; start < nx; start += grid->stride, judged++) {
    const int64_t end = MIN (start + grid->stride, nx);
    if (*judged == 1)
      memset (row + start, 0, (size_t)(end - start));
    for (int64_t x = start; *judged == 0 && x < end; x++) {
      at[0] = ((double)x + half) / stride - half;
      row[x] = row[x] && interpolate (grid, at) > 0;
    }
  }
}

static LamVoxelSet *
take_second_side (const Grid *grid)
{
  LamVoxelSet *set = lam_voxel_set_new (lam_voxel_set_get_size (grid->own));
  const int64_t nx = grid->box.max[0] - grid->box.min[0];
  g_autofree bool *row = g_new (bool, nx);
  g_autofree uint8_t *judged = g_new (uint8_t, count (grid));
  judge_blocks (grid, judged);
  for (int64_t z = grid->box.min[2]; z < grid->box.max[2]; z++)
    for (int64_t y = grid->box.min[1]; y < grid->box.max[1]; y++) {
      LamBox box = grid->box;
      const uint8_t *blocks = judged
          + grid->size[0]
              * ((y - grid->box.min[1]) / grid->stride
                  + grid->size[1] * ((z - grid->box.min[2]) / grid->stride));
      box.min[1] = y;
      box.max[1] = y + 1;
      box.min[2] = z;
      box.max[2] = z + 1;
      take_row (grid, y, z, blocks, row);
      lam_voxel_set_add_mask (set, &box, row);
    }
  return set;
}

static bool
cut (Grid *grid, const LamFigureRequest *request, GError **error)
{
  grid->mask = g_new0 (bool, count (grid));
  grid->sides = g_new0 (uint8_t, count (grid));
  grid->heights = g_new (float, count (grid));
  fill_mask (grid);
  set_seeds (grid, request->seeds);
  if (!has_side (grid, 1) || !has_side (grid, 2)) {
    g_set_error_literal (error, LAM_ERROR, LAM_ERROR_INPUT,
        _ ("Scribble on the label on both sides of the cut: with the left "
           "button what stays, with the right one what becomes another"));
    return false;
  }
  if (!lam_narrow_cut (
          grid->mask, grid->sides, grid->size, grid->nm, grid->heights)) {
    g_set_error_literal (error, LAM_ERROR, LAM_ERROR_LIMIT,
        _ ("There is no memory to split the label"));
    return false;
  }
  return true;
}

static LamVoxelSet *
take_first_side (const Grid *grid, const LamVoxelSet *second)
{
  LamVoxelSet *first = lam_voxel_set_copy (grid->own);
  lam_voxel_set_subtract (first, second);
  return first;
}

/* What is on the second side becomes new; slivers change sides if that is
 * wanted, else they are offered. */
static bool
add_parts (const Grid *grid, const LamFigureRequest *request,
    const LamLabelReader *reader, GPtrArray *parts, LamProgress *progress,
    GError **error)
{
  LamVoxelSet *second = take_second_side (grid);
  LamSlivers slivers;
  lam_figure_add_own_part (parts, second, 0);
  LamFigurePart *part = parts->pdata[parts->len - 1];
  part->is_new = true;
  part->like = request->label;
  bool done = lam_slivers_find (grid->own, second, request->seeds,
      MAX (request->min_voxels, SLIVER_VOXELS), &slivers, progress, error);
  if (done && request->absorbs_slivers) {
    lam_voxel_set_add (second, slivers.of_first);
    lam_voxel_set_subtract (second, slivers.of_second);
  } else if (done && slivers.n_pieces > 0) {
    lam_voxel_set_add (slivers.of_first, slivers.of_second);
    lam_figure_add_own_part (
        parts, g_steal_pointer (&slivers.of_first), request->label);
    ((LamFigurePart *)parts->pdata[parts->len - 1])->n_offered =
        slivers.n_pieces;
  }
  lam_slivers_clear (&slivers);
  if (done)
    lam_figure_add_said_part (
        reader, parts, take_first_side (grid, second), request->label);
  return done;
}

static bool
find_split (const LamFigureRequest *request, const LamLabelReader *reader,
    GPtrArray *parts, LamProgress *progress, GError **error)
{
  LamBox all = lam_box_of_size (reader->size);
  g_autoptr (LamVoxelSet) own =
      lam_figure_find_label (reader, request->label, &all, progress, error);
  if (!own)
    return false;
  Grid grid = { .own = own, .box = lam_voxel_set_get_box (own) };
  set_stride (&grid, reader, 1);
  while (count (&grid) > GRID_VOXELS)
    set_stride (&grid, reader, grid.stride + 1);
  bool done = cut (&grid, request, error)
      && add_parts (&grid, request, reader, parts, progress, error);
  grid_clear (&grid);
  return done && lam_progress_check (progress, error);
}

const LamFigure lam_figure_split = {
  .name = "split",
  .title = N_ ("Splitting"),
  .find = find_split,
};
