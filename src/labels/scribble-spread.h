/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* From how much each voxel looks like inside to the object that scribbles mean:
 * whatever is nearer to a scribble inside than to one outside, or to the view's
 * faces, by ways that shun edges and what looks otherwise. Any thread; the same
 * input gives the same object. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* All dense, x fastest. */
typedef struct {
  int64_t size[3];
  double voxel_size_nm[3];
  const float *fine; /* greys in units of their spread */
  const uint8_t *sides; /* as in scribble-look.h */
  /* Whether the object may go on behind the first and the last layer of an
   * axis: there the volume ends. */
  bool is_open[3][2];
} LamScribbleField;

/* `likely` is how much each voxel looks like inside, 0 to 1, and gets what it
 * is in the end: above 0.5 where the object is, so that it can be interpolated.
 * False when there is no memory. */
bool lam_scribble_spread (const LamScribbleField *field, float *likely);
