/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "volume/zarr-codec.h"

#include <blosc.h>
#include <string.h>

/* Higher levels of zstd gain a few percent on EM images for twice the time. */
#define ENCODE_LEVEL 1

static bool
decode_raw (const uint8_t *in, size_t n, uint8_t *out, size_t n_out)
{
  if (n != n_out)
    return false;
  memcpy (out, in, n);
  return true;
}

/* The header says how much comes out; it is believed only after Blosc found it
 * consistent, and only when it is what the array needs. */
static bool
decode_blosc (const uint8_t *in, size_t n, uint8_t *out, size_t n_out)
{
  size_t claimed;
  return n >= BLOSC_MIN_HEADER_LENGTH
      && blosc_cbuffer_validate (in, n, &claimed) == 0 && claimed == n_out
      && blosc_decompress_ctx (in, out, n_out, 1) == (int)n_out;
}

static bool
inflate_as (GZlibCompressorFormat format, const uint8_t *in, size_t n,
    uint8_t *out, size_t n_out)
{
  g_autoptr (GZlibDecompressor) inflater = g_zlib_decompressor_new (format);
  size_t read = 0, written = 0;
  GConverterResult result = G_CONVERTER_CONVERTED;
  /* One byte of room beyond the end, so that the end can be seen. */
  uint8_t beyond;
  while (result == G_CONVERTER_CONVERTED) {
    gsize r = 0, w = 0;
    bool full = written == n_out;
    result = g_converter_convert (G_CONVERTER (inflater), in + read, n - read,
        full ? &beyond : out + written, full ? 1 : n_out - written,
        G_CONVERTER_INPUT_AT_END, &r, &w, NULL);
    if (result == G_CONVERTER_ERROR || (full && w > 0))
      return false;
    read += r;
    written += w;
  }
  return result == G_CONVERTER_FINISHED && written == n_out;
}

static bool
decode_zlib (const uint8_t *in, size_t n, uint8_t *out, size_t n_out)
{
  return inflate_as (G_ZLIB_COMPRESSOR_FORMAT_ZLIB, in, n, out, n_out);
}

static bool
decode_gzip (const uint8_t *in, size_t n, uint8_t *out, size_t n_out)
{
  return inflate_as (G_ZLIB_COMPRESSOR_FORMAT_GZIP, in, n, out, n_out);
}

static const LamZarrCodec codecs[] = {
  { "raw", decode_raw },
  { "blosc", decode_blosc },
  { "zlib", decode_zlib },
  { "gzip", decode_gzip },
};

const LamZarrCodec *
lam_zarr_codec_find (const char *id)
{
  for (size_t i = 0; i < G_N_ELEMENTS (codecs); i++)
    if (strcmp (codecs[i].id, id) == 0)
      return &codecs[i];
  return NULL;
}

size_t
lam_zarr_codec_bound (size_t n)
{
  return n + BLOSC_MAX_OVERHEAD;
}

size_t
lam_zarr_codec_encode (
    const void *in, size_t n, size_t voxel_bytes, void *out, size_t room)
{
  int shuffle = voxel_bytes > 1 ? BLOSC_SHUFFLE : BLOSC_NOSHUFFLE;
  int size = blosc_compress_ctx (ENCODE_LEVEL, shuffle, voxel_bytes, n, in, out,
      room, BLOSC_ZSTD_COMPNAME, 0, 1);
  return size > 0 ? (size_t)size : 0;
}

char *
lam_zarr_codec_describe (void)
{
  return g_strdup_printf (
      "{\"id\": \"blosc\", \"cname\": \"%s\", \"clevel\": %d, "
      "\"shuffle\": %d, \"blocksize\": 0}",
      BLOSC_ZSTD_COMPNAME, ENCODE_LEVEL, BLOSC_SHUFFLE);
}
