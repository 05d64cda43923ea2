/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* How large every label is, where, and whose word it is: counted in the
 * background while somebody looks, the whole project once, then the bricks that
 * changed (labels/label-statistics.h). Main thread. */
#pragma once

#include "labels/label-statistics.h"
#include "workspace/workspace.h"

/* Signal "changed" (): counts, or whether they are being made. */
#define LAM_TYPE_STATISTICS (lam_statistics_get_type ())
G_DECLARE_FINAL_TYPE (LamStatistics, lam_statistics, LAM, STATISTICS, GObject)

/* Holds the workspace weakly. Counts nothing until it is active. */
LamStatistics *lam_statistics_new (
    LamWorkspace *workspace) G_GNUC_WARN_UNUSED_RESULT;
/* Inactive: what runs is cancelled, and is taken up again later. */
void lam_statistics_set_active (LamStatistics *statistics, bool is_active);

/* Borrowed until "changed"; NULL: nothing of it, or not counted yet. */
const LamLabelCount *lam_statistics_get (
    LamStatistics *statistics, uint32_t label);
/* All is counted: a label of which nothing is known has no voxels. */
bool lam_statistics_is_complete (LamStatistics *statistics);
/* Borrowed; NULL: all that changed is counted. */
LamProgress *lam_statistics_get_progress (LamStatistics *statistics);
/* Why counting stopped; NULL: it did not. Tried again after the next change. */
const GError *lam_statistics_get_error (LamStatistics *statistics);
