/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* A brush stroke while the pen is down: pointer samples are joined without gaps
 * and written into bricks, each brick being copied once, before its first voxel
 * changes. Knows neither screen nor store. Main thread only.
 *
 * A voxel that the brush covers and the overwrite mode and the locks allow gets
 * the brush's label and the source human. One that has that label already gets
 * the source human: the person confirmed it. Which voxels change is decided by
 * what they were before the stroke, so it does not matter in which order their
 * bricks arrive from disk. */
#pragma once

#include "base/plane.h"
#include "labels/class-table.h"
#include "labels/label-map.h"

typedef enum {
  LAM_OVERWRITE_EVERYTHING,
  LAM_OVERWRITE_UNLABELLED, /* only label 0 */
  LAM_OVERWRITE_STARTED_ON, /* only the label under the first sample, or under
                             * the nearest voxel if that is outside */
} LamOverwrite;
#define LAM_N_OVERWRITES 3
const char *lam_overwrite_name (LamOverwrite mode); /* "everything", … */
bool lam_overwrite_parse (const char *name, LamOverwrite *mode);

typedef enum {
  LAM_BRUSH_DISC, /* round in the slice, `depth` slices thick */
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
    const double voxel_size_nm[3],
    const LamBrush *brush) G_GNUC_WARN_UNUSED_RESULT;
void lam_stroke_free (LamStroke *stroke); /* without end: takes all back */
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LamStroke, lam_stroke_free)

/* Voxels in these boxes, verified ones, stay as they are; copied. Before the
 * first sample. */
void lam_stroke_keep (LamStroke *stroke, const LamBox *boxes, size_t n);
/* Whether the brush came over such a voxel. */
/* A voxel was left as it is because its label is locked. */
bool lam_stroke_met_lock (const LamStroke *stroke);
bool lam_stroke_met_kept (const LamStroke *stroke);

/* Adds one sample at level-0 voxel coordinates (a voxel's centre is at +0.5),
 * with pressure 0 to 1 (1: the whole radius), joined to the one before by the
 * convex hull of both; a disc that came to another slice begins anew there. A
 * brush of less than a voxel still paints the voxels it goes through. A sample
 * that is not a number is left out. Returns the box of voxels that changed;
 * bricks that are not in memory yet get the sample when they arrive. */
LamBox lam_stroke_add (
    LamStroke *stroke, const double voxel[3], double pressure);
/* The bricks that are waited for; the caller loads them through the map's
 * reader and then calls lam_stroke_arrived(). */
size_t lam_stroke_get_n_missing (const LamStroke *stroke);
LamBrickKey lam_stroke_get_missing (const LamStroke *stroke, size_t i);
/* The map holds the brick now: replays what it missed. Returns the changed box.
 * Nothing happens for a brick that is not waited for or not there. */
LamBox lam_stroke_arrived (LamStroke *stroke, LamBrickKey key);
/* When nothing is missing: the edit ("brush" or "eraser"), or NULL when no
 * voxel changed. Each of its bricks is pinned in the map until the caller
 * unpins it. The stroke is spent: only free it. */
LamEdit *lam_stroke_end (LamStroke *stroke) G_GNUC_WARN_UNUSED_RESULT;
