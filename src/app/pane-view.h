/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* One pane on screen: an OpenGL area with a caption, a scale bar and a button
 * that maximises it. Draws what it is told to; what the pointer does is
 * pane-input's and overview-input's.
 *
 * Signals: "resized" (int width_px, int height_px) in device pixels; "drawn"
 * (); "maximise" () when its button was pressed. */
#pragma once

#include <gtk/gtk.h>

#include "view/renderer.h"

#define LAM_TYPE_PANE_VIEW (lam_pane_view_get_type ())
G_DECLARE_FINAL_TYPE (LamPaneView, lam_pane_view, LAM, PANE_VIEW, GtkWidget)

GtkWidget *lam_pane_view_new (void);

/* NULL: stops drawing and frees what belongs to the renderer, which must be
 * alive still. Borrowed. */
void lam_pane_view_set_renderer (LamPaneView *view, LamRenderer *renderer);
/* What the next frame shows; lam_pane_view_queue_draw() asks for one. */
void lam_pane_view_set_slice (LamPaneView *view, const LamCamera *camera,
    const LamLook *look, const LamBrushCursor *cursor);
/* What is drawn over the slice besides; NULL: nothing. */
void lam_pane_view_set_sketch (LamPaneView *view, LamSketch *sketch);
void lam_pane_view_set_overview (
    LamPaneView *view, const LamOverview *overview, const LamLook *look);
/* Whether its scene is another than what was drawn last. */
gboolean lam_pane_view_needs_draw (LamPaneView *view);
void lam_pane_view_queue_draw (LamPaneView *view);
/* Makes the pane's context current; false when there is none. */
gboolean lam_pane_view_make_current (LamPaneView *view);

/* `longest` of the captions that come: the widget keeps that size. */
void lam_pane_view_set_caption (
    LamPaneView *view, const char *caption, const char *longest);
/* Keys act in it; `is_framed`: they point in it, too. */
void lam_pane_view_set_active (
    LamPaneView *view, gboolean active, gboolean is_framed);
void lam_pane_view_set_maximised (LamPaneView *view, gboolean maximised);
/* The bar's scale, in nm or in voxels a device pixel; 0 hides it. */
void lam_pane_view_set_scale (
    LamPaneView *view, double units_per_px, gboolean in_voxels);
/* The area that gets pointer events. */
/* Lies over the whole picture, under the buttons. */
void lam_pane_view_add_overlay (LamPaneView *view, GtkWidget *child);
GtkWidget *lam_pane_view_get_area (LamPaneView *view);
/* Whether the last frame had everything at its best level. */
gboolean lam_pane_view_is_complete (LamPaneView *view);
/* A point of an event on this pane, in device pixels of the area. */
void lam_pane_view_event_to_px (LamPaneView *view, double surface_x,
    double surface_y, double *x_px, double *y_px);
