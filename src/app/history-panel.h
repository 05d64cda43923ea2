/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* What was done, newest first: when, who, what, where; go there, revert to
 * there; take a part back to there; list only some. A click moves the
 * workspace's position to the middle of what the edit changed. */
#pragma once

#include <adwaita.h>

#include "app/canvas.h"

#define LAM_TYPE_HISTORY_PANEL (lam_history_panel_get_type ())
G_DECLARE_FINAL_TYPE (
    LamHistoryPanel, lam_history_panel, LAM, HISTORY_PANEL, AdwBin)

GtkWidget *lam_history_panel_new (void);
/* For what is seen; borrowed. */
void lam_history_panel_set_canvas (LamHistoryPanel *panel, LamCanvas *canvas);
/* NULL: empty. Holds a reference. */
void lam_history_panel_set_workspace (
    LamHistoryPanel *panel, LamWorkspace *workspace);
