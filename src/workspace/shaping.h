/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Acts on whole shapes (labels/figure.h) as verbs of the workspace: each is
 * found in a worker, written as one undoable edit of a person, and can be
 * stopped on the way, when nothing has changed. A locked label neither grows
 * nor shrinks, and what lies in a verified region stays. Main thread. */
#pragma once

#include "labels/figure.h"
#include "labels/stroke.h"
#include "workspace/workspace.h"

/* `request->label` 0 takes labels away, where the shape writes at all. Copies
 * the request. `progress` (or NULL) tells how far it is and cancels it. */
void lam_workspace_shape_async (LamWorkspace *workspace,
    const LamFigureRequest *request, LamOverwrite overwrite,
    LamProgress *progress, GAsyncReadyCallback callback, gpointer user_data);
/* Whether it could be asked for as things are. */
bool lam_workspace_check_shape (
    LamWorkspace *workspace, const LamFigureRequest *request, GError **error);
/* `n_voxels`: that changed; `remark`: a sentence for the person, or NULL, which
 * the caller frees. Both may be NULL. LAM_ERROR_MISSING with a sentence for
 * the person: there was nothing to change. */
bool lam_workspace_shape_finish (LamWorkspace *workspace, GAsyncResult *result,
    int64_t *n_voxels, char **remark, GError **error);
