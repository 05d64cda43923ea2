/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "app/sample.h"

#include <glib/gi18n-lib.h>

#include "app/message-dialog.h"
#include "app/progress-dialog.h"
#include "workspace/sample.h"

typedef struct {
  char *path; /* Owned */
  LamProgress *progress; /* Owned */
  LamProgressDialog *dialog; /* Owned */
} Making;

static void
making_free (gpointer data)
{
  Making *making = data;
  g_free (making->path);
  lam_progress_unref (making->progress);
  g_free (making);
}

static void
make_in_thread (
    GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  Making *making = data;
  GError *error = NULL;
  if (lam_sample_make (making->path, making->progress, &error))
    g_task_return_boolean (task, true);
  else
    g_task_return_error (task, error);
}

static void
made_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  LamWindow *window = LAM_WINDOW (source);
  Making *making = g_task_get_task_data (G_TASK (result));
  g_autoptr (GError) error = NULL;
  lam_progress_dialog_close (making->dialog);
  if (g_task_propagate_boolean (G_TASK (result), &error))
    lam_window_open (window, making->path);
  else if (!lam_progress_is_cancelled (making->progress))
    lam_message_present (GTK_WINDOW (window),
        _ ("The sample could not be made"), error->message);
}

void
lam_sample_open (LamWindow *window)
{
  g_return_if_fail (LAM_IS_WINDOW (window));
  Making *making = g_new0 (Making, 1);
  making->path = lam_sample_dup_path ();
  making->progress = lam_progress_new ();
  making->dialog = lam_progress_dialog_new (
      GTK_WINDOW (window), _ ("Making the sample"), making->progress);
  g_autoptr (GTask) task = g_task_new (window, NULL, made_cb, NULL);
  g_task_set_task_data (task, making, making_free);
  g_task_run_in_thread (task, make_in_thread);
}
