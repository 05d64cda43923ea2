/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Tools driven by made-up pointer events, without a window. */
#include "tools-fixture.h"

#include "store/voices.h"
#include "workspace/regions-private.h"
#include "workspace/regions.h"
#include "workspace/theirs.h"

/* --- tests -------------------------------------------------------------- */

static void
test_table (Fixture *fixture, gconstpointer unused)
{
  g_autoptr (GHashTable) keys = g_hash_table_new (g_str_hash, g_str_equal);
  for (int i = 0; lam_tool_get_all ()[i]; i++) {
    const LamTool *tool = lam_tool_get_all ()[i];
    g_assert_true (lam_tool_find (tool->name) == tool);
    g_assert_nonnull (tool->press);
    if (tool->accelerator)
      g_assert_true (g_hash_table_add (keys, (char *)tool->accelerator));
  }
  g_assert_null (lam_tool_find ("hammer"));
}

static void
test_navigate (Fixture *fixture, gconstpointer unused)
{
  const double *at = lam_workspace_get_position (fixture->workspace);
  double z = at[2];
  drag (fixture, "navigate", 0, 10, 10, 30, 70);
  g_assert_cmpfloat_with_epsilon (at[0], 30, 1e-9);
  g_assert_cmpfloat_with_epsilon (at[1], 70, 1e-9);
  g_assert_cmpfloat (at[2], ==, z);
}

static void
test_brush_in_each_plane (Fixture *fixture, gconstpointer unused)
{
  LamBrushSettings *brush = lam_tool_box_get_brush (fixture->box);
  brush->radius_nm = 60;
  for (int plane = 0; plane < LAM_N_PLANES; plane++) {
    fixture->camera = make_camera (plane);
    lam_workspace_set_active_label (fixture->workspace, 0);
    g_assert_true (drag (fixture, "brush", 0, 40, 50, 60, 50));
    uint32_t label = lam_workspace_get_active_label (fixture->workspace);
    g_assert_cmpuint (label, ==, plane + 1);
    double voxel[3];
    lam_camera_px_to_voxel (&fixture->camera, 50, 50, voxel);
    g_assert_cmpuint (label_at (fixture, (int64_t)voxel[0], (int64_t)voxel[1],
                          (int64_t)voxel[2]),
        ==, label);
    /* One slice thick: the next slice along the plane's axis is free of it. */
    int64_t next[3] = { (int64_t)voxel[0], (int64_t)voxel[1],
      (int64_t)voxel[2] };
    next[lam_plane_w (plane)]++;
    g_assert_cmpuint (label_at (fixture, next[0], next[1], next[2]), !=, label);
  }
}

/* The brush is round in nanometres: in xz a voxel is four pixels high. */
static void
test_brush_is_round_in_nm (Fixture *fixture, gconstpointer unused)
{
  fixture->camera = make_camera (LAM_PLANE_XZ);
  lam_tool_box_get_brush (fixture->box)->radius_nm = 200;
  g_assert_true (drag (fixture, "brush", 0, 50, 50, 50, 50));
  int n_x = 0, n_z = 0;
  for (int i = 0; i < EDGE; i++) {
    n_x += label_at (fixture, i, 50, 50) != 0;
    n_z += label_at (fixture, 50, 50, i) != 0;
  }
  g_assert_cmpint (ABS (n_x - 40), <=, 1);
  g_assert_cmpint (ABS (n_z - 10), <=, 1);
}

static void
test_eraser_and_right_button (Fixture *fixture, gconstpointer unused)
{
  lam_tool_box_get_brush (fixture->box)->radius_nm = 60;
  int64_t z = lam_camera_get_slice (&fixture->camera);
  drag (fixture, "brush", 0, 20, 50, 80, 50);
  g_assert_cmpuint (label_at (fixture, 30, 50, z), ==, 1);
  drag (fixture, "eraser", 0, 30, 50, 30, 50);
  g_assert_cmpuint (label_at (fixture, 30, 50, z), ==, 0);
  drag (fixture, "brush", LAM_POINTER_ERASER, 60, 50, 60, 50);
  g_assert_cmpuint (label_at (fixture, 60, 50, z), ==, 0);
  g_assert_cmpuint (label_at (fixture, 75, 50, z), ==, 1);
}

static void
count_message (LamWorkspace *workspace, const char *text, gpointer user_data)
{
  (*(int *)user_data)++;
}

/* As every other tool: brush and eraser leave what is verified, and say so,
 * until it is not any more. */
static void
test_verified (Fixture *fixture, gconstpointer unused)
{
  g_autoptr (GError) error = NULL;
  int n_told = 0;
  LamRegion region = { .name = (char *)"done",
    .box = lam_box_new (40, 0, 0, 60, EDGE, EDGE),
    .review = LAM_REVIEW_IN_PROGRESS };
  const int64_t z = lam_camera_get_slice (&fixture->camera);
  lam_tool_box_get_brush (fixture->box)->radius_nm = 60;
  g_signal_connect (
      fixture->workspace, "message", G_CALLBACK (count_message), &n_told);
  region.id = lam_workspace_add_region (fixture->workspace, &region, &error);
  g_assert_no_error (error);
  drag (fixture, "brush", 0, 20, 50, 80, 50);
  g_assert_cmpuint (label_at (fixture, 50, 50, z), ==, 1);
  g_assert_cmpint (n_told, ==, 0);
  region.review = LAM_REVIEW_VERIFIED;
  g_assert_true (
      lam_workspace_set_region (fixture->workspace, &region, &error));
  drag (fixture, "eraser", 0, 20, 50, 80, 50);
  lam_workspace_set_active_label (fixture->workspace, 0);
  drag (fixture, "brush", 0, 20, 70, 80, 70);
  g_assert_cmpint (n_told, ==, 2);
  for (int64_t x = 25; x < 75; x++) {
    const bool is_inside = x >= 40 && x < 60;
    g_assert_cmpuint (label_at (fixture, x, 50, z), ==, is_inside);
    g_assert_cmpuint (label_at (fixture, x, 70, z), ==, is_inside ? 0 : 2);
  }
  lam_workspace_undo (fixture->workspace);
  lam_workspace_undo (fixture->workspace);
  lam_workspace_wait (fixture->workspace, NULL, &error);
  g_assert_cmpuint (label_at (fixture, 30, 50, z), ==, 1);
  region.review = LAM_REVIEW_IN_PROGRESS;
  lam_workspace_set_region (fixture->workspace, &region, &error);
  drag (fixture, "eraser", 0, 20, 50, 80, 50);
  g_assert_cmpuint (label_at (fixture, 50, 50, z), ==, 0);
  g_assert_cmpint (n_told, ==, 2);
}

static void
touch (Fixture *fixture, const char *tool, double pressure,
    LamPointerFlags flags, double x, double y)
{
  lam_tool_box_set_tool (fixture->box, lam_tool_find (tool));
  LamPointerEvent event = {
    .x_px = x, .y_px = y, .pressure = pressure, .flags = flags
  };
  g_autoptr (GError) error = NULL;
  lam_tool_box_press (fixture->box, &fixture->camera, &event, &error);
  g_assert_no_error (error);
  lam_tool_box_release (fixture->box, &fixture->camera, &event);
  lam_workspace_wait (fixture->workspace, NULL, &error);
  g_assert_no_error (error);
}

/* Voxels of the row through y 50 that have a label. */
static int
count_row (Fixture *fixture)
{
  int n = 0;
  for (int x = 0; x < EDGE; x++)
    n +=
        label_at (fixture, x, 50, lam_camera_get_slice (&fixture->camera)) != 0;
  return n;
}

/* A light touch paints a thinner line only where that was asked for. */
static void
test_pen_pressure (Fixture *fixture, gconstpointer unused)
{
  LamBrushSettings *brush = lam_tool_box_get_brush (fixture->box);
  brush->radius_nm = 200;
  brush->pressure_to_radius = true;
  touch (fixture, "brush", 0.25, 0, 50, 50);
  g_assert_cmpint (ABS (count_row (fixture) - 10), <=, 1);
  touch (fixture, "brush", 0.5, 0, 50, 50);
  g_assert_cmpint (ABS (count_row (fixture) - 20), <=, 1);
  brush->pressure_to_radius = false;
  touch (fixture, "brush", 0.25, 0, 50, 50);
  g_assert_cmpint (ABS (count_row (fixture) - 40), <=, 1);
}

/* Of one stroke that presses harder and harder. */
static void
test_pen_stroke_swells (Fixture *fixture, gconstpointer unused)
{
  LamBrushSettings *brush = lam_tool_box_get_brush (fixture->box);
  brush->radius_nm = 100;
  brush->pressure_to_radius = true;
  lam_tool_box_set_tool (fixture->box, lam_tool_find ("brush"));
  LamPointerEvent event = { .x_px = 20, .y_px = 50, .pressure = 0.2 };
  g_autoptr (GError) error = NULL;
  lam_tool_box_press (fixture->box, &fixture->camera, &event, &error);
  g_assert_no_error (error);
  for (int i = 1; i <= 6; i++) {
    event.x_px = 20 + 10 * i;
    event.pressure = 0.2 + 0.8 * i / 6;
    lam_tool_box_move (fixture->box, &fixture->camera, &event);
  }
  lam_tool_box_release (fixture->box, &fixture->camera, &event);
  lam_workspace_wait (fixture->workspace, NULL, NULL);
  int64_t z = lam_camera_get_slice (&fixture->camera);
  int widths[2] = { 0 };
  for (int y = 0; y < EDGE; y++) {
    widths[0] += label_at (fixture, 25, y, z) != 0;
    widths[1] += label_at (fixture, 78, y, z) != 0;
  }
  g_assert_cmpint (widths[0], >, 2);
  g_assert_cmpint (widths[0], <, 8);
  g_assert_cmpint (widths[1], >, 16);
}

/* The pen's other end erases, whatever the tool, and as hard as it is
 * pressed. */
static void
test_pen_eraser (Fixture *fixture, gconstpointer unused)
{
  LamBrushSettings *brush = lam_tool_box_get_brush (fixture->box);
  brush->radius_nm = 200;
  touch (fixture, "brush", 1, 0, 50, 50);
  g_assert_cmpint (ABS (count_row (fixture) - 40), <=, 1);
  brush->pressure_to_radius = true;
  touch (fixture, "brush", 0.25, LAM_POINTER_ERASER, 50, 50);
  g_assert_cmpint (ABS (count_row (fixture) - 30), <=, 2);
  touch (fixture, "navigate", 1, LAM_POINTER_ERASER, 50, 50);
  g_assert_cmpint (count_row (fixture), ==, 0);
}

/* Control inverts “everything” into “only unlabelled”. */
static void
test_control_inverts (Fixture *fixture, gconstpointer unused)
{
  lam_tool_box_get_brush (fixture->box)->radius_nm = 60;
  int64_t z = lam_camera_get_slice (&fixture->camera);
  drag (fixture, "brush", 0, 20, 50, 80, 50);
  lam_workspace_set_active_label (fixture->workspace, 0);
  drag (fixture, "brush", LAM_POINTER_CONTROL, 50, 20, 50, 80);
  g_assert_cmpuint (label_at (fixture, 50, 50, z), ==, 1);
  g_assert_cmpuint (label_at (fixture, 50, 30, z), ==, 2);
  drag (fixture, "brush", 0, 50, 20, 50, 80);
  g_assert_cmpuint (label_at (fixture, 50, 50, z), ==, 2);
}

static void
test_shift_draws_a_line (Fixture *fixture, gconstpointer unused)
{
  lam_tool_box_get_brush (fixture->box)->radius_nm = 30;
  int64_t z = lam_camera_get_slice (&fixture->camera);
  drag (fixture, "brush", 0, 10, 10, 10, 10);
  drag (fixture, "brush", LAM_POINTER_SHIFT, 90, 90, 90, 90);
  for (int i = 10; i <= 90; i += 10)
    g_assert_cmpuint (label_at (fixture, i, i, z), ==, 1);
}

static void
test_pick (Fixture *fixture, gconstpointer unused)
{
  drag (fixture, "brush", 0, 20, 50, 30, 50);
  lam_workspace_set_active_label (fixture->workspace, 0);
  drag (fixture, "brush", 0, 70, 50, 80, 50);
  g_assert_cmpuint (lam_workspace_get_active_label (fixture->workspace), ==, 2);
  drag (fixture, "pick", 0, 25, 50, 25, 50);
  g_assert_cmpuint (lam_workspace_get_active_label (fixture->workspace), ==, 1);
  drag (fixture, "brush", LAM_POINTER_ALT, 75, 50, 75, 50);
  g_assert_cmpuint (lam_workspace_get_active_label (fixture->workspace), ==, 2);
  lam_workspace_swap_active_label (fixture->workspace);
  g_assert_cmpuint (lam_workspace_get_active_label (fixture->workspace), ==, 1);
  g_assert_false (drag (fixture, "pick", 0, 50, 90, 50, 90));
}

/* Escape takes the stroke back. */
static void
test_cancel (Fixture *fixture, gconstpointer unused)
{
  int64_t z = lam_camera_get_slice (&fixture->camera);
  LamPointerEvent event = { .x_px = 50, .y_px = 50, .pressure = 1 };
  lam_tool_box_set_tool (fixture->box, lam_tool_find ("brush"));
  g_assert_true (
      lam_tool_box_press (fixture->box, &fixture->camera, &event, NULL));
  g_assert_cmpuint (label_at (fixture, 50, 50, z), ==, 1);
  lam_tool_box_cancel (fixture->box);
  g_assert_cmpuint (label_at (fixture, 50, 50, z), ==, 0);
  g_assert_false (lam_tool_box_is_active (fixture->box));
  int64_t id = 0;
  g_assert_true (lam_workspace_wait (fixture->workspace, &id, NULL));
  g_assert_cmpint (id, ==, 0);
}

static void
test_radius_steps (Fixture *fixture, gconstpointer unused)
{
  LamBrushSettings *brush = lam_tool_box_get_brush (fixture->box);
  for (int i = 0; i < 200; i++) {
    double before = brush->radius_nm;
    lam_tool_box_step_radius (fixture->box, -1);
    g_assert_true (brush->radius_nm < before || before <= 5);
  }
  g_assert_cmpfloat (brush->radius_nm, ==, 5);
  for (int i = 0; i < 200; i++)
    lam_tool_box_step_radius (fixture->box, 1);
  g_assert_cmpfloat (brush->radius_nm, ==, 20000);
  lam_tool_box_step_depth (fixture->box, -5);
  g_assert_cmpint (brush->depth, ==, 1);
}

#define ADD(name, function) \
  g_test_add ("/tools/" name, Fixture, NULL, set_up, function, tear_down)

/* Voxels turn out to be larger than was thought: the brush covers as many. */
static void
test_voxel_size (Fixture *fixture, gconstpointer unused)
{
  const double nm[] = { 50, 50, 200 };
  LamBrushSettings *brush = lam_tool_box_get_brush (fixture->box);
  g_assert_cmpfloat (brush->radius_nm, ==, 80);
  g_assert_true (
      lam_workspace_set_voxel_size_nm (fixture->workspace, nm, NULL));
  g_assert_cmpfloat_with_epsilon (brush->radius_nm, 400, 1e-9);
  brush->radius_nm = 100;
  g_assert_true (
      lam_workspace_set_voxel_size_nm (fixture->workspace, nm, NULL));
  g_assert_cmpfloat (brush->radius_nm, ==, 100);
}

static void
assert_region (Fixture *fixture, int64_t x0, int64_t y0, int64_t z0, int64_t x1,
    int64_t y1, int64_t z1)
{
  const LamBox wanted = lam_box_new (x0, y0, z0, x1, y1, z1);
  LamBox region;
  g_assert_true (lam_tool_box_get_region (fixture->box, &region));
  g_assert_cmpmem (&region, sizeof region, &wanted, sizeof wanted);
}

/* A box in one plane, its depth in another, its edges in each; Escape takes it
 * back. Nothing is painted. */
static void
test_region (Fixture *fixture, gconstpointer unused)
{
  LamBox region;
  g_assert_false (lam_tool_box_get_region (fixture->box, &region));
  lam_tool_box_get_brush (fixture->box)->depth = 5;
  drag (fixture, "region", 0, 60.5, 70.5, 20.5, 30.5);
  assert_region (fixture, 20, 30, 48, 61, 71, 53);
  /* Its left edge, and then a corner, beyond the volume. */
  drag (fixture, "region", 0, 22, 50, 12.4, 55);
  assert_region (fixture, 10, 30, 48, 61, 71, 53);
  drag (fixture, "region", 0, 60, 70, 500, 500);
  assert_region (fixture, 10, 30, 48, 100, 100, 53);
  /* xz: v is z, four times as long; one device pixel is 10 nm. */
  fixture->camera = make_camera (LAM_PLANE_XZ);
  drag (fixture, "region", 0, 40, 30, 45, 70);
  g_assert_true (lam_tool_box_get_region (fixture->box, &region));
  g_assert_cmpint (region.min[0], ==, 10);
  g_assert_cmpint (region.max[0], ==, 100);
  g_assert_cmpint (region.min[2], ==, 45);
  g_assert_cmpint (region.max[2], ==, 55);
  g_autoptr (LamSketch) sketch =
      lam_tool_box_sketch (fixture->box, &fixture->camera);
  g_assert_cmpint (lam_sketch_get_n_lines (sketch), ==, 4);
  /* A gesture that is given up. */
  LamPointerEvent event = { .x_px = 10, .y_px = 50, .pressure = 1 };
  lam_tool_box_press (fixture->box, &fixture->camera, &event, NULL);
  event.x_px = 80;
  lam_tool_box_move (fixture->box, &fixture->camera, &event);
  g_assert_true (lam_tool_box_leave (fixture->box));
  assert_region (fixture, 10, 30, 45, 100, 100, 55);
  g_assert_true (lam_tool_box_leave (fixture->box));
  g_assert_false (lam_tool_box_get_region (fixture->box, &region));
  g_assert_false (lam_tool_box_leave (fixture->box));
  g_assert_false (lam_workspace_can_undo (fixture->workspace));
}

static int32_t
add_region (Fixture *fixture, const char *name, LamReview review, LamBox box)
{
  g_autoptr (GError) error = NULL;
  LamRegion region = { .name = (char *)name, .box = box, .review = review };
  int32_t id = lam_workspace_add_region (fixture->workspace, &region, &error);
  g_assert_no_error (error);
  return id;
}

static void
assert_box (Fixture *fixture, int32_t id, int64_t x0, int64_t y0, int64_t z0,
    int64_t x1, int64_t y1, int64_t z1)
{
  const LamBox wanted = lam_box_new (x0, y0, z0, x1, y1, z1);
  const LamBox *box = &lam_workspace_get_region (fixture->workspace, id)->box;
  g_assert_cmpmem (box, sizeof *box, &wanted, sizeof wanted);
}

/* By an edge, a corner, as a whole, in each plane; each drag is an edit. */
static void
test_region_edges (Fixture *fixture, gconstpointer unused)
{
  LamBox drawn;
  const int32_t large = add_region (fixture, "a", LAM_REVIEW_IN_PROGRESS,
      lam_box_new (10, 10, 40, 80, 80, 60));
  const int32_t small = add_region (fixture, "b", LAM_REVIEW_NOT_STARTED,
      lam_box_new (10, 20, 40, 40, 50, 60));
  /* A press that does not move leaves it; of two edges the inner one's. */
  drag (fixture, "region", 0, 13, 30, 13, 30);
  assert_box (fixture, small, 10, 20, 40, 40, 50, 60);
  drag (fixture, "region", 0, 13, 30, 18, 33);
  assert_box (fixture, small, 15, 20, 40, 40, 50, 60);
  assert_box (fixture, large, 10, 10, 40, 80, 80, 60);
  drag (fixture, "region", 0, 80, 80, 500, 90);
  assert_box (fixture, large, 10, 10, 40, 100, 90, 60);
  /* The whole, no further than the volume. */
  drag (fixture, "region", LAM_POINTER_CONTROL, 30, 30, 25, 0);
  assert_box (fixture, small, 10, 0, 40, 35, 30, 60);
  g_assert_false (lam_tool_box_get_region (fixture->box, &drawn));
  fixture->camera = make_camera (LAM_PLANE_XZ);
  fixture->camera.centre_nm[1] = 800;
  lam_tool_box_hover (fixture->box, &fixture->camera,
      &(LamPointerEvent){ .x_px = 50, .y_px = 90 });
  g_autoptr (LamSketch) sketch =
      lam_tool_box_sketch (fixture->box, &fixture->camera);
  g_assert_cmpint (lam_sketch_get_n_lines (sketch), ==, 4);
  drag (fixture, "region", 0, 50, 90, 50, 98);
  assert_box (fixture, large, 10, 10, 40, 100, 90, 62);
  lam_workspace_undo (fixture->workspace);
  lam_workspace_wait (fixture->workspace, NULL, NULL);
  assert_box (fixture, large, 10, 10, 40, 100, 90, 60);
}

/* Escape, what is verified, and Shift. */
static void
test_region_stays (Fixture *fixture, gconstpointer unused)
{
  g_autoptr (GError) error = NULL;
  LamBox drawn;
  const int32_t id = add_region (fixture, "a", LAM_REVIEW_IN_PROGRESS,
      lam_box_new (10, 10, 40, 80, 80, 60));
  LamPointerEvent event = { .x_px = 10, .y_px = 50, .pressure = 1 };
  lam_tool_box_set_tool (fixture->box, lam_tool_find ("region"));
  g_assert_true (
      lam_tool_box_press (fixture->box, &fixture->camera, &event, &error));
  event.x_px = 30;
  lam_tool_box_move (fixture->box, &fixture->camera, &event);
  g_assert_true (lam_tool_box_leave (fixture->box));
  assert_box (fixture, id, 10, 10, 40, 80, 80, 60);
  drag (fixture, "region", LAM_POINTER_SHIFT, 10, 50, 30, 60);
  assert_box (fixture, id, 10, 10, 40, 80, 80, 60);
  assert_region (fixture, 10, 50, 50, 30, 60, 51);
  g_assert_true (lam_tool_box_leave (fixture->box));
  LamRegion region = *lam_workspace_get_region (fixture->workspace, id);
  region.review = LAM_REVIEW_VERIFIED;
  lam_workspace_set_region (fixture->workspace, &region, &error);
  g_assert_no_error (error);
  event.x_px = 10;
  g_assert_false (
      lam_tool_box_press (fixture->box, &fixture->camera, &event, &error));
  g_assert_error (error, LAM_ERROR, LAM_ERROR_INPUT);
  g_assert_false (lam_tool_box_get_region (fixture->box, &drawn));
}

/* It only counts as verified; a drag does not make that sound. */
static void
test_region_damaged (Fixture *fixture, gconstpointer unused)
{
  g_autoptr (GError) error = NULL;
  LamRegion region = { .name = (char *)"a",
    .box = lam_box_new (10, 10, 40, 80, 80, 60),
    .review = LAM_REVIEW_VERIFIED,
    .damage = (char *)"unknown role 9" };
  const int32_t id =
      add_region (fixture, region.name, region.review, region.box);
  region.id = id;
  lam_regions_put (fixture->workspace, id, &region);
  LamPointerEvent event = { .x_px = 10, .y_px = 50, .pressure = 1 };
  lam_tool_box_set_tool (fixture->box, lam_tool_find ("region"));
  g_assert_false (
      lam_tool_box_press (fixture->box, &fixture->camera, &event, &error));
  g_assert_error (error, LAM_ERROR, LAM_ERROR_INPUT);
  g_assert_nonnull (strstr (error->message, "is damaged"));
  region.box.max[0] = 50;
  g_assert_false (lam_workspace_set_region (fixture->workspace, &region, NULL));
  g_assert_nonnull (lam_workspace_get_region (fixture->workspace, id)->damage);
  region.review = LAM_REVIEW_IN_PROGRESS;
  g_assert_true (lam_workspace_set_region (fixture->workspace, &region, NULL));
  assert_box (fixture, id, 10, 10, 40, 50, 80, 60);
}

typedef struct {
  uint32_t label; /* of the first brick */
  bool is_given;
} Said;

static bool
give_said (gpointer data, int64_t *key, LamLabelBrick **brick, GError **error)
{
  Said *said = data;
  if (said->is_given)
    return false;
  said->is_given = true;
  *key = lam_brick_key_pack ((LamBrickKey){ 0, 0, 0 });
  *brick = lam_label_brick_new (said->label, LAM_SOURCE_HUMAN);
  return true;
}

/* Who says that the first brick is a label of its own. */
static int64_t
add_person (Fixture *fixture, const char *name)
{
  g_autoptr (GError) error = NULL;
  const LamLabel row = {
    .name = (char *)"", .class_id = 2, .rgb = LAM_RGB_AUTO
  };
  Said said = { .label = lam_workspace_add_label (
                    fixture->workspace, &row, &error) };
  g_assert_no_error (error);
  lam_workspace_wait (fixture->workspace, NULL, &error);
  const LamVoice voice = { .name = (char *)name,
    .kind = LAM_VOICE_MERGE,
    .box = lam_box_new (0, 0, 0, EDGE, EDGE, EDGE) };
  g_autoptr (GPtrArray) none = g_ptr_array_new ();
  const int64_t id =
      lam_store_add_voice (lam_workspace_get_store (fixture->workspace), &voice,
          none, give_said, &said, &error);
  g_assert_no_error (error);
  return id;
}

static void
look_at (Fixture *fixture, int64_t voice)
{
  const LamTheirs *theirs;
  lam_workspace_look_at_theirs (fixture->workspace, voice);
  while (!(theirs = lam_workspace_get_theirs (fixture->workspace))
      || lam_theirs_get_voice (theirs)->id != voice)
    g_main_context_iteration (NULL, true);
}

/* Whose word it is, is settled when the button goes down. */
static void
test_theirs (Fixture *fixture, gconstpointer unused)
{
  g_autoptr (GError) error = NULL;
  const int64_t ann = add_person (fixture, "Ann"),
                bob = add_person (fixture, "Bob");
  const int64_t z = lam_camera_get_slice (&fixture->camera);
  const LamPointerEvent event = { .x_px = 30, .y_px = 30, .pressure = 1 };
  lam_tool_box_set_tool (fixture->box, lam_tool_find ("theirs"));
  g_autofree char *before = lam_tool_box_dup_hint (fixture->box);
  look_at (fixture, ann);
  g_autofree char *hint = lam_tool_box_dup_hint (fixture->box);
  g_assert_null (strstr (before, "Ann"));
  g_assert_nonnull (strstr (hint, "Ann"));
  g_assert_true (
      lam_tool_box_press (fixture->box, &fixture->camera, &event, &error));
  look_at (fixture, bob);
  lam_tool_box_release (fixture->box, &fixture->camera, &event);
  while (lam_tool_box_is_acting (fixture->box))
    g_main_context_iteration (NULL, true);
  g_assert_cmpuint (label_at (fixture, 30, 30, z), ==, 1);
}

/* Each has a key, which no other has. */
static void
test_keys (Fixture *fixture, gconstpointer unused)
{
  const LamTool *const *tools = lam_tool_get_all ();
  for (int i = 0; tools[i]; i++) {
    g_assert_nonnull (tools[i]->accelerator);
    for (int j = 0; j < i; j++)
      g_assert_cmpstr (tools[i]->accelerator, !=, tools[j]->accelerator);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("table", test_table);
  ADD ("navigate", test_navigate);
  ADD ("brush-in-each-plane", test_brush_in_each_plane);
  ADD ("brush-is-round-in-nm", test_brush_is_round_in_nm);
  ADD ("eraser-and-right-button", test_eraser_and_right_button);
  ADD ("verified", test_verified);
  ADD ("pen-pressure", test_pen_pressure);
  ADD ("pen-stroke-swells", test_pen_stroke_swells);
  ADD ("pen-eraser", test_pen_eraser);
  ADD ("control-inverts", test_control_inverts);
  ADD ("shift-draws-a-line", test_shift_draws_a_line);
  ADD ("pick", test_pick);
  ADD ("cancel", test_cancel);
  ADD ("radius-steps", test_radius_steps);
  ADD ("voxel-size", test_voxel_size);
  ADD ("region", test_region);
  ADD ("region-edges", test_region_edges);
  ADD ("region-stays", test_region_stays);
  ADD ("region-damaged", test_region_damaged);
  ADD ("theirs", test_theirs);
  ADD ("keys", test_keys);
  return g_test_run ();
}
