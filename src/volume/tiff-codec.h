/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Decodes strips and tiles with libtiff. A pool keeps a few idle libtiff
 * handles, since one handle serves one thread at a time. Any thread. */
#pragma once

#include "volume/tiff-file.h"
#include "volume/tiff-kind.h"

typedef struct _LamTiffCodecs LamTiffCodecs;

/* Where a strile is; checked by lam_tiff_page_locate(). */
typedef struct {
  LamTiffFile *file; /* Borrowed */
  uint64_t ifd; /* of a page of this kind */
  uint64_t strile; /* its number in the page */
  uint64_t offset, count;
} LamTiffStrile;

LamTiffCodecs *lam_tiff_codecs_new (void) G_GNUC_WARN_UNUSED_RESULT;
void lam_tiff_codecs_free (LamTiffCodecs *codecs);

/* `out_bytes` is the whole strile: packed samples in this machine's order. */
bool lam_tiff_codecs_decode (LamTiffCodecs *codecs, const LamTiffKind *kind,
    const LamTiffStrile *strile, void *out, size_t out_bytes, GError **error);
