/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The gradient by the weights is the adjoint of the convolution in its
 * weights, factor by factor: the derivatives by the result go back through the
 * output transform, at each of the 36 points there is a product filters ×
 * tiles by tiles × channels, and its sum over all tiles goes back through the
 * transform of the weights. A chunk is a block of tiles over some planes of one
 * image: all threads transform it, then all threads multiply it, so that there
 * is one set of sums, added to in a fixed order. */
#include <string.h>

#include "nn/conv-ways.h"
#include "nn/gemm.h"
#include "nn/winograd-tiles.h"

#define POINTS LAM_WINOGRAD_POINTS
/* Both transforms of one chunk. */
#define CHUNK_BYTES (INT64_C (4) << 20)
#define MIN_CHUNK 64
#define MAX_ROW 64
#define CHANNELS 16 /* a part of a transform */
#define FILTERS 64 /* a part of the products */

typedef struct {
  const LamStep *step;
  const LamConvGradient *gradient;
  const float *image, *result;
  float *to;
  /* In step->shared. `input`: 36, planes, tiles, c; `output`: 36, k, planes,
   * tiles; `sums`: kz, 36, k, c. */
  float *input, *output, *sums;
  /* The chunk. */
  LamTiles tiles;
  int64_t batch, first_plane, n_planes; /* of the result */
  int64_t first_input, n_inputs; /* planes of the image that it meets */
  bool is_first;
} Run;

static int64_t
get_row (const LamConv *conv)
{
  return lam_gemm_pad (conv->window.channels);
}

static int64_t
get_output_row (const LamConvGradient *gradient)
{
  return lam_gemm_pad (
      gradient->planes * gradient->tile_rows * gradient->tile_columns);
}

/* Floats. */
static int64_t
get_input_size (const LamConvGradient *gradient)
{
  const LamConv *conv = &gradient->conv;
  return POINTS * (gradient->planes + conv->window.kernel[0] - 1)
      * gradient->tile_rows * gradient->tile_columns * get_row (conv);
}

static int64_t
get_output_size (const LamConvGradient *gradient)
{
  return POINTS * gradient->conv.filters * get_output_row (gradient);
}

static int64_t
get_sums_size (const LamConvGradient *gradient)
{
  const LamConv *conv = &gradient->conv;
  return conv->window.kernel[0] * POINTS * conv->filters * get_row (conv);
}

void
lam_conv_winograd_gradient_plan (LamConvGradient *gradient)
{
  const LamConv *conv = &gradient->conv;
  const LamWindow *window = &conv->window;
  int64_t floats = sizeof (float), halo = window->kernel[0] - 1;
  int64_t tiles_y = lam_tiles_count (&lam_winograd4, window->out[1]);
  int64_t tiles_x = lam_tiles_count (&lam_winograd4, window->out[2]);
  int64_t wanted =
      CHUNK_BYTES / floats / POINTS / (window->channels + conv->filters);
  wanted = MAX (wanted, MIN_CHUNK);
  int64_t parts_x = (tiles_x + MAX_ROW - 1) / MAX_ROW;
  gradient->tile_columns = (tiles_x + parts_x - 1) / parts_x;
  /* Planes that are read twice cost more than flat chunks. */
  int64_t planes = halo ? MIN (window->out[0], 8) : 1;
  gradient->tile_rows =
      CLAMP (wanted / planes / gradient->tile_columns, 1, tiles_y);
  planes = wanted / (gradient->tile_rows * gradient->tile_columns);
  gradient->planes = CLAMP (planes, 1, window->out[0]);
  gradient->scratch_bytes = floats
      * (lam_tiles_get_scratch (gradient->tile_columns)
          + POINTS * CHANNELS * lam_gemm_pad (gradient->tile_columns));
  gradient->shared_bytes = floats
      * (get_input_size (gradient) + get_output_size (gradient)
          + get_sums_size (gradient));
}

/* Some channels of one plane of the image, turned. */
static void
transform_input (const Run *run, int64_t plane, int64_t first, float *scratch)
{
  const LamConvGradient *gradient = run->gradient;
  const LamConv *conv = &gradient->conv;
  const LamWindow *window = &conv->window;
  const LamTiles *tiles = &run->tiles;
  int64_t n = MIN (CHANNELS, window->channels - first);
  int64_t area = window->in[1] * window->in[2];
  int64_t step = lam_gemm_pad (gradient->tile_columns), row = get_row (conv);
  int64_t plane_tiles = tiles->rows * tiles->columns;
  float *points = scratch + lam_tiles_get_scratch (gradient->tile_columns);
  const float *image = run->image
      + ((run->batch * window->channels + first) * window->in[0]
            + run->first_input + plane)
          * area;
  for (int64_t y = 0; y < tiles->rows; y++) {
    float *to =
        run->input + (plane * plane_tiles + y * tiles->columns) * row + first;
    for (int64_t c = 0; c < n; c++)
      lam_tiles_read_input (tiles, window, image + c * window->in[0] * area, y,
          scratch, points + c * step, CHANNELS * step);
    for (int64_t i = 0; i < POINTS; i++)
      lam_gemm_turn (n, tiles->columns, points + i * CHANNELS * step, step,
          to + i * (get_input_size (gradient) / POINTS), row);
  }
}

static void
transform_output (const Run *run, int64_t plane, int64_t first, float *scratch)
{
  const LamConvGradient *gradient = run->gradient;
  const LamConv *conv = &gradient->conv;
  const LamWindow *window = &conv->window;
  int64_t area = window->out[1] * window->out[2];
  int64_t row = get_output_row (gradient);
  int64_t end = MIN (first + CHANNELS, conv->filters);
  int64_t plane_tiles = run->tiles.rows * run->tiles.columns;
  for (int64_t k = first; k < end; k++)
    for (int64_t y = 0; y < run->tiles.rows; y++)
      lam_tiles_read_result (&run->tiles, window,
          run->result
              + ((run->batch * conv->filters + k) * window->out[0]
                    + run->first_plane + plane)
                  * area,
          y, scratch,
          run->output + k * row + plane * plane_tiles + y * run->tiles.columns,
          conv->filters * row);
}

static int64_t
count_channel_parts (int64_t n)
{
  return (n + CHANNELS - 1) / CHANNELS;
}

static void
transform_part (gpointer data, int64_t part, int thread)
{
  const Run *run = data;
  const LamConv *conv = &run->gradient->conv;
  float *scratch = lam_step_get_scratch (run->step, thread);
  int64_t parts = count_channel_parts (conv->window.channels);
  int64_t inputs = parts * run->n_inputs;
  if (part < inputs) {
    transform_input (run, part / parts, part % parts * CHANNELS, scratch);
    return;
  }
  part -= inputs;
  parts = count_channel_parts (conv->filters);
  transform_output (run, part / parts, part % parts * CHANNELS, scratch);
}

/* One point and some filters, for each tap in z: the planes of the result that
 * meet planes of the image under it lie one behind the other, as those do. */
static void
multiply_part (gpointer data, int64_t part, int thread)
{
  const Run *run = data;
  const LamConvGradient *gradient = run->gradient;
  const LamConv *conv = &gradient->conv;
  const LamWindow *window = &conv->window;
  int64_t parts = (conv->filters + FILTERS - 1) / FILTERS;
  int64_t i = part / parts, first = part % parts * FILTERS;
  int64_t n = MIN (FILTERS, conv->filters - first), row = get_row (conv);
  int64_t tiles = run->tiles.rows * run->tiles.columns;
  const float *input = run->input + i * (get_input_size (gradient) / POINTS);
  const float *output =
      run->output + (i * conv->filters + first) * get_output_row (gradient);
  for (int64_t tap = 0; tap < window->kernel[0]; tap++) {
    int64_t shift =
        run->first_plane + tap - window->before[0] - run->first_input;
    int64_t from = CLAMP (-shift, 0, run->n_planes);
    int64_t to = CLAMP (run->n_inputs - shift, from, run->n_planes);
    lam_gemm (n, window->channels, (to - from) * tiles, output + from * tiles,
        get_output_row (gradient), input + (from + shift) * tiles * row, row,
        run->sums + ((tap * POINTS + i) * conv->filters + first) * row, row,
        !run->is_first);
  }
}

static void
finish_filter (gpointer data, int64_t k, int thread)
{
  const Run *run = data;
  const LamConv *conv = &run->gradient->conv;
  int64_t depth = conv->window.kernel[0], channels = conv->window.channels;
  int64_t row = get_row (conv), step = depth * 9;
  for (int64_t z = 0; z < depth; z++)
    for (int64_t c = 0; c < channels; c += LAM_WINOGRAD_KERNELS)
      lam_winograd_weights_adjoint (
          run->sums + (z * POINTS * conv->filters + k) * row + c,
          conv->filters * row, (int)MIN (channels - c, LAM_WINOGRAD_KERNELS),
          run->to + ((k * channels + c) * depth + z) * 9, step);
}

/* The chunk's tiles and planes are set. */
static void
do_chunk (Run *run, LamTeam *team)
{
  const LamConv *conv = &run->gradient->conv;
  const LamWindow *window = &conv->window;
  int64_t first = run->first_plane - window->before[0];
  int64_t end =
      MIN (first + run->n_planes + window->kernel[0] - 1, window->in[0]);
  run->first_input = MAX (first, 0);
  run->n_inputs = MAX (end - run->first_input, 0);
  int64_t parts = count_channel_parts (window->channels) * run->n_inputs
      + count_channel_parts (conv->filters) * run->n_planes;
  lam_team_run (team, parts, transform_part, run);
  lam_team_run (team, POINTS * ((conv->filters + FILTERS - 1) / FILTERS),
      multiply_part, run);
  run->is_first = false;
}

void
lam_conv_winograd_gradient_run (const LamStep *step,
    const LamConvGradient *gradient, const float *image, const float *result,
    float *to, LamTeam *team)
{
  const LamWindow *window = &gradient->conv.window;
  int64_t tiles_y = lam_tiles_count (&lam_winograd4, window->out[1]);
  int64_t tiles_x = lam_tiles_count (&lam_winograd4, window->out[2]);
  Run run = { .step = step,
    .gradient = gradient,
    .image = image,
    .result = result,
    .to = to,
    .is_first = true };
  LamTiles *tiles = &run.tiles;
  run.input = (float *)step->shared;
  run.output = run.input + get_input_size (gradient);
  run.sums = run.output + get_output_size (gradient);
  for (run.batch = 0; run.batch < window->batch; run.batch++)
    for (int64_t y = 0; y < tiles_y; y += gradient->tile_rows)
      for (int64_t x = 0; x < tiles_x; x += gradient->tile_columns)
        for (int64_t z = 0; z < window->out[0]; z += gradient->planes) {
          *tiles = (LamTiles){ &lam_winograd4, y, x,
            MIN (gradient->tile_rows, tiles_y - y),
            MIN (gradient->tile_columns, tiles_x - x) };
          run.first_plane = z;
          run.n_planes = MIN (gradient->planes, window->out[0] - z);
          do_chunk (&run, team);
        }
  lam_team_run (team, gradient->conv.filters, finish_filter, &run);
}
