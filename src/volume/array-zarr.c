/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* OME-Zarr 0.4 of one level: means of classes are no classes. Planes are held
 * until a row of chunks is whole. */
#include <glib/gi18n-lib.h>
#include <string.h>

#include "base/error.h"
#include "volume/array-format.h"
#include "volume/format.h"
#include "volume/zarr-writer.h"

#define EDGE LAM_BRICK_EDGE

typedef struct {
  LamZarrWriter *writer; /* Owned */
  char *planes; /* Owned; EDGE of them */
  int64_t n; /* held */
  int64_t chunk; /* along z, the next one */
  char *voxels; /* Owned; of a chunk */
} Writer;

static void
writer_free (Writer *writer)
{
  if (!writer)
    return;
  g_clear_pointer (&writer->writer, lam_zarr_writer_free);
  g_free (writer->planes);
  g_free (writer->voxels);
  g_free (writer);
}

static bool
begin (LamArraySet *set, GError **error)
{
  Writer *writer = set->writer = g_new0 (Writer, 1);
  LamLevel level = { .factor = { 1, 1, 1 } };
  memcpy (level.size, set->size, sizeof level.size);
  g_autofree char *path =
      lam_array_dup_path (set->format, set->path, set->name);
  int64_t n = MIN (set->size[2], EDGE);
  writer->voxels = g_malloc (LAM_BRICK_VOXELS * lam_dtype_bytes (set->dtype));
  writer->planes = g_try_malloc_n ((gsize)n, lam_array_get_plane_bytes (set));
  if (!writer->planes) {
    g_set_error (error, LAM_ERROR, LAM_ERROR_LIMIT,
        _ ("There is no memory for %" G_GINT64_FORMAT
           " planes of %" G_GINT64_FORMAT " × %" G_GINT64_FORMAT " voxels"),
        n, set->size[0], set->size[1]);
    return false;
  }
  writer->writer = lam_zarr_writer_new (
      path, &level, 1, set->dtype, set->place.voxel_size_nm, error);
  return writer->writer != NULL;
}

static bool
write_chunk (LamArraySet *set, LamBrickKey key, GError **error)
{
  Writer *writer = set->writer;
  size_t bytes = lam_dtype_bytes (set->dtype);
  int64_t x = (int64_t)key.x * EDGE, y = (int64_t)key.y * EDGE;
  int64_t width = MIN (set->size[0] - x, EDGE);
  int64_t height = MIN (set->size[1] - y, EDGE);
  memset (writer->voxels, 0, LAM_BRICK_VOXELS * bytes);
  for (int64_t z = 0; z < writer->n; z++)
    for (int64_t row = 0; row < height; row++) {
      int64_t from = (z * set->size[1] + y + row) * set->size[0] + x;
      memcpy (writer->voxels + (size_t)((z * EDGE + row) * EDGE) * bytes,
          writer->planes + (size_t)from * bytes, (size_t)width * bytes);
    }
  return lam_zarr_writer_write_chunk (
      writer->writer, 0, key, writer->voxels, error);
}

static bool
write_row (LamArraySet *set, GError **error)
{
  Writer *writer = set->writer;
  int32_t z = (int32_t)writer->chunk++;
  for (int32_t y = 0; y * EDGE < set->size[1]; y++)
    for (int32_t x = 0; x * EDGE < set->size[0]; x++)
      if (!write_chunk (set, (LamBrickKey){ x, y, z }, error))
        return false;
  writer->n = 0;
  return true;
}

static bool
add (LamArraySet *set, const void *planes, int64_t n, GError **error)
{
  Writer *writer = set->writer;
  size_t bytes = lam_array_get_plane_bytes (set);
  for (int64_t i = 0; i < n; i++) {
    memcpy (writer->planes + (size_t)writer->n++ * bytes,
        (const char *)planes + (size_t)i * bytes, bytes);
    if (writer->n == EDGE && !write_row (set, error))
      return false;
  }
  return true;
}

static bool
end (LamArraySet *set, GError **error)
{
  Writer *writer = set->writer;
  bool done = writer->n == 0 || write_row (set, error);
  g_clear_pointer ((Writer **)&set->writer, writer_free);
  return done;
}

static bool
finish (LamArraySet *set, bool is_whole, GError **error)
{
  g_clear_pointer ((Writer **)&set->writer, writer_free);
  return true;
}

static LamSource *
open_array (const char *path, const char *array, GError **error)
{
  return lam_format_open (path, &LAM_OPEN_DEFAULTS, error);
}

const LamArrayFormat lam_array_format_zarr = {
  .name = "zarr",
  .title = N_ ("OME-Zarr 0.4"),
  .library = "zarr",
  .suffix = ".zarr",
  .has_voxel_size = true,
  .begin = begin,
  .add = add,
  .end = end,
  .close = finish,
  .read = open_array,
};
