/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Two projects that are to be merged, and what both were when each last knew of
 * the other. */
#pragma once

#include "store/merge-look.h"
#include "store/merge-runs.h"

typedef struct _LamMergePast LamMergePast;

/* Borrows all; `base` NULL: found in the histories. */
LamMergePast *lam_merge_past_new (LamBulkEdit *mine, LamStore *theirs,
    LamStore *base, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void lam_merge_past_free (LamMergePast *past);

const LamMergeLook *lam_merge_past_get_mine (const LamMergePast *past);
const LamMergeLook *lam_merge_past_get_theirs (const LamMergePast *past);
/* NULL: it is the file. */
const LamMergeBase *lam_merge_past_get_base (const LamMergePast *past);
/* Whether a brick of the file that is the base could not be read. */
bool lam_merge_past_has_file_failed (const LamMergePast *past);

/* Everything that the rows' merge begins with. */
bool lam_merge_past_begin_rows (
    LamMergePast *past, LamRowMerge *rows, GError **error);
/* Packed keys, in order, of all bricks that theirs, or that I may have changed
 * since. */
GArray *lam_merge_past_list_theirs (
    LamMergePast *past, GError **error) G_GNUC_WARN_UNUSED_RESULT;
GArray *lam_merge_past_list_mine (
    LamMergePast *past, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* What each voxel was when both had the same, as it is said here. `before` NULL
 * without error: nothing. */
bool lam_merge_past_read (LamMergePast *past, int64_t key, LamMergeRuns *runs,
    LamIdMap *labels, LamLabelBrick **before, GError **error);
