/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "segment/proposal.h"

#include <float.h>
#include <glib.h>
#include <math.h>
#include <string.h>

#include "base/clones.h"
#include "base/parallel.h"
#include "segment/voxel-math.h"

#define RUN 65536
#define STRIP 256

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

static inline float
get_entropy (float p)
{
  return -p * lam_voxel_log (p);
}

LAM_CLONES void
lam_proposal_add (
    const float *probabilities, int n_classes, int64_t n, float *sums)
{
  for (int64_t i = 0; i < n_classes * n; i++)
    sums[i] += probabilities[i];
}

typedef struct {
  LamProposal *proposal;
  const LamProposalVotes *votes;
  int64_t first, n; /* voxels that the votes are of */
} Work;

/* Of some voxels at a time: what is known of them while going through the
 * classes. */
typedef struct {
  float first[STRIP], second[STRIP]; /* the highest sums */
  int32_t best[STRIP], next[STRIP]; /* whose; -1: nobody's yet */
  float sum[STRIP], entropy[STRIP];
} Strip;

static void
begin_strip (Strip *strip)
{
  for (int i = 0; i < STRIP; i++) {
    strip->first[i] = strip->second[i] = -INFINITY;
    strip->best[i] = strip->next[i] = -1;
    strip->sum[i] = strip->entropy[i] = 0;
  }
}

/* Nothing is computed under a condition here and below, or the compiler would
 * take one voxel after the other. */
LAM_CLONES static void
rank_class (Strip *strip, const float *sums, int32_t class)
{
  for (int i = 0; i < STRIP; i++) {
    float p = sums[i], first = strip->first[i], second = strip->second[i];
    int32_t best = strip->best[i], next = strip->next[i];
    float lower = p > second ? p : second;
    int32_t whose = p > second ? class : next;
    strip->second[i] = p > first ? first : lower;
    strip->next[i] = p > first ? best : whose;
    strip->first[i] = p > first ? p : first;
    strip->best[i] = p > first ? class : best;
  }
}

LAM_CLONES static void
add_class (Strip *strip, const float *sums, float share)
{
  for (int i = 0; i < STRIP; i++) {
    strip->sum[i] += sums[i];
    strip->entropy[i] += get_entropy (sums[i] * share);
  }
}

LAM_CLONES static void
scale_entropies (Strip *strip, float scale)
{
  for (int i = 0; i < STRIP; i++) {
    float value = strip->entropy[i] * scale + 0.5f;
    value = value > 0 ? value : 0;
    strip->entropy[i] = value < UINT8_MAX ? value : UINT8_MAX;
  }
}

static void
put_strip (const Strip *strip, LamProposal *proposal, int64_t at, int n)
{
  for (int i = 0; i < n; i++) {
    bool is_known = isfinite (strip->sum[i]);
    proposal->classes[at + i] =
        is_known ? (uint8_t)strip->best[i] : LAM_PROPOSAL_UNKNOWN;
    proposal->runner_ups[at + i] =
        is_known ? (uint8_t)strip->next[i] : LAM_PROPOSAL_UNKNOWN;
    proposal->uncertainties[at + i] =
        is_known ? (uint8_t)strip->entropy[i] : UINT8_MAX;
  }
}

/* Of less than a strip there is a copy, for the loops are of one length. */
static void
decide_strip (const Work *work, int64_t at, int n)
{
  const LamProposalVotes *votes = work->votes;
  float share = 1 / (float)votes->n_members, copy[STRIP] = { 0 };
  Strip strip;
  begin_strip (&strip);
  for (int c = 0; c < votes->n_classes; c++) {
    const float *sums = votes->sums + c * work->n + at;
    if (n < STRIP)
      sums = memcpy (copy, sums, (size_t)n * sizeof *sums);
    rank_class (&strip, sums, c);
    add_class (&strip, sums, share);
  }
  scale_entropies (&strip, 255 / logf (2));
  put_strip (&strip, work->proposal, work->first + at, n);
}

static void
decide (const Work *work, int64_t at, int64_t end)
{
  for (; at < end; at += STRIP)
    decide_strip (work, at, (int)MIN (end - at, STRIP));
}

static bool
decide_run (int64_t part, gpointer data, GError **error)
{
  const Work *work = data;
  decide (work, part * RUN, MIN ((part + 1) * RUN, work->n));
  return true;
}

void
lam_proposal_decide (
    LamProposal *proposal, const LamProposalVotes *votes, int n_threads)
{
  Work work = { proposal, votes, 0, lam_box_volume (&proposal->box) };
  lam_parallel (
      n_threads, lam_divide_up (work.n, RUN), decide_run, &work, NULL, NULL);
}

void
lam_proposal_decide_part (LamProposal *proposal, const LamProposalVotes *votes,
    int64_t first, int64_t n)
{
  Work work = { proposal, votes, first, n };
  decide (&work, 0, n);
}
