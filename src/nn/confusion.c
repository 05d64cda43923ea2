/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "nn/confusion.h"

#include <math.h>

void
lam_confusion_init (LamConfusion *confusion, int n_classes)
{
  confusion->n_classes = n_classes;
  confusion->counts = g_new0 (int64_t, (size_t)n_classes * n_classes);
}

void
lam_confusion_clear (LamConfusion *confusion)
{
  g_clear_pointer (&confusion->counts, g_free);
}

void
lam_confusion_add (LamConfusion *confusion, const LamShape *logits_shape,
    const float *logits, const LamTarget *target)
{
  int n = confusion->n_classes;
  int64_t volume = lam_shape_product (logits_shape, 2, logits_shape->rank);
  int64_t n_voxels = logits_shape->dims[0] * volume;
  for (int64_t i = 0; i < n_voxels; i++) {
    if ((target->mask && !target->mask[i])
        || (target->weights && target->weights[i] == 0))
      continue;
    const float *at = logits + i / volume * n * volume + i % volume;
    int best = 0;
    for (int c = 1; c < n; c++)
      if (at[c * volume] > at[best * volume])
        best = c;
    confusion->counts[(int64_t)target->labels[i] * n + best]++;
  }
}

double
lam_confusion_get_iou (const LamConfusion *confusion, int i)
{
  int n = confusion->n_classes;
  int64_t both = confusion->counts[(int64_t)i * n + i], either = -both;
  for (int j = 0; j < n; j++)
    either += confusion->counts[(int64_t)i * n + j]
        + confusion->counts[(int64_t)j * n + i];
  return either ? (double)both / (double)either : NAN;
}

double
lam_confusion_get_mean_iou (const LamConfusion *confusion)
{
  double sum = 0;
  int n = 0;
  for (int i = 0; i < confusion->n_classes; i++) {
    double iou = lam_confusion_get_iou (confusion, i);
    if (isnan (iou))
      continue;
    sum += iou;
    n++;
  }
  return n ? sum / n : NAN;
}

double
lam_confusion_get_accuracy (const LamConfusion *confusion)
{
  int64_t right = 0, all = 0;
  for (int i = 0; i < confusion->n_classes; i++)
    for (int j = 0; j < confusion->n_classes; j++) {
      int64_t count = confusion->counts[(int64_t)i * confusion->n_classes + j];
      all += count;
      right += i == j ? count : 0;
    }
  return all ? (double)right / (double)all : NAN;
}
