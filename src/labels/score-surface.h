/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The surfaces of classes in one part of two volumes: those voxels of a class
 * of which one of the six neighbours is of another. What does not count, and
 * what lies beyond the compared box, makes no surface. */
#pragma once

#include "labels/point-tree.h"
#include "labels/score-block.h"

/* Of one class on one side. */
typedef struct {
  int class_index;
  LamBox box; /* tight; from the first voxel of the comparison */
  int64_t n; /* voxels */
  int64_t n_shared; /* those that are surface of the class on both sides */
  LamPoint *alone; /* Owned; the n - n_shared others */
  LamPointTree *tree; /* Owned; all n */
} LamSurface;

typedef struct {
  gatomicrefcount references;
  size_t n_bytes; /* of memory, about */
  GArray *sides[LAM_SCORE_N_SIDES]; /* Owned; LamSurface, by class */
} LamSurfaces;

/* Without distances no trees are made, and no points are kept. */
LamSurfaces *lam_surfaces_new (const LamScoreSetup *setup,
    const LamScoreBlock *block, bool with_points) G_GNUC_WARN_UNUSED_RESULT;
LamSurfaces *lam_surfaces_ref (LamSurfaces *surfaces) G_GNUC_WARN_UNUSED_RESULT;
void lam_surfaces_unref (LamSurfaces *surfaces);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LamSurfaces, lam_surfaces_unref)
/* Borrowed; NULL: the class has no surface here. */
const LamSurface *lam_surfaces_find (
    const LamSurfaces *surfaces, int side, int class_index);
