/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Labels filtered and sorted, beside the tables they come from. For this floor.
 */
#pragma once

#include "labels/group-tree.h"
#include "workspace/models.h"

typedef struct _LamLabelSearch LamLabelSearch;

/* Copies what it needs, which takes some milliseconds for 100,000 labels that
 * are to be ordered by a number, and else next to nothing. Main thread. */
LamLabelSearch *lam_label_search_new (const LamClassTable *classes,
    const LamLabelOrder *order, LamStatistics *statistics,
    const double voxel_size_nm[3]) G_GNUC_WARN_UNUSED_RESULT;
void lam_label_search_free (LamLabelSearch *search);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LamLabelSearch, lam_label_search_free)

/* A group that is listed also when no label is in it. Main thread. */
void lam_label_search_add_group (LamLabelSearch *search, const char *group);

typedef struct {
  /* Owned; one of the two */
  GArray *ids; /* int64_t */
  LamGroupTree *tree; /* when groups are listed */
} LamLabelsFound;

/* Any thread, once. */
LamLabelsFound *lam_label_search_run (
    LamLabelSearch *search) G_GNUC_WARN_UNUSED_RESULT;
void lam_labels_found_free (LamLabelsFound *found);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LamLabelsFound, lam_labels_found_free)
