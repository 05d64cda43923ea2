/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The line under the panes: where the pointer is and what is there, what the
 * tool does, and how far the bricked copy is. */
#pragma once

#include <gtk/gtk.h>

#include "workspace/workspace.h"

#define LAM_TYPE_STATUS_BAR (lam_status_bar_get_type ())
G_DECLARE_FINAL_TYPE (LamStatusBar, lam_status_bar, LAM, STATUS_BAR, GtkWidget)

GtkWidget *lam_status_bar_new (void);
/* NULL: empty. Holds a reference. */
void lam_status_bar_set_workspace (LamStatusBar *bar, LamWorkspace *workspace);
/* NULL: the pointer is nowhere, the crosshair's place is shown. */
void lam_status_bar_set_voxel (LamStatusBar *bar, const int64_t *voxel);
/* Whether the second person's labels that are looked at are told, too. */
void lam_status_bar_set_theirs (LamStatusBar *bar, gboolean are_told);
/* What the keys hold; NULL: nothing. `is_down`: it draws. */
void lam_status_bar_set_pen (
    LamStatusBar *bar, const char *text, gboolean is_down);
void lam_status_bar_set_hint (LamStatusBar *bar, const char *hint);
