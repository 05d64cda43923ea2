/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The project's regions as verbs of the workspace. Each change is one undoable
 * edit. Main thread. "regions-changed" says that one of them happened. */
#pragma once

#include "labels/region.h"
#include "workspace/workspace.h"

/* In order of id. Borrowed until the next change. */
size_t lam_workspace_get_n_regions (LamWorkspace *workspace);
const LamRegion *lam_workspace_get_nth_region (
    LamWorkspace *workspace, size_t i);
/* NULL: there is none. */
const LamRegion *lam_workspace_get_region (LamWorkspace *workspace, int32_t id);

/* The new id, or 0 with error; `region->id` is ignored. The box must lie inside
 * of the volume and not be empty. */
int32_t lam_workspace_add_region (
    LamWorkspace *workspace, const LamRegion *region, GError **error);
/* Whether its box may change: not while it is verified, or counts as that
 * because it is damaged. False with error. */
bool lam_region_check_box_free (const LamRegion *region, GError **error);
/* Replaces the row of that id, which is sound then. One that was verified and
 * is to be verified keeps its box. */
bool lam_workspace_set_region (
    LamWorkspace *workspace, const LamRegion *region, GError **error);
bool lam_workspace_remove_region (
    LamWorkspace *workspace, int32_t id, GError **error);
