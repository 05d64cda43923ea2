/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The learning rate by step. One row a way. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

typedef struct {
  double rate; /* the highest */
  int64_t n_steps; /* of the whole training */
  int64_t warm_up_steps; /* rises evenly over the first so many */
  double final_share; /* of `rate`, at the end (cosine, one-cycle) */
  /* one-cycle: the share of the steps that rises, and where it begins. */
  double rise_share, first_share;
  /* plateau: multiplied by `factor` when `patience` validations in a row were
   * not better than the best by a share of `threshold`. */
  double factor, threshold;
  int patience;
} LamScheduleOptions;

/* Rate 1e-3; no warm-up; final 1e-3; one-cycle 0.3 and 0.04; plateau 0.5,
 * 1e-4, 5. */
extern const LamScheduleOptions lam_schedule_defaults;

/* What plateau has seen: for checkpoints, a plain value. */
typedef struct {
  double best, share;
  int64_t n_bad;
} LamScheduleState;

typedef struct {
  const char *name, *title;
  bool follows_loss; /* needs validations */
  /* The share of the rate at `step` of [0, n_steps), warm-up left aside. */
  double (*get_share) (const LamScheduleOptions *options,
      const LamScheduleState *state, int64_t step);
} LamScheduleRow;

/* Ends with NULL. */
const LamScheduleRow *const *lam_schedule_get_rows (void);
const LamScheduleRow *lam_schedule_find (const char *name);

/* Refuses what is out of its range. */
bool lam_schedule_check (const LamScheduleRow *row,
    const LamScheduleOptions *options, GError **error);
LamScheduleState lam_schedule_begin (void);
void lam_schedule_note_validation (
    const LamScheduleOptions *options, LamScheduleState *state, double loss);
double lam_schedule_get_rate (const LamScheduleRow *row,
    const LamScheduleOptions *options, const LamScheduleState *state,
    int64_t step);
