/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* A first walk over the voxels counts those of each class;
 * a second one puts the voxels into arrays of their size. */
#include "labels/score-surface.h"

#include <string.h>

static void
clear_surface (gpointer data)
{
  LamSurface *surface = data;
  g_free (surface->alone);
  lam_point_tree_free (surface->tree);
}

LamSurfaces *
lam_surfaces_ref (LamSurfaces *surfaces)
{
  g_atomic_ref_count_inc (&surfaces->references);
  return surfaces;
}

void
lam_surfaces_unref (LamSurfaces *surfaces)
{
  if (!surfaces || !g_atomic_ref_count_dec (&surfaces->references))
    return;
  for (int side = 0; side < LAM_SCORE_N_SIDES; side++)
    g_array_unref (surfaces->sides[side]);
  g_free (surfaces);
}

const LamSurface *
lam_surfaces_find (const LamSurfaces *surfaces, int side, int class_index)
{
  const GArray *list = surfaces->sides[side];
  for (guint i = 0; i < list->len; i++) {
    const LamSurface *surface = &g_array_index (list, LamSurface, i);
    if (surface->class_index == class_index)
      return surface;
  }
  return NULL;
}

/* Where a voxel of the block lies. */
typedef struct {
  const LamBox *around;
  int64_t at[3]; /* from the first voxel of the comparison */
  int64_t index;
  int64_t step[3];
} Spot;

static bool
is_surface (const uint32_t *kinds, const Spot *spot)
{
  uint32_t kind = kinds[spot->index];
  if (kind == LAM_SCORE_IGNORED)
    return false;
  for (int a = 0; a < 3; a++) {
    if (spot->at[a] > spot->around->min[a]) {
      uint32_t other = kinds[spot->index - spot->step[a]];
      if (other != kind && other != LAM_SCORE_IGNORED)
        return true;
    }
    if (spot->at[a] + 1 < spot->around->max[a]) {
      uint32_t other = kinds[spot->index + spot->step[a]];
      if (other != kind && other != LAM_SCORE_IGNORED)
        return true;
    }
  }
  return false;
}

/* Of a class while its voxels are gathered. */
typedef struct {
  int64_t n, n_shared;
  LamBox box;
  LamPoint *all, *alone;
  int64_t n_all, n_alone; /* filled in */
} Gathering;

typedef struct {
  const LamScoreSetup *setup;
  const LamScoreBlock *block;
  GHashTable *classes[LAM_SCORE_N_SIDES]; /* Owned; index → Gathering */
  bool fill; /* the second walk */
} Walk;

static Gathering *
get_gathering (Walk *walk, int side, int class_index)
{
  GHashTable *table = walk->classes[side];
  Gathering *found = g_hash_table_lookup (table, GINT_TO_POINTER (class_index));
  if (!found) {
    found = g_new0 (Gathering, 1);
    g_hash_table_insert (table, GINT_TO_POINTER (class_index), found);
  }
  return found;
}

static void
take_voxel (Walk *walk, int side, const Spot *spot, bool is_shared)
{
  uint32_t kind = walk->block->kinds[side][spot->index];
  int index = walk->setup->n_classes > 0 ? (int)kind : 0;
  Gathering *to = get_gathering (walk, side, index);
  if (!walk->fill) {
    LamBox box;
    for (int a = 0; a < 3; a++) {
      box.min[a] = spot->at[a];
      box.max[a] = spot->at[a] + 1;
    }
    to->box = lam_box_unite (&to->box, &box);
    to->n++;
    to->n_shared += is_shared;
    return;
  }
  LamPoint point = { { (int32_t)spot->at[0], (int32_t)spot->at[1],
      (int32_t)spot->at[2] } };
  to->all[to->n_all++] = point;
  if (!is_shared)
    to->alone[to->n_alone++] = point;
}

static void
look_at (Walk *walk, const Spot *spot)
{
  const LamScoreBlock *block = walk->block;
  const uint32_t *truth = block->kinds[LAM_SCORE_TRUTH];
  const uint32_t *test = block->kinds[LAM_SCORE_TEST];
  bool on_truth = is_surface (truth, spot), on_test = is_surface (test, spot);
  bool is_same =
      walk->setup->n_classes == 0 || truth[spot->index] == test[spot->index];
  bool is_shared = on_truth && on_test && is_same;
  if (on_truth)
    take_voxel (walk, LAM_SCORE_TRUTH, spot, is_shared);
  if (on_test)
    take_voxel (walk, LAM_SCORE_TEST, spot, is_shared);
}

static void
walk_block (Walk *walk)
{
  const LamBox *box = &walk->block->box, *around = &walk->block->around;
  int64_t w = around->max[0] - around->min[0];
  int64_t h = around->max[1] - around->min[1];
  Spot spot = { .around = around, .step = { 1, w, w * h } };
  for (int64_t z = box->min[2]; z < box->max[2]; z++)
    for (int64_t y = box->min[1]; y < box->max[1]; y++)
      for (int64_t x = box->min[0]; x < box->max[0]; x++) {
        spot.at[0] = x;
        spot.at[1] = y;
        spot.at[2] = z;
        spot.index = x - around->min[0]
            + w * (y - around->min[1] + h * (z - around->min[2]));
        look_at (walk, &spot);
      }
}

static void
make_room (Walk *walk)
{
  for (int side = 0; side < LAM_SCORE_N_SIDES; side++) {
    GHashTableIter iter;
    gpointer value;
    g_hash_table_iter_init (&iter, walk->classes[side]);
    while (g_hash_table_iter_next (&iter, NULL, &value)) {
      Gathering *to = value;
      to->all = g_new (LamPoint, to->n);
      to->alone = g_new (LamPoint, to->n - to->n_shared);
    }
  }
}

static void
finish_side (const Walk *walk, int side, bool with_points, LamSurfaces *out)
{
  GHashTableIter iter;
  gpointer key, value;
  g_hash_table_iter_init (&iter, walk->classes[side]);
  while (g_hash_table_iter_next (&iter, &key, &value)) {
    const Gathering *from = value;
    LamSurface surface = { .class_index = GPOINTER_TO_INT (key),
      .box = from->box,
      .n = from->n,
      .n_shared = from->n_shared,
      .alone = from->alone };
    if (with_points)
      surface.tree =
          lam_point_tree_new (from->all, from->n, walk->setup->voxel_size_nm);
    out->n_bytes += sizeof surface
        + (size_t)(2 * from->n - from->n_shared) * (sizeof (LamPoint) + 1);
    g_array_append_val (out->sides[side], surface);
  }
}

LamSurfaces *
lam_surfaces_new (
    const LamScoreSetup *setup, const LamScoreBlock *block, bool with_points)
{
  Walk walk = { .setup = setup, .block = block };
  LamSurfaces *surfaces = g_new0 (LamSurfaces, 1);
  g_atomic_ref_count_init (&surfaces->references);
  for (int side = 0; side < LAM_SCORE_N_SIDES; side++) {
    walk.classes[side] = g_hash_table_new_full (NULL, NULL, NULL, g_free);
    surfaces->sides[side] = g_array_new (FALSE, FALSE, sizeof (LamSurface));
    g_array_set_clear_func (surfaces->sides[side], clear_surface);
  }
  walk_block (&walk);
  if (with_points) {
    make_room (&walk);
    walk.fill = true;
    walk_block (&walk);
  }
  for (int side = 0; side < LAM_SCORE_N_SIDES; side++) {
    finish_side (&walk, side, with_points, surfaces);
    g_hash_table_unref (walk.classes[side]);
  }
  return surfaces;
}
