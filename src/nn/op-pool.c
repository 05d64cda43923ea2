/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* MaxPool, AveragePool. A part is one channel of one image. */
#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

#include "base/clones.h"
#include "nn/half.h"
#include "nn/operator-table.h"
#include "nn/reach.h"
#include "nn/window.h"

typedef struct {
  LamWindow window;
  bool is_average;
  bool counts_padding; /* an average divides by the whole window */
} Pool;

static bool
infer_pool (LamStep *step, bool is_average, GError **error)
{
  Pool *pool = step->settings = g_new0 (Pool, 1);
  int64_t counts_padding = 0, order = 0;
  pool->is_average = is_average;
  if (!lam_step_need_floats (step, 1, error)
      || !lam_window_read (step, LAM_WINDOW_FORWARD, NULL, &pool->window, error)
      || !lam_step_get_integer (
          step, "count_include_pad", &counts_padding, error)
      || !lam_step_get_integer (step, "storage_order", &order, error))
    return false;
  pool->counts_padding = counts_padding != 0;
  for (int i = 0; i < 3; i++) {
    int64_t reach = (pool->window.kernel[i] - 1) * pool->window.dilation[i] + 1;
    if (pool->window.before[i] >= reach || pool->window.after[i] >= reach)
      return lam_step_fail (step, error, LAM_ERROR_CORRUPT,
          _ ("a window may lie in the padding alone"));
  }
  step->backward_scratch_bytes = pool->window.out[2] * (int64_t)sizeof (float);
  step->keeps_half = !is_average;
  if (step->is_fast && step->keeps_half)
    step->scratch_bytes =
        (pool->window.in[2] + pool->window.out[2]) * (int64_t)sizeof (float);
  return lam_window_set_output (
      step, &pool->window, pool->window.channels, error);
}

static bool
infer_max (LamStep *step, GError **error)
{
  return infer_pool (step, false, error);
}

static bool
infer_average (LamStep *step, GError **error)
{
  return infer_pool (step, true, error);
}

/* The output voxels [from, to) of a row whose tap lies inside the image. */
static void
find_inside (const LamWindow *window, int64_t tap, int64_t *from, int64_t *to)
{
  int64_t stride = window->stride[2];
  int64_t shift = tap * window->dilation[2] - window->before[2];
  *from = shift < 0 ? (-shift + stride - 1) / stride : 0;
  *to = window->in[2] > shift ? (window->in[2] - 1 - shift) / stride + 1 : 0;
  *to = MIN (*to, window->out[2]);
  *from = MIN (*from, *to);
}

LAM_CLONES static void
take_maximum (const float *from, int64_t stride, float *to, int64_t n)
{
  if (stride == 2)
    for (int64_t i = 0; i < n; i++)
      to[i] = to[i] > from[2 * i] ? to[i] : from[2 * i];
  else
    for (int64_t i = 0; i < n; i++)
      to[i] = to[i] > from[stride * i] ? to[i] : from[stride * i];
}

LAM_CLONES static void
take_sum (const float *from, int64_t stride, float *to, int64_t n)
{
  for (int64_t i = 0; i < n; i++)
    to[i] += from[stride * i];
}

/* How many taps of one axis lie inside the image (or its padding). */
static int64_t
count_taps (const Pool *pool, int axis, int64_t out)
{
  const LamWindow *window = &pool->window;
  int64_t n = 0, low = 0, high = window->in[axis];
  if (pool->counts_padding) {
    low -= window->before[axis];
    high += window->after[axis];
  }
  for (int64_t tap = 0; tap < window->kernel[axis]; tap++) {
    int64_t at = out * window->stride[axis] - window->before[axis]
        + tap * window->dilation[axis];
    n += at >= low && at < high;
  }
  return n;
}

static void
pool_line (const Pool *pool, const float *line, float *to)
{
  const LamWindow *window = &pool->window;
  for (int64_t tap = 0; tap < window->kernel[2]; tap++) {
    int64_t from, end;
    find_inside (window, tap, &from, &end);
    const float *first = line + from * window->stride[2]
        + tap * window->dilation[2] - window->before[2];
    (pool->is_average ? take_sum : take_maximum) (
        first, window->stride[2], to + from, end - from);
  }
}

/* `image` is a channel, of floats; or `halves` is. Then `line` has room for a
 * line of it. */
static void
pool_row (const Pool *pool, const float *image, const uint16_t *halves,
    int64_t z, int64_t y, float *line, float *to)
{
  const LamWindow *window = &pool->window;
  for (int64_t x = 0; x < window->out[2]; x++)
    to[x] = pool->is_average ? 0 : -INFINITY;
  for (int64_t i = 0; i < window->kernel[0]; i++)
    for (int64_t j = 0; j < window->kernel[1]; j++) {
      int64_t in_z =
          z * window->stride[0] - window->before[0] + i * window->dilation[0];
      int64_t in_y =
          y * window->stride[1] - window->before[1] + j * window->dilation[1];
      int64_t at = (in_z * window->in[1] + in_y) * window->in[2];
      if (in_z < 0 || in_z >= window->in[0] || in_y < 0
          || in_y >= window->in[1])
        continue;
      if (halves)
        lam_half_read (halves + at, 1, window->in[2], line);
      pool_line (pool, halves ? line : image + at, to);
    }
  if (!pool->is_average)
    return;
  int64_t taps = count_taps (pool, 0, z) * count_taps (pool, 1, y);
  for (int64_t x = 0; x < window->out[2]; x++)
    to[x] /= (float)MAX (taps * count_taps (pool, 2, x), 1);
}

static void
do_part (gpointer data, int64_t part, int thread)
{
  const LamStep *step = data;
  const Pool *pool = step->settings;
  const LamWindow *window = &pool->window;
  const float *image =
      lam_tensor_floats (step->inputs[0]) + part * lam_product3 (window->in);
  float *to =
      lam_tensor_floats (step->outputs[0]) + part * lam_product3 (window->out);
  for (int64_t z = 0; z < window->out[0]; z++)
    for (int64_t y = 0; y < window->out[1]; y++, to += window->out[2])
      pool_row (pool, image, NULL, z, y, NULL, to);
}

/* A window of two in y and x that meets nothing outside, and one or two in
 * z. */
static bool
takes_pairs (const LamWindow *window)
{
  for (int i = 0; i < 3; i++)
    if (window->stride[i] != window->kernel[i] || window->dilation[i] != 1
        || window->before[i] != 0
        || window->out[i] * window->kernel[i] > window->in[i])
      return false;
  return window->kernel[0] <= 2 && window->kernel[1] == 2
      && window->kernel[2] == 2;
}

/* Such a row: `line` has room for one of it. */
static void
pool_pairs (const LamWindow *window, const uint16_t *image, int64_t z,
    int64_t y, uint16_t *line, uint16_t *to)
{
  int64_t n = window->out[2], width = window->in[2];
  for (int64_t i = 0; i < window->kernel[0]; i++) {
    const uint16_t *from =
        image + ((z * window->kernel[0] + i) * window->in[1] + 2 * y) * width;
    lam_half_take_pairs (from, from + width, n, i ? line : to);
  }
  if (window->kernel[0] == 2)
    lam_half_take_larger (line, n, to);
}

/* The same in 16-bit floats, which keep their units. */
static void
do_half_part (gpointer data, int64_t part, int thread)
{
  const LamStep *step = data;
  const Pool *pool = step->settings;
  const LamWindow *window = &pool->window;
  float *line = lam_step_get_scratch (step, thread);
  float *row = line + window->in[2];
  const uint16_t *image =
      lam_tensor_halves (step->inputs[0]) + part * lam_product3 (window->in);
  uint16_t *to =
      lam_tensor_halves (step->outputs[0]) + part * lam_product3 (window->out);
  for (int64_t z = 0; z < window->out[0]; z++)
    for (int64_t y = 0; y < window->out[1]; y++, to += window->out[2]) {
      if (takes_pairs (window)) {
        pool_pairs (window, image, z, y, (uint16_t *)row, to);
        continue;
      }
      pool_row (pool, NULL, image, z, y, line, row);
      lam_half_write (row, 1, window->out[2], to);
    }
}

static void
forward (const LamStep *step, LamTeam *team)
{
  const Pool *pool = step->settings;
  const LamTensor *from = step->inputs[0];
  lam_team_run (team, pool->window.batch * pool->window.channels,
      from->units ? do_half_part : do_part, (gpointer)step);
  if (from->units)
    memcpy (step->outputs[0]->units, from->units,
        (size_t)pool->window.channels * sizeof *from->units);
}

typedef struct {
  const LamStep *step;
  const LamStepGradients *gradients;
} Work;

/* What is left of a row's gradient goes to the voxels under one tap: those
 * that equal the maximum take it all, and nothing is left. */
LAM_CLONES static void
give_maximum (const float *line, const float *highest, int64_t stride,
    float *left, float *to, int64_t n)
{
  for (int64_t i = 0; i < n; i++) {
    float taken = line[stride * i] == highest[i] ? left[i] : 0;
    to[stride * i] += taken;
    left[i] -= taken;
  }
}

LAM_CLONES static void
give_share (const float *left, int64_t stride, float *to, int64_t n)
{
  for (int64_t i = 0; i < n; i++)
    to[stride * i] += left[i];
}

/* One row of the result under one line of the image. */
static void
turn_line (const Pool *pool, const float *line, const float *highest,
    float *left, float *to)
{
  const LamWindow *window = &pool->window;
  int64_t stride = window->stride[2];
  for (int64_t tap = 0; tap < window->kernel[2]; tap++) {
    int64_t from, end;
    find_inside (window, tap, &from, &end);
    int64_t at = from * stride + tap * window->dilation[2] - window->before[2];
    if (pool->is_average)
      give_share (left + from, stride, to + at, end - from);
    else
      give_maximum (
          line + at, highest + from, stride, left + from, to + at, end - from);
  }
}

/* `left`: the gradient of a row of the result; is written over. */
static void
turn_row (const Pool *pool, const float *image, const float *highest, int64_t z,
    int64_t y, float *left, float *to)
{
  const LamWindow *window = &pool->window;
  int64_t taps = count_taps (pool, 0, z) * count_taps (pool, 1, y);
  for (int64_t x = 0; pool->is_average && x < window->out[2]; x++)
    left[x] /= (float)MAX (taps * count_taps (pool, 2, x), 1);
  for (int64_t i = 0; i < window->kernel[0]; i++)
    for (int64_t j = 0; j < window->kernel[1]; j++) {
      int64_t in_z =
          z * window->stride[0] - window->before[0] + i * window->dilation[0];
      int64_t in_y =
          y * window->stride[1] - window->before[1] + j * window->dilation[1];
      if (in_z < 0 || in_z >= window->in[0] || in_y < 0
          || in_y >= window->in[1])
        continue;
      int64_t at = (in_z * window->in[1] + in_y) * window->in[2];
      turn_line (pool, image ? image + at : NULL, highest, left, to + at);
    }
}

static void
turn_part (gpointer data, int64_t part, int thread)
{
  const Work *work = data;
  const LamStep *step = work->step;
  const Pool *pool = step->settings;
  const LamWindow *window = &pool->window;
  int64_t in = lam_product3 (window->in), row = window->out[2];
  int64_t at = part * lam_product3 (window->out);
  const float *image =
      pool->is_average ? NULL : lam_tensor_floats (step->inputs[0]) + part * in;
  const float *highest =
      pool->is_average ? NULL : lam_tensor_floats (step->outputs[0]) + at;
  float *left = lam_step_get_scratch (step, thread);
  float *to = work->gradients->inputs[0] + part * in;
  memset (to, 0, (size_t)in * sizeof *to);
  for (int64_t z = 0; z < window->out[0]; z++)
    for (int64_t y = 0; y < window->out[1]; y++, at += row) {
      memcpy (
          left, work->gradients->outputs[0] + at, (size_t)row * sizeof *left);
      turn_row (pool, image, highest, z, y, left, to);
      if (highest)
        highest += row;
    }
}

static void
backward (const LamStep *step, const LamStepGradients *gradients, LamTeam *team)
{
  const Pool *pool = step->settings;
  Work work = { step, gradients };
  lam_team_run (
      team, pool->window.batch * pool->window.channels, turn_part, &work);
}

static bool
reach (const LamStep *step, const LamReach *inputs, LamReach *outputs)
{
  const Pool *pool = step->settings;
  return lam_reach_window (
      step, inputs, &pool->window, LAM_WINDOW_FORWARD, outputs);
}

const LamOperator lam_operator_max_pool = {
  .name = "MaxPool",
  .min_inputs = 1,
  .max_inputs = 1,
  .n_outputs = 1,
  .attributes = (const char *const[]){ "auto_pad", "ceil_mode", "dilations",
      "kernel_shape", "pads", "storage_order", "strides", NULL },
  .keeps_size = true,
  .infer = infer_max,
  .forward = forward,
  .reach = reach,
  .backward_inputs = 1,
  .backward_outputs = 1,
  .backward = backward,
};

const LamOperator lam_operator_average_pool = {
  .name = "AveragePool",
  .min_inputs = 1,
  .max_inputs = 1,
  .n_outputs = 1,
  .attributes = (const char *const[]){ "auto_pad", "ceil_mode",
      "count_include_pad", "kernel_shape", "pads", "strides", NULL },
  .infer = infer_average,
  .forward = forward,
  .reach = reach,
  .backward = backward,
};
