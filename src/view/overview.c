/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The fourth pane: the three slices as planes in space and the volume's box.
 * Space is in units of half the box's diagonal around its middle, x to the
 * right, y down as on the slices, z away from the viewer; seen through a
 * perspective of 30 degrees from where the whole sphere fits. */
#include <math.h>
#include <string.h>

#include "view/renderer-private.h"

#define FIELD_OF_VIEW (30 * G_PI / 180)
#define MARGIN 1.04
/* A slice here takes at most so many tiles a side. */
#define MAX_TILES_ACROSS 4
#define BOX_THICKNESS 1.0
#define AXIS_THICKNESS 2.0
#define FRAME_THICKNESS 1.5
/* Lines lie a little nearer than the planes they frame. */
#define DEPTH_BIAS 2e-4

typedef struct {
  double m[4][4]; /* row by row */
} Matrix;

static Matrix
multiply (const Matrix *a, const Matrix *b)
{
  Matrix out = { 0 };
  for (int i = 0; i < 4; i++)
    for (int j = 0; j < 4; j++)
      for (int k = 0; k < 4; k++)
        out.m[i][j] += a->m[i][k] * b->m[k][j];
  return out;
}

static double
half_diagonal_nm (const LamPane *pane)
{
  const LamCamera *camera = &pane->overview.slices[0];
  double sum = 0;
  for (int i = 0; i < 3; i++) {
    const double nm = (double)camera->size[i] * camera->voxel_size_nm[i];
    sum += nm * nm;
  }
  return sum > 0 ? 0.5 * sqrt (sum) : 1;
}

static Matrix
make_view (const LamPane *pane)
{
  const LamOverview *overview = &pane->overview;
  const double cy = cos (overview->yaw), sy = sin (overview->yaw);
  const double cp = cos (overview->pitch), sp = sin (overview->pitch);
  /* y down becomes y up, z away becomes z towards the viewer. */
  const Matrix flip = { { { 1, 0, 0, 0 }, { 0, -1, 0, 0 }, { 0, 0, -1, 0 },
      { 0, 0, 0, 1 } } };
  const Matrix yaw = { { { cy, 0, sy, 0 }, { 0, 1, 0, 0 }, { -sy, 0, cy, 0 },
      { 0, 0, 0, 1 } } };
  const Matrix pitch = { { { 1, 0, 0, 0 }, { 0, cp, -sp, 0 }, { 0, sp, cp, 0 },
      { 0, 0, 0, 1 } } };
  const double distance = MARGIN / sin (0.5 * FIELD_OF_VIEW);
  const double near = distance - MARGIN, far = distance + MARGIN;
  const double zoom = overview->zoom > 0 ? overview->zoom : 1;
  const double focal = zoom / tan (0.5 * FIELD_OF_VIEW);
  const double width = pane->width_px, height = pane->height_px;
  const double fx = focal * fmin (1, height / width);
  const double fy = focal * fmin (1, width / height);
  const double a = -(far + near) / (far - near);
  const double b = -2 * far * near / (far - near);
  const Matrix project = { { { fx, 0, 0, 0 }, { 0, fy, 0, 0 },
      { 0, 0, a, b - a * distance }, { 0, 0, -1, distance } } };
  Matrix out = multiply (&yaw, &flip);
  out = multiply (&pitch, &out);
  return multiply (&project, &out);
}

/* Voxel coordinates to space. */
static void
to_space (const LamPane *pane, const double voxel[3], double out[3])
{
  const LamCamera *camera = &pane->overview.slices[0];
  const double scale = 1 / half_diagonal_nm (pane);
  for (int i = 0; i < 3; i++)
    out[i] = (voxel[i] - 0.5 * (double)camera->size[i])
        * camera->voxel_size_nm[i] * scale;
}

static LamOverlayPoint
to_pane (const LamPane *pane, const Matrix *view, const double voxel[3])
{
  double space[3], clip[4];
  to_space (pane, voxel, space);
  for (int i = 0; i < 4; i++)
    clip[i] = view->m[i][0] * space[0] + view->m[i][1] * space[1]
        + view->m[i][2] * space[2] + view->m[i][3];
  return (LamOverlayPoint){
    (clip[0] / clip[3] + 1) * 0.5 * pane->width_px,
    (1 - clip[1] / clip[3]) * 0.5 * pane->height_px,
    clip[2] / clip[3] - DEPTH_BIAS,
  };
}

/* The whole slice in cells of a level whose texels are about a pixel. */
static GArray *
make_cells (const LamPane *pane, LamPlane plane)
{
  const LamRenderer *renderer = pane->renderer;
  LamCamera camera = pane->overview.slices[plane];
  const int u = lam_plane_u (plane), v = lam_plane_v (plane);
  const int w = lam_plane_w (plane);
  const double zoom = pane->overview.zoom > 0 ? pane->overview.zoom : 1;
  camera.nm_per_px = 2 * half_diagonal_nm (pane)
      / (zoom * MIN (pane->width_px, pane->height_px));
  int level = lam_tile_plan_choose_level (
      &camera, renderer->levels, renderer->n_levels);
  const int64_t limit = MAX_TILES_ACROSS * LAM_TILE_EDGE;
  while (level < renderer->n_levels - 1
      && (renderer->levels[level].size[u] > limit
          || renderer->levels[level].size[v] > limit))
    level++;
  LamBox whole = lam_box_of_size (camera.size);
  whole.min[w] = lam_camera_get_slice (&camera);
  whole.max[w] = whole.min[w] + 1;
  GArray *cells = g_array_new (FALSE, FALSE, sizeof (LamCell));
  lam_tile_plan_cells (plane, level, renderer->levels, &whole, cells);
  return cells;
}

static LamSliceVertex
make_corner (const LamPane *pane, const LamStandIn *image,
    const LamStandIn *label, int64_t slice, double u, double v)
{
  const LamPlane plane = label->key.plane;
  double voxel[3], space[3];
  voxel[lam_plane_u (plane)] = u;
  voxel[lam_plane_v (plane)] = v;
  voxel[lam_plane_w (plane)] = (double)slice + 0.5;
  to_space (pane, voxel, space);
  LamSliceVertex corner = { 0 };
  for (int i = 0; i < 3; i++)
    corner.position[i] = (float)space[i];
  lam_slice_picture_map (pane, image, u, v, corner.image);
  lam_slice_picture_map (pane, label, u, v, corner.label);
  /* Outlines a texel wide: a pixel has no fixed size in perspective. */
  corner.label_reach[0] = corner.label_reach[1] = 1;
  return corner;
}

static void
add_plane (LamPane *pane, LamPlane plane)
{
  LamRenderer *renderer = pane->renderer;
  g_autoptr (GArray) cells = make_cells (pane, plane);
  const int64_t slice = lam_camera_get_slice (&pane->overview.slices[plane]);
  for (guint i = 0; i < cells->len; i++) {
    const LamCell *cell = &g_array_index (cells, LamCell, i);
    const LamStandIn image =
        lam_slice_picture_find (pane, renderer->images, cell, slice);
    const LamStandIn label = lam_slice_picture_find_label (pane, cell, slice);
    const LamSliceVertex corners[] = {
      make_corner (pane, &image, &label, slice, cell->u0, cell->v0),
      make_corner (pane, &image, &label, slice, cell->u1, cell->v0),
      make_corner (pane, &image, &label, slice, cell->u0, cell->v1),
      make_corner (pane, &image, &label, slice, cell->u1, cell->v1),
    };
    lam_slice_picture_add_quad (pane, &image, &label, corners);
  }
}

static void
add_edge (const LamPane *pane, const Matrix *view, LamOverlay *overlay,
    const double from[3], const double to[3], double thickness,
    const float rgba[4])
{
  const double scale = pane->look.px_scale > 0 ? pane->look.px_scale : 1;
  lam_overlay_add_line (overlay, to_pane (pane, view, from),
      to_pane (pane, view, to), thickness * scale, rgba);
}

/* One of the four edges of a box along an axis. */
static void
find_edge (
    const LamBox *box, int axis, int corner, double from[3], double to[3])
{
  const int a = (axis + 1) % 3, b = (axis + 2) % 3;
  from[a] = to[a] = (double)(corner & 1 ? box->max[a] : box->min[a]);
  from[b] = to[b] = (double)(corner & 2 ? box->max[b] : box->min[b]);
  from[axis] = (double)box->min[axis];
  to[axis] = (double)box->max[axis];
}

static void
add_mark (const LamPane *pane, const Matrix *view, LamOverlay *overlay)
{
  const float *rgb = lam_overlay_mark_rgb ();
  const float rgba[] = { rgb[0], rgb[1], rgb[2], 1 };
  double from[3], to[3];
  for (int axis = 0; axis < 3; axis++)
    for (int corner = 0; corner < 4; corner++) {
      find_edge (&pane->look.mark, axis, corner, from, to);
      add_edge (pane, view, overlay, from, to, AXIS_THICKNESS, rgba);
    }
}

/* The twelve edges; the three at the origin in the colours of their axes. */
static void
add_box (const LamPane *pane, const Matrix *view, LamOverlay *overlay)
{
  const LamBox box = lam_box_of_size (pane->overview.slices[0].size);
  const float grey[] = { 0.62f, 0.62f, 0.65f, 0.55f };
  for (int axis = 0; axis < 3; axis++)
    for (int corner = 0; corner < 4; corner++) {
      double from[3], to[3];
      find_edge (&box, axis, corner, from, to);
      const float *rgb = lam_overlay_axis_rgb (axis);
      const float axis_rgba[] = { rgb[0], rgb[1], rgb[2], 1 };
      add_edge (pane, view, overlay, from, to,
          corner == 0 ? AXIS_THICKNESS : BOX_THICKNESS,
          corner == 0 ? axis_rgba : grey);
    }
}

/* Each plane is framed in the colour of the axis that it stands on, as is the
 * line that it draws into the other panes. */
static void
add_frame (const LamPane *pane, const Matrix *view, LamOverlay *overlay,
    LamPlane plane)
{
  const LamCamera *camera = &pane->overview.slices[plane];
  const int u = lam_plane_u (plane), v = lam_plane_v (plane);
  const int w = lam_plane_w (plane);
  const float *rgb = lam_overlay_axis_rgb (w);
  const float rgba[] = { rgb[0], rgb[1], rgb[2], 0.9f };
  static const int around[4][2] = { { 0, 0 }, { 1, 0 }, { 1, 1 }, { 0, 1 } };
  double corners[4][3];
  for (int i = 0; i < 4; i++) {
    corners[i][u] = around[i][0] * (double)camera->size[u];
    corners[i][v] = around[i][1] * (double)camera->size[v];
    corners[i][w] = (double)lam_camera_get_slice (camera) + 0.5;
  }
  for (int i = 0; i < 4; i++)
    add_edge (pane, view, overlay, corners[i], corners[(i + 1) % 4],
        FRAME_THICKNESS, rgba);
}

void
lam_overview_draw (LamPane *pane)
{
  const Matrix view = make_view (pane);
  const float *background = pane->look.background_rgb;
  glClearColor (background[0], background[1], background[2], 1);
  glDepthMask (GL_TRUE);
  glClear (GL_COLOR_BUFFER_BIT | GL_DEPTH_BUFFER_BIT);
  glEnable (GL_DEPTH_TEST);
  glDepthFunc (GL_LEQUAL);
  float columns[16];
  for (int i = 0; i < 16; i++)
    columns[i] = (float)view.m[i % 4][i / 4];
  g_array_set_size (pane->quads, 0);
  for (int plane = 0; plane < LAM_N_PLANES; plane++)
    add_plane (pane, plane);
  lam_pane_draw_quads (pane, columns);

  g_array_set_size (pane->lines, 0);
  LamOverlay overlay = { pane->lines, pane->width_px, pane->height_px };
  for (int plane = 0; plane < LAM_N_PLANES; plane++)
    add_frame (pane, &view, &overlay, plane);
  add_box (pane, &view, &overlay);
  if (!lam_box_is_empty (&pane->look.mark))
    add_mark (pane, &view, &overlay);
  /* The transparent rims of lines must hide nothing. */
  glDepthMask (GL_FALSE);
  lam_pane_draw_lines (pane);
  glDepthMask (GL_TRUE);
  glDisable (GL_DEPTH_TEST);
}

void
lam_overview_want (LamPane *pane)
{
  const LamRenderer *renderer = pane->renderer;
  for (int plane = 0; plane < LAM_N_PLANES; plane++) {
    const LamCamera *camera = &pane->overview.slices[plane];
    g_autoptr (GArray) cells = make_cells (pane, plane);
    const double centre[] = { 0.5 * (double)camera->size[lam_plane_u (plane)],
      0.5 * (double)camera->size[lam_plane_v (plane)] };
    lam_tile_plan_wants (cells, lam_camera_get_slice (camera), false, centre,
        renderer->levels, renderer->n_levels, pane->wants);
  }
}
