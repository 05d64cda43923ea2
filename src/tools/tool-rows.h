/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The rows of the tool table, one a file, and what tools share. For this
 * floor. */
#pragma once

#include "tools/tool.h"

extern const LamTool lam_tool_navigate;
extern const LamTool lam_tool_brush;
extern const LamTool lam_tool_eraser;
extern const LamTool lam_tool_pick;

/* A stroke of `label` (0: erase) with the box's brush, under `tool`'s name;
 * what follows are the rows' functions for the rest of it. */
bool lam_tool_box_begin_stroke (LamToolBox *box, const char *tool,
    uint32_t label, const LamCamera *camera, const LamPointerEvent *event,
    GError **error);
void lam_tool_box_paint (
    LamToolBox *box, const LamCamera *camera, const LamPointerEvent *event);
void lam_tool_box_end_stroke (
    LamToolBox *box, const LamCamera *camera, const LamPointerEvent *event);
void lam_tool_box_drop_stroke (LamToolBox *box);
