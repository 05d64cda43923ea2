/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

#include <glib/gi18n-lib.h>
#include <string.h>

#include "volume/array-format.h"
#include "volume/format.h"
#include "volume/tiff-writer.h"

static bool
begin (LamArraySet *set, GError **error)
{
  LamTiffLayout layout = { .dtype = set->dtype, .deflate = true };
  memcpy (layout.size, set->size, sizeof layout.size);
  memcpy (layout.voxel_size_nm, set->place.voxel_size_nm,
      sizeof layout.voxel_size_nm);
  g_autofree char *path =
      lam_array_dup_path (set->format, set->path, set->name);
  set->writer = lam_tiff_writer_new (path, &layout, error);
  return set->writer != NULL;
}

static bool
add (LamArraySet *set, const void *planes, int64_t n, GError **error)
{
  size_t bytes = lam_array_get_plane_bytes (set);
  for (int64_t i = 0; i < n; i++)
    if (!lam_tiff_writer_add_page (
            set->writer, (const char *)planes + (size_t)i * bytes, error))
      return false;
  return true;
}

static bool
end (LamArraySet *set, GError **error)
{
  bool done = lam_tiff_writer_finish (set->writer, error);
  g_clear_pointer ((LamTiffWriter **)&set->writer, lam_tiff_writer_free);
  return done;
}

static bool
finish (LamArraySet *set, bool is_whole, GError **error)
{
  g_clear_pointer ((LamTiffWriter **)&set->writer, lam_tiff_writer_free);
  return true;
}

static LamSource *
open_array (const char *path, const char *array, GError **error)
{
  return lam_format_open (path, &LAM_OPEN_DEFAULTS, error);
}

const LamArrayFormat lam_array_format_tiff = {
  .name = "tiff",
  .title = N_ ("TIFF stacks"),
  .library = "tifffile",
  .suffix = ".tif",
  .has_voxel_size = true,
  .begin = begin,
  .add = add,
  .end = end,
  .close = finish,
  .read = open_array,
};
