/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The brush: radius, depth, shape, what it may paint over, pressure. */
#pragma once

#include <adwaita.h>

#include "tools/tool.h"

/* Signal "changed" (): the person changed the brush here; panes that draw its
 * outline should draw again. */
#define LAM_TYPE_BRUSH_PANEL (lam_brush_panel_get_type ())
G_DECLARE_FINAL_TYPE (LamBrushPanel, lam_brush_panel, LAM, BRUSH_PANEL, AdwBin)

GtkWidget *lam_brush_panel_new (void);
/* Borrows: call it with NULL before the box is freed. */
void lam_brush_panel_set_tool_box (LamBrushPanel *panel, LamToolBox *box);
/* The brush was changed elsewhere (wheel, keys), or the voxel size was. */
void lam_brush_panel_refresh (LamBrushPanel *panel);
/* Appends its children that are costly to draw for the first time: see
 * reveal.h. */
void lam_brush_panel_add_parts (LamBrushPanel *panel, GPtrArray *parts);
