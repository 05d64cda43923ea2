/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* What a person does with a brush who knows the truth: the stroke in a slice
 * that puts most voxels right for the time it takes. Plain values. */
#pragma once

#include <glib.h>

#include "base/box.h"

/* Pixels a side of the largest view. */
#define ROBOT_EDGE 128
/* How long a line a person draws before the pen lifts, in seconds. */
#define ROBOT_MAX_DRAWING 4.0

/* Dense arrays of a volume, x fastest; borrowed. */
typedef struct {
  int64_t size[3];
  int n_classes;
  const uint8_t *truth, *current;
} RobotWorld;

typedef struct {
  int x, y; /* voxels */
} RobotPoint;

typedef struct {
  int class;
  int depth; /* slices; odd: as many on each side of `slice` */
  double radius; /* voxels */
  int64_t slice;
  GArray *path; /* Owned, of RobotPoint, each a voxel away from the next */
  int64_t gain; /* voxels that it puts right */
} RobotStroke;

void robot_stroke_clear (RobotStroke *stroke);
/* Accot and Zhai's steering law: along a path as wide as the brush. */
double robot_get_drawing_seconds (double length, double radius);
/* False: no stroke in that slice of `view` puts `least` voxels right. It covers
 * no voxel that is of another class, and none outside of the view, which is no
 * wider than ROBOT_EDGE and lies in the volume. `stroke` is to be cleared. */
bool robot_find_stroke (const RobotWorld *world, const LamBox *view,
    int64_t slice, int64_t least, RobotStroke *stroke);
