/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* What people said in a project, as a training wants it: their word, and the
 * labels of verified regions; never what a network wrote and nobody looked at.
 * Like the project as it was at one moment, whatever is painted afterwards. */
#pragma once

#include "segment/truth.h"
#include "store/store.h"

/* Which part of the project. All arrays are of LamBox, level-0 voxels inside of
 * the volume. */
typedef struct {
  GArray *train; /* Owned */
  GArray *validation; /* Owned; empty: a fifth of each box above is kept back */
  GArray *verified; /* Owned; where a network's labels count, too */
  /* Owned: packed keys (int64_t) of bricks; the boxes above are found: all
   * sections of the volume in which a person labelled something, whole. */
  GArray *keys; /* NULL: the boxes are as given */
  bool fills; /* voxels that nobody labelled are background, else left out */
  /* Owned: the classes (int32_t), in this order; NULL: all that occur. */
  GArray *classes;
} LamTruthChoice;
LamTruthChoice *lam_truth_choice_new (void) G_GNUC_WARN_UNUSED_RESULT;
/* Without the keys, which settled choices have no more use of. */
LamTruthChoice *lam_truth_choice_copy (
    const LamTruthChoice *from) G_GNUC_WARN_UNUSED_RESULT;
void lam_truth_choice_free (LamTruthChoice *choice);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LamTruthChoice, lam_truth_choice_free)

typedef struct {
  LamVolume *labels; /* Owned; in a nameless file beside the project */
  LamTruthTable table;
  char **names; /* Owned; of the classes, ends with NULL */
} LamTrainingTruth;
void lam_training_truth_free (LamTrainingTruth *truth);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LamTrainingTruth, lam_training_truth_free)

/* Completes the choice: its boxes, kept back ones too, and its classes are
 * those that are used. Refuses less than two classes, naming what there is.
 * Any thread; blocks. */
LamTrainingTruth *lam_training_truth_read (LamStore *store,
    const int64_t size[3], LamTruthChoice *choice, LamProgress *progress,
    GError **error) G_GNUC_WARN_UNUSED_RESULT;
