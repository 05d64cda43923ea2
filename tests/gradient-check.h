/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The gradient that an operator returns against what a small change of each
 * input does to a weighted sum of the outputs. */
#pragma once

#include <math.h>

#include "base/random.h"
#include "nn/onnx.h"
#include "nn/program.h"
#include "onnx-build.h"

typedef struct {
  LamStep *step;
  LamTeam *team;
  const float *weights[8]; /* by output */
} GradientCheck;

static inline float *
gradient_noise (int64_t n, uint64_t seed)
{
  LamRandom dice = lam_random_new (seed, 2);
  float *noise = g_new (float, MAX (n, 1));
  for (int64_t i = 0; i < n; i++)
    noise[i] = (float)lam_random_normal (&dice);
  return noise;
}

static inline double
gradient_sum (const GradientCheck *check)
{
  double sum = 0;
  check->step->node->row->forward (check->step, check->team);
  for (int i = 0; i < check->step->node->n_outputs; i++) {
    const LamTensor *output = check->step->outputs[i];
    for (int64_t j = 0; j < lam_shape_get_count (&output->shape); j++)
      sum += (double)lam_tensor_floats (output)[j] * check->weights[i][j];
  }
  return sum;
}

static inline void
gradient_compare (const GradientCheck *check, int input, const float *found)
{
  const LamTensor *tensor = check->step->inputs[input];
  int64_t n = lam_shape_get_count (&tensor->shape);
  for (int64_t i = 0; i < n; i++) {
    float *x = lam_tensor_floats (tensor) + i, before = *x;
    const float step = 2e-3f;
    *x = before + step;
    double above = gradient_sum (check);
    *x = before - step;
    double below = gradient_sum (check);
    *x = before;
    double wanted = (above - below) / (2.0 * (double)step);
    if (fabs (wanted - found[i]) > 2e-2 * MAX (1, fabs (wanted)))
      g_error ("%s: input %d, element %" G_GINT64_FORMAT ": %g, not %g",
          check->step->node->row->name, input, i, found[i], wanted);
  }
}

static inline void
gradient_allocate (LamTensor *tensor, GPtrArray *memory)
{
  if (tensor->data)
    return;
  tensor->data = g_malloc0 (MAX (lam_shape_get_bytes (&tensor->shape), 8));
  g_ptr_array_add (memory, tensor->data);
}

/* Numbers away from 0, where many operators have a corner. */
static inline float *
gradient_input (int64_t n, uint64_t seed, bool is_positive)
{
  float *x = gradient_noise (n, seed);
  for (int64_t i = 0; i < n; i++)
    x[i] = is_positive ? fabsf (x[i]) + 0.5f
        : x[i] < 0     ? x[i] - 0.05f
                       : x[i] + 0.05f;
  return x;
}

/* `build` has one node. The network's inputs get noise, which `place` (or NULL)
 * brings to where the operator is defined. */
static inline void
gradient_check_at (OnnxBuild *build, const LamShape *shapes, bool is_positive,
    double (*place) (double x))
{
  g_autoptr (GError) error = NULL;
  g_autoptr (LamNetwork) network = lam_onnx_read (onnx_write (build), &error);
  g_assert_no_error (error);
  g_assert_true (lam_network_check (network, &error));
  g_assert_no_error (error);
  g_autoptr (LamProgram) program =
      lam_program_new (network, shapes, false, &error);
  g_assert_no_error (error);
  g_assert_cmpint (program->n_steps, ==, 1);
  g_autoptr (GPtrArray) memory = g_ptr_array_new_with_free_func (g_free);
  LamStep *step = &program->steps[0];
  GradientCheck check = { .step = step };
  const float *outputs[8] = { NULL };
  float *inputs[16] = { NULL };
  for (guint i = 0; i < network->inputs->len; i++) {
    LamTensor *tensor =
        &program->tensors[g_array_index (network->inputs, int, i)];
    int64_t n = lam_shape_get_count (&tensor->shape);
    tensor->data = gradient_input (n, 11 + i, is_positive);
    for (int64_t j = 0; place && j < n; j++)
      lam_tensor_floats (tensor)[j] =
          (float)place (lam_tensor_floats (tensor)[j]);
    g_ptr_array_add (memory, tensor->data);
  }
  for (int i = 0; i < step->node->n_outputs; i++) {
    gradient_allocate (step->outputs[i], memory);
    int64_t n = lam_shape_get_count (&step->outputs[i]->shape);
    check.weights[i] = outputs[i] = gradient_noise (n, 21 + (uint64_t)i);
    g_ptr_array_add (memory, (gpointer)outputs[i]);
  }
  for (int i = 0; i < step->node->n_inputs; i++) {
    const LamTensor *tensor = step->inputs[i];
    if (!tensor)
      continue;
    bool is_constant =
        lam_graph_get_value (network, step->node->inputs[i])->constant != NULL;
    bool is_asked = tensor->shape.type == LAM_TENSOR_F32
        && (!is_constant || step->node->row->trained_inputs >> i & 1);
    if (is_asked) {
      inputs[i] = g_new (float, lam_shape_get_count (&tensor->shape));
      /* What is left unwritten must be seen. */
      for (int64_t j = 0; j < lam_shape_get_count (&tensor->shape); j++)
        inputs[i][j] = NAN;
      g_ptr_array_add (memory, inputs[i]);
    }
  }
  check.team = lam_team_new (2);
  step->scratch_stride = (size_t)MAX (
      MAX (step->scratch_bytes, step->backward_scratch_bytes) + 64, 64);
  step->scratch_stride = (step->scratch_stride + 63) & ~(size_t)63;
  step->scratch = aligned_alloc (64, 2 * step->scratch_stride);
  LamStepGradients gradients = { outputs, inputs };
  step->node->row->forward (step, check.team);
  step->node->row->backward (step, &gradients, check.team);
  for (int i = 0; i < step->node->n_inputs; i++)
    if (inputs[i])
      gradient_compare (&check, i, inputs[i]);
  free (step->scratch);
  lam_team_free (check.team);
}

static inline void
gradient_check (OnnxBuild *build, const LamShape *shapes, bool is_positive)
{
  gradient_check_at (build, shapes, is_positive, NULL);
}
