/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Features of cells. All cells are as large, so that one plan does for all; the
 * tile around one is as large as the network sees, so that its features are
 * those that it would have in any other tile. Where a voxel depends on all of
 * its tile, a cell is the middle of it. Of each cell its features are kept, and
 * around it as many as the head's first kernel reaches. */
#include <string.h>

#include "base/box.h"
#include "nn/window.h"
#include "segment/learner-inside.h"

#define EDGE 64 /* voxels of a cell in x and y */
#define DEPTH 8 /* in z, of networks that look at several sections */
#define WHOLE_EDGE 256 /* of tiles on all of which a voxel depends, at most */

static int64_t
round_up (int64_t value, int64_t step)
{
  return lam_divide_up (value, step) * step;
}

/* The middle half of a tile. */
static void
choose_middle (LamLearner *learner, int axis, int64_t tile)
{
  learner->tile[axis] = tile;
  learner->cell[axis] = MAX (tile / 2, 1);
  learner->offset[axis] = (tile - learner->cell[axis]) / 2;
}

static void
choose_axis (LamLearner *learner, int axis)
{
  const LamModel *model = learner->model;
  const LamModelField *field = lam_model_get_field (model);
  int64_t wanted = lam_model_get_tile (model)[axis];
  int64_t multiple = lam_model_get_multiple (model)[axis];
  int64_t before = round_up (field->before[axis], field->step[axis]);
  int64_t core = (wanted - before - field->after[axis]) / field->step[axis];
  if (lam_model_is_fixed (model, axis) && (field->whole || core < 1)) {
    choose_middle (learner, axis, wanted);
  } else if (field->whole) {
    int64_t most = axis == 2 ? wanted : round_up (WHOLE_EDGE, multiple);
    choose_middle (learner, axis, MIN (wanted, most));
  } else if (lam_model_is_fixed (model, axis)) {
    learner->tile[axis] = wanted;
    learner->cell[axis] = core * field->step[axis];
    learner->offset[axis] = before;
  } else {
    int64_t edge = axis < 2 ? EDGE : DEPTH;
    bool is_flat = before == 0 && field->after[axis] == 0;
    if (axis == 2 && is_flat)
      edge = 1;
    learner->cell[axis] = round_up (edge, field->step[axis]);
    learner->offset[axis] = before;
    learner->tile[axis] = round_up (
        before + learner->cell[axis] + field->after[axis], field->step[axis]);
  }
}

static void
set_shape (LamLearner *learner)
{
  const int64_t *tile = learner->tile;
  const int64_t dims[5] = { 1, 1, tile[2], tile[1], tile[0] };
  const int64_t flat[4] = { 1, 1, tile[1], tile[0] };
  learner->shape = lam_model_get_rank (learner->model) == 4
      ? lam_shape_new (LAM_TENSOR_F32, 4, flat)
      : lam_shape_new (LAM_TENSOR_F32, 5, dims);
}

bool
lam_learner_begin_features (LamLearner *learner, GError **error)
{
  for (int i = 0; i < 3; i++)
    choose_axis (learner, i);
  set_shape (learner);
  if (!lam_head_find (&learner->head, lam_model_get_network (learner->model),
          &learner->shape, learner->settings.n_layers, error))
    return false;
  const LamHeadLayer *layer = &learner->head.layers[0];
  for (int i = 0; i < 3; i++) {
    int64_t reach = (layer->kernel[2 - i] - 1) * layer->dilation[2 - i];
    learner->before[i] = layer->before[2 - i];
    learner->map[i] = learner->cell[i] + reach;
  }
  learner->depth = lam_head_get_depth (&learner->head);
  learner->map_bytes =
      layer->channels * lam_product3 (learner->map) * (int64_t)sizeof (float);
  learner->trunk = lam_head_new_trunk (&learner->head);
  return true;
}

static bool
make_plan (LamLearner *learner, GError **error)
{
  const LamPlanOptions options = { .n_threads = learner->settings.n_threads };
  if (!learner->plan)
    learner->plan =
        lam_plan_new (learner->trunk, &learner->shape, &options, error);
  return learner->plan != NULL;
}

/* Cuts the cell with what is around it out of the tile's features; what lies
 * outside of the tile is 0, as the kernel sees it. */
static float *
cut_out (const LamLearner *learner, const float *from)
{
  const int64_t *tile = learner->tile, *map = learner->map;
  int64_t channels = learner->head.layers[0].channels;
  float *features = g_new0 (float, channels *lam_product3 (map)),
        *to = features;
  int64_t first[3];
  for (int i = 0; i < 3; i++)
    first[i] = learner->offset[i] - learner->before[i];
  int64_t left = MAX (-first[0], 0);
  int64_t n = MIN (map[0], tile[0] - first[0]) - left;
  for (int64_t c = 0; c < channels; c++)
    for (int64_t z = first[2]; z < first[2] + map[2]; z++)
      for (int64_t y = first[1]; y < first[1] + map[1]; y++, to += map[0])
        if (z >= 0 && z < tile[2] && y >= 0 && y < tile[1])
          memcpy (to + left,
              from + ((c * tile[2] + z) * tile[1] + y) * tile[0] + first[0]
                  + left,
              (size_t)n * sizeof *to);
  return features;
}

float *
lam_learner_find_features (LamLearner *learner, const int64_t at[3],
    LamProgress *progress, GError **error)
{
  LamBox tile;
  for (int i = 0; i < 3; i++) {
    tile.min[i] = at[i] * learner->cell[i] - learner->offset[i];
    tile.max[i] = tile.min[i] + learner->tile[i];
  }
  if (!make_plan (learner, error)
      || !lam_normalisation_read (&learner->normalisation, learner->volume,
          &tile, lam_plan_get_input (learner->plan, 0),
          lam_progress_cancellable_or_null (progress), error)
      || !lam_plan_run (learner->plan, progress, error))
    return NULL;
  return cut_out (
      learner, lam_tensor_floats (lam_plan_get_output (learner->plan, 0)));
}

void
lam_learner_gather (const LamLearner *learner, const float *features,
    int32_t voxel, float *rows, int64_t n, int64_t column)
{
  const LamHeadLayer *layer = &learner->head.layers[0];
  const int64_t *cell = learner->cell, *map = learner->map;
  const int64_t *kernel = layer->kernel, *dilation = layer->dilation;
  int64_t x = voxel % cell[0], y = voxel / cell[0] % cell[1],
          z = voxel / (cell[0] * cell[1]);
  float *to = rows + column;
  for (int64_t c = 0; c < layer->channels; c++)
    for (int64_t i = 0; i < kernel[0]; i++)
      for (int64_t j = 0; j < kernel[1]; j++)
        for (int64_t k = 0; k < kernel[2]; k++, to += n)
          *to = features[((c * map[2] + z + i * dilation[0]) * map[1] + y
                             + j * dilation[1])
                  * map[0]
              + x + k * dilation[2]];
}
