/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* libtiff is used as a decoder only: where a strile lies is known from
 * tiff-pages.c, its bytes are read here and handed over. So libtiff reads one
 * directory for each kind of page instead of one for each page, and what it
 * made of that directory is compared with ours before the first voxel. Its
 * messages are collected for each handle; nothing is global. */

#include "volume/tiff-codec.h"

#include <glib/gi18n-lib.h>
#include <inttypes.h>
#include <string.h>
#include <tiffio.h>

#include "base/error.h"

/* Idle handles kept; more only while more threads decode at once. */
#define MAX_IDLE 16
/* An idle handle keeps no longer buffer of compressed bytes: with a few workers
 * and pages of one strip these would add up to more than the voxels. */
#define MAX_IDLE_RAW_BYTES (1 << 20)
/* libtiff's own tables: 8 bytes for each strip of one page. */
#define MAX_TABLE_BYTES (256 << 20)

typedef struct {
  /* Owned */
  LamTiffFile *file;
  TIFF *tiff;
  char *message; /* libtiff's first error since it was cleared */
  uint8_t *raw;
  size_t raw_bytes;

  LamTiffKind kind;
  uint64_t position; /* where libtiff reads next */
} Handle;

struct _LamTiffCodecs {
  GMutex lock;
  GQueue idle; /* Handle, last used first */
};

static tmsize_t
read_cb (thandle_t data, void *out, tmsize_t n)
{
  Handle *handle = data;
  int64_t got =
      lam_tiff_file_read_some (handle->file, handle->position, out, n, NULL);
  handle->position += MAX (got, 0);
  return got;
}

static tmsize_t
write_cb (thandle_t data, void *in, tmsize_t n)
{
  return -1;
}

static toff_t
seek_cb (thandle_t data, toff_t offset, int whence)
{
  Handle *handle = data;
  uint64_t base = whence == SEEK_CUR ? handle->position
      : whence == SEEK_END           ? lam_tiff_file_get_bytes (handle->file)
                                     : 0;
  handle->position = base + offset;
  return handle->position;
}

static int
close_cb (thandle_t data)
{
  return 0;
}

static toff_t
size_cb (thandle_t data)
{
  Handle *handle = data;
  return lam_tiff_file_get_bytes (handle->file);
}

static int
error_cb (TIFF *tiff, void *data, const char *module, const char *format,
    va_list arguments)
{
  Handle *handle = data;
  if (!handle->message)
    handle->message = g_strdup_vprintf (format, arguments);
  return 1;
}

static int
warning_cb (TIFF *tiff, void *data, const char *module, const char *format,
    va_list arguments)
{
  return 1;
}

static void
handle_free (Handle *handle)
{
  if (handle->tiff)
    TIFFClose (handle->tiff);
  lam_tiff_file_unref (handle->file);
  g_free (handle->message);
  g_free (handle->raw);
  g_free (handle);
}

static bool
set_libtiff_error (Handle *handle, const char *what, GError **error)
{
  g_set_error (error, LAM_ERROR, LAM_ERROR_CORRUPT, "%s: %s (%s)",
      lam_tiff_file_get_path (handle->file), what,
      handle->message ? handle->message : _ ("no reason given"));
  g_clear_pointer (&handle->message, g_free);
  return false;
}

static uint16_t
get_u16 (TIFF *tiff, uint32_t tag)
{
  uint16_t value = 0;
  return TIFFGetFieldDefaulted (tiff, tag, &value) ? value : 0;
}

static uint32_t
get_u32 (TIFF *tiff, uint32_t tag)
{
  uint32_t value = 0;
  return TIFFGetFieldDefaulted (tiff, tag, &value) ? value : 0;
}

/* libtiff repairs some directories in its own way; then its striles are not
 * ours. */
static bool
has_same_layout (TIFF *tiff, const LamTiffKind *kind)
{
  if (get_u32 (tiff, TIFFTAG_IMAGEWIDTH) != kind->width
      || get_u32 (tiff, TIFFTAG_IMAGELENGTH) != kind->height
      || get_u16 (tiff, TIFFTAG_BITSPERSAMPLE) != kind->bits
      || get_u16 (tiff, TIFFTAG_SAMPLESPERPIXEL) != kind->samples
      || get_u16 (tiff, TIFFTAG_COMPRESSION) != kind->compression
      || get_u16 (tiff, TIFFTAG_FILLORDER) != kind->fill_order
      || (bool)TIFFIsTiled (tiff) != (bool)kind->is_tiled)
    return false;
  bool is_planar = get_u16 (tiff, TIFFTAG_PLANARCONFIG) == PLANARCONFIG_SEPARATE
      && kind->samples > 1;
  if (is_planar != (bool)kind->is_planar)
    return false;
  uint64_t row =
      kind->is_tiled ? TIFFTileRowSize64 (tiff) : TIFFScanlineSize64 (tiff);
  uint64_t rows = kind->is_tiled
      ? get_u32 (tiff, TIFFTAG_TILELENGTH)
      : MIN (get_u32 (tiff, TIFFTAG_ROWSPERSTRIP), kind->height);
  uint64_t n =
      kind->is_tiled ? TIFFNumberOfTiles (tiff) : TIFFNumberOfStrips (tiff);
  return row == lam_tiff_kind_get_row_bytes (kind)
      && rows == kind->strile_height && n == lam_tiff_kind_get_n_striles (kind);
}

static Handle *
handle_new (
    LamTiffFile *file, const LamTiffKind *kind, uint64_t ifd, GError **error)
{
  Handle *handle = g_new0 (Handle, 1);
  handle->file = lam_tiff_file_ref (file);
  handle->kind = *kind;
  TIFFOpenOptions *options = TIFFOpenOptionsAlloc ();
  TIFFOpenOptionsSetMaxSingleMemAlloc (options, MAX_TABLE_BYTES);
  TIFFOpenOptionsSetErrorHandlerExtR (options, error_cb, handle);
  TIFFOpenOptionsSetWarningHandlerExtR (options, warning_cb, handle);
  /* m: never map; h: do not read the first directory; c: do not divide long
   * strips into shorter ones that the file does not have. */
  handle->tiff =
      TIFFClientOpenExt (lam_tiff_file_get_path (file), "rmhc", handle, read_cb,
          write_cb, seek_cb, close_cb, size_cb, NULL, NULL, options);
  TIFFOpenOptionsFree (options);
  if (!handle->tiff || !TIFFSetSubDirectory (handle->tiff, ifd))
    set_libtiff_error (handle, _ ("the directory cannot be read"), error);
  else if (!has_same_layout (handle->tiff, kind))
    set_libtiff_error (handle, _ ("the directory contradicts itself"), error);
  else {
    g_clear_pointer (&handle->message, g_free);
    return handle;
  }
  handle_free (handle);
  return NULL;
}

LamTiffCodecs *
lam_tiff_codecs_new (void)
{
  LamTiffCodecs *codecs = g_new0 (LamTiffCodecs, 1);
  g_mutex_init (&codecs->lock);
  g_queue_init (&codecs->idle);
  return codecs;
}

void
lam_tiff_codecs_free (LamTiffCodecs *codecs)
{
  g_queue_clear_full (&codecs->idle, (GDestroyNotify)handle_free);
  g_mutex_clear (&codecs->lock);
  g_free (codecs);
}

/* An idle handle of this kind, or NULL. The file's byte order decides how the
 * decoded samples are turned, so it must agree too. */
static Handle *
take_idle (LamTiffCodecs *codecs, const LamTiffKind *kind, LamTiffFile *file)
{
  Handle *found = NULL;
  g_mutex_lock (&codecs->lock);
  for (GList *l = codecs->idle.head; l && !found; l = l->next) {
    Handle *handle = l->data;
    if (memcmp (&handle->kind, kind, sizeof *kind) != 0
        || lam_tiff_file_is_swapped (handle->file)
            != lam_tiff_file_is_swapped (file))
      continue;
    found = handle;
    g_queue_delete_link (&codecs->idle, l);
    break;
  }
  g_mutex_unlock (&codecs->lock);
  return found;
}

static void
put_idle (LamTiffCodecs *codecs, Handle *handle)
{
  if (handle->raw_bytes > MAX_IDLE_RAW_BYTES) {
    g_clear_pointer (&handle->raw, g_free);
    handle->raw_bytes = 0;
  }
  g_mutex_lock (&codecs->lock);
  g_queue_push_head (&codecs->idle, handle);
  Handle *oldest =
      codecs->idle.length > MAX_IDLE ? g_queue_pop_tail (&codecs->idle) : NULL;
  g_mutex_unlock (&codecs->lock);
  if (oldest)
    handle_free (oldest);
}

/* Compressed data is hardly longer than what it stands for: a count far above
 * that would only take memory. */
static size_t
useful_bytes (uint64_t count, size_t out_bytes)
{
  return MIN (count, (uint64_t)out_bytes * 4 + (1 << 20));
}

static bool
decode (Handle *handle, const LamTiffStrile *strile, void *out,
    size_t out_bytes, GError **error)
{
  size_t n = useful_bytes (strile->count, out_bytes);
  if (handle->raw_bytes < n) {
    g_free (handle->raw);
    handle->raw_bytes = n + n / 4;
    handle->raw = g_try_malloc (handle->raw_bytes);
  }
  if (!handle->raw) {
    handle->raw_bytes = 0;
    g_set_error (error, LAM_ERROR, LAM_ERROR_LIMIT,
        _ ("%s: not enough memory to decode a strip of %zu bytes"),
        lam_tiff_file_get_path (strile->file), n);
    return false;
  }
  if (!lam_tiff_file_read (strile->file, strile->offset, handle->raw, n, error))
    return false;
  /* The fax and JBIG decoders leave what they cannot decode as it was. */
  if (handle->kind.bits == 1)
    memset (out, 0, out_bytes);
  /* A fax decoder reports bad code words and succeeds. */
  if (TIFFReadFromUserBuffer (
          handle->tiff, strile->strile, handle->raw, n, out, out_bytes)
      && !handle->message)
    return true;
  return set_libtiff_error (
      handle, _ ("the voxels cannot be decoded: damaged file"), error);
}

bool
lam_tiff_codecs_decode (LamTiffCodecs *codecs, const LamTiffKind *kind,
    const LamTiffStrile *strile, void *out, size_t out_bytes, GError **error)
{
  Handle *handle = take_idle (codecs, kind, strile->file);
  if (!handle)
    handle = handle_new (strile->file, kind, strile->ifd, error);
  if (!handle)
    return false;
  bool ok = decode (handle, strile, out, out_bytes, error);
  /* What a codec remembers of broken data is of no use to the next. */
  if (ok)
    put_idle (codecs, handle);
  else
    handle_free (handle);
  return ok;
}
