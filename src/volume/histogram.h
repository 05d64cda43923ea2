/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* How often each grey value occurs in a sample of slices: for window/level. */
#pragma once

#include "volume/volume.h"

#define LAM_HISTOGRAM_BINS 256

typedef struct {
  double low, high; /* the range of the bins, in the file's numbers */
  uint64_t counts[LAM_HISTOGRAM_BINS];
  uint64_t total;
} LamHistogram;

/* Samples bands of evenly spread slices of level 0, about 4 million voxels at
 * most. NaN and infinite values are left out; what lies far outside of nearly
 * all values counts in the first or last bin. Any thread; may read files. */
bool lam_histogram_sample (LamVolume *volume, LamHistogram *histogram,
    GCancellable *cancellable, GError **error);
/* The value below which `fraction` (0 to 1) of the voxels lie. */
double lam_histogram_get_percentile (
    const LamHistogram *histogram, double fraction);
