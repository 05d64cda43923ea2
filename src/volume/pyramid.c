/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* A cell of the next level holds one or two voxels along each axis, so its
 * count is 1, 2, 4 or 8 and the division of integers is a shift. A reduction
 * first adds the rows of a cell into one row of sums, then adds pairs along x:
 * both loops run over contiguous memory and vectorise. */
#include "volume/pyramid.h"

#include <math.h>

/* Axes whose voxels differ by less than this ratio count as equally fine: the
 * nearest power of two cannot bring them closer. */
#define SAME_FINENESS M_SQRT2
#define COARSEST_SIDE 256

/* An axis of one voxel takes no part: halving it changes nothing. */
static double
get_coarsest_nm (const LamLevel *level, const double nm[3])
{
  double coarsest = 0;
  for (int i = 0; i < 3; i++)
    if (level->size[i] > 1)
      coarsest = fmax (coarsest, nm[i] * level->factor[i]);
  return coarsest;
}

static void
halve_axis (LamLevel *level, const int64_t size[3], int axis)
{
  level->factor[axis] *= 2;
  level->size[axis] = lam_divide_up (size[axis], level->factor[axis]);
}

static LamLevel
plan_next (const LamLevel *level, const int64_t size[3], const double nm[3])
{
  LamLevel next = *level;
  double coarsest = get_coarsest_nm (level, nm);
  bool any = false;
  for (int i = 0; i < 3; i++)
    if (level->size[i] > 1
        && nm[i] * level->factor[i] * SAME_FINENESS < coarsest) {
      halve_axis (&next, size, i);
      any = true;
    }
  for (int i = 0; i < 3 && !any; i++)
    if (level->size[i] > 1)
      halve_axis (&next, size, i);
  return next;
}

int
lam_pyramid_plan (const int64_t size[3], const double voxel_size_nm[3],
    LamLevel levels[LAM_MAX_LEVELS])
{
  double nm[3], coarsest = 0;
  for (int i = 0; i < 3; i++)
    if (isfinite (voxel_size_nm[i]))
      coarsest = fmax (coarsest, voxel_size_nm[i]);
  for (int i = 0; i < 3; i++) {
    bool known = isfinite (voxel_size_nm[i]) && voxel_size_nm[i] > 0;
    nm[i] = known ? voxel_size_nm[i] : coarsest > 0 ? coarsest : 1;
    levels[0].size[i] = size[i];
    levels[0].factor[i] = 1;
  }
  int n = 1;
  while (n < LAM_MAX_LEVELS) {
    const int64_t *last = levels[n - 1].size;
    if (MAX (last[0], MAX (last[1], last[2])) <= COARSEST_SIDE)
      break;
    levels[n] = plan_next (&levels[n - 1], size, nm);
    n++;
  }
  return n;
}

/* How one reduction runs; the rows of a cell are `rows`, counted by n_rows. */
typedef struct {
  int64_t in_size[3], out_size[3], factor[3];
} Shape;

/* Offsets (in voxels) of the input rows that make output row (y, z). */
static int
get_rows (const Shape *s, int64_t y, int64_t z, int64_t rows[4])
{
  int n = 0;
  for (int64_t dz = 0; dz < s->factor[2]; dz++)
    for (int64_t dy = 0; dy < s->factor[1]; dy++) {
      int64_t in_y = y * s->factor[1] + dy, in_z = z * s->factor[2] + dz;
      if (in_y < s->in_size[1] && in_z < s->in_size[2])
        rows[n++] = (in_z * s->in_size[1] + in_y) * s->in_size[0];
    }
  return n;
}

static int
log2_of_count (int n)
{
  return n == 1 ? 0 : n == 2 ? 1 : n == 4 ? 2 : 3;
}

/* A cell's mean of `n` voxels with sum `s`. */
#define MEAN_INTEGER(s, n) (((s) + ((n) >> 1)) >> log2_of_count (n))
#define MEAN_FLOAT(s, n) ((s) / (float)(n))

/* One row of sums becomes one row of means; `n` voxels stand in each sum. */
#define DEFINE_REDUCE(name, type, sum_type, MEAN) \
  static void name##_finish_row ( \
      const Shape *s, const sum_type *sums, int n, type *out) \
  { \
    int64_t in_width = s->in_size[0]; \
    if (s->factor[0] == 1) { \
      for (int64_t x = 0; x < in_width; x++) \
        out[x] = (type)MEAN (sums[x], n); \
      return; \
    } \
    int64_t pairs = in_width / 2; \
    int twice = 2 * n; \
    for (int64_t x = 0; x < pairs; x++) \
      out[x] = (type)MEAN (sums[2 * x] + sums[2 * x + 1], twice); \
    if (in_width % 2) \
      out[pairs] = (type)MEAN (sums[2 * pairs], n); \
  } \
\
  static void name (const Shape *s, const type *in, type *out) \
  { \
    g_autofree sum_type *sums = g_new (sum_type, s->in_size[0]); \
    for (int64_t z = 0; z < s->out_size[2]; z++) \
      for (int64_t y = 0; y < s->out_size[1]; y++) { \
        int64_t rows[4]; \
        int n = get_rows (s, y, z, rows); \
        for (int64_t x = 0; x < s->in_size[0]; x++) \
          sums[x] = in[rows[0] + x]; \
        for (int i = 1; i < n; i++) \
          for (int64_t x = 0; x < s->in_size[0]; x++) \
            sums[x] += in[rows[i] + x]; \
        name##_finish_row (s, sums, n, out); \
        out += s->out_size[0]; \
      } \
  }

DEFINE_REDUCE (reduce_u8, uint8_t, uint16_t, MEAN_INTEGER)
DEFINE_REDUCE (reduce_u16, uint16_t, uint32_t, MEAN_INTEGER)
DEFINE_REDUCE (reduce_f32, float, float, MEAN_FLOAT)

void
lam_pyramid_reduce (LamDtype dtype, const void *in, const int64_t in_size[3],
    const int64_t factor[3], void *out)
{
  Shape shape;
  for (int i = 0; i < 3; i++) {
    g_return_if_fail (factor[i] == 1 || factor[i] == 2);
    g_return_if_fail (in_size[i] > 0);
    shape.in_size[i] = in_size[i];
    shape.factor[i] = factor[i];
    shape.out_size[i] = lam_divide_up (in_size[i], factor[i]);
  }
  switch (dtype) {
  case LAM_DTYPE_U8:
    reduce_u8 (&shape, in, out);
    break;
  case LAM_DTYPE_U16:
    reduce_u16 (&shape, in, out);
    break;
  case LAM_DTYPE_F32:
    reduce_f32 (&shape, in, out);
    break;
  default:
    g_return_if_reached ();
  }
}
