/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The tiles lie on one grid over the whole box. What is asked for is cut into
 * parts whose sums of probabilities fit the limit; for each part, all tiles
 * that meet it are computed, those at its border again for its neighbour. */
#include "segment/predict.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

#include "base/error.h"
#include "nn/plan.h"
#include "segment/tiling.h"

#define LIMIT_BYTES (INT64_C (256) << 20)

typedef struct {
  const LamModel *model;
  LamVolume *volume;
  const LamNormalisation *normalisation;
  LamPlan *plan; /* Owned */
  LamTiling tilings[3];
  int n_classes;
  int64_t n_tile; /* voxels */
  float *probabilities; /* Owned; of one tile, by class */
  float *sums; /* Owned; of one part, by class */
  int64_t parts[3]; /* how many along each axis */
  LamProgress *progress;
  int64_t n_done, n_total; /* tiles */
} Work;

static void
work_clear (Work *work)
{
  lam_plan_free (work->plan);
  g_free (work->probabilities);
  g_free (work->sums);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Work, work_clear)

static int64_t
choose_edge (const LamModel *model, const LamPredictSettings *settings,
    int axis, int64_t length)
{
  int64_t multiple = lam_model_get_multiple (model)[axis];
  int64_t wanted = lam_model_get_tile (model)[axis];
  if (lam_model_is_fixed (model, axis))
    return wanted;
  if (settings->tile[axis] > 0)
    wanted = lam_divide_up (settings->tile[axis], multiple) * multiple;
  /* A smaller box needs no larger tile. */
  return MIN (wanted, lam_divide_up (length, multiple) * multiple);
}

static bool
make_plan (Work *work, const LamPredictSettings *settings, GError **error)
{
  const LamPlanOptions options = { .n_threads = settings->n_threads,
    .is_last = settings->is_last };
  const int64_t dims[5] = { 1, 1, work->tilings[2].tile, work->tilings[1].tile,
    work->tilings[0].tile };
  LamShape shape = lam_shape_new (LAM_TENSOR_F32, 5, dims);
  if (lam_model_get_rank (work->model) == 4)
    shape = lam_shape_new (
        LAM_TENSOR_F32, 4, (const int64_t[]){ 1, 1, dims[3], dims[4] });
  work->plan = lam_plan_new (
      lam_model_get_network (work->model), &shape, &options, error);
  return work->plan != NULL;
}

static LamBox
get_part (const Work *work, const int64_t at[3])
{
  LamBox part;
  for (int i = 0; i < 3; i++) {
    const LamTiling *tiling = &work->tilings[i];
    part.min[i] = tiling->first + at[i] * tiling->length / work->parts[i];
    part.max[i] = tiling->first + (at[i] + 1) * tiling->length / work->parts[i];
  }
  return part;
}

static int64_t
count_tiles (const Work *work, const LamBox *part)
{
  int64_t n = 1, first, end;
  for (int i = 0; i < 3; i++) {
    lam_tiling_find (
        &work->tilings[i], part->min[i], part->max[i], &first, &end);
    n *= end - first;
  }
  return n;
}

/* Cuts along the axis of most tiles until the sums fit. */
static void
choose_parts (Work *work, int64_t limit_bytes)
{
  int64_t voxels[3];
  for (int i = 0; i < 3; i++) {
    /* Where tiles do not meet, cutting costs nothing. */
    bool is_free = work->tilings[i].tile == 1;
    work->parts[i] = is_free ? work->tilings[i].length : 1;
    voxels[i] = is_free ? 1 : work->tilings[i].length;
  }
  for (;;) {
    double bytes = (double)voxels[0] * (double)voxels[1] * (double)voxels[2]
        * work->n_classes * sizeof (float);
    int most = 0;
    for (int i = 1; i < 3; i++)
      if (work->tilings[i].n * work->parts[most]
          > work->tilings[most].n * work->parts[i])
        most = i;
    if (bytes <= (double)limit_bytes
        || work->parts[most] >= work->tilings[most].n)
      break;
    work->parts[most] = MIN (2 * work->parts[most], work->tilings[most].n);
    voxels[most] =
        lam_divide_up (work->tilings[most].length, work->parts[most]);
  }
  work->sums = g_new (
      float, voxels[0] * voxels[1] * voxels[2] * (int64_t)work->n_classes);
}

static bool
run_tile (Work *work, const LamBox *tile, GError **error)
{
  if (!lam_normalisation_read (work->normalisation, work->volume, tile,
          lam_plan_get_input (work->plan, 0),
          lam_progress_cancellable_or_null (work->progress), error)
      || !lam_plan_run (work->plan, work->progress, error))
    return false;
  lam_model_finish (work->model,
      lam_tensor_floats (lam_plan_get_output (work->plan, 0)), work->n_tile,
      work->probabilities);
  float sum = 0;
  for (int64_t i = 0; i < work->n_tile * work->n_classes; i++)
    sum += work->probabilities[i];
  if (isfinite (sum))
    return true;
  g_set_error (error, LAM_ERROR, LAM_ERROR_CORRUPT,
      _ ("%s gives something that is no number in the tile at voxel "
         "%" G_GINT64_FORMAT ", %" G_GINT64_FORMAT ", %" G_GINT64_FORMAT),
      lam_network_get_path (lam_model_get_network (work->model)), tile->min[0],
      tile->min[1], tile->min[2]);
  return false;
}

/* By voxel of one axis of `part`: how much tile `at` counts there, of all tiles
 * that reach it. */
static float *
make_shares (const LamTiling *tiling, int64_t at, int64_t from, int64_t to)
{
  float *shares = g_new (float, to - from);
  for (int64_t voxel = from; voxel < to; voxel++) {
    int64_t first, end;
    float sum = 0;
    lam_tiling_find (tiling, voxel, voxel + 1, &first, &end);
    for (int64_t i = first; i < end; i++)
      sum += lam_tiling_get_weight (tiling, i, voxel);
    shares[voxel - from] = lam_tiling_get_weight (tiling, at, voxel) / sum;
  }
  return shares;
}

static void
add_tile (
    Work *work, const int64_t at[3], const LamBox *tile, const LamBox *part)
{
  LamBox shared = lam_box_intersect (tile, part);
  int64_t n = lam_box_volume (part), width = part->max[0] - part->min[0];
  int64_t rows = part->max[1] - part->min[1];
  int64_t length = shared.max[0] - shared.min[0];
  float *shares[3];
  for (int i = 0; i < 3; i++)
    shares[i] =
        make_shares (&work->tilings[i], at[i], shared.min[i], shared.max[i]);
  for (int c = 0; c < work->n_classes; c++)
    for (int64_t z = shared.min[2]; z < shared.max[2]; z++)
      for (int64_t y = shared.min[1]; y < shared.max[1]; y++) {
        float share =
            shares[2][z - shared.min[2]] * shares[1][y - shared.min[1]];
        const float *from = work->probabilities + c * work->n_tile
            + ((z - tile->min[2]) * work->tilings[1].tile + y - tile->min[1])
                * work->tilings[0].tile
            + shared.min[0] - tile->min[0];
        float *to = work->sums + c * n
            + ((z - part->min[2]) * rows + y - part->min[1]) * width
            + shared.min[0] - part->min[0];
        for (int64_t x = 0; x < length; x++)
          to[x] += share * shares[0][x] * from[x];
      }
  for (int i = 0; i < 3; i++)
    g_free (shares[i]);
}

static bool
do_part (Work *work, const LamBox *part, GError **error)
{
  int64_t first[3], end[3], at[3];
  memset (work->sums, 0,
      (size_t)(lam_box_volume (part) * work->n_classes) * sizeof (float));
  for (int i = 0; i < 3; i++)
    lam_tiling_find (
        &work->tilings[i], part->min[i], part->max[i], &first[i], &end[i]);
  for (at[2] = first[2]; at[2] < end[2]; at[2]++)
    for (at[1] = first[1]; at[1] < end[1]; at[1]++)
      for (at[0] = first[0]; at[0] < end[0]; at[0]++) {
        LamBox tile;
        for (int i = 0; i < 3; i++) {
          tile.min[i] = lam_tiling_get_start (&work->tilings[i], at[i]);
          tile.max[i] = tile.min[i] + work->tilings[i].tile;
        }
        if (!run_tile (work, &tile, error)
            || !lam_progress_check (work->progress, error))
          return false;
        add_tile (work, at, &tile, part);
        lam_progress_set (work->progress, ++work->n_done, work->n_total);
      }
  return true;
}

static bool
do_parts (Work *work, LamPredictTake take, gpointer user_data, GError **error)
{
  int64_t at[3];
  for (int count = 1; count >= 0; count--)
    for (at[2] = 0; at[2] < work->parts[2]; at[2]++)
      for (at[1] = 0; at[1] < work->parts[1]; at[1]++)
        for (at[0] = 0; at[0] < work->parts[0]; at[0]++) {
          LamBox part = get_part (work, at);
          if (count)
            work->n_total += count_tiles (work, &part);
          else if (!do_part (work, &part, error)
              || !take (&part, work->sums, work->n_classes, user_data, error))
            return false;
        }
  return true;
}

bool
lam_predict (const LamModel *model, LamVolume *volume,
    const LamNormalisation *normalisation, const LamBox *box,
    const LamPredictSettings *settings, LamPredictTake take, gpointer user_data,
    LamProgress *progress, GError **error)
{
  double overlap = settings->overlap < 0 ? 0.25 : settings->overlap;
  g_auto (Work) work = { .model = model,
    .volume = volume,
    .normalisation = normalisation,
    .n_classes = lam_model_get_n_classes (model),
    .n_tile = 1,
    .progress = progress };
  for (int i = 0; i < 3; i++) {
    int64_t length = box->max[i] - box->min[i];
    int64_t edge = choose_edge (model, settings, i, length);
    work.tilings[i] = lam_tiling_new (
        box->min[i], length, edge, (int64_t)(overlap * (double)edge));
    work.n_tile *= edge;
  }
  if (!make_plan (&work, settings, error))
    return false;
  work.probabilities = g_new (float, work.n_tile *work.n_classes);
  choose_parts (
      &work, settings->limit_bytes > 0 ? settings->limit_bytes : LIMIT_BYTES);
  return do_parts (&work, take, user_data, error);
}
