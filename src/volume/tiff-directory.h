/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The bytes of an image file directory, for writing. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "volume/dtype.h"

typedef struct {
  bool is_big;
  uint32_t width, height;
  LamDtype dtype;
  bool is_deflated;
  uint32_t rows_per_strip;
  const char *description; /* or NULL */
  double voxel_size_nm[2]; /* x, y; 0: not said */
  const uint64_t *offsets; /* of the strips */
  const uint64_t *counts;
  size_t n_strips;
  bool is_last; /* otherwise the next directory follows at once */
} LamTiffDirectory;

/* Appends a directory and what it points to, which will stand at byte `at` of
 * the file, in this machine's byte order. Its length is even. */
void lam_tiff_directory_append (
    GByteArray *bytes, uint64_t at, const LamTiffDirectory *directory);
