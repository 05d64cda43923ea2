/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Which voxels a place is about where two people disagree. Main thread. */
#pragma once

#include "labels/place.h"
#include "workspace/workspace.h"

/* Of a dissent; what lam_dissent_find_voxels() says. */
void lam_workspace_look_at_dissent_async (LamWorkspace *workspace,
    const LamPlace *place, LamProgress *progress, GAsyncReadyCallback callback,
    gpointer user_data);
GHashTable *lam_workspace_look_at_dissent_finish (
    GAsyncResult *result, GError **error) G_GNUC_WARN_UNUSED_RESULT;
