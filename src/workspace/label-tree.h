/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* What the label model has of groups when it lists them: the tree that was
 * found last, which of its groups are folded, and the rows that stand for
 * groups. For this floor; main thread. */
#pragma once

#include "labels/group-tree.h"
#include "workspace/workspace.h"

typedef struct _LamLabelTree LamLabelTree;

/* Holds the workspace weakly. */
LamLabelTree *lam_label_tree_new (
    LamWorkspace *workspace) G_GNUC_WARN_UNUSED_RESULT;
void lam_label_tree_free (LamLabelTree *tree);

/* Takes it over; NULL: none. */
void lam_label_tree_take (LamLabelTree *tree, LamGroupTree *groups);
/* Something else is searched for: all is unfolded, until it is folded for this
 * search alone; "" : folded as the project remembers it. */
void lam_label_tree_set_text (LamLabelTree *tree, const char *text);
void lam_label_tree_fold (
    LamLabelTree *tree, const char *group, bool is_folded);
/* All groups of the tree. */
void lam_label_tree_fold_all (LamLabelTree *tree, bool is_folded);
/* Unfolds the group and those around it; false: they were. */
bool lam_label_tree_reveal (LamLabelTree *tree, const char *group);
bool lam_label_tree_is_folded (LamLabelTree *tree, const char *group);

/* Borrowed; NULL: there is none. */
const LamGroupTree *lam_label_tree_get_groups (LamLabelTree *tree);
/* As they are folded, int64_t. */
GArray *lam_label_tree_list_rows (LamLabelTree *tree) G_GNUC_WARN_UNUSED_RESULT;
/* The row of a group, less than 0, the same as long as the tree lives. */
int64_t lam_label_tree_get_row (LamLabelTree *tree, const char *group);
/* Borrowed; NULL: the row is no group's. */
const char *lam_label_tree_get_group (LamLabelTree *tree, int64_t row);
