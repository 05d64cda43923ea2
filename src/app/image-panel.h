/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* How the image and the labels look: grey window over a histogram, inversion,
 * interpolation, label opacity, outlines, crosshair. */
#pragma once

#include <adwaita.h>

#include "app/display.h"

#define LAM_TYPE_IMAGE_PANEL (lam_image_panel_get_type ())
G_DECLARE_FINAL_TYPE (LamImagePanel, lam_image_panel, LAM, IMAGE_PANEL, AdwBin)

GtkWidget *lam_image_panel_new (void);
/* Holds a reference; once, before the first workspace. */
void lam_image_panel_set_display (LamImagePanel *panel, LamDisplay *display);
/* Call it after lam_display_set_workspace(). Samples the histogram in a worker,
 * gives it to the display, and lets the display find a grey window when none
 * is remembered. NULL: stops that. Holds a reference. */
void lam_image_panel_set_workspace (
    LamImagePanel *panel, LamWorkspace *workspace);
