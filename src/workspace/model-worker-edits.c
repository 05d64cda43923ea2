/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Jobs that answer what a person painted: where, joined with which others, and
 * what becomes of them when the person goes through the history. */
#include <string.h>

#include "workspace/model-worker-private.h"
#include "workspace/project-models.h"

static const int64_t block[3] = { 512, 512, 64 };
/* Of a network that looks at one section alone, for which a thin block is no
 * more work. */
#define FLAT_SECTIONS 16

/* Rows of the history that are searched for edits without an answer. */
#define MAX_LEFT 64

LamBox
lam_model_worker_grow (const LamModelWorker *worker, const LamBox *box)
{
  LamBox all = lam_box_of_size (lam_workspace_get_size (worker->workspace));
  LamBox out = *box;
  for (int i = 0; i < 3; i++) {
    out.min[i] -= worker->rim[i];
    out.max[i] += worker->rim[i];
  }
  return lam_box_intersect (&out, &all);
}

/* They meet, and one job for both is hardly more work than two. */
static bool
can_join (const LamModelWorker *worker, const LamBox *a, const LamBox *b)
{
  LamBox one = lam_model_worker_grow (worker, a),
         other = lam_model_worker_grow (worker, b);
  LamBox shared = lam_box_intersect (&one, &other);
  LamBox both = lam_box_unite (a, b);
  LamBox all = lam_model_worker_grow (worker, &both);
  return !lam_box_is_empty (&shared)
      && lam_box_volume (&all)
      <= lam_box_volume (&one) + lam_box_volume (&other);
}

/* Moves the causes of jobs that can be joined with `job` to it; those are gone.
 * True when there was one. */
static bool
join_one (LamModelWorker *worker, LamModelJob *job)
{
  LamBox box = lam_model_job_get_box (job);
  for (guint i = 0; i < lam_model_worker_count_jobs (worker); i++) {
    LamModelJob *other = lam_model_worker_get_job (worker, i);
    LamBox theirs = lam_model_job_get_box (other);
    if (other == job || lam_model_job_get_request (other)
        || lam_model_job_get_state (other) == LAM_MODEL_JOB_WRITES
        || !can_join (worker, &box, &theirs))
      continue;
    for (size_t c = 0; c < lam_model_job_get_n_causes (other); c++)
      lam_model_job_add_cause (job, lam_model_job_get_cause (other, c));
    lam_model_worker_remove_job (worker, other, NULL);
    return true;
  }
  return false;
}

static int64_t
get_block_edge (const LamModelWorker *worker, int axis)
{
  bool is_flat = worker->rim[0] > 0 && worker->rim[2] == 0;
  return axis == 2 && is_flat ? FLAT_SECTIONS : block[axis];
}

void
lam_model_worker_for_blocks (LamModelWorker *worker, const LamBox *box,
    void (*each) (LamModelWorker *worker, const LamBox *part, gpointer data),
    gpointer data)
{
  LamBox cells;
  int64_t edge[3];
  for (int a = 0; a < 3; a++) {
    edge[a] = get_block_edge (worker, a);
    cells.min[a] = box->min[a] / edge[a];
    cells.max[a] = lam_divide_up (box->max[a], edge[a]);
  }
  for (int64_t z = cells.min[2]; z < cells.max[2]; z++)
    for (int64_t y = cells.min[1]; y < cells.max[1]; y++)
      for (int64_t x = cells.min[0]; x < cells.max[0]; x++) {
        const int64_t at[3] = { x, y, z };
        LamBox part;
        for (int a = 0; a < 3; a++) {
          part.min[a] = MAX (at[a] * edge[a], box->min[a]);
          part.max[a] = MIN ((at[a] + 1) * edge[a], box->max[a]);
        }
        each (worker, &part, data);
      }
}

static void
add_answer (LamModelWorker *worker, const LamBox *box, gpointer edit)
{
  LamModelJobCause cause = { *(int64_t *)edit, *box };
  g_autoptr (LamModelJob) job = lam_model_job_new ();
  lam_model_job_add_cause (job, &cause);
  while (join_one (worker, job))
    ;
  g_list_store_append (worker->jobs, job);
}

void
lam_model_worker_add_edit (
    LamModelWorker *worker, int64_t edit, const LamBox *box)
{
  LamBox part = *box;
  bool is_large = false;
  for (int a = 0; a < 3; a++)
    is_large |= box->max[a] - box->min[a] > block[a];
  if (is_large)
    lam_model_worker_for_blocks (worker, box, add_answer, &edit);
  else
    add_answer (worker, &part, &edit);
}

/* --- what the person does ------------------------------------------------ */

bool
lam_model_worker_is_able (LamModelWorker *worker)
{
  return lam_workspace_get_active_model (worker->workspace) != 0
      && !lam_workspace_get_read_only_reason (worker->workspace);
}

/* Not whole stacks of labels that came or went. */
static bool
is_painted (const LamHistoryRow *row)
{
  return row->run == 0 && row->n_bricks > 0 && strcmp (row->tool, "import") != 0
      && strcmp (row->tool, "delete") != 0;
}

void
lam_model_worker_edited_cb (LamModelWorker *worker, const LamHistoryRow *row)
{
  lam_model_learning_note_edit (worker, row);
  if (!lam_model_worker_is_able (worker) || !is_painted (row))
    return;
  lam_model_worker_add_edit (worker, row->id, &row->box);
  lam_model_worker_schedule (worker);
}

static void
drop_edit (LamModelWorker *worker, int64_t edit)
{
  for (guint i = lam_model_worker_count_jobs (worker); i > 0; i--) {
    LamModelJob *job = lam_model_worker_get_job (worker, i - 1);
    LamModelJobState state = lam_model_job_get_state (job);
    /* What is being written is refused by the store. */
    if (state == LAM_MODEL_JOB_WRITES || !lam_model_job_drop_cause (job, edit))
      continue;
    if (lam_model_job_get_n_causes (job) == 0)
      lam_model_worker_cancel_job (worker, job);
    else if (state == LAM_MODEL_JOB_COMPUTES)
      lam_model_worker_restart_job (worker, job);
  }
}

static const LamHistoryRow *
find_row (const LamHistoryStep *step, int64_t id)
{
  for (guint i = 0; i < step->history->len; i++) {
    const LamHistoryRow *row = step->history->pdata[i];
    if (row->id == id)
      return row;
  }
  return NULL;
}

/* All of an answer came back with the edit. */
static bool
has_answer (const LamHistoryStep *step, int64_t edit)
{
  for (guint i = 0; i < step->history->len; i++) {
    const LamHistoryRow *row = step->history->pdata[i];
    if (row->cause >= edit && !row->undone && !lam_model_commit_is_part (row))
      return true;
  }
  return false;
}

static void
follow_row (LamModelWorker *worker, const LamHistoryStep *step,
    const LamHistoryRow *row)
{
  if (is_painted (row) && row->undone)
    drop_edit (worker, row->id);
  /* An edit that came back without an answer, and one that lost its answer,
   * which was undone with something later. */
  else if (is_painted (row) && !has_answer (step, row->id))
    lam_model_worker_add_edit (worker, row->id, &row->box);
  else if (row->undone && row->cause != 0 && !find_row (step, row->cause)
      && !lam_model_commit_is_join (row))
    lam_model_worker_add_edit (worker, row->cause, &row->box);
}

void
lam_model_worker_stepped_cb (LamModelWorker *worker, const LamHistoryStep *step)
{
  lam_model_learning_note_step (worker, step);
  if (!lam_model_worker_is_able (worker))
    return;
  for (guint i = 0; i < step->history->len; i++) {
    const LamHistoryRow *row = step->history->pdata[i];
    if (row->undone)
      lam_model_request_follow_undo (worker, row->id);
    follow_row (worker, step, row);
  }
  lam_model_worker_schedule (worker);
}

/* An answer to it or to what came later lies around it. An answer that had
 * nothing to write left no row: that edit is answered again. */
static bool
is_answered (GPtrArray *rows, const LamHistoryRow *edit)
{
  for (guint i = 0; i < rows->len; i++) {
    const LamHistoryRow *row = rows->pdata[i];
    LamBox shared = lam_box_intersect (&row->box, &edit->box);
    if (!row->undone && row->cause >= edit->id && !lam_box_is_empty (&shared)
        && !lam_model_commit_is_part (row))
      return true;
  }
  return false;
}

/* What is older than the first edit that was answered: the network was not
 * there. 0: it never was. */
static int64_t
find_first_answered (GPtrArray *rows)
{
  int64_t first = 0;
  for (guint i = 0; i < rows->len; i++) {
    const LamHistoryRow *row = rows->pdata[i];
    if (!row->undone && row->cause != 0)
      first = first == 0 ? row->cause : MIN (first, row->cause);
  }
  return first;
}

/* It was painted since, and is in the list already. */
static bool
is_listed (LamModelWorker *worker, int64_t edit)
{
  for (guint i = 0; i < lam_model_worker_count_jobs (worker); i++) {
    LamModelJob *job = lam_model_worker_get_job (worker, i);
    for (size_t n = 0; n < lam_model_job_get_n_causes (job); n++)
      if (lam_model_job_get_cause (job, n)->edit == edit)
        return true;
  }
  return false;
}

static gpointer
read_edits (gpointer store, GCancellable *cancellable, GError **error)
{
  return lam_store_read_history (store, 0, MAX_LEFT, false, error);
}

static void
take_edits (gpointer result, const GError *error, gpointer user_data)
{
  LamModelWorker *worker = user_data;
  g_autoptr (GPtrArray) rows = result;
  worker->picking_up = NULL;
  if (!rows)
    g_debug ("edits without an answer: %s", error->message);
  int64_t first = rows ? find_first_answered (rows) : 0;
  for (guint n = first != 0 ? rows->len : 0; n > 0; n--) {
    const LamHistoryRow *row = rows->pdata[n - 1];
    if (is_painted (row) && !row->undone && row->id >= first
        && !is_answered (rows, row) && !is_listed (worker, row->id))
      lam_model_worker_add_edit (worker, row->id, &row->box);
  }
  lam_model_worker_schedule (worker);
}

static const LamJobKind pick_up_kind = {
  .run = read_edits,
  .done = take_edits,
  .free_input = g_object_unref,
  .free_result = (GDestroyNotify)g_ptr_array_unref,
};

void
lam_model_worker_pick_up (LamModelWorker *worker)
{
  LamWorkspace *workspace = worker->workspace;
  worker->picking_up =
      lam_job_pool_submit (lam_workspace_get_pool (workspace), &pick_up_kind, 0,
          g_object_ref (lam_workspace_get_store (workspace)), worker);
}

void
lam_model_worker_stop_picking_up (LamModelWorker *worker)
{
  g_clear_pointer (&worker->picking_up, lam_job_cancel);
}
