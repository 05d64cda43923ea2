/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "segment/tiling.h"

#include "base/box.h"

LamTiling
lam_tiling_new (int64_t first, int64_t length, int64_t tile, int64_t overlap)
{
  LamTiling tiling = { first, length, tile, CLAMP (overlap, 0, tile - 1), 1 };
  if (length > tile)
    tiling.n = 1 + lam_divide_up (length - tile, tile - tiling.overlap);
  return tiling;
}

int64_t
lam_tiling_get_start (const LamTiling *tiling, int64_t i)
{
  int64_t room = tiling->length - tiling->tile;
  if (tiling->n == 1)
    return tiling->first + (room < 0 ? -((-room) / 2) : 0);
  return tiling->first + i * room / (tiling->n - 1);
}

/* A ramp over the overlap with the neighbour, whose width is `shared`. It is
 * steep: at its rim a tile does not know what lies beyond, and what it makes up
 * there is wrong for as far as it sees. With a linear ramp a fifth of the way
 * in such a mistake would still weigh a fifth, and the uncertainty of one in
 * five is three quarters; so it weighs a seventieth. */
static float
ramp (int64_t inwards, int64_t shared)
{
  float t = ((float)inwards + 0.5f) / (float)MAX (shared, 1);
  return shared <= 0 || t >= 1 ? 1.0f : t * t * t;
}

float
lam_tiling_get_weight (const LamTiling *tiling, int64_t i, int64_t voxel)
{
  int64_t start = lam_tiling_get_start (tiling, i);
  int64_t end = start + tiling->tile;
  float before = 1, after = 1;
  if (i > 0)
    before = ramp (voxel - start,
        lam_tiling_get_start (tiling, i - 1) + tiling->tile - start);
  if (i + 1 < tiling->n)
    after = ramp (end - 1 - voxel, end - lam_tiling_get_start (tiling, i + 1));
  return before * after;
}

void
lam_tiling_find (const LamTiling *tiling, int64_t from, int64_t to,
    int64_t *first, int64_t *end)
{
  int64_t i = 0, last = tiling->n, room = tiling->length - tiling->tile;
  if (tiling->n > 1) {
    /* Near, on the safe side; starts were rounded down. */
    int64_t pairs = tiling->n - 1;
    i = (from - tiling->first - tiling->tile) * pairs / room - 1;
    i = CLAMP (i, 0, last - 1);
    last = CLAMP ((to - tiling->first) * pairs / room + 2, i, last);
  }
  while (i < last && lam_tiling_get_start (tiling, i) + tiling->tile <= from)
    i++;
  while (last > i && lam_tiling_get_start (tiling, last - 1) >= to)
    last--;
  *first = i;
  *end = last;
}
