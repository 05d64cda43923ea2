/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* How much the voxels around scribbles look like what lies under them: learned
 * from the scribbles alone, each time anew, so that nothing has to be trained
 * before. Any thread; the same input gives the same answer. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* All dense, x fastest. */
typedef struct {
  int64_t size[3];
  double voxel_size_nm[3];
  const float *greys; /* finite */
  /* What networks said: from -1, surely not inside, to 1, surely inside; 0
   * where nobody spoke. NULL: nobody did anywhere. */
  const float *opinions;
  const uint8_t *sides; /* 1: a scribble inside, 2: outside, 0: none */
} LamScribbleView;

/* `out` gets 0 (as outside) to 1 (as inside); `fine` the greys, slightly
 * smoothed, in units of their spread. Without scribbles outside, what lies far
 * from those inside stands for it. False when there is no memory. */
bool lam_scribble_look (const LamScribbleView *view, float *out, float *fine);
