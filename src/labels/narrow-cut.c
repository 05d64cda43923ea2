/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The ways inside of the body from each side, by steps to 26 neighbours, are
 * found by sweeps forth and back until nothing gets shorter. Voxels of like
 * difference of the two ways are a section across the body; of those between
 * the seeds the one with the fewest voxels is the cut, and of like ones the one
 * in the middle. */
#include "labels/narrow-cut.h"

#include <glib.h>
#include <math.h>

#include "base/parallel.h"

#define N_SECTIONS 64
/* The outermost sections hold all that lies behind the seeds. */
#define INNER_SHARE 0.85
/* How much larger a section in the middle may be than one at a seed. */
#define MIDDLE_BONUS 0.5

/* With a rim around the mask, so that every voxel has 26 neighbours. */
typedef struct {
  int64_t n[3]; /* with the rim */
  int64_t offset[13]; /* to the neighbours that come before in memory */
  float step_nm[13];
  const bool *mask; /* with the rim */
} Body;

static int64_t
at (const Body *body, int64_t x, int64_t y, int64_t z)
{
  return x + body->n[0] * (y + body->n[1] * z);
}

static void
set_steps (Body *body, const double nm[3])
{
  int n = 0;
  for (int dz = -1; dz <= 0; dz++)
    for (int dy = -1; dy <= 1; dy++)
      for (int dx = -1; dx <= 1; dx++) {
        int64_t offset = at (body, dx, dy, dz);
        if (offset >= 0)
          continue;
        body->offset[n] = offset;
        body->step_nm[n++] = (float)sqrt (dx * dx * nm[0] * nm[0]
            + dy * dy * nm[1] * nm[1] + dz * dz * nm[2] * nm[2]);
      }
}

/* From the neighbours on one side; true when the way became shorter. */
static bool
relax (const Body *body, float *way, int64_t i, int sign)
{
  float best = way[i];
  for (int k = 0; k < 13; k++)
    best = fminf (best, way[i + sign * body->offset[k]] + body->step_nm[k]);
  bool is_shorter = best < way[i];
  way[i] = best;
  return is_shorter;
}

/* `way` is 0 at the seeds and INFINITY elsewhere. */
static void
find_ways (const Body *body, float *way)
{
  const int64_t first = at (body, 1, 1, 1);
  const int64_t last =
      at (body, body->n[0] - 2, body->n[1] - 2, body->n[2] - 2);
  bool is_shorter = true;
  while (is_shorter) {
    is_shorter = false;
    for (int64_t i = first; i <= last; i++)
      if (body->mask[i])
        is_shorter = relax (body, way, i, 1) || is_shorter;
    for (int64_t i = last; i >= first; i--)
      if (body->mask[i])
        is_shorter = relax (body, way, i, -1) || is_shorter;
  }
}

/* The difference of ways at which to cut; `between`: the way from side to side.
 */
static float
choose (const Body *body, const float *ways[2], float between)
{
  double sections[N_SECTIONS] = { 0 };
  const int64_t count = body->n[0] * body->n[1] * body->n[2];
  const float reach = between * (float)INNER_SHARE;
  for (int64_t i = 0; i < count; i++) {
    float difference = ways[0][i] - ways[1][i];
    if (!body->mask[i] || !isfinite (difference) || fabsf (difference) >= reach)
      continue;
    int section = (int)((difference + reach) / (2 * reach) * (float)N_SECTIONS);
    sections[CLAMP (section, 0, N_SECTIONS - 1)]++;
  }
  int best = N_SECTIONS / 2;
  double least = INFINITY;
  for (int i = 1; i + 1 < N_SECTIONS; i++) {
    double from_middle = fabs (i + 0.5 - N_SECTIONS / 2.0) / (N_SECTIONS / 2.0);
    double cost = (sections[i - 1] + sections[i] + sections[i + 1] + 1)
        * (1 + MIDDLE_BONUS * from_middle);
    if (cost >= least)
      continue;
    least = cost;
    best = i;
  }
  return ((float)best + 0.5f) / N_SECTIONS * 2 * reach - reach;
}

/* The mask and the seeds, with the rim. */
typedef struct {
  const Body *body;
  const uint8_t *seeds;
  float **ways;
} Both;

static bool
find_ways_of_side (int64_t side, gpointer data, GError **error)
{
  const Both *both = data;
  const int64_t *n = both->body->n;
  float *way = both->ways[side];
  for (int64_t i = 0; i < n[0] * n[1] * n[2]; i++)
    way[i] = both->seeds[i] == side + 1 ? 0 : INFINITY;
  find_ways (both->body, way);
  return true;
}

/* Gives the way between the sides. */
static float
find_both_ways (const Body *body, const uint8_t *seeds, float *ways[2])
{
  const int64_t count = body->n[0] * body->n[1] * body->n[2];
  Both both = { body, seeds, ways };
  float between = INFINITY;
  lam_parallel (2, 2, find_ways_of_side, &both, NULL, NULL);
  for (int64_t i = 0; i < count; i++)
    if (seeds[i] == 2)
      between = fminf (between, ways[0][i]);
  return between;
}

static void
write_out (const Body *body, const float *ways[2], float cut,
    const int64_t size[3], float *out)
{
  for (int64_t z = 0; z < size[2]; z++)
    for (int64_t y = 0; y < size[1]; y++)
      for (int64_t x = 0; x < size[0]; x++) {
        int64_t i = at (body, x + 1, y + 1, z + 1);
        bool first = isfinite (ways[0][i]), second = isfinite (ways[1][i]);
        *out++ = first && second ? ways[0][i] - ways[1][i] - cut
            : first              ? -1e9f
            : second             ? 1e9f
                                 : NAN;
      }
}

bool
lam_narrow_cut (const bool *mask, const uint8_t *sides, const int64_t size[3],
    const double steps_nm[3], float *out)
{
  Body body = { .n = { size[0] + 2, size[1] + 2, size[2] + 2 } };
  const size_t count = (size_t)(body.n[0] * body.n[1] * body.n[2]);
  g_autofree bool *padded = g_try_new0 (bool, count);
  g_autofree uint8_t *seeds = g_try_new0 (uint8_t, count);
  g_autofree float *first = g_try_new (float, count);
  g_autofree float *second = g_try_new (float, count);
  if (!padded || !seeds || !first || !second)
    return false;
  for (int64_t z = 0; z < size[2]; z++)
    for (int64_t y = 0; y < size[1]; y++)
      for (int64_t x = 0; x < size[0]; x++, mask++, sides++) {
        int64_t i = at (&body, x + 1, y + 1, z + 1);
        padded[i] = *mask;
        seeds[i] = *mask ? *sides : 0;
      }
  body.mask = padded;
  set_steps (&body, steps_nm);
  float *ways[2] = { first, second };
  float between = find_both_ways (&body, seeds, ways);
  const float *found[2] = { first, second };
  float cut =
      isfinite (between) && between > 0 ? choose (&body, found, between) : 0;
  write_out (&body, found, cut, size, out);
  return true;
}
