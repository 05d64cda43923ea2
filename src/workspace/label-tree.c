/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "workspace/label-tree.h"

#include "labels/label-state.h"
#include "workspace/group-list.h"

struct _LamLabelTree {
  GWeakRef workspace;
  LamGroupTree *groups; /* Owned; or NULL */
  GHashTable *found_folded; /* Owned; paths; NULL: nothing is searched for */
  GHashTable *rows; /* Owned; path, of `paths` → row */
  GPtrArray *paths; /* Owned; char *, of row -1, -2, … */
};

LamLabelTree *
lam_label_tree_new (LamWorkspace *workspace)
{
  LamLabelTree *tree = g_new0 (LamLabelTree, 1);
  g_weak_ref_init (&tree->workspace, workspace);
  tree->rows = g_hash_table_new (g_str_hash, g_str_equal);
  tree->paths = g_ptr_array_new_with_free_func (g_free);
  return tree;
}

void
lam_label_tree_free (LamLabelTree *tree)
{
  g_weak_ref_clear (&tree->workspace);
  g_clear_pointer (&tree->groups, lam_group_tree_free);
  g_clear_pointer (&tree->found_folded, g_hash_table_unref);
  g_hash_table_unref (tree->rows);
  g_ptr_array_unref (tree->paths);
  g_free (tree);
}

void
lam_label_tree_take (LamLabelTree *tree, LamGroupTree *groups)
{
  g_clear_pointer (&tree->groups, lam_group_tree_free);
  tree->groups = groups;
}

/* --- folding -------------------------------------------------------------- */

static GHashTable *
make_set (void)
{
  return g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
}

void
lam_label_tree_set_text (LamLabelTree *tree, const char *text)
{
  g_clear_pointer (&tree->found_folded, g_hash_table_unref);
  if (*text)
    tree->found_folded = make_set ();
}

/* Owned. */
static GHashTable *
ref_folded (LamLabelTree *tree)
{
  if (tree->found_folded)
    return g_hash_table_ref (tree->found_folded);
  g_autoptr (LamWorkspace) workspace = g_weak_ref_get (&tree->workspace);
  return workspace
      ? g_hash_table_ref (lam_group_list_get (workspace, LAM_GROUPS_FOLDED))
      : make_set ();
}

bool
lam_label_tree_is_folded (LamLabelTree *tree, const char *group)
{
  g_autoptr (GHashTable) folded = ref_folded (tree);
  return g_hash_table_contains (folded, group);
}

void
lam_label_tree_fold (LamLabelTree *tree, const char *group, bool is_folded)
{
  g_autoptr (LamWorkspace) workspace = g_weak_ref_get (&tree->workspace);
  if (!tree->found_folded && workspace)
    lam_group_list_put (workspace, LAM_GROUPS_FOLDED, group, is_folded);
  else if (is_folded && tree->found_folded)
    g_hash_table_add (tree->found_folded, g_strdup (group));
  else if (tree->found_folded)
    g_hash_table_remove (tree->found_folded, group);
}

void
lam_label_tree_fold_all (LamLabelTree *tree, bool is_folded)
{
  if (!tree->groups)
    return;
  g_autoptr (GPtrArray) paths = lam_group_tree_list_groups (tree->groups);
  g_autoptr (LamWorkspace) workspace = g_weak_ref_get (&tree->workspace);
  if (tree->found_folded)
    for (guint i = 0; i < paths->len; i++)
      lam_label_tree_fold (tree, paths->pdata[i], is_folded);
  else if (workspace)
    lam_group_list_put_all (workspace, LAM_GROUPS_FOLDED,
        (const char *const *)paths->pdata, paths->len, is_folded);
}

bool
lam_label_tree_reveal (LamLabelTree *tree, const char *group)
{
  bool was_folded = false;
  g_autofree char *path = g_strdup (group);
  while (*path) {
    if (lam_label_tree_is_folded (tree, path)) {
      lam_label_tree_fold (tree, path, false);
      was_folded = true;
    }
    char *parent = lam_label_group_dup_parent (path);
    g_free (path);
    path = parent;
  }
  return was_folded;
}

/* --- rows ----------------------------------------------------------------- */

const LamGroupTree *
lam_label_tree_get_groups (LamLabelTree *tree)
{
  return tree->groups;
}

int64_t
lam_label_tree_get_row (LamLabelTree *tree, const char *group)
{
  const gpointer known = g_hash_table_lookup (tree->rows, group);
  if (known)
    return -(int64_t)GPOINTER_TO_UINT (known);
  char *path = g_strdup (group);
  g_ptr_array_add (tree->paths, path);
  g_hash_table_insert (tree->rows, path, GUINT_TO_POINTER (tree->paths->len));
  return -(int64_t)tree->paths->len;
}

const char *
lam_label_tree_get_group (LamLabelTree *tree, int64_t row)
{
  return row < 0 && -row <= (int64_t)tree->paths->len
      ? tree->paths->pdata[-row - 1]
      : NULL;
}

static int64_t
get_row (const char *path, gpointer tree)
{
  return lam_label_tree_get_row (tree, path);
}

GArray *
lam_label_tree_list_rows (LamLabelTree *tree)
{
  g_autoptr (GHashTable) folded = ref_folded (tree);
  return tree->groups
      ? lam_group_tree_list (tree->groups, folded, get_row, tree)
      : g_array_new (false, false, sizeof (int64_t));
}
