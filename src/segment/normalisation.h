/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Grey values as networks want them: mean 0, deviation 1 over the image that
 * the network was trained on. */
#pragma once

#include "volume/volume.h"

/* A voxel of the file's number v is given as (v - mean) / deviation. */
typedef struct {
  double mean, deviation;
} LamNormalisation;

/* From evenly spread slices of `box`, some million voxels at most. NaN and
 * infinite voxels count for nothing. A constant image gets deviation 1. Any
 * thread; may read files. */
bool lam_normalisation_measure (LamVolume *volume, const LamBox *box,
    LamNormalisation *normalisation, GCancellable *cancellable, GError **error);

/* Reads `box` of level 0, x fastest, normalised; NaN and infinity become 0.
 * The box may reach beyond the volume: there the image is mirrored. Any
 * thread. */
bool lam_normalisation_read (const LamNormalisation *normalisation,
    LamVolume *volume, const LamBox *box, float *out, GCancellable *cancellable,
    GError **error);
