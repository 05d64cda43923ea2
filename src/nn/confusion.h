/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* How often a voxel of one class was taken for another one. */
#pragma once

#include "nn/loss.h"

typedef struct {
  int n_classes;
  int64_t *counts; /* Owned; [class][what it was taken for] */
} LamConfusion;

/* All zero. */
void lam_confusion_init (LamConfusion *confusion, int n_classes);
void lam_confusion_clear (LamConfusion *confusion);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (LamConfusion, lam_confusion_clear)

/* Adds each voxel that counts, taken for the class of its largest logit (of
 * equal ones the first). Labels must be inside the classes. */
void lam_confusion_add (LamConfusion *confusion, const LamShape *logits_shape,
    const float *logits, const LamTarget *target);
/* Intersection over union of a class; NaN where it neither is nor was seen. */
double lam_confusion_get_iou (const LamConfusion *confusion, int i);
/* Of the classes that have one; NaN where none has. */
double lam_confusion_get_mean_iou (const LamConfusion *confusion);
/* The share of voxels taken for what they are; NaN where there are none. */
double lam_confusion_get_accuracy (const LamConfusion *confusion);
