/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Where the gradient of a program's first output goes: to which values, and
 * through which steps. */
#pragma once

#include "nn/program.h"

typedef struct {
  bool *has_gradient; /* Owned; by value */
  bool *is_active; /* Owned; by step: its backward is needed */
  GArray *parameters; /* Owned; int: values that are trained */
  GArray *states; /* Owned; int: constants that training changes besides */
} LamGradientFlow;

/* Refuses a network in which nothing can be trained, and, by name, a node on
 * the way that has no backward. `flow` is zero. */
bool lam_gradient_flow_read (LamGradientFlow *flow, const LamProgram *program,
    bool wants_inputs, GError **error);
void lam_gradient_flow_clear (LamGradientFlow *flow);
