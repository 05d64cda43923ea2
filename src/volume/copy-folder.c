/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* NAME.zarr is a complete copy, NAME.partial one in the making, NAME.lock is
 * locked shared by who reads the copy and exclusively by who makes or removes
 * it. The lock file's time says when the copy was last used. */
#include "volume/copy-folder.h"

#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "volume/format-tiff.h"

/* Part of the name, so that copies of another layout are not found. */
#define LAYOUT_VERSION 2

static FTS *
open_tree (const char *path, int (*compare) (const FTSENT **, const FTSENT **))
{
  char *const paths[] = { (char *)path, NULL };
  return fts_open (paths, FTS_PHYSICAL | FTS_NOCHDIR, compare);
}

/* The time of the last change of status too: a file that was replaced may have
 * been given the old one's size and time of writing. */
static void
add_status (GChecksum *sum, const struct stat *status)
{
  const int64_t parts[] = { (int64_t)status->st_size,
    (int64_t)status->st_mtim.tv_sec, (int64_t)status->st_mtim.tv_nsec,
    (int64_t)status->st_ctim.tv_sec, (int64_t)status->st_ctim.tv_nsec };
  g_checksum_update (sum, (const guchar *)parts, sizeof parts);
}

static int
compare_entries (const FTSENT **a, const FTSENT **b)
{
  return strcmp ((*a)->fts_name, (*b)->fts_name);
}

/* Of a folder every file counts; of a folder of pages those in folders below it
 * do not, for they are no part of the image. */
static bool
add_entries (GChecksum *sum, const char *path, bool is_flat)
{
  FTS *tree = open_tree (path, compare_entries);
  if (!tree)
    return false;
  for (FTSENT *entry; (entry = fts_read (tree));) {
    if (entry->fts_info == FTS_D && entry->fts_level > 0 && is_flat)
      fts_set (tree, entry, FTS_SKIP);
    if (entry->fts_info == FTS_D || entry->fts_info == FTS_DP)
      continue;
    struct stat status;
    if (stat (entry->fts_accpath, &status) < 0)
      continue;
    g_checksum_update (sum, (const guchar *)entry->fts_path, -1);
    add_status (sum, &status);
  }
  fts_close (tree);
  return true;
}

/* Which axes a level halves depends on the voxel size, and a person may say
 * another one while half of a copy is made. */
static void
add_levels (GChecksum *sum, const LamLevel *levels, int n_levels)
{
  for (int i = 0; i < n_levels; i++) {
    g_checksum_update (
        sum, (const guchar *)levels[i].size, sizeof levels[i].size);
    g_checksum_update (
        sum, (const guchar *)levels[i].factor, sizeof levels[i].factor);
  }
}

char *
lam_copy_folder_name (
    const LamSourceInfo *info, const LamLevel *levels, int n_levels)
{
  struct stat status;
  if (stat (info->path, &status) < 0)
    return NULL;
  g_autoptr (GChecksum) sum = g_checksum_new (G_CHECKSUM_SHA256);
  g_checksum_update (
      sum, (const guchar *)info->path, (gssize)strlen (info->path) + 1);
  const int64_t parts[] = { LAYOUT_VERSION, info->channel, (int64_t)info->dtype,
    n_levels };
  g_checksum_update (sum, (const guchar *)parts, sizeof parts);
  add_levels (sum, levels, n_levels);
  bool is_flat = g_strcmp0 (info->format, lam_format_tiff_folder.name) == 0;
  if (!S_ISDIR (status.st_mode))
    add_status (sum, &status);
  else if (!add_entries (sum, info->path, is_flat))
    return NULL;
  return g_strdup (g_checksum_get_string (sum));
}

char *
lam_copy_folder_path (const char *folder, const char *name, const char *suffix)
{
  return g_strdup_printf ("%s/%s.%s", folder, name, suffix);
}

/* Another program may have removed the copy, and its lock file with it, between
 * our opening and locking it. */
static bool
is_still (int fd, const char *path)
{
  struct stat held, there;
  return fstat (fd, &held) == 0 && stat (path, &there) == 0
      && held.st_ino == there.st_ino && held.st_dev == there.st_dev;
}

static int
lock_path (const char *path, bool exclusive)
{
  for (;;) {
    int fd = open (path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0666);
    if (fd < 0)
      return -1;
    if (flock (fd, (exclusive ? LOCK_EX : LOCK_SH) | LOCK_NB) < 0) {
      int code = errno;
      close (fd);
      errno = code;
      return -1;
    }
    if (is_still (fd, path))
      return fd;
    close (fd);
  }
}

int
lam_copy_folder_lock (const char *folder, const char *name, bool exclusive)
{
  g_autofree char *path = lam_copy_folder_path (folder, name, "lock");
  int fd = lock_path (path, exclusive);
  if (fd >= 0)
    futimens (fd, NULL);
  return fd;
}

int64_t
lam_copy_folder_measure (const char *path)
{
  int64_t bytes = 0;
  FTS *tree = open_tree (path, NULL);
  for (FTSENT *entry; tree && (entry = fts_read (tree));)
    if (entry->fts_info == FTS_F)
      bytes += (int64_t)entry->fts_statp->st_blocks * 512;
  if (tree)
    fts_close (tree);
  return bytes;
}

void
lam_copy_folder_remove (const char *path)
{
  FTS *tree = open_tree (path, NULL);
  for (FTSENT *entry; tree && (entry = fts_read (tree));)
    if (entry->fts_info != FTS_D)
      remove (entry->fts_accpath);
  if (tree)
    fts_close (tree);
}

typedef struct {
  char *name; /* Owned; without suffix */
  int64_t bytes;
  gint64 used; /* nanoseconds */
} Copy;

static void
copy_free (gpointer data)
{
  Copy *copy = data;
  g_free (copy->name);
  g_free (copy);
}

static const char *const suffixes[] = { "zarr", "partial" };

static int64_t
measure_copy (const char *folder, const char *name)
{
  int64_t bytes = 0;
  for (size_t i = 0; i < G_N_ELEMENTS (suffixes); i++) {
    g_autofree char *path = lam_copy_folder_path (folder, name, suffixes[i]);
    bytes += lam_copy_folder_measure (path);
  }
  return bytes;
}

/* Only if nobody has it locked. */
static bool
remove_copy (const char *folder, const char *name)
{
  g_autofree char *lock = lam_copy_folder_path (folder, name, "lock");
  int fd = lock_path (lock, true);
  if (fd < 0)
    return false;
  for (size_t i = 0; i < G_N_ELEMENTS (suffixes); i++) {
    g_autofree char *path = lam_copy_folder_path (folder, name, suffixes[i]);
    lam_copy_folder_remove (path);
  }
  unlink (lock);
  close (fd);
  return true;
}

static int
compare_use (gconstpointer a, gconstpointer b)
{
  const Copy *p = *(Copy *const *)a, *q = *(Copy *const *)b;
  return p->used < q->used ? -1 : p->used > q->used;
}

/* All copies by their lock files, least recently used first. */
static GPtrArray *
list_copies (const char *folder)
{
  GPtrArray *copies = g_ptr_array_new_with_free_func (copy_free);
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *file;
  while (dir && (file = g_dir_read_name (dir))) {
    if (!g_str_has_suffix (file, ".lock"))
      continue;
    g_autofree char *path = g_build_filename (folder, file, NULL);
    struct stat status;
    if (lstat (path, &status) < 0 || !S_ISREG (status.st_mode))
      continue;
    Copy *copy = g_new0 (Copy, 1);
    copy->name = g_strndup (file, strlen (file) - strlen (".lock"));
    copy->bytes = measure_copy (folder, copy->name);
    copy->used = status.st_mtim.tv_sec * G_GINT64_CONSTANT (1000000000)
        + status.st_mtim.tv_nsec;
    g_ptr_array_add (copies, copy);
  }
  g_ptr_array_sort (copies, compare_use);
  return copies;
}

void
lam_copy_folder_shrink (const char *folder, int64_t bytes)
{
  g_autoptr (GPtrArray) copies = list_copies (folder);
  int64_t total = 0;
  for (guint i = 0; i < copies->len; i++)
    total += ((Copy *)copies->pdata[i])->bytes;
  for (guint i = 0; i < copies->len && total > bytes; i++) {
    Copy *copy = copies->pdata[i];
    if (remove_copy (folder, copy->name))
      total -= copy->bytes;
  }
}
