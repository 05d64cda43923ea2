/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The gradient by the weights is a product over all positions of the window:
 * result × gathered matrix, turned. The positions are cut into a fixed number
 * of slices, each with its own sums, which are added at the end; few where the
 * weights are large, and then the filters are cut instead. */
#include <string.h>

#include "base/clones.h"
#include "nn/columns.h"
#include "nn/conv-ways.h"
#include "nn/gemm.h"

#define GATHERED_BYTES (256 * 1024)
/* All slices' sums. */
#define SUMS_BYTES (INT64_C (16) << 20)
#define WANTED_PARTS 16
#define MIN_FILTERS 32

typedef struct {
  const LamStep *step;
  const LamConvGradient *gradient;
  const float *image, *result;
  float *to;
} Run;

static int64_t
get_depth (const LamConv *conv)
{
  return conv->window.channels / conv->groups
      * lam_product3 (conv->window.kernel);
}

static int64_t
count_chunks (const LamConv *conv)
{
  return (lam_product3 (conv->window.out) + conv->columns - 1) / conv->columns;
}

static int64_t
count_filter_parts (const LamConvGradient *gradient)
{
  int64_t filters = gradient->conv.filters / gradient->conv.groups;
  return (filters + gradient->part_filters - 1) / gradient->part_filters;
}

void
lam_conv_gemm_gradient_plan (LamConvGradient *gradient)
{
  LamConv *conv = &gradient->conv;
  int64_t depth = get_depth (conv), filters = conv->filters / conv->groups;
  int64_t floats = sizeof (float), row = lam_gemm_pad (depth);
  conv->columns = MIN (CLAMP (GATHERED_BYTES / floats / depth, 16, 256),
      lam_product3 (conv->window.out));
  int64_t most = MIN (count_chunks (conv) * conv->window.batch, WANTED_PARTS);
  int64_t sums = conv->filters * row * floats;
  gradient->slices = CLAMP (SUMS_BYTES / sums, 1, most);
  int64_t cuts = CLAMP (WANTED_PARTS / (gradient->slices * conv->groups), 1,
      MAX (filters / MIN_FILTERS, 1));
  gradient->part_filters = (filters + cuts - 1) / cuts;
  gradient->scratch_bytes =
      (depth * lam_gemm_pad (conv->columns) + conv->columns * row) * floats;
  gradient->shared_bytes = gradient->slices * sums;
}

/* Adds one chunk of positions of one image to a part's sums. */
static void
add_chunk (const Run *run, int64_t chunk, int64_t group, int64_t first_filter,
    int64_t n_filters, float *scratch, float *sums, bool add)
{
  const LamConv *conv = &run->gradient->conv;
  const LamWindow *window = &conv->window;
  int64_t depth = get_depth (conv), volume = lam_product3 (window->out);
  int64_t channels = window->channels / conv->groups;
  int64_t filters = conv->filters / conv->groups;
  int64_t slab = chunk / count_chunks (conv) * conv->groups + group;
  int64_t first = chunk % count_chunks (conv) * conv->columns;
  int64_t columns = MIN (conv->columns, volume - first);
  int64_t step = lam_gemm_pad (conv->columns), row = lam_gemm_pad (depth);
  float *turned = scratch + depth * step;
  lam_columns_gather (window,
      run->image + slab * channels * lam_product3 (window->in), channels, first,
      columns, scratch, step);
  lam_gemm_turn (depth, columns, scratch, step, turned, row);
  lam_gemm (n_filters, depth, columns,
      run->result + (slab * filters + first_filter) * volume + first, volume,
      turned, row, sums, row, add);
}

static void
do_part (gpointer data, int64_t part, int thread)
{
  const Run *run = data;
  const LamConvGradient *gradient = run->gradient;
  const LamConv *conv = &gradient->conv;
  int64_t filters = conv->filters / conv->groups;
  int64_t row = lam_gemm_pad (get_depth (conv));
  int64_t n_parts = count_filter_parts (gradient);
  int64_t slice = part / n_parts / conv->groups;
  int64_t group = part / n_parts % conv->groups;
  int64_t first = part % n_parts * gradient->part_filters;
  int64_t chunks = count_chunks (conv) * conv->window.batch;
  int64_t begin = chunks * slice / gradient->slices;
  int64_t end = chunks * (slice + 1) / gradient->slices;
  float *sums = (float *)run->step->shared
      + (slice * conv->filters + group * filters + first) * row;
  for (int64_t chunk = begin; chunk < end; chunk++)
    add_chunk (run, chunk, group, first,
        MIN (gradient->part_filters, filters - first),
        lam_step_get_scratch (run->step, thread), sums, chunk > begin);
}

LAM_CLONES static void
add_row (const float *restrict from, float *restrict to, int64_t n)
{
  for (int64_t i = 0; i < n; i++)
    to[i] += from[i];
}

static void
add_slices (gpointer data, int64_t filter, int thread)
{
  const Run *run = data;
  const LamConv *conv = &run->gradient->conv;
  int64_t depth = get_depth (conv), row = lam_gemm_pad (depth);
  const float *sums = (const float *)run->step->shared + filter * row;
  float *to = run->to + filter * depth;
  memcpy (to, sums, depth * sizeof *to);
  for (int64_t i = 1; i < run->gradient->slices; i++)
    add_row (sums + i * conv->filters * row, to, depth);
}

void
lam_conv_gemm_gradient_run (const LamStep *step,
    const LamConvGradient *gradient, const float *image, const float *result,
    float *to, LamTeam *team)
{
  Run run = { step, gradient, image, result, to };
  lam_team_run (team,
      gradient->slices * gradient->conv.groups * count_filter_parts (gradient),
      do_part, &run);
  lam_team_run (team, gradient->conv.filters, add_slices, &run);
}
