/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* How far the surfaces of classes in two volumes are from each other. Exact:
 * each surface voxel of either side is compared with the nearest of the same
 * class on the other side, wherever that is. Memory holds the surfaces of some
 * parts (a budget) and, of every part, which classes have a surface in it. */
#pragma once

#include "base/progress.h"
#include "labels/score-surface.h"

/* Over the surface voxels of both sides together, each one's distance between
 * voxel centres to the nearest on the other side. NaN where a side has none. */
typedef struct {
  int64_t n_truth, n_test; /* surface voxels */
  double mean_nm; /* average symmetric surface distance */
  double hausdorff95_nm; /* as NumPy's percentile: linear between two */
  double hausdorff_nm; /* the largest */
} LamScoreBoundary;

typedef struct _LamScoreDistances LamScoreDistances;

/* `boxes`: LamBox, the parts; both are borrowed. */
LamScoreDistances *lam_score_distances_new (
    const LamScoreSetup *setup, GArray *boxes) G_GNUC_WARN_UNUSED_RESULT;
void lam_score_distances_free (LamScoreDistances *distances);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LamScoreDistances, lam_score_distances_free)

/* Every part once, before the run. Any thread. */
void lam_score_distances_note (
    LamScoreDistances *distances, int part, const LamSurfaces *surfaces);
bool lam_score_distances_run (
    LamScoreDistances *distances, LamProgress *progress, GError **error);
LamScoreBoundary lam_score_distances_get (
    const LamScoreDistances *distances, int class_index);
