/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The file: a head, the settings, the parts one after another, SHA-256 of all
 * that. It is read twice: once to check it, once to take it. */
#include "nn/checkpoint.h"

#include <errno.h>
#include <fcntl.h>
#include <gio/gio.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#define MAGIC "LamTrain"
#define VERSION 2
#define MAX_SETTINGS (1 << 20)
#define BUFFER (1 << 20)
#define DIGEST 32

typedef struct {
  char magic[8];
  uint32_t version;
  uint32_t settings_bytes;
  uint64_t parts_bytes;
} Head;

static bool
fail_system (const char *path, GError **error)
{
  int code = errno;
  g_set_error (
      error, LAM_ERROR, LAM_ERROR_IO, "%s: %s", path, g_strerror (code));
  return false;
}

static uint64_t
count_bytes (const LamCheckpointPart *parts, int n)
{
  uint64_t sum = 0;
  for (int i = 0; i < n; i++)
    sum += parts[i].n_bytes;
  return sum;
}

static bool
put (FILE *file, GChecksum *sum, const void *data, size_t n)
{
  if (sum)
    g_checksum_update (sum, data, (gssize)n);
  return n == 0 || fwrite (data, 1, n, file) == n;
}

static bool
put_all (
    FILE *file, const char *settings, const LamCheckpointPart *parts, int n)
{
  Head head = { .version = VERSION,
    .settings_bytes = (uint32_t)strlen (settings),
    .parts_bytes = count_bytes (parts, n) };
  guint8 digest[DIGEST];
  gsize length = sizeof digest;
  g_autoptr (GChecksum) sum = g_checksum_new (G_CHECKSUM_SHA256);
  memcpy (head.magic, MAGIC, sizeof head.magic);
  bool ok = put (file, sum, &head, sizeof head)
      && put (file, sum, settings, strlen (settings));
  for (int i = 0; i < n && ok; i++)
    ok = put (file, sum, parts[i].data, parts[i].n_bytes);
  g_checksum_get_digest (sum, digest, &length);
  return ok && put (file, NULL, digest, sizeof digest) && fflush (file) == 0
      && fsync (fileno (file)) == 0;
}

/* So that the new name is there after a power failure. */
static bool
sync_folder (const char *path)
{
  g_autofree char *folder = g_path_get_dirname (path);
  int file = open (folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  bool ok = file >= 0 && fsync (file) == 0;
  if (file >= 0)
    close (file);
  return ok;
}

bool
lam_checkpoint_write (const char *path, const char *settings,
    const LamCheckpointPart *parts, int n, GError **error)
{
  g_autofree char *beside = g_strconcat (path, ".partial", NULL);
  FILE *file = g_fopen (beside, "wbe");
  if (!file)
    return fail_system (beside, error);
  bool ok = put_all (file, settings, parts, n);
  int code = errno;
  if (fclose (file) != 0 && ok) {
    code = errno;
    ok = false;
  }
  if (ok) {
    ok = g_rename (beside, path) == 0 && sync_folder (path);
    code = errno;
  }
  if (ok)
    return true;
  g_unlink (beside);
  errno = code;
  return fail_system (path, error);
}

static bool
fail_damaged (const char *path, GError **error)
{
  g_set_error (error, LAM_ERROR, LAM_ERROR_CORRUPT,
      _ ("%s is damaged: its checksum or its length is wrong"), path);
  return false;
}

static bool
read_head (FILE *file, const char *path, Head *head, GError **error)
{
  if (fread (head, 1, sizeof *head, file) != sizeof *head
      || memcmp (head->magic, MAGIC, sizeof head->magic) != 0) {
    g_set_error (error, LAM_ERROR, LAM_ERROR_FORMAT,
        _ ("%s is no checkpoint of a training"), path);
    return false;
  }
  if (head->version != VERSION) {
    g_set_error (error, LAM_ERROR,
        head->version > VERSION ? LAM_ERROR_NEWER : LAM_ERROR_UNSUPPORTED,
        _ ("%s is a checkpoint of version %u, but %u is needed"), path,
        head->version, VERSION);
    return false;
  }
  return head->settings_bytes <= MAX_SETTINGS || fail_damaged (path, error);
}

/* The whole file once, up to the digest at its end. */
static bool
check_file (FILE *file, const char *path, GError **error)
{
  Head head;
  guint8 digest[DIGEST], found[DIGEST];
  gsize length = sizeof digest;
  g_autofree char *buffer = g_malloc (BUFFER);
  g_autoptr (GChecksum) sum = g_checksum_new (G_CHECKSUM_SHA256);
  if (!read_head (file, path, &head, error))
    return false;
  g_checksum_update (sum, (const guchar *)&head, sizeof head);
  if (head.parts_bytes > G_MAXINT64 - MAX_SETTINGS)
    return fail_damaged (path, error);
  uint64_t left = head.settings_bytes + head.parts_bytes;
  while (left > 0) {
    size_t n = (size_t)MIN (left, BUFFER);
    if (fread (buffer, 1, n, file) != n)
      return fail_damaged (path, error);
    g_checksum_update (sum, (const guchar *)buffer, (gssize)n);
    left -= n;
  }
  g_checksum_get_digest (sum, digest, &length);
  if (fread (found, 1, sizeof found, file) != sizeof found
      || memcmp (found, digest, sizeof found) != 0 || fgetc (file) != EOF)
    return fail_damaged (path, error);
  return true;
}

/* Both lines say something of the same of these names. */
static bool
are_free (const char *a, const char *b, const char *const *names)
{
  for (; *names; names++) {
    const size_t n = strlen (*names);
    if (strncmp (a, *names, n) == 0 && strncmp (b, *names, n) == 0
        && a[n] == '=' && b[n] == '=')
      return true;
  }
  return false;
}

/* The first line that is not the same in both. */
static bool
compare_settings (const char *path, const char *found, const char *needed,
    const char *const *free, GError **error)
{
  g_auto (GStrv) a = g_strsplit (found, "\n", -1);
  g_auto (GStrv) b = g_strsplit (needed, "\n", -1);
  guint i = 0;
  while (a[i] && b[i]
      && (strcmp (a[i], b[i]) == 0 || are_free (a[i], b[i], free)))
    i++;
  if (!a[i] && !b[i])
    return true;
  g_set_error (error, LAM_ERROR, LAM_ERROR_INPUT,
      _ ("%s belongs to another training: it has “%s”, this one “%s”"), path,
      a[i] ? a[i] : "", b[i] ? b[i] : "");
  return false;
}

static bool
take_file (FILE *file, const char *path, const char *settings,
    const char *const *free, const LamCheckpointPart *parts, int n,
    GError **error)
{
  Head head;
  if (!read_head (file, path, &head, error))
    return false;
  g_autofree char *found = g_malloc0 (head.settings_bytes + 1);
  if (fread (found, 1, head.settings_bytes, file) != head.settings_bytes)
    return fail_damaged (path, error);
  if (!compare_settings (path, found, settings, free, error))
    return false;
  if (head.parts_bytes != count_bytes (parts, n))
    return fail_damaged (path, error);
  for (int i = 0; i < n; i++)
    if (fread (parts[i].data, 1, parts[i].n_bytes, file) != parts[i].n_bytes)
      return fail_damaged (path, error);
  return true;
}

bool
lam_checkpoint_read (const char *path, const char *settings,
    const char *const *free, const LamCheckpointPart *parts, int n,
    GError **error)
{
  FILE *file = g_fopen (path, "rbe");
  if (!file)
    return fail_system (path, error);
  bool ok = check_file (file, path, error);
  rewind (file);
  ok = ok && take_file (file, path, settings, free, parts, n, error);
  fclose (file);
  return ok;
}
