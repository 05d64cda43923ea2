/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Scribbles on two sides, kept in the draft, for the tools that are told by
 * them what is meant (tool-scribble.c). For this floor. */
#pragma once

#include "tools/tool-rows.h"

/* Voxels up to the event: of a new scribble, or from the last one on, without
 * gaps. */
void lam_tool_scribble_add (LamToolDraft *draft, const LamCamera *camera,
    const LamPointerEvent *event, bool begins);
bool lam_tool_scribble_has (const LamToolDraft *draft, int side);
/* All of them; false: there are none. */
bool lam_tool_scribble_drop (LamToolBox *box);
/* The last one. */
bool lam_tool_scribble_drop_last (LamToolBox *box);
/* Those in the camera's slice. */
void lam_tool_scribble_draw (
    LamToolBox *box, const LamCamera *camera, LamSketch *sketch);
