/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "volume/scratch-source.h"

#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/text.h"

typedef struct {
  LamSource source;
  int file; /* -1: in memory */
  char *memory; /* Owned; or NULL */
} Scratch;

static bool
fail (const char *folder, GError **error)
{
  g_set_error (error, LAM_ERROR, LAM_ERROR_IO,
      _ ("%s: an unfinished result cannot be kept there: %s"), folder,
      g_strerror (errno));
  return false;
}

typedef ssize_t (*Transfer) (
    const Scratch *scratch, void *bytes, size_t n, off_t at);

static ssize_t
read_bytes (const Scratch *scratch, void *bytes, size_t n, off_t at)
{
  if (!scratch->memory)
    return pread (scratch->file, bytes, n, at);
  memcpy (bytes, scratch->memory + at, n);
  return (ssize_t)n;
}

static ssize_t
write_bytes (const Scratch *scratch, void *bytes, size_t n, off_t at)
{
  if (!scratch->memory)
    return pwrite (scratch->file, bytes, n, at);
  memcpy (scratch->memory + at, bytes, n);
  return (ssize_t)n;
}

static bool
transfer_all (const Scratch *scratch, Transfer transfer, char *bytes, size_t n,
    off_t at, GError **error)
{
  while (n > 0) {
    ssize_t done = transfer (scratch, bytes, n, at);
    if (done < 0 && errno == EINTR)
      continue;
    if (done == 0)
      errno = EIO;
    if (done <= 0)
      return fail (scratch->source.info.path, error);
    bytes += done;
    n -= (size_t)done;
    at += done;
  }
  return true;
}

/* Row by row, or at once where the box takes whole rows and planes. */
static bool
transfer_box (const Scratch *scratch, Transfer transfer, const LamBox *box,
    char *bytes, GError **error)
{
  const LamSourceInfo *info = &scratch->source.info;
  const int64_t *size = info->levels[0].size;
  int64_t voxel = (int64_t)lam_dtype_bytes (info->dtype);
  int64_t width = box->max[0] - box->min[0], rows = box->max[1] - box->min[1];
  bool is_whole = width == size[0];
  int64_t run = (is_whole ? width * rows : width) * voxel;
  for (int64_t z = box->min[2]; z < box->max[2]; z++)
    for (int64_t y = box->min[1]; y < box->max[1]; y += is_whole ? rows : 1) {
      int64_t at = ((z * size[1] + y) * size[0] + box->min[0]) * voxel;
      if (!transfer_all (scratch, transfer, bytes, (size_t)run, at, error))
        return false;
      bytes += run;
    }
  return true;
}

static bool
read_box (LamSource *source, int level, const LamBox *box, void *out,
    GCancellable *cancellable, GError **error)
{
  return transfer_box ((const Scratch *)source, read_bytes, box, out, error);
}

static void
free_scratch (LamSource *source)
{
  Scratch *scratch = (Scratch *)source;
  if (scratch->file >= 0)
    close (scratch->file);
  g_free (scratch->memory);
  g_free (scratch);
}

static const LamSourceMethods methods = {
  .read_box = read_box,
  .free = free_scratch,
};

static bool
make_file (Scratch *scratch, const char *folder, int64_t bytes, GError **error)
{
  g_autofree char *name = g_build_filename (folder, ".lamella-XXXXXX", NULL);
  scratch->file = mkostemp (name, O_CLOEXEC);
  if (scratch->file < 0)
    return fail (folder, error);
  unlink (name);
  /* Room is taken now: better no result than half of one hours later. */
  int failed = posix_fallocate (scratch->file, 0, bytes);
  errno = failed;
  return failed == 0 || fail (folder, error);
}

static bool
make_memory (Scratch *scratch, int64_t bytes, GError **error)
{
  scratch->memory = g_try_malloc0 ((gsize)bytes);
  if (scratch->memory)
    return true;
  g_autofree char *need = lam_text_bytes (bytes);
  g_set_error (error, LAM_ERROR, LAM_ERROR_LIMIT,
      _ ("There is no memory for an unfinished result of %s"), need);
  return false;
}

LamSource *
lam_scratch_source_new (const char *folder, const int64_t size[3],
    LamDtype dtype, const double voxel_size_nm[3], GError **error)
{
  Scratch *scratch = g_new0 (Scratch, 1);
  g_autoptr (LamSource) source = &scratch->source;
  LamBox whole = lam_box_of_size (size);
  scratch->file = -1;
  lam_source_init (source, &methods, folder ? folder : "");
  LamSourceInfo *info = &source->info;
  info->format = "scratch";
  info->dtype = dtype;
  info->n_levels = 1;
  info->has_whole_chunks = false;
  info->file_bytes = lam_box_volume (&whole) * (int64_t)lam_dtype_bytes (dtype);
  for (int i = 0; i < 3; i++) {
    info->levels[0].size[i] = size[i];
    info->levels[0].factor[i] = 1;
    info->voxel_size_nm[i] = voxel_size_nm[i];
    info->chunk[i] = i < 2 ? size[i] : 1;
  }
  bool is_made = folder ? make_file (scratch, folder, info->file_bytes, error)
                        : make_memory (scratch, info->file_bytes, error);
  if (!is_made)
    return NULL;
  return g_steal_pointer (&source);
}

bool
lam_scratch_source_write (
    LamSource *source, const LamBox *box, const void *voxels, GError **error)
{
  LamBox whole = lam_box_of_size (source->info.levels[0].size);
  LamBox inside = lam_box_intersect (&whole, box);
  g_return_val_if_fail (lam_box_equal (&inside, box), false);
  return transfer_box (
      (const Scratch *)source, write_bytes, box, (char *)voxels, error);
}
