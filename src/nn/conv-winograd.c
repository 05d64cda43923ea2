/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* One part is a block of tiles of one image over some output planes. For each
 * plane: transform the input planes that are not in the ring yet, multiply at
 * each of the 36 points (filters × channels by channels × tiles, summed over
 * the taps in z), transform back. A ring of kz transformed planes means that
 * a plane is transformed once a block, not once a tap. Blocks are as large as
 * the second-level cache holds both transforms of. */
#include <string.h>

#include "nn/blas.h"
#include "nn/conv.h"
#include "nn/winograd.h"

#define POINTS LAM_WINOGRAD_POINTS
/* Fewer tiles do not pay for reading the transformed weights. */
#define MIN_TILES 8
#define MIN_CHANNELS 8
/* Transformed input and products of one block. */
#define BLOCK_BYTES (1024 * 1024)
#define MIN_BLOCK 32
#define MAX_BLOCK 192
#define MAX_ROW 64
/* So many parts keep a few threads busy to the end. */
#define WANTED_PARTS 8

typedef struct {
  const LamStep *step;
  const LamConv *conv;
  const float *weights; /* kz, 36, k, c */
  const float *bias; /* or NULL */
  int64_t blocks_y, blocks_x, slabs; /* slabs: parts along z */
} Run;

/* One part of a run, and where its thread's scratch is. */
typedef struct {
  const Run *run;
  int64_t image, first_row, first_column; /* in tiles */
  int64_t rows, columns; /* of tiles in this block */
  int64_t tiles; /* room for tiles: the step between channels */
  float *ring, *products, *staging, *scratch;
  int64_t planes[3]; /* which plane a place of the ring holds; -1: none */
} Block;

static int64_t
count_tiles (int64_t size)
{
  return (size + LAM_WINOGRAD_OUT - 1) / LAM_WINOGRAD_OUT;
}

bool
lam_conv_winograd_suits (const LamConv *conv)
{
  const LamWindow *window = &conv->window;
  for (int i = 0; i < 3; i++)
    if (window->stride[i] != 1 || window->dilation[i] != 1)
      return false;
  return window->kernel[1] == 3 && window->kernel[2] == 3
      && (window->kernel[0] == 1 || window->kernel[0] == 3) && conv->groups == 1
      && window->channels >= MIN_CHANNELS && conv->filters >= MIN_CHANNELS
      && count_tiles (window->out[1]) * count_tiles (window->out[2])
          * window->out[0]
      >= MIN_TILES;
}

/* Floats. */
static int64_t
get_staging_size (const LamConv *conv)
{
  return LAM_WINOGRAD_IN * (4 * conv->tile_columns + 4);
}

static int64_t
get_ring_size (const LamConv *conv)
{
  return POINTS * conv->window.channels * conv->tile_rows * conv->tile_columns;
}

static int64_t
round_up (int64_t n)
{
  return (n + 15) & ~INT64_C (15);
}

void
lam_conv_winograd_plan (LamConv *conv, LamStep *step)
{
  const LamWindow *window = &conv->window;
  int64_t tiles_y = count_tiles (window->out[1]);
  int64_t tiles_x = count_tiles (window->out[2]);
  int64_t per_tile =
      POINTS * (int64_t)sizeof (float) * (window->channels + conv->filters);
  int64_t wanted = CLAMP (BLOCK_BYTES / per_tile, MIN_BLOCK, MAX_BLOCK);
  int64_t parts_x = (tiles_x + MAX_ROW - 1) / MAX_ROW;
  conv->tile_columns = (tiles_x + parts_x - 1) / parts_x;
  conv->tile_rows = CLAMP (
      (wanted + conv->tile_columns / 2) / conv->tile_columns, 1, tiles_y);
  int64_t blocks = parts_x * ((tiles_y + conv->tile_rows - 1) / conv->tile_rows)
      * window->batch;
  /* A flat kernel loses nothing by taking planes one by one. */
  int64_t slabs = window->kernel[0] == 1
      ? window->out[0]
      : CLAMP (WANTED_PARTS / blocks, 1, (window->out[0] + 3) / 4);
  conv->planes = (window->out[0] + slabs - 1) / slabs;
  int64_t products =
      POINTS * conv->filters * conv->tile_rows * conv->tile_columns;
  step->scratch_bytes = (int64_t)sizeof (float)
      * (window->kernel[0] * round_up (get_ring_size (conv))
          + round_up (products) + round_up (get_staging_size (conv))
          + round_up (LAM_WINOGRAD_SCRATCH (conv->tile_columns)));
}

float *
lam_conv_winograd_prepare (const LamConv *conv, const float *weights)
{
  int64_t channels = conv->window.channels, filters = conv->filters;
  int64_t depth = conv->window.kernel[0], point = filters * channels;
  float *result = g_malloc_n (POINTS * depth * point, sizeof *result);
  for (int64_t k = 0; k < filters; k++)
    for (int64_t c = 0; c < channels; c++)
      for (int64_t z = 0; z < depth; z++)
        lam_winograd_weights (weights + ((k * channels + c) * depth + z) * 9,
            result + z * POINTS * point + k * channels + c, point);
  return result;
}

/* Six rows of the input under a row of tiles, zero outside the image. */
static void
stage_rows (const Block *block, const float *plane, int64_t tile_row,
    const float *rows[LAM_WINOGRAD_IN])
{
  const LamWindow *window = &block->run->conv->window;
  int64_t width = 4 * block->columns + 4, size = window->in[2];
  int64_t x = block->first_column * LAM_WINOGRAD_OUT - window->before[2];
  int64_t y =
      (block->first_row + tile_row) * LAM_WINOGRAD_OUT - window->before[1];
  int64_t skip = CLAMP (-x, 0, width), end = CLAMP (size - x, skip, width);
  for (int i = 0; i < LAM_WINOGRAD_IN; i++, y++) {
    bool is_inside = y >= 0 && y < window->in[1];
    const float *row = plane + y * size + x;
    float *staged = block->staging + i * width;
    rows[i] = staged;
    if (is_inside && skip == 0 && end == width) {
      rows[i] = row;
    } else if (is_inside) {
      memset (staged, 0, skip * sizeof *staged);
      memcpy (staged + skip, row + skip, (end - skip) * sizeof *staged);
      memset (staged + end, 0, (width - end) * sizeof *staged);
    } else {
      memset (staged, 0, width * sizeof *staged);
    }
  }
}

static float *
get_ring_place (const Block *block, int64_t plane)
{
  const LamConv *conv = block->run->conv;
  return block->ring
      + plane % conv->window.kernel[0] * round_up (get_ring_size (conv));
}

static void
transform_plane (Block *block, int64_t plane)
{
  const LamConv *conv = block->run->conv;
  const LamWindow *window = &conv->window;
  int64_t slot = plane % window->kernel[0];
  const float *image = lam_tensor_floats (block->run->step->inputs[0])
      + block->image * window->channels * lam_product3 (window->in)
      + plane * window->in[1] * window->in[2];
  if (block->planes[slot] == plane)
    return;
  block->planes[slot] = plane;
  for (int64_t c = 0; c < window->channels; c++)
    for (int64_t row = 0; row < block->rows; row++) {
      const float *rows[LAM_WINOGRAD_IN];
      stage_rows (block, image + c * lam_product3 (window->in), row, rows);
      lam_winograd_input (rows, block->columns, block->scratch,
          get_ring_place (block, plane) + c * block->tiles
              + row * block->columns,
          window->channels * block->tiles);
    }
}

/* Sums over the taps in z that meet a plane; false if none does. */
static bool
multiply_plane (Block *block, int64_t out_plane)
{
  const LamConv *conv = block->run->conv;
  const LamWindow *window = &conv->window;
  int64_t point = conv->filters * window->channels;
  int64_t from = MAX (window->before[0] - out_plane, 0);
  int64_t to =
      MIN (window->kernel[0], window->in[0] + window->before[0] - out_plane);
  for (int64_t tap = from; tap < to; tap++)
    transform_plane (block, out_plane + tap - window->before[0]);
  for (int64_t i = 0; i < POINTS; i++)
    for (int64_t tap = from; tap < to; tap++) {
      const float *input =
          get_ring_place (block, out_plane + tap - window->before[0]);
      lam_blas_multiply (conv->filters, block->rows * block->columns,
          window->channels, block->run->weights + (tap * POINTS + i) * point,
          window->channels, input + i * window->channels * block->tiles,
          block->tiles, block->products + i * conv->filters * block->tiles,
          block->tiles, tap > from);
    }
  return to > from;
}

static void
write_row (const Block *block, int64_t k, int64_t out_plane, int64_t tile_row)
{
  const LamConv *conv = block->run->conv;
  const LamWindow *window = &conv->window;
  int64_t width = 4 * block->columns;
  int64_t x = block->first_column * LAM_WINOGRAD_OUT;
  int64_t y = (block->first_row + tile_row) * LAM_WINOGRAD_OUT;
  float *staged[LAM_WINOGRAD_OUT];
  for (int i = 0; i < LAM_WINOGRAD_OUT; i++)
    staged[i] = block->staging + i * width;
  lam_winograd_output (
      block->products + k * block->tiles + tile_row * block->columns,
      conv->filters * block->tiles, block->columns, block->scratch, staged);
  float *plane = lam_tensor_floats (block->run->step->outputs[0])
      + (block->image * conv->filters + k) * lam_product3 (window->out)
      + out_plane * window->out[1] * window->out[2];
  for (int i = 0; i < LAM_WINOGRAD_OUT && y + i < window->out[1]; i++)
    lam_activation_shift (block->run->step->node->activation,
        block->run->bias ? block->run->bias[k] : 0, staged[i],
        plane + (y + i) * window->out[2] + x, MIN (width, window->out[2] - x));
}

static void
do_plane (Block *block, int64_t out_plane)
{
  const LamConv *conv = block->run->conv;
  if (!multiply_plane (block, out_plane))
    memset (block->products, 0,
        POINTS * conv->filters * block->tiles * sizeof *block->products);
  for (int64_t k = 0; k < conv->filters; k++)
    for (int64_t row = 0; row < block->rows; row++)
      write_row (block, k, out_plane, row);
}

static void
do_part (gpointer data, int64_t part, int thread)
{
  const Run *run = data;
  const LamConv *conv = run->conv;
  const LamWindow *window = &conv->window;
  float *scratch = lam_step_get_scratch (run->step, thread);
  Block block = { .run = run,
    .first_column = part % run->blocks_x * conv->tile_columns,
    .first_row = part / run->blocks_x % run->blocks_y * conv->tile_rows,
    .image = part / (run->blocks_x * run->blocks_y * run->slabs),
    .tiles = conv->tile_rows * conv->tile_columns,
    .planes = { -1, -1, -1 } };
  int64_t slab = part / (run->blocks_x * run->blocks_y) % run->slabs;
  block.columns = MIN (
      conv->tile_columns, count_tiles (window->out[2]) - block.first_column);
  block.rows =
      MIN (conv->tile_rows, count_tiles (window->out[1]) - block.first_row);
  block.ring = scratch;
  block.products =
      block.ring + window->kernel[0] * round_up (get_ring_size (conv));
  block.staging =
      block.products + round_up (POINTS * conv->filters * block.tiles);
  block.scratch = block.staging + round_up (get_staging_size (conv));
  int64_t end = MIN ((slab + 1) * conv->planes, window->out[0]);
  for (int64_t plane = slab * conv->planes; plane < end; plane++)
    do_plane (&block, plane);
}

void
lam_conv_winograd_run (const LamStep *step, LamTeam *team)
{
  const LamConv *conv = step->settings;
  const LamWindow *window = &conv->window;
  Run run = { .step = step, .conv = conv, .weights = step->node->prepared };
  if (lam_step_has_input (step, 2))
    run.bias = lam_tensor_floats (step->inputs[2]);
  run.blocks_y =
      (count_tiles (window->out[1]) + conv->tile_rows - 1) / conv->tile_rows;
  run.blocks_x = (count_tiles (window->out[2]) + conv->tile_columns - 1)
      / conv->tile_columns;
  run.slabs = (window->out[0] + conv->planes - 1) / conv->planes;
  lam_team_run (team, run.blocks_y * run.blocks_x * run.slabs * window->batch,
      do_part, &run);
}
