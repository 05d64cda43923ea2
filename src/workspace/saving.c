/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Whether everything is on disk, and what to do when it is not. */
#include <glib/gi18n-lib.h>

#include "base/error.h"
#include "workspace/error-work.h"
#include "workspace/labelling-private.h"
#include "workspace/painting.h"
#include "workspace/project-models-private.h"
#include "workspace/queue-private.h"

LamSaveState
lam_workspace_get_save_state (LamWorkspace *workspace)
{
  if (!workspace->store)
    return LAM_SAVE_NOTHING;
  if (workspace->save_failed)
    return LAM_SAVE_FAILED;
  return g_queue_is_empty (&workspace->operations) ? LAM_SAVE_SAVED
                                                   : LAM_SAVE_SAVING;
}

const GError *
lam_workspace_get_save_error (LamWorkspace *workspace)
{
  return workspace->save_error;
}

int
lam_workspace_get_n_unsaved (LamWorkspace *workspace)
{
  return (int)g_queue_get_length (&workspace->operations);
}

int64_t
lam_workspace_get_last_saved (LamWorkspace *workspace, int64_t *time)
{
  if (time)
    *time = workspace->last_time;
  return workspace->last_edit;
}

void
lam_workspace_retry_save (LamWorkspace *workspace)
{
  if (workspace->save_failed)
    lam_queue_retry (workspace);
}

/* Nothing goes on before the pen lifts. */
static bool
is_under_the_pen (LamWorkspace *workspace)
{
  return lam_queue_has_open_stroke (workspace)
      && !lam_queue_is_in_flight (workspace);
}

/* Runs the main context until the queue is empty or stands. */
static void
drain (LamWorkspace *workspace)
{
  while (workspace->is_copying
      || (!workspace->save_failed && !is_under_the_pen (workspace)
          && !g_queue_is_empty (&workspace->operations)))
    g_main_context_iteration (NULL, true);
}

bool
lam_workspace_wait (LamWorkspace *workspace, int64_t *edit_id, GError **error)
{
  drain (workspace);
  const GError *problem = workspace->save_failed ? workspace->save_error
                                                 : workspace->operation_error;
  if (problem) {
    g_propagate_error (error, g_error_copy (problem));
    return false;
  }
  if (edit_id)
    *edit_id = workspace->wait_edit;
  return true;
}

static void
keep_position (LamWorkspace *workspace)
{
  g_autoptr (GString) text = g_string_new (NULL);
  for (int i = 0; i < 3; i++) {
    char number[G_ASCII_DTOSTR_BUF_SIZE];
    g_ascii_formatd (number, sizeof number, "%.1f", workspace->position[i]);
    g_string_append_printf (text, "%s%s", i > 0 ? " " : "", number);
  }
  lam_workspace_set_setting (workspace, "position", text->str);
}

bool
lam_workspace_close (LamWorkspace *workspace, bool discard, GError **error)
{
  if (!workspace->store)
    return true;
  /* Events that come while it waits may ask for it again, or drop what they
   * had of it. */
  g_autoptr (LamWorkspace) held = g_object_ref (workspace);
  if (workspace->is_closing) {
    g_set_error_literal (error, LAM_ERROR, LAM_ERROR_READ_ONLY,
        _ ("The project is being closed"));
    return false;
  }
  g_signal_emit_by_name (workspace, "closing");
  lam_queue_cancel_long (workspace);
  if (lam_queue_has_open_stroke (workspace))
    lam_queue_end_stroke (workspace);
  workspace->is_closing = true;
  drain (workspace);
  while (workspace->exports->len > 0 || workspace->n_sendings > 0
      || workspace->is_copying)
    g_main_context_iteration (NULL, true);
  workspace->is_closing = false;
  if (workspace->save_failed && !discard) {
    g_propagate_error (error, g_error_copy (workspace->save_error));
    return false;
  }
  keep_position (workspace);
  lam_labelling_keep_choice (workspace);
  return lam_store_close (workspace->store, error);
}

/* --- saving a copy ------------------------------------------------------ */

typedef struct {
  LamStore *store; /* Owned */
  char *path;
  LamProgress *progress; /* Owned; or NULL */
} CopyRequest;

static void
copy_request_free (gpointer data)
{
  CopyRequest *request = data;
  g_object_unref (request->store);
  g_free (request->path);
  g_clear_pointer (&request->progress, lam_progress_unref);
  g_free (request);
}

static void
copy_in_thread (
    GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  CopyRequest *request = data;
  GError *error = NULL;
  LamStore *copy = lam_store_move_to_copy (
      request->store, request->path, request->progress, &error);
  if (copy)
    g_task_return_pointer (task, copy, g_object_unref);
  else
    g_task_return_error (task, error);
}

static void
close_in_thread (
    GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  lam_store_close (source, NULL);
  g_task_return_boolean (task, true);
}

/* The old file stays as it was; the copy gets what waited. */
static void
go_on_with (LamWorkspace *workspace, LamStore *copy)
{
  g_autoptr (LamStore) old = g_object_ref (workspace->store);
  lam_store_take_settings (copy, old);
  lam_workspace_replace_store (workspace, copy);
  g_autoptr (GTask) closing = g_task_new (old, NULL, NULL, NULL);
  g_task_run_in_thread (closing, close_in_thread);
}

static void
send_held (LamWorkspace *workspace)
{
  lam_error_work_send_held (workspace);
  lam_project_models_send_held (workspace);
}

static void
copied_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  LamWorkspace *workspace = g_task_get_source_object (task);
  GError *error = NULL;
  g_autoptr (LamStore) copy =
      g_task_propagate_pointer (G_TASK (result), &error);
  workspace->is_copying = false;
  if (copy) {
    go_on_with (workspace, copy);
    send_held (workspace);
    lam_queue_retry (workspace);
    g_task_return_boolean (task, true);
  } else {
    send_held (workspace);
    lam_queue_advance (workspace);
    g_task_return_error (task, error);
  }
}

/* While a copy is made nothing else is sent to the store: an edit, a verdict or
 * a network saved between the copy and the moment it takes the old file's place
 * would be in the old one alone. What was said before is in the file first, and
 * an export reads the old file to its end. */
bool
lam_saving_try_copy (LamWorkspace *workspace)
{
  if (!workspace->copy_task || workspace->exports->len > 0
      || workspace->n_sendings > 0)
    return false;
  g_autoptr (GTask) work = g_steal_pointer (&workspace->copy_task);
  workspace->is_copying = true;
  g_task_run_in_thread (work, copy_in_thread);
  return true;
}

void
lam_workspace_save_copy_async (LamWorkspace *workspace, const char *path,
    LamProgress *progress, GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (workspace, NULL, callback, user_data);
  if (!workspace->store || workspace->copy_task || workspace->is_copying) {
    g_task_return_new_error (task, LAM_ERROR, LAM_ERROR_INPUT, "%s",
        workspace->store ? _ ("A copy of this project is being saved already")
                         : lam_workspace_get_read_only_reason (workspace));
    return;
  }
  CopyRequest *request = g_new0 (CopyRequest, 1);
  request->store = g_object_ref (workspace->store);
  request->path = g_strdup (path);
  request->progress = progress ? lam_progress_ref (progress) : NULL;
  /* No source: a worker must not drop the last reference to a workspace. */
  GTask *work = g_task_new (NULL, NULL, copied_cb, g_steal_pointer (&task));
  g_task_set_task_data (work, request, copy_request_free);
  workspace->copy_task = work;
  lam_queue_advance (workspace);
}

bool
lam_workspace_save_copy_finish (
    LamWorkspace *workspace, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}
