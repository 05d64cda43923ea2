/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* A network made ready for one size of input: all shapes, one block of memory
 * for all that is computed on the way, and threads. One plan is used by one
 * thread at a time; several plans may share a network. */
#pragma once

#include "base/progress.h"
#include "nn/network.h"

typedef struct _LamPlan LamPlan;

typedef struct {
  int n_threads; /* 0: one for each processor */
  /* Of the arena and of weights as convolutions want them; 0: four fifths of
   * the memory. */
  int64_t limit_bytes;
  /* The network makes no plan after this one, nor is it written: weights that
   * were transformed are not kept as they were. */
  bool is_last;
  /* Convolutions in 16 bits where the CPU does those faster, and 16-bit floats
   * between them; else as ever. */
  bool is_fast;
} LamPlanOptions;

/* `inputs`: n, c, … for each input. Refuses, before it allocates, what needs
 * more than the limit. Weights are transformed once, for all plans. */
LamPlan *lam_plan_new (LamNetwork *network, const LamShape *inputs,
    const LamPlanOptions *options, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void lam_plan_free (LamPlan *plan);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LamPlan, lam_plan_free)

/* After some of the network's weights have changed (nn/head.h): transforms them
 * again. Before that the plan must not run. */
bool lam_plan_renew (LamPlan *plan, GError **error);

/* What a plan would hold against `limit_bytes`, without making it: the arena,
 * and weights as convolutions want them (which other plans may share). */
bool lam_plan_measure (LamNetwork *network, const LamShape *inputs,
    int n_threads, int64_t *arena_bytes, int64_t *weights_bytes,
    GError **error);

/* Activations and the threads' scratch memory. */
int64_t lam_plan_get_arena_bytes (const LamPlan *plan);
/* Of one run: multiplications and additions of convolutions and products,
 * counted as if done directly. */
double lam_plan_get_flops (const LamPlan *plan);
/* Whether this CPU has the instructions for `is_fast`. */
bool lam_plan_can_be_fast (void);
bool lam_plan_is_fast (const LamPlan *plan);
int lam_plan_get_n_threads (const LamPlan *plan);

/* To be filled before each run: running writes over it. */
float *lam_plan_get_input (LamPlan *plan, int i);
/* False only when `progress` (or NULL) is cancelled. The result does not
 * depend on the number of threads. */
bool lam_plan_run (LamPlan *plan, LamProgress *progress, GError **error);
/* Good until the next run. */
const LamTensor *lam_plan_get_output (const LamPlan *plan, int i);
