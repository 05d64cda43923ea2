/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The compressors of Zarr version 2 that are read, and Blosc for writing. */
#pragma once

#include <gio/gio.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct {
  const char *id; /* as in .zarray */
  /* Exactly `n_out` bytes must come out; false otherwise. */
  bool (*decode) (const uint8_t *in, size_t n, uint8_t *out, size_t n_out);
} LamZarrCodec;

/* "raw" for no compressor; NULL for one that is not known. Any thread. */
const LamZarrCodec *lam_zarr_codec_find (const char *id);
/* Blosc with zstd; `out` has room for lam_zarr_codec_bound(n). Returns how many
 * bytes were written, 0 on failure. Any thread. */
size_t lam_zarr_codec_encode (
    const void *in, size_t n, size_t voxel_bytes, void *out, size_t room);
size_t lam_zarr_codec_bound (size_t n);
/* What lam_zarr_codec_encode() writes, as the value of "compressor". */
char *lam_zarr_codec_describe (void) G_GNUC_WARN_UNUSED_RESULT;
