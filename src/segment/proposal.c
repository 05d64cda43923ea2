/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "segment/proposal.h"

#include <glib.h>
#include <math.h>

#include "base/parallel.h"

#define RUN 65536

LamProposal *
lam_proposal_new (const LamBox *box)
{
  LamProposal *proposal = g_new0 (LamProposal, 1);
  gsize n = (gsize)lam_box_volume (box);
  proposal->box = *box;
  proposal->classes = g_malloc (n);
  proposal->runner_ups = g_malloc (n);
  proposal->uncertainties = g_malloc (n);
  return proposal;
}

void
lam_proposal_free (LamProposal *proposal)
{
  if (!proposal)
    return;
  g_free (proposal->classes);
  g_free (proposal->runner_ups);
  g_free (proposal->uncertainties);
  g_free (proposal);
}

static float
get_entropy (float p)
{
  return p > 0 ? -p * logf (p) : 0;
}

void
lam_proposal_add (const float *probabilities, int n_classes, int64_t n,
    float *sums, float *entropies)
{
  for (int c = 0; c < n_classes; c++)
    for (int64_t i = 0; i < n; i++) {
      float p = probabilities[c * n + i];
      sums[c * n + i] += p;
      entropies[i] += get_entropy (p);
    }
}

typedef struct {
  LamProposal *proposal;
  const LamProposalVotes *votes;
  int64_t n;
  float scale; /* of an entropy, to 255 */
} Work;

static uint8_t
decide_uncertainty (const Work *work, int64_t i, float mean_share)
{
  const LamProposalVotes *votes = work->votes;
  float entropy = 0;
  for (int c = 0; c < votes->n_classes; c++)
    entropy += get_entropy (votes->sums[c * work->n + i] * mean_share);
  if (votes->n_members > 1)
    entropy -= votes->entropies[i] * mean_share;
  return (uint8_t)lrintf (CLAMP (entropy * work->scale, 0, 255));
}

static void
decide_voxel (const Work *work, int64_t i)
{
  const LamProposalVotes *votes = work->votes;
  LamProposal *proposal = work->proposal;
  int best = 0, next = -1;
  float sum = 0;
  for (int c = 0; c < votes->n_classes; c++) {
    float p = votes->sums[c * work->n + i];
    sum += p;
    if (c && p > votes->sums[best * work->n + i]) {
      next = best;
      best = c;
    } else if (c && (next < 0 || p > votes->sums[next * work->n + i])) {
      next = c;
    }
  }
  bool is_known = isfinite (sum);
  proposal->classes[i] = is_known ? (uint8_t)best : LAM_PROPOSAL_UNKNOWN;
  proposal->runner_ups[i] = is_known ? (uint8_t)next : LAM_PROPOSAL_UNKNOWN;
  proposal->uncertainties[i] = is_known
      ? decide_uncertainty (work, i, 1 / (float)votes->n_members)
      : UINT8_MAX;
}

static bool
decide_run (int64_t part, gpointer data, GError **error)
{
  const Work *work = data;
  int64_t end = MIN ((part + 1) * RUN, work->n);
  for (int64_t i = part * RUN; i < end; i++)
    decide_voxel (work, i);
  return true;
}

void
lam_proposal_decide (
    LamProposal *proposal, const LamProposalVotes *votes, int n_threads)
{
  int most = votes->n_members > 1 ? MIN (votes->n_classes, votes->n_members)
                                  : votes->n_classes;
  Work work = { proposal, votes, lam_box_volume (&proposal->box),
    255 / logf ((float)most) };
  lam_parallel (
      n_threads, lam_divide_up (work.n, RUN), decide_run, &work, NULL, NULL);
}
