/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Adam: Kingma and Ba 2015; AdamW: Loshchilov and Hutter 2019. All tensors are
 * cut into runs, which the team shares. */
#include "nn/optimizer.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

#include "base/clones.h"

#define RUN 16384
#define LANES 8

const LamOptimizerOptions lam_optimizer_defaults = {
  .momentum = 0.9,
  .beta1 = 0.9,
  .beta2 = 0.999,
  .epsilon = 1e-8,
};

typedef struct {
  int tensor;
  int64_t first, n;
} Run;

struct _LamOptimizer {
  const LamOptimizerRow *row;
  LamOptimizerOptions options;
  int64_t step;
  int n_tensors;
  float **moments; /* Owned; [tensor][LAM_OPTIMIZER_MAX_MOMENTS] */
  GArray *runs; /* Owned; Run */
};

LAM_CLONES static void
update_sgd (const LamOptimizerRun *run)
{
  const LamOptimizerOptions *options = run->options;
  float rate = (float)run->rate, momentum = (float)options->momentum;
  float decay = (float)options->weight_decay, scale = run->gradient_scale;
  float ahead = options->is_nesterov ? momentum : 0;
  float now = options->is_nesterov ? 1 : 0, kept = 1 - now;
  float *weights = run->weights, *speed = run->moments[0];
  for (int64_t i = 0; i < run->n; i++) {
    float gradient = run->gradient[i] * scale + decay * weights[i];
    speed[i] = momentum * speed[i] + gradient;
    /* Nesterov: gradient + momentum · speed, else speed. */
    weights[i] -= rate * (now * gradient + (ahead + kept) * speed[i]);
  }
}

LAM_CLONES static void
run_adam (const LamOptimizerRun *run, float added_decay, float shrink)
{
  const LamOptimizerOptions *options = run->options;
  double fix1 = 1 - pow (options->beta1, (double)run->step);
  double fix2 = sqrt (1 - pow (options->beta2, (double)run->step));
  float rate = (float)(run->rate / fix1), unfix = (float)(1 / fix2);
  float beta1 = (float)options->beta1, rest1 = (float)(1 - options->beta1);
  float beta2 = (float)options->beta2, rest2 = (float)(1 - options->beta2);
  float epsilon = (float)options->epsilon, scale = run->gradient_scale;
  float *weights = run->weights;
  float *mean = run->moments[0], *square = run->moments[1];
  for (int64_t i = 0; i < run->n; i++) {
    float gradient = run->gradient[i] * scale + added_decay * weights[i];
    mean[i] = beta1 * mean[i] + rest1 * gradient;
    square[i] = beta2 * square[i] + rest2 * gradient * gradient;
    weights[i] = weights[i] * shrink
        - rate * mean[i] / (sqrtf (square[i]) * unfix + epsilon);
  }
}

static void
update_adam (const LamOptimizerRun *run)
{
  run_adam (run, (float)run->options->weight_decay, 1);
}

static void
update_adamw (const LamOptimizerRun *run)
{
  run_adam (run, 0, (float)(1 - run->rate * run->options->weight_decay));
}

static const LamOptimizerRow sgd = {
  .name = "sgd",
  .title = N_ ("Stochastic gradient descent with momentum"),
  .n_moments = 1,
  .update = update_sgd,
};

static const LamOptimizerRow adam = {
  .name = "adam",
  .title = N_ ("Adam"),
  .n_moments = 2,
  .update = update_adam,
};

static const LamOptimizerRow adamw = {
  .name = "adamw",
  .title = N_ ("Adam with weight decay beside it"),
  .n_moments = 2,
  .update = update_adamw,
};

static const LamOptimizerRow *const rows[] = { &sgd, &adam, &adamw, NULL };

const LamOptimizerRow *const *
lam_optimizer_get_rows (void)
{
  return rows;
}

const LamOptimizerRow *
lam_optimizer_find (const char *name)
{
  for (int i = 0; rows[i]; i++)
    if (strcmp (rows[i]->name, name) == 0)
      return rows[i];
  return NULL;
}

static bool
is_below_one (double x)
{
  return x >= 0 && x < 1;
}

static bool
check_options (const LamOptimizerRow *row, const LamOptimizerOptions *options,
    GError **error)
{
  const char *bad = NULL;
  if (!is_below_one (options->momentum) || !is_below_one (options->beta1)
      || !is_below_one (options->beta2))
    bad = _ ("momentum and betas must be in [0, 1)");
  else if (!(options->epsilon > 0) || !isfinite (options->epsilon))
    bad = _ ("epsilon must be above 0");
  else if (!(options->weight_decay >= 0) || !isfinite (options->weight_decay))
    bad = _ ("the weight decay must be at least 0");
  if (bad)
    g_set_error (error, LAM_ERROR, LAM_ERROR_INPUT, _ ("optimizer “%s”: %s"),
        row->name, bad);
  return !bad;
}

LamOptimizer *
lam_optimizer_new (const LamOptimizerRow *row,
    const LamOptimizerOptions *options, int n, const int64_t *sizes,
    GError **error)
{
  if (!check_options (row, options, error))
    return NULL;
  LamOptimizer *optimizer = g_new0 (LamOptimizer, 1);
  optimizer->row = row;
  optimizer->options = *options;
  optimizer->n_tensors = n;
  optimizer->moments = g_new0 (float *, MAX (n, 1) * LAM_OPTIMIZER_MAX_MOMENTS);
  optimizer->runs = g_array_new (FALSE, FALSE, sizeof (Run));
  for (int i = 0; i < n; i++) {
    for (int j = 0; j < row->n_moments; j++)
      optimizer->moments[i * LAM_OPTIMIZER_MAX_MOMENTS + j] =
          g_new0 (float, sizes[i]);
    for (int64_t at = 0; at < sizes[i]; at += RUN) {
      Run run = { i, at, MIN (RUN, sizes[i] - at) };
      g_array_append_val (optimizer->runs, run);
    }
  }
  return optimizer;
}

void
lam_optimizer_free (LamOptimizer *optimizer)
{
  if (!optimizer)
    return;
  for (int i = 0; i < optimizer->n_tensors * LAM_OPTIMIZER_MAX_MOMENTS; i++)
    g_free (optimizer->moments[i]);
  g_free (optimizer->moments);
  g_array_unref (optimizer->runs);
  g_free (optimizer);
}

int64_t
lam_optimizer_get_step (const LamOptimizer *optimizer)
{
  return optimizer->step;
}

void
lam_optimizer_set_step (LamOptimizer *optimizer, int64_t step)
{
  optimizer->step = step;
}

int
lam_optimizer_get_n_moments (const LamOptimizer *optimizer)
{
  return optimizer->row->n_moments;
}

float *
lam_optimizer_get_moment (const LamOptimizer *optimizer, int tensor, int moment)
{
  return optimizer->moments[tensor * LAM_OPTIMIZER_MAX_MOMENTS + moment];
}

/* What the team shares. */
typedef struct {
  const LamOptimizer *optimizer;
  LamOptimizerRun run;
  float *const *weights;
  const float *const *gradients;
  float decay;
  double *sums; /* Owned by the caller; by run */
} Work;

static void
update_part (gpointer data, int64_t part, int thread)
{
  const Work *work = data;
  const Run *piece = &g_array_index (work->optimizer->runs, Run, part);
  LamOptimizerRun run = work->run;
  run.weights = work->weights[piece->tensor] + piece->first;
  run.gradient = work->gradients[piece->tensor] + piece->first;
  run.n = piece->n;
  for (int i = 0; i < work->optimizer->row->n_moments; i++)
    run.moments[i] =
        lam_optimizer_get_moment (work->optimizer, piece->tensor, i)
        + piece->first;
  work->optimizer->row->update (&run);
}

void
lam_optimizer_run (LamOptimizer *optimizer, double rate, double gradient_scale,
    float *const *weights, const float *const *gradients, LamTeam *team)
{
  Work work = {
    .optimizer = optimizer, .weights = weights, .gradients = gradients
  };
  work.run = (LamOptimizerRun){ .options = &optimizer->options,
    .step = ++optimizer->step,
    .rate = rate,
    .gradient_scale = (float)gradient_scale };
  lam_team_run (team, optimizer->runs->len, update_part, &work);
}

LAM_CLONES static double
sum_squares (const float *x, int64_t n)
{
  double sums[LANES] = { 0 }, sum = 0;
  int64_t i = 0;
  for (; i + LANES <= n; i += LANES)
    for (int j = 0; j < LANES; j++)
      sums[j] += (double)x[i + j] * x[i + j];
  for (int j = 0; j < LANES; j++)
    sum += sums[j];
  for (; i < n; i++)
    sum += (double)x[i] * x[i];
  return sum;
}

static void
norm_part (gpointer data, int64_t part, int thread)
{
  const Work *work = data;
  const Run *piece = &g_array_index (work->optimizer->runs, Run, part);
  work->sums[part] =
      sum_squares (work->gradients[piece->tensor] + piece->first, piece->n);
}

double
lam_optimizer_norm (
    const LamOptimizer *optimizer, const float *const *gradients, LamTeam *team)
{
  g_autofree double *sums = g_new (double, MAX (optimizer->runs->len, 1));
  Work work = { .optimizer = optimizer, .gradients = gradients, .sums = sums };
  lam_team_run (team, optimizer->runs->len, norm_part, &work);
  double sum = 0;
  for (guint i = 0; i < optimizer->runs->len; i++)
    sum += sums[i];
  return sqrt (sum);
}

LAM_CLONES static void
average_run (float decay, float *average, const float *weights, int64_t n)
{
  for (int64_t i = 0; i < n; i++)
    average[i] = decay * average[i] + (1 - decay) * weights[i];
}

static void
average_part (gpointer data, int64_t part, int thread)
{
  const Work *work = data;
  const Run *piece = &g_array_index (work->optimizer->runs, Run, part);
  average_run (work->decay, work->weights[piece->tensor] + piece->first,
      work->gradients[piece->tensor] + piece->first, piece->n);
}

void
lam_optimizer_average (const LamOptimizer *optimizer, double decay,
    float *const *average, const float *const *weights, LamTeam *team)
{
  Work work = { .optimizer = optimizer,
    .weights = average,
    .gradients = weights,
    .decay = (float)decay };
  lam_team_run (team, optimizer->runs->len, average_part, &work);
}
