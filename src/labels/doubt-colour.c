/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* A way through OKLab (B. Ottosson, "A perceptual color space for image
 * processing", 2020), walked at even speed: distances in that space are how
 * different colours look. */
#include "labels/doubt-colour.h"

#include <glib.h>
#include <math.h>

typedef struct {
  double l, a, b;
} Lab;

/* All of the way lies inside of what a screen can show. */
static const Lab way[] = {
  { 0.30, -0.02, -0.13 },
  { 0.42, 0.07, -0.14 },
  { 0.56, 0.16, -0.04 },
  { 0.68, 0.15, 0.09 },
  { 0.80, 0.05, 0.14 },
  { 0.95, -0.03, 0.10 },
};

static double
get_length (int i)
{
  double l = way[i + 1].l - way[i].l, a = way[i + 1].a - way[i].a;
  double b = way[i + 1].b - way[i].b;
  return sqrt (l * l + a * a + b * b);
}

/* At a part of the way, 0 to 1. */
static Lab
walk (double part)
{
  const int n = G_N_ELEMENTS (way) - 1;
  double all = 0;
  for (int i = 0; i < n; i++)
    all += get_length (i);
  double left = part * all;
  int i = 0;
  for (; i < n - 1 && left > get_length (i); i++)
    left -= get_length (i);
  double f = left / get_length (i);
  return (Lab){ way[i].l + f * (way[i + 1].l - way[i].l),
    way[i].a + f * (way[i + 1].a - way[i].a),
    way[i].b + f * (way[i + 1].b - way[i].b) };
}

static uint32_t
to_byte (double linear)
{
  double value = linear <= 0.0031308 ? 12.92 * linear
                                     : 1.055 * pow (linear, 1 / 2.4) - 0.055;
  return (uint32_t)lrint (CLAMP (value, 0, 1) * 255);
}

static uint32_t
to_rgb (Lab colour)
{
  double l = colour.l + 0.3963377774 * colour.a + 0.2158037573 * colour.b;
  double m = colour.l - 0.1055613458 * colour.a - 0.0638541728 * colour.b;
  double s = colour.l - 0.0894841775 * colour.a - 1.2914855480 * colour.b;
  l *= l * l;
  m *= m * m;
  s *= s * s;
  return to_byte (4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s) << 16
      | to_byte (-1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s) << 8
      | to_byte (-0.0041960863 * l - 0.7034186147 * m + 1.7076147010 * s);
}

uint32_t
lam_doubt_get_rgb (uint8_t uncertainty)
{
  return to_rgb (walk (uncertainty / 255.0));
}
