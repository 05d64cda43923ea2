/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The three orthogonal slice planes and which axis is which on screen. */
#pragma once

#include <stdbool.h>

typedef enum {
  LAM_PLANE_XY, /* x to the right, y down, sliced along z */
  LAM_PLANE_XZ, /* x to the right, z down, sliced along y */
  LAM_PLANE_YZ, /* z to the right, y down, sliced along x */
} LamPlane;
#define LAM_N_PLANES 3

/* Axes (0 x, 1 y, 2 z): u runs to the right, v down, w is the slice. */
int lam_plane_u (LamPlane plane);
int lam_plane_v (LamPlane plane);
int lam_plane_w (LamPlane plane);
/* "xy", "xz", "yz": for files and the command line. */
const char *lam_plane_name (LamPlane plane);
bool lam_plane_parse (const char *name, LamPlane *plane);
