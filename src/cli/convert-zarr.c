/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Level 0 comes from the source, slab by slab; each further level is made from
 * the one below as it was written, two chunks a side at a time. All of it is
 * made in a folder beside the wanted one, which is renamed at the end. */
#include <errno.h>
#include <glib/gi18n-lib.h>
#include <string.h>

#include "base/error.h"
#include "base/output.h"
#include "base/parallel.h"
#include "base/partial.h"
#include "cli/convert.h"
#include "volume/format.h"
#include "volume/pyramid.h"
#include "volume/zarr-writer.h"

#define EDGE LAM_BRICK_EDGE
#define SLAB_BYTES (INT64_C (512) << 20)

typedef struct {
  const LamConversion *conversion;
  LamDtype dtype;
  size_t voxel_bytes;
  int n_levels;
  LamLevel levels[LAM_MAX_LEVELS];
  LamZarrWriter *writer; /* Owned */
  LamSource *written; /* Owned; to read the level below; or NULL */
  LamProgress *progress;
  int64_t n_done, n_chunks; /* of all levels */

  /* What is being written now */
  int level;
  LamBox slab; /* voxels of level 0 */
  const char *voxels;
  int64_t count[3]; /* chunks */
  int64_t first[3];
} Work;

static void
work_clear (Work *work)
{
  g_clear_pointer (&work->writer, lam_zarr_writer_free);
  g_clear_pointer (&work->written, lam_source_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Work, work_clear)

static LamBrickKey
key_of_part (const Work *work, int64_t part)
{
  return (LamBrickKey){
    (int32_t)(work->first[0] + part % work->count[0]),
    (int32_t)(work->first[1] + part / work->count[0] % work->count[1]),
    (int32_t)(work->first[2] + part / (work->count[0] * work->count[1])),
  };
}

/* Copies the chunk out of the slab; what lies outside stays 0. */
static bool
write_slab_chunk (int64_t part, gpointer data, GError **error)
{
  const Work *work = data;
  LamBrickKey key = key_of_part (work, part);
  LamBox chunk = lam_brick_box (key);
  LamBox box = lam_box_intersect (&chunk, &work->slab);
  g_autofree char *out = g_malloc0 (LAM_BRICK_VOXELS * work->voxel_bytes);
  int64_t width = work->slab.max[0] - work->slab.min[0];
  int64_t rows = work->slab.max[1] - work->slab.min[1];
  for (int64_t z = box.min[2]; z < box.max[2]; z++)
    for (int64_t y = box.min[1]; y < box.max[1]; y++) {
      int64_t to = ((z - chunk.min[2]) * EDGE + y - chunk.min[1]) * EDGE;
      int64_t from =
          ((z - work->slab.min[2]) * rows + y - work->slab.min[1]) * width
          + box.min[0] - work->slab.min[0];
      memcpy (out + (size_t)to * work->voxel_bytes,
          work->voxels + (size_t)from * work->voxel_bytes,
          (size_t)(box.max[0] - box.min[0]) * work->voxel_bytes);
    }
  return lam_zarr_writer_write_chunk (work->writer, 0, key, out, error);
}

/* Makes a chunk of `level` from the level below. */
static bool
write_reduced_chunk (int64_t part, gpointer data, GError **error)
{
  const Work *work = data;
  const LamLevel *below = &work->levels[work->level - 1];
  const LamLevel *level = &work->levels[work->level];
  LamBrickKey key = key_of_part (work, part);
  LamBox chunk = lam_brick_box (key), box;
  int64_t factor[3], in_size[3], out_size[3];
  for (int i = 0; i < 3; i++) {
    factor[i] = level->factor[i] / below->factor[i];
    box.min[i] = chunk.min[i] * factor[i];
    box.max[i] = MIN (chunk.max[i] * factor[i], below->size[i]);
    in_size[i] = box.max[i] - box.min[i];
    out_size[i] = lam_divide_up (in_size[i], factor[i]);
  }
  g_autofree char *in =
      g_malloc ((size_t)lam_box_volume (&box) * work->voxel_bytes);
  if (!lam_source_read_box (work->written, work->level - 1, &box, in,
          lam_progress_cancellable_or_null (work->progress), error))
    return false;
  g_autofree char *small = g_malloc (
      (size_t)(out_size[0] * out_size[1] * out_size[2]) * work->voxel_bytes);
  lam_pyramid_reduce (work->dtype, in, in_size, factor, small);
  g_autofree char *out = g_malloc0 (LAM_BRICK_VOXELS * work->voxel_bytes);
  for (int64_t z = 0; z < out_size[2]; z++)
    for (int64_t y = 0; y < out_size[1]; y++)
      memcpy (out + (size_t)((z * EDGE + y) * EDGE) * work->voxel_bytes,
          small
              + (size_t)((z * out_size[1] + y) * out_size[0])
                  * work->voxel_bytes,
          (size_t)out_size[0] * work->voxel_bytes);
  return lam_zarr_writer_write_chunk (
      work->writer, work->level, key, out, error);
}

static void
set_chunks (Work *work, const LamBox *bricks)
{
  for (int i = 0; i < 3; i++) {
    work->first[i] = bricks->min[i];
    work->count[i] = bricks->max[i] - bricks->min[i];
  }
}

static bool
write_chunks (Work *work, LamParallelPart part, GError **error)
{
  int64_t n = work->count[0] * work->count[1] * work->count[2];
  if (!lam_parallel (0, n, part, work, work->progress, error))
    return false;
  work->n_done += n;
  lam_progress_set (work->progress, work->n_done, work->n_chunks);
  return true;
}

static bool
write_slab (Work *work, char *voxels, GError **error)
{
  const LamBox *whole = &work->conversion->box;
  LamBox box = work->slab;
  for (int i = 0; i < 3; i++) {
    box.min[i] += whole->min[i];
    box.max[i] += whole->min[i];
  }
  if (!lam_convert_read (
          work->conversion->source, 0, &box, voxels, work->progress, error))
    return false;
  LamBox bricks = lam_box_bricks (&work->slab);
  set_chunks (work, &bricks);
  work->voxels = voxels;
  return write_chunks (work, write_slab_chunk, error);
}

/* Whole slabs of 64 sections, cut along y only where they are too large. */
static bool
write_full_level (Work *work, GError **error)
{
  const int64_t *size = work->levels[0].size;
  int64_t row_bytes = size[0] * EDGE * (int64_t)work->voxel_bytes;
  int64_t n_rows =
      CLAMP (SLAB_BYTES / row_bytes / EDGE, 1, lam_divide_up (size[1], EDGE))
      * EDGE;
  g_autofree char *voxels =
      g_try_malloc_n ((size_t)MIN (n_rows, size[1]), (size_t)row_bytes);
  if (!voxels) {
    g_set_error_literal (error, LAM_ERROR, LAM_ERROR_LIMIT,
        _ ("There is no memory for a slab of the volume"));
    return false;
  }
  for (int64_t z = 0; z < size[2]; z += EDGE)
    for (int64_t y = 0; y < size[1]; y += n_rows) {
      work->slab = lam_box_new (
          0, y, z, size[0], MIN (y + n_rows, size[1]), MIN (z + EDGE, size[2]));
      if (!write_slab (work, voxels, error))
        return false;
    }
  return true;
}

static bool
write_reduced_levels (Work *work, const char *folder, GError **error)
{
  if (work->n_levels == 1)
    return true;
  work->written = lam_format_open (folder, &LAM_OPEN_DEFAULTS, error);
  if (!work->written)
    return false;
  for (work->level = 1; work->level < work->n_levels; work->level++) {
    LamBox whole = lam_box_of_size (work->levels[work->level].size);
    LamBox bricks = lam_box_bricks (&whole);
    set_chunks (work, &bricks);
    if (!write_chunks (work, write_reduced_chunk, error))
      return false;
  }
  return true;
}

static void
plan (Work *work)
{
  int64_t size[3];
  double nm[3];
  for (int i = 0; i < 3; i++) {
    size[i] = work->conversion->box.max[i] - work->conversion->box.min[i];
    nm[i] = work->conversion->voxel_size_nm[i] > 0
        ? work->conversion->voxel_size_nm[i]
        : 1;
  }
  work->n_levels = lam_pyramid_plan (size, nm, work->levels);
  if (work->conversion->is_classes)
    work->n_levels = 1;
  for (int i = 0; i < work->n_levels; i++) {
    LamBox whole = lam_box_of_size (work->levels[i].size);
    LamBox bricks = lam_box_bricks (&whole);
    work->n_chunks += lam_box_volume (&bricks);
  }
}

static bool
write_all (Work *work, const char *folder, GError **error)
{
  work->writer = lam_zarr_writer_new (folder, work->levels, work->n_levels,
      work->dtype, work->conversion->voxel_size_nm, error);
  return work->writer
      && (!work->conversion->note
          || lam_zarr_writer_note (work->writer, work->conversion->note, error))
      && write_full_level (work, error)
      && write_reduced_levels (work, folder, error);
}

static bool
set_error (const char *path, int code, GError **error)
{
  g_set_error (error, LAM_ERROR, LAM_ERROR_IO, _ ("%s cannot be made: %s"),
      path, g_strerror (code));
  return false;
}

bool
lam_convert_to_zarr (
    const LamConversion *conversion, LamProgress *progress, GError **error)
{
  LamDtype dtype = lam_source_get_info (conversion->source)->dtype;
  g_auto (Work) work = { .conversion = conversion,
    .dtype = dtype,
    .voxel_bytes = lam_dtype_bytes (dtype),
    .progress = progress };
  if (!lam_output_check (conversion->path, NULL, true, error))
    return false;
  g_autoptr (LamPartial) partial =
      lam_partial_new_folder (conversion->path, "partial.zarr");
  if (!partial)
    return set_error (conversion->path, errno, error);
  plan (&work);
  bool done = write_all (&work, lam_partial_get_path (partial), error);
  work_clear (&work);
  if (done && !lam_partial_put_in_place (partial))
    return set_error (conversion->path, errno, error);
  return done;
}
