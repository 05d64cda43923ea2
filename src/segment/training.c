/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "segment/training.h"

#include <string.h>

struct _LamTraining {
  LamNetwork *network; /* Owned */
  LamSampler *sampler, *validation; /* Owned */
  LamTrainer *trainer; /* Owned */
  LamPatch *patch; /* Owned */
  LamTrainingExamples *examples; /* Owned; NULL without validation */
  int64_t batch;
  int64_t n_tiles; /* of one validation */
  void (*report) (gpointer data, const LamTrainReport *report);
  gpointer data;
};

static void
put_patch (const LamPatch *patch, int64_t i, LamBatch *batch)
{
  int64_t n = lam_patch_get_n_voxels (patch);
  memcpy (batch->image + i * n, patch->image, (size_t)n * sizeof (float));
  memcpy (batch->weights + i * n, patch->weights, (size_t)n * sizeof (float));
  for (int64_t j = 0; j < n; j++) {
    bool is_known = patch->classes[j] != LAM_PATCH_IGNORED;
    batch->mask[i * n + j] = is_known;
    batch->labels[i * n + j] = is_known ? patch->classes[j] : 0;
  }
}

static bool
get_batch (gpointer data, int64_t step, LamBatch *batch, GError **error)
{
  LamTraining *training = data;
  for (int64_t i = 0; i < training->batch; i++) {
    if (!lam_sampler_draw (training->sampler,
            (uint64_t)(step * training->batch + i), training->patch, NULL,
            error))
      return false;
    put_patch (training->patch, i, batch);
  }
  return true;
}

/* Evenly spread where not all tiles are looked at. */
static bool
get_validation (gpointer data, int index, LamBatch *batch, GError **error)
{
  LamTraining *training = data;
  int64_t n_all = lam_sampler_get_n_tiles (training->validation);
  for (int64_t i = 0; i < training->batch; i++) {
    int64_t tile = index * training->batch + i;
    bool is_over = tile >= training->n_tiles;
    tile = is_over ? 0 : (2 * tile + 1) * n_all / (2 * training->n_tiles);
    if (!lam_sampler_read_tile (
            training->validation, tile, training->patch, NULL, error))
      return false;
    /* The last batch is filled up with what does not count. */
    if (is_over)
      memset (training->patch->classes, LAM_PATCH_IGNORED,
          (size_t)lam_patch_get_n_voxels (training->patch));
    else
      lam_training_examples_see_patch (
          training->examples, index * training->batch + i, training->patch);
    put_patch (training->patch, i, batch);
  }
  return true;
}

static void
see_validation (gpointer data, int index, const float *logits)
{
  LamTraining *training = data;
  int64_t n = lam_patch_get_n_voxels (training->patch)
      * lam_trainer_get_n_classes (training->trainer);
  for (int64_t i = 0; i < training->batch; i++)
    lam_training_examples_see_scores (
        training->examples, index * training->batch + i, logits + i * n);
}

static void
pass_report (gpointer data, const LamTrainReport *report)
{
  LamTraining *training = data;
  if (report->validation)
    lam_training_examples_end (training->examples);
  if (training->report)
    training->report (training->data, report);
}

static bool
make_trainer (
    LamTraining *training, const LamTrainingSettings *settings, GError **error)
{
  const LamRecipe *recipe = settings->recipe;
  const int64_t dims[5] = { recipe->batch, 1, recipe->tile[2], recipe->tile[1],
    recipe->tile[0] };
  LamShape shape = lam_shape_new (LAM_TENSOR_F32, 5, dims);
  LamTrainerOptions options;
  LamTrainerSource source = {
    .get_batch = get_batch,
    .get_validation = get_validation,
    .see_validation = see_validation,
    .report = pass_report,
    .data = training,
  };
  lam_recipe_fill (recipe, &options);
  options.n_threads = settings->n_threads;
  options.loss.class_weights = settings->class_weights;
  options.checkpoint_path = settings->checkpoint_path;
  options.limit_bytes = settings->limit_bytes;
  if (training->validation) {
    training->n_tiles = MIN (lam_sampler_get_n_tiles (training->validation),
        recipe->validation_tiles);
    source.n_validations =
        (int)lam_divide_up (training->n_tiles, recipe->batch);
  } else {
    options.validate_every = 0;
    options.patience = 0;
  }
  if (!options.checkpoint_path)
    options.checkpoint_every = 0;
  training->trainer =
      lam_trainer_new (training->network, &shape, &options, &source, error);
  if (training->trainer && training->validation)
    training->examples = lam_training_examples_new (
        recipe->tile, lam_trainer_get_n_classes (training->trainer));
  return training->trainer != NULL;
}

LamTraining *
lam_training_new (LamNetwork *network, LamSampler *sampler,
    LamSampler *validation, const LamTrainingSettings *settings, GError **error)
{
  g_autoptr (LamTraining) training = g_new0 (LamTraining, 1);
  training->network = lam_network_ref (network);
  training->sampler = sampler;
  training->validation = validation;
  training->patch = lam_patch_new (settings->recipe->tile);
  training->batch = settings->recipe->batch;
  training->report = settings->report;
  training->data = settings->data;
  return make_trainer (training, settings, error) ? g_steal_pointer (&training)
                                                  : NULL;
}

void
lam_training_free (LamTraining *training)
{
  if (!training)
    return;
  lam_trainer_free (training->trainer);
  lam_sampler_free (training->sampler);
  lam_sampler_free (training->validation);
  lam_patch_free (training->patch);
  lam_training_examples_free (training->examples);
  lam_network_unref (training->network);
  g_free (training);
}

LamTrainer *
lam_training_get_trainer (LamTraining *training)
{
  return training->trainer;
}

const LamTrainingExamples *
lam_training_get_examples (const LamTraining *training)
{
  return training->examples;
}
