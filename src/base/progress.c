/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "base/progress.h"

#include "base/courtesy.h"

struct _LamProgress {
  gatomicrefcount references;
  GCancellable *cancellable; /* Owned */
  _Atomic int64_t started; /* monotonic microseconds */
  _Atomic int64_t done, total;
  _Atomic double before; /* the fraction that was done when it started */
  LamProgress *whole; /* Owned; or NULL */
  int64_t first, end, n; /* of `whole` */
  bool gives_way, has_time;
};

/* What one of `whole` is cut into, so that its parts move it evenly. */
#define FINE 4096

LamProgress *
lam_progress_new (void)
{
  LamProgress *progress = g_new0 (LamProgress, 1);
  g_atomic_ref_count_init (&progress->references);
  progress->cancellable = g_cancellable_new ();
  progress->started = g_get_monotonic_time ();
  return progress;
}

LamProgress *
lam_progress_new_part (
    LamProgress *whole, int64_t first, int64_t end, int64_t total)
{
  if (!whole)
    return NULL;
  LamProgress *progress = lam_progress_new ();
  g_set_object (&progress->cancellable, whole->cancellable);
  progress->whole = lam_progress_ref (whole);
  progress->gives_way = whole->gives_way;
  progress->has_time = whole->has_time;
  progress->first = first;
  progress->end = end;
  progress->n = total;
  return progress;
}

LamProgress *
lam_progress_new_beside (LamProgress *whole)
{
  LamProgress *progress = lam_progress_new_restless (whole);
  if (!progress)
    return NULL;
  progress->gives_way = whole->gives_way;
  progress->has_time = whole->has_time;
  return progress;
}

LamProgress *
lam_progress_new_restless (LamProgress *whole)
{
  if (!whole)
    return NULL;
  LamProgress *progress = lam_progress_new ();
  g_set_object (&progress->cancellable, whole->cancellable);
  return progress;
}

LamProgress *
lam_progress_ref (LamProgress *progress)
{
  g_atomic_ref_count_inc (&progress->references);
  return progress;
}

void
lam_progress_unref (LamProgress *progress)
{
  if (!g_atomic_ref_count_dec (&progress->references))
    return;
  g_object_unref (progress->cancellable);
  g_clear_pointer (&progress->whole, lam_progress_unref);
  g_free (progress);
}

double
lam_progress_get_fraction (LamProgress *progress)
{
  int64_t total = progress->total;
  return total > 0 ? CLAMP ((double)progress->done / total, 0, 1) : 0;
}

/* What is done first takes another time for each part than most of it. Where
 * little is done, only what takes long has a pace that is worth telling. */
#define LEAST_SECONDS 0.5
#define LITTLE 0.05
#define LITTLE_SECONDS 5

double
lam_progress_get_seconds_left (LamProgress *progress)
{
  double fraction = lam_progress_get_fraction (progress);
  double elapsed = (g_get_monotonic_time () - progress->started) / 1e6;
  double done = fraction - progress->before;
  if (done <= 0 || elapsed < LEAST_SECONDS
      || (done < LITTLE * (1 - progress->before) && elapsed < LITTLE_SECONDS))
    return -1;
  return elapsed * (1 - fraction) / done;
}

GCancellable *
lam_progress_get_cancellable (LamProgress *progress)
{
  return progress->cancellable;
}

bool
lam_progress_is_cancelled (LamProgress *progress)
{
  return g_cancellable_is_cancelled (progress->cancellable);
}

void
lam_progress_give_way (LamProgress *progress)
{
  progress->gives_way = true;
}

void
lam_progress_take_time (LamProgress *progress)
{
  progress->has_time = true;
}

void
lam_progress_set (LamProgress *progress, int64_t done, int64_t total)
{
  if (!progress)
    return;
  progress->total = total;
  progress->done = done;
  if (!progress->whole)
    return;
  double span = (double)(progress->end - progress->first) * FINE;
  lam_progress_set (progress->whole,
      progress->first * FINE
          + (int64_t)(span * lam_progress_get_fraction (progress)),
      progress->n * FINE);
}

void
lam_progress_begin (LamProgress *progress, int64_t done, int64_t total)
{
  if (!progress)
    return;
  lam_progress_set (progress, done, total);
  progress->before = lam_progress_get_fraction (progress);
  progress->started = g_get_monotonic_time ();
}

bool
lam_progress_check (LamProgress *progress, GError **error)
{
  if (!progress)
    return true;
  if (progress->has_time)
    lam_courtesy_rest_long (progress->cancellable);
  else if (progress->gives_way)
    lam_courtesy_rest (progress->cancellable);
  return !g_cancellable_set_error_if_cancelled (progress->cancellable, error);
}

GCancellable *
lam_progress_cancellable_or_null (LamProgress *progress)
{
  return progress ? progress->cancellable : NULL;
}

void
lam_progress_cancel (LamProgress *progress)
{
  if (progress)
    g_cancellable_cancel (progress->cancellable);
}
