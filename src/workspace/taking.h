/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Taking another person's word where the labels are not the same. Main thread.
 */
#pragma once

#include "labels/place.h"
#include "workspace/workspace.h"

/* Of a place of the queue that is a dissent: in its box the voxels that are of
 * its two labels become what the voice says, with source human. One undoable
 * edit; an object that was not there yet becomes a label. */
void lam_workspace_take_voice_async (LamWorkspace *workspace,
    const LamPlace *place, LamProgress *progress, GAsyncReadyCallback callback,
    gpointer user_data);
bool lam_workspace_take_voice_finish (
    LamWorkspace *workspace, GAsyncResult *result, GError **error);
