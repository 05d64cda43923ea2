/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Between its making and its locking a name belongs to nobody: who finds it
 * then takes the lock and removes it, so that the maker, when it gets the lock,
 * looks whether its file still has a name. Where a file system has no such
 * locks, nothing is removed. */
#include "base/partial.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

/* The random part: eight digits of sixteen, between two dots. */
#define N_DIGITS 8
#define MAX_TRIES 100
#define DISCARDED "discarded"

struct _LamPartial {
  char *final; /* Owned */
  char *path; /* Owned */
  int fd; /* locked; of a folder, for reading */
};

void
lam_partial_remove (const char *path)
{
  if (!g_file_test (path, G_FILE_TEST_IS_DIR)
      || g_file_test (path, G_FILE_TEST_IS_SYMLINK)) {
    g_unlink (path);
    return;
  }
  GDir *folder = g_dir_open (path, 0, NULL);
  const char *name;
  while (folder && (name = g_dir_read_name (folder))) {
    g_autofree char *each = g_build_filename (path, name, NULL);
    lam_partial_remove (each);
  }
  g_clear_pointer (&folder, g_dir_close);
  g_rmdir (path);
}

/* Whether `name` is what something of `base` is called in the making. */
static bool
is_ours (const char *name, const char *base, const char *suffix)
{
  size_t n = strlen (base);
  if (strncmp (name, base, n) != 0 || name[n] != '.')
    return false;
  name += n + 1;
  for (int i = 0; i < N_DIGITS; i++)
    if (!g_ascii_isxdigit (*name++))
      return false;
  return *name == '.' && strcmp (name + 1, suffix) == 0;
}

static void
remove_if_stale (const char *path)
{
  int fd = open (path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
  if (fd < 0)
    return;
  if (flock (fd, LOCK_EX | LOCK_NB) == 0)
    lam_partial_remove (path);
  close (fd);
}

static void
remove_stale (const char *path, const char *suffix)
{
  g_autofree char *folder = g_path_get_dirname (path);
  g_autofree char *base = g_path_get_basename (path);
  GDir *names = g_dir_open (folder, 0, NULL);
  const char *name;
  while (names && (name = g_dir_read_name (names)))
    if (is_ours (name, base, suffix)) {
      g_autofree char *each = g_build_filename (folder, name, NULL);
      remove_if_stale (each);
    }
  g_clear_pointer (&names, g_dir_close);
}

void
lam_partial_discard (const char *path)
{
  g_autofree char *aside =
      g_strdup_printf ("%s.%08x." DISCARDED, path, g_random_int ());
  remove_stale (path, DISCARDED);
  if (g_rename (path, aside) == 0)
    lam_partial_remove (aside);
}

/* A descriptor; -1 with errno. */
static int
make (const char *path, bool is_folder)
{
  if (!is_folder)
    return open (path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  if (g_mkdir (path, 0777) != 0)
    return -1;
  return open (path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static bool
still_has_name (int fd, const char *path)
{
  struct stat ours, named;
  return fstat (fd, &ours) == 0 && lstat (path, &named) == 0
      && ours.st_dev == named.st_dev && ours.st_ino == named.st_ino;
}

static LamPartial *
partial_new (const char *path, const char *suffix, bool is_folder)
{
  g_autofree char *final = g_canonicalize_filename (path, NULL);
  remove_stale (final, suffix);
  for (int tries = 0; tries < MAX_TRIES; tries++) {
    g_autofree char *name =
        g_strdup_printf ("%s.%08x.%s", final, g_random_int (), suffix);
    int fd = make (name, is_folder);
    if (fd < 0 && errno != EEXIST)
      return NULL;
    if (fd < 0)
      continue;
    if (flock (fd, LOCK_EX) == 0 && !still_has_name (fd, name)) {
      close (fd);
      continue;
    }
    LamPartial *partial = g_new0 (LamPartial, 1);
    partial->final = g_steal_pointer (&final);
    partial->path = g_steal_pointer (&name);
    partial->fd = fd;
    return partial;
  }
  errno = EEXIST;
  return NULL;
}

LamPartial *
lam_partial_new_file (const char *path, const char *suffix)
{
  return partial_new (path, suffix, false);
}

LamPartial *
lam_partial_new_folder (const char *path, const char *suffix)
{
  return partial_new (path, suffix, true);
}

void
lam_partial_free (LamPartial *partial)
{
  if (!partial)
    return;
  if (partial->path)
    lam_partial_remove (partial->path);
  if (partial->fd >= 0)
    close (partial->fd);
  g_free (partial->path);
  g_free (partial->final);
  g_free (partial);
}

int
lam_partial_get_fd (const LamPartial *partial)
{
  return partial->fd;
}

const char *
lam_partial_get_path (const LamPartial *partial)
{
  return partial->path;
}

/* A folder cannot be renamed onto a file or one that is not empty: the two
 * change their names in one step or, where the file system cannot, one after
 * the other. */
static bool
exchange (LamPartial *partial)
{
  if (renameat2 (
          AT_FDCWD, partial->path, AT_FDCWD, partial->final, RENAME_EXCHANGE)
      == 0)
    return true;
  if (errno != EINVAL && errno != ENOSYS)
    return false;
  g_autofree char *aside = g_strconcat (partial->path, ".old", NULL);
  if (g_rename (partial->final, aside) != 0)
    return false;
  if (g_rename (partial->path, partial->final) != 0) {
    int code = errno;
    g_rename (aside, partial->final);
    errno = code;
    return false;
  }
  return g_rename (aside, partial->path) == 0;
}

/* Renames while it is locked: nobody takes it for one that was left behind. */
bool
lam_partial_put_in_place (LamPartial *partial)
{
  if (g_rename (partial->path, partial->final) == 0) {
    g_clear_pointer (&partial->path, g_free);
    return true;
  }
  /* What has the name in the making now is what was there before. */
  return (errno == ENOTEMPTY || errno == EEXIST || errno == ENOTDIR)
      && exchange (partial);
}
