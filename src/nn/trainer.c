/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* A step is begun from nothing but the weights, the averages and the step's
 * number, so a step that was cancelled is simply done again: only running
 * averages of norms change on the way, and are put back. */
#include "nn/trainer.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

#include "base/text.h"
#include "nn/arena.h"
#include "nn/checkpoint.h"
#include "nn/graph.h"
#include "nn/operator.h"

/* All of it is in the checkpoint. */
typedef struct {
  int64_t step, validated_step, best_step, n_worse, is_stopped;
  double best_loss;
  double loss, rate, norm; /* of the last step */
  LamScheduleState schedule;
} Position;

struct _LamTrainer {
  LamTrainerOptions options;
  LamTrainerSource source;
  LamTrainPlan *plan; /* Owned */
  LamOptimizer *optimizer; /* Owned */
  LamLoss *loss; /* Owned */
  int n, n_states;
  int64_t *sizes; /* Owned; of parameters, then of states */
  float **weights; /* Owned; of borrowed: parameters, then states */
  const float **gradients; /* Owned; of borrowed */
  /* Owned; of owned, by parameter, or NULL: averaged weights. */
  float **average;
  /* Owned; of owned, by parameter and state: with the best validation, before
   * that those of the last step whose loss was a number. */
  float **best;
  float **states_before; /* Owned; of owned: before this step */
  LamShape input;
  LamBatch batch; /* Owned */
  char *settings; /* Owned */
  char *checkpoint_path; /* Owned */
  int64_t bytes;
  Position position;
};

void
lam_trainer_options_init (LamTrainerOptions *options)
{
  *options = (LamTrainerOptions){
    .n_steps = 1000,
    .loss = { .cross_entropy = 1 },
    .optimizer = lam_optimizer_find ("adam"),
    .optimizer_options = lam_optimizer_defaults,
    .schedule = lam_schedule_find ("constant"),
    .schedule_options = lam_schedule_defaults,
  };
}

static bool
check_options (const LamTrainerOptions *options, const LamTrainerSource *source,
    GError **error)
{
  const char *bad = NULL;
  if (options->n_steps < 1)
    bad = _ ("at least one step is needed");
  else if (!(options->clip_norm >= 0) || !isfinite (options->clip_norm))
    bad = _ ("the norm to clip gradients at is below 0");
  else if (!(options->average_decay >= 0 && options->average_decay < 1))
    bad = _ ("the decay of averaged weights is not in [0, 1)");
  else if (options->validate_every < 0 || options->patience < 0
      || options->checkpoint_every < 0)
    bad = _ ("a number of steps is below 0");
  else if (options->validate_every > 0 && source->n_validations < 1)
    bad = _ ("there is nothing to validate with");
  else if (options->validate_every == 0
      && (options->patience > 0 || options->schedule->follows_loss))
    bad = _ ("an early stop and the schedule “plateau” need validations");
  if (bad)
    g_set_error (error, LAM_ERROR, LAM_ERROR_INPUT, _ ("training: %s"), bad);
  return !bad
      && lam_schedule_check (
          options->schedule, &options->schedule_options, error);
}

/* Numbers in all weights: what the plan's parameters cannot exceed. */
static int64_t
count_weights (const LamNetwork *network)
{
  int64_t n = 0;
  for (guint i = 0; i < network->values->len; i++) {
    const LamTensor *constant = lam_graph_get_value (network, (int)i)->constant;
    if (constant && constant->shape.type == LAM_TENSOR_F32)
      n += lam_shape_get_count (&constant->shape);
  }
  return n;
}

/* Beside the plan's arena and the batch. */
static int64_t
count_copies (const LamTrainerOptions *options)
{
  return options->optimizer->n_moments + 1 + (options->average_decay > 0);
}

static LamTrainPlan *
make_plan (LamNetwork *network, const LamShape *input,
    const LamTrainerOptions *options, GError **error)
{
  int64_t limit = options->limit_bytes ? options->limit_bytes
                                       : lam_arena_get_default_limit ();
  int64_t beside = count_weights (network) * (int64_t)sizeof (float)
      * count_copies (options);
  if (lam_network_get_n_inputs (network) != 1) {
    g_set_error (error, LAM_ERROR, LAM_ERROR_UNSUPPORTED,
        _ ("%s has %d inputs, but one is needed"),
        lam_network_get_path (network), lam_network_get_n_inputs (network));
    return NULL;
  }
  if (beside >= limit) {
    g_autofree char *need = lam_text_bytes (beside);
    g_autofree char *have = lam_text_bytes (limit);
    g_set_error (error, LAM_ERROR, LAM_ERROR_LIMIT,
        _ ("%s: training needs more than %s of memory, but %s are allowed"),
        lam_network_get_path (network), need, have);
    return NULL;
  }
  const LamTrainPlanOptions plan_options = { .n_threads = options->n_threads,
    .limit_bytes = limit - beside,
    .seed = options->seed };
  return lam_train_plan_new (network, input, &plan_options, error);
}

static float **
new_copies (const LamTrainer *trainer, int from, int to)
{
  float **copies = g_new0 (float *, MAX (to - from, 1));
  for (int i = from; i < to; i++)
    copies[i - from] = g_memdup2 (
        trainer->weights[i], (size_t)trainer->sizes[i] * sizeof (float));
  return copies;
}

static void
free_copies (float **copies, int n)
{
  for (int i = 0; copies && i < n; i++)
    g_free (copies[i]);
  g_free (copies);
}

static void
copy_all (float *const *to, float *const *from, const int64_t *sizes, int n)
{
  for (int i = 0; i < n; i++)
    memcpy (to[i], from[i], (size_t)sizes[i] * sizeof (float));
}

static void
list_weights (LamTrainer *trainer)
{
  LamTrainPlan *plan = trainer->plan;
  trainer->n = lam_train_plan_get_n_parameters (plan);
  trainer->n_states = lam_train_plan_get_n_states (plan);
  int n = trainer->n + trainer->n_states;
  trainer->sizes = g_new (int64_t, MAX (n, 1));
  trainer->weights = g_new (float *, MAX (n, 1));
  trainer->gradients = g_new (const float *, MAX (n, 1));
  for (int i = 0; i < n; i++) {
    const LamTensor *tensor = i < trainer->n
        ? lam_train_plan_get_parameter (plan, i)
        : lam_train_plan_get_state (plan, i - trainer->n);
    trainer->weights[i] = lam_tensor_floats (tensor);
    trainer->sizes[i] = lam_shape_get_count (&tensor->shape);
    if (i < trainer->n)
      trainer->gradients[i] = lam_train_plan_get_gradient (plan, i);
  }
}

static void
make_batch (LamTrainer *trainer)
{
  int64_t n = lam_loss_get_n_voxels (trainer->loss);
  trainer->batch = (LamBatch){
    .image = g_new0 (float, lam_shape_get_count (&trainer->input)),
    .labels = g_new0 (int32_t, n),
    .mask = g_new0 (uint8_t, n),
    .weights = g_new0 (float, n),
  };
  int64_t copies = 0;
  for (int i = 0; i < trainer->n; i++)
    copies += trainer->sizes[i] * count_copies (&trainer->options);
  trainer->bytes = lam_train_plan_get_arena_bytes (trainer->plan)
      + copies * (int64_t)sizeof (float) + lam_shape_get_bytes (&trainer->input)
      + n * 9;
}

/* Which weights there are, of which shape, used how. */
static char *
hash_network (const LamTrainer *trainer)
{
  const LamNetwork *network = lam_train_plan_get_network (trainer->plan);
  g_autoptr (GChecksum) sum = g_checksum_new (G_CHECKSUM_SHA256);
  for (guint i = 0; i < network->nodes->len; i++) {
    const LamNode *node = lam_graph_get_node (network, i);
    g_checksum_update (sum, (const guchar *)node->row->name, -1);
    g_checksum_update (sum, (const guchar *)&node->activation.slope,
        sizeof node->activation.slope);
    g_checksum_update (sum, (const guchar *)node->inputs,
        node->n_inputs * (gssize)sizeof *node->inputs);
    for (int j = 0; j < node->n_inputs; j++) {
      const LamTensor *constant = node->inputs[j] == LAM_VALUE_NONE
          ? NULL
          : lam_graph_get_value (network, node->inputs[j])->constant;
      if (constant)
        g_checksum_update (sum, (const guchar *)constant->shape.dims,
            constant->shape.rank * (gssize)sizeof (int64_t));
    }
  }
  return g_strdup (g_checksum_get_string (sum));
}

static char *
describe (const LamTrainer *trainer)
{
  const LamTrainerOptions *options = &trainer->options;
  const LamOptimizerOptions *o = &options->optimizer_options;
  const LamScheduleOptions *s = &options->schedule_options;
  g_autoptr (GString) text = g_string_new (NULL);
  g_autofree char *network = hash_network (trainer);
  g_autofree char *input = lam_shape_to_text (&trainer->input);
  g_string_append_printf (text,
      "network=%s\ninput=%s\nsteps=%" G_GINT64_FORMAT
      "\nseed=%" G_GUINT64_FORMAT "\n",
      network, input, options->n_steps, options->seed);
  g_string_append_printf (text,
      "loss=%.17g %.17g %.17g\nclass-weights=", options->loss.cross_entropy,
      options->loss.dice, options->loss.smoothing);
  for (int i = 0; options->loss.class_weights
       && i < lam_loss_get_n_classes (trainer->loss);
       i++)
    g_string_append_printf (text, "%.9g ", options->loss.class_weights[i]);
  g_string_append_printf (text,
      "\noptimizer=%s\nmomentum=%.17g %d\nbetas=%.17g %.17g\nepsilon=%.17g\n"
      "weight-decay=%.17g\n",
      options->optimizer->name, o->momentum, o->is_nesterov, o->beta1, o->beta2,
      o->epsilon, o->weight_decay);
  g_string_append_printf (text,
      "schedule=%s\nrate=%.17g\nwarm-up=%" G_GINT64_FORMAT
      "\nshares=%.17g %.17g %.17g %.17g %.17g %d\n",
      options->schedule->name, s->rate, s->warm_up_steps, s->final_share,
      s->rise_share, s->first_share, s->factor, s->threshold, s->patience);
  g_string_append_printf (text,
      "clip=%.17g\naverage=%.17g\nvalidate-every=%" G_GINT64_FORMAT
      "\npatience=%d\n",
      options->clip_norm, options->average_decay, options->validate_every,
      options->patience);
  if (trainer->source.settings)
    g_string_append (text, trainer->source.settings);
  return g_string_free (g_steal_pointer (&text), FALSE);
}

LamTrainer *
lam_trainer_new (LamNetwork *network, const LamShape *input,
    const LamTrainerOptions *options, const LamTrainerSource *source,
    GError **error)
{
  g_autoptr (LamTrainer) trainer = g_new0 (LamTrainer, 1);
  trainer->options = *options;
  trainer->options.schedule_options.n_steps = options->n_steps;
  trainer->source = *source;
  trainer->input = *input;
  trainer->checkpoint_path = g_strdup (options->checkpoint_path);
  trainer->position = (Position){ .validated_step = -1,
    .best_step = -1,
    .best_loss = INFINITY,
    .schedule = lam_schedule_begin () };
  if (!check_options (&trainer->options, source, error))
    return NULL;
  trainer->plan = make_plan (network, input, options, error);
  if (!trainer->plan)
    return NULL;
  trainer->loss = lam_loss_new (&options->loss,
      &lam_train_plan_get_output (trainer->plan, 0)->shape, error);
  if (!trainer->loss)
    return NULL;
  list_weights (trainer);
  trainer->optimizer = lam_optimizer_new (options->optimizer,
      &options->optimizer_options, trainer->n, trainer->sizes, error);
  if (!trainer->optimizer)
    return NULL;
  int all = trainer->n + trainer->n_states;
  if (options->average_decay > 0)
    trainer->average = new_copies (trainer, 0, trainer->n);
  trainer->best = new_copies (trainer, 0, all);
  trainer->states_before = new_copies (trainer, trainer->n, all);
  make_batch (trainer);
  trainer->settings = describe (trainer);
  /* What was borrowed until now. */
  trainer->options.loss.class_weights = NULL;
  trainer->options.checkpoint_path = NULL;
  trainer->source.settings = NULL;
  return g_steal_pointer (&trainer);
}

void
lam_trainer_free (LamTrainer *trainer)
{
  if (!trainer)
    return;
  free_copies (trainer->average, trainer->n);
  free_copies (trainer->best, trainer->n + trainer->n_states);
  free_copies (trainer->states_before, trainer->n_states);
  lam_loss_free (trainer->loss);
  lam_optimizer_free (trainer->optimizer);
  lam_train_plan_free (trainer->plan);
  g_free (trainer->sizes);
  g_free (trainer->weights);
  g_free (trainer->gradients);
  g_free (trainer->batch.image);
  g_free (trainer->batch.labels);
  g_free (trainer->batch.mask);
  g_free (trainer->batch.weights);
  g_free (trainer->settings);
  g_free (trainer->checkpoint_path);
  g_free (trainer);
}

LamTrainPlan *
lam_trainer_get_plan (const LamTrainer *trainer)
{
  return trainer->plan;
}

int
lam_trainer_get_n_classes (const LamTrainer *trainer)
{
  return lam_loss_get_n_classes (trainer->loss);
}

const LamShape *
lam_trainer_get_logits_shape (const LamTrainer *trainer)
{
  return &lam_train_plan_get_output (trainer->plan, 0)->shape;
}

int64_t
lam_trainer_get_bytes (const LamTrainer *trainer)
{
  return trainer->bytes;
}

int64_t
lam_trainer_get_step (const LamTrainer *trainer)
{
  return trainer->position.step;
}

LamTrainerState
lam_trainer_get_state (const LamTrainer *trainer)
{
  if (trainer->position.is_stopped)
    return LAM_TRAINER_STOPPED;
  return trainer->position.step >= trainer->options.n_steps ? LAM_TRAINER_DONE
                                                            : LAM_TRAINER_READY;
}

int64_t
lam_trainer_get_best_step (const LamTrainer *trainer)
{
  return trainer->position.best_step;
}

double
lam_trainer_get_best_loss (const LamTrainer *trainer)
{
  return trainer->position.best_loss;
}

/* All that a resumed training needs. */
static GArray *
list_parts (const LamTrainer *trainer)
{
  GArray *parts = g_array_new (FALSE, FALSE, sizeof (LamCheckpointPart));
  int all = trainer->n + trainer->n_states;
  LamCheckpointPart part = { (void *)&trainer->position,
    sizeof trainer->position };
  g_array_append_val (parts, part);
  for (int i = 0; i < all; i++) {
    part.n_bytes = (size_t)trainer->sizes[i] * sizeof (float);
    part.data = trainer->weights[i];
    g_array_append_val (parts, part);
    part.data = trainer->best[i];
    g_array_append_val (parts, part);
    for (int j = 0;
         i < trainer->n && j < lam_optimizer_get_n_moments (trainer->optimizer);
         j++) {
      part.data = lam_optimizer_get_moment (trainer->optimizer, i, j);
      g_array_append_val (parts, part);
    }
    if (i < trainer->n && trainer->average) {
      part.data = trainer->average[i];
      g_array_append_val (parts, part);
    }
  }
  return parts;
}

bool
lam_trainer_resume (LamTrainer *trainer, const char *path, GError **error)
{
  g_autoptr (GArray) parts = list_parts (trainer);
  if (!lam_checkpoint_read (path, trainer->settings,
          (LamCheckpointPart *)parts->data, (int)parts->len, error))
    return false;
  lam_optimizer_set_step (trainer->optimizer, trainer->position.step);
  lam_train_plan_weights_changed (trainer->plan);
  return true;
}

bool
lam_trainer_write_checkpoint (
    const LamTrainer *trainer, const char *path, GError **error)
{
  g_autoptr (GArray) parts = list_parts (trainer);
  return lam_checkpoint_write (path, trainer->settings,
      (LamCheckpointPart *)parts->data, (int)parts->len, error);
}

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
  copy_all (trainer->weights + trainer->n, trainer->states_before,
      trainer->sizes + trainer->n, trainer->n_states);
}

/* Forward, loss, backward and the gradient's norm. */
static bool
compute_gradient (LamTrainer *trainer, LamProgress *progress, GError **error)
{
  Position *position = &trainer->position;
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
  const Position *position = &trainer->position;
  copy_all (trainer->weights, trainer->best, trainer->sizes,
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
  Position *position = &trainer->position;
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
  Position *position = &trainer->position;
  copy_all (trainer->states_before, trainer->weights + trainer->n,
      trainer->sizes + trainer->n, trainer->n_states);
  if (!compute_gradient (trainer, progress, error)) {
    take_back (trainer);
    return false;
  }
  if (!isfinite (position->loss) || !isfinite (position->norm))
    return fail_infinite (trainer, error);
  if (position->best_step < 0)
    copy_all (trainer->best, trainer->weights, trainer->sizes, all);
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
    *loss += value / n;
  }
  return true;
}

/* While the weights that were validated are in place. */
static void
note_validation (LamTrainer *trainer, LamValidation *validation)
{
  Position *position = &trainer->position;
  validation->is_best = validation->loss < position->best_loss;
  if (validation->is_best) {
    copy_all (trainer->best, trainer->weights, trainer->sizes,
        trainer->n + trainer->n_states);
    position->best_loss = validation->loss;
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
  const Position *position = &trainer->position;
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
  Position *position = &trainer->position;
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
    copy_all (trainer->weights, trainer->best, trainer->sizes,
        trainer->n + trainer->n_states);
  else if (trainer->average)
    copy_all (trainer->weights, trainer->average, trainer->sizes, trainer->n);
  lam_train_plan_weights_changed (trainer->plan);
}
