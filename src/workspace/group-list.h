/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* What the project remembers of groups beside the labels that are in them:
 * those that a person made, which may be empty, and those that are folded in a
 * list. Settings of the project, not edits. For this floor; main thread. */
#pragma once

#include "workspace/workspace.h"

typedef enum {
  LAM_GROUPS_MADE,
  LAM_GROUPS_FOLDED,
  LAM_N_GROUP_SETS
} LamGroupSet;

/* Paths (char *); borrowed until the next call with this workspace. */
GHashTable *lam_group_list_get (LamWorkspace *workspace, LamGroupSet set);
void lam_group_list_put (
    LamWorkspace *workspace, LamGroupSet set, const char *group, bool is_in);
void lam_group_list_put_all (LamWorkspace *workspace, LamGroupSet set,
    const char *const *groups, size_t n_groups, bool is_in);
/* What `from` holds is called as if that were called `to`; `from` itself is
 * forgotten where its place is taken by the group around it or by none. False:
 * nothing is remembered of it. */
bool lam_group_list_move (
    LamWorkspace *workspace, const char *from, const char *to);
