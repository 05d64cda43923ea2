/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* "plan" holds the plan and a lock for as long as it is open. A part is a file
 * "N.part": a line of text (what it is, how many bytes it has unpacked, the
 * SHA-256 of what follows), then the bytes, packed by Blosc. */
#include "cli/part-folder.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/error.h"
#include "base/partial.h"
#include "volume/zarr-codec.h"

#define HEADER "lamella-part %016" G_GINT64_MODIFIER "x %s\n"
/* "lamella-part ", 16 digits, a space, 64 digits, a line's end. */
#define HEADER_BYTES (13 + 16 + 1 + 64 + 1)
#define SUFFIX ".part"
#define BEGUN ".begun"

struct _LamPartFolder {
  char *path; /* Owned */
  int lock; /* the file "plan" */
};

static char *
get_file (const LamPartFolder *folder, const char *name)
{
  return g_build_filename (folder->path, name, NULL);
}

static char *
get_part (const LamPartFolder *folder, int64_t part)
{
  return g_strdup_printf ("%s/%" G_GINT64_FORMAT SUFFIX, folder->path, part);
}

static bool
save (const char *path, const void *bytes, size_t n, GError **error)
{
  GError *failed = NULL;
  if (g_file_set_contents_full (path, bytes, (gssize)n,
          G_FILE_SET_CONTENTS_CONSISTENT | G_FILE_SET_CONTENTS_DURABLE, 0666,
          &failed))
    return true;
  g_set_error (error, LAM_ERROR, LAM_ERROR_IO, _ ("%s cannot be written: %s"),
      path, failed->message);
  g_error_free (failed);
  return false;
}

/* The first line that is not in the other. */
static const char *
find_difference (char **wanted, char **found)
{
  for (int i = 0; wanted[i]; i++)
    if (!found[i] || strcmp (wanted[i], found[i]) != 0)
      return wanted[i];
  return "";
}

static bool
check_plan (const LamPartFolder *folder, const char *plan, GError **error)
{
  g_autofree char *path = get_file (folder, "plan");
  g_autofree char *text = NULL;
  if (!g_file_get_contents (path, &text, NULL, error))
    return false;
  if (strcmp (text, plan) == 0)
    return true;
  g_auto (GStrv) wanted = g_strsplit (plan, "\n", -1);
  g_auto (GStrv) found = g_strsplit (text, "\n", -1);
  g_set_error (error, LAM_ERROR, LAM_ERROR_INPUT,
      _ ("%s holds the parts of another run, for which this was not so: “%s”; "
         "remove it, or choose another name for the result"),
      folder->path, find_difference (wanted, found));
  return false;
}

static bool
take_lock (LamPartFolder *folder, GError **error)
{
  g_autofree char *path = get_file (folder, "plan");
  int file = g_open (path, O_RDWR | O_CLOEXEC, 0);
  if (file >= 0 && flock (file, LOCK_EX | LOCK_NB) == 0) {
    folder->lock = file;
    return true;
  }
  int code = errno;
  if (file >= 0)
    close (file);
  if (file >= 0 && code == EWOULDBLOCK)
    g_set_error (error, LAM_ERROR, LAM_ERROR_READ_ONLY,
        _ ("%s is in use: another run is at work there"), folder->path);
  else
    g_set_error (error, LAM_ERROR, LAM_ERROR_IO, _ ("%s cannot be read: %s"),
        path, g_strerror (code));
  return false;
}

static bool
begin (LamPartFolder *folder, const char *plan, GError **error)
{
  g_autofree char *path = get_file (folder, "plan");
  if (g_mkdir (folder->path, 0777) == 0)
    return save (path, plan, strlen (plan), error);
  if (errno != EEXIST) {
    g_set_error (error, LAM_ERROR, LAM_ERROR_IO, _ ("%s cannot be made: %s"),
        folder->path, g_strerror (errno));
    return false;
  }
  /* Ended before anything was in it. */
  if (g_rmdir (folder->path) == 0)
    return begin (folder, plan, error);
  if (g_file_test (path, G_FILE_TEST_IS_REGULAR))
    return true;
  g_set_error (error, LAM_ERROR, LAM_ERROR_INPUT,
      _ ("%s is needed for finished parts, but is something else; remove it, "
         "or choose another name for the result"),
      folder->path);
  return false;
}

LamPartFolder *
lam_part_folder_open (const char *path, const char *plan, GError **error)
{
  g_autoptr (LamPartFolder) folder = g_new0 (LamPartFolder, 1);
  folder->path = g_strdup (path);
  folder->lock = -1;
  if (!begin (folder, plan, error) || !take_lock (folder, error)
      || !check_plan (folder, plan, error))
    return NULL;
  return g_steal_pointer (&folder);
}

static bool
is_empty (const LamPartFolder *folder)
{
  GDir *files = g_dir_open (folder->path, 0, NULL);
  const char *name;
  bool is_plan_alone = true;
  while (files && (name = g_dir_read_name (files)))
    is_plan_alone &= strcmp (name, "plan") == 0;
  g_clear_pointer (&files, g_dir_close);
  return is_plan_alone;
}

void
lam_part_folder_close (LamPartFolder *folder)
{
  if (!folder)
    return;
  if (folder->lock >= 0) {
    if (is_empty (folder))
      lam_part_folder_remove (folder);
    close (folder->lock);
  }
  g_free (folder->path);
  g_free (folder);
}

const char *
lam_part_folder_get_path (const LamPartFolder *folder)
{
  return folder->path;
}

/* The packed bytes of a part as they are in the file, checked; NULL with
 * error. `n`: unpacked; `from`: where they begin; `n_packed` follow. */
static char *
load (const LamPartFolder *folder, int64_t part, size_t *n, size_t *n_packed,
    GError **error)
{
  g_autofree char *path = get_part (folder, part);
  g_autofree char *bytes = NULL;
  gsize n_bytes;
  if (!g_file_get_contents (path, &bytes, &n_bytes, error))
    return NULL;
  if (n_bytes > HEADER_BYTES) {
    *n_packed = n_bytes - HEADER_BYTES;
    *n = (size_t)g_ascii_strtoull (bytes + 13, NULL, 16);
    g_autofree char *sum = g_compute_checksum_for_data (
        G_CHECKSUM_SHA256, (guchar *)bytes + HEADER_BYTES, *n_packed);
    g_autofree char *header = g_strdup_printf (HEADER, (int64_t)*n, sum);
    if (memcmp (header, bytes, HEADER_BYTES) == 0)
      return g_steal_pointer (&bytes);
  }
  g_set_error (error, LAM_ERROR, LAM_ERROR_CORRUPT, _ ("%s is damaged"), path);
  return NULL;
}

bool
lam_part_folder_has (LamPartFolder *folder, int64_t part)
{
  size_t n, n_packed;
  g_autofree char *path = get_part (folder, part);
  g_autofree char *bytes = load (folder, part, &n, &n_packed, NULL);
  if (!bytes)
    g_unlink (path);
  return bytes != NULL;
}

char *
lam_part_folder_dup_begun (const LamPartFolder *folder, int64_t part)
{
  return g_strdup_printf ("%s/%" G_GINT64_FORMAT BEGUN, folder->path, part);
}

bool
lam_part_folder_write (LamPartFolder *folder, int64_t part, const void *bytes,
    size_t n, GError **error)
{
  size_t room = lam_zarr_codec_bound (n);
  g_autofree char *path = get_part (folder, part);
  g_autofree char *packed = g_malloc (HEADER_BYTES + room);
  size_t size =
      lam_zarr_codec_encode (bytes, n, 1, packed + HEADER_BYTES, room);
  if (size == 0) {
    g_set_error (
        error, LAM_ERROR, LAM_ERROR_IO, _ ("Cannot compress %s"), path);
    return false;
  }
  g_autofree char *sum = g_compute_checksum_for_data (
      G_CHECKSUM_SHA256, (guchar *)packed + HEADER_BYTES, size);
  g_autofree char *header = g_strdup_printf (HEADER, (int64_t)n, sum);
  memcpy (packed, header, HEADER_BYTES);
  if (!save (path, packed, HEADER_BYTES + size, error))
    return false;
  g_autofree char *begun = lam_part_folder_dup_begun (folder, part);
  g_unlink (begun);
  return true;
}

bool
lam_part_folder_read (
    LamPartFolder *folder, int64_t part, void *bytes, size_t n, GError **error)
{
  size_t n_found, n_packed;
  g_autofree char *packed = load (folder, part, &n_found, &n_packed, error);
  if (!packed)
    return false;
  if (n_found == n
      && lam_zarr_codec_find ("blosc")->decode (
          (const uint8_t *)packed + HEADER_BYTES, n_packed, bytes, n))
    return true;
  g_autofree char *path = get_part (folder, part);
  g_set_error (error, LAM_ERROR, LAM_ERROR_CORRUPT, _ ("%s is damaged"), path);
  return false;
}

char *
lam_part_folder_dup_mark (LamPartFolder *folder, const char *name)
{
  g_autofree char *path = get_file (folder, name);
  char *text = NULL;
  g_file_get_contents (path, &text, NULL, NULL);
  return text;
}

bool
lam_part_folder_mark (
    LamPartFolder *folder, const char *name, const char *text, GError **error)
{
  g_autofree char *path = get_file (folder, name);
  return save (path, text, strlen (text), error);
}

/* What says that all is finished goes last, in one step. */
void
lam_part_folder_remove (LamPartFolder *folder)
{
  GDir *files = g_dir_open (folder->path, 0, NULL);
  const char *name;
  while (files && (name = g_dir_read_name (files)))
    if (g_str_has_suffix (name, SUFFIX) || g_str_has_suffix (name, BEGUN)) {
      g_autofree char *path = get_file (folder, name);
      g_unlink (path);
    }
  g_clear_pointer (&files, g_dir_close);
  lam_partial_discard (folder->path);
}
