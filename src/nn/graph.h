/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The inside of a LamNetwork, for the modules that build, change and plan it.
 * Values are known by their index. */
#pragma once

#include "nn/activation.h"
#include "nn/network.h"

typedef struct _LamOperator LamOperator;

typedef enum {
  LAM_ATTRIBUTE_INTEGERS, /* one or many */
  LAM_ATTRIBUTE_FLOATS,
  LAM_ATTRIBUTE_TEXT,
  LAM_ATTRIBUTE_TENSOR,
} LamAttributeKind;

typedef struct {
  char *name;
  LamAttributeKind kind;
  int n; /* integers or floats */
  /* Owned; the one that `kind` says. */
  int64_t *integers;
  float *floats;
  char *text;
  LamTensor *tensor;
} LamAttribute;

#define LAM_VALUE_NONE (-1) /* an optional input that was left out */

#define LAM_NODE_WAYS 5

typedef struct {
  const LamOperator *row;
  char *name; /* as the file has it, else its first output's */
  int *inputs, *outputs; /* indices of values, or LAM_VALUE_NONE */
  int n_inputs, n_outputs;
  LamAttribute *attributes;
  int n_attributes;
  LamActivation activation; /* applied to the first output */
  /* What the operator made of its weights, for each of its ways to go, under
   * the network's lock. */
  void *prepared[LAM_NODE_WAYS];
} LamNode;

typedef struct {
  char *name;
  LamTensor *constant; /* Owned; NULL if it is computed */
  LamShape declared; /* rank -1: nothing was said; axis -1: open */
  bool is_literal; /* a constant from Constant nodes alone, no weight */
  bool is_logical; /* its integers are true and false; see nn/logical.h */
} LamValue;

struct _LamNetwork {
  gatomicrefcount references;
  char *path;
  int opset;
  GArray *values; /* Owned; LamValue */
  GPtrArray *nodes; /* Owned; LamNode */
  GArray *inputs, *outputs; /* Owned; int */
  GHashTable *metadata; /* Owned; text by text */
  int64_t n_parameters;
  GMutex lock; /* of each node's `prepared`, and `is_spent` */
  bool is_spent; /* some weights are there only as `prepared` */
  /* Owned; the network of which this is a part (nn/head.h), whose nodes it
   * borrows and whose values it shares; NULL: it is none. */
  LamNetwork *whole;
};

LamNetwork *lam_graph_new (const char *path) G_GNUC_WARN_UNUSED_RESULT;
/* Takes `constant`. */
int lam_graph_add_value (
    LamNetwork *network, const char *name, LamTensor *constant);
LamNode *lam_node_new (int n_inputs, int n_outputs, int n_attributes);
void lam_node_free (LamNode *node);
void lam_node_forget_prepared (LamNode *node);

static inline LamValue *
lam_graph_get_value (const LamNetwork *network, int i)
{
  return &g_array_index (network->values, LamValue, i);
}

static inline LamNode *
lam_graph_get_node (const LamNetwork *network, guint i)
{
  return g_ptr_array_index (network->nodes, i);
}

/* For a network whose graph is complete: sorts it, refuses, naming node and
 * operator, all that cannot be run, replaces what no size changes by
 * constants, and notes the type and rank of every value. */
bool lam_network_check (LamNetwork *network, GError **error);
/* How many nodes and outputs use the value. */
int lam_graph_count_uses (const LamNetwork *network, int value);
/* Brings the nodes into an order in which each one's inputs are there; false,
 * naming a node, where there is a circle. */
bool lam_graph_sort (LamNetwork *network, GError **error);
