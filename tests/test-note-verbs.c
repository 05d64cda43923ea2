/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Notes as verbs of the workspace: in order, undone, kept in the file; their
 * list model and their table. */
#include <string.h>

#include "project-fixture.h"
#include "workspace/merging.h"
#include "workspace/models.h"
#include "workspace/notes.h"
#include "workspace/regions.h"

static int32_t
add (Project *project, const char *kind, const char *text, double x)
{
  g_autoptr (GError) error = NULL;
  double at[3] = { x, 20.5, 30.5 };
  const LamNote note = {
    .kind = (char *)kind, .text = (char *)text, .corners = at, .n_corners = 1
  };
  int32_t id = lam_workspace_add_note (project->workspace, &note, &error);
  g_assert_no_error (error);
  return id;
}

static const LamNote *
get (Project *project, int32_t id)
{
  return lam_note_list_get (lam_workspace_get_notes (project->workspace), id);
}

static void
set_text (Project *project, int32_t id, const char *text)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (LamNote) note = lam_note_copy (get (project, id));
  g_free (note->text);
  note->text = g_strdup (text);
  lam_workspace_set_note (project->workspace, note, &error);
  g_assert_no_error (error);
}

static LamHistoryRow *
read_newest (Project *project)
{
  g_autoptr (GPtrArray) rows = lam_store_read_history (
      lam_workspace_get_store (project->workspace), 0, 1, false, NULL);
  return g_ptr_array_steal_index (rows, 0);
}

static void
count_cb (LamWorkspace *workspace, int *n)
{
  ++*n;
}

static void
test_verbs (Project *project, gconstpointer unused)
{
  LamWorkspace *workspace = project->workspace;
  int n_changes = 0;
  g_signal_connect (
      workspace, "notes-changed", G_CALLBACK (count_cb), &n_changes);
  g_assert_cmpint (add (project, "synapse", "α", 10.25), ==, 1);
  g_assert_cmpint (add (project, LAM_NOTE_BOOKMARK, "here", 50), ==, 2);
  g_assert_true (*get (project, 1)->author);
  g_assert_cmpint (get (project, 1)->time, >, 0);
  set_text (project, 1, "β");
  g_assert_cmpint (n_changes, ==, 3);
  set_text (project, 1, "β"); /* nothing new: no edit */
  g_assert_cmpint (n_changes, ==, 3);
  project_wait (project);
  g_autoptr (LamHistoryRow) row = read_newest (project);
  const LamBox expected = { { 10, 20, 30 }, { 11, 21, 31 } };
  g_assert_cmpint (row->id, ==, 3);
  g_assert_cmpstr (row->tool, ==, "note");
  g_assert_cmpstr (row->detail, ==, "Changed note: Synapse “β”");
  g_assert_nonnull (strstr (row->detail, "β"));
  g_assert_true (lam_box_equal (&row->box, &expected));

  lam_workspace_undo (workspace);
  /* Made while the undo is on its way, it comes after it. */
  set_text (project, 2, "there");
  project_wait (project);
  g_assert_cmpstr (get (project, 1)->text, ==, "α");
  g_assert_cmpstr (get (project, 2)->text, ==, "there");
  g_assert_true (lam_workspace_remove_note (workspace, 1, NULL));
  project_wait (project);
  g_assert_null (get (project, 1));
  lam_workspace_undo (workspace);
  project_wait (project);
  g_assert_cmpfloat (get (project, 1)->corners[0], ==, 10.25);

  project_close (project);
  project->workspace = project_open (project->project, 0);
  g_assert_cmpuint (
      lam_note_list_get_n (lam_workspace_get_notes (project->workspace)), ==,
      2);
  g_assert_cmpstr (get (project, 2)->text, ==, "there");
  project_assert_clean (project);
}

/* Undone while a change of the note waits: the change makes it again. */
static void
test_change_of_undone (Project *project, gconstpointer unused)
{
  add (project, "synapse", "α", 0);
  project_wait (project);
  lam_workspace_undo (project->workspace);
  set_text (project, 1, "β");
  project_wait (project);
  g_assert_cmpstr (get (project, 1)->text, ==, "β");
  lam_workspace_undo (project->workspace);
  g_assert_true (lam_workspace_remove_note (project->workspace, 1, NULL));
  project_wait (project);
  g_assert_null (get (project, 1));
  project_assert_clean (project);
}

static void
test_refused (Project *project, gconstpointer unused)
{
  g_autoptr (GError) error = NULL;
  double at[3] = { PROJECT_X + 1, 0, 0 };
  LamNote note = { .kind = (char *)"synapse", .corners = at, .n_corners = 1 };
  g_assert_cmpint (
      lam_workspace_add_note (project->workspace, &note, &error), ==, 0);
  g_assert_error (error, LAM_ERROR, LAM_ERROR_INPUT);
  g_clear_error (&error);
  g_assert_false (lam_workspace_remove_note (project->workspace, 1, &error));
  g_assert_error (error, LAM_ERROR, LAM_ERROR_MISSING);
  g_clear_error (&error);
  add (project, "synapse", "", 1);
  note.id = 1;
  g_assert_false (lam_workspace_set_note (project->workspace, &note, &error));
  g_assert_error (error, LAM_ERROR, LAM_ERROR_INPUT);
}

/* Another's notes and regions come with their numbers: until they are there,
 * nobody gives out the same ones. */
static void
test_merge_meanwhile (Project *project, gconstpointer unused)
{
  g_autoptr (GError) error = NULL;
  g_auto (LamMergeReport) report = { 0 };
  const LamRegion region = { .name = (char *)"r",
    .box = { .max = { 9, 9, 9 } } };
  double at[3] = { 1, 2, 3 };
  const LamNote note = { .kind = (char *)"synapse",
    .text = (char *)"mine",
    .corners = at,
    .n_corners = 1 };
  project_close (project);
  g_autofree char *copy = g_build_filename (project->folder, "b.lamella", NULL);
  g_autoptr (GFile) from = g_file_new_for_path (project->project);
  g_autoptr (GFile) to = g_file_new_for_path (copy);
  g_assert_true (g_file_copy (from, to, 0, NULL, NULL, NULL, NULL));
  project->workspace = project_open (copy, 0);
  add (project, "synapse", "theirs", 10);
  project_wait (project);
  project_close (project);

  project->workspace = project_open (project->project, 0);
  g_autoptr (GAsyncResult) result = NULL;
  lam_workspace_merge_async (project->workspace, copy, NULL, LAM_MERGE_APPLIES,
      NULL, project_keep_result, &result);
  g_assert_cmpint (
      lam_workspace_add_note (project->workspace, &note, &error), ==, 0);
  g_assert_error (error, LAM_ERROR, LAM_ERROR_READ_ONLY);
  g_clear_error (&error);
  g_assert_cmpint (
      lam_workspace_add_region (project->workspace, &region, &error), ==, 0);
  g_assert_error (error, LAM_ERROR, LAM_ERROR_READ_ONLY);
  g_clear_error (&error);
  g_assert_true (lam_workspace_merge_finish (
      project->workspace, project_run_until (&result), &report, &error));
  g_assert_cmpint (add (project, "synapse", "mine", 20), ==, 2);
  project_wait (project);
  g_assert_cmpstr (get (project, 1)->text, ==, "theirs");
  project_assert_clean (project);
}

static void
test_remove_many (Project *project, gconstpointer unused)
{
  g_autoptr (GArray) ids = g_array_new (false, false, sizeof (int32_t));
  for (int i = 0; i < 5; i++) {
    int32_t id = add (project, "vesicle", "", i);
    if (i != 2)
      g_array_append_val (ids, id);
  }
  const int32_t twice = 1;
  g_array_append_val (ids, twice);
  g_assert_true (lam_workspace_remove_notes (project->workspace, ids, NULL));
  project_wait (project);
  LamNoteList *notes = lam_workspace_get_notes (project->workspace);
  g_assert_cmpuint (lam_note_list_get_n (notes), ==, 1);
  lam_workspace_undo (project->workspace);
  project_wait (project);
  g_assert_cmpuint (lam_note_list_get_n (notes), ==, 5);
  project_assert_clean (project);
}

static void
test_model (Project *project, gconstpointer unused)
{
  add (project, "synapse", "Große Frage", 1);
  add (project, LAM_NOTE_QUESTION, "is it one?", 2);
  add (project, "synapse", "", 3);
  GListModel *model = lam_note_model_new (project->workspace);
  g_assert_cmpuint (g_list_model_get_n_items (model), ==, 3);
  lam_note_model_set_filter (model, "synapse", "");
  g_assert_cmpuint (g_list_model_get_n_items (model), ==, 2);
  g_assert_cmpint (lam_note_model_get_id (model, 1), ==, 3);
  g_assert_cmpuint (lam_note_model_find (model, 2), ==, G_MAXUINT);
  lam_note_model_set_filter (model, NULL, "FRAGE");
  g_assert_cmpuint (g_list_model_get_n_items (model), ==, 1);
  lam_note_model_set_filter (model, NULL, "question");
  g_assert_cmpint (lam_note_model_get_id (model, 0), ==, 2);
  lam_note_model_set_filter (model, NULL, "");
  LamNoteItem *item = g_list_model_get_item (model, 1);
  int n_changes = 0;
  g_signal_connect (item, "changed", G_CALLBACK (count_cb), &n_changes);
  set_text (project, 2, "it is");
  g_assert_cmpint (n_changes, >, 0);
  g_assert_cmpstr (lam_note_item_get_row (item)->text, ==, "it is");
  /* Lengths are other ones then. */
  n_changes = 0;
  g_assert_true (lam_workspace_set_voxel_size_nm (
      project->workspace, (const double[3]){ 5, 5, 40 }, NULL));
  g_assert_cmpint (n_changes, >, 0);
  lam_workspace_remove_note (project->workspace, 2, NULL);
  g_assert_null (lam_note_item_get_row (item));
  g_assert_cmpuint (g_list_model_get_n_items (model), ==, 2);
  g_object_unref (item);
  g_assert_finalize_object (G_OBJECT (model));
}

static void
exported_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;
  g_assert_true (lam_workspace_export_notes_finish (result, &error));
  g_assert_no_error (error);
  *(bool *)user_data = true;
}

static void
test_table (Project *project, gconstpointer unused)
{
  g_autoptr (GError) error = NULL;
  double corners[] = { 10, 20, 30, 13, 24, 30 };
  const LamNote distance = { .kind = (char *)LAM_NOTE_DISTANCE,
    .text = (char *)"=cmd|' /C'!A0, \"x\"",
    .corners = corners,
    .n_corners = 2 };
  lam_workspace_add_note (project->workspace, &distance, &error);
  g_assert_no_error (error);
  add (project, "my, own", "two\nlines", 0.1);
  g_autofree char *path = g_build_filename (project->folder, "notes.csv", NULL);
  bool is_done = false;
  lam_workspace_export_notes_async (
      project->workspace, NULL, path, exported_cb, &is_done);
  while (!is_done)
    g_main_context_iteration (NULL, true);
  g_autofree char *text = NULL;
  g_assert_true (g_file_get_contents (path, &text, NULL, &error));
  g_test_message ("%s", text);
  g_assert_nonnull (
      strstr (text, "\r\n1,distance,\"'=cmd|' /C'!A0, \"\"x\"\"\","));
  g_assert_nonnull (
      strstr (text, ",11.5,22,30,115,220,1200,50,nm,10 20 30; 13 24 30\r\n"));
  g_assert_nonnull (strstr (text, "\r\n2,\"my, own\",\"two\nlines\","));
  g_assert_nonnull (
      strstr (text, ",0.1,20.5,30.5,1,205,1220,,,0.1 20.5 30.5\r\n"));
}

/* A project that does not know how large its voxels are says nothing in nm. */
static void
test_table_in_voxels (void)
{
  double corners[] = { 10, 20, 30, 13, 24, 30, 10, 24, 30 };
  LamNote notes[] = { { .kind = (char *)LAM_NOTE_DISTANCE, .n_corners = 2 },
    { .kind = (char *)LAM_NOTE_AREA, .n_corners = 3 },
    { .kind = (char *)LAM_NOTE_ANGLE, .n_corners = 3 },
    { .kind = (char *)"synapse", .n_corners = 1 } };
  static const char *const expected[] = { "11.5,22,30,,,,5,voxels,10 ",
    ",,,,6,voxels2,10 ", ",degrees,10 ", "10,20,30,,,,,,10 20 30\r\n" };
  g_autoptr (GPtrArray) all = g_ptr_array_new ();
  for (size_t i = 0; i < G_N_ELEMENTS (notes); i++) {
    notes[i].id = (int32_t)i + 1;
    notes[i].corners = corners;
    notes[i].text = notes[i].author = (char *)"";
    g_ptr_array_add (all, &notes[i]);
  }
  g_autofree char *text = lam_notes_to_csv (all, NULL);
  g_test_message ("%s", text);
  for (size_t i = 0; i < G_N_ELEMENTS (expected); i++)
    g_assert_nonnull (strstr (text, expected[i]));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name, function) \
  g_test_add ("/note-verbs/" name, Project, NULL, project_set_up, function, \
      project_tear_down)
  ADD ("verbs", test_verbs);
  ADD ("change-of-undone", test_change_of_undone);
  ADD ("refused", test_refused);
  ADD ("merge-meanwhile", test_merge_meanwhile);
  ADD ("remove-many", test_remove_many);
  ADD ("model", test_model);
  ADD ("table", test_table);
  g_test_add_func ("/note-verbs/table-in-voxels", test_table_in_voxels);
  return g_test_run ();
}
