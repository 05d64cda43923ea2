/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Cosine: Loshchilov and Hutter 2017, without restarts. One-cycle: Smith and
 * Topin 2019, as PyTorch's OneCycleLR with cosines. Plateau: as PyTorch's
 * ReduceLROnPlateau, relative. */
#include "nn/schedule.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

const LamScheduleOptions lam_schedule_defaults = {
  .rate = 1e-3,
  .final_share = 1e-3,
  .rise_share = 0.3,
  .first_share = 0.04,
  .factor = 0.5,
  .threshold = 1e-4,
  .patience = 5,
};

/* From `a` to `b` while `t` goes from 0 to 1. */
static double
swing (double a, double b, double t)
{
  return b + (a - b) * (1 + cos (G_PI * t)) / 2;
}

static double
get_constant (const LamScheduleOptions *options, const LamScheduleState *state,
    int64_t step)
{
  return 1;
}

static double
get_cosine (const LamScheduleOptions *options, const LamScheduleState *state,
    int64_t step)
{
  return swing (
      1, options->final_share, (double)step / (double)options->n_steps);
}

static double
get_one_cycle (const LamScheduleOptions *options, const LamScheduleState *state,
    int64_t step)
{
  double n = (double)options->n_steps, rise = options->rise_share * n;
  return (double)step < rise
      ? swing (options->first_share, 1, (double)step / rise)
      : swing (
          1, options->final_share, ((double)step - rise) / MAX (n - rise, 1));
}

static double
get_plateau (const LamScheduleOptions *options, const LamScheduleState *state,
    int64_t step)
{
  return state->share;
}

static const LamScheduleRow constant = {
  .name = "constant",
  .title = N_ ("The same rate throughout"),
  .get_share = get_constant,
};

static const LamScheduleRow cosine = {
  .name = "cosine",
  .title = N_ ("Falls along a cosine"),
  .get_share = get_cosine,
};

static const LamScheduleRow one_cycle = {
  .name = "one-cycle",
  .title = N_ ("Rises, then falls to nearly nothing"),
  .get_share = get_one_cycle,
};

static const LamScheduleRow plateau = {
  .name = "plateau",
  .title = N_ ("Falls when the validation gets no better"),
  .follows_loss = true,
  .get_share = get_plateau,
};

static const LamScheduleRow *const rows[] = { &constant, &cosine, &one_cycle,
  &plateau, NULL };

const LamScheduleRow *const *
lam_schedule_get_rows (void)
{
  return rows;
}

const LamScheduleRow *
lam_schedule_find (const char *name)
{
  for (int i = 0; rows[i]; i++)
    if (strcmp (rows[i]->name, name) == 0)
      return rows[i];
  return NULL;
}

static bool
is_share (double x)
{
  return x >= 0 && x <= 1;
}

bool
lam_schedule_check (const LamScheduleRow *row,
    const LamScheduleOptions *options, GError **error)
{
  const char *bad = NULL;
  if (!(options->rate > 0) || !isfinite (options->rate))
    bad = _ ("the rate is not above 0");
  else if (options->n_steps < 1 || options->warm_up_steps < 0
      || options->warm_up_steps > options->n_steps)
    bad = _ ("the numbers of steps do not fit together");
  else if (!is_share (options->final_share) || !is_share (options->first_share)
      || !is_share (options->rise_share) || !is_share (options->factor)
      || !is_share (options->threshold) || options->factor == 0)
    bad = _ ("a share is not in [0, 1]");
  else if (options->patience < 0)
    bad = _ ("the patience is below 0");
  if (bad)
    g_set_error (error, LAM_ERROR, LAM_ERROR_INPUT,
        _ ("learning rate “%s”: %s"), row->name, bad);
  return !bad;
}

LamScheduleState
lam_schedule_begin (void)
{
  return (LamScheduleState){ .best = INFINITY, .share = 1 };
}

void
lam_schedule_note_validation (
    const LamScheduleOptions *options, LamScheduleState *state, double loss)
{
  if (loss < state->best - fabs (state->best) * options->threshold
      || (isinf (state->best) && isfinite (loss))) {
    state->best = loss;
    state->n_bad = 0;
  } else if (++state->n_bad > options->patience) {
    state->share *= options->factor;
    state->n_bad = 0;
  }
}

double
lam_schedule_get_rate (const LamScheduleRow *row,
    const LamScheduleOptions *options, const LamScheduleState *state,
    int64_t step)
{
  double rate = options->rate * row->get_share (options, state, step);
  if (step < options->warm_up_steps)
    rate *= (double)(step + 1) / (double)options->warm_up_steps;
  return rate;
}
