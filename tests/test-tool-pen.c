/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Tools driven by the pen that keys hold, without a window. */
#include "tools/tool-pen.h"

#include "tools-fixture.h"

/* A slice of the middle; voxels of u and v are whole pixels in xy. */
static bool
put_down (Fixture *fixture, LamToolPen *pen, const char *tool,
    LamPointerFlags flags, double x, double y, double z)
{
  g_autoptr (GError) error = NULL;
  const double voxel[3] = { x, y, z };
  if (lam_tool_box_get_tool (fixture->box) != lam_tool_find (tool))
    lam_tool_box_set_tool (fixture->box, lam_tool_find (tool));
  const bool has_begun =
      lam_tool_pen_put_down (pen, &fixture->camera, voxel, flags, &error);
  g_assert_no_error (error);
  return has_begun;
}

static void
carry (Fixture *fixture, LamToolPen *pen, double x, double y, double z)
{
  const double voxel[3] = { x, y, z };
  lam_tool_pen_carry (pen, &fixture->camera, voxel);
}

static void
finish (Fixture *fixture)
{
  g_autoptr (GError) error = NULL;
  lam_workspace_wait (fixture->workspace, NULL, &error);
  g_assert_no_error (error);
}

static void
test_stroke_in_each_plane (Fixture *fixture, gconstpointer unused)
{
  g_autoptr (LamToolPen) pen = lam_tool_pen_new (fixture->box);
  lam_tool_box_get_brush (fixture->box)->radius_nm = 40;
  for (int plane = 0; plane < LAM_N_PLANES; plane++) {
    const int u = lam_plane_u (plane), w = lam_plane_w (plane);
    double at[3] = { 50.5, 50.5, 50.5 };
    fixture->camera = make_camera (plane);
    g_assert_true (put_down (fixture, pen, "brush", 0, at[0], at[1], at[2]));
    g_assert_true (lam_tool_pen_is_down (pen));
    at[u] += 10;
    carry (fixture, pen, at[0], at[1], at[2]);
    g_assert_true (lam_tool_pen_is_down (pen));
    lam_tool_pen_lift (pen);
    g_assert_false (lam_tool_pen_is_down (pen));
    finish (fixture);
    int64_t middle[3] = { 50, 50, 50 };
    middle[u] += 5;
    g_assert_cmpuint (
        label_at (fixture, middle[0], middle[1], middle[2]), !=, 0);
    middle[w]++;
    g_assert_cmpuint (
        label_at (fixture, middle[0], middle[1], middle[2]), ==, 0);
    /* All of it is one edit. */
    lam_workspace_undo (fixture->workspace);
    finish (fixture);
    for (int i = 0; i <= 10; i++) {
      int64_t voxel[3] = { 50, 50, 50 };
      voxel[u] += i;
      g_assert_cmpuint (
          label_at (fixture, voxel[0], voxel[1], voxel[2]), ==, 0);
    }
  }
}

/* What was drawn stays, and nothing comes into the other slice. */
static void
test_another_slice_lifts (Fixture *fixture, gconstpointer unused)
{
  g_autoptr (LamToolPen) pen = lam_tool_pen_new (fixture->box);
  lam_tool_box_get_brush (fixture->box)->radius_nm = 30;
  put_down (fixture, pen, "brush", 0, 20.5, 50.5, 50.5);
  carry (fixture, pen, 30.5, 50.5, 50.5);
  fixture->camera.centre_nm[2] += 40;
  carry (fixture, pen, 60.5, 50.5, 51.5);
  g_assert_false (lam_tool_pen_is_down (pen));
  finish (fixture);
  g_assert_cmpuint (label_at (fixture, 29, 50, 50), ==, 1);
  g_assert_cmpuint (label_at (fixture, 45, 50, 50), ==, 0);
  g_assert_cmpuint (label_at (fixture, 60, 50, 51), ==, 0);
  g_assert_cmpuint (label_at (fixture, 30, 50, 51), ==, 0);
}

static void
test_taken_back (Fixture *fixture, gconstpointer unused)
{
  g_autoptr (LamToolPen) pen = lam_tool_pen_new (fixture->box);
  put_down (fixture, pen, "brush", 0, 20.5, 50.5, 50.5);
  g_assert_true (lam_tool_box_leave (fixture->box));
  g_assert_false (lam_tool_pen_is_down (pen));
  carry (fixture, pen, 30.5, 50.5, 50.5);
  lam_tool_pen_lift (pen);
  finish (fixture);
  g_assert_cmpuint (label_at (fixture, 20, 50, 50), ==, 0);
}

/* The pointer's gesture is not the pen's. */
static void
test_pointer_has_it (Fixture *fixture, gconstpointer unused)
{
  g_autoptr (LamToolPen) pen = lam_tool_pen_new (fixture->box);
  LamPointerEvent event = { .x_px = 70, .y_px = 70, .pressure = 1 };
  lam_tool_box_set_tool (fixture->box, lam_tool_find ("brush"));
  g_assert_true (
      lam_tool_box_press (fixture->box, &fixture->camera, &event, NULL));
  g_assert_false (put_down (fixture, pen, "brush", 0, 20.5, 50.5, 50.5));
  g_assert_false (lam_tool_pen_is_down (pen));
  lam_tool_pen_lift (pen);
  g_assert_true (lam_tool_box_is_active (fixture->box));
  lam_tool_box_release (fixture->box, &fixture->camera, &event);
  finish (fixture);
  g_assert_cmpuint (label_at (fixture, 70, 70, 50), ==, 1);
  g_assert_cmpuint (label_at (fixture, 20, 50, 50), ==, 0);
}

static void
test_eraser (Fixture *fixture, gconstpointer unused)
{
  g_autoptr (LamToolPen) pen = lam_tool_pen_new (fixture->box);
  lam_tool_box_get_brush (fixture->box)->radius_nm = 30;
  put_down (fixture, pen, "brush", 0, 20.5, 50.5, 50.5);
  carry (fixture, pen, 60.5, 50.5, 50.5);
  lam_tool_pen_lift (pen);
  put_down (fixture, pen, "brush", LAM_POINTER_ERASER, 40.5, 50.5, 50.5);
  g_assert_cmpint (lam_tool_pen_get_flags (pen), ==, LAM_POINTER_ERASER);
  lam_tool_pen_lift (pen);
  finish (fixture);
  g_assert_cmpuint (label_at (fixture, 40, 50, 50), ==, 0);
  g_assert_cmpuint (label_at (fixture, 25, 50, 50), ==, 1);
}

/* Straight on they are up again. */
static void
test_clicks (Fixture *fixture, gconstpointer unused)
{
  static const char *const tools[] = { "navigate", "measure", "note", "fill" };
  g_autoptr (LamToolPen) pen = lam_tool_pen_new (fixture->box);
  for (size_t i = 0; i < G_N_ELEMENTS (tools); i++) {
    g_assert_true (put_down (fixture, pen, tools[i], 0, 50.5, 50.5, 50.5));
    g_assert_false (lam_tool_pen_is_down (pen));
    g_assert_false (lam_tool_box_is_active (fixture->box));
  }
  finish (fixture);
  while (lam_tool_box_is_acting (fixture->box))
    g_main_context_iteration (NULL, true);
  g_assert_cmpuint (label_at (fixture, 10, 10, 50), ==, 1);
  g_assert_cmpuint (label_at (fixture, 10, 10, 51), ==, 0);
  g_assert_true (put_down (fixture, pen, "pick", 0, 50.5, 50.5, 50.5));
  g_assert_false (lam_tool_pen_is_down (pen));
}

/* Corners are clicks; one that is there is held, and so is one in a line. */
static void
test_polygon (Fixture *fixture, gconstpointer unused)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (LamToolPen) pen = lam_tool_pen_new (fixture->box);
  const double corners[][2] = { { 20, 20 }, { 60, 20 }, { 60, 60 },
    { 20, 60 } };
  for (size_t i = 0; i < G_N_ELEMENTS (corners); i++) {
    g_assert_true (put_down (
        fixture, pen, "polygon", 0, corners[i][0], corners[i][1], 50.5));
    g_assert_false (lam_tool_pen_is_down (pen));
  }
  g_assert_true (put_down (fixture, pen, "polygon", 0, 60, 60, 50.5));
  g_assert_true (lam_tool_pen_is_down (pen));
  carry (fixture, pen, 60, 80, 50.5);
  lam_tool_pen_lift (pen);
  g_assert_true (put_down (fixture, pen, "polygon", 0, 40, 20, 50.5));
  g_assert_true (lam_tool_pen_is_down (pen));
  carry (fixture, pen, 40, 5, 50.5);
  lam_tool_pen_lift (pen);
  /* With Ctrl one goes. */
  g_assert_true (
      put_down (fixture, pen, "polygon", LAM_POINTER_CONTROL, 20, 60, 50.5));
  g_assert_false (lam_tool_pen_is_down (pen));
  g_assert_true (lam_tool_box_accept (fixture->box, false, &error));
  while (lam_tool_box_is_acting (fixture->box))
    g_main_context_iteration (NULL, true);
  finish (fixture);
  g_assert_cmpuint (label_at (fixture, 58, 70, 50), ==, 1);
  g_assert_cmpuint (label_at (fixture, 40, 8, 50), ==, 1);
  g_assert_cmpuint (label_at (fixture, 22, 55, 50), ==, 0);
}

static void
test_merge_by_two (Fixture *fixture, gconstpointer unused)
{
  g_autoptr (LamToolPen) pen = lam_tool_pen_new (fixture->box);
  lam_tool_box_get_brush (fixture->box)->radius_nm = 30;
  for (int i = 0; i < 2; i++) {
    lam_workspace_set_active_label (fixture->workspace, 0);
    put_down (fixture, pen, "brush", 0, 20.5 + 40 * i, 50.5, 50.5);
    lam_tool_pen_lift (pen);
  }
  finish (fixture);
  g_assert_cmpuint (label_at (fixture, 60, 50, 50), ==, 2);
  put_down (fixture, pen, "merge", 0, 20.5, 50.5, 50.5);
  g_assert_true (lam_tool_pen_is_down (pen));
  carry (fixture, pen, 60.5, 50.5, 50.5);
  lam_tool_pen_lift (pen);
  while (lam_tool_box_is_acting (fixture->box))
    g_main_context_iteration (NULL, true);
  finish (fixture);
  g_assert_cmpuint (label_at (fixture, 60, 50, 50), ==, 1);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  static const struct {
    const char *path;
    void (*test) (Fixture *, gconstpointer);
  } rows[] = {
    { "/tool-pen/stroke-in-each-plane", test_stroke_in_each_plane },
    { "/tool-pen/another-slice-lifts", test_another_slice_lifts },
    { "/tool-pen/taken-back", test_taken_back },
    { "/tool-pen/pointer-has-it", test_pointer_has_it },
    { "/tool-pen/eraser", test_eraser },
    { "/tool-pen/clicks", test_clicks },
    { "/tool-pen/polygon", test_polygon },
    { "/tool-pen/merge-by-two", test_merge_by_two },
  };
  for (size_t i = 0; i < G_N_ELEMENTS (rows); i++)
    g_test_add (rows[i].path, Fixture, NULL, set_up, rows[i].test, tear_down);
  return g_test_run ();
}
