/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Makes the nodes of a new network in memory, with first weights. Values are
 * known by their index; n, c, z, y, x. */
#pragma once

#include "base/random.h"
#include "nn/graph.h"

typedef enum {
  LAM_LAYER_BEFORE_RELU, /* He */
  LAM_LAYER_BEFORE_NOTHING, /* Xavier */
} LamLayerUse;

typedef struct {
  LamNetwork *network; /* Borrowed */
  uint64_t seed;
  float slope; /* of the activation; 0: ReLU */
} LamLayerBuilder;

/* Each makes nodes called `name` and returns the value of the result. */
/* Padded so that the size stays; kernels are odd. */
int lam_layer_conv (const LamLayerBuilder *builder, const char *name, int input,
    int64_t channels, int64_t filters, const int64_t kernel[3], bool has_bias,
    LamLayerUse use);
/* Transposed convolution whose stride is its kernel. */
int lam_layer_up (const LamLayerBuilder *builder, const char *name, int input,
    int64_t channels, int64_t filters, const int64_t factor[3]);
int lam_layer_max_pool (const LamLayerBuilder *builder, const char *name,
    int input, const int64_t factor[3]);
int lam_layer_instance_norm (const LamLayerBuilder *builder, const char *name,
    int input, int64_t channels);
/* ReLU or leaky ReLU. */
int lam_layer_activate (
    const LamLayerBuilder *builder, const char *name, int input);
int lam_layer_concat (const LamLayerBuilder *builder, const char *name,
    const int *inputs, int n_inputs);
int lam_layer_add (
    const LamLayerBuilder *builder, const char *name, int a, int b);
/* Over the channels. */
int lam_layer_softmax (
    const LamLayerBuilder *builder, const char *name, int input);
