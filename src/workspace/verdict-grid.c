/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* A verdict is listed in the cells that its box meets. One that covers a place
 * has at least half of it along each axis, and so one of the voxels in the
 * middle: only what is listed in their cells is looked at. A box that meets
 * many cells is in none, and is looked at each time. */
#include "workspace/verdict-grid.h"

#include "base/int64-hash.h"

enum { MOST_CELLS = 512 };

struct _LamVerdictGrid {
  GArray *rows; /* Owned, of LamVerdictRow */
  GHashTable *cells; /* Owned; place of a cell → GArray of int, rising */
  GArray *large; /* Owned, of int, rising */
};

LamVerdictGrid *
lam_verdict_grid_new (void)
{
  LamVerdictGrid *grid = g_new0 (LamVerdictGrid, 1);
  grid->rows = g_array_new (false, false, sizeof (LamVerdictRow));
  grid->cells = g_hash_table_new_full (
      lam_int64_hash, g_int64_equal, g_free, (GDestroyNotify)g_array_unref);
  grid->large = g_array_new (false, false, sizeof (int));
  return grid;
}

void
lam_verdict_grid_free (LamVerdictGrid *grid)
{
  g_array_unref (grid->rows);
  g_hash_table_unref (grid->cells);
  g_array_unref (grid->large);
  g_free (grid);
}

/* Cells are those of bricks. NULL: nothing is listed. */
static GArray *
get_list (const LamVerdictGrid *grid, int64_t x, int64_t y, int64_t z)
{
  const int64_t packed =
      lam_brick_key_pack ((LamBrickKey){ (int32_t)x, (int32_t)y, (int32_t)z });
  return g_hash_table_lookup (grid->cells, &packed);
}

static void
list (LamVerdictGrid *grid, int64_t x, int64_t y, int64_t z, int number)
{
  GArray *there = get_list (grid, x, y, z);
  if (!there) {
    const int64_t packed = lam_brick_key_pack (
        (LamBrickKey){ (int32_t)x, (int32_t)y, (int32_t)z });
    there = g_array_new (false, false, sizeof (int));
    g_hash_table_insert (
        grid->cells, g_memdup2 (&packed, sizeof packed), there);
  }
  g_array_append_val (there, number);
}

#define FOR_EACH_CELL(box, x, y, z) \
  for (int64_t z = (box)->min[2]; z < (box)->max[2]; z++) \
    for (int64_t y = (box)->min[1]; y < (box)->max[1]; y++) \
      for (int64_t x = (box)->min[0]; x < (box)->max[0]; x++)

void
lam_verdict_grid_add (LamVerdictGrid *grid, const LamVerdictRow *row)
{
  const int number = (int)grid->rows->len;
  g_array_append_vals (grid->rows, row, 1);
  if (lam_box_is_empty (&row->box))
    return;
  const LamBox cells = lam_box_bricks (&row->box);
  if (lam_box_volume (&cells) > MOST_CELLS) {
    g_array_append_val (grid->large, number);
    return;
  }
  FOR_EACH_CELL (&cells, x, y, z)
  list (grid, x, y, z, number);
}

/* The last in the list that is after `last` and covers the place, else `last`.
 */
static int
find_last (const LamVerdictGrid *grid, const GArray *numbers,
    const LamPlace *place, int last)
{
  for (guint i = numbers ? numbers->len : 0; i-- > 0;) {
    const int number = g_array_index (numbers, int, i);
    if (number <= last)
      break;
    if (lam_verdict_covers (
            &g_array_index (grid->rows, LamVerdictRow, number), place))
      return number;
  }
  return last;
}

int
lam_verdict_grid_find (const LamVerdictGrid *grid, const LamPlace *place)
{
  LamBox middle;
  int last = find_last (grid, grid->large, place, -1);
  for (int i = 0; i < 3; i++) {
    middle.min[i] = (place->box.min[i] + place->box.max[i] - 1) / 2;
    middle.max[i] = (place->box.min[i] + place->box.max[i]) / 2 + 1;
  }
  const LamBox cells = lam_box_bricks (&middle);
  FOR_EACH_CELL (&cells, x, y, z)
  last = find_last (grid, get_list (grid, x, y, z), place, last);
  return last;
}
