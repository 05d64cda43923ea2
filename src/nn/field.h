/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* What a voxel of a network's result depends on: its field of view. */
#pragma once

#include "nn/network.h"

/* By axis of the input; 0 for those that are not of space. */
typedef struct {
  /* A part of the image gives what the whole would, except for so many voxels
   * at its beginning and end, which see how it was cut. */
  int64_t before[LAM_TENSOR_MAX_RANK], after[LAM_TENSOR_MAX_RANK];
  /* Both only where parts begin at, and are as long as, multiples of this. */
  int64_t step[LAM_TENSOR_MAX_RANK];
  /* Owned. NULL, or the name of an operator through which a voxel may depend
   * on the whole image (norms over it, say), or "" where none alone is to
   * blame: then all else is 0. */
  char *whole;
} LamField;

/* For networks whose result has the size of their only input. `shape`: one
 * that the network accepts; axes of `is_open` may grow by multiples of their
 * length in it. Runs nothing. */
void lam_field_find (LamNetwork *network, const LamShape *shape,
    const bool *is_open, LamField *field);
void lam_field_clear (LamField *field);
