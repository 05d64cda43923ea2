/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* A pane of a workspace drawn off-screen, complete and at its best. */
#pragma once

#include "view/renderer.h"
#include "workspace/workspace.h"

typedef struct {
  bool is_overview;
  LamPlane plane;
  double position[3]; /* level-0 voxels, continuous */
  double nm_per_px; /* 0: the whole slice */
  int width_px, height_px;
  LamLook look;
  bool show_scale_bar;
} LamPicture;

/* Black and white for the look: as the project remembers, else from a
 * histogram. May read files. */
bool lam_picture_choose_window (LamWorkspace *workspace, double *low,
    double *high, GCancellable *cancellable, GError **error);
/* Draws and writes a PNG file, which appears only when it is complete; says how
 * large a pixel of it is. */
bool lam_picture_write (LamWorkspace *workspace, LamPicture *picture,
    const char *path, LamProgress *progress, GError **error);
