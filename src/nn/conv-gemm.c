/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* One part is some output voxels (columns) of one group of one image: the
 * input voxels under the window are gathered to a matrix c·kz·ky·kx × columns
 * that stays in the cache, and multiplied. A 1×1×1 kernel needs no gathering:
 * the image is that matrix already. */
#include <string.h>

#include "nn/blas.h"
#include "nn/conv.h"

/* What the gathered matrix may take of a core's second-level cache. */
#define GATHERED_BYTES (256 * 1024)

typedef struct {
  const LamStep *step;
  const LamConv *conv;
  const float *weights, *bias; /* bias: NULL for none */
  int64_t n_parts; /* of one group of one image */
} Run;

static bool
is_pointwise (const LamWindow *window)
{
  for (int i = 0; i < 3; i++)
    if (window->kernel[i] != 1 || window->stride[i] != 1 || window->before[i]
        || window->after[i])
      return false;
  return true;
}

static int64_t
get_depth (const LamConv *conv)
{
  return conv->window.channels / conv->groups
      * lam_product3 (conv->window.kernel);
}

void
lam_conv_gemm_plan (LamConv *conv, LamStep *step)
{
  int64_t depth = get_depth (conv), volume = lam_product3 (conv->window.out);
  int64_t columns = GATHERED_BYTES / (int64_t)sizeof (float) / depth;
  columns = CLAMP (columns, 64, 1024) & ~INT64_C (15);
  conv->columns = MIN (columns, volume);
  step->scratch_bytes = is_pointwise (&conv->window)
      ? 0
      : depth * conv->columns * (int64_t)sizeof (float);
}

/* One row of the output under one tap: `n` voxels from `first`. */
static void
gather_row (const LamWindow *window, const float *row, int64_t tap,
    int64_t first, int64_t n, float *to)
{
  int64_t stride = window->stride[2], size = window->in[2];
  int64_t x = first * stride - window->before[2] + tap * window->dilation[2];
  if (stride == 1) {
    int64_t skip = CLAMP (-x, 0, n), end = CLAMP (size - x, skip, n);
    memset (to, 0, skip * sizeof *to);
    memcpy (to + skip, row + x + skip, (end - skip) * sizeof *to);
    memset (to + end, 0, (n - end) * sizeof *to);
    return;
  }
  for (int64_t i = 0; i < n; i++, x += stride)
    to[i] = x >= 0 && x < size ? row[x] : 0;
}

/* `columns` output voxels from `first`, of one channel under one tap. */
static void
gather_channel (const LamWindow *window, const float *image,
    const int64_t tap[3], int64_t first, int64_t columns, float *to)
{
  int64_t width = window->out[2];
  for (int64_t done = 0; done < columns;) {
    int64_t line = (first + done) / width, x = (first + done) % width;
    int64_t n = MIN (width - x, columns - done);
    int64_t z = line / window->out[1] * window->stride[0] - window->before[0]
        + tap[0] * window->dilation[0];
    int64_t y = line % window->out[1] * window->stride[1] - window->before[1]
        + tap[1] * window->dilation[1];
    if (z < 0 || z >= window->in[0] || y < 0 || y >= window->in[1])
      memset (to + done, 0, n * sizeof *to);
    else
      gather_row (window, image + (z * window->in[1] + y) * window->in[2],
          tap[2], x, n, to + done);
    done += n;
  }
}

static void
gather (const LamWindow *window, const float *image, int64_t channels,
    int64_t first, int64_t columns, float *to)
{
  int64_t volume = lam_product3 (window->in), tap[3];
  for (int64_t c = 0; c < channels; c++)
    for (tap[0] = 0; tap[0] < window->kernel[0]; tap[0]++)
      for (tap[1] = 0; tap[1] < window->kernel[1]; tap[1]++)
        for (tap[2] = 0; tap[2] < window->kernel[2]; tap[2]++) {
          gather_channel (window, image + c * volume, tap, first, columns, to);
          to += columns;
        }
}

static void
do_part (gpointer data, int64_t part, int thread)
{
  const Run *run = data;
  const LamConv *conv = run->conv;
  const LamWindow *window = &conv->window;
  int64_t volume = lam_product3 (window->out), depth = get_depth (conv);
  int64_t channels = window->channels / conv->groups;
  int64_t filters = conv->filters / conv->groups;
  int64_t first = part % run->n_parts * conv->columns;
  int64_t slab = part / run->n_parts; /* image and group */
  int64_t group = slab % conv->groups;
  int64_t columns = MIN (conv->columns, volume - first);
  const float *image = lam_tensor_floats (run->step->inputs[0])
      + slab * channels * lam_product3 (window->in);
  float *to = lam_tensor_floats (run->step->outputs[0])
      + slab * filters * volume + first;
  const float *matrix = image + first;
  int64_t matrix_step = volume;
  if (!is_pointwise (window)) {
    float *gathered = lam_step_get_scratch (run->step, thread);
    gather (window, image, channels, first, columns, gathered);
    matrix = gathered;
    matrix_step = columns;
  }
  lam_blas_multiply (filters, columns, depth,
      run->weights + group * filters * depth, depth, matrix, matrix_step, to,
      volume, false);
  for (int64_t k = 0; k < filters; k++)
    lam_activation_shift (run->step->node->activation,
        run->bias ? run->bias[group * filters + k] : 0, to + k * volume,
        to + k * volume, columns);
}

void
lam_conv_gemm_run (const LamStep *step, LamTeam *team)
{
  const LamConv *conv = step->settings;
  Run run = {
    .step = step, .conv = conv, .weights = lam_tensor_floats (step->inputs[1])
  };
  int64_t volume = lam_product3 (conv->window.out);
  if (lam_step_has_input (step, 2))
    run.bias = lam_tensor_floats (step->inputs[2]);
  run.n_parts = (volume + conv->columns - 1) / conv->columns;
  lam_team_run (
      team, run.n_parts * conv->groups * conv->window.batch, do_part, &run);
}
