/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Immutable after it was made, so that chunks can be written from any thread.
 * Chunks that are all zero are not written: they are the fill value. */
#include "volume/zarr-writer.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "volume/zarr-codec.h"

#include <glib/gi18n-lib.h>

struct _LamZarrWriter {
  char *folder; /* Owned */
  int n_levels;
  LamLevel levels[LAM_MAX_LEVELS];
  LamDtype dtype;
  double voxel_size_nm[3];
  gint64 chunk_bytes; /* atomic */
};

static bool
set_write_error (GError **error, const char *path, int code)
{
  g_set_error (error, LAM_ERROR,
      code == EROFS || code == EACCES || code == EPERM ? LAM_ERROR_READ_ONLY
                                                       : LAM_ERROR_IO,
      _ ("Cannot write %s: %s"), path, g_strerror (code));
  return false;
}

static bool
write_all (int fd, const uint8_t *data, size_t n)
{
  while (n > 0) {
    ssize_t done = write (fd, data, n);
    if (done < 0 && errno == EINTR)
      continue;
    if (done < 0)
      return false;
    data += done;
    n -= (size_t)done;
  }
  return true;
}

/* Under a temporary name first, so that no reader sees half a file. */
static bool
write_file (const char *path, const void *data, size_t n, GError **error)
{
  g_autofree char *part = g_strconcat (path, ".part", NULL);
  int fd = open (part, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (fd < 0 && errno == ENOENT) {
    g_autofree char *folder = g_path_get_dirname (path);
    g_mkdir_with_parents (folder, 0777);
    fd = open (part, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  }
  if (fd < 0)
    return set_write_error (error, path, errno);
  bool done = write_all (fd, data, n);
  int code = errno;
  if (close (fd) < 0 && done) {
    code = errno;
    done = false;
  }
  if (done && rename (part, path) == 0)
    return true;
  code = done ? errno : code;
  unlink (part);
  return set_write_error (error, path, code);
}

static bool
write_text (
    LamZarrWriter *writer, const char *name, const char *text, GError **error)
{
  g_autofree char *path = g_build_filename (writer->folder, name, NULL);
  return write_file (path, text, strlen (text), error);
}

static const char *
get_type_name (LamDtype dtype)
{
  bool little = G_BYTE_ORDER == G_LITTLE_ENDIAN;
  switch (dtype) {
  case LAM_DTYPE_U8:
    return "|u1";
  case LAM_DTYPE_I8:
    return "|i1";
  case LAM_DTYPE_U16:
    return little ? "<u2" : ">u2";
  case LAM_DTYPE_I16:
    return little ? "<i2" : ">i2";
  case LAM_DTYPE_U32:
    return little ? "<u4" : ">u4";
  case LAM_DTYPE_I32:
    return little ? "<i4" : ">i4";
  case LAM_DTYPE_F32:
    return little ? "<f4" : ">f4";
  }
  g_return_val_if_reached (NULL);
}

static bool
write_array (LamZarrWriter *writer, int level, GError **error)
{
  const int64_t *size = writer->levels[level].size;
  g_autofree char *codec = lam_zarr_codec_describe ();
  g_autofree char *text = g_strdup_printf (
      "{\n  \"zarr_format\": 2,\n"
      "  \"shape\": [%" G_GINT64_FORMAT ", %" G_GINT64_FORMAT
      ", %" G_GINT64_FORMAT "],\n"
      "  \"chunks\": [%d, %d, %d],\n  \"dtype\": \"%s\",\n"
      "  \"compressor\": %s,\n  \"fill_value\": 0,\n  \"order\": \"C\",\n"
      "  \"filters\": null,\n  \"dimension_separator\": \"/\"\n}\n",
      (gint64)size[2], (gint64)size[1], (gint64)size[0], LAM_BRICK_EDGE,
      LAM_BRICK_EDGE, LAM_BRICK_EDGE, get_type_name (writer->dtype), codec);
  g_autofree char *name = g_strdup_printf ("%d/.zarray", level);
  return write_text (writer, name, text, error);
}

static bool
knows_voxel_size (const LamZarrWriter *writer)
{
  for (int i = 0; i < 3; i++)
    if (!(writer->voxel_size_nm[i] > 0))
      return false;
  return true;
}

/* z, y, x of `values`, whatever the locale's decimal point is. */
static void
append_triple (GString *text, const char *type, const double values[3])
{
  char number[G_ASCII_DTOSTR_BUF_SIZE];
  g_string_append_printf (text, "{\"type\": \"%s\", \"%s\": [", type, type);
  for (int i = 2; i >= 0; i--)
    g_string_append_printf (text, "%s%s",
        g_ascii_dtostr (number, sizeof number, values[i]), i ? ", " : "]}");
}

/* The translation puts the middle of a coarse voxel where the middle of the
 * voxels it stands for is. */
static void
append_dataset (LamZarrWriter *writer, int level, GString *text)
{
  bool known = knows_voxel_size (writer);
  double scale[3], shift[3];
  for (int i = 0; i < 3; i++) {
    double nm = known ? writer->voxel_size_nm[i] : 1;
    int64_t factor = writer->levels[level].factor[i];
    scale[i] = nm * (double)factor;
    shift[i] = nm * (double)(factor - 1) / 2;
  }
  g_string_append_printf (text,
      "%s\n      {\"path\": \"%d\", \"coordinateTransformations\": [",
      level ? "," : "", level);
  append_triple (text, "scale", scale);
  if (level > 0) {
    g_string_append (text, ", ");
    append_triple (text, "translation", shift);
  }
  g_string_append (text, "]}");
}

static bool
write_attributes (LamZarrWriter *writer, const char *note, GError **error)
{
  const char *unit =
      knows_voxel_size (writer) ? ", \"unit\": \"nanometer\"" : "";
  g_autoptr (GString) text = g_string_new ("{\n");
  if (note) {
    g_autofree char *escaped = g_strescape (note, NULL);
    g_string_append_printf (text, "  \"lamella\": \"%s\",\n", escaped);
  }
  g_string_append (text,
      "  \"multiscales\": [{\n    \"version\": \"0.4\",\n"
      "    \"type\": \"mean\",\n    \"axes\": [");
  for (int i = 2; i >= 0; i--)
    g_string_append_printf (text, "{\"name\": \"%c\", \"type\": \"space\"%s}%s",
        "xyz"[i], unit, i ? ", " : "],\n    \"datasets\": [");
  for (int i = 0; i < writer->n_levels; i++)
    append_dataset (writer, i, text);
  g_string_append (text, "\n    ]\n  }]\n}\n");
  return write_text (writer, ".zattrs", text->str, error);
}

LamZarrWriter *
lam_zarr_writer_new (const char *folder, const LamLevel *levels, int n_levels,
    LamDtype dtype, const double voxel_size_nm[3], GError **error)
{
  g_return_val_if_fail (n_levels >= 1 && n_levels <= LAM_MAX_LEVELS, NULL);
  g_autoptr (LamZarrWriter) writer = g_new0 (LamZarrWriter, 1);
  writer->folder = g_strdup (folder);
  writer->n_levels = n_levels;
  memcpy (writer->levels, levels, sizeof *levels * (size_t)n_levels);
  writer->dtype = dtype;
  memcpy (writer->voxel_size_nm, voxel_size_nm, sizeof writer->voxel_size_nm);
  if (g_mkdir_with_parents (folder, 0777) < 0) {
    set_write_error (error, folder, errno);
    return NULL;
  }
  if (!write_text (writer, ".zgroup", "{\"zarr_format\": 2}\n", error)
      || !write_attributes (writer, NULL, error))
    return NULL;
  for (int i = 0; i < n_levels; i++)
    if (!write_array (writer, i, error))
      return NULL;
  return g_steal_pointer (&writer);
}

bool
lam_zarr_writer_note (LamZarrWriter *writer, const char *note, GError **error)
{
  return write_attributes (writer, note, error);
}

static bool
is_zero (const uint8_t *bytes, size_t n)
{
  return bytes[0] == 0 && memcmp (bytes, bytes + 1, n - 1) == 0;
}

bool
lam_zarr_writer_write_chunk (LamZarrWriter *writer, int level, LamBrickKey key,
    const void *voxels, GError **error)
{
  g_return_val_if_fail (level >= 0 && level < writer->n_levels, false);
  g_autofree char *path = g_strdup_printf (
      "%s/%d/%d/%d/%d", writer->folder, level, key.z, key.y, key.x);
  size_t voxel_bytes = lam_dtype_bytes (writer->dtype);
  size_t n = LAM_BRICK_VOXELS * voxel_bytes;
  if (is_zero (voxels, n)) {
    unlink (path);
    return true;
  }
  size_t room = lam_zarr_codec_bound (n);
  g_autofree uint8_t *packed = g_malloc (room);
  size_t size = lam_zarr_codec_encode (voxels, n, voxel_bytes, packed, room);
  if (size == 0) {
    g_set_error (
        error, LAM_ERROR, LAM_ERROR_IO, _ ("Cannot compress %s"), path);
    return false;
  }
  if (!write_file (path, packed, size, error))
    return false;
  __atomic_add_fetch (&writer->chunk_bytes, (gint64)size, __ATOMIC_RELAXED);
  return true;
}

int64_t
lam_zarr_writer_get_bytes (LamZarrWriter *writer)
{
  return __atomic_load_n (&writer->chunk_bytes, __ATOMIC_RELAXED);
}

void
lam_zarr_writer_free (LamZarrWriter *writer)
{
  g_free (writer->folder);
  g_free (writer);
}
