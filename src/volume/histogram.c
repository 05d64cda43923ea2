/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The sample is bands of 64 rows, spread evenly over evenly spread slices of
 * level 0: means of coarser levels would be narrower than the grey values are.
 * Bands are what plane-wise files read at once. */
#include "volume/histogram.h"

#include <math.h>
#include <stdlib.h>

#include "base/box.h"

#define MAX_SLICES 8
#define SLICE_VOXELS (500 * 1000)
/* Wider images give only this much of each row, from the middle. */
#define MAX_WIDTH 4096
/* Beyond these quantiles single hot pixels may not stretch the bins. */
#define TAIL 0.0005
/* Quantiles are taken from about this many of the sample's values. */
#define N_FOR_QUANTILES 65536

/* Finite values of the sample, in the file's numbers. */
typedef struct {
  GArray *values; /* Owned; of float */
  double offset;
} Sample;

static void
add_voxels (Sample *sample, LamDtype dtype, const void *voxels, int64_t n)
{
  for (int64_t i = 0; i < n; i++) {
    float value = dtype == LAM_DTYPE_U8 ? ((const uint8_t *)voxels)[i]
        : dtype == LAM_DTYPE_U16        ? ((const uint16_t *)voxels)[i]
                                        : ((const float *)voxels)[i];
    value += (float)sample->offset;
    if (isfinite (value))
      g_array_append_val (sample->values, value);
  }
}

/* The i-th of n evenly spread places in 0 … size - 1. */
static int64_t
spread (int i, int n, int64_t size)
{
  return (2 * (int64_t)i + 1) * size / (2 * n);
}

static bool
sample_slice (LamVolume *volume, int64_t z, Sample *sample, void *buffer,
    GCancellable *cancellable, GError **error)
{
  const int64_t *size = lam_volume_get_size (volume);
  LamDtype dtype = lam_volume_get_dtype (volume);
  int64_t width = MIN (size[0], MAX_WIDTH);
  int64_t n_all = lam_divide_up (size[1], LAM_BRICK_EDGE);
  int64_t n_fit = SLICE_VOXELS / (width * LAM_BRICK_EDGE);
  int n = (int)CLAMP (n_fit, 1, n_all);
  for (int i = 0; i < n; i++) {
    int64_t x = (size[0] - width) / 2;
    int64_t y = spread (i, n, n_all) * LAM_BRICK_EDGE;
    LamBox box = lam_box_new (
        x, y, z, x + width, MIN (y + LAM_BRICK_EDGE, size[1]), z + 1);
    if (!lam_volume_read_box (volume, 0, &box, buffer, cancellable, error))
      return false;
    add_voxels (sample, dtype, buffer, lam_box_volume (&box));
  }
  return true;
}

static bool
take_sample (LamVolume *volume, Sample *sample, GCancellable *cancellable,
    GError **error)
{
  const int64_t *size = lam_volume_get_size (volume);
  int64_t band = MIN (size[0], MAX_WIDTH) * LAM_BRICK_EDGE;
  g_autofree void *buffer =
      g_malloc ((size_t)band * lam_dtype_bytes (lam_volume_get_dtype (volume)));
  int n = (int)MIN (size[2], MAX_SLICES);
  for (int i = 0; i < n; i++)
    if (!sample_slice (
            volume, spread (i, n, size[2]), sample, buffer, cancellable, error))
      return false;
  return true;
}

static int
compare_floats (const void *a, const void *b)
{
  float p = *(const float *)a, q = *(const float *)b;
  return p < q ? -1 : p > q;
}

/* Both tails of the sample, from a subset of it. */
static void
find_tails (const Sample *sample, double *low, double *high)
{
  guint n = sample->values->len;
  guint step = MAX (n / N_FOR_QUANTILES, 1);
  guint n_some = n / step;
  g_autofree float *some = g_new (float, n_some);
  for (guint i = 0; i < n_some; i++)
    some[i] = g_array_index (sample->values, float, i *step);
  qsort (some, n_some, sizeof *some, compare_floats);
  guint cut = (guint)(n_some * TAIL);
  *low = some[cut];
  *high = some[n_some - 1 - cut];
}

/* The range of the sample, or, where a few values lie far out, that of the
 * rest and half as much on either side. */
static void
find_range (const Sample *sample, LamHistogram *histogram)
{
  double low = INFINITY, high = -INFINITY;
  for (guint i = 0; i < sample->values->len; i++) {
    double value = g_array_index (sample->values, float, i);
    low = fmin (low, value);
    high = fmax (high, value);
  }
  double tail_low, tail_high;
  find_tails (sample, &tail_low, &tail_high);
  double width = tail_high - tail_low;
  if (width > 0 && width < (high - low) / 4) {
    low = fmax (low, tail_low - width / 2);
    high = fmin (high, tail_high + width / 2);
  }
  histogram->low = low;
  histogram->high = high > low ? high : low + 1;
}

static void
count (const Sample *sample, LamHistogram *histogram)
{
  double scale = LAM_HISTOGRAM_BINS / (histogram->high - histogram->low);
  for (guint i = 0; i < sample->values->len; i++) {
    double value = g_array_index (sample->values, float, i);
    double bin = (value - histogram->low) * scale;
    histogram->counts[(int)CLAMP (bin, 0, LAM_HISTOGRAM_BINS - 1)]++;
  }
  histogram->total = sample->values->len;
}

bool
lam_histogram_sample (LamVolume *volume, LamHistogram *histogram,
    GCancellable *cancellable, GError **error)
{
  g_autoptr (GArray) values = g_array_new (FALSE, FALSE, sizeof (float));
  Sample sample = { values, lam_volume_get_offset (volume) };
  *histogram = (LamHistogram){ .low = 0, .high = 1 };
  if (!take_sample (volume, &sample, cancellable, error))
    return false;
  if (values->len == 0)
    return true;
  if (lam_volume_get_dtype (volume) == LAM_DTYPE_U8) {
    /* One bin a value. */
    histogram->low = sample.offset;
    histogram->high = sample.offset + LAM_HISTOGRAM_BINS;
  } else {
    find_range (&sample, histogram);
  }
  count (&sample, histogram);
  return true;
}

double
lam_histogram_get_percentile (const LamHistogram *histogram, double fraction)
{
  double wanted = CLAMP (fraction, 0, 1) * (double)histogram->total;
  double width = (histogram->high - histogram->low) / LAM_HISTOGRAM_BINS;
  double below = 0;
  int last = 0;
  for (int i = 0; i < LAM_HISTOGRAM_BINS; i++) {
    double here = (double)histogram->counts[i];
    if (here > 0) {
      if (below + here >= wanted)
        return histogram->low + width * (i + (wanted - below) / here);
      last = i + 1;
    }
    below += here;
  }
  return histogram->low + width * last;
}
