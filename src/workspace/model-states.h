/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* States of a network that the program made by itself from what people said:
 * models of the project like others, of which something more is known. Main
 * thread. */
#pragma once

#include "workspace/workspace.h"

typedef enum {
  LAM_MODEL_STATE_ADDED, /* no state: a person added it */
  LAM_MODEL_STATE_HEAD, /* its last layers learned */
  LAM_MODEL_STATE_WHOLE, /* all of it learned */
} LamModelStateKind;

/* By which voxels it was judged. */
typedef enum {
  LAM_JUDGED_NOT, /* there were none */
  LAM_JUDGED_BY_REGIONS, /* verified ones for validation or test */
  LAM_JUDGED_BY_PART, /* of what people said, that was kept back */
} LamJudgedBy;

typedef struct {
  LamModelStateKind kind;
  int64_t base; /* the model that it began as */
  int64_t n_voxels; /* that it learned from */
  LamJudgedBy judged_by;
  double iou_before, iou_after; /* mean of the classes; of the base, of it */
} LamModelState;

LamModelState lam_workspace_get_model_state (
    LamWorkspace *workspace, int64_t model);
/* The same of a file that nobody else changes. */
LamModelState lam_project_model_get_state (LamStore *store, int64_t model);
void lam_workspace_set_model_state (
    LamWorkspace *workspace, int64_t model, const LamModelState *state);
/* A sentence for people; NULL for what a person added. */
char *lam_model_state_describe (
    const LamModelState *state) G_GNUC_WARN_UNUSED_RESULT;
/* States of the kind HEAD that are not needed: all but the newest few, the active
 * one, and those that are asked, too. int64_t. What a person added is never among them, nor a state of
 * all of a network. */
GArray *lam_workspace_list_old_states (
    LamWorkspace *workspace) G_GNUC_WARN_UNUSED_RESULT;
#define LAM_MODEL_STATES_KEPT 4
