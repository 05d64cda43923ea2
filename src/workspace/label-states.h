/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* How far a person is with labels, and the groups that they are in. Each change
 * is one undoable edit. Main thread. */
#pragma once

#include "workspace/workspace.h"

/* Those that are in that state already are left alone; so is the history when
 * all are. */
bool lam_workspace_set_label_states (LamWorkspace *workspace,
    const uint32_t *ids, size_t n_ids, LamLabelState state, GError **error);
/* `group` as a person types it; "": none. */
bool lam_workspace_set_label_groups (LamWorkspace *workspace,
    const uint32_t *ids, size_t n_ids, const char *group, GError **error);
/* With all that lies in it; "" dissolves it. LAM_ERROR_MISSING when no label is
 * in it. */
bool lam_workspace_rename_group (
    LamWorkspace *workspace, const char *from, const char *to, GError **error);
/* The labels in a group and in those that it holds, uint32_t, by id. */
GArray *lam_workspace_list_group (
    LamWorkspace *workspace, const char *group) G_GNUC_WARN_UNUSED_RESULT;

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
