/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "nn/life.h"

void
lam_life_init (LamLife *life, const LamProgram *program)
{
  int n = (int)program->network->values->len;
  life->program = program;
  life->root = g_new (int, MAX (n, 1));
  life->is_part = g_new0 (bool, MAX (n, 1));
  life->offset = g_new0 (int64_t, MAX (n, 1));
  life->first = g_new (int, MAX (n, 1));
  life->last = g_new (int, MAX (n, 1));
  for (int i = 0; i < n; i++) {
    life->root[i] = i;
    life->first[i] = G_MAXINT;
    life->last[i] = G_MININT;
  }
}

void
lam_life_clear (LamLife *life)
{
  g_clear_pointer (&life->root, g_free);
  g_clear_pointer (&life->is_part, g_free);
  g_clear_pointer (&life->offset, g_free);
  g_clear_pointer (&life->first, g_free);
  g_clear_pointer (&life->last, g_free);
}

int
lam_life_find_root (const LamLife *life, int value)
{
  while (life->root[value] != value)
    value = life->root[value];
  return value;
}

int64_t
lam_life_get_offset (const LamLife *life, int value)
{
  int64_t offset = 0;
  for (; life->root[value] != value; value = life->root[value])
    offset += life->offset[value];
  return offset;
}

void
lam_life_extend (LamLife *life, int value, int time)
{
  int root = lam_life_find_root (life, value);
  life->first[root] = MIN (life->first[root], time);
  life->last[root] = MAX (life->last[root], time);
}

void
lam_life_join (LamLife *life, int value, int with)
{
  int a = lam_life_find_root (life, with);
  int b = lam_life_find_root (life, value);
  life->root[b] = a;
  life->first[a] = MIN (life->first[a], life->first[b]);
  life->last[a] = MAX (life->last[a], life->last[b]);
}

void
lam_life_read_program (LamLife *life)
{
  const LamProgram *program = life->program;
  const LamNetwork *network = program->network;
  for (guint i = 0; i < network->inputs->len; i++)
    lam_life_extend (life, g_array_index (network->inputs, int, i), -1);
  for (int i = 0; i < program->n_steps; i++) {
    const LamNode *node = program->steps[i].node;
    for (int j = 0; j < node->n_inputs; j++)
      if (node->inputs[j] != LAM_VALUE_NONE)
        lam_life_extend (life, node->inputs[j], i);
    for (int j = 0; j < node->n_outputs; j++)
      if (node->outputs[j] != LAM_VALUE_NONE)
        lam_life_extend (life, node->outputs[j], i);
  }
  for (guint i = 0; i < network->outputs->len; i++)
    lam_life_extend (
        life, g_array_index (network->outputs, int, i), program->n_steps);
}

static bool
can_overwrite (const LamLife *life, int index)
{
  const LamStep *step = &life->program->steps[index];
  const LamNode *node = step->node;
  if (!node->row->can_overwrite || step->inputs[0]->data
      || lam_shape_get_bytes (&step->inputs[0]->shape)
          != lam_shape_get_bytes (&step->outputs[0]->shape))
    return false;
  int root = lam_life_find_root (life, node->inputs[0]);
  for (int i = 1; i < node->n_inputs; i++)
    if (node->inputs[i] != LAM_VALUE_NONE
        && lam_life_find_root (life, node->inputs[i]) == root)
      return false;
  return life->last[root] == index;
}

void
lam_life_share (LamLife *life, bool is_training)
{
  for (int i = 0; i < life->program->n_steps; i++) {
    const LamNode *node = life->program->steps[i].node;
    if (lam_operator_is_view (node->row, is_training))
      lam_life_join (life, node->outputs[0], node->inputs[0]);
  }
  for (int i = 0; i < life->program->n_steps; i++)
    if (can_overwrite (life, i)) {
      const LamNode *node = life->program->steps[i].node;
      lam_life_join (life, node->outputs[0], node->inputs[0]);
    }
}

/* All axes in front of the one that grows are 1. */
static bool
is_consecutive (const LamStep *step)
{
  const LamShape *from = &step->inputs[0]->shape;
  const LamShape *to = &step->outputs[0]->shape;
  for (int i = 0; i < to->rank && to->dims[i] == from->dims[i]; i++)
    if (to->dims[i] != 1)
      return false;
  return true;
}

/* Nobody else wants input i's memory, which has its size. */
static bool
can_move (const LamLife *life, int index, int i)
{
  const LamStep *step = &life->program->steps[index];
  const LamNode *node = step->node;
  int root = lam_life_find_root (life, node->inputs[i]);
  const LamTensor *tensor = &life->program->tensors[root];
  return !tensor->data && life->last[root] == index
      && root != lam_life_find_root (life, node->outputs[0])
      && lam_life_get_offset (life, node->inputs[i]) == 0
      && lam_shape_get_bytes (&tensor->shape)
      == lam_shape_get_bytes (&step->inputs[i]->shape);
}

void
lam_life_share_joins (LamLife *life)
{
  for (int index = 0; index < life->program->n_steps; index++) {
    const LamStep *step = &life->program->steps[index];
    const LamNode *node = step->node;
    if (!node->row->joins_inputs || !is_consecutive (step))
      continue;
    int64_t offset = lam_life_get_offset (life, node->outputs[0]);
    for (int i = 0; i < node->n_inputs; i++) {
      if (can_move (life, index, i)) {
        int root = lam_life_find_root (life, node->inputs[i]);
        life->root[root] = lam_life_find_root (life, node->outputs[0]);
        life->is_part[root] = true;
        life->offset[root] = offset;
      }
      offset += lam_shape_get_bytes (&step->inputs[i]->shape);
    }
  }
}

static bool
has_buffer (const LamLife *life, bool with_constants, int value)
{
  const LamTensor *tensor = &life->program->tensors[value];
  return (life->root[value] == value || life->is_part[value])
      && (!tensor->data || with_constants) && tensor->shape.rank >= 0
      && life->first[value] <= life->last[value];
}

void
lam_life_list_buffers (
    const LamLife *life, bool with_constants, GArray *buffers, int *buffer_of)
{
  int n = (int)life->program->network->values->len;
  for (int i = 0; i < n; i++) {
    buffer_of[i] = -1;
    if (!has_buffer (life, with_constants, i))
      continue;
    LamArenaBuffer buffer = {
      .bytes = lam_shape_get_bytes (&life->program->tensors[i].shape),
      .first = life->first[i],
      .last = life->last[i],
      .whole = LAM_ARENA_ALONE,
      .behind = lam_life_get_offset (life, i),
    };
    buffer_of[i] = (int)buffers->len;
    g_array_append_val (buffers, buffer);
  }
  for (int i = 0; i < n; i++) {
    int root = buffer_of[lam_life_find_root (life, i)];
    if (life->is_part[i] && buffer_of[i] >= 0)
      g_array_index (buffers, LamArenaBuffer, buffer_of[i]).whole = root;
    buffer_of[i] = root;
  }
}
