/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "store/store-thread.h"

typedef struct {
  LamStoreCall call;
  gpointer data;
  bool *done; /* set under the lock when somebody waits; else NULL */
} Request;

struct _LamStoreThread {
  GMutex lock;
  GCond changed; /* a request came, was done, or the holder let go */
  GQueue queue, held_queue; /* Request *, under lock */
  bool held, stopping; /* under lock */
  GThread *thread; /* Owned; NULL when stopped */
};

/* The next request that may be carried out now; NULL at the end. */
static Request *
pop (LamStoreThread *self)
{
  Request *request = NULL;
  g_mutex_lock (&self->lock);
  for (;;) {
    GQueue *queue = self->held ? &self->held_queue : &self->queue;
    request = g_queue_pop_head (queue);
    if (request || (self->stopping && !self->held))
      break;
    g_cond_wait (&self->changed, &self->lock);
  }
  g_mutex_unlock (&self->lock);
  return request;
}

static gpointer
run (gpointer data)
{
  LamStoreThread *self = data;
  Request *request;
  while ((request = pop (self))) {
    request->call (request->data);
    if (request->done) {
      g_mutex_lock (&self->lock);
      *request->done = true;
      g_cond_broadcast (&self->changed);
      g_mutex_unlock (&self->lock);
    }
    g_free (request);
  }
  return NULL;
}

LamStoreThread *
lam_store_thread_new (void)
{
  LamStoreThread *self = g_new0 (LamStoreThread, 1);
  g_mutex_init (&self->lock);
  g_cond_init (&self->changed);
  g_queue_init (&self->queue);
  g_queue_init (&self->held_queue);
  self->thread = g_thread_new ("store", run, self);
  return self;
}

void
lam_store_thread_stop (LamStoreThread *self)
{
  g_mutex_lock (&self->lock);
  self->stopping = true;
  GThread *thread = g_steal_pointer (&self->thread);
  g_cond_broadcast (&self->changed);
  g_mutex_unlock (&self->lock);
  if (thread)
    g_thread_join (thread);
}

void
lam_store_thread_free (LamStoreThread *self)
{
  lam_store_thread_stop (self);
  g_mutex_clear (&self->lock);
  g_cond_clear (&self->changed);
  g_free (self);
}

/* Under the lock. */
static void
add_locked (LamStoreThread *self, GQueue *queue, LamStoreCall call,
    gpointer data, bool *done)
{
  Request *request = g_new (Request, 1);
  *request = (Request){ call, data, done };
  g_queue_push_tail (queue, request);
  g_cond_broadcast (&self->changed);
}

static void
wait_locked (LamStoreThread *self, const bool *done)
{
  while (!*done)
    g_cond_wait (&self->changed, &self->lock);
}

bool
lam_store_thread_push (LamStoreThread *self, LamStoreCall call, gpointer data)
{
  g_mutex_lock (&self->lock);
  bool open = !self->stopping;
  if (open)
    add_locked (self, &self->queue, call, data, NULL);
  g_mutex_unlock (&self->lock);
  return open;
}

bool
lam_store_thread_call (LamStoreThread *self, LamStoreCall call, gpointer data)
{
  bool done = false;
  g_mutex_lock (&self->lock);
  bool open = !self->stopping;
  if (open) {
    add_locked (self, &self->queue, call, data, &done);
    wait_locked (self, &done);
  }
  g_mutex_unlock (&self->lock);
  return open;
}

static void
hold_cb (gpointer data)
{
  LamStoreThread *self = data;
  g_mutex_lock (&self->lock);
  self->held = true;
  g_mutex_unlock (&self->lock);
}

bool
lam_store_thread_hold (LamStoreThread *self)
{
  return lam_store_thread_call (self, hold_cb, self);
}

void
lam_store_thread_call_held (
    LamStoreThread *self, LamStoreCall call, gpointer data)
{
  bool done = false;
  g_mutex_lock (&self->lock);
  g_assert (self->held);
  add_locked (self, &self->held_queue, call, data, &done);
  wait_locked (self, &done);
  g_mutex_unlock (&self->lock);
}

void
lam_store_thread_release (LamStoreThread *self)
{
  g_mutex_lock (&self->lock);
  self->held = false;
  g_cond_broadcast (&self->changed);
  g_mutex_unlock (&self->lock);
}
