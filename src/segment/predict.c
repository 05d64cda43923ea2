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
#include "segment/cover.h"
#include "segment/runner.h"

#define LIMIT_BYTES (INT64_C (256) << 20)

typedef struct {
  const LamModel *model;
  LamVolume *volume;
  const LamNormalisation *normalisation;
  LamRunner *runner; /* Owned */
  LamTiling tilings[3];
  int n_classes;
  int64_t n_tile; /* voxels */
  float *sums; /* Owned; of one part, by class */
  int n_copies; /* mirrored ways in which a tile is shown */
  float *mean; /* Owned; of a tile's copies, by class; NULL: of one */
  int64_t parts[3]; /* how many along each axis */
  LamProgress *progress;
  int64_t n_done, n_total; /* tiles */
} Work;

static void
work_clear (Work *work)
{
  g_clear_pointer (&work->runner, lam_runner_free);
  g_free (work->sums);
  g_free (work->mean);
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
make_runner (Work *work, const LamPredictSettings *settings, GError **error)
{
  const LamPlanOptions options = { .n_threads = settings->n_threads,
    .is_last = settings->is_last,
    .is_fast = settings->is_fast };
  const int64_t tile[3] = { work->tilings[0].tile, work->tilings[1].tile,
    work->tilings[2].tile };
  work->runner = lam_runner_new (work->model, tile, &options, error);
  return work->runner != NULL;
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

/* The turns of which both axes keep their places are the first four. */
static const float *
run_copies (Work *work, const LamBox *tile, LamProgress *part, GError **error)
{
  int64_t n = work->n_tile * work->n_classes;
  const float *probabilities = NULL;
  for (int turn = 0; turn < work->n_copies; turn++) {
    probabilities = lam_runner_run (work->runner, work->volume,
        work->normalisation, tile, (LamTurn)turn, part, error);
    if (!probabilities || !work->mean)
      return probabilities;
    for (int64_t i = 0; i < n; i++) {
      float before = turn ? work->mean[i] : 0;
      work->mean[i] = before + probabilities[i] / (float)work->n_copies;
    }
  }
  return work->mean;
}

static const float *
run_tile (Work *work, const LamBox *tile, GError **error)
{
  g_autoptr (LamProgress) part = lam_progress_new_part (
      work->progress, work->n_done, work->n_done + 1, work->n_total);
  const float *probabilities = run_copies (work, tile, part, error);
  float sum = 0;
  for (int64_t i = 0; probabilities && i < work->n_tile * work->n_classes; i++)
    sum += probabilities[i];
  if (isfinite (sum))
    return probabilities;
  g_set_error (error, LAM_ERROR, LAM_ERROR_CORRUPT,
      _ ("%s gives something that is no number in the tile at voxel "
         "%" G_GINT64_FORMAT ", %" G_GINT64_FORMAT ", %" G_GINT64_FORMAT),
      lam_network_get_path (lam_model_get_network (work->model)), tile->min[0],
      tile->min[1], tile->min[2]);
  return NULL;
}

static bool
add_tile (Work *work, const LamCover covers[3], const int at[3],
    const LamBox *part, GError **error)
{
  LamBox tile;
  for (int i = 0; i < 3; i++) {
    tile.min[i] = covers[i].tiles[at[i]].start;
    tile.max[i] = tile.min[i] + covers[i].tile;
  }
  const float *probabilities = run_tile (work, &tile, error);
  if (!probabilities || !lam_progress_check (work->progress, error))
    return false;
  lam_cover_add (covers, at, probabilities, work->n_classes, part, work->sums);
  lam_progress_set (work->progress, ++work->n_done, work->n_total);
  return true;
}

static bool
do_part (Work *work, const LamBox *part, GError **error)
{
  LamCover covers[3];
  int at[3];
  bool done = true;
  memset (work->sums, 0,
      (size_t)(lam_box_volume (part) * work->n_classes) * sizeof (float));
  for (int i = 0; i < 3; i++)
    covers[i] = lam_cover_blend (&work->tilings[i], part->min[i], part->max[i]);
  for (at[2] = 0; done && at[2] < covers[2].n; at[2]++)
    for (at[1] = 0; done && at[1] < covers[1].n; at[1]++)
      for (at[0] = 0; done && at[0] < covers[0].n; at[0]++)
        done = add_tile (work, covers, at, part, error);
  lam_cover_clear_all (covers);
  return done;
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
    .n_copies = settings->flips ? 4 : 1,
    .progress = progress };
  for (int i = 0; i < 3; i++) {
    int64_t length = box->max[i] - box->min[i];
    int64_t edge = choose_edge (model, settings, i, length);
    work.tilings[i] = lam_tiling_new (
        box->min[i], length, edge, (int64_t)(overlap * (double)edge));
    work.n_tile *= edge;
  }
  if (!make_runner (&work, settings, error))
    return false;
  if (settings->flips)
    work.mean = g_new (float, work.n_tile *work.n_classes);
  choose_parts (
      &work, settings->limit_bytes > 0 ? settings->limit_bytes : LIMIT_BYTES);
  return do_parts (&work, take, user_data, error);
}
