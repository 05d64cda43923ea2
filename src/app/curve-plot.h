/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Curves over the steps of a training: axes with round numbers, a grid, a
 * legend with the last value of each, and a mark at one step. */
#pragma once

#include <gtk/gtk.h>

#define LAM_TYPE_CURVE_PLOT (lam_curve_plot_get_type ())
G_DECLARE_FINAL_TYPE (LamCurvePlot, lam_curve_plot, LAM, CURVE_PLOT, GtkWidget)

/* What is along the axis upwards. `most` 0: as much as the curves need. */
void lam_curve_plot_set_axis (
    LamCurvePlot *plot, const char *title, double most);
/* Drops all curves; the axis to the right goes to `n_steps` (0: as far as the
 * curves). */
void lam_curve_plot_begin (LamCurvePlot *plot, double n_steps);
/* A curve of `n` points x, y; those that are not finite are gaps. Copies. The
 * colour is 0xRRGGBB, made to stand out from the ground. A faint one has no
 * place in the legend. */
void lam_curve_plot_add (LamCurvePlot *plot, const char *name, guint rgb,
    gboolean is_faint, const double *points, int n);
/* A line upwards with a word; below 0: none. */
void lam_curve_plot_set_mark (
    LamCurvePlot *plot, double step, const char *word);
