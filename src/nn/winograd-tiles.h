/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Blocks of tiles of a plane. */
#pragma once

#include "nn/window.h"
#include "nn/winograd16.h"

typedef struct {
  const LamWinograd *winograd; /* how large they are */
  int64_t first_row, first_column, rows, columns; /* in tiles */
} LamTiles;

static inline int64_t
lam_tiles_count (const LamWinograd *winograd, int64_t size)
{
  return (size + winograd->out - 1) / winograd->out;
}

/* A plane of floats, or of 16-bit floats in units. */
typedef struct {
  const void *data; /* Borrowed; NULL: zero */
  float unit; /* 0: floats */
} LamTilesPlane;

/* Floats of staging and scratch that these need for a row of n tiles. */
int64_t lam_tiles_get_scratch (int64_t n);
/* The input plane under a row of tiles. */
void lam_tiles_find_rows (const LamTiles *tiles, const LamWindow *window,
    const float *plane, int64_t row, LamWinogradRows *rows);
/* Transforms the input plane under a row of tiles; it is zero outside. */
void lam_tiles_read_input (const LamTiles *tiles, const LamWindow *window,
    const float *plane, int64_t row, float *scratch, float *to, int64_t step);
/* The rest is for 4×4 only. The size of the largest voxel under all rows, or of
 * `so_far`. */
float lam_tiles_find_size (const LamTiles *tiles, const LamWindow *window,
    const LamTilesPlane *plane, float so_far);
/* The same of a pair of planes of one kind, as lam_winograd16_input(). */
void lam_tiles_read_pair (const LamTiles *tiles, const LamWindow *window,
    const LamTilesPlane *even, const LamTilesPlane *odd, int64_t row,
    const LamWinograd16Scales *scales, float *scratch, int32_t *to,
    int64_t step);
/* The same for a row of a result, as lam_winograd_output_adjoint(). */
void lam_tiles_read_result (const LamTiles *tiles, const LamWindow *window,
    const float *plane, int64_t row, float *scratch, float *to, int64_t step);
