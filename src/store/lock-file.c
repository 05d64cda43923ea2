/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* An open file description lock (fcntl(2), F_OFD_SETLK): it goes when the
 * process dies, however it dies, holds between two openings in one process, and
 * cannot be dropped by somebody closing another descriptor of the file. The
 * file is removed on closing; since another may have opened it just before, a
 * lock only counts while the file locked is still the one with that name. */
#include "store/lock-file.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"

struct _LamLockFile {
  char *path; /* Owned */
  int fd;
  bool leave;
};

static bool
fail (const char *path, int code, GError **error)
{
  bool refused = code == EACCES || code == EPERM || code == EROFS;
  g_set_error (error, LAM_ERROR, refused ? LAM_ERROR_READ_ONLY : LAM_ERROR_IO,
      _ ("%s cannot be made: %s"), path, g_strerror (code));
  return false;
}

/* What the holder wrote, as one line that is safe to show. */
static char *
read_holder (int fd)
{
  char text[512];
  ssize_t n = pread (fd, text, sizeof text - 1, 0);
  text[MAX (n, 0)] = '\0';
  g_auto (GStrv) lines = g_strsplit (text, "\n", 4);
  if (g_strv_length (lines) < 3)
    return g_strdup (_ ("somebody else"));
  g_autofree char *line = g_strdup_printf (
      _ ("%s on %s (process %s)"), lines[0], lines[1], lines[2]);
  g_autofree char *valid = g_utf8_make_valid (line, -1);
  return g_strescape (valid, valid);
}

static bool
write_holder (int fd)
{
  g_autofree char *text = g_strdup_printf (
      "%s\n%s\n%d\n", g_get_user_name (), g_get_host_name (), (int)getpid ());
  size_t n = strlen (text);
  return ftruncate (fd, 0) == 0 && pwrite (fd, text, n, 0) == (ssize_t)n;
}

static bool
is_still_named (int fd, const char *path)
{
  struct stat opened, named;
  return fstat (fd, &opened) == 0 && stat (path, &named) == 0
      && opened.st_dev == named.st_dev && opened.st_ino == named.st_ino;
}

static int
try_lock (int fd)
{
  struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
  return fcntl (fd, F_OFD_SETLK, &lock);
}

/* One try. 1: taken, 0: somebody else has it, -1: failed, 2: try again. */
static int
take_once (const char *path, int *out, LamLockFound *found, GError **error)
{
  int fd = open (path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0666);
  if (fd < 0) {
    fail (path, errno, error);
    return -1;
  }
  if (try_lock (fd) != 0) {
    int code = errno;
    bool taken = code == EAGAIN || code == EACCES;
    if (taken)
      found->holder = read_holder (fd);
    else
      fail (path, code, error);
    close (fd);
    return taken ? 0 : -1;
  }
  if (!is_still_named (fd, path)) {
    close (fd);
    return 2;
  }
  *out = fd;
  return 1;
}

LamLockFile *
lam_lock_file_take (
    const char *project_path, LamLockFound *found, GError **error)
{
  *found = (LamLockFound){ 0 };
  g_autofree char *path = g_strconcat (project_path, ".lock", NULL);
  int fd = -1, result = 2;
  for (int tries = 0; result == 2 && tries < 100; tries++)
    result = take_once (path, &fd, found, error);
  if (result == 2)
    fail (path, EAGAIN, error);
  if (result != 1)
    return NULL;
  struct stat info;
  found->was_left = fstat (fd, &info) == 0 && info.st_size > 0;
  if (!write_holder (fd)) {
    fail (path, errno, error);
    close (fd);
    return NULL;
  }
  LamLockFile *lock = g_new (LamLockFile, 1);
  *lock = (LamLockFile){ g_steal_pointer (&path), fd, false };
  return lock;
}

void
lam_lock_file_set_leave (LamLockFile *lock, bool leave)
{
  lock->leave = leave;
}

void
lam_lock_file_free (LamLockFile *lock)
{
  /* While the lock is held, so that nobody's new file is removed. */
  if (!lock->leave && is_still_named (lock->fd, lock->path))
    unlink (lock->path);
  close (lock->fd);
  g_free (lock->path);
  g_free (lock);
}
