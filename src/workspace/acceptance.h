/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* A person takes a network at its word: the second best of an object, or what
 * it proposes. What is taken becomes the person's (LAM_SOURCE_ACCEPTED) in one
 * undoable edit; locked labels stay. What is rejected is not proposed again by
 * the same network; that is outside of the history. Main thread.
 *
 * Proposals are what the newest network that spoke of a voxel says, where the
 * label is of another class and neither a person's nor in a verified region. */
#pragma once

#include "workspace/selection.h"
#include "workspace/workspace.h"

/* Whether networks only propose: they write no label, and a person accepts
 * what is right. Remembered with the project; the next segmentation heeds it.
 */
bool lam_workspace_only_proposes (LamWorkspace *workspace);
void lam_workspace_set_only_proposes (LamWorkspace *workspace, bool only);

/* What is meant: see selection.h. `rejects`: nothing is taken, and no longer
 * proposed. */
void lam_workspace_accept_async (LamWorkspace *workspace,
    const LamSelectionRule *rule, bool rejects, LamProgress *progress,
    GAsyncReadyCallback callback, gpointer user_data);
/* `n_voxels` (may be NULL): that were taken or rejected. LAM_ERROR_MISSING with
 * a sentence for the person: there was nothing. */
bool lam_workspace_accept_finish (LamWorkspace *workspace, GAsyncResult *result,
    int64_t *n_voxels, GError **error);

/* Counts proposals of a box, by class id (int32_t in pointers) → voxels
 * (int64_t *). Blocking, for the command line. */
GHashTable *lam_workspace_count_proposals (LamWorkspace *workspace,
    const LamBox *box, LamProgress *progress,
    GError **error) G_GNUC_WARN_UNUSED_RESULT;
