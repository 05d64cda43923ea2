/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "segment/runner.h"

#include <string.h>

struct _LamRunner {
  const LamModel *model; /* Borrowed */
  LamPlan *plan; /* Owned */
  int64_t tile[3], n_tile; /* voxels */
  float *probabilities; /* Owned; by class */
  /* Owned; NULL until something is turned: the image as it lies; and the
   * probabilities as it lay. */
  float *image, *turned;
};

LamShape
lam_runner_find_shape (const LamModel *model, const int64_t tile[3])
{
  const int64_t dims[5] = { 1, 1, tile[2], tile[1], tile[0] };
  const int64_t flat[4] = { 1, 1, tile[1], tile[0] };
  return lam_model_get_rank (model) == 4
      ? lam_shape_new (LAM_TENSOR_F32, 4, flat)
      : lam_shape_new (LAM_TENSOR_F32, 5, dims);
}

LamRunner *
lam_runner_new (const LamModel *model, const int64_t tile[3],
    const LamPlanOptions *options, GError **error)
{
  g_autoptr (LamRunner) runner = g_new0 (LamRunner, 1);
  LamShape shape = lam_runner_find_shape (model, tile);
  runner->model = model;
  memcpy (runner->tile, tile, sizeof runner->tile);
  runner->n_tile = tile[0] * tile[1] * tile[2];
  runner->plan =
      lam_plan_new (lam_model_get_network (model), &shape, options, error);
  if (!runner->plan)
    return NULL;
  runner->probabilities =
      g_new (float, runner->n_tile *lam_model_get_n_classes (model));
  return g_steal_pointer (&runner);
}

void
lam_runner_free (LamRunner *runner)
{
  lam_plan_free (runner->plan);
  g_free (runner->probabilities);
  g_free (runner->image);
  g_free (runner->turned);
  g_free (runner);
}

bool
lam_runner_renew (LamRunner *runner, GError **error)
{
  return lam_plan_renew (runner->plan, error);
}

const int64_t *
lam_runner_get_tile (const LamRunner *runner)
{
  return runner->tile;
}

bool
lam_runner_measure (const LamModel *model, const int64_t tile[3], int n_threads,
    bool turns, int64_t *bytes, int64_t *weights_bytes, GError **error)
{
  LamShape shape = lam_runner_find_shape (model, tile);
  int64_t n_rows = lam_model_get_n_classes (model);
  if (!lam_plan_measure (lam_model_get_network (model), &shape, n_threads,
          bytes, weights_bytes, error))
    return false;
  if (turns)
    n_rows += n_rows + 1;
  *bytes += tile[0] * tile[1] * tile[2] * n_rows * (int64_t)sizeof (float);
  return true;
}

static bool
read_image (LamRunner *runner, LamVolume *volume,
    const LamNormalisation *normalisation, const LamBox *tile, LamTurn turn,
    LamProgress *progress, GError **error)
{
  float *in = lam_plan_get_input (runner->plan, 0);
  if (turn && !runner->image) {
    runner->image = g_new (float, runner->n_tile);
    runner->turned =
        g_new (float, runner->n_tile *lam_model_get_n_classes (runner->model));
  }
  if (!lam_normalisation_read (normalisation, volume, tile,
          turn ? runner->image : in,
          lam_progress_cancellable_or_null (progress), error))
    return false;
  if (turn)
    lam_turn_forth (turn, runner->tile, runner->tile[2], runner->image, in);
  return true;
}

const float *
lam_runner_run (LamRunner *runner, LamVolume *volume,
    const LamNormalisation *normalisation, const LamBox *tile, LamTurn turn,
    LamProgress *progress, GError **error)
{
  int n_classes = lam_model_get_n_classes (runner->model);
  if (!read_image (runner, volume, normalisation, tile, turn, progress, error)
      || !lam_plan_run (runner->plan, progress, error))
    return NULL;
  lam_model_finish (runner->model,
      lam_tensor_floats (lam_plan_get_output (runner->plan, 0)), runner->n_tile,
      turn ? runner->turned : runner->probabilities);
  if (turn)
    lam_turn_back (turn, runner->tile, runner->tile[2] * n_classes,
        runner->turned, runner->probabilities);
  return runner->probabilities;
}
