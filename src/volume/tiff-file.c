/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Everything is read with pread from one descriptor, so that any number of
 * threads share it, nothing is mapped (a mapped file that is cut short kills
 * the program with SIGBUS), and a file renamed or deleted stays readable. */

#include "volume/tiff-file.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"

struct _LamTiffFile {
  /* Owned */
  char *path;
  int fd;

  uint64_t bytes;
  struct timespec modified;
  uint64_t first_ifd;
  bool is_big, is_swapped;
  gatomicrefcount references;
};

static bool
set_system_error (GError **error, const char *path, int code)
{
  g_set_error (error, LAM_ERROR,
      code == ENOENT || code == ENOTDIR ? LAM_ERROR_MISSING : LAM_ERROR_IO,
      _ ("Cannot read %s: %s"), path, g_strerror (code));
  return false;
}

/* TIFF 6.0, section 2, "Image File Header"; BigTIFF as in libtiff's
 * specification: 43, offset size 8, 0, and 8 bytes of offset. */
static bool
parse_header (LamTiffFile *file, GError **error)
{
  uint8_t head[16] = { 0 };
  int64_t n = lam_tiff_file_read_some (file, 0, head, sizeof head, error);
  if (n < 0)
    return false;
  bool is_little = head[0] == 'I' && head[1] == 'I';
  bool is_order = is_little || (head[0] == 'M' && head[1] == 'M');
  file->is_swapped = is_little != (G_BYTE_ORDER == G_LITTLE_ENDIAN);
  uint16_t magic = lam_tiff_file_u16 (file, head + 2);
  file->is_big = magic == 43;
  if (n < 8 || !is_order || (magic != 42 && magic != 43)) {
    g_set_error (error, LAM_ERROR, LAM_ERROR_FORMAT,
        _ ("%s is not a TIFF file"), file->path);
    return false;
  }
  if (file->is_big
      && (n < 16 || lam_tiff_file_u16 (file, head + 4) != 8
          || lam_tiff_file_u16 (file, head + 6) != 0)) {
    g_set_error (error, LAM_ERROR, LAM_ERROR_CORRUPT,
        _ ("%s has a damaged BigTIFF header"), file->path);
    return false;
  }
  file->first_ifd = file->is_big ? lam_tiff_file_u64 (file, head + 8)
                                 : lam_tiff_file_u32 (file, head + 4);
  return true;
}

LamTiffFile *
lam_tiff_file_new (const char *path, GError **error)
{
  int fd = open (path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) {
    set_system_error (error, path, errno);
    return NULL;
  }
  g_autoptr (LamTiffFile) file = g_new0 (LamTiffFile, 1);
  g_atomic_ref_count_init (&file->references);
  file->path = g_strdup (path);
  file->fd = fd;
  struct stat status;
  if (fstat (fd, &status) != 0) {
    set_system_error (error, path, errno);
    return NULL;
  }
  if (!S_ISREG (status.st_mode)) {
    g_set_error (error, LAM_ERROR, LAM_ERROR_FORMAT,
        _ ("%s is not a regular file: a TIFF file was needed"), path);
    return NULL;
  }
  file->bytes = status.st_size;
  file->modified = status.st_mtim;
  if (!parse_header (file, error))
    return NULL;
  return g_steal_pointer (&file);
}

LamTiffFile *
lam_tiff_file_ref (LamTiffFile *file)
{
  g_atomic_ref_count_inc (&file->references);
  return file;
}

void
lam_tiff_file_unref (LamTiffFile *file)
{
  if (!g_atomic_ref_count_dec (&file->references))
    return;
  close (file->fd);
  g_free (file->path);
  g_free (file);
}

const char *
lam_tiff_file_get_path (LamTiffFile *file)
{
  return file->path;
}

uint64_t
lam_tiff_file_get_bytes (LamTiffFile *file)
{
  return file->bytes;
}

bool
lam_tiff_file_is_big (LamTiffFile *file)
{
  return file->is_big;
}

bool
lam_tiff_file_is_swapped (LamTiffFile *file)
{
  return file->is_swapped;
}

uint64_t
lam_tiff_file_get_first_ifd (LamTiffFile *file)
{
  return file->first_ifd;
}

uint64_t
lam_tiff_file_get_stamp (LamTiffFile *file)
{
  return file->bytes * 0x9e3779b97f4a7c15u
      ^ ((uint64_t)file->modified.tv_sec * 1000000000u
          + (uint64_t)file->modified.tv_nsec);
}

bool
lam_tiff_file_check_unchanged (LamTiffFile *file, GError **error)
{
  struct stat status;
  if (fstat (file->fd, &status) != 0)
    return set_system_error (error, file->path, errno);
  if ((uint64_t)status.st_size != file->bytes) {
    g_set_error (error, LAM_ERROR, LAM_ERROR_MOVED,
        _ ("%s changed while it was open: it had %" PRIu64
           " bytes and has %" PRIu64 " now. Open it again"),
        file->path, file->bytes, (uint64_t)status.st_size);
    return false;
  }
  if (status.st_mtim.tv_sec != file->modified.tv_sec
      || status.st_mtim.tv_nsec != file->modified.tv_nsec) {
    g_set_error (error, LAM_ERROR, LAM_ERROR_MOVED,
        _ ("%s was written to while it was open. Open it again"), file->path);
    return false;
  }
  return true;
}

int64_t
lam_tiff_file_read_some (
    LamTiffFile *file, uint64_t offset, void *out, uint64_t n, GError **error)
{
  uint64_t got = 0;
  if (offset >= file->bytes)
    return 0;
  n = MIN (n, file->bytes - offset);
  while (got < n) {
    ssize_t part =
        pread (file->fd, (uint8_t *)out + got, n - got, offset + got);
    if (part < 0 && errno == EINTR)
      continue;
    if (part < 0) {
      set_system_error (error, file->path, errno);
      return -1;
    }
    if (part == 0)
      break;
    got += part;
  }
  return got;
}

bool
lam_tiff_file_read (
    LamTiffFile *file, uint64_t offset, void *out, uint64_t n, GError **error)
{
  int64_t got = lam_tiff_file_read_some (file, offset, out, n, error);
  if (got < 0)
    return false;
  if ((uint64_t)got == n)
    return true;
  g_set_error (error, LAM_ERROR, LAM_ERROR_CORRUPT,
      _ ("%s is cut short: %" PRIu64 " bytes were needed at byte %" PRIu64
         ", and it has %" PRIu64 " in all"),
      file->path, n, offset, file->bytes);
  return false;
}

uint16_t
lam_tiff_file_u16 (LamTiffFile *file, const uint8_t *bytes)
{
  uint16_t value;
  memcpy (&value, bytes, sizeof value);
  return file->is_swapped ? GUINT16_SWAP_LE_BE (value) : value;
}

uint32_t
lam_tiff_file_u32 (LamTiffFile *file, const uint8_t *bytes)
{
  uint32_t value;
  memcpy (&value, bytes, sizeof value);
  return file->is_swapped ? GUINT32_SWAP_LE_BE (value) : value;
}

uint64_t
lam_tiff_file_u64 (LamTiffFile *file, const uint8_t *bytes)
{
  uint64_t value;
  memcpy (&value, bytes, sizeof value);
  return file->is_swapped ? GUINT64_SWAP_LE_BE (value) : value;
}
