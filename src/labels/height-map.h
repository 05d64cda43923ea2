/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* A map of heights in a box, and the walk over its rows by several threads.
 * For the watershed's modules. */
#pragma once

#include "base/progress.h"
#include "labels/block-components.h"

typedef struct {
  const uint16_t *heights; /* Borrowed; dense, x fastest; 0 is outside */
  const int64_t *size; /* Borrowed; fewer than 2^31 - 1 voxels in all */
  LamConnectivity connectivity;
  int n_threads; /* 0: one a processor */
  LamProgress *progress; /* Borrowed, or NULL; only asked whether it was
                          * cancelled */
} LamHeightMap;

/* To a neighbour. */
typedef struct {
  int by[3];
  int64_t offset; /* in the map */
} LamMapStep;

/* Those of the connectivity, the lowest offset first; gives how many. */
int lam_height_map_list_steps (const LamHeightMap *map, LamMapStep steps[26]);
/* Whether the step from a voxel of the row, whatever its x is, stays inside
 * along y and z. */
static inline bool
lam_height_map_has_row (
    const LamHeightMap *map, int64_t row, const LamMapStep *step)
{
  const int64_t y = row % map->size[1] + step->by[1],
                z = row / map->size[1] + step->by[2];
  return y >= 0 && y < map->size[1] && z >= 0 && z < map->size[2];
}

/* Rows along x, which follow each other in memory: `first` to `end` - 1. */
typedef void (*LamRowsVisit) (
    int64_t part, int64_t first, int64_t end, gpointer data);
/* Into how many parts they are divided, as it is each time. */
int64_t lam_height_map_count_parts (const LamHeightMap *map);
/* Visits all parts, several at once. False: cancelled. */
bool lam_height_map_walk (
    const LamHeightMap *map, LamRowsVisit visit, gpointer data);
