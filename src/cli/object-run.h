/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Classes of a volume made into a file of objects and their list. */
#pragma once

#include "base/progress.h"
#include "cli/old-stack.h"
#include "labels/object-splitter.h"

typedef struct {
  LamSource *classes; /* Borrowed */
  double voxel_size_nm[3]; /* 0: unknown */
  LamObjectRules rules;
  const LamSplitRules *split; /* Borrowed; NULL: nothing is cut */
  LamOldStack *old; /* Borrowed; NULL: all ids are new */
  const char *labels_path; /* .tif, .tiff or .zarr */
  const char *list_path; /* or NULL */
  const char *note; /* of the labels and the list; see LamSourceInfo; or NULL */
} LamObjectRun;

typedef struct {
  GArray *objects; /* Owned; LamObject */
  int n_cut, n_too_large;
  LamMatchResult match;
} LamObjectReport;

void lam_object_report_clear (LamObjectReport *report);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (LamObjectReport, lam_object_report_clear)

/* Files appear when they are complete; until then the labels lie, nameless, on
 * their disk. */
bool lam_object_run_do (const LamObjectRun *run, LamObjectReport *report,
    LamProgress *progress, GError **error);
/* How many objects and voxels of each class from 0 to 255. */
void lam_object_report_count (const LamObjectReport *report,
    int64_t n_objects[256], int64_t n_voxels[256]);
