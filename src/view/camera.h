/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* How a pane looks at its slice: plain values and the sums between them. Pane
 * pixels are device pixels, origin at the top left. */
#pragma once

#include "base/box.h"
#include "base/plane.h"

typedef struct {
  LamPlane plane;
  double centre_nm[3]; /* what is in the middle of the pane; also which slice */
  double nm_per_px; /* the same along u and v: true proportions */
  int width_px, height_px;
  double voxel_size_nm[3];
  int64_t size[3]; /* of level 0 */
} LamCamera;

/* The level-0 slice index that is shown, inside the volume. */
int64_t lam_camera_get_slice (const LamCamera *camera);
/* Pane pixel → level-0 voxel coordinates (continuous; a voxel's centre is at
 * +0.5); the slice axis gets the shown slice's middle. */
void lam_camera_px_to_voxel (
    const LamCamera *camera, double x_px, double y_px, double voxel[3]);
void lam_camera_voxel_to_px (
    const LamCamera *camera, const double voxel[3], double *x_px, double *y_px);
/* Zooms by `factor` (> 1: closer) and keeps what is at the pixel there. */
void lam_camera_zoom_at (
    LamCamera *camera, double factor, double x_px, double y_px);
void lam_camera_pan (LamCamera *camera, double dx_px, double dy_px);
/* Shows the whole slice with a small margin. */
void lam_camera_fit (LamCamera *camera);
/* The level-0 voxels that are visible, clipped; one slice thick. */
LamBox lam_camera_get_visible_box (const LamCamera *camera);
