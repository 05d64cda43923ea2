/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Exact, in two passes. The first finds for each voxel the two nearest
 * different objects of its row. The second looks at the rows above and below,
 * nearest first, and ends where a row is farther away than what was found: the
 * two nearest of all are among the two nearest of their rows, for whoever is
 * nearer in that row is nearer at all. */
#include "labels/border-weight.h"

#include <glib.h>
#include <math.h>

/* The two nearest different objects; 0: none, INFINITY away. */
typedef struct {
  uint32_t objects[2];
  double squares[2];
} Nearest;

static void
take (Nearest *nearest, uint32_t object, double square)
{
  if (object == 0 || square >= nearest->squares[1])
    return;
  if (object == nearest->objects[0]) {
    nearest->squares[0] = MIN (nearest->squares[0], square);
  } else if (square < nearest->squares[0]) {
    nearest->squares[1] = nearest->squares[0];
    nearest->objects[1] = nearest->objects[0];
    nearest->squares[0] = square;
    nearest->objects[0] = object;
  } else {
    nearest->squares[1] = square;
    nearest->objects[1] = object;
  }
}

/* From one end of a row to the other, remembering the last voxels of the last
 * two different objects. */
static void
sweep_row (const uint32_t *objects, int64_t n, double step, bool backwards,
    Nearest *row)
{
  uint32_t last[2] = { 0 };
  int64_t at[2] = { 0 };
  for (int64_t k = 0; k < n; k++) {
    int64_t i = backwards ? n - 1 - k : k;
    if (objects[i] != 0) {
      if (objects[i] != last[0]) {
        last[1] = last[0];
        at[1] = at[0];
        last[0] = objects[i];
      }
      at[0] = i;
    }
    for (int j = 0; j < 2; j++) {
      double d = (double)(i - at[j]) * step;
      take (&row[i], last[j], d * d);
    }
  }
}

static Nearest *
find_in_rows (
    const uint32_t *objects, const int64_t size[2], const double step[2])
{
  int64_t n = size[0] * size[1];
  Nearest *rows = g_new (Nearest, n);
  for (int64_t i = 0; i < n; i++)
    rows[i] = (Nearest){ { 0, 0 }, { INFINITY, INFINITY } };
  for (int64_t y = 0; y < size[1]; y++)
    for (int i = 0; i < 2; i++)
      sweep_row (
          objects + y * size[0], size[0], step[0], i == 1, rows + y * size[0]);
  return rows;
}

static Nearest
find_in_section (const Nearest *rows, const int64_t size[2],
    const double step[2], int64_t x, int64_t y, double limit)
{
  Nearest best = { { 0, 0 }, { INFINITY, INFINITY } };
  for (int64_t k = 0; k < size[1]; k++) {
    double d = (double)k * step[1];
    if (d * d >= best.squares[1] || d > limit)
      break;
    for (int side = 0; side < (k > 0 ? 2 : 1); side++) {
      int64_t row = side == 0 ? y - k : y + k;
      if (row < 0 || row >= size[1])
        continue;
      const Nearest *here = &rows[row * size[0] + x];
      for (int i = 0; i < 2; i++)
        take (&best, here->objects[i], here->squares[i] + d * d);
    }
  }
  return best;
}

void
lam_border_weight_add (const LamBorderWeight *rule, const uint32_t *objects,
    const int64_t size[2], const double step[2], float *weights)
{
  if (!(rule->w0 > 0) || !(rule->sigma > 0))
    return;
  /* Beyond it, what is added is less than float32 keeps beside w0. */
  double limit = 7 * rule->sigma;
  g_autofree Nearest *rows = find_in_rows (objects, size, step);
  for (int64_t y = 0; y < size[1]; y++)
    for (int64_t x = 0; x < size[0]; x++) {
      Nearest best = find_in_section (rows, size, step, x, y, limit);
      double sum = sqrt (best.squares[0]) + sqrt (best.squares[1]);
      if (!isfinite (sum))
        continue;
      double power = sum * sum / (2 * rule->sigma * rule->sigma);
      weights[y * size[0] + x] += (float)(rule->w0 * exp (-power));
    }
}
