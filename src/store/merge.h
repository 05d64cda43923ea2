/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Two projects that grew from one, brought together voxel by voxel. Any thread,
 * blocking. */
#pragma once

#include "labels/three-way.h"
#include "store/store.h"

/* What merging does, for the person. */
typedef struct {
  int n_edits; /* of persons, that theirs has and mine has not */
  char *persons; /* Owned; who made them: "Anna, Bert" */
  int64_t
      base; /* the last row of the history that both have; -1: from a file */
  LamThreeWayCount voxels;
  int64_t n_bricks; /* that change */
  int n_new_classes, n_new_labels, n_new_regions, n_new_notes;
  int n_renumbered; /* of those, their id being taken here by another */
  int n_unified; /* made by both, the same thing */
  int n_changed_rows; /* classes, labels, regions, notes that only they
                         changed */
  GPtrArray *row_conflicts; /* Owned; char *, a sentence a row */
  int n_verdicts; /* on places of the queue */
  int64_t edit; /* 0: nothing was to be done, or none was asked for */
  int64_t voice; /* that holds what theirs says at conflicts; 0: none */
  GPtrArray *left_out; /* Owned; char *, a sentence a brick of theirs that is
                        * damaged: mine stays there */
} LamMergeReport;
void lam_merge_report_clear (LamMergeReport *report);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (LamMergeReport, lam_merge_report_clear)

typedef struct {
  LamMergeReport report; /* Owned */
  GArray *keys; /* Owned; int64_t packed keys of bricks that changed */
  GPtrArray *rows; /* Owned; LamRowChange */
  LamHistoryRow *row; /* Owned; NULL: no edit was made */
  LamBox box; /* of `keys` */
} LamMergeResult;
void lam_merge_result_free (LamMergeResult *result);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LamMergeResult, lam_merge_result_free)

typedef enum {
  LAM_MERGE_APPLIES = 1 << 0, /* else it finds out what would be done */
  LAM_MERGE_SKIPS_DAMAGE = 1 << 1, /* of bricks of theirs, else it fails with
                                    * LAM_ERROR_CORRUPT_PART; of other damage
                                    * anyway with LAM_ERROR_CORRUPT */
} LamMergeFlags;

/* Takes into `mine`, as one edit, what `theirs` changed since both parted:
 *   what only one changed is as that one has it,
 *   what both changed alike is so,
 *   where a person and a network differ, the person is right,
 *   where two persons differ, mine stays, and what theirs says is kept beside
 *   it (a voice) to be decided on.
 * `base`: the project that both began from, or NULL, which finds it in the
 * histories and fails with LAM_ERROR_INPUT where there is nothing in common.
 * All or nothing, but for what is left out. */
LamMergeResult *lam_store_merge (LamStore *mine, LamStore *theirs,
    LamStore *base, LamMergeFlags flags, LamProgress *progress,
    GError **error) G_GNUC_WARN_UNUSED_RESULT;
