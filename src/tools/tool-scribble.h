/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Scribbles on two sides, kept in the draft, for the tools that are told by
 * them what is meant (tool-scribble.c). For this floor. */
#pragma once

#include "tools/tool-rows.h"

/* A new scribble, of the side that the draft says; then voxels up to the event,
 * without gaps. */
void lam_tool_scribble_begin (
    LamToolBox *box, const LamCamera *camera, const LamPointerEvent *event);
void lam_tool_scribble_move (
    LamToolBox *box, const LamCamera *camera, const LamPointerEvent *event);
bool lam_tool_scribble_has (const LamToolDraft *draft, int side);
/* Enter, while nothing is shown that they mean: says so, if there are any. */
bool lam_tool_scribble_accept (LamToolBox *box, bool erases, GError **error);
/* All of them; false: there are none. */
bool lam_tool_scribble_drop (LamToolBox *box);
/* The last one. */
bool lam_tool_scribble_drop_last (LamToolBox *box);
/* Those in the camera's slice. */
void lam_tool_scribble_draw (
    LamToolBox *box, const LamCamera *camera, LamSketch *sketch);
