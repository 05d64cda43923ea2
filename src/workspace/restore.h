/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Takes a part of the volume back to an earlier moment, all else staying as it
 * is. Main thread. */
#pragma once

#include "workspace/workspace.h"

/* One who changed something since. */
typedef struct {
  char *who; /* Owned */
  int n_edits;
} LamRestoreMaker;

/* What going back does, or would do. */
typedef struct {
  LamRestoreCount voxels;
  GPtrArray *makers; /* Owned; LamRestoreMaker, most edits first */
} LamRestoreReport;
void lam_restore_report_clear (LamRestoreReport *report);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (LamRestoreReport, lam_restore_report_clear)

/* The voxels of `box` become what they were just after row `edit` of the
 * history (0: before the first): one undoable edit. Locked labels and verified
 * regions are left alone; a label that was deleted since comes back with its
 * voxels. `name`: of the region, for the history, or NULL. LAM_ERROR_MISSING
 * when nothing changes. */
void lam_workspace_restore_async (LamWorkspace *workspace, int64_t edit,
    const LamBox *box, const char *name, LamProgress *progress,
    GAsyncReadyCallback callback, gpointer user_data);
/* The same, changing nothing: what it would do, which may be nothing. */
void lam_workspace_preview_restore_async (LamWorkspace *workspace, int64_t edit,
    const LamBox *box, LamProgress *progress, GAsyncReadyCallback callback,
    gpointer user_data);
/* Of both. `report` may be NULL. */
bool lam_workspace_restore_finish (LamWorkspace *workspace,
    GAsyncResult *result, LamRestoreReport *report, GError **error);
