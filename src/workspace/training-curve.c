/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "workspace/training-curve.h"

LamTrainingExample *
lam_training_examples_copy (const LamTrainingExample *examples, int n)
{
  LamTrainingExample *copy = g_new0 (LamTrainingExample, MAX (n, 1));
  for (int i = 0; i < n; i++) {
    const gsize area = (gsize)(examples[i].size[0] * examples[i].size[1]);
    copy[i] = examples[i];
    copy[i].image = g_memdup2 (examples[i].image, area * sizeof (float));
    copy[i].truth = g_memdup2 (examples[i].truth, area);
    copy[i].said = g_memdup2 (examples[i].said, area);
  }
  return copy;
}

void
lam_training_examples_clear (LamTrainingExample *examples, int n)
{
  for (int i = 0; i < n; i++) {
    g_free (examples[i].image);
    g_free (examples[i].truth);
    g_free (examples[i].said);
  }
  g_free (examples);
}

static void
clear_judgement (gpointer data)
{
  g_free (((LamTrainingJudgement *)data)->iou);
}

LamTrainingCurve *
lam_training_curve_new (void)
{
  LamTrainingCurve *curve = g_new0 (LamTrainingCurve, 1);
  curve->points = g_array_new (false, false, sizeof (LamTrainingPoint));
  curve->judgements = g_array_new (false, false, sizeof (LamTrainingJudgement));
  g_array_set_clear_func (curve->judgements, clear_judgement);
  return curve;
}

void
lam_training_curve_free (LamTrainingCurve *curve)
{
  lam_training_curve_clear (curve);
  g_array_unref (curve->points);
  g_array_unref (curve->judgements);
  g_free (curve);
}

void
lam_training_curve_clear (LamTrainingCurve *curve)
{
  g_array_set_size (curve->points, 0);
  g_array_set_size (curve->judgements, 0);
  lam_training_curve_set_examples (curve, NULL, 0);
}

void
lam_training_curve_add (gpointer data, const LamTrainReport *report)
{
  LamTrainingCurve *curve = data;
  const LamTrainingPoint point = { report->step, report->loss };
  const LamValidation *from = report->validation;
  g_array_append_val (curve->points, point);
  if (!from)
    return;
  const LamTrainingJudgement judgement = { .step = report->step,
    .loss = from->loss,
    .mean_iou = from->mean_iou,
    .is_best = from->is_best,
    .iou = g_memdup2 (from->iou, (gsize)from->n_classes * sizeof (double)) };
  g_array_append_val (curve->judgements, judgement);
}

void
lam_training_curve_set_examples (
    LamTrainingCurve *curve, const LamTrainingExample *examples, int n)
{
  if (curve->examples)
    lam_training_examples_clear (curve->examples, curve->n_examples);
  curve->examples = n > 0 ? lam_training_examples_copy (examples, n) : NULL;
  curve->n_examples = n;
}

const LamTrainingJudgement *
lam_training_curve_get_best (const LamTrainingCurve *curve)
{
  for (guint i = curve->judgements->len; i-- > 0;) {
    const LamTrainingJudgement *found =
        &g_array_index (curve->judgements, LamTrainingJudgement, i);
    if (found->is_best)
      return found;
  }
  return NULL;
}
