/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* What the colours of the map that is on mean, who said what or how unsure
 * networks are, and whose outlines are shown: a card over a corner of the
 * panes. The pointer goes through it. */
#pragma once

#include <gtk/gtk.h>

#include "app/display.h"

#define LAM_TYPE_MAP_LEGEND (lam_map_legend_get_type ())
G_DECLARE_FINAL_TYPE (LamMapLegend, lam_map_legend, LAM, MAP_LEGEND, GtkWidget)

/* Once. Holds a reference. */
void lam_map_legend_set_display (LamMapLegend *legend, LamDisplay *display);
/* NULL: only what needs no project. Holds a reference. */
void lam_map_legend_set_workspace (
    LamMapLegend *legend, LamWorkspace *workspace);
