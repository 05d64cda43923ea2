/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Who said a voxel, in words. The project's runs of networks are read in a
 * worker; what is not known of them yet has no network's name. Main thread. */
#pragma once

#include "workspace/workspace.h"

/* "painted by hand", "network mito, run 3"; NULL for LAM_SOURCE_UNSET. A run
 * that is not known is looked for: "sources-changed" when it was found. */
char *lam_workspace_dup_source_title (
    LamWorkspace *workspace, uint16_t source) G_GNUC_WARN_UNUSED_RESULT;
/* As a source; 0 while none is known. */
uint16_t lam_workspace_get_newest_run (LamWorkspace *workspace);
int lam_workspace_get_n_runs (LamWorkspace *workspace);

/* Looks for runs that are new; "sources-changed" when there are some. */
void lam_workspace_refresh_runs (LamWorkspace *workspace);
/* The same, blocking. */
bool lam_workspace_read_runs (LamWorkspace *workspace, GError **error);
