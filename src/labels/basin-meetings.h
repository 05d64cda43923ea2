/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Where the basins of a map of heights (summits.h) meet. Any thread. */
#pragma once

#include "labels/height-map.h"

/* At a voxel of the one, which has a neighbour in the other that is higher, or
 * as high and before it in memory. */
typedef struct {
  uint32_t basin, other;
  uint16_t height; /* of the voxel */
} LamBasinMeeting;

/* Those at voxels of the heights `lowest`, from 1, to `highest`: the highest
 * first, and of one height in the order of memory. At one voxel in the order of
 * the neighbours, but what came first has the place of the highest, which is of
 * the voxel's own basin; and not the same other basin twice without one
 * between. `stretches`: as lam_basins_join() left them, which saves most of the
 * work; or NULL. Owned. NULL: cancelled, or no memory. */
LamBasinMeeting *lam_basin_meetings_list (const LamHeightMap *map,
    const uint32_t *basins, const uint32_t *stretches, int lowest, int highest,
    size_t *n) G_GNUC_WARN_UNUSED_RESULT;

/* Of a map: pieces of rows of which it is remembered what is in them. */
int64_t lam_basins_count_stretches (const LamHeightMap *map);
/* Each voxel gets the name of its basin, 0 being that of none; `stretches` the
 * only one in each. False: cancelled. */
bool lam_basins_join (const LamHeightMap *map, uint32_t *basins,
    const uint32_t *names, uint32_t *stretches);
