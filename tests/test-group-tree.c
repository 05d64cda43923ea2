/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Rows of labels and groups: an order that was written down, and whatever
 * groups and folds, where each row must stand below the one it belongs to. */
#include "labels/group-tree.h"

#include <string.h>

#include "base/random.h"
#include "labels/label-state.h"

/* Groups are rows by their place in this. */
static GPtrArray *names;

static int64_t
get_row (const char *path, gpointer data)
{
  g_assert_true (data == names);
  for (guint i = 0; i < names->len; i++)
    if (g_str_equal (names->pdata[i], path))
      return -(int64_t)i - 1;
  g_ptr_array_add (names, g_strdup (path));
  return -(int64_t)names->len;
}

static GHashTable *
fold (const char *const *groups)
{
  GHashTable *folded = g_hash_table_new (g_str_hash, g_str_equal);
  for (; groups && *groups; groups++)
    g_hash_table_add (folded, (gpointer)*groups);
  return folded;
}

static char *
write_rows (const LamGroupTree *tree, const char *const *folded)
{
  g_autoptr (GHashTable) set = fold (folded);
  g_autoptr (GArray) rows = lam_group_tree_list (tree, set, get_row, names);
  g_autoptr (GString) text = g_string_new (NULL);
  for (guint i = 0; i < rows->len; i++) {
    const int64_t row = g_array_index (rows, int64_t, i);
    if (row < 0)
      g_string_append_printf (text, "%s ", (char *)names->pdata[-row - 1]);
    else
      g_string_append_printf (text, "%" G_GINT64_FORMAT " ", row);
  }
  return g_string_free (g_steal_pointer (&text), false);
}

static LamGroupTree *
make_tree (bool is_descending)
{
  LamGroupTree *tree = lam_group_tree_new ();
  lam_group_tree_add_label (tree, 7, NULL);
  lam_group_tree_add_label (tree, 4, "b/inner");
  lam_group_tree_add_label (tree, 3, "a10");
  lam_group_tree_add_label (tree, 1, "b");
  lam_group_tree_add_label (tree, 9, "b/inner");
  lam_group_tree_add_label (tree, 4000000000, "a9");
  lam_group_tree_add_group (tree, "c/empty");
  lam_group_tree_add_group (tree, "c");
  lam_group_tree_finish (tree, is_descending);
  return tree;
}

static void
test_order (void)
{
  static const struct {
    bool is_descending;
    const char *folded[3], *expected;
  } cases[] = {
    { false, { NULL }, "a9 4000000000 a10 3 b b/inner 4 9 1 c c/empty 7 " },
    { true, { NULL }, "c c/empty b b/inner 4 9 1 a10 3 a9 4000000000 7 " },
    { false, { "b/inner", "c" }, "a9 4000000000 a10 3 b b/inner 1 c 7 " },
    { false, { "b" }, "a9 4000000000 a10 3 b c c/empty 7 " },
  };
  for (size_t i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (LamGroupTree) tree = make_tree (cases[i].is_descending);
    g_autofree char *text = write_rows (tree, cases[i].folded);
    g_assert_cmpstr (text, ==, cases[i].expected);
  }
}

static void
test_counts (void)
{
  g_autoptr (LamGroupTree) tree = make_tree (false);
  g_assert_cmpuint (lam_group_tree_get_n_labels (tree), ==, 6);
  g_assert_cmpuint (lam_group_tree_find (tree, "b")->n_labels, ==, 3);
  g_assert_cmpint (lam_group_tree_find (tree, "b")->depth, ==, 0);
  g_assert_cmpuint (lam_group_tree_find (tree, "b/inner")->n_labels, ==, 2);
  g_assert_cmpint (lam_group_tree_find (tree, "b/inner")->depth, ==, 1);
  g_assert_true (lam_group_tree_find (tree, "c")->has_rows);
  g_assert_false (lam_group_tree_find (tree, "c/empty")->has_rows);
  g_assert_null (lam_group_tree_find (tree, ""));
  g_assert_null (lam_group_tree_find (tree, "none"));
  g_autoptr (GPtrArray) groups = lam_group_tree_list_groups (tree);
  g_assert_cmpuint (groups->len, ==, 6);
}

/* --- whatever groups ------------------------------------------------------ */

enum { N_LABELS = 300, N_ROUNDS = 100 };

static char *
make_path (LamRandom *random)
{
  g_autoptr (GString) path = g_string_new (NULL);
  for (guint n = lam_random_u32 (random) % 5; n > 0; n--)
    g_string_append_printf (path, "%s%c", path->len ? "/" : "",
        (char)('a' + lam_random_u32 (random) % 3));
  return g_string_free (g_steal_pointer (&path), false);
}

/* Whether a group that holds it, other than itself, is folded. */
static bool
is_hidden (GHashTable *folded, const char *path, bool is_group)
{
  g_autofree char *at =
      is_group ? lam_label_group_dup_parent (path) : g_strdup (path);
  while (*at) {
    if (g_hash_table_contains (folded, at))
      return true;
    char *parent = lam_label_group_dup_parent (at);
    g_free (at);
    at = parent;
  }
  return false;
}

/* The last group row above is where the row must be. */
static void
assert_below (GPtrArray *above, const char *group, bool is_group)
{
  g_autofree char *parent =
      is_group ? lam_label_group_dup_parent (group) : g_strdup (group);
  while (above->len > 0 && !g_str_equal (above->pdata[above->len - 1], parent))
    g_ptr_array_set_size (above, (int)above->len - 1);
  g_assert_true (above->len > 0 || !*parent);
  if (is_group)
    g_ptr_array_add (above, (gpointer)group);
}

static guint
assert_rows (const GArray *rows, GPtrArray *groups, GHashTable *folded)
{
  g_autoptr (GPtrArray) above = g_ptr_array_new ();
  g_autoptr (GHashTable) seen = g_hash_table_new (g_int64_hash, g_int64_equal);
  guint n_labels = 0;
  for (guint i = 0; i < rows->len; i++) {
    const int64_t *row = &g_array_index (rows, int64_t, i);
    const char *group =
        *row < 0 ? names->pdata[-*row - 1] : groups->pdata[*row - 1];
    g_assert_true (g_hash_table_add (seen, (gpointer)row));
    g_assert_false (is_hidden (folded, group, *row < 0));
    assert_below (above, group, *row < 0);
    n_labels += *row > 0;
  }
  return n_labels;
}

static void
test_any (void)
{
  LamRandom random = lam_random_new (11, 1);
  for (int round = 0; round < N_ROUNDS; round++) {
    g_autoptr (LamGroupTree) tree = lam_group_tree_new ();
    g_autoptr (GPtrArray) groups = g_ptr_array_new_with_free_func (g_free);
    g_autoptr (GHashTable) folded =
        g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
    guint n_shown = 0;
    for (uint32_t id = 1; id <= N_LABELS; id++) {
      g_ptr_array_add (groups, make_path (&random));
      lam_group_tree_add_label (tree, id, groups->pdata[id - 1]);
    }
    lam_group_tree_finish (tree, round % 2);
    for (guint n = lam_random_u32 (&random) % 8; n > 0; n--) {
      g_autofree char *path = make_path (&random);
      if (*path)
        g_hash_table_add (folded, g_steal_pointer (&path));
    }
    for (guint i = 0; i < groups->len; i++)
      n_shown += !is_hidden (folded, groups->pdata[i], false);
    g_autoptr (GArray) rows =
        lam_group_tree_list (tree, folded, get_row, names);
    g_assert_cmpuint (assert_rows (rows, groups, folded), ==, n_shown);
    g_assert_cmpuint (lam_group_tree_get_n_labels (tree), ==, N_LABELS);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  names = g_ptr_array_new_with_free_func (g_free);
  g_test_add_func ("/group-tree/order", test_order);
  g_test_add_func ("/group-tree/counts", test_counts);
  g_test_add_func ("/group-tree/any", test_any);
  const int status = g_test_run ();
  g_ptr_array_unref (names);
  return status;
}
