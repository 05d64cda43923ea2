/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Where a slice cuts the project's regions. */
#pragma once

#include "view/sketch.h"
#include "workspace/workspace.h"

/* Each in the colour of its role. */
void lam_region_lines_draw (
    LamWorkspace *workspace, const LamCamera *camera, LamSketch *sketch);
/* 0xrrggbb. */
uint32_t lam_region_lines_get_rgb (int role);
