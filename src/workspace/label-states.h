/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* How far a person is with labels. Each change is one undoable edit. Main
 * thread. */
#pragma once

#include "workspace/workspace.h"

/* Those that are in that state already are left alone; so is the history when
 * all are. */
bool lam_workspace_set_label_states (LamWorkspace *workspace,
    const uint32_t *ids, size_t n_ids, LamLabelState state, GError **error);

/* A person stands for these objects as they are: what a network or a file said
 * of their voxels is accepted, but for verified regions, which are so already,
 * and the labels are completed. A lock does not hinder it, since no voxel
 * becomes another label's. */
void lam_workspace_verify_labels_async (LamWorkspace *workspace,
    const uint32_t *ids, size_t n_ids, LamProgress *progress,
    GAsyncReadyCallback callback, gpointer user_data);
/* `n_voxels` (may be NULL): that were accepted. */
bool lam_workspace_verify_labels_finish (LamWorkspace *workspace,
    GAsyncResult *result, int64_t *n_voxels, GError **error);
