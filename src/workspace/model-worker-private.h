/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The insides of LamModelWorker, for model-worker*.c. */
#pragma once

#include "workspace/model-commit.h"
#include "workspace/model-thread.h"
#include "workspace/model-worker.h"

/* model-worker-learn.c */
typedef struct _LamModelLearning LamModelLearning;
/* model-worker-ahead.c */
typedef struct _LamModelAhead LamModelAhead;

struct _LamModelWorker {
  GObject parent_instance;
  LamWorkspace *workspace; /* Borrowed; NULL once it is gone */
  GListStore *jobs; /* Owned */
  LamModelThread *thread; /* Owned; NULL: stopped */
  LamModelJob *computing; /* Owned; the job of the task under way, or NULL */
  bool is_busy; /* a task is under way, even one whose job was cancelled */
  bool is_paused, gives_way;
  int n_threads;
  LamBox views[LAM_MODEL_WORKER_MAX_VIEWS]; /* what is on screen */
  int n_views;
  int64_t rim[3]; /* how far the network sees, as far as is known */
  LamModelLearning *learning; /* Owned */
  LamModelAhead *ahead; /* Owned */
  LamJob *picking_up; /* Borrowed from the pool; NULL: done */
};

/* model-worker.c: the list */
/* Borrowed from the list. */
LamModelJob *lam_model_worker_get_job (LamModelWorker *worker, guint i);
guint lam_model_worker_count_jobs (LamModelWorker *worker);
/* Out of the list; if it is being computed, that stops. `error`: why it was not
 * done; NULL: it was, or another takes its place. */
void lam_model_worker_remove_job (
    LamModelWorker *worker, LamModelJob *job, const GError *error);
void lam_model_worker_cancel_job (LamModelWorker *worker, LamModelJob *job);
/* Puts a new job of the same kind in its place, which waits. */
void lam_model_worker_restart_job (LamModelWorker *worker, LamModelJob *job);
/* A task of this project; its progress, box and answer are up to the caller. */
LamModelTask *lam_model_worker_new_task (
    LamModelWorker *worker, int64_t model) G_GNUC_WARN_UNUSED_RESULT;
/* It failed, and may have because the project goes on in another store. */
bool lam_model_worker_was_left (
    const LamModelWorker *worker, const LamModelTask *task);
/* Takes the task; the worker is busy until its answer. */
void lam_model_worker_push (LamModelWorker *worker, LamModelTask *task);
/* Starts what can be started, and says that something changed. */
void lam_model_worker_schedule (LamModelWorker *worker);

/* model-worker-next.c */
/* What is on screen, where its slices cross, then what is nearest; of equally
 * near ones the oldest. NULL: none may be done now. Borrowed. */
LamModelJob *lam_model_worker_choose_job (LamModelWorker *worker);

/* model-worker-edits.c: jobs that answer edits */
/* There is an active model and the project can be written. */
bool lam_model_worker_is_able (LamModelWorker *worker);
/* Around as much as the network sees, as far as that is known. */
LamBox lam_model_worker_grow (const LamModelWorker *worker, const LamBox *box);
/* The volume around an edit is to be segmented again. */
void lam_model_worker_add_edit (
    LamModelWorker *worker, int64_t edit, const LamBox *box);
/* Reads, in the background, the latest edits of an earlier opening that have no
 * answer, if any of them had one. */
void lam_model_worker_pick_up (LamModelWorker *worker);
void lam_model_worker_stop_picking_up (LamModelWorker *worker);
/* Of the workspace's signals. */
void lam_model_worker_edited_cb (
    LamModelWorker *worker, const LamHistoryRow *row);
void lam_model_worker_stepped_cb (
    LamModelWorker *worker, const LamHistoryStep *step);
/* Calls for the blocks of the volume that a box meets: so many voxels are
 * computed before the next job can be chosen. */
void lam_model_worker_for_blocks (LamModelWorker *worker, const LamBox *box,
    void (*each) (LamModelWorker *worker, const LamBox *part, gpointer data),
    gpointer data);

/* model-worker-ask.c: jobs that a person asked for */
typedef struct _LamModelRequest LamModelRequest;
/* Of the request that a job belongs to; NULL without. Borrowed. */
LamModelActs *lam_model_request_get_acts (LamModelJob *job);
/* A job is done with; `error` (or NULL) is copied. */
void lam_model_request_leave (LamModelJob *job, const GError *error);
/* The store took what this job segmented. */
void lam_model_request_note_written (LamModelJob *job);
/* Of a job with a request: whatever can be redone has been since before a
 * person asked, who wants this instead. */
bool lam_model_request_gives_up_redo (LamModelJob *job);
/* What is undone now can be redone; and the rest of an act that was undone is
 * not wanted any more. */
void lam_model_request_follow_undo (LamModelWorker *worker, int64_t edit);
/* As lam_model_worker_ask_async(), of one act with what was done `before`; it
 * gives up nothing that can be redone by now. */
void lam_model_worker_go_on_async (LamModelWorker *worker, GAsyncResult *before,
    const LamBox *box, GAsyncReadyCallback callback, gpointer user_data);
/* Whether a person could ask for this box: writable, with a model and image. */
bool lam_model_worker_check_box (
    LamModelWorker *worker, const LamBox *box, GError **error);

/* model-worker-learn.c */
LamModelLearning *lam_model_learning_new (void) G_GNUC_WARN_UNUSED_RESULT;
void lam_model_learning_free (LamModelLearning *learning);
void lam_model_learning_note_edit (
    LamModelWorker *worker, const LamHistoryRow *row);
void lam_model_learning_note_step (
    LamModelWorker *worker, const LamHistoryStep *step);
void lam_model_learning_note_regions (LamModelWorker *worker);
/* Starts a task where there is something to learn from first; `is_idle`: there
 * is no job. The worker is not busy. */
bool lam_model_learning_start (
    LamModelWorker *worker, int64_t model, bool is_idle);
/* Cancels what is under way. */
void lam_model_learning_stop (LamModelWorker *worker);
/* After the thread is gone: answers whoever asked. */
void lam_model_learning_close (LamModelWorker *worker);

/* model-worker-ahead.c: where the view rests */
LamModelAhead *lam_model_ahead_new (void) G_GNUC_WARN_UNUSED_RESULT;
void lam_model_ahead_free (LamModelAhead *ahead);
/* The view moved. */
void lam_model_ahead_note_view (LamModelWorker *worker);
/* Starts a task where there is something to look at, and no job. The worker is
 * not busy. */
bool lam_model_ahead_start (LamModelWorker *worker, int64_t model);
/* Stops what is under way if it is not what a job will need. */
void lam_model_ahead_make_way (LamModelWorker *worker);
void lam_model_ahead_stop (LamModelWorker *worker);
