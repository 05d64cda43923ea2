/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "labels/height-map.h"

#include "base/parallel.h"

#define PART_VOXELS (1 << 15)
/* Not worth more threads. */
#define FEW_VOXELS (1 << 16)

int
lam_height_map_list_steps (const LamHeightMap *map, LamMapStep steps[26])
{
  const int64_t *size = map->size;
  int n = 0;
  for (int i = 0; i < 27; i++) {
    const int x = i % 3 - 1, y = i / 3 % 3 - 1, z = i / 9 - 1;
    if (lam_connectivity_has (map->connectivity, x, y, z))
      steps[n++] = (LamMapStep){ { x, y, z }, x + size[0] * (y + size[1] * z) };
  }
  return n;
}

typedef struct {
  const LamHeightMap *map; /* Borrowed */
  LamRowsVisit visit;
  gpointer data;
  int64_t n_rows, part_rows;
} Walk;

static Walk
describe (const LamHeightMap *map)
{
  return (Walk){ .map = map,
    .n_rows = map->size[1] * map->size[2],
    .part_rows = MAX (PART_VOXELS / map->size[0], 1) };
}

int64_t
lam_height_map_count_parts (const LamHeightMap *map)
{
  const Walk walk = describe (map);
  return lam_divide_up (walk.n_rows, walk.part_rows);
}

static bool
is_cancelled (const LamHeightMap *map)
{
  return map->progress && lam_progress_is_cancelled (map->progress);
}

static bool
visit_part (int64_t part, gpointer data, GError **error)
{
  const Walk *walk = data;
  const int64_t first = part * walk->part_rows;
  if (!is_cancelled (walk->map))
    walk->visit (
        part, first, MIN (first + walk->part_rows, walk->n_rows), walk->data);
  return true;
}

bool
lam_height_map_walk (const LamHeightMap *map, LamRowsVisit visit, gpointer data)
{
  Walk walk = describe (map);
  const int64_t n = lam_height_map_count_parts (map);
  walk.visit = visit;
  walk.data = data;
  if (walk.n_rows * map->size[0] >= FEW_VOXELS && map->n_threads != 1)
    lam_parallel (map->n_threads, n, visit_part, &walk, NULL, NULL);
  else
    for (int64_t i = 0; i < n; i++)
      visit_part (i, &walk, NULL);
  return !is_cancelled (map);
}
