/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The root is what has no name: its labels are in no group. A list of 100,000
 * labels is made in a few milliseconds, so that a group folds at once. */
#include "labels/group-tree.h"

#include <string.h>

#include "labels/label-state.h"

typedef struct {
  LamGroupNode public;
  char *key; /* Owned; to be compared with its neighbours' */
  GPtrArray *groups; /* Owned; of Node, which the tree owns */
  GArray *labels; /* Owned; uint32_t */
} Node;

struct _LamGroupTree {
  GHashTable *nodes; /* Owned; path → owned Node */
  Node *root;
};

static Node *
node_new (const char *path, int depth)
{
  const char *slash = strrchr (path, '/');
  Node *node = g_new0 (Node, 1);
  node->public.path = g_strdup (path);
  node->public.depth = depth;
  node->key = g_utf8_collate_key_for_filename (slash ? slash + 1 : path, -1);
  node->groups = g_ptr_array_new ();
  node->labels = g_array_new (false, false, sizeof (uint32_t));
  return node;
}

static void
node_free (gpointer data)
{
  Node *node = data;
  g_free (node->public.path);
  g_free (node->key);
  g_ptr_array_unref (node->groups);
  g_array_unref (node->labels);
  g_free (node);
}

LamGroupTree *
lam_group_tree_new (void)
{
  LamGroupTree *tree = g_new0 (LamGroupTree, 1);
  tree->nodes =
      g_hash_table_new_full (g_str_hash, g_str_equal, NULL, node_free);
  tree->root = node_new ("", -1);
  g_hash_table_insert (tree->nodes, tree->root->public.path, tree->root);
  return tree;
}

void
lam_group_tree_free (LamGroupTree *tree)
{
  g_hash_table_unref (tree->nodes);
  g_free (tree);
}

/* --- making --------------------------------------------------------------- */

static Node *
take_node (LamGroupTree *tree, const char *path)
{
  Node *node = g_hash_table_lookup (tree->nodes, path);
  if (node)
    return node;
  g_autofree char *parent_path = lam_label_group_dup_parent (path);
  Node *parent = take_node (tree, parent_path);
  node = node_new (path, parent->public.depth + 1);
  g_hash_table_insert (tree->nodes, node->public.path, node);
  g_ptr_array_add (parent->groups, node);
  return node;
}

void
lam_group_tree_add_group (LamGroupTree *tree, const char *path)
{
  take_node (tree, path ? path : "");
}

void
lam_group_tree_add_label (LamGroupTree *tree, uint32_t id, const char *group)
{
  g_array_append_val (take_node (tree, group ? group : "")->labels, id);
}

static int
compare (gconstpointer a, gconstpointer b, gpointer is_descending)
{
  const Node *x = *(Node *const *)a, *y = *(Node *const *)b;
  int order = strcmp (x->key, y->key);
  if (order == 0)
    order = strcmp (x->public.path, y->public.path);
  return *(bool *)is_descending ? -order : order;
}

static guint
finish (Node *node, bool *is_descending)
{
  g_ptr_array_sort_with_data (node->groups, compare, is_descending);
  node->public.n_labels = node->labels->len;
  for (guint i = 0; i < node->groups->len; i++)
    node->public.n_labels += finish (node->groups->pdata[i], is_descending);
  node->public.has_rows = node->groups->len > 0 || node->labels->len > 0;
  return node->public.n_labels;
}

void
lam_group_tree_finish (LamGroupTree *tree, bool is_descending)
{
  finish (tree->root, &is_descending);
}

/* --- reading -------------------------------------------------------------- */

guint
lam_group_tree_get_n_labels (const LamGroupTree *tree)
{
  return tree->root->public.n_labels;
}

const LamGroupNode *
lam_group_tree_find (const LamGroupTree *tree, const char *path)
{
  const Node *node = *path ? g_hash_table_lookup (tree->nodes, path) : NULL;
  return node ? &node->public : NULL;
}

static void
list_labels (const Node *node, GArray *ids)
{
  for (guint i = 0; i < node->groups->len; i++)
    list_labels (node->groups->pdata[i], ids);
  g_array_append_vals (ids, node->labels->data, node->labels->len);
}

void
lam_group_tree_list_labels (
    const LamGroupTree *tree, const char *path, GArray *ids)
{
  const Node *node = g_hash_table_lookup (tree->nodes, path);
  if (node)
    list_labels (node, ids);
}

GPtrArray *
lam_group_tree_list_groups (const LamGroupTree *tree)
{
  GPtrArray *paths = g_ptr_array_new ();
  GHashTableIter iter;
  gpointer path;
  g_hash_table_iter_init (&iter, tree->nodes);
  while (g_hash_table_iter_next (&iter, &path, NULL))
    if (path != tree->root->public.path)
      g_ptr_array_add (paths, path);
  return paths;
}

typedef struct {
  GArray *rows;
  GHashTable *folded;
  LamGroupRowId get_id;
  gpointer data;
} Listing;

static void
list_node (const Node *node, const Listing *listing)
{
  if (*node->public.path) {
    const int64_t id = listing->get_id (node->public.path, listing->data);
    g_array_append_val (listing->rows, id);
    if (g_hash_table_contains (listing->folded, node->public.path))
      return;
  }
  for (guint i = 0; i < node->groups->len; i++)
    list_node (node->groups->pdata[i], listing);
  for (guint i = 0; i < node->labels->len; i++) {
    const int64_t id = g_array_index (node->labels, uint32_t, i);
    g_array_append_val (listing->rows, id);
  }
}

GArray *
lam_group_tree_list (const LamGroupTree *tree, GHashTable *folded,
    LamGroupRowId get_id, gpointer data)
{
  const Listing listing = { g_array_new (false, false, sizeof (int64_t)),
    folded, get_id, data };
  list_node (tree->root, &listing);
  return listing.rows;
}
