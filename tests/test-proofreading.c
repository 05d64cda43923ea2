/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* States and groups of labels as verbs of the workspace: what painting makes of
 * them, what they protect, and how labels are found by them. */
#include <time.h>

#include "project-fixture.h"

#include "labels/figure.h"
#include "workspace/label-groups.h"
#include "workspace/label-states.h"
#include "workspace/models.h"
#include "workspace/shaping.h"

static void
set_state (Project *project, uint32_t id, LamLabelState state)
{
  g_autoptr (GError) error = NULL;
  g_assert_true (lam_workspace_set_label_states (
      project->workspace, &id, 1, state, &error));
  g_assert_no_error (error);
}

static void
assert_state (Project *project, uint32_t id, LamLabelState state)
{
  g_assert_cmpint (project_row (project, id)->state, ==, state);
}

static void
set_group (Project *project, uint32_t id, const char *group)
{
  g_autoptr (GError) error = NULL;
  g_assert_true (lam_workspace_set_label_groups (
      project->workspace, &id, 1, group, &error));
  g_assert_no_error (error);
}

static void
undo (Project *project)
{
  project_wait (project);
  lam_workspace_undo (project->workspace);
  project_wait (project);
}

/* --- painting ------------------------------------------------------------- */

/* The first stroke begins the work, within its own edit. */
static void
test_first_stroke (Project *project, gconstpointer unused)
{
  uint32_t id = project_add_label (project, 1);
  assert_state (project, id, LAM_LABEL_NOT_STARTED);
  project_stroke (project, id, 20.5, 20.5, 5.5);
  assert_state (project, id, LAM_LABEL_IN_PROGRESS);
  undo (project);
  assert_state (project, id, LAM_LABEL_NOT_STARTED);
  g_assert_cmpuint (project_label_at (project, 20, 20, 5), ==, 0);
  lam_workspace_redo (project->workspace);
  project_wait (project);
  assert_state (project, id, LAM_LABEL_IN_PROGRESS);
  project_assert_clean (project);
  /* What somebody marked stays marked. */
  set_state (project, id, LAM_LABEL_FLAGGED);
  project_stroke (project, id, 60.5, 20.5, 5.5);
  assert_state (project, id, LAM_LABEL_FLAGGED);
  project_close (project);
  project->workspace = project_open (project->project, 0);
  assert_state (project, id, LAM_LABEL_FLAGGED);
}

/* A stroke that waits for an undo, and a name that was given since: the stroke
 * comes to the disk first, and knows nothing of the name. */
static void
test_named_meanwhile (Project *project, gconstpointer unused)
{
  g_autoptr (GError) error = NULL;
  uint32_t other = project_add_label (project, 1);
  uint32_t id = project_add_label (project, 1);
  project_stroke (project, other, 70.5, 70.5, 5.5);
  project_wait (project);
  lam_workspace_undo (project->workspace);
  project_stroke (project, id, 20.5, 20.5, 5.5);
  LamLabel row = *project_row (project, id);
  row.name = (char *)"later";
  g_assert_true (lam_workspace_set_label (project->workspace, &row, &error));
  project_wait (project);
  g_assert_cmpstr (project_row (project, id)->name, ==, "later");
  project_assert_clean (project);
  undo (project);
  g_assert_cmpstr (project_row (project, id)->name, ==, "");
  g_assert_cmpuint (project_label_at (project, 20, 20, 5), ==, id);
  undo (project);
  g_assert_cmpuint (project_label_at (project, 20, 20, 5), ==, 0);
  project_close (project);
  project->workspace = project_open (project->project, 0);
  g_assert_cmpstr (project_row (project, id)->name, ==, "");
}

/* A stroke that changes nothing is no beginning. */
static void
test_empty_stroke (Project *project, gconstpointer unused)
{
  uint32_t id = project_add_label (project, 1);
  project_press (project, id, 20.5, 20.5, 5.5);
  assert_state (project, id, LAM_LABEL_IN_PROGRESS);
  lam_workspace_cancel_stroke (project->workspace);
  project_wait (project);
  assert_state (project, id, LAM_LABEL_NOT_STARTED);
}

/* A shape is work as a stroke is. */
static void
test_shape (Project *project, gconstpointer unused)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GAsyncResult) result = NULL;
  uint32_t id = project_add_label (project, 1);
  project_stroke (project, id, 40.5, 40.5, 5.5);
  set_state (project, id, LAM_LABEL_NOT_STARTED);
  LamFigureRequest request = { .shape = lam_figure_find ("grow"),
    .plane = LAM_PLANE_XY,
    .voxel = { 40, 40, 5 },
    .label = id,
    .radius_nm = 30 };
  lam_workspace_shape_async (project->workspace, &request,
      LAM_OVERWRITE_EVERYTHING, NULL, project_keep_result, &result);
  int64_t n = 0;
  g_assert_true (lam_workspace_shape_finish (
      project->workspace, project_run_until (&result), &n, NULL, &error));
  g_assert_no_error (error);
  g_assert_cmpint (n, >, 0);
  assert_state (project, id, LAM_LABEL_IN_PROGRESS);
  undo (project);
  assert_state (project, id, LAM_LABEL_NOT_STARTED);
  project_assert_clean (project);
}

/* --- protection ----------------------------------------------------------- */

static void
keep_message_cb (LamWorkspace *workspace, const char *text, char **message)
{
  g_free (*message);
  *message = g_strdup (text);
}

static void
assert_refused (Project *project, uint32_t id)
{
  g_autoptr (GError) error = NULL;
  LamBrush brush = { .radius_nm = 60, .depth = 1, .label = id };
  g_assert_false (
      lam_workspace_begin_stroke (project->workspace, "brush", &brush, &error));
  g_assert_error (error, LAM_ERROR, LAM_ERROR_READ_ONLY);
  g_assert_nonnull (strstr (error->message, "completed"));
  g_clear_error (&error);
  g_autoptr (GAsyncResult) result = NULL;
  lam_workspace_delete_label_async (
      project->workspace, id, NULL, project_keep_result, &result);
  g_assert_false (lam_workspace_delete_label_finish (
      project->workspace, project_run_until (&result), &error));
  g_assert_nonnull (strstr (error->message, "completed"));
}

/* What is completed is neither painted with nor over; what is flagged is. */
static void
test_completed (Project *project, gconstpointer unused)
{
  g_autofree char *message = NULL;
  uint32_t id = project_add_label (project, 1);
  uint32_t other = project_add_label (project, 1);
  project_stroke (project, id, 20.5, 20.5, 5.5);
  set_state (project, id, LAM_LABEL_COMPLETED);
  assert_refused (project, id);
  g_signal_connect (
      project->workspace, "message", G_CALLBACK (keep_message_cb), &message);
  project_stroke (project, other, 20.5, 20.5, 5.5);
  project_wait (project);
  g_assert_cmpuint (project_label_at (project, 20, 20, 5), ==, id);
  assert_state (project, other, LAM_LABEL_NOT_STARTED);
  g_assert_nonnull (strstr (message, "completed"));
  set_state (project, id, LAM_LABEL_FLAGGED);
  project_stroke (project, other, 20.5, 20.5, 5.5);
  project_wait (project);
  g_assert_cmpuint (project_label_at (project, 20, 20, 5), ==, other);
  undo (project);
  undo (project);
  assert_state (project, id, LAM_LABEL_COMPLETED);
}

/* --- verifying ------------------------------------------------------------ */

static int64_t
verify (Project *project, const uint32_t *ids, size_t n)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GAsyncResult) result = NULL;
  int64_t n_voxels = -1;
  lam_workspace_verify_labels_async (
      project->workspace, ids, n, NULL, project_keep_result, &result);
  g_assert_true (lam_workspace_verify_labels_finish (
      project->workspace, project_run_until (&result), &n_voxels, &error));
  g_assert_no_error (error);
  return n_voxels;
}

static uint16_t
source_at (Project *project, int64_t x)
{
  const int64_t voxel[3] = { x, 0, 0 };
  g_assert_true (project_label_at (project, x, 0, 0) > 0);
  return lam_workspace_probe (project->workspace, voxel).source;
}

/* Three voxels: of a file, of a person, of another label of the file. */
static void
write_imported (Project *project, uint32_t id, uint32_t other)
{
  GError *error = NULL;
  LamStore *store = lam_store_open (project->project, &error);
  g_assert_no_error (error);
  LamBulkEdit *bulk = lam_store_begin_bulk (store, "import", &error);
  g_autoptr (LamLabelBrick) brick = lam_label_brick_new_cleared ();
  uint32_t *labels = lam_label_brick_write_labels (brick);
  uint16_t *sources = lam_label_brick_write_sources (brick);
  labels[0] = labels[1] = id;
  labels[2] = other;
  sources[0] = sources[2] = LAM_SOURCE_IMPORTED;
  sources[1] = LAM_SOURCE_HUMAN;
  lam_label_brick_settle (brick);
  g_assert_true (
      lam_bulk_edit_write (bulk, (LamBrickKey){ 0, 0, 0 }, brick, &error));
  lam_history_row_free (lam_bulk_edit_end (bulk, NULL, NULL, "", &error));
  g_assert_no_error (error);
  g_assert_true (lam_store_close (store, &error));
  g_object_unref (store);
}

/* It lies where it changed something, not all over the bricks. */
static void
assert_newest_box (Project *project, LamBox wanted)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) rows = lam_store_read_history (
      lam_workspace_get_store (project->workspace), 0, 1, false, &error);
  g_assert_no_error (error);
  const LamHistoryRow *row = rows->pdata[0];
  g_assert_cmpmem (&row->box, sizeof row->box, &wanted, sizeof wanted);
}

/* One edit: completed, and its voxels accepted but for a person's own. A lock
 * does not hinder it. */
static void
test_verify (Project *project, gconstpointer unused)
{
  g_autoptr (GError) error = NULL;
  uint32_t id = project_add_label (project, 1);
  uint32_t other = project_add_label (project, 1);
  LamLabel locked = *project_row (project, id);
  locked.locked = true;
  g_assert_true (lam_workspace_set_label (project->workspace, &locked, &error));
  project_close (project);
  write_imported (project, id, other);
  project->workspace = project_open (project->project, 0);
  g_assert_cmpint (verify (project, &id, 1), ==, 1);
  assert_newest_box (project, lam_box_new (0, 0, 0, 1, 1, 1));
  assert_state (project, id, LAM_LABEL_COMPLETED);
  assert_state (project, other, LAM_LABEL_NOT_STARTED);
  g_assert_cmpuint (source_at (project, 0), ==, LAM_SOURCE_ACCEPTED);
  g_assert_cmpuint (source_at (project, 1), ==, LAM_SOURCE_HUMAN);
  g_assert_cmpuint (source_at (project, 2), ==, LAM_SOURCE_IMPORTED);
  g_assert_cmpint (verify (project, &id, 1), ==, 0);
  project_assert_clean (project);
  undo (project);
  assert_state (project, id, LAM_LABEL_NOT_STARTED);
  g_assert_cmpuint (source_at (project, 0), ==, LAM_SOURCE_IMPORTED);
}

/* What is said of a label while it is being verified comes on top, and leaves
 * it completed; and a person may take that back at once. */
static void
test_changed_meanwhile (Project *project, gconstpointer unused)
{
  g_autoptr (GError) error = NULL;
  const uint32_t ids[] = { project_add_label (project, 1),
    project_add_label (project, 1) };
  project_wait (project);
  g_autoptr (GAsyncResult) result = NULL;
  lam_workspace_verify_labels_async (project->workspace, ids,
      G_N_ELEMENTS (ids), NULL, project_keep_result, &result);
  LamLabel row = *project_row (project, ids[0]);
  row.name = (char *)"renamed";
  row.group = (char *)"left";
  g_assert_true (lam_workspace_set_label (project->workspace, &row, &error));
  row = *project_row (project, ids[1]);
  row.state = LAM_LABEL_FLAGGED;
  g_assert_true (lam_workspace_set_label (project->workspace, &row, &error));
  g_assert_true (lam_workspace_verify_labels_finish (
      project->workspace, project_run_until (&result), NULL, &error));
  g_clear_object (&result);
  project_wait (project);
  for (int i = 0; i < 2; i++) {
    assert_state (project, ids[0], LAM_LABEL_COMPLETED);
    assert_state (project, ids[1], LAM_LABEL_FLAGGED);
    g_assert_cmpstr (project_row (project, ids[0])->name, ==, "renamed");
    g_assert_cmpstr (project_row (project, ids[0])->group, ==, "left");
    project_close (project);
    project->workspace = project_open (project->project, 0);
  }
  project_assert_clean (project);
}

/* --- groups --------------------------------------------------------------- */

static void
test_groups (Project *project, gconstpointer unused)
{
  g_autoptr (GError) error = NULL;
  uint32_t ids[4];
  for (int i = 0; i < 4; i++)
    ids[i] = project_add_label (project, 1);
  set_group (project, ids[0], " a / left");
  set_group (project, ids[1], "a");
  set_group (project, ids[2], "ab");
  g_assert_cmpstr (project_row (project, ids[0])->group, ==, "a/left");
  g_autoptr (GArray) in_a = lam_workspace_list_group (project->workspace, "a");
  g_assert_cmpuint (in_a->len, ==, 2);
  g_assert_true (
      lam_workspace_rename_group (project->workspace, "a", "x/y", &error));
  g_assert_cmpstr (project_row (project, ids[0])->group, ==, "x/y/left");
  g_assert_cmpstr (project_row (project, ids[1])->group, ==, "x/y");
  g_assert_cmpstr (project_row (project, ids[2])->group, ==, "ab");
  g_assert_null (project_row (project, ids[3])->group);
  undo (project);
  g_assert_cmpstr (project_row (project, ids[0])->group, ==, "a/left");
  g_assert_cmpstr (project_row (project, ids[1])->group, ==, "a");
  g_assert_false (
      lam_workspace_rename_group (project->workspace, "none", "b", &error));
  g_assert_error (error, LAM_ERROR, LAM_ERROR_MISSING);
  g_clear_error (&error);
  /* A row with a group that is not clean is refused by whatever verb. */
  LamLabel row = *project_row (project, ids[3]);
  row.group = (char *)"a//b";
  g_assert_false (lam_workspace_set_label (project->workspace, &row, &error));
  g_assert_error (error, LAM_ERROR, LAM_ERROR_INPUT);
}

/* --- finding -------------------------------------------------------------- */

static void
assert_found (Project *project, const char *text, LamLabelKey key,
    bool is_descending, const char *expected)
{
  g_autoptr (GListModel) model = lam_label_model_new (project->workspace);
  g_autoptr (GString) found = g_string_new (NULL);
  LamLabelOrder order = { text, -1, key, is_descending };
  lam_label_model_set_order (model, &order, NULL);
  for (guint i = 0; i < g_list_model_get_n_items (model); i++)
    g_string_append_printf (found, "%u ", lam_label_model_get_id (model, i));
  g_assert_cmpstr (found->str, ==, expected);
}

static void
test_search (Project *project, gconstpointer unused)
{
  static const struct {
    LamLabelState state;
    const char *group;
  } rows[] = { { LAM_LABEL_COMPLETED, "b" },
    { LAM_LABEL_FLAGGED, "a/left side" }, { LAM_LABEL_NOT_STARTED, "" },
    { LAM_LABEL_IN_PROGRESS, "a" } };
  for (size_t i = 0; i < G_N_ELEMENTS (rows); i++) {
    uint32_t id = project_add_label (project, 1);
    g_assert_cmpuint (id, ==, i + 1);
    set_group (project, id, rows[i].group);
    set_state (project, id, rows[i].state);
  }
  static const struct {
    const char *text, *expected;
  } cases[] = { { "state:flagged", "2 " }, { "state:FLAG", "2 " },
    { "state:in-progress", "4 " }, { "state:\"in prog\"", "4 " },
    { "state:", "1 2 3 4 " }, { "state:none", "" }, { "group:a", "2 4 " },
    { "group:/a/", "2 4 " }, { "group:left", "2 " },
    { "group:\"left s\"", "2 " }, { "group:eft", "" },
    { "group:\"/a/left side/\"", "2 " }, { "group:/left", "" },
    { "cell 2 group:a", "2 " }, { "group:a state:in-progress", "4 " },
    { "cell 1", "1 " } };
  for (size_t i = 0; i < G_N_ELEMENTS (cases); i++)
    assert_found (
        project, cases[i].text, LAM_LABEL_BY_ID, false, cases[i].expected);
  assert_found (project, "", LAM_LABEL_BY_STATE, false, "3 4 1 2 ");
  assert_found (project, "", LAM_LABEL_BY_STATE, true, "2 1 4 3 ");
  assert_found (project, "", LAM_LABEL_BY_GROUP, false, "4 2 1 3 ");
}

/* Labels 1 to n, all of one class. */
static void
write_labels (Project *project, int n)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (LamStore) store = lam_store_open (project->project, &error);
  g_assert_no_error (error);
  g_autoptr (LamEdit) edit = lam_edit_new ("label");
  g_autoptr (GPtrArray) rows =
      g_ptr_array_new_with_free_func ((GDestroyNotify)lam_row_change_free);
  for (int i = 1; i <= n; i++) {
    const LamLabel row = {
      .id = (uint32_t)i, .name = (char *)"", .class_id = 1, .rgb = LAM_RGB_AUTO
    };
    g_ptr_array_add (rows, lam_row_change_new_label (NULL, &row));
  }
  lam_store_commit_async (store, edit, rows, "", project_keep_result, &result);
  lam_history_row_free (
      lam_store_commit_finish (store, project_run_until (&result), &error));
  g_assert_no_error (error);
  g_assert_true (lam_store_close (store, NULL));
}

static double
find_thread_seconds (void)
{
  struct timespec now;
  clock_gettime (CLOCK_THREAD_CPUTIME_ID, &now);
  return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* All labels, again before the undo is done: the window's thread does not look
 * at each for each. */
static void
test_many_behind_undo (Project *project, gconstpointer unused)
{
  enum { N = 30000 };
  g_autofree uint32_t *ids = g_new (uint32_t, N);
  g_autoptr (GError) error = NULL;
  project_close (project);
  write_labels (project, N);
  project->workspace = project_open (project->project, 0);
  for (uint32_t i = 0; i < N; i++)
    ids[i] = i + 1;
  lam_workspace_set_label_states (
      project->workspace, ids, N, LAM_LABEL_COMPLETED, &error);
  project_wait (project);
  const double start = find_thread_seconds ();
  lam_workspace_undo (project->workspace);
  lam_workspace_set_label_states (
      project->workspace, ids, N, LAM_LABEL_IN_PROGRESS, &error);
  g_assert_no_error (error);
  project_wait (project);
  const double seconds = find_thread_seconds () - start;
  g_test_message ("%d labels: %.3f s", N, seconds);
  g_assert_cmpfloat (seconds, <, 1.5);
  assert_state (project, N, LAM_LABEL_IN_PROGRESS);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  static const struct {
    const char *name;
    void (*test) (Project *, gconstpointer);
  } tests[] = {
    { "first-stroke", test_first_stroke },
    { "named-meanwhile", test_named_meanwhile },
    { "empty-stroke", test_empty_stroke },
    { "shape", test_shape },
    { "completed", test_completed },
    { "verify", test_verify },
    { "changed-meanwhile", test_changed_meanwhile },
    { "groups", test_groups },
    { "search", test_search },
    { "many-behind-undo", test_many_behind_undo },
  };
  for (size_t i = 0; i < G_N_ELEMENTS (tests); i++) {
    g_autofree char *name = g_strconcat ("/proofreading/", tests[i].name, NULL);
    g_test_add (
        name, Project, NULL, project_set_up, tests[i].test, project_tear_down);
  }
  return g_test_run ();
}
