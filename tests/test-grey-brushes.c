/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Brushes that look at the image: by made-up events, on images of each type of
 * voxel: 10 × 10 × 40 nm, one body in each half of x and a wall between. */
#include <math.h>
#include <string.h>

#include "tools-fixture.h"

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

/* Anywhere, in any pane, also where the plane's voxels are thick; what lies in
 * a corner of the sample does not matter. */
static void
test_pick (Fixture *fixture, gconstpointer data)
{
  LamBrushSettings *brush = lam_tool_box_get_brush (fixture->box);
  for (int plane = 0; plane < LAM_N_PLANES; plane++)
    for (int i = 0; i < 2; i++) {
      g_autoptr (GError) error = NULL;
      const int64_t voxel[3] = { i ? WALL_END + 2 : 20, 50, 50 };
      const double middle = i ? look->right : look->left;
      while (!lam_tool_box_pick_greys (
          fixture->box, (LamPlane)plane, voxel, &error)) {
        g_assert_error (error, LAM_ERROR, LAM_ERROR_MISSING);
        g_clear_error (&error);
        g_main_context_iteration (NULL, true);
      }
      g_assert_cmpfloat (brush->grey_low, <, middle - look->noise / 2);
      g_assert_cmpfloat (brush->grey_low, >, middle - 4 * look->noise);
      g_assert_cmpfloat (brush->grey_high, >, middle + look->noise / 2);
      g_assert_cmpfloat (brush->grey_high, <, middle + 4 * look->noise);
    }
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
  g_test_add_func ("/grey-brushes/digits", test_digits);
  return g_test_run ();
}
