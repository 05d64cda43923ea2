/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Smooth lines over a picture: crosshair, brush cursor, the volume's box.
 * Collected as vertices on the CPU, drawn in one call. */
#pragma once

#include <epoxy/gl.h>
#include <glib.h>
#include <stdbool.h>

typedef struct {
  float position[3]; /* normalised device coordinates */
  float colour[4];
  float reach[2]; /* pixels from the line's middle; half its width */
} LamOverlayVertex;

/* Where lines are collected; coordinates in pixels, origin at the top left. */
typedef struct {
  GArray *vertices; /* Borrowed; of LamOverlayVertex, triangles */
  double width_px, height_px;
} LamOverlay;

/* `depth`: of each end, -1 (near) to 1. */
typedef struct {
  double x, y, depth;
} LamOverlayPoint;

/* The colour of an axis (0 x, 1 y, 2 z) wherever it is shown: R, G, B. */
const float *lam_overlay_axis_rgb (int axis);
/* Of a place that is to be looked at. */
const float *lam_overlay_mark_rgb (void);
void lam_overlay_add_line (LamOverlay *overlay, LamOverlayPoint a,
    LamOverlayPoint b, double thickness_px, const float rgba[4]);
void lam_overlay_add_circle (LamOverlay *overlay, double x, double y,
    double radius_px, double thickness_px, const float rgba[4]);

typedef struct _LamOverlayLayer LamOverlayLayer;

/* Current. */
LamOverlayLayer *lam_overlay_layer_new (
    GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Current, unless `lost`. */
void lam_overlay_layer_free (LamOverlayLayer *layer, bool lost);
/* Sets program and blending. Current. */
void lam_overlay_layer_use (LamOverlayLayer *layer);
/* Points the bound vertex array at the bound buffer of LamOverlayVertex. */
void lam_overlay_layer_set_attributes (void);
