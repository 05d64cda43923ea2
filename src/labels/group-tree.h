/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Labels beneath their groups, and groups beneath those that they lie in, as
 * the rows of a list. Belongs to one thread at a time. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct {
  char *path; /* Owned by the tree; "mitochondria/left" */
  int depth; /* how many groups it lies in */
  guint n_labels; /* in it and in those that it holds */
  bool has_rows; /* there is something to unfold */
} LamGroupNode;

typedef struct _LamGroupTree LamGroupTree;

LamGroupTree *lam_group_tree_new (void) G_GNUC_WARN_UNUSED_RESULT;
void lam_group_tree_free (LamGroupTree *tree);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LamGroupTree, lam_group_tree_free)

/* With those around it; each is there once, however often it is added. A clean
 * path; NULL or "": nothing. */
void lam_group_tree_add_group (LamGroupTree *tree, const char *path);
/* After those that were added before, in its group. NULL or "": in none. */
void lam_group_tree_add_label (
    LamGroupTree *tree, uint32_t id, const char *group);
/* Groups in order of their names, or the other way round. Once, when all is
 * added; what follows is asked afterwards. */
void lam_group_tree_finish (LamGroupTree *tree, bool is_descending);

guint lam_group_tree_get_n_labels (const LamGroupTree *tree);
/* Borrowed; NULL: there is none. */
const LamGroupNode *lam_group_tree_find (
    const LamGroupTree *tree, const char *path);
/* Appends the labels (uint32_t) in it and in those that it holds, folded or
 * not. */
void lam_group_tree_list_labels (
    const LamGroupTree *tree, const char *path, GArray *ids);
/* Their paths, borrowed from the tree; in no order. */
GPtrArray *lam_group_tree_list_groups (
    const LamGroupTree *tree) G_GNUC_WARN_UNUSED_RESULT;
/* What stands for a group in a list of labels: never that of a label. */
typedef int64_t (*LamGroupRowId) (const char *path, gpointer data);
/* The rows, int64_t: of each group first the groups in it, then its labels;
 * last those in none. What lies in a group of `folded` (paths) is left out. */
GArray *lam_group_tree_list (const LamGroupTree *tree, GHashTable *folded,
    LamGroupRowId get_id, gpointer data) G_GNUC_WARN_UNUSED_RESULT;
