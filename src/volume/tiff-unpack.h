/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Turns samples as a TIFF file packs them into voxels: picks a channel, widens
 * bits, turns byte order, half and double into float, and white-is-zero into
 * black-is-zero. */
#pragma once

#include "volume/tiff-kind.h"

typedef struct {
  const LamTiffKind *kind;
  int sample; /* which channel of the page */
  bool is_swapped; /* the samples are not in this machine's byte order */
} LamTiffUnpack;

/* True when voxels take as many bytes as packed samples and follow each other
 * the same way, so that lam_tiff_unpack_in_place() does. */
bool lam_tiff_unpack_is_in_place (const LamTiffUnpack *how);
void lam_tiff_unpack_in_place (
    const LamTiffUnpack *how, void *voxels, size_t n);
/* Voxels `first` to `first + n - 1` of a packed row. */
void lam_tiff_unpack_row (const LamTiffUnpack *how, const uint8_t *row,
    size_t first, size_t n, void *voxels);
