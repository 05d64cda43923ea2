/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The scale bar is the longest round length that fits, in the unit that a
 * person would use. */
#include "view/scale-bar.h"

#include <glib.h>
#include <math.h>
#include <string.h>

static void
test_lengths (void)
{
  static const struct {
    double nm_per_px, max_px, nm;
    const char *text;
  } cases[] = {
    { 1, 120, 100, "100 nm" },
    { 10, 120, 1000, "1 µm" },
    { 10, 99, 500, "500 nm" },
    { 4, 100, 200, "200 nm" },
    { 25, 100, 2000, "2 µm" },
    { 1000, 100, 100000, "100 µm" },
    { 1e6, 100, 1e8, "100 mm" },
    { 0.01, 100, 1, "1 nm" },
    { 0.004, 100, 0.2, "200 pm" },
    { 7, 100, 500, "500 nm" },
  };
  for (size_t i = 0; i < G_N_ELEMENTS (cases); i++) {
    const LamScaleBar bar =
        lam_scale_bar_fit (cases[i].nm_per_px, cases[i].max_px);
    g_assert_cmpfloat_with_epsilon (
        bar.length, cases[i].nm, 1e-6 * cases[i].nm);
    g_assert_cmpfloat_with_epsilon (bar.length_px,
        cases[i].nm / cases[i].nm_per_px, 1e-6 * cases[i].max_px);
    g_assert_cmpstr (bar.text, ==, cases[i].text);
  }
}

/* Nothing is claimed about nanometres that nobody knows. */
static void
test_voxels (void)
{
  static const struct {
    double voxels_per_px, max_px, voxels;
    const char *text;
  } cases[] = {
    { 2, 120, 200, "200 voxels" },
    { 1, 99, 50, "50 voxels" },
    { 0.02, 100, 2, "2 voxels" },
    { 0.01, 100, 1, "1 voxel" },
    { 0.009, 100, 0, "" },
    { 5000, 100, 500000, "500000 voxels" },
    { NAN, 100, 0, "" },
  };
  for (size_t i = 0; i < G_N_ELEMENTS (cases); i++) {
    const LamScaleBar bar =
        lam_scale_bar_fit_voxels (cases[i].voxels_per_px, cases[i].max_px);
    g_assert_cmpfloat_with_epsilon (bar.length, cases[i].voxels, 1e-6);
    g_assert_cmpstr (bar.text, ==, cases[i].text);
    g_assert_true ((bar.length_px > 0) == (cases[i].voxels > 0));
  }
}

static void
test_always_round (void)
{
  for (double scale = 1e-4; scale < 1e7; scale *= 1.07) {
    const LamScaleBar bar = lam_scale_bar_fit (scale, 150);
    g_assert_cmpfloat (bar.length_px, <=, 150 * (1 + 1e-6));
    g_assert_cmpfloat (bar.length_px, >, 150 / 2.6);
    const double decade = pow (10, floor (log10 (bar.length * 1.000001)));
    const double lead = bar.length / decade;
    g_assert_true (fabs (lead - 1) < 1e-5 || fabs (lead - 2) < 1e-5
        || fabs (lead - 5) < 1e-5);
  }
}

static void
test_nothing_to_show (void)
{
  const double bad[] = { 0, -1, NAN, INFINITY };
  for (size_t i = 0; i < G_N_ELEMENTS (bad); i++)
    g_assert_cmpfloat (lam_scale_bar_fit (bad[i], 100).length_px, ==, 0);
}

static void
test_draw (void)
{
  cairo_surface_t *surface =
      cairo_image_surface_create (CAIRO_FORMAT_RGB24, 200, 60);
  cairo_t *cr = cairo_create (surface);
  cairo_set_source_rgb (cr, 0.5, 0.5, 0.5);
  cairo_paint (cr);
  const LamScaleBar bar = lam_scale_bar_fit (5, 150);
  lam_scale_bar_draw (&bar, cr, 20, 50, 1);
  cairo_surface_flush (surface);
  const unsigned char *data = cairo_image_surface_get_data (surface);
  const int stride = cairo_image_surface_get_stride (surface);
  /* The bar is white over its whole length and dark around. */
  const int y = 48, end = 20 + (int)bar.length_px;
  for (int x = 21; x < end - 1; x++)
    g_assert_cmpint (data[y * stride + 4 * x], ==, 255);
  g_assert_cmpint (data[y * stride + 4 * 19], <, 110);
  g_assert_cmpint (data[y * stride + 4 * (end + 1)], <, 110);
  g_assert_cmpint (data[y * stride + 4 * (end + 10)], ==, 128);
  cairo_destroy (cr);
  cairo_surface_destroy (surface);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/scale-bar/lengths", test_lengths);
  g_test_add_func ("/scale-bar/voxels", test_voxels);
  g_test_add_func ("/scale-bar/always-round", test_always_round);
  g_test_add_func ("/scale-bar/nothing-to-show", test_nothing_to_show);
  g_test_add_func ("/scale-bar/draw", test_draw);
  return g_test_run ();
}
