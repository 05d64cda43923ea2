/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Level 0 is written slab by slab (64 planes), a slab strip by strip (as many
 * rows of all its planes as fit the memory). As soon as a slab of a level is
 * complete, the slab of the next level that it completes is made from its
 * chunks, which the page cache still holds. How many slabs are done stands in a
 * small file, so that a copy broken off goes on where it was.
 *
 * Decoding and compressing take most of the time, so the planes and then the
 * chunks of a strip are divided among threads, which inherit the priority of
 * the one that copies.
 *
 * No part of a file is decoded twice. Where the strips of the file straddle
 * ours, each would be decoded once for each of ours, unless the source keeps it
 * in memory meanwhile: slabs of such files are unpacked into a nameless file
 * first. */
#include "volume/zarr-copy.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/error.h"
#include "base/parallel.h"
#include "volume/copy-folder.h"
#include "volume/format-zarr.h"
#include "volume/normalise.h"
#include "volume/pyramid.h"
#include "volume/zarr-writer.h"

#include <glib/gi18n-lib.h>

#define STRIP_BYTES (64LL << 20)
#define STATE_NAME "slabs-done"
#define EDGE LAM_BRICK_EDGE
/* Planes that are unpacked at once, of all threads together. */
#define PLANES_BYTES (128LL << 20)
#define RESERVE_BYTES ((int64_t)1 << 30)

typedef struct {
  LamSource *source; /* Borrowed */
  LamProgress *progress; /* Borrowed */
  const char *folder; /* Borrowed */
  /* Owned */
  LamZarrWriter *writer;
  LamSource *written; /* the copy, for reading what was written */
  void *strip;
  int n_levels;
  LamLevel levels[LAM_MAX_LEVELS];
  LamDtype dtype; /* normalised */
  LamDtype file_dtype;
  size_t voxel_bytes;
  int64_t strip_rows;
  int spool; /* Owned; -1: none */
} Copier;

static void
copier_clear (Copier *c)
{
  g_clear_pointer (&c->writer, lam_zarr_writer_free);
  g_clear_pointer (&c->written, lam_source_unref);
  g_free (c->strip);
  if (c->spool >= 0)
    close (c->spool);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Copier, copier_clear)

/* Changes whenever the machine starts: what was written before may not have
 * reached the disk. */
static char *
read_boot_id (void)
{
  char *id = NULL;
  g_file_get_contents ("/proc/sys/kernel/random/boot_id", &id, NULL, NULL);
  return id ? g_strchomp (id) : g_strdup ("none");
}

static int64_t
read_state (const Copier *c)
{
  g_autofree char *path = g_build_filename (c->folder, STATE_NAME, NULL);
  g_autofree char *text = NULL;
  g_autofree char *boot = read_boot_id ();
  if (!g_file_get_contents (path, &text, NULL, NULL))
    return 0;
  char *end;
  int64_t n = g_ascii_strtoll (text, &end, 10);
  bool same_boot = *end == ' ' && strcmp (g_strchomp (end + 1), boot) == 0;
  return same_boot ? MAX (n, 0) : 0;
}

/* Not flushed: it counts only until the machine is started again. */
static bool
write_state (const Copier *c, int64_t n_slabs, GError **error)
{
  g_autofree char *path = g_build_filename (c->folder, STATE_NAME, NULL);
  g_autofree char *part = g_strconcat (path, ".part", NULL);
  g_autofree char *boot = read_boot_id ();
  g_autofree char *text =
      g_strdup_printf ("%" G_GINT64_FORMAT " %s\n", (gint64)n_slabs, boot);
  unlink (part);
  if (!g_file_set_contents (part, text, -1, error))
    return false;
  if (rename (part, path) == 0)
    return true;
  g_set_error (error, LAM_ERROR, LAM_ERROR_IO, _ ("Cannot write %s: %s"), path,
      g_strerror (errno));
  return false;
}

static bool
open_spool (Copier *c, GError **error)
{
  g_autofree char *path = g_build_filename (c->folder, "pages", NULL);
  c->spool = open (path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (c->spool >= 0) {
    unlink (path);
    return true;
  }
  g_set_error (error, LAM_ERROR, LAM_ERROR_IO, _ ("Cannot write %s: %s"), path,
      g_strerror (errno));
  return false;
}

/* Whether strips of the file would be decoded anew for each strip of ours. */
static bool
straddles (const Copier *c, const LamSourceInfo *info)
{
  const int64_t *size = c->levels[0].size;
  if (!info->has_whole_chunks || info->chunk[2] != 1 || c->strip_rows >= size[1]
      || c->strip_rows % info->chunk[1] == 0)
    return false;
  int64_t kept = info->chunk[1] * size[0] * EDGE * (int64_t)c->voxel_bytes;
  /* The views decode through the same memory. */
  return info->chunk[1] > c->strip_rows || kept > info->held_bytes / 2;
}

static bool
plan_strips (Copier *c, GError **error)
{
  const LamSourceInfo *info = lam_source_get_info (c->source);
  const int64_t *size = c->levels[0].size;
  int64_t row_of_bricks = size[0] * EDGE * EDGE * (int64_t)c->voxel_bytes;
  int64_t n =
      CLAMP (STRIP_BYTES / row_of_bricks, 1, lam_divide_up (size[1], EDGE));
  c->strip_rows = n * EDGE;
  c->strip = g_try_malloc ((size_t)(n * row_of_bricks));
  if (!c->strip) {
    g_set_error (error, LAM_ERROR, LAM_ERROR_LIMIT,
        _ ("%s is too wide to be copied: not enough memory"), info->path);
    return false;
  }
  if (straddles (c, info))
    return open_spool (c, error);
  return true;
}

static bool
copier_init (Copier *c, const double nm[3], GError **error)
{
  const LamSourceInfo *info = lam_source_get_info (c->source);
  c->dtype = lam_normalise_get_dtype (info->dtype);
  c->voxel_bytes = lam_dtype_bytes (c->dtype);
  c->file_dtype = c->dtype == LAM_DTYPE_F32 ? c->dtype : info->dtype;
  c->writer = lam_zarr_writer_new (
      c->folder, c->levels, c->n_levels, c->file_dtype, nm, error);
  if (!c->writer)
    return false;
  c->written = lam_format_zarr.open (c->folder, &LAM_OPEN_DEFAULTS, error);
  return c->written && plan_strips (c, error);
}

static bool
spool_move (
    Copier *c, bool out, void *voxels, size_t n, int64_t offset, GError **error)
{
  char *at = voxels;
  while (n > 0) {
    ssize_t done = out ? pwrite (c->spool, at, n, offset)
                       : pread (c->spool, at, n, offset);
    if (done < 0 && errno == EINTR)
      continue;
    if (done <= 0) {
      g_set_error (error, LAM_ERROR, LAM_ERROR_IO,
          _ ("Cannot keep unpacked pages in %s: %s"), c->folder,
          g_strerror (done < 0 ? errno : EIO));
      return false;
    }
    at += done;
    n -= (size_t)done;
    offset += done;
  }
  return true;
}

static bool
read_source (Copier *c, const LamBox *box, void *out, GError **error)
{
  return lam_source_read_box (c->source, 0, box, out,
      lam_progress_cancellable_or_null (c->progress), error);
}

/* Planes of level 0 that several threads read. */
typedef struct {
  Copier *c;
  LamBox box; /* as wide as level 0 */
} Planes;

/* Unpacks the `i`-th plane. */
static bool
spool_plane (int64_t i, gpointer data, GError **error)
{
  const Planes *planes = data;
  Copier *c = planes->c;
  LamBox box = planes->box;
  box.min[2] += i;
  box.max[2] = box.min[2] + 1;
  size_t n = (size_t)lam_box_volume (&box) * c->voxel_bytes;
  g_autofree void *plane = g_try_malloc (n);
  if (plane)
    return read_source (c, &box, plane, error)
        && spool_move (c, true, plane, n, i * (int64_t)n, error);
  g_set_error (error, LAM_ERROR, LAM_ERROR_LIMIT,
      _ ("Not enough memory for a plane of %s"), c->folder);
  return false;
}

/* Unpacks the planes z0 … z1 - 1. */
static bool
spool_slab (Copier *c, int64_t z0, int64_t z1, GError **error)
{
  const int64_t *size = c->levels[0].size;
  int64_t plane_bytes = size[0] * size[1] * (int64_t)c->voxel_bytes;
  int at_once = (int)CLAMP (PLANES_BYTES / plane_bytes, 1, EDGE);
  Planes planes = { c, lam_box_new (0, 0, z0, size[0], size[1], z1) };
  return lam_parallel (MIN (at_once, (int)g_get_num_processors ()), z1 - z0,
      spool_plane, &planes, c->progress, error);
}

/* Reads the `i`-th plane of a strip into its place. */
static bool
read_strip_plane (int64_t i, gpointer data, GError **error)
{
  const Planes *planes = data;
  Copier *c = planes->c;
  LamBox box = planes->box;
  const int64_t *size = c->levels[0].size;
  int64_t row = size[0] * (int64_t)c->voxel_bytes;
  size_t n = (size_t)((box.max[1] - box.min[1]) * row);
  char *out = (char *)c->strip + (size_t)i * n;
  if (c->spool >= 0)
    return spool_move (
        c, false, out, n, (i * size[1] + box.min[1]) * row, error);
  box.min[2] += i;
  box.max[2] = box.min[2] + 1;
  return read_source (c, &box, out, error);
}

/* Reads a strip, box being as wide as level 0, into c->strip, normalised. A
 * file that decodes several planes at once is best read at once. */
static bool
read_strip (Copier *c, const LamBox *box, GError **error)
{
  const LamSourceInfo *info = lam_source_get_info (c->source);
  Planes planes = { c, *box };
  bool done = info->chunk[2] > 1
      ? read_source (c, box, c->strip, error)
      : lam_parallel (0, box->max[2] - box->min[2], read_strip_plane, &planes,
          c->progress, error);
  if (done)
    lam_normalise_voxels (info->dtype, c->strip, (size_t)lam_box_volume (box));
  return done;
}

/* Puts the part `part` of the dense `box` into a chunk and writes it. The sign
 * bit of i8 and i16 is flipped back. */
static bool
write_chunk (Copier *c, int level, LamBrickKey key, const char *voxels,
    const LamBox *box, GError **error)
{
  LamBox brick = lam_brick_box (key);
  LamBox part = lam_box_intersect (&brick, box);
  size_t b = c->voxel_bytes;
  size_t n = (size_t)(part.max[0] - part.min[0]) * b;
  int64_t width = box->max[0] - box->min[0], rows = box->max[1] - box->min[1];
  g_autofree char *chunk = g_malloc0 (LAM_BRICK_VOXELS * b);
  for (int64_t z = part.min[2]; z < part.max[2]; z++)
    for (int64_t y = part.min[1]; y < part.max[1]; y++) {
      int64_t from = ((z - box->min[2]) * rows + y - box->min[1]) * width
          + part.min[0] - box->min[0];
      int64_t to = ((z - brick.min[2]) * EDGE + y - brick.min[1]) * EDGE;
      char *out = chunk + (size_t)to * b;
      memcpy (out, voxels + (size_t)from * b, n);
      if (c->file_dtype != c->dtype)
        lam_normalise_voxels (c->file_dtype, out, n / b);
    }
  return lam_zarr_writer_write_chunk (c->writer, level, key, chunk, error);
}

/* Makes one chunk; runs in several threads. */
typedef bool (*WriteOne) (
    Copier *c, int level, LamBrickKey key, const LamBox *box, GError **error);

/* One layer of bricks. */
typedef struct {
  Copier *c;
  WriteOne write;
  int level;
  const LamBox *box; /* for `write` */
  LamBox bricks;
} Layer;

static bool
write_nth_chunk (int64_t i, gpointer data, GError **error)
{
  const Layer *layer = data;
  const LamBox *bricks = &layer->bricks;
  int64_t width = bricks->max[0] - bricks->min[0];
  LamBrickKey key = { (int32_t)(bricks->min[0] + i % width),
    (int32_t)(bricks->min[1] + i / width), (int32_t)bricks->min[2] };
  return layer->write (layer->c, layer->level, key, layer->box, error);
}

static bool
write_chunks (Layer *layer, GError **error)
{
  const LamBox *bricks = &layer->bricks;
  int64_t n =
      (bricks->max[0] - bricks->min[0]) * (bricks->max[1] - bricks->min[1]);
  return lam_parallel (0, n, write_nth_chunk, layer, layer->c->progress, error);
}

static bool
write_strip_chunk (
    Copier *c, int level, LamBrickKey key, const LamBox *box, GError **error)
{
  return write_chunk (c, level, key, c->strip, box, error);
}

static bool
write_strip (Copier *c, const LamBox *box, GError **error)
{
  Layer layer = { .c = c,
    .write = write_strip_chunk,
    .box = box,
    .bricks = lam_box_bricks (box) };
  return write_chunks (&layer, error);
}

static bool
write_finest_slab (Copier *c, int64_t slab, GError **error)
{
  const int64_t *size = c->levels[0].size;
  int64_t n_slabs = lam_divide_up (size[2], EDGE);
  int64_t z0 = slab * EDGE, z1 = MIN (z0 + EDGE, size[2]);
  if (c->spool >= 0 && !spool_slab (c, z0, z1, error))
    return false;
  for (int64_t y = 0; y < size[1]; y += c->strip_rows) {
    LamBox box =
        lam_box_new (0, y, z0, size[0], MIN (y + c->strip_rows, size[1]), z1);
    if (!read_strip (c, &box, error) || !write_strip (c, &box, error))
      return false;
    lam_progress_set (
        c->progress, slab * size[1] + box.max[1], n_slabs * size[1]);
  }
  return true;
}

/* One chunk of a coarser level, from up to eight of the level before. */
static bool
write_mean_chunk (
    Copier *c, int level, LamBrickKey key, const LamBox *unused, GError **error)
{
  const LamLevel *fine = &c->levels[level - 1], *coarse = &c->levels[level];
  LamBox box = lam_brick_box (key), all = lam_box_of_size (coarse->size);
  box = lam_box_intersect (&box, &all);
  LamBox origin;
  int64_t factor[3], extent[3];
  for (int i = 0; i < 3; i++) {
    factor[i] = coarse->factor[i] / fine->factor[i];
    origin.min[i] = box.min[i] * factor[i];
    origin.max[i] = MIN (box.max[i] * factor[i], fine->size[i]);
    extent[i] = origin.max[i] - origin.min[i];
  }
  size_t n = (size_t)lam_box_volume (&origin);
  g_autofree void *voxels = g_malloc (n * c->voxel_bytes);
  g_autofree void *means =
      g_malloc ((size_t)lam_box_volume (&box) * c->voxel_bytes);
  if (!lam_source_read_box (c->written, level - 1, &origin, voxels,
          lam_progress_cancellable_or_null (c->progress), error))
    return false;
  lam_normalise_voxels (c->file_dtype, voxels, n);
  lam_pyramid_reduce (c->dtype, voxels, extent, factor, means);
  return write_chunk (c, level, key, means, &box, error);
}

/* Makes what became possible with `slab` of level 0. */
static bool
write_coarser_slabs (Copier *c, int64_t slab, GError **error)
{
  for (int level = 1; level < c->n_levels; level++) {
    const LamLevel *fine = &c->levels[level - 1], *coarse = &c->levels[level];
    if (coarse->factor[2] > fine->factor[2]) {
      int64_t last = lam_divide_up (fine->size[2], EDGE) - 1;
      if (slab % 2 == 0 && slab != last)
        return true;
      slab /= 2;
    }
    LamBox all = lam_box_of_size (coarse->size);
    Layer layer = { .c = c,
      .write = write_mean_chunk,
      .level = level,
      .bricks = lam_box_bricks (&all) };
    layer.bricks.min[2] = slab;
    layer.bricks.max[2] = slab + 1;
    if (!write_chunks (&layer, error))
      return false;
  }
  return true;
}

/* Bytes that anyone may still write to this disk, beyond a twentieth of it or
 * 1 GB. */
static int64_t
get_free_bytes (const char *folder)
{
  struct statvfs disk;
  if (statvfs (folder, &disk) < 0)
    return INT64_MAX;
  int64_t reserve =
      MIN ((int64_t)(disk.f_blocks * disk.f_frsize) / 20, RESERVE_BYTES);
  return (int64_t)(disk.f_bavail * disk.f_frsize) - reserve;
}

static bool
check_room (const Copier *c, int64_t left, GError **error)
{
  const char *path = lam_source_get_info (c->source)->path;
  bool is_full = get_free_bytes (c->folder) <= 0;
  if (!is_full && lam_zarr_writer_get_bytes (c->writer) <= left)
    return true;
  g_set_error (error, LAM_ERROR, LAM_ERROR_LIMIT,
      is_full ? _ ("No bricked copy of %s: the disk of %s is nearly full")
              : _ ("No bricked copy of %s: with it, %s would take more than "
                   "all copies may take"),
      path, c->folder);
  return false;
}

bool
lam_zarr_copy_write (LamSource *source, const LamLevel *levels, int n_levels,
    const double voxel_size_nm[3], const char *folder, int64_t limit_bytes,
    LamProgress *progress, GError **error)
{
  g_auto (Copier) c = { .source = source,
    .progress = progress,
    .folder = folder,
    .n_levels = n_levels,
    .spool = -1 };
  memcpy (c.levels, levels, sizeof *levels * (size_t)n_levels);
  if (!copier_init (&c, voxel_size_nm, error))
    return false;
  int64_t left = limit_bytes - lam_copy_folder_measure (folder);
  int64_t n_slabs = lam_divide_up (levels[0].size[2], EDGE);
  for (int64_t slab = read_state (&c); slab < n_slabs; slab++)
    if (!lam_progress_check (progress, error) || !check_room (&c, left, error)
        || !write_finest_slab (&c, slab, error)
        || !write_coarser_slabs (&c, slab, error)
        || !write_state (&c, slab + 1, error))
      return false;
  if (!check_room (&c, left, error))
    return false;
  g_autofree char *state = g_build_filename (folder, STATE_NAME, NULL);
  unlink (state);
  return true;
}
