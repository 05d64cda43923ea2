/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Taking another person's word where the labels are not the same. Main thread.
 */
#pragma once

#include "labels/place.h"
#include "workspace/workspace.h"

/* Of a place of the queue that is a dissent: its voxels become what the voice
 * says, with source human. One undoable edit; an object that was not there yet
 * becomes a label. Refused while one of the two is locked; what lies in a
 * verified region stays. */
void lam_workspace_take_voice_async (LamWorkspace *workspace,
    const LamPlace *place, LamProgress *progress, GAsyncReadyCallback callback,
    gpointer user_data);
/* `n_verified`: of its voxels stay for a region. */
bool lam_workspace_take_voice_finish (LamWorkspace *workspace,
    GAsyncResult *result, int64_t *n_verified, GError **error);
