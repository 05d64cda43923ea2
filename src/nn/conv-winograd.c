/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* One part is a block of tiles of one image over some output planes. For each
 * plane: transform the input planes that are not in the ring yet; then for some
 * filters at a time, multiply at each of the points (filters × channels by
 * channels × tiles, summed over the taps in z), transform back. A ring of kz
 * transformed planes means that a plane is transformed once a block, not once a
 * tap. Blocks are as large as the second-level cache holds both transforms of.
 *
 * Fast, both transforms are rounded to 16 bits for nn/gemm16.h. A plane's scale
 * follows from the largest voxel, under the block if no more is known.
 *
 * The adjoint is the convolution of the result with each kernel turned by 180°
 * and channels and filters exchanged. */
#include <math.h>
#include <string.h>

#include "nn/conv-ways.h"
#include "nn/gemm.h"
#include "nn/gemm16.h"
#include "nn/winograd-tiles.h"

/* Tiles of 4×4 in all, for their transforms to pay. */
#define MIN_TILES 8
/* Tiles of 4×4 in a plane, for small and large tiles to pay for reading the
 * transformed weights: see tests/bench/bench-conv.c. */
#define MIN_SMALL_TILES 2
#define MIN_LARGE_TILES 49
/* Transformed weights weigh much more than all that they meet: then small
 * tiles, which take less than half of that and at most twice as long. */
#define HEAVY 8
#define MIN_CHANNELS 8 /* fast, an image of one pays, too */
/* The ring of transformed input and the products of one block. */
#define BLOCK_BYTES (768 * 1024)
#define MIN_BLOCK 32
#define MAX_BLOCK 192
#define MAX_ROW 64
/* Filters whose products are made before they are written; whole blocks of
 * nn/gemm16.h. */
#define FILTERS 32
/* Fast, half as much is read, and less is lost to what comes from behind the
 * second-level cache, one word after the other, than to short rows. */
#define FAST_FILTERS 128
#define FAST_BLOCK 48
/* So many parts keep a few threads busy to the end. */
#define WANTED_PARTS 8

typedef struct {
  const LamConvRun *run;
  LamConv conv; /* as a convolution from run->from to run->to */
  int64_t blocks_y, blocks_x, slabs; /* slabs: parts along z */
} Run;

/* One part of a run, and where its thread's scratch is. */
typedef struct {
  const Run *run;
  int64_t image;
  LamTiles tiles;
  int64_t step; /* floats from one channel to the next */
  float *ring, *products, *staged, *scratch;
  int64_t planes[3]; /* which plane a place of the ring holds; -1: none */
  LamWinograd16Scales scales[3]; /* fast: of those planes */
} Block;

static LamConv
see_as_convolution (const LamConv *conv)
{
  LamConv seen = *conv;
  if (!conv->is_adjoint)
    return seen;
  seen.filters = conv->window.channels;
  seen.window.channels = conv->filters;
  for (int i = 0; i < 3; i++) {
    seen.window.in[i] = conv->window.out[i];
    seen.window.out[i] = conv->window.in[i];
    seen.window.before[i] = conv->window.kernel[i] - 1 - conv->window.before[i];
  }
  return seen;
}

static bool
has_kernel (const LamConv *conv)
{
  const LamWindow *window = &conv->window;
  for (int i = 0; i < 3; i++)
    if (window->stride[i] != 1 || window->dilation[i] != 1)
      return false;
  return window->kernel[1] == 3 && window->kernel[2] == 3
      && (window->kernel[0] == 1 || window->kernel[0] == 3) && conv->groups == 1
      && window->channels >= (conv->is_fast ? 1 : MIN_CHANNELS)
      && conv->filters >= MIN_CHANNELS;
}

/* Of the plane that is written, in large tiles. */
static int64_t
count_tiles (const LamConv *conv)
{
  const LamWindow *window = &conv->window;
  const int64_t *size = conv->is_adjoint ? window->in : window->out;
  return lam_tiles_count (&lam_winograd4, size[1])
      * lam_tiles_count (&lam_winograd4, size[2]);
}

bool
lam_conv_winograd_suits (const LamConv *conv)
{
  const LamWindow *window = &conv->window;
  int64_t planes = conv->is_adjoint ? window->in[0] : window->out[0];
  return has_kernel (conv) && count_tiles (conv) * planes >= MIN_TILES;
}

/* Such layers are the small deep ones, which take little of a network's time,
 * but most of its memory. */
static bool
is_heavy (const LamConv *conv)
{
  const LamWindow *window = &conv->window;
  int64_t weights = LAM_WINOGRAD_POINTS * window->kernel[0] * window->channels
      * conv->filters;
  int64_t voxels = window->channels * lam_product3 (window->in)
      + conv->filters * lam_product3 (window->out);
  return weights > HEAVY * voxels * window->batch;
}

const LamWinograd *
lam_conv_winograd_choose (const LamConv *conv)
{
  int64_t tiles = count_tiles (conv);
  if (!has_kernel (conv) || tiles < MIN_SMALL_TILES)
    return NULL;
  return tiles < MIN_LARGE_TILES || is_heavy (conv) ? &lam_winograd2
                                                    : &lam_winograd4;
}

static int64_t
get_step (const LamConv *conv)
{
  return lam_gemm_pad (conv->tile_rows * conv->tile_columns);
}

/* Of a transformed plane: channels or pairs of them. */
static int64_t
get_rows (const LamConv *conv)
{
  int64_t channels = conv->window.channels;
  return conv->is_fast ? (channels + 1) / 2 : channels;
}

/* Floats or words from one point to the next: of a transformed plane, and of
 * the products of some filters. */
static int64_t
get_point_step (const LamConv *conv)
{
  return lam_gemm_pad (get_rows (conv) * get_step (conv));
}

/* Made in one go. */
static int64_t
get_filters (const LamConv *conv)
{
  return MIN (conv->filters, conv->is_fast ? FAST_FILTERS : FILTERS);
}

static int64_t
get_products_step (const LamConv *conv)
{
  return lam_gemm_pad (get_filters (conv) * get_step (conv));
}

static int64_t
get_plane_size (const LamConv *conv)
{
  return conv->winograd->points * get_point_step (conv);
}

static int64_t
count_parts (int64_t n, int64_t most)
{
  return (n + most - 1) / most;
}

/* Tiles of a block of `seen`, to `conv`. */
static void
choose_block (const LamConv *seen, LamConv *conv)
{
  int64_t tiles_y = lam_tiles_count (conv->winograd, seen->window.out[1]);
  int64_t tiles_x = lam_tiles_count (conv->winograd, seen->window.out[2]);
  int64_t per_tile = conv->winograd->points * (int64_t)sizeof (float)
      * (seen->window.kernel[0] * get_rows (seen) + get_filters (seen));
  int64_t wanted = conv->is_fast
      ? FAST_BLOCK
      : CLAMP (BLOCK_BYTES / per_tile, MIN_BLOCK, MAX_BLOCK);
  int64_t most = conv->is_fast ? MAX_ROW : MIN (wanted, MAX_ROW);
  int64_t columns = conv->tile_columns =
      count_parts (tiles_x, count_parts (tiles_x, most));
  int64_t rows =
      conv->is_fast ? wanted / columns : (wanted + columns / 2) / columns;
  rows = CLAMP (rows, 1, tiles_y);
  conv->tile_rows =
      conv->is_fast ? count_parts (tiles_y, count_parts (tiles_y, rows)) : rows;
}

void
lam_conv_winograd_plan (LamConv *conv)
{
  LamConv seen = see_as_convolution (conv);
  const LamWindow *window = &seen.window;
  int64_t points = conv->winograd->points;
  choose_block (&seen, conv);
  int64_t blocks =
      count_parts (
          lam_tiles_count (conv->winograd, window->out[2]), conv->tile_columns)
      * count_parts (
          lam_tiles_count (conv->winograd, window->out[1]), conv->tile_rows)
      * window->batch;
  /* A flat kernel loses nothing by taking planes one by one. */
  int64_t slabs = window->kernel[0] == 1
      ? window->out[0]
      : CLAMP (WANTED_PARTS / blocks, 1, (window->out[0] + 3) / 4);
  if (conv->is_fast && blocks * slabs == 1)
    slabs = MIN (window->out[0], 2);
  conv->planes = (window->out[0] + slabs - 1) / slabs;
  seen.tile_rows = conv->tile_rows;
  seen.tile_columns = conv->tile_columns;
  conv->scratch_bytes = (int64_t)sizeof (float)
      * (window->kernel[0] * get_plane_size (&seen)
          + points * get_products_step (&seen)
          + LAM_WINOGRAD_OUT * LAM_WINOGRAD_OUT * conv->tile_columns
          + lam_tiles_get_scratch (conv->tile_columns));
  conv->prepared_bytes = lam_conv_winograd_get_prepared (conv);
}

static float *
get_ring_place (const Block *block, int64_t plane)
{
  const LamConv *conv = &block->run->conv;
  return block->ring + plane % conv->window.kernel[0] * get_plane_size (conv);
}

static void
transform_channels (const Block *block, const float *image, float *to)
{
  const LamWindow *window = &block->run->conv.window;
  for (int64_t c = 0; c < window->channels; c++)
    for (int64_t row = 0; row < block->tiles.rows; row++)
      lam_tiles_read_input (&block->tiles, window,
          image + c * lam_product3 (window->in), row, block->scratch,
          to + c * block->step + row * block->tiles.columns,
          get_point_step (&block->run->conv));
}

/* Then all planes have the same scale. */
static bool
is_size_known (const Block *block)
{
  float size = block->run->run->from_size;
  return size > 0 && isfinite (size);
}

/* A channel's plane, which begins `at` numbers behind the image's first; none
 * behind the last channel. */
static LamTilesPlane
find_plane (const Block *block, int64_t at, int64_t channel)
{
  const LamConvRun *run = block->run->run;
  const LamWindow *window = &block->run->conv.window;
  LamTilesPlane plane = { .unit = run->halves && channel < window->channels
        ? run->units[channel]
        : run->halves ? 1
                      : 0 };
  at += channel * lam_product3 (window->in);
  if (channel < window->channels)
    plane.data = run->halves ? (const void *)(run->halves + at)
                             : (const void *)(run->from + at);
  return plane;
}

/* In 16 bits; scaled by the largest voxel, or the largest that the block
 * sees. */
static void
transform_pairs (
    Block *block, int64_t at, LamWinograd16Scales *scales, int32_t *to)
{
  const LamWindow *window = &block->run->conv.window;
  int64_t rows = get_rows (&block->run->conv);
  float size = block->run->run->from_size;
  bool is_known = is_size_known (block);
  for (int64_t c = 0; c < window->channels && !is_known; c++) {
    LamTilesPlane plane = find_plane (block, at, c);
    size = lam_tiles_find_size (&block->tiles, window, &plane, size);
  }
  lam_winograd16_set_scales (size, scales);
  for (int64_t c = 0; c < rows; c++) {
    LamTilesPlane even = find_plane (block, at, 2 * c);
    LamTilesPlane odd = find_plane (block, at, 2 * c + 1);
    for (int64_t row = 0; row < block->tiles.rows; row++)
      lam_tiles_read_pair (&block->tiles, window, &even, &odd, row, scales,
          block->scratch, to + c * block->step + row * block->tiles.columns,
          get_point_step (&block->run->conv));
  }
}

static void
transform_plane (Block *block, int64_t plane)
{
  const LamConv *conv = &block->run->conv;
  const LamWindow *window = &conv->window;
  int64_t slot = plane % window->kernel[0];
  int64_t at = block->image * window->channels * lam_product3 (window->in)
      + plane * window->in[1] * window->in[2];
  float *to = get_ring_place (block, plane);
  if (block->planes[slot] == plane)
    return;
  block->planes[slot] = plane;
  if (conv->is_fast)
    transform_pairs (block, at, &block->scales[slot], (int32_t *)to);
  else
    transform_channels (block, block->run->run->from + at, to);
}

/* Which products are made in one go, and of which taps in z. */
typedef struct {
  int64_t out_plane, first_tap, end_tap;
  int64_t first, n; /* filters */
} Products;

static void
multiply_point (const Block *block, const Products *products, int64_t i)
{
  const LamConv *conv = &block->run->conv;
  int64_t channels = conv->window.channels, point = conv->filters * channels;
  for (int64_t tap = products->first_tap; tap < products->end_tap; tap++)
    lam_gemm (products->n, block->tiles.rows * block->tiles.columns, channels,
        block->run->run->prepared + (tap * conv->winograd->points + i) * point
            + products->first * channels,
        channels,
        get_ring_place (
            block, products->out_plane + tap - conv->window.before[0])
            + i * get_point_step (conv),
        block->step, block->products + i * get_products_step (conv),
        block->step, tap > products->first_tap);
}

static void
multiply_point16 (const Block *block, const Products *products, int64_t i)
{
  const LamConv *conv = &block->run->conv;
  const float *prepared = block->run->run->prepared;
  const float *scales =
      prepared + lam_conv_winograd_get_scales (block->run->run->conv);
  int64_t filters = conv->filters, pairs = get_rows (conv);
  int64_t cuts = lam_gemm16_count_cuts (pairs), n_terms = 0;
  LamGemm16Term terms[3];
  for (int64_t tap = products->first_tap; tap < products->end_tap; tap++) {
    int64_t plane = products->out_plane + tap - conv->window.before[0];
    int64_t point = tap * conv->winograd->points + i;
    terms[n_terms++] = (LamGemm16Term){
      .a = (const int32_t *)prepared
          + point * lam_gemm16_count_words (filters, pairs)
          + products->first * pairs,
      .b = (const int32_t *)get_ring_place (block, plane)
          + i * get_point_step (conv),
      .scales = scales + point * cuts * filters + products->first,
      .scales_step = filters,
      .scale = block->scales[plane % conv->window.kernel[0]].scales[i],
    };
  }
  lam_gemm16 (products->n, block->tiles.rows * block->tiles.columns, pairs,
      terms, (int)n_terms,
      is_size_known (block)
          && lam_gemm16_can_join (pairs, conv->window.kernel[0]),
      block->step, block->products + i * get_products_step (conv), block->step);
}

/* Where no tap meets a plane, nothing is added up. */
static void
multiply (const Block *block, const Products *products)
{
  const LamConv *conv = &block->run->conv;
  int64_t points = conv->winograd->points;
  if (products->first_tap >= products->end_tap)
    memset (block->products, 0,
        points * get_products_step (conv) * sizeof *block->products);
  else
    for (int64_t i = 0; i < points; i++)
      (conv->is_fast ? multiply_point16 : multiply_point) (block, products, i);
}

/* Where the plane is that a filter gives: numbers behind the first. */
static int64_t
get_plane (const Block *block, int64_t k, int64_t out_plane)
{
  const LamConv *conv = &block->run->conv;
  const int64_t *out = conv->window.out;
  return ((block->image * conv->filters + k) * out[0] + out_plane) * out[1]
      * out[2];
}

/* A row of tiles straight to its place, but for those that reach beyond the
 * plane. */
static void
write_row (
    const Block *block, int64_t k, const Products *products, int64_t tile_row)
{
  const LamConvRun *run = block->run->run;
  const LamConv *conv = &block->run->conv;
  const LamWindow *window = &conv->window;
  int64_t out = conv->winograd->out, width = out * block->tiles.columns;
  int64_t x = block->tiles.first_column * out;
  int64_t y = (block->tiles.first_row + tile_row) * out;
  int64_t height = MIN (window->out[1] - y, out);
  bool is_inside = x + width <= window->out[2];
  float *to = run->to + get_plane (block, k, products->out_plane)
      + y * window->out[2] + x;
  float *rows[LAM_WINOGRAD_OUT];
  for (int64_t i = 0; i < out; i++)
    rows[i] = is_inside && i < height ? to + i * window->out[2]
                                      : block->staged + i * width;
  conv->winograd->transform_output (block->products
          + (k - products->first) * block->step
          + tile_row * block->tiles.columns,
      get_products_step (conv), block->tiles.columns,
      run->bias ? run->bias[k] : 0, run->activation, lam_product3 (window->out),
      rows);
  float size = 0;
  int64_t inside = MIN (window->out[2] - x, width);
  for (int64_t i = 0; i < height && run->size; i++)
    size = lam_size_find (rows[i], inside, 0, size);
  if (run->size)
    lam_size_raise (run->size, size);
  for (int64_t i = 0; i < height && !is_inside; i++)
    memcpy (to + i * window->out[2], rows[i], (size_t)inside * sizeof *to);
}

/* The same, fast. */
static void
write_row16 (
    const Block *block, int64_t k, const Products *products, int64_t tile_row)
{
  const LamConvRun *run = block->run->run;
  const LamConv *conv = &block->run->conv;
  const int64_t *out = conv->window.out;
  int64_t x = block->tiles.first_column * LAM_WINOGRAD_OUT;
  int64_t y = (block->tiles.first_row + tile_row) * LAM_WINOGRAD_OUT;
  int64_t at = get_plane (block, k, products->out_plane) + y * out[2] + x;
  const LamWinograd16Place place = {
    .to = run->to ? run->to + at : NULL,
    .to_halves = run->to_halves ? run->to_halves + at : NULL,
    .to_unit = run->to_unit,
    .step = out[2],
    .width = MIN (out[2] - x, LAM_WINOGRAD_OUT * block->tiles.columns),
    .height = out[1] - y,
    .next_products = block->step,
    .next = lam_product3 (out),
  };
  float size = lam_winograd16_output (block->products
          + (k - products->first) * block->step
          + tile_row * block->tiles.columns,
      get_products_step (conv), run->bias ? run->bias[k] : 0, run->activation,
      &place);
  if (run->size)
    lam_size_raise (run->size, size);
}

/* Some filters at a time, whose products stay in the cache. */
static void
do_plane (Block *block, int64_t out_plane)
{
  const LamConv *conv = &block->run->conv;
  const LamWindow *window = &conv->window;
  Products products = { .out_plane = out_plane,
    .first_tap = MAX (window->before[0] - out_plane, 0),
    .end_tap = MIN (
        window->kernel[0], window->in[0] + window->before[0] - out_plane) };
  for (int64_t tap = products.first_tap; tap < products.end_tap; tap++)
    transform_plane (block, out_plane + tap - window->before[0]);
  for (int64_t k = 0; k < conv->filters; k += get_filters (conv)) {
    products.first = k;
    products.n = MIN (get_filters (conv), conv->filters - k);
    multiply (block, &products);
    for (int64_t i = k; i < k + products.n; i++)
      for (int64_t row = 0; row < block->tiles.rows; row++)
        (conv->is_fast ? write_row16 : write_row) (block, i, &products, row);
  }
}

static void
do_part (gpointer data, int64_t part, int thread)
{
  const Run *run = data;
  const LamConv *conv = &run->conv;
  const LamWindow *window = &conv->window;
  Block block = { .run = run,
    .image = part / (run->blocks_x * run->blocks_y * run->slabs),
    .tiles = { .winograd = conv->winograd,
        .first_column = part % run->blocks_x * conv->tile_columns },
    .step = get_step (conv),
    .planes = { -1, -1, -1 } };
  int64_t slab = part / (run->blocks_x * run->blocks_y) % run->slabs;
  int64_t tiles_y = lam_tiles_count (conv->winograd, window->out[1]);
  int64_t y = part / run->blocks_x % run->blocks_y;
  LamTiles *tiles = &block.tiles;
  tiles->columns = MIN (conv->tile_columns,
      lam_tiles_count (conv->winograd, window->out[2]) - tiles->first_column);
  /* Blocks that differ by a row at most: threads end together. */
  tiles->first_row = y * tiles_y / run->blocks_y;
  tiles->rows = (y + 1) * tiles_y / run->blocks_y - tiles->first_row;
  block.ring = lam_step_get_scratch (run->run->step, thread);
  block.products = block.ring + window->kernel[0] * get_plane_size (conv);
  block.staged =
      block.products + conv->winograd->points * get_products_step (conv);
  block.scratch =
      block.staged + LAM_WINOGRAD_OUT * LAM_WINOGRAD_OUT * conv->tile_columns;
  int64_t end = MIN ((slab + 1) * conv->planes, window->out[0]);
  for (int64_t plane = slab * conv->planes; plane < end; plane++)
    do_plane (&block, plane);
}

void
lam_conv_winograd_run (const LamConvRun *run, LamTeam *team)
{
  Run all = { .run = run, .conv = see_as_convolution (run->conv) };
  const LamConv *conv = &all.conv;
  const int64_t *out = conv->window.out;
  all.blocks_y =
      (lam_tiles_count (conv->winograd, out[1]) + conv->tile_rows - 1)
      / conv->tile_rows;
  all.blocks_x =
      (lam_tiles_count (conv->winograd, out[2]) + conv->tile_columns - 1)
      / conv->tile_columns;
  all.slabs = (out[0] + conv->planes - 1) / conv->planes;
  lam_team_run (team,
      all.blocks_y * all.blocks_x * all.slabs * conv->window.batch, do_part,
      &all);
}
