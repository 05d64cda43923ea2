/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Lines and points over a slice: what a tool is about to do, what lies in the
 * slice beside. Coordinates are voxels of the slice, along u and v (a voxel's
 * centre is at +0.5). Built by one thread, then handed on by reference. */
#pragma once

#include <glib.h>

#include "labels/class-table.h"
#include "view/camera.h"
#include "view/overlay-layer.h"

typedef enum {
  LAM_SKETCH_FIRM,
  LAM_SKETCH_FAINT, /* a thinner line, half transparent */
  LAM_SKETCH_HAIR, /* hardly seen, for very many of them */
} LamSketchStyle;

typedef struct _LamSketch LamSketch;

LamSketch *lam_sketch_new (void) G_GNUC_WARN_UNUSED_RESULT;
LamSketch *lam_sketch_ref (LamSketch *sketch) G_GNUC_WARN_UNUSED_RESULT;
void lam_sketch_unref (LamSketch *sketch);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LamSketch, lam_sketch_unref)

void lam_sketch_add_line (LamSketch *sketch, const double a[2],
    const double b[2], uint32_t rgb, LamSketchStyle style);
/* A ring of some pixels, at any zoom. */
void lam_sketch_add_point (LamSketch *sketch, const double at[2], uint32_t rgb);
/* Where the slice cuts a box of level-0 voxels; of one that lies before or
 * behind it a faint shadow, if `shadows`. */
void lam_sketch_add_box (LamSketch *sketch, const LamCamera *camera,
    const LamBox *box, uint32_t rgb, bool shadows);
/* A filled dot, smaller and fainter if `style` says so, with a ring around it
 * if it is chosen. */
void lam_sketch_add_dot (LamSketch *sketch, const double at[2], uint32_t rgb,
    LamSketchStyle style, bool is_chosen);
/* The border of a mask of a box that is one slice deep: dense, x fastest. */
void lam_sketch_add_outline (LamSketch *sketch, LamPlane plane,
    const LamBox *box, const bool *mask, uint32_t rgb, LamSketchStyle style);

/* The faint borders of all labels of such a box, in their colours; unlabelled
 * is nothing. */
void lam_sketch_add_label_outlines (LamSketch *sketch, LamPlane plane,
    const LamBox *box, const uint32_t *labels, const LamClassTable *classes);
/* The borders between parts of such a box that have different numbers; 0 is
 * not known, and has none. */
void lam_sketch_add_borders (LamSketch *sketch, LamPlane plane,
    const LamBox *box, const uint32_t *parts, uint32_t rgb,
    LamSketchStyle style);
/* All that another one has. */
void lam_sketch_add_all (LamSketch *sketch, const LamSketch *other);

size_t lam_sketch_get_n_lines (const LamSketch *sketch);
size_t lam_sketch_get_n_points (const LamSketch *sketch);
/* NULL is as an empty one. */
bool lam_sketch_equal (const LamSketch *a, const LamSketch *b);
/* `scale`: device pixels in a logical one. */
void lam_sketch_draw (const LamSketch *sketch, const LamCamera *camera,
    double scale, LamOverlay *overlay);
