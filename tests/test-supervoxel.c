/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The supervoxel brush by made-up events: in every pane and in space; what is
 * painted is what was shown, nothing locked or verified is, and undo takes it
 * back to the last voxel. */
#include <string.h>

#include "propose-fixture.h"
#include "rounds.h"
#include "tools-fixture.h"
#include "tools/tool-basins.h"
#include "workspace/basin-map.h"
#include "workspace/regions.h"

#define N_VOXELS (EDGE * EDGE * EDGE)

/* In place of the fixture's blank image: boxes of 12 × 12 × 6 voxels with a
 * grey of their own each. */
static void
write_boxes (const char *path)
{
  g_autoptr (GError) error = NULL;
  LamTiffLayout layout = { .size = { EDGE, EDGE, EDGE },
    .dtype = LAM_DTYPE_U8,
    .voxel_size_nm = { 10, 10, 40 } };
  g_autoptr (LamTiffWriter) writer =
      lam_tiff_writer_new (path, &layout, &error);
  g_autofree uint8_t *page = g_new0 (uint8_t, EDGE * EDGE);
  g_assert_no_error (error);
  for (int z = 0; z < EDGE; z++) {
    for (int i = 0; i < EDGE * EDGE; i++) {
      const int box = i % EDGE / 12 * 7 + i / EDGE / 12 * 13 + z / 6 * 29;
      page[i] = (uint8_t)(box * 37 % 11 * 20 + i * 31 % 5);
    }
    g_assert_true (lam_tiff_writer_add_page (writer, page, &error));
  }
  g_assert_true (lam_tiff_writer_finish (writer, &error));
}

static void
set_up_boxes (Fixture *fixture, gconstpointer unused)
{
  g_autoptr (GError) error = NULL;
  set_up (fixture, unused);
  lam_tool_box_free (fixture->box);
  g_autofree char *image = g_build_filename (fixture->folder, "b.tif", NULL);
  write_boxes (image);
  lam_workspace_set_image (
      fixture->workspace, image, &LAM_OPEN_DEFAULTS, &error);
  g_assert_no_error (error);
  fixture->box = lam_tool_box_new (fixture->workspace);
  lam_tool_box_set_tool (fixture->box, lam_tool_find ("supervoxel"));
  lam_tool_box_get_brush (fixture->box)->basin_size = 1;
}

/* --- helpers -------------------------------------------------------------- */

typedef struct {
  uint32_t labels[N_VOXELS];
} State;

static State *
take_state (Fixture *fixture)
{
  State *state = g_new (State, 1);
  g_assert_true (lam_workspace_wait (fixture->workspace, NULL, NULL));
  for (int64_t i = 0; i < N_VOXELS; i++)
    state->labels[i] =
        label_at (fixture, i % EDGE, i / EDGE % EDGE, i / EDGE / EDGE);
  return state;
}

static void
settle (Fixture *fixture)
{
  while (lam_tool_box_is_acting (fixture->box))
    g_main_context_iteration (NULL, true);
  g_assert_true (lam_workspace_wait (fixture->workspace, NULL, NULL));
}

static LamPointerEvent
event_at (double x, double y, LamPointerFlags flags)
{
  return (
      LamPointerEvent){ .x_px = x, .y_px = y, .pressure = 1, .flags = flags };
}

/* As a window does: draws until nothing is being found any more. */
static void
wait_for_basins (Fixture *fixture)
{
  const int64_t end = g_get_monotonic_time () + 60 * G_USEC_PER_SEC;
  do {
    g_autoptr (LamSketch) sketch =
        lam_tool_box_sketch (fixture->box, &fixture->camera);
    g_main_context_iteration (NULL, false);
    g_usleep (200);
    g_assert_cmpint (g_get_monotonic_time (), <, end);
  } while (lam_tool_basins_is_busy (lam_tool_box_get_basins (fixture->box)));
}

/* A stroke from one point to another; gives what was shown before the button
 * was let go. */
static LamVoxelSet *
stroke (Fixture *fixture, LamPointerFlags flags, double x0, double y0,
    double x1, double y1)
{
  g_autoptr (GError) error = NULL;
  LamPointerEvent event = event_at (x0, y0, flags);
  wait_for_basins (fixture);
  g_assert_true (
      lam_tool_box_press (fixture->box, &fixture->camera, &event, &error));
  g_assert_no_error (error);
  event = event_at (x1, y1, flags);
  lam_tool_box_move (fixture->box, &fixture->camera, &event);
  wait_for_basins (fixture);
  LamVoxelSet *shown = lam_voxel_set_copy (
      lam_tool_basins_get_voxels (lam_tool_box_get_basins (fixture->box)));
  g_autoptr (LamSketch) sketch =
      lam_tool_box_sketch (fixture->box, &fixture->camera);
  g_assert_cmpuint (lam_sketch_get_n_lines (sketch), >, 3);
  lam_tool_box_release (fixture->box, &fixture->camera, &event);
  settle (fixture);
  return shown;
}

static bool
has (const LamVoxelSet *set, int64_t i)
{
  const int64_t at[3] = { i % EDGE, i / EDGE % EDGE, i / EDGE / EDGE };
  return lam_voxel_set_has (set, at);
}

static void
assert_same (const LamVoxelSet *a, const LamVoxelSet *b)
{
  const LamBox box = lam_voxel_set_get_box (a);
  int64_t at[3];
  g_assert_cmpint (lam_voxel_set_count (a), ==, lam_voxel_set_count (b));
  for (at[2] = box.min[2]; at[2] < box.max[2]; at[2]++)
    for (at[1] = box.min[1]; at[1] < box.max[1]; at[1]++)
      for (at[0] = box.min[0]; at[0] < box.max[0]; at[0]++)
        g_assert_cmpint (
            lam_voxel_set_has (a, at), ==, lam_voxel_set_has (b, at));
}

/* --- tests ---------------------------------------------------------------- */

static void
test_panes (Fixture *fixture, gconstpointer unused)
{
  for (int i = 0; i < 2 * LAM_N_PLANES; i += PLAIN_OR_SANITISED (1, 4)) {
    const LamPlane plane = (LamPlane)(i % LAM_N_PLANES);
    const int w = lam_plane_w (plane);
    fixture->camera = make_camera (plane);
    lam_tool_box_get_brush (fixture->box)->basins_in_space = i >= 3;
    lam_workspace_set_active_label (fixture->workspace, 0);
    g_autofree State *before = take_state (fixture);
    g_autoptr (LamVoxelSet) shown = stroke (fixture, 0, 30, 40, 55, 45);
    const uint32_t label = lam_workspace_get_active_label (fixture->workspace);
    const LamBox box = lam_voxel_set_get_box (shown);
    g_autofree State *after = take_state (fixture);
    for (int64_t j = 0; j < N_VOXELS; j++)
      g_assert_cmpuint (
          after->labels[j], ==, has (shown, j) ? label : before->labels[j]);
    /* In space more than two boxes have in one slice. */
    g_assert_cmpint (lam_voxel_set_count (shown), >, i < 3 ? 40 : 2 * 144);
    g_assert_cmpint (box.max[w] - box.min[w], >=, 1 + (i >= 3));
    if (i < 3)
      g_assert_cmpint (box.max[w] - box.min[w], ==, 1);
    lam_workspace_undo (fixture->workspace);
    g_autofree State *undone = take_state (fixture);
    g_assert_cmpmem (undone->labels, sizeof undone->labels, before->labels,
        sizeof before->labels);
  }
}

static void
test_size (Fixture *fixture, gconstpointer unused)
{
  int64_t last = 0;
  lam_tool_box_get_brush (fixture->box)->basin_size = 0;
  const double radius = lam_tool_box_get_brush (fixture->box)->radius_nm;
  for (int i = 0; i < 3; i++) {
    g_autoptr (LamVoxelSet) shown = stroke (fixture, 0, 50, 50, 50, 50);
    g_assert_cmpint (lam_voxel_set_count (shown), >, last);
    last = lam_voxel_set_count (shown);
    lam_tool_box_step_radius (fixture->box, 3);
  }
  g_assert_cmpint (lam_tool_box_get_brush (fixture->box)->basin_size, ==,
      LAM_BASIN_N_SIZES - 1);
  g_assert_cmpfloat (
      lam_tool_box_get_brush (fixture->box)->radius_nm, ==, radius);
}

/* The wheel while the button is down: what was touched before keeps its size,
 * and what is shown is painted. */
static void
test_size_meanwhile (Fixture *fixture, gconstpointer unused)
{
  LamPointerEvent event = event_at (20, 20, 0);
  wait_for_basins (fixture);
  g_assert_true (
      lam_tool_box_press (fixture->box, &fixture->camera, &event, NULL));
  LamToolBasins *basins = lam_tool_box_get_basins (fixture->box);
  g_autoptr (LamVoxelSet) first =
      lam_voxel_set_copy (lam_tool_basins_get_voxels (basins));
  lam_tool_box_step_radius (fixture->box, 4);
  event = event_at (80, 80, 0);
  lam_tool_box_move (fixture->box, &fixture->camera, &event);
  wait_for_basins (fixture);
  g_autoptr (LamVoxelSet) shown =
      lam_voxel_set_copy (lam_tool_basins_get_voxels (basins));
  lam_tool_box_release (fixture->box, &fixture->camera, &event);
  settle (fixture);
  g_autofree State *after = take_state (fixture);
  for (int64_t i = 0; i < N_VOXELS; i++) {
    g_assert_cmpint (after->labels[i] != 0, ==, has (shown, i));
    g_assert_true (has (shown, i) || !has (first, i));
  }
}

/* Moving the view there and back, and coming from elsewhere, gives the same. */
static void
test_view (Fixture *fixture, gconstpointer unused)
{
  for (int in_space = 0; in_space < PLAIN_OR_SANITISED (2, 1); in_space++) {
    lam_tool_box_get_brush (fixture->box)->basins_in_space = in_space;
    fixture->camera = make_camera (LAM_PLANE_XY);
    g_autoptr (LamVoxelSet) first = stroke (fixture, 0, 62, 50, 66, 50);
    lam_tool_box_free (fixture->box);
    fixture->box = lam_tool_box_new (fixture->workspace);
    lam_tool_box_set_tool (fixture->box, lam_tool_find ("supervoxel"));
    lam_tool_box_get_brush (fixture->box)->basin_size = 1;
    lam_tool_box_get_brush (fixture->box)->basins_in_space = in_space;
    fixture->camera.centre_nm[0] += 370;
    fixture->camera.centre_nm[1] -= 130;
    wait_for_basins (fixture);
    g_autoptr (LamVoxelSet) second =
        stroke (fixture, 0, 62 - 37, 50 + 13, 66 - 37, 50 + 13);
    assert_same (first, second);
  }
}

static void
test_keys (Fixture *fixture, gconstpointer unused)
{
  g_autoptr (GError) error = NULL;
  const LamPointerEvent event = event_at (70, 30, 0);
  /* At once: nothing is found yet. */
  g_assert_false (lam_tool_box_accept (fixture->box, false, &error));
  g_assert_error (error, LAM_ERROR, LAM_ERROR_MISSING);
  g_clear_error (&error);
  wait_for_basins (fixture);
  const double middle[3] = { 20.5, 20.5, 50.5 };
  lam_workspace_set_position (fixture->workspace, middle);
  wait_for_basins (fixture);
  g_assert_true (lam_tool_box_accept (fixture->box, false, &error));
  settle (fixture);
  g_assert_cmpuint (label_at (fixture, 20, 20, 50), >, 0);
  lam_tool_box_hover (fixture->box, &fixture->camera, &event);
  g_assert_true (lam_tool_box_accept (fixture->box, false, &error));
  settle (fixture);
  g_assert_cmpuint (label_at (fixture, 70, 30, 50), >, 0);
  /* Shift+Enter is for another, Backspace erases. */
  g_assert_false (lam_tool_box_accept (fixture->box, true, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (label_at (fixture, 70, 30, 50), >, 0);
  g_assert_true (lam_tool_box_step_back (fixture->box));
  settle (fixture);
  g_assert_cmpuint (label_at (fixture, 70, 30, 50), ==, 0);
  /* Escape takes a stroke back that is under way. */
  g_assert_true (
      lam_tool_box_press (fixture->box, &fixture->camera, &event, &error));
  g_assert_true (lam_tool_box_leave (fixture->box));
  g_assert_false (lam_tool_box_leave (fixture->box));
  settle (fixture);
  g_assert_cmpuint (label_at (fixture, 70, 30, 50), ==, 0);
}

static int
is_cell (const int64_t at[3], gconstpointer where)
{
  return lam_box_contains (where, at) ? 1 : -1;
}

/* Whether the tool takes Enter, once it knows what is under the pointer. */
static bool
accept_when_known (Fixture *fixture)
{
  for (;;) {
    g_autoptr (GError) error = NULL;
    const bool done = lam_tool_box_accept (fixture->box, false, &error);
    if (done || !error) {
      settle (fixture);
      return done;
    }
    g_assert_error (error, LAM_ERROR, LAM_ERROR_MISSING);
    g_main_context_iteration (NULL, true);
  }
}

/* Enter is a proposal's where the pointer is on one, else the brush's. */
static void
test_proposals (Fixture *fixture, gconstpointer unused)
{
  const LamBox where = lam_box_new (66, 26, 46, 76, 36, 56);
  const LamPointerEvent on = event_at (70, 30, 0),
                        beside = event_at (90, 30, 0);
  propose (fixture, is_cell, &where);
  wait_for_basins (fixture);
  lam_tool_box_hover (fixture->box, &fixture->camera, &on);
  g_assert_false (accept_when_known (fixture));
  g_assert_cmpuint (label_at (fixture, 70, 30, 50), ==, 0);
  lam_tool_box_hover (fixture->box, &fixture->camera, &beside);
  g_assert_true (accept_when_known (fixture));
  g_assert_cmpuint (label_at (fixture, 90, 30, 50), >, 0);
  /* What is a person's is no proposal any more. */
  lam_voxel_set_free (stroke (fixture, 0, 68, 30, 72, 30));
  g_assert_cmpuint (label_at (fixture, 70, 30, 50), >, 0);
  lam_tool_box_hover (fixture->box, &fixture->camera, &on);
  g_assert_true (accept_when_known (fixture));
}

static void
reopen_without_image (Fixture *fixture)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *image = g_build_filename (fixture->folder, "b.tif", NULL);
  g_autofree char *project =
      g_build_filename (fixture->folder, "a.lamella", NULL);
  lam_tool_box_free (fixture->box);
  lam_workspace_close (fixture->workspace, true, NULL);
  g_clear_object (&fixture->workspace);
  g_unlink (image);
  fixture->workspace = lam_workspace_open (project, NULL, NULL, &error);
  g_assert_no_error (error);
  g_assert_nonnull (lam_workspace_get_image_problem (fixture->workspace));
  fixture->box = lam_tool_box_new (fixture->workspace);
  lam_tool_box_set_tool (fixture->box, lam_tool_find ("supervoxel"));
  lam_workspace_set_active_class (fixture->workspace, 2);
}

/* What networks said is enough to find supervoxels by. */
static void
test_no_image (Fixture *fixture, gconstpointer unused)
{
  const LamBox where = lam_box_new (66, 26, 46, 76, 36, 56);
  propose (fixture, is_cell, &where);
  reopen_without_image (fixture);
  lam_voxel_set_free (stroke (fixture, 0, 70, 30, 71, 30));
  g_assert_cmpuint (label_at (fixture, 70, 30, 50), >, 0);
}

static void
lock (Fixture *fixture, uint32_t id, bool locked)
{
  const LamClassTable *table = lam_workspace_get_classes (fixture->workspace);
  LamLabel row = *lam_class_table_get_label (table, id);
  row.locked = locked;
  lam_workspace_set_label (fixture->workspace, &row, NULL);
}

/* Random strokes over one label that is locked and a box that is verified. */
static void
test_properties (Fixture *fixture, gconstpointer unused)
{
  g_autoptr (GRand) random = g_rand_new_with_seed (5);
  lam_tool_box_get_brush (fixture->box)->basin_size = 4;
  lam_voxel_set_free (stroke (fixture, 0, 50, 50, 52, 50));
  const uint32_t locked = lam_workspace_get_active_label (fixture->workspace);
  lock (fixture, locked, true);
  LamRegion region = { .name = (char *)"done",
    .box = lam_box_new (0, 0, 0, 40, 40, EDGE),
    .review = LAM_REVIEW_VERIFIED };
  lam_workspace_add_region (fixture->workspace, &region, NULL);
  g_assert_true (lam_workspace_wait (fixture->workspace, NULL, NULL));
  for (int i = 0; i < PLAIN_OR_SANITISED (6, 1); i++) {
    LamBrushSettings *brush = lam_tool_box_get_brush (fixture->box);
    fixture->camera = make_camera ((LamPlane)g_rand_int_range (random, 0, 3));
    brush->basin_size = g_rand_int_range (random, 0, LAM_BASIN_N_SIZES);
    brush->basins_in_space = g_rand_boolean (random);
    brush->overwrite = (LamOverwrite)g_rand_int_range (random, 0, 3);
    lam_workspace_set_active_label (fixture->workspace, 0);
    g_autofree State *before = take_state (fixture);
    g_autoptr (LamVoxelSet) shown =
        stroke (fixture, i % 4 == 3 ? LAM_POINTER_ERASER : 0,
            g_rand_double_range (random, 0, 99),
            g_rand_double_range (random, 26, 74),
            g_rand_double_range (random, 0, 99),
            g_rand_double_range (random, 26, 74));
    g_autofree State *after = take_state (fixture);
    bool is_another = false;
    for (int64_t j = 0; j < N_VOXELS; j++) {
      const int64_t at[3] = { j % EDGE, j / EDGE % EDGE, j / EDGE / EDGE };
      if (after->labels[j] == before->labels[j])
        continue;
      is_another = true;
      g_assert_true (has (shown, j));
      g_assert_cmpuint (before->labels[j], !=, locked);
      g_assert_false (lam_box_contains (&region.box, at));
      if (brush->overwrite == LAM_OVERWRITE_UNLABELLED)
        g_assert_cmpuint (before->labels[j], ==, 0);
    }
    if (!is_another)
      continue;
    lam_workspace_undo (fixture->workspace);
    g_autofree State *undone = take_state (fixture);
    g_assert_cmpmem (undone->labels, sizeof undone->labels, before->labels,
        sizeof before->labels);
    lam_workspace_redo (fixture->workspace);
    g_assert_true (lam_workspace_wait (fixture->workspace, NULL, NULL));
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name, function) \
  g_test_add ( \
      "/supervoxel/" name, Fixture, NULL, set_up_boxes, function, tear_down)
  ADD ("panes", test_panes);
  ADD ("size", test_size);
  ADD ("size-meanwhile", test_size_meanwhile);
  ADD ("view", test_view);
  ADD ("keys", test_keys);
  ADD ("proposals", test_proposals);
  ADD ("no-image", test_no_image);
  ADD ("properties", test_properties);
#undef ADD
  return g_test_run ();
}
