/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Bringing in what somebody else did to a copy of this project. Main thread. */
#pragma once

#include "store/merge.h"
#include "workspace/workspace.h"

/* See lam_store_merge(). `base`: a path, or NULL. */
void lam_workspace_merge_async (LamWorkspace *workspace, const char *path,
    const char *base, LamMergeFlags flags, LamProgress *progress,
    GAsyncReadyCallback callback, gpointer user_data);
/* Fills `report`, which the caller clears. */
bool lam_workspace_merge_finish (LamWorkspace *workspace, GAsyncResult *result,
    LamMergeReport *report, GError **error);
/* Lines for a person, each ended: what was, or would be, done. Of what was left
 * out at most so many. */
char *lam_merge_report_dup_text (
    const LamMergeReport *report, guint max_left_out) G_GNUC_WARN_UNUSED_RESULT;
