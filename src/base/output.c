/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/output.h"

#include <glib/gi18n-lib.h>
#include <string.h>
#include <sys/stat.h>

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

static bool
check_free (const char *path, bool may_replace, GError **error)
{
  if (g_file_test (path, G_FILE_TEST_IS_DIR)) {
    g_set_error (error, LAM_ERROR, LAM_ERROR_INPUT,
        _ ("%s is a folder that is there already: remove it or choose another "
           "name"),
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
