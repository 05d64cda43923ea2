/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* ConvTranspose: weights c, k / groups, (z, y,) x. A product gives what each
 * input voxel adds to the output under each tap; then it is added where it
 * belongs. A part is some filters of one image, so that no two parts write the
 * same voxel, and goes through the input some voxels (columns) at a time. */
#include <glib/gi18n-lib.h>
#include <string.h>

#include "nn/blas.h"
#include "nn/operator-table.h"
#include "nn/window.h"

#define PRODUCT_BYTES (512 * 1024)
#define WANTED_ROWS 64

typedef struct {
  LamWindow window;
  int64_t groups, filters; /* filters of all groups */
  int64_t part_filters; /* of one part */
  int64_t columns;
} Transposed;

static bool
infer (LamStep *step, GError **error)
{
  Transposed *settings = step->settings = g_new0 (Transposed, 1);
  LamWindow *window = &settings->window;
  const LamShape *weights = &step->inputs[1]->shape;
  settings->groups = 1;
  if (!lam_step_need_floats (step, 3, error)
      || !lam_step_need_rank (step, 0, 3, 5, error)
      || !lam_step_need_rank (step, 1, step->inputs[0]->shape.rank,
          step->inputs[0]->shape.rank, error)
      || !lam_step_get_integer (step, "group", &settings->groups, error)
      || !lam_window_read (step, LAM_WINDOW_TRANSPOSED, weights, window, error))
    return false;
  if (settings->groups < 1 || window->channels % settings->groups
      || weights->dims[0] != window->channels || weights->dims[1] < 1
      || settings->groups > window->channels)
    return lam_step_fail (step, error, LAM_ERROR_CORRUPT,
        _ ("the weights are for %" G_GINT64_FORMAT
           " channels, but there are %" G_GINT64_FORMAT " in %" G_GINT64_FORMAT
           " groups"),
        weights->dims[0], window->channels, settings->groups);
  if (weights->dims[1] > G_MAXINT32 || lam_product3 (window->in) > G_MAXINT32)
    return lam_step_fail (step, error, LAM_ERROR_LIMIT,
        _ ("more than %d voxels in a channel"), G_MAXINT32);
  settings->filters = weights->dims[1] * settings->groups;
  if (lam_step_has_input (step, 2)
      && lam_shape_get_count (&step->inputs[2]->shape) != settings->filters)
    return lam_step_fail (step, error, LAM_ERROR_CORRUPT,
        _ ("the bias is not one number for each of %" G_GINT64_FORMAT
           " filters"),
        settings->filters);
  int64_t taps = lam_product3 (window->kernel);
  int64_t rows = CLAMP (WANTED_ROWS / taps, 1, weights->dims[1]);
  settings->part_filters = rows;
  settings->columns = MIN (CLAMP (PRODUCT_BYTES / 4 / (rows * taps), 16, 4096),
      lam_product3 (window->in));
  step->scratch_bytes = rows * taps * settings->columns * 4;
  step->flops = 2.0 * (double)(window->channels / settings->groups)
      * (double)taps * (double)settings->filters
      * (double)lam_product3 (window->in) * (double)window->batch;
  return lam_window_set_output (step, window, settings->filters, error);
}

/* Adds `n` products of a row of the input, from voxel x on, under one tap. */
static void
add_row (const LamWindow *window, const float *from, int64_t n, int64_t x,
    int64_t tap, float *row)
{
  int64_t stride = window->stride[2];
  int64_t to = x * stride - window->before[2] + tap * window->dilation[2];
  for (int64_t i = 0; i < n; i++, to += stride)
    if (to >= 0 && to < window->out[2])
      row[to] += from[i];
}

static void
add_channel (const LamWindow *window, const float *from, const int64_t tap[3],
    int64_t first, int64_t columns, float *image)
{
  int64_t width = window->in[2];
  for (int64_t done = 0; done < columns;) {
    int64_t line = (first + done) / width, x = (first + done) % width;
    int64_t n = MIN (width - x, columns - done);
    int64_t z = line / window->in[1] * window->stride[0] - window->before[0]
        + tap[0] * window->dilation[0];
    int64_t y = line % window->in[1] * window->stride[1] - window->before[1]
        + tap[1] * window->dilation[1];
    if (z >= 0 && z < window->out[0] && y >= 0 && y < window->out[1])
      add_row (window, from + done, n, x, tap[2],
          image + (z * window->out[1] + y) * window->out[2]);
    done += n;
  }
}

static void
add_products (const LamWindow *window, const float *products, int64_t first,
    int64_t columns, float *image)
{
  int64_t tap[3];
  for (tap[0] = 0; tap[0] < window->kernel[0]; tap[0]++)
    for (tap[1] = 0; tap[1] < window->kernel[1]; tap[1]++)
      for (tap[2] = 0; tap[2] < window->kernel[2]; tap[2]++) {
        add_channel (window, products, tap, first, columns, image);
        products += columns;
      }
}

static void
do_part (gpointer data, int64_t part, int thread)
{
  const LamStep *step = data;
  const Transposed *settings = step->settings;
  const LamWindow *window = &settings->window;
  int64_t group_filters = settings->filters / settings->groups;
  int64_t group_channels = window->channels / settings->groups;
  int64_t parts =
      (group_filters + settings->part_filters - 1) / settings->part_filters;
  int64_t slab = part / parts, group = slab % settings->groups;
  int64_t first_filter = part % parts * settings->part_filters;
  int64_t filters = MIN (settings->part_filters, group_filters - first_filter);
  int64_t taps = lam_product3 (window->kernel);
  int64_t in = lam_product3 (window->in), out = lam_product3 (window->out);
  const float *input =
      lam_tensor_floats (step->inputs[0]) + slab * group_channels * in;
  const float *weights = lam_tensor_floats (step->inputs[1])
      + (group * group_channels * group_filters + first_filter) * taps;
  float *output = lam_tensor_floats (step->outputs[0])
      + (slab * group_filters + first_filter) * out;
  float *products = lam_step_get_scratch (step, thread);
  memset (output, 0, filters * out * sizeof *output);
  for (int64_t first = 0; first < in; first += settings->columns) {
    int64_t columns = MIN (settings->columns, in - first);
    lam_blas_multiply_turned (filters * taps, columns, group_channels, weights,
        group_filters * taps, true, input + first, in, false, products,
        columns);
    for (int64_t k = 0; k < filters; k++)
      add_products (window, products + k * taps * columns, first, columns,
          output + k * out);
  }
  const float *bias = lam_step_has_input (step, 2)
      ? lam_tensor_floats (step->inputs[2]) + group * group_filters
      : NULL;
  for (int64_t k = 0; k < filters; k++)
    lam_activation_shift (step->node->activation,
        bias ? bias[first_filter + k] : 0, output + k * out, output + k * out,
        out);
}

static void
forward (const LamStep *step, LamTeam *team)
{
  const Transposed *settings = step->settings;
  int64_t group_filters = settings->filters / settings->groups;
  int64_t parts =
      (group_filters + settings->part_filters - 1) / settings->part_filters;
  lam_team_run (team, parts * settings->groups * settings->window.batch,
      do_part, (gpointer)step);
}

const LamOperator lam_operator_conv_transpose = {
  .name = "ConvTranspose",
  .min_inputs = 2,
  .max_inputs = 3,
  .n_outputs = 1,
  .attributes =
      (const char *const[]){ "auto_pad", "dilations", "group", "kernel_shape",
          "output_padding", "output_shape", "pads", "strides", NULL },
  .has_activation = true,
  .infer = infer,
  .forward = forward,
};
