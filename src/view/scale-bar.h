/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The scale bar: which round length fits, and drawing it with Cairo, the same
 * in the window and in snapshots. */
#pragma once

#include <cairo.h>

typedef struct {
  double length; /* nm or voxels; 1, 2 or 5 times a power of ten */
  double length_px;
  char text[48]; /* "500 nm", "2 µm", "200 voxels" */
} LamScaleBar;

/* The longest such bar of at most `max_px`. */
LamScaleBar lam_scale_bar_fit (double nm_per_px, double max_px);
/* The same in voxels, for images of which nobody knows how large a voxel is; at
 * least one. A length of 0: none fits. */
LamScaleBar lam_scale_bar_fit_voxels (double voxels_per_px, double max_px);
/* Draws bar and text with a dark halo, its lower left corner at (x, y);
 * `scale`: device pixels in one unit of the context's text size. */
void lam_scale_bar_draw (
    const LamScaleBar *bar, cairo_t *cr, double x, double y, double scale);
