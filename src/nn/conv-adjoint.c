/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* A product gives what each voxel of the result adds to the image under each
 * tap; then it is added where it belongs. A part is some channels of one
 * image, so that no two parts write the same voxel, and goes through the
 * result some voxels (columns) at a time. */
#include <string.h>

#include "nn/columns.h"
#include "nn/conv-ways.h"
#include "nn/gemm.h"

#define PART_BYTES (384 * 1024)
#define WANTED_ROWS 64

static int64_t
get_group_channels (const LamConv *conv)
{
  return conv->window.channels / conv->groups;
}

static int64_t
count_parts (const LamConv *conv)
{
  return (get_group_channels (conv) + conv->part_channels - 1)
      / conv->part_channels;
}

void
lam_conv_adjoint_plan (LamConv *conv)
{
  int64_t taps = lam_product3 (conv->window.kernel);
  conv->part_channels =
      CLAMP (WANTED_ROWS / taps, 1, get_group_channels (conv));
  int64_t rows = conv->part_channels * taps + conv->filters / conv->groups;
  int64_t columns = PART_BYTES / (int64_t)sizeof (float) / rows;
  conv->columns =
      MIN (CLAMP (columns, 48, 960) / 48 * 48, lam_product3 (conv->window.out));
  conv->scratch_bytes =
      rows * lam_gemm_pad (conv->columns) * (int64_t)sizeof (float);
  conv->prepared_bytes = conv->filters * get_group_channels (conv) * taps
      * (int64_t)sizeof (float);
}

typedef struct {
  const LamConv *conv;
  const float *weights;
  float *to;
} Turning;

static void
turn_group (gpointer data, int64_t group, int thread)
{
  const Turning *turning = data;
  const LamConv *conv = turning->conv;
  int64_t filters = conv->filters / conv->groups;
  int64_t rows = get_group_channels (conv) * lam_product3 (conv->window.kernel);
  lam_gemm_turn (filters, rows, turning->weights + group * filters * rows, rows,
      turning->to + group * filters * rows, filters);
}

void
lam_conv_adjoint_prepare (
    const LamConv *conv, const float *weights, float *to, LamTeam *team)
{
  Turning turning = { conv, weights, to };
  lam_team_run (team, conv->groups, turn_group, &turning);
}

static void
do_part (gpointer data, int64_t part, int thread)
{
  const LamConvRun *run = data;
  const LamConv *conv = run->conv;
  const LamWindow *window = &conv->window;
  int64_t filters = conv->filters / conv->groups;
  int64_t group_channels = get_group_channels (conv);
  int64_t taps = lam_product3 (window->kernel);
  int64_t slab = part / count_parts (conv), group = slab % conv->groups;
  int64_t first_channel = part % count_parts (conv) * conv->part_channels;
  int64_t channels = MIN (conv->part_channels, group_channels - first_channel);
  int64_t in = lam_product3 (window->in), out = lam_product3 (window->out);
  int64_t step = lam_gemm_pad (conv->columns);
  float *taken = lam_step_get_scratch (run->step, thread);
  float *products = taken + filters * step;
  const float *weights =
      run->prepared + (group * group_channels + first_channel) * taps * filters;
  float *image = run->to + (slab * group_channels + first_channel) * in;
  memset (image, 0, channels * in * sizeof *image);
  for (int64_t first = 0; first < out; first += conv->columns) {
    int64_t columns = MIN (conv->columns, out - first);
    for (int64_t k = 0; k < filters; k++)
      memcpy (taken + k * step, run->from + (slab * filters + k) * out + first,
          columns * sizeof *taken);
    lam_gemm (channels * taps, columns, filters, weights, filters, taken, step,
        products, step, false);
    lam_columns_add (window, products, step, channels, first, columns, image);
  }
  for (int64_t c = 0; c < channels; c++) {
    lam_activation_shift (run->activation,
        run->bias ? run->bias[group * group_channels + first_channel + c] : 0,
        image + c * in, image + c * in, in);
    if (run->size)
      lam_size_raise (run->size, lam_size_find (image + c * in, in, 0, 0));
  }
}

void
lam_conv_adjoint_run (const LamConvRun *run, LamTeam *team)
{
  const LamConv *conv = run->conv;
  lam_team_run (team, count_parts (conv) * conv->groups * conv->window.batch,
      do_part, (gpointer)run);
}
