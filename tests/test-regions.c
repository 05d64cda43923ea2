/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Regions as verbs of the workspace: in order, undone, kept in the file. */
#include "project-fixture.h"
#include "labels/note.h"
#include "workspace/regions.h"

static LamRegion
region_of (const char *name, int64_t x)
{
  return (LamRegion){ .name = (char *)name,
    .box = lam_box_new (x, 0, 0, x + 10, 20, 30),
    .role = LAM_REGION_TRAIN };
}

static int32_t
add (Project *project, const char *name, int64_t x)
{
  g_autoptr (GError) error = NULL;
  LamRegion region = region_of (name, x);
  int32_t id = lam_workspace_add_region (project->workspace, &region, &error);
  g_assert_no_error (error);
  return id;
}

static void
review (Project *project, int32_t id, LamReview verdict)
{
  g_autoptr (GError) error = NULL;
  LamRegion region = *lam_workspace_get_region (project->workspace, id);
  region.review = verdict;
  lam_workspace_set_region (project->workspace, &region, &error);
  g_assert_no_error (error);
}

static LamReview
review_of (Project *project, int32_t id)
{
  return lam_workspace_get_region (project->workspace, id)->review;
}

static void
count_cb (LamWorkspace *workspace, int *n)
{
  ++*n;
}

static void
test_verbs (Project *project, gconstpointer unused)
{
  g_autoptr (GError) error = NULL;
  LamWorkspace *workspace = project->workspace;
  int n_changes = 0;
  g_signal_connect (
      workspace, "regions-changed", G_CALLBACK (count_cb), &n_changes);
  g_assert_cmpint (add (project, "α", 0), ==, 1);
  g_assert_cmpint (add (project, "b", 50), ==, 2);
  review (project, 1, LAM_REVIEW_VERIFIED);
  g_assert_cmpint (n_changes, ==, 3);
  project_wait (project);
  lam_workspace_undo (workspace);
  /* Made while the undo is on its way, it comes after it. */
  review (project, 2, LAM_REVIEW_FLAGGED);
  project_wait (project);
  g_assert_cmpint (review_of (project, 1), ==, LAM_REVIEW_NOT_STARTED);
  g_assert_cmpint (review_of (project, 2), ==, LAM_REVIEW_FLAGGED);
  g_assert_true (lam_workspace_remove_region (workspace, 1, &error));
  g_assert_null (lam_workspace_get_region (workspace, 1));
  project_wait (project);
  lam_workspace_undo (workspace);
  project_wait (project);
  g_assert_cmpstr (lam_workspace_get_region (workspace, 1)->name, ==, "α");

  project_close (project);
  project->workspace = project_open (project->project, 0);
  g_assert_cmpint (lam_workspace_get_n_regions (project->workspace), ==, 2);
  const LamRegion *row = lam_workspace_get_nth_region (project->workspace, 1);
  LamRegion expected = region_of ("b", 50);
  g_assert_cmpint (row->id, ==, 2);
  g_assert_cmpstr (row->name, ==, "b");
  g_assert_cmpint (row->role, ==, LAM_REGION_TRAIN);
  g_assert_cmpint (row->review, ==, LAM_REVIEW_FLAGGED);
  g_assert_true (lam_box_equal (&row->box, &expected.box));
  project_assert_clean (project);
}

static void
write_note (Project *project, const char *note)
{
  g_autoptr (GError) error = NULL;
  LamRegion region = *lam_workspace_get_region (project->workspace, 1);
  region.note = (char *)note;
  lam_workspace_set_region (project->workspace, &region, &error);
  g_assert_no_error (error);
  project_wait (project);
}

static void
test_note (Project *project, gconstpointer unused)
{
  add (project, "α", 0);
  write_note (project, "dark");
  write_note (project, "dark, torn");
  lam_workspace_undo (project->workspace);
  project_wait (project);
  g_assert_cmpstr (
      lam_workspace_get_region (project->workspace, 1)->note, ==, "dark");
  project_close (project);
  project->workspace = project_open (project->project, 0);
  g_assert_cmpstr (
      lam_workspace_get_region (project->workspace, 1)->note, ==, "dark");
  project_assert_clean (project);
}

static void
test_note_refused (Project *project, gconstpointer unused)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *text = g_strnfill (LAM_NOTE_MAX_TEXT_BYTES + 1, 'a');
  LamRegion region = region_of ("a", 0);
  region.note = text;
  g_assert_cmpint (
      lam_workspace_add_region (project->workspace, &region, &error), ==, 0);
  g_assert_error (error, LAM_ERROR, LAM_ERROR_INPUT);
}

/* Undone while a change of the region waits: the change makes it again. */
static void
test_change_of_undone (Project *project, gconstpointer unused)
{
  add (project, "α", 0);
  project_wait (project);
  lam_workspace_undo (project->workspace);
  review (project, 1, LAM_REVIEW_VERIFIED);
  project_wait (project);
  g_assert_cmpint (review_of (project, 1), ==, LAM_REVIEW_VERIFIED);
  project_assert_clean (project);
  /* And one that is taken away twice is gone. */
  lam_workspace_undo (project->workspace);
  g_assert_true (lam_workspace_remove_region (project->workspace, 1, NULL));
  project_wait (project);
  g_assert_cmpint (lam_workspace_get_n_regions (project->workspace), ==, 0);
  project_assert_clean (project);
}

static void
look_cb (LamWorkspace *workspace, LamReview *seen)
{
  *seen = lam_workspace_get_region (workspace, 1)->review;
}

/* Whoever shows it sees what was said of it last. */
static void
test_change_behind_undo (Project *project, gconstpointer unused)
{
  LamReview seen = LAM_REVIEW_NOT_STARTED;
  add (project, "α", 0);
  review (project, 1, LAM_REVIEW_FLAGGED);
  project_wait (project);
  g_signal_connect (
      project->workspace, "regions-changed", G_CALLBACK (look_cb), &seen);
  lam_workspace_undo (project->workspace);
  review (project, 1, LAM_REVIEW_VERIFIED);
  project_wait (project);
  g_assert_cmpint (review_of (project, 1), ==, LAM_REVIEW_VERIFIED);
  g_assert_cmpint (seen, ==, LAM_REVIEW_VERIFIED);
  g_signal_handlers_disconnect_by_data (project->workspace, &seen);
}

static void
test_refused (Project *project, gconstpointer unused)
{
  g_autoptr (GError) error = NULL;
  LamRegion outside = region_of ("", PROJECT_X - 5);
  g_assert_cmpint (
      lam_workspace_add_region (project->workspace, &outside, &error), ==, 0);
  g_assert_error (error, LAM_ERROR, LAM_ERROR_INPUT);
  g_clear_error (&error);
  LamRegion empty = region_of ("", 5);
  empty.box.max[1] = 0;
  g_assert_cmpint (
      lam_workspace_add_region (project->workspace, &empty, &error), ==, 0);
  g_assert_error (error, LAM_ERROR, LAM_ERROR_INPUT);
  g_clear_error (&error);
  g_assert_false (lam_workspace_remove_region (project->workspace, 1, &error));
  g_assert_error (error, LAM_ERROR, LAM_ERROR_MISSING);
}

/* What was verified is not made to hold what nobody looked at. */
static void
test_verified_box (Project *project, gconstpointer unused)
{
  g_autoptr (GError) error = NULL;
  add (project, "α", 0);
  review (project, 1, LAM_REVIEW_VERIFIED);
  LamRegion region = *lam_workspace_get_region (project->workspace, 1);
  region.box.max[0]++;
  g_assert_false (
      lam_workspace_set_region (project->workspace, &region, &error));
  g_assert_error (error, LAM_ERROR, LAM_ERROR_INPUT);
  g_clear_error (&error);
  region.review = LAM_REVIEW_IN_PROGRESS;
  g_assert_true (
      lam_workspace_set_region (project->workspace, &region, &error));
  region = *lam_workspace_get_region (project->workspace, 1);
  region.box.max[0]++;
  region.review = LAM_REVIEW_VERIFIED;
  g_assert_true (
      lam_workspace_set_region (project->workspace, &region, &error));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name, function) \
  g_test_add ("/regions/" name, Project, NULL, project_set_up, function, \
      project_tear_down)
  ADD ("verbs", test_verbs);
  ADD ("change-of-undone", test_change_of_undone);
  ADD ("change-behind-undo", test_change_behind_undo);
  ADD ("refused", test_refused);
  ADD ("verified-box", test_verified_box);
  ADD ("note", test_note);
  ADD ("note-refused", test_note_refused);
  return g_test_run ();
}
