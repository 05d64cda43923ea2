/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The network beside the person: while it is there, the project's active model
 * segments the volume again around each edit that is saved, in one background
 * thread, and on demand any box. What it says is written as a
 * model's edit (store/model-edit.h), so never over a person. Main thread; it
 * stops before the workspace closes.
 *
 * Jobs: an edit's box, grown by as far as the network sees, waits; jobs that
 * would meet are joined; what is on screen is done first, then what is nearest
 * to it. An edit inside of a job that is being computed cancels it and joins
 * it. An edit that is undone takes its job along. While something can be
 * redone, no answer is written, as it would make that impossible. Where the
 * view rests while there is nothing else to do, the network looks already, so
 * that the answer to a stroke there comes sooner.
 *
 * When a job fails, the worker says so, pauses and keeps the other jobs. */
#pragma once

#include "store/model-edit.h"
#include "workspace/model-job.h"
#include "workspace/workspace.h"

#define LAM_TYPE_MODEL_WORKER (lam_model_worker_get_type ())
/* Signals:
 * "changed" (): what it does, how much is left, whether it is paused
 * "answered" (): what was segmented because of a stroke is in the project
 * "failed" (const char *text): a sentence for the person
 * "needs-memory" (const char *text, const LamModelTiles *tiles): the same,
 *     where smaller tiles would do; the job waits for them */
G_DECLARE_FINAL_TYPE (
    LamModelWorker, lam_model_worker, LAM, MODEL_WORKER, GObject)

typedef struct {
  int64_t model;
  int64_t tile[3]; /* x, y, z voxels */
} LamModelTiles;

/* `n_threads` 0: as the workspace was told. `gives_way`: computes only when
 * nobody else wants to, and rests while the person acts (base/courtesy.h).
 * Picks up the edits that an earlier opening of the project left without an
 * answer. */
LamModelWorker *lam_model_worker_new (LamWorkspace *workspace, int n_threads,
    bool gives_way) G_GNUC_WARN_UNUSED_RESULT;

/* What is on screen, in level-0 voxels: a box a slice. With `n` 0 nothing is,
 * and all is equally near. Cheap: to be told of whatever moves. */
#define LAM_MODEL_WORKER_MAX_VIEWS 3
void lam_model_worker_set_view (
    LamModelWorker *worker, const LamBox *views, int n);
/* Finishes no job while it is paused, and goes on with what waits. */
void lam_model_worker_set_paused (LamModelWorker *worker, bool paused);
bool lam_model_worker_is_paused (LamModelWorker *worker);
/* All jobs wait, since what they would write would make it impossible to redo
 * what was undone: until it is redone, or something else is done. */
bool lam_model_worker_waits_for_redo (LamModelWorker *worker);
/* Remembers them for the model (project-models.h), and goes on. */
void lam_model_worker_use_tiles (
    LamModelWorker *worker, const LamModelTiles *tiles);

/* LamModelJob, the oldest first. Borrowed. */
GListModel *lam_model_worker_get_jobs (LamModelWorker *worker);
/* Of all jobs; what is computed already does not count. */
int64_t lam_model_worker_get_voxels_left (LamModelWorker *worker);
void lam_model_worker_cancel (LamModelWorker *worker, LamModelJob *job);
void lam_model_worker_cancel_all (LamModelWorker *worker);

/* Segments a box because a person wants it: one act in the history, and what
 * can be redone now is given up; what is undone meanwhile is not, the rest
 * waits for it. Finish gives the sum of what it wrote; it fails when the box
 * was cancelled, undone or failed in part. */
void lam_model_worker_ask_async (LamModelWorker *worker, const LamBox *box,
    GAsyncReadyCallback callback, gpointer user_data);
bool lam_model_worker_ask_finish (LamModelWorker *worker, GAsyncResult *result,
    LamModelCounts *counts, GError **error);
