/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* What a closed outline goes around, in so many slices around its own. A voxel
 * is inside when its centre is: when the outline winds around it, however it
 * crosses itself. */
#include <glib/gi18n-lib.h>
#include <math.h>

#include "base/error.h"
#include "labels/figure-rows.h"

typedef struct {
  double at; /* along u */
  int step; /* of the winding number */
} Crossing;

static int
compare_crossings (gconstpointer a, gconstpointer b)
{
  double x = ((const Crossing *)a)->at, y = ((const Crossing *)b)->at;
  return (x > y) - (x < y);
}

/* Where the outline crosses the line of that v. */
static void
find_crossings (const GArray *points, double v, GArray *crossings)
{
  const LamFigurePoint *all = (const LamFigurePoint *)(void *)points->data;
  g_array_set_size (crossings, 0);
  for (guint i = 0; i < points->len; i++) {
    const LamFigurePoint *a = &all[i], *b = &all[(i + 1) % points->len];
    if ((a->v <= v) == (b->v <= v))
      continue;
    Crossing crossing = { a->u + (v - a->v) / (b->v - a->v) * (b->u - a->u),
      a->v <= v ? 1 : -1 };
    g_array_append_val (crossings, crossing);
  }
  g_array_sort (crossings, compare_crossings);
}

/* Voxels whose centres lie between the crossings with a winding. */
static void
add_row (LamVoxelSet *set, int64_t row[3], int axis, const GArray *crossings)
{
  const double size = (double)lam_voxel_set_get_size (set)[axis];
  int winding = 0;
  for (guint i = 0; i + 1 < crossings->len; i++) {
    const Crossing *here = &g_array_index (crossings, Crossing, i);
    const Crossing *next = here + 1;
    winding += here->step;
    if (winding == 0)
      continue;
    double start = CLAMP (ceil (here->at - 0.5), 0, size);
    double end = CLAMP (ceil (next->at - 0.5), 0, size);
    lam_voxel_set_add_run (set, row, axis, (int64_t)start, (int64_t)end);
  }
}

static bool
find_outline (const LamFigureRequest *request, const LamLabelReader *reader,
    GPtrArray *parts, LamProgress *progress, GError **error)
{
  const int u = lam_plane_u (request->plane), v = lam_plane_v (request->plane),
            w = lam_plane_w (request->plane);
  g_autoptr (LamVoxelSet) set = lam_voxel_set_new (reader->size);
  g_autoptr (GArray) crossings = g_array_new (false, false, sizeof (Crossing));
  const int64_t depth = MAX (request->n_slices, 1);
  const int64_t first = request->voxel[w] - (depth - 1) / 2;
  int64_t row[3] = { 0 };
  for (row[v] = 0; row[v] < reader->size[v]; row[v]++) {
    find_crossings (request->points, (double)row[v] + 0.5, crossings);
    for (row[w] = MAX (first, 0); row[w] < MIN (first + depth, reader->size[w]);
         row[w]++)
      add_row (set, row, u, crossings);
    if (!lam_progress_check (progress, error))
      return false;
  }
  if (lam_voxel_set_is_empty (set)) {
    g_set_error_literal (error, LAM_ERROR, LAM_ERROR_MISSING,
        _ ("There is no voxel inside of that outline"));
    return false;
  }
  lam_figure_add_part (parts, g_steal_pointer (&set), request->label);
  return true;
}

const LamFigure lam_figure_outline = {
  .name = "outline",
  .title = N_ ("Outline"),
  .makes_label = true,
  .find = find_outline,
};
