/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The job pool: order, cancelling, delivery in the submitter's context; and how
 * background work gives way. */
#include "base/courtesy.h"
#include "base/job.h"
#include "base/progress.h"

#include <stdbool.h>

typedef struct {
  GMutex lock;
  GCond opened;
  bool open;
  GArray *order; /* of int; what ran, in order */
} Gate;

typedef struct {
  Gate *gate;
  int number;
} Task;

static gpointer
run_task (gpointer input, GCancellable *cancellable, GError **error)
{
  Task *task = input;
  g_mutex_lock (&task->gate->lock);
  while (!task->gate->open)
    g_cond_wait (&task->gate->opened, &task->gate->lock);
  g_array_append_val (task->gate->order, task->number);
  g_mutex_unlock (&task->gate->lock);
  return g_memdup2 (&task->number, sizeof task->number);
}

static void
count_done (gpointer result, const GError *error, gpointer user_data)
{
  g_free (result);
  ++*(int *)user_data;
}

static const LamJobKind task_kind = {
  .run = run_task,
  .done = count_done,
  .free_input = g_free,
  .free_result = g_free,
};

static Task *
make_task (Gate *gate, int number)
{
  Task *task = g_new (Task, 1);
  *task = (Task){ gate, number };
  return task;
}

static void
open_gate (Gate *gate)
{
  g_mutex_lock (&gate->lock);
  gate->open = true;
  g_cond_broadcast (&gate->opened);
  g_mutex_unlock (&gate->lock);
}

static void
test_order_and_cancel (void)
{
  Gate gate = { .order = g_array_new (false, false, sizeof (int)) };
  int n_done = 0;
  LamJobPool *pool = lam_job_pool_new (1);
  /* The first occupies the only worker until the gate opens. */
  lam_job_pool_submit (pool, &task_kind, -100, make_task (&gate, 0), &n_done);
  g_usleep (20000);
  LamJob *late =
      lam_job_pool_submit (pool, &task_kind, 9, make_task (&gate, 1), &n_done);
  lam_job_pool_submit (pool, &task_kind, 5, make_task (&gate, 2), &n_done);
  LamJob *gone =
      lam_job_pool_submit (pool, &task_kind, 1, make_task (&gate, 3), &n_done);
  lam_job_pool_submit (pool, &task_kind, 5, make_task (&gate, 4), &n_done);
  lam_job_set_priority (late, 2);
  lam_job_cancel (gone);
  open_gate (&gate);
  while (lam_job_pool_get_n_pending (pool) > 0)
    g_main_context_iteration (NULL, true);
  g_assert_cmpint (n_done, ==, 4);
  const int expected[] = { 0, 1, 2, 4 };
  g_assert_cmpmem (gate.order->data, gate.order->len * sizeof (int), expected,
      sizeof expected);
  lam_job_pool_free (pool);
  g_array_unref (gate.order);
}

static void
test_free_delivers_nothing (void)
{
  Gate gate = { .order = g_array_new (false, false, sizeof (int)),
    .open = true };
  int n_done = 0;
  LamJobPool *pool = lam_job_pool_new (2);
  for (int i = 0; i < 50; i++)
    lam_job_pool_submit (pool, &task_kind, i, make_task (&gate, i), &n_done);
  lam_job_pool_free (pool);
  while (g_main_context_iteration (NULL, false))
    ;
  g_assert_cmpint (n_done, ==, 0);
  g_array_unref (gate.order);
}

static double
seconds_of_check (LamProgress *progress)
{
  gint64 start = g_get_monotonic_time ();
  lam_progress_check (progress, NULL);
  return (double)(g_get_monotonic_time () - start) / G_USEC_PER_SEC;
}

static gpointer
stir_on (gpointer data)
{
  for (gint *stop = data; !g_atomic_int_get (stop); g_usleep (20000))
    lam_courtesy_stir ();
  return NULL;
}

static void
test_gives_way (void)
{
  g_autoptr (LamProgress) progress = lam_progress_new ();
  lam_courtesy_stir ();
  g_assert_cmpfloat (seconds_of_check (progress), <, 0.1);
  lam_progress_give_way (progress);
  lam_courtesy_stir ();
  g_assert_cmpfloat (seconds_of_check (progress), >, 0.1);
  g_autoptr (LamProgress) beside = lam_progress_new_beside (progress);
  lam_courtesy_stir ();
  g_assert_cmpfloat (seconds_of_check (beside), >, 0.1);

  /* Beside somebody who never stops it goes on all the same. */
  gint stop = 0;
  GThread *thread = g_thread_new ("stir", stir_on, &stop);
  g_usleep (50000);
  g_assert_cmpfloat (seconds_of_check (progress), >, 0.4);
  g_autoptr (GError) error = NULL;
  lam_progress_cancel (progress);
  g_assert_false (lam_progress_check (progress, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_atomic_int_set (&stop, 1);
  g_thread_join (thread);
}

static gpointer
answer_for_a_while (gpointer data)
{
  lam_courtesy_begin_answer ();
  g_atomic_int_set ((gint *)data, 1);
  g_usleep (300000);
  lam_courtesy_end_answer ();
  return NULL;
}

/* What has time rests for as long as an answer is made; an answer does not. */
static void
test_takes_time (void)
{
  g_autoptr (LamProgress) whole = lam_progress_new ();
  g_autoptr (LamProgress) answer = lam_progress_new ();
  gint begun = 0;
  lam_progress_take_time (whole);
  lam_progress_give_way (answer);
  g_autoptr (LamProgress) part = lam_progress_new_part (whole, 0, 1, 2);
  g_usleep (200000); /* whoever stirred before is quiet */
  GThread *thread = g_thread_new ("answer", answer_for_a_while, &begun);
  while (!g_atomic_int_get (&begun))
    g_usleep (1000);
  g_assert_cmpfloat (seconds_of_check (answer), <, 0.1);
  g_assert_cmpfloat (seconds_of_check (part), >, 0.15);
  g_assert_cmpfloat (seconds_of_check (whole), <, 0.1);
  g_thread_join (thread);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/job/order-and-cancel", test_order_and_cancel);
  g_test_add_func ("/job/free-delivers-nothing", test_free_delivers_nothing);
  g_test_add_func ("/job/gives-way", test_gives_way);
  g_test_add_func ("/job/takes-time", test_takes_time);
  return g_test_run ();
}
