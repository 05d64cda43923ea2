/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "volume/tiff-folder.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "base/error.h"
#include "volume/tiff-pages.h"

/* Hidden files are left out: macOS puts a "._slice1.tif" beside each file. */
static bool
is_tiff_name (const char *name)
{
  const char *dot = strrchr (name, '.');
  return name[0] != '.' && dot
      && (g_ascii_strcasecmp (dot, ".tif") == 0
          || g_ascii_strcasecmp (dot, ".tiff") == 0);
}

static int
compare_numbers (const char **a, const char **b)
{
  const char *left = *a + strspn (*a, "0"), *right = *b + strspn (*b, "0");
  size_t n_left = strspn (left, "0123456789");
  size_t n_right = strspn (right, "0123456789");
  *a = left + n_left;
  *b = right + n_right;
  if (n_left != n_right)
    return n_left < n_right ? -1 : 1;
  return memcmp (left, right, n_left);
}

int
lam_natural_compare (const char *a, const char *b)
{
  const char *left = a, *right = b;
  while (*left && *right) {
    if (g_ascii_isdigit (*left) && g_ascii_isdigit (*right)) {
      int order = compare_numbers (&left, &right);
      if (order != 0)
        return order;
    } else if (*left != *right)
      return (guchar)*left < (guchar)*right ? -1 : 1;
    else {
      left++;
      right++;
    }
  }
  if (*left || *right)
    return *left ? 1 : -1;
  /* "a1" and "a01": any fixed order. */
  return strcmp (a, b);
}

bool
lam_tiff_folder_has_any (const char *path)
{
  g_autoptr (GDir) folder = g_dir_open (path, 0, NULL);
  const char *name;
  while (folder && (name = g_dir_read_name (folder)))
    if (is_tiff_name (name))
      return true;
  return false;
}

static int
compare_paths (gconstpointer a, gconstpointer b)
{
  return lam_natural_compare (*(char *const *)a, *(char *const *)b);
}

GPtrArray *
lam_tiff_folder_list (const char *path, GError **error)
{
  g_autoptr (GError) local = NULL;
  g_autoptr (GDir) folder = g_dir_open (path, 0, &local);
  if (!folder) {
    g_set_error_literal (error, LAM_ERROR, LAM_ERROR_IO, local->message);
    return NULL;
  }
  g_autoptr (GPtrArray) paths = g_ptr_array_new_with_free_func (g_free);
  const char *name;
  while ((name = g_dir_read_name (folder))) {
    if (is_tiff_name (name))
      g_ptr_array_add (paths, g_build_filename (path, name, NULL));
    if (paths->len > LAM_TIFF_MAX_PAGES) {
      g_set_error (error, LAM_ERROR, LAM_ERROR_LIMIT,
          _ ("The folder %s holds more than %d TIFF files"), path,
          LAM_TIFF_MAX_PAGES);
      return NULL;
    }
  }
  g_ptr_array_sort (paths, compare_paths);
  return g_steal_pointer (&paths);
}
