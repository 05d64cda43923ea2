/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* One axis of a box covered by tiles of one size that overlap, and how much
 * each tile counts where they do. Plain values. */
#pragma once

#include <glib.h>
#include <stdint.h>

typedef struct {
  int64_t first, length; /* voxels to cover */
  int64_t tile,
      overlap; /* voxels; the overlap is what was asked for at least */
  int64_t n; /* tiles */
} LamTiling;

/* `overlap` is made smaller than `tile`. Where one tile is enough, it begins
 * with the box or, being longer, reaches beyond both its ends. */
LamTiling lam_tiling_new (
    int64_t first, int64_t length, int64_t tile, int64_t overlap);
int64_t lam_tiling_get_start (const LamTiling *tiling, int64_t i);
/* Above 0 for the voxels of tile i (those at its very edge count least), which
 * begin with lam_tiling_get_start(). */
float lam_tiling_get_weight (const LamTiling *tiling, int64_t i, int64_t voxel);
/* The tiles that meet the voxels [from, to). */
void lam_tiling_find (const LamTiling *tiling, int64_t from, int64_t to,
    int64_t *first, int64_t *end);
