/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The classes of the project: colour, name, key, lock, hide, and which one is
 * painted with. */
#pragma once

#include <adwaita.h>

#include "workspace/workspace.h"

#define LAM_TYPE_CLASS_PANEL (lam_class_panel_get_type ())
G_DECLARE_FINAL_TYPE (LamClassPanel, lam_class_panel, LAM, CLASS_PANEL, AdwBin)

GtkWidget *lam_class_panel_new (void);
/* NULL: empty. Holds a reference. */
void lam_class_panel_set_workspace (
    LamClassPanel *panel, LamWorkspace *workspace);
