/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Numpy's rule for inputs of different shapes: axes are matched from the last,
 * and one of size 1 is repeated. Axes that all inputs step through alike are
 * joined, so that rows are long; a part is a run of one row. */
#pragma once

#include "nn/operator.h"

typedef struct {
  int kind; /* the operator's own */
  LamTensorType type; /* the operator's own */
  int n; /* inputs */
  int rank; /* after joining, at least 1 */
  int64_t dims[LAM_TENSOR_MAX_RANK];
  int64_t n_parts, row_parts; /* parts of a row */
  /* By input: 0 where it is repeated. */
  int64_t steps[][LAM_TENSOR_MAX_RANK];
} LamBroadcast;

/* For the step's first `n` inputs, and for `least` (or NULL), a shape that the
 * result reaches at least. Sets the first output. One block of g_malloc(). */
LamBroadcast *lam_broadcast_new (LamStep *step, int n, const LamShape *least,
    LamTensorType result, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* The first element of the result in a part, and how many there are. */
int64_t lam_broadcast_find_run (
    const LamBroadcast *broadcast, int64_t part, int64_t *n);
/* The element of an input that it begins with; 0 or 1 in `pace` says whether
 * the input goes on with each element of the result. */
int64_t lam_broadcast_find_input (
    const LamBroadcast *broadcast, int64_t part, int input, int64_t *pace);
/* Not repeated: as many elements as the result. */
bool lam_broadcast_is_whole (const LamBroadcast *broadcast, int input);
