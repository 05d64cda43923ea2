/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The labels of the project: search, pick, jump to, name, colour, lock, hide,
 * delete. */
#pragma once

#include <adwaita.h>

#include "workspace/workspace.h"

#define LAM_TYPE_LABEL_PANEL (lam_label_panel_get_type ())
G_DECLARE_FINAL_TYPE (LamLabelPanel, lam_label_panel, LAM, LABEL_PANEL, AdwBin)

GtkWidget *lam_label_panel_new (void);
/* NULL: empty. Holds a reference. */
void lam_label_panel_set_workspace (
    LamLabelPanel *panel, LamWorkspace *workspace);
/* Only the selected labels are shown, or all again. */
void lam_label_panel_toggle_isolation (LamLabelPanel *panel);
/* Of the selected labels, or the active one; it is said when there is none. */
void lam_label_panel_set_state (LamLabelPanel *panel, LamLabelState state);
void lam_label_panel_verify (LamLabelPanel *panel);
/* Groups are rows of the list, or it is a plain list again. */
void lam_label_panel_toggle_groups (LamLabelPanel *panel);
/* Asks how it is to be called. */
void lam_label_panel_new_group (LamLabelPanel *panel);
/* Asks into which. */
void lam_label_panel_set_group (LamLabelPanel *panel);
/* Of uint32_t: all that are selected, if `id` is one of them, else it alone. */
GArray *lam_label_panel_dup_chosen (
    LamLabelPanel *panel, uint32_t id) G_GNUC_WARN_UNUSED_RESULT;
/* For Ctrl+F: puts the keyboard into the search field, which must be visible.
 */
void lam_label_panel_focus_search (LamLabelPanel *panel);
