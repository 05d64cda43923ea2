/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Size, surface, place and origin of every label, kept up to date brick by
 * brick. What each brick adds is kept, some 90 bytes for each label in it, so
 * that after an edit the changed bricks alone are read again, and those beside
 * them for the faces between. Belongs to one thread at a time. */
#pragma once

#include "base/progress.h"
#include "labels/brick-count.h"

typedef struct {
  uint32_t label;
  int32_t n_slices; /* in z that it appears in */
  int64_t n_voxels; /* 0: there is nothing of it */
  int64_t n_by_share[LAM_N_SHARES];
  int64_t n_faces[3]; /* sides of voxels, across x, y, z */
  int64_t n_unsure, unsure_sum; /* voxels whose uncertainty is known; of 255 */
  LamBox box;
} LamLabelCount;

double lam_label_count_get_volume_nm3 (
    const LamLabelCount *count, const double voxel_size_nm[3]);
/* Two thirds of the area of its voxels' faces. By Cauchy's formula a surface
 * has, on average over all directions, half its area as its shadow along an
 * axis, and the faces across an axis are its shadow along that one, counted
 * with every fold: so the three sums are 3/2 of the surface. This holds for any
 * voxel size, and has no bias for what has no direction: the mean error of a
 * ball of 20 voxels is 1 %. What is flat along the axes comes out a third too
 * small. (J. Ohser, F. Mücklich, Statistical Analysis of Microstructures in
 * Materials Science, Wiley 2000: Crofton's intersection formula with the three
 * directions of the grid.) The end of the volume is no face. */
double lam_label_count_get_surface_nm2 (
    const LamLabelCount *count, const double voxel_size_nm[3]);
/* 0 to 1, or negative where nothing is known. */
double lam_label_count_get_uncertainty (const LamLabelCount *count);

typedef struct _LamLabelStatistics LamLabelStatistics;

/* `size`: of the volume, in voxels. All is unlabelled. */
LamLabelStatistics *lam_label_statistics_new (
    const int64_t size[3]) G_GNUC_WARN_UNUSED_RESULT;
void lam_label_statistics_free (LamLabelStatistics *statistics);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LamLabelStatistics, lam_label_statistics_free)

/* A brick as it is now; NULL without error: absent. `opinion` may be set, to be
 * unreferenced; it is NULL when only the brick's sides are asked for. */
typedef LamBrickRuns *(*LamCountRead) (
    LamBrickKey key, LamOpinion **opinion, gpointer data, GError **error);

/* Counts these bricks again (packed keys of int64_t, sorted, each once) and
 * what lies between them and their neighbours. Returns LamLabelCount of the
 * labels that are or were in them, in order of label. On error, too, nothing is
 * broken, but what was to be counted has to be asked for again. Besides the
 * brick it holds sides of 16 KiB: three for each brick of a layer in z. */
GArray *lam_label_statistics_recount (LamLabelStatistics *statistics,
    const GArray *keys, LamCountRead read, gpointer data, LamProgress *progress,
    GError **error) G_GNUC_WARN_UNUSED_RESULT;
