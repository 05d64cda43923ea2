/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The signals are blocked in every thread but taken by the watching one with
 * sigtimedwait(), whose time-out paces the progress line as well; so no code
 * runs inside of a signal handler. A second signal ends the program at once. */
#include "cli/watch.h"

#include <glib/gi18n-lib.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/text.h"

#define PACE_NS 200000000L

struct _LamWatch {
  LamProgress *progress; /* Owned */
  GThread *thread; /* Owned */
  sigset_t signals, before;
  bool on_terminal;
  _Atomic bool stop;
};

static void
show (LamWatch *watch)
{
  double fraction = lam_progress_get_fraction (watch->progress);
  double seconds = lam_progress_get_seconds_left (watch->progress);
  if (seconds < 0) {
    g_printerr ("\r\033[K%3.0f %%", 100 * fraction);
    return;
  }
  g_autofree char *left = lam_text_duration (seconds);
  g_printerr (_ ("\r\033[K%3.0f %%, %s left"), 100 * fraction, left);
}

static gpointer
watch_thread (gpointer data)
{
  LamWatch *watch = data;
  const struct timespec pace = { 0, PACE_NS };
  while (!watch->stop) {
    int got = sigtimedwait (&watch->signals, NULL, &pace);
    if (watch->stop)
      break;
    if (got > 0) {
      if (lam_progress_is_cancelled (watch->progress))
        _exit (1);
      lam_progress_cancel (watch->progress);
    } else if (watch->on_terminal) {
      show (watch);
    }
  }
  return NULL;
}

LamWatch *
lam_watch_begin (LamProgress *progress)
{
  LamWatch *watch = g_new0 (LamWatch, 1);
  watch->progress = lam_progress_ref (progress);
  watch->on_terminal = isatty (STDERR_FILENO);
  sigemptyset (&watch->signals);
  sigaddset (&watch->signals, SIGINT);
  sigaddset (&watch->signals, SIGTERM);
  /* Wakes the thread at the end. */
  sigaddset (&watch->signals, SIGUSR2);
  pthread_sigmask (SIG_BLOCK, &watch->signals, &watch->before);
  watch->thread = g_thread_new ("watch", watch_thread, watch);
  return watch;
}

void
lam_watch_end (LamWatch *watch)
{
  watch->stop = true;
  kill (getpid (), SIGUSR2);
  g_thread_join (watch->thread);
  if (watch->on_terminal)
    g_printerr ("\r\033[K");
  /* One that was not taken any more must not end the program later. */
  const struct timespec now = { 0, 0 };
  while (sigtimedwait (&watch->signals, NULL, &now) > 0)
    ;
  pthread_sigmask (SIG_SETMASK, &watch->before, NULL);
  lam_progress_unref (watch->progress);
  g_free (watch);
}
