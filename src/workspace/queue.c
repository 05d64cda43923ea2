/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Everything that changes the project goes through one queue, in the order the
 * person did it, and one operation at a time is with the store. So an edit
 * never reaches the disk without the one before it, and what failed to be saved
 * waits here, with all that came after, until it can be.
 *
 * Strokes and rows change memory at once and the disk later. Undo, redo, revert
 * and bulk operations change the disk first; memory follows, and strokes behind
 * them wait as samples (queue-stroke.c). */
#include "workspace/queue.h"

#include <glib/gi18n-lib.h>

#include "base/error.h"
#include "workspace/queue-private.h"

void
lam_bulk_result_free (LamBulkResult *result)
{
  g_clear_pointer (&result->keys, g_array_unref);
  g_clear_pointer (&result->rows, g_ptr_array_unref);
  g_clear_pointer (&result->joined, g_hash_table_unref);
  g_clear_pointer (&result->row, lam_history_row_free);
  g_free (result);
}

LamOperation *
lam_operation_new (
    LamWorkspace *workspace, OperationKind kind, const char *tool)
{
  LamOperation *operation = g_new0 (LamOperation, 1);
  operation->kind = kind;
  operation->workspace = workspace;
  operation->tool = g_strdup (tool);
  return operation;
}

void
lam_operation_free (LamOperation *operation)
{
  g_free (operation->tool);
  g_free (operation->detail);
  g_clear_pointer (&operation->edit, lam_edit_unref);
  g_clear_pointer (&operation->rows, g_ptr_array_unref);
  g_clear_pointer (&operation->samples, g_array_unref);
  g_clear_pointer (&operation->stroke, lam_stroke_free);
  g_clear_pointer (&operation->progress, lam_progress_unref);
  g_clear_object (&operation->task);
  g_free (operation);
}

void
lam_queue_push (LamWorkspace *workspace, LamOperation *operation)
{
  g_queue_push_tail (&workspace->operations, operation);
  g_signal_emit_by_name (workspace, "save-state-changed");
  lam_queue_advance (workspace);
}

static void
finish_operation (LamWorkspace *workspace, LamOperation *operation)
{
  g_queue_remove (&workspace->operations, operation);
  lam_operation_free (operation);
  lam_queue_learn_history (workspace);
  g_signal_emit_by_name (workspace, "history-changed");
  g_signal_emit_by_name (workspace, "save-state-changed");
  lam_queue_advance (workspace);
}

static void
forget_failure (LamWorkspace *workspace)
{
  workspace->save_failed = false;
  g_clear_error (&workspace->save_error);
}

/* An undo or import that failed: nothing is lost, the person is told. */
void
lam_queue_report (LamWorkspace *workspace, const GError *error)
{
  g_clear_error (&workspace->operation_error);
  workspace->operation_error = g_error_copy (error);
  if (!lam_error_is_cancelled (error))
    lam_workspace_emit_message (workspace, error->message);
}

/* --- committing --------------------------------------------------------- */

static void
unpin (LamWorkspace *workspace, LamEdit *edit)
{
  for (size_t i = 0; i < lam_edit_get_n_bricks (edit); i++)
    lam_label_map_unpin (workspace->labels, lam_edit_get_brick (edit, i)->key);
}

/* That an edit does not fit what is stored should not be; but what was painted
 * counts more than what the file says, and can be undone. */
static bool
try_over (LamWorkspace *workspace, LamOperation *operation, const GError *error)
{
  if (operation->writes_over
      || !(g_error_matches (error, LAM_ERROR, LAM_ERROR_INPUT)
          || g_error_matches (error, LAM_ERROR, LAM_ERROR_CORRUPT)))
    return false;
  g_message ("written over what is stored: %s", error->message);
  operation->writes_over = true;
  lam_queue_advance (workspace);
  return true;
}

static void
committed_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (LamWorkspace) workspace = user_data;
  LamOperation *operation = g_queue_peek_head (&workspace->operations);
  g_autoptr (GError) error = NULL;
  g_autoptr (LamHistoryRow) row =
      lam_store_commit_finish (LAM_STORE (source), result, &error);
  operation->in_flight = false;
  if (!row && try_over (workspace, operation, error))
    return;
  if (!row) {
    workspace->save_failed = true;
    g_clear_error (&workspace->save_error);
    workspace->save_error = g_steal_pointer (&error);
    g_signal_emit_by_name (workspace, "save-state-changed");
    lam_queue_advance (workspace);
    return;
  }
  forget_failure (workspace);
  workspace->last_edit = workspace->wait_edit = row->id;
  workspace->last_time = row->time;
  lam_queue_note_saved (workspace, operation->rows);
  lam_queue_let_go (g_steal_pointer (&operation->rows));
  /* The memory's copies are what is on disk now: they may be dropped. */
  unpin (workspace, operation->edit);
  finish_operation (workspace, operation);
  if (row->n_bricks > 0)
    g_signal_emit_by_name (workspace, "edited", row);
}

static void
start_commit (LamWorkspace *workspace, LamOperation *operation)
{
  /* An undo before it can have left nothing to change. */
  if (operation->kind == OPERATION_ROWS && operation->rows->len == 0) {
    finish_operation (workspace, operation);
    return;
  }
  operation->in_flight = true;
  const char *detail = operation->detail ? operation->detail : "";
  (operation->writes_over ? lam_store_commit_over_async
                          : lam_store_commit_async) (workspace->store,
      operation->edit, operation->rows, detail, committed_cb,
      g_object_ref (workspace));
}

static void
emit_opinions (LamWorkspace *workspace, LamBox box)
{
  if (lam_box_is_empty (&box))
    return;
  lam_opinion_map_drop (workspace->opinions, &box);
  g_signal_emit_by_name (workspace, "opinions-changed", &box);
}

/* --- undo, redo, revert ------------------------------------------------- */

static void
step_taken (LamWorkspace *workspace, gpointer data)
{
  g_autoptr (LamHistoryStep) step = data;
  for (guint i = 0; i < step->keys->len; i++)
    lam_label_map_drop (workspace->labels,
        lam_brick_key_unpack (g_array_index (step->keys, int64_t, i)),
        g_array_index (step->exist, bool, i));
  lam_queue_rebase_rows (workspace, step->rows);
  lam_workspace_emit_labels (workspace, &step->box, false);
  emit_opinions (workspace, step->opinion_box);
  if (step->history->len > 0) {
    const LamHistoryRow *row = step->history->pdata[0];
    workspace->wait_edit = row->id;
  }
  if (!lam_box_is_empty (&step->box))
    g_signal_emit_by_name (workspace, "show-box", &step->box);
  finish_operation (workspace, g_queue_peek_head (&workspace->operations));
  g_signal_emit_by_name (workspace, "stepped", step);
}

static void
stepped_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (LamWorkspace) workspace = user_data;
  g_autoptr (GError) error = NULL;
  LamHistoryStep *step =
      lam_store_step_finish (LAM_STORE (source), result, &error);
  if (step) {
    lam_queue_take_rows (workspace, step->rows, step_taken, step);
    return;
  }
  if (error)
    lam_queue_report (workspace, error);
  finish_operation (workspace, g_queue_peek_head (&workspace->operations));
}

static void
start_step (LamWorkspace *workspace, LamOperation *operation)
{
  operation->in_flight = true;
  g_object_ref (workspace);
  if (operation->step == LAM_STEP_UNDO)
    lam_store_undo_async (workspace->store, stepped_cb, workspace);
  else if (operation->step == LAM_STEP_REDO)
    lam_store_redo_async (workspace->store, stepped_cb, workspace);
  else
    lam_store_revert_async (workspace->store, operation->target,
        operation->progress, stepped_cb, workspace);
}

void
lam_queue_push_step (LamWorkspace *workspace, LamStepKind kind, int64_t target,
    LamProgress *progress)
{
  LamOperation *operation = lam_operation_new (workspace, OPERATION_STEP, NULL);
  operation->step = kind;
  operation->target = target;
  operation->progress = progress ? lam_progress_ref (progress) : NULL;
  g_clear_error (&workspace->operation_error);
  lam_queue_push (workspace, operation);
}

/* --- bulk operations ---------------------------------------------------- */

typedef struct {
  LamStore *store; /* Owned */
  GTask *task; /* Borrowed from the operation; the caller's */
  LamProgress *progress; /* Owned */
  LamBulkRun run;
} BulkInput;

static void
bulk_input_free (gpointer data)
{
  BulkInput *input = data;
  g_object_unref (input->store);
  lam_progress_unref (input->progress);
  g_free (input);
}

static void
run_bulk (GTask *task, gpointer source, gpointer data, GCancellable *unused)
{
  BulkInput *input = data;
  GError *error = NULL;
  LamBulkResult *result =
      input->run (input->store, input->task, input->progress, &error);
  if (result)
    g_task_return_pointer (task, result, (GDestroyNotify)lam_bulk_result_free);
  else
    g_task_return_error (task, error);
}

/* `made` NULL: with the error, which it takes. */
static void
finish_bulk (LamWorkspace *workspace, const LamBulkResult *made, GError *error)
{
  LamOperation *operation = g_queue_peek_head (&workspace->operations);
  g_autoptr (GTask) task = g_object_ref (operation->task);
  lam_label_numbers_follow (workspace->numbers, workspace->classes);
  finish_operation (workspace, operation);
  if (made && made->is_persons && made->row->n_bricks > 0)
    g_signal_emit_by_name (workspace, "edited", made->row);
  if (made)
    g_task_return_boolean (task, true);
  else
    g_task_return_error (task, error);
}

static void
bulk_taken (LamWorkspace *workspace, gpointer data)
{
  g_autoptr (LamBulkResult) made = data;
  for (guint i = 0; made->keys && i < made->keys->len; i++)
    lam_label_map_drop (workspace->labels,
        lam_brick_key_unpack (g_array_index (made->keys, int64_t, i)), true);
  if (made->joined)
    lam_queue_follow_joined (workspace, made->joined);
  lam_queue_rebase_rows (workspace, made->rows);
  if (made->row) {
    workspace->last_edit = workspace->wait_edit = made->row->id;
    workspace->last_time = made->row->time;
  }
  lam_workspace_emit_labels (workspace, &made->box, false);
  emit_opinions (workspace, made->opinion_box);
  finish_bulk (workspace, made, NULL);
}

static void
bulk_done_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (LamWorkspace) workspace = user_data;
  GError *error = NULL;
  LamBulkResult *made = g_task_propagate_pointer (G_TASK (result), &error);
  if (made && made->joined)
    lam_queue_choose_joined (workspace, made->joined);
  if (made)
    lam_queue_take_rows (workspace, made->rows, bulk_taken, made);
  else
    finish_bulk (workspace, NULL, error);
}

/* Takes the operation out before its task is answered, as the answer may ask
 * for the next. */
static void
refuse_bulk (LamWorkspace *workspace, LamOperation *operation, GError *error)
{
  g_autoptr (GTask) task = g_object_ref (operation->task);
  lam_label_numbers_follow (workspace->numbers, workspace->classes);
  finish_operation (workspace, operation);
  g_task_return_error (task, error);
}

static void
start_bulk (LamWorkspace *workspace, LamOperation *operation)
{
  GError *error = NULL;
  if (operation->begin
      && !operation->begin (workspace, operation->task, &error)) {
    refuse_bulk (workspace, operation, error);
    return;
  }
  operation->in_flight = true;
  BulkInput *input = g_new0 (BulkInput, 1);
  input->store = g_object_ref (workspace->store);
  input->task = operation->task;
  input->run = operation->run;
  input->progress = lam_progress_ref (operation->progress);
  /* No source: the worker may drop the task last, and must not free a
   * workspace, which belongs to this thread. */
  g_autoptr (GTask) task =
      g_task_new (NULL, NULL, bulk_done_cb, g_object_ref (workspace));
  g_task_set_task_data (task, input, bulk_input_free);
  g_task_run_in_thread (task, run_bulk);
}

static void
push_bulk (LamWorkspace *workspace, LamQueueHold hold, LamBulkBegin begin,
    LamBulkRun run, GTask *task, LamProgress *progress)
{
  LamOperation *operation = lam_operation_new (workspace, OPERATION_BULK, NULL);
  operation->begin = begin;
  operation->hold = hold;
  operation->run = run;
  operation->task = g_object_ref (task);
  operation->progress =
      progress ? lam_progress_ref (progress) : lam_progress_new ();
  lam_queue_push (workspace, operation);
}

void
lam_queue_push_bulk (LamWorkspace *workspace, LamBulkBegin begin,
    LamBulkRun run, GTask *task, LamProgress *progress)
{
  push_bulk (workspace, LAM_QUEUE_HOLD_NOT, begin, run, task, progress);
}

void
lam_queue_push_import (LamWorkspace *workspace, LamQueueHold hold,
    LamBulkBegin begin, LamBulkRun run, GTask *task, LamProgress *progress)
{
  push_bulk (workspace, hold, begin, run, task, progress);
}

LamQueueHold
lam_queue_get_hold (LamWorkspace *workspace)
{
  for (GList *link = workspace->operations.head; link; link = link->next) {
    const LamOperation *operation = link->data;
    if (operation->hold != LAM_QUEUE_HOLD_NOT)
      return operation->hold;
  }
  return LAM_QUEUE_HOLD_NOT;
}

void
lam_queue_cancel_long (LamWorkspace *workspace)
{
  for (GList *link = workspace->operations.head; link; link = link->next)
    lam_progress_cancel (((LamOperation *)link->data)->progress);
  for (guint i = 0; i < workspace->exports->len; i++)
    lam_progress_cancel (workspace->exports->pdata[i]);
}

/* --- the queue ---------------------------------------------------------- */

bool
lam_queue_is_in_flight (LamWorkspace *workspace)
{
  const LamOperation *head = g_queue_peek_head (&workspace->operations);
  return head && head->in_flight;
}

static bool
is_ready (const LamOperation *operation)
{
  return operation->kind != OPERATION_STROKE || operation->is_built;
}

void
lam_queue_advance (LamWorkspace *workspace)
{
  lam_queue_prepare_strokes (workspace);
  LamOperation *head = g_queue_peek_head (&workspace->operations);
  if (workspace->is_copying || lam_queue_is_in_flight (workspace)
      || lam_saving_try_copy (workspace))
    return;
  if (!head || workspace->save_failed || !is_ready (head))
    return;
  if (head->kind == OPERATION_STEP)
    start_step (workspace, head);
  else if (head->kind == OPERATION_BULK)
    start_bulk (workspace, head);
  else
    start_commit (workspace, head);
}

void
lam_queue_push_rows (LamWorkspace *workspace, const char *tool, GPtrArray *rows,
    const char *detail)
{
  lam_queue_push_rows_at (workspace, tool, rows, NULL, detail);
}

void
lam_queue_push_rows_at (LamWorkspace *workspace, const char *tool,
    GPtrArray *rows, const LamBox *box, const char *detail)
{
  LamOperation *operation = lam_operation_new (workspace, OPERATION_ROWS, tool);
  operation->edit = lam_edit_new (tool);
  if (box)
    lam_edit_set_box (operation->edit, box);
  operation->rows = rows;
  operation->detail = g_strdup (detail);
  lam_queue_push (workspace, operation);
}

void
lam_queue_retry (LamWorkspace *workspace)
{
  forget_failure (workspace);
  g_signal_emit_by_name (workspace, "save-state-changed");
  lam_queue_advance (workspace);
}

void
lam_queue_clear (LamWorkspace *workspace)
{
  g_queue_clear_full (
      &workspace->operations, (GDestroyNotify)lam_operation_free);
}

/* --- what can be undone ------------------------------------------------- */

typedef struct {
  int64_t newest_undoable;
  bool can_redo;
} Known;

/* In a worker: the newest edit that stands, and whether one can be redone: all
 * of those are newer, since they stem from it. */
static gpointer
learn_run (gpointer input, GCancellable *cancellable, GError **error)
{
  Known *known = g_new0 (Known, 1);
  int64_t before = 0;
  bool first = true;
  while (!g_cancellable_is_cancelled (cancellable)) {
    g_autoptr (GPtrArray) rows =
        lam_store_read_history (input, before, first ? 8 : 512, false, NULL);
    if (!rows || rows->len == 0)
      break;
    first = false;
    for (guint i = 0; i < rows->len; i++) {
      const LamHistoryRow *row = rows->pdata[i];
      before = row->id;
      known->can_redo |= row->undone && !row->given_up;
      if (!row->undone) {
        known->newest_undoable = row->id;
        return known;
      }
    }
  }
  return known;
}

static void
learn_done (gpointer result, const GError *error, gpointer user_data)
{
  LamWorkspace *workspace = user_data;
  g_autofree Known *known = result;
  if (known->newest_undoable == workspace->newest_undoable
      && known->can_redo == workspace->can_redo)
    return;
  workspace->newest_undoable = known->newest_undoable;
  workspace->can_redo = known->can_redo;
  g_signal_emit_by_name (workspace, "history-changed");
}

static const LamJobKind learn_kind = {
  .run = learn_run,
  .done = learn_done,
  .free_input = g_object_unref,
  .free_result = g_free,
};

void
lam_queue_learn_history (LamWorkspace *workspace)
{
  lam_job_pool_submit (workspace->pool, &learn_kind, INT64_MIN,
      g_object_ref (workspace->store), workspace);
}
