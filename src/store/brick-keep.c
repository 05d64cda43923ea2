/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* A brick is a few kilobytes, but an undo of a large import under an export
 * writes over all there are. What does not fit into memory goes behind each
 * other into a file that has no name, and so is gone with the program. */
#include "store/brick-keep.h"

#include <errno.h>
#include <fcntl.h>
#include <gio/gio.h>
#include <glib/gi18n-lib.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/error.h"
#include "base/int64-hash.h"

typedef struct {
  /* Owned; at most one of them */
  GBytes *bytes;
  GError *error;
  /* Or in the file; `n` is 0 where it is not. */
  off_t at;
  size_t n;
} Kept;

struct _LamBrickKeep {
  GHashTable *bricks; /* Owned; packed key → Kept */
  char *folder; /* Owned */
  int64_t max_bytes, in_memory;
  int file; /* Owned; -1 before it is needed */
  off_t end;
};

static void
kept_free (gpointer data)
{
  Kept *kept = data;
  g_clear_pointer (&kept->bytes, g_bytes_unref);
  g_clear_error (&kept->error);
  g_free (kept);
}

LamBrickKeep *
lam_brick_keep_new (int64_t max_bytes, const char *folder)
{
  LamBrickKeep *keep = g_new0 (LamBrickKeep, 1);
  keep->bricks =
      g_hash_table_new_full (lam_int64_hash, g_int64_equal, g_free, kept_free);
  keep->folder = g_strdup (folder);
  keep->max_bytes = max_bytes;
  keep->file = -1;
  return keep;
}

void
lam_brick_keep_free (LamBrickKeep *keep)
{
  g_hash_table_unref (keep->bricks);
  if (keep->file >= 0)
    close (keep->file);
  g_free (keep->folder);
  g_free (keep);
}

bool
lam_brick_keep_has (LamBrickKeep *keep, int64_t key)
{
  return g_hash_table_contains (keep->bricks, &key);
}

static bool
fail (const LamBrickKeep *keep, int code, GError **error)
{
  g_set_error (error, LAM_ERROR, LAM_ERROR_IO,
      _ ("%s: what was painted over meanwhile cannot be kept there: %s"),
      keep->folder, g_strerror (code));
  return false;
}

static bool
open_file (LamBrickKeep *keep, GError **error)
{
  if (keep->file >= 0)
    return true;
  g_autofree char *name =
      g_build_filename (keep->folder, ".lamella-XXXXXX", NULL);
  keep->file = mkostemp (name, O_CLOEXEC);
  if (keep->file < 0)
    return fail (keep, errno, error);
  unlink (name);
  return true;
}

static bool
write_out (LamBrickKeep *keep, GBytes *bytes, Kept *kept, GError **error)
{
  gsize n;
  const char *data = g_bytes_get_data (bytes, &n);
  if (!open_file (keep, error))
    return false;
  for (size_t done = 0; done < n;) {
    ssize_t part =
        pwrite (keep->file, data + done, n - done, keep->end + (off_t)done);
    if (part < 0 && errno == EINTR)
      continue;
    if (part <= 0)
      return fail (keep, part < 0 ? errno : ENOSPC, error);
    done += (size_t)part;
  }
  kept->at = keep->end;
  kept->n = n;
  keep->end += (off_t)n;
  return true;
}

static GBytes *
read_back (LamBrickKeep *keep, const Kept *kept, GError **error)
{
  g_autofree char *data = g_malloc (kept->n);
  for (size_t done = 0; done < kept->n;) {
    ssize_t part =
        pread (keep->file, data + done, kept->n - done, kept->at + (off_t)done);
    if (part < 0 && errno == EINTR)
      continue;
    if (part <= 0) {
      fail (keep, part < 0 ? errno : EIO, error);
      return NULL;
    }
    done += (size_t)part;
  }
  return g_bytes_new_take (g_steal_pointer (&data), kept->n);
}

void
lam_brick_keep_put (
    LamBrickKeep *keep, int64_t key, GBytes *bytes, const GError *error)
{
  Kept *kept = g_new0 (Kept, 1);
  int64_t n = bytes ? (int64_t)g_bytes_get_size (bytes) : 0;
  if (n > keep->max_bytes - keep->in_memory) {
    write_out (keep, bytes, kept, &kept->error);
  } else if (bytes) {
    kept->bytes = g_bytes_ref (bytes);
    keep->in_memory += n;
  }
  if (error)
    kept->error = g_error_copy (error);
  g_hash_table_insert (keep->bricks, g_memdup2 (&key, sizeof key), kept);
}

bool
lam_brick_keep_lookup (
    LamBrickKeep *keep, int64_t key, GBytes **bytes, GError **error)
{
  const Kept *kept = g_hash_table_lookup (keep->bricks, &key);
  if (!kept)
    return false;
  if (kept->error)
    g_propagate_error (error, g_error_copy (kept->error));
  else if (kept->n > 0)
    *bytes = read_back (keep, kept, error);
  else
    *bytes = kept->bytes ? g_bytes_ref (kept->bytes) : NULL;
  return true;
}
