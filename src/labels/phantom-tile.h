/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* One tile of one section of the phantom: truth and grey before the camera
 * (phantom-tile.c), and what the camera makes of it (phantom-camera.c). */
#pragma once

#include "labels/phantom-cell.h"

#define LAM_PHANTOM_TILE 64 /* voxels a side */
/* What the camera's blur needs to see beyond the tile on each side. */
#define LAM_PHANTOM_APRON_X 4
#define LAM_PHANTOM_APRON_Y 1
#define LAM_PHANTOM_SPAN (LAM_PHANTOM_TILE + 2 * LAM_PHANTOM_APRON_X)
#define LAM_PHANTOM_ROWS (LAM_PHANTOM_TILE + 2 * LAM_PHANTOM_APRON_Y)

/* A cell that may meet what is rendered; ids count from `first_id` on in the
 * order of its objects. */
typedef struct {
  LamPhantomCell cell;
  uint32_t first_id;
} LamPhantomGuest;

typedef struct {
  uint64_t seed;
  int64_t voxel[3]; /* of the tile's first voxel, without apron */
  double start_nm[3]; /* of that voxel's centre */
  double voxel_size_nm[3];
} LamPhantomView;

/* Rows of voxels, x fastest. */
typedef struct {
  float signal[LAM_PHANTOM_ROWS][LAM_PHANTOM_SPAN]; /* with apron */
  uint32_t labels[LAM_PHANTOM_TILE][LAM_PHANTOM_TILE];
  uint8_t classes[LAM_PHANTOM_TILE][LAM_PHANTOM_TILE];
  uint16_t image[LAM_PHANTOM_TILE][LAM_PHANTOM_TILE];
} LamPhantomTile;

/* Fills signal, labels and classes. */
void lam_phantom_tile_draw (const LamPhantomView *view,
    LamPhantomGuest *const *guests, int n_guests, LamPhantomTile *tile);
/* Makes the image from the signal. */
void lam_phantom_tile_photograph (
    const LamPhantomView *view, LamPhantomTile *tile);
/* How far section `z` slid against the stack, in nm. */
void lam_phantom_drift (uint64_t seed, double z_nm, double drift_nm[2]);
