/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* What people said about voxels, as classes: a stack of numbers, those boxes of
 * it that may be used, and how often each class is where. Memory grows with
 * the bricks, 4 bytes a class, not with the voxels. Does not change; any
 * thread. */
#pragma once

#include "base/progress.h"
#include "volume/volume.h"

#define LAM_TRUTH_MAX_CLASSES 200

/* Which number of the stack is which class. */
typedef struct {
  int n_classes;
  uint32_t values[LAM_TRUTH_MAX_CLASSES]; /* by class */
  int64_t ignored; /* a number that means unlabelled; -1: there is none */
} LamTruthTable;

typedef struct _LamTruth LamTruth;

/* `boxes` lie inside the stack. Reads all of them: refuses, naming file, voxel
 * and number, what is not in the table. */
LamTruth *lam_truth_new (LamVolume *labels, const LamTruthTable *table,
    const LamBox *boxes, int n_boxes, LamProgress *progress,
    GError **error) G_GNUC_WARN_UNUSED_RESULT;
void lam_truth_free (LamTruth *truth);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LamTruth, lam_truth_free)

int lam_truth_get_n_classes (const LamTruth *truth);
/* Labelled voxels in the boxes. */
int64_t lam_truth_get_count (const LamTruth *truth, int class_index);
int lam_truth_get_n_boxes (const LamTruth *truth);
const LamBox *lam_truth_get_box (const LamTruth *truth, int i);

/* Finds the k-th voxel of the class (0 ≤ k < count) in an order of our own,
 * and which box it lies in. */
bool lam_truth_find (const LamTruth *truth, int class_index, int64_t k,
    int64_t voxel[3], int *box, GCancellable *cancellable, GError **error);
/* Classes of `box`, which may reach anywhere: LAM_PATCH_IGNORED outside of
 * the truth's boxes and where nothing is labelled. */
bool lam_truth_read (const LamTruth *truth, const LamBox *box, uint8_t *out,
    GCancellable *cancellable, GError **error);
