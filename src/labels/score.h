/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* How well a segmentation agrees with the truth. All is computed from n(t, s),
 * the number of voxels of truth's number t that the segmentation gives s;
 * n(t), n(s) are its sums, N the sum of all. Voxels that do not count (numbers
 * of truth that are ignored) are in none of them. What is not defined is NaN.
 *
 * IoU of a class c: TP / (TP + FP + FN), Jaccard (1912),
 *   doi:10.1111/j.1469-8137.1912.tb05611.x; Dice: 2 TP / (2 TP + FP + FN), Dice
 *   (1945), doi:10.2307/1932409. Means are over the classes that occur in truth
 *   or segmentation; those of organelles over those of them that are said to be
 *   one: until then all but the first class, which is the background.
 * Adapted Rand error: 1 - 2 P R / (P + R), where P is the share of the pairs of
 *   voxels together in the segmentation that are together in the truth, R the
 *   share of those together in the truth that are in the segmentation:
 *   P = (Σ n(t,s)² - N) / (Σ n(s)² - N), R = (Σ n(t,s)² - N) / (Σ n(t)² - N).
 *   Voxels of truth 0 are left out. Arganda-Carreras et al. (2015),
 *   doi:10.3389/fnana.2015.00142.
 * Variation of information, in bits: split H(S|T) = -Σ n(t,s)/N log2
 *   (n(t,s)/n(t)), what is cut too often; merge H(T|S), what is joined wrongly;
 *   Meilă (2007), doi:10.1016/j.jmva.2006.11.013. Over all voxels, and over
 *   those of truth above 0.
 * Objects: one of the truth and one of the segmentation, of the same class
 * where there are classes, match at θ if their IoU is at least θ, each at most
 * once (for θ ≥ 0.5 there is no choice). Precision: matched / objects of the
 *   segmentation; recall: matched / objects of the truth; F1: 2 matched / (both
 *   numbers); Kirillov et al. (2019), doi:10.1109/CVPR.2019.00963.
 * Boundary: see score-distance.h; Heimann et al. (2009),
 *   doi:10.1109/TMI.2009.2013851. */
#pragma once

#include "labels/score-distance.h"
#include "labels/score-table.h"

#define LAM_SCORE_N_OVERLAPS 2
extern const double lam_score_overlaps[LAM_SCORE_N_OVERLAPS]; /* 0.5, 0.75 */

typedef struct {
  int64_t n_truth, n_test, n_matched; /* objects */
  double precision, recall, f1;
} LamScoreObjects;

typedef struct {
  int class_index; /* -1: there are no classes */
  int64_t n_truth, n_test, n_both; /* voxels */
  double iou, dice;
  bool is_organelle; /* is in the means of organelles */
  LamScoreObjects objects[LAM_SCORE_N_OVERLAPS];
  LamScoreBoundary boundary;
} LamScoreClass;

typedef struct {
  double split_bits, merge_bits;
} LamScoreInformation;

typedef struct {
  int64_t n_voxels, n_ignored;
  int64_t n_pairs; /* of numbers that meet */
  GArray *classes; /* Owned; LamScoreClass, those that occur, by index; without
                    * classes a single one that has a boundary alone */
  double mean_iou, mean_iou_organelles, mean_dice, mean_dice_organelles;
  double rand_error, rand_precision, rand_recall;
  LamScoreInformation information, information_foreground;
  LamScoreObjects objects[LAM_SCORE_N_OVERLAPS];
} LamScore;

void lam_score_clear (LamScore *score);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (LamScore, lam_score_clear)

/* From the tables of numbers and of objects (NULL: the numbers are objects). */
void lam_score_compute (const LamScoreSetup *setup, const LamScoreTable *values,
    const LamScoreTable *objects, LamScore *score);
/* Anew, after what counts as an organelle has changed. */
void lam_score_compute_means (LamScore *score);
/* Reads both volumes, part by part, in several threads; boundaries too, if
 * `boundaries` and the voxel size is known. Any thread. */
bool lam_score_run (const LamScoreSetup *setup, bool boundaries,
    LamScore *score, LamProgress *progress, GError **error);
