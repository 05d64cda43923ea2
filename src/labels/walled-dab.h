/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* What of a dab lies on this side of the borders around its middle. For this
 * floor and its benchmark. Any thread; the same input gives the same voxels. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum {
  LAM_DAB_COVER = 1 << 0, /* the brush goes over it */
  LAM_DAB_WAY = 1 << 1, /* so does the middle of the brush: always painted */
  LAM_DAB_IN = 1 << 2, /* found: to be painted */
};

/* A window that reaches beyond the dab, so that what lies behind a border at
 * its rim is seen; fewer than 2^31 voxels. All dense, x fastest. */
typedef struct {
  int64_t size[3];
  double voxel_size_nm[3];
  double radius_nm;
  const float *walls; /* how surely a border runs there; from 1 on one does */
  uint8_t *marks; /* COVER and WAY; gets IN */
} LamWalledDab;

/* False when there is no memory, 17 bytes a voxel. */
bool lam_walled_dab_find (const LamWalledDab *dab);
