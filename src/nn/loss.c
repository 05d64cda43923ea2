/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Two passes over runs of voxels of one image. The first leaves the softmax
 * where the gradient will be, and the sums of each run; those are added in the
 * order of the runs; the second turns probabilities into the gradient. */
#include "nn/loss.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

#define RUN 4096
#define EPSILON 1e-5

/* Of a run, then of all: the cross-entropy and what it is divided by, and by
 * class Σ v p g, Σ v p and Σ v g. */
typedef struct {
  double value, divisor;
  int64_t bad; /* the first voxel that is refused, or -1 */
} Sums;

struct _LamLoss {
  LamLossOptions options;
  LamShape shape;
  int n_classes;
  float *class_weights; /* Owned */
  double weight_sum;
  int64_t volume, runs, n_parts; /* runs of one image; of the batch */
  Sums *sums; /* Owned; by part */
  double *class_sums; /* Owned; by part, then total: [class][3] */
  /* The gradient of Dice by a probability: slope · g + shift; by class */
  double *slope, *shift; /* Owned */
  /* While running, borrowed */
  const float *logits;
  const LamTarget *target;
  float *gradient;
  double entropy_scale;
};

static bool
check_options (const LamLossOptions *options, int64_t n_classes, GError **error)
{
  const char *bad = NULL;
  if (!(options->cross_entropy >= 0 && options->dice >= 0
          && isfinite (options->cross_entropy) && isfinite (options->dice)
          && options->cross_entropy + options->dice > 0))
    bad = _ ("the shares of cross-entropy and Dice are not at least 0 and one "
             "of them above");
  else if (!(options->smoothing >= 0 && options->smoothing < 1))
    bad = _ ("the smoothing of labels is not in [0, 1)");
  for (int64_t i = 0; options->class_weights && i < n_classes && !bad; i++)
    if (!(options->class_weights[i] >= 0)
        || !isfinite (options->class_weights[i]))
      bad = _ ("the weight of a class is below 0 or no number");
  if (bad)
    g_set_error (error, LAM_ERROR, LAM_ERROR_INPUT, _ ("loss: %s"), bad);
  return !bad;
}

LamLoss *
lam_loss_new (
    const LamLossOptions *options, const LamShape *logits, GError **error)
{
  if (logits->type != LAM_TENSOR_F32 || logits->rank < 2 || logits->dims[1] < 2
      || logits->dims[1] > G_MAXUINT16 || lam_shape_get_count (logits) < 1) {
    g_autofree char *text = lam_shape_to_text (logits);
    g_set_error (error, LAM_ERROR, LAM_ERROR_INPUT,
        _ ("loss: a result of %s is no logits of 2 to 65535 classes"), text);
    return NULL;
  }
  if (!check_options (options, logits->dims[1], error))
    return NULL;
  LamLoss *loss = g_new0 (LamLoss, 1);
  loss->options = *options;
  loss->shape = *logits;
  loss->n_classes = (int)logits->dims[1];
  loss->class_weights = g_new (float, loss->n_classes);
  for (int i = 0; i < loss->n_classes; i++) {
    loss->class_weights[i] =
        options->class_weights ? options->class_weights[i] : 1;
    loss->weight_sum += loss->class_weights[i];
  }
  loss->volume = lam_shape_product (logits, 2, logits->rank);
  loss->runs = (loss->volume + RUN - 1) / RUN;
  loss->n_parts = logits->dims[0] * loss->runs;
  loss->sums = g_new0 (Sums, loss->n_parts);
  loss->class_sums = g_new0 (double, (loss->n_parts + 1) * loss->n_classes * 3);
  loss->slope = g_new0 (double, loss->n_classes);
  loss->shift = g_new0 (double, loss->n_classes);
  return loss;
}

void
lam_loss_free (LamLoss *loss)
{
  if (!loss)
    return;
  g_free (loss->class_weights);
  g_free (loss->sums);
  g_free (loss->class_sums);
  g_free (loss->slope);
  g_free (loss->shift);
  g_free (loss);
}

int
lam_loss_get_n_classes (const LamLoss *loss)
{
  return loss->n_classes;
}

int64_t
lam_loss_get_n_voxels (const LamLoss *loss)
{
  return loss->shape.dims[0] * loss->volume;
}

/* What the voxel counts; below 0: it is refused. */
static float
get_voxel_weight (const LamLoss *loss, int64_t voxel)
{
  const LamTarget *target = loss->target;
  if (target->mask && !target->mask[voxel])
    return 0;
  int32_t label = target->labels[voxel];
  float weight = target->weights ? target->weights[voxel] : 1;
  if (label < 0 || label >= loss->n_classes || !(weight >= 0) || isinf (weight))
    return -1;
  return weight;
}

/* Adds one voxel, whose logits are `step` apart; `p`, as far apart, becomes
 * its softmax unless NULL. */
static void
add_voxel (const LamLoss *loss, const float *logits, int64_t step, float *p,
    int32_t label, double weight, Sums *sums, double *class_sums)
{
  int n = loss->n_classes;
  float highest = logits[0];
  double sum = 0, spread = 0;
  for (int c = 1; c < n; c++)
    highest = MAX (highest, logits[c * step]);
  for (int c = 0; c < n; c++)
    sum += expf (logits[c * step] - highest);
  double base = highest + log (sum), share = 1 / sum;
  for (int c = 0; c < n; c++) {
    float value = (float)(expf (logits[c * step] - highest) * share);
    if (p)
      p[c * step] = value;
    if (loss->options.smoothing > 0)
      spread += loss->class_weights[c] * (base - logits[c * step]);
    class_sums[3 * c] += c == label ? weight * value : 0;
    class_sums[3 * c + 1] += weight * value;
    class_sums[3 * c + 2] += c == label ? weight : 0;
  }
  double own = loss->class_weights[label] * weight;
  double smoothing = loss->options.smoothing;
  sums->value += (1 - smoothing) * own * (base - logits[label * step])
      + smoothing / n * weight * spread;
  sums->divisor += own;
}

static void
sum_part (gpointer data, int64_t part, int thread)
{
  const LamLoss *loss = data;
  int64_t image = part / loss->runs, first = part % loss->runs * RUN;
  int64_t last = MIN (first + RUN, loss->volume);
  int64_t at = image * loss->n_classes * loss->volume;
  double *class_sums = loss->class_sums + part * loss->n_classes * 3;
  Sums sums = { .bad = -1 };
  memset (class_sums, 0, loss->n_classes * 3 * sizeof *class_sums);
  for (int64_t i = first; i < last && sums.bad < 0; i++) {
    int64_t voxel = image * loss->volume + i;
    float weight = get_voxel_weight (loss, voxel);
    if (weight < 0)
      sums.bad = voxel;
    else if (weight > 0)
      add_voxel (loss, loss->logits + at + i, loss->volume,
          loss->gradient ? loss->gradient + at + i : NULL,
          loss->target->labels[voxel], weight, &sums, class_sums);
  }
  loss->sums[part] = sums;
}

/* Of one voxel, in place of its softmax. */
static void
turn_voxel (const LamLoss *loss, float *p, int32_t label, double weight)
{
  int64_t step = loss->volume;
  int n = loss->n_classes;
  double smoothing = loss->options.smoothing, mean = 0;
  double own = (1 - smoothing) * loss->class_weights[label];
  double spread = smoothing / n, all = own + spread * loss->weight_sum;
  for (int c = 0; c < n; c++)
    mean += p[c * step] * (loss->shift[c] + (c == label ? loss->slope[c] : 0));
  for (int c = 0; c < n; c++) {
    double value = p[c * step];
    double entropy =
        value * all - spread * loss->class_weights[c] - (c == label ? own : 0);
    double dice =
        value * (loss->shift[c] + (c == label ? loss->slope[c] : 0) - mean);
    p[c * step] = (float)(weight * (loss->entropy_scale * entropy + dice));
  }
}

static void
turn_part (gpointer data, int64_t part, int thread)
{
  const LamLoss *loss = data;
  int64_t image = part / loss->runs, first = part % loss->runs * RUN;
  int64_t last = MIN (first + RUN, loss->volume);
  float *gradient = loss->gradient + image * loss->n_classes * loss->volume;
  for (int64_t i = first; i < last; i++) {
    int64_t voxel = image * loss->volume + i;
    float weight = get_voxel_weight (loss, voxel);
    if (weight > 0)
      turn_voxel (loss, gradient + i, loss->target->labels[voxel], weight);
    else
      for (int c = 0; c < loss->n_classes; c++)
        gradient[i + c * loss->volume] = 0;
  }
}

static bool
refuse_voxel (const LamLoss *loss, int64_t voxel, GError **error)
{
  int32_t label = loss->target->labels[voxel];
  if (label < 0 || label >= loss->n_classes)
    g_set_error (error, LAM_ERROR, LAM_ERROR_INPUT,
        _ ("voxel %" G_GINT64_FORMAT
           " of the batch has the label %d, but there are the classes 0 to "
           "%d"),
        voxel, label, loss->n_classes - 1);
  else
    g_set_error (error, LAM_ERROR, LAM_ERROR_INPUT,
        _ ("voxel %" G_GINT64_FORMAT
           " of the batch has the weight %g, but at least 0 is needed"),
        voxel, loss->target->weights[voxel]);
  return false;
}

/* Into the totals, in the order of parts. */
static bool
add_parts (const LamLoss *loss, Sums *total, GError **error)
{
  int n = loss->n_classes * 3;
  double *sums = loss->class_sums + loss->n_parts * n;
  memset (sums, 0, n * sizeof *sums);
  for (int64_t i = 0; i < loss->n_parts; i++) {
    if (loss->sums[i].bad >= 0)
      return refuse_voxel (loss, loss->sums[i].bad, error);
    total->value += loss->sums[i].value;
    total->divisor += loss->sums[i].divisor;
    for (int j = 0; j < n; j++)
      sums[j] += loss->class_sums[i * n + j];
  }
  return true;
}

/* The value of Dice; also its derivative's slope and shift. */
static double
finish_dice (LamLoss *loss)
{
  const double *sums = loss->class_sums + loss->n_parts * loss->n_classes * 3;
  double share = loss->options.dice / loss->n_classes, value = 0;
  for (int c = 0; c < loss->n_classes; c++) {
    double above = 2 * sums[3 * c] + EPSILON;
    double below = sums[3 * c + 1] + sums[3 * c + 2] + EPSILON;
    value += share * (1 - above / below);
    loss->slope[c] = -2 * share / below;
    loss->shift[c] = share * above / (below * below);
  }
  return value;
}

bool
lam_loss_run (LamLoss *loss, const float *logits, const LamTarget *target,
    LamTeam *team, float *gradient, double *value, GError **error)
{
  Sums total = { 0 };
  loss->logits = logits;
  loss->target = target;
  loss->gradient = gradient;
  lam_team_run (team, loss->n_parts, sum_part, loss);
  if (!add_parts (loss, &total, error))
    return false;
  double dice = finish_dice (loss);
  loss->entropy_scale =
      total.divisor > 0 ? loss->options.cross_entropy / total.divisor : 0;
  *value =
      loss->entropy_scale * total.value + (loss->options.dice > 0 ? dice : 0);
  if (gradient)
    lam_team_run (team, loss->n_parts, turn_part, loss);
  return true;
}
