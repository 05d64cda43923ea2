/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Augmentations that change grey values, which have mean 0 and deviation 1 over
 * the whole image. Classes and weights stay. */
#include <glib/gi18n-lib.h>
#include <math.h>

#include "segment/augment-rows.h"

static void
apply_brightness (
    LamPatch *patch, const double *values, bool is_isotropic, LamRandom *random)
{
  float shift = (float)lam_random_range (random, -values[0], values[0]);
  for (int64_t i = 0; i < lam_patch_get_n_voxels (patch); i++)
    patch->image[i] += shift;
}

const LamAugment lam_augment_brightness = {
  .name = "brightness",
  .title = N_ ("Make brighter or darker"),
  .parameters = { { "shift", N_ ("At most so far"), 0, 5, 0.5,
      N_ ("deviations") } },
  .apply = apply_brightness,
};

static double
measure_mean (const LamPatch *patch)
{
  double sum = 0;
  int64_t n = lam_patch_get_n_voxels (patch);
  for (int64_t i = 0; i < n; i++)
    sum += patch->image[i];
  return sum / (double)n;
}

static void
apply_contrast (
    LamPatch *patch, const double *values, bool is_isotropic, LamRandom *random)
{
  double most = log (1 + values[0]);
  float factor = (float)exp (lam_random_range (random, -most, most));
  float mean = (float)measure_mean (patch);
  for (int64_t i = 0; i < lam_patch_get_n_voxels (patch); i++)
    patch->image[i] = mean + (patch->image[i] - mean) * factor;
}

const LamAugment lam_augment_contrast = {
  .name = "contrast",
  .title = N_ ("Raise or lower the contrast"),
  .parameters = { { "factor", N_ ("At most so much more or less"), 0, 4, 0.4,
      "" } },
  .apply = apply_contrast,
};

/* Between the darkest and the brightest voxel of the patch. */
static void
apply_gamma (
    LamPatch *patch, const double *values, bool is_isotropic, LamRandom *random)
{
  int64_t n = lam_patch_get_n_voxels (patch);
  double most = log (1 + values[0]);
  float power = (float)exp (lam_random_range (random, -most, most));
  float low = patch->image[0], high = patch->image[0];
  for (int64_t i = 1; i < n; i++) {
    low = MIN (low, patch->image[i]);
    high = MAX (high, patch->image[i]);
  }
  float range = high - low;
  for (int64_t i = 0; i < n && range > 0; i++)
    patch->image[i] =
        low + range * powf ((patch->image[i] - low) / range, power);
}

const LamAugment lam_augment_gamma = {
  .name = "gamma",
  .title = N_ ("Bend the grey scale"),
  .parameters = { { "power", N_ ("At most so much more or less than 1"), 0, 4,
      0.4, "" } },
  .apply = apply_gamma,
};

static void
apply_noise (
    LamPatch *patch, const double *values, bool is_isotropic, LamRandom *random)
{
  double deviation = lam_random_range (random, 0, values[0]);
  for (int64_t i = 0; i < lam_patch_get_n_voxels (patch); i++)
    patch->image[i] += (float)(deviation * lam_random_normal (random));
}

const LamAugment lam_augment_noise = {
  .name = "noise",
  .title = N_ ("Add noise"),
  .parameters = { { "deviation", N_ ("At most so much"), 0, 5, 0.3,
      N_ ("deviations") } },
  .apply = apply_noise,
};

#define MAX_REACH 32

/* A Gaussian along one axis, edges repeated. */
static void
blur_axis (LamPatch *patch, int axis, const float *kernel, int reach)
{
  int64_t step = axis == 0 ? 1 : patch->size[0], n = patch->size[axis];
  int64_t lines = lam_patch_get_n_voxels (patch) / n;
  g_autofree float *line = g_new (float, n);
  for (int64_t i = 0; i < lines; i++) {
    int64_t start = axis == 0 ? i * n : i / step * step * n + i % step;
    float *first = patch->image + start;
    for (int64_t j = 0; j < n; j++)
      line[j] = first[j * step];
    for (int64_t j = 0; j < n; j++) {
      float sum = 0;
      for (int k = -reach; k <= reach; k++)
        sum += kernel[k + reach] * line[CLAMP (j + k, 0, n - 1)];
      first[j * step] = sum;
    }
  }
}

static void
apply_blur (
    LamPatch *patch, const double *values, bool is_isotropic, LamRandom *random)
{
  double sigma = MAX (lam_random_range (random, 0, values[0]), 0.05);
  int reach = MIN ((int)ceil (3 * sigma), MAX_REACH);
  float kernel[2 * MAX_REACH + 1], sum = 0;
  for (int k = -reach; k <= reach; k++) {
    kernel[k + reach] = (float)exp (-0.5 * k * k / (sigma * sigma));
    sum += kernel[k + reach];
  }
  for (int k = 0; k <= 2 * reach; k++)
    kernel[k] /= sum;
  blur_axis (patch, 0, kernel, reach);
  blur_axis (patch, 1, kernel, reach);
}

const LamAugment lam_augment_blur = {
  .name = "blur",
  .title = N_ ("Blur in the plane"),
  .parameters = { { "sigma", N_ ("At most so much"), 0, 10, 1.5,
      N_ ("voxels") } },
  .apply = apply_blur,
};
