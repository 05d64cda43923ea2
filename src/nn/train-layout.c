/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* A value's gradient has one buffer, from the first of its users (in backward
 * order) that writes it until its maker has read it. Further users write into
 * a buffer of their own, which is added: always in the same order. */
#include "nn/train-layout.h"

#include "nn/life.h"

typedef struct {
  const LamProgram *program;
  const LamGradientFlow *flow;
  LamTrainLayout *layout;
  LamLife values, gradients;
  bool *is_written; /* Owned; by value: its gradient */
  GArray *buffers; /* Owned; LamArenaBuffer */
} Layout;

static bool
has_gradient (const Layout *state, int value)
{
  return value != LAM_VALUE_NONE && state->flow->has_gradient[value];
}

/* What backward reads of what forward made. */
static void
keep_values (Layout *state)
{
  int n = state->program->n_steps;
  for (int i = 0; i < n; i++) {
    const LamNode *node = state->program->steps[i].node;
    if (!state->flow->is_active[i])
      continue;
    for (int j = 0; j < node->n_inputs; j++)
      if (node->inputs[j] != LAM_VALUE_NONE
          && node->row->backward_inputs >> MIN (j, 31) & 1)
        lam_life_extend (&state->values, node->inputs[j], 2 * n - i);
    for (int j = 0; j < node->n_outputs; j++)
      if (node->outputs[j] != LAM_VALUE_NONE
          && ((node->row->backward_outputs >> j & 1)
              || (j == 0 && node->activation.slope != 1)))
        lam_life_extend (&state->values, node->outputs[j], 2 * n - i);
  }
}

static void
live_gradients (Layout *state)
{
  int n = state->program->n_steps;
  const LamNetwork *network = state->program->network;
  lam_life_extend (
      &state->gradients, g_array_index (network->outputs, int, 0), n);
  for (int i = 0; i < n; i++) {
    const LamNode *node = state->program->steps[i].node;
    if (!state->flow->is_active[i])
      continue;
    for (int j = 0; j < node->n_inputs; j++)
      if (has_gradient (state, node->inputs[j]))
        lam_life_extend (&state->gradients, node->inputs[j], 2 * n - i);
    for (int j = 0; j < node->n_outputs; j++)
      if (has_gradient (state, node->outputs[j]))
        lam_life_extend (&state->gradients, node->outputs[j], 2 * n - i);
  }
  for (guint i = 0; i < state->flow->parameters->len; i++)
    lam_life_extend (&state->gradients,
        g_array_index (state->flow->parameters, int, i), 2 * n + 1);
  for (guint i = 0; i < network->inputs->len; i++)
    if (has_gradient (state, g_array_index (network->inputs, int, i)))
      lam_life_extend (&state->gradients,
          g_array_index (network->inputs, int, i), 2 * n + 1);
}

/* Active users of the value, and the loss. */
static int
count_users (const Layout *state, int value)
{
  int n = g_array_index (state->program->network->outputs, int, 0) == value;
  for (int i = 0; i < state->program->n_steps; i++) {
    const LamNode *node = state->program->steps[i].node;
    for (int j = 0; state->flow->is_active[i] && j < node->n_inputs; j++)
      n += node->inputs[j] == value;
  }
  return n;
}

static void
share_views (Layout *state)
{
  for (int i = 0; i < state->program->n_steps; i++) {
    const LamNode *node = state->program->steps[i].node;
    if (!state->flow->is_active[i] || !lam_operator_is_view (node->row, true)
        || count_users (state, node->inputs[0]) != 1)
      continue;
    lam_life_join (&state->gradients, node->inputs[0], node->outputs[0]);
    state->layout->back[i].is_shared = true;
  }
}

/* The gradient of the first input, nowhere written yet, takes the place of
 * that of the first output, which nobody reads after this step. */
static bool
can_overwrite (const Layout *state, int index)
{
  const LamStep *step = &state->program->steps[index];
  const LamNode *node = step->node;
  if (!node->row->backward_can_overwrite
      || !has_gradient (state, node->inputs[0])
      || state->is_written[node->inputs[0]]
      || !has_gradient (state, node->outputs[0])
      || lam_shape_get_bytes (&step->inputs[0]->shape)
          != lam_shape_get_bytes (&step->outputs[0]->shape))
    return false;
  int root = lam_life_find_root (&state->gradients, node->outputs[0]);
  return state->gradients.last[root] == 2 * state->program->n_steps - index;
}

/* A buffer for this step alone; offsets are indices of buffers until all are
 * placed. */
static int64_t
add_temporary (Layout *state, int value, int time)
{
  LamArenaBuffer buffer = {
    .bytes = lam_shape_get_bytes (&state->program->tensors[value].shape),
    .first = time,
    .last = time,
    .whole = LAM_ARENA_ALONE,
  };
  g_array_append_val (state->buffers, buffer);
  return state->buffers->len - 1;
}

static void
lay_out_step (Layout *state, int index)
{
  const LamNode *node = state->program->steps[index].node;
  LamBackStep *back = &state->layout->back[index];
  back->target = g_new (int64_t, MAX (node->n_inputs, 1));
  back->sum = g_new (int64_t, MAX (node->n_inputs, 1));
  if (can_overwrite (state, index))
    lam_life_join (&state->gradients, node->inputs[0], node->outputs[0]);
  for (int j = 0; j < node->n_inputs; j++) {
    int value = node->inputs[j];
    back->target[j] = back->sum[j] = -1;
    if (!state->flow->is_active[index] || !has_gradient (state, value))
      continue;
    if (state->is_written[value])
      back->target[j] =
          add_temporary (state, value, 2 * state->program->n_steps - index);
    state->is_written[value] = true;
  }
}

static int64_t
get_offset (const Layout *state, int64_t buffer)
{
  return buffer < 0
      ? -1
      : g_array_index (state->buffers, LamArenaBuffer, buffer).offset;
}

/* Now that the buffers are placed. */
static void
read_offsets (Layout *state, const int *values, const int *gradients)
{
  LamTrainLayout *layout = state->layout;
  for (guint i = 0; i < state->program->network->values->len; i++) {
    layout->values[i] = get_offset (state, values[i]);
    layout->gradients[i] =
        state->flow->has_gradient[i] ? get_offset (state, gradients[i]) : -1;
  }
  for (int i = 0; i < layout->n_steps; i++) {
    const LamNode *node = state->program->steps[i].node;
    for (int j = 0; j < node->n_inputs; j++) {
      if (!state->flow->is_active[i] || !has_gradient (state, node->inputs[j]))
        continue;
      int64_t gradient = layout->gradients[node->inputs[j]];
      LamBackStep *back = &layout->back[i];
      if (back->target[j] >= 0) {
        back->target[j] = get_offset (state, back->target[j]);
        back->sum[j] = gradient;
      } else {
        back->target[j] = gradient;
      }
    }
  }
}

void
lam_train_layout_make (LamTrainLayout *layout, const LamProgram *program,
    const LamGradientFlow *flow)
{
  int n_values = (int)program->network->values->len;
  Layout state = { .program = program, .flow = flow, .layout = layout };
  g_autofree int *values = g_new (int, MAX (n_values, 1));
  g_autofree int *gradients = g_new (int, MAX (n_values, 1));
  layout->n_steps = program->n_steps;
  layout->back = g_new0 (LamBackStep, MAX (program->n_steps, 1));
  layout->values = g_new (int64_t, MAX (n_values, 1));
  layout->gradients = g_new (int64_t, MAX (n_values, 1));
  state.is_written = g_new0 (bool, MAX (n_values, 1));
  state.is_written[g_array_index (program->network->outputs, int, 0)] = true;
  state.buffers = g_array_new (FALSE, FALSE, sizeof (LamArenaBuffer));
  lam_life_init (&state.values, program);
  lam_life_init (&state.gradients, program);
  lam_life_read_program (&state.values);
  keep_values (&state);
  lam_life_share (&state.values, true);
  live_gradients (&state);
  share_views (&state);
  for (int i = program->n_steps - 1; i >= 0; i--)
    lay_out_step (&state, i);
  lam_life_list_buffers (&state.values, false, state.buffers, values);
  lam_life_list_buffers (&state.gradients, true, state.buffers, gradients);
  layout->bytes = lam_arena_place (
      (LamArenaBuffer *)state.buffers->data, (int)state.buffers->len);
  read_offsets (&state, values, gradients);
  lam_life_clear (&state.values);
  lam_life_clear (&state.gradients);
  g_array_unref (state.buffers);
  g_free (state.is_written);
}

void
lam_train_layout_clear (LamTrainLayout *layout)
{
  for (int i = 0; i < layout->n_steps; i++) {
    g_free (layout->back[i].target);
    g_free (layout->back[i].sum);
  }
  g_clear_pointer (&layout->back, g_free);
  g_clear_pointer (&layout->values, g_free);
  g_clear_pointer (&layout->gradients, g_free);
}
