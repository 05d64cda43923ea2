/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "nn/layer-builder.h"

#include "nn/initialise.h"
#include "nn/operator-table.h"

static LamNode *
add_node (const LamLayerBuilder *builder, const LamOperator *row,
    const char *name, int n_inputs, int n_attributes)
{
  LamNode *node = lam_node_new (n_inputs, 1, n_attributes);
  node->row = row;
  node->name = g_strdup (name);
  node->outputs[0] = lam_graph_add_value (builder->network, name, NULL);
  g_ptr_array_add (builder->network->nodes, node);
  return node;
}

static void
set_integers (
    LamNode *node, int i, const char *name, const int64_t *values, int n)
{
  node->attributes[i] = (LamAttribute){
    .name = g_strdup (name),
    .kind = LAM_ATTRIBUTE_INTEGERS,
    .n = n,
    .integers = g_memdup2 (values, (gsize)n * sizeof *values),
  };
}

static void
set_float (LamNode *node, int i, const char *name, float value)
{
  node->attributes[i] = (LamAttribute){
    .name = g_strdup (name),
    .kind = LAM_ATTRIBUTE_FLOATS,
    .n = 1,
    .floats = g_memdup2 (&value, sizeof value),
  };
}

/* Called `name`.`part`; counts among the network's parameters. */
static int
add_weights (const LamLayerBuilder *builder, const char *name, const char *part,
    int rank, const int64_t *dims, LamTensor **tensor)
{
  LamShape shape = lam_shape_new (LAM_TENSOR_F32, rank, dims);
  g_autofree char *full = g_strconcat (name, ".", part, NULL);
  *tensor = lam_tensor_new (&shape);
  builder->network->n_parameters += lam_shape_get_count (&shape);
  return lam_graph_add_value (builder->network, full, *tensor);
}

/* A stream of its own for each tensor: what one draws moves no other. */
static LamRandom
dice_of (const LamLayerBuilder *builder, int value)
{
  return lam_random_new (builder->seed, (uint64_t)value);
}

static int
add_zeros (const LamLayerBuilder *builder, const char *name, const char *part,
    int64_t n)
{
  LamTensor *tensor;
  return add_weights (builder, name, part, 1, &n, &tensor);
}

int
lam_layer_conv (const LamLayerBuilder *builder, const char *name, int input,
    int64_t channels, int64_t filters, const int64_t kernel[3], bool has_bias,
    LamLayerUse use)
{
  const int64_t dims[5] = { filters, channels, kernel[0], kernel[1],
    kernel[2] };
  const int64_t pads[6] = { kernel[0] / 2, kernel[1] / 2, kernel[2] / 2,
    kernel[0] / 2, kernel[1] / 2, kernel[2] / 2 };
  int64_t taps = kernel[0] * kernel[1] * kernel[2];
  LamTensor *tensor;
  LamNode *node =
      add_node (builder, &lam_operator_conv, name, has_bias ? 3 : 2, 2);
  set_integers (node, 0, "kernel_shape", kernel, 3);
  set_integers (node, 1, "pads", pads, 6);
  node->inputs[0] = input;
  node->inputs[1] = add_weights (builder, name, "weight", 5, dims, &tensor);
  LamRandom dice = dice_of (builder, node->inputs[1]);
  if (use == LAM_LAYER_BEFORE_RELU)
    lam_initialise_he (tensor, channels * taps, builder->slope, &dice);
  else
    lam_initialise_xavier (tensor, channels * taps, filters * taps, &dice);
  if (has_bias)
    node->inputs[2] = add_zeros (builder, name, "bias", filters);
  return node->outputs[0];
}

int
lam_layer_up (const LamLayerBuilder *builder, const char *name, int input,
    int64_t channels, int64_t filters, const int64_t factor[3])
{
  const int64_t dims[5] = { channels, filters, factor[0], factor[1],
    factor[2] };
  LamTensor *tensor;
  LamNode *node = add_node (builder, &lam_operator_conv_transpose, name, 3, 2);
  set_integers (node, 0, "kernel_shape", factor, 3);
  set_integers (node, 1, "strides", factor, 3);
  node->inputs[0] = input;
  node->inputs[1] = add_weights (builder, name, "weight", 5, dims, &tensor);
  /* Windows do not overlap: each output sees one tap. */
  LamRandom dice = dice_of (builder, node->inputs[1]);
  lam_initialise_xavier (tensor, channels, filters, &dice);
  node->inputs[2] = add_zeros (builder, name, "bias", filters);
  return node->outputs[0];
}

int
lam_layer_max_pool (const LamLayerBuilder *builder, const char *name, int input,
    const int64_t factor[3])
{
  LamNode *node = add_node (builder, &lam_operator_max_pool, name, 1, 2);
  set_integers (node, 0, "kernel_shape", factor, 3);
  set_integers (node, 1, "strides", factor, 3);
  node->inputs[0] = input;
  return node->outputs[0];
}

int
lam_layer_instance_norm (const LamLayerBuilder *builder, const char *name,
    int input, int64_t channels)
{
  LamTensor *scale;
  LamNode *node = add_node (builder, &lam_operator_instance_norm, name, 3, 1);
  set_float (node, 0, "epsilon", 1e-5f);
  node->inputs[0] = input;
  node->inputs[1] = add_weights (builder, name, "scale", 1, &channels, &scale);
  lam_initialise_constant (scale, 1);
  node->inputs[2] = add_zeros (builder, name, "bias", channels);
  return node->outputs[0];
}

int
lam_layer_activate (const LamLayerBuilder *builder, const char *name, int input)
{
  bool is_leaky = builder->slope != 0;
  LamNode *node = add_node (builder,
      is_leaky ? &lam_operator_leaky_relu : &lam_operator_relu, name, 1,
      is_leaky ? 1 : 0);
  if (is_leaky)
    set_float (node, 0, "alpha", builder->slope);
  node->inputs[0] = input;
  return node->outputs[0];
}

int
lam_layer_concat (const LamLayerBuilder *builder, const char *name,
    const int *inputs, int n_inputs)
{
  const int64_t axis = 1;
  LamNode *node = add_node (builder, &lam_operator_concat, name, n_inputs, 1);
  set_integers (node, 0, "axis", &axis, 1);
  for (int i = 0; i < n_inputs; i++)
    node->inputs[i] = inputs[i];
  return node->outputs[0];
}

int
lam_layer_add (const LamLayerBuilder *builder, const char *name, int a, int b)
{
  LamNode *node = add_node (builder, &lam_operator_add, name, 2, 0);
  node->inputs[0] = a;
  node->inputs[1] = b;
  return node->outputs[0];
}

int
lam_layer_softmax (const LamLayerBuilder *builder, const char *name, int input)
{
  const int64_t axis = 1;
  LamNode *node = add_node (builder, &lam_operator_softmax, name, 1, 1);
  set_integers (node, 0, "axis", &axis, 1);
  node->inputs[0] = input;
  return node->outputs[0];
}
