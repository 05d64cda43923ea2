/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "app/linked-view.h"

#include <math.h>
#include <string.h>

/* Scale, then the middle of each plane: what is remembered. */
#define N_TEXT_NUMBERS (1 + 3 * LAM_N_PLANES)
#define TEXT_WHOLE "whole"

/* How a place is shown that is to be judged. */
#define SHARE_OF_PANE 0.33
#define MAX_PX_PER_VOXEL 6.0
/* Scales that do as well: so many times farther or nearer, until it nearly
 * fills a pane. */
#define MAX_FARTHER 2.0
#define MAX_NEARER 2.7

void
lam_linked_view_init (
    LamLinkedView *view, const int64_t size[3], const double voxel_size_nm[3])
{
  *view = (LamLinkedView){ 0 };
  for (int i = 0; i < LAM_N_PLANES; i++) {
    LamCamera *camera = &view->cameras[i];
    camera->plane = i;
    camera->width_px = camera->height_px = 1;
    camera->nm_per_px = 1;
    memcpy (camera->size, size, sizeof camera->size);
    memcpy (camera->voxel_size_nm, voxel_size_nm, sizeof camera->voxel_size_nm);
    for (int axis = 0; axis < 3; axis++)
      camera->centre_nm[axis] = (double)size[axis] * voxel_size_nm[axis] / 2;
  }
}

void
lam_linked_view_set_voxel_size (
    LamLinkedView *view, const double voxel_size_nm[3])
{
  for (int i = 0; i < LAM_N_PLANES; i++) {
    LamCamera *camera = &view->cameras[i];
    for (int axis = 0; axis < 3; axis++) {
      double voxel = camera->centre_nm[axis] / camera->voxel_size_nm[axis];
      camera->centre_nm[axis] = voxel * voxel_size_nm[axis];
      camera->voxel_size_nm[axis] = voxel_size_nm[axis];
    }
  }
  lam_linked_view_fit (view, LAM_LINKED_VIEW_ALL);
}

void
lam_linked_view_set_pane_size (
    LamLinkedView *view, LamPlane plane, int width_px, int height_px)
{
  view->cameras[plane].width_px = width_px > 0 ? width_px : 1;
  view->cameras[plane].height_px = height_px > 0 ? height_px : 1;
}

static bool
sees_point (const LamCamera *camera, const double voxel[3])
{
  double x, y;
  lam_camera_voxel_to_px (camera, voxel, &x, &y);
  return x >= 0 && y >= 0 && x < camera->width_px && y < camera->height_px;
}

static void
move_centre (LamCamera *camera, int axis, const double voxel[3])
{
  camera->centre_nm[axis] = voxel[axis] * camera->voxel_size_nm[axis];
}

void
lam_linked_view_set_position (
    LamLinkedView *view, const double voxel[3], bool reveal)
{
  for (int i = 0; i < LAM_N_PLANES; i++) {
    LamCamera *camera = &view->cameras[i];
    move_centre (camera, lam_plane_w (camera->plane), voxel);
    if (!reveal || sees_point (camera, voxel))
      continue;
    move_centre (camera, lam_plane_u (camera->plane), voxel);
    move_centre (camera, lam_plane_v (camera->plane), voxel);
  }
}

void
lam_linked_view_centre (LamLinkedView *view, const double voxel[3])
{
  view->is_whole = false;
  for (int i = 0; i < LAM_N_PLANES; i++)
    for (int axis = 0; axis < 3; axis++)
      move_centre (&view->cameras[i], axis, voxel);
}

void
lam_linked_view_fit (LamLinkedView *view, unsigned planes)
{
  double nm_per_px = 0;
  for (int i = 0; i < LAM_N_PLANES; i++) {
    LamCamera *camera = &view->cameras[i];
    if (!(planes & 1u << i))
      continue;
    int w = lam_plane_w (camera->plane);
    double slice_nm = camera->centre_nm[w];
    lam_camera_fit (camera);
    camera->centre_nm[w] = slice_nm;
    nm_per_px = fmax (nm_per_px, camera->nm_per_px);
  }
  for (int i = 0; i < LAM_N_PLANES && nm_per_px > 0; i++)
    view->cameras[i].nm_per_px = nm_per_px;
  view->is_whole = true;
}

/* At which the box takes a third of each pane, and single voxels can be told
 * from each other but are no tiles. */
static double
find_scale (const LamLinkedView *view, const LamBox *box, unsigned planes)
{
  const double *nm = view->cameras[0].voxel_size_nm;
  double scale = fmin (nm[0], fmin (nm[1], nm[2])) / MAX_PX_PER_VOXEL;
  for (int i = 0; i < LAM_N_PLANES; i++) {
    const LamCamera *camera = &view->cameras[i];
    const int u = lam_plane_u (camera->plane), v = lam_plane_v (camera->plane);
    if (!(planes & 1u << i))
      continue;
    scale = fmax (scale,
        (double)(box->max[u] - box->min[u]) * nm[u]
            / (camera->width_px * SHARE_OF_PANE));
    scale = fmax (scale,
        (double)(box->max[v] - box->min[v]) * nm[v]
            / (camera->height_px * SHARE_OF_PANE));
  }
  return scale;
}

void
lam_linked_view_scale_to (
    LamLinkedView *view, const LamBox *box, unsigned planes)
{
  const double scale = find_scale (view, box, planes);
  const double now = view->cameras[0].nm_per_px;
  if (now <= scale * MAX_FARTHER && now >= scale / MAX_NEARER)
    return;
  view->is_whole = false;
  for (int i = 0; i < LAM_N_PLANES; i++)
    view->cameras[i].nm_per_px = scale;
}

void
lam_linked_view_pan (
    LamLinkedView *view, LamPlane plane, double dx_px, double dy_px)
{
  view->is_whole = false;
  lam_camera_pan (&view->cameras[plane], dx_px, dy_px);
}

void
lam_linked_view_zoom (LamLinkedView *view, LamPlane plane, double factor,
    double x_px, double y_px, const double voxel[3])
{
  LamCamera *camera = &view->cameras[plane];
  double before = camera->nm_per_px;
  view->is_whole = false;
  /* The camera limits how far one can go. */
  lam_camera_zoom_at (camera, factor, x_px, y_px);
  factor = before / camera->nm_per_px;

  for (int i = 0; i < LAM_N_PLANES; i++) {
    LamCamera *other = &view->cameras[i];
    if (i == (int)plane)
      continue;
    double x = other->width_px / 2.0, y = other->height_px / 2.0;
    if (sees_point (other, voxel))
      lam_camera_voxel_to_px (other, voxel, &x, &y);
    lam_camera_zoom_at (other, factor, x, y);
    other->nm_per_px = camera->nm_per_px;
  }
}

bool
lam_linked_view_shows (const LamLinkedView *view, const LamBox *box)
{
  for (int i = 0; i < LAM_N_PLANES; i++) {
    LamBox visible = lam_camera_get_visible_box (&view->cameras[i]);
    LamBox common = lam_box_intersect (&visible, box);
    if (!lam_box_is_empty (&common))
      return true;
  }
  return false;
}

bool
lam_linked_view_is_laid_out (const LamLinkedView *view)
{
  for (int i = 0; i < LAM_N_PLANES; i++)
    if (view->cameras[i].width_px <= 1 || view->cameras[i].height_px <= 1)
      return false;
  return true;
}

char *
lam_linked_view_to_text (const LamLinkedView *view)
{
  if (view->is_whole)
    return g_strdup (TEXT_WHOLE);
  GString *text = g_string_new (NULL);
  char number[G_ASCII_DTOSTR_BUF_SIZE];
  for (int i = 0; i < N_TEXT_NUMBERS; i++) {
    double value = i == 0 ? view->cameras[0].nm_per_px
                          : view->cameras[(i - 1) / 3].centre_nm[(i - 1) % 3];
    g_ascii_formatd (number, sizeof number, "%.9g", value);
    g_string_append_printf (text, i ? " %s" : "%s", number);
  }
  return g_string_free (text, FALSE);
}

bool
lam_linked_view_parse (LamLinkedView *view, const char *text)
{
  double values[N_TEXT_NUMBERS];
  for (int i = 0; i < N_TEXT_NUMBERS; i++) {
    char *end;
    values[i] = g_ascii_strtod (text, &end);
    if (end == text || !isfinite (values[i]) || fabs (values[i]) > 1e15)
      return false;
    text = end;
  }
  if (values[0] < 1e-6)
    return false;
  view->is_whole = false;
  for (int i = 0; i < LAM_N_PLANES; i++) {
    view->cameras[i].nm_per_px = values[0];
    memcpy (view->cameras[i].centre_nm, &values[1 + 3 * i],
        sizeof view->cameras[i].centre_nm);
  }
  return true;
}
