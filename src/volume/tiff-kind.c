/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Numbers and names are those of TIFF 6.0 (Adobe 1992) and of libtiff's list of
 * later compressions. */

#include "volume/tiff-kind.h"

#include <glib/gi18n-lib.h>
#include <inttypes.h>
#include <string.h>
#include <tiffio.h>

#include "base/box.h"
#include "base/error.h"

#define MAX_EDGE (1u << 20)
#define MAX_SAMPLES 1024
#define MAX_TILE_BYTES (64u << 20)
/* A compressed strip is decoded whole. */
#define MAX_STRIP_BYTES (1u << 30)

/* What may be decoded, and how many times larger than its bytes the decoded
 * data can be: above that the sizes in the file are lies. Deflate reaches 1032,
 * LZW about 1400; the others can say "the same again" for very long. */
static const struct {
  uint16_t compression;
  uint32_t max_ratio;
  bool is_bilevel; /* only for 1-bit samples */
} compressions[] = {
  { COMPRESSION_NONE, 1100 },
  { COMPRESSION_CCITTRLE, 1100, true },
  { COMPRESSION_CCITTFAX3, 200000, true },
  { COMPRESSION_CCITTFAX4, 200000, true },
  { COMPRESSION_JBIG, 200000, true },
  { COMPRESSION_LZW, 1500 },
  { COMPRESSION_DEFLATE, 1100 },
  { COMPRESSION_ADOBE_DEFLATE, 1100 },
  { COMPRESSION_PACKBITS, 1100 },
  { COMPRESSION_LZMA, 200000 },
  { COMPRESSION_ZSTD, 200000 },
  { COMPRESSION_LERC, 200000 },
};

G_STATIC_ASSERT (sizeof (LamTiffKind) == 7 * 4 + 7 * 2 + 2);

static bool
refuse (GError **error, LamErrorCode code, const char *path, size_t page,
    const char *what)
{
  g_set_error (
      error, LAM_ERROR, code, _ ("Page %zu of %s %s"), page, path, what);
  return false;
}

static bool
check_compression (
    const LamTiffKind *kind, const char *path, size_t page, GError **error)
{
  for (size_t i = 0; i < G_N_ELEMENTS (compressions); i++)
    if (compressions[i].compression == kind->compression
        && TIFFIsCODECConfigured (kind->compression)
        && (!compressions[i].is_bilevel || kind->bits == 1))
      return true;
  const TIFFCodec *codec = TIFFFindCODEC (kind->compression);
  g_set_error (error, LAM_ERROR, LAM_ERROR_UNSUPPORTED,
      _ ("Page %zu of %s is compressed with %s (%u), which is not read: save "
         "it with deflate, LZW, zstd or without compression"),
      page, path, codec ? codec->name : _ ("an unknown method"),
      kind->compression);
  return false;
}

static bool
check_samples (
    const LamTiffKind *kind, const char *path, size_t page, GError **error)
{
  bool is_int = kind->sample_format == SAMPLEFORMAT_UINT;
  bool is_signed = kind->sample_format == SAMPLEFORMAT_INT;
  bool is_float = kind->sample_format == SAMPLEFORMAT_IEEEFP;
  unsigned bits = kind->bits;
  bool whole = bits == 8 || bits == 16 || bits == 32;
  if ((is_int && ((bits >= 1 && bits <= 16) || bits == 32))
      || (is_signed && whole)
      || (is_float && (bits == 16 || bits == 32 || bits == 64)))
    return true;
  g_set_error (error, LAM_ERROR, LAM_ERROR_UNSUPPORTED,
      _ ("Page %zu of %s has %u-bit samples of kind %u; integers up to 32 bits "
         "and real numbers of 16, 32 or 64 bits can be read"),
      page, path, bits, kind->sample_format);
  return false;
}

static bool
check_photometric (
    const LamTiffKind *kind, const char *path, size_t page, GError **error)
{
  /* White is zero, black is zero, RGB, palette (read as numbers: a label
   * stack's colours are no part of it), mask, inks. */
  if (kind->photometric <= PHOTOMETRIC_SEPARATED)
    return true;
  g_set_error (error, LAM_ERROR, LAM_ERROR_UNSUPPORTED,
      _ ("Page %zu of %s stores colours as kind %u (such as YCbCr); grey or "
         "RGB is needed"),
      page, path, kind->photometric);
  return false;
}

static bool
check_predictor (
    const LamTiffKind *kind, const char *path, size_t page, GError **error)
{
  unsigned bits = kind->bits;
  bool is_float = kind->sample_format == SAMPLEFORMAT_IEEEFP;
  bool whole = bits == 8 || bits == 16 || bits == 32 || bits == 64;
  if (kind->predictor == PREDICTOR_NONE
      || (kind->predictor == PREDICTOR_HORIZONTAL && whole)
      || (kind->predictor == PREDICTOR_FLOATINGPOINT && is_float))
    return true;
  g_set_error (error, LAM_ERROR, LAM_ERROR_UNSUPPORTED,
      _ ("Page %zu of %s uses predictor %u with %u-bit samples, which is not "
         "read"),
      page, path, kind->predictor, bits);
  return false;
}

static bool
check_size (
    const LamTiffKind *kind, const char *path, size_t page, GError **error)
{
  if (kind->width == 0 || kind->height == 0 || kind->strile_width == 0
      || kind->strile_height == 0)
    return refuse (
        error, LAM_ERROR_CORRUPT, path, page, _ ("has no size: damaged file"));
  if (kind->width > MAX_EDGE || kind->height > MAX_EDGE
      || kind->strile_width > MAX_EDGE || kind->strile_height > MAX_EDGE) {
    g_set_error (error, LAM_ERROR, LAM_ERROR_LIMIT,
        _ ("Page %zu of %s claims %" PRIu32 "×%" PRIu32
           " voxels; up to %u×%u are read"),
        page, path, kind->width, kind->height, MAX_EDGE, MAX_EDGE);
    return false;
  }
  if (kind->samples == 0 || kind->samples > MAX_SAMPLES) {
    g_set_error (error, LAM_ERROR, LAM_ERROR_LIMIT,
        _ ("Page %zu of %s claims %u channels; 1 to %u are read"), page, path,
        kind->samples, MAX_SAMPLES);
    return false;
  }
  uint64_t bytes = lam_tiff_kind_get_row_bytes (kind) * kind->strile_height;
  bool is_direct = lam_tiff_kind_is_direct (kind);
  uint64_t limit = kind->is_tiled ? MAX_TILE_BYTES : MAX_STRIP_BYTES;
  if (!(is_direct && !kind->is_tiled) && bytes > limit) {
    g_set_error (error, LAM_ERROR, LAM_ERROR_LIMIT,
        _ ("Page %zu of %s has strips or tiles of %" PRIu64
           " bytes; up to %" PRIu64 " are read"),
        page, path, bytes, limit);
    return false;
  }
  return true;
}

bool
lam_tiff_kind_check (
    const LamTiffKind *kind, const char *path, size_t page, GError **error)
{
  if (kind->fill_order != FILLORDER_MSB2LSB
      && kind->fill_order != FILLORDER_LSB2MSB)
    return refuse (error, LAM_ERROR_CORRUPT, path, page,
        _ ("has an unknown order of bits: damaged file"));
  return check_samples (kind, path, page, error)
      && check_photometric (kind, path, page, error)
      && check_compression (kind, path, page, error)
      && check_predictor (kind, path, page, error)
      && check_size (kind, path, page, error);
}

LamDtype
lam_tiff_kind_get_dtype (const LamTiffKind *kind)
{
  bool is_signed = kind->sample_format == SAMPLEFORMAT_INT;
  if (kind->sample_format == SAMPLEFORMAT_IEEEFP)
    return LAM_DTYPE_F32;
  if (kind->bits <= 8)
    return is_signed ? LAM_DTYPE_I8 : LAM_DTYPE_U8;
  if (kind->bits <= 16)
    return is_signed ? LAM_DTYPE_I16 : LAM_DTYPE_U16;
  return is_signed ? LAM_DTYPE_I32 : LAM_DTYPE_U32;
}

char *
lam_tiff_kind_describe (const LamTiffKind *kind)
{
  g_autofree char *type = kind->sample_format == SAMPLEFORMAT_IEEEFP
      ? g_strdup_printf ("float%u", kind->bits)
      : g_strdup_printf ("%s%u",
          kind->sample_format == SAMPLEFORMAT_INT ? "int" : "uint", kind->bits);
  return g_strdup_printf (
      g_dngettext (GETTEXT_PACKAGE,
          "%" PRIu32 "×%" PRIu32 " voxels, %u channel of %s",
          "%" PRIu32 "×%" PRIu32 " voxels, %u channels of %s", kind->samples),
      kind->width, kind->height, kind->samples, type);
}

bool
lam_tiff_kind_fits (const LamTiffKind *kind, const LamTiffKind *other)
{
  return kind->width == other->width && kind->height == other->height
      && kind->samples == other->samples && kind->bits == other->bits
      && kind->sample_format == other->sample_format;
}

bool
lam_tiff_kind_is_compressed (const LamTiffKind *kind)
{
  return kind->compression != COMPRESSION_NONE;
}

bool
lam_tiff_kind_is_direct (const LamTiffKind *kind)
{
  return kind->compression == COMPRESSION_NONE && kind->bits % 8 == 0
      && kind->fill_order == FILLORDER_MSB2LSB;
}

uint32_t
lam_tiff_kind_get_across (const LamTiffKind *kind)
{
  return lam_divide_up (kind->width, kind->strile_width);
}

uint32_t
lam_tiff_kind_get_down (const LamTiffKind *kind)
{
  return lam_divide_up (kind->height, kind->strile_height);
}

uint64_t
lam_tiff_kind_get_n_striles (const LamTiffKind *kind)
{
  /* At most 2^20 · 2^20 · 2^10. */
  return (uint64_t)lam_tiff_kind_get_across (kind)
      * lam_tiff_kind_get_down (kind) * (kind->is_planar ? kind->samples : 1);
}

uint64_t
lam_tiff_kind_get_row_bytes (const LamTiffKind *kind)
{
  uint64_t samples = kind->is_planar ? 1 : kind->samples;
  return lam_divide_up (kind->strile_width * samples * kind->bits, 8);
}

uint32_t
lam_tiff_kind_get_rows (const LamTiffKind *kind, uint32_t down)
{
  if (kind->is_tiled)
    return kind->strile_height;
  return MIN (kind->strile_height, kind->height - down * kind->strile_height);
}

double
lam_tiff_kind_get_page_bytes (const LamTiffKind *kind)
{
  return (double)kind->width * kind->height * kind->samples * kind->bits / 8;
}

double
lam_tiff_kind_get_most_bytes (const LamTiffKind *kind, uint64_t file_bytes)
{
  for (size_t i = 0; i < G_N_ELEMENTS (compressions); i++)
    if (compressions[i].compression == kind->compression)
      return (double)compressions[i].max_ratio * file_bytes;
  return file_bytes;
}
