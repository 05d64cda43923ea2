/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* What quality.c knows of an input. */
#pragma once

#include "workspace/quality.h"

struct _LamQualityInput {
  char *path; /* Owned */
  LamStore *store; /* Owned; or NULL */
  LamStoreSnapshot *own_snapshot; /* Owned; or NULL */
  LamStoreSnapshot *snapshot; /* Borrowed; NULL: a file */
  LamSource *file; /* Owned; NULL: a project */
  int64_t size[3];
  double voxel_size_nm[3]; /* 0: unknown */
};

/* Of what was scored, by the projects and the names in the report. */
void lam_quality_choose_organelles (
    const LamQuality *quality, LamQualityReport *report);
