/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* How often the networks look at a place, and what that costs
 * (workspace/model-looks.h). */
#pragma once

#include <gtk/gtk.h>

#include "workspace/workspace.h"

#define LAM_TYPE_LOOKS_BOX (lam_looks_box_get_type ())
G_DECLARE_FINAL_TYPE (LamLooksBox, lam_looks_box, LAM, LOOKS_BOX, GtkBox)

/* Borrowed; NULL: there is no project that can be changed. */
void lam_looks_box_set_workspace (LamLooksBox *box, LamWorkspace *workspace);
/* After "models-changed". */
void lam_looks_box_refresh (LamLooksBox *box);
