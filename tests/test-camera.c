/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Cameras: pixels and voxels are each other's inverse, zooming keeps the point
 * under the pointer, and what is visible is clipped. */
#include "view/camera.h"

#include <glib.h>
#include <math.h>

static LamCamera
make_camera (LamPlane plane)
{
  LamCamera camera = {
    .plane = plane,
    .centre_nm = { 3000, 2000, 400 },
    .nm_per_px = 12.5,
    .width_px = 641,
    .height_px = 480,
    .voxel_size_nm = { 10, 10, 40 },
    .size = { 600, 500, 20 },
  };
  return camera;
}

static void
test_inverse (void)
{
  for (int plane = 0; plane < LAM_N_PLANES; plane++) {
    const LamCamera camera = make_camera (plane);
    double voxel[3], x, y;
    lam_camera_px_to_voxel (&camera, 17.25, 333, voxel);
    lam_camera_voxel_to_px (&camera, voxel, &x, &y);
    g_assert_cmpfloat_with_epsilon (x, 17.25, 1e-9);
    g_assert_cmpfloat_with_epsilon (y, 333, 1e-9);
    const int w = lam_plane_w (plane);
    const double slice = floor (camera.centre_nm[w] / camera.voxel_size_nm[w]);
    g_assert_cmpfloat (voxel[w], ==, slice + 0.5);
    g_assert_cmpint (lam_camera_get_slice (&camera), ==, (int64_t)slice);
  }
}

static void
test_proportions (void)
{
  /* 40 nm down the z axis are as many pixels as 40 nm along x. */
  const LamCamera camera = make_camera (LAM_PLANE_XZ);
  double a[3], b[3];
  lam_camera_px_to_voxel (&camera, 100, 100, a);
  lam_camera_px_to_voxel (&camera, 132, 132, b);
  g_assert_cmpfloat_with_epsilon (b[0] - a[0], 40, 1e-9);
  g_assert_cmpfloat_with_epsilon (b[2] - a[2], 10, 1e-9);
}

static void
test_slice_is_inside (void)
{
  LamCamera camera = make_camera (LAM_PLANE_XY);
  camera.centre_nm[2] = -1e18;
  g_assert_cmpint (lam_camera_get_slice (&camera), ==, 0);
  camera.centre_nm[2] = 1e18;
  g_assert_cmpint (lam_camera_get_slice (&camera), ==, 19);
  camera.centre_nm[2] = 800; /* the far face of the last slice */
  g_assert_cmpint (lam_camera_get_slice (&camera), ==, 19);
}

static void
test_zoom_keeps_point (void)
{
  for (int plane = 0; plane < LAM_N_PLANES; plane++) {
    LamCamera camera = make_camera (plane);
    double before[3], after[3];
    lam_camera_px_to_voxel (&camera, 600, 30, before);
    lam_camera_zoom_at (&camera, 1.7, 600, 30);
    lam_camera_px_to_voxel (&camera, 600, 30, after);
    g_assert_cmpfloat_with_epsilon (camera.nm_per_px, 12.5 / 1.7, 1e-9);
    for (int i = 0; i < 3; i++)
      g_assert_cmpfloat_with_epsilon (before[i], after[i], 1e-9);
  }
}

static void
test_zoom_has_ends (void)
{
  LamCamera camera = make_camera (LAM_PLANE_XY);
  for (int i = 0; i < 200; i++)
    lam_camera_zoom_at (&camera, 2, 10, 10);
  g_assert_cmpfloat (camera.nm_per_px, >=, 10.0 / 1000);
  for (int i = 0; i < 200; i++)
    lam_camera_zoom_at (&camera, 0.5, 10, 10);
  g_assert_true (isfinite (camera.nm_per_px));
  LamCamera fitted = camera;
  lam_camera_fit (&fitted);
  g_assert_cmpfloat (camera.nm_per_px, <=, 100 * fitted.nm_per_px);
  const double scale = camera.nm_per_px;
  lam_camera_zoom_at (&camera, NAN, 0, 0);
  lam_camera_zoom_at (&camera, 0, 0, 0);
  g_assert_cmpfloat (camera.nm_per_px, ==, scale);
}

static void
test_pan (void)
{
  LamCamera camera = make_camera (LAM_PLANE_YZ);
  double before[3], after[3];
  lam_camera_px_to_voxel (&camera, 50, 60, before);
  lam_camera_pan (&camera, 5, -7);
  lam_camera_px_to_voxel (&camera, 55, 53, after);
  for (int i = 0; i < 3; i++)
    g_assert_cmpfloat_with_epsilon (before[i], after[i], 1e-9);
}

static void
test_fit_shows_all (void)
{
  for (int plane = 0; plane < LAM_N_PLANES; plane++) {
    LamCamera camera = make_camera (plane);
    lam_camera_fit (&camera);
    const LamBox box = lam_camera_get_visible_box (&camera);
    const int u = lam_plane_u (plane), v = lam_plane_v (plane);
    g_assert_cmpint (box.min[u], ==, 0);
    g_assert_cmpint (box.max[u], ==, camera.size[u]);
    g_assert_cmpint (box.min[v], ==, 0);
    g_assert_cmpint (box.max[v], ==, camera.size[v]);
    const double origin[3] = { 0 };
    double x, y;
    lam_camera_voxel_to_px (&camera, origin, &x, &y);
    g_assert_cmpfloat (fmin (x, y), >, 5);
    g_assert_cmpfloat (fmin (x, y), <, 40);
  }
}

static void
test_visible_box (void)
{
  LamCamera camera = make_camera (LAM_PLANE_XY);
  camera.centre_nm[0] = 0; /* the pane's left half is outside */
  const LamBox box = lam_camera_get_visible_box (&camera);
  g_assert_cmpint (box.min[0], ==, 0);
  g_assert_cmpint (box.max[0], ==, 401); /* 320.5 px of 12.5 nm */
  g_assert_cmpint (box.min[2], ==, 10);
  g_assert_cmpint (box.max[2], ==, 11);
  camera.centre_nm[0] = -1e15;
  const LamBox none = lam_camera_get_visible_box (&camera);
  g_assert_true (lam_box_is_empty (&none));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/camera/inverse", test_inverse);
  g_test_add_func ("/camera/proportions", test_proportions);
  g_test_add_func ("/camera/slice-is-inside", test_slice_is_inside);
  g_test_add_func ("/camera/zoom-keeps-point", test_zoom_keeps_point);
  g_test_add_func ("/camera/zoom-has-ends", test_zoom_has_ends);
  g_test_add_func ("/camera/pan", test_pan);
  g_test_add_func ("/camera/fit-shows-all", test_fit_shows_all);
  g_test_add_func ("/camera/visible-box", test_visible_box);
  return g_test_run ();
}
