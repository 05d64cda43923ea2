/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Functions of the rows of brushes whose paint is found in the image
 * (tool-way.c). For this floor. */
#pragma once

#include "tools/tool-rows.h"

bool lam_tool_way_press (LamToolBox *box, const LamCamera *camera,
    const LamPointerEvent *event, GError **error);
void lam_tool_way_move (
    LamToolBox *box, const LamCamera *camera, const LamPointerEvent *event);
void lam_tool_way_release (
    LamToolBox *box, const LamCamera *camera, const LamPointerEvent *event);
void lam_tool_way_cancel (LamToolBox *box);
bool lam_tool_way_leave (LamToolBox *box);
void lam_tool_way_draw (
    LamToolBox *box, const LamCamera *camera, LamSketch *sketch);
/* In another colour than that of the label. */
void lam_tool_way_draw_in (
    LamToolBox *box, const LamCamera *camera, LamSketch *sketch, uint32_t rgb);
