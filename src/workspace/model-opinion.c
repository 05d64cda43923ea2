/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "workspace/model-opinion.h"

#include <string.h>

#include "store/model-edit.h"

typedef struct {
  LamRunOpinion *opinion;
  const int32_t *class_ids;
  int n_classes;
  uint8_t none; /* the place of background */
  uint8_t places[UINT8_MAX]; /* by class of the network; 0: not looked for */
} Work;

/* The class of the network that the label does not say. */
static int
find_second (const Work *work, uint8_t first, uint8_t second, uint32_t label)
{
  int32_t written = label == 0 ? 0 : work->class_ids[first];
  return second < work->n_classes && work->class_ids[second] != written ? second
                                                                        : first;
}

static uint8_t
take_place (Work *work, int class)
{
  if (work->places[class] == 0)
    work->places[class] =
        lam_run_opinion_take_class (work->opinion, work->class_ids[class]);
  return work->places[class];
}

static void
fill_row (Work *work, const LamProposal *proposal, int64_t from, int to, int n,
    const uint32_t *labels)
{
  for (int x = 0; x < n; x++, from++, to++) {
    uint8_t first = proposal->classes[from];
    if (labels[to] == LAM_MODEL_SILENT || first >= work->n_classes)
      continue;
    int second =
        find_second (work, first, proposal->runner_ups[from], labels[to]);
    work->opinion->firsts[to] =
        labels[to] == 0 ? work->none : take_place (work, first);
    work->opinion->seconds[to] = take_place (work, second);
    work->opinion->uncertainties[to] = proposal->uncertainties[from];
  }
}

void
lam_model_opinion_fill (LamRunOpinion *opinion, const LamProposal *proposal,
    LamBrickKey key, const uint32_t *labels, const int32_t *class_ids,
    int n_classes)
{
  Work work = { .opinion = opinion,
    .class_ids = class_ids,
    .n_classes = MIN (n_classes, UINT8_MAX) };
  const LamBox *box = &proposal->box;
  LamBox brick = lam_brick_box (key);
  LamBox part = lam_box_intersect (box, &brick);
  memset (opinion->seconds, 0, sizeof opinion->seconds);
  opinion->n_classes = 0;
  work.none = lam_run_opinion_take_class (opinion, 0);
  for (int64_t z = part.min[2]; z < part.max[2]; z++)
    for (int64_t y = part.min[1]; y < part.max[1]; y++) {
      int64_t from =
          ((z - box->min[2]) * (box->max[1] - box->min[1]) + y - box->min[1])
              * (box->max[0] - box->min[0])
          + part.min[0] - box->min[0];
      int64_t to = part.min[0] - brick.min[0]
          + LAM_BRICK_EDGE
              * (y - brick.min[1] + LAM_BRICK_EDGE * (z - brick.min[2]));
      fill_row (&work, proposal, from, (int)to,
          (int)(part.max[0] - part.min[0]), labels);
    }
}
