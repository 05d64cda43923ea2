/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Making a trainer, and its checkpoints; see trainer-run.c for the loop. */
#include <glib/gi18n-lib.h>
#include <math.h>

#include "base/text.h"
#include "nn/arena.h"
#include "nn/checkpoint.h"
#include "nn/graph.h"
#include "nn/operator.h"
#include "nn/trainer-inside.h"

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
      "\npatience=%d\nkeep=%d\n",
      options->clip_norm, options->average_decay, options->validate_every,
      options->patience, (int)options->keep);
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
  trainer->position = (LamTrainerPosition){ .validated_step = -1,
    .best_step = -1,
    .best_loss = INFINITY,
    .best_iou = -INFINITY,
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
  int n_classes = lam_trainer_get_n_classes (trainer);
  trainer->best_class_iou = g_new (double, n_classes);
  for (int i = 0; i < n_classes; i++)
    trainer->best_class_iou[i] = NAN;
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
  g_free (trainer->best_class_iou);
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

double
lam_trainer_get_best_iou (const LamTrainer *trainer)
{
  return trainer->position.best_iou;
}

double
lam_trainer_get_best_class_iou (const LamTrainer *trainer, int i)
{
  return trainer->best_class_iou[i];
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
  part.data = trainer->best_class_iou;
  part.n_bytes = (size_t)lam_trainer_get_n_classes (trainer) * sizeof (double);
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
  static const char *const free[] = { "steps", "warm-up", NULL };
  g_autoptr (GArray) parts = list_parts (trainer);
  if (!lam_checkpoint_read (path, trainer->settings, free,
          (LamCheckpointPart *)parts->data, (int)parts->len, error))
    return false;
  lam_optimizer_set_step (trainer->optimizer, trainer->position.step);
  lam_train_plan_weights_changed (trainer->plan);
  return true;
}

void
lam_trainer_renew_patience (LamTrainer *trainer)
{
  trainer->position.is_stopped = 0;
  trainer->position.n_worse = 0;
}

bool
lam_trainer_write_checkpoint (
    const LamTrainer *trainer, const char *path, GError **error)
{
  g_autoptr (GArray) parts = list_parts (trainer);
  return lam_checkpoint_write (path, trainer->settings,
      (LamCheckpointPart *)parts->data, (int)parts->len, error);
}
