/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Beside the model OUT.onnx lie, while it is made and afterwards: OUT.csv;
 * OUT.checkpoint, to go on from, which is OUT.trained once all is done;
 * OUT.network, a preset that says with what it was made, from which a resumed
 * training takes all settings. */
#include "cli/train-run.h"

#include <errno.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/output.h"
#include "nn/onnx-write.h"
#include "segment/training-setup.h"

/* What a run holds. */
typedef struct {
  LamTrainRun *run;
  LamPreset *preset; /* Owned */
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
    .weights = is_validation ? run->validation_weights : run->weights,
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
  g_autoptr (LamNetwork) network = lam_training_setup_network (
      work->preset, &run->recipe, run->table.n_classes, error);
  if (!network)
    return false;
  settings->n_threads = run->n_threads;
  settings->class_weights = run->class_weights;
  work->training = lam_training_new (network, g_steal_pointer (&sampler),
      g_steal_pointer (&validation), settings, error);
  return work->training != NULL;
}

static bool
is_longer (const LamTrainRun *run)
{
  return run->more_seconds > 0 || run->more_steps > 0;
}

/* As many steps as fit the time. */
static bool
measure_pace (Work *work, double seconds, int64_t *steps, GError **error)
{
  const LamTrainRun *run = work->run;
  const LamTrainingSettings settings = { .recipe = &run->recipe,
    .n_threads = run->n_threads,
    .class_weights = run->class_weights };
  bool validates = run->validation_images || run->validation_box;
  LamSampler *sampler = open_data (work, false, error);
  if (!sampler)
    return false;
  *steps = lam_training_setup_count_steps (work->preset, run->table.n_classes,
      sampler, &settings, validates, seconds, work->progress, error);
  return *steps > 0;
}

static bool
settle_steps (Work *work, GError **error)
{
  LamTrainRun *run = work->run;
  int64_t more = run->more_steps;
  if (!run->resumes)
    return run->seconds <= 0
        || measure_pace (work, run->seconds, &run->recipe.steps, error);
  if (run->more_seconds > 0
      && !measure_pace (work, run->more_seconds, &more, error))
    return false;
  return lam_recipe_add_steps (&run->recipe, more, error);
}

/* What a training is resumed with, and how to do the same again. */
static bool
write_record (const Work *work, GError **error)
{
  g_autofree char *path = lam_train_run_dup_path (work->run, ".network");
  g_autofree char *record =
      lam_training_setup_record (work->preset, &work->run->recipe);
  GError *cause = NULL;
  if (g_file_set_contents (path, record, -1, &cause))
    return true;
  g_set_error (error, LAM_ERROR, LAM_ERROR_IO, "%s", cause->message);
  g_error_free (cause);
  return false;
}

static GPtrArray *
list_hashes (const LamTrainRun *run, GError **error)
{
  g_autoptr (GPtrArray) lines = g_ptr_array_new_with_free_func (g_free);
  if (!lam_train_data_add_hashes (lines, "image", run->images, NULL, error)
      || !lam_train_data_add_hashes (lines, "labels", run->labels, NULL, error)
      || !lam_train_data_add_hashes (
          lines, "weights", run->weights, NULL, error)
      || !lam_train_data_add_hashes (
          lines, "validation-image", run->validation_images, NULL, error)
      || !lam_train_data_add_hashes (
          lines, "validation-labels", run->validation_labels, NULL, error)
      || !lam_train_data_add_hashes (
          lines, "validation-weights", run->validation_weights, NULL, error))
    return NULL;
  g_ptr_array_add (lines, NULL);
  return g_steal_pointer (&lines);
}

static bool
write_model (Work *work, GError **error)
{
  const LamTrainRun *run = work->run;
  g_autoptr (GPtrArray) data = list_hashes (run, error);
  if (!data)
    return false;
  LamTrainingFacts facts = { .class_names =
                                 (const char *const *)run->class_names,
    .normalisation = work->normalisation,
    .data = (const char *const *)data->pdata };
  memcpy (facts.voxel_size_nm, work->voxel_size_nm, sizeof facts.voxel_size_nm);
  LamTrainer *trainer = lam_training_get_trainer (work->training);
  return lam_training_setup_finish (work->training, &run->recipe, &facts, error)
      && lam_onnx_write (
          lam_train_plan_get_network (lam_trainer_get_plan (trainer)),
          run->output, 0, error);
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
remove_trained (const LamTrainRun *run, GError **error)
{
  g_autofree char *trained = lam_train_run_dup_path (run, ".trained");
  if (g_unlink (trained) == 0 || errno == ENOENT)
    return true;
  g_set_error (
      error, LAM_ERROR, LAM_ERROR_IO, "%s: %s", trained, g_strerror (errno));
  return false;
}

/* Whenever it is killed, a checkpoint or OUT.trained is there that belongs to
 * the record; of a new training, no other one's. */
static bool
write_begun (const Work *work, const char *checkpoint, GError **error)
{
  const LamTrainRun *run = work->run;
  LamTrainer *trainer = lam_training_get_trainer (work->training);
  if (!run->resumes)
    return remove_trained (run, error) && write_record (work, error);
  if (!is_longer (run))
    return true;
  lam_trainer_renew_patience (trainer);
  return lam_trainer_write_checkpoint (trainer, checkpoint, error)
      && write_record (work, error) && remove_trained (run, error);
}

/* Of what is not done before that of what is. */
static char *
dup_begun_path (const LamTrainRun *run, const char *checkpoint)
{
  g_autofree char *trained = lam_train_run_dup_path (run, ".trained");
  const bool is_done = !g_file_test (checkpoint, G_FILE_TEST_EXISTS)
      && g_file_test (trained, G_FILE_TEST_EXISTS);
  return is_done ? g_steal_pointer (&trained) : g_strdup (checkpoint);
}

static bool
begin (Work *work, const char *checkpoint, GError **error)
{
  LamTrainRun *run = work->run;
  LamTrainer *trainer = lam_training_get_trainer (work->training);
  g_autofree char *csv = lam_train_run_dup_path (run, ".csv");
  g_autofree char *begun = dup_begun_path (run, checkpoint);
  if (run->resumes && !lam_trainer_resume (trainer, begun, error))
    return false;
  if (run->resumes && !run->is_quiet)
    g_print (_ ("going on after step %" G_GINT64_FORMAT
                " with the settings of %s\n"),
        lam_trainer_get_step (trainer),
        lam_key_text_get_path (lam_preset_get_text (work->preset)));
  if (!write_begun (work, checkpoint, error))
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

/* One that was done goes on only for more. */
static bool
check_unfinished (
    const LamTrainRun *run, const char *checkpoint, GError **error)
{
  g_autofree char *trained = lam_train_run_dup_path (run, ".trained");
  if (!run->resumes || g_file_test (checkpoint, G_FILE_TEST_EXISTS)
      || !g_file_test (trained, G_FILE_TEST_EXISTS) || is_longer (run))
    return true;
  g_set_error (error, LAM_ERROR, LAM_ERROR_INPUT,
      _ ("the training of %s is done: --more says how much longer it is to "
         "go on"),
      run->output);
  return false;
}

/* Where it is in nobody's way, but can be gone on from. */
static bool
put_away (const LamTrainRun *run, const char *checkpoint, GError **error)
{
  g_autofree char *trained = lam_train_run_dup_path (run, ".trained");
  if (g_rename (checkpoint, trained) == 0)
    return true;
  g_set_error (
      error, LAM_ERROR, LAM_ERROR_IO, "%s: %s", trained, g_strerror (errno));
  return false;
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
  if (!check_outputs (run, checkpoint, error)
      || !check_unfinished (run, checkpoint, error)
      || !read_recipe (&work, error) || !settle_steps (&work, error)
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
  return lam_train_log_check (work.log, error)
      && put_away (run, checkpoint, error);
}
