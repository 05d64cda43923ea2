/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The supervoxels that a stroke came over, and how they and those around them
 * are drawn (tool-basins.c). For this floor. */
#pragma once

#include "tools/tool-rows.h"

typedef struct _LamToolBasins LamToolBasins;
LamToolBasins *lam_tool_basins_new (LamToolBox *box) G_GNUC_WARN_UNUSED_RESULT;
void lam_tool_basins_free (LamToolBasins *basins);
/* Made when it is first asked for. */
LamToolBasins *lam_tool_box_get_basins (LamToolBox *box);

/* A stroke in that pane that paints `label`, 0: erases. */
void lam_tool_basins_begin (
    LamToolBasins *basins, LamPlane plane, uint32_t label);
/* Those on the straight way to there, too. */
void lam_tool_basins_touch (LamToolBasins *basins, const double voxel[3]);
/* What is shown of them, borrowed; some may still be on their way. */
const LamVoxelSet *lam_tool_basins_get_voxels (const LamToolBasins *basins);
bool lam_tool_basins_is_complete (const LamToolBasins *basins);
/* No stroke any more; false: there was none. */
bool lam_tool_basins_end (LamToolBasins *basins);
/* More of them are being found. */
bool lam_tool_basins_is_busy (const LamToolBasins *basins);
/* Nobody looks at supervoxels: none are found. */
void lam_tool_basins_rest (LamToolBasins *basins);
void lam_tool_basins_draw (
    LamToolBasins *basins, const LamCamera *camera, LamSketch *sketch);
