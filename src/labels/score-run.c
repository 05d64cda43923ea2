/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* One walk over both volumes fills the tables and notes where surfaces are;
 * a second one, if wanted, measures between them. */
#include <glib/gi18n-lib.h>
#include <math.h>

#include "base/error.h"
#include "base/parallel.h"
#include "labels/object-finder.h"
#include "labels/score.h"

typedef struct {
  const LamScoreSetup *setup;
  GArray *boxes; /* Owned; LamBox */
  LamScoreTable *values, *objects; /* Owned; objects: or NULL */
  LamScoreDistances *distances; /* Owned; or NULL */
  LamProgress *progress; /* Borrowed */
  GMutex lock;
  int64_t n_done;
} Run;

static void
run_clear (Run *run)
{
  g_clear_pointer (&run->boxes, g_array_unref);
  lam_score_table_free (run->values);
  lam_score_table_free (run->objects);
  lam_score_distances_free (run->distances);
  g_mutex_clear (&run->lock);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Run, run_clear)

/* Parts as suit how the truth lies on disk. */
static void
cut (Run *run)
{
  int64_t edge[3];
  const int64_t *size = run->setup->size;
  lam_object_finder_choose_brick (
      lam_source_get_info (run->setup->sides[LAM_SCORE_TRUTH].values), edge);
  run->boxes = g_array_new (FALSE, FALSE, sizeof (LamBox));
  for (int64_t z = 0; z < size[2]; z += edge[2])
    for (int64_t y = 0; y < size[1]; y += edge[1])
      for (int64_t x = 0; x < size[0]; x += edge[0]) {
        LamBox box = lam_box_new (x, y, z, MIN (x + edge[0], size[0]),
            MIN (y + edge[1], size[1]), MIN (z + edge[2], size[2]));
        g_array_append_val (run->boxes, box);
      }
}

/* Adds the voxels of the part that count; `numbers`: dense over `over`. */
static void
fill_table (const LamScoreBlock *block, const uint32_t *const *numbers,
    const LamBox *over, LamScoreTable *table)
{
  const LamBox *box = &block->box, *around = &block->around;
  int64_t w = over->max[0] - over->min[0], h = over->max[1] - over->min[1];
  int64_t aw = around->max[0] - around->min[0];
  int64_t ah = around->max[1] - around->min[1];
  int64_t n = box->max[0] - box->min[0];
  for (int64_t z = box->min[2]; z < box->max[2]; z++)
    for (int64_t y = box->min[1]; y < box->max[1]; y++) {
      int64_t at = box->min[0] - over->min[0]
          + w * (y - over->min[1] + h * (z - over->min[2]));
      const uint32_t *kinds = block->kinds[LAM_SCORE_TRUTH] + box->min[0]
          - around->min[0]
          + aw * (y - around->min[1] + ah * (z - around->min[2]));
      const uint32_t *truth = numbers[LAM_SCORE_TRUTH] + at;
      const uint32_t *test = numbers[LAM_SCORE_TEST] + at;
      for (int64_t x = 0; x < n; x++)
        if (kinds[x] != LAM_SCORE_IGNORED)
          lam_score_table_add (table, truth[x], test[x], 1);
    }
}

static bool
read_objects (
    const Run *run, const LamBox *box, uint32_t *numbers[], GError **error)
{
  for (int side = 0; side < LAM_SCORE_N_SIDES; side++) {
    const int64_t origin[3] = { 0, 0, 0 };
    numbers[side] = g_new (uint32_t, lam_box_volume (box));
    if (!lam_score_read_numbers (run->setup->sides[side].objects, origin, box,
            numbers[side], lam_progress_cancellable_or_null (run->progress),
            error))
      return false;
  }
  return true;
}

static bool
add_objects (
    Run *run, const LamScoreBlock *block, LamScoreTable *table, GError **error)
{
  uint32_t *numbers[LAM_SCORE_N_SIDES] = { NULL };
  bool done = read_objects (run, &block->box, numbers, error);
  if (done)
    fill_table (block, (const uint32_t *const *)numbers, &block->box, table);
  for (int side = 0; side < LAM_SCORE_N_SIDES; side++)
    g_free (numbers[side]);
  return done;
}

static bool
merge (Run *run, const LamScoreTable *values, const LamScoreTable *objects,
    GError **error)
{
  g_mutex_lock (&run->lock);
  bool done = lam_score_table_merge (run->values, values, error)
      && (!run->objects
          || lam_score_table_merge (run->objects, objects, error));
  lam_progress_set (run->progress, ++run->n_done, run->boxes->len);
  g_mutex_unlock (&run->lock);
  return done;
}

static bool
count_part (int64_t part, gpointer data, GError **error)
{
  Run *run = data;
  g_auto (LamScoreBlock) block = { 0 };
  g_autoptr (LamScoreTable) values = lam_score_table_new ();
  g_autoptr (LamScoreTable) objects = lam_score_table_new ();
  if (!lam_score_block_read (run->setup,
          &g_array_index (run->boxes, LamBox, part), &block,
          lam_progress_cancellable_or_null (run->progress), error))
    return false;
  fill_table (
      &block, (const uint32_t *const *)block.values, &block.around, values);
  if (run->objects && !add_objects (run, &block, objects, error))
    return false;
  if (run->distances) {
    g_autoptr (LamSurfaces) surfaces =
        lam_surfaces_new (run->setup, &block, false);
    lam_score_distances_note (run->distances, (int)part, surfaces);
  }
  return merge (run, values, objects, error);
}

static bool
check_voxels (const LamScoreSetup *setup, int side, GError **error)
{
  LamSource *const sources[] = { setup->sides[side].values,
    setup->sides[side].objects };
  for (int i = 0; i < 2; i++) {
    const LamSourceInfo *info =
        sources[i] ? lam_source_get_info (sources[i]) : NULL;
    if (!info || info->dtype != LAM_DTYPE_F32)
      continue;
    g_set_error (error, LAM_ERROR, LAM_ERROR_INPUT,
        _ ("%s holds real numbers: labels and classes are whole numbers"),
        info->path);
    return false;
  }
  return true;
}

static void
take_boundaries (const Run *run, LamScore *score)
{
  for (guint i = 0; run->distances && i < score->classes->len; i++) {
    LamScoreClass *row = &g_array_index (score->classes, LamScoreClass, i);
    row->boundary =
        lam_score_distances_get (run->distances, MAX (row->class_index, 0));
  }
}

bool
lam_score_run (const LamScoreSetup *setup, bool boundaries, LamScore *score,
    LamProgress *progress, GError **error)
{
  g_auto (Run) run = { .setup = setup };
  const double *nm = setup->voxel_size_nm;
  g_mutex_init (&run.lock);
  for (int side = 0; side < LAM_SCORE_N_SIDES; side++)
    if (!check_voxels (setup, side, error))
      return false;
  cut (&run);
  run.values = lam_score_table_new ();
  if (setup->sides[LAM_SCORE_TRUTH].objects)
    run.objects = lam_score_table_new ();
  if (boundaries && nm[0] > 0 && nm[1] > 0 && nm[2] > 0)
    run.distances = lam_score_distances_new (setup, run.boxes);
  g_autoptr (LamProgress) first =
      lam_progress_new_part (progress, 0, run.distances ? 1 : 2, 2);
  g_autoptr (LamProgress) second = lam_progress_new_part (progress, 1, 2, 2);
  run.progress = first;
  if (!lam_parallel (0, run.boxes->len, count_part, &run, first, error)
      || (run.distances
          && !lam_score_distances_run (run.distances, second, error)))
    return false;
  lam_score_compute (setup, run.values, run.objects, score);
  take_boundaries (&run, score);
  return true;
}
