/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* A node is taken into the one before it when nothing else sees the value
 * between the two. */
#include "nn/fuse.h"

#include <math.h>
#include <string.h>

#include "nn/operator-table.h"

typedef struct {
  LamNetwork *network;
  int *n_uses; /* by value */
  LamNode **makers; /* by value */
} Fusion;

/* The node whose first output is the input of `node` and used there only. */
static LamNode *
find_maker (const Fusion *fusion, const LamNode *node)
{
  int value = node->n_inputs ? node->inputs[0] : LAM_VALUE_NONE;
  LamNode *maker = value == LAM_VALUE_NONE ? NULL : fusion->makers[value];
  return maker && fusion->n_uses[value] == 1 && maker->outputs[0] == value
          && maker->activation.slope == 1
      ? maker
      : NULL;
}

static void
take_output (Fusion *fusion, LamNode *maker, LamNode *node)
{
  maker->outputs[0] = node->outputs[0];
  fusion->makers[node->outputs[0]] = maker;
  g_ptr_array_remove (fusion->network->nodes, node);
}

static bool
fuse_activation (Fusion *fusion, LamNode *node)
{
  LamActivation activation = { 0 };
  if (node->row == &lam_operator_leaky_relu)
    activation.slope =
        node->n_attributes ? node->attributes[0].floats[0] : 0.01f;
  else if (node->row != &lam_operator_relu)
    return false;
  LamNode *maker = find_maker (fusion, node);
  if (!maker || !maker->row->has_activation)
    return false;
  maker->activation = activation;
  take_output (fusion, maker, node);
  return true;
}

static const LamTensor *
get_constant (const Fusion *fusion, const LamNode *node, int i)
{
  int value = i < node->n_inputs ? node->inputs[i] : LAM_VALUE_NONE;
  return value == LAM_VALUE_NONE
      ? NULL
      : lam_graph_get_value (fusion->network, value)->constant;
}

/* New weights and bias: w · s and (b − mean) · s + shift, where s is
 * scale / √(variance + ε), for each filter. */
static void
scale_weights (const Fusion *fusion, const LamNode *conv, const LamNode *norm,
    float epsilon, LamTensor *weights, LamTensor *bias)
{
  const float *list[5];
  const LamTensor *old_weights = get_constant (fusion, conv, 1);
  const LamTensor *old_bias = get_constant (fusion, conv, 2);
  int64_t filters = weights->shape.dims[0];
  int64_t n = lam_shape_get_count (&weights->shape) / filters;
  for (int i = 1; i < 5; i++)
    list[i] = lam_tensor_floats (get_constant (fusion, norm, i));
  for (int64_t k = 0; k < filters; k++) {
    double scale = list[1][k] / sqrt ((double)list[4][k] + epsilon);
    double before = old_bias ? lam_tensor_floats (old_bias)[k] : 0;
    for (int64_t i = k * n; i < (k + 1) * n; i++)
      lam_tensor_floats (weights)[i] =
          (float)(lam_tensor_floats (old_weights)[i] * scale);
    lam_tensor_floats (bias)[k] =
        (float)((before - list[3][k]) * scale + list[2][k]);
  }
}

/* Weights that nobody wants any more are freed. */
static void
drop_use (Fusion *fusion, int value)
{
  if (value != LAM_VALUE_NONE && --fusion->n_uses[value] == 0)
    g_clear_pointer (&lam_graph_get_value (fusion->network, value)->constant,
        lam_tensor_free);
}

static void
set_weights (Fusion *fusion, LamNode *conv, const LamNode *norm,
    LamTensor *weights, LamTensor *bias)
{
  bool has_bias = conv->n_inputs > 2 && conv->inputs[2] != LAM_VALUE_NONE;
  const int named[2] = { conv->inputs[1],
    has_bias ? conv->inputs[2] : norm->inputs[2] };
  LamTensor *tensors[2] = { weights, bias };
  int inputs[3] = { conv->inputs[0] };
  for (int i = 0; i < 2; i++) {
    g_autofree char *name =
        g_strdup (lam_graph_get_value (fusion->network, named[i])->name);
    inputs[1 + i] = lam_graph_add_value (fusion->network, name, tensors[i]);
    fusion->n_uses[inputs[1 + i]] = 1;
  }
  for (int i = 1; i < conv->n_inputs; i++)
    drop_use (fusion, conv->inputs[i]);
  g_free (conv->inputs);
  conv->inputs = g_memdup2 (inputs, sizeof inputs);
  conv->n_inputs = 3;
}

static bool
fuse_norm (Fusion *fusion, LamNode *node)
{
  float epsilon = 1e-5f;
  LamNode *conv = find_maker (fusion, node);
  if (node->row != &lam_operator_batch_norm || !conv
      || conv->row != &lam_operator_conv || !get_constant (fusion, conv, 1)
      || (conv->n_inputs > 2 && conv->inputs[2] != LAM_VALUE_NONE
          && !get_constant (fusion, conv, 2)))
    return false;
  for (int i = 1; i < 5; i++)
    if (!get_constant (fusion, node, i))
      return false;
  for (int i = 0; i < node->n_attributes; i++)
    if (strcmp (node->attributes[i].name, "epsilon") == 0)
      epsilon = node->attributes[i].floats[0];
  const LamShape shape = get_constant (fusion, conv, 1)->shape;
  LamTensor *weights = lam_tensor_new_unset (&shape);
  const LamShape flat = lam_shape_new (LAM_TENSOR_F32, 1, shape.dims);
  LamTensor *bias = lam_tensor_new (&flat);
  scale_weights (fusion, conv, node, epsilon, weights, bias);
  set_weights (fusion, conv, node, weights, bias);
  take_output (fusion, conv, node);
  return true;
}

static void
count_all (Fusion *fusion)
{
  const LamNetwork *network = fusion->network;
  for (guint i = 0; i < network->nodes->len; i++) {
    LamNode *node = lam_graph_get_node (network, i);
    for (int j = 0; j < node->n_inputs; j++)
      if (node->inputs[j] != LAM_VALUE_NONE)
        fusion->n_uses[node->inputs[j]]++;
    for (int j = 0; j < node->n_outputs; j++)
      if (node->outputs[j] != LAM_VALUE_NONE)
        fusion->makers[node->outputs[j]] = node;
  }
  for (guint i = 0; i < network->outputs->len; i++)
    fusion->n_uses[g_array_index (network->outputs, int, i)]++;
}

void
lam_network_fuse (LamNetwork *network, bool is_training)
{
  guint n = network->values->len;
  /* A convolution may be given new weights at each node that follows. */
  g_autofree int *n_uses = g_new0 (int, n + 2 * network->nodes->len);
  g_autofree LamNode **makers = g_new0 (LamNode *, n);
  Fusion fusion = { network, n_uses, makers };
  count_all (&fusion);
  for (guint i = 0; i < network->nodes->len;) {
    LamNode *node = lam_graph_get_node (network, i);
    if ((is_training || !fuse_norm (&fusion, node))
        && !fuse_activation (&fusion, node))
      i++;
  }
}
