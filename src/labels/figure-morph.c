/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Changes the shape of a label by a radius in nm, by exact distances between
 * the centres of voxels, in the slice or in space; or smooths it with a
 * Gaussian. Tile by tile, each with as much around it as counts, so that the
 * memory does not grow with the label and the tiles leave no trace. What lies
 * beyond the volume counts as what is at its border. */
#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

#include "base/error.h"
#include "labels/distance-map.h"
#include "labels/figure-rows.h"

#define TILE 160
/* More around a tile than this takes too much memory. */
#define MAX_HALO 400

typedef struct {
  int64_t size[3];
  double nm[3];
  double radius_nm;
  float *room; /* as many as there are voxels */
  bool *other;
} Tile;

typedef void (*Change) (Tile *tile, bool *mask);

static int64_t
count (const Tile *tile)
{
  return tile->size[0] * tile->size[1] * tile->size[2];
}

static void
grow (Tile *tile, bool *mask)
{
  const float limit = (float)(tile->radius_nm * tile->radius_nm);
  for (int64_t i = 0; i < count (tile); i++)
    tile->other[i] = !mask[i];
  lam_distance_map (tile->other, tile->size, tile->nm, tile->room);
  for (int64_t i = 0; i < count (tile); i++)
    mask[i] = tile->room[i] <= limit;
}

static void
shrink (Tile *tile, bool *mask)
{
  const float limit = (float)(tile->radius_nm * tile->radius_nm);
  lam_distance_map (mask, tile->size, tile->nm, tile->room);
  for (int64_t i = 0; i < count (tile); i++)
    mask[i] = tile->room[i] > limit;
}

static void
open_mask (Tile *tile, bool *mask)
{
  shrink (tile, mask);
  grow (tile, mask);
}

static void
close_mask (Tile *tile, bool *mask)
{
  grow (tile, mask);
  shrink (tile, mask);
}

/* Along one axis, in place; weights beyond the tile's ends are left out. */
static void
blur_axis (Tile *tile, int axis)
{
  const double sigma = tile->radius_nm / 2 / tile->nm[axis];
  const int64_t n = tile->size[axis], reach = (int64_t)ceil (3 * sigma);
  int64_t stride = 1;
  for (int a = 0; a < axis; a++)
    stride *= tile->size[a];
  if (n < 2 || sigma < 0.2)
    return;
  g_autofree float *weights = g_new (float, reach + 1);
  g_autofree float *line = g_new (float, n);
  for (int64_t i = 0; i <= reach; i++)
    weights[i] = (float)exp (-0.5 * (double)(i * i) / (sigma * sigma));
  for (int64_t start = 0; start < count (tile); start++) {
    if (start / stride % n != 0)
      continue;
    for (int64_t i = 0; i < n; i++)
      line[i] = tile->room[start + i * stride];
    for (int64_t i = 0; i < n; i++) {
      float sum = 0, weight = 0;
      for (int64_t j = MAX (i - reach, 0); j <= MIN (i + reach, n - 1); j++) {
        sum += weights[ABS (j - i)] * line[j];
        weight += weights[ABS (j - i)];
      }
      tile->room[start + i * stride] = sum / weight;
    }
  }
}

static void
smooth (Tile *tile, bool *mask)
{
  for (int64_t i = 0; i < count (tile); i++)
    tile->room[i] = mask[i];
  for (int axis = 0; axis < 3; axis++)
    blur_axis (tile, axis);
  for (int64_t i = 0; i < count (tile); i++)
    mask[i] = tile->room[i] > 0.5f;
}

/* --- tile by tile --------------------------------------------------------- */

typedef struct {
  const LamVoxelSet *own;
  LamBox limit; /* the slice or the volume */
  int64_t halo[3];
  double nm[3], radius_nm;
  Change change;
  LamVoxelSet *changed;
} Morph;

static LamBox
grow_box (const LamBox *box, const int64_t by[3], const LamBox *limit)
{
  LamBox out = *box;
  for (int i = 0; i < 3; i++) {
    out.min[i] -= by[i];
    out.max[i] += by[i];
  }
  return lam_box_intersect (&out, limit);
}

/* The part of a dense mask of `from` that lies in `to`, to its beginning. */
static void
crop (bool *mask, const LamBox *from, const LamBox *to)
{
  const int64_t nx = from->max[0] - from->min[0],
                ny = from->max[1] - from->min[1],
                width = to->max[0] - to->min[0];
  bool *out = mask;
  for (int64_t z = to->min[2]; z < to->max[2]; z++)
    for (int64_t y = to->min[1]; y < to->max[1]; y++, out += width)
      memmove (out,
          mask + to->min[0] - from->min[0]
              + nx * (y - from->min[1] + ny * (z - from->min[2])),
          (size_t)width);
}

static bool
do_tile (Morph *morph, const LamBox *box, GError **error)
{
  LamBox around = grow_box (box, morph->halo, &morph->limit);
  const size_t n = (size_t)lam_box_volume (&around);
  g_autofree bool *mask = g_try_malloc (n);
  g_autofree bool *other = g_try_malloc (n);
  g_autofree float *room = g_try_malloc (n * sizeof (float));
  if (!mask || !other || !room) {
    g_set_error (error, LAM_ERROR, LAM_ERROR_LIMIT,
        _ ("There is no memory for %zu voxels: choose a smaller radius"), n);
    return false;
  }
  lam_voxel_set_copy_mask (morph->own, &around, mask);
  if (!memchr (mask, true, n))
    return true;
  Tile tile = { .radius_nm = morph->radius_nm, .room = room, .other = other };
  for (int i = 0; i < 3; i++) {
    tile.size[i] = around.max[i] - around.min[i];
    tile.nm[i] = morph->nm[i];
  }
  morph->change (&tile, mask);
  crop (mask, &around, box);
  lam_voxel_set_add_mask (morph->changed, box, mask);
  return true;
}

static bool
do_tiles (
    Morph *morph, const LamBox *box, LamProgress *progress, GError **error)
{
  int64_t n[3], total = 1;
  for (int i = 0; i < 3; i++) {
    n[i] = lam_divide_up (box->max[i] - box->min[i], TILE);
    total *= n[i];
  }
  for (int64_t i = 0; i < total; i++) {
    const int64_t at[3] = { i % n[0], i / n[0] % n[1], i / n[0] / n[1] };
    LamBox part;
    for (int a = 0; a < 3; a++) {
      part.min[a] = box->min[a] + at[a] * TILE;
      part.max[a] = MIN (part.min[a] + TILE, box->max[a]);
    }
    if (!lam_progress_check (progress, error) || !do_tile (morph, &part, error))
      return false;
    lam_progress_set (progress, i + 1, total);
  }
  return true;
}

static LamVoxelSet *
difference (const LamVoxelSet *a, const LamVoxelSet *b)
{
  LamVoxelSet *out = lam_voxel_set_new (lam_voxel_set_get_size (a));
  lam_voxel_set_add (out, a);
  lam_voxel_set_subtract (out, b);
  return out;
}

static void
add_if_any (GPtrArray *parts, LamVoxelSet *set, uint32_t label, bool is_own)
{
  if (lam_voxel_set_is_empty (set))
    lam_voxel_set_free (set);
  else if (is_own)
    lam_figure_add_own_part (parts, set, label);
  else
    lam_figure_add_part (parts, set, label);
}

static bool
check_radius (const Morph *morph, GError **error)
{
  if (morph->radius_nm > 0 && isfinite (morph->radius_nm)
      && morph->halo[0] <= MAX_HALO && morph->halo[1] <= MAX_HALO
      && morph->halo[2] <= MAX_HALO)
    return true;
  g_set_error (error, LAM_ERROR, LAM_ERROR_INPUT,
      _ ("A radius of %g nm cannot be: it must be above 0 and reach over at "
         "most %d voxels"),
      morph->radius_nm, MAX_HALO / 2);
  return false;
}

static bool
find_changed (const LamFigureRequest *request, const LamLabelReader *reader,
    Change change, GPtrArray *parts, LamProgress *progress, GError **error)
{
  g_autoptr (LamProgress) first = lam_progress_new_part (progress, 0, 1, 2);
  g_autoptr (LamProgress) second = lam_progress_new_part (progress, 1, 2, 2);
  Morph morph = { .limit = lam_figure_get_box (request, reader),
    .radius_nm = request->radius_nm,
    .change = change };
  for (int i = 0; i < 3; i++) {
    bool is_flat = !request->in_space && i == lam_plane_w (request->plane);
    morph.nm[i] = reader->voxel_size_nm[i];
    morph.halo[i] = is_flat
        ? 0
        : 2 * (int64_t)ceil (fmin (request->radius_nm / morph.nm[i], 1e6)) + 1;
  }
  if (!check_radius (&morph, error))
    return false;
  g_autoptr (LamVoxelSet) own = lam_figure_find_label (
      reader, request->label, &morph.limit, first, error);
  if (!own)
    return false;
  g_autoptr (LamVoxelSet) changed = lam_voxel_set_new (reader->size);
  morph.own = own;
  morph.changed = changed;
  LamBox box = lam_voxel_set_get_box (own);
  box = grow_box (&box, morph.halo, &morph.limit);
  if (!do_tiles (&morph, &box, second, error))
    return false;
  add_if_any (parts, difference (own, changed), 0, true);
  add_if_any (parts, difference (changed, own), request->label, false);
  return true;
}

#define ROW(function, change, row_name, row_title) \
  static bool find_##function (const LamFigureRequest *request, \
      const LamLabelReader *reader, GPtrArray *parts, LamProgress *progress, \
      GError **error) \
  { \
    return find_changed (request, reader, change, parts, progress, error); \
  } \
  const LamFigure lam_figure_##function = { \
    .name = row_name, \
    .title = row_title, \
    .has_radius = true, \
    .find = find_##function, \
  }

ROW (grow, grow, "grow", N_ ("Growing"));
ROW (shrink, shrink, "shrink", N_ ("Shrinking"));
ROW (open, open_mask, "open", N_ ("Opening"));
ROW (close, close_mask, "close", N_ ("Closing"));
ROW (smooth, smooth, "smooth", N_ ("Smoothing"));
