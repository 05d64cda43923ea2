/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Tools that act on whole shapes, by made-up events: in every pane, and for all
 * of them that an act is one edit that undo takes back to the last voxel, and
 * that nothing locked or verified is ever written. */
#include <math.h>
#include <string.h>

#include "rounds.h"
#include "tools-fixture.h"
#include "workspace/regions.h"

#define N_VOXELS (EDGE * EDGE * EDGE)

/* --- helpers -------------------------------------------------------------- */

typedef struct {
  int n_begun, n_ended, n_changed, n_said;
  int64_t n_voxels;
  GError *error;
} Watch;

static void
begun (const char *title, LamProgress *progress, gpointer user_data)
{
  ((Watch *)user_data)->n_begun++;
  g_assert_nonnull (progress);
}

static void
ended (LamProgress *progress, int64_t n_voxels, const GError *error,
    gpointer user_data)
{
  Watch *watch = user_data;
  watch->n_ended++;
  watch->n_voxels = n_voxels;
  g_clear_error (&watch->error);
  watch->error = error ? g_error_copy (error) : NULL;
}

static void
changed (gpointer user_data)
{
  ((Watch *)user_data)->n_changed++;
}

static void
said (const char *text, gpointer user_data)
{
  ((Watch *)user_data)->n_said++;
}

static const LamToolWatcher watcher = {
  .begun = begun, .ended = ended, .changed = changed, .said = said
};

static void
settle (Fixture *fixture, const Watch *watch)
{
  while (
      watch->n_ended < watch->n_begun || lam_tool_box_is_acting (fixture->box))
    g_main_context_iteration (NULL, true);
  g_assert_true (lam_workspace_wait (fixture->workspace, NULL, NULL));
}

/* All labels and sources, as they are on disk. */
typedef struct {
  uint32_t labels[N_VOXELS];
  uint16_t sources[N_VOXELS];
} State;

static State *
take_state (Fixture *fixture)
{
  State *state = g_new0 (State, 1);
  LamStore *store = lam_workspace_get_store (fixture->workspace);
  g_autoptr (GError) error = NULL;
  g_autoptr (GArray) keys = lam_store_list_bricks (store, &error);
  g_assert_no_error (error);
  LamBox all = lam_box_new (0, 0, 0, EDGE, EDGE, EDGE);
  for (guint i = 0; i < keys->len; i++) {
    LamBrickKey key = lam_brick_key_unpack (g_array_index (keys, int64_t, i));
    const LamBox of_brick = lam_brick_box (key);
    const LamBox box = lam_box_intersect (&of_brick, &all);
    g_autoptr (LamLabelBrick) brick =
        lam_store_read_brick (store, key, NULL, &error);
    g_assert_no_error (error);
    for (int64_t z = box.min[2]; z < box.max[2]; z++)
      for (int64_t y = box.min[1]; y < box.max[1]; y++)
        for (int64_t x = box.min[0]; x < box.max[0]; x++) {
          const int from = (int)(x % 64 + 64 * (y % 64 + 64 * (z % 64)));
          const int64_t to = x + EDGE * (y + EDGE * z);
          state->labels[to] = lam_label_brick_get_label (brick, from);
          state->sources[to] = lam_label_brick_get_source (brick, from);
        }
  }
  return state;
}

static bool
states_equal (const State *a, const State *b)
{
  return memcmp (a->labels, b->labels, sizeof a->labels) == 0
      && memcmp (a->sources, b->sources, sizeof a->sources) == 0;
}

static int
count_label (Fixture *fixture, uint32_t label)
{
  g_autofree State *state = take_state (fixture);
  int n = 0;
  for (int i = 0; i < N_VOXELS; i++)
    n += state->labels[i] == label;
  return n;
}

static void
click (Fixture *fixture, const Watch *watch, const char *tool,
    LamPointerFlags flags, double x, double y)
{
  g_assert_true (drag (fixture, tool, flags, x, y, x, y));
  settle (fixture, watch);
}

/* A path of the pointer, through corners. */
static void
trace (Fixture *fixture, const Watch *watch, const char *tool,
    LamPointerFlags flags, const double (*corners)[2], int n)
{
  lam_tool_box_set_tool (fixture->box, lam_tool_find (tool));
  LamPointerEvent event = {
    .x_px = corners[0][0], .y_px = corners[0][1], .pressure = 1, .flags = flags
  };
  g_autoptr (GError) error = NULL;
  lam_tool_box_press (fixture->box, &fixture->camera, &event, &error);
  g_assert_no_error (error);
  for (int i = 1; i < n; i++)
    for (int step = 1; step <= 10; step++) {
      event.x_px =
          corners[i - 1][0] + (corners[i][0] - corners[i - 1][0]) * step / 10;
      event.y_px =
          corners[i - 1][1] + (corners[i][1] - corners[i - 1][1]) * step / 10;
      lam_tool_box_move (fixture->box, &fixture->camera, &event);
    }
  lam_tool_box_release (fixture->box, &fixture->camera, &event);
  settle (fixture, watch);
}

static const double square[][2] = { { 20, 20 }, { 80, 20 }, { 80, 80 },
  { 20, 80 }, { 20, 20 } };

static void
begin_watch (Fixture *fixture, Watch *watch)
{
  *watch = (Watch){ 0 };
  lam_tool_box_set_watcher (fixture->box, &watcher, watch);
}

static void
end_watch (Fixture *fixture, Watch *watch)
{
  lam_tool_box_set_watcher (fixture->box, NULL, NULL);
  g_clear_error (&watch->error);
}

static int64_t
voxel_of (Fixture *fixture, double x, double y, int64_t at[3])
{
  double voxel[3];
  lam_camera_px_to_voxel (&fixture->camera, x, y, voxel);
  for (int i = 0; i < 3; i++)
    at[i] = (int64_t)voxel[i];
  return at[lam_plane_w (fixture->camera.plane)];
}

/* --- fill and outline ----------------------------------------------------- */

static void
test_fill (Fixture *fixture, gconstpointer unused)
{
  Watch watch;
  begin_watch (fixture, &watch);
  for (int plane = 0; plane < LAM_N_PLANES; plane++) {
    fixture->camera = make_camera (plane);
    lam_workspace_set_active_label (fixture->workspace, 0);
    click (fixture, &watch, "fill", 0, 30, 40);
    g_assert_no_error (watch.error);
    uint32_t label = lam_workspace_get_active_label (fixture->workspace);
    int64_t at[3];
    voxel_of (fixture, 30, 40, at);
    g_assert_cmpuint (label_at (fixture, at[0], at[1], at[2]), ==, label);
    at[lam_plane_w (plane)]++;
    g_assert_cmpuint (label_at (fixture, at[0], at[1], at[2]), !=, label);
    g_assert_cmpint (watch.n_voxels, >, 0);
  }
  /* Three slices cut the rest into eight: one of them. */
  lam_workspace_set_active_label (fixture->workspace, 0);
  fixture->camera = make_camera (LAM_PLANE_XY);
  fixture->camera.centre_nm[2] = 1000;
  click (fixture, &watch, "fill-space", 0, 10, 10);
  g_assert_cmpint (watch.n_voxels, ==, 50 * 50 * 50);
  g_assert_cmpint (count_label (fixture, 4), ==, 50 * 50 * 50);
  end_watch (fixture, &watch);
}

/* What is labelled stays, where only what is not may be painted over. */
static void
test_fill_overwrite (Fixture *fixture, gconstpointer unused)
{
  LamBrushSettings *brush = lam_tool_box_get_brush (fixture->box);
  Watch watch;
  begin_watch (fixture, &watch);
  lam_workspace_set_active_label (fixture->workspace, 0);
  click (fixture, &watch, "fill", 0, 30, 40);
  g_assert_no_error (watch.error);
  const uint32_t first = lam_workspace_get_active_label (fixture->workspace);
  static const char *const tools[] = { "fill", "fill-space" };
  for (size_t i = 0; i < G_N_ELEMENTS (tools); i++) {
    g_autofree State *before = take_state (fixture);
    lam_workspace_set_active_label (fixture->workspace, 0);
    brush->overwrite = LAM_OVERWRITE_UNLABELLED;
    click (fixture, &watch, tools[i], 0, 50, 50);
    g_assert_error (watch.error, LAM_ERROR, LAM_ERROR_MISSING);
    g_autofree State *after = take_state (fixture);
    g_assert_true (states_equal (before, after));
    click (fixture, &watch, tools[i], LAM_POINTER_CONTROL, 50, 50);
    g_assert_no_error (watch.error);
    g_assert_cmpint (count_label (fixture, first), ==, 0);
    lam_workspace_undo (fixture->workspace);
    settle (fixture, &watch);
  }
  end_watch (fixture, &watch);
}

/* The label was made for the fill: it goes when that could do nothing. */
static void
test_fill_locked (Fixture *fixture, gconstpointer unused)
{
  Watch watch;
  begin_watch (fixture, &watch);
  click (fixture, &watch, "fill", 0, 50, 50);
  const LamClassTable *table = lam_workspace_get_classes (fixture->workspace);
  LamLabel row = *lam_class_table_get_label (table, 1);
  row.locked = true;
  lam_workspace_set_label (fixture->workspace, &row, NULL);
  lam_workspace_set_active_label (fixture->workspace, 0);
  click (fixture, &watch, "fill", 0, 50, 50);
  g_assert_error (watch.error, LAM_ERROR, LAM_ERROR_READ_ONLY);
  g_assert_true (lam_class_table_get_label (table, 2)->deleted);
  g_assert_cmpuint (lam_workspace_get_active_label (fixture->workspace), ==, 0);
  end_watch (fixture, &watch);
}

static void
test_lasso (Fixture *fixture, gconstpointer unused)
{
  Watch watch;
  begin_watch (fixture, &watch);
  for (int plane = 0; plane < LAM_N_PLANES; plane++) {
    fixture->camera = make_camera (plane);
    lam_workspace_set_active_label (fixture->workspace, 0);
    trace (fixture, &watch, "lasso", 0, square, 5);
    g_assert_no_error (watch.error);
    uint32_t label = lam_workspace_get_active_label (fixture->workspace);
    /* 60 × 60 pixels of 10 nm, in voxels of the pane. */
    int wanted = 3600 * (plane == LAM_PLANE_XY ? 4 : 1) / 4;
    g_assert_cmpint (ABS (count_label (fixture, label) - wanted), <=, 130);
  }
  g_assert_cmpint (watch.n_changed, >, 0);
  fixture->camera = make_camera (LAM_PLANE_XY);
  trace (fixture, &watch, "lasso", LAM_POINTER_ERASER, square, 5);
  g_assert_cmpuint (label_at (fixture, 50, 25, 50), ==, 0);
  end_watch (fixture, &watch);
}

/* Corners are added, dragged, put into a line, removed and taken back. */
static void
test_polygon (Fixture *fixture, gconstpointer unused)
{
  Watch watch;
  g_autoptr (GError) error = NULL;
  begin_watch (fixture, &watch);
  for (int i = 0; i < 4; i++)
    click (fixture, &watch, "polygon", 0, square[i][0], square[i][1]);
  click (fixture, &watch, "polygon", 0, 95, 95);
  g_assert_true (lam_tool_box_step_back (fixture->box));
  drag (fixture, "polygon", 0, 80, 80, 80, 60);
  click (fixture, &watch, "polygon", 0, 50, 20); /* in the upper line */
  drag (fixture, "polygon", 0, 50, 20, 50, 5);
  click (fixture, &watch, "polygon", LAM_POINTER_CONTROL, 20, 80);
  g_autoptr (LamSketch) sketch =
      lam_tool_box_sketch (fixture->box, &fixture->camera);
  g_assert_cmpuint (lam_sketch_get_n_points (sketch), ==, 4);
  g_assert_cmpuint (lam_sketch_get_n_lines (sketch), ==, 4);
  g_assert_cmpint (count_label (fixture, 1), ==, 0);
  g_assert_true (lam_tool_box_accept (fixture->box, false, &error));
  g_assert_no_error (error);
  settle (fixture, &watch);
  /* Corners 20,20 50,5 80,20 80,60. */
  g_assert_cmpint (ABS (count_label (fixture, 1) - (450 + 1200)), <, 40);
  g_assert_cmpuint (label_at (fixture, 50, 10, 50), ==, 1);
  g_assert_cmpuint (label_at (fixture, 30, 70, 50), ==, 0);
  g_assert_false (lam_tool_box_accept (fixture->box, false, &error));
  /* Escape leaves one that is begun. */
  click (fixture, &watch, "polygon", 0, 10, 10);
  g_assert_true (lam_tool_box_leave (fixture->box));
  g_assert_false (lam_tool_box_leave (fixture->box));
  end_watch (fixture, &watch);
}

/* In nm, where voxels are not cubes. */
static void
test_measure (Fixture *fixture, gconstpointer unused)
{
  static const double corner[][2] = { { 20, 20 }, { 60, 20 }, { 60, 50 } };
  Watch watch;
  begin_watch (fixture, &watch);
  for (int plane = 0; plane < LAM_N_PLANES; plane++) {
    fixture->camera = make_camera (plane);
    for (int i = 0; i < 3; i++)
      click (fixture, &watch, "measure", 0, corner[i][0], corner[i][1]);
    LamToolMeasure measure = lam_tool_box_measure (fixture->box);
    g_assert_cmpint (measure.n_points, ==, 3);
    g_assert_cmpfloat_with_epsilon (measure.length_nm, 700, 1e-6);
    g_assert_cmpfloat_with_epsilon (measure.area_nm2, 60000, 1e-6);
    g_assert_cmpfloat_with_epsilon (measure.angle_degrees, 90, 1e-6);
    g_assert_true (lam_tool_box_step_back (fixture->box));
    measure = lam_tool_box_measure (fixture->box);
    g_assert_cmpfloat_with_epsilon (measure.length_nm, 400, 1e-6);
    g_assert_true (lam_tool_box_leave (fixture->box));
  }
  g_assert_cmpint (watch.n_said, >, 9);
  end_watch (fixture, &watch);
}

/* Points in any panes and slices, at random: the way is as long as the straight
 * lines between them in nm, however many slices are stepped meanwhile; an area
 * is told of points in one slice alone. */
static void
test_measure_in_space (Fixture *fixture, gconstpointer unused)
{
  const double nm[3] = { 10, 10, 40 };
  Watch watch;
  begin_watch (fixture, &watch);
  for (int round = 0; round < 20; round++) {
    double last[3] = { 0 }, length = 0;
    const bool stays = round % 4 == 0;
    for (int i = 0; i < 4; i++) {
      double at[3], sum = 0;
      if (i == 0 || !stays) {
        fixture->camera =
            make_camera ((LamPlane)g_test_rand_int_range (0, LAM_N_PLANES));
        const int w = lam_plane_w (fixture->camera.plane);
        fixture->camera.centre_nm[w] =
            (g_test_rand_int_range (0, EDGE) + 0.5) * nm[w];
      }
      const double x = g_test_rand_double_range (5, 95);
      const double y = g_test_rand_double_range (40, 60);
      lam_camera_px_to_voxel (&fixture->camera, x, y, at);
      click (fixture, &watch, "measure", 0, x, y);
      for (int axis = 0; axis < 3; axis++) {
        sum += (at[axis] - last[axis]) * nm[axis] * (at[axis] - last[axis])
            * nm[axis];
        last[axis] = at[axis];
      }
      length += i > 0 ? sqrt (sum) : 0;
      LamToolMeasure measure = lam_tool_box_measure (fixture->box);
      g_assert_cmpint (measure.n_points, ==, i + 1);
      g_assert_cmpfloat_with_epsilon (measure.length_nm, length, 1e-6);
      g_assert_true (measure.is_flat || !stays);
      g_assert_true ((measure.area_nm2 > 0) == (i >= 2 && measure.is_flat));
    }
    /* Nothing is hidden, in whatever pane. */
    for (int plane = 0; plane < LAM_N_PLANES; plane++) {
      LamCamera camera = make_camera (plane);
      g_autoptr (LamSketch) sketch =
          lam_tool_box_sketch (fixture->box, &camera);
      g_assert_cmpuint (lam_sketch_get_n_points (sketch), ==, 4);
      g_assert_cmpuint (lam_sketch_get_n_lines (sketch), >=, 3);
    }
    g_assert_true (lam_tool_box_leave (fixture->box));
  }
  end_watch (fixture, &watch);
}

/* --- previews ------------------------------------------------------------- */

/* What a stroke by grey values would paint is outlined while the button is
 * down, and no longer; it is not for Enter. */
static void
test_threshold_live (Fixture *fixture, gconstpointer unused)
{
  Watch watch;
  g_autoptr (GError) error = NULL;
  begin_watch (fixture, &watch);
  LamBrushSettings *brush = lam_tool_box_get_brush (fixture->box);
  brush->grey_low = 0;
  brush->grey_high = 10;
  brush->has_greys = true;
  lam_tool_box_set_tool (fixture->box, lam_tool_find ("threshold"));
  LamPointerEvent event = { .x_px = 30, .y_px = 30, .pressure = 1 };
  g_assert_true (
      lam_tool_box_press (fixture->box, &fixture->camera, &event, NULL));
  /* Its outline is of many short lines; the way itself is one a move. */
  for (int i = 0; i < 2; i++) {
    size_t n = 0;
    event.x_px += 10;
    lam_tool_box_move (fixture->box, &fixture->camera, &event);
    while (n <= 20) {
      g_main_context_iteration (NULL, true);
      g_autoptr (LamSketch) sketch =
          lam_tool_box_sketch (fixture->box, &fixture->camera);
      n = lam_sketch_get_n_lines (sketch);
    }
  }
  g_assert_cmpint (watch.n_begun, ==, 0);
  g_assert_false (lam_tool_box_has_preview (fixture->box));
  g_assert_false (lam_tool_box_accept (fixture->box, false, &error));
  g_assert_no_error (error);
  g_assert_false (lam_tool_box_is_acting (fixture->box));
  lam_tool_box_release (fixture->box, &fixture->camera, &event);
  settle (fixture, &watch);
  g_assert_no_error (watch.error);
  g_assert_cmpuint (label_at (fixture, 45, 30, 50), ==, 1);
  g_autoptr (LamSketch) sketch =
      lam_tool_box_sketch (fixture->box, &fixture->camera);
  g_assert_cmpuint (lam_sketch_get_n_lines (sketch), ==, 0);
  end_watch (fixture, &watch);
}

static size_t
count_lines (Fixture *fixture, LamPlane plane)
{
  LamCamera camera =
      plane == fixture->camera.plane ? fixture->camera : make_camera (plane);
  g_autoptr (LamSketch) sketch = lam_tool_box_sketch (fixture->box, &camera);
  return lam_sketch_get_n_lines (sketch);
}

/* Lines in the pane of the pointer, once nothing is looked for any more. */
static size_t
look_at (Fixture *fixture, double x, double y)
{
  const LamPointerEvent event = { .x_px = x, .y_px = y, .pressure = 1 };
  LamJobPool *pool = lam_workspace_get_pool (fixture->workspace);
  lam_tool_box_hover (fixture->box, &fixture->camera, &event);
  do {
    count_lines (fixture, fixture->camera.plane);
    g_main_context_iteration (NULL, false);
  } while (lam_job_pool_get_n_pending (pool) > 0);
  while (g_main_context_iteration (NULL, false))
    continue;
  return count_lines (fixture, fixture->camera.plane);
}

static void
set_locked (Fixture *fixture, uint32_t label, bool locked)
{
  g_autoptr (GError) error = NULL;
  LamLabel row = *lam_class_table_get_label (
      lam_workspace_get_classes (fixture->workspace), label);
  row.locked = locked;
  lam_workspace_set_label (fixture->workspace, &row, &error);
  g_assert_no_error (error);
}

/* Before the click, what it would fill is outlined, and nothing where it would
 * fill nothing: its own label, one that is locked or that the mode leaves. */
static void
test_fill_look (Fixture *fixture, gconstpointer unused)
{
  Watch watch;
  begin_watch (fixture, &watch);
  trace (fixture, &watch, "lasso", 0, square, 5);
  const int n = count_label (fixture, 1);
  LamBrushSettings *brush = lam_tool_box_get_brush (fixture->box);
  lam_tool_box_set_tool (fixture->box, lam_tool_find ("fill"));
  g_assert_cmpuint (look_at (fixture, 50, 50), ==, 0);
  const size_t around = look_at (fixture, 5, 5);
  g_assert_cmpuint (around, >, 4);
  lam_workspace_set_active_label (fixture->workspace, 0);
  const size_t inside = look_at (fixture, 50, 50);
  g_assert_cmpuint (inside, >, 0);
  g_assert_cmpuint (inside, <, around);
  g_assert_cmpuint (count_lines (fixture, LAM_PLANE_XZ), <, inside + 4);
  brush->overwrite = LAM_OVERWRITE_UNLABELLED;
  g_assert_cmpuint (look_at (fixture, 50, 50), ==, 0);
  g_assert_cmpuint (look_at (fixture, 5, 5), ==, around);
  brush->overwrite = LAM_OVERWRITE_EVERYTHING;
  set_locked (fixture, 1, true);
  g_assert_cmpuint (look_at (fixture, 50, 50), ==, 0);
  set_locked (fixture, 1, false);
  g_assert_cmpuint (look_at (fixture, 50, 50), ==, inside);
  /* Another tool has no use for it. */
  lam_tool_box_set_tool (fixture->box, lam_tool_find ("navigate"));
  g_assert_cmpuint (look_at (fixture, 50, 50), ==, 0);
  g_assert_cmpint (count_label (fixture, 1), ==, n);
  end_watch (fixture, &watch);
}

/* In space it is seen in every pane, as far as it is near; a view of very many
 * voxels has none. */
static void
test_fill_look_in_space (Fixture *fixture, gconstpointer unused)
{
  Watch watch;
  begin_watch (fixture, &watch);
  trace (fixture, &watch, "lasso", 0, square, 5);
  lam_workspace_set_active_label (fixture->workspace, 0);
  lam_tool_box_set_tool (fixture->box, lam_tool_find ("fill-space"));
  g_assert_cmpuint (look_at (fixture, 5, 5), >, 4);
  g_assert_cmpuint (count_lines (fixture, LAM_PLANE_XZ), >, 4);
  g_assert_cmpuint (count_lines (fixture, LAM_PLANE_YZ), >, 4);
  end_watch (fixture, &watch);
}

/* A preview follows the radius, and what is done is what is shown. */
static void
test_radius_live (Fixture *fixture, gconstpointer unused)
{
  Watch watch;
  begin_watch (fixture, &watch);
  trace (fixture, &watch, "lasso", 0, square, 5);
  const int n = count_label (fixture, 1);
  LamBrushSettings *brush = lam_tool_box_get_brush (fixture->box);
  LamFigureRequest request = { .shape = lam_figure_find ("grow"),
    .plane = LAM_PLANE_XY,
    .voxel = { 50, 50, 50 },
    .label = 1,
    .radius_nm = brush->shape_radius_nm };
  lam_tool_box_preview (fixture->box, &request, LAM_OVERWRITE_EVERYTHING);
  settle (fixture, &watch);
  const int n_begun = watch.n_begun;
  lam_tool_box_renew_preview (fixture->box);
  g_assert_cmpint (watch.n_begun, ==, n_begun);
  brush->shape_radius_nm = 60;
  lam_tool_box_renew_preview (fixture->box);
  g_assert_cmpint (watch.n_begun, ==, n_begun + 1);
  settle (fixture, &watch);
  g_assert_cmpint (count_label (fixture, 1), ==, n);
  g_assert_true (lam_tool_box_accept (fixture->box, false, NULL));
  settle (fixture, &watch);
  /* Six voxels all around a square of 60. */
  g_assert_cmpint (count_label (fixture, 1) - n, >, 4 * 6 * 58);
  end_watch (fixture, &watch);
}

static void
test_interpolate (Fixture *fixture, gconstpointer unused)
{
  Watch watch;
  begin_watch (fixture, &watch);
  trace (fixture, &watch, "lasso", 0, square, 5);
  fixture->camera.centre_nm[2] += 10 * 40;
  trace (fixture, &watch, "lasso", 0, square, 5);
  int in_slice = count_label (fixture, 1) / 2;
  LamFigureRequest request = {
    .shape = lam_figure_find ("interpolate"), .plane = LAM_PLANE_XY, .label = 1
  };
  lam_tool_box_preview (fixture->box, &request, LAM_OVERWRITE_EVERYTHING);
  settle (fixture, &watch);
  g_assert_no_error (watch.error);
  g_assert_true (lam_tool_box_has_preview (fixture->box));
  g_assert_cmpint (count_label (fixture, 1), ==, 2 * in_slice);
  fixture->camera.centre_nm[2] -= 5 * 40;
  g_autoptr (LamSketch) sketch =
      lam_tool_box_sketch (fixture->box, &fixture->camera);
  g_assert_cmpuint (lam_sketch_get_n_lines (sketch), ==, 4);
  g_assert_true (lam_tool_box_accept (fixture->box, false, NULL));
  settle (fixture, &watch);
  g_assert_cmpint (count_label (fixture, 1), ==, 11 * in_slice);
  g_assert_false (lam_tool_box_has_preview (fixture->box));
  /* And one that is left. */
  lam_tool_box_preview (fixture->box, &request, LAM_OVERWRITE_EVERYTHING);
  lam_tool_box_leave (fixture->box);
  settle (fixture, &watch);
  g_assert_false (lam_tool_box_has_preview (fixture->box));
  end_watch (fixture, &watch);
}

/* Scribbles on both ends of a bar: the cut is shown, and done by Enter. */
/* A box that is drawn is for a region: what is accepted meanwhile leaves it. */
static void
test_accept_beside_region (Fixture *fixture, gconstpointer unused)
{
  static const double box[][2] = { { 20, 20 }, { 40, 40 } };
  Watch watch;
  LamBox drawn, left;
  begin_watch (fixture, &watch);
  trace (fixture, &watch, "lasso", 0, square, 5);
  fixture->camera.centre_nm[2] += 10 * 40;
  trace (fixture, &watch, "lasso", 0, square, 5);
  const int n = count_label (fixture, 1);
  trace (fixture, &watch, "region", 0, box, 2);
  g_assert_true (lam_tool_box_get_region (fixture->box, &drawn));
  const LamFigureRequest request = {
    .shape = lam_figure_find ("interpolate"), .plane = LAM_PLANE_XY, .label = 1
  };
  lam_tool_box_preview (fixture->box, &request, LAM_OVERWRITE_EVERYTHING);
  settle (fixture, &watch);
  g_assert_true (lam_tool_box_accept (fixture->box, false, NULL));
  settle (fixture, &watch);
  g_assert_cmpint (count_label (fixture, 1), >, n);
  g_assert_true (lam_tool_box_get_region (fixture->box, &left));
  g_assert_true (lam_box_equal (&drawn, &left));
  end_watch (fixture, &watch);
}

static void
test_split (Fixture *fixture, gconstpointer unused)
{
  Watch watch;
  static const double bar[][2] = { { 10, 40 }, { 90, 40 }, { 90, 60 },
    { 10, 60 }, { 10, 40 } };
  static const double left[][2] = { { 15, 45 }, { 15, 55 } },
                      right[][2] = { { 85, 45 }, { 85, 55 } };
  begin_watch (fixture, &watch);
  trace (fixture, &watch, "lasso", 0, bar, 5);
  int n = count_label (fixture, 1);
  /* As the pointer does before it is pressed. */
  g_assert_cmpuint (label_at (fixture, 15, 45, 50), ==, 1);
  trace (fixture, &watch, "split", 0, left, 2);
  g_assert_false (lam_tool_box_has_preview (fixture->box));
  trace (fixture, &watch, "split", LAM_POINTER_ERASER, right, 2);
  g_assert_no_error (watch.error);
  g_assert_true (lam_tool_box_has_preview (fixture->box));
  g_assert_cmpint (count_label (fixture, 1), ==, n);
  /* The last scribble is taken back, and drawn once more. */
  g_assert_true (lam_tool_box_step_back (fixture->box));
  g_assert_false (lam_tool_box_has_preview (fixture->box));
  trace (fixture, &watch, "split", LAM_POINTER_ERASER, right, 2);
  g_assert_true (lam_tool_box_accept (fixture->box, false, NULL));
  settle (fixture, &watch);
  g_assert_no_error (watch.error);
  int first = count_label (fixture, 1), second = count_label (fixture, 2);
  g_assert_cmpint (first + second, ==, n);
  g_assert_cmpint (ABS (first - second), <, n / 10);
  g_assert_false (lam_tool_box_leave (fixture->box));
  end_watch (fixture, &watch);
}

/* What scribbles mean is outlined while one is drawn, and is for Enter only
 * when it is; Escape leaves what was drawn, to be accepted. */
static void
test_scribble_live (Fixture *fixture, gconstpointer unused)
{
  static const double bar[][2] = { { 10, 40 }, { 90, 40 }, { 90, 60 },
    { 10, 60 }, { 10, 40 } };
  static const double left[][2] = { { 15, 45 }, { 15, 55 } };
  Watch watch;
  begin_watch (fixture, &watch);
  trace (fixture, &watch, "lasso", 0, bar, 5);
  g_assert_cmpuint (label_at (fixture, 15, 45, 50), ==, 1);
  trace (fixture, &watch, "split", 0, left, 2);
  for (int i = 0; i < 2; i++) {
    LamPointerEvent event = {
      .x_px = 85, .y_px = 45, .pressure = 1, .flags = LAM_POINTER_ERASER
    };
    const int n_begun = watch.n_begun;
    g_assert_true (
        lam_tool_box_press (fixture->box, &fixture->camera, &event, NULL));
    lam_tool_box_move (fixture->box, &fixture->camera, &event);
    const size_t n_lines = count_lines (fixture, LAM_PLANE_XY);
    const int64_t end = g_get_monotonic_time () + 60 * G_USEC_PER_SEC;
    while (i == 0 && count_lines (fixture, LAM_PLANE_XY) == n_lines) {
      g_main_context_iteration (NULL, false);
      g_assert_cmpint (g_get_monotonic_time (), <, end);
    }
    g_assert_cmpint (watch.n_begun, ==, n_begun);
    g_assert_false (lam_tool_box_has_preview (fixture->box));
    if (i == 0)
      g_assert_true (lam_tool_box_leave (fixture->box));
    else
      lam_tool_box_release (fixture->box, &fixture->camera, &event);
    settle (fixture, &watch);
    g_assert_true (lam_tool_box_has_preview (fixture->box));
  }
  g_assert_true (lam_tool_box_accept (fixture->box, false, NULL));
  settle (fixture, &watch);
  g_assert_cmpint (count_label (fixture, 2), >, 0);
  end_watch (fixture, &watch);
}

/* On an image that says nothing: what is shown, taken back, refined, left and
 * accepted; what is proposed is not part of the labels before. */
static void
test_smart_fill (Fixture *fixture, gconstpointer unused)
{
  static const double inside[][2] = { { 30, 50 }, { 50, 50 } },
                      outside[][2] = { { 70, 20 }, { 70, 80 } };
  Watch watch;
  begin_watch (fixture, &watch);
  trace (fixture, &watch, "smart-fill", LAM_POINTER_SHIFT, outside, 2);
  g_assert_false (lam_tool_box_has_preview (fixture->box));
  trace (fixture, &watch, "smart-fill", 0, inside, 2);
  g_assert_no_error (watch.error);
  g_assert_true (lam_tool_box_has_preview (fixture->box));
  g_assert_cmpint (count_label (fixture, 1), ==, 0);
  g_autoptr (LamSketch) sketch =
      lam_tool_box_sketch (fixture->box, &fixture->camera);
  g_assert_cmpuint (lam_sketch_get_n_points (sketch), ==, 2);
  g_assert_cmpuint (lam_sketch_get_n_lines (sketch), >, 80);
  trace (fixture, &watch, "smart-fill", LAM_POINTER_ERASER, square, 2);
  g_assert_true (lam_tool_box_step_back (fixture->box));
  settle (fixture, &watch);
  g_assert_true (lam_tool_box_has_preview (fixture->box));
  g_assert_true (lam_tool_box_accept (fixture->box, false, NULL));
  settle (fixture, &watch);
  g_assert_no_error (watch.error);
  g_assert_cmpint (count_label (fixture, 1), ==, watch.n_voxels);
  g_assert_cmpuint (label_at (fixture, 40, 50, 50), ==, 1);
  g_assert_cmpuint (label_at (fixture, 70, 50, 50), ==, 0);
  lam_workspace_undo (fixture->workspace);
  settle (fixture, &watch);
  g_assert_cmpint (count_label (fixture, 1), ==, 0);
  /* Escape. */
  trace (fixture, &watch, "smart-fill", 0, inside, 2);
  g_assert_true (lam_tool_box_leave (fixture->box));
  g_assert_false (lam_tool_box_has_preview (fixture->box));
  g_assert_false (lam_tool_box_accept (fixture->box, false, NULL));
  end_watch (fixture, &watch);
}

/* A scribble whose preview is still looked for. */
static void
scribble (
    Fixture *fixture, LamPointerFlags flags, double x0, double x1, double y)
{
  LamPointerEvent event = {
    .x_px = x0, .y_px = y, .pressure = 1, .flags = flags
  };
  g_assert_true (
      lam_tool_box_press (fixture->box, &fixture->camera, &event, NULL));
  event.x_px = x1;
  lam_tool_box_move (fixture->box, &fixture->camera, &event);
  lam_tool_box_release (fixture->box, &fixture->camera, &event);
}

static void
assert_not_accepted (Fixture *fixture, GError **error)
{
  g_assert_false (lam_tool_box_accept (fixture->box, false, error));
  g_assert_error (*error, LAM_ERROR, LAM_ERROR_MISSING);
  g_clear_error (error);
  g_assert_false (lam_tool_box_is_acting (fixture->box));
}

/* Enter before what it would do is shown: nothing is written, nothing is lost,
 * and who called is not told that Enter is free for another thing. */
static void
test_too_early (Fixture *fixture, gconstpointer unused)
{
  static const double inside[][2] = { { 45, 50 }, { 50, 50 } };
  Watch watch;
  g_autoptr (GError) error = NULL;
  begin_watch (fixture, &watch);
  lam_tool_box_set_tool (fixture->box, lam_tool_find ("smart-fill"));
  scribble (fixture, 0, 45, 50, 50);
  assert_not_accepted (fixture, &error);
  settle (fixture, &watch);
  lam_tool_box_leave (fixture->box);
  trace (fixture, &watch, "smart-fill", 0, inside, 2);
  g_assert_true (lam_tool_box_has_preview (fixture->box));
  scribble (fixture, 0, 5, 95, 20);
  assert_not_accepted (fixture, &error);
  settle (fixture, &watch);
  g_assert_cmpint (count_label (fixture,
                       lam_workspace_get_active_label (fixture->workspace)),
      ==, 0);
  g_assert_true (lam_tool_box_has_preview (fixture->box));
  g_assert_true (lam_tool_box_accept (fixture->box, false, &error));
  settle (fixture, &watch);
  g_assert_cmpint (count_label (fixture,
                       lam_workspace_get_active_label (fixture->workspace)),
      ==, watch.n_voxels);
  /* Only one side, and two corners. */
  fixture->camera.centre_nm[2] += 400;
  trace (fixture, &watch, "smart-fill", LAM_POINTER_SHIFT, inside, 2);
  assert_not_accepted (fixture, &error);
  g_assert_true (lam_tool_box_leave (fixture->box));
  click (fixture, &watch, "polygon", 0, 10, 10);
  assert_not_accepted (fixture, &error);
  g_assert_true (lam_tool_box_leave (fixture->box));
  g_assert_false (lam_tool_box_accept (fixture->box, false, &error));
  g_assert_no_error (error);
  end_watch (fixture, &watch);
}

/* Enter on a label that was locked since: the scribbles stay until it is not.
 */
static void
test_locked_meanwhile (Fixture *fixture, gconstpointer unused)
{
  static const double inside[][2] = { { 45, 50 }, { 50, 50 } };
  Watch watch;
  g_autoptr (GError) error = NULL;
  begin_watch (fixture, &watch);
  trace (fixture, &watch, "lasso", 0, square, 5);
  const uint32_t label = lam_workspace_get_active_label (fixture->workspace);
  int n = count_label (fixture, label);
  fixture->camera.centre_nm[2] += 400;
  trace (fixture, &watch, "smart-fill", 0, inside, 2);
  set_locked (fixture, label, true);
  g_assert_false (lam_tool_box_accept (fixture->box, false, &error));
  g_assert_error (error, LAM_ERROR, LAM_ERROR_READ_ONLY);
  g_clear_error (&error);
  g_assert_true (lam_tool_box_has_preview (fixture->box));
  g_assert_cmpint (count_label (fixture, label), ==, n);
  set_locked (fixture, label, false);
  g_assert_true (lam_tool_box_accept (fixture->box, false, &error));
  settle (fixture, &watch);
  g_assert_cmpint (count_label (fixture, label), ==, n + watch.n_voxels);
  end_watch (fixture, &watch);
}

static size_t
count_labels (Fixture *fixture)
{
  const LamClassTable *classes = lam_workspace_get_classes (fixture->workspace);
  size_t n = 0;
  for (size_t i = 0; i < lam_class_table_get_n_labels (classes); i++)
    n += !lam_class_table_get_nth_label (classes, i)->deleted;
  return n;
}

/* A label that was made for what came to nothing goes again, unless the person
 * has named it. */
static void
test_unused_label (Fixture *fixture, gconstpointer unused)
{
  static const double inside[][2] = { { 45, 50 }, { 50, 50 } };
  LamWorkspace *workspace = fixture->workspace;
  Watch watch;
  begin_watch (fixture, &watch);
  const size_t n = count_labels (fixture);
  for (int way = 0; way < 3; way++) {
    trace (fixture, &watch, "smart-fill", 0, inside, 2);
    g_assert_cmpuint (count_labels (fixture), ==, n + 1);
    if (way == 0)
      g_assert_true (lam_tool_box_leave (fixture->box));
    else if (way == 1)
      g_assert_true (lam_tool_box_step_back (fixture->box));
    else
      lam_tool_box_set_tool (fixture->box, lam_tool_find ("pick"));
    g_assert_cmpuint (count_labels (fixture), ==, n);
    g_assert_cmpuint (lam_workspace_get_active_label (workspace), ==, 0);
  }
  /* Too small to be an outline. */
  trace (fixture, &watch, "lasso", 0, inside, 1);
  g_assert_cmpuint (count_labels (fixture), ==, n);
  trace (fixture, &watch, "smart-fill", 0, inside, 2);
  const uint32_t label = lam_workspace_get_active_label (workspace);
  set_locked (fixture, label, false);
  g_assert_true (lam_tool_box_leave (fixture->box));
  g_assert_cmpuint (count_labels (fixture), ==, n + 1);
  settle (fixture, &watch);
  trace (fixture, &watch, "lasso", 0, square, 5);
  g_assert_no_error (watch.error);
  g_assert_cmpint (count_label (fixture, label), >, 0);
  end_watch (fixture, &watch);
}

/* --- properties ----------------------------------------------------------- */

static uint32_t
random_label (void)
{
  return (uint32_t)g_test_rand_int_range (1, 5);
}

static void
paint_lumps (Fixture *fixture, const Watch *watch)
{
  for (int i = 0; i < 25; i++) {
    LamBrush brush = { .plane = (LamPlane)g_test_rand_int_range (0, 3),
      .shape = LAM_BRUSH_ELLIPSOID,
      .radius_nm = g_test_rand_int_range (60, 300),
      .depth = 1,
      .label = i < 4 ? (uint32_t)i + 1 : random_label () };
    g_autoptr (GError) error = NULL;
    lam_workspace_begin_stroke (fixture->workspace, "brush", &brush, &error);
    g_assert_no_error (error);
    for (int j = 0; j < 2; j++) {
      const double at[3] = { g_test_rand_int_range (0, EDGE),
        g_test_rand_int_range (0, EDGE), g_test_rand_int_range (0, EDGE) };
      lam_workspace_add_sample (fixture->workspace, at, 1);
    }
    lam_workspace_end_stroke (fixture->workspace);
  }
  settle (fixture, watch);
}

static void
make_labels (Fixture *fixture)
{
  for (int i = 1; i <= 4; i++) {
    g_autoptr (GError) error = NULL;
    LamLabel row = { .name = (char *)"", .class_id = 2, .rgb = LAM_RGB_AUTO };
    g_assert_cmpuint (
        lam_workspace_add_label (fixture->workspace, &row, &error), ==, i);
    g_assert_no_error (error);
  }
}

/* Label 4 is locked, and a box is verified. */
static LamBox
protect (Fixture *fixture)
{
  g_autoptr (GError) error = NULL;
  LamRegion region = { .name = (char *)"done",
    .box = lam_box_new (30, 20, 40, 60, 90, 70),
    .role = LAM_REGION_WORK,
    .review = LAM_REVIEW_VERIFIED };
  lam_workspace_add_region (fixture->workspace, &region, &error);
  g_assert_no_error (error);
  LamLabel row = *lam_class_table_get_label (
      lam_workspace_get_classes (fixture->workspace), 4);
  row.locked = true;
  lam_workspace_set_label (fixture->workspace, &row, &error);
  g_assert_no_error (error);
  return region.box;
}

static void
assert_protected (const State *before, const State *after, const LamBox *box)
{
  for (int i = 0; i < N_VOXELS; i++) {
    const int64_t at[3] = { i % EDGE, i / EDGE % EDGE, i / EDGE / EDGE };
    bool is_same = before->labels[i] == after->labels[i]
        && before->sources[i] == after->sources[i];
    if (before->labels[i] == 4 || after->labels[i] == 4
        || lam_box_contains (box, at))
      g_assert_true (is_same);
  }
}

/* But the label that the act is about may give voxels up. */
static void
assert_overwrites (const State *before, const State *after,
    const LamFigureRequest *request, LamOverwrite overwrite)
{
  if (overwrite != LAM_OVERWRITE_UNLABELLED)
    return;
  for (int i = 0; i < N_VOXELS; i++) {
    const uint32_t label = before->labels[i];
    if (label == after->labels[i] || label == 0 || label == request->label)
      continue;
    bool is_used_up = false;
    for (guint j = 0; request->labels && j < request->labels->len; j++)
      is_used_up |= g_array_index (request->labels, uint32_t, j) == label;
    g_assert_true (is_used_up);
  }
}

static LamFigureRequest
make_request (
    const LamFigure *shape, GArray *points, GArray *labels, GArray *seeds)
{
  LamFigureRequest request = { .shape = shape,
    .plane = (LamPlane)g_test_rand_int_range (0, 3),
    .in_space = g_test_rand_bit (),
    .label = (uint32_t)g_test_rand_int_range (1, 4),
    .radius_nm = g_test_rand_int_range (10, 120),
    .n_slices = g_test_rand_bit () ? g_test_rand_int_range (1, 9)
                                   : -g_test_rand_int_range (1, 9),
    .min_voxels = g_test_rand_int_range (2, 2000),
    .neck_relief = g_test_rand_double_range (0.05, 0.5),
    .neck_distance_nm = g_test_rand_int_range (0, 300) };
  for (int i = 0; i < 3; i++)
    request.voxel[i] = g_test_rand_int_range (0, EDGE);
  request.grey_high = g_test_rand_int_range (-1, 3);
  request.is_connected = g_test_rand_bit ();
  g_array_set_size (seeds, 0);
  for (int i = 0; i < 200; i++) {
    LamFigureSeed seed = { .side = 1 + i % 2, .begins = true };
    for (int a = 0; a < 3; a++)
      seed.voxel[a] = g_test_rand_int_range (-10, EDGE + 10);
    g_array_append_val (seeds, seed);
  }
  request.seeds = seeds;
  if (strcmp (shape->name, "outline") == 0
      || strcmp (shape->name, "threshold") == 0
      || strcmp (shape->name, "membrane") == 0) {
    request.points = points;
    g_array_set_size (points, 0);
    for (int i = 0; i < 8; i++) {
      LamFigurePoint point = { g_test_rand_double_range (-20, 120),
        g_test_rand_double_range (-20, 120) };
      g_array_append_val (points, point);
    }
    if (g_test_rand_bit ())
      request.label = 0;
  }
  if (shape->uses_up || (shape->has_necks && g_test_rand_bit ())) {
    uint32_t other = request.label % 4 + 1;
    g_array_set_size (labels, 0);
    g_array_append_val (labels, other);
    request.labels = labels;
  }
  return request;
}

/* Any act, any parameters: nothing protected changes, undo leads back. */
static void
test_properties (Fixture *fixture, gconstpointer unused)
{
  Watch watch;
  begin_watch (fixture, &watch);
  make_labels (fixture);
  paint_lumps (fixture, &watch);
  LamBox box = protect (fixture);
  g_autoptr (GArray) points =
      g_array_new (false, false, sizeof (LamFigurePoint));
  g_autoptr (GArray) labels = g_array_new (false, false, sizeof (uint32_t));
  g_autoptr (GArray) seeds = g_array_new (false, false, sizeof (LamFigureSeed));
  g_autofree State *before = take_state (fixture);
  int n_done = 0;
  for (int i = 0; lam_figure_get_all ()[i]; i++) {
    bool was_done = false;
    for (int round = 0; round < PLAIN_OR_SANITISED (2, 1); round++) {
      const LamFigure *shape = lam_figure_get_all ()[i];
      LamFigureRequest request = make_request (shape, points, labels, seeds);
      const LamOverwrite overwrite =
          (LamOverwrite)g_test_rand_int_range (0, LAM_N_OVERWRITES);
      lam_tool_box_act (fixture->box, &request, overwrite);
      settle (fixture, &watch);
      g_autofree State *after = take_state (fixture);
      assert_protected (before, after, &box);
      assert_overwrites (before, after, &request, overwrite);
      g_assert_cmpint (states_equal (before, after), ==, watch.error != NULL);
      if (watch.error)
        continue;
      was_done = true;
      lam_workspace_undo (fixture->workspace);
      settle (fixture, &watch);
      g_autofree State *again = take_state (fixture);
      g_assert_true (states_equal (before, again));
    }
    n_done += was_done;
  }
  g_assert_cmpint (n_done, >=, PLAIN_OR_SANITISED (8, 5));
  end_watch (fixture, &watch);
}

/* What is merged away is gone from the list, and comes back with undo. */
static void
test_merge (Fixture *fixture, gconstpointer unused)
{
  Watch watch;
  begin_watch (fixture, &watch);
  make_labels (fixture);
  paint_lumps (fixture, &watch);
  const LamClassTable *table = lam_workspace_get_classes (fixture->workspace);
  g_autoptr (GArray) labels = g_array_new (false, false, sizeof (uint32_t));
  uint32_t other = 2;
  g_array_append_val (labels, other);
  LamFigureRequest request = {
    .shape = lam_figure_find ("merge"), .label = 1, .labels = labels
  };
  int n = count_label (fixture, 1) + count_label (fixture, 2);
  lam_tool_box_act (fixture->box, &request, LAM_OVERWRITE_EVERYTHING);
  settle (fixture, &watch);
  g_assert_no_error (watch.error);
  g_assert_cmpint (count_label (fixture, 1), ==, n);
  g_assert_true (lam_class_table_get_label (table, 2)->deleted);
  lam_workspace_undo (fixture->workspace);
  settle (fixture, &watch);
  g_assert_false (lam_class_table_get_label (table, 2)->deleted);
  end_watch (fixture, &watch);
}

static void
paint_ball (Fixture *fixture, uint32_t label, double x, double y, double nm)
{
  LamBrush brush = { .plane = LAM_PLANE_XY,
    .shape = LAM_BRUSH_ELLIPSOID,
    .radius_nm = nm,
    .depth = 99,
    .label = label };
  const double at[3] = { x, y, 50 };
  g_autoptr (GError) error = NULL;
  lam_workspace_begin_stroke (fixture->workspace, "brush", &brush, &error);
  g_assert_no_error (error);
  lam_workspace_add_sample (fixture->workspace, at, 1);
  lam_workspace_end_stroke (fixture->workspace);
}

static void
cancel_at_once (const char *title, LamProgress *progress, gpointer user_data)
{
  begun (title, progress, user_data);
  lam_progress_cancel (progress);
}

/* Two labels of two balls each, of different classes, in one edit: the larger
 * ball keeps the label, the other gets one of the same class. Cancelled, all is
 * as it was. */
static void
test_necks (Fixture *fixture, gconstpointer unused)
{
  static const LamToolWatcher cancelling = {
    .begun = cancel_at_once, .ended = ended, .changed = changed, .said = said
  };
  Watch watch;
  begin_watch (fixture, &watch);
  make_labels (fixture);
  const LamClassTable *table = lam_workspace_get_classes (fixture->workspace);
  LamLabel row = *lam_class_table_get_label (table, 2);
  row.class_id = 3;
  lam_workspace_set_label (fixture->workspace, &row, NULL);
  for (uint32_t label = 1; label <= 2; label++) {
    paint_ball (fixture, label, 25, 25 * label, 120);
    paint_ball (fixture, label, 45, 25 * label, 110);
  }
  settle (fixture, &watch);
  g_autoptr (GArray) labels = g_array_new (false, false, sizeof (uint32_t));
  const uint32_t ids[] = { 1, 2 };
  g_array_append_vals (labels, ids, 2);
  LamFigureRequest request = { .shape = lam_figure_find ("cut-necks"),
    .in_space = true,
    .label = 1,
    .labels = labels,
    .min_voxels = 50,
    .neck_relief = 0.35,
    .neck_distance_nm = 100 };
  g_autofree State *before = take_state (fixture);
  lam_tool_box_set_watcher (fixture->box, &cancelling, &watch);
  lam_tool_box_act (fixture->box, &request, LAM_OVERWRITE_EVERYTHING);
  settle (fixture, &watch);
  g_assert_true (lam_error_is_cancelled (watch.error));
  g_autofree State *cancelled = take_state (fixture);
  g_assert_true (states_equal (before, cancelled));

  lam_tool_box_set_watcher (fixture->box, &watcher, &watch);
  lam_tool_box_act (fixture->box, &request, LAM_OVERWRITE_EVERYTHING);
  settle (fixture, &watch);
  g_assert_no_error (watch.error);
  for (uint32_t label = 1; label <= 2; label++) {
    g_assert_cmpuint (label_at (fixture, 25, 25 * label, 50), ==, label);
    const uint32_t other = label_at (fixture, 45, 25 * label, 50);
    g_assert_cmpuint (other, >, 4);
    g_assert_cmpint (
        lam_class_table_get_label (table, other)->class_id, ==, (int)label + 1);
  }
  lam_workspace_undo (fixture->workspace);
  settle (fixture, &watch);
  g_autofree State *again = take_state (fixture);
  g_assert_true (states_equal (before, again));
  end_watch (fixture, &watch);
}

/* The tool box goes while an act is under way. */
static void
test_freed_meanwhile (Fixture *fixture, gconstpointer unused)
{
  Watch watch;
  begin_watch (fixture, &watch);
  lam_tool_box_set_tool (fixture->box, lam_tool_find ("fill-space"));
  LamPointerEvent event = { .x_px = 50, .y_px = 50, .pressure = 1 };
  lam_tool_box_press (fixture->box, &fixture->camera, &event, NULL);
  lam_tool_box_free (fixture->box);
  g_assert_cmpint (watch.n_ended, ==, 1);
  g_assert_true (lam_workspace_wait (fixture->workspace, NULL, NULL));
  fixture->box = lam_tool_box_new (fixture->workspace);
  g_clear_error (&watch.error);
}

#define ADD(name, function) \
  g_test_add ("/tool-acts/" name, Fixture, NULL, set_up, function, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("fill", test_fill);
  ADD ("fill-overwrite", test_fill_overwrite);
  ADD ("fill-locked", test_fill_locked);
  ADD ("lasso", test_lasso);
  ADD ("polygon", test_polygon);
  ADD ("measure", test_measure);
  ADD ("measure-in-space", test_measure_in_space);
  ADD ("threshold-live", test_threshold_live);
  ADD ("fill-look", test_fill_look);
  ADD ("fill-look-in-space", test_fill_look_in_space);
  ADD ("radius-live", test_radius_live);
  ADD ("interpolate", test_interpolate);
  ADD ("accept-beside-region", test_accept_beside_region);
  ADD ("split", test_split);
  ADD ("scribble-live", test_scribble_live);
  ADD ("smart-fill", test_smart_fill);
  ADD ("too-early", test_too_early);
  ADD ("locked-meanwhile", test_locked_meanwhile);
  ADD ("unused-label", test_unused_label);
  ADD ("merge", test_merge);
  ADD ("necks", test_necks);
  ADD ("freed-meanwhile", test_freed_meanwhile);
  ADD ("properties", test_properties);
  return g_test_run ();
}
