/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Writes one label with the source human into the bricks of a map, brick by
 * brick and row by row, where a rule allows it. A brick is copied once, before
 * its first voxel changes, and its open copy is shown in the map at once. Main
 * thread only. */
#pragma once

#include "labels/label-map.h"

/* Whether voxels of that label may be overwritten; must keep to its answer. */
typedef bool (*LamPaintRule) (uint32_t label, gpointer user_data);

typedef struct _LamPainter LamPainter;

LamPainter *lam_painter_new (LamLabelMap *map, uint32_t label,
    LamPaintRule rule, gpointer user_data) G_GNUC_WARN_UNUSED_RESULT;
/* Without end: puts all bricks back. */
void lam_painter_free (LamPainter *painter);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LamPainter, lam_painter_free)

/* Voxels in these boxes are not painted from now on; copied. */
void lam_painter_keep (LamPainter *painter, const LamBox *boxes, size_t n);
/* Whether a voxel was left out for that. */
bool lam_painter_met_kept (const LamPainter *painter);

/* Makes a brick the present one; false when it is on disk. */
bool lam_painter_enter (LamPainter *painter, LamBrickKey key);
/* False when nothing in the present brick can change. */
bool lam_painter_can_change (LamPainter *painter);
/* Paints the voxels [start, end) of a row along `axis`, as far as they lie in
 * the present brick; `row` gives the other two coordinates, which must. */
void lam_painter_paint (LamPainter *painter, const int64_t row[3], int axis,
    int64_t start, int64_t end);
/* The box of voxels that changed since the last call. */
LamBox lam_painter_take_changed (LamPainter *painter);

/* Settles the bricks: the edit, with the box of all changes, or NULL when there
 * are none. Each brick stays pinned in the map once. */
LamEdit *lam_painter_end (
    LamPainter *painter, const char *tool) G_GNUC_WARN_UNUSED_RESULT;
