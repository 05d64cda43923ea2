/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Brick by brick, so that memory is bounded; of very many, evenly spread ones.
 */
#include "nn/confusion.h"
#include "segment/refiner-inside.h"
#include "segment/segmenter.h"

#define MAX_BRICKS 64

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

static void
count (const LamRefinerBrick *brick, const LamProposal *said,
    LamConfusion *confusion)
{
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
        if (truth < confusion->n_classes && taken < confusion->n_classes)
          confusion->counts[truth * confusion->n_classes + taken]++;
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

bool
lam_refiner_judge (const LamRefiner *refiner, const LamModel *model,
    double *iou, LamProgress *progress, GError **error)
{
  const LamSegmenterModel shown = { model, refiner->normalisation };
  const LamSegmenterSettings settings = { .copies = LAM_COPIES_ONE,
    .n_threads = refiner->settings.n_threads };
  g_auto (LamConfusion) confusion = { 0 };
  g_autoptr (LamSegmenter) segmenter =
      lam_segmenter_new (&shown, 1, &settings, error);
  g_autoptr (GPtrArray) bricks = list_bricks (refiner);
  lam_confusion_init (&confusion, refiner->n_classes);
  for (guint i = 0; segmenter && i < bricks->len; i++) {
    LamBox box = find_box (bricks->pdata[i]);
    g_autoptr (LamProgress) part =
        lam_progress_new_part (progress, i, i + 1, bricks->len);
    g_autoptr (LamProposal) said =
        lam_segmenter_run (segmenter, refiner->volume, &box, part, error);
    if (!said)
      return false;
    count (bricks->pdata[i], said, &confusion);
  }
  *iou = lam_confusion_get_mean_iou (&confusion);
  return segmenter != NULL;
}
