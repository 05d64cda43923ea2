/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Whether everything is on disk, in the header bar: "Saved", "Saving…",
 * "Not saved". There is no Save button, so that this is what one looks at. */
#pragma once

#include <gtk/gtk.h>

#include "workspace/workspace.h"

#define LAM_TYPE_SAVE_INDICATOR (lam_save_indicator_get_type ())
G_DECLARE_FINAL_TYPE (
    LamSaveIndicator, lam_save_indicator, LAM, SAVE_INDICATOR, GtkWidget)

/* NULL: hidden. Holds a reference. */
void lam_save_indicator_set_workspace (
    LamSaveIndicator *indicator, LamWorkspace *workspace);
