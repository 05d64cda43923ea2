/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Two of three steps show a patch around something that was said; the third one
 * of anywhere. Where nothing was said a patch's truth is what the network said
 * of it before it learned. */
#include "segment/refiner.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/int64-hash.h"
#include "nn/onnx-write.h"
#include "nn/trainer.h"
#include "segment/augment.h"
#include "segment/refiner-inside.h"
#include "segment/runner.h"

/* Of a patch in x and y, at most. */
#define EDGE 128
#define WHOLE_EDGE 256 /* of networks in which a voxel depends on all of it */
#define ANYWHERE 3 /* every so many steps */

void
lam_refiner_settings_init (LamRefinerSettings *settings)
{
  *settings = (LamRefinerSettings){
    .n_steps = 600, .rate = 0.0003, .seed = 1, .balance = 0.5, .replay = 1
  };
}

LamRefiner *
lam_refiner_new (const char *path, LamVolume *volume,
    const LamRefinerSettings *settings, GError **error)
{
  g_autoptr (LamRefiner) refiner = g_new0 (LamRefiner, 1);
  LamBox all = lam_box_of_size (lam_volume_get_size (volume));
  refiner->settings = *settings;
  refiner->path = g_strdup (path);
  refiner->volume = g_object_ref (volume);
  refiner->bricks =
      g_ptr_array_new_with_free_func ((GDestroyNotify)lam_refiner_brick_free);
  refiner->by_key =
      g_hash_table_new_full (lam_int64_hash, g_int64_equal, g_free, NULL);
  refiner->model = lam_model_open (path, error);
  if (!refiner->model
      || (!lam_model_get_normalisation (refiner->model, &refiner->normalisation)
          && !lam_normalisation_measure (
              volume, &all, &refiner->normalisation, NULL, error)))
    return NULL;
  refiner->n_classes = lam_model_get_n_classes (refiner->model);
  refiner->totals = g_new0 (int64_t, refiner->n_classes);
  return g_steal_pointer (&refiner);
}

void
lam_refiner_free (LamRefiner *refiner)
{
  if (!refiner)
    return;
  g_free (refiner->path);
  g_object_unref (refiner->volume);
  g_hash_table_unref (refiner->by_key);
  g_ptr_array_unref (refiner->bricks);
  g_clear_pointer (&refiner->model, lam_model_free);
  g_clear_pointer (&refiner->present, lam_model_free);
  g_free (refiner->totals);
  g_free (refiner);
}

const LamModel *
lam_refiner_get_model (const LamRefiner *refiner)
{
  return refiner->model;
}

void
lam_refiner_set_is_chosen (LamRefiner *refiner, bool is_chosen)
{
  refiner->is_chosen = is_chosen;
}

void
lam_refiner_set_present (LamRefiner *refiner, LamModel *present)
{
  g_clear_pointer (&refiner->present, lam_model_free);
  refiner->present = present;
}

/* ---- Batches ------------------------------------------------------------ */

typedef struct {
  LamRefiner *refiner; /* Borrowed */
  LamRunner *runner; /* Owned; where it began, over a patch */
  LamPatch *patch; /* Owned */
  LamAugmentation flips;
  LamProgress *progress; /* Borrowed */
} Source;

static void
source_clear (Source *source)
{
  g_clear_pointer (&source->runner, lam_runner_free);
  g_clear_pointer (&source->patch, lam_patch_free);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Source, source_clear)

static void
choose_patch (const LamModel *model, int64_t size[3])
{
  bool is_whole = lam_model_get_field (model)->whole != NULL;
  for (int i = 0; i < 3; i++) {
    int64_t multiple = lam_model_get_multiple (model)[i];
    int64_t edge = is_whole ? WHOLE_EDGE : EDGE;
    size[i] = lam_model_get_tile (model)[i];
    if (i < 2 && !lam_model_is_fixed (model, i))
      size[i] = MIN (size[i], lam_divide_up (edge, multiple) * multiple);
  }
}

static LamBox
place_patch (const Source *source, int64_t step, LamRandom *random)
{
  const int64_t *size = lam_volume_get_size (source->refiner->volume);
  int64_t voxel[3];
  LamBox box;
  for (int i = 0; i < 3; i++)
    voxel[i] = (int64_t)(lam_random_unit (random) * (double)size[i]);
  if (step % ANYWHERE != 0)
    lam_refiner_draw (source->refiner, random, voxel);
  for (int i = 0; i < 3; i++) {
    int64_t edge = source->patch->size[i];
    int64_t start =
        voxel[i] - (int64_t)(lam_random_unit (random) * (double)edge);
    box.min[i] = CLAMP (start, 0, MAX (size[i] - edge, 0));
    box.max[i] = box.min[i] + edge;
  }
  return box;
}

/* What nobody spoke of gets the class that the network said, and counts so
 * much, that all of it is to all of the rest as it should be. */
static void
fill_up (const Source *source, const float *said)
{
  LamPatch *patch = source->patch;
  int64_t n = lam_patch_get_n_voxels (patch), n_known = 0;
  for (int64_t i = 0; i < n; i++)
    n_known += patch->classes[i] != LAM_PATCH_IGNORED;
  double share = n_known > 0 ? source->refiner->settings.replay
          * (double)n_known / (double)MAX (n - n_known, 1)
                             : 1;
  for (int64_t i = 0; i < n; i++) {
    bool is_known = patch->classes[i] != LAM_PATCH_IGNORED;
    int best = 0;
    for (int c = 1; c < source->refiner->n_classes; c++)
      if (said[c * n + i] > said[best * n + i])
        best = c;
    patch->weights[i] = is_known ? 1 : (float)MIN (share, 1);
    if (!is_known)
      patch->classes[i] = (uint8_t)best;
  }
}

static void
put_patch (const LamPatch *patch, LamBatch *batch)
{
  size_t n = (size_t)lam_patch_get_n_voxels (patch);
  memcpy (batch->image, patch->image, n * sizeof *batch->image);
  memcpy (batch->weights, patch->weights, n * sizeof *batch->weights);
  for (size_t i = 0; i < n; i++) {
    batch->mask[i] = patch->classes[i] != LAM_PATCH_IGNORED;
    batch->labels[i] = batch->mask[i] ? patch->classes[i] : 0;
  }
}

static bool
get_batch (gpointer data, int64_t step, LamBatch *batch, GError **error)
{
  Source *source = data;
  LamRefiner *refiner = source->refiner;
  LamRandom random = lam_random_new (refiner->settings.seed, (uint64_t)step);
  LamBox box = place_patch (source, step, &random);
  const float *said = lam_runner_run (source->runner, refiner->volume,
      &refiner->normalisation, &box, 0, source->progress, error);
  if (!said
      || !lam_normalisation_read (&refiner->normalisation, refiner->volume,
          &box, source->patch->image, NULL, error))
    return false;
  lam_refiner_read (refiner, &box, source->patch->classes);
  fill_up (source, said);
  lam_augmentation_apply (&source->flips, source->patch, false, &random);
  put_patch (source->patch, batch);
  return true;
}

/* ---- Training ----------------------------------------------------------- */

static bool
check_known (const LamRefiner *refiner, GError **error)
{
  int64_t n = 0;
  for (int c = 0; c < refiner->n_classes; c++)
    n += refiner->totals[c];
  if (n > 0 && refiner->n_tests > 0)
    return true;
  g_set_error_literal (error, LAM_ERROR, LAM_ERROR_MISSING,
      n == 0 && refiner->n_tests == 0
          ? _ ("Nothing was painted, accepted or verified yet that the network "
               "could learn from")
          : _ ("Too little was painted, accepted or verified yet both to learn "
               "from and to judge the network by"));
  return false;
}

static LamTrainer *
make_trainer (
    LamRefiner *refiner, Source *source, LamNetwork *network, GError **error)
{
  const int64_t *size = source->patch->size;
  const int64_t dims[5] = { 1, 1, size[2], size[1], size[0] };
  const int64_t flat[4] = { 1, 1, size[1], size[0] };
  LamShape shape = lam_model_get_rank (refiner->model) == 4
      ? lam_shape_new (LAM_TENSOR_F32, 4, flat)
      : lam_shape_new (LAM_TENSOR_F32, 5, dims);
  LamTrainerOptions options;
  LamTrainerSource from = { .get_batch = get_batch, .data = source };
  lam_trainer_options_init (&options);
  options.n_steps = refiner->settings.n_steps;
  options.seed = refiner->settings.seed;
  options.schedule = lam_schedule_find ("cosine");
  options.schedule_options = lam_schedule_defaults;
  options.schedule_options.rate = refiner->settings.rate;
  options.clip_norm = 1;
  options.n_threads = refiner->settings.n_threads;
  g_autoptr (LamTrainer) trainer =
      lam_trainer_new (network, &shape, &options, &from, error);
  if (trainer && lam_trainer_get_n_classes (trainer) == refiner->n_classes)
    return g_steal_pointer (&trainer);
  if (trainer)
    g_set_error (error, LAM_ERROR, LAM_ERROR_UNSUPPORTED,
        _ ("%s cannot be trained as a whole: it has one output for two "
           "classes"),
        refiner->path);
  return NULL;
}

static bool
train (LamRefiner *refiner, const char *result, LamProgress *progress,
    GError **error)
{
  const LamPlanOptions options = { .n_threads = refiner->settings.n_threads };
  g_auto (Source) source = { .refiner = refiner, .progress = NULL };
  int64_t size[3];
  g_autofree char *why = NULL;
  if (lam_model_says_probabilities (refiner->model)) {
    g_set_error (error, LAM_ERROR, LAM_ERROR_UNSUPPORTED,
        _ ("%s cannot be trained as a whole: its result are probabilities and "
           "not scores"),
        refiner->path);
    return false;
  }
  choose_patch (refiner->model, size);
  source.patch = lam_patch_new (size);
  lam_augmentation_init (&source.flips);
  lam_augmentation_set (&source.flips, "flip", "0.5", &why);
  source.runner = lam_runner_new (refiner->model, size, &options, error);
  g_autoptr (LamNetwork) network = source.runner
      ? lam_network_open_for_training (refiner->path, error)
      : NULL;
  g_autoptr (LamTrainer) trainer =
      network ? make_trainer (refiner, &source, network, error) : NULL;
  if (!trainer || !lam_trainer_run (trainer, progress, error))
    return false;
  lam_trainer_finish (trainer);
  return lam_onnx_write (network, result, 0, error);
}

/* Both before it learns. */
static bool
judge_before (const LamRefiner *refiner, LamRefinerJudge *judge,
    LamRefinerScore *before, LamRefinerReport *report, LamProgress *progress,
    GError **error)
{
  const bool has_present = refiner->present && !report->is_part;
  const int n = has_present ? 2 : 1;
  g_autoptr (LamProgress) first = lam_progress_new_part (progress, 0, 1, n);
  g_autoptr (LamProgress) last = lam_progress_new_part (progress, n - 1, n, n);
  LamRefinerScore present = { .iou = NAN };
  if (!lam_refiner_judge_run (judge, refiner->model, before, first, error)
      || (has_present
          && !lam_refiner_judge_run (
              judge, refiner->present, &present, last, error)))
    return false;
  report->n_tested = before->n_voxels;
  report->iou_before = before->iou;
  report->iou_present = present.iou;
  return true;
}

bool
lam_refiner_run (LamRefiner *refiner, const char *result,
    LamRefinerReport *report, LamProgress *progress, GError **error)
{
  enum { BEFORE = 5, TRAINED = 95, ALL = 100 };
  g_autoptr (LamProgress) first =
      lam_progress_new_part (progress, 0, BEFORE, ALL);
  g_autoptr (LamProgress) second =
      lam_progress_new_part (progress, BEFORE, TRAINED, ALL);
  g_autoptr (LamProgress) last =
      lam_progress_new_part (progress, TRAINED, ALL, ALL);
  LamRefinerScore before, after;
  *report = (LamRefinerReport){ 0 };
  lam_refiner_count (refiner);
  report->is_part = refiner->n_tests == 0;
  if (report->is_part)
    lam_refiner_split (refiner);
  g_autoptr (LamRefinerJudge) judge = lam_refiner_judge_new (refiner);
  if (!check_known (refiner, error)
      || !judge_before (refiner, judge, &before, report, first, error)
      || !train (refiner, result, second, error))
    return false;
  for (int c = 0; c < refiner->n_classes; c++)
    report->n_taught += refiner->totals[c];
  g_autoptr (LamModel) model = lam_model_open (result, error);
  if (!model || !lam_refiner_judge_run (judge, model, &after, last, error))
    return false;
  report->iou_after = after.iou;
  report->is_sure = lam_refiner_is_sure (&before, &after);
  return true;
}
