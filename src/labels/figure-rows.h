/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The rows of the table of shapes. For this floor. */
#pragma once

#include "labels/figure.h"

extern const LamFigure lam_figure_fill;
extern const LamFigure lam_figure_fill_holes;
extern const LamFigure lam_figure_interpolate;
extern const LamFigure lam_figure_copy;
extern const LamFigure lam_figure_extrude;
extern const LamFigure lam_figure_outline;
extern const LamFigure lam_figure_grow;
extern const LamFigure lam_figure_shrink;
extern const LamFigure lam_figure_open;
extern const LamFigure lam_figure_close;
extern const LamFigure lam_figure_smooth;
extern const LamFigure lam_figure_keep_largest;
extern const LamFigure lam_figure_drop_small;
extern const LamFigure lam_figure_separate;
extern const LamFigure lam_figure_necks;
extern const LamFigure lam_figure_bridge;
extern const LamFigure lam_figure_merge;
extern const LamFigure lam_figure_split;
extern const LamFigure lam_figure_greys;
extern const LamFigure lam_figure_membrane;
extern const LamFigure lam_figure_smart;
extern const LamFigure lam_figure_supervoxels;
