/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "store/zstd-frame.h"

#include <zstd.h>

#include "store/brick-format.h"

#define LEVEL 1

typedef struct {
  ZSTD_CCtx *context; /* Owned */
  uint8_t *out; /* Owned; a result, before it is known how long it is */
  size_t n_out;
} Compressor;

static void
free_compressor (gpointer data)
{
  Compressor *compressor = data;
  ZSTD_freeCCtx (compressor->context);
  g_free (compressor->out);
  g_free (compressor);
}

static Compressor *
get_compressor (size_t bound)
{
  static GPrivate compressors = G_PRIVATE_INIT (free_compressor);
  Compressor *compressor = g_private_get (&compressors);
  if (!compressor) {
    compressor = g_new0 (Compressor, 1);
    compressor->context = ZSTD_createCCtx ();
    g_private_set (&compressors, compressor);
  }
  if (compressor->n_out < bound) {
    g_free (compressor->out);
    compressor->out = g_malloc (bound);
    compressor->n_out = bound;
  }
  return compressor;
}

GByteArray *
lam_zstd_frame_compress (const uint8_t *raw, size_t n_raw, uint8_t kind)
{
  const uint8_t head[LAM_BRICK_HEAD_BYTES] = { LAM_BRICK_FORMAT_VERSION, kind };
  const size_t bound = ZSTD_compressBound (n_raw);
  Compressor *compressor = get_compressor (bound);
  size_t n = ZSTD_compressCCtx (
      compressor->context, compressor->out, bound, raw, n_raw, LEVEL);
  g_assert (!ZSTD_isError (n)); /* the bound is enough by its contract */
  GByteArray *frame = g_byte_array_sized_new ((guint)(sizeof head + n));
  g_byte_array_append (frame, head, sizeof head);
  return g_byte_array_append (frame, compressor->out, (guint)n);
}

bool
lam_zstd_frame_get_size (const uint8_t *data, size_t n_bytes, size_t least,
    size_t most, size_t *size)
{
  /* The two error values of zstd are above any limit, too. */
  const unsigned long long said = ZSTD_getFrameContentSize (data, n_bytes);
  *size = (size_t)said;
  return said >= least && said <= most
      && ZSTD_findFrameCompressedSize (data, n_bytes) == n_bytes;
}

static void
free_decompressor (gpointer context)
{
  ZSTD_freeDCtx (context);
}

bool
lam_zstd_frame_decompress (
    const uint8_t *data, size_t n_bytes, uint8_t *raw, size_t size)
{
  static GPrivate decompressors = G_PRIVATE_INIT (free_decompressor);
  ZSTD_DCtx *context = g_private_get (&decompressors);
  if (!context)
    g_private_set (&decompressors, context = ZSTD_createDCtx ());
  /* It never gives more than there is room for. */
  return ZSTD_decompressDCtx (context, raw, size, data, n_bytes) == size;
}
