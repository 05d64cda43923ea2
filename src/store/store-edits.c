/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The asynchronous requests of LamStore: commit, undo, redo, revert; and the
 * history. */
#include <glib/gi18n-lib.h>

#include "base/error.h"
#include "store/brick-table.h"
#include "store/edit-writer.h"
#include "store/history-walk.h"
#include "store/history.h"
#include "store/store-private.h"

/* What travels with a GTask. */
typedef struct _Request Request;
struct _Request {
  gpointer (*run) (Request *request, LamConnection *connection, GError **error);
  LamStore *store; /* Borrowed from the task */
  GDestroyNotify free_result;
  LamEdit *edit; /* Owned, or NULL */
  GPtrArray *rows; /* Owned, or NULL */
  char *detail; /* Owned, or NULL */
  LamProgress *progress; /* Owned, or NULL */
  bool over; /* a commit onto whatever is stored */
  int64_t target;
  /* The answer */
  gpointer result;
  GError *error;
};

static void
request_free (Request *request)
{
  g_clear_pointer (&request->edit, lam_edit_unref);
  g_clear_pointer (&request->rows, g_ptr_array_unref);
  g_clear_pointer (&request->progress, lam_progress_unref);
  g_clear_error (&request->error);
  if (request->result)
    request->free_result (request->result);
  g_free (request->detail);
  g_free (request);
}

/* In the requester's context. */
static gboolean
answer_cb (gpointer data)
{
  GTask *task = data;
  Request *request = g_task_get_task_data (task);
  if (request->error)
    g_task_return_error (task, g_steal_pointer (&request->error));
  else
    g_task_return_pointer (
        task, g_steal_pointer (&request->result), request->free_result);
  return G_SOURCE_REMOVE;
}

/* On the store's thread, which must not drop the task's last reference. */
static void
run_cb (gpointer data)
{
  GTask *task = data;
  Request *request = g_task_get_task_data (task);
  LamConnection *connection = lam_store_get_connection (request->store);
  request->result = request->run (request, connection, &request->error);
  g_autoptr (GSource) source = g_idle_source_new ();
  g_source_set_priority (source, g_task_get_priority (task));
  g_source_set_callback (source, answer_cb, task, g_object_unref);
  g_source_attach (source, g_task_get_context (task));
}

/* Takes the request. */
static void
send (LamStore *self, Request *request, gpointer tag,
    GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (self, NULL, callback, user_data);
  g_task_set_source_tag (task, tag);
  g_task_set_task_data (task, request, (GDestroyNotify)request_free);
  request->store = self;
  GError *error = NULL;
  if (!lam_store_check_writable (self, &error)) {
    g_task_return_error (task, error);
    return;
  }
  if (lam_store_thread_push (
          lam_store_get_thread (self), run_cb, g_object_ref (task)))
    return;
  g_object_unref (task);
  g_task_return_new_error (task, LAM_ERROR, LAM_ERROR_IO,
      _ ("%s has been closed"), lam_store_get_path (self));
}

/* ---- Commit ------------------------------------------------------------- */

static bool
write_edit (Request *request, LamConnection *connection, LamEditWriter *writer,
    GError **error)
{
  size_t n = lam_edit_get_n_bricks (request->edit);
  bool over = request->over, ok = true;
  for (size_t i = 0; i < n && ok; i++) {
    const LamBrickChange *change = lam_edit_get_brick (request->edit, i);
    ok = over ? lam_edit_writer_change_over (writer, change, error)
              : lam_edit_writer_change (writer, change, error);
  }
  ok = ok
      && (over ? lam_edit_writer_rows_over (writer, request->rows, error)
               : lam_edit_writer_rows (writer, request->rows, error));
  return ok && lam_store_write_settings (request->store, connection, error);
}

static LamHistoryRow *
try_commit (Request *request, LamConnection *connection, GError **error)
{
  LamHistoryRow *row = NULL;
  LamEditWriter *writer = lam_edit_writer_begin (
      connection, lam_edit_get_tool (request->edit), error);
  if (writer && !write_edit (request, connection, writer, error)) {
    lam_edit_writer_cancel (writer);
  } else if (writer) {
    LamBox box = lam_edit_get_box (request->edit);
    row = lam_edit_writer_end (writer, &box, request->detail, error);
  }
  lam_store_after_write (request->store, row != NULL);
  return row;
}

/* An edit that does not fit may be one that was written when its file was taken
 * away: then it was said to have failed, but is in what was copied from it. */
static gpointer
run_commit (Request *request, LamConnection *connection, GError **error)
{
  GError *local = NULL;
  LamHistoryRow *row = try_commit (request, connection, &local);
  if (!row
      && (g_error_matches (local, LAM_ERROR, LAM_ERROR_INPUT)
          || g_error_matches (local, LAM_ERROR, LAM_ERROR_CORRUPT)))
    row = lam_edit_find_done (connection, request->edit, request->rows);
  if (row)
    g_clear_error (&local);
  else
    g_propagate_error (error, local);
  return row;
}

static void
send_commit (LamStore *self, LamEdit *edit, GPtrArray *rows, const char *detail,
    bool over, GAsyncReadyCallback callback, gpointer user_data)
{
  Request *request = g_new0 (Request, 1);
  request->run = run_commit;
  request->over = over;
  request->free_result = (GDestroyNotify)lam_history_row_free;
  request->edit = lam_edit_ref (edit);
  request->rows = rows ? g_ptr_array_ref (rows) : NULL;
  request->detail = g_strdup (detail);
  send (self, request, lam_store_commit_async, callback, user_data);
}

void
lam_store_commit_async (LamStore *self, LamEdit *edit, GPtrArray *rows,
    const char *detail, GAsyncReadyCallback callback, gpointer user_data)
{
  send_commit (self, edit, rows, detail, false, callback, user_data);
}

void
lam_store_commit_over_async (LamStore *self, LamEdit *edit, GPtrArray *rows,
    const char *detail, GAsyncReadyCallback callback, gpointer user_data)
{
  send_commit (self, edit, rows, detail, true, callback, user_data);
}

LamHistoryRow *
lam_store_commit_finish (LamStore *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);
  return g_task_propagate_pointer (G_TASK (result), error);
}

/* ---- Undo, redo, revert ------------------------------------------------- */

static gpointer
after_step (Request *request, LamHistoryStep *step, GError **error)
{
  /* The settings are not in a walk's transaction, so they stay unsaved. */
  if (error && *error)
    lam_store_after_write (request->store, false);
  return step;
}

static gpointer
run_undo (Request *request, LamConnection *connection, GError **error)
{
  return after_step (request, lam_history_undo (connection, error), error);
}

static gpointer
run_redo (Request *request, LamConnection *connection, GError **error)
{
  return after_step (request, lam_history_redo (connection, error), error);
}

static gpointer
run_revert (Request *request, LamConnection *connection, GError **error)
{
  return after_step (request,
      lam_history_revert (
          connection, request->target, request->progress, error),
      error);
}

static Request *
step_request (gpointer (*run) (Request *, LamConnection *, GError **))
{
  Request *request = g_new0 (Request, 1);
  request->run = run;
  request->free_result = (GDestroyNotify)lam_history_step_free;
  return request;
}

void
lam_store_undo_async (
    LamStore *self, GAsyncReadyCallback callback, gpointer user_data)
{
  send (
      self, step_request (run_undo), lam_store_undo_async, callback, user_data);
}

void
lam_store_redo_async (
    LamStore *self, GAsyncReadyCallback callback, gpointer user_data)
{
  send (
      self, step_request (run_redo), lam_store_redo_async, callback, user_data);
}

void
lam_store_revert_async (LamStore *self, int64_t target, LamProgress *progress,
    GAsyncReadyCallback callback, gpointer user_data)
{
  Request *request = step_request (run_revert);
  request->target = target;
  request->progress = progress ? lam_progress_ref (progress) : NULL;
  send (self, request, lam_store_revert_async, callback, user_data);
}

LamHistoryStep *
lam_store_step_finish (LamStore *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);
  return g_task_propagate_pointer (G_TASK (result), error);
}

/* ---- History ------------------------------------------------------------ */

typedef struct {
  int64_t before;
  int limit;
  const LamHistoryFilter *filter;
  GPtrArray *rows;
} HistoryRequest;

static bool
history_work (LamConnection *connection, gpointer data, GError **error)
{
  HistoryRequest *request = data;
  request->rows = lam_history_read (
      connection, request->before, request->limit, request->filter, error);
  return request->rows != NULL;
}

GPtrArray *
lam_store_filter_history (LamStore *self, int64_t before, int limit,
    const LamHistoryFilter *filter, GError **error)
{
  HistoryRequest request = { before, limit, filter, NULL };
  return lam_store_work (self, history_work, &request, error) ? request.rows
                                                              : NULL;
}

GPtrArray *
lam_store_read_history (
    LamStore *self, int64_t before, int limit, bool all, GError **error)
{
  const LamHistoryFilter filter = { .has_steps = all };
  return lam_store_filter_history (self, before, limit, &filter, error);
}

typedef struct {
  bool who;
  GPtrArray *names;
} NamesRequest;

static bool
names_work (LamConnection *connection, gpointer data, GError **error)
{
  NamesRequest *request = data;
  request->names = lam_history_read_names (connection, request->who, error);
  return request->names != NULL;
}

static GPtrArray *
list_names (LamStore *self, bool who, GError **error)
{
  NamesRequest request = { who, NULL };
  return lam_store_work (self, names_work, &request, error) ? request.names
                                                            : NULL;
}

GPtrArray *
lam_store_list_persons (LamStore *self, GError **error)
{
  return list_names (self, true, error);
}

GPtrArray *
lam_store_list_tools (LamStore *self, GError **error)
{
  return list_names (self, false, error);
}

typedef struct {
  int64_t time, id;
} TimeRequest;

static bool
time_work (LamConnection *connection, gpointer data, GError **error)
{
  TimeRequest *request = data;
  return lam_history_find_time (connection, request->time, &request->id, error);
}

bool
lam_store_find_edit_at (
    LamStore *self, int64_t time, int64_t *id, GError **error)
{
  TimeRequest request = { time, 0 };
  bool done = lam_store_work (self, time_work, &request, error);
  *id = request.id;
  return done;
}

static bool
keys_work (LamConnection *connection, gpointer data, GError **error)
{
  GArray **keys = data;
  *keys = lam_brick_table_dup_keys (connection, error);
  return *keys != NULL;
}

GArray *
lam_store_list_bricks (LamStore *self, GError **error)
{
  GArray *keys = NULL;
  return lam_store_work (self, keys_work, &keys, error) ? keys : NULL;
}
