/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The file is: header, the voxels of all pages, the directories. ImageJ reads
 * "images=N" as N images right behind each other, so plain voxels must be that,
 * and libtiff, which puts a directory behind each page, cannot write it. What
 * deflate makes has no predictor: ImageJ would read such a file wrongly.
 *
 * Everything goes to a file with a name of its own beside the target, which is
 * synced and renamed when it is complete. */

#include "volume/tiff-writer.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/box.h"
#include "base/error.h"
#include "base/output.h"
#include "base/partial.h"
#include "volume/tiff-directory.h"

#define MAX_EDGE (1 << 20)
#define MAX_PAGES 200000
/* Above this, offsets might not fit into 32 bits. */
#define MAX_CLASSIC_BYTES 3.9e9
/* Voxels that deflate packs into one strip: enough to compress well, little
 * enough to read a part of a page. */
#define STRIP_BYTES (256 << 10)
/* Labels take half the room that levels 1 to 3 need; EM images do not care, and
 * lose a fifth of the speed. */
#define DEFLATE_LEVEL 6
#define HEADER_BYTES 16 /* of BigTIFF; classic TIFF leaves 8 of them empty */

struct _LamTiffWriter {
  /* Owned */
  char *path;
  LamPartial *partial;
  char *description;
  GArray *offsets, *counts; /* uint64_t, of all strips of all pages */
  GConverter *deflater; /* or NULL */
  GByteArray *deflated;

  LamTiffLayout layout;
  bool is_big, is_finished, has_failed;
  uint64_t row_bytes, end;
  uint32_t rows_per_strip;
  int64_t n_pages;
};

static bool
set_system_error (GError **error, const char *path, int code)
{
  bool is_read_only = code == EACCES || code == EROFS || code == EPERM;
  g_set_error (error, LAM_ERROR,
      is_read_only ? LAM_ERROR_READ_ONLY : LAM_ERROR_IO,
      _ ("Cannot write %s: %s"), path, g_strerror (code));
  return false;
}

static bool
check_layout (const char *path, const LamTiffLayout *layout, GError **error)
{
  const int64_t *size = layout->size;
  if (size[0] >= 1 && size[1] >= 1 && size[2] >= 1 && size[0] <= MAX_EDGE
      && size[1] <= MAX_EDGE && size[2] <= MAX_PAGES
      && size[0] * size[1] * (int64_t)lam_dtype_bytes (layout->dtype)
          <= UINT32_MAX)
    return true;
  g_set_error (error, LAM_ERROR, LAM_ERROR_LIMIT,
      _ ("%s cannot be written as TIFF: %" PRId64 "×%" PRId64 "×%" PRId64
         " voxels; up to %d×%d×%d and 4 GB a slice are possible"),
      path, size[0], size[1], size[2], MAX_EDGE, MAX_EDGE, MAX_PAGES);
  return false;
}

/* ImageJ's lines. */
static char *
describe (const LamTiffLayout *layout)
{
  const double *nm = layout->voxel_size_nm;
  char number[G_ASCII_DTOSTR_BUF_SIZE];
  GString *text = g_string_new ("ImageJ=1.11a\n");
  g_string_append_printf (text, "images=%" PRId64 "\nslices=%" PRId64 "\n",
      layout->size[2], layout->size[2]);
  if (nm[0] > 0 || nm[2] > 0)
    g_string_append (text, "unit=nm\n");
  if (nm[2] > 0)
    g_string_append_printf (
        text, "spacing=%s\n", g_ascii_dtostr (number, sizeof number, nm[2]));
  g_string_append (text, "loop=false\n");
  if (layout->note)
    g_string_append_printf (text, LAM_TIFF_NOTE "=%s\n", layout->note);
  return g_string_free (text, FALSE);
}

static bool
write_at (LamTiffWriter *writer, uint64_t offset, const void *bytes, size_t n,
    GError **error)
{
  int fd = lam_partial_get_fd (writer->partial);
  for (size_t done = 0; done < n;) {
    ssize_t part =
        pwrite (fd, (const uint8_t *)bytes + done, n - done, offset + done);
    if (part < 0 && errno == EINTR)
      continue;
    if (part <= 0)
      return set_system_error (error, writer->path, part < 0 ? errno : ENOSPC);
    done += part;
  }
  return true;
}

static int64_t
get_row_bytes (const LamTiffLayout *layout)
{
  return layout->size[0] * (int64_t)lam_dtype_bytes (layout->dtype);
}

/* Plain pages are one strip: readers take any rows of it. */
static int64_t
get_rows_per_strip (const LamTiffLayout *layout)
{
  if (!layout->deflate)
    return layout->size[1];
  return CLAMP (STRIP_BYTES / get_row_bytes (layout), 1, layout->size[1]);
}

bool
lam_tiff_layout_needs_big (const LamTiffLayout *layout)
{
  double strips =
      (double)lam_divide_up (layout->size[1], get_rows_per_strip (layout));
  double page_bytes = (double)get_row_bytes (layout) * (double)layout->size[1]
      + 512 + strips * 24;
  return page_bytes * (double)layout->size[2] > MAX_CLASSIC_BYTES;
}

LamTiffWriter *
lam_tiff_writer_new (
    const char *path, const LamTiffLayout *layout, GError **error)
{
  if (!check_layout (path, layout, error)
      || !lam_output_check (path, NULL, true, error))
    return NULL;
  g_autoptr (LamTiffWriter) writer = g_new0 (LamTiffWriter, 1);
  writer->path = g_canonicalize_filename (path, NULL);
  writer->layout = *layout;
  for (int i = 0; i < 3; i++)
    if (!(isfinite (layout->voxel_size_nm[i]) && layout->voxel_size_nm[i] > 0))
      writer->layout.voxel_size_nm[i] = 0;
  writer->description = describe (&writer->layout);
  writer->offsets = g_array_new (FALSE, FALSE, sizeof (uint64_t));
  writer->counts = g_array_new (FALSE, FALSE, sizeof (uint64_t));
  writer->row_bytes = get_row_bytes (layout);
  writer->rows_per_strip = get_rows_per_strip (layout);
  if (layout->deflate) {
    writer->deflater = G_CONVERTER (
        g_zlib_compressor_new (G_ZLIB_COMPRESSOR_FORMAT_ZLIB, DEFLATE_LEVEL));
    writer->deflated = g_byte_array_new ();
  }
  writer->is_big = lam_tiff_layout_needs_big (layout);
  writer->end = HEADER_BYTES;
  writer->partial = lam_partial_new_file (path, "part");
  if (!writer->partial) {
    set_system_error (error, writer->path, errno);
    return NULL;
  }
  return g_steal_pointer (&writer);
}

/* Deflates into writer->deflated. */
static bool
deflate (LamTiffWriter *writer, const void *bytes, size_t n, GError **error)
{
  const uint8_t *in = bytes;
  size_t out = 0;
  g_converter_reset (writer->deflater);
  for (;;) {
    g_byte_array_set_size (writer->deflated, MAX (out + n / 2 + 4096, 4096));
    size_t took = 0, gave = 0;
    GConverterResult result = g_converter_convert (writer->deflater, in, n,
        writer->deflated->data + out, writer->deflated->len - out,
        G_CONVERTER_INPUT_AT_END, &took, &gave, error);
    if (result == G_CONVERTER_ERROR)
      return false;
    in += took;
    n -= took;
    out += gave;
    if (result == G_CONVERTER_FINISHED)
      break;
  }
  g_byte_array_set_size (writer->deflated, out);
  return true;
}

static bool
add_strip (
    LamTiffWriter *writer, const uint8_t *bytes, size_t n, GError **error)
{
  if (writer->deflater) {
    if (!deflate (writer, bytes, n, error))
      return false;
    bytes = writer->deflated->data;
    n = writer->deflated->len;
  }
  if (!write_at (writer, writer->end, bytes, n, error))
    return false;
  uint64_t count = n;
  g_array_append_val (writer->offsets, writer->end);
  g_array_append_val (writer->counts, count);
  writer->end += n;
  return true;
}

bool
lam_tiff_writer_add_page (
    LamTiffWriter *writer, const void *voxels, GError **error)
{
  g_return_val_if_fail (!writer->is_finished, false);
  int64_t height = writer->layout.size[1];
  if (writer->n_pages >= writer->layout.size[2]) {
    g_set_error (error, LAM_ERROR, LAM_ERROR_INPUT,
        _ ("%s was to have %" PRId64 " slices; one more was given"),
        writer->path, writer->layout.size[2]);
    return false;
  }
  for (int64_t y = 0; y < height; y += writer->rows_per_strip) {
    int64_t rows = MIN ((int64_t)writer->rows_per_strip, height - y);
    if (!add_strip (writer, (const uint8_t *)voxels + y * writer->row_bytes,
            rows * writer->row_bytes, error)) {
      writer->has_failed = true;
      return false;
    }
  }
  writer->n_pages++;
  return true;
}

/* Directories stand on even bytes (TIFF 6.0, section 2); 8 suits BigTIFF. */
static bool
write_directories (LamTiffWriter *writer, GError **error)
{
  const LamTiffLayout *layout = &writer->layout;
  size_t n_strips = lam_divide_up (layout->size[1], writer->rows_per_strip);
  g_autoptr (GByteArray) bytes = g_byte_array_new ();
  for (int64_t z = 0; z < layout->size[2]; z++) {
    LamTiffDirectory directory = {
      .is_big = writer->is_big,
      .width = layout->size[0],
      .height = layout->size[1],
      .dtype = layout->dtype,
      .is_deflated = layout->deflate,
      .rows_per_strip = writer->rows_per_strip,
      .description = z == 0 ? writer->description : NULL,
      .voxel_size_nm = { layout->voxel_size_nm[0], layout->voxel_size_nm[1] },
      .offsets = &g_array_index (writer->offsets, uint64_t, z * n_strips),
      .counts = &g_array_index (writer->counts, uint64_t, z * n_strips),
      .n_strips = n_strips,
      .is_last = z == layout->size[2] - 1,
    };
    lam_tiff_directory_append (bytes, writer->end + bytes->len, &directory);
    if (bytes->len < 1 << 20 && !directory.is_last)
      continue;
    if (!write_at (writer, writer->end, bytes->data, bytes->len, error))
      return false;
    writer->end += bytes->len;
    g_byte_array_set_size (bytes, 0);
  }
  return true;
}

static bool
write_header (LamTiffWriter *writer, uint64_t first_directory, GError **error)
{
  uint8_t head[HEADER_BYTES] = { 0 };
  char order = G_BYTE_ORDER == G_LITTLE_ENDIAN ? 'I' : 'M';
  uint16_t magic = writer->is_big ? 43 : 42, offset_bytes = 8;
  uint32_t narrow = (uint32_t)first_directory;
  head[0] = head[1] = order;
  memcpy (head + 2, &magic, 2);
  if (writer->is_big) {
    memcpy (head + 4, &offset_bytes, 2);
    memcpy (head + 8, &first_directory, 8);
  } else
    memcpy (head + 4, &narrow, 4);
  return write_at (writer, 0, head, sizeof head, error);
}

/* The new name is durable only when the folder is. Some file systems cannot
 * sync folders; then the rename is as good as it gets. */
static void
sync_folder (const char *path)
{
  g_autofree char *folder = g_path_get_dirname (path);
  int fd = open (folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0)
    return;
  fsync (fd);
  close (fd);
}

static bool
move_into_place (LamTiffWriter *writer, GError **error)
{
  if (fsync (lam_partial_get_fd (writer->partial)) != 0
      || !lam_partial_put_in_place (writer->partial))
    return set_system_error (error, writer->path, errno);
  sync_folder (writer->path);
  return true;
}

bool
lam_tiff_writer_finish (LamTiffWriter *writer, GError **error)
{
  g_return_val_if_fail (!writer->is_finished, false);
  if (writer->has_failed || writer->n_pages != writer->layout.size[2]) {
    g_set_error (error, LAM_ERROR, LAM_ERROR_INPUT,
        _ ("%s was to have %" PRId64 " slices; %" PRId64 " were written"),
        writer->path, writer->layout.size[2], writer->n_pages);
    return false;
  }
  writer->is_finished = true;
  writer->end = (writer->end + 7) / 8 * 8;
  uint64_t first_directory = writer->end;
  return write_directories (writer, error)
      && write_header (writer, first_directory, error)
      && move_into_place (writer, error);
}

void
lam_tiff_writer_free (LamTiffWriter *writer)
{
  g_clear_pointer (&writer->partial, lam_partial_free);
  g_free (writer->path);
  g_free (writer->description);
  g_clear_pointer (&writer->offsets, g_array_unref);
  g_clear_pointer (&writer->counts, g_array_unref);
  g_clear_pointer (&writer->deflated, g_byte_array_unref);
  g_clear_object (&writer->deflater);
  g_free (writer);
}
