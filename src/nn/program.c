/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "nn/program.h"

#include <glib/gi18n-lib.h>

#include "nn/half.h"

/* What a network may make out of constants; shape arithmetic is tiny. */
#define MAX_FOLDED_BYTES (INT64_C (1) << 30)
#define MAX_FOLDED_FLOPS 1e10

static bool
check_input (
    const LamNetwork *network, int i, const LamShape *shape, GError **error)
{
  const LamShape *declared = lam_network_get_input_shape (network, i);
  bool fits = declared->rank < 0 || declared->rank == shape->rank;
  for (int j = 0; fits && j < declared->rank; j++)
    fits = declared->dims[j] < 0 || declared->dims[j] == shape->dims[j];
  g_autofree char *text = lam_shape_to_text (shape);
  if (!lam_shape_is_valid (shape) || lam_shape_get_count (shape) < 1) {
    g_set_error (error, LAM_ERROR, LAM_ERROR_LIMIT,
        _ ("%s: an input of %s voxels is not possible"), network->path, text);
    return false;
  }
  if (fits)
    return true;
  g_autofree char *needed = lam_shape_to_text (declared);
  g_set_error (error, LAM_ERROR, LAM_ERROR_INPUT,
      _ ("%s: the input “%s” has the shape %s, but was given %s (-1: any)"),
      network->path, lam_network_get_input_name (network, i), needed, text);
  return false;
}

static void
begin_step (LamProgram *program, const LamNode *node, LamStep *step)
{
  *step = (LamStep){
    .node = node, .network = program->network, .is_fast = program->is_fast
  };
  step->inputs = g_new0 (const LamTensor *, MAX (node->n_inputs, 1));
  step->outputs = g_new0 (LamTensor *, MAX (node->n_outputs, 1));
  for (int i = 0; i < node->n_inputs; i++)
    if (node->inputs[i] != LAM_VALUE_NONE)
      step->inputs[i] = &program->tensors[node->inputs[i]];
  for (int i = 0; i < node->n_outputs; i++)
    if (node->outputs[i] != LAM_VALUE_NONE)
      step->outputs[i] = &program->tensors[node->outputs[i]];
}

static void
end_step (LamStep *step)
{
  g_free (step->inputs);
  g_free (step->outputs);
  g_free (step->settings);
}

static bool
is_constant (const LamStep *step)
{
  if (step->node->row->is_shape_only)
    return true;
  for (int i = 0; i < step->node->n_inputs; i++)
    if (step->inputs[i] && !step->inputs[i]->data)
      return false;
  return true;
}

/* Computes the step now. */
static bool
fold_step (
    LamProgram *program, LamStep *step, int64_t *folded_bytes, GError **error)
{
  const LamNode *node = step->node;
  if (step->flops > MAX_FOLDED_FLOPS)
    return lam_step_fail (step, error, LAM_ERROR_LIMIT,
        _ ("%g operations are done with constants"), step->flops);
  for (int i = 0; i < node->n_outputs; i++) {
    LamTensor *output = step->outputs[i];
    if (!output)
      continue;
    *folded_bytes += lam_shape_get_bytes (&output->shape);
    if (*folded_bytes > MAX_FOLDED_BYTES)
      return lam_step_fail (step, error, LAM_ERROR_LIMIT,
          _ ("more than %" G_GINT64_FORMAT " bytes are made of constants"),
          MAX_FOLDED_BYTES);
    output->data = g_malloc0 (MAX (lam_shape_get_bytes (&output->shape), 8));
    program->is_folded[node->outputs[i]] = true;
  }
  g_autoptr (LamTeam) team = lam_team_new (1);
  int64_t scratch_bytes = (step->scratch_bytes + 63) & ~INT64_C (63);
  g_autofree char *block = g_malloc (scratch_bytes + step->shared_bytes + 64);
  step->scratch = (char *)(((uintptr_t)block + 63) & ~(uintptr_t)63);
  step->shared = step->scratch + scratch_bytes;
  node->row->forward (step, team);
  step->scratch = step->shared = NULL;
  return true;
}

static bool
check_result (const LamStep *step, GError **error)
{
  for (int i = 0; i < step->node->n_outputs; i++)
    if (step->outputs[i]
        && lam_shape_get_count (&step->outputs[i]->shape) < 1) {
      g_autofree char *text = lam_shape_to_text (&step->outputs[i]->shape);
      return lam_step_fail (step, error, LAM_ERROR_INPUT,
          _ ("the result would have no voxels (%s): the input is too small"),
          text);
    }
  return true;
}

static bool
infer_all (LamProgram *program, GError **error)
{
  LamNetwork *network = program->network;
  int64_t folded_bytes = 0;
  for (guint i = 0; i < network->nodes->len; i++) {
    LamStep *step = &program->steps[program->n_steps];
    const LamNode *node = lam_graph_get_node (network, i);
    begin_step (program, node, step);
    program->n_steps++;
    if (!node->row->infer (step, error))
      return false;
    if (!is_constant (step)) {
      if (!check_result (step, error))
        return false;
      continue;
    }
    if (!fold_step (program, step, &folded_bytes, error))
      return false;
    end_step (step);
    program->n_steps--;
  }
  return true;
}

/* Backwards: who keeps the size of numbers asks for it if asked. */
static void
ask_for_sizes (LamProgram *program)
{
  for (int i = program->n_steps - 1; i >= 0; i--) {
    const LamStep *step = &program->steps[i];
    const LamNode *node = step->node;
    bool is_asked = node->row->keeps_size && step->outputs[0]->wants_size;
    int n = is_asked ? node->n_inputs : step->wants_size ? 1 : 0;
    for (int j = 0; j < n; j++)
      if (node->inputs[j] != LAM_VALUE_NONE)
        program->tensors[node->inputs[j]].wants_size = true;
  }
}

/* By value: whether its numbers are 16-bit floats. */
static void
find_makers (const LamProgram *program, bool *is_half)
{
  const LamNetwork *network = program->network;
  for (int i = 0; i < program->n_steps; i++) {
    const LamStep *step = &program->steps[i];
    int value = step->node->n_outputs ? step->node->outputs[0] : LAM_VALUE_NONE;
    if (value != LAM_VALUE_NONE
        && program->tensors[value].shape.type == LAM_TENSOR_F32
        && program->tensors[value].shape.rank >= 2)
      is_half[value] = step->writes_half || step->keeps_half;
  }
  for (guint i = 0; i < network->outputs->len; i++)
    is_half[g_array_index (network->outputs, int, i)] = false;
}

/* Takes back what the step could not read, or write because of what it reads.
 * Returns whether something was. */
static bool
take_back (const LamStep *step, bool *is_half)
{
  const LamNode *node = step->node;
  bool keeps = step->keeps_half, changes = false, all = keeps;
  for (int i = 0; i < node->n_inputs && keeps; i++)
    all = all && node->inputs[i] != LAM_VALUE_NONE && is_half[node->inputs[i]];
  all = all && is_half[node->outputs[0]];
  for (int i = 0; i < node->n_inputs; i++) {
    int value = node->inputs[i];
    bool can_read = keeps ? all : i == 0 && step->reads_half;
    if (value == LAM_VALUE_NONE || !is_half[value] || can_read)
      continue;
    is_half[value] = false;
    changes = true;
  }
  if (keeps && !all && is_half[node->outputs[0]]) {
    is_half[node->outputs[0]] = false;
    changes = true;
  }
  return changes;
}

/* What is made and read by nobody but steps that can. */
static void
choose_halves (LamProgram *program)
{
  guint n_values = program->network->values->len;
  g_autofree bool *is_half = g_new0 (bool, MAX (n_values, 1));
  bool changes = true;
  find_makers (program, is_half);
  while (changes) {
    changes = false;
    for (int i = program->n_steps - 1; i >= 0; i--)
      changes = take_back (&program->steps[i], is_half) || changes;
  }
  for (guint i = 0; i < n_values; i++)
    if (is_half[i]) {
      LamTensor *tensor = &program->tensors[i];
      tensor->shape.type = LAM_TENSOR_F16;
      tensor->units = g_new0 (float, (size_t)tensor->shape.dims[1]);
    }
}

LamProgram *
lam_program_new (
    LamNetwork *network, const LamShape *inputs, bool is_fast, GError **error)
{
  g_autoptr (LamProgram) program = g_new0 (LamProgram, 1);
  guint n_values = network->values->len;
  program->network = network;
  program->is_fast = is_fast;
  program->tensors = g_new0 (LamTensor, n_values);
  program->is_folded = g_new0 (bool, n_values);
  program->steps = g_new0 (LamStep, network->nodes->len + 1);
  for (guint i = 0; i < n_values; i++) {
    const LamTensor *constant = lam_graph_get_value (network, i)->constant;
    if (constant)
      program->tensors[i] = *constant;
  }
  for (guint i = 0; i < network->inputs->len; i++) {
    if (!check_input (network, i, &inputs[i], error))
      return NULL;
    program->tensors[g_array_index (network->inputs, int, i)].shape = inputs[i];
  }
  if (!infer_all (program, error))
    return NULL;
  if (is_fast && lam_half_is_there ())
    choose_halves (program);
  ask_for_sizes (program);
  return g_steal_pointer (&program);
}

void
lam_program_free (LamProgram *program)
{
  if (!program)
    return;
  for (int i = 0; i < program->n_steps; i++)
    end_step (&program->steps[i]);
  for (guint i = 0; i < program->network->values->len; i++)
    if (program->is_folded[i])
      g_free (program->tensors[i].data);
  for (guint i = 0; i < program->network->values->len; i++)
    g_free (program->tensors[i].units);
  g_free (program->tensors);
  g_free (program->is_folded);
  g_free (program->steps);
  g_free (program);
}
