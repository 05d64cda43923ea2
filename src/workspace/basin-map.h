/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The basins (labels/basin-block.h) around what is looked at: found in the
 * background, block by block, the nearest to the pointer first, and kept below
 * a budget, least recently used first out. Main thread. */
#pragma once

#include "labels/basin-block.h"
#include "labels/voxel-set.h"
#include "workspace/workspace.h"

/* A block is there now; or, where it is NULL, blocks went because what they
 * were found in is another. */
typedef void (*LamBasinsChanged) (
    const LamBasinKind *kind, LamBasinBlock *block, gpointer user_data);

typedef struct _LamBasinMap LamBasinMap;

/* Borrows the workspace, which lives longer. */
LamBasinMap *lam_basin_map_new (LamWorkspace *workspace,
    LamBasinsChanged changed, gpointer user_data) G_GNUC_WARN_UNUSED_RESULT;
void lam_basin_map_free (LamBasinMap *map);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LamBasinMap, lam_basin_map_free)

/* What one pane shows, in place of what it showed before; NULL: nothing of
 * which basins are needed. `near` is what counts most in it. Of a very large
 * box only the nearest part is found. `is_first`: before other panes. */
void lam_basin_map_want (LamBasinMap *map, LamPlane pane,
    const LamBasinKind *kind, const LamBox *box, const int64_t near[3],
    bool is_first);
/* The block of a voxel, borrowed until the main loop goes on; NULL: it is not
 * there, yet. */
LamBasinBlock *lam_basin_map_lookup (
    LamBasinMap *map, const LamBasinKind *kind, const int64_t voxel[3]);
/* Adds a basin's voxels, as far as they are known. False: not all are; the
 * blocks that may have the rest come next. */
bool lam_basin_map_collect (LamBasinMap *map, const LamBasinKind *kind,
    int size, uint64_t name, LamVoxelSet *set);
/* Another number: other blocks are there. */
uint64_t lam_basin_map_get_serial (const LamBasinMap *map);
/* Whether blocks are being found. */
bool lam_basin_map_is_busy (const LamBasinMap *map);
