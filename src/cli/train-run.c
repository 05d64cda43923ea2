/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Beside the model OUT.onnx lie, while it is made and afterwards: OUT.csv;
 * OUT.checkpoint, to go on from; OUT.network, a preset that says with what it
 * was made, from which a resumed training takes all settings. */
#include "cli/train-run.h"

#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/output.h"
#include "lam-config.h"
#include "nn/metadata.h"
#include "nn/onnx-write.h"

/* Of a pass for validation, in those of a step. */
#define VALIDATION_SHARE 0.4
#define TRIAL_STEPS 4

/* What a run holds. */
typedef struct {
  LamTrainRun *run;
  LamPreset *preset; /* Owned */
  LamNetwork *network; /* Owned */
  LamTraining *training; /* Owned */
  LamTrainLog *log; /* Owned */
  LamNormalisation normalisation;
  double voxel_size_nm[3];
  LamProgress *progress;
} Work;

static void
work_clear (Work *work)
{
  lam_training_free (work->training);
  g_clear_pointer (&work->network, lam_network_unref);
  lam_preset_free (work->preset);
  lam_train_log_free (work->log);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Work, work_clear)

char *
lam_train_run_dup_path (const LamTrainRun *run, const char *ending)
{
  const char *dot = strrchr (run->output, '.');
  g_autofree char *stem = g_strndup (run->output, (gsize)(dot - run->output));
  return g_strconcat (stem, ending, NULL);
}

static bool
read_recipe (Work *work, GError **error)
{
  LamTrainRun *run = work->run;
  g_autofree char *record = lam_train_run_dup_path (run, ".network");
  work->preset = lam_preset_open (run->resumes ? record : run->preset, error);
  if (!work->preset || !lam_recipe_read (&run->recipe, work->preset, error))
    return false;
  for (int i = 0; !run->resumes && run->settings && run->settings[i]; i++)
    if (!lam_recipe_set (&run->recipe, run->settings[i], error))
      return false;
  return true;
}

static LamSampler *
open_data (Work *work, bool is_validation, GError **error)
{
  const LamTrainRun *run = work->run;
  bool has_own = is_validation && run->validation_images;
  const LamTrainDataChoice choice = {
    .images = has_own ? run->validation_images : run->images,
    .labels = has_own ? run->validation_labels : run->labels,
    .weights = is_validation ? NULL : run->weights,
    .box = has_own      ? NULL
        : is_validation ? run->validation_box
                        : run->box,
    .table = &run->table,
    .normalisation = is_validation ? &work->normalisation : NULL,
    .measures_each = run->recipe.grey == LAM_RECIPE_GREY_OF_EACH,
  };
  LamSamplerSettings settings = {
    .balance = run->recipe.balance,
    .seed = (uint64_t)run->recipe.seed,
    .augmentation = run->recipe.augmentation,
  };
  double nm[3];
  memcpy (settings.size, run->recipe.tile, sizeof settings.size);
  return lam_train_data_open (&choice, &settings, &work->normalisation,
      is_validation ? nm : work->voxel_size_nm, work->progress, error);
}

static LamNetwork *
make_network (const Work *work, GError **error)
{
  const LamTrainRun *run = work->run;
  g_autoptr (LamNetwork) network = lam_preset_build (
      work->preset, run->table.n_classes, (uint64_t)run->recipe.seed, error);
  if (!network || !lam_network_begin_training (network, error))
    return NULL;
  return g_steal_pointer (&network);
}

static bool
make_training (Work *work, LamTrainingSettings *settings, GError **error)
{
  const LamTrainRun *run = work->run;
  bool validates = run->validation_images || run->validation_box;
  g_autoptr (LamSampler) sampler = open_data (work, false, error);
  g_autoptr (LamSampler) validation =
      sampler && validates ? open_data (work, true, error) : NULL;
  if (!sampler || (validates && !validation))
    return false;
  work->network = make_network (work, error);
  if (!work->network)
    return false;
  settings->n_threads = run->n_threads;
  settings->class_weights = run->class_weights;
  work->training = lam_training_new (work->network, g_steal_pointer (&sampler),
      g_steal_pointer (&validation), settings, error);
  return work->training != NULL;
}

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
count_steps (const LamTrainRun *run, double step)
{
  const LamRecipe *recipe = &run->recipe;
  bool validates = run->validation_images || run->validation_box;
  double passes =
      (double)lam_divide_up (recipe->validation_tiles, recipe->batch);
  double validation = validates ? VALIDATION_SHARE * passes * step : 0;
  double each = step + validation / (double)recipe->validate_every;
  return (int64_t)CLAMP ((run->seconds - validation) / each, 1, 1e9);
}

/* Some steps are done with a network that is thrown away, to see how many fit
 * the time. */
static bool
measure_pace (Work *work, GError **error)
{
  LamTrainRun *run = work->run;
  LamRecipe few = run->recipe;
  double seconds = 0;
  few.steps = TRIAL_STEPS;
  const LamTrainingSettings settings = { .recipe = &few,
    .n_threads = run->n_threads,
    .report = time_step,
    .data = &seconds };
  g_autoptr (LamSampler) sampler = open_data (work, false, error);
  g_autoptr (LamNetwork) network = sampler ? make_network (work, error) : NULL;
  g_autoptr (LamTraining) training = network
      ? lam_training_new (
          network, g_steal_pointer (&sampler), NULL, &settings, error)
      : NULL;
  if (!training
      || !lam_trainer_run (
          lam_training_get_trainer (training), work->progress, error))
    return false;
  run->recipe.steps = count_steps (run, MAX (seconds, 1e-6));
  return true;
}

/* The preset with the settings that are used: what a training is resumed with,
 * and how to do the same again. */
static bool
write_record (const Work *work, GError **error)
{
  const LamKeyText *text = lam_preset_get_text (work->preset);
  g_autofree char *path = lam_train_run_dup_path (work->run, ".network");
  g_autofree char *settings = lam_recipe_to_text (&work->run->recipe);
  g_autoptr (GString) record = g_string_new (NULL);
  const char *section = "";
  g_string_printf (record, "title = %s\n", lam_preset_get_title (work->preset));
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
  GError *cause = NULL;
  if (g_file_set_contents (path, record->str, -1, &cause))
    return true;
  g_set_error (error, LAM_ERROR, LAM_ERROR_IO, "%s", cause->message);
  g_error_free (cause);
  return false;
}

static bool
set_provenance (const Work *work, GError **error)
{
  const LamTrainRun *run = work->run;
  g_autoptr (GPtrArray) lines = g_ptr_array_new_with_free_func (g_free);
  const double seed = (double)run->recipe.seed;
  if (!lam_train_data_add_hashes (lines, "image", run->images, NULL, error)
      || !lam_train_data_add_hashes (lines, "labels", run->labels, NULL, error)
      || !lam_train_data_add_hashes (
          lines, "weights", run->weights, NULL, error)
      || !lam_train_data_add_hashes (
          lines, "validation-image", run->validation_images, NULL, error)
      || !lam_train_data_add_hashes (
          lines, "validation-labels", run->validation_labels, NULL, error))
    return false;
  g_ptr_array_add (lines, NULL);
  lam_metadata_set_lines (
      work->network, LAM_METADATA_DATA, (const char *const *)lines->pdata);
  lam_metadata_set_numbers (work->network, LAM_METADATA_SEED, &seed);
  return lam_metadata_set_text (
      work->network, LAM_METADATA_PROGRAM, "lamella " LAM_VERSION, error);
}

/* By which validation the weights were chosen. */
static void
note_validation (const Work *work)
{
  static const char *const names[] = {
    [LAM_TRAINER_KEEP_LOSS] = "loss", [LAM_TRAINER_KEEP_IOU] = "iou"
  };
  const LamTrainer *trainer = lam_training_get_trainer (work->training);
  const double numbers[3] = { (double)lam_trainer_get_best_step (trainer),
    lam_trainer_get_best_loss (trainer), lam_trainer_get_best_iou (trainer) };
  if (numbers[0] < 0)
    return;
  lam_network_set_metadata (
      work->network, LAM_METADATA_KEPT, names[work->run->recipe.keep]);
  /* Where no voxel was labelled, there is no IoU. */
  if (isfinite (numbers[1]) && isfinite (numbers[2]))
    lam_metadata_set_numbers (work->network, LAM_METADATA_VALIDATION, numbers);
}

static bool
write_model (Work *work, GError **error)
{
  const LamTrainRun *run = work->run;
  const int64_t *tile = run->recipe.tile;
  const double zyx[3] = { (double)tile[2], (double)tile[1], (double)tile[0] };
  const double grey[2] = { work->normalisation.mean,
    work->normalisation.deviation };
  lam_trainer_finish (lam_training_get_trainer (work->training));
  lam_metadata_set_lines (work->network, LAM_METADATA_CLASSES,
      (const char *const *)run->class_names);
  if (run->recipe.grey == LAM_RECIPE_GREY_OF_ALL)
    lam_metadata_set_numbers (work->network, LAM_METADATA_NORMALISATION, grey);
  else
    lam_network_set_metadata (work->network, LAM_METADATA_GREY, "image");
  lam_metadata_set_numbers (work->network, LAM_METADATA_TILE, zyx);
  if (work->voxel_size_nm[0] > 0 && work->voxel_size_nm[1] > 0
      && work->voxel_size_nm[2] > 0)
    lam_metadata_set_numbers (
        work->network, LAM_METADATA_VOXEL_SIZE, work->voxel_size_nm);
  note_validation (work);
  return set_provenance (work, error)
      && lam_onnx_write (work->network, run->output, 0, error);
}

static void
note_results (Work *work)
{
  LamTrainRun *run = work->run;
  LamTrainer *trainer = lam_training_get_trainer (work->training);
  run->step = lam_trainer_get_step (trainer);
  run->is_stopped = lam_trainer_get_state (trainer) == LAM_TRAINER_STOPPED;
  run->best_step = lam_trainer_get_best_step (trainer);
  run->best_loss = lam_trainer_get_best_loss (trainer);
  run->best_mean_iou = lam_trainer_get_best_iou (trainer);
  run->loss = lam_train_log_get_last_loss (work->log);
  run->step_seconds = lam_train_log_get_step_seconds (work->log);
  for (int i = 0; i < run->table.n_classes; i++)
    run->best_iou[i] = lam_trainer_get_best_class_iou (trainer, i);
}

static bool
begin (Work *work, const char *checkpoint, GError **error)
{
  LamTrainRun *run = work->run;
  LamTrainer *trainer = lam_training_get_trainer (work->training);
  g_autofree char *csv = lam_train_run_dup_path (run, ".csv");
  if (run->resumes && !lam_trainer_resume (trainer, checkpoint, error))
    return false;
  if (run->resumes && !run->is_quiet)
    g_print (_ ("going on after step %" G_GINT64_FORMAT
                " with the settings of %s\n"),
        lam_trainer_get_step (trainer),
        lam_key_text_get_path (lam_preset_get_text (work->preset)));
  if (!run->resumes && !write_record (work, error))
    return false;
  work->log = lam_train_log_new (csv, run->class_names,
      lam_trainer_get_step (trainer), run->is_quiet, work->progress, error);
  return work->log != NULL;
}

/* The log is made after the training that reports to it. */
static void
report (gpointer data, const LamTrainReport *said)
{
  Work *work = data;
  lam_train_log_report (work->log, said);
}

/* The files that are read, and must not be written over. */
static GPtrArray *
list_inputs (const LamTrainRun *run)
{
  char **const lists[] = { run->images, run->labels, run->weights,
    run->validation_images, run->validation_labels };
  GPtrArray *inputs = g_ptr_array_new ();
  for (size_t i = 0; i < G_N_ELEMENTS (lists); i++)
    for (char **path = lists[i]; path && *path; path++)
      g_ptr_array_add (inputs, *path);
  g_ptr_array_add (inputs, NULL);
  return inputs;
}

/* A training that was interrupted has written all of them already. */
static bool
check_outputs (const LamTrainRun *run, const char *checkpoint, GError **error)
{
  static const char *const endings[] = { ".onnx", ".network", ".csv" };
  g_autoptr (GPtrArray) inputs = list_inputs (run);
  if (!run->resumes && g_file_test (checkpoint, G_FILE_TEST_EXISTS)) {
    g_set_error (error, LAM_ERROR, LAM_ERROR_INPUT,
        _ ("%s is there already, from a training that was begun: give --resume "
           "to go on with it, or remove it"),
        checkpoint);
    return false;
  }
  for (size_t i = 0; i < G_N_ELEMENTS (endings); i++) {
    g_autofree char *path = lam_train_run_dup_path (run, endings[i]);
    if (!lam_output_check (path, (const char *const *)inputs->pdata,
            run->resumes || run->may_replace, error))
      return false;
  }
  return true;
}

bool
lam_train_run (LamTrainRun *run, LamProgress *progress, GError **error)
{
  g_auto (Work) work = { .run = run, .progress = progress };
  g_autofree char *checkpoint = lam_train_run_dup_path (run, ".checkpoint");
  LamTrainingSettings settings = {
    .recipe = &run->recipe,
    .checkpoint_path = checkpoint,
    .report = report,
    .data = &work,
  };
  if (!check_outputs (run, checkpoint, error) || !read_recipe (&work, error)
      || (run->seconds > 0 && !run->resumes && !measure_pace (&work, error))
      || !make_training (&work, &settings, error)
      || !begin (&work, checkpoint, error))
    return false;
  bool done = lam_trainer_run (
      lam_training_get_trainer (work.training), progress, error);
  note_results (&work);
  if (run->step == 0)
    return done;
  g_autoptr (GError) unwritten = NULL;
  if (!write_model (&work, done ? error : &unwritten) || !done)
    return false;
  if (!lam_train_log_check (work.log, error))
    return false;
  g_unlink (checkpoint);
  return true;
}
