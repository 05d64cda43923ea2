/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "nn/head.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "base/clones.h"
#include "base/error.h"
#include "nn/conv.h"
#include "nn/operator-table.h"
#include "nn/program.h"

static const LamStep *
find_maker (const LamProgram *program, int value)
{
  for (int i = 0; i < program->n_steps; i++)
    if (program->steps[i].node->outputs[0] == value)
      return &program->steps[i];
  return NULL;
}

static bool
is_constant (const LamNetwork *network, const LamNode *node, int input)
{
  return node->inputs[input] != LAM_VALUE_NONE
      && lam_graph_get_value (network, node->inputs[input])->constant;
}

/* Whether the step is one that a head can have; then fills `layer`. */
static bool
read_layer (const LamNetwork *network, const LamStep *step, LamHeadLayer *layer)
{
  const LamNode *node = step ? step->node : NULL;
  if (!node || node->row != &lam_operator_conv
      || !is_constant (network, node, 1))
    return false;
  const LamConv *conv = &((const LamConvSettings *)step->settings)->forward;
  const LamWindow *window = &conv->window;
  layer->node = (LamNode *)node;
  layer->channels = window->channels;
  layer->filters = conv->filters;
  layer->slope = node->activation.slope;
  layer->has_bias = node->n_inputs > 2 && node->inputs[2] != LAM_VALUE_NONE;
  memcpy (layer->kernel, window->kernel, sizeof layer->kernel);
  memcpy (layer->dilation, window->dilation, sizeof layer->dilation);
  memcpy (layer->before, window->before, sizeof layer->before);
  bool fits =
      conv->groups == 1 && (!layer->has_bias || is_constant (network, node, 2));
  for (int i = 0; i < 3; i++)
    fits = fits && window->stride[i] == 1 && window->in[i] == window->out[i];
  return fits;
}

static bool
is_pointwise (const LamHeadLayer *layer)
{
  return lam_product3 (layer->kernel) == 1 && layer->slope == 1;
}

/* Softmax and sigmoid only say the scores in another way. */
static int
find_scores (const LamProgram *program)
{
  int value = g_array_index (program->network->outputs, int, 0);
  const LamStep *step = find_maker (program, value);
  if (step
      && (step->node->row == &lam_operator_softmax
          || step->node->row == &lam_operator_sigmoid)
      && lam_graph_count_uses (program->network, step->node->inputs[0]) == 1)
    value = step->node->inputs[0];
  return value;
}

bool
lam_head_find (LamHead *head, LamNetwork *network, const LamShape *shape,
    int max_layers, GError **error)
{
  *head = (LamHead){ .network = network };
  g_autoptr (LamProgram) program =
      lam_program_new (network, shape, false, error);
  if (!program)
    return false;
  LamHeadLayer found[LAM_HEAD_MAX_LAYERS];
  int value = find_scores (program), n = 0;
  while (n < MIN (max_layers, LAM_HEAD_MAX_LAYERS)
      && (n == 0 || lam_graph_count_uses (network, value) == 1)
      && read_layer (network, find_maker (program, value), &found[n])
      && (n > 0 || is_pointwise (&found[n])))
    value = found[n++].node->inputs[0];
  for (int i = 0; i < n; i++)
    head->layers[i] = found[n - 1 - i];
  head->n_layers = n;
  head->features = value;
  if (n == 0)
    g_set_error (error, LAM_ERROR, LAM_ERROR_UNSUPPORTED,
        _ ("%s has no last layer that could be taught alone: its result is "
           "not a product over the channels of each voxel"),
        lam_network_get_path (network));
  return n > 0;
}

int64_t
lam_head_get_depth (const LamHead *head)
{
  const LamHeadLayer *first = &head->layers[0];
  return first->channels * lam_product3 (first->kernel);
}

LamTensor *
lam_head_get_weights (const LamHead *head, int layer)
{
  int value = head->layers[layer].node->inputs[1];
  return lam_graph_get_value (head->network, value)->constant;
}

LamTensor *
lam_head_get_bias (const LamHead *head, int layer)
{
  if (!head->layers[layer].has_bias)
    return NULL;
  int value = head->layers[layer].node->inputs[2];
  return lam_graph_get_value (head->network, value)->constant;
}

void
lam_head_changed (const LamHead *head)
{
  g_mutex_lock (&head->network->lock);
  for (int i = 0; i < head->n_layers; i++)
    lam_node_forget_prepared (head->layers[i].node);
  g_mutex_unlock (&head->network->lock);
}

/* Calls for each tensor with where its numbers begin; returns their sum. */
static int64_t
for_tensors (const LamHead *head,
    void (*each) (float *tensor, int64_t n, float *numbers), float *numbers)
{
  int64_t at = 0;
  for (int i = 0; i < 2 * head->n_layers; i++) {
    LamTensor *tensor = i % 2 ? lam_head_get_bias (head, i / 2)
                              : lam_head_get_weights (head, i / 2);
    int64_t n = tensor ? lam_shape_get_count (&tensor->shape) : 0;
    if (each && tensor)
      each (lam_tensor_floats (tensor), n, numbers + at);
    at += n;
  }
  return at;
}

static void
copy_from (float *tensor, int64_t n, float *numbers)
{
  memcpy (numbers, tensor, (size_t)n * sizeof *numbers);
}

static void
copy_to (float *tensor, int64_t n, float *numbers)
{
  memcpy (tensor, numbers, (size_t)n * sizeof *numbers);
}

int64_t
lam_head_count (const LamHead *head)
{
  return for_tensors (head, NULL, NULL);
}

void
lam_head_get (const LamHead *head, float *numbers)
{
  for_tensors (head, copy_from, numbers);
}

void
lam_head_set (const LamHead *head, const float *numbers)
{
  for_tensors (head, copy_to, (float *)numbers);
  lam_head_changed (head);
}

LAM_CLONES static void
add_scaled (const float *from, float factor, int64_t n, float *to)
{
  for (int64_t i = 0; i < n; i++)
    to[i] += factor * from[i];
}

/* Four channels after each other: the sums stay in registers. */
LAM_CLONES static void
add_four (
    const float *from, int64_t step, const float *factors, int64_t n, float *to)
{
  const float *a = from, *b = a + step, *c = b + step, *d = c + step;
  const float fa = factors[0], fb = factors[1], fc = factors[2],
              fd = factors[3];
  for (int64_t i = 0; i < n; i++)
    to[i] = to[i] + fa * a[i] + fb * b[i] + fc * c[i] + fd * d[i];
}

void
lam_head_score (const LamHead *head, const float *features, int64_t step,
    int64_t n, float *scores)
{
  const LamHeadLayer *layer = &head->layers[0];
  g_return_if_fail (head->n_layers == 1);
  const float *weights = lam_tensor_floats (lam_head_get_weights (head, 0));
  LamTensor *bias = lam_head_get_bias (head, 0);
  for (int64_t f = 0; f < layer->filters; f++) {
    float first = bias ? lam_tensor_floats (bias)[f] : 0;
    for (int64_t i = 0; i < n; i++)
      scores[f * n + i] = first;
    const float *factors = weights + f * layer->channels;
    int64_t c = 0;
    for (; c + 4 <= layer->channels; c += 4)
      add_four (features + c * step, step, factors + c, n, scores + f * n);
    for (; c < layer->channels; c++)
      add_scaled (features + c * step, factors[c], n, scores + f * n);
  }
}

/* ---- The rest ----------------------------------------------------------- */

/* Marks what the value is computed from. Nodes stand in order. */
static void
mark_needed (const LamNetwork *network, int value, bool *is_needed)
{
  is_needed[value] = true;
  for (guint i = network->nodes->len; i > 0; i--) {
    const LamNode *node = lam_graph_get_node (network, i - 1);
    bool is_used = false;
    for (int j = 0; j < node->n_outputs; j++)
      is_used |=
          node->outputs[j] != LAM_VALUE_NONE && is_needed[node->outputs[j]];
    for (int j = 0; j < node->n_inputs && is_used; j++)
      if (node->inputs[j] != LAM_VALUE_NONE)
        is_needed[node->inputs[j]] = true;
  }
}

static bool
makes_needed (const LamNode *node, const bool *is_needed)
{
  for (int j = 0; j < node->n_outputs; j++)
    if (node->outputs[j] != LAM_VALUE_NONE && is_needed[node->outputs[j]])
      return true;
  return false;
}

LamNetwork *
lam_head_new_trunk (const LamHead *head)
{
  LamNetwork *network = head->network;
  LamNetwork *trunk = g_new0 (LamNetwork, 1);
  g_autofree bool *is_needed = g_new0 (bool, network->values->len);
  g_atomic_ref_count_init (&trunk->references);
  trunk->path = g_strdup (network->path);
  trunk->opset = network->opset;
  trunk->whole = lam_network_ref (network);
  trunk->values = g_array_ref (network->values);
  trunk->nodes = g_ptr_array_new ();
  trunk->inputs = g_array_ref (network->inputs);
  trunk->outputs = g_array_new (FALSE, TRUE, sizeof (int));
  trunk->metadata =
      g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  g_mutex_init (&trunk->lock);
  g_array_append_val (trunk->outputs, head->features);
  mark_needed (network, head->features, is_needed);
  for (guint i = 0; i < network->nodes->len; i++)
    if (makes_needed (lam_graph_get_node (network, i), is_needed))
      g_ptr_array_add (trunk->nodes, lam_graph_get_node (network, i));
  return trunk;
}
