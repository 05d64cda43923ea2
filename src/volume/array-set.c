/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "volume/array-set.h"

#include <errno.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <string.h>

#include "base/error.h"
#include "volume/array-format.h"

/* The only list of formats. */
static const LamArrayFormat *const formats[] = {
  &lam_array_format_tiff,
  &lam_array_format_zarr,
  &lam_array_format_hdf5,
  &lam_array_format_npy,
  NULL,
};

const LamArrayFormat *const *
lam_array_format_get_all (void)
{
  return formats;
}

const LamArrayFormat *
lam_array_format_find (const char *name)
{
  for (int i = 0; formats[i]; i++)
    if (strcmp (formats[i]->name, name) == 0)
      return formats[i];
  return NULL;
}

char *
lam_array_dup_path (
    const LamArrayFormat *format, const char *path, const char *array)
{
  return format->is_file ? g_strconcat (path, format->suffix, NULL)
                         : g_strconcat (path, "/", array, format->suffix, NULL);
}

size_t
lam_array_get_plane_bytes (const LamArraySet *set)
{
  return (size_t)(set->size[0] * set->size[1]) * lam_dtype_bytes (set->dtype);
}

LamArraySet *
lam_array_set_new (const LamArrayFormat *format, const char *path,
    const LamArrayPlace *place, GError **error)
{
  g_autoptr (LamArraySet) set = g_new0 (LamArraySet, 1);
  set->format = format;
  set->path = g_strdup (path);
  set->place = *place;
  g_autofree char *folder =
      format->is_file ? g_path_get_dirname (path) : g_strdup (path);
  if (g_mkdir_with_parents (folder, 0777) != 0) {
    g_set_error (error, LAM_ERROR, LAM_ERROR_IO, _ ("%s cannot be made: %s"),
        folder, g_strerror (errno));
    set->is_finished = true;
    return NULL;
  }
  if (format->open && !format->open (set, error)) {
    set->is_finished = true;
    return NULL;
  }
  return g_steal_pointer (&set);
}

bool
lam_array_set_begin (LamArraySet *set, const char *name, LamDtype dtype,
    const int64_t size[3], GError **error)
{
  g_return_val_if_fail (!set->name, false);
  set->name = name;
  set->dtype = dtype;
  set->n_done = 0;
  memcpy (set->size, size, sizeof set->size);
  return set->format->begin (set, error);
}

bool
lam_array_set_add (
    LamArraySet *set, const void *planes, int64_t n, GError **error)
{
  g_return_val_if_fail (
      set->name && n > 0 && set->n_done + n <= set->size[2], false);
  if (!set->format->add (set, planes, n, error))
    return false;
  set->n_done += n;
  return true;
}

bool
lam_array_set_end (LamArraySet *set, GError **error)
{
  g_return_val_if_fail (set->name && set->n_done == set->size[2], false);
  bool done = set->format->end (set, error);
  set->name = NULL;
  return done;
}

bool
lam_array_set_finish (LamArraySet *set, GError **error)
{
  set->is_finished = true;
  return !set->format->close || set->format->close (set, true, error);
}

void
lam_array_set_free (LamArraySet *set)
{
  if (!set)
    return;
  if (!set->is_finished && set->format->close)
    set->format->close (set, false, NULL);
  g_free (set->path);
  g_free (set);
}

LamSource *
lam_array_set_read (const LamArrayFormat *format, const char *path,
    const char *array, GError **error)
{
  g_autofree char *file = lam_array_dup_path (format, path, array);
  return format->read (file, array, error);
}
