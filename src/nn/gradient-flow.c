/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Forwards: which values depend on something that is trained. Backwards: which
 * of those the output depends on. */
#include "nn/gradient-flow.h"

#include <glib/gi18n-lib.h>

static bool
has_bit (unsigned mask, int i)
{
  return mask >> MIN (i, 31) & 1;
}

static void
add_once (GArray *list, int value)
{
  for (guint i = 0; i < list->len; i++)
    if (g_array_index (list, int, i) == value)
      return;
  g_array_append_val (list, value);
}

/* Exporters write the ones and zeros of a norm that has nothing to learn as
 * Constant nodes. */
static bool
is_filler (const LamValue *value)
{
  const float *x = lam_tensor_floats (value->constant);
  int64_t n = lam_shape_get_count (&value->constant->shape);
  for (int64_t i = 1; i < n; i++)
    if (x[i] != x[0])
      return false;
  return value->is_literal;
}

/* A lone number (of no axes) is never trained: an ε, a factor. */
static bool
is_weight (const LamNode *node, int input, const LamValue *value)
{
  return has_bit (node->row->trained_inputs, input)
      && value->constant->shape.rank > 0 && !is_filler (value);
}

static void
list_constants (const LamProgram *program, GArray *parameters, GArray *states)
{
  for (int i = 0; i < program->n_steps; i++) {
    const LamNode *node = program->steps[i].node;
    for (int j = 0; j < node->n_inputs; j++) {
      int value = node->inputs[j];
      const LamValue *of = value == LAM_VALUE_NONE
          ? NULL
          : lam_graph_get_value (program->network, value);
      if (!of || !of->constant || of->constant->shape.type != LAM_TENSOR_F32)
        continue;
      if (is_weight (node, j, of))
        add_once (parameters, value);
      if (has_bit (node->row->updated_inputs, j))
        add_once (states, value);
    }
  }
}

/* By value: whether it depends on something that is trained. */
static bool *
find_dependent (
    const LamProgram *program, const GArray *parameters, bool wants_inputs)
{
  const LamNetwork *network = program->network;
  bool *depends = g_new0 (bool, MAX (network->values->len, 1));
  for (guint i = 0; i < parameters->len; i++)
    depends[g_array_index (parameters, int, i)] = true;
  for (guint i = 0; wants_inputs && i < network->inputs->len; i++)
    depends[g_array_index (network->inputs, int, i)] = true;
  for (int i = 0; i < program->n_steps; i++) {
    const LamNode *node = program->steps[i].node;
    bool any = false;
    for (int j = 0; j < node->n_inputs; j++)
      any = any
          || (node->inputs[j] != LAM_VALUE_NONE && depends[node->inputs[j]]);
    for (int j = 0; j < node->n_outputs; j++)
      if (node->outputs[j] != LAM_VALUE_NONE)
        depends[node->outputs[j]] = any
            && program->tensors[node->outputs[j]].shape.type == LAM_TENSOR_F32;
  }
  return depends;
}

static bool
check_step (const LamStep *step, GError **error)
{
  if (step->node->activation.slope < 0)
    return lam_step_fail (step, error, LAM_ERROR_UNSUPPORTED,
        _ ("cannot be trained: the slope %g of the leaky ReLU behind it is "
           "negative"),
        step->node->activation.slope);
  if (step->node->row->backward || lam_operator_is_view (step->node->row, true))
    return true;
  return lam_step_fail (step, error, LAM_ERROR_UNSUPPORTED,
      _ ("cannot be trained: there is no derivative of this operator"));
}

/* From the output back. */
static bool
follow_back (LamGradientFlow *flow, const LamProgram *program,
    const bool *depends, GError **error)
{
  int output = g_array_index (program->network->outputs, int, 0);
  flow->has_gradient[output] = depends[output];
  for (int i = program->n_steps - 1; i >= 0; i--) {
    const LamNode *node = program->steps[i].node;
    for (int j = 0; j < node->n_outputs; j++)
      if (node->outputs[j] != LAM_VALUE_NONE)
        flow->is_active[i] |= flow->has_gradient[node->outputs[j]];
    if (!flow->is_active[i])
      continue;
    if (!check_step (&program->steps[i], error))
      return false;
    for (int j = 0; j < node->n_inputs; j++)
      if (node->inputs[j] != LAM_VALUE_NONE && depends[node->inputs[j]])
        flow->has_gradient[node->inputs[j]] = true;
  }
  return true;
}

/* Weights that the output does not depend on are left alone. */
static void
drop_unreached (LamGradientFlow *flow)
{
  for (guint i = 0; i < flow->parameters->len;)
    if (flow->has_gradient[g_array_index (flow->parameters, int, i)])
      i++;
    else
      g_array_remove_index (flow->parameters, i);
}

bool
lam_gradient_flow_read (LamGradientFlow *flow, const LamProgram *program,
    bool wants_inputs, GError **error)
{
  const LamNetwork *network = program->network;
  flow->has_gradient = g_new0 (bool, MAX (network->values->len, 1));
  flow->is_active = g_new0 (bool, MAX (program->n_steps, 1));
  flow->parameters = g_array_new (FALSE, FALSE, sizeof (int));
  flow->states = g_array_new (FALSE, FALSE, sizeof (int));
  list_constants (program, flow->parameters, flow->states);
  g_autofree bool *depends =
      find_dependent (program, flow->parameters, wants_inputs);
  if (!follow_back (flow, program, depends, error))
    return false;
  drop_unreached (flow);
  int output = g_array_index (network->outputs, int, 0);
  if (flow->has_gradient[output])
    return true;
  g_set_error (error, LAM_ERROR, LAM_ERROR_UNSUPPORTED,
      _ ("%s: nothing can be trained: the output “%s” does not depend on any "
         "weights by real numbers"),
      network->path, lam_graph_get_value (network, output)->name);
  return false;
}

void
lam_gradient_flow_clear (LamGradientFlow *flow)
{
  g_clear_pointer (&flow->has_gradient, g_free);
  g_clear_pointer (&flow->is_active, g_free);
  g_clear_pointer (&flow->parameters, g_array_unref);
  g_clear_pointer (&flow->states, g_array_unref);
}
