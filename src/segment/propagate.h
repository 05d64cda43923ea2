/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* What a person said of some voxels changes what a network says of others: of
 * those near them that look alike and of which it says about the same. Where it
 * was wrong it is likely wrong there too; where it was right, right.
 *
 * After An and Pellacini's propagation of edits to all that is alike in place
 * and appearance (AppProp, 2008), with what they propagate being the error of
 * the network: the mean of its errors at what is known, each weighed by
 *
 *   exp (-|difference|² / 2)
 *
 * of place, logarithms of the probabilities, and grey values smoothed a little
 * and more (kernel regression, Nadaraya and Watson 1964), drawn towards none
 * where little is known. It is added to the probabilities. A voxel gets another
 * class by that only where it is joined, by voxels that get it too, with one of
 * which a person said so against the network.
 *
 * Plain values; any thread. */
#pragma once

#include "base/box.h"
#include "base/progress.h"

/* Of a voxel of which nothing is known. */
#define LAM_PROPAGATE_UNKNOWN UINT8_MAX
#define LAM_PROPAGATE_MAX_CLASSES 32

/* Beyond that many of its shortest edges a voxel has no influence. */
#define LAM_PROPAGATE_REACH 30

/* Dense arrays of the box, x fastest; borrowed. */
typedef struct {
  LamBox box; /* level-0 voxels */
  double voxel_size_nm[3];
  int n_classes; /* beyond the most, nothing is changed */
  const float *grey; /* mean 0, deviation 1 */
  const uint8_t *known; /* a class, or LAM_PROPAGATE_UNKNOWN */
  bool keeps; /* what is known gets its class; else it stays as it is */
} LamPropagation;

/* `probabilities` by class, of mean over what was asked; they sum up to 1 at
 * each voxel, before and after. A voxel with a number that is none is left
 * alone. The same for any number of threads
 * (0: one for each processor). False: it was cancelled. */
bool lam_propagate (const LamPropagation *propagation, float *probabilities,
    int n_threads, LamProgress *progress, GError **error);
/* The most that it takes beside what it is given, for each voxel of a box. */
int64_t lam_propagate_get_voxel_bytes (int n_classes);
