/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "cli/file-stamp.h"

#include <errno.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <stdbool.h>
#include <string.h>

#include "base/error.h"

/* Links may lead in a circle. */
enum { MAX_DEPTH = 32 };

static int
compare_names (gconstpointer a, gconstpointer b)
{
  return g_strcmp0 (*(char *const *)a, *(char *const *)b);
}

static GPtrArray *
list_names (const char *path, GError **error)
{
  g_autoptr (GDir) folder = g_dir_open (path, 0, error);
  if (!folder)
    return NULL;
  GPtrArray *names = g_ptr_array_new_with_free_func (g_free);
  const char *name;
  while ((name = g_dir_read_name (folder)))
    g_ptr_array_add (names, g_strdup (name));
  g_ptr_array_sort (names, compare_names);
  return names;
}

static bool
look (const char *path, GStatBuf *file, GError **error)
{
  if (g_stat (path, file) == 0
      || (errno == ENOENT && g_lstat (path, file) == 0))
    return true;
  g_set_error (error, LAM_ERROR, LAM_ERROR_IO, _ ("Cannot look at %s: %s"),
      path, g_strerror (errno));
  return false;
}

static char *
describe (const GStatBuf *file)
{
  return g_strdup_printf ("%" G_GINT64_FORMAT " bytes, %" G_GINT64_FORMAT
                          ".%09ld",
      (int64_t)file->st_size, (int64_t)file->st_mtim.tv_sec,
      file->st_mtim.tv_nsec);
}

static bool
add_folder (GChecksum *sum, const char *path, int depth, LamProgress *progress,
    GError **error)
{
  if (depth > MAX_DEPTH) {
    g_set_error (error, LAM_ERROR, LAM_ERROR_LIMIT,
        _ ("%s lies deeper than %d folders: is there a link that leads back?"),
        path, MAX_DEPTH);
    return false;
  }
  g_autoptr (GPtrArray) names = list_names (path, error);
  for (guint i = 0; names && i < names->len; i++) {
    const char *name = names->pdata[i];
    g_autofree char *full = g_build_filename (path, name, NULL);
    GStatBuf file;
    if (!lam_progress_check (progress, error) || !look (full, &file, error))
      return false;
    bool is_folder = S_ISDIR (file.st_mode);
    g_autofree char *text = is_folder ? g_strdup ("folder") : describe (&file);
    /* With the bytes 0 at their ends, so that no two lists are the same. */
    g_checksum_update (sum, (const guchar *)name, (gssize)strlen (name) + 1);
    g_checksum_update (sum, (const guchar *)text, (gssize)strlen (text) + 1);
    if (is_folder && !add_folder (sum, full, depth + 1, progress, error))
      return false;
  }
  g_checksum_update (sum, (const guchar *)"", 1);
  return names != NULL;
}

char *
lam_file_stamp_new (const char *path, LamProgress *progress, GError **error)
{
  GStatBuf file;
  if (!look (path, &file, error))
    return NULL;
  if (!S_ISDIR (file.st_mode))
    return describe (&file);
  g_autoptr (GChecksum) sum = g_checksum_new (G_CHECKSUM_SHA256);
  return add_folder (sum, path, 0, progress, error)
      ? g_strdup (g_checksum_get_string (sum))
      : NULL;
}
