/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* A head seen from one voxel is a network of products: the first layer's
 * kernel is spread out, as its weights lie in memory. So a small network of
 * its own is made, whose image is a row of voxels. */
#include "nn/head-fit.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

#include "base/error.h"
#include "nn/layer-builder.h"
#include "nn/optimizer.h"
#include "nn/train-plan.h"

const LamHeadFitOptions lam_head_fit_defaults = {
  .n_steps = 40,
  .rate = 0.004,
  .anchor = 0.002,
};

static const char *const names[LAM_HEAD_MAX_LAYERS] = { "head1", "head2" };

typedef struct {
  const LamHead *head; /* Borrowed */
  int64_t n;
  LamNetwork *network; /* Owned */
  LamTrainPlan *plan; /* Owned */
  float **weights; /* Owned; of borrowed: in the order of lam_head_get() */
  int64_t *sizes; /* Owned */
  int *places; /* Owned; by parameter of the plan: which one it is there */
  int n_tensors, n_filters; /* of the last layer */
} Fit;

static void
fit_clear (Fit *fit)
{
  lam_train_plan_free (fit->plan);
  lam_network_unref (fit->network);
  g_free (fit->weights);
  g_free (fit->sizes);
  g_free (fit->places);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Fit, fit_clear)

static LamNetwork *
build (const LamHead *head)
{
  static const int64_t point[3] = { 1, 1, 1 };
  LamNetwork *network = lam_graph_new ("head");
  LamLayerBuilder builder = { .network = network };
  int64_t channels = lam_head_get_depth (head);
  const int64_t open[5] = { 1, channels, 1, 1, -1 };
  int value = lam_graph_add_value (network, "features", NULL);
  network->opset = 13;
  lam_graph_get_value (network, value)->declared =
      lam_shape_new (LAM_TENSOR_F32, 5, open);
  g_array_append_val (network->inputs, value);
  for (int i = 0; i < head->n_layers; i++) {
    const LamHeadLayer *layer = &head->layers[i];
    value = lam_layer_conv (&builder, names[i], value, channels, layer->filters,
        point, layer->has_bias, LAM_LAYER_BEFORE_NOTHING);
    builder.slope = layer->slope;
    if (layer->slope != 1)
      value = lam_layer_activate (&builder, names[i], value);
    channels = layer->filters;
  }
  g_array_append_val (network->outputs, value);
  return network;
}

/* Which tensor of the head a parameter of the plan is, in their order. */
static int
find_place (const Fit *fit, const char *name)
{
  int place = 0;
  for (int i = 0; i < fit->head->n_layers; i++) {
    g_autofree char *weight = g_strconcat (names[i], ".weight", NULL);
    g_autofree char *bias = g_strconcat (names[i], ".bias", NULL);
    if (strcmp (name, weight) == 0)
      return place;
    place++;
    if (strcmp (name, bias) == 0)
      return place;
    place += fit->head->layers[i].has_bias;
  }
  g_return_val_if_reached (0);
}

static bool
fit_begin (
    Fit *fit, const LamHead *head, int64_t n, int n_threads, GError **error)
{
  const int64_t dims[5] = { 1, lam_head_get_depth (head), 1, 1, n };
  LamShape shape = lam_shape_new (LAM_TENSOR_F32, 5, dims);
  const LamTrainPlanOptions options = { .n_threads = n_threads };
  fit->head = head;
  fit->n = n;
  fit->n_filters = (int)head->layers[head->n_layers - 1].filters;
  fit->network = build (head);
  if (!lam_network_begin_training (fit->network, error))
    return false;
  fit->plan = lam_train_plan_new (fit->network, &shape, &options, error);
  if (!fit->plan)
    return false;
  fit->n_tensors = lam_train_plan_get_n_parameters (fit->plan);
  fit->weights = g_new0 (float *, fit->n_tensors);
  fit->sizes = g_new0 (int64_t, fit->n_tensors);
  fit->places = g_new0 (int, fit->n_tensors);
  for (int i = 0; i < fit->n_tensors; i++) {
    LamTensor *tensor = lam_train_plan_get_parameter (fit->plan, i);
    int place =
        find_place (fit, lam_train_plan_get_parameter_name (fit->plan, i));
    fit->places[i] = place;
    fit->weights[place] = lam_tensor_floats (tensor);
    fit->sizes[place] = lam_shape_get_count (&tensor->shape);
  }
  return true;
}

static void
put_numbers (Fit *fit, const float *numbers)
{
  for (int i = 0; i < fit->n_tensors; numbers += fit->sizes[i++])
    memcpy (fit->weights[i], numbers, (size_t)fit->sizes[i] * sizeof *numbers);
  lam_train_plan_weights_changed (fit->plan);
}

static void
get_numbers (const Fit *fit, float *numbers)
{
  for (int i = 0; i < fit->n_tensors; numbers += fit->sizes[i++])
    memcpy (numbers, fit->weights[i], (size_t)fit->sizes[i] * sizeof *numbers);
}

static bool
forward (Fit *fit, const float *features, LamProgress *progress, GError **error)
{
  size_t n = (size_t)(fit->n * lam_head_get_depth (fit->head));
  /* A pass may write over its input. */
  memcpy (
      lam_train_plan_get_input (fit->plan, 0), features, n * sizeof *features);
  return lam_train_plan_forward (
      fit->plan, LAM_PASS_TRAINING, 0, progress, error);
}

/* Of voxel `i` of `n`: its probabilities, in double. */
static void
find_probabilities (
    const float *scores, int64_t n, int64_t i, int n_filters, double *out)
{
  double largest = scores[i], sum = 0;
  if (n_filters == 1) {
    out[1] = 1 / (1 + exp (-largest));
    out[0] = 1 - out[1];
    return;
  }
  for (int c = 1; c < n_filters; c++)
    largest = MAX (largest, scores[c * n + i]);
  for (int c = 0; c < n_filters; c++)
    sum += out[c] = exp (scores[c * n + i] - largest);
  for (int c = 0; c < n_filters; c++)
    out[c] /= sum;
}

/* The mean cross-entropy; fills the gradient by the scores. */
static double
find_loss (Fit *fit, const LamHeadExamples *examples, double weight)
{
  const float *scores =
      lam_tensor_floats (lam_train_plan_get_output (fit->plan, 0));
  float *gradient = lam_train_plan_get_output_gradient (fit->plan);
  int64_t n = examples->n;
  int n_classes = MAX (fit->n_filters, 2);
  g_autofree double *p = g_new (double, n_classes);
  double sum = 0;
  for (int64_t i = 0; i < n; i++) {
    double w = examples->weights[i] / weight;
    find_probabilities (scores, n, i, fit->n_filters, p);
    for (int c = 0; c < n_classes; c++) {
      double target = examples->targets[c * n + i];
      if (target > 0)
        sum -= w * target * log (MAX (p[c], 1e-12));
      if (fit->n_filters > 1)
        gradient[c * n + i] = (float)(w * (p[c] - target));
      else if (c == 1)
        gradient[i] = (float)(w * (p[c] - target));
    }
  }
  return sum;
}

/* Adds the anchor's gradient; returns its loss. */
static double
pull_back (Fit *fit, double anchor, const float *first)
{
  double sum = 0;
  const float *from[2 * LAM_HEAD_MAX_LAYERS];
  for (int i = 0; i < fit->n_tensors; first += fit->sizes[i++])
    from[i] = first;
  for (int i = 0; i < fit->n_tensors; i++) {
    int place = fit->places[i];
    float *gradient = lam_train_plan_get_gradient (fit->plan, i);
    for (int64_t j = 0; j < fit->sizes[place]; j++) {
      double far = fit->weights[place][j] - from[place][j];
      gradient[j] += (float)(anchor * far);
      sum += anchor * far * far / 2;
    }
  }
  return sum;
}

static LamOptimizer *
make_optimizer (const Fit *fit, GError **error)
{
  int64_t sizes[2 * LAM_HEAD_MAX_LAYERS];
  for (int i = 0; i < fit->n_tensors; i++)
    sizes[i] = fit->sizes[fit->places[i]];
  return lam_optimizer_new (lam_optimizer_find ("adam"),
      &lam_optimizer_defaults, fit->n_tensors, sizes, error);
}

static void
follow (Fit *fit, LamOptimizer *optimizer, double rate)
{
  float *weights[2 * LAM_HEAD_MAX_LAYERS];
  const float *gradients[2 * LAM_HEAD_MAX_LAYERS];
  for (int i = 0; i < fit->n_tensors; i++) {
    weights[i] = fit->weights[fit->places[i]];
    gradients[i] = lam_train_plan_get_gradient (fit->plan, i);
  }
  lam_optimizer_run (optimizer, rate, 1, weights, gradients,
      lam_train_plan_get_team (fit->plan));
  lam_train_plan_weights_changed (fit->plan);
}

static bool
check_loss (double loss, GError **error)
{
  if (isfinite (loss))
    return true;
  g_set_error_literal (error, LAM_ERROR, LAM_ERROR_INPUT,
      _ ("the last layers cannot be taught: the network’s features are no "
         "numbers"));
  return false;
}

static double
add_weights (const LamHeadExamples *examples)
{
  double sum = 0;
  for (int64_t i = 0; i < examples->n; i++)
    sum += examples->weights[i];
  return sum;
}

static bool
descend (Fit *fit, const LamHeadExamples *examples,
    const LamHeadFitOptions *options, float *numbers, double *before,
    double *after, LamProgress *progress, GError **error)
{
  g_autofree float *first =
      g_memdup2 (numbers, (size_t)lam_head_count (fit->head) * sizeof *first);
  g_autoptr (LamOptimizer) optimizer = make_optimizer (fit, error);
  double weight = add_weights (examples);
  put_numbers (fit, numbers);
  for (int step = 0; optimizer && step <= options->n_steps; step++) {
    if (!forward (fit, examples->features, progress, error))
      return false;
    double loss = find_loss (fit, examples, weight);
    /* Before the first step it is where it began: the anchor pulls nothing. */
    if (!check_loss (loss, error)
        || !lam_train_plan_backward (fit->plan, progress, error))
      return false;
    loss += pull_back (fit, options->anchor, first);
    if (step == 0)
      *before = *after = loss;
    if (loss < *after) {
      *after = loss;
      get_numbers (fit, numbers);
    }
    double turn = G_PI * step / MAX (options->n_steps, 1);
    if (step < options->n_steps)
      follow (fit, optimizer, options->rate * (1 + cos (turn)) / 2);
    lam_progress_set (progress, step + 1, options->n_steps + 1);
  }
  return optimizer != NULL;
}

bool
lam_head_fit (const LamHead *head, const LamHeadExamples *examples,
    const LamHeadFitOptions *options, float *numbers, double *before,
    double *after, LamProgress *progress, GError **error)
{
  g_return_val_if_fail (examples->n > 0 && options->n_steps >= 0, false);
  g_auto (Fit) fit = { 0 };
  return fit_begin (&fit, head, examples->n, options->n_threads, error)
      && descend (
          &fit, examples, options, numbers, before, after, progress, error);
}

bool
lam_head_say (const LamHead *head, const float *numbers, const float *features,
    int64_t n, int n_threads, float *probabilities, GError **error)
{
  g_return_val_if_fail (n > 0, false);
  g_auto (Fit) fit = { 0 };
  if (!fit_begin (&fit, head, n, n_threads, error))
    return false;
  put_numbers (&fit, numbers);
  if (!forward (&fit, features, NULL, error))
    return false;
  const float *scores =
      lam_tensor_floats (lam_train_plan_get_output (fit.plan, 0));
  int n_classes = MAX (fit.n_filters, 2);
  g_autofree double *p = g_new (double, n_classes);
  for (int64_t i = 0; i < n; i++) {
    find_probabilities (scores, n, i, fit.n_filters, p);
    for (int c = 0; c < n_classes; c++)
      probabilities[c * n + i] = (float)p[c];
  }
  return true;
}
