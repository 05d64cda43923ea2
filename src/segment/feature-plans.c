/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Threads that share a tile wait for each other after each layer, and small
 * layers are not cut evenly. With a tile each they wait but once, at the end,
 * and what a tile computes lies in as much of the cache. */
#include "segment/feature-plans.h"

#include <string.h>

#include "base/parallel.h"

/* At once; more would not share the caches well. */
#define MAX_PLANS 4

struct _LamFeaturePlans {
  const LamMember *member; /* Borrowed */
  LamNetwork *trunk; /* Owned */
  int64_t channels;
  LamPlan *plans[MAX_PLANS]; /* Owned */
  int n_plans; /* 0: none yet */
  int64_t tile[3]; /* of all of them */
};

/* The tiles of a box. */
typedef struct {
  LamFeaturePlans *plans;
  LamVolume *volume;
  const LamBox *box;
  LamCover covers[3]; /* Owned */
  int64_t n;
  float *features;
  LamProgress *progress;
  _Atomic int64_t next; /* tile that nobody has begun */
  _Atomic int64_t n_done;
} Run;

LamFeaturePlans *
lam_feature_plans_new (const LamMember *member, const LamHead *head)
{
  LamFeaturePlans *plans = g_new0 (LamFeaturePlans, 1);
  plans->member = member;
  plans->trunk = lam_head_new_trunk (head);
  plans->channels = head->layers[0].channels;
  return plans;
}

static void
drop_all (LamFeaturePlans *plans)
{
  for (int i = 0; i < plans->n_plans; i++)
    lam_plan_free (plans->plans[i]);
  plans->n_plans = 0;
}

void
lam_feature_plans_free (LamFeaturePlans *plans)
{
  drop_all (plans);
  lam_network_unref (plans->trunk);
  g_free (plans);
}

/* ---- Making them -------------------------------------------------------- */

/* So many at once, each with its share of the threads. Not if all would wait
 * for the last one longer than they save. */
static int
choose_n (const Run *run, const LamPlanOptions *all)
{
  for (int n = MAX_PLANS; n > 1; n--) {
    const int64_t n_places = lam_divide_up (run->n, n) * n;
    int64_t bytes;
    if (all->n_threads % n == 0 && 10 * n_places <= 11 * run->n
        && lam_member_measure (
            run->plans->member, run->covers, all->n_threads / n, &bytes, NULL)
        && n * bytes <= all->limit_bytes)
      return n;
  }
  return 1;
}

static bool
make_plans (const Run *run, const LamPlanOptions *all, GError **error)
{
  LamFeaturePlans *plans = run->plans;
  const int n = choose_n (run, all);
  LamPlanOptions options = *all;
  int64_t tile[3];
  for (int i = 0; i < 3; i++)
    tile[i] = run->covers[i].tile;
  if (plans->n_plans == n && memcmp (tile, plans->tile, sizeof tile) == 0)
    return true;
  LamShape shape = lam_runner_find_shape (plans->member->model.model, tile);
  memcpy (plans->tile, tile, sizeof tile);
  options.n_threads = all->n_threads / n;
  /* First the old ones' memory. */
  drop_all (plans);
  while (plans->n_plans < n) {
    LamPlan *plan = lam_plan_new (plans->trunk, &shape, &options, error);
    if (!plan) {
      drop_all (plans);
      return false;
    }
    plans->plans[plans->n_plans++] = plan;
  }
  return true;
}

/* ---- Running them ------------------------------------------------------- */

static bool
run_tile (const Run *run, LamPlan *plan, int64_t number, LamProgress *progress,
    GError **error)
{
  const LamFeaturePlans *plans = run->plans;
  const LamCover *covers = run->covers;
  const int at[3] = { (int)(number % covers[0].n),
    (int)(number / covers[0].n % covers[1].n),
    (int)(number / covers[0].n / covers[1].n) };
  LamBox tile;
  for (int i = 0; i < 3; i++) {
    tile.min[i] = covers[i].tiles[at[i]].start;
    tile.max[i] = tile.min[i] + covers[i].tile;
  }
  if (!lam_normalisation_read (&plans->member->model.normalisation, run->volume,
          &tile, lam_plan_get_input (plan, 0),
          lam_progress_cancellable_or_null (progress), error)
      || !lam_plan_run (plan, progress, error))
    return false;
  lam_cover_add (covers, at, lam_tensor_floats (lam_plan_get_output (plan, 0)),
      (int)plans->channels, run->box, run->features);
  return true;
}

/* One plan's. */
static bool
run_some (int64_t plan, gpointer data, GError **error)
{
  Run *run = data;
  g_autoptr (LamProgress) beside = lam_progress_new_beside (run->progress);
  for (;;) {
    const int64_t i = run->next++;
    if (i >= run->n)
      return true;
    if (!run_tile (run, run->plans->plans[plan], i, beside, error)) {
      run->next = run->n;
      return false;
    }
    lam_progress_set (run->progress, ++run->n_done, run->n);
  }
}

static bool
run_all (Run *run, GError **error)
{
  const int n_plans = run->plans->n_plans;
  if (n_plans > 1)
    return lam_parallel (n_plans, n_plans, run_some, run, NULL, error);
  for (int64_t i = 0; i < run->n; i++) {
    g_autoptr (LamProgress) part =
        lam_progress_new_part (run->progress, i, i + 1, run->n);
    if (!run_tile (run, run->plans->plans[0], i, part, error))
      return false;
  }
  return true;
}

bool
lam_feature_plans_run (LamFeaturePlans *plans, LamVolume *volume,
    const LamBox *box, float *features, const LamPlanOptions *options,
    LamProgress *progress, GError **error)
{
  Run run = { .plans = plans,
    .volume = volume,
    .box = box,
    .features = features,
    .progress = progress };
  lam_member_cover (
      plans->member, lam_volume_get_size (volume), box, run.covers);
  run.n = (int64_t)run.covers[0].n * run.covers[1].n * run.covers[2].n;
  bool done = make_plans (&run, options, error) && run_all (&run, error);
  lam_cover_clear_all (run.covers);
  return done;
}
