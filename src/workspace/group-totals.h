/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* What there is in each group and in those that it holds, as it is at the
 * moment of counting: some 10 ms for 100,000 labels. For this floor and above.
 */
#pragma once

#include "labels/class-table.h"
#include "workspace/statistics.h"

typedef struct {
  guint n_labels;
  guint n_hidden, n_locked, n_completed; /* of them, by their own rows */
  guint n_unknown; /* of which it is not known yet how large they are */
  int64_t n_voxels; /* of the others */
} LamGroupTotal;

typedef struct _LamGroupTotals LamGroupTotals;

/* `statistics` NULL: no size is known. Keeps neither. */
LamGroupTotals *lam_group_totals_new (const LamClassTable *table,
    LamStatistics *statistics) G_GNUC_WARN_UNUSED_RESULT;
void lam_group_totals_free (LamGroupTotals *totals);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LamGroupTotals, lam_group_totals_free)

/* All are 0 for a group without labels. */
LamGroupTotal lam_group_totals_get (
    const LamGroupTotals *totals, const char *group);
