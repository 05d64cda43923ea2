/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Brick by brick, so that memory is bounded; of very many, evenly spread ones.
 *
 * Where people chose what they saw, as in learner-judge.c, voxels of each level
 * of unsureness count as many as there are of it in the volume, of which some
 * boxes are drawn. */
#include <math.h>
#include <string.h>

#include "nn/confusion.h"
#include "segment/refiner-inside.h"
#include "segment/segmenter.h"

#define MAX_BRICKS 64

/* Boxes in which the network is asked how sure it is. */
#define N_SAMPLES 24
#define SAMPLE_EDGE 64
#define SAMPLE_DEPTH 4

/* Counts are in parts of a voxel. */
#define PARTS_OF_VOXEL 1024

/* The parts of what tests lie in blocks, as its voxels are alike where they are
 * near each other, and each all over the volume. */
#define BLOCK_EDGE 32
#define BLOCK_DEPTH 4

#define LEAST_PARTS 4

/* From that uncertainty on. */
static const uint8_t levels[] = { 15, 40, 90, 150, 210 };
enum { N_LEVELS = G_N_ELEMENTS (levels) + 1 };

struct _LamRefinerJudge {
  const LamRefiner *refiner; /* Borrowed */
  GPtrArray *bricks; /* Owned; LamRefinerBrick, borrowed */
  GPtrArray *levels; /* Owned; by brick, of the box of what tests; or NULL */
  double weights[N_LEVELS];
};

/* [part][level][class][what it was taken for], in voxels. */
typedef struct {
  int n_classes;
  int64_t *counts; /* Owned */
} Tally;

static void
tally_clear (Tally *tally)
{
  g_clear_pointer (&tally->counts, g_free);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Tally, tally_clear)

static int64_t
sum (const Tally *tally)
{
  const int n = tally->n_classes * tally->n_classes;
  int64_t all = 0;
  for (int i = 0; i < LAM_REFINER_N_PARTS * N_LEVELS * n; i++)
    all += tally->counts[i];
  return all;
}

static int
find_level (uint8_t uncertainty)
{
  int level = 0;
  while (level < N_LEVELS - 1 && uncertainty >= levels[level])
    level++;
  return level;
}

/* Around what tests in the brick. */
static LamBox
find_box (const LamRefinerBrick *brick)
{
  LamBox all = lam_brick_box (brick->key), box = { 0 };
  for (int i = 0; i < LAM_BRICK_VOXELS; i++) {
    if (brick->tests[i] == LAM_PATCH_IGNORED)
      continue;
    int64_t x = all.min[0] + i % LAM_BRICK_EDGE;
    int64_t y = all.min[1] + i / LAM_BRICK_EDGE % LAM_BRICK_EDGE;
    int64_t z = all.min[2] + i / (LAM_BRICK_EDGE * LAM_BRICK_EDGE);
    LamBox voxel = lam_box_new (x, y, z, x + 1, y + 1, z + 1);
    box = lam_box_unite (&box, &voxel);
  }
  return box;
}

static int
find_part (int64_t x, int64_t y, int64_t z)
{
  return (int)((x / BLOCK_EDGE + 3 * (y / BLOCK_EDGE) + 7 * (z / BLOCK_DEPTH))
      % LAM_REFINER_N_PARTS);
}

/* `levels`: of the box, or NULL: all are of the first. */
static void
count (const LamRefinerBrick *brick, const LamProposal *said,
    const uint8_t *levels_of, Tally *tally)
{
  const int n_classes = tally->n_classes;
  LamBox all = lam_brick_box (brick->key);
  const LamBox *box = &said->box;
  int64_t i = 0;
  for (int64_t z = box->min[2]; z < box->max[2]; z++)
    for (int64_t y = box->min[1]; y < box->max[1]; y++)
      for (int64_t x = box->min[0]; x < box->max[0]; x++, i++) {
        int64_t at = x - all.min[0]
            + LAM_BRICK_EDGE
                * (y - all.min[1] + LAM_BRICK_EDGE * (z - all.min[2]));
        int truth = brick->tests[at], taken = said->classes[i];
        int kind =
            find_part (x, y, z) * N_LEVELS + (levels_of ? levels_of[i] : 0);
        if (truth < n_classes && taken < n_classes)
          tally->counts[(kind * n_classes + truth) * n_classes + taken]++;
      }
}

static GPtrArray *
list_bricks (const LamRefiner *refiner)
{
  g_autoptr (GPtrArray) all = g_ptr_array_new ();
  GPtrArray *some = g_ptr_array_new ();
  for (guint i = 0; i < refiner->bricks->len; i++)
    if (((const LamRefinerBrick *)refiner->bricks->pdata[i])->n_tests > 0)
      g_ptr_array_add (all, refiner->bricks->pdata[i]);
  guint n = MIN (all->len, MAX_BRICKS);
  for (guint i = 0; i < n; i++)
    g_ptr_array_add (some, all->pdata[(guint64)i * all->len / n]);
  return some;
}

/* ---- What counts how much ----------------------------------------------- */

static LamBox
draw_box (const LamRefiner *refiner, int i)
{
  LamRandom random = lam_random_new (refiner->settings.seed, (uint64_t)i);
  const int64_t *size = lam_volume_get_size (refiner->volume);
  LamBox box;
  for (int a = 0; a < 3; a++) {
    int64_t edge = MIN (size[a], a == 2 ? SAMPLE_DEPTH : SAMPLE_EDGE);
    box.min[a] =
        (int64_t)(lam_random_unit (&random) * (double)(size[a] - edge + 1));
    box.max[a] = box.min[a] + edge;
  }
  return box;
}

/* Shares of the volume. */
static bool
sample_levels (const LamRefiner *refiner, LamSegmenter *segmenter,
    double shares[N_LEVELS], LamProgress *progress, GError **error)
{
  int64_t all = 0, counts[N_LEVELS] = { 0 };
  for (int i = 0; i < N_SAMPLES; i++) {
    LamBox box = draw_box (refiner, i);
    g_autoptr (LamProgress) part =
        lam_progress_new_part (progress, i, i + 1, N_SAMPLES);
    g_autoptr (LamProposal) said =
        lam_segmenter_run (segmenter, refiner->volume, &box, part, error);
    if (!said)
      return false;
    for (int64_t at = 0; at < lam_box_volume (&box); at++)
      counts[find_level (said->uncertainties[at])]++;
    all += lam_box_volume (&box);
  }
  for (int level = 0; level < N_LEVELS; level++)
    shares[level] = (double)counts[level] / (double)all;
  return true;
}

/* What is not in the volume's sample does not count. */
static void
weigh (
    LamRefinerJudge *judge, const double shares[N_LEVELS], const Tally *tally)
{
  const int n = tally->n_classes * tally->n_classes;
  const int64_t all = sum (tally);
  int64_t counts[N_LEVELS] = { 0 };
  for (int i = 0; i < LAM_REFINER_N_PARTS * N_LEVELS * n; i++)
    counts[i / n % N_LEVELS] += tally->counts[i];
  for (int level = 0; level < N_LEVELS; level++)
    judge->weights[level] = counts[level] > 0
        ? shares[level] * (double)all / (double)counts[level]
        : 0;
}

static uint8_t *
dup_levels (const LamProposal *said)
{
  const int64_t n = lam_box_volume (&said->box);
  uint8_t *found = g_malloc ((gsize)n);
  for (int64_t i = 0; i < n; i++)
    found[i] = (uint8_t)find_level (said->uncertainties[i]);
  return found;
}

/* ---- Judging ------------------------------------------------------------ */

static int64_t
count_part (const Tally *tally, int part)
{
  const int n = N_LEVELS * tally->n_classes * tally->n_classes;
  int64_t all = 0;
  for (int i = 0; i < n; i++)
    all += tally->counts[part * n + i];
  return all;
}

/* Of all but one part, or of all (-1). */
static double
find_iou (const LamRefinerJudge *judge, const Tally *tally, int part)
{
  const int n = tally->n_classes * tally->n_classes;
  g_auto (LamConfusion) confusion = { 0 };
  lam_confusion_init (&confusion, tally->n_classes);
  for (int kind = 0; kind < LAM_REFINER_N_PARTS * N_LEVELS; kind++)
    for (int i = 0; i < n && kind / N_LEVELS != part; i++)
      confusion.counts[i] +=
          llround (PARTS_OF_VOXEL * judge->weights[kind % N_LEVELS]
              * (double)tally->counts[kind * n + i]);
  return lam_confusion_get_mean_iou (&confusion);
}

static bool
ask (const LamRefinerJudge *judge, LamSegmenter *segmenter, bool is_first,
    Tally *tally, LamProgress *progress, GError **error)
{
  const LamRefiner *refiner = judge->refiner;
  for (guint i = 0; i < judge->bricks->len; i++) {
    LamBox box = find_box (judge->bricks->pdata[i]);
    g_autoptr (LamProgress) part =
        lam_progress_new_part (progress, i, i + 1, judge->bricks->len);
    g_autoptr (LamProposal) said =
        lam_segmenter_run (segmenter, refiner->volume, &box, part, error);
    if (!said)
      return false;
    if (is_first && refiner->is_chosen)
      g_ptr_array_add (judge->levels, dup_levels (said));
    count (judge->bricks->pdata[i], said,
        refiner->is_chosen ? judge->levels->pdata[i] : NULL, tally);
  }
  return true;
}

LamRefinerJudge *
lam_refiner_judge_new (const LamRefiner *refiner)
{
  LamRefinerJudge *judge = g_new0 (LamRefinerJudge, 1);
  judge->refiner = refiner;
  judge->bricks = list_bricks (refiner);
  judge->levels = g_ptr_array_new_with_free_func (g_free);
  for (int level = 0; level < N_LEVELS; level++)
    judge->weights[level] = 1;
  return judge;
}

void
lam_refiner_judge_free (LamRefinerJudge *judge)
{
  g_ptr_array_unref (judge->bricks);
  g_ptr_array_unref (judge->levels);
  g_free (judge);
}

bool
lam_refiner_judge_run (LamRefinerJudge *judge, const LamModel *model,
    LamRefinerScore *score, LamProgress *progress, GError **error)
{
  const LamRefiner *refiner = judge->refiner;
  const LamSegmenterModel shown = { model, refiner->normalisation };
  const LamSegmenterSettings settings = { .copies = LAM_COPIES_ONE,
    .n_threads = refiner->settings.n_threads };
  const bool is_first = judge->levels->len == 0;
  double shares[N_LEVELS];
  g_autoptr (LamProgress) most = lam_progress_new_part (progress, 0, 3, 4);
  g_autoptr (LamProgress) rest = lam_progress_new_part (progress, 3, 4, 4);
  g_auto (Tally) tally = { .n_classes = refiner->n_classes };
  tally.counts = g_new0 (int64_t,
      (gsize)LAM_REFINER_N_PARTS * N_LEVELS
          * (gsize)(tally.n_classes * tally.n_classes));
  g_autoptr (LamSegmenter) segmenter =
      lam_segmenter_new (&shown, 1, &settings, error);
  if (!segmenter || !ask (judge, segmenter, is_first, &tally, most, error))
    return false;
  if (is_first && refiner->is_chosen) {
    if (!sample_levels (refiner, segmenter, shares, rest, error))
      return false;
    weigh (judge, shares, &tally);
  }
  score->n_voxels = sum (&tally);
  score->iou = find_iou (judge, &tally, -1);
  for (int part = 0; part < LAM_REFINER_N_PARTS; part++)
    score->without[part] =
        count_part (&tally, part) > 0 ? find_iou (judge, &tally, part) : NAN;
  return true;
}

bool
lam_refiner_is_sure (
    const LamRefinerScore *before, const LamRefinerScore *after)
{
  double gains[LAM_REFINER_N_PARTS], mean = 0, squares = 0;
  int n = 0;
  for (int i = 0; i < LAM_REFINER_N_PARTS; i++)
    if (isfinite (before->without[i]) && isfinite (after->without[i]))
      gains[n++] = after->without[i] - before->without[i];
  if (n < LEAST_PARTS)
    return false;
  for (int i = 0; i < n; i++)
    mean += gains[i] / n;
  for (int i = 0; i < n; i++)
    squares += (gains[i] - mean) * (gains[i] - mean);
  const double error = sqrt (squares * (n - 1) / n);
  return after->iou - before->iou > 2 * error;
}
