/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "app/copy-dialog.h"

#include <glib/gi18n-lib.h>

#include "app/form-dialog.h"
#include "app/message-dialog.h"
#include "app/progress-dialog.h"
#include "base/error.h"

typedef struct {
  GtkWindow *parent; /* Owned */
  LamWorkspace *workspace; /* Owned */
  char *path; /* Owned */
  LamProgress *progress; /* Owned */
  LamProgressDialog *dialog; /* Owned */
} Copy;

static void
copy_free (Copy *copy)
{
  lam_progress_dialog_close (copy->dialog);
  lam_progress_unref (copy->progress);
  g_object_unref (copy->workspace);
  g_object_unref (copy->parent);
  g_free (copy->path);
  g_free (copy);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Copy, copy_free)

static void
saved_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Copy) copy = user_data;
  g_autoptr (GError) error = NULL;
  if (!lam_workspace_save_copy_finish (copy->workspace, result, &error)
      && !lam_error_is_cancelled (error))
    lam_message_present (
        copy->parent, _ ("The Copy Was Not Saved"), error->message);
}

static void
chosen_cb (GtkWindow *parent, const char *path, gpointer user_data)
{
  Copy *copy = g_new0 (Copy, 1);
  copy->parent = g_object_ref (parent);
  copy->workspace = g_object_ref (user_data);
  copy->path = g_str_has_suffix (path, ".lamella")
      ? g_strdup (path)
      : g_strconcat (path, ".lamella", NULL);
  copy->progress = lam_progress_new ();
  copy->dialog =
      lam_progress_dialog_new (parent, _ ("Saving a Copy"), copy->progress);
  lam_workspace_save_copy_async (
      copy->workspace, copy->path, copy->progress, saved_cb, copy);
}

void
lam_copy_dialog_present (GtkWindow *parent, LamWorkspace *workspace)
{
  g_return_if_fail (LAM_IS_WORKSPACE (workspace));
  g_autofree char *path = lam_workspace_suggest_project_path (workspace);
  lam_file_question_present (parent,
      &(LamFileQuestion){ .title = _ ("Save a Copy of the Project"),
          .accept = _ ("_Save"),
          .path = path,
          .filter = _ ("Lamella projects"),
          .patterns = "*.lamella",
          .is_save = true },
      chosen_cb, g_object_ref (workspace), g_object_unref);
}
