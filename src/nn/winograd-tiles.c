/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "nn/winograd-tiles.h"

#include <string.h>

#include "nn/half.h"
#include "nn/size.h"

int64_t
lam_tiles_get_scratch (int64_t n)
{
  return LAM_WINOGRAD_OUT * 4 * n + LAM_WINOGRAD16_SCRATCH (n);
}

/* `n` rows of `width` floats of the plane from (y, x): where they lie, or a
 * copy that is zero outside the plane. */
static void
stage_rows (const float *plane, const int64_t size[2], int64_t y, int64_t x,
    int n, int64_t width, float *staging, const float **rows)
{
  int64_t end = CLAMP (size[1] - x, 0, width);
  for (int i = 0; i < n; i++, y++) {
    float *staged = staging + i * width;
    bool is_inside = y < size[0];
    rows[i] = staged;
    if (is_inside && end == width) {
      rows[i] = plane + y * size[1] + x;
    } else if (is_inside) {
      memcpy (staged, plane + y * size[1] + x, end * sizeof *staged);
      memset (staged + end, 0, (width - end) * sizeof *staged);
    } else {
      memset (staged, 0, width * sizeof *staged);
    }
  }
}

void
lam_tiles_find_rows (const LamTiles *tiles, const LamWindow *window,
    const float *plane, int64_t row, LamWinogradRows *rows)
{
  int64_t out = tiles->winograd->out;
  int64_t y = (tiles->first_row + row) * out - window->before[1];
  int64_t x = tiles->first_column * out - window->before[2];
  int64_t width = out * tiles->columns + tiles->winograd->halo;
  rows->next = lam_product3 (window->in);
  rows->skip = CLAMP (-x, 0, width);
  rows->end = CLAMP (window->in[2] - x, rows->skip, width);
  for (int64_t i = 0; i < out + 2; i++)
    rows->rows[i] = y + i >= 0 && y + i < window->in[1]
        ? plane + (y + i) * window->in[2] + x
        : NULL;
}

void
lam_tiles_read_input (const LamTiles *tiles, const LamWindow *window,
    const float *plane, int64_t row, float *scratch, float *to, int64_t step)
{
  LamWinogradRows rows;
  lam_tiles_find_rows (tiles, window, plane, row, &rows);
  tiles->winograd->transform_input (&rows, tiles->columns, scratch, to, step);
}

/* As lam_tiles_find_rows(). */
static void
find_rows16 (const LamTiles *tiles, const LamWindow *window,
    const LamTilesPlane *plane, int64_t row, LamWinograd16Rows *rows)
{
  int64_t bytes = plane->unit > 0 ? sizeof (uint16_t) : sizeof (float);
  int64_t y = (tiles->first_row + row) * LAM_WINOGRAD_OUT - window->before[1];
  int64_t x = tiles->first_column * LAM_WINOGRAD_OUT - window->before[2];
  int64_t width = LAM_WINOGRAD_OUT * tiles->columns + tiles->winograd->halo;
  const char *data = plane->data;
  *rows = (LamWinograd16Rows){ .skip = CLAMP (-x, 0, width),
    .end = CLAMP (window->in[2] - x, CLAMP (-x, 0, width), width),
    .next = lam_product3 (window->in),
    .unit = plane->unit };
  for (int64_t i = 0; i < LAM_WINOGRAD_IN; i++)
    if (data && y + i >= 0 && y + i < window->in[1])
      rows->rows[i] = data + ((y + i) * window->in[2] + x) * bytes;
}

float
lam_tiles_find_size (const LamTiles *tiles, const LamWindow *window,
    const LamTilesPlane *plane, float so_far)
{
  LamWinograd16Rows rows;
  for (int64_t row = 0; row < tiles->rows; row++) {
    find_rows16 (tiles, window, plane, row, &rows);
    /* The last two are the next one's first. */
    int n = row + 1 < tiles->rows ? LAM_WINOGRAD_OUT : LAM_WINOGRAD_IN;
    for (int i = 0; i < n; i++)
      if (rows.rows[i] && plane->unit > 0)
        so_far = lam_half_find_size ((const uint16_t *)rows.rows[i] + rows.skip,
            plane->unit, rows.end - rows.skip, so_far);
      else if (rows.rows[i])
        so_far = lam_size_find ((const float *)rows.rows[i] + rows.skip,
            rows.end - rows.skip, rows.next, so_far);
  }
  return so_far;
}

void
lam_tiles_read_pair (const LamTiles *tiles, const LamWindow *window,
    const LamTilesPlane *even, const LamTilesPlane *odd, int64_t row,
    const LamWinograd16Scales *scales, float *scratch, int32_t *to,
    int64_t step)
{
  LamWinograd16Rows first, second;
  find_rows16 (tiles, window, even, row, &first);
  find_rows16 (tiles, window, odd, row, &second);
  lam_winograd16_input (
      &first, &second, tiles->columns, scales, scratch, to, step);
}

void
lam_tiles_read_result (const LamTiles *tiles, const LamWindow *window,
    const float *plane, int64_t row, float *scratch, float *to, int64_t step)
{
  const float *rows[LAM_WINOGRAD_OUT];
  int64_t width = 4 * tiles->columns;
  stage_rows (plane, window->out + 1,
      (tiles->first_row + row) * LAM_WINOGRAD_OUT,
      tiles->first_column * LAM_WINOGRAD_OUT, LAM_WINOGRAD_OUT, width, scratch,
      rows);
  lam_winograd_output_adjoint (
      rows, tiles->columns, scratch + LAM_WINOGRAD_OUT * width, to, step);
}
