/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* A measurement of what the project holds now, beside all else: what it is
 * compared with is the caller's. Main thread. For this floor. */
#pragma once

#include "workspace/quality.h"
#include "workspace/workspace.h"

/* In a worker: the truth, owned by the caller, and what else `quality` (of
 * which the rest is set) should say. NULL with error. */
typedef LamQualityInput *(*LamQualityOpen) (gpointer data,
    LamStoreSnapshot *snapshot, LamQuality *quality, GError **error);

/* Takes over the task, whose source is the workspace, which has a store, and
 * `data`. `box`: what is compared; empty: all. `progress` may be NULL. */
void lam_quality_work_start (GTask *task, LamQualityOpen open, gpointer data,
    GDestroyNotify free_data, const LamBox *box, LamProgress *progress);
bool lam_quality_work_finish (
    GAsyncResult *result, LamQualityReport *report, GError **error);
