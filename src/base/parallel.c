/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/parallel.h"

#define MAX_THREADS 16

typedef struct {
  LamParallelPart part;
  gpointer data;
  LamProgress *progress;
  int64_t n;
  _Atomic int64_t next;
  GMutex lock;
  GError *error; /* Owned; the first */
} Run;

static void
fail_run (Run *run, GError *error)
{
  run->next = run->n;
  g_mutex_lock (&run->lock);
  if (run->error)
    g_error_free (error);
  else
    run->error = error;
  g_mutex_unlock (&run->lock);
}

static gpointer
parallel_thread (gpointer data)
{
  Run *run = data;
  for (;;) {
    GError *error = NULL;
    int64_t i = run->next++;
    if (i >= run->n)
      return NULL;
    if (!lam_progress_check (run->progress, &error)
        || !run->part (i, run->data, &error))
      fail_run (run, error);
  }
}

bool
lam_parallel (int n_threads, int64_t n, LamParallelPart part, gpointer data,
    LamProgress *progress, GError **error)
{
  Run run = { .part = part, .data = data, .progress = progress, .n = n };
  GThread *threads[MAX_THREADS];
  if (n_threads <= 0)
    n_threads = MAX ((int)g_get_num_processors (), 2);
  n_threads = (int)MIN (n, MIN (n_threads, MAX_THREADS));
  g_mutex_init (&run.lock);
  for (int i = 0; i < n_threads; i++)
    threads[i] = g_thread_new ("parallel", parallel_thread, &run);
  for (int i = 0; i < n_threads; i++)
    g_thread_join (threads[i]);
  g_mutex_clear (&run.lock);
  if (run.error)
    g_propagate_error (error, run.error);
  return run.error == NULL;
}
