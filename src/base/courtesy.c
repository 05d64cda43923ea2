/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/courtesy.h"

#include <sched.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#define STIRRED_MICROSECONDS 150000
#define LONGEST_REST_MICROSECONDS 500000
#define NAP_MICROSECONDS 10000
#define LOWEST_NICE 19
/* A third of the weight of 0. */
#define NICE_AFTER_FRAMES 5
/* linux/ioprio.h: the thread itself, class "idle". */
#define IOPRIO_WHO_PROCESS 1
#define IOPRIO_IDLE (3 << 13)

static _Atomic int64_t last_stir; /* monotonic microseconds; 0: never */
static _Atomic int n_answers; /* that are being made */

void
lam_courtesy_stir (void)
{
  last_stir = g_get_monotonic_time ();
}

void
lam_courtesy_rest (GCancellable *cancellable)
{
  int64_t start = g_get_monotonic_time ();
  for (int64_t now = start;
       last_stir > 0 && now - last_stir < STIRRED_MICROSECONDS
       && now - start < LONGEST_REST_MICROSECONDS
       && !g_cancellable_is_cancelled (cancellable);
       now = g_get_monotonic_time ())
    g_usleep (NAP_MICROSECONDS);
}

void
lam_courtesy_begin_answer (void)
{
  n_answers++;
}

void
lam_courtesy_end_answer (void)
{
  n_answers--;
}

void
lam_courtesy_rest_long (GCancellable *cancellable)
{
  lam_courtesy_rest (cancellable);
  while (n_answers > 0 && !g_cancellable_is_cancelled (cancellable))
    g_usleep (NAP_MICROSECONDS);
}

/* The nice value counts where the kernel refuses the policy. */
void
lam_courtesy_lower_thread (void)
{
  setpriority (PRIO_PROCESS, (id_t)syscall (SYS_gettid), LOWEST_NICE);
  sched_setscheduler (0, SCHED_IDLE, &(struct sched_param){ 0 });
  syscall (SYS_ioprio_set, IOPRIO_WHO_PROCESS, 0, IOPRIO_IDLE);
}

void
lam_courtesy_let_frames_pass (void)
{
  setpriority (PRIO_PROCESS, (id_t)syscall (SYS_gettid), NICE_AFTER_FRAMES);
}
