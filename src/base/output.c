/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/output.h"

#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"

static bool
is_same (const char *one, const char *other)
{
  struct stat a, b;
  return stat (one, &a) == 0 && stat (other, &b) == 0 && a.st_dev == b.st_dev
      && a.st_ino == b.st_ino;
}

static bool
would_harm (const char *path, const char *input)
{
  g_autofree char *folder = g_path_get_dirname (path);
  return is_same (path, input)
      || (g_file_test (path, G_FILE_TEST_EXISTS) && is_same (folder, input));
}

/* "SQLite Database File Format", section 1.3: the text and, behind 68 bytes,
 * whose it is. */
static bool
begins_like_project (const char *path)
{
  static const uint8_t id[4] = { LAM_PROJECT_ID >> 24,
    LAM_PROJECT_ID >> 16 & 255, LAM_PROJECT_ID >> 8 & 255,
    LAM_PROJECT_ID & 255 };
  uint8_t head[72];
  int fd = open (path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0)
    return false;
  bool is_whole = pread (fd, head, sizeof head, 0) == sizeof head;
  close (fd);
  return is_whole && memcmp (head, "SQLite format 3", 16) == 0
      && memcmp (head + 68, id, 4) == 0;
}

/* Whatever it is called. One that is open has a lock beside it, and is not
 * looked into: closing it would drop SQLite's locks. */
static bool
is_project (const char *path)
{
  g_autofree char *lock = g_strconcat (path, ".lock", NULL);
  return g_file_test (path, G_FILE_TEST_IS_REGULAR)
      && (g_file_test (lock, G_FILE_TEST_EXISTS) || begins_like_project (path));
}

static bool
is_number (const char *name)
{
  return *name && strspn (name, "0123456789") == strlen (name);
}

/* A name in an OME-Zarr that is a part of its image. */
static bool
is_part_of_image (const char *folder, const char *name)
{
  static const char *const files[] = { ".zattrs", ".zgroup", ".zmetadata",
    NULL };
  g_autofree char *array = g_build_filename (folder, name, ".zarray", NULL);
  return g_strv_contains (files, name)
      || (is_number (name) && g_file_test (array, G_FILE_TEST_IS_REGULAR));
}

/* Whether the folder is an image of OME-Zarr and nothing else: no labels, no
 * file that somebody put there. */
static bool
is_image_folder (const char *path)
{
  g_autofree char *attributes = g_build_filename (path, ".zattrs", NULL);
  g_autofree char *text = NULL;
  GDir *folder = g_dir_open (path, 0, NULL);
  const char *name;
  bool is_one = folder && !g_file_test (path, G_FILE_TEST_IS_SYMLINK)
      && g_file_get_contents (attributes, &text, NULL, NULL)
      && strstr (text, "\"multiscales\"");
  while (is_one && (name = g_dir_read_name (folder)))
    is_one = is_part_of_image (path, name);
  g_clear_pointer (&folder, g_dir_close);
  return is_one;
}

static bool
check_free (const char *path, bool may_replace, GError **error)
{
  if (g_file_test (path, G_FILE_TEST_IS_DIR) && !is_image_folder (path)) {
    g_set_error (error, LAM_ERROR, LAM_ERROR_INPUT,
        _ ("%s is a folder that is there already, and not just an image in "
           "OME-Zarr: remove it or choose another name"),
        path);
    return false;
  }
  if (may_replace || !g_file_test (path, G_FILE_TEST_EXISTS))
    return true;
  g_set_error (error, LAM_ERROR, LAM_ERROR_INPUT,
      _ ("%s is there already: choose another name, or say --force to replace "
         "it"),
      path);
  return false;
}

bool
lam_output_check (const char *path, const char *const *inputs, bool may_replace,
    GError **error)
{
  if (g_str_has_suffix (path, ".lamella")) {
    g_set_error (error, LAM_ERROR, LAM_ERROR_INPUT,
        _ ("%s is named as a project: choose another name"), path);
    return false;
  }
  for (int i = 0; inputs && inputs[i]; i++)
    if (would_harm (path, inputs[i])) {
      g_set_error (error, LAM_ERROR, LAM_ERROR_INPUT,
          _ ("%s would write over %s: choose another name"), path, inputs[i]);
      return false;
    }
  if (is_project (path)) {
    g_set_error (error, LAM_ERROR, LAM_ERROR_INPUT,
        _ ("%s is a project, or in use as one: choose another name"), path);
    return false;
  }
  return check_free (path, may_replace, error);
}

bool
lam_output_is_same (const char *one, const char *other)
{
  g_autofree char *a = g_canonicalize_filename (one, NULL);
  g_autofree char *b = g_canonicalize_filename (other, NULL);
  g_autofree char *a_folder = g_path_get_dirname (a);
  g_autofree char *b_folder = g_path_get_dirname (b);
  g_autofree char *a_name = g_path_get_basename (a);
  g_autofree char *b_name = g_path_get_basename (b);
  return strcmp (a, b) == 0 || is_same (a, b)
      || (strcmp (a_name, b_name) == 0 && is_same (a_folder, b_folder));
}
