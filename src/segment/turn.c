/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "segment/turn.h"

#include <glib.h>

/* Where the first voxel of a turned plane, and its steps along x and y, lie in
 * the plane as it was. */
typedef struct {
  int64_t start, step[2];
} Walk;

static Walk
find_walk (LamTurn turn, const int64_t size[2])
{
  int64_t x = turn & LAM_TURN_FLIP_X ? -1 : 1;
  int64_t y = turn & LAM_TURN_FLIP_Y ? -size[0] : size[0];
  Walk walk = { .step = { x, y } };
  if (turn & LAM_TURN_SWAP) {
    walk.step[0] = y;
    walk.step[1] = x;
  }
  walk.start =
      (x < 0 ? size[0] - 1 : 0) + (y < 0 ? (size[1] - 1) * size[0] : 0);
  return walk;
}

void
lam_turn_forth (LamTurn turn, const int64_t size[2], int64_t n_planes,
    const float *from, float *to)
{
  g_return_if_fail (!(turn & LAM_TURN_SWAP) || size[0] == size[1]);
  const Walk walk = find_walk (turn, size);
  for (int64_t z = 0; z < n_planes; z++, from += size[0] * size[1])
    for (int64_t y = 0; y < size[1]; y++) {
      const float *row = from + walk.start + y * walk.step[1];
      for (int64_t x = 0; x < size[0]; x++)
        *to++ = row[x * walk.step[0]];
    }
}

void
lam_turn_back (LamTurn turn, const int64_t size[2], int64_t n_planes,
    const float *from, float *to)
{
  g_return_if_fail (!(turn & LAM_TURN_SWAP) || size[0] == size[1]);
  const Walk walk = find_walk (turn, size);
  for (int64_t z = 0; z < n_planes; z++, to += size[0] * size[1])
    for (int64_t y = 0; y < size[1]; y++) {
      float *row = to + walk.start + y * walk.step[1];
      for (int64_t x = 0; x < size[0]; x++)
        row[x * walk.step[0]] = *from++;
    }
}
