/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The colours of the source map can be told apart, alone and laid thinly over
 * an image, by people of each kind of colour vision. */
#include "labels/source-colour.h"

#include <glib.h>
#include <math.h>

#include "labels/label-brick.h"

/* Linear R, G, B as people without one kind of cone see them: Machado, Oliveira
 * and Fernandes, IEEE TVCG 15 (2009), severity 1. */
static const double visions[][3][3] = {
  { { 1, 0, 0 }, { 0, 1, 0 }, { 0, 0, 1 } },
  { { 0.152286, 1.052583, -0.204868 }, { 0.114503, 0.786281, 0.099216 },
      { -0.003882, -0.048116, 1.051998 } },
  { { 0.367322, 0.860646, -0.227968 }, { 0.280085, 0.672501, 0.047413 },
      { -0.011820, 0.042940, 0.968881 } },
  { { 1.255528, -0.076749, -0.178779 }, { -0.078411, 0.930809, 0.147602 },
      { 0.004733, 0.691367, 0.303900 } },
};

static double
to_linear (double value)
{
  return value <= 0.04045 ? value / 12.92 : pow ((value + 0.055) / 1.055, 2.4);
}

static double
lab_curve (double t)
{
  return t > 0.008856 ? cbrt (t) : 7.787 * t + 16.0 / 116;
}

/* CIE L*, a*, b* of linear R, G, B. */
static void
to_lab (const double rgb[3], double lab[3])
{
  const double x = 0.4124 * rgb[0] + 0.3576 * rgb[1] + 0.1805 * rgb[2];
  const double y = 0.2126 * rgb[0] + 0.7152 * rgb[1] + 0.0722 * rgb[2];
  const double z = 0.0193 * rgb[0] + 0.1192 * rgb[1] + 0.9505 * rgb[2];
  const double fx = lab_curve (x / 0.95047), fy = lab_curve (y);
  const double fz = lab_curve (z / 1.08883);
  lab[0] = 116 * fy - 16;
  lab[1] = 500 * (fx - fy);
  lab[2] = 200 * (fy - fz);
}

static void
see (uint32_t rgb, double opacity, double grey, const double vision[3][3],
    double lab[3])
{
  double linear[3], seen[3];
  for (int i = 0; i < 3; i++) {
    const double channel = (rgb >> (16 - 8 * i) & 0xff) / 255.0;
    linear[i] = to_linear (channel * opacity + grey * (1 - opacity));
  }
  for (int i = 0; i < 3; i++) {
    const double *row = vision[i];
    const double sum =
        row[0] * linear[0] + row[1] * linear[1] + row[2] * linear[2];
    seen[i] = CLAMP (sum, 0, 1);
  }
  to_lab (seen, lab);
}

/* Between two colours laid over grey: 2.3 can just be noticed side by side. */
static double
distance (uint32_t a, uint32_t b, double opacity, const double vision[3][3])
{
  double p[3], q[3];
  see (a, opacity, 0.5, vision, p);
  see (b, opacity, 0.5, vision, q);
  return sqrt ((p[0] - q[0]) * (p[0] - q[0]) + (p[1] - q[1]) * (p[1] - q[1])
      + (p[2] - q[2]) * (p[2] - q[2]));
}

static void
test_distinct (void)
{
  enum { NEWEST = LAM_SOURCE_FIRST_RUN + 9 };
  static const uint16_t sources[] = { LAM_SOURCE_IMPORTED, LAM_SOURCE_HUMAN,
    LAM_SOURCE_ACCEPTED, NEWEST, NEWEST - 1, NEWEST - 2 };
  const int n = G_N_ELEMENTS (sources);
  uint32_t rgb[G_N_ELEMENTS (sources) + 1];
  for (int i = 0; i < n; i++)
    rgb[i] = lam_source_get_rgb (sources[i], NEWEST);
  rgb[n] = 0x808080; /* the image itself */
  for (size_t v = 0; v < G_N_ELEMENTS (visions); v++)
    for (int a = 0; a <= n; a++)
      for (int b = 0; b < a; b++) {
        g_assert_cmpfloat (distance (rgb[a], rgb[b], 1, visions[v]), >, 20);
        g_assert_cmpfloat (distance (rgb[a], rgb[b], 0.35, visions[v]), >, 9);
      }
}

static void
test_ages (void)
{
  const uint16_t first = LAM_SOURCE_FIRST_RUN + 1;
  g_assert_cmpint (lam_source_get_age (first, first), ==, LAM_RUN_NEWEST);
  g_assert_cmpint (lam_source_get_age (first, first + 1), ==, LAM_RUN_BEFORE);
  g_assert_cmpint (lam_source_get_age (first, first + 2), ==, LAM_RUN_EARLIER);
  g_assert_cmpint (
      lam_source_get_age (UINT16_MAX, UINT16_MAX), ==, LAM_RUN_NEWEST);
  /* A run that nobody told of yet is newer than all that are known. */
  g_assert_cmphex (lam_source_get_rgb (first + 3, first), ==,
      lam_source_get_rgb (first, first));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/source-colour/distinct", test_distinct);
  g_test_add_func ("/source-colour/ages", test_ages);
  return g_test_run ();
}
