/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Groups of labels as a person arranges them, and the list of labels with
 * groups as its rows: what is in it, what is folded, and that the numbers are
 * those of the labels. */
#include "project-fixture.h"

#include "workspace/group-totals.h"
#include "workspace/label-groups.h"
#include "workspace/models.h"

/* Labels 1 to 4: two on the left, one in the group around it, one in none. */
static void
add_labels (Project *project)
{
  g_autoptr (GError) error = NULL;
  static const char *const groups[] = { "cells/left", "cells/left", "cells" };
  for (uint32_t id = 1; id <= 4; id++) {
    g_assert_cmpuint (project_add_label (project, 1), ==, id);
    if (id < 4)
      g_assert_true (lam_workspace_set_label_groups (
          project->workspace, &id, 1, groups[id - 1], &error));
    g_assert_no_error (error);
  }
}

static void
undo (Project *project)
{
  project_wait (project);
  lam_workspace_undo (project->workspace);
  project_wait (project);
}

static guint
count_edits (Project *project)
{
  g_autoptr (GError) error = NULL;
  project_wait (project);
  g_autoptr (GPtrArray) rows = lam_store_read_history (
      lam_workspace_get_store (project->workspace), 0, 1000, false, &error);
  g_assert_no_error (error);
  return rows->len;
}

static void
assert_group (Project *project, uint32_t id, const char *group)
{
  g_assert_cmpstr (project_row (project, id)->group, ==, group);
}

static void
assert_list (GListModel *model, const char *expected)
{
  g_autoptr (GString) text = g_string_new (NULL);
  for (guint i = 0; i < g_list_model_get_n_items (model); i++) {
    const int64_t row = lam_label_model_get_row (model, i);
    const char *group = lam_label_model_get_group (model, row);
    if (group)
      g_string_append_printf (text, "%s%s ", group,
          lam_label_model_is_folded (model, group) ? "+" : "");
    else
      g_string_append_printf (text, "%" G_GINT64_FORMAT " ", row);
  }
  g_assert_cmpstr (text->str, ==, expected);
}

static GListModel *
list_groups (Project *project, const char *text)
{
  GListModel *model = lam_label_model_new (project->workspace);
  const LamLabelOrder order = { text, -1, .as_groups = true };
  lam_label_model_set_order (model, &order, NULL);
  return model;
}

/* --- arranging ------------------------------------------------------------ */

/* Labels and a group at once are one edit, which undo takes back. */
static void
test_move (Project *project, gconstpointer unused)
{
  g_autoptr (GError) error = NULL;
  add_labels (project);
  const guint before = count_edits (project);
  const uint32_t loose = 4;
  g_assert_true (lam_workspace_move_to_group (project->workspace, &loose, 1,
      (const char *const[]){ "cells/left", NULL }, " done ", &error));
  g_assert_no_error (error);
  g_assert_cmpuint (count_edits (project), ==, before + 1);
  assert_group (project, 1, "done/left");
  assert_group (project, 2, "done/left");
  assert_group (project, 3, "cells");
  assert_group (project, 4, "done");
  undo (project);
  assert_group (project, 1, "cells/left");
  assert_group (project, 4, NULL);
  /* A group that lies in one that goes, goes along; to the top. */
  g_assert_true (lam_workspace_move_to_group (project->workspace, NULL, 0,
      (const char *const[]){ "cells/left", "cells", NULL }, "x", &error));
  assert_group (project, 1, "x/cells/left");
  assert_group (project, 3, "x/cells");
  g_assert_true (lam_workspace_move_to_group (project->workspace, NULL, 0,
      (const char *const[]){ "x/cells/left", NULL }, "", &error));
  assert_group (project, 1, "left");
  project_assert_clean (project);
}

static void
test_no_circle (Project *project, gconstpointer unused)
{
  static const char *const into[] = { "cells", "cells/left", "cells/left/new" };
  g_autoptr (GError) error = NULL;
  add_labels (project);
  const guint before = count_edits (project);
  for (size_t i = 0; i < G_N_ELEMENTS (into); i++) {
    g_assert_false (lam_workspace_move_to_group (project->workspace, NULL, 0,
        (const char *const[]){ "cells", NULL }, into[i], &error));
    g_assert_error (error, LAM_ERROR, LAM_ERROR_INPUT);
    g_clear_error (&error);
  }
  g_assert_false (lam_workspace_move_to_group (project->workspace, NULL, 0,
      (const char *const[]){ "none", NULL }, "cells", &error));
  g_assert_error (error, LAM_ERROR, LAM_ERROR_MISSING);
  g_assert_cmpuint (count_edits (project), ==, before);
  assert_group (project, 1, "cells/left");
}

/* Its labels go to the group around it, and none is deleted. */
static void
test_remove (Project *project, gconstpointer unused)
{
  g_autoptr (GError) error = NULL;
  add_labels (project);
  const guint before = count_edits (project);
  g_assert_true (
      lam_workspace_remove_group (project->workspace, "cells/left", &error));
  assert_group (project, 1, "cells");
  assert_group (project, 3, "cells");
  g_assert_true (
      lam_workspace_remove_group (project->workspace, "cells", &error));
  g_assert_cmpuint (count_edits (project), ==, before + 2);
  for (uint32_t id = 1; id <= 4; id++) {
    assert_group (project, id, NULL);
    g_assert_false (project_row (project, id)->deleted);
  }
  undo (project);
  undo (project);
  assert_group (project, 1, "cells/left");
  g_assert_false (
      lam_workspace_remove_group (project->workspace, "none", &error));
  g_assert_error (error, LAM_ERROR, LAM_ERROR_MISSING);
}

/* Empty ones are in the project, not in its history; a group around them takes
 * them along. */
static void
test_make (Project *project, gconstpointer unused)
{
  g_autoptr (GError) error = NULL;
  add_labels (project);
  const guint before = count_edits (project);
  g_assert_true (
      lam_workspace_make_group (project->workspace, "cells / right", &error));
  g_assert_no_error (error);
  g_assert_false (
      lam_workspace_make_group (project->workspace, "cells/right", &error));
  g_assert_error (error, LAM_ERROR, LAM_ERROR_INPUT);
  g_clear_error (&error);
  g_assert_false (lam_workspace_make_group (project->workspace, " / ", &error));
  g_assert_error (error, LAM_ERROR, LAM_ERROR_INPUT);
  g_clear_error (&error);
  g_assert_cmpuint (count_edits (project), ==, before);
  g_assert_true (lam_workspace_move_to_group (project->workspace, NULL, 0,
      (const char *const[]){ "cells", NULL }, "x", &error));
  project_close (project);
  project->workspace = project_open (project->project, 0);
  g_autoptr (GPtrArray) groups = lam_workspace_list_groups (project->workspace);
  static const char *const expected[] = { "x", "x/cells", "x/cells/left",
    "x/cells/right" };
  g_assert_cmpuint (groups->len, ==, G_N_ELEMENTS (expected));
  for (guint i = 0; i < groups->len; i++)
    g_assert_cmpstr (groups->pdata[i], ==, expected[i]);
  g_assert_true (
      lam_workspace_remove_group (project->workspace, "x/cells/right", &error));
  g_autoptr (GListModel) model = list_groups (project, "");
  assert_list (model, "x x/cells x/cells/left 1 2 3 4 ");
}

/* --- the list ------------------------------------------------------------- */

static void
test_list (Project *project, gconstpointer unused)
{
  g_autoptr (GError) error = NULL;
  add_labels (project);
  lam_workspace_make_group (project->workspace, "empty", &error);
  g_autoptr (GListModel) model = list_groups (project, "");
  assert_list (model, "cells cells/left 1 2 3 empty 4 ");
  g_assert_cmpuint (lam_label_model_get_n_labels (model), ==, 4);
  lam_label_model_fold (model, "cells/left", true);
  assert_list (model, "cells cells/left+ 3 empty 4 ");
  g_assert_cmpuint (lam_label_model_get_n_labels (model), ==, 4);
  /* What happens below does not unfold it. */
  const uint32_t other = 4;
  lam_workspace_set_label_groups (
      project->workspace, &other, 1, "cells/left", &error);
  assert_list (model, "cells cells/left+ 3 empty ");
  lam_workspace_rename_group (project->workspace, "cells", "bodies", &error);
  assert_list (model, "bodies bodies/left+ 3 empty ");
  /* A search shows what it finds, and nothing else. */
  const LamLabelOrder search = { "cell 2", -1, .as_groups = true };
  lam_label_model_set_order (model, &search, NULL);
  assert_list (model, "bodies bodies/left 2 ");
  lam_label_model_fold (model, "bodies", true);
  assert_list (model, "bodies+ ");
  const LamLabelOrder all = { "", -1, .as_groups = true };
  lam_label_model_set_order (model, &all, NULL);
  assert_list (model, "bodies bodies/left+ 3 empty ");
  lam_label_model_reveal (model, &other, 1);
  assert_list (model, "bodies bodies/left 1 2 4 3 empty ");
  lam_label_model_fold_all (model, true);
  assert_list (model, "bodies+ empty+ ");
  /* Folded it stays in the project. */
  g_clear_object (&model);
  project_close (project);
  project->workspace = project_open (project->project, 0);
  model = list_groups (project, "");
  assert_list (model, "bodies+ empty+ ");
  lam_label_model_reveal (model, &other, 1);
  assert_list (model, "bodies bodies/left 1 2 4 3 empty+ ");
  /* Without groups it is as it ever was. */
  const LamLabelOrder flat = { "", -1, .is_descending = true };
  lam_label_model_set_order (model, &flat, NULL);
  assert_list (model, "4 3 2 1 ");
}

/* A row stands for its group as long as the list is there. */
static void
test_rows (Project *project, gconstpointer unused)
{
  add_labels (project);
  g_autoptr (GListModel) model = list_groups (project, "");
  const int64_t row = lam_label_model_get_group_row (model, "cells/left");
  g_assert_cmpint (row, <, 0);
  g_assert_cmpuint (lam_label_model_find (model, row), ==, 1);
  g_assert_cmpuint (lam_label_model_get_id (model, 1), ==, 0);
  g_autoptr (LamLabelItem) item = g_list_model_get_item (model, 1);
  g_assert_cmpint (lam_label_item_get_id (item), ==, row);
  g_assert_null (lam_label_item_get_row (item));
  lam_label_model_fold (model, "cells", true);
  g_assert_cmpuint (lam_label_model_find (model, row), ==, G_MAXUINT);
  lam_label_model_fold (model, "cells", false);
  g_assert_cmpint (
      lam_label_model_get_group_row (model, "cells/left"), ==, row);
  g_autoptr (LamLabelItem) again = g_list_model_get_item (model, 1);
  g_assert_true (item == again);
}

/* --- numbers -------------------------------------------------------------- */

static LamGroupTotal
count (Project *project, LamStatistics *statistics, const char *group)
{
  g_autoptr (LamGroupTotals) totals = lam_group_totals_new (
      lam_workspace_get_classes (project->workspace), statistics);
  return lam_group_totals_get (totals, group);
}

static void
wait_counted (LamStatistics *statistics)
{
  while (!lam_statistics_is_complete (statistics))
    g_main_context_iteration (NULL, true);
}

/* As large as its labels are together; unknown until all of them are counted,
 * and again when one is not. */
static void
test_totals (Project *project, gconstpointer unused)
{
  add_labels (project);
  project_stroke (project, 1, 20.5, 20.5, 5.5);
  project_stroke (project, 3, 60.5, 60.5, 5.5);
  g_autoptr (LamStatistics) statistics =
      lam_statistics_new (project->workspace);
  LamGroupTotal cells = count (project, statistics, "cells");
  g_assert_cmpuint (cells.n_labels, ==, 3);
  g_assert_cmpuint (cells.n_unknown, ==, 3);
  lam_statistics_set_active (statistics, true);
  wait_counted (statistics);
  cells = count (project, statistics, "cells");
  LamGroupTotal left = count (project, statistics, "cells/left");
  g_assert_cmpuint (cells.n_unknown, ==, 0);
  const int64_t first = lam_statistics_get (statistics, 1)->n_voxels;
  const int64_t third = lam_statistics_get (statistics, 3)->n_voxels;
  g_assert_cmpint (first, >, 0);
  g_assert_cmpint (left.n_voxels, ==, first);
  g_assert_cmpint (cells.n_voxels, ==, first + third);
  g_assert_cmpuint (left.n_labels, ==, 2);
  /* A label that was never counted makes it unknown, until it is. */
  project_stroke (project, 2, 20.5, 60.5, 5.5);
  left = count (project, statistics, "cells/left");
  g_assert_cmpuint (left.n_unknown, ==, 1);
  wait_counted (statistics);
  left = count (project, statistics, "cells/left");
  g_assert_cmpuint (left.n_unknown, ==, 0);
  g_assert_cmpint (
      left.n_voxels, ==, first + lam_statistics_get (statistics, 2)->n_voxels);
  g_assert_cmpuint (count (project, statistics, "none").n_labels, ==, 0);
}

static void
test_states (Project *project, gconstpointer unused)
{
  g_autoptr (GError) error = NULL;
  add_labels (project);
  LamLabel row = *project_row (project, 2);
  row.locked = row.hidden = true;
  row.state = LAM_LABEL_COMPLETED;
  g_assert_true (lam_workspace_set_label (project->workspace, &row, &error));
  const LamGroupTotal cells = count (project, NULL, "cells");
  g_assert_cmpuint (cells.n_labels, ==, 3);
  g_assert_cmpuint (cells.n_locked, ==, 1);
  g_assert_cmpuint (cells.n_hidden, ==, 1);
  g_assert_cmpuint (cells.n_completed, ==, 1);
  g_assert_cmpuint (cells.n_unknown, ==, 3);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  static const struct {
    const char *name;
    void (*test) (Project *, gconstpointer);
  } tests[] = {
    { "move", test_move },
    { "no-circle", test_no_circle },
    { "remove", test_remove },
    { "make", test_make },
    { "list", test_list },
    { "rows", test_rows },
    { "totals", test_totals },
    { "states", test_states },
  };
  for (size_t i = 0; i < G_N_ELEMENTS (tests); i++) {
    g_autofree char *name = g_strconcat ("/label-groups/", tests[i].name, NULL);
    g_test_add (
        name, Project, NULL, project_set_up, tests[i].test, project_tear_down);
  }
  return g_test_run ();
}
