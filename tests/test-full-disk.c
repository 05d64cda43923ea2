/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* A project on a disk that fills up, in a folder that cannot be written, made
 * by a newer program, or replaced while it is open: what a person painted is
 * still there, and the message says what to do. */
#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "project-fixture.h"

static void
fill (const char *path)
{
  int fd = open (path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
  g_assert_cmpint (fd, >=, 0);
  g_autofree char *zeros = g_malloc0 (4096);
  while (write (fd, zeros, 4096) > 0)
    ;
  close (fd);
}

/* Strokes of many labels, which do not compress to nothing. */
static void
paint_much (Project *project, int n)
{
  for (int i = 0; i < n; i++)
    project_stroke (project, 1 + (uint32_t)i % 4, 10.5 + 17 * (i % 11),
        10.5 + 13 * (i / 11 % 9), i % PROJECT_Z + 0.5);
}

static void
test_full_disk (Project *project, gconstpointer unused)
{
  g_autoptr (GError) error = NULL;
  project_close (project);
  if (mount ("lamella", project->folder, "tmpfs", 0, "size=512k") != 0) {
    g_autofree char *why =
        g_strdup_printf ("no tmpfs can be mounted: %s", g_strerror (errno));
    g_test_skip (why);
    return;
  }
  project_create (project->project);
  project->workspace = project_open (project->project, 0);
  for (int i = 0; i < 4; i++)
    project_add_label (project, 2);
  project_wait (project);
  g_autofree char *ballast =
      g_build_filename (project->folder, "ballast", NULL);
  fill (ballast);
  paint_much (project, 60);
  g_assert_false (lam_workspace_wait (project->workspace, NULL, &error));
  g_assert_error (error, LAM_ERROR, LAM_ERROR_IO);
  g_assert_nonnull (strstr (error->message, "full"));
  g_assert_nonnull (strstr (error->message, project->project));
  g_assert_cmpint (
      lam_workspace_get_save_state (project->workspace), ==, LAM_SAVE_FAILED);
  int n_unsaved = lam_workspace_get_n_unsaved (project->workspace);
  g_assert_cmpint (n_unsaved, >, 0);
  g_clear_error (&error);
  /* More paint, another try, a copy onto the same disk: all in vain, but
   * nothing is lost. */
  project_stroke (project, 2, 150.5, 120.5, 3.5);
  lam_workspace_retry_save (project->workspace);
  g_assert_false (lam_workspace_wait (project->workspace, NULL, NULL));
  g_autofree char *copy =
      g_build_filename (project->folder, "copy.lamella", NULL);
  g_autoptr (GAsyncResult) result = NULL;
  lam_workspace_save_copy_async (
      project->workspace, copy, NULL, project_keep_result, &result);
  g_assert_false (lam_workspace_save_copy_finish (
      project->workspace, project_run_until (&result), NULL));
  g_assert_false (g_file_test (copy, G_FILE_TEST_EXISTS));
  g_assert_false (lam_workspace_close (project->workspace, false, NULL));
  g_assert_cmpint (
      lam_workspace_get_n_unsaved (project->workspace), ==, n_unsaved + 1);
  g_clear_object (&result);

  g_unlink (ballast);
  lam_workspace_retry_save (project->workspace);
  project_wait (project);
  g_assert_cmpint (
      lam_workspace_get_save_state (project->workspace), ==, LAM_SAVE_SAVED);
  project_close (project);
  project->workspace = project_open (project->project, 0);
  g_assert_cmpuint (project_label_at (project, 150, 120, 3), ==, 2);
  for (int i = 0; i < 60; i++)
    g_assert_cmpuint (project_label_at (project, 10 + 17 * (i % 11),
                          10 + 13 * (i / 11 % 9), i % PROJECT_Z),
        ==, 1 + (uint32_t)i % 4);
  project_assert_clean (project);
  project_close (project);
  umount2 (project->folder, MNT_DETACH);
}

static void
note_message (LamWorkspace *workspace, const char *text, gpointer user_data)
{
  char **out = user_data;
  g_free (*out);
  *out = g_strdup (text);
}

static void
test_replaced (Project *project, gconstpointer unused)
{
  g_autofree char *message = NULL;
  g_autoptr (GError) error = NULL;
  uint32_t label = project_add_label (project, 2);
  project_wait (project);
  g_signal_connect (
      project->workspace, "message", G_CALLBACK (note_message), &message);
  g_assert_true (
      g_file_set_contents (project->project, "another file", -1, NULL));
  g_unlink (project->project);
  g_assert_true (
      g_file_set_contents (project->project, "another file", -1, NULL));
  project_stroke (project, label, 20.5, 20.5, 3.5);
  g_assert_false (lam_workspace_wait (project->workspace, NULL, &error));
  g_assert_error (error, LAM_ERROR, LAM_ERROR_MOVED);
  while (!message)
    g_main_context_iteration (NULL, true);
  g_assert_nonnull (strstr (message, "save a copy"));
  g_assert_cmpuint (project_label_at (project, 20, 20, 3), ==, label);
  lam_workspace_undo (project->workspace);
  g_assert_nonnull (strstr (message, "save a copy first, then undo"));
  g_assert_true (lam_workspace_close (project->workspace, true, NULL)
      || lam_workspace_get_n_unsaved (project->workspace) == 1);
  g_autofree char *text = NULL;
  g_file_get_contents (project->project, &text, NULL, NULL);
  g_assert_cmpstr (text, ==, "another file"); /* not ours to write to */
  g_assert_finalize_object (project->workspace);
  project->workspace = NULL;
}

static void
test_newer (Project *project, gconstpointer unused)
{
  project_close (project);
  sqlite3 *db;
  g_assert_cmpint (sqlite3_open (project->project, &db), ==, SQLITE_OK);
  g_assert_cmpint (
      sqlite3_exec (db, "PRAGMA user_version=999", NULL, NULL, NULL), ==,
      SQLITE_OK);
  sqlite3_close (db);
  g_autoptr (GError) error = NULL;
  g_assert_null (lam_workspace_open (project->project, NULL, NULL, &error));
  g_assert_error (error, LAM_ERROR, LAM_ERROR_NEWER);
  g_assert_nonnull (strstr (error->message, project->project));
}

static void
test_read_only_folder (Project *project, gconstpointer unused)
{
  if (geteuid () == 0) {
    /* Nothing stops root but a file system that is mounted so. */
    project_close (project);
    if (mount (project->folder, project->folder, NULL, MS_BIND, NULL) != 0
        || mount (NULL, project->folder, NULL, MS_REMOUNT | MS_BIND | MS_RDONLY,
               NULL)
            != 0) {
      g_test_skip ("root can write everywhere, and may not mount here");
      return;
    }
  } else {
    project_close (project);
    g_chmod (project->folder, 0500);
  }
  project->workspace = project_open (project->project, 0);
  const char *reason = lam_workspace_get_read_only_reason (project->workspace);
  g_assert_nonnull (reason);
  LamBrush brush = { .radius_nm = 50, .depth = 1 };
  g_autoptr (GError) error = NULL;
  g_assert_false (lam_workspace_begin_stroke (
      project->workspace, "eraser", &brush, &error));
  g_assert_error (error, LAM_ERROR, LAM_ERROR_READ_ONLY);
  project_close (project);
  if (geteuid () == 0)
    umount2 (project->folder, MNT_DETACH);
  else
    g_chmod (project->folder, 0700);
}

#define ADD(name, function) \
  g_test_add ("/full-disk/" name, Project, NULL, project_set_up, function, \
      project_tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("full", test_full_disk);
  ADD ("replaced", test_replaced);
  ADD ("newer", test_newer);
  ADD ("read-only-folder", test_read_only_folder);
  return g_test_run ();
}
