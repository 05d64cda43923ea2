/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* A brush stroke while the pen is down: pointer samples become dabs, dabs are
 * joined without gaps and written into bricks, each brick being copied once at
 * its first touch. Knows neither screen nor store. Main thread only. */
#pragma once

#include "base/plane.h"
#include "labels/class-table.h"
#include "labels/label-map.h"

typedef enum {
  LAM_OVERWRITE_EVERYTHING,
  LAM_OVERWRITE_UNLABELLED, /* only label 0 */
  LAM_OVERWRITE_STARTED_ON, /* only the label under the first sample */
} LamOverwrite;
#define LAM_N_OVERWRITES 3
const char *lam_overwrite_name (LamOverwrite mode); /* "everything", … */
bool lam_overwrite_parse (const char *name, LamOverwrite *mode);

typedef enum {
  LAM_BRUSH_DISC,      /* in the slice, `depth` slices thick */
  LAM_BRUSH_ELLIPSOID, /* round in nm in space; `depth` is not used */
} LamBrushShape;

typedef struct {
  LamPlane plane;
  LamBrushShape shape;
  double radius_nm;
  int depth; /* slices around the current one: 1 is itself alone, 2 adds the
              * next deeper, 3 one on each side, … */
  uint32_t label; /* 0: erase (the person says: nothing here) */
  LamOverwrite overwrite;
} LamBrush;

typedef struct _LamStroke LamStroke;

/* Borrows map and classes (for locks; they must not change before the end of
 * the stroke). Locked labels are never overwritten, in any mode. */
LamStroke *lam_stroke_new (LamLabelMap *map, const LamClassTable *classes,
    const double voxel_size_nm[3], const LamBrush *brush)
    G_GNUC_WARN_UNUSED_RESULT;
void lam_stroke_free (LamStroke *stroke); /* without end: takes all back */
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LamStroke, lam_stroke_free)

/* Adds one sample at level-0 voxel coordinates (a voxel's centre is at +0.5),
 * with pressure 0 to 1 (1: the whole radius). A disc of less than a voxel still
 * paints the voxel it is in. Returns the box of voxels that may have changed;
 * bricks that are not in memory yet get the dab when they arrive. */
LamBox lam_stroke_add (LamStroke *stroke, const double voxel[3],
    double pressure);
/* The bricks that are waited for; the caller loads them through the map's
 * reader and then calls lam_stroke_arrived(). */
size_t lam_stroke_get_n_missing (const LamStroke *stroke);
LamBrickKey lam_stroke_get_missing (const LamStroke *stroke, size_t i);
/* The map holds the brick now: replays its dabs. Returns the changed box. */
LamBox lam_stroke_arrived (LamStroke *stroke, LamBrickKey key);
/* When nothing is missing: the edit, or NULL when no voxel changed. Its bricks
 * are pinned in the map until the caller unpins them. The stroke is spent. */
LamEdit *lam_stroke_end (LamStroke *stroke) G_GNUC_WARN_UNUSED_RESULT;
