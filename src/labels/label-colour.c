/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Hues follow the golden ratio: whatever the run of numbers, they divide the
 * circle almost evenly. Lightness and chroma vary a little by a hash, so that
 * two labels which come to nearly the same hue still differ. The colour is made
 * in OKLCH, where equal steps look equal (Ottosson 2020, "A perceptual color
 * space for image processing"); the matrices below are from there. */
#include "labels/label-colour.h"

#include <math.h>

/* Of sRGB (IEC 61966-2-1), from 0 to 1 each. */
static uint32_t
encode_channel (double linear)
{
  double value = linear <= 0.0031308 ? 12.92 * linear
                                     : 1.055 * pow (linear, 1 / 2.4) - 0.055;
  return (uint32_t)(fmin (fmax (value, 0), 1) * 255 + 0.5);
}

static void
linear_from_oklab (double lightness, double a, double b, double rgb[3])
{
  double l = lightness + 0.3963377774 * a + 0.2158037573 * b;
  double m = lightness - 0.1055613458 * a - 0.0638541728 * b;
  double s = lightness - 0.0894841775 * a - 1.2914855480 * b;
  l = l * l * l;
  m = m * m * m;
  s = s * s * s;
  rgb[0] = 4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s;
  rgb[1] = -1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s;
  rgb[2] = -0.0041960863 * l - 0.7034186147 * m + 1.7076147010 * s;
}

static int
is_in_gamut (const double rgb[3])
{
  for (int i = 0; i < 3; i++)
    if (rgb[i] < 0 || rgb[i] > 1)
      return 0;
  return 1;
}

/* Takes chroma away until the screen can show it: hue and lightness stay. */
static uint32_t
rgb_from_oklch (double lightness, double chroma, double turns)
{
  double rgb[3];
  do {
    linear_from_oklab (lightness, chroma * cos (2 * M_PI * turns),
        chroma * sin (2 * M_PI * turns), rgb);
    chroma -= 0.01;
  } while (!is_in_gamut (rgb) && chroma > 0);
  return encode_channel (rgb[0]) << 16 | encode_channel (rgb[1]) << 8
      | encode_channel (rgb[2]);
}

/* The finaliser of MurmurHash3 (Appleby 2011). */
static uint32_t
mix (uint32_t h)
{
  h ^= h >> 16;
  h *= UINT32_C (0x85ebca6b);
  h ^= h >> 13;
  h *= UINT32_C (0xc2b2ae35);
  return h ^ h >> 16;
}

uint32_t
lam_label_colour_auto (uint32_t label)
{
  /* 2^32 over the golden ratio: the product wraps round the circle. */
  double turns = label * UINT32_C (2654435769) * 0x1p-32;
  uint32_t hash = mix (label);
  double lightness = 0.66 + 0.18 * ((hash & 0xff) / 255.0);
  double chroma = 0.13 + 0.07 * ((hash >> 8 & 0xff) / 255.0);
  return rgb_from_oklch (lightness, chroma, turns);
}
