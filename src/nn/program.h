/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* A network with one size of input: every shape known, everything that does
 * not depend on the image computed, the rest a list of steps. */
#pragma once

#include "nn/operator.h"

typedef struct {
  LamNetwork *network; /* Borrowed */
  LamTensor *tensors; /* Owned; by value */
  bool *is_folded; /* Owned; by value: its data is ours */
  LamStep *steps; /* Owned */
  int n_steps;
  bool is_fast;
} LamProgram;

/* `inputs`: one shape for each of the network's inputs. `is_fast`: steps may
 * compute in 16 bits. */
LamProgram *lam_program_new (LamNetwork *network, const LamShape *inputs,
    bool is_fast, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void lam_program_free (LamProgram *program);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LamProgram, lam_program_free)
