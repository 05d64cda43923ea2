/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* A slice pane: the visible part of the slice in cells of the level that fits,
 * each drawn with the finest tiles that are resident, and the marks over it.
 * Corners are computed in double and cropped to the pane before they become
 * floats, so that a far zoom into a large volume stays sharp. */
#include <math.h>

#include "view/renderer-private.h"

/* Pixels, for a pane of one device pixel a logical one. */
#define CROSSHAIR_GAP 12.0
#define CROSSHAIR_THICKNESS 1.0
#define CROSSHAIR_HALO 3.0
#define MARK_GAP 5.0
#define MARK_LEG 14.0
#define MARK_THICKNESS 1.75
#define MARK_HALO 4.0
#define CURSOR_THICKNESS 1.25
#define CURSOR_HALO 3.5
#define CURSOR_MIN_RADIUS 2.0

static double
px_scale (const LamPane *pane)
{
  return pane->look.px_scale > 0 ? pane->look.px_scale : 1;
}

LamStandIn
lam_slice_picture_find (
    LamPane *pane, LamTileStore *store, const LamCell *cell, int64_t slice)
{
  LamTileCache *cache = lam_tile_store_get_cache (store);
  const LamRenderer *renderer = pane->renderer;
  LamStandIn found = { cell->key, -1 };
  for (int level = cell->key.level; level < renderer->n_levels; level++) {
    found.key = lam_tile_plan_parent (cell, slice, level, renderer->levels);
    found.layer = lam_tile_cache_find (cache, &found.key);
    if (found.layer >= 0)
      break;
  }
  if (found.layer >= 0 && found.key.level > pane->coarsest_drawn)
    pane->coarsest_drawn = found.key.level;
  /* What cannot come is not waited for. */
  if (!lam_tile_cache_is_fresh (cache, &cell->key)
      && lam_tile_store_is_awaited (store, &cell->key))
    pane->complete = false;
  return found;
}

LamTileStore *
lam_slice_picture_get_labels (const LamPane *pane)
{
  return pane->renderer->labels[pane->look.map];
}

LamStandIn
lam_slice_picture_find_label (LamPane *pane, const LamCell *cell, int64_t slice)
{
  LamRenderer *renderer = pane->renderer;
  const LamStandIn none = { cell->key, -1 };
  LamTileStore *store = lam_slice_picture_get_labels (pane);
  LamTileCache *cache = lam_tile_store_get_cache (store);
  if (renderer->label_tiles == NULL || cache == NULL)
    return none;
  const LamStandIn found = lam_slice_picture_find (pane, store, cell, slice);
  if (pane->look.hide_labels || lam_tile_cache_is_blank (cache, &found.key))
    return none;
  return found;
}

void
lam_slice_picture_add_quad (LamPane *pane, const LamStandIn *image,
    const LamStandIn *label, const LamSliceVertex corners[4])
{
  static const int order[] = { 0, 1, 2, 2, 1, 3 };
  LamQuad quad = {
    .image_page = MAX (image->layer, 0) / LAM_TILE_PAGE_LAYERS,
    .label_page = label->layer < 0 ? -1 : label->layer / LAM_TILE_PAGE_LAYERS,
  };
  for (size_t i = 0; i < G_N_ELEMENTS (order); i++)
    quad.corners[i] = corners[order[i]];
  g_array_append_val (pane->quads, quad);
}

void
lam_slice_picture_map (const LamPane *pane, const LamStandIn *tile, double u,
    double v, float out[3])
{
  const int64_t *factor = pane->renderer->levels[tile->key.level].factor;
  const double fu = (double)factor[lam_plane_u (tile->key.plane)];
  const double fv = (double)factor[lam_plane_v (tile->key.plane)];
  const double s = u / fu - (double)tile->key.u * LAM_TILE_EDGE;
  const double t = v / fv - (double)tile->key.v * LAM_TILE_EDGE;
  out[0] = (float)((s + LAM_TILE_APRON) / LAM_TILE_TEXELS);
  out[1] = (float)((t + LAM_TILE_APRON) / LAM_TILE_TEXELS);
  out[2] =
      tile->layer < 0 ? -1.0f : (float)(tile->layer % LAM_TILE_PAGE_LAYERS);
}

static LamSliceVertex
make_corner (const LamPane *pane, const LamStandIn *image,
    const LamStandIn *label, double u, double v)
{
  const LamCamera *camera = &pane->camera;
  const int u_axis = lam_plane_u (camera->plane);
  const int v_axis = lam_plane_v (camera->plane);
  const int64_t *factor = pane->renderer->levels[label->key.level].factor;
  const double nm = camera->nm_per_px * px_scale (pane);
  LamSliceVertex corner = { 0 };
  double voxel[3] = { 0 }, x, y;
  voxel[u_axis] = u;
  voxel[v_axis] = v;
  lam_camera_voxel_to_px (camera, voxel, &x, &y);
  corner.position[0] = (float)x;
  corner.position[1] = (float)y;
  lam_slice_picture_map (pane, image, u, v, corner.image);
  lam_slice_picture_map (pane, label, u, v, corner.label);
  corner.label_reach[0] =
      (float)(nm / camera->voxel_size_nm[u_axis] / (double)factor[u_axis]);
  corner.label_reach[1] =
      (float)(nm / camera->voxel_size_nm[v_axis] / (double)factor[v_axis]);
  return corner;
}

/* `theirs`: with another person's labels, where there are any. */
static void
add_cell (LamPane *pane, LamCell cell, int64_t slice, bool theirs)
{
  LamRenderer *renderer = pane->renderer;
  const LamCamera *camera = &pane->camera;
  const int u = lam_plane_u (camera->plane), v = lam_plane_v (camera->plane);
  double low[3], high[3];
  lam_camera_px_to_voxel (camera, -1, -1, low);
  lam_camera_px_to_voxel (
      camera, camera->width_px + 1, camera->height_px + 1, high);
  cell.u0 = fmax (cell.u0, low[u]);
  cell.v0 = fmax (cell.v0, low[v]);
  cell.u1 = fmin (cell.u1, high[u]);
  cell.v1 = fmin (cell.v1, high[v]);
  const LamStandIn image =
      lam_slice_picture_find (pane, renderer->images, &cell, slice);
  const LamStandIn label = theirs
      ? lam_their_layer_find (pane, &cell, slice)
      : lam_slice_picture_find_label (pane, &cell, slice);
  if (theirs && label.layer < 0)
    return;
  const LamSliceVertex corners[] = {
    make_corner (pane, &image, &label, cell.u0, cell.v0),
    make_corner (pane, &image, &label, cell.u1, cell.v0),
    make_corner (pane, &image, &label, cell.u0, cell.v1),
    make_corner (pane, &image, &label, cell.u1, cell.v1),
  };
  lam_slice_picture_add_quad (pane, &image, &label, corners);
}

static GArray *
make_cells (LamPane *pane)
{
  const LamRenderer *renderer = pane->renderer;
  GArray *cells = g_array_new (FALSE, FALSE, sizeof (LamCell));
  const LamBox visible = lam_camera_get_visible_box (&pane->camera);
  const int level = lam_tile_plan_choose_level (
      &pane->camera, renderer->levels, renderer->n_levels);
  lam_tile_plan_cells (
      pane->camera.plane, level, renderer->levels, &visible, cells);
  return cells;
}

static void
add_cells (LamPane *pane, const GArray *cells, bool theirs)
{
  const int64_t slice = lam_camera_get_slice (&pane->camera);
  g_array_set_size (pane->quads, 0);
  for (guint i = 0; i < cells->len; i++)
    add_cell (pane, g_array_index (cells, LamCell, i), slice, theirs);
}

void
lam_slice_picture_draw (LamPane *pane)
{
  g_autoptr (GArray) cells = make_cells (pane);
  const float *background = pane->look.background_rgb;
  glClearColor (background[0], background[1], background[2], 1);
  glClear (GL_COLOR_BUFFER_BIT);
  add_cells (pane, cells, false);
  /* Pane pixels to normalised device coordinates. */
  const float matrix[16] = {
    [0] = 2.0f / (float)pane->width_px,
    [5] = -2.0f / (float)pane->height_px,
    [10] = 1,
    [12] = -1,
    [13] = 1,
    [15] = 1,
  };
  lam_pane_draw_quads (pane, matrix);
  if (!pane->look.show_theirs || pane->look.hide_labels)
    return;
  add_cells (pane, cells, true);
  if (pane->quads->len > 0)
    lam_pane_draw_their_quads (pane, matrix);
}

void
lam_slice_picture_want (LamPane *pane)
{
  const LamRenderer *renderer = pane->renderer;
  const LamCamera *camera = &pane->camera;
  const LamLook *look = &pane->look;
  g_autoptr (GArray) cells = make_cells (pane);
  const int axes[] = { lam_plane_u (camera->plane),
    lam_plane_v (camera->plane) };
  const double *middle =
      look->show_crosshair ? look->crosshair_nm : camera->centre_nm;
  double centre[2];
  for (int i = 0; i < 2; i++)
    centre[i] = middle[axes[i]] / camera->voxel_size_nm[axes[i]];
  const bool ahead =
      lam_volume_is_plane_ready (renderer->volume, camera->plane);
  lam_tile_plan_wants (cells, lam_camera_get_slice (camera), ahead, centre,
      renderer->levels, renderer->n_levels, pane->wants);
}

static void
add_ray (LamOverlay *overlay, LamOverlayPoint from, LamOverlayPoint to,
    double scale, const float rgb[3])
{
  const float halo[] = { 0, 0, 0, 0.28f };
  const float colour[] = { rgb[0], rgb[1], rgb[2], 0.85f };
  lam_overlay_add_line (overlay, from, to, CROSSHAIR_HALO * scale, halo);
  lam_overlay_add_line (overlay, from, to, CROSSHAIR_THICKNESS * scale, colour);
}

/* The lines are where the other two planes cut this one, each in the colour of
 * the axis that it stands on. */
static void
add_crosshair (LamPane *pane, LamOverlay *overlay)
{
  const LamCamera *camera = &pane->camera;
  const double scale = px_scale (pane), gap = CROSSHAIR_GAP * scale;
  double voxel[3], x, y;
  for (int i = 0; i < 3; i++)
    voxel[i] = pane->look.crosshair_nm[i] / camera->voxel_size_nm[i];
  lam_camera_voxel_to_px (camera, voxel, &x, &y);
  /* On the middle of a pixel, so that a line of one pixel is sharp. */
  x = floor (x) + 0.5;
  y = floor (y) + 0.5;
  const double right = camera->width_px, bottom = camera->height_px;
  const float *u_rgb = lam_overlay_axis_rgb (lam_plane_u (camera->plane));
  const float *v_rgb = lam_overlay_axis_rgb (lam_plane_v (camera->plane));
  typedef LamOverlayPoint P;
  if (x >= 0 && x < right) {
    if (y - gap > 0)
      add_ray (overlay, (P){ x, 0 }, (P){ x, y - gap }, scale, u_rgb);
    if (y + gap < bottom)
      add_ray (overlay, (P){ x, y + gap }, (P){ x, bottom }, scale, u_rgb);
  }
  if (y >= 0 && y < bottom) {
    if (x - gap > 0)
      add_ray (overlay, (P){ 0, y }, (P){ x - gap, y }, scale, v_rgb);
    if (x + gap < right)
      add_ray (overlay, (P){ x + gap, y }, (P){ right, y }, scale, v_rgb);
  }
}

static void
add_cursor (LamPane *pane, LamOverlay *overlay)
{
  const LamCamera *camera = &pane->camera;
  const LamBrushCursor *cursor = &pane->cursor;
  const double scale = px_scale (pane);
  double voxel[3], x, y;
  for (int i = 0; i < 3; i++)
    voxel[i] = cursor->centre_nm[i] / camera->voxel_size_nm[i];
  lam_camera_voxel_to_px (camera, voxel, &x, &y);
  const double radius =
      fmax (cursor->radius_nm / camera->nm_per_px, CURSOR_MIN_RADIUS * scale);
  /* A light line in a dark one is seen over black, white and every colour. */
  const float halo[] = { 0, 0, 0, 0.55f };
  float line[4] = { 0, 0, 0, 1 };
  for (int i = 0; i < 3; i++) {
    const float channel = (float)(cursor->rgb >> (16 - 8 * i) & 0xff) / 255;
    line[i] = 0.45f * channel + 0.55f;
  }
  lam_overlay_add_circle (overlay, x, y, radius, CURSOR_HALO * scale, halo);
  lam_overlay_add_circle (
      overlay, x, y, radius, CURSOR_THICKNESS * scale, line);
}

/* A corner of the mark: two legs from it towards the others. */
static void
add_mark_corner (LamOverlay *overlay, LamOverlayPoint corner,
    const double legs[2], double thickness_px, const float rgba[4])
{
  const double half = 0.5 * thickness_px;
  /* So that the legs meet in a full corner. */
  const LamOverlayPoint ends[] = {
    { corner.x + legs[0], corner.y, 0 },
    { corner.x, corner.y + legs[1], 0 },
    { corner.x - copysign (half, legs[0]), corner.y, 0 },
  };
  lam_overlay_add_line (overlay, ends[2], ends[0], thickness_px, rgba);
  lam_overlay_add_line (overlay, corner, ends[1], thickness_px, rgba);
}

/* Corners around the place, not lines: what is to be judged lies at its rim. In
 * slices that do not meet it they are faint. */
static void
add_mark (LamPane *pane, LamOverlay *overlay)
{
  const LamCamera *camera = &pane->camera;
  const LamBox *mark = &pane->look.mark;
  const int w = lam_plane_w (camera->plane);
  const int64_t slice = lam_camera_get_slice (camera);
  const bool is_met = slice >= mark->min[w] && slice < mark->max[w];
  const double scale = px_scale (pane), gap = MARK_GAP * scale;
  const float halo[] = { 0, 0, 0, is_met ? 0.55f : 0.2f };
  const float *rgb = lam_overlay_mark_rgb ();
  const float colour[] = { rgb[0], rgb[1], rgb[2], is_met ? 1 : 0.35f };
  double low[3], high[3], x[2], y[2];
  for (int i = 0; i < 3; i++) {
    low[i] = (double)mark->min[i];
    high[i] = (double)mark->max[i];
  }
  lam_camera_voxel_to_px (camera, low, &x[0], &y[0]);
  lam_camera_voxel_to_px (camera, high, &x[1], &y[1]);
  const double leg_x = fmin (MARK_LEG * scale, (x[1] - x[0]) / 3 + gap);
  const double leg_y = fmin (MARK_LEG * scale, (y[1] - y[0]) / 3 + gap);
  for (int pass = 0; pass < 2; pass++)
    for (int i = 0; i < 4; i++) {
      const int right = i % 2, below = i / 2;
      const LamOverlayPoint corner = { x[right] + (right ? gap : -gap),
        y[below] + (below ? gap : -gap), 0 };
      const double legs[] = { right ? -leg_x : leg_x, below ? -leg_y : leg_y };
      add_mark_corner (overlay, corner, legs,
          (pass ? MARK_THICKNESS : MARK_HALO) * scale, pass ? colour : halo);
    }
}

void
lam_slice_picture_add_marks (LamPane *pane, LamOverlay *overlay)
{
  if (!lam_box_is_empty (&pane->look.mark))
    add_mark (pane, overlay);
  if (pane->look.show_crosshair)
    add_crosshair (pane, overlay);
  if (pane->sketch)
    lam_sketch_draw (pane->sketch, &pane->camera, px_scale (pane), overlay);
  if (pane->cursor.visible && pane->cursor.plane == pane->camera.plane)
    add_cursor (pane, overlay);
}
