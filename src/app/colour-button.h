/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* A swatch of a colour; pressed, it offers a palette and any other colour. */
#pragma once

#include <adwaita.h>
#include <stdint.h>

/* Signal "chosen" (guint rgb): 0xRRGGBB, or LAM_RGB_AUTO. The button keeps its
 * colour until it is told the new one. */
#define LAM_TYPE_COLOUR_BUTTON (lam_colour_button_get_type ())
G_DECLARE_FINAL_TYPE (
    LamColourButton, lam_colour_button, LAM, COLOUR_BUTTON, AdwBin)

GtkWidget *lam_colour_button_new (void);
void lam_colour_button_set_rgb (LamColourButton *button, uint32_t rgb);
uint32_t lam_colour_button_get_rgb (LamColourButton *button);
/* Offers "Automatic" as well. */
void lam_colour_button_set_has_automatic (
    LamColourButton *button, bool has_automatic);
void lam_colour_button_popup (LamColourButton *button);
