/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "store/project-copy.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"

/* Pages copied between two looks at the progress. */
#define PAGES_A_STEP 1024
#define CHUNK_BYTES (1 << 20)

static bool
system_fail (const char *path, int code, GError **error)
{
  bool refused = code == EACCES || code == EPERM || code == EROFS;
  g_set_error (error, LAM_ERROR,
      code == EEXIST ? LAM_ERROR_INPUT
          : refused  ? LAM_ERROR_READ_ONLY
                     : LAM_ERROR_IO,
      "%s: %s", path, g_strerror (code));
  return false;
}

LamPartial *
lam_project_begin (const char *path, char **temporary, GError **error)
{
  LamPartial *partial = lam_partial_new_folder (path, "part");
  if (partial)
    *temporary =
        g_build_filename (lam_partial_get_path (partial), "project", NULL);
  else
    system_fail (path, errno, error);
  return partial;
}

static bool
flush (const char *path, int flags, GError **error)
{
  int fd = open (path, flags | O_CLOEXEC);
  bool ok = fd >= 0 && fsync (fd) == 0;
  int code = errno;
  if (fd >= 0)
    close (fd);
  return ok || system_fail (path, code, error);
}

/* The folder can be written, and an empty file may be replaced, anything else
 * may not. */
bool
lam_project_check_free (const char *path, bool *is_empty_file, GError **error)
{
  struct stat info;
  *is_empty_file = false;
  g_autofree char *folder = g_path_get_dirname (path);
  if (faccessat (AT_FDCWD, folder, W_OK | X_OK, AT_EACCESS) != 0)
    return system_fail (folder, errno, error);
  if (lstat (path, &info) != 0)
    return errno == ENOENT || system_fail (path, errno, error);
  *is_empty_file = S_ISREG (info.st_mode) && info.st_size == 0;
  if (*is_empty_file)
    return true;
  g_set_error (error, LAM_ERROR, LAM_ERROR_INPUT,
      _ ("%s exists already; choose another name, nothing was written"), path);
  return false;
}

bool
lam_project_publish (const char *temporary, const char *path, GError **error)
{
  bool is_empty_file;
  if (!lam_project_check_free (path, &is_empty_file, error))
    return false;
  if (!flush (temporary, O_RDONLY, error))
    return false;
  unsigned flags = is_empty_file ? 0 : RENAME_NOREPLACE;
  int rc = renameat2 (AT_FDCWD, temporary, AT_FDCWD, path, flags);
  if (rc != 0 && errno == EINVAL && flags != 0) {
    /* A file system without that flag; link() does not replace either. */
    rc = link (temporary, path);
    if (rc == 0)
      unlink (temporary);
  }
  if (rc != 0)
    return system_fail (path, errno, error);
  g_autofree char *folder = g_path_get_dirname (path);
  return flush (folder, O_RDONLY | O_DIRECTORY, error);
}

/* ---- Backup ------------------------------------------------------------- */

static bool
backup (LamConnection *from, LamConnection *to, LamProgress *progress,
    GError **error)
{
  sqlite3 *target = lam_connection_get_db (to);
  sqlite3_backup *copy = sqlite3_backup_init (
      target, "main", lam_connection_get_db (from), "main");
  if (!copy)
    return lam_connection_fail (to, sqlite3_errcode (target), error);
  int rc = SQLITE_OK;
  bool wanted = true;
  while (rc == SQLITE_OK && wanted) {
    rc = sqlite3_backup_step (copy, PAGES_A_STEP);
    int total = sqlite3_backup_pagecount (copy);
    lam_progress_set (progress, total - sqlite3_backup_remaining (copy), total);
    wanted = lam_progress_check (progress, error);
  }
  int finished = sqlite3_backup_finish (copy);
  if (!wanted)
    return false;
  return rc == SQLITE_DONE && finished == SQLITE_OK
      ? true
      : lam_connection_fail (to, finished != SQLITE_OK ? finished : rc, error);
}

static bool
copy_to (LamConnection *connection, const char *temporary,
    LamProgress *progress, GError **error)
{
  g_autoptr (LamConnection) copy =
      lam_connection_open (temporary, LAM_CONNECTION_CREATE, error);
  return copy && backup (connection, copy, progress, error);
}

bool
lam_project_copy (LamConnection *connection, const char *path,
    LamProgress *progress, GError **error)
{
  bool is_empty_file;
  if (!lam_project_check_free (path, &is_empty_file, error))
    return false;
  g_autofree char *temporary = NULL;
  g_autoptr (LamPartial) partial = lam_project_begin (path, &temporary, error);
  return partial && copy_to (connection, temporary, progress, error)
      && lam_project_publish (temporary, path, error);
}

/* ---- Reading beside a writer -------------------------------------------- */

/* A file opened through SQLite's default VFS, without a connection. */
typedef struct {
  sqlite3_file *file; /* Owned */
  char *name; /* Owned by SQLite */
} RawFile;

static void
raw_close (RawFile *raw)
{
  if (raw->file && raw->file->pMethods)
    raw->file->pMethods->xClose (raw->file);
  g_clear_pointer (&raw->file, g_free);
  g_clear_pointer (&raw->name, sqlite3_free_filename);
}

static int
raw_open (RawFile *raw, const char *path)
{
  sqlite3_vfs *vfs = sqlite3_vfs_find (NULL);
  raw->name = (char *)sqlite3_create_filename (path, "", "", 0, NULL);
  raw->file = g_malloc0 ((gsize)vfs->szOsFile);
  if (!raw->name)
    return SQLITE_NOMEM;
  return vfs->xOpen (vfs, raw->name, raw->file,
      SQLITE_OPEN_READONLY | SQLITE_OPEN_MAIN_DB, NULL);
}

int
lam_project_peek (const char *path, void *data, int n, int64_t offset)
{
  RawFile raw = { 0 };
  int rc = raw_open (&raw, path);
  if (rc == SQLITE_OK)
    rc = raw.file->pMethods->xRead (raw.file, data, n, offset);
  raw_close (&raw);
  return rc;
}

static bool
write_all (int fd, const guint8 *data, size_t n)
{
  while (n > 0) {
    ssize_t written = write (fd, data, n);
    if (written < 0 && errno == EINTR)
      continue;
    if (written <= 0)
      return false;
    data += written;
    n -= (size_t)written;
  }
  return true;
}

static bool
copy_bytes (RawFile *raw, const char *path, int fd, GError **error)
{
  sqlite3_int64 size = 0;
  g_autofree guint8 *chunk = g_malloc (CHUNK_BYTES);
  int rc = raw->file->pMethods->xFileSize (raw->file, &size);
  if (ftruncate (fd, 0) != 0 || lseek (fd, 0, SEEK_SET) != 0)
    return system_fail (path, errno, error);
  for (sqlite3_int64 at = 0; at < size && rc == SQLITE_OK; at += CHUNK_BYTES) {
    int n = (int)MIN (CHUNK_BYTES, size - at);
    rc = raw->file->pMethods->xRead (raw->file, chunk, n, at);
    if (rc == SQLITE_OK && !write_all (fd, chunk, (size_t)n))
      return system_fail (_ ("A temporary copy"), errno, error);
  }
  if (rc == SQLITE_OK)
    return true;
  g_set_error (
      error, LAM_ERROR, LAM_ERROR_IO, "%s: %s", path, sqlite3_errstr (rc));
  return false;
}

/* Unchanged and equal before and after a copy: no transaction was writing the
 * file meanwhile. In TRUNCATE mode the journal has bytes from before the first
 * change of the file until the commit. */
typedef struct {
  struct timespec file_time, journal_time;
  off_t file_bytes, journal_bytes;
  guint8 change_counter[4]; /* of the header, at 24 */
} Quiet;

static Quiet
look (const char *path)
{
  Quiet quiet;
  memset (&quiet, 0, sizeof quiet);
  struct stat info;
  g_autofree char *journal = g_strconcat (path, "-journal", NULL);
  if (stat (path, &info) == 0) {
    quiet.file_time = info.st_mtim;
    quiet.file_bytes = info.st_size;
  }
  if (stat (journal, &info) == 0) {
    quiet.journal_time = info.st_mtim;
    quiet.journal_bytes = info.st_size;
  }
  lam_project_peek (path, quiet.change_counter, 4, 24);
  return quiet;
}

static bool
copy_while_quiet (RawFile *raw, const char *path, int fd, GError **error)
{
  for (int tries = 0; tries < 50; tries++) {
    Quiet before = look (path);
    if (before.journal_bytes == 0) {
      if (!copy_bytes (raw, path, fd, error))
        return false;
      Quiet after = look (path);
      if (memcmp (&before, &after, sizeof before) == 0)
        return true;
    }
    g_usleep (20000);
  }
  g_set_error (error, LAM_ERROR, LAM_ERROR_READ_ONLY,
      _ ("%s is being changed by somebody else, or was not closed and must "
         "first be opened by somebody who may write it; try again later"),
      path);
  return false;
}

/* In the person's cache folder, else in the one for temporary files. */
static int
make_temporary (char **path, GError **error)
{
  g_autofree char *folder =
      g_build_filename (g_get_user_cache_dir (), "lamella", NULL);
  g_mkdir_with_parents (folder, 0700);
  const char *folders[] = { folder, g_get_tmp_dir () };
  int fd = -1;
  for (size_t i = 0; fd < 0 && i < G_N_ELEMENTS (folders); i++) {
    g_free (*path);
    *path = g_build_filename (folders[i], "snapshot-XXXXXX.lamella", NULL);
    fd = g_mkstemp_full (*path, O_RDWR | O_CLOEXEC, 0600);
  }
  if (fd < 0)
    system_fail (*path, errno, error);
  return fd;
}

char *
lam_project_snapshot (const char *path, GError **error)
{
  g_autofree char *name = NULL;
  int fd = make_temporary (&name, error);
  if (fd < 0)
    return NULL;
  RawFile raw = { 0 };
  int rc = raw_open (&raw, path);
  if (rc != SQLITE_OK)
    g_set_error (
        error, LAM_ERROR, LAM_ERROR_IO, "%s: %s", path, sqlite3_errstr (rc));
  bool ok = rc == SQLITE_OK && copy_while_quiet (&raw, path, fd, error);
  raw_close (&raw);
  close (fd);
  if (!ok)
    unlink (name);
  return ok ? g_steal_pointer (&name) : NULL;
}
