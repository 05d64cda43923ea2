/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* BatchNormalization and InstanceNormalization: y = activation (x · scale +
 * shift). In inference a part is one channel of one image; in training, when
 * the statistics of a batch are taken, one channel of all. */
#include <glib/gi18n-lib.h>
#include <math.h>

#include "base/clones.h"
#include "nn/half.h"
#include "nn/operator-table.h"
#include "nn/reach.h"
#include "nn/size.h"

/* What forward found, for backward. */
typedef struct {
  double mean, inverse; /* of √(variance + ε) */
} Moments;

typedef struct {
  float epsilon, momentum;
  int64_t images, channels, volume;
  bool is_batch;
  Moments moments[]; /* by channel; for instances by image and channel */
} Norm;

#define MAX_MOMENTS (1 << 24)

static bool
infer_norm (LamStep *step, int n_lists, GError **error)
{
  const LamShape *shape = &step->inputs[0]->shape;
  int64_t training = 0,
          n_moments = lam_shape_product (shape, 0, MIN (2, shape->rank));
  if (n_moments > MAX_MOMENTS)
    return lam_step_fail (step, error, LAM_ERROR_LIMIT,
        _ ("there are %" G_GINT64_FORMAT " channels of images, but at most %d "
           "are possible"),
        n_moments, MAX_MOMENTS);
  Norm *norm = step->settings =
      g_malloc0 (sizeof *norm + (size_t)n_moments * sizeof (Moments));
  norm->momentum = 0.9f;
  norm->epsilon = 1e-5f;
  norm->is_batch = n_lists == 4;
  if (!lam_step_need_floats (step, 1 + n_lists, error)
      || !lam_step_need_rank (step, 0, 2, LAM_TENSOR_MAX_RANK, error)
      || !lam_step_get_float (step, "epsilon", &norm->epsilon, error)
      || !lam_step_get_float (step, "momentum", &norm->momentum, error)
      || !lam_step_get_integer (step, "training_mode", &training, error))
    return false;
  if (training)
    return lam_step_fail (step, error, LAM_ERROR_UNSUPPORTED,
        _ ("the network was written in training mode; export it for "
           "inference"));
  if (!(norm->epsilon >= 0))
    return lam_step_fail (step, error, LAM_ERROR_CORRUPT,
        _ ("epsilon is %g, but must not be negative"), norm->epsilon);
  step->reads_half = step->writes_half = !norm->is_batch;
  norm->images = shape->dims[0];
  norm->channels = shape->dims[1];
  norm->volume = lam_shape_product (shape, 2, shape->rank);
  for (int i = 1; i <= n_lists; i++)
    if (lam_shape_get_count (&step->inputs[i]->shape) != norm->channels)
      return lam_step_fail (step, error, LAM_ERROR_CORRUPT,
          _ ("input %d has %" G_GINT64_FORMAT
             " numbers, but there are %" G_GINT64_FORMAT " channels"),
          i, lam_shape_get_count (&step->inputs[i]->shape), norm->channels);
  const float *variance =
      norm->is_batch ? lam_tensor_floats (step->inputs[4]) : NULL;
  for (int64_t i = 0; variance && i < norm->channels; i++)
    if (!(variance[i] + norm->epsilon > 0))
      return lam_step_fail (step, error, LAM_ERROR_CORRUPT,
          _ ("the variance of channel %" G_GINT64_FORMAT " is %g"), i,
          variance[i]);
  return lam_step_set_output (
      step, 0, LAM_TENSOR_F32, shape->rank, shape->dims, error);
}

static bool
infer_batch (LamStep *step, GError **error)
{
  return infer_norm (step, 4, error);
}

static bool
infer_instance (LamStep *step, GError **error)
{
  return infer_norm (step, 2, error);
}

/* Sixteen sums side by side, so that the order of additions is the same on
 * every CPU; each over short runs, then in double. */
#define LANES 16
#define RUN 4096

LAM_CLONES static double
sum_run (const float *x, int64_t n, float mean, bool is_square)
{
  float sums[LANES] = { 0 };
  int64_t i = 0;
  if (is_square)
    for (; i + LANES <= n; i += LANES)
      for (int j = 0; j < LANES; j++)
        sums[j] += (x[i + j] - mean) * (x[i + j] - mean);
  else
    for (; i + LANES <= n; i += LANES)
      for (int j = 0; j < LANES; j++)
        sums[j] += x[i + j];
  double sum = 0;
  for (int j = 0; j < LANES; j++)
    sum += sums[j];
  for (; i < n; i++)
    sum += is_square ? (x[i] - mean) * (x[i] - mean) : x[i];
  return sum;
}

static double
add_up (const float *x, int64_t n, double mean, bool is_square)
{
  double sum = 0;
  for (int64_t i = 0; i < n; i += RUN)
    sum += sum_run (x + i, MIN (RUN, n - i), (float)mean, is_square);
  return sum;
}

/* A channel of one image, of floats or 16-bit floats. */
typedef struct {
  float *floats; /* Borrowed; or NULL */
  uint16_t *halves; /* Borrowed */
  float unit;
} Channel;

static Channel
get_channel (const LamTensor *tensor, const Norm *norm, int64_t part)
{
  int64_t at = part * norm->volume;
  if (!tensor->units)
    return (Channel){ .floats = lam_tensor_floats (tensor) + at };
  return (Channel){ .halves = lam_tensor_halves (tensor) + at,
    .unit = tensor->units[part % norm->channels] };
}

/* A run of n floats from the i-th on; `line` has room for them. */
static const float *
read_run (const Channel *channel, int64_t i, int64_t n, float *line)
{
  if (channel->floats)
    return channel->floats + i;
  lam_half_read (channel->halves + i, channel->unit, n, line);
  return line;
}

static double
average (const Channel *x, int64_t n, double mean, bool is_square)
{
  float line[RUN];
  double sum = 0;
  for (int64_t i = 0; i < n; i += RUN) {
    int64_t length = MIN (RUN, n - i);
    sum +=
        sum_run (read_run (x, i, length, line), length, (float)mean, is_square);
  }
  return sum / (double)n;
}

typedef struct {
  const LamStep *step;
  LamSize *size; /* Borrowed; or NULL */
} Forward;

/* A run at a time: its size is found while it is in the cache. */
static void
apply (const LamStep *step, float scale, float shift, const Channel *from,
    const Channel *to, LamSize *size)
{
  const Norm *norm = step->settings;
  float most = 0, line[RUN];
  for (int64_t i = 0; i < norm->volume; i += RUN) {
    int64_t n = MIN (RUN, norm->volume - i);
    float *run = to->floats ? to->floats + i : line;
    lam_activation_apply (step->node->activation, scale, shift,
        read_run (from, i, n, line), run, n);
    if (size)
      most = lam_size_find (run, n, 0, most);
    if (to->halves)
      lam_half_write (run, to->unit, n, to->halves + i);
  }
  if (size)
    lam_size_raise (size, most);
}

static void
do_part (gpointer data, int64_t part, int thread)
{
  const Forward *work = data;
  const LamStep *step = work->step;
  Norm *norm = step->settings;
  int64_t channel = part % norm->channels;
  Channel from = get_channel (step->inputs[0], norm, part);
  Channel to = get_channel (step->outputs[0], norm, part);
  double mean, variance;
  if (norm->is_batch) {
    mean = lam_tensor_floats (step->inputs[3])[channel];
    variance = lam_tensor_floats (step->inputs[4])[channel];
  } else {
    mean = average (&from, norm->volume, 0, false);
    variance = average (&from, norm->volume, mean, true);
    norm->moments[part] =
        (Moments){ mean, 1 / sqrt (variance + norm->epsilon) };
  }
  double scale = lam_tensor_floats (step->inputs[1])[channel]
      / sqrt (variance + norm->epsilon);
  double shift = lam_tensor_floats (step->inputs[2])[channel] - mean * scale;
  apply (step, (float)scale, (float)shift, &from, &to, work->size);
}

/* No voxel of n is further from their mean than √(n − 1) times the deviation
 * of all. */
static void
set_units (const LamStep *step)
{
  const Norm *norm = step->settings;
  const float *scale = lam_tensor_floats (step->inputs[1]);
  const float *shift = lam_tensor_floats (step->inputs[2]);
  double slope = MAX (1, fabs (step->node->activation.slope));
  for (int64_t c = 0; c < norm->channels; c++)
    step->outputs[0]->units[c] = lam_half_find_unit (slope
        * (fabs (scale[c]) * sqrt ((double)norm->volume) + fabs (shift[c])));
}

/* One pass over the channel: about the mean of its first run, which is close
 * enough to the mean of all for nothing to be lost. */
static void
measure_halves (const Channel *x, int64_t n, double *mean, double *variance)
{
  double sum = 0, squares = 0;
  int64_t length = MIN (RUN, n);
  lam_half_add (x->halves, x->unit, 0, length, &sum, &squares);
  float about = (float)(sum / (double)length);
  sum = squares = 0;
  for (int64_t i = 0; i < n; i += RUN)
    lam_half_add (
        x->halves + i, x->unit, about, MIN (RUN, n - i), &sum, &squares);
  double away = sum / (double)n;
  *mean = about + away;
  *variance = squares / (double)n - away * away;
  if (*variance < 0)
    *variance = 0;
}

/* A channel of an instance, where both are of 16-bit floats. */
static void
do_half_part (gpointer data, int64_t part, int thread)
{
  const Forward *work = data;
  const LamStep *step = work->step;
  const Norm *norm = step->settings;
  int64_t channel = part % norm->channels;
  Channel from = get_channel (step->inputs[0], norm, part);
  Channel to = get_channel (step->outputs[0], norm, part);
  double mean, variance;
  measure_halves (&from, norm->volume, &mean, &variance);
  double scale = lam_tensor_floats (step->inputs[1])[channel]
      / sqrt (variance + norm->epsilon);
  double shift = lam_tensor_floats (step->inputs[2])[channel] - mean * scale;
  LamHalfMap map = { from.unit, to.unit, (float)scale, (float)shift,
    step->node->activation };
  float size = lam_half_map (&map, from.halves, norm->volume, to.halves, 0);
  if (work->size)
    lam_size_raise (work->size, size);
}

static void
forward (const LamStep *step, LamTeam *team)
{
  const Norm *norm = step->settings;
  LamSize size = { 0 };
  float unit = 0;
  if (step->outputs[0]->units)
    set_units (step);
  Forward work = { step, step->outputs[0]->wants_size ? &size : NULL };
  lam_team_run (team, step->inputs[0]->shape.dims[0] * norm->channels,
      step->inputs[0]->units && step->outputs[0]->units ? do_half_part
                                                        : do_part,
      &work);
  step->outputs[0]->size = lam_size_get (&size);
  for (int64_t c = 0; step->outputs[0]->units && c < norm->channels; c++)
    unit = MAX (unit, step->outputs[0]->units[c]);
  if (unit > 0 && work.size)
    step->outputs[0]->size = lam_half_grow (step->outputs[0]->size, unit);
}

/* The channel over all images, also into the running averages, as PyTorch: the
 * variance of the batch divides by n, the running one by n − 1. */
static void
take_moments (const LamStep *step, int64_t channel)
{
  Norm *norm = step->settings;
  const float *from =
      lam_tensor_floats (step->inputs[0]) + channel * norm->volume;
  int64_t pace = norm->channels * norm->volume;
  double n = (double)(norm->images * norm->volume), sum = 0, squares = 0;
  for (int64_t i = 0; i < norm->images; i++)
    sum += add_up (from + i * pace, norm->volume, 0, false);
  for (int64_t i = 0; i < norm->images; i++)
    squares += add_up (from + i * pace, norm->volume, sum / n, true);
  norm->moments[channel] =
      (Moments){ sum / n, 1 / sqrt (squares / n + norm->epsilon) };
  float *mean = lam_tensor_floats (step->inputs[3]) + channel;
  float *variance = lam_tensor_floats (step->inputs[4]) + channel;
  *mean = (float)(*mean * (double)norm->momentum
      + sum / n * (1 - (double)norm->momentum));
  *variance = (float)(*variance * (double)norm->momentum
      + squares / MAX (n - 1, 1) * (1 - (double)norm->momentum));
}

static void
train_part (gpointer data, int64_t channel, int thread)
{
  const LamStep *step = data;
  const Norm *norm = step->settings;
  const Moments *moments = &norm->moments[channel];
  take_moments (step, channel);
  double scale =
      lam_tensor_floats (step->inputs[1])[channel] * moments->inverse;
  double shift =
      lam_tensor_floats (step->inputs[2])[channel] - moments->mean * scale;
  for (int64_t i = 0; i < norm->images; i++) {
    int64_t at = (i * norm->channels + channel) * norm->volume;
    lam_activation_apply (step->node->activation, (float)scale, (float)shift,
        lam_tensor_floats (step->inputs[0]) + at,
        lam_tensor_floats (step->outputs[0]) + at, norm->volume);
  }
}

static void
forward_training (const LamStep *step, LamTeam *team)
{
  const Norm *norm = step->settings;
  lam_team_run (team, norm->channels, train_part, (gpointer)step);
}

typedef struct {
  const LamStep *step;
  const LamStepGradients *gradients;
} Work;

/* Σ dy and Σ dy · (x − mean), of one run. */
LAM_CLONES static void
sum_turned_run (const float *dy, const float *x, float mean, int64_t n,
    double *sum, double *product)
{
  float sums[LANES] = { 0 }, products[LANES] = { 0 };
  int64_t i = 0;
  for (; i + LANES <= n; i += LANES)
    for (int j = 0; j < LANES; j++) {
      sums[j] += dy[i + j];
      products[j] += dy[i + j] * (x[i + j] - mean);
    }
  for (int j = 0; j < LANES; j++) {
    *sum += sums[j];
    *product += products[j];
  }
  for (; i < n; i++) {
    *sum += dy[i];
    *product += dy[i] * (x[i] - mean);
  }
}

/* dx = scale / σ · (dy − ⟨dy⟩ − (x − mean) / σ² · ⟨dy (x − mean)⟩), where dx
 * may be dy. */
LAM_CLONES static void
turn_run (const float *dy, const float *x, float factor, float mean_dy,
    float mean, float slope, float *dx, int64_t n)
{
  for (int64_t i = 0; i < n; i++)
    dx[i] = factor * (dy[i] - mean_dy - (x[i] - mean) * slope);
}

/* One channel of `n` images from the one at `first`, whose moments are one. */
static void
turn_channel (const Work *work, const Moments *moments, int64_t channel,
    int64_t first, int64_t n, double *sum, double *product)
{
  const Norm *norm = work->step->settings;
  const float *x = lam_tensor_floats (work->step->inputs[0]);
  const float *dy = work->gradients->outputs[0];
  float *dx = work->gradients->inputs[0];
  int64_t volume = norm->volume;
  *sum = *product = 0;
  for (int64_t i = first; i < first + n; i++) {
    int64_t at = (i * norm->channels + channel) * volume;
    for (int64_t j = at; j < at + volume; j += RUN)
      sum_turned_run (dy + j, x + j, (float)moments->mean,
          MIN (RUN, at + volume - j), sum, product);
  }
  double scale = lam_tensor_floats (work->step->inputs[1])[channel];
  double inverse = moments->inverse, count = (double)(n * volume);
  for (int64_t i = first; dx && i < first + n; i++) {
    int64_t at = (i * norm->channels + channel) * volume;
    turn_run (dy + at, x + at, (float)(scale * inverse), (float)(*sum / count),
        (float)moments->mean, (float)(*product / count * inverse * inverse),
        dx + at, volume);
  }
  *product *= inverse;
}

static void
turn_part (gpointer data, int64_t channel, int thread)
{
  const Work *work = data;
  const Norm *norm = work->step->settings;
  double shift = 0, scale = 0;
  if (norm->is_batch)
    turn_channel (work, &norm->moments[channel], channel, 0, norm->images,
        &shift, &scale);
  for (int64_t i = 0; !norm->is_batch && i < norm->images; i++) {
    double sum, product;
    turn_channel (work, &norm->moments[i * norm->channels + channel], channel,
        i, 1, &sum, &product);
    shift += sum;
    scale += product;
  }
  if (work->gradients->inputs[1])
    work->gradients->inputs[1][channel] = (float)scale;
  if (work->gradients->inputs[2])
    work->gradients->inputs[2][channel] = (float)shift;
}

static void
backward (const LamStep *step, const LamStepGradients *gradients, LamTeam *team)
{
  const Norm *norm = step->settings;
  Work work = { step, gradients };
  lam_team_run (team, norm->channels, turn_part, &work);
}

const LamOperator lam_operator_batch_norm = {
  .name = "BatchNormalization",
  .min_inputs = 5,
  .max_inputs = 5,
  .n_outputs = 1,
  .attributes =
      (const char *const[]){ "epsilon", "momentum", "training_mode", NULL },
  .can_overwrite = true,
  .has_activation = true,
  .infer = infer_batch,
  .forward = forward,
  .reach = lam_reach_first,
  .forward_training = forward_training,
  .updated_inputs = 8 | 16,
  .trained_inputs = 2 | 4,
  .backward_inputs = 1 | 2,
  .backward_can_overwrite = true,
  .backward = backward,
};

const LamOperator lam_operator_instance_norm = {
  .name = "InstanceNormalization",
  .min_inputs = 3,
  .max_inputs = 3,
  .n_outputs = 1,
  .attributes = (const char *const[]){ "epsilon", NULL },
  .can_overwrite = true,
  .has_activation = true,
  .infer = infer_instance,
  .forward = forward,
  .trained_inputs = 2 | 4,
  .backward_inputs = 1 | 2,
  .backward_can_overwrite = true,
  .backward = backward,
};
