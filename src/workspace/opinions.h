/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* What networks think of voxels besides their labels: how unsure they are, and
 * what they would have said next. Main thread. */
#pragma once

#include "labels/opinion-map.h"
#include "workspace/workspace.h"

/* For who draws it. Borrowed; drops what changes by itself. */
LamOpinionMap *lam_workspace_get_opinions (LamWorkspace *workspace);

typedef enum {
  LAM_OPINION_NONE, /* no network said this voxel, or not how sure it was */
  LAM_OPINION_ON_ITS_WAY, /* "sources-changed" when it is there */
  LAM_OPINION_KNOWN,
} LamOpinionState;
/* Of the run whose label the voxel has now, without waiting. */
LamOpinionState lam_workspace_probe_opinion (LamWorkspace *workspace,
    const int64_t voxel[3], uint8_t *uncertainty, int32_t *second_class);
typedef struct {
  int32_t class_id, second;
  uint8_t uncertainty;
} LamProposed;
/* Whether a network proposes something there that a person may accept
 * (acceptance.h), and what (may be NULL), without waiting. */
LamOpinionState lam_workspace_probe_proposal (
    LamWorkspace *workspace, const int64_t voxel[3], LamProposed *proposed);
