/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The histogram of the image with the grey window over it. Dragging an end of
 * the window moves it, dragging between them moves both. */
#pragma once

#include <gtk/gtk.h>

#include "app/display.h"

#define LAM_TYPE_HISTOGRAM_VIEW (lam_histogram_view_get_type ())
G_DECLARE_FINAL_TYPE (
    LamHistogramView, lam_histogram_view, LAM, HISTOGRAM_VIEW, GtkWidget)

/* Holds a reference; NULL: shows nothing. */
void lam_histogram_view_set_display (
    LamHistogramView *view, LamDisplay *display);
