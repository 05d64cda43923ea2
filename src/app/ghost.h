/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The outlines of the labels in the neighbour slice that one comes from, over the
 * slice that is shown: what one draws goes on from there. Main thread. */
#pragma once

#include "view/sketch.h"
#include "workspace/workspace.h"

/* What was found last, for it is asked for at each motion of the pointer. */
typedef struct {
  LamBox box;
  uint64_t labels, classes; /* serials */
  int64_t slice; /* that was shown last */
  bool has_slice, is_from_next;
  LamSketch *sketch; /* Owned; or NULL */
} LamGhost;

void lam_ghost_clear (LamGhost *ghost);
/* Adds them to `sketch`: of what is visible and in memory, the rest being
 * fetched; nothing from so far that a pixel is many voxels. */
void lam_ghost_draw (LamGhost *ghost, LamWorkspace *workspace,
    const LamCamera *camera, LamSketch *sketch);
