/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Factors of levels are powers of two and tiles have 256 texels, so a tile of
 * one level always lies inside one tile of any coarser level: a stand-in is
 * one division away. */
#include "view/tile-plan.h"

#define MAX_TEXEL_PX 1.4
/* A pane never needs more; it bounds what a senseless camera can ask for. */
#define MAX_CELLS 4096

int
lam_tile_plan_choose_level (
    const LamCamera *camera, const LamLevel *levels, int n_levels)
{
  const int u = lam_plane_u (camera->plane);
  const int v = lam_plane_v (camera->plane);
  int chosen = 0;
  for (int i = 1; i < n_levels; i++) {
    const double across =
        camera->voxel_size_nm[u] * (double)levels[i].factor[u];
    const double down = camera->voxel_size_nm[v] * (double)levels[i].factor[v];
    if (MIN (across, down) > MAX_TEXEL_PX * camera->nm_per_px)
      break;
    chosen = i;
  }
  return chosen;
}

void
lam_tile_plan_cells (LamPlane plane, int level, const LamLevel *levels,
    const LamBox *visible, GArray *cells)
{
  if (lam_box_is_empty (visible))
    return;
  const int u = lam_plane_u (plane), v = lam_plane_v (plane);
  const int w = lam_plane_w (plane);
  const int64_t *size = levels[0].size;
  const int64_t du = LAM_TILE_EDGE * levels[level].factor[u];
  const int64_t dv = LAM_TILE_EDGE * levels[level].factor[v];
  const int64_t slice = visible->min[w] / levels[level].factor[w];
  for (int64_t j = visible->min[v] / dv; j * dv < visible->max[v]; j++)
    for (int64_t i = visible->min[u] / du; i * du < visible->max[u]; i++) {
      const LamCell cell = {
        .key = { plane, level, (int32_t)slice, (int32_t)i, (int32_t)j },
        .u0 = (double)(i * du),
        .v0 = (double)(j * dv),
        .u1 = (double)MIN ((i + 1) * du, size[u]),
        .v1 = (double)MIN ((j + 1) * dv, size[v]),
      };
      if (cells->len >= MAX_CELLS)
        return;
      g_array_append_val (cells, cell);
    }
}

LamTileKey
lam_tile_plan_parent (
    const LamCell *cell, int64_t slice, int level, const LamLevel *levels)
{
  const LamPlane plane = cell->key.plane;
  const int u = lam_plane_u (plane), v = lam_plane_v (plane);
  const int w = lam_plane_w (plane);
  const LamLevel *fine = &levels[cell->key.level];
  const LamLevel *coarse = &levels[level];
  return (LamTileKey){
    .plane = plane,
    .level = level,
    .slice = (int32_t)(slice / coarse->factor[w]),
    .u = (int32_t)(cell->key.u / (coarse->factor[u] / fine->factor[u])),
    .v = (int32_t)(cell->key.v / (coarse->factor[v] / fine->factor[v])),
  };
}

static void
add_want (GArray *wants, LamTileKey key, LamWantRank rank, double distance)
{
  const LamWant want = { key, rank, distance };
  g_array_append_val (wants, want);
}

/* Neighbouring cells mostly share their coarsest tile. */
static bool
is_last_key (const GArray *wants, const LamTileKey *key)
{
  if (wants->len == 0)
    return false;
  const LamWant *last = &g_array_index (wants, LamWant, wants->len - 1);
  return lam_tile_key_equal (&last->key, key);
}

static double
distance_in_tiles (const LamCell *cell, const double centre[2])
{
  const double side = MAX (cell->u1 - cell->u0, cell->v1 - cell->v0);
  const double du = (0.5 * (cell->u0 + cell->u1) - centre[0]) / side;
  const double dv = (0.5 * (cell->v0 + cell->v1) - centre[1]) / side;
  return du * du + dv * dv;
}

void
lam_tile_plan_wants (const GArray *cells, int64_t slice, bool ahead,
    const double centre[2], const LamLevel *levels, int n_levels, GArray *wants)
{
  for (guint i = 0; i < cells->len; i++) {
    const LamCell *cell = &g_array_index (cells, LamCell, i);
    const LamTileKey key =
        lam_tile_plan_parent (cell, slice, n_levels - 1, levels);
    if (!is_last_key (wants, &key))
      add_want (wants, key, LAM_WANT_COARSE, distance_in_tiles (cell, centre));
  }
  for (guint i = 0; i < cells->len; i++) {
    const LamCell *cell = &g_array_index (cells, LamCell, i);
    const double distance = distance_in_tiles (cell, centre);
    add_want (wants, cell->key, LAM_WANT_FIT, distance);
    if (!ahead)
      continue;
    const LamLevel *level = &levels[cell->key.level];
    const int64_t n_slices = level->size[lam_plane_w (cell->key.plane)];
    for (int step = 1; step >= -1; step -= 2) {
      LamTileKey next = cell->key;
      next.slice += step;
      if (next.slice >= 0 && next.slice < n_slices)
        add_want (wants, next, LAM_WANT_AHEAD, distance);
    }
  }
}

LamBox
lam_tile_plan_tile_box (
    const LamTileKey *key, const LamLevel *levels, bool with_apron)
{
  const int64_t *factor = levels[key->level].factor;
  const int u = lam_plane_u (key->plane), v = lam_plane_v (key->plane);
  const int w = lam_plane_w (key->plane);
  const int64_t apron = with_apron ? LAM_TILE_APRON : 0;
  LamBox box;
  box.min[u] = ((int64_t)key->u * LAM_TILE_EDGE - apron) * factor[u];
  box.max[u] = box.min[u] + (LAM_TILE_EDGE + 2 * apron) * factor[u];
  box.min[v] = ((int64_t)key->v * LAM_TILE_EDGE - apron) * factor[v];
  box.max[v] = box.min[v] + (LAM_TILE_EDGE + 2 * apron) * factor[v];
  box.min[w] = key->slice * factor[w];
  box.max[w] = box.min[w] + factor[w];
  return box;
}
