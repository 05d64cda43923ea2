/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Takes a part of the volume back to an earlier moment, all else staying as it
 * is. Main thread. */
#pragma once

#include "workspace/workspace.h"

/* The voxels of `box` become what they were just after row `edit` of the
 * history (0: before the first): one undoable edit. Like undo it asks neither
 * locks nor who said what; a label that was deleted since comes back with its
 * voxels. `name`: of the region, for the history, or NULL. LAM_ERROR_MISSING
 * when nothing there is another now. */
void lam_workspace_restore_async (LamWorkspace *workspace, int64_t edit,
    const LamBox *box, const char *name, LamProgress *progress,
    GAsyncReadyCallback callback, gpointer user_data);
bool lam_workspace_restore_finish (
    LamWorkspace *workspace, GAsyncResult *result, GError **error);
