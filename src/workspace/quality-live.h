/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Scores of the open project against a truth, while it is corrected. */
#pragma once

#include "workspace/quality.h"
#include "workspace/workspace.h"

/* As it is when all that was done before is saved; what is painted meanwhile
 * does not count. `truth_path`: a file of numbers or another project; `box`:
 * empty for the whole volume; `map`: which class a number of the file is, as in
 * truth-map.h, NULL or "" where they are the project's. Main thread. */
void lam_workspace_measure_async (LamWorkspace *workspace,
    const char *truth_path, const char *map, const LamBox *box,
    LamProgress *progress, GAsyncReadyCallback callback, gpointer user_data);
bool lam_workspace_measure_finish (LamWorkspace *workspace,
    GAsyncResult *result, LamQualityReport *report, GError **error);
