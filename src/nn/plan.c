/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Values share memory in three ways: a view has the bytes of its input; an
 * operator that may overwrite takes its first input's place when nobody else
 * wants that input any more; and all others are placed in the arena by when
 * they are alive. */
#include "nn/plan.h"

#include <glib/gi18n-lib.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/text.h"
#include "nn/arena.h"
#include "nn/program.h"

struct _LamPlan {
  LamNetwork *network; /* Owned */
  LamProgram *program; /* Owned */
  LamTeam *team; /* Owned */
  char *arena; /* Owned */
  int64_t arena_bytes;
  double flops;
};

/* By value: `root` is the value whose buffer it lies in. */
typedef struct {
  LamProgram *program; /* Borrowed */
  int *root;
  int *first, *last; /* of roots: steps; the input comes before step 0 */
} Life;

static int
find_root (const Life *life, int value)
{
  while (life->root[value] != value)
    value = life->root[value];
  return value;
}

static void
join (Life *life, int value, int with)
{
  int a = find_root (life, with), b = find_root (life, value);
  life->root[b] = a;
  life->first[a] = MIN (life->first[a], life->first[b]);
  life->last[a] = MAX (life->last[a], life->last[b]);
}

static void
find_lives (Life *life)
{
  const LamProgram *program = life->program;
  const LamNetwork *network = program->network;
  for (guint i = 0; i < network->values->len; i++) {
    life->root[i] = (int)i;
    life->first[i] = life->last[i] = -1;
  }
  for (int i = 0; i < program->n_steps; i++) {
    const LamNode *node = program->steps[i].node;
    for (int j = 0; j < node->n_inputs; j++)
      if (node->inputs[j] != LAM_VALUE_NONE)
        life->last[node->inputs[j]] = i;
    for (int j = 0; j < node->n_outputs; j++)
      if (node->outputs[j] != LAM_VALUE_NONE)
        life->first[node->outputs[j]] = life->last[node->outputs[j]] = i;
  }
  for (guint i = 0; i < network->outputs->len; i++)
    life->last[g_array_index (network->outputs, int, i)] = program->n_steps;
}

static void
share_views (Life *life)
{
  for (int i = 0; i < life->program->n_steps; i++) {
    const LamNode *node = life->program->steps[i].node;
    if (node->row->is_view)
      join (life, node->outputs[0], node->inputs[0]);
  }
}

static bool
can_overwrite (const Life *life, int index)
{
  const LamStep *step = &life->program->steps[index];
  const LamNode *node = step->node;
  if (!node->row->can_overwrite || step->inputs[0]->data
      || lam_shape_get_bytes (&step->inputs[0]->shape)
          != lam_shape_get_bytes (&step->outputs[0]->shape))
    return false;
  int root = find_root (life, node->inputs[0]);
  for (int i = 1; i < node->n_inputs; i++)
    if (node->inputs[i] != LAM_VALUE_NONE
        && find_root (life, node->inputs[i]) == root)
      return false;
  return life->last[root] == index;
}

static void
share_overwritten (Life *life)
{
  for (int i = 0; i < life->program->n_steps; i++)
    if (can_overwrite (life, i)) {
      const LamNode *node = life->program->steps[i].node;
      join (life, node->outputs[0], node->inputs[0]);
    }
}

/* A value that has no data and is made by a step or is an input. */
static bool
needs_buffer (const LamProgram *program, int value)
{
  return !program->tensors[value].data
      && program->tensors[value].shape.rank >= 0;
}

static int64_t
place_values (Life *life, int64_t *offsets)
{
  const LamProgram *program = life->program;
  int n_values = (int)program->network->values->len, n = 0;
  g_autofree LamArenaBuffer *buffers = g_new0 (LamArenaBuffer, n_values);
  g_autofree int *buffer_of = g_new0 (int, n_values);
  for (int i = 0; i < n_values; i++)
    if (find_root (life, i) == i && needs_buffer (program, i)) {
      buffer_of[i] = n;
      buffers[n++] = (LamArenaBuffer){
        .bytes = lam_shape_get_bytes (&program->tensors[i].shape),
        .first = life->first[i],
        .last = life->last[i],
      };
    }
  int64_t total = lam_arena_place (buffers, n);
  for (int i = 0; i < n_values; i++)
    offsets[i] = buffers[buffer_of[find_root (life, i)]].offset;
  return total;
}

static int64_t
get_default_limit (void)
{
  return (int64_t)sysconf (_SC_PHYS_PAGES) * sysconf (_SC_PAGE_SIZE) / 5 * 4;
}

static bool
allocate_arena (LamPlan *plan, int64_t limit, GError **error)
{
  g_autofree char *need = lam_text_bytes (plan->arena_bytes);
  g_autofree char *have = lam_text_bytes (limit);
  if (plan->arena_bytes <= limit)
    plan->arena = aligned_alloc (4096, (plan->arena_bytes + 4095) & ~4095L);
  if (!plan->arena)
    g_set_error (error, LAM_ERROR, LAM_ERROR_LIMIT,
        _ ("%s: an input of this size needs %s of memory, but %s are allowed; "
           "use smaller tiles"),
        plan->network->path, need, have);
  return plan->arena != NULL;
}

/* Threads' scratch lies behind the activations. */
static void
hand_out (LamPlan *plan, const int64_t *offsets, int64_t activations,
    int64_t scratch_stride)
{
  LamProgram *program = plan->program;
  for (guint i = 0; i < program->network->values->len; i++)
    if (needs_buffer (program, (int)i))
      program->tensors[i].data = plan->arena + offsets[i];
  for (int i = 0; i < program->n_steps; i++) {
    LamStep *step = &program->steps[i];
    step->scratch = plan->arena + activations;
    step->scratch_stride = (size_t)scratch_stride;
    plan->flops += step->flops;
  }
}

static bool
lay_out (LamPlan *plan, int64_t limit, GError **error)
{
  LamProgram *program = plan->program;
  guint n_values = program->network->values->len;
  g_autofree int *numbers = g_new (int, 3 * n_values);
  g_autofree int64_t *offsets = g_new (int64_t, n_values);
  Life life = { program, numbers, numbers + n_values, numbers + 2 * n_values };
  find_lives (&life);
  share_views (&life);
  share_overwritten (&life);
  int64_t activations = place_values (&life, offsets), scratch = 0;
  for (int i = 0; i < program->n_steps; i++)
    scratch = MAX (scratch, program->steps[i].scratch_bytes);
  scratch =
      (scratch + LAM_ARENA_ALIGNMENT - 1) & ~(int64_t)(LAM_ARENA_ALIGNMENT - 1);
  plan->arena_bytes =
      activations + scratch * lam_team_get_n_threads (plan->team);
  plan->arena_bytes = MAX (plan->arena_bytes, LAM_ARENA_ALIGNMENT);
  if (!allocate_arena (plan, limit, error))
    return false;
  hand_out (plan, offsets, activations, scratch);
  return true;
}

LamPlan *
lam_plan_new (LamNetwork *network, const LamShape *inputs,
    const LamPlanOptions *options, GError **error)
{
  g_autoptr (LamPlan) plan = g_new0 (LamPlan, 1);
  plan->network = lam_network_ref (network);
  plan->program = lam_program_new (network, inputs, error);
  if (!plan->program)
    return NULL;
  plan->team = lam_team_new (options ? options->n_threads : 0);
  int64_t limit = options && options->limit_bytes ? options->limit_bytes
                                                  : get_default_limit ();
  if (!lay_out (plan, limit, error))
    return NULL;
  g_mutex_lock (&network->lock);
  for (int i = 0; i < plan->program->n_steps; i++) {
    const LamStep *step = &plan->program->steps[i];
    if (step->node->row->prepare)
      step->node->row->prepare (step);
  }
  g_mutex_unlock (&network->lock);
  return g_steal_pointer (&plan);
}

void
lam_plan_free (LamPlan *plan)
{
  if (!plan)
    return;
  lam_program_free (plan->program);
  lam_team_free (plan->team);
  lam_network_unref (plan->network);
  free (plan->arena);
  g_free (plan);
}

int64_t
lam_plan_get_arena_bytes (const LamPlan *plan)
{
  return plan->arena_bytes;
}

double
lam_plan_get_flops (const LamPlan *plan)
{
  return plan->flops;
}

int
lam_plan_get_n_threads (const LamPlan *plan)
{
  return lam_team_get_n_threads (plan->team);
}

float *
lam_plan_get_input (LamPlan *plan, int i)
{
  int value = g_array_index (plan->network->inputs, int, i);
  return lam_tensor_floats (&plan->program->tensors[value]);
}

bool
lam_plan_run (LamPlan *plan, LamProgress *progress, GError **error)
{
  LamProgram *program = plan->program;
  for (int i = 0; i < program->n_steps; i++) {
    const LamStep *step = &program->steps[i];
    if (!lam_progress_check (progress, error))
      return false;
    if (!step->node->row->is_view)
      step->node->row->forward (step, plan->team);
    lam_progress_set (progress, i + 1, program->n_steps);
  }
  return true;
}

const LamTensor *
lam_plan_get_output (const LamPlan *plan, int i)
{
  int value = g_array_index (plan->network->outputs, int, i);
  return &plan->program->tensors[value];
}
