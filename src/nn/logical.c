/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Some operators make or take only such values; others hand the type of one
 * input on. What is known of results goes forwards, of inputs backwards. */
#include "nn/logical.h"

#include <string.h>

#include "nn/operator.h"

static bool
is_one_of (const LamNode *node, const char *const *names)
{
  return g_strv_contains (names, node->row->name);
}

/* Nothing has looked at the node's attributes yet. */
static bool
casts_to_logical (const LamNode *node)
{
  const LamAttribute *to = node->attributes;
  return strcmp (node->row->name, "Cast") == 0 && node->n_attributes == 1
      && to->kind == LAM_ATTRIBUTE_INTEGERS && to->n == 1
      && to->integers[0] == 9;
}

static bool
makes_logical (const LamNode *node)
{
  static const char *const names[] = { "And", "Equal", "Greater",
    "GreaterOrEqual", "Less", "LessOrEqual", "Not", "Or", "Xor", NULL };
  return is_one_of (node, names) || casts_to_logical (node);
}

static bool
takes_logical (const LamNode *node, int input)
{
  static const char *const names[] = { "And", "Not", "Or", "Xor", NULL };
  return is_one_of (node, names)
      || (strcmp (node->row->name, "Where") == 0 && input == 0);
}

/* The input whose type the first output has; -1: none. */
static int
get_kin (const LamNode *node)
{
  static const char *const first[] = { "Concat", "Expand", "Flatten", "Gather",
    "Identity", "Reshape", "Slice", "Split", "Squeeze", "Tile", "Transpose",
    "Unsqueeze", NULL };
  if (node->n_inputs < 1 || node->inputs[0] == LAM_VALUE_NONE)
    return -1;
  return is_one_of (node, first)               ? 0
      : strcmp (node->row->name, "Where") == 0 ? 1
                                               : -1;
}

static bool *
find_flag (const LamNetwork *network, int value)
{
  return &lam_graph_get_value (network, value)->is_logical;
}

static void
mark_result (const LamNetwork *network, const LamNode *node)
{
  int kin = get_kin (node);
  if (makes_logical (node)
      || (kin >= 0 && *find_flag (network, node->inputs[kin])))
    *find_flag (network, node->outputs[0]) = true;
}

static void
mark_inputs (const LamNetwork *network, const LamNode *node)
{
  int kin = get_kin (node);
  bool result = *find_flag (network, node->outputs[0]);
  for (int i = 0; i < node->n_inputs; i++)
    if (node->inputs[i] != LAM_VALUE_NONE
        && (takes_logical (node, i) || (i == kin && result)))
      *find_flag (network, node->inputs[i]) = true;
}

void
lam_graph_mark_logical (LamNetwork *network)
{
  for (guint i = 0; i < network->nodes->len; i++)
    mark_result (network, lam_graph_get_node (network, i));
  for (guint i = network->nodes->len; i-- > 0;)
    mark_inputs (network, lam_graph_get_node (network, i));
}
