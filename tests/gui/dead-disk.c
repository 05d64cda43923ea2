/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Loaded before the C library: what is asked about a file below the folder
 * LAM_DEAD_DISK is never answered; its path is added to the file
 * LAM_DEAD_SAID. Or, with LAM_SLOW_DISK, each file takes so many seconds to be
 * on the disk. */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void
hang_below (const char *path)
{
  const char *folder = getenv ("LAM_DEAD_DISK");
  if (!folder || !path || strncmp (path, folder, strlen (folder)) != 0)
    return;
  FILE *said = fopen (getenv ("LAM_DEAD_SAID"), "a");
  if (said) {
    fprintf (said, "%s\n", path);
    fclose (said);
  }
  for (;;)
    pause ();
}

int
access (const char *path, int mode)
{
  int (*next) (const char *, int) =
      (int (*) (const char *, int))dlsym (RTLD_NEXT, "access");
  hang_below (path);
  return next (path, mode);
}

int
stat (const char *restrict path, struct stat *restrict status)
{
  int (*next) (const char *, struct stat *) =
      (int (*) (const char *, struct stat *))dlsym (RTLD_NEXT, "stat");
  hang_below (path);
  return next (path, status);
}

int
lstat (const char *restrict path, struct stat *restrict status)
{
  int (*next) (const char *, struct stat *) =
      (int (*) (const char *, struct stat *))dlsym (RTLD_NEXT, "lstat");
  hang_below (path);
  return next (path, status);
}

int
statx (int folder, const char *restrict path, int flags, unsigned int mask,
    struct statx *restrict status)
{
  int (*next) (int, const char *, int, unsigned int, struct statx *) =
      (int (*) (int, const char *, int, unsigned int, struct statx *))dlsym (
          RTLD_NEXT, "statx");
  hang_below (path);
  return next (folder, path, flags, mask, status);
}

static int
sync_slowly (const char *name, int file)
{
  int (*next) (int) = (int (*) (int))dlsym (RTLD_NEXT, name);
  const char *seconds = getenv ("LAM_SLOW_DISK");
  if (seconds)
    sleep ((unsigned)atoi (seconds));
  return next (file);
}

int
fsync (int file)
{
  return sync_slowly ("fsync", file);
}

int
fdatasync (int file)
{
  return sync_slowly ("fdatasync", file);
}
