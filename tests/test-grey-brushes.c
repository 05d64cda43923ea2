/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Brushes that look at the image: by made-up events, on images of each type of
 * voxel: 10 × 10 × 40 nm, one body in each half of x and a wall between. */
#include <math.h>
#include <string.h>

#include "labels/walled-dab.h"
#include "propose-fixture.h"

#define WALL_FIRST 48
#define WALL_END 53

/* --- images --------------------------------------------------------------- */

typedef struct {
  LamDtype dtype;
  double left, wall, right, noise;
} Look;

static const Look looks[] = {
  { LAM_DTYPE_U8, 150, 40, 190, 8 },
  { LAM_DTYPE_U16, 21000, 6000, 30000, 900 },
  { LAM_DTYPE_F32, 0.42, 0.05, 0.7, 0.02 },
};
static const Look half_unknown = { LAM_DTYPE_F32, NAN, 0.05, 0.7, 0.02 };
static const Look *look;

static double
grey_of (GRand *random, int x)
{
  const double grey = x < WALL_FIRST ? look->left
      : x < WALL_END                 ? look->wall
                                     : look->right;
  return grey + look->noise * g_rand_double_range (random, -1, 1);
}

static void
fill_page (GRand *random, void *page)
{
  for (int i = 0; i < EDGE * EDGE; i++) {
    const double grey = grey_of (random, i % EDGE);
    if (look->dtype == LAM_DTYPE_U8)
      ((uint8_t *)page)[i] = (uint8_t)lround (grey);
    else if (look->dtype == LAM_DTYPE_U16)
      ((uint16_t *)page)[i] = (uint16_t)lround (grey);
    else
      ((float *)page)[i] = (float)grey;
  }
}

static void
write_walled (const char *path)
{
  g_autoptr (GError) error = NULL;
  LamTiffLayout layout = { .size = { EDGE, EDGE, EDGE },
    .dtype = look->dtype,
    .voxel_size_nm = { 10, 10, 40 } };
  g_autoptr (LamTiffWriter) writer =
      lam_tiff_writer_new (path, &layout, &error);
  g_autoptr (GRand) random = g_rand_new_with_seed (7);
  g_autofree float *page = g_new0 (float, EDGE *EDGE);
  g_assert_no_error (error);
  for (int z = 0; z < EDGE; z++) {
    fill_page (random, page);
    g_assert_true (lam_tiff_writer_add_page (writer, page, &error));
  }
  g_assert_true (lam_tiff_writer_finish (writer, &error));
}

static void
set_up_look (Fixture *fixture, gconstpointer data)
{
  look = data;
  set_up_on (fixture, write_walled);
}

/* --- helpers -------------------------------------------------------------- */

typedef struct {
  int n_set, n_said;
} Heard;

static void
begun (const char *title, LamProgress *progress, gpointer user_data)
{
}

static void
ended (LamProgress *progress, int64_t n_voxels, const GError *error,
    gpointer user_data)
{
}

static void
changed (gpointer user_data)
{
}

static void
said (const char *text, gpointer user_data)
{
  ((Heard *)user_data)->n_said++;
}

static void
set (gpointer user_data)
{
  ((Heard *)user_data)->n_set++;
}

static const LamToolWatcher watcher = {
  .begun = begun, .ended = ended, .changed = changed, .said = said, .set = set
};

/* Until the image there is in memory. */
static void
press (Fixture *fixture, const LamPointerEvent *event)
{
  g_autoptr (GError) error = NULL;
  while (!lam_tool_box_press (fixture->box, &fixture->camera, event, &error)) {
    g_assert_error (error, LAM_ERROR, LAM_ERROR_MISSING);
    g_clear_error (&error);
    g_main_context_iteration (NULL, true);
  }
}

static void
stroke (Fixture *fixture, const char *tool, double x0, double y0, double x1,
    double y1)
{
  LamPointerEvent event = { .x_px = x0, .y_px = y0, .pressure = 1 };
  lam_tool_box_set_tool (fixture->box, lam_tool_find (tool));
  press (fixture, &event);
  event.x_px = x1;
  event.y_px = y1;
  lam_tool_box_move (fixture->box, &fixture->camera, &event);
  lam_tool_box_release (fixture->box, &fixture->camera, &event);
  while (lam_tool_box_is_acting (fixture->box))
    g_main_context_iteration (NULL, true);
  lam_workspace_wait (fixture->workspace, NULL, NULL);
}

/* Of the labels from x0 until x1 in the middle slice, within 10 voxels of y. */
static int
count (Fixture *fixture, int x0, int x1, int y)
{
  int n = 0;
  for (int i = x0; i < x1; i++)
    for (int j = y - 10; j < y + 10; j++)
      n += label_at (fixture, i, j, 50) != 0;
  return n;
}

/* --- the range ------------------------------------------------------------ */

/* The first stroke takes the range of the body that it begins in, whatever the
 * type; the next one, elsewhere, keeps it. */
static void
test_first_range (Fixture *fixture, gconstpointer data)
{
  Heard heard = { 0 };
  LamBrushSettings *brush = lam_tool_box_get_brush (fixture->box);
  lam_tool_box_set_watcher (fixture->box, &watcher, &heard);
  brush->radius_nm = 120;
  g_assert_false (brush->has_greys);
  stroke (fixture, "threshold", 30, 30, 44, 30);
  g_assert_true (brush->has_greys);
  g_assert_cmpint (heard.n_set, ==, 1);
  g_assert_cmpint (heard.n_said, ==, 1);
  const double low = brush->grey_low, high = brush->grey_high;
  g_assert_cmpfloat (low, >, look->wall + look->noise);
  g_assert_cmpfloat (low, <, look->left - look->noise / 2);
  g_assert_cmpfloat (high, >, look->left + look->noise / 2);
  g_assert_cmpfloat (high, <, look->right - look->noise);
  g_assert_cmpint (count (fixture, 30, WALL_FIRST, 30), >, 18 * 20 * 9 / 10);
  g_assert_cmpint (count (fixture, WALL_FIRST, EDGE, 30), ==, 0);
  stroke (fixture, "threshold", 70, 70, 80, 70);
  g_assert_cmpfloat (brush->grey_low, ==, low);
  g_assert_cmpfloat (brush->grey_high, ==, high);
  g_assert_cmpint (heard.n_set, ==, 1);
  g_assert_cmpint (count (fixture, 60, 90, 70), ==, 0);
  lam_tool_box_set_watcher (fixture->box, NULL, NULL);
}

/* Once it is there. */
static void
pick (Fixture *fixture, LamPlane plane, const int64_t voxel[3])
{
  g_autoptr (GError) error = NULL;
  while (!lam_tool_box_pick_greys (fixture->box, plane, voxel, &error)) {
    g_assert_error (error, LAM_ERROR, LAM_ERROR_MISSING);
    g_clear_error (&error);
    g_main_context_iteration (NULL, true);
  }
}

static void
read_around (Fixture *fixture, const int64_t voxel[3])
{
  LamVolume *volume = lam_workspace_get_volume (fixture->workspace);
  for (int i = 0; i < 9 * 9 * 9; i++) {
    const int64_t at[3] = { voxel[0] + i % 9 - 4, voxel[1] + i / 9 % 9 - 4,
      voxel[2] + i / 81 - 4 };
    double grey;
    while (!lam_volume_try_value (volume, at, &grey))
      g_main_context_iteration (NULL, true);
  }
}

/* Anywhere, in any pane, also where the plane's voxels are thick; what lies in
 * a corner of the sample does not matter, nor what was in memory already. */
static void
test_pick (Fixture *fixture, gconstpointer data)
{
  LamBrushSettings *brush = lam_tool_box_get_brush (fixture->box);
  for (int plane = LAM_N_PLANES - 1; plane >= 0; plane--)
    for (int i = 0; i < 2; i++) {
      const int64_t voxel[3] = { i ? WALL_END + 2 : 20, 50, 50 + 10 * plane };
      const double middle = i ? look->right : look->left;
      pick (fixture, (LamPlane)plane, voxel);
      g_assert_cmpfloat (brush->grey_low, <, middle - look->noise / 2);
      g_assert_cmpfloat (brush->grey_low, >, middle - 4 * look->noise);
      g_assert_cmpfloat (brush->grey_high, >, middle + look->noise / 2);
      g_assert_cmpfloat (brush->grey_high, <, middle + 4 * look->noise);
      const double low = brush->grey_low, high = brush->grey_high;
      read_around (fixture, voxel);
      pick (fixture, (LamPlane)plane, voxel);
      g_assert_cmpfloat (brush->grey_low, ==, low);
      g_assert_cmpfloat (brush->grey_high, ==, high);
    }
}

/* Where the image has no numbers, there are none to wait for. */
static void
test_no_numbers (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  LamVolume *volume = lam_workspace_get_volume (fixture->workspace);
  const int64_t voxel[3] = { 20, 50, 50 };
  double grey;
  while (!lam_volume_try_value (volume, voxel, &grey))
    g_main_context_iteration (NULL, true);
  g_assert_true (isnan (grey));
  g_assert_false (
      lam_tool_box_pick_greys (fixture->box, LAM_PLANE_XY, voxel, &error));
  g_assert_error (error, LAM_ERROR, LAM_ERROR_INPUT);
  g_assert_false (lam_tool_box_get_brush (fixture->box)->has_greys);
}

/* What is shown is what counts: as many digits as there are, and enough. */
static void
test_digits (void)
{
  static const struct {
    double low, high;
    int digits;
  } cases[] = { { 100, 160, 1 }, { 100, 101, 2 }, { 20000, 24000, 0 },
    { 0.2, 0.24, 4 }, { 5, 5, 6 }, { -1e12, 1e12, 0 }, { 0, 1e-30, 9 } };
  for (size_t i = 0; i < G_N_ELEMENTS (cases); i++) {
    const LamBrushSettings settings = { .grey_low = cases[i].low,
      .grey_high = cases[i].high };
    g_assert_cmpint (
        lam_brush_settings_grey_digits (&settings), ==, cases[i].digits);
  }
}

/* --- dabs that stop at walls ---------------------------------------------- */

enum { WINDOW = 61, MIDDLE = 30, RADIUS = 20 };

typedef struct {
  float walls[WINDOW * WINDOW];
  uint8_t marks[WINDOW * WINDOW];
  int n_cover;
} Disc;

/* A dab in the middle. */
static void
disc_init (Disc *disc)
{
  memset (disc, 0, sizeof *disc);
  for (int i = 0; i < WINDOW * WINDOW; i++) {
    const int dx = i % WINDOW - MIDDLE, dy = i / WINDOW - MIDDLE;
    disc->marks[i] = dx * dx + dy * dy <= RADIUS * RADIUS ? LAM_DAB_COVER : 0;
    disc->n_cover += disc->marks[i] != 0;
  }
  disc->marks[MIDDLE + WINDOW * MIDDLE] |= LAM_DAB_WAY;
}

static int
disc_find (Disc *disc)
{
  const LamWalledDab dab = { .size = { WINDOW, WINDOW, 1 },
    .voxel_size_nm = { 10, 10, 40 },
    .radius_nm = RADIUS * 10,
    .walls = disc->walls,
    .marks = disc->marks };
  int n = 0;
  g_assert_true (lam_walled_dab_find (&dab));
  for (int i = 0; i < WINDOW * WINDOW; i++)
    n += (disc->marks[i] & LAM_DAB_IN) != 0;
  return n;
}

/* Without walls, all of it; with noise below a wall's height, nearly all. */
static void
test_open_dab (void)
{
  g_autofree Disc *disc = g_new (Disc, 1);
  g_autoptr (GRand) random = g_rand_new_with_seed (3);
  disc_init (disc);
  g_assert_cmpint (disc_find (disc), ==, disc->n_cover);
  disc_init (disc);
  for (int i = 0; i < WINDOW * WINDOW; i++)
    disc->walls[i] = (float)g_rand_double_range (random, 0, 0.8);
  g_assert_cmpint (disc_find (disc), >, disc->n_cover * 98 / 100);
}

/* Up to a wall's ridge, whichever side is higher; and through a gap at its far
 * end not back along its other side. */
static void
test_walled_dab (void)
{
  g_autofree Disc *disc = g_new (Disc, 1);
  for (int has_gap = 0; has_gap < 2; has_gap++) {
    disc_init (disc);
    for (int y = 0; y < WINDOW; y++)
      for (int x = 36; x <= 40 && !(has_gap && y > MIDDLE + 14); x++)
        disc->walls[x + WINDOW * y] = x == 38 ? 3 : 2;
    disc_find (disc);
    int n_behind = 0;
    for (int i = 0; i < WINDOW * WINDOW; i++) {
      const int x = i % WINDOW, y = i / WINDOW;
      const bool is_in = disc->marks[i] & LAM_DAB_IN;
      if (x < 36)
        g_assert_cmpint (is_in, ==, (disc->marks[i] & LAM_DAB_COVER) != 0);
      else if (y < MIDDLE + 10 && x < 38)
        g_assert_cmpint (is_in, ==, (disc->marks[i] & LAM_DAB_COVER) != 0);
      n_behind += is_in && x > 40 && y < MIDDLE;
    }
    g_assert_cmpint (n_behind, ==, 0);
  }
}

/* Between that and the image's edge at the wall, where it is smoothed. */
#define SLACK 4

static double
share_painted (Fixture *fixture, int x0, int x1, int y)
{
  return count (fixture, x0, x1, y) / (20.0 * (x1 - x0));
}

/* In every pane, discs and balls: of a stroke along the wall, which lies across
 * x, this side is painted up to it and nothing beyond; one edit. */
static void
test_membrane (Fixture *fixture, gconstpointer data)
{
  LamBrushSettings *brush = lam_tool_box_get_brush (fixture->box);
  brush->radius_nm = 200;
  for (int i = 0; i < 4; i++) {
    const LamPlane plane = i == 3 ? LAM_PLANE_XY
        : i                       ? LAM_PLANE_XZ
                                  : LAM_PLANE_XY;
    brush->shape = i == 1 || i == 3 ? LAM_BRUSH_ELLIPSOID : LAM_BRUSH_DISC;
    fixture->camera = make_camera (plane);
    lam_workspace_set_active_label (fixture->workspace, 0);
    stroke (fixture, "membrane", 38, 45, 38, 55);
    int n_left = 0, n_right = 0, n_near = 0;
    for (int x = 0; x < EDGE; x++)
      for (int u = 20; u < 80; u++) {
        const bool is_xz = plane == LAM_PLANE_XZ;
        const int64_t y = is_xz ? 50 : u, z = is_xz ? u : 50;
        const bool is_in = label_at (fixture, x, y, z) != 0;
        n_left += is_in && x < WALL_FIRST;
        n_right += is_in && x >= WALL_END - 1;
        n_near += is_in && x == WALL_FIRST - SLACK;
      }

    g_assert_cmpint (n_right, ==, 0);
    g_assert_cmpint (n_left, >, plane == LAM_PLANE_XZ ? 250 : 800);
    g_assert_cmpint (n_near, >=, 5);
    lam_workspace_undo (fixture->workspace);
    g_assert_true (lam_workspace_wait (fixture->workspace, NULL, NULL));
    g_assert_cmpint (count (fixture, 0, EDGE, 50), ==, 0);
  }
}

static int
half_of_x (const int64_t at[3], gconstpointer user_data)
{
  return at[0] < 50;
}

/* A blank image shows none, a network does: the classes part at x = 50. */
static void
test_membrane_of_network (Fixture *fixture, gconstpointer data)
{
  LamBrushSettings *brush = lam_tool_box_get_brush (fixture->box);
  brush->radius_nm = 200;
  stroke (fixture, "membrane", 40, 30, 41, 30);
  g_assert_cmpfloat (share_painted (fixture, 50, 54, 30), >, 0.99);
  propose (fixture, half_of_x, NULL);
  lam_workspace_set_active_label (fixture->workspace, 0);
  stroke (fixture, "membrane", 40, 75, 41, 75);
  g_assert_cmpfloat (share_painted (fixture, 46, 50, 75), >, 0.99);
  g_assert_cmpint (count (fixture, 50, EDGE, 75), ==, 0);
}

/* What is locked stays, and the overwrite mode counts. */
static void
test_membrane_locked (Fixture *fixture, gconstpointer data)
{
  LamBrushSettings *brush = lam_tool_box_get_brush (fixture->box);
  brush->radius_nm = 100;
  stroke (fixture, "membrane", 20, 50, 21, 50);
  const uint32_t first = lam_workspace_get_active_label (fixture->workspace);
  LamLabel row = *lam_class_table_get_label (
      lam_workspace_get_classes (fixture->workspace), first);
  row.locked = true;
  lam_workspace_set_label (fixture->workspace, &row, NULL);
  const int n = count (fixture, 0, 40, 50);
  lam_workspace_set_active_label (fixture->workspace, 0);
  stroke (fixture, "membrane", 24, 50, 25, 50);
  const uint32_t second = lam_workspace_get_active_label (fixture->workspace);
  int n_first = 0;
  for (int x = 0; x < 40; x++)
    for (int y = 40; y < 60; y++)
      n_first += label_at (fixture, x, y, 50) == first;
  g_assert_cmpint (n_first, ==, n);
  brush->overwrite = LAM_OVERWRITE_UNLABELLED;
  lam_workspace_set_active_label (fixture->workspace, 0);
  stroke (fixture, "membrane", 30, 50, 31, 50);
  g_assert_cmpuint (label_at (fixture, 32, 50, 50), ==, second);
}

/* Fewer voxels of it where fainter edges count. */
static void
test_membrane_strength (Fixture *fixture, gconstpointer data)
{
  LamBrushSettings *brush = lam_tool_box_get_brush (fixture->box);
  int n[2];
  brush->radius_nm = 150;
  for (int i = 0; i < 2; i++) {
    brush->edge_strength = i ? LAM_EDGE_STRENGTHS : -LAM_EDGE_STRENGTHS;
    stroke (fixture, "membrane", 38, 50, 39, 50);
    n[i] = count (fixture, 0, EDGE, 50);
    lam_workspace_undo (fixture->workspace);
    g_assert_true (lam_workspace_wait (fixture->workspace, NULL, NULL));
  }
  g_assert_cmpint (n[0], <, n[1]);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  static const char *types[] = { "u8", "u16", "f32" };
  for (size_t i = 0; i < G_N_ELEMENTS (looks); i++) {
    g_autofree char *first =
        g_strdup_printf ("/grey-brushes/first-range/%s", types[i]);
    g_autofree char *pick = g_strdup_printf ("/grey-brushes/pick/%s", types[i]);
    g_test_add (
        first, Fixture, &looks[i], set_up_look, test_first_range, tear_down);
    g_test_add (pick, Fixture, &looks[i], set_up_look, test_pick, tear_down);
  }
  g_test_add ("/grey-brushes/no-numbers", Fixture, &half_unknown, set_up_look,
      test_no_numbers, tear_down);
  g_test_add_func ("/grey-brushes/digits", test_digits);
  g_test_add_func ("/grey-brushes/open-dab", test_open_dab);
  g_test_add_func ("/grey-brushes/walled-dab", test_walled_dab);
#define ADD(name, data, function) \
  g_test_add ("/grey-brushes/" name, Fixture, data, \
      (data) ? set_up_look : set_up, function, tear_down)
  ADD ("membrane", &looks[0], test_membrane);
  ADD ("membrane-f32", &looks[2], test_membrane);
  ADD ("membrane-of-network", NULL, test_membrane_of_network);
  ADD ("membrane-locked", &looks[0], test_membrane_locked);
  ADD ("membrane-strength", &looks[0], test_membrane_strength);
#undef ADD
  return g_test_run ();
}
