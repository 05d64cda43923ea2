/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Old objects stay apart: a new object that has fixed voxels of several old
 * ones of its class (object-matcher.h) is divided among them, along the valleys
 * of its depth in nm: a seeded watershed, whose seeds are the fixed voxels. The
 * result does not depend on bricks or threads. */
#pragma once

#include "labels/object-matcher.h"

typedef struct {
  bool is_divided[256]; /* which classes */
  LamConnectivity connectivity; /* as in LamObjectRules */
  double voxel_size_nm[3];
  bool is_flat; /* no valleys: to the nearest seed (nearest-flood.h) */
  LamSource *open; /* as in LamSplitRules; NULL: nowhere */
} LamDivision;

/* Between finder (or splitter) and matcher, which counts the rows anew: those
 * that are added here have their number, class and box, and no more. Of `old`
 * read() and get_class() are called. An object whose box holds more than
 * LAM_SPLIT_MAX_VOXELS is left as it is. */
bool lam_object_divider_run (LamSource *labels, GArray *objects,
    const LamOldObjects *old, const LamDivision *division,
    LamProgress *progress, GError **error);
