/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Which voxels a person means who takes a network at its word, and the class of
 * each. In a worker, on a project that does not change meanwhile; for this
 * floor. */
#pragma once

#include "base/plane.h"
#include "labels/class-table.h"
#include "store/store.h"

typedef enum {
  LAM_WORD_SECOND, /* what a run would have said next, of its labels; where no
                    * run's label is, of what it proposes */
  LAM_WORD_PROPOSAL, /* what the newest run says that is not the label's class
                      */
} LamWord;

/* In the flood a slice is a plane, LAM_N_PLANES the whole volume. */
typedef struct {
  LamWord word;
  bool is_flood; /* from `voxel`; else all proposals of `box` */
  int64_t voxel[3];
  LamPlane plane;
  LamBox box; /* level-0 voxels, inside of the volume */
} LamSelectionRule;

/* How unsure a run must be of a class that is no object for its second best to
 * be taken, and how much of that around: else it would be the whole volume. */
#define LAM_SELECTION_MIN_DOUBT 26
#define LAM_SELECTION_MAX_VOXELS (INT64_C (1) << 28)

typedef struct {
  LamBox box; /* around what was chosen */
  uint8_t *places; /* Owned; dense, x fastest: a class's place + 1, or 0 */
  int64_t n_voxels;
} LamSelection;
void lam_selection_free (LamSelection *selection);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LamSelection, lam_selection_free)

/* `classes` are those of the project, a place being its number in the table;
 * `verified` (of LamBox) is left out of proposals. LAM_ERROR_MISSING where
 * there is nothing to take, with a sentence that says why. */
LamSelection *lam_selection_find (LamStore *store, const LamSelectionRule *rule,
    const LamClassTable *classes, const GArray *verified, const int64_t size[3],
    LamProgress *progress, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* The place of a voxel, or 0. */
uint8_t lam_selection_get (
    const LamSelection *selection, const int64_t voxel[3]);
