/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Cuts objects where several of them touch, each on its own: at the necks of
 * its shape, or along the ridges of a map of boundaries. */
#pragma once

#include "labels/object-finder.h"

/* Enough for the depth of a necked body to fall by a third on the way from one
 * bulge to the other: mitochondria, which swell and taper along their length,
 * stay whole; two round bodies that touch do not. */
#define LAM_SPLIT_RELIEF 0.35
/* The smallest organelles that are counted one by one are about that wide, so
 * the middles of two of them are not nearer. */
#define LAM_SPLIT_DISTANCE_NM 100

typedef struct {
  bool is_split[256]; /* which classes */
  LamConnectivity connectivity; /* as in LamObjectRules, and so is … */
  int64_t min_voxels[256]; /* … this: no piece is smaller */
  double voxel_size_nm[3];
  double relief[256]; /* of each class, 0 to 1: of the height of the lower of
                       * two middles, by how much the neck between them must
                       * lie below it */
  double least_distance_nm; /* between the middles of two pieces; not of
                             * boundaries, between which all is a middle */
  LamSource *boundaries; /* of the same size, high where objects end: uint8,
                          * uint16, or float32 from 0 to 1. NULL: the depth in
                          * nm is what is cut */
  /* Of the same size, uint8: not 0 where nobody knows whether objects go on,
   * which makes none of them less deep. NULL: nowhere. */
  LamSource *open;
  LamBox
      inside; /* objects that do not meet it stay whole; empty: all meet it */
} LamSplitRules;

/* An object whose box is larger is left as it is: about 2 GB of memory. */
#define LAM_SPLIT_MAX_VOXELS (INT64_C (1) << 27)

/* `labels` as lam_object_finder_run() left it. Changes labels and `objects`,
 * which are numbered anew in the order of first voxels. `n_cut` gets how many
 * were cut, `n_too_large` how many were left for their size. */
bool lam_object_splitter_run (LamSource *labels, GArray *objects,
    const LamSplitRules *rules, int *n_cut, int *n_too_large,
    LamProgress *progress, GError **error);
/* Whether `boundaries` can be used; says why not. */
bool lam_object_splitter_check (
    const LamSplitRules *rules, const int64_t size[3], GError **error);
