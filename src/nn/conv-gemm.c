/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* One part is some positions of the window (columns) of one group of one
 * image: the voxels under the window are gathered to a matrix c·kz·ky·kx ×
 * columns that stays in the cache, and multiplied. */
#include "nn/columns.h"
#include "nn/conv-ways.h"
#include "nn/gemm.h"
#include "nn/half.h"

/* What the gathered matrix may take of a core's second-level cache. */
#define GATHERED_BYTES (256 * 1024)

static int64_t
get_depth (const LamConv *conv)
{
  return conv->window.channels / conv->groups
      * lam_product3 (conv->window.kernel);
}

void
lam_conv_gemm_plan (LamConv *conv)
{
  int64_t depth = get_depth (conv), volume = lam_product3 (conv->window.out);
  int64_t columns = GATHERED_BYTES / (int64_t)sizeof (float) / depth;
  conv->columns = MIN (CLAMP (columns, 48, 960) / 48 * 48, volume);
  conv->scratch_bytes = (depth + conv->filters / conv->groups)
      * lam_gemm_pad (conv->columns) * (int64_t)sizeof (float);
}

static void
do_part (gpointer data, int64_t part, int thread)
{
  const LamConvRun *run = data;
  const LamConv *conv = run->conv;
  const LamWindow *window = &conv->window;
  int64_t volume = lam_product3 (window->out), depth = get_depth (conv);
  int64_t channels = window->channels / conv->groups;
  int64_t filters = conv->filters / conv->groups;
  int64_t n_parts = (volume + conv->columns - 1) / conv->columns;
  int64_t first = part % n_parts * conv->columns;
  int64_t slab = part / n_parts; /* image and group */
  int64_t group = slab % conv->groups;
  int64_t columns = MIN (conv->columns, volume - first);
  int64_t step = lam_gemm_pad (conv->columns);
  float *gathered = lam_step_get_scratch (run->step, thread);
  float *products = gathered + depth * step;
  lam_columns_gather (window,
      run->from + slab * channels * lam_product3 (window->in), channels, first,
      columns, gathered, step);
  lam_gemm (filters, columns, depth, run->prepared + group * filters * depth,
      depth, gathered, step, products, step, false);
  float size = 0;
  for (int64_t k = 0; k < filters; k++) {
    float *line = products + k * step;
    int64_t at = (slab * filters + k) * volume + first;
    float *to = run->to ? run->to + at : line;
    lam_activation_shift (run->activation,
        run->bias ? run->bias[group * filters + k] : 0, line, to, columns);
    if (run->size)
      size = lam_size_find (to, columns, 0, size);
    if (run->to_halves)
      lam_half_write (line, run->to_unit, columns, run->to_halves + at);
  }
  if (run->size)
    lam_size_raise (run->size, size);
}

void
lam_conv_gemm_run (const LamConvRun *run, LamTeam *team)
{
  const LamConv *conv = run->conv;
  int64_t volume = lam_product3 (conv->window.out);
  int64_t n_parts = (volume + conv->columns - 1) / conv->columns;
  lam_team_run (team, n_parts * conv->groups * conv->window.batch, do_part,
      (gpointer)run);
}
