/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* People look where the network is unsure, so what they saw is mostly that. A
 * lesson from it helps there, and may spoil what the network was sure of, which
 * is most of the volume and hardly seen: by what was seen alone it would be
 * taken for better. So voxels of each level of sureness count as many as there
 * are of it in the volume, which what is shown again is a fair sample of
 * (stratification by a score, Rosenbaum and Rubin 1984). */
#include <math.h>
#include <string.h>

#include "segment/learner-inside.h"

/* Levels of the probability of what is first. */
static const float levels[] = { 0.6f, 0.8f, 0.9f, 0.97f, 0.99f };
enum { N_LEVELS = G_N_ELEMENTS (levels) + 1 };

static int
find_class (const float *said, int64_t n, int64_t i, int n_classes)
{
  int best = 0;
  for (int c = 1; c < n_classes; c++)
    if (said[c * n + i] > said[best * n + i])
      best = c;
  return best;
}

static int
find_level (const float *said, int64_t n, int64_t i, int n_classes)
{
  float most = said[find_class (said, n, i, n_classes) * n + i];
  int level = 0;
  while (level < N_LEVELS - 1 && most > levels[level])
    level++;
  return level;
}

static float *
say (const LamLearner *learner, const LamLearnerSet *set, const float *numbers,
    GError **error)
{
  g_autofree float *said = g_new (float, set->n * learner->n_classes);
  return lam_head_say (&learner->head, numbers, set->features, set->n,
             learner->settings.n_threads, said, error)
      ? g_steal_pointer (&said)
      : NULL;
}

static void
count_levels (
    const float *said, int64_t n, int n_classes, double counts[N_LEVELS])
{
  memset (counts, 0, N_LEVELS * sizeof *counts);
  for (int64_t i = 0; i < n; i++)
    counts[find_level (said, n, i, n_classes)] += 1.0 / (double)n;
}

float *
lam_learner_weigh_levels (
    const LamLearner *learner, const LamLearnerSet *set, GError **error)
{
  const LamLearnerSet *replay = &learner->replay;
  const int n_classes = learner->n_classes;
  double here[N_LEVELS], everywhere[N_LEVELS];
  float *weights = g_new (float, MAX (set->n, 1));
  for (int64_t i = 0; i < set->n; i++)
    weights[i] = 1;
  if (!learner->is_chosen || !replay->targets || set->n == 0)
    return weights;
  g_autofree float *first = say (learner, set, learner->first, error);
  if (!first) {
    g_free (weights);
    return NULL;
  }
  count_levels (first, set->n, n_classes, here);
  count_levels (replay->targets, replay->n, n_classes, everywhere);
  for (int64_t i = 0; i < set->n; i++) {
    const int level = find_level (first, set->n, i, n_classes);
    weights[i] = (float)(everywhere[level] / here[level]);
  }
  return weights;
}

/* Of what is held out as a whole each voxel counts as many as it stands for. */
static float *
weigh (const LamLearner *learner, const LamLearnerSet *set, GError **error)
{
  return learner->is_chosen
      ? lam_learner_weigh_levels (learner, set, error)
      : g_memdup2 (set->stand_for, (gsize)set->n * sizeof (float));
}

/* NaN: there is no class. `counts`: [class][what it was taken for]. */
static double
find_mean_iou (const double *counts, int n_classes)
{
  double sum = 0;
  int n = 0;
  for (int c = 0; c < n_classes; c++) {
    double all = -counts[c * n_classes + c];
    for (int other = 0; other < n_classes; other++)
      all += counts[c * n_classes + other] + counts[other * n_classes + c];
    if (all <= 0)
      continue;
    sum += counts[c * n_classes + c] / all;
    n++;
  }
  return n > 0 ? sum / n : NAN;
}

static double
find_iou (const LamLearner *learner, const LamLearnerSet *set,
    const float *said, const float *weights)
{
  const int n_classes = learner->n_classes;
  g_autofree double *counts = g_new0 (double, n_classes *n_classes);
  for (int64_t i = 0; i < set->n; i++)
    counts[set->classes[i] * n_classes
        + find_class (said, set->n, i, n_classes)] += (double)weights[i];
  return find_mean_iou (counts, n_classes);
}

bool
lam_learner_judge (const LamLearner *learner, const LamLearnerSet *set,
    const float *const numbers[], int n, double *ious, GError **error)
{
  g_autofree float *weights = weigh (learner, set, error);
  if (!weights)
    return false;
  for (int i = 0; i < n; i++) {
    g_autofree float *said = say (learner, set, numbers[i], error);
    if (!said)
      return false;
    ious[i] = find_iou (learner, set, said, weights);
  }
  return true;
}
