/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* What panes show: against golden pictures, against each other, and after a
 * stroke, a missing tile, a lost context. Needs EGL, no display;
 * LAM_UPDATE_GOLDEN=1 writes the golden pictures anew. */
#include <cairo.h>

#include "labels/source-colour.h"
#include "view-fixture.h"

/* Mean difference a channel, and the share of pixels that may be far off:
 * drivers place edges differently. */
#define GOLDEN_MEAN 1.5
#define GOLDEN_FAR 32
#define GOLDEN_FAR_SHARE 0.02

static Fixture *
make_fixture (const FixtureSettings *settings)
{
  static const FixtureSettings plain = { 0 };
  g_autoptr (GError) error = NULL;
  Fixture *fixture = fixture_new (settings != NULL ? settings : &plain, &error);
  if (fixture == NULL)
    g_test_skip (error->message);
  return fixture;
}

static char *
golden_path (const char *name)
{
  g_autofree char *file = g_strconcat (name, ".png", NULL);
  return g_test_build_filename (G_TEST_DIST, "golden", file, NULL);
}

static void
write_png (const uint8_t *rgba, int width, int height, const char *path)
{
  cairo_surface_t *surface =
      cairo_image_surface_create (CAIRO_FORMAT_RGB24, width, height);
  unsigned char *data = cairo_image_surface_get_data (surface);
  const int stride = cairo_image_surface_get_stride (surface);
  for (int y = 0; y < height; y++)
    for (int x = 0; x < width; x++) {
      const uint8_t *from = rgba + 4 * ((size_t)y * (size_t)width + (size_t)x);
      const uint32_t packed =
          (uint32_t)from[0] << 16 | (uint32_t)from[1] << 8 | (uint32_t)from[2];
      memcpy (data + y * stride + 4 * x, &packed, sizeof packed);
    }
  cairo_surface_mark_dirty (surface);
  g_assert_cmpint (
      cairo_surface_write_to_png (surface, path), ==, CAIRO_STATUS_SUCCESS);
  cairo_surface_destroy (surface);
}

static void
compare_pixels (const uint8_t *rgba, cairo_surface_t *golden, const char *name)
{
  const int width = cairo_image_surface_get_width (golden);
  const int height = cairo_image_surface_get_height (golden);
  const int stride = cairo_image_surface_get_stride (golden);
  const unsigned char *data = cairo_image_surface_get_data (golden);
  double sum = 0;
  int n_far = 0;
  for (int y = 0; y < height; y++)
    for (int x = 0; x < width; x++) {
      uint32_t packed;
      memcpy (&packed, data + y * stride + 4 * x, sizeof packed);
      int largest = 0;
      for (int c = 0; c < 3; c++) {
        const int expected = (int)(packed >> (16 - 8 * c) & 0xff);
        const int found = *rgba++;
        const int difference = ABS (found - expected);
        sum += difference;
        largest = MAX (largest, difference);
      }
      rgba++;
      n_far += largest > GOLDEN_FAR;
    }
  const int n = width * height;
  g_test_message ("%s: mean difference %.3f, %d of %d pixels far off", name,
      sum / (3 * n), n_far, n);
  g_assert_cmpfloat (sum / (3 * n), <=, GOLDEN_MEAN);
  g_assert_cmpint (n_far, <=, (int)(GOLDEN_FAR_SHARE * n));
}

static void
compare_golden (Fixture *fixture, const char *name)
{
  const int width = fixture->settings.width_px;
  const int height = fixture->settings.height_px;
  g_autofree char *path = golden_path (name);
  g_autofree uint8_t *rgba = fixture_read (fixture);
  if (g_getenv ("LAM_UPDATE_GOLDEN") != NULL)
    write_png (rgba, width, height, path);
  cairo_surface_t *golden = cairo_image_surface_create_from_png (path);
  g_assert_cmpint (cairo_surface_status (golden), ==, CAIRO_STATUS_SUCCESS);
  g_assert_cmpint (cairo_image_surface_get_width (golden), ==, width);
  g_assert_cmpint (cairo_image_surface_get_height (golden), ==, height);
  compare_pixels (rgba, golden, name);
  cairo_surface_destroy (golden);
}

static void
draw_golden (Fixture *fixture, const LamCamera *camera, const LamLook *look,
    const LamBrushCursor *cursor, const char *name)
{
  LamPane *pane = lam_pane_new (fixture->renderer);
  lam_pane_set_slice (pane, camera, look, cursor);
  g_assert_true (fixture_finish (fixture, pane));
  compare_golden (fixture, name);
  lam_pane_free (pane);
}

/* `user_data`: a LamOffscreenApi. */
static void
test_planes (gconstpointer user_data)
{
  const FixtureSettings settings = { .api = GPOINTER_TO_INT (user_data) };
  static const char *const names[] = { "slice-xy", "slice-xz", "slice-yz" };
  Fixture *fixture = make_fixture (&settings);
  if (fixture == NULL)
    return;
  for (int plane = 0; plane < LAM_N_PLANES; plane++) {
    LamCamera camera = fixture_camera (fixture, plane);
    if (plane != LAM_PLANE_XY)
      lam_camera_zoom_at (&camera, 3, 100, 75);
    LamLook look = fixture_look (fixture);
    look.show_crosshair = true;
    for (int i = 0; i < 3; i++)
      look.crosshair_nm[i] = camera.centre_nm[i] + 50 * i;
    draw_golden (fixture, &camera, &look, NULL, names[plane]);
  }
  fixture_free (fixture);
}

static void
test_close_up (gconstpointer user_data)
{
  const FixtureSettings settings = { .api = GPOINTER_TO_INT (user_data) };
  Fixture *fixture = make_fixture (&settings);
  if (fixture == NULL)
    return;
  LamCamera camera = fixture_camera (fixture, LAM_PLANE_XY);
  lam_camera_zoom_at (&camera, 8, 150, 30);
  LamLook look = fixture_look (fixture);
  look.selected_label = 14;
  look.colour_by_class = true;
  look.invert = true;
  look.interpolate = false;
  look.low = 60;
  look.high = 190;
  const LamBrushCursor cursor = { .visible = true,
    .plane = LAM_PLANE_XY,
    .centre_nm = { camera.centre_nm[0], camera.centre_nm[1], 0 },
    .radius_nm = 150,
    .rgb = 0x30c060 };
  draw_golden (fixture, &camera, &look, &cursor, "close-up");
  fixture_free (fixture);
}

/* The selected label is brighter and has the thicker outline, beside others; in
 * a side view, where voxels are four times as high as wide. */
static void
test_selected (gconstpointer user_data)
{
  const FixtureSettings settings = { .api = GPOINTER_TO_INT (user_data) };
  Fixture *fixture = make_fixture (&settings);
  if (fixture == NULL)
    return;
  LamLook look = fixture_look (fixture);
  look.selected_label = fixture_label (360, 200, 12);
  g_assert_cmpuint (look.selected_label, !=, 0);
  LamCamera camera = fixture_camera (fixture, LAM_PLANE_XY);
  camera.nm_per_px = 10;
  camera.centre_nm[0] = 3600;
  camera.centre_nm[1] = 2000;
  draw_golden (fixture, &camera, &look, NULL, "selected-xy");
  camera.plane = LAM_PLANE_XZ;
  camera.nm_per_px = 5;
  draw_golden (fixture, &camera, &look, NULL, "selected-xz");
  fixture_free (fixture);
}

/* A pane is done when what is missing cannot come, and says why. */
static void
test_unreadable (void)
{
  const FixtureSettings settings = { .fails = true };
  Fixture *fixture = make_fixture (&settings);
  if (fixture == NULL)
    return;
  LamPane *pane = lam_pane_new (fixture->renderer);
  const LamCamera camera = fixture_camera (fixture, LAM_PLANE_XY);
  const LamLook look = fixture_look (fixture);
  lam_pane_set_slice (pane, &camera, &look, NULL);
  lam_pane_draw (pane, lam_offscreen_get_framebuffer (fixture->offscreen));
  g_assert_false (lam_pane_is_complete (pane));
  g_assert_true (fixture_finish (fixture, pane));
  g_assert_error (
      lam_renderer_get_error (fixture->renderer), LAM_ERROR, LAM_ERROR_IO);
  /* Reading again is waited for again. */
  lam_renderer_reload_image (fixture->renderer);
  g_assert_null (lam_renderer_get_error (fixture->renderer));
  lam_pane_free (pane);
  fixture_free (fixture);
}

static LamOverview
make_overview (const Fixture *fixture)
{
  LamOverview overview = { .yaw = -0.6, .pitch = 0.45, .zoom = 1 };
  overview.width_px = fixture->settings.width_px;
  overview.height_px = fixture->settings.height_px;
  for (int plane = 0; plane < LAM_N_PLANES; plane++)
    overview.slices[plane] = fixture_camera (fixture, plane);
  return overview;
}

static void
test_overview (gconstpointer user_data)
{
  const FixtureSettings settings = { .api = GPOINTER_TO_INT (user_data) };
  Fixture *fixture = make_fixture (&settings);
  if (fixture == NULL)
    return;
  const LamOverview overview = make_overview (fixture);
  const LamLook look = fixture_look (fixture);
  LamPane *pane = lam_pane_new (fixture->renderer);
  lam_pane_set_overview (pane, &overview, &look);
  g_assert_true (fixture_finish (fixture, pane));
  compare_golden (fixture, "overview");
  lam_pane_free (pane);
  fixture_free (fixture);
}

/* Draws one picture with `look` in the pane and returns it. */
static uint8_t *
picture_of (Fixture *fixture, LamPane *pane, const LamCamera *camera,
    const LamLook *look)
{
  lam_pane_set_slice (pane, camera, look, NULL);
  g_assert_true (fixture_finish (fixture, pane));
  return fixture_read (fixture);
}

static void
test_hide (void)
{
  Fixture *fixture = make_fixture (NULL);
  if (fixture == NULL)
    return;
  LamPane *pane = lam_pane_new (fixture->renderer);
  const LamCamera camera = fixture_camera (fixture, LAM_PLANE_XY);
  const size_t n = fixture_bytes (fixture);
  LamLook look = fixture_look (fixture);
  g_autofree uint8_t *shown = picture_of (fixture, pane, &camera, &look);
  look.hide_labels = true;
  g_autofree uint8_t *hidden = picture_of (fixture, pane, &camera, &look);
  look.hide_labels = false;
  look.label_opacity = look.outline_opacity = 0;
  g_autofree uint8_t *clear = picture_of (fixture, pane, &camera, &look);
  g_assert_cmpint (memcmp (shown, hidden, n), !=, 0);
  g_assert_cmpmem (hidden, n, clear, n);
  /* Hiding every class is the same as hiding the labels. */
  look = fixture_look (fixture);
  for (int32_t id = 1; id <= 3; id++) {
    LamClass row = *lam_class_table_get_class (fixture->classes, id);
    row.name = (char *)"hidden";
    row.hidden = true;
    lam_class_table_set_class (fixture->classes, &row);
  }
  g_autofree uint8_t *classes = picture_of (fixture, pane, &camera, &look);
  g_assert_cmpmem (hidden, n, classes, n);
  lam_pane_free (pane);
  fixture_free (fixture);
}

/* The pane pixel that shows the voxel. */
static const uint8_t *
pixel_at (const uint8_t *rgba, const LamCamera *camera, const double voxel[3])
{
  double x, y;
  lam_camera_voxel_to_px (camera, voxel, &x, &y);
  return rgba + 4 * ((size_t)y * (size_t)camera->width_px + (size_t)x);
}

/* Without image and at full strength, each pixel has its source's colour; where
 * nobody said anything is background. */
static void
check_source_colours (Fixture *fixture, LamPane *pane)
{
  const LamCamera camera = fixture_camera (fixture, LAM_PLANE_XY);
  LamLook look = fixture_look (fixture);
  look.map = LAM_MAP_SOURCES;
  look.newest_run = FIXTURE_NEWEST_RUN;
  look.high = 1e9; /* black */
  look.label_opacity = 1;
  look.outline_opacity = 0;
  look.selected_label = LAM_SOURCE_HUMAN; /* a label that is a source too */
  g_autofree uint8_t *rgba = picture_of (fixture, pane, &camera, &look);
  const int64_t z = lam_camera_get_slice (&camera);
  int n_seen = 0;
  for (int64_t y = 8; y < 480; y += 16)
    for (int64_t x = 8; x < 640; x += 16) {
      const double voxel[] = { (double)x, (double)y, (double)z };
      const uint16_t source = fixture_said (fixture_label (x, y, z), x, y);
      const uint32_t expected =
          source == 0 ? 0 : lam_source_get_rgb (source, FIXTURE_NEWEST_RUN);
      const uint8_t *found = pixel_at (rgba, &camera, voxel);
      n_seen += found[0] == (expected >> 16)
          && found[1] == (expected >> 8 & 0xff)
          && found[2] == (expected & 0xff);
    }
  /* The scale is 3.2 voxels a pixel: those at edges may show a neighbour. */
  g_assert_cmpint (n_seen, >=, 30 * 40 * 9 / 10);
}

/* Who said it, in all panes' ways; the labels come back as they were. */
static void
test_sources (gconstpointer user_data)
{
  const FixtureSettings settings = { .api = GPOINTER_TO_INT (user_data) };
  Fixture *fixture = make_fixture (&settings);
  if (fixture == NULL)
    return;
  LamPane *pane = lam_pane_new (fixture->renderer);
  LamCamera camera = fixture_camera (fixture, LAM_PLANE_XY);
  const size_t n = fixture_bytes (fixture);
  LamLook look = fixture_look (fixture);
  g_autofree uint8_t *labels = picture_of (fixture, pane, &camera, &look);
  check_source_colours (fixture, pane);
  look.map = LAM_MAP_SOURCES;
  look.newest_run = FIXTURE_NEWEST_RUN;
  look.hide_labels = true;
  g_autofree uint8_t *hidden = picture_of (fixture, pane, &camera, &look);
  look.map = LAM_MAP_LABELS;
  g_autofree uint8_t *plain = picture_of (fixture, pane, &camera, &look);
  g_assert_cmpmem (hidden, n, plain, n);
  look.hide_labels = false;
  g_autofree uint8_t *again = picture_of (fixture, pane, &camera, &look);
  g_assert_cmpmem (again, n, labels, n);
  look.map = LAM_MAP_SOURCES;
  /* A scale at which the middles of few pixels lie on the edges of voxels:
   * there each graphics card may take another side. */
  lam_camera_zoom_at (&camera, 2.4637, 100.37, 75.41);
  draw_golden (fixture, &camera, &look, NULL, "sources");
  lam_pane_free (pane);
  fixture_free (fixture);
}

static double
mean_grey (const uint8_t *rgba, size_t n_bytes)
{
  double sum = 0;
  for (size_t i = 0; i < n_bytes; i++)
    sum += rgba[i];
  return sum / (double)n_bytes;
}

/* While fine tiles are under way, coarse ones of the same slice stand in. */
static void
test_stand_ins (void)
{
  Fixture *fixture = make_fixture (NULL);
  if (fixture == NULL)
    return;
  LamPane *pane = lam_pane_new (fixture->renderer);
  LamCamera camera = fixture_camera (fixture, LAM_PLANE_XY);
  LamLook look = fixture_look (fixture);
  look.low = -1000; /* an image is light, a missing tile dark */
  look.high = 300;
  look.hide_labels = true;
  g_autofree uint8_t *far = picture_of (fixture, pane, &camera, &look);
  lam_camera_zoom_at (&camera, 6, 100, 75);
  lam_pane_set_slice (pane, &camera, &look, NULL);
  /* Nothing can arrive: the main context does not turn. */
  lam_pane_draw (pane, lam_offscreen_get_framebuffer (fixture->offscreen));
  g_assert_false (lam_pane_is_complete (pane));
  g_autofree uint8_t *coarse = fixture_read (fixture);
  const size_t n = fixture_bytes (fixture);
  g_assert_cmpfloat (mean_grey (coarse, n), >, 200);
  g_autofree uint8_t *fine = picture_of (fixture, pane, &camera, &look);
  g_assert_cmpint (memcmp (fine, coarse, n), !=, 0);
  /* Another slice is never shown as this one. */
  camera.centre_nm[2] += 9 * 40;
  lam_pane_set_slice (pane, &camera, &look, NULL);
  lam_pane_draw (pane, lam_offscreen_get_framebuffer (fixture->offscreen));
  g_autofree uint8_t *other = fixture_read (fixture);
  g_assert_cmpfloat (mean_grey (other, n), <, 120);
  lam_pane_free (pane);
  fixture_free (fixture);
}

/* What the stroke below paints: a disc over several labels. */
static uint32_t
stroke_label (int64_t x, int64_t y, int64_t z)
{
  const int64_t dx = x - 317, dy = y - 243;
  if (z == 12 && dx * dx + dy * dy < 23 * 23)
    return 31;
  return fixture_label (x, y, z);
}

/* `box`: the stroke's. */
static void
check_stroke (Fixture *fixture, const LamCamera *camera, const LamLook *look,
    const LamBox *box)
{
  const unsigned target = lam_offscreen_get_framebuffer (fixture->offscreen);
  const size_t n = fixture_bytes (fixture);
  LamPane *pane = lam_pane_new (fixture->renderer);
  fixture_set_labels (fixture, fixture_label);
  lam_renderer_reload_labels (fixture->renderer, NULL);
  g_autofree uint8_t *before = picture_of (fixture, pane, camera, look);

  fixture_set_labels (fixture, stroke_label);
  lam_renderer_touch_labels (fixture->renderer, box);
  lam_pane_draw (pane, target);
  int64_t n_pixels;
  lam_pane_get_statistics (pane, NULL, &n_pixels, NULL);
  g_assert_cmpint (n_pixels, >, 0);
  g_autofree uint8_t *partial = fixture_read (fixture);
  g_assert_cmpint (memcmp (before, partial, n), !=, 0);

  /* A new pane composes everything from the same tiles. */
  LamPane *fresh = lam_pane_new (fixture->renderer);
  g_autofree uint8_t *full = picture_of (fixture, fresh, camera, look);
  g_assert_cmpmem (partial, n, full, n);
  /* And tiles that were loaded again say the same. */
  lam_renderer_reload_labels (fixture->renderer, NULL);
  g_assert_true (fixture_finish (fixture, fresh));
  g_autofree uint8_t *loaded = picture_of (fixture, pane, camera, look);
  g_assert_cmpmem (partial, n, loaded, n);
  lam_pane_free (fresh);
  lam_pane_free (pane);
}

static void
test_stroke (void)
{
  Fixture *fixture = make_fixture (NULL);
  if (fixture == NULL)
    return;
  const LamBox box = lam_box_new (294, 220, 12, 341, 267, 13);
  LamLook look = fixture_look (fixture);
  for (int plane = 0; plane < LAM_N_PLANES; plane++)
    for (int zoom = 0; zoom < 3; zoom++) {
      LamCamera camera = fixture_camera (fixture, plane);
      const double centre[] = { 3170, 2430, 500 };
      if (zoom > 0)
        memcpy (camera.centre_nm, centre, sizeof centre);
      camera.centre_nm[lam_plane_w (plane)] = centre[lam_plane_w (plane)];
      lam_camera_zoom_at (&camera, zoom == 0 ? 0.7 : 2.3 * zoom, 100, 75);
      look.selected_label = zoom == 1 ? 31 : 0;
      look.map = zoom == 2 ? LAM_MAP_SOURCES : LAM_MAP_LABELS;
      check_stroke (fixture, &camera, &look, &box);
    }
  fixture_free (fixture);
}

static void
test_marks_compose_nothing (void)
{
  Fixture *fixture = make_fixture (NULL);
  if (fixture == NULL)
    return;
  LamPane *pane = lam_pane_new (fixture->renderer);
  const LamCamera camera = fixture_camera (fixture, LAM_PLANE_XY);
  LamLook look = fixture_look (fixture);
  g_autofree uint8_t *before = picture_of (fixture, pane, &camera, &look);
  LamBrushCursor cursor = { .visible = true,
    .plane = LAM_PLANE_XY,
    .centre_nm = { 3000, 2000, 0 },
    .radius_nm = 300,
    .rgb = 0xffffff };
  look.show_crosshair = true;
  look.crosshair_nm[0] = 1000;
  lam_pane_set_slice (pane, &camera, &look, &cursor);
  lam_pane_draw (pane, lam_offscreen_get_framebuffer (fixture->offscreen));
  int64_t n_pixels;
  lam_pane_get_statistics (pane, NULL, &n_pixels, NULL);
  g_assert_cmpint (n_pixels, ==, 0);
  const size_t n = fixture_bytes (fixture);
  g_autofree uint8_t *marked = fixture_read (fixture);
  g_assert_cmpint (memcmp (before, marked, n), !=, 0);
  look.show_crosshair = false;
  g_autofree uint8_t *after = picture_of (fixture, pane, &camera, &look);
  g_assert_cmpmem (before, n, after, n);
  lam_pane_free (pane);
  fixture_free (fixture);
}

static void
test_context_loss (void)
{
  Fixture *fixture = make_fixture (NULL);
  if (fixture == NULL)
    return;
  LamPane *pane = lam_pane_new (fixture->renderer);
  const LamCamera camera = fixture_camera (fixture, LAM_PLANE_XY);
  const LamLook look = fixture_look (fixture);
  g_autofree uint8_t *before = picture_of (fixture, pane, &camera, &look);
  lam_renderer_lose_context (fixture->renderer);
  lam_offscreen_free (fixture->offscreen);
  g_autoptr (GError) error = NULL;
  fixture->offscreen = lam_offscreen_new (
      fixture->settings.width_px, fixture->settings.height_px, &error);
  g_assert_no_error (error);
  lam_renderer_realize (fixture->renderer, &error);
  g_assert_no_error (error);
  g_autofree uint8_t *after = picture_of (fixture, pane, &camera, &look);
  const size_t n = fixture_bytes (fixture);
  g_assert_cmpmem (before, n, after, n);
  lam_pane_free (pane);
  fixture_free (fixture);
}

/* Two panes in two contexts of one share group, and one that moves. */
static void
test_shared_contexts (void)
{
  Fixture *fixture = make_fixture (NULL);
  if (fixture == NULL)
    return;
  g_autoptr (GError) error = NULL;
  const int width = fixture->settings.width_px;
  const int height = fixture->settings.height_px;
  const size_t n = fixture_bytes (fixture);
  const LamCamera camera = fixture_camera (fixture, LAM_PLANE_XY);
  const LamLook look = fixture_look (fixture);
  LamPane *first = lam_pane_new (fixture->renderer);
  g_autofree uint8_t *expected = picture_of (fixture, first, &camera, &look);
  LamOffscreen *second = lam_offscreen_new_with (
      LAM_OFFSCREEN_ANY, fixture->offscreen, width, height, &error);
  g_assert_no_error (error);
  LamPane *pane = lam_pane_new (fixture->renderer);
  lam_pane_set_slice (pane, &camera, &look, NULL);
  lam_pane_draw (pane, lam_offscreen_get_framebuffer (second));
  g_autofree uint8_t *found = g_malloc (n);
  lam_offscreen_read (second, found);
  g_assert_cmpmem (found, n, expected, n);
  lam_pane_unrealize (pane);
  lam_offscreen_free (second);
  lam_offscreen_make_current (fixture->offscreen);
  g_autofree uint8_t *moved = picture_of (fixture, pane, &camera, &look);
  g_assert_cmpmem (moved, n, expected, n);
  lam_pane_free (pane);
  lam_pane_free (first);
  fixture_free (fixture);
}

/* One set of programs for renderers that come and go: the second compiles
 * nothing, and the picture is the same. */
static void
test_programs (void)
{
  Fixture *fixture = make_fixture (NULL);
  if (fixture == NULL)
    return;
  g_autoptr (GError) error = NULL;
  LamPrograms *programs = lam_programs_new ();
  const LamRendererSettings settings = { .programs = programs };
  const LamCamera camera = fixture_camera (fixture, LAM_PLANE_XY);
  const LamLook look = fixture_look (fixture);
  LamPane *pane = lam_pane_new (fixture->renderer);
  g_autofree uint8_t *expected = picture_of (fixture, pane, &camera, &look);
  lam_pane_free (pane);
  LamSliceLayer *compiled = NULL;
  for (int round = 0; round < 3; round++) {
    lam_renderer_free (fixture->renderer);
    fixture->renderer = lam_renderer_new (fixture->volume, fixture->labels,
        fixture->classes, fixture->pool, &settings, fixture_redraw_cb, fixture);
    g_assert_true (lam_renderer_realize (fixture->renderer, &error));
    LamSliceLayer *layer = lam_programs_get_slice_layer (programs, false, NULL);
    g_assert_true (round == 0 || layer == compiled);
    compiled = layer;
    pane = lam_pane_new (fixture->renderer);
    g_autofree uint8_t *found = picture_of (fixture, pane, &camera, &look);
    const size_t n = fixture_bytes (fixture);
    g_assert_cmpmem (found, n, expected, n);
    lam_pane_free (pane);
  }
  lam_renderer_free (fixture->renderer);
  fixture->renderer = NULL;
  lam_programs_free (programs);
  fixture_free (fixture);
}

static uint32_t
no_label (int64_t x, int64_t y, int64_t z)
{
  return 0;
}

static uint32_t
first_label (int64_t x, int64_t y, int64_t z)
{
  return z == 12 && ABS (x - 320) < 9 && ABS (y - 250) < 30 ? 4000000000u : 0;
}

/* The first stroke where nothing is labelled, of a label never seen before. */
static void
test_first_stroke (void)
{
  Fixture *fixture = make_fixture (NULL);
  if (fixture == NULL)
    return;
  LamPane *pane = lam_pane_new (fixture->renderer);
  LamCamera camera = fixture_camera (fixture, LAM_PLANE_XY);
  camera.nm_per_px = 10;
  LamLook look = fixture_look (fixture);
  look.selected_label = 4000000000u;
  fixture_set_labels (fixture, no_label);
  lam_renderer_reload_labels (fixture->renderer, NULL);
  g_autofree uint8_t *before = picture_of (fixture, pane, &camera, &look);
  fixture_set_labels (fixture, first_label);
  const LamBox box = lam_box_new (311, 220, 12, 330, 281, 13);
  lam_renderer_touch_labels (fixture->renderer, &box);
  lam_pane_draw (pane, lam_offscreen_get_framebuffer (fixture->offscreen));
  int64_t n_pixels;
  lam_pane_get_statistics (pane, NULL, &n_pixels, NULL);
  g_assert_cmpint (n_pixels, <, 200 * 150 / 4);
  g_autofree uint8_t *stroke = fixture_read (fixture);
  const size_t n = fixture_bytes (fixture);
  g_assert_cmpint (memcmp (stroke, before, n), !=, 0);
  lam_renderer_reload_labels (fixture->renderer, NULL);
  LamPane *second = lam_pane_new (fixture->renderer);
  g_autofree uint8_t *full = picture_of (fixture, second, &camera, &look);
  g_assert_cmpmem (stroke, n, full, n);
  lam_pane_free (second);
  lam_pane_free (pane);
  fixture_free (fixture);
}

/* 16 bits, in one channel or in two, look as 8 bits do, also through a narrow
 * window. */
static void
test_u16 (void)
{
  FixtureSettings deep = { .dtype = LAM_DTYPE_U16 };
  for (int way = 0; way < 4; way++) {
    const int narrow = way & 1;
    deep.renderer.split_16_bits = way >= 2;
    uint8_t *pictures[2] = { NULL, NULL };
    size_t n = 0;
    for (int i = 0; i < 2; i++) {
      Fixture *fixture = make_fixture (i == 0 ? NULL : &deep);
      if (fixture == NULL)
        return;
      LamPane *pane = lam_pane_new (fixture->renderer);
      LamCamera camera = fixture_camera (fixture, LAM_PLANE_XY);
      lam_camera_zoom_at (&camera, 5, 100, 75);
      LamLook look = fixture_look (fixture);
      if (narrow) {
        look.low = look.high * 100 / 255;
        look.high = look.high * 150 / 255;
      }
      pictures[i] = picture_of (fixture, pane, &camera, &look);
      n = fixture_bytes (fixture);
      lam_pane_free (pane);
      fixture_free (fixture);
    }
    /* Hardware may filter 8-bit texels in steps of 1: of a window of 50 that
     * is 5 of 255. */
    for (size_t i = 0; i < n; i++)
      g_assert_cmpint (
          ABS (pictures[0][i] - pictures[1][i]), <=, narrow ? 6 : 2);
    for (int i = 0; i < 2; i++)
      g_free (pictures[i]);
  }
}

static void
test_few_layers (void)
{
  /* Fewer layers than the pane has tiles: it must settle, not fight. */
  const FixtureSettings settings = { .renderer = { 4, 4, 0 } };
  Fixture *fixture = make_fixture (&settings);
  if (fixture == NULL)
    return;
  LamPane *pane = lam_pane_new (fixture->renderer);
  LamCamera camera = fixture_camera (fixture, LAM_PLANE_XY);
  const LamLook look = fixture_look (fixture);
  camera.nm_per_px = 10; /* level 0 */
  for (int i = 0; i < 300; i++) {
    lam_pane_set_slice (pane, &camera, &look, NULL);
    lam_pane_draw (pane, lam_offscreen_get_framebuffer (fixture->offscreen));
    g_main_context_iteration (NULL, FALSE);
    g_usleep (300);
  }
  int uploads;
  lam_pane_get_statistics (pane, NULL, NULL, &uploads);
  g_assert_cmpint (uploads, ==, 0);
  g_assert_cmpint (lam_job_pool_get_n_pending (fixture->pool), ==, 0);
  lam_pane_free (pane);
  fixture_free (fixture);
}

static void
test_no_labels (void)
{
  const FixtureSettings settings = { .no_labels = true };
  Fixture *fixture = make_fixture (&settings);
  if (fixture == NULL)
    return;
  LamPane *pane = lam_pane_new (fixture->renderer);
  const LamCamera camera = fixture_camera (fixture, LAM_PLANE_XY);
  const LamLook look = fixture_look (fixture);
  g_autofree uint8_t *found = picture_of (fixture, pane, &camera, &look);
  /* Grey all over: no colour came from anywhere. */
  const size_t middle = fixture_bytes (fixture) / 2 + 4 * 100;
  g_assert_cmpint (found[middle], ==, found[middle + 1]);
  lam_pane_free (pane);
  fixture_free (fixture);
}

/* What another person says: a square in the middle brick. */
static LamLabelMap *
make_theirs (const Fixture *fixture)
{
  LamLabelMap *map = lam_label_map_new (fixture->settings.size, 0);
  g_autoptr (LamLabelBrick) brick = lam_label_brick_new_cleared ();
  uint32_t *labels = lam_label_brick_write_labels (brick);
  for (int i = 0; i < LAM_BRICK_VOXELS; i++)
    labels[i] = i % 64 / 16 % 3 != 0 && i / 64 % 64 / 16 % 3 != 0 ? 7 : 0;
  lam_label_brick_settle (brick);
  lam_label_map_set (map, (LamBrickKey){ 5, 4, 0 }, brick);
  return map;
}

/* Its border alone is drawn over the picture, and goes without a trace. */
static void
test_theirs (void)
{
  Fixture *fixture = make_fixture (NULL);
  if (fixture == NULL)
    return;
  g_autoptr (LamLabelMap) map = make_theirs (fixture);
  LamPane *pane = lam_pane_new (fixture->renderer);
  LamCamera camera = fixture_camera (fixture, LAM_PLANE_XY);
  LamLook look = fixture_look (fixture);
  const double middle[3] = { 352, 288, 12 };
  for (int i = 0; i < 3; i++)
    camera.centre_nm[i] = middle[i] * camera.voxel_size_nm[i];
  camera.nm_per_px = camera.voxel_size_nm[0] / 2;
  g_autofree uint8_t *mine = picture_of (fixture, pane, &camera, &look);
  lam_renderer_set_theirs (fixture->renderer, map, fixture->classes);
  g_autofree uint8_t *hidden = picture_of (fixture, pane, &camera, &look);
  look.show_theirs = true;
  g_autofree uint8_t *both = picture_of (fixture, pane, &camera, &look);
  lam_renderer_set_theirs (fixture->renderer, NULL, NULL);
  g_autofree uint8_t *gone = picture_of (fixture, pane, &camera, &look);
  const size_t n = fixture_bytes (fixture);
  g_assert_cmpmem (mine, n, hidden, n);
  g_assert_cmpmem (mine, n, gone, n);
  int n_border = 0;
  for (int y = 0; y < camera.height_px; y++)
    for (int x = 0; x < camera.width_px; x++) {
      const int64_t u = (x - camera.width_px / 2) / 2 + 352 - 336;
      const int64_t v = (y - camera.height_px / 2) / 2 + 288 - 272;
      const int edge = (int)MIN (MIN (u, 31 - u), MIN (v, 31 - v));
      const size_t at = 4 * (size_t)(y * camera.width_px + x);
      const bool is_other = memcmp (mine + at, both + at, 4) != 0;
      if (edge < -1 || edge > 1)
        g_assert_false (is_other);
      n_border += is_other;
    }
  /* 32 voxels a side, two pixels each. */
  g_assert_cmpint (n_border, >, 4 * 64);
  lam_pane_free (pane);
  fixture_free (fixture);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  const struct {
    const char *name;
    LamOffscreenApi api;
  } apis[] = {
    { "gl", LAM_OFFSCREEN_GL },
/* The same C with the other kind of context: seen once by sanitisers. */
#ifndef __SANITIZE_ADDRESS__
    { "es", LAM_OFFSCREEN_ES },
#endif
  };
  for (size_t i = 0; i < G_N_ELEMENTS (apis); i++) {
    const struct {
      const char *name;
      GTestDataFunc run;
    } tests[] = { { "planes", test_planes }, { "close-up", test_close_up },
      { "selected", test_selected }, { "overview", test_overview },
      { "sources", test_sources } };
    for (size_t j = 0; j < G_N_ELEMENTS (tests); j++) {
      g_autofree char *path =
          g_strdup_printf ("/view/%s/%s", apis[i].name, tests[j].name);
      g_test_add_data_func (path, GINT_TO_POINTER (apis[i].api), tests[j].run);
    }
  }
  g_test_add_func ("/view/hide", test_hide);
  g_test_add_func ("/view/stand-ins", test_stand_ins);
  g_test_add_func ("/view/stroke", test_stroke);
  g_test_add_func ("/view/first-stroke", test_first_stroke);
  g_test_add_func ("/view/unreadable", test_unreadable);
  g_test_add_func ("/view/marks-compose-nothing", test_marks_compose_nothing);
  g_test_add_func ("/view/context-loss", test_context_loss);
  g_test_add_func ("/view/shared-contexts", test_shared_contexts);
  g_test_add_func ("/view/programs", test_programs);
  g_test_add_func ("/view/u16", test_u16);
  g_test_add_func ("/view/few-layers", test_few_layers);
  g_test_add_func ("/view/no-labels", test_no_labels);
  g_test_add_func ("/view/theirs", test_theirs);
  return g_test_run ();
}
