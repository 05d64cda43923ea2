/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* A step is begun from nothing but the weights, the averages and the step's
 * number, so a step that was cancelled is simply done again: only running
 * averages of norms change on the way, and are put back. */
#include <glib/gi18n-lib.h>
#include <math.h>

#include "nn/trainer-inside.h"

static void
clear_batch (LamTrainer *trainer)
{
  int64_t n = lam_loss_get_n_voxels (trainer->loss);
  memset (trainer->batch.mask, 1, (size_t)n);
  for (int64_t i = 0; i < n; i++)
    trainer->batch.weights[i] = 1;
}

static bool
run_forward (
    LamTrainer *trainer, LamPass pass, LamProgress *progress, GError **error)
{
  memcpy (lam_train_plan_get_input (trainer->plan, 0), trainer->batch.image,
      (size_t)lam_shape_get_bytes (&trainer->input));
  return lam_train_plan_forward (
      trainer->plan, pass, trainer->position.step, progress, error);
}

static bool
compute_loss (
    LamTrainer *trainer, float *gradient, double *value, GError **error)
{
  const LamTarget target = { trainer->batch.labels, trainer->batch.mask,
    trainer->batch.weights };
  const LamTensor *logits = lam_train_plan_get_output (trainer->plan, 0);
  return lam_loss_run (trainer->loss, lam_tensor_floats (logits), &target,
      lam_train_plan_get_team (trainer->plan), gradient, value, error);
}

/* The averages of norms are the only thing that a step that was not finished
 * has changed. */
static void
take_back (LamTrainer *trainer)
{
  lam_trainer_copy (trainer->weights + trainer->n, trainer->states_before,
      trainer->sizes + trainer->n, trainer->n_states);
}

/* Forward, loss, backward and the gradient's norm. */
static bool
compute_gradient (LamTrainer *trainer, LamProgress *progress, GError **error)
{
  LamTrainerPosition *position = &trainer->position;
  clear_batch (trainer);
  if (!trainer->source.get_batch (
          trainer->source.data, position->step, &trainer->batch, error)
      || !run_forward (trainer, LAM_PASS_TRAINING, progress, error)
      || !compute_loss (trainer,
          lam_train_plan_get_output_gradient (trainer->plan), &position->loss,
          error)
      || !lam_train_plan_backward (trainer->plan, progress, error))
    return false;
  position->norm = lam_optimizer_norm (trainer->optimizer, trainer->gradients,
      lam_train_plan_get_team (trainer->plan));
  return true;
}

/* To the last good weights. */
static bool
fail_infinite (LamTrainer *trainer, GError **error)
{
  const LamTrainerPosition *position = &trainer->position;
  lam_trainer_copy (trainer->weights, trainer->best, trainer->sizes,
      trainer->n + trainer->n_states);
  lam_train_plan_weights_changed (trainer->plan);
  g_set_error (error, LAM_ERROR, LAM_ERROR_CORRUPT,
      _ ("step %" G_GINT64_FORMAT
         ": the loss is %g and its gradient's norm %g: training stops, with "
         "the last good weights kept; try a lower learning rate"),
      position->step + 1, position->loss, position->norm);
  return false;
}

static void
update_weights (LamTrainer *trainer)
{
  LamTrainerPosition *position = &trainer->position;
  LamTeam *team = lam_train_plan_get_team (trainer->plan);
  double clip = trainer->options.clip_norm, scale = 1;
  if (clip > 0 && position->norm > clip)
    scale = clip / position->norm;
  position->rate = lam_schedule_get_rate (trainer->options.schedule,
      &trainer->options.schedule_options, &position->schedule, position->step);
  lam_optimizer_run (trainer->optimizer, position->rate, scale,
      trainer->weights, trainer->gradients, team);
  if (trainer->average)
    lam_optimizer_average (trainer->optimizer, trainer->options.average_decay,
        trainer->average, (const float *const *)trainer->weights, team);
  lam_train_plan_weights_changed (trainer->plan);
}

static bool
train_step (LamTrainer *trainer, LamProgress *progress, GError **error)
{
  int all = trainer->n + trainer->n_states;
  LamTrainerPosition *position = &trainer->position;
  lam_trainer_copy (trainer->states_before, trainer->weights + trainer->n,
      trainer->sizes + trainer->n, trainer->n_states);
  if (!compute_gradient (trainer, progress, error)) {
    take_back (trainer);
    return false;
  }
  if (!isfinite (position->loss) || !isfinite (position->norm))
    return fail_infinite (trainer, error);
  if (position->best_step < 0)
    lam_trainer_copy (trainer->best, trainer->weights, trainer->sizes, all);
  update_weights (trainer);
  position->step++;
  return true;
}

/* Weights and averaged ones change places. */
static void
swap_average (LamTrainer *trainer)
{
  for (int i = 0; trainer->average && i < trainer->n; i++)
    for (int64_t j = 0; j < trainer->sizes[i]; j++) {
      float weight = trainer->weights[i][j];
      trainer->weights[i][j] = trainer->average[i][j];
      trainer->average[i][j] = weight;
    }
  if (trainer->average)
    lam_train_plan_weights_changed (trainer->plan);
}

static bool
validate_batches (LamTrainer *trainer, LamConfusion *confusion, double *loss,
    LamProgress *progress, GError **error)
{
  int n = trainer->source.n_validations;
  *loss = 0;
  for (int i = 0; i < n; i++) {
    double value;
    clear_batch (trainer);
    if (!trainer->source.get_validation (
            trainer->source.data, i, &trainer->batch, error)
        || !run_forward (trainer, LAM_PASS_INFERENCE, progress, error)
        || !compute_loss (trainer, NULL, &value, error))
      return false;
    const LamTensor *logits = lam_train_plan_get_output (trainer->plan, 0);
    const LamTarget target = { trainer->batch.labels, trainer->batch.mask,
      trainer->batch.weights };
    lam_confusion_add (
        confusion, &logits->shape, lam_tensor_floats (logits), &target);
    if (trainer->source.see_validation)
      trainer->source.see_validation (
          trainer->source.data, i, lam_tensor_floats (logits));
    *loss += value / n;
  }
  return true;
}

/* Numbers that are none are never better. */
static bool
is_better (const LamTrainer *trainer, const LamValidation *validation)
{
  return trainer->options.keep == LAM_TRAINER_KEEP_IOU
      ? validation->mean_iou > trainer->position.best_iou
      : validation->loss < trainer->position.best_loss;
}

/* While the weights that were validated are in place. */
static void
note_validation (LamTrainer *trainer, LamValidation *validation)
{
  LamTrainerPosition *position = &trainer->position;
  validation->is_best = is_better (trainer, validation);
  if (validation->is_best) {
    lam_trainer_copy (trainer->best, trainer->weights, trainer->sizes,
        trainer->n + trainer->n_states);
    position->best_loss = validation->loss;
    position->best_iou = validation->mean_iou;
    memcpy (trainer->best_class_iou, validation->iou,
        (size_t)validation->n_classes * sizeof *validation->iou);
    position->best_step = position->step;
    position->n_worse = 0;
  } else if (++position->n_worse >= trainer->options.patience
      && trainer->options.patience > 0) {
    position->is_stopped = 1;
  }
  position->validated_step = position->step;
  lam_schedule_note_validation (&trainer->options.schedule_options,
      &position->schedule, validation->loss);
}

static void
report (
    const LamTrainer *trainer, gint64 start, const LamValidation *validation)
{
  const LamTrainerPosition *position = &trainer->position;
  if (!trainer->source.report)
    return;
  const LamTrainReport report = {
    .step = position->step,
    .n_steps = trainer->options.n_steps,
    .loss = position->loss,
    .rate = position->rate,
    .gradient_norm = position->norm,
    .seconds = (double)(g_get_monotonic_time () - start) / 1e6,
    .validation = validation,
  };
  trainer->source.report (trainer->source.data, &report);
}

static bool
validate (
    LamTrainer *trainer, gint64 start, LamProgress *progress, GError **error)
{
  LamValidation validation = { .n_classes =
                                   lam_trainer_get_n_classes (trainer) };
  g_autofree double *iou = g_new (double, validation.n_classes);
  g_auto (LamConfusion) confusion = { 0 };
  lam_confusion_init (&confusion, validation.n_classes);
  swap_average (trainer);
  bool ok =
      validate_batches (trainer, &confusion, &validation.loss, progress, error);
  for (int i = 0; i < validation.n_classes; i++)
    iou[i] = lam_confusion_get_iou (&confusion, i);
  validation.iou = iou;
  validation.mean_iou = lam_confusion_get_mean_iou (&confusion);
  validation.accuracy = lam_confusion_get_accuracy (&confusion);
  if (ok)
    note_validation (trainer, &validation);
  swap_average (trainer);
  if (ok)
    report (trainer, start, &validation);
  return ok;
}

/* Whether the step just done is followed by what is done every so many. */
static bool
is_due (const LamTrainer *trainer, int64_t every)
{
  int64_t step = trainer->position.step;
  return every > 0 && step > 0
      && (step % every == 0 || step == trainer->options.n_steps);
}

static bool
keep_checkpoint (const LamTrainer *trainer, GError **error)
{
  return !trainer->checkpoint_path
      || lam_trainer_write_checkpoint (
          trainer, trainer->checkpoint_path, error);
}

static bool
run_steps (LamTrainer *trainer, LamProgress *progress, GError **error)
{
  const LamTrainerOptions *options = &trainer->options;
  LamTrainerPosition *position = &trainer->position;
  for (;;) {
    gint64 start = g_get_monotonic_time ();
    /* Not yet done where the training was interrupted in it. */
    bool validates = is_due (trainer, options->validate_every)
        && position->validated_step < position->step;
    if (validates && !validate (trainer, start, progress, error))
      return false;
    if (lam_trainer_get_state (trainer) != LAM_TRAINER_READY)
      return true;
    if (!train_step (trainer, progress, error))
      return false;
    lam_progress_set (progress, position->step, options->n_steps);
    if (!is_due (trainer, options->validate_every))
      report (trainer, start, NULL);
    if (is_due (trainer, options->checkpoint_every)
        && !keep_checkpoint (trainer, error))
      return false;
  }
}

bool
lam_trainer_run (LamTrainer *trainer, LamProgress *progress, GError **error)
{
  g_autoptr (GError) cause = NULL;
  bool ok = run_steps (trainer, progress, &cause);
  if (ok)
    return keep_checkpoint (trainer, error);
  if (lam_error_is_cancelled (cause) && !keep_checkpoint (trainer, error))
    return false;
  g_propagate_error (error, g_steal_pointer (&cause));
  return false;
}

void
lam_trainer_finish (LamTrainer *trainer)
{
  if (trainer->position.best_step >= 0)
    lam_trainer_copy (trainer->weights, trainer->best, trainer->sizes,
        trainer->n + trainer->n_states);
  else if (trainer->average)
    lam_trainer_copy (
        trainer->weights, trainer->average, trainer->sizes, trainer->n);
  lam_train_plan_weights_changed (trainer->plan);
}
