/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* NumPy's .npy, version 1.0: magic, the length of a header in 2 bytes, the
 * header, a Python dictionary padded to 64 bytes; then the voxels, z, y, x. */
#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "volume/array-format.h"

#define MAGIC "\x93NUMPY\x01"
#define MAGIC_BYTES 8 /* with the 0 of the version */
#define MAX_HEADER 4096
#define ORDER (G_BYTE_ORDER == G_LITTLE_ENDIAN ? '<' : '>')

static const char *const kinds[] = {
  [LAM_DTYPE_U8] = "u1",
  [LAM_DTYPE_I8] = "i1",
  [LAM_DTYPE_U16] = "u2",
  [LAM_DTYPE_I16] = "i2",
  [LAM_DTYPE_U32] = "u4",
  [LAM_DTYPE_I32] = "i4",
  [LAM_DTYPE_F32] = "f4",
};

static bool
write_all (int fd, const void *bytes, size_t n)
{
  const char *at = bytes;
  while (n > 0) {
    ssize_t done = write (fd, at, n);
    if (done < 0 && errno == EINTR)
      continue;
    if (done < 0)
      return false;
    at += done;
    n -= (size_t)done;
  }
  return true;
}

static bool
set_io_error (LamArraySet *set, int code, GError **error)
{
  g_autofree char *path =
      lam_array_dup_path (set->format, set->path, set->name);
  g_set_error (error, LAM_ERROR, LAM_ERROR_IO, _ ("Cannot write %s: %s"), path,
      g_strerror (code));
  return false;
}

static GString *
make_header (const LamArraySet *set)
{
  GString *text = g_string_new (NULL);
  bool is_byte = lam_dtype_bytes (set->dtype) == 1;
  g_string_append_len (text, MAGIC, MAGIC_BYTES);
  g_string_append_len (text, "\0\0", 2);
  g_string_append_printf (text,
      "{'descr': '%c%s', 'fortran_order': False, 'shape': (%" G_GINT64_FORMAT
      ", %" G_GINT64_FORMAT ", %" G_GINT64_FORMAT "), }",
      is_byte ? '|' : ORDER, kinds[set->dtype], set->size[2], set->size[1],
      set->size[0]);
  while (text->len % 64 != 63)
    g_string_append_c (text, ' ');
  g_string_append_c (text, '\n');
  size_t n = text->len - MAGIC_BYTES - 2;
  text->str[MAGIC_BYTES] = (char)(n & 0xff);
  text->str[MAGIC_BYTES + 1] = (char)(n >> 8);
  return text;
}

/* The writer is the file's number + 1. */
static int
get_fd (const LamArraySet *set)
{
  return GPOINTER_TO_INT (set->writer) - 1;
}

static bool
begin (LamArraySet *set, GError **error)
{
  g_autofree char *path =
      lam_array_dup_path (set->format, set->path, set->name);
  int fd = open (path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (fd < 0)
    return set_io_error (set, errno, error);
  set->writer = GINT_TO_POINTER (fd + 1);
  GString *header = make_header (set);
  bool done = write_all (fd, header->str, header->len);
  int code = errno;
  g_string_free (header, TRUE);
  return done || set_io_error (set, code, error);
}

static bool
add (LamArraySet *set, const void *planes, int64_t n, GError **error)
{
  return write_all (
             get_fd (set), planes, (size_t)n * lam_array_get_plane_bytes (set))
      || set_io_error (set, errno, error);
}

static bool
end (LamArraySet *set, GError **error)
{
  int fd = get_fd (set);
  set->writer = NULL;
  bool done = fsync (fd) == 0;
  int code = errno;
  if (close (fd) != 0 && done) {
    code = errno;
    done = false;
  }
  return done || set_io_error (set, code, error);
}

static bool
finish (LamArraySet *set, bool is_whole, GError **error)
{
  if (set->writer)
    close (get_fd (set));
  set->writer = NULL;
  return true;
}

/* ---- Reading ------------------------------------------------------------ */

typedef struct {
  LamSource source;
  int fd;
  int64_t first; /* byte of the first voxel */
} NpySource;

static bool
read_all (int fd, char *out, size_t n, int64_t at)
{
  while (n > 0) {
    ssize_t done = pread (fd, out, n, at);
    if (done < 0 && errno == EINTR)
      continue;
    if (done <= 0)
      return false;
    out += done;
    at += done;
    n -= (size_t)done;
  }
  return true;
}

static bool
read_box (LamSource *source, int level, const LamBox *box, void *out,
    GCancellable *cancellable, GError **error)
{
  const NpySource *npy = (const NpySource *)source;
  const int64_t *size = source->info.levels[0].size;
  int64_t bytes = (int64_t)lam_dtype_bytes (source->info.dtype);
  size_t row = (size_t)((box->max[0] - box->min[0]) * bytes);
  char *to = out;
  for (int64_t z = box->min[2]; z < box->max[2]; z++) {
    if (g_cancellable_set_error_if_cancelled (cancellable, error))
      return false;
    for (int64_t y = box->min[1]; y < box->max[1]; y++, to += row) {
      int64_t at = (z * size[1] + y) * size[0] + box->min[0];
      if (read_all (npy->fd, to, row, npy->first + at * bytes))
        continue;
      g_set_error (error, LAM_ERROR, LAM_ERROR_IO,
          _ ("%s cannot be read to its end"), source->info.path);
      return false;
    }
  }
  return true;
}

static void
npy_free (LamSource *source)
{
  NpySource *npy = (NpySource *)source;
  if (npy->fd >= 0)
    close (npy->fd);
  g_free (npy);
}

/* Exactly as make_header() writes it. */
static bool
parse_header (NpySource *npy, const char *text)
{
  char order, kind[3];
  int64_t size[3];
  int end = -1;
  LamSourceInfo *info = &npy->source.info;
  int n = sscanf (text,
      "{'descr': '%c%2[a-z0-9]', 'fortran_order': False, 'shape': "
      "(%" G_GINT64_FORMAT ", %" G_GINT64_FORMAT ", %" G_GINT64_FORMAT "), }%n",
      &order, kind, &size[2], &size[1], &size[0], &end);
  if (n != 5 || end < 0)
    return false;
  for (int i = 0; i < (int)G_N_ELEMENTS (kinds); i++) {
    if (strcmp (kinds[i], kind) != 0)
      continue;
    info->dtype = (LamDtype)i;
    for (int a = 0; a < 3; a++) {
      if (size[a] < 1 || size[a] > INT32_MAX)
        return false;
      info->levels[0].size[a] = info->chunk[a] = size[a];
      info->levels[0].factor[a] = 1;
    }
    info->chunk[2] = 1;
    return order == (lam_dtype_bytes (info->dtype) == 1 ? '|' : ORDER);
  }
  return false;
}

static bool
read_header (NpySource *npy)
{
  uint8_t start[MAGIC_BYTES + 2];
  char text[MAX_HEADER + 1];
  struct stat status;
  if (fstat (npy->fd, &status) != 0
      || !read_all (npy->fd, (char *)start, sizeof start, 0)
      || memcmp (start, MAGIC, MAGIC_BYTES) != 0)
    return false;
  size_t n = start[MAGIC_BYTES] + 256 * (size_t)start[MAGIC_BYTES + 1];
  if (n > MAX_HEADER || !read_all (npy->fd, text, n, sizeof start))
    return false;
  text[n] = 0;
  npy->first = (int64_t)(sizeof start + n);
  if (!parse_header (npy, text))
    return false;
  const LamSourceInfo *info = &npy->source.info;
  __int128 bytes = (__int128)info->levels[0].size[0] * info->levels[0].size[1]
      * info->levels[0].size[2] * (__int128)lam_dtype_bytes (info->dtype);
  npy->source.info.file_bytes = status.st_size;
  return bytes + npy->first == status.st_size;
}

static LamSource *
open_array (const char *path, const char *array, GError **error)
{
  static const LamSourceMethods methods = { read_box, npy_free };
  NpySource *npy = g_new0 (NpySource, 1);
  lam_source_init (&npy->source, &methods, path);
  npy->source.info.format = "npy";
  npy->source.info.n_levels = 1;
  npy->fd = open (path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  int code = errno;
  if (npy->fd >= 0 && read_header (npy))
    return &npy->source;
  if (npy->fd < 0)
    g_set_error (error, LAM_ERROR, LAM_ERROR_IO, _ ("Cannot open %s: %s"), path,
        g_strerror (code));
  else
    g_set_error (error, LAM_ERROR, LAM_ERROR_FORMAT,
        _ ("%s is no .npy file of three axes, or is cut off"), path);
  lam_source_unref (&npy->source);
  return NULL;
}

const LamArrayFormat lam_array_format_npy = {
  .name = "npy",
  .title = N_ ("NumPy arrays"),
  .library = "numpy",
  .suffix = ".npy",
  .begin = begin,
  .add = add,
  .end = end,
  .close = finish,
  .read = open_array,
};
