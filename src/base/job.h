/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* One bounded, prioritised, cancellable pool of worker threads. A job gets a
 * value, returns a value and touches nothing else; its result arrives in the
 * main context that was the submitting thread's default. */
#pragma once

#include <gio/gio.h>
#include <stdint.h>

typedef struct _LamJobPool LamJobPool;
typedef struct _LamJob LamJob;

/* Runs in a worker. Returns the result, or NULL with or without `error`. */
typedef gpointer (*LamJobRun) (
    gpointer input, GCancellable *cancellable, GError **error);
/* Runs in the submitter's main context, exactly once for each job that was not
 * cancelled, and never for one that was. `result` is handed over. */
typedef void (*LamJobDone) (
    gpointer result, const GError *error, gpointer user_data);

typedef struct {
  LamJobRun run;
  LamJobDone done;              /* NULL: the result is only freed */
  GDestroyNotify free_input;    /* or NULL; in the submitter's context */
  GDestroyNotify free_result;   /* for a result that nobody takes */
} LamJobKind;

/* `n_threads` 0: one for each processor, at least 2. */
LamJobPool *lam_job_pool_new (int n_threads) G_GNUC_WARN_UNUSED_RESULT;
/* Cancels what waits and runs, waits for the workers (call it from the thread
 * that submitted), and delivers nothing more. */
void lam_job_pool_free (LamJobPool *pool);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LamJobPool, lam_job_pool_free)

/* Lower `priority` runs first; equal ones in order of submission. `kind` must
 * outlive the job. The job belongs to the pool: the pointer is good until
 * `done` has returned or lam_job_cancel() was called. */
LamJob *lam_job_pool_submit (LamJobPool *pool, const LamJobKind *kind,
    int64_t priority, gpointer input, gpointer user_data);
/* The next two only in the submitting thread. */
void lam_job_set_priority (LamJob *job, int64_t priority);
void lam_job_cancel (LamJob *job);
/* Waiting and running jobs. */
int lam_job_pool_get_n_pending (LamJobPool *pool);
