/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* One image file directory of a TIFF file: its tags as numbers, each checked
 * for its type and for lying inside of the file. */
#pragma once

#include "volume/tiff-file.h"

/* One entry of a directory. */
typedef struct {
  uint16_t tag, type;
  uint64_t count;
  uint64_t at; /* where in the file the values start */
  bool is_inside; /* the values are in `value` */
  uint8_t value[8];
} LamTiffEntry;

/* What the entries say; the initial values are those that TIFF 6.0 gives to
 * tags that are missing. */
typedef struct {
  uint32_t subfile, old_subfile, width, height, depth, compression, photometric,
      fill_order, samples, rows_per_strip, planar, resolution_unit, predictor,
      tile_width, tile_height, t4_options, t6_options;
  uint32_t bits, sample_format;
  uint32_t lerc[2];
  double resolution[2];
  LamTiffEntry offsets, counts, description;
} LamTiffFields;

/* Reads the directory at byte `at`; `page` counts from 1 and is for messages.
 * `next` becomes the place of the next one, 0 at the end. */
bool lam_tiff_fields_read (LamTiffFile *file, uint64_t at, size_t page,
    LamTiffFields *fields, uint64_t *next, GError **error);

/* The first `n` values' bytes. */
bool lam_tiff_entry_read (LamTiffFile *file, const LamTiffEntry *entry,
    size_t n, uint8_t *bytes, GError **error);
/* Bytes of one value of a type; 0 for types that do not exist. */
unsigned lam_tiff_type_bytes (uint16_t type);
bool lam_tiff_type_is_unsigned (uint16_t type);
/* A number of the file of 1, 2, 4 or 8 bytes. */
uint64_t lam_tiff_parse_unsigned (
    LamTiffFile *file, const uint8_t *bytes, unsigned n);
bool lam_tiff_set_damaged (
    LamTiffFile *file, size_t page, const char *what, GError **error);
