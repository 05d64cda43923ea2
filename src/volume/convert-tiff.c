/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "volume/convert.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "base/error.h"
#include "volume/tiff-writer.h"

/* A slab is as many pages as fit, but no more than a chunk of the file is deep,
 * or a few for pages that are read one by one. */
#define SLAB_BYTES (INT64_C (256) << 20)
#define PLANES_AT_ONCE 16

static bool
write_slab (LamTiffWriter *writer, const char *slab, int64_t n_pages,
    size_t page_bytes, GError **error)
{
  for (int64_t i = 0; i < n_pages; i++)
    if (!lam_tiff_writer_add_page (
            writer, slab + (size_t)i * page_bytes, error))
      return false;
  return true;
}

static bool
write_pages (const LamConversion *conversion, LamTiffWriter *writer,
    size_t page_bytes, LamProgress *progress, GError **error)
{
  const LamSourceInfo *info = lam_source_get_info (conversion->source);
  const LamBox *box = &conversion->box;
  int64_t deep = MAX (info->chunk[2], PLANES_AT_ONCE);
  deep = CLAMP (SLAB_BYTES / (int64_t)page_bytes, 1, deep);
  g_autofree char *slab = g_try_malloc_n ((size_t)deep, page_bytes);
  if (!slab) {
    g_set_error (error, LAM_ERROR, LAM_ERROR_LIMIT,
        _ ("There is no memory for a page of %zu bytes"), page_bytes);
    return false;
  }
  for (int64_t z = box->min[2]; z < box->max[2];) {
    /* Slabs end where chunks do. */
    int64_t end = MIN ((z / deep + 1) * deep, box->max[2]);
    LamBox part = *box;
    part.min[2] = z;
    part.max[2] = end;
    if (!lam_convert_read (conversion->source, 0, &part, slab, progress, error)
        || !write_slab (writer, slab, end - z, page_bytes, error)
        || !lam_progress_check (progress, error))
      return false;
    lam_progress_set (progress, end - box->min[2], box->max[2] - box->min[2]);
    z = end;
  }
  return true;
}

bool
lam_convert_to_tiff (
    const LamConversion *conversion, LamProgress *progress, GError **error)
{
  LamTiffLayout layout = {
    .dtype = lam_source_get_info (conversion->source)->dtype,
    .deflate = conversion->deflate,
    .note = conversion->note,
  };
  for (int i = 0; i < 3; i++)
    layout.size[i] = conversion->box.max[i] - conversion->box.min[i];
  memcpy (layout.voxel_size_nm, conversion->voxel_size_nm,
      sizeof layout.voxel_size_nm);
  size_t page_bytes = (size_t)(layout.size[0] * layout.size[1])
      * lam_dtype_bytes (layout.dtype);
  g_autoptr (LamTiffWriter) writer =
      lam_tiff_writer_new (conversion->path, &layout, error);
  return writer && write_pages (conversion, writer, page_bytes, progress, error)
      && lam_tiff_writer_finish (writer, error);
}
