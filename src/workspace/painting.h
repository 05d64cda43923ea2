/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Strokes of the brush as verbs of the workspace: each is one edit, on screen
 * at once and committed when the pen lifts. Main thread. */
#pragma once

#include "labels/stroke.h"
#include "workspace/workspace.h"

/* Opens a stroke. `brush->label` 0 erases; else the label must exist and not
 * be locked. `tool`: "brush" or "eraser". While an undo or an earlier stroke is
 * still under way the samples wait and are painted in order. */
bool lam_workspace_begin_stroke (LamWorkspace *workspace, const char *tool,
    const LamBrush *brush, GError **error);
void lam_workspace_add_sample (
    LamWorkspace *workspace, const double voxel[3], double pressure);
/* The pen lifts: commits. Nothing changed: no edit. */
void lam_workspace_end_stroke (LamWorkspace *workspace);
/* Takes the open stroke back. */
void lam_workspace_cancel_stroke (LamWorkspace *workspace);
bool lam_workspace_is_painting (LamWorkspace *workspace);

/* For the command line: runs the main context until the strokes, undos and
 * commits asked for so far are durable; the id of the newest edit, 0 when the
 * last stroke changed nothing. Blocking. */
bool lam_workspace_wait (
    LamWorkspace *workspace, int64_t *edit_id, GError **error);

/* Undo and redo without limit; nothing to do is no error. Answers come as
 * "show-box", "history-changed" and, if they fail, "message". */
bool lam_workspace_can_undo (LamWorkspace *workspace);
bool lam_workspace_can_redo (LamWorkspace *workspace);
void lam_workspace_undo (LamWorkspace *workspace);
void lam_workspace_redo (LamWorkspace *workspace);
/* To the state just after that edit; 0: before the first. */
void lam_workspace_revert (
    LamWorkspace *workspace, int64_t edit_id, LamProgress *progress);
