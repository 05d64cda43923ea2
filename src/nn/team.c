/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Workers sleep between pieces: a background network must not spin beside a
 * person who paints. A piece is begun by raising `round`; each worker takes
 * parts from `next` until none are left, the caller too. */
#include "nn/team.h"

#define MAX_THREADS 256

typedef struct {
  LamTeam *team;
  int index;
} Worker;

struct _LamTeam {
  int n_threads;
  GThread *threads[MAX_THREADS]; /* Owned; from 1 */
  Worker workers[MAX_THREADS];
  GMutex lock;
  GCond begin, end;
  /* Under the lock */
  uint64_t round;
  int n_busy;
  gboolean is_over;
  /* Written under the lock before a round, read in it */
  LamTeamPart part;
  gpointer data;
  int64_t n_parts;
  _Atomic int64_t next;
};

static void
do_parts (LamTeam *team, int thread)
{
  for (;;) {
    int64_t i = team->next++;
    if (i >= team->n_parts)
      return;
    team->part (team->data, i, thread);
  }
}

static gpointer
worker_thread (gpointer data)
{
  Worker *worker = data;
  LamTeam *team = worker->team;
  uint64_t seen = 0;
  g_mutex_lock (&team->lock);
  for (;;) {
    while (!team->is_over && team->round == seen)
      g_cond_wait (&team->begin, &team->lock);
    if (team->is_over)
      break;
    seen = team->round;
    g_mutex_unlock (&team->lock);
    do_parts (team, worker->index);
    g_mutex_lock (&team->lock);
    if (--team->n_busy == 0)
      g_cond_signal (&team->end);
  }
  g_mutex_unlock (&team->lock);
  return NULL;
}

LamTeam *
lam_team_new (int n_threads)
{
  LamTeam *team = g_new0 (LamTeam, 1);
  if (n_threads <= 0)
    n_threads = (int)g_get_num_processors ();
  team->n_threads = CLAMP (n_threads, 1, MAX_THREADS);
  g_mutex_init (&team->lock);
  g_cond_init (&team->begin);
  g_cond_init (&team->end);
  for (int i = 1; i < team->n_threads; i++) {
    team->workers[i] = (Worker){ team, i };
    team->threads[i] =
        g_thread_new ("lam-network", worker_thread, &team->workers[i]);
  }
  return team;
}

void
lam_team_free (LamTeam *team)
{
  if (!team)
    return;
  g_mutex_lock (&team->lock);
  team->is_over = TRUE;
  g_cond_broadcast (&team->begin);
  g_mutex_unlock (&team->lock);
  for (int i = 1; i < team->n_threads; i++)
    g_thread_join (team->threads[i]);
  g_cond_clear (&team->begin);
  g_cond_clear (&team->end);
  g_mutex_clear (&team->lock);
  g_free (team);
}

int
lam_team_get_n_threads (const LamTeam *team)
{
  return team->n_threads;
}

void
lam_team_run (LamTeam *team, int64_t n, LamTeamPart part, gpointer data)
{
  if (team->n_threads == 1 || n <= 1) {
    for (int64_t i = 0; i < n; i++)
      part (data, i, 0);
    return;
  }
  g_mutex_lock (&team->lock);
  team->part = part;
  team->data = data;
  team->n_parts = n;
  team->next = 0;
  team->n_busy = team->n_threads - 1;
  team->round++;
  g_cond_broadcast (&team->begin);
  g_mutex_unlock (&team->lock);
  do_parts (team, 0);
  g_mutex_lock (&team->lock);
  while (team->n_busy)
    g_cond_wait (&team->end, &team->lock);
  g_mutex_unlock (&team->lock);
}
