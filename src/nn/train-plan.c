/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Forward in the order of steps, backward in the opposite one. The derivative
 * of a node's activation is applied to the gradient of its output in place,
 * from the output alone: x > 0 ? 1 : slope, as PyTorch does at 0. */
#include "nn/train-plan.h"

#include <glib/gi18n-lib.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "nn/arena.h"
#include "nn/blas.h"
#include "nn/train-layout.h"

#define RUN 16384 /* numbers of a part */

struct _LamTrainPlan {
  LamNetwork *network; /* Owned */
  LamProgram *program; /* Owned */
  LamGradientFlow flow; /* Owned */
  LamTrainLayout layout; /* Owned */
  LamStepGradients *gradients; /* Owned; by step */
  LamTeam *team; /* Owned */
  char *arena; /* Owned */
  int64_t arena_bytes;
  double flops;
  uint64_t seed;
  bool is_stale; /* what nodes keep was made of weights that have changed */
};

static bool
allocate_arena (LamTrainPlan *plan, int64_t limit, GError **error)
{
  g_autofree char *need = lam_text_bytes (plan->arena_bytes);
  g_autofree char *have = lam_text_bytes (limit);
  if (plan->arena_bytes <= limit)
    plan->arena = lam_arena_allocate (plan->arena_bytes);
  if (!plan->arena)
    g_set_error (error, LAM_ERROR, LAM_ERROR_LIMIT,
        _ ("%s: training with an input of this size needs %s of memory, but "
           "%s are allowed; use smaller tiles or fewer at once"),
        plan->network->path, need, have);
  return plan->arena != NULL;
}

static float *
at_offset (const LamTrainPlan *plan, int64_t offset)
{
  return offset < 0 ? NULL : (float *)(plan->arena + offset);
}

static void
hand_out_gradients (LamTrainPlan *plan, int index)
{
  const LamNode *node = plan->program->steps[index].node;
  LamStepGradients *gradients = &plan->gradients[index];
  gradients->outputs = g_new0 (const float *, MAX (node->n_outputs, 1));
  gradients->inputs = g_new0 (float *, MAX (node->n_inputs, 1));
  for (int j = 0; j < node->n_outputs; j++)
    if (node->outputs[j] != LAM_VALUE_NONE)
      gradients->outputs[j] =
          at_offset (plan, plan->layout.gradients[node->outputs[j]]);
  for (int j = 0; j < node->n_inputs; j++)
    gradients->inputs[j] = at_offset (plan, plan->layout.back[index].target[j]);
}

/* Behind activations and gradients lies the steps' shared scratch, then that
 * of the threads. */
static void
hand_out (LamTrainPlan *plan, int64_t shared, int64_t scratch_stride)
{
  LamProgram *program = plan->program;
  for (guint i = 0; i < plan->network->values->len; i++)
    if (plan->layout.values[i] >= 0)
      program->tensors[i].data = plan->arena + plan->layout.values[i];
  for (int i = 0; i < program->n_steps; i++) {
    LamStep *step = &program->steps[i];
    step->shared = plan->arena + plan->layout.bytes;
    step->scratch = step->shared + shared;
    step->scratch_stride = (size_t)scratch_stride;
    plan->flops += step->flops;
    hand_out_gradients (plan, i);
  }
}

static bool
lay_out (LamTrainPlan *plan, int64_t limit, GError **error)
{
  const LamProgram *program = plan->program;
  const int64_t mask = LAM_ARENA_ALIGNMENT - 1;
  int64_t scratch = 0, shared = 0;
  lam_train_layout_make (&plan->layout, program, &plan->flow);
  for (int i = 0; i < program->n_steps; i++) {
    const LamStep *step = &program->steps[i];
    scratch = MAX (scratch, step->scratch_bytes);
    shared = MAX (shared, step->shared_bytes);
    if (!plan->flow.is_active[i])
      continue;
    scratch = MAX (scratch, step->backward_scratch_bytes);
    shared = MAX (shared, step->backward_shared_bytes);
  }
  scratch = (scratch + mask) & ~mask;
  shared = (shared + mask) & ~mask;
  plan->arena_bytes = plan->layout.bytes + shared
      + scratch * lam_team_get_n_threads (plan->team);
  plan->arena_bytes = MAX (plan->arena_bytes, LAM_ARENA_ALIGNMENT);
  if (!allocate_arena (plan, limit, error))
    return false;
  plan->gradients = g_new0 (LamStepGradients, MAX (program->n_steps, 1));
  hand_out (plan, shared, scratch);
  return true;
}

LamTrainPlan *
lam_train_plan_new (LamNetwork *network, const LamShape *inputs,
    const LamTrainPlanOptions *options, GError **error)
{
  static const LamTrainPlanOptions defaults;
  if (!options)
    options = &defaults;
  if (!lam_blas_init (error))
    return NULL;
  g_autoptr (LamTrainPlan) plan = g_new0 (LamTrainPlan, 1);
  plan->network = lam_network_ref (network);
  plan->seed = options->seed;
  plan->is_stale = true;
  plan->program = lam_program_new (network, inputs, false, error);
  if (!plan->program
      || !lam_gradient_flow_read (
          &plan->flow, plan->program, options->wants_input_gradient, error))
    return NULL;
  plan->team = lam_team_new (options->n_threads);
  int64_t limit = options->limit_bytes ? options->limit_bytes
                                       : lam_arena_get_default_limit ();
  if (!lay_out (plan, limit, error))
    return NULL;
  return g_steal_pointer (&plan);
}

void
lam_train_plan_free (LamTrainPlan *plan)
{
  if (!plan)
    return;
  for (int i = 0; plan->gradients && i < plan->program->n_steps; i++) {
    g_free (plan->gradients[i].outputs);
    g_free (plan->gradients[i].inputs);
  }
  g_free (plan->gradients);
  lam_train_layout_clear (&plan->layout);
  lam_gradient_flow_clear (&plan->flow);
  lam_program_free (plan->program);
  lam_team_free (plan->team);
  lam_network_unref (plan->network);
  free (plan->arena);
  g_free (plan);
}

int64_t
lam_train_plan_get_arena_bytes (const LamTrainPlan *plan)
{
  return plan->arena_bytes;
}

double
lam_train_plan_get_flops (const LamTrainPlan *plan)
{
  return plan->flops;
}

LamTeam *
lam_train_plan_get_team (const LamTrainPlan *plan)
{
  return plan->team;
}

LamNetwork *
lam_train_plan_get_network (const LamTrainPlan *plan)
{
  return plan->network;
}

int
lam_train_plan_get_n_parameters (const LamTrainPlan *plan)
{
  return (int)plan->flow.parameters->len;
}

static const LamValue *
get_parameter (const LamTrainPlan *plan, int i)
{
  return lam_graph_get_value (
      plan->network, g_array_index (plan->flow.parameters, int, i));
}

LamTensor *
lam_train_plan_get_parameter (const LamTrainPlan *plan, int i)
{
  return get_parameter (plan, i)->constant;
}

const char *
lam_train_plan_get_parameter_name (const LamTrainPlan *plan, int i)
{
  return get_parameter (plan, i)->name;
}

void
lam_train_plan_weights_changed (LamTrainPlan *plan)
{
  plan->is_stale = true;
}

int
lam_train_plan_get_n_states (const LamTrainPlan *plan)
{
  return (int)plan->flow.states->len;
}

static const LamValue *
get_state (const LamTrainPlan *plan, int i)
{
  return lam_graph_get_value (
      plan->network, g_array_index (plan->flow.states, int, i));
}

LamTensor *
lam_train_plan_get_state (const LamTrainPlan *plan, int i)
{
  return get_state (plan, i)->constant;
}

const char *
lam_train_plan_get_state_name (const LamTrainPlan *plan, int i)
{
  return get_state (plan, i)->name;
}

float *
lam_train_plan_get_input (LamTrainPlan *plan, int i)
{
  int value = g_array_index (plan->network->inputs, int, i);
  return lam_tensor_floats (&plan->program->tensors[value]);
}

const LamTensor *
lam_train_plan_get_output (const LamTrainPlan *plan, int i)
{
  int value = g_array_index (plan->network->outputs, int, i);
  return &plan->program->tensors[value];
}

float *
lam_train_plan_get_output_gradient (LamTrainPlan *plan)
{
  int value = g_array_index (plan->network->outputs, int, 0);
  return at_offset (plan, plan->layout.gradients[value]);
}

float *
lam_train_plan_get_gradient (const LamTrainPlan *plan, int i)
{
  int value = g_array_index (plan->flow.parameters, int, i);
  return at_offset (plan, plan->layout.gradients[value]);
}

const float *
lam_train_plan_get_input_gradient (const LamTrainPlan *plan, int i)
{
  int value = g_array_index (plan->network->inputs, int, i);
  return at_offset (plan, plan->layout.gradients[value]);
}

/* Steps make what they need of their weights at each run, in memory that they
 * share; what another plan has kept with the nodes is wrong by now. */
static void
forget_prepared (LamTrainPlan *plan)
{
  g_mutex_lock (&plan->network->lock);
  for (int i = 0; i < plan->program->n_steps; i++) {
    LamNode *node = (LamNode *)plan->program->steps[i].node;
    lam_node_forget_prepared (node);
  }
  g_mutex_unlock (&plan->network->lock);
  plan->is_stale = false;
}

/* splitmix64 (Steele, Lea and Flood 2014): neighbours differ in all bits. */
static uint64_t
mix (uint64_t x)
{
  x += 0x9e3779b97f4a7c15;
  x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9;
  x = (x ^ x >> 27) * 0x94d049bb133111eb;
  return x ^ x >> 31;
}

bool
lam_train_plan_forward (LamTrainPlan *plan, LamPass pass, int64_t step,
    LamProgress *progress, GError **error)
{
  uint64_t seed = mix (plan->seed ^ mix ((uint64_t)step));
  if (plan->is_stale)
    forget_prepared (plan);
  for (int i = 0; i < plan->program->n_steps; i++) {
    LamStep *now = &plan->program->steps[i];
    const LamOperator *row = now->node->row;
    if (!lam_progress_check (progress, error))
      return false;
    now->seed = mix (seed + (uint64_t)i);
    if (lam_operator_is_view (row, true))
      continue;
    if (pass == LAM_PASS_TRAINING && row->forward_training)
      row->forward_training (now, plan->team);
    else
      row->forward (now, plan->team);
  }
  return true;
}

/* A piece of elementwise work: to[i] += from[i], to[i] = from[i], or the
 * derivative of an activation, given its result. */
typedef struct {
  enum { ADD, COPY, TURN_BACK } kind;
  const float *from;
  float *to;
  int64_t n;
  LamActivation activation;
} Work;

static void
do_work (gpointer data, int64_t part, int thread)
{
  const Work *work = data;
  int64_t first = part * RUN, n = MIN (RUN, work->n - first);
  const float *from = work->from + first;
  float *to = work->to + first;
  if (work->kind == COPY)
    memcpy (to, from, (size_t)n * sizeof *to);
  else if (work->kind == TURN_BACK)
    lam_activation_turn_back (work->activation, from, to, n);
  else
    for (int64_t i = 0; i < n; i++)
      to[i] += from[i];
}

static void
run_work (LamTrainPlan *plan, Work work)
{
  lam_team_run (plan->team, (work.n + RUN - 1) / RUN, do_work, &work);
}

static void
go_back (LamTrainPlan *plan, int index)
{
  const LamStep *step = &plan->program->steps[index];
  const LamNode *node = step->node;
  const LamStepGradients *gradients = &plan->gradients[index];
  const LamBackStep *back = &plan->layout.back[index];
  if (back->is_shared)
    return;
  if (node->activation.slope != 1 && gradients->outputs[0])
    run_work (plan,
        (Work){ TURN_BACK, lam_tensor_floats (step->outputs[0]),
            (float *)gradients->outputs[0],
            lam_shape_get_count (&step->outputs[0]->shape), node->activation });
  if (lam_operator_is_view (node->row, true))
    run_work (plan,
        (Work){ COPY, gradients->outputs[0], gradients->inputs[0],
            lam_shape_get_count (&step->outputs[0]->shape),
            LAM_ACTIVATION_NONE });
  else
    node->row->backward (step, gradients, plan->team);
  for (int j = 0; j < node->n_inputs; j++)
    if (back->sum[j] >= 0)
      run_work (plan,
          (Work){ ADD, gradients->inputs[j], at_offset (plan, back->sum[j]),
              lam_shape_get_count (&step->inputs[j]->shape),
              LAM_ACTIVATION_NONE });
}

bool
lam_train_plan_backward (
    LamTrainPlan *plan, LamProgress *progress, GError **error)
{
  for (int i = plan->program->n_steps - 1; i >= 0; i--) {
    if (!lam_progress_check (progress, error))
      return false;
    if (plan->flow.is_active[i])
      go_back (plan, i);
  }
  return true;
}
