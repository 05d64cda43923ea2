/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Image slices as tiles: u8 texels for u8 volumes, u16 for u16 (two bytes, low
 * first), and u16 over the value range given at creation for f32 (NaN becomes
 * 0). */
#pragma once

#include "volume/tile-loader.h"
#include "volume/volume.h"

typedef struct _LamImageTiles LamImageTiles;

LamImageTiles *lam_image_tiles_new (
    LamVolume *volume) G_GNUC_WARN_UNUSED_RESULT;
void lam_image_tiles_free (LamImageTiles *tiles);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LamImageTiles, lam_image_tiles_free)

/* For f32: the stored values that become texel 0 and 65535. Set it before the
 * first tile is wanted. */
void lam_image_tiles_set_range (LamImageTiles *tiles, double low, double high);
int lam_image_tiles_get_texel_bytes (LamImageTiles *tiles); /* 1 or 2 */
/* What texel 0 and the largest texel mean, in the file's numbers. */
void lam_image_tiles_get_scale (
    LamImageTiles *tiles, double *at_zero, double *at_max);
/* Its `self` is the LamImageTiles. */
const LamTileSource *lam_image_tiles_get_source (void);
