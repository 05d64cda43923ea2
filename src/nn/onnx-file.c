/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "nn/onnx-file.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <sys/stat.h>
#include <unistd.h>

bool
lam_onnx_file_open (LamOnnxFile *file, const char *path, int flags)
{
  struct stat about;
  *file = (LamOnnxFile){ .path = path };
  /* Not to wait for somebody at the other end of a pipe. */
  file->file = g_open (path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | flags, 0);
  if (file->file < 0 || fstat (file->file, &about))
    return false;
  errno = 0;
  file->n_bytes = about.st_size;
  return S_ISREG (about.st_mode);
}

void
lam_onnx_file_close (LamOnnxFile *file)
{
  if (file->file >= 0)
    close (file->file);
  file->file = -1;
}

bool
lam_onnx_file_read (const LamOnnxFile *file, void *to, size_t n, int64_t at)
{
  char *bytes = to;
  while (n) {
    ssize_t got = pread (file->file, bytes, n, at);
    if (got < 0 && errno == EINTR)
      continue;
    if (got <= 0)
      return false;
    bytes += got;
    at += got;
    n -= (size_t)got;
  }
  return true;
}
