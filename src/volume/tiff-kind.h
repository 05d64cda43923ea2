/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* How the samples of a page are stored in a TIFF file. A strile is a strip or a
 * tile: what is stored, and mostly compressed, as one piece. */
#pragma once

#include <glib.h>
#include <stdint.h>

#include "volume/dtype.h"

/* A plain value without padding: equal kinds are equal bytes. Numbers are those
 * of the TIFF tags unless said. Two pages of one kind can be decoded by the
 * same codec. */
typedef struct {
  uint32_t width, height; /* voxels */
  uint32_t strile_width, strile_height; /* voxels; strips are `width` wide */
  uint32_t fax_options; /* T4Options or T6Options */
  uint32_t lerc[2]; /* LercParameters */
  uint16_t bits; /* of one sample */
  uint16_t samples;
  uint16_t sample_format;
  uint16_t photometric;
  uint16_t compression;
  uint16_t predictor;
  uint16_t fill_order;
  uint8_t is_tiled; /* 0 or 1 */
  uint8_t is_planar; /* 0 or 1: each sample has striles of its own */
} LamTiffKind;

/* Fails for what cannot be read, for sizes above the limits, and for numbers
 * that contradict each other. `page` counts from 1 and is for the message. */
bool lam_tiff_kind_check (
    const LamTiffKind *kind, const char *path, size_t page, GError **error);
/* The next functions need a kind that was checked. */
LamDtype lam_tiff_kind_get_dtype (const LamTiffKind *kind);
/* "1024×768 voxels, 3 channels of uint16". */
char *lam_tiff_kind_describe (
    const LamTiffKind *kind) G_GNUC_WARN_UNUSED_RESULT;
/* True when voxels of both can stand in one stack. */
bool lam_tiff_kind_fits (const LamTiffKind *kind, const LamTiffKind *other);
/* The file's bytes are the samples, whole bytes each. */
bool lam_tiff_kind_is_direct (const LamTiffKind *kind);
bool lam_tiff_kind_is_compressed (const LamTiffKind *kind);

uint32_t lam_tiff_kind_get_across (const LamTiffKind *kind); /* striles */
uint32_t lam_tiff_kind_get_down (const LamTiffKind *kind);
/* Of the whole page, all samples. */
uint64_t lam_tiff_kind_get_n_striles (const LamTiffKind *kind);
/* Decoded bytes of a row of a strile, as packed in the file. */
uint64_t lam_tiff_kind_get_row_bytes (const LamTiffKind *kind);
/* Rows of the striles in strile row `down`: the last strip may be lower, tiles
 * are always whole. */
uint32_t lam_tiff_kind_get_rows (const LamTiffKind *kind, uint32_t down);
/* Decoded bytes of the page, and the most that a file of `file_bytes` can
 * honestly hold with this compression. */
double lam_tiff_kind_get_page_bytes (const LamTiffKind *kind);
double lam_tiff_kind_get_most_bytes (
    const LamTiffKind *kind, uint64_t file_bytes);
