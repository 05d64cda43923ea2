/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Voxels, nanometres and pane pixels are joined by one scale a pane
 * (nm_per_px) and one a voxel axis; everything here is that sum, in double, so
 * that a volume of 10^6 voxels still lands on the right pixel. */
#include "view/camera.h"

#include <math.h>

/* Free room around a fitted slice, as a share of the pane. */
#define FIT_MARGIN 0.04
/* Closest: so many pixels a voxel. Farthest: so many times the fitted view. */
#define MAX_PX_PER_VOXEL 256.0
#define MAX_TIMES_FIT 16.0

static double
clamp (double x, double low, double high)
{
  return x < low ? low : x > high ? high : x;
}

static double
extent_nm (const LamCamera *camera, int axis)
{
  return (double)camera->size[axis] * camera->voxel_size_nm[axis];
}

int64_t
lam_camera_get_slice (const LamCamera *camera)
{
  const int w = lam_plane_w (camera->plane);
  const double slice = floor (camera->centre_nm[w] / camera->voxel_size_nm[w]);
  const double last = (double)(camera->size[w] > 0 ? camera->size[w] - 1 : 0);
  return (int64_t)clamp (slice, 0, last);
}

void
lam_camera_px_to_voxel (
    const LamCamera *camera, double x_px, double y_px, double voxel[3])
{
  const int u = lam_plane_u (camera->plane);
  const int v = lam_plane_v (camera->plane);
  const double du = (x_px - 0.5 * camera->width_px) * camera->nm_per_px;
  const double dv = (y_px - 0.5 * camera->height_px) * camera->nm_per_px;
  voxel[u] = (camera->centre_nm[u] + du) / camera->voxel_size_nm[u];
  voxel[v] = (camera->centre_nm[v] + dv) / camera->voxel_size_nm[v];
  voxel[lam_plane_w (camera->plane)] = lam_camera_get_slice (camera) + 0.5;
}

void
lam_camera_voxel_to_px (
    const LamCamera *camera, const double voxel[3], double *x_px, double *y_px)
{
  const int u = lam_plane_u (camera->plane);
  const int v = lam_plane_v (camera->plane);
  const double du = voxel[u] * camera->voxel_size_nm[u] - camera->centre_nm[u];
  const double dv = voxel[v] * camera->voxel_size_nm[v] - camera->centre_nm[v];
  *x_px = 0.5 * camera->width_px + du / camera->nm_per_px;
  *y_px = 0.5 * camera->height_px + dv / camera->nm_per_px;
}

/* The scale at which the whole slice is seen with its margin. */
static double
fit_nm_per_px (const LamCamera *camera)
{
  const double room = 1 - 2 * FIT_MARGIN;
  const double width = room * (camera->width_px > 0 ? camera->width_px : 1);
  const double height = room * (camera->height_px > 0 ? camera->height_px : 1);
  const double across = extent_nm (camera, lam_plane_u (camera->plane)) / width;
  const double down = extent_nm (camera, lam_plane_v (camera->plane)) / height;
  const double scale = across > down ? across : down;
  return scale > 0 ? scale : 1;
}

void
lam_camera_zoom_at (LamCamera *camera, double factor, double x_px, double y_px)
{
  const int u = lam_plane_u (camera->plane);
  const int v = lam_plane_v (camera->plane);
  const double finest =
      fmin (camera->voxel_size_nm[u], camera->voxel_size_nm[v]);
  const double old_scale = camera->nm_per_px;
  const double closest = finest / MAX_PX_PER_VOXEL;
  const double farthest =
      fmax (closest, MAX_TIMES_FIT * fit_nm_per_px (camera));
  if (!(factor > 0))
    return;
  camera->nm_per_px = clamp (old_scale / factor, closest, farthest);
  const double moved = old_scale - camera->nm_per_px;
  camera->centre_nm[u] += (x_px - 0.5 * camera->width_px) * moved;
  camera->centre_nm[v] += (y_px - 0.5 * camera->height_px) * moved;
}

void
lam_camera_pan (LamCamera *camera, double dx_px, double dy_px)
{
  camera->centre_nm[lam_plane_u (camera->plane)] -= dx_px * camera->nm_per_px;
  camera->centre_nm[lam_plane_v (camera->plane)] -= dy_px * camera->nm_per_px;
}

void
lam_camera_fit (LamCamera *camera)
{
  const int u = lam_plane_u (camera->plane);
  const int v = lam_plane_v (camera->plane);
  camera->nm_per_px = fit_nm_per_px (camera);
  camera->centre_nm[u] = 0.5 * extent_nm (camera, u);
  camera->centre_nm[v] = 0.5 * extent_nm (camera, v);
}

LamBox
lam_camera_get_visible_box (const LamCamera *camera)
{
  double low[3], high[3];
  lam_camera_px_to_voxel (camera, 0, 0, low);
  lam_camera_px_to_voxel (camera, camera->width_px, camera->height_px, high);
  LamBox box;
  for (int i = 0; i < 3; i++) {
    /* Clipped before the cast: a far away view must not overflow. */
    const double size = (double)camera->size[i];
    box.min[i] = (int64_t)floor (clamp (low[i], 0, size));
    box.max[i] = (int64_t)ceil (clamp (high[i], 0, size));
  }
  const int w = lam_plane_w (camera->plane);
  box.min[w] = lam_camera_get_slice (camera);
  box.max[w] = box.min[w] + 1;
  return box;
}
