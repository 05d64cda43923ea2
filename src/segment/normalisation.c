/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "segment/normalisation.h"

#include <math.h>

#define MAX_SLICES 16
#define BAND 64
#define SLICE_VOXELS (INT64_C (500) * 1000)

typedef struct {
  double n, sum, squares;
} Moments;

/* Numbers of the file. */
static void
to_floats (LamVolume *volume, const void *voxels, int64_t n, float *out)
{
  LamDtype dtype = lam_volume_get_dtype (volume);
  float offset = (float)lam_volume_get_offset (volume);
  if (dtype == LAM_DTYPE_U8)
    for (int64_t i = 0; i < n; i++)
      out[i] = ((const uint8_t *)voxels)[i] + offset;
  else if (dtype == LAM_DTYPE_U16)
    for (int64_t i = 0; i < n; i++)
      out[i] = ((const uint16_t *)voxels)[i] + offset;
  else
    for (int64_t i = 0; i < n; i++)
      out[i] = ((const float *)voxels)[i] + offset;
}

static bool
read_floats (LamVolume *volume, const LamBox *box, float *out,
    GCancellable *cancellable, GError **error)
{
  size_t bytes = lam_dtype_bytes (lam_volume_get_dtype (volume));
  int64_t n = lam_box_volume (box);
  g_autofree void *voxels = g_malloc ((size_t)n * bytes);
  if (!lam_volume_read_box (volume, 0, box, voxels, cancellable, error))
    return false;
  to_floats (volume, voxels, n, out);
  return true;
}

static void
add_moments (Moments *moments, const float *values, int64_t n)
{
  for (int64_t i = 0; i < n; i++)
    if (isfinite (values[i])) {
      moments->n += 1;
      moments->sum += values[i];
      moments->squares += (double)values[i] * values[i];
    }
}

/* Bands of rows, evenly spread over a slice. */
static bool
measure_slice (LamVolume *volume, const LamBox *slice, Moments *moments,
    GCancellable *cancellable, GError **error)
{
  int64_t width = slice->max[0] - slice->min[0];
  int64_t n_all = lam_divide_up (slice->max[1] - slice->min[1], BAND);
  int64_t n = CLAMP (SLICE_VOXELS / (width * BAND), 1, n_all);
  g_autofree float *values = g_new (float, width *BAND);
  for (int64_t i = 0; i < n; i++) {
    LamBox band = *slice;
    band.min[1] += (2 * i + 1) * n_all / (2 * n) * BAND;
    band.max[1] = MIN (band.min[1] + BAND, slice->max[1]);
    if (!read_floats (volume, &band, values, cancellable, error))
      return false;
    add_moments (moments, values, lam_box_volume (&band));
  }
  return true;
}

bool
lam_normalisation_measure (LamVolume *volume, const LamBox *box,
    LamNormalisation *normalisation, GCancellable *cancellable, GError **error)
{
  int64_t depth = box->max[2] - box->min[2];
  int64_t n = MIN (depth, MAX_SLICES);
  Moments moments = { 0 };
  for (int64_t i = 0; i < n; i++) {
    LamBox slice = *box;
    slice.min[2] += (2 * i + 1) * depth / (2 * n);
    slice.max[2] = slice.min[2] + 1;
    if (!measure_slice (volume, &slice, &moments, cancellable, error))
      return false;
  }
  *normalisation = (LamNormalisation){ 0, 1 };
  if (moments.n > 0) {
    double mean = moments.sum / moments.n;
    double variance = moments.squares / moments.n - mean * mean;
    normalisation->mean = mean;
    if (variance > 0)
      normalisation->deviation = sqrt (variance);
  }
  return true;
}

/* Where the mirrored image takes its voxel from: …2 1 | 0 1 2 … */
static int64_t
mirror (int64_t i, int64_t size)
{
  int64_t period = MAX (2 * (size - 1), 1);
  i = (i % period + period) % period;
  return i < size ? i : period - i;
}

/* The part of the volume that a mirrored box takes its voxels from. */
static LamBox
find_needed (const LamBox *box, const int64_t size[3])
{
  LamBox needed;
  for (int i = 0; i < 3; i++) {
    int64_t least = size[i], most = -1;
    for (int64_t j = box->min[i]; j < box->max[i]; j++) {
      least = MIN (least, mirror (j, size[i]));
      most = MAX (most, mirror (j, size[i]));
    }
    needed.min[i] = least;
    needed.max[i] = most + 1;
  }
  return needed;
}

static void
normalise (const LamNormalisation *normalisation, float *values, int64_t n)
{
  float scale = (float)(1 / normalisation->deviation);
  float mean = (float)normalisation->mean;
  for (int64_t i = 0; i < n; i++)
    values[i] = isfinite (values[i]) ? (values[i] - mean) * scale : 0.0f;
}

static void
spread_mirrored (const float *in, const LamBox *needed, const LamBox *box,
    const int64_t size[3], float *out)
{
  int64_t width = needed->max[0] - needed->min[0];
  int64_t rows = needed->max[1] - needed->min[1];
  for (int64_t z = box->min[2]; z < box->max[2]; z++)
    for (int64_t y = box->min[1]; y < box->max[1]; y++) {
      int64_t plane = mirror (z, size[2]) - needed->min[2];
      int64_t row = mirror (y, size[1]) - needed->min[1];
      const float *from = in + (plane * rows + row) * width - needed->min[0];
      for (int64_t x = box->min[0]; x < box->max[0]; x++)
        *out++ = from[mirror (x, size[0])];
    }
}

bool
lam_normalisation_read (const LamNormalisation *normalisation,
    LamVolume *volume, const LamBox *box, float *out, GCancellable *cancellable,
    GError **error)
{
  const int64_t *size = lam_volume_get_size (volume);
  LamBox needed = find_needed (box, size);
  bool is_inside = lam_box_equal (&needed, box);
  int64_t n = lam_box_volume (&needed);
  g_autofree float *values = is_inside ? NULL : g_new (float, n);
  float *in = is_inside ? out : values;
  if (!read_floats (volume, &needed, in, cancellable, error))
    return false;
  normalise (normalisation, in, n);
  if (!is_inside)
    spread_mirrored (in, &needed, box, size, out);
  return true;
}
