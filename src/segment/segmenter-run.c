/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The probabilities of one model and copy are put together over the whole box
 * before they are added to those of the others, for each model has its own
 * tiles; this is what bounds the boxes that can be asked for. */
#include <glib/gi18n-lib.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/text.h"
#include "segment/segmenter-inside.h"

/* One call. All arrays have the box's voxels. */
typedef struct {
  LamSegmenter *segmenter;
  LamVolume *volume;
  LamBox box;
  int64_t n;
  float *one; /* Owned; of one model and copy, by class */
  float *sums; /* Owned; of all; is `one` where there is no other */
  int64_t n_done, n_runs;
  int64_t n_kept; /* runs that were done in an earlier life of this one */
  bool is_due; /* `one` is of a whole copy that is not among the sums yet */
  LamProgress *progress;
} Work;

static void
work_clear (Work *work)
{
  if (work->sums != work->one)
    free (work->sums);
  free (work->one);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Work, work_clear)

void
lam_segmenter_set_keeping (
    LamSegmenter *segmenter, const LamSegmenterKeeping *keeping)
{
  segmenter->keeping = keeping ? *keeping : (LamSegmenterKeeping){ 0 };
}

static bool
has_others (const Work *work)
{
  return work->sums != work->one;
}

static LamSegmenterState
get_state (const Work *work)
{
  const size_t rows =
      (size_t)work->n * sizeof (float) * (size_t)work->segmenter->n_classes;
  LamSegmenterState state = { .n_done = work->n_done, .n_rows = 1 };
  state.rows[0].data = work->one;
  state.rows[0].n_bytes = rows;
  if (!has_others (work))
    return state;
  state.n_rows = 2;
  state.rows[1].data = work->sums;
  state.rows[1].n_bytes = rows;
  return state;
}

static bool
keep (Work *work, bool is_last, GError **error)
{
  const LamSegmenterKeeping *keeping = &work->segmenter->keeping;
  const LamSegmenterState state = get_state (work);
  return !keeping->keep
      || keeping->keep (&state, is_last, keeping->data, error);
}

static void
take_kept (Work *work)
{
  const LamSegmenterKeeping *keeping = &work->segmenter->keeping;
  LamSegmenterState state = get_state (work);
  if (keeping->take && keeping->take (&state, keeping->data)
      && state.n_done >= 0 && state.n_done <= work->n_runs) {
    work->n_kept = state.n_done;
    return;
  }
  /* What is of no run of this one must not be among what is added to. */
  for (int i = 1; i < state.n_rows; i++)
    memset (state.rows[i].data, 0, state.rows[i].n_bytes);
}

static void
add_due (Work *work)
{
  if (work->is_due)
    lam_proposal_add (
        work->one, work->segmenter->n_classes, work->n, work->sums);
  work->is_due = false;
}

/* Before its first tile is put down. A copy is added no sooner than that: what
 * is kept after its last tile, however late, is never among the sums. */
static void
begin_copy (Work *work, const LamCover covers[3])
{
  const gsize n_floats = (gsize)(work->n * work->segmenter->n_classes);
  add_due (work);
  if (!lam_cover_is_exact (covers))
    memset (work->one, 0, n_floats * sizeof *work->one);
}

static bool
run_tile (Work *work, LamMember *member, const LamCover covers[3],
    const int at[3], bool is_first, LamTurn turn, GError **error)
{
  LamBox tile;
  if (work->n_done < work->n_kept) {
    work->n_done++;
    return true;
  }
  for (int i = 0; i < 3; i++) {
    tile.min[i] = covers[i].tiles[at[i]].start;
    tile.max[i] = tile.min[i] + covers[i].tile;
  }
  g_autoptr (LamProgress) part = lam_progress_new_part (
      work->progress, work->n_done, work->n_done + 1, work->n_runs);
  const float *probabilities = lam_runner_run (member->runner, work->volume,
      &member->model.normalisation, &tile, turn, part, error);
  if (!probabilities || !lam_progress_check (work->progress, error))
    return false;
  if (is_first)
    begin_copy (work, covers);
  lam_cover_add (covers, at, probabilities, work->segmenter->n_classes,
      &work->box, work->one);
  lam_progress_set (work->progress, ++work->n_done, work->n_runs);
  return keep (work, false, error);
}

static LamPlanOptions
get_options (const LamSegmenter *segmenter)
{
  const LamSegmenterSettings *settings = &segmenter->settings;
  return (LamPlanOptions){ .n_threads = settings->n_threads,
    .limit_bytes = settings->limit_bytes };
}

/* One model, shown one copy. */
static bool
run_copy (Work *work, LamMember *member, const LamCover covers[3], LamTurn turn,
    GError **error)
{
  const int64_t start = work->n_done;
  int at[3];
  for (at[2] = 0; at[2] < covers[2].n; at[2]++)
    for (at[1] = 0; at[1] < covers[1].n; at[1]++)
      for (at[0] = 0; at[0] < covers[0].n; at[0]++)
        if (!run_tile (
                work, member, covers, at, work->n_done == start, turn, error))
          return false;
  work->is_due = has_others (work) && work->n_done >= work->n_kept;
  return true;
}

static bool
run_member (Work *work, LamMember *member, GError **error)
{
  const LamSegmenterSettings *settings = &work->segmenter->settings;
  const LamPlanOptions options = get_options (work->segmenter);
  LamCover covers[3];
  lam_member_cover (
      member, lam_volume_get_size (work->volume), &work->box, covers);
  bool done = lam_member_prepare (member, covers, &options, error);
  for (LamTurn turn = 0; done && turn < settings->copies; turn++)
    done = run_copy (work, member, covers, turn, error);
  lam_cover_clear_all (covers);
  return done;
}

static void
take_probabilities (
    int64_t first, int64_t n, const float *probabilities, gpointer data)
{
  const Work *work = data;
  for (int c = 0; c < work->segmenter->n_classes; c++)
    memcpy (work->one + c * work->n + first, probabilities + c * n,
        (size_t)n * sizeof (float));
}

/* Of what is kept: all that is left of the limit is for plans. */
static LamPlanOptions
get_kept_options (
    const LamSegmenter *segmenter, const int64_t size[3], const LamBox *box)
{
  const LamMember *member = &segmenter->members[0];
  LamPlanOptions options = get_options (segmenter);
  LamCover covers[3];
  int64_t all = 0, plan = 0;
  lam_member_cover (member, size, box, covers);
  if (lam_segmenter_measure (segmenter, size, box, &all, NULL)
      && lam_member_measure (member, covers, options.n_threads, &plan, NULL))
    options.limit_bytes -= segmenter->settings.keep_bytes + all - plan;
  lam_cover_clear_all (covers);
  return options;
}

/* The one model, as far as possible from what it saw before. */
static bool
run_kept (LamSegmenter *segmenter, LamVolume *volume, const LamBox *box,
    LamKeptFeaturesTake take, gpointer data, LamProgress *progress,
    GError **error)
{
  const LamPlanOptions options =
      get_kept_options (segmenter, lam_volume_get_size (volume), box);
  return lam_kept_features_run (
      segmenter->kept, volume, box, &options, take, data, progress, error);
}

/* A portion is what is lost when it is cancelled: sections without a rim are
 * not more work by themselves. */
#define PORTION 4

static int64_t
get_portion (const LamSegmenter *segmenter, const LamBox *box)
{
  const LamCoverRim *rim = &segmenter->members[0].rims[2];
  return rim->before + rim->after == 0 && rim->step == 1
      ? PORTION
      : box->max[2] - box->min[2];
}

/* The n-th portion, counted from the middle to both sides; may be empty. */
static LamBox
cut_portion (const LamBox *box, int64_t portion, int64_t n)
{
  int64_t middle = (box->min[2] + box->max[2] - portion) / 2;
  LamBox part = *box;
  part.min[2] = middle + (n % 2 ? -(n + 1) / 2 : n / 2) * portion;
  part.max[2] = part.min[2] + portion;
  return lam_box_intersect (&part, box);
}

bool
lam_segmenter_look (LamSegmenter *segmenter, LamVolume *volume,
    const LamBox *box, LamProgress *progress, GError **error)
{
  if (!lam_segmenter_can_keep (segmenter, lam_volume_get_size (volume), box))
    return true;
  const LamPlanOptions options =
      get_kept_options (segmenter, lam_volume_get_size (volume), box);
  int64_t portion = get_portion (segmenter, box);
  int64_t n = lam_divide_up (box->max[2] - box->min[2], portion) + 1;
  for (int64_t i = 0; i <= n; i++) {
    LamBox part = cut_portion (box, portion, i);
    g_autoptr (LamProgress) one =
        lam_progress_new_part (progress, i, i + 1, n + 1);
    if (!lam_box_is_empty (&part)
        && !lam_kept_features_look (
            segmenter->kept, volume, &part, &options, one, error))
      return false;
  }
  lam_progress_set (progress, 1, 1);
  return true;
}

static bool
allocate (Work *work, GError **error)
{
  gsize n = (gsize)work->n, rows = (gsize)work->segmenter->n_classes * n;
  bool is_single = lam_segmenter_count_votes (work->segmenter) == 1;
  work->one = lam_memory_new (rows * sizeof (float));
  work->sums = is_single ? work->one : lam_memory_new0 (rows * sizeof (float));
  if (work->one && work->sums)
    return true;
  g_autofree char *need =
      lam_text_bytes (work->n * lam_segmenter_get_sum_bytes (work->segmenter));
  g_set_error (error, LAM_ERROR, LAM_ERROR_LIMIT,
      _ ("There is no memory for a box of %" G_GINT64_FORMAT
         " voxels: it needs %s"),
      work->n, need);
  return false;
}

/* What was computed stays with whoever keeps it. */
static bool
run_members (Work *work, GError **error)
{
  LamSegmenter *segmenter = work->segmenter;
  for (int i = 0; i < segmenter->n_members; i++)
    if (!run_member (work, &segmenter->members[i], error)) {
      if (work->progress && lam_progress_is_cancelled (work->progress)
          && work->n_done > work->n_kept)
        keep (work, true, NULL);
      return false;
    }
  add_due (work);
  return true;
}

float *
lam_segmenter_sum (LamSegmenter *segmenter, LamVolume *volume,
    const LamBox *box, LamProgress *progress, GError **error)
{
  const int64_t *size = lam_volume_get_size (volume);
  g_auto (Work) work = { .segmenter = segmenter,
    .volume = volume,
    .box = *box,
    .n = lam_box_volume (box),
    .n_runs = lam_segmenter_count_runs (segmenter, size, box),
    .progress = progress };
  if (!lam_segmenter_check_memory (segmenter, size, box, error)
      || !allocate (&work, error))
    return NULL;
  bool keeps = lam_segmenter_can_keep (segmenter, size, box);
  if (keeps
      && !run_kept (
          segmenter, volume, box, take_probabilities, &work, progress, error))
    return NULL;
  if (!keeps) {
    take_kept (&work);
    if (work.n_kept > 0)
      lam_progress_begin (progress, work.n_kept, work.n_runs);
    if (!run_members (&work, error))
      return NULL;
  }
  float *sums = work.sums;
  if (work.one == sums)
    work.one = NULL;
  work.sums = work.one;
  return sums;
}

/* What is no number in the image has been shown to the networks as the mean. */
static bool
forget_unknown (LamVolume *volume, LamProposal *proposal, LamProgress *progress,
    GError **error)
{
  if (lam_volume_get_dtype (volume) != LAM_DTYPE_F32)
    return true;
  LamBox section = proposal->box;
  section.max[2] = section.min[2] + 1;
  int64_t n_all = lam_box_volume (&proposal->box);
  int64_t n = lam_box_volume (&section);
  g_autofree float *voxels = g_new (float, n);
  for (int64_t at = 0; at < n_all; at += n) {
    if (!lam_volume_read_box (volume, 0, &section, voxels,
            lam_progress_cancellable_or_null (progress), error))
      return false;
    for (int64_t i = 0; i < n; i++)
      if (!isfinite (voxels[i])) {
        proposal->classes[at + i] = LAM_PROPOSAL_UNKNOWN;
        proposal->runner_ups[at + i] = LAM_PROPOSAL_UNKNOWN;
        proposal->uncertainties[at + i] = UINT8_MAX;
      }
    section.min[2]++;
    section.max[2]++;
  }
  return true;
}

static void
scale (float *sums, int64_t n, float factor)
{
  for (int64_t i = 0; i < n && factor != 1; i++)
    sums[i] *= factor;
}

static bool
revise_sums (const LamBox *box, const LamProposalVotes *votes, float *sums,
    const LamSegmenterRevision *revision, LamProgress *progress, GError **error)
{
  const int64_t n = lam_box_volume (box) * votes->n_classes;
  scale (sums, n, 1 / (float)votes->n_members);
  if (!revision->change (
          box, votes->n_classes, sums, revision->data, progress, error))
    return false;
  scale (sums, n, (float)votes->n_members);
  return true;
}

static LamProposal *
decide_sums (LamSegmenter *segmenter, LamVolume *volume, const LamBox *box,
    const LamSegmenterRevision *revision, LamProgress *progress, GError **error)
{
  g_autofree float *sums =
      lam_segmenter_sum (segmenter, volume, box, progress, error);
  if (!sums)
    return NULL;
  const LamProposalVotes votes = { segmenter->n_classes,
    lam_segmenter_count_votes (segmenter), sums };
  if (revision && !revise_sums (box, &votes, sums, revision, progress, error))
    return NULL;
  g_autoptr (LamProposal) proposal = lam_proposal_new (box);
  lam_proposal_decide (proposal, &votes, segmenter->settings.n_threads);
  return g_steal_pointer (&proposal);
}

typedef struct {
  LamProposal *proposal; /* Borrowed */
  int n_classes;
} Deciding;

static void
decide_part (
    int64_t first, int64_t n, const float *probabilities, gpointer data)
{
  const Deciding *deciding = data;
  const LamProposalVotes votes = { deciding->n_classes, 1, probabilities };
  lam_proposal_decide_part (deciding->proposal, &votes, first, n);
}

/* Each voxel as soon as it is said. Planes of all that is said would be new
 * memory each time, and to clear that takes as long as to say it. */
static LamProposal *
decide_kept (LamSegmenter *segmenter, LamVolume *volume, const LamBox *box,
    LamProgress *progress, GError **error)
{
  g_autoptr (LamProposal) proposal = lam_proposal_new (box);
  Deciding deciding = { proposal, segmenter->n_classes };
  return run_kept (
             segmenter, volume, box, decide_part, &deciding, progress, error)
      ? g_steal_pointer (&proposal)
      : NULL;
}

/* Of what can be kept: sees it, then whether anything is changed. */
static bool
find_revision (LamSegmenter *segmenter, LamVolume *volume, const LamBox *box,
    const LamSegmenterRevision *revision, bool *any, LamProgress *progress,
    GError **error)
{
  const LamPlanOptions options =
      get_kept_options (segmenter, lam_volume_get_size (volume), box);
  *any = true;
  return !revision->find
      || (lam_kept_features_look (
              segmenter->kept, volume, box, &options, progress, error)
          && revision->find (box, any, revision->data, error));
}

LamProposal *
lam_segmenter_run_revised (LamSegmenter *segmenter, LamVolume *volume,
    const LamBox *box, const LamSegmenterRevision *revision,
    LamProgress *progress, GError **error)
{
  const int64_t *size = lam_volume_get_size (volume);
  const bool keeps = lam_segmenter_can_keep (segmenter, size, box);
  bool any = revision;
  if (!lam_segmenter_check_memory (segmenter, size, box, error)
      || (keeps && revision
          && !find_revision (
              segmenter, volume, box, revision, &any, progress, error)))
    return NULL;
  g_autoptr (LamProposal) proposal = keeps && !any
      ? decide_kept (segmenter, volume, box, progress, error)
      : decide_sums (segmenter, volume, box, revision, progress, error);
  return proposal && forget_unknown (volume, proposal, progress, error)
      ? g_steal_pointer (&proposal)
      : NULL;
}

LamProposal *
lam_segmenter_run (LamSegmenter *segmenter, LamVolume *volume,
    const LamBox *box, LamProgress *progress, GError **error)
{
  return lam_segmenter_run_revised (
      segmenter, volume, box, NULL, progress, error);
}
