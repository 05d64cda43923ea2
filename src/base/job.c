/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* A sorted queue under one lock, and threads that take from its front. A job
 * is referenced by the pool's books (until delivered or cancelled) and by the
 * worker that runs it. Cancelling only marks a job; its input and result are
 * freed when it comes back to the submitting context, so inputs may hold
 * objects that belong to that thread.
 *
 * Submitting and re-prioritising cost O(log n). */
#include "base/job.h"

#include "base/courtesy.h"

#include <stdbool.h>

typedef enum { JOB_WAITING, JOB_RUNNING, JOB_FINISHED } JobState;

struct _LamJob {
  const LamJobKind *kind; /* Borrowed */
  LamJobPool *pool; /* Borrowed; outlives the job */
  gpointer input; /* Owned */
  gpointer result; /* Owned */
  gpointer user_data; /* Borrowed */
  GError *error; /* Owned */
  GCancellable *cancellable;
  GMainContext *context;
  GSource *delivery; /* Owned; set when finished */
  GSequenceIter *place; /* in the queue while waiting */
  int64_t priority;
  uint64_t serial;
  JobState state;
};

struct _LamJobPool {
  GMutex lock;
  GCond wake;
  GSequence *queue; /* of waiting LamJob, first to run first */
  GHashTable *jobs; /* every LamJob not yet freed */
  GPtrArray *threads;
  uint64_t next_serial;
  bool closing;
};

static int
compare_jobs (gconstpointer a, gconstpointer b, gpointer unused)
{
  const LamJob *p = a, *q = b;
  if (p->priority != q->priority)
    return p->priority < q->priority ? -1 : 1;
  return p->serial < q->serial ? -1 : p->serial > q->serial;
}

static void
job_free (LamJob *job)
{
  if (job->kind->free_input && job->input)
    job->kind->free_input (job->input);
  if (job->kind->free_result && job->result)
    job->kind->free_result (job->result);
  g_clear_error (&job->error);
  if (job->delivery)
    g_source_unref (job->delivery);
  g_object_unref (job->cancellable);
  g_main_context_unref (job->context);
  g_free (job);
}

static gboolean
deliver_cb (gpointer data)
{
  LamJob *job = data;
  LamJobPool *pool = job->pool;
  g_mutex_lock (&pool->lock);
  g_hash_table_remove (pool->jobs, job);
  g_mutex_unlock (&pool->lock);
  if (job->kind->done && !g_cancellable_is_cancelled (job->cancellable))
    job->kind->done (
        g_steal_pointer (&job->result), job->error, job->user_data);
  job_free (job);
  return G_SOURCE_REMOVE;
}

/* Sends a finished or cancelled job home. */
static void
post_locked (LamJob *job)
{
  job->state = JOB_FINISHED;
  job->delivery = g_idle_source_new ();
  g_source_set_priority (job->delivery, G_PRIORITY_DEFAULT);
  g_source_set_callback (job->delivery, deliver_cb, job, NULL);
  g_source_attach (job->delivery, job->context);
}

static gpointer
work (gpointer data)
{
  LamJobPool *pool = data;
  lam_courtesy_let_frames_pass ();
  g_mutex_lock (&pool->lock);
  for (;;) {
    while (!pool->closing && g_sequence_is_empty (pool->queue))
      g_cond_wait (&pool->wake, &pool->lock);
    if (pool->closing)
      break;
    GSequenceIter *first = g_sequence_get_begin_iter (pool->queue);
    LamJob *job = g_sequence_get (first);
    g_sequence_remove (first);
    job->place = NULL;
    job->state = JOB_RUNNING;
    g_mutex_unlock (&pool->lock);
    job->result = job->kind->run (job->input, job->cancellable, &job->error);
    g_mutex_lock (&pool->lock);
    post_locked (job);
  }
  g_mutex_unlock (&pool->lock);
  return NULL;
}

LamJobPool *
lam_job_pool_new (int n_threads)
{
  LamJobPool *pool = g_new0 (LamJobPool, 1);
  g_mutex_init (&pool->lock);
  g_cond_init (&pool->wake);
  pool->queue = g_sequence_new (NULL);
  pool->jobs = g_hash_table_new (NULL, NULL);
  pool->threads = g_ptr_array_new ();
  int n = n_threads > 0 ? n_threads : MAX (2, (int)g_get_num_processors ());
  for (int i = 0; i < n; i++)
    g_ptr_array_add (pool->threads, g_thread_new ("lam-job", work, pool));
  return pool;
}

void
lam_job_pool_free (LamJobPool *pool)
{
  g_mutex_lock (&pool->lock);
  pool->closing = true;
  GHashTableIter iter;
  gpointer job;
  g_hash_table_iter_init (&iter, pool->jobs);
  while (g_hash_table_iter_next (&iter, &job, NULL))
    g_cancellable_cancel (((LamJob *)job)->cancellable);
  g_cond_broadcast (&pool->wake);
  g_mutex_unlock (&pool->lock);
  for (guint i = 0; i < pool->threads->len; i++)
    g_thread_join (pool->threads->pdata[i]);
  g_hash_table_iter_init (&iter, pool->jobs);
  while (g_hash_table_iter_next (&iter, &job, NULL)) {
    if (((LamJob *)job)->delivery)
      g_source_destroy (((LamJob *)job)->delivery);
    job_free (job);
  }
  g_hash_table_unref (pool->jobs);
  g_sequence_free (pool->queue);
  g_ptr_array_unref (pool->threads);
  g_mutex_clear (&pool->lock);
  g_cond_clear (&pool->wake);
  g_free (pool);
}

LamJob *
lam_job_pool_submit (LamJobPool *pool, const LamJobKind *kind, int64_t priority,
    gpointer input, gpointer user_data)
{
  LamJob *job = g_new0 (LamJob, 1);
  job->kind = kind;
  job->pool = pool;
  job->input = input;
  job->user_data = user_data;
  job->cancellable = g_cancellable_new ();
  job->context = g_main_context_ref_thread_default ();
  job->priority = priority;
  g_mutex_lock (&pool->lock);
  job->serial = pool->next_serial++;
  g_hash_table_add (pool->jobs, job);
  job->place = g_sequence_insert_sorted (pool->queue, job, compare_jobs, NULL);
  g_cond_signal (&pool->wake);
  g_mutex_unlock (&pool->lock);
  return job;
}

void
lam_job_set_priority (LamJob *job, int64_t priority)
{
  LamJobPool *pool = job->pool;
  g_mutex_lock (&pool->lock);
  job->priority = priority;
  if (job->place)
    g_sequence_sort_changed (job->place, compare_jobs, NULL);
  g_mutex_unlock (&pool->lock);
}

void
lam_job_cancel (LamJob *job)
{
  LamJobPool *pool = job->pool;
  g_mutex_lock (&pool->lock);
  g_cancellable_cancel (job->cancellable);
  if (job->place) {
    g_sequence_remove (job->place);
    job->place = NULL;
    post_locked (job);
  }
  g_mutex_unlock (&pool->lock);
}

int
lam_job_pool_get_n_pending (LamJobPool *pool)
{
  g_mutex_lock (&pool->lock);
  int n = (int)g_hash_table_size (pool->jobs);
  g_mutex_unlock (&pool->lock);
  return n;
}
