/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* States of labels and their groups, by themselves and in the table. */
#include "labels/label-state.h"

#include <string.h>

#include "base/error.h"
#include "labels/class-table.h"

static void
test_names (void)
{
  for (int a = 0; a < LAM_N_LABEL_STATES; a++)
    for (int b = 0; b < LAM_N_LABEL_STATES; b++)
      g_assert_cmpint (
          lam_label_state_matches (a, lam_label_state_name (b)), ==, a == b);
  g_assert_true (lam_label_state_matches (LAM_LABEL_IN_PROGRESS, "In-prog"));
  g_assert_true (lam_label_state_matches (LAM_LABEL_NOT_STARTED, ""));
  g_assert_false (lam_label_state_matches (LAM_LABEL_FLAGGED, "flagged!"));
}

static void
assert_clean (const char *text, const char *expected)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *group = lam_label_group_clean (text, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (group, ==, expected);
}

static void
assert_not_clean (const char *text)
{
  g_autoptr (GError) error = NULL;
  g_assert_null (lam_label_group_clean (text, &error));
  g_assert_error (error, LAM_ERROR, LAM_ERROR_INPUT);
}

static void
test_clean (void)
{
  g_autofree char *most = g_strnfill (LAM_MAX_GROUP_BYTES, 'x');
  g_autofree char *more = g_strnfill (LAM_MAX_GROUP_BYTES + 1, 'x');
  assert_clean (NULL, "");
  assert_clean (" / / ", "");
  assert_clean ("  mitochondria // left side /", "mitochondria/left side");
  assert_clean ("β/1", "β/1");
  assert_clean (most, most);
  assert_not_clean (more);
  assert_not_clean ("two\nlines");
  assert_not_clean ("\"quoted\"");
  assert_not_clean ("\xff");
}

static void
test_paths (void)
{
  g_assert_true (lam_label_group_holds ("a", "a"));
  g_assert_true (lam_label_group_holds ("a", "a/b/c"));
  g_assert_false (lam_label_group_holds ("a", "ab"));
  g_assert_false (lam_label_group_holds ("a/b", "a"));
  g_assert_false (lam_label_group_holds ("", "a"));
  g_assert_false (lam_label_group_holds (NULL, NULL));
  const char *const moves[][4] = { { "a/b/c", "a", "x/y", "x/y/b/c" },
    { "a", "a", "x", "x" }, { "a/b", "a/b", "", "" },
    { "a/b/c", "a", "", "b/c" } };
  for (size_t i = 0; i < G_N_ELEMENTS (moves); i++) {
    g_autofree char *moved =
        lam_label_group_move (moves[i][0], moves[i][1], moves[i][2]);
    g_assert_cmpstr (moved, ==, moves[i][3]);
  }
  g_autofree char *parent = lam_label_group_dup_parent ("a/b/c");
  g_autofree char *none = lam_label_group_dup_parent ("a");
  g_assert_cmpstr (parent, ==, "a/b");
  g_assert_cmpstr (none, ==, "");
}

/* --- in the table --------------------------------------------------------- */

static void
add (LamClassTable *table, uint32_t id, LamLabelState state, const char *group)
{
  const LamLabel row = { .id = id,
    .name = (char *)"",
    .class_id = id % 2 ? 1 : 0,
    .state = state,
    .group = (char *)group };
  lam_class_table_set_label (table, &row);
}

static LamClassTable *
make_table (void)
{
  const LamClass classes[] = { { .name = (char *)"background" },
    { .id = 1, .name = (char *)"cell", .has_instances = true } };
  LamClassTable *table = lam_class_table_new ();
  for (size_t i = 0; i < G_N_ELEMENTS (classes); i++)
    lam_class_table_set_class (table, &classes[i]);
  add (table, 1, LAM_LABEL_NOT_STARTED, NULL);
  add (table, 2, LAM_LABEL_IN_PROGRESS, "b/inner");
  add (table, 3, LAM_LABEL_COMPLETED, "a");
  add (table, 4, LAM_LABEL_FLAGGED, "b/inner");
  add (table, 5, LAM_LABEL_COMPLETED, "");
  return table;
}

/* Only what is completed is locked by its state. */
static void
test_locked (void)
{
  g_autoptr (LamClassTable) table = make_table ();
  g_autoptr (LamClassTable) copy = lam_class_table_copy (table);
  for (uint32_t id = 0; id <= 5; id++) {
    const bool is_locked = id == 3 || id == 5;
    g_assert_cmpint (lam_class_table_is_locked (table, id), ==, is_locked);
    g_assert_cmpint (lam_class_table_is_locked (copy, id), ==, is_locked);
  }
  add (table, 3, LAM_LABEL_FLAGGED, "a");
  g_assert_false (lam_class_table_is_locked (table, 3));
}

static void
test_counts (void)
{
  g_autoptr (LamClassTable) table = make_table ();
  size_t n[LAM_N_LABEL_STATES];
  lam_class_table_count_states (table, -1, n);
  g_assert_true (n[0] == 1 && n[1] == 1 && n[2] == 2 && n[3] == 1);
  lam_class_table_count_states (table, 1, n);
  g_assert_true (n[0] == 1 && n[1] == 0 && n[2] == 2 && n[3] == 0);
  LamLabel gone = *lam_class_table_get_label (table, 5);
  gone.deleted = true;
  lam_class_table_set_label (table, &gone);
  lam_class_table_count_states (table, -1, n);
  g_assert_cmpuint (n[LAM_LABEL_COMPLETED], ==, 1);
}

static void
test_groups (void)
{
  g_autoptr (LamClassTable) table = make_table ();
  g_autoptr (GPtrArray) groups = lam_class_table_list_groups (table);
  g_assert_cmpuint (groups->len, ==, 3);
  g_assert_cmpstr (groups->pdata[0], ==, "a");
  g_assert_cmpstr (groups->pdata[1], ==, "b");
  g_assert_cmpstr (groups->pdata[2], ==, "b/inner");
  /* None is NULL, however it was said; a row may be set from itself. */
  g_assert_null (lam_class_table_get_label (table, 5)->group);
  lam_class_table_set_label (table, lam_class_table_get_label (table, 2));
  g_assert_cmpstr (lam_class_table_get_label (table, 2)->group, ==, "b/inner");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/label-state/names", test_names);
  g_test_add_func ("/label-state/clean", test_clean);
  g_test_add_func ("/label-state/paths", test_paths);
  g_test_add_func ("/label-state/locked", test_locked);
  g_test_add_func ("/label-state/counts", test_counts);
  g_test_add_func ("/label-state/groups", test_groups);
  return g_test_run ();
}
