/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Old objects stay apart: a new object that has fixed voxels of several old
 * ones of its class (object-matcher.h), each of which has voxels inside of the
 * box that is looked at anew, is divided among them. Each voxel that was of one
 * of them stays with it; the others go to the one that is nearest on a way
 * inside of the object, of equally near ones to the one whose voxels come
 * first. The result does not depend on bricks or threads. */
#pragma once

#include "labels/object-matcher.h"

typedef struct {
  LamConnectivity connectivity; /* as in LamObjectRules */
  /* Old voxels that are not fixed keep objects apart likewise. */
  bool keeps_all;
  LamBox inside; /* of `labels`: what lies around it only is fixed there */
} LamDivision;

/* Between finder (or splitter) and matcher, which counts the rows anew: those
 * that are added here only have their number, class and box. An object whose
 * box holds more than LAM_SPLIT_MAX_VOXELS is left as it is. */
bool lam_object_divider_run (LamSource *labels, GArray *objects,
    const LamOldObjects *old, const LamDivision *division,
    LamProgress *progress, GError **error);
