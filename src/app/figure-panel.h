/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Acts on the shape of the label that is painted with: buttons for the window's
 * actions (window-shapes.h) and what they are set to. */
#pragma once

#include <adwaita.h>

#include "tools/tool.h"

#define LAM_TYPE_FIGURE_PANEL (lam_figure_panel_get_type ())
G_DECLARE_FINAL_TYPE (
    LamFigurePanel, lam_figure_panel, LAM, FIGURE_PANEL, AdwBin)

GtkWidget *lam_figure_panel_new (void);
/* Borrowed; NULL: nothing is open. */
void lam_figure_panel_set_tool_box (LamFigurePanel *panel, LamToolBox *box);
/* The settings are others. */
void lam_figure_panel_refresh (LamFigurePanel *panel);
