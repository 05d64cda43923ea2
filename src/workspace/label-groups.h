/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The groups that labels are in, as a person arranges them: paths of names,
 * "mitochondria/left". Each change of labels is one undoable edit. What the
 * project remembers of groups beside that, which are empty and which are
 * folded, is none, and follows when a group gets another name or place. Main
 * thread. */
#pragma once

#include "workspace/workspace.h"

/* `group` as a person types it; "": none. */
bool lam_workspace_set_label_groups (LamWorkspace *workspace,
    const uint32_t *ids, size_t n_ids, const char *group, GError **error);
/* With all that lies in it; "" dissolves it. LAM_ERROR_MISSING when there is no
 * such group. */
bool lam_workspace_rename_group (
    LamWorkspace *workspace, const char *from, const char *to, GError **error);
/* Labels and groups go into a group, or to the top for "": groups with all that
 * they hold and under their own names, so that two of the same name become one.
 * LAM_ERROR_INPUT when a group would come to lie in itself. */
bool lam_workspace_move_to_group (LamWorkspace *workspace, const uint32_t *ids,
    size_t n_ids, const char *const *groups, const char *into, GError **error);
/* What lies in it goes into the group around it; no label is deleted. */
bool lam_workspace_remove_group (
    LamWorkspace *workspace, const char *group, GError **error);
/* A group without labels, which stays until it is removed. LAM_ERROR_INPUT when
 * there is one already. */
bool lam_workspace_make_group (
    LamWorkspace *workspace, const char *group, GError **error);

/* All that there are, each once, in order (char *). */
GPtrArray *lam_workspace_list_groups (
    LamWorkspace *workspace) G_GNUC_WARN_UNUSED_RESULT;
/* The labels in a group and in those that it holds, uint32_t, by id. */
GArray *lam_workspace_list_group (
    LamWorkspace *workspace, const char *group) G_GNUC_WARN_UNUSED_RESULT;
