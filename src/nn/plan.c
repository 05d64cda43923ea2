/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* All that is computed on the way lies in one arena; see nn/life.h for who
 * shares whose memory. */
#include "nn/plan.h"

#include <glib/gi18n-lib.h>
#include <stdlib.h>

#include "base/error.h"
#include "base/text.h"
#include "nn/arena.h"
#include "nn/gemm16.h"
#include "nn/life.h"

struct _LamPlan {
  LamNetwork *network; /* Owned */
  LamProgram *program; /* Owned */
  LamTeam *team; /* Owned */
  char *arena; /* Owned */
  int64_t arena_bytes;
  double flops;
};

/* Where each value lies, by value; -1: it has data already. */
static int64_t
place_values (const LamProgram *program, int64_t *offsets)
{
  int n_values = (int)program->network->values->len;
  g_auto (LamLife) life = { 0 };
  g_autoptr (GArray) buffers =
      g_array_new (FALSE, FALSE, sizeof (LamArenaBuffer));
  g_autofree int *buffer_of = g_new (int, MAX (n_values, 1));
  lam_life_init (&life, program);
  lam_life_read_program (&life);
  lam_life_share (&life, false);
  lam_life_share_joins (&life);
  lam_life_list_buffers (&life, false, buffers, buffer_of);
  int64_t total =
      lam_arena_place ((LamArenaBuffer *)buffers->data, (int)buffers->len);
  for (int i = 0; i < n_values; i++)
    offsets[i] = buffer_of[i] < 0
        ? -1
        : g_array_index (buffers, LamArenaBuffer, buffer_of[i]).offset
            + lam_life_get_offset (&life, i);
  return total;
}

static bool
allocate_arena (
    LamPlan *plan, int64_t weights_bytes, int64_t limit, GError **error)
{
  g_autofree char *need = lam_text_bytes (plan->arena_bytes + weights_bytes);
  g_autofree char *weights = lam_text_bytes (weights_bytes);
  g_autofree char *have = lam_text_bytes (limit);
  if (plan->arena_bytes + weights_bytes <= limit)
    plan->arena = lam_arena_allocate (plan->arena_bytes);
  if (!plan->arena)
    g_set_error (error, LAM_ERROR, LAM_ERROR_LIMIT,
        _ ("%s: an input of this size needs %s of memory (%s of it for "
           "transformed weights), but %s are allowed; use smaller tiles"),
        plan->network->path, need, weights, have);
  return plan->arena != NULL;
}

/* What an operator makes of its weights can be kept with the node: they are
 * the file's, and not computed or given from outside. */
static bool
has_fixed_weights (const LamStep *step)
{
  for (int i = 0; i < step->node->n_inputs; i++)
    if (step->node->row->trained_inputs >> i & 1 && step->inputs[i]
        && !lam_graph_get_value (step->network, step->node->inputs[i])
                ->constant)
      return false;
  return true;
}

/* Behind the activations lies the steps' shared scratch, then that of each
 * thread. Weights that are kept are elsewhere. */
typedef struct {
  int64_t activations, shared, scratch; /* bytes; scratch: of each thread */
  int64_t weights;
} Layout;

static Layout
measure (const LamProgram *program, int64_t *offsets)
{
  const int64_t mask = LAM_ARENA_ALIGNMENT - 1;
  Layout layout = { .activations = place_values (program, offsets) };
  for (int i = 0; i < program->n_steps; i++) {
    const LamStep *step = &program->steps[i];
    layout.scratch = MAX (layout.scratch, step->scratch_bytes);
    if (step->node->row->prepare && has_fixed_weights (step))
      layout.weights += step->shared_bytes;
    else if (!has_fixed_weights (step))
      layout.shared = MAX (layout.shared, step->shared_bytes);
  }
  layout.scratch = (layout.scratch + mask) & ~mask;
  layout.shared = (layout.shared + mask) & ~mask;
  return layout;
}

static int64_t
add_up (const Layout *layout, int n_threads)
{
  int64_t bytes =
      layout->activations + layout->shared + layout->scratch * n_threads;
  return MAX (bytes, LAM_ARENA_ALIGNMENT);
}

static void
hand_out (LamPlan *plan, const int64_t *offsets, const Layout *layout)
{
  LamProgram *program = plan->program;
  for (guint i = 0; i < program->network->values->len; i++)
    if (offsets[i] >= 0)
      program->tensors[i].data = plan->arena + offsets[i];
  for (int i = 0; i < program->n_steps; i++) {
    LamStep *step = &program->steps[i];
    if (!has_fixed_weights (step))
      step->shared = plan->arena + layout->activations;
    step->scratch = plan->arena + layout->activations + layout->shared;
    step->scratch_stride = (size_t)layout->scratch;
    plan->flops += step->flops;
  }
}

static bool
lay_out (LamPlan *plan, int64_t limit, GError **error)
{
  g_autofree int64_t *offsets =
      g_new (int64_t, MAX (plan->network->values->len, 1));
  Layout layout = measure (plan->program, offsets);
  plan->arena_bytes = add_up (&layout, lam_team_get_n_threads (plan->team));
  if (!allocate_arena (plan, layout.weights, limit, error))
    return false;
  hand_out (plan, offsets, &layout);
  return true;
}

bool
lam_plan_measure (LamNetwork *network, const LamShape *inputs, int n_threads,
    int64_t *arena_bytes, int64_t *weights_bytes, GError **error)
{
  g_autoptr (LamProgram) program =
      lam_program_new (network, inputs, false, error);
  if (!program)
    return false;
  g_autofree int64_t *offsets = g_new (int64_t, MAX (network->values->len, 1));
  Layout layout = measure (program, offsets);
  *arena_bytes = add_up (&layout, n_threads);
  *weights_bytes = layout.weights;
  return true;
}

static bool
is_prepared (const LamStep *step)
{
  for (int i = 0; i < LAM_NODE_WAYS; i++)
    if (step->node->prepared[i])
      return true;
  return false;
}

/* Weights that only this step uses, and not as they are. */
static void
drop_weights (LamPlan *plan, const LamStep *step)
{
  for (int i = 0; i < step->node->n_inputs && is_prepared (step); i++) {
    int value = step->node->inputs[i];
    if (!(step->node->row->prepared_inputs >> i & 1) || value == LAM_VALUE_NONE
        || lam_graph_count_uses (plan->network, value) != 1)
      continue;
    g_clear_pointer (
        &lam_graph_get_value (plan->network, value)->constant, lam_tensor_free);
    plan->program->tensors[value].data = NULL;
    plan->network->is_spent = true;
  }
}

static bool
check_unspent (LamNetwork *network, GError **error)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&network->lock);
  if (network->is_spent)
    g_set_error (error, LAM_ERROR, LAM_ERROR_UNSUPPORTED,
        _ ("%s: its weights were given away to a plan that was to be the last"),
        network->path);
  return !network->is_spent;
}

static bool
prepare_steps (LamPlan *plan, bool is_last, GError **error)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&plan->network->lock);
  for (int i = 0; i < plan->program->n_steps; i++) {
    const LamStep *step = &plan->program->steps[i];
    if (!step->node->row->prepare || step->shared)
      continue;
    if (!step->node->row->prepare (step, plan->team, error))
      return false;
    if (is_last)
      drop_weights (plan, step);
  }
  return true;
}

LamPlan *
lam_plan_new (LamNetwork *network, const LamShape *inputs,
    const LamPlanOptions *options, GError **error)
{
  if (!check_unspent (network, error))
    return NULL;
  g_autoptr (LamPlan) plan = g_new0 (LamPlan, 1);
  plan->network = lam_network_ref (network);
  plan->program =
      lam_program_new (network, inputs, options && options->is_fast, error);
  if (!plan->program)
    return NULL;
  plan->team = lam_team_new (options ? options->n_threads : 0);
  int64_t limit = options && options->limit_bytes
      ? options->limit_bytes
      : lam_arena_get_default_limit ();
  if (!lay_out (plan, limit, error)
      || !prepare_steps (plan, options && options->is_last, error))
    return NULL;
  return g_steal_pointer (&plan);
}

bool
lam_plan_renew (LamPlan *plan, GError **error)
{
  return prepare_steps (plan, false, error);
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

bool
lam_plan_can_be_fast (void)
{
  return lam_gemm16_is_there ();
}

bool
lam_plan_is_fast (const LamPlan *plan)
{
  return plan->program->is_fast && lam_gemm16_is_there ();
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

/* Unknown if one input's is. */
static void
keep_size (const LamStep *step)
{
  float size = 0;
  bool is_known = true;
  for (int i = 0; i < step->node->n_inputs && is_known; i++) {
    is_known = step->inputs[i] && step->inputs[i]->size > 0;
    size = is_known ? MAX (size, step->inputs[i]->size) : 0;
  }
  step->outputs[0]->size = size;
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
    if (step->node->row->keeps_size && step->outputs[0]->wants_size)
      keep_size (step);
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
