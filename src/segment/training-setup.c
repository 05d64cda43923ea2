/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "segment/training-setup.h"

#include <math.h>
#include <string.h>

#include "lam-config.h"
#include "nn/metadata.h"

/* Of a pass for validation, in those of a step. */
#define VALIDATION_SHARE 0.4
#define TRIAL_STEPS 4

LamNetwork *
lam_training_setup_network (const LamPreset *preset, const LamRecipe *recipe,
    int n_classes, GError **error)
{
  g_autoptr (LamNetwork) network =
      lam_preset_build (preset, n_classes, (uint64_t)recipe->seed, error);
  if (!network || !lam_network_begin_training (network, error))
    return NULL;
  return g_steal_pointer (&network);
}

/* ---- Pace --------------------------------------------------------------- */

/* The first step reads files and makes weights ready: it does not count. */
static void
time_step (gpointer data, const LamTrainReport *said)
{
  double *seconds = data;
  if (said->step > 1)
    *seconds += said->seconds / (TRIAL_STEPS - 1);
}

/* How many steps of `step` seconds fit, with the validations between them and
 * the one at the end. */
static int64_t
count_steps (
    const LamRecipe *recipe, bool validates, double seconds, double step)
{
  double passes =
      (double)lam_divide_up (recipe->validation_tiles, recipe->batch);
  double validation = validates ? VALIDATION_SHARE * passes * step : 0;
  double each = step + validation / (double)recipe->validate_every;
  return (int64_t)CLAMP ((seconds - validation) / each, 1, 1e9);
}

int64_t
lam_training_setup_count_steps (const LamPreset *preset, int n_classes,
    LamSampler *sampler, const LamTrainingSettings *settings, bool validates,
    double seconds, LamProgress *progress, GError **error)
{
  g_autoptr (LamSampler) owned = sampler;
  LamRecipe few = *settings->recipe;
  double pace = 0;
  few.steps = TRIAL_STEPS;
  const LamTrainingSettings trial = { .recipe = &few,
    .n_threads = settings->n_threads,
    .limit_bytes = settings->limit_bytes,
    .class_weights = settings->class_weights,
    .report = time_step,
    .data = &pace };
  g_autoptr (LamNetwork) network =
      lam_training_setup_network (preset, &few, n_classes, error);
  g_autoptr (LamTraining) training = network
      ? lam_training_new (
          network, g_steal_pointer (&owned), NULL, &trial, error)
      : NULL;
  if (!training
      || !lam_trainer_run (
          lam_training_get_trainer (training), progress, error))
    return 0;
  return count_steps (settings->recipe, validates, seconds, MAX (pace, 1e-6));
}

/* ---- Memory ------------------------------------------------------------- */

/* Of presets, whose scales halve it some times more. */
#define LEAST_TILE 32

static bool
fits (const LamPreset *preset, const LamRecipe *recipe, int n_classes,
    int n_threads, int64_t limit_bytes)
{
  const int64_t dims[5] = { recipe->batch, 1, recipe->tile[2], recipe->tile[1],
    recipe->tile[0] };
  LamShape shape = lam_shape_new (LAM_TENSOR_F32, 5, dims);
  const LamTrainerSource nothing = { 0 };
  LamTrainerOptions options;
  lam_recipe_fill (recipe, &options);
  options.n_threads = n_threads;
  options.limit_bytes = limit_bytes;
  options.validate_every = options.checkpoint_every = 0;
  options.patience = 0;
  options.schedule = lam_schedule_find ("constant");
  g_autoptr (LamNetwork) network =
      lam_training_setup_network (preset, recipe, n_classes, NULL);
  g_autoptr (LamTrainer) trainer = network
      ? lam_trainer_new (network, &shape, &options, &nothing, NULL)
      : NULL;
  return trainer != NULL;
}

bool
lam_training_setup_shrink (const LamPreset *preset, const LamRecipe *recipe,
    int n_classes, int n_threads, int64_t limit_bytes, int64_t tile[3])
{
  LamRecipe smaller = *recipe;
  memcpy (smaller.tile, tile, sizeof smaller.tile);
  for (;;) {
    int axis = smaller.tile[0] >= smaller.tile[1] ? 0 : 1;
    if (smaller.tile[axis] < 2 * LEAST_TILE)
      return false;
    smaller.tile[axis] = smaller.tile[axis] / 2 / LEAST_TILE * LEAST_TILE;
    if (axis == 0 && smaller.tile[1] > smaller.tile[0])
      continue; /* squares stay squares */
    if (fits (preset, &smaller, n_classes, n_threads, limit_bytes))
      break;
  }
  memcpy (tile, smaller.tile, sizeof smaller.tile);
  return true;
}

/* ---- Records ------------------------------------------------------------ */

char *
lam_training_setup_record (const LamPreset *preset, const LamRecipe *recipe)
{
  const LamKeyText *text = lam_preset_get_text (preset);
  g_autofree char *settings = lam_recipe_to_text (recipe);
  GString *record = g_string_new (NULL);
  const char *section = "";
  g_string_printf (record, "title = %s\n", lam_preset_get_title (preset));
  for (int i = 0; i < lam_key_text_get_n_lines (text); i++) {
    const LamKeyLine *line = lam_key_text_get_line (text, i);
    bool is_ours = strcmp (line->section, "network") == 0
        || strcmp (line->section, "layers") == 0;
    if (!is_ours)
      continue;
    if (strcmp (section, line->section) != 0)
      g_string_append_printf (record, "\n[%s]\n", line->section);
    section = line->section;
    g_string_append_printf (record, "%s = %s\n", line->key, line->value);
  }
  g_string_append_printf (record, "\n%s", settings);
  return g_string_free (record, FALSE);
}

/* By which validation the weights were chosen. */
static void
note_validation (
    LamNetwork *network, const LamTrainer *trainer, const LamRecipe *recipe)
{
  static const char *const names[] = {
    [LAM_TRAINER_KEEP_LOSS] = "loss", [LAM_TRAINER_KEEP_IOU] = "iou"
  };
  const double numbers[3] = { (double)lam_trainer_get_best_step (trainer),
    lam_trainer_get_best_loss (trainer), lam_trainer_get_best_iou (trainer) };
  if (numbers[0] < 0)
    return;
  lam_network_set_metadata (network, LAM_METADATA_KEPT, names[recipe->keep]);
  /* Where no voxel was labelled, there is no IoU. */
  if (isfinite (numbers[1]) && isfinite (numbers[2]))
    lam_metadata_set_numbers (network, LAM_METADATA_VALIDATION, numbers);
}

static void
note_image (
    LamNetwork *network, const LamRecipe *recipe, const LamTrainingFacts *facts)
{
  const int64_t *tile = recipe->tile;
  const double *nm = facts->voxel_size_nm;
  const double zyx[3] = { (double)tile[2], (double)tile[1], (double)tile[0] };
  const double grey[2] = { facts->normalisation.mean,
    facts->normalisation.deviation };
  if (recipe->grey == LAM_RECIPE_GREY_OF_ALL)
    lam_metadata_set_numbers (network, LAM_METADATA_NORMALISATION, grey);
  else
    lam_network_set_metadata (network, LAM_METADATA_GREY, "image");
  lam_metadata_set_numbers (network, LAM_METADATA_TILE, zyx);
  if (nm[0] > 0 && nm[1] > 0 && nm[2] > 0)
    lam_metadata_set_numbers (network, LAM_METADATA_VOXEL_SIZE, nm);
}

bool
lam_training_setup_finish (LamTraining *training, const LamRecipe *recipe,
    const LamTrainingFacts *facts, GError **error)
{
  LamTrainer *trainer = lam_training_get_trainer (training);
  LamNetwork *network =
      lam_train_plan_get_network (lam_trainer_get_plan (trainer));
  const double seed = (double)recipe->seed;
  lam_trainer_finish (trainer);
  lam_metadata_set_lines (network, LAM_METADATA_CLASSES, facts->class_names);
  note_image (network, recipe, facts);
  note_validation (network, trainer, recipe);
  lam_metadata_set_lines (network, LAM_METADATA_DATA, facts->data);
  lam_metadata_set_numbers (network, LAM_METADATA_SEED, &seed);
  return lam_metadata_set_text (
      network, LAM_METADATA_PROGRAM, "lamella " LAM_VERSION, error);
}
