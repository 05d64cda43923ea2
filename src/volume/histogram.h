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

/* Samples evenly spread slices (at a level that keeps it below about 4 million
 * voxels). NaN and infinite values are left out. Any thread; may read files. */
bool lam_histogram_sample (LamVolume *volume, LamHistogram *histogram,
    GCancellable *cancellable, GError **error);
/* The value below which `fraction` (0 to 1) of the voxels lie. */
double lam_histogram_get_percentile (
    const LamHistogram *histogram, double fraction);
