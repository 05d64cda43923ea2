/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* A sweep through the slices over a grid of squares. Each square holds the
 * boxes in it; those that have ended are taken out as they are met. */
#include "workspace/near-boxes.h"

#define SQUARE 64 /* voxels */
#define LOOK_EVERY 256 /* boxes, whether it was cancelled */

typedef struct {
  const LamBox *boxes;
  int64_t reach;
  GHashTable *squares; /* Owned; place → GArray of guint */
  LamNearBoxes found;
  gpointer user_data;
} Sweep;

bool
lam_boxes_are_near (const LamBox *a, const LamBox *b, int64_t reach)
{
  for (int axis = 0; axis < 3; axis++) {
    const int64_t most = axis == 2 ? 0 : reach;
    if (a->min[axis] > b->max[axis] + most
        || b->min[axis] > a->max[axis] + most)
      return false;
  }
  return true;
}

static int64_t
square_of (int64_t at)
{
  return at >= 0 ? at / SQUARE : -((SQUARE - 1 - at) / SQUARE);
}

/* Another number for each square, which g_int64_hash() does not throw together
 * as it would plain coordinates. */
static int64_t
place_of (int64_t x, int64_t y)
{
  const uint64_t both = (uint64_t)x << 32 | (uint32_t)y;
  return (int64_t)(both * UINT64_C (0x9e3779b97f4a7c15));
}

static void
meet (const Sweep *sweep, GArray *square, guint i)
{
  const LamBox *box = &sweep->boxes[i];
  for (guint k = 0; k < square->len;) {
    const guint j = g_array_index (square, guint, k);
    if (sweep->boxes[j].max[2] < box->min[2]) {
      g_array_remove_index_fast (square, k);
      continue;
    }
    if (lam_boxes_are_near (&sweep->boxes[j], box, sweep->reach))
      sweep->found (j, i, sweep->user_data);
    k++;
  }
}

static void
put (const Sweep *sweep, int64_t place, guint i)
{
  GArray *square = g_hash_table_lookup (sweep->squares, &place);
  if (!square) {
    square = g_array_new (false, false, sizeof (guint));
    g_hash_table_insert (
        sweep->squares, g_memdup2 (&place, sizeof place), square);
  }
  g_array_append_val (square, i);
}

/* Looks in all squares within reach, and puts the box into its own. */
static void
take (const Sweep *sweep, guint i)
{
  const LamBox *box = &sweep->boxes[i];
  int64_t low[2], high[2], x, y;
  for (int axis = 0; axis < 2; axis++) {
    low[axis] = square_of (box->min[axis] - sweep->reach);
    high[axis] = square_of (box->max[axis] + sweep->reach);
  }
  for (y = low[1]; y <= high[1]; y++)
    for (x = low[0]; x <= high[0]; x++) {
      const int64_t place = place_of (x, y);
      GArray *square = g_hash_table_lookup (sweep->squares, &place);
      if (square)
        meet (sweep, square, i);
    }
  for (y = square_of (box->min[1]); y <= square_of (box->max[1]); y++)
    for (x = square_of (box->min[0]); x <= square_of (box->max[0]); x++)
      put (sweep, place_of (x, y), i);
}

bool
lam_near_boxes_find (const LamBox *boxes, guint n, int64_t reach,
    LamNearBoxes found, gpointer user_data, LamProgress *progress,
    GError **error)
{
  g_autoptr (GHashTable) squares = g_hash_table_new_full (
      g_int64_hash, g_int64_equal, g_free, (GDestroyNotify)g_array_unref);
  const Sweep sweep = { boxes, reach, squares, found, user_data };
  for (guint i = 0; i < n; i++) {
    if (i % LOOK_EVERY == 0 && !lam_progress_check (progress, error))
      return false;
    take (&sweep, i);
  }
  return true;
}
