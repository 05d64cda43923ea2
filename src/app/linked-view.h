/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The cameras of the three slice panes as one: the same scale in all, slices
 * through the same point. Plain values; knows no toolkit. */
#pragma once

#include <glib.h>

#include "view/camera.h"

typedef struct {
  LamCamera cameras[LAM_N_PLANES];
  bool is_whole; /* as it was fitted: nothing was zoomed or moved since */
} LamLinkedView;

/* Everything visible, as soon as the panes have sizes. */
void lam_linked_view_init (
    LamLinkedView *view, const int64_t size[3], const double voxel_size_nm[3]);
/* The proportions changed; what is in the middle stays there. */
void lam_linked_view_set_voxel_size (
    LamLinkedView *view, const double voxel_size_nm[3]);
void lam_linked_view_set_pane_size (
    LamLinkedView *view, LamPlane plane, int width_px, int height_px);

/* Slices go through the point; a pane in which it would be out of sight moves
 * so that it is seen. */
void lam_linked_view_set_position (
    LamLinkedView *view, const double voxel[3], bool reveal);
/* The point comes to the middle of every pane. */
void lam_linked_view_centre (LamLinkedView *view, const double voxel[3]);
#define LAM_LINKED_VIEW_ALL ((1u << LAM_N_PLANES) - 1)
/* The whole volume in each pane of `planes`, a bit each. */
void lam_linked_view_fit (LamLinkedView *view, unsigned planes);
/* So close that the box can be judged in `planes`: it is neither a dot nor
 * larger than a pane. The scale stays if it is so already. */
void lam_linked_view_scale_to (
    LamLinkedView *view, const LamBox *box, unsigned planes);
void lam_linked_view_pan (
    LamLinkedView *view, LamPlane plane, double dx_px, double dy_px);
/* All panes zoom: `plane` at the pixel, the others at the point, if they see
 * it. */
void lam_linked_view_zoom (LamLinkedView *view, LamPlane plane, double factor,
    double x_px, double y_px, const double voxel[3]);
/* Whether any pane shows a part of the box, its slice meeting it. */
bool lam_linked_view_shows (const LamLinkedView *view, const LamBox *box);
/* Whether panes have sizes, so that fitting makes sense. */
bool lam_linked_view_is_laid_out (const LamLinkedView *view);

/* Scale and middles as a short text, for remembering them; of a view that is as
 * it was fitted, one that does not parse, so that it is fitted again to panes
 * of another size. Parsing changes nothing when the text is not one of these.
 */
char *lam_linked_view_to_text (
    const LamLinkedView *view) G_GNUC_WARN_UNUSED_RESULT;
bool lam_linked_view_parse (LamLinkedView *view, const char *text);
