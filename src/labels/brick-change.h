/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

#pragma once

#include "labels/label-brick.h"

/* The smallest box, in level-0 voxels, that holds every voxel of the brick of
 * that key whose label or source is another; empty: none is. */
LamBox lam_brick_change_find_box (
    const LamLabelBrick *a, const LamLabelBrick *b, LamBrickKey key);
