/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Where no voxel of the result meets two of the image: adjoints whose kernel
 * is as large as their stride (the transposed convolutions of U-Nets), and
 * convolutions of one voxel. A part is some voxels (columns) of one image. They
 * are brought to the cache once, multiplied by the weights for some channels
 * of the result (a batch) at a time, and those products written where they
 * belong, with bias and activation.
 *
 * Fast, voxels and weights are rounded to 16 bits for nn/gemm16.h. */
#include <math.h>
#include <string.h>

#include "base/clones.h"
#include "nn/conv-ways.h"
#include "nn/gemm.h"
#include "nn/gemm16.h"
#include "nn/half.h"
#include "nn/lines16.h"
#include "nn/pack16.h"

/* The voxels of a part. */
#define TAKEN_BYTES (256 * 1024)
#define PANEL 48 /* columns that products go through at a time */
#define MAX_COLUMNS 384
/* So many parts keep a few threads busy to the end. */
#define WANTED_PARTS 16
#define WANTED_ROWS 64 /* of products, one for each channel and tap */
/* Fast, products of long lines stay in the first-level cache or near it. */
#define FAST_COLUMNS 1536
#define FAST_ROWS 16

typedef struct {
  const LamConvRun *run;
  int64_t depth, channels; /* of `from` and `to` */
  int64_t taps, batch_rows;
  const int64_t *from_dims, *to_dims;
} Spread;

typedef struct {
  const Spread *spread;
  int64_t image, first, columns; /* of a plane of `from` */
  int64_t step; /* floats from one row of voxels or products to the next */
  float *taken, *products, *lines; /* lines: two of `from`, or one of `to` */
  float scale; /* fast: what 1 is worth in what was taken */
} Part;

static Spread
see (const LamConv *conv)
{
  const LamWindow *window = &conv->window;
  bool is_adjoint = conv->is_adjoint;
  int64_t taps = lam_product3 (window->kernel);
  return (Spread){ .depth = is_adjoint ? conv->filters : window->channels,
    .channels = is_adjoint ? window->channels : conv->filters,
    .taps = taps,
    .batch_rows = conv->part_channels * taps,
    .from_dims = is_adjoint ? window->out : window->in,
    .to_dims = is_adjoint ? window->in : window->out };
}

bool
lam_conv_spread_suits (const LamConv *conv)
{
  const LamWindow *window = &conv->window;
  for (int i = 0; i < 3; i++)
    if (window->kernel[i] != window->stride[i] || window->before[i] != 0
        || (window->kernel[i] > 1 && window->dilation[i] != 1)
        || window->in[i] != window->out[i] * window->stride[i]
        || (!conv->is_adjoint && window->kernel[i] != 1))
      return false;
  return conv->groups == 1;
}

/* Of what is taken: channels or pairs of them. */
static int64_t
count_taken (const LamConv *conv, const Spread *spread)
{
  return conv->is_fast ? (spread->depth + 1) / 2 : spread->depth;
}

/* Words before the scales of weights in 16 bits. */
static int64_t
count_words (const Spread *spread)
{
  return lam_gemm16_count_words (
      spread->channels * spread->taps, (spread->depth + 1) / 2);
}

static int64_t
get_prepared (const LamConv *conv, const Spread *spread)
{
  int64_t rows = spread->channels * spread->taps;
  int64_t cuts = lam_gemm16_count_cuts ((spread->depth + 1) / 2);
  if (conv->is_fast)
    return (count_words (spread) + cuts * rows) * (int64_t)sizeof (float);
  return conv->is_adjoint ? rows * spread->depth * (int64_t)sizeof (float) : 0;
}

void
lam_conv_spread_plan (LamConv *conv)
{
  Spread spread = see (conv);
  int64_t volume = lam_product3 (spread.from_dims);
  int64_t taken = count_taken (conv, &spread);
  int64_t wanted = MIN (TAKEN_BYTES / (int64_t)sizeof (float) / taken,
      volume * conv->window.batch / WANTED_PARTS);
  int64_t most = conv->is_fast ? FAST_COLUMNS : MAX_COLUMNS;
  int64_t wanted_rows = conv->is_fast ? FAST_ROWS : WANTED_ROWS;
  /* Channels whose rows are whole blocks. */
  int64_t whole = LAM_GEMM16_ROWS;
  while (whole % 2 == 0 && whole / 2 * spread.taps % LAM_GEMM16_ROWS == 0)
    whole /= 2;
  conv->is_spread = true;
  /* Blocks of rows end with the batch. */
  conv->part_channels = MAX (wanted_rows / spread.taps / whole, 1) * whole;
  conv->columns = MIN (CLAMP (wanted, PANEL, most) / PANEL * PANEL, volume);
  conv->scratch_bytes = (taken + conv->part_channels * spread.taps
                            + MAX (conv->window.kernel[2], 2))
      * lam_gemm_pad (conv->columns) * (int64_t)sizeof (float);
  conv->prepared_bytes = get_prepared (conv, &spread);
}

typedef struct {
  const LamConv *conv;
  const float *weights;
  float *to;
} Preparing;

/* Eight rows: of the file's weights, which lie by filter or by row. */
static void
prepare_block (gpointer data, int64_t block, int thread)
{
  const Preparing *preparing = data;
  const LamConv *conv = preparing->conv;
  Spread spread = see (conv);
  int64_t rows = spread.channels * spread.taps, depth = spread.depth;
  int64_t pairs = (depth + 1) / 2, cuts = lam_gemm16_count_cuts (pairs);
  int64_t row_step = conv->is_adjoint ? 1 : depth;
  int64_t depth_step = conv->is_adjoint ? rows : 1;
  int64_t end = MIN ((block + 1) * LAM_GEMM16_ROWS, rows);
  float *scales = preparing->to + count_words (&spread);
  g_autofree float *line = g_new (float, (size_t)depth);
  for (int64_t row = block * LAM_GEMM16_ROWS; row < end; row++) {
    int64_t batch = row / spread.batch_rows * spread.batch_rows;
    int64_t batch_rows = MIN (spread.batch_rows, rows - batch);
    for (int64_t k = 0; k < depth; k++)
      line[k] = preparing->weights[row * row_step + k * depth_step];
    for (int64_t cut = 0; cut < cuts; cut++) {
      int64_t first = lam_gemm16_get_cut (pairs, cut);
      scales[batch * cuts + cut * batch_rows + row - batch] =
          lam_pack16_row (line + 2 * first,
              MIN (2 * lam_gemm16_get_cut (pairs, cut + 1), depth) - 2 * first,
              (int32_t *)preparing->to + lam_gemm16_find_a (row, first, pairs),
              LAM_GEMM16_ROWS);
    }
  }
}

void
lam_conv_spread_prepare (
    const LamConv *conv, const float *weights, float *to, LamTeam *team)
{
  Spread spread = see (conv);
  Preparing preparing = { conv, weights, to };
  int64_t rows = spread.channels * spread.taps;
  if (conv->is_fast)
    lam_team_run (team, (rows + LAM_GEMM16_ROWS - 1) / LAM_GEMM16_ROWS,
        prepare_block, &preparing);
  else if (conv->is_adjoint)
    lam_conv_adjoint_prepare (conv, weights, to, team);
}

/* Those of 16-bit floats are read to `line`. */
static const float *
get_line (const Part *part, int64_t channel, float *line)
{
  const Spread *spread = part->spread;
  const LamConvRun *run = spread->run;
  int64_t at =
      (part->image * spread->depth + channel) * lam_product3 (spread->from_dims)
      + part->first;
  if (!run->halves)
    return run->from + at;
  lam_half_read (run->halves + at, run->units[channel], part->columns, line);
  return line;
}

static float
find_size (const Part *part)
{
  const Spread *spread = part->spread;
  float size = spread->run->from_size;
  if (size > 0 && isfinite (size))
    return size;
  size = 0;
  for (int64_t c = 0; c < spread->depth; c++)
    size =
        lam_size_find (get_line (part, c, part->lines), part->columns, 0, size);
  return size;
}

static LamLines16From
find_line (const Part *part, int64_t channel)
{
  const Spread *spread = part->spread;
  const LamConvRun *run = spread->run;
  int64_t volume = lam_product3 (spread->from_dims);
  int64_t at = (part->image * spread->depth + channel) * volume + part->first;
  LamLines16From line = { .next = 2 * volume };
  if (run->halves)
    line.unit = channel < spread->depth ? run->units[channel] : 1;
  if (channel < spread->depth)
    line.data = run->halves ? (const void *)(run->halves + at)
                            : (const void *)(run->from + at);
  return line;
}

static void
take_pairs (Part *part)
{
  LamPack16Unit unit = lam_pack16_find_unit (find_size (part));
  part->scale = unit.scale;
  for (int64_t c = 0; c < part->spread->depth; c += 2) {
    LamLines16From even = find_line (part, c), odd = find_line (part, c + 1);
    lam_lines16_pack (&even, &odd, part->columns, &unit,
        (int32_t *)(part->taken + c / 2 * part->step));
  }
}

static void
take (Part *part)
{
  for (int64_t c = 0; c < part->spread->depth; c++)
    memcpy (part->taken + c * part->step, get_line (part, c, part->lines),
        (size_t)part->columns * sizeof *part->taken);
}

/* Rows [first, first + n) of the weights: one batch. */
static void
multiply (const Part *part, int64_t first, int64_t n)
{
  const Spread *spread = part->spread;
  const LamConvRun *run = spread->run;
  int64_t pairs = (spread->depth + 1) / 2;
  if (!run->conv->is_fast) {
    lam_gemm (n, part->columns, spread->depth,
        run->prepared + first * spread->depth, spread->depth, part->taken,
        part->step, part->products, part->step, false);
    return;
  }
  LamGemm16Term term = {
    .a = (const int32_t *)run->prepared + first * pairs,
    .b = (const int32_t *)part->taken,
    .scales = run->prepared + count_words (spread)
        + first * lam_gemm16_count_cuts (pairs),
    .scales_step = n,
    .scale = part->scale,
  };
  lam_gemm16 (n, part->columns, pairs, &term, 1, false, part->step,
      part->products, part->step);
}

/* `n` voxels of each of the rows, `step` floats apart, one after the other. */
LAM_CLONES static void
interleave (const float *from, int64_t rows, int64_t step, int64_t n,
    float shift, float slope, float *restrict to)
{
  if (rows == 2) {
    const float *odd = from + step;
    for (int64_t i = 0; i < n; i++) {
      to[2 * i] = lam_activation_get (slope, from[i] + shift);
      to[2 * i + 1] = lam_activation_get (slope, odd[i] + shift);
    }
    return;
  }
  for (int64_t row = 0; row < rows; row++)
    for (int64_t i = 0; i < n; i++)
      to[i * rows + row] =
          lam_activation_get (slope, from[row * step + i] + shift);
}

/* `n` voxels of each of the rows of products, to a line that begins `at`
 * numbers behind the first. Returns the size, where it is asked for. */
static float
write_line (const Part *part, const float *products, int64_t n, float shift,
    int64_t at, float size)
{
  const LamConvRun *run = part->spread->run;
  int64_t rows = run->conv->window.kernel[2];
  if (run->conv->is_fast && rows <= LAM_LINES16_MOST_ROWS) {
    const LamLines16To to = {
      .to = run->to ? run->to + at : NULL,
      .to_halves = run->to_halves ? run->to_halves + at : NULL,
      .to_unit = run->to_unit,
      .next = lam_product3 (part->spread->to_dims),
    };
    return lam_lines16_write (
        products, part->step, (int)rows, n, shift, run->activation, &to, size);
  }
  float *to = run->to ? run->to + at : part->lines;
  interleave (products, rows, part->step, n, shift, run->activation.slope, to);
  if (run->size)
    size = lam_size_find (to, n * rows, 0, size);
  if (run->to_halves)
    lam_half_write (to, run->to_unit, n * rows, run->to_halves + at);
  return size;
}

/* What one channel's products give to the lines of its plane in `to`, which
 * begins `plane` numbers behind the first, that come from (z, y, x…) of `from`.
 * Returns the size. */
static float
write_lines (const Part *part, const float *products, int64_t at, int64_t n,
    float shift, int64_t plane, float size)
{
  const Spread *spread = part->spread;
  const int64_t *kernel = spread->run->conv->window.kernel;
  const int64_t *dims = spread->to_dims;
  int64_t width = spread->from_dims[2], line = at / width;
  int64_t z = line / spread->from_dims[1], y = line % spread->from_dims[1];
  for (int64_t kz = 0; kz < kernel[0]; kz++)
    for (int64_t ky = 0; ky < kernel[1]; ky++) {
      int64_t to_at = plane
          + ((z * kernel[0] + kz) * dims[1] + y * kernel[1] + ky) * dims[2]
          + at % width * kernel[2];
      size = write_line (part, products, n, shift, to_at, size);
      products += kernel[2] * part->step;
    }
  return size;
}

static void
write_channels (const Part *part, int64_t first, int64_t n)
{
  const Spread *spread = part->spread;
  const LamConvRun *run = spread->run;
  int64_t width = spread->from_dims[2];
  float size = 0;
  for (int64_t c = 0; c < n; c++) {
    const float *products = part->products + c * spread->taps * part->step;
    int64_t plane = (part->image * spread->channels + first + c)
        * lam_product3 (spread->to_dims);
    for (int64_t done = 0; done < part->columns;) {
      int64_t at = part->first + done;
      /* Where each voxel gives one, all of them are one line. */
      int64_t left = spread->taps == 1
          ? part->columns
          : MIN (width - at % width, part->columns - done);
      size = write_lines (part, products + done, at, left,
          run->bias ? run->bias[first + c] : 0, plane, size);
      done += left;
    }
  }
  if (run->size)
    lam_size_raise (run->size, size);
}

static void
do_part (gpointer data, int64_t index, int thread)
{
  const Spread *spread = data;
  const LamConv *conv = spread->run->conv;
  int64_t volume = lam_product3 (spread->from_dims);
  int64_t n_parts = (volume + conv->columns - 1) / conv->columns;
  int64_t first = index % n_parts * conv->columns;
  Part part = { .spread = spread,
    .image = index / n_parts,
    .first = first,
    .columns = MIN (conv->columns, volume - first),
    .step = lam_gemm_pad (conv->columns),
    .taken = lam_step_get_scratch (spread->run->step, thread) };
  part.products = part.taken + count_taken (conv, spread) * part.step;
  part.lines = part.products + conv->part_channels * spread->taps * part.step;
  if (conv->is_fast)
    take_pairs (&part);
  else
    take (&part);
  for (int64_t c = 0; c < spread->channels; c += conv->part_channels) {
    int64_t n = MIN (conv->part_channels, spread->channels - c);
    multiply (&part, c * spread->taps, n * spread->taps);
    write_channels (&part, c, n);
  }
}

void
lam_conv_spread_run (const LamConvRun *run, LamTeam *team)
{
  const LamConv *conv = run->conv;
  Spread spread = see (conv);
  int64_t volume = lam_product3 (spread.from_dims);
  spread.run = run;
  lam_team_run (team,
      (volume + conv->columns - 1) / conv->columns * conv->window.batch,
      do_part, &spread);
}
