/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* With q a voxel's centre seen from the first end, d the way to the other end,
 * r the first radius and g its growth (all in nm), the voxel is covered when
 *
 *   |q - t d|² <= (r + t g)²   for some t in [0, 1],
 *
 * that is when the least value over [0, 1] of the quadratic
 *
 *   a t² - 2 (q·d + r g) t + |q|² - r²,   a = |d|² - g²,
 *
 * is not positive. For a > 0 the parabola opens upwards and its least value is
 * at its vertex or at the nearer end. For a <= 0 one of the two balls holds the
 * other, and the least value is at an end.
 *
 * All the balls together are the convex hull of the first and the last, so a
 * row meets them in one span. An end of the span lies on the first ball, on the
 * last, or where the vertex is in [0, 1] and the least value is 0, which is a
 * quadratic equation in the row's coordinate. The spans found so are rounded
 * outwards and then trimmed by the definition itself, so that a voxel's answer
 * does not depend on the row it was asked in.
 *
 * Along a flat axis all lengths count as 0. */
#include "labels/sweep.h"

#include <math.h>

/* Rounding of span ends, in voxels: trimmed off again if not covered. */
#define SLACK 1e-6

static double
dot (const double a[3], const double b[3])
{
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

/* The voxels of one axis, clipped to [low, high). */
static void
set_range (
    LamSweep *sweep, int axis, double voxel_size_nm, int64_t low, int64_t high)
{
  const LamSweepEnd *ends[2] = { &sweep->from, &sweep->to };
  double first = INFINITY, last = -INFINITY;
  for (int i = 0; i < 2; i++) {
    double middle = ends[i]->voxel[axis];
    double reach = ends[i]->radius_nm / voxel_size_nm + SLACK;
    first = fmin (first, fmin (floor (middle), ceil (middle - reach - 0.5)));
    last = fmax (last, fmax (floor (middle), floor (middle + reach - 0.5)));
  }
  /* Clipped as doubles, so that no brush is too large for an integer. */
  sweep->box.min[axis] =
      (int64_t)fmin (fmax (first, (double)low), (double)high);
  sweep->box.max[axis] =
      (int64_t)fmin (fmax (last + 1, (double)low), (double)high);
}

LamSweep
lam_sweep_new (const LamSweepEnd *from, const LamSweepEnd *to,
    const double voxel_size_nm[3], int flat_axis, int64_t slab_min,
    int64_t slab_max, const LamBox *volume)
{
  LamSweep sweep = { .from = *from, .to = *to, .flat_axis = flat_axis };
  sweep.span_axis = flat_axis == 0 ? 1 : 0;
  sweep.growth = to->radius_nm - from->radius_nm;
  for (int i = 0; i < 3; i++) {
    sweep.scale[i] = i == flat_axis ? 0 : voxel_size_nm[i];
    sweep.direction[i] = (to->voxel[i] - from->voxel[i]) * sweep.scale[i];
    if (i != flat_axis)
      set_range (&sweep, i, voxel_size_nm[i], volume->min[i], volume->max[i]);
  }
  if (flat_axis >= 0) {
    sweep.box.min[flat_axis] = MAX (slab_min, volume->min[flat_axis]);
    sweep.box.max[flat_axis] = MIN (slab_max, volume->max[flat_axis]);
  }
  sweep.a =
      dot (sweep.direction, sweep.direction) - sweep.growth * sweep.growth;
  /* From half a voxel's diagonal on, each point is near its voxel's centre. */
  double least = fmin (from->radius_nm, to->radius_nm);
  sweep.needs_walk = 4 * least * least < dot (sweep.scale, sweep.scale);
  return sweep;
}

bool
lam_sweep_is_same_slab (const LamSweep *a, const LamSweep *b)
{
  int axis = a->flat_axis;
  return axis == b->flat_axis
      && (axis < 0
          || (a->box.min[axis] == b->box.min[axis]
              && a->box.max[axis] == b->box.max[axis]));
}

int
lam_sweep_get_span_axis (const LamSweep *sweep)
{
  return sweep->span_axis;
}

static double
from_first_end (const LamSweep *sweep, int axis, int64_t voxel)
{
  return (voxel + 0.5 - sweep->from.voxel[axis]) * sweep->scale[axis];
}

/* `square` is |q|², `along` is q·d. */
static bool
is_covered (const LamSweep *sweep, double square, double along)
{
  double r = sweep->from.radius_nm;
  double b = along + r * sweep->growth;
  double c = square - r * r;
  if (c <= 0)
    return true;
  if (b >= sweep->a)
    return sweep->a - 2 * b + c <= 0;
  /* The vertex is before the first end, or between the ends. */
  return b > 0 && c - b * b / sweep->a <= 0;
}

/* What a row holds fixed: |q|² and q·d but for the span axis. */
typedef struct {
  double square, along;
} Row;

static Row
row_at (const LamSweep *sweep, const int64_t row[3])
{
  Row out = { 0, 0 };
  for (int i = 0; i < 3; i++) {
    if (i == sweep->span_axis)
      continue;
    double q = from_first_end (sweep, i, row[i]);
    out.square += q * q;
    out.along += q * sweep->direction[i];
  }
  return out;
}

static bool
is_covered_in_row (const LamSweep *sweep, const Row *row, int64_t voxel)
{
  double x = from_first_end (sweep, sweep->span_axis, voxel);
  return is_covered (sweep, row->square + x * x,
      row->along + x * sweep->direction[sweep->span_axis]);
}

bool
lam_sweep_covers (const LamSweep *sweep, const int64_t voxel[3])
{
  Row row = row_at (sweep, voxel);
  return is_covered_in_row (sweep, &row, voxel[sweep->span_axis]);
}

typedef struct {
  double low, high;
} Reach;

static void
reach_add (Reach *reach, double x)
{
  reach->low = fmin (reach->low, x);
  reach->high = fmax (reach->high, x);
}

static void
reach_add_ball (Reach *reach, double middle, double radius, double square_away)
{
  double square = radius * radius - square_away;
  if (square < -1e-9 * radius * radius)
    return;
  double half = sqrt (fmax (square, 0));
  reach_add (reach, middle - half);
  reach_add (reach, middle + half);
}

/* The solutions x of a (|q|² - r²) = (q·d + r g)² with the vertex between the
 * ends. */
static void
reach_add_cone (Reach *reach, const LamSweep *sweep, const Row *row)
{
  double a = sweep->a, r = sweep->from.radius_nm;
  double d = sweep->direction[sweep->span_axis];
  double k = row->along + r * sweep->growth;
  double p = a - d * d, q = d * k, s = a * (row->square - r * r) - k * k;
  double discriminant = q * q - p * s;
  if (discriminant < 0)
    return;
  double sum = q + copysign (sqrt (discriminant), q);
  double roots[2] = { sum / p, s / sum };
  for (int i = 0; i < 2; i++) {
    double t = (roots[i] * d + k) / a;
    /* A quotient by zero is outside, or not a number, which is neither. */
    if (t > -1e-9 && t < 1 + 1e-9 && isfinite (roots[i]))
      reach_add (reach, roots[i]);
  }
}

bool
lam_sweep_get_span (
    const LamSweep *sweep, const int64_t row[3], int64_t *start, int64_t *end)
{
  int axis = sweep->span_axis;
  Row fixed = row_at (sweep, row);
  Reach reach = { INFINITY, -INFINITY };
  double d = sweep->direction[axis];
  double length = dot (sweep->direction, sweep->direction);
  reach_add_ball (&reach, 0, sweep->from.radius_nm, fixed.square);
  if (length > 0 || sweep->growth != 0)
    reach_add_ball (&reach, d, sweep->to.radius_nm,
        fixed.square - 2 * fixed.along + length - d * d);
  if (sweep->a > 0)
    reach_add_cone (&reach, sweep, &fixed);
  if (reach.low > reach.high)
    return false;

  double to_voxels = 1 / sweep->scale[axis];
  double middle = sweep->from.voxel[axis] - 0.5;
  double min = (double)sweep->box.min[axis];
  double max = (double)sweep->box.max[axis];
  int64_t first = (int64_t)fmin (
      fmax (ceil (middle + reach.low * to_voxels - SLACK), min), max);
  int64_t last = (int64_t)fmin (
      fmax (floor (middle + reach.high * to_voxels + SLACK), min - 1), max - 1);
  while (first <= last && !is_covered_in_row (sweep, &fixed, first))
    first++;
  while (first <= last && !is_covered_in_row (sweep, &fixed, last))
    last--;
  *start = first;
  *end = last + 1;
  return first <= last;
}

/* The middle's way through the grid: from cell to cell, the next boundary first
 * (Amanatides and Woo 1987, "A fast voxel traversal algorithm for ray
 * tracing"). The time of a boundary is computed from its place alone and never
 * summed up, so that a walk that begins half way takes the same steps. */
typedef struct {
  int64_t cell[3], last[3];
  int step[3]; /* -1, 0 or 1 */
} Walk;

static double
time_of_leaving (
    const LamSweep *sweep, const Walk *walk, int axis, int64_t cell)
{
  double from = sweep->from.voxel[axis], to = sweep->to.voxel[axis];
  double boundary = (double)(walk->step[axis] > 0 ? cell + 1 : cell);
  return (boundary - from) / (to - from);
}

/* Puts the walk to where it is at time `t`: all boundaries before are crossed,
 * and none after. */
static void
walk_to (Walk *walk, const LamSweep *sweep, int axis, double t)
{
  double from = sweep->from.voxel[axis], to = sweep->to.voxel[axis];
  int64_t first = (int64_t)floor (from), last = (int64_t)floor (to);
  int64_t cell = (int64_t)floor (from + t * (to - from));
  int step = (last > first) - (last < first);
  cell = CLAMP (cell, MIN (first, last), MAX (first, last));
  walk->last[axis] = last;
  walk->step[axis] = step;
  while (cell != first && time_of_leaving (sweep, walk, axis, cell - step) >= t)
    cell -= step;
  while (cell != last && time_of_leaving (sweep, walk, axis, cell) < t)
    cell += step;
  walk->cell[axis] = cell;
}

/* The times at which the middle is within a voxel of `within`. */
static bool
clip_times (const LamSweep *sweep, const LamBox *within, double times[2])
{
  times[0] = 0;
  times[1] = 1;
  for (int i = 0; i < 3; i++) {
    if (i == sweep->flat_axis)
      continue;
    double from = sweep->from.voxel[i], way = sweep->to.voxel[i] - from;
    double low = within->min[i] - 1.0 - from;
    double high = within->max[i] + 1.0 - from;
    if (way == 0) {
      if (low > 0 || high < 0)
        return false;
      continue;
    }
    times[0] = fmax (times[0], fmin (low / way, high / way));
    times[1] = fmin (times[1], fmax (low / way, high / way));
  }
  return times[0] <= times[1];
}

static void
visit_slab (const LamSweep *sweep, const Walk *walk, const LamBox *box,
    LamSweepVisit visit, gpointer user_data)
{
  int axis = sweep->flat_axis;
  int64_t voxel[3] = { walk->cell[0], walk->cell[1], walk->cell[2] };
  if (axis < 0) {
    if (lam_box_contains (box, voxel))
      visit (voxel, user_data);
    return;
  }
  for (int64_t w = box->min[axis]; w < box->max[axis]; w++) {
    voxel[axis] = w;
    if (lam_box_contains (box, voxel))
      visit (voxel, user_data);
  }
}

void
lam_sweep_walk (const LamSweep *sweep, const LamBox *within,
    LamSweepVisit visit, gpointer user_data)
{
  LamBox box = lam_box_intersect (&sweep->box, within);
  double times[2];
  if (!sweep->needs_walk || lam_box_is_empty (&box)
      || !clip_times (sweep, &box, times))
    return;
  Walk walk = { 0 };
  for (int i = 0; i < 3; i++)
    if (i != sweep->flat_axis)
      walk_to (&walk, sweep, i, times[0]);
  for (;;) {
    visit_slab (sweep, &walk, &box, visit, user_data);
    int next = -1;
    double soonest = INFINITY;
    for (int i = 0; i < 3; i++) {
      if (i == sweep->flat_axis || walk.cell[i] == walk.last[i])
        continue;
      double t = time_of_leaving (sweep, &walk, i, walk.cell[i]);
      if (t < soonest) {
        soonest = t;
        next = i;
      }
    }
    if (next < 0 || soonest > times[1])
      return;
    walk.cell[next] += walk.step[next];
  }
}

static void
note_visit (const int64_t voxel[3], gpointer user_data)
{
  *(bool *)user_data = true;
}

bool
lam_sweep_meets (const LamSweep *sweep, const LamBox *within)
{
  LamBox box = lam_box_intersect (&sweep->box, within);
  if (lam_box_is_empty (&box))
    return false;
  int a = sweep->span_axis, b = a == 0 ? 1 : 0;
  int64_t row[3], start, end;
  for (row[2] = box.min[2]; row[2] < box.max[2]; row[2]++)
    for (row[b] = box.min[b]; row[b] < box.max[b]; row[b]++)
      if (lam_sweep_get_span (sweep, row, &start, &end) && start < box.max[a]
          && end > box.min[a])
        return true;
  bool was_visited = false;
  lam_sweep_walk (sweep, &box, note_visit, &was_visited);
  return was_visited;
}
