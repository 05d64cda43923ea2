/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Fast convolutions that Winograd's tiles do not suit: images of few channels,
 * whose transforms would cost more than the products that they spare, and other
 * kernels, strides and dilations. As in nn/conv-gemm.c, a part is some
 * positions of the window (columns) of one image; the voxels under it are
 * gathered for two channels at a time, so that taps come in pairs, and rounded
 * to 16 bits for nn/gemm16.h. */
#include <math.h>

#include "nn/columns.h"
#include "nn/conv-ways.h"
#include "nn/gemm.h"
#include "nn/gemm16.h"
#include "nn/lines16.h"
#include "nn/size.h"

/* What was gathered of a part, in pairs. */
#define GATHERED_BYTES (128 * 1024)
#define PANEL 48 /* columns that products go through at a time */
#define MAX_COLUMNS 768
/* So many parts keep a few threads busy to the end. */
#define WANTED_PARTS 16
/* Filters whose products are made before they are written. */
#define BATCH (2 * LAM_GEMM16_ROWS)
/* Voxels under a window up to which products of all of them are faster than
 * transforms. */
#define MOST_GATHERED 32

typedef struct {
  const LamConvRun *run;
  int64_t image, first, columns;
  int64_t step; /* words or floats from one row to the next */
  int32_t *gathered;
  float *products, *voxels; /* voxels: under two channels */
  float scale; /* what 1 is worth in what was gathered */
} Part;

static int64_t
get_depth (const LamConv *conv)
{
  return conv->window.channels * lam_product3 (conv->window.kernel);
}

static int64_t
count_pairs (const LamConv *conv)
{
  return (get_depth (conv) + 1) / 2;
}

bool
lam_conv_gemm16_suits (const LamConv *conv)
{
  return !conv->is_adjoint && conv->groups == 1
      && conv->filters >= LAM_GEMM16_ROWS;
}

bool
lam_conv_gemm16_is_better (const LamConv *conv)
{
  return lam_conv_gemm16_suits (conv) && get_depth (conv) <= MOST_GATHERED;
}

void
lam_conv_gemm16_plan (LamConv *conv)
{
  int64_t pairs = count_pairs (conv), cuts = lam_gemm16_count_cuts (pairs);
  int64_t volume = lam_product3 (conv->window.out);
  int64_t wanted = MIN (GATHERED_BYTES / (int64_t)sizeof (int32_t) / pairs,
      volume * conv->window.batch / WANTED_PARTS);
  conv->columns =
      MIN (CLAMP (wanted, PANEL, MAX_COLUMNS) / PANEL * PANEL, volume);
  conv->scratch_bytes = (pairs + BATCH + 2 * lam_product3 (conv->window.kernel))
      * lam_gemm_pad (conv->columns) * (int64_t)sizeof (float);
  conv->prepared_bytes =
      (lam_gemm16_count_words (conv->filters, pairs) + cuts * conv->filters)
      * (int64_t)sizeof (float);
}

typedef struct {
  const LamConv *conv;
  const float *weights;
  float *to;
} Preparing;

static void
prepare_filter (gpointer data, int64_t k, int thread)
{
  const Preparing *preparing = data;
  const LamConv *conv = preparing->conv;
  int64_t depth = get_depth (conv), pairs = count_pairs (conv);
  float *scales = preparing->to + lam_gemm16_count_words (conv->filters, pairs);
  for (int64_t cut = 0; cut < lam_gemm16_count_cuts (pairs); cut++) {
    int64_t first = lam_gemm16_get_cut (pairs, cut);
    int64_t end = MIN (2 * lam_gemm16_get_cut (pairs, cut + 1), depth);
    scales[cut * conv->filters + k] = lam_pack16_row (
        preparing->weights + k * depth + 2 * first, end - 2 * first,
        (int32_t *)preparing->to + lam_gemm16_find_a (k, first, pairs),
        LAM_GEMM16_ROWS);
  }
}

void
lam_conv_gemm16_prepare (
    const LamConv *conv, const float *weights, float *to, LamTeam *team)
{
  Preparing preparing = { conv, weights, to };
  lam_team_run (team, conv->filters, prepare_filter, &preparing);
}

/* The voxels of one channel or two, from `channel` on. Returns how many
 * rows. */
static int64_t
gather (const Part *part, int64_t channel)
{
  const LamConvRun *run = part->run;
  const LamWindow *window = &run->conv->window;
  int64_t n = MIN (window->channels - channel, 2);
  int64_t at =
      (part->image * window->channels + channel) * lam_product3 (window->in);
  lam_columns_gather (window, run->from + at, n, part->first, part->columns,
      part->voxels, part->step);
  return n * lam_product3 (window->kernel);
}

/* No voxel under the part is larger. */
static float
find_size (const Part *part)
{
  float size = part->run->from_size;
  if (size > 0 && isfinite (size))
    return size;
  size = 0;
  for (int64_t c = 0; c < part->run->conv->window.channels; c += 2)
    for (int64_t row = 0, rows = gather (part, c); row < rows; row++)
      size = lam_size_find (
          part->voxels + row * part->step, part->columns, 0, size);
  return size;
}

static void
gather_pairs (Part *part)
{
  LamPack16Unit unit = lam_pack16_find_unit (find_size (part));
  int32_t *to = part->gathered;
  part->scale = unit.scale;
  for (int64_t c = 0; c < part->run->conv->window.channels; c += 2) {
    int64_t rows = gather (part, c);
    for (int64_t row = 0; row < rows; row += 2, to += part->step) {
      const float *voxels = part->voxels + row * part->step;
      const LamLines16From even = { .data = voxels };
      const LamLines16From odd = { .data = row + 1 < rows ? voxels + part->step
                                                          : NULL };
      lam_lines16_pack (&even, &odd, part->columns, &unit, to);
    }
  }
}

static void
multiply (const Part *part, int64_t first, int64_t n)
{
  const LamConv *conv = part->run->conv;
  int64_t pairs = count_pairs (conv);
  const LamGemm16Term term = {
    .a = (const int32_t *)part->run->prepared + first * pairs,
    .b = part->gathered,
    .scales = part->run->prepared
        + lam_gemm16_count_words (conv->filters, pairs) + first,
    .scales_step = conv->filters,
    .scale = part->scale,
  };
  lam_gemm16 (n, part->columns, pairs, &term, 1, false, part->step,
      part->products, part->step);
}

/* Returns the size of the largest, or of `so_far`. */
static float
write_filter (const Part *part, int64_t k, const float *products, float so_far)
{
  const LamConvRun *run = part->run;
  int64_t volume = lam_product3 (run->conv->window.out);
  int64_t at = (part->image * run->conv->filters + k) * volume + part->first;
  const LamLines16To to = {
    .to = run->to ? run->to + at : NULL,
    .to_halves = run->to_halves ? run->to_halves + at : NULL,
    .to_unit = run->to_unit,
    .next = volume,
  };
  return lam_lines16_write (products, part->step, 1, part->columns,
      run->bias ? run->bias[k] : 0, run->activation, &to, so_far);
}

static void
do_part (gpointer data, int64_t index, int thread)
{
  const LamConvRun *run = data;
  const LamConv *conv = run->conv;
  int64_t volume = lam_product3 (conv->window.out);
  int64_t n_parts = (volume + conv->columns - 1) / conv->columns;
  int64_t first = index % n_parts * conv->columns;
  Part part = { .run = run,
    .image = index / n_parts,
    .first = first,
    .columns = MIN (conv->columns, volume - first),
    .step = lam_gemm_pad (conv->columns),
    .gathered = lam_step_get_scratch (run->step, thread) };
  part.products = (float *)part.gathered + count_pairs (conv) * part.step;
  part.voxels = part.products + BATCH * part.step;
  gather_pairs (&part);
  float size = 0;
  for (int64_t k = 0; k < conv->filters; k += BATCH) {
    int64_t n = MIN (BATCH, conv->filters - k);
    multiply (&part, k, n);
    for (int64_t i = 0; i < n; i++)
      size = write_filter (&part, k + i, part.products + i * part.step, size);
  }
  if (run->size)
    lam_size_raise (run->size, size);
}

void
lam_conv_gemm16_run (const LamConvRun *run, LamTeam *team)
{
  const LamConv *conv = run->conv;
  int64_t volume = lam_product3 (conv->window.out);
  lam_team_run (team,
      (volume + conv->columns - 1) / conv->columns * conv->window.batch,
      do_part, (gpointer)run);
}
