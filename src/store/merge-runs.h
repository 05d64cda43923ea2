/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Networks and what they said, from another project: which run of theirs is
 * which run of mine. What is not here yet is copied as it is met. */
#pragma once

#include "labels/label-brick.h"
#include "store/merge-ids.h"
#include "store/store.h"

typedef struct _LamMergeRuns LamMergeRuns;

/* Borrows both. */
LamMergeRuns *lam_merge_runs_new (LamBulkEdit *mine, LamStore *theirs,
    GError **error) G_GNUC_WARN_UNUSED_RESULT;
void lam_merge_runs_free (LamMergeRuns *runs);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LamMergeRuns, lam_merge_runs_free)

/* Puts in the place of a brick of theirs (NULL: absent) one with the labels and
 * sources that they have here. */
bool lam_merge_runs_translate (LamMergeRuns *runs, LamIdMap *labels,
    LamLabelBrick **brick, GError **error);
/* What they said of places of the queue and I have not, and what they wrote to
 * what both of us said: `n_added` counts both. */
bool lam_merge_runs_add_verdicts (
    LamMergeRuns *runs, int *n_added, GError **error);
