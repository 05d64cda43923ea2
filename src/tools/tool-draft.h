/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* What lasso and polygon do with the outline that is being drawn
 * (tool-lasso.c). For this floor. */
#pragma once

#include "tools/tool-rows.h"

/* Where the event is, in voxels of the slice. */
LamFigurePoint lam_tool_draft_point (
    const LamCamera *camera, const LamPointerEvent *event);
/* A new one, without points, in the slice of the camera. */
void lam_tool_draft_begin (
    LamToolDraft *draft, const LamCamera *camera, const LamPointerEvent *event);
/* It has points, and they lie in that slice. */
bool lam_tool_draft_is_shown (
    const LamToolDraft *draft, const LamCamera *camera);
double lam_tool_draft_distance_px (const LamCamera *camera,
    const LamFigurePoint *point, const LamPointerEvent *event);
/* Of what it will be filled with. */
uint32_t lam_tool_draft_rgb (LamToolBox *box, const LamToolDraft *draft);
/* Fills it, or takes away what is inside; it has no points any more. */
bool lam_tool_draft_act (LamToolBox *box, LamToolDraft *draft,
    LamOverwrite overwrite, GError **error);
void lam_tool_draft_draw (LamToolBox *box, const LamCamera *camera,
    bool has_points, LamSketch *sketch);
