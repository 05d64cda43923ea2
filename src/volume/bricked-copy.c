/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The thread owns everything but `progress` until it wakes the source that
 * delivers the result; after that the main thread does. Both hold a reference,
 * so that nobody waits for a thread that is flushing a disk or decoding a page:
 * freeing takes the delivery away, and what was made goes when the thread is
 * through with what it is at. The lock on the copy is held as long as this
 * object lives. */
#include "volume/bricked-copy.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/courtesy.h"
#include "base/error.h"
#include "base/text.h"
#include "volume/copy-folder.h"
#include "volume/format-zarr.h"
#include "volume/zarr-copy.h"

#include <glib/gi18n-lib.h>

/* How long to wait for another program that makes the same copy. */
#define LOOK_AGAIN_MICROSECONDS 100000

struct _LamBrickedCopy {
  gatomicrefcount references; /* the main thread's and the worker's */

  /* Owned */
  LamSource *source;
  LamProgress *progress;
  char *folder;
  GSource *delivery;
  LamSource *copy; /* the result, or */
  GError *error;
  int lock; /* or -1 */

  int64_t limit_bytes;
  int n_levels;
  LamLevel levels[LAM_MAX_LEVELS];
  LamBrickedCopyDone done;
  gpointer user_data;
};

static bool
fail_with_errno (LamBrickedCopy *self, const char *path)
{
  g_set_error (&self->error, LAM_ERROR, LAM_ERROR_IO,
      _ ("No bricked copy of %s: %s: %s"), self->source->info.path, path,
      g_strerror (errno));
  return false;
}

/* Exclusively if the copy has yet to be made, else shared. Where another
 * program is making it, waits until that is over. */
static bool
lock (LamBrickedCopy *self, const char *name, const char *complete)
{
  while (lam_progress_check (self->progress, &self->error)) {
    bool exists = g_file_test (complete, G_FILE_TEST_IS_DIR);
    self->lock = lam_copy_folder_lock (self->folder, name, !exists);
    if (self->lock >= 0 && exists == g_file_test (complete, G_FILE_TEST_IS_DIR))
      return true;
    if (self->lock >= 0) {
      close (self->lock);
      self->lock = -1;
      continue;
    }
    if (errno != EWOULDBLOCK)
      return fail_with_errno (self, self->folder);
    g_usleep (LOOK_AGAIN_MICROSECONDS);
  }
  return false;
}

static int64_t
estimate_bytes (const LamBrickedCopy *self)
{
  LamBox all = lam_box_of_size (self->levels[0].size);
  int64_t bytes = lam_box_volume (&all)
      * (int64_t)lam_dtype_bytes (self->source->info.dtype);
  /* All coarser levels add a seventh if each halves every axis. */
  return bytes + bytes / 7;
}

/* EM images shrink to between a half and all of their size. */
static bool
make_room (LamBrickedCopy *self)
{
  int64_t bytes = estimate_bytes (self);
  if (bytes / 2 > self->limit_bytes) {
    g_autofree char *needed = lam_text_bytes (bytes);
    g_autofree char *limit = lam_text_bytes (self->limit_bytes);
    g_set_error (&self->error, LAM_ERROR, LAM_ERROR_LIMIT,
        _ ("No bricked copy of %s: it would take up to %s, and all copies "
           "together may take %s"),
        self->source->info.path, needed, limit);
    return false;
  }
  lam_copy_folder_shrink (self->folder, MAX (self->limit_bytes - bytes, 0));
  return true;
}

/* A copy that was broken off is kept to be continued; one that failed is not,
 * least of all on a full disk. */
static bool
make (LamBrickedCopy *self, const char *name, const char *complete)
{
  const LamSourceInfo *info = lam_source_get_info (self->source);
  g_autofree char *partial =
      lam_copy_folder_path (self->folder, name, "partial");
  if (!make_room (self))
    return false;
  if (!lam_zarr_copy_write (self->source, self->levels, self->n_levels,
          info->voxel_size_nm, partial, self->limit_bytes, self->progress,
          &self->error)) {
    if (!lam_error_is_cancelled (self->error))
      lam_copy_folder_remove (partial);
    return false;
  }
  g_autofree char *now =
      lam_copy_folder_name (info, self->levels, self->n_levels);
  if (g_strcmp0 (now, name) != 0) {
    lam_copy_folder_remove (partial);
    g_set_error (&self->error, LAM_ERROR, LAM_ERROR_MOVED,
        _ ("No bricked copy of %s: the file changed meanwhile"), info->path);
    return false;
  }
  /* The name says that all is there: it may not reach the disk first. */
  int fd = open (partial, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd >= 0) {
    syncfs (fd);
    close (fd);
  }
  if (rename (partial, complete) < 0)
    return fail_with_errno (self, complete);
  return true;
}

static bool
has_same_levels (const LamBrickedCopy *self, const LamSourceInfo *info)
{
  return info->n_levels == self->n_levels
      && memcmp (info->levels, self->levels,
             sizeof *self->levels * (size_t)self->n_levels)
      == 0;
}

/* Locks with the copy there or not, makes it if not, and opens it. */
static bool
find_or_make (LamBrickedCopy *self, const char *name, const char *complete)
{
  if (!lock (self, name, complete))
    return false;
  if (!g_file_test (complete, G_FILE_TEST_IS_DIR)
      && !make (self, name, complete))
    return false;
  flock (self->lock, LOCK_SH);
  self->copy =
      lam_format_zarr.open (complete, &LAM_OPEN_DEFAULTS, &self->error);
  if (self->copy && has_same_levels (self, lam_source_get_info (self->copy)))
    return true;
  if (self->copy)
    g_set_error (&self->error, LAM_ERROR, LAM_ERROR_CORRUPT,
        _ ("The bricked copy %s does not fit its file"), complete);
  g_clear_pointer (&self->copy, lam_source_unref);
  return false;
}

static void
work (LamBrickedCopy *self)
{
  if (g_mkdir_with_parents (self->folder, 0777) < 0) {
    fail_with_errno (self, self->folder);
    return;
  }
  g_autofree char *name = lam_copy_folder_name (
      lam_source_get_info (self->source), self->levels, self->n_levels);
  if (!name) {
    fail_with_errno (self, self->source->info.path);
    return;
  }
  g_autofree char *complete = lam_copy_folder_path (self->folder, name, "zarr");
  if (find_or_make (self, name, complete))
    return;
  /* A copy that is there but not sound is made again next time. */
  if (self->lock >= 0 && g_file_test (complete, G_FILE_TEST_IS_DIR)
      && flock (self->lock, LOCK_EX | LOCK_NB) == 0)
    lam_copy_folder_remove (complete);
  if (self->lock >= 0)
    close (self->lock);
  self->lock = -1;
}

static void
unref (LamBrickedCopy *self)
{
  if (!g_atomic_ref_count_dec (&self->references))
    return;
  g_source_unref (self->delivery);
  g_clear_pointer (&self->copy, lam_source_unref);
  g_clear_error (&self->error);
  if (self->lock >= 0)
    close (self->lock);
  lam_source_unref (self->source);
  lam_progress_unref (self->progress);
  g_free (self->folder);
  g_free (self);
}

static gpointer
run (gpointer data)
{
  LamBrickedCopy *self = data;
  lam_courtesy_lower_thread ();
  work (self);
  /* Delivered last: then whoever frees it frees all of it, and the lock is open
   * for the next one. This thread may not run again for seconds. */
  GSource *delivery = g_source_ref (self->delivery);
  unref (self);
  g_source_set_ready_time (delivery, 0);
  g_source_unref (delivery);
  return NULL;
}

static gboolean
deliver_cb (gpointer data)
{
  LamBrickedCopy *self = data;
  self->done (self->copy, self->error, self->user_data);
  return G_SOURCE_REMOVE;
}

static gboolean
dispatch_delivery (GSource *source, GSourceFunc callback, gpointer data)
{
  return callback (data);
}

static GSourceFuncs delivery_functions = { .dispatch = dispatch_delivery };

LamBrickedCopy *
lam_bricked_copy_start (
    LamSource *source, const LamBrickedCopySettings *settings)
{
  LamBrickedCopy *self = g_new0 (LamBrickedCopy, 1);
  g_atomic_ref_count_init (&self->references);
  self->source = lam_source_ref (source);
  self->progress = lam_progress_new ();
  lam_progress_give_way (self->progress);
  self->folder = g_strdup (settings->folder);
  self->lock = -1;
  self->limit_bytes = settings->limit_bytes;
  self->n_levels = settings->n_levels;
  memcpy (self->levels, settings->levels,
      sizeof *self->levels * (size_t)self->n_levels);
  self->done = settings->done;
  self->user_data = settings->user_data;
  /* Sleeps until the thread sets its time. */
  self->delivery = g_source_new (&delivery_functions, sizeof (GSource));
  g_source_set_callback (self->delivery, deliver_cb, self, NULL);
  g_autoptr (GMainContext) context = g_main_context_ref_thread_default ();
  g_source_attach (self->delivery, context);
  g_atomic_ref_count_inc (&self->references);
  g_thread_unref (g_thread_new ("lam-copy", run, self));
  return self;
}

void
lam_bricked_copy_free (LamBrickedCopy *self)
{
  lam_progress_cancel (self->progress);
  g_source_destroy (self->delivery);
  unref (self);
}

LamProgress *
lam_bricked_copy_get_progress (LamBrickedCopy *self)
{
  return self->progress;
}
