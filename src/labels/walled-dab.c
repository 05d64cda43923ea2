/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* First the paint spreads from the brush's middle below the brush, slowly where
 * the wall is high, and as far as it comes at some cost: so it does not run
 * around a wall through a gap that is far off or half closed. Where it came to
 * between walls is inside; so is what is connected with that beyond the brush's
 * rim, though it is not painted; all else between walls is outside. Then both
 * grow into the walls, the lowest voxels first, and meet on the ridge: a seeded
 * watershed. Where all is wall, what is inside does not grow far.
 *
 * In both, a voxel waits in one of some lists, first come first served; the
 * time is linear. */
#include "labels/walled-dab.h"

#include <glib.h>
#include <math.h>
#include <string.h>

#define N_LISTS 4096
#define NOBODY (-1)
/* How far the paint may spread, in radii, by steps along the axes: above √3,
 * so that without walls it comes to the rim. */
#define REACH 1.8
/* A step on a wall of 1 costs so many more. */
#define WALL_COST 6
/* How deep the paint goes into a wall at most, in voxels of the finest axis:
 * half of what a smoothed membrane is wide. */
#define DEEPEST 4.5
/* Lists for each doubling of a wall's height. */
#define N_A_DOUBLING 64

typedef enum { UNKNOWN, INSIDE, OUTSIDE, WAITING_INSIDE, WAITING_OUTSIDE } Side;

typedef struct {
  const LamWalledDab *dab;
  int64_t n;
  int lowest; /* list that is not empty, or below it */
  /* Owned */
  int32_t *first, *last; /* of each list */
  int32_t *next, *before; /* in a voxel's list, or on a stack */
  union {
    float *costs; /* in lists; from N_LISTS on: the paint does not come there */
    float *depths; /* in a wall, in nm */
  };
  float deepest_nm;
  uint8_t *sides;
} Window;

/* --- voxels --------------------------------------------------------------- */

typedef struct {
  int64_t i;
  int axis;
} Step;

/* The neighbours by faces; gives how many. */
static int
list_steps (const Window *window, int64_t i, Step steps[6])
{
  const int64_t *size = window->dab->size;
  const int64_t away[3] = { 1, size[0], size[0] * size[1] };
  const int64_t at[3] = { i % size[0], i / size[0] % size[1],
    i / (size[0] * size[1]) };
  int n = 0;
  for (int axis = 0; axis < 3; axis++) {
    if (at[axis] > 0)
      steps[n++] = (Step){ i - away[axis], axis };
    if (at[axis] + 1 < size[axis])
      steps[n++] = (Step){ i + away[axis], axis };
  }
  return n;
}

static bool
is_open (const Window *window, int64_t i)
{
  return window->dab->walls[i] < 1;
}

static bool
is_covered (const Window *window, int64_t i)
{
  return window->dab->marks[i] & LAM_DAB_COVER;
}

/* --- lists ---------------------------------------------------------------- */

static void
clear_lists (Window *window)
{
  memset (window->first, 0xff, N_LISTS * sizeof *window->first);
  window->lowest = N_LISTS;
}

static void
enter (Window *window, int64_t i, int list)
{
  window->next[i] = NOBODY;
  window->before[i] = NOBODY;
  if (window->first[list] == NOBODY)
    window->first[list] = (int32_t)i;
  else {
    window->before[i] = window->last[list];
    window->next[window->last[list]] = (int32_t)i;
  }
  window->last[list] = (int32_t)i;
  window->lowest = MIN (window->lowest, list);
}

static void
leave (Window *window, int64_t i, int list)
{
  const int32_t next = window->next[i], before = window->before[i];
  *(before == NOBODY ? &window->first[list] : &window->next[before]) = next;
  *(next == NOBODY ? &window->last[list] : &window->before[next]) = before;
}

/* NOBODY: no voxel waits. */
static int32_t
take_first (Window *window)
{
  while (window->lowest < N_LISTS && window->first[window->lowest] == NOBODY)
    window->lowest++;
  if (window->lowest == N_LISTS)
    return NOBODY;
  const int32_t i = window->first[window->lowest];
  leave (window, i, window->lowest);
  return i;
}

/* --- the paint spreads ---------------------------------------------------- */

static void
come_to (Window *window, int64_t i, float cost)
{
  if (!(cost < window->costs[i]) || cost >= N_LISTS)
    return;
  if (window->costs[i] < N_LISTS)
    leave (window, i, (int)window->costs[i]);
  window->costs[i] = cost;
  enter (window, i, (int)cost);
}

static void
spread (Window *window)
{
  const LamWalledDab *dab = window->dab;
  float per_step[3];
  for (int a = 0; a < 3; a++)
    per_step[a] = (float)(N_LISTS * dab->voxel_size_nm[a]
        / fmax (REACH * dab->radius_nm, dab->voxel_size_nm[a] / 4));
  clear_lists (window);
  for (int64_t i = 0; i < window->n; i++) {
    window->costs[i] = INFINITY;
    if (dab->marks[i] & LAM_DAB_WAY)
      come_to (window, i, 0);
  }
  for (int32_t i = take_first (window); i != NOBODY; i = take_first (window)) {
    Step steps[6];
    const int n = list_steps (window, i, steps);
    const float cost = window->costs[i];
    window->sides[i] = INSIDE;
    for (int k = 0; k < n; k++) {
      const int64_t to = steps[k].i;
      const float wall = dab->walls[to], square = wall * wall;
      if (window->sides[to] == UNKNOWN && is_covered (window, to))
        come_to (window, to,
            cost + per_step[steps[k].axis] * (1 + WALL_COST * square * square));
    }
  }
}

/* --- inside and outside --------------------------------------------------- */

static void
spread_beyond (Window *window)
{
  int32_t top = NOBODY;
  for (int64_t i = 0; i < window->n; i++)
    if (window->sides[i] == INSIDE) {
      window->next[i] = top;
      top = (int32_t)i;
    }
  while (top != NOBODY) {
    Step steps[6];
    const int n = list_steps (window, top, steps);
    top = window->next[top];
    for (int k = 0; k < n; k++) {
      const int64_t to = steps[k].i;
      if (window->sides[to] != UNKNOWN || !is_open (window, to)
          || is_covered (window, to))
        continue;
      window->sides[to] = INSIDE;
      window->next[to] = top;
      top = (int32_t)to;
    }
  }
}

/* What the paint came to on walls is undecided again. */
static void
tell_sides (Window *window)
{
  for (int64_t i = 0; i < window->n; i++)
    if (!is_open (window, i) && !(window->dab->marks[i] & LAM_DAB_WAY))
      window->sides[i] = UNKNOWN;
  spread_beyond (window);
  for (int64_t i = 0; i < window->n; i++)
    if (window->sides[i] == UNKNOWN && is_open (window, i))
      window->sides[i] = OUTSIDE;
}

/* --- walls ---------------------------------------------------------------- */

static void
wake_neighbours (Window *window, int64_t i)
{
  Step steps[6];
  const int n = list_steps (window, i, steps);
  for (int k = 0; k < n; k++) {
    const int64_t to = steps[k].i;
    const bool is_inside = window->sides[i] == INSIDE;
    const float depth =
        window->depths[i] + (float)window->dab->voxel_size_nm[steps[k].axis];
    if (window->sides[to] != UNKNOWN
        || (is_inside && depth > window->deepest_nm))
      continue;
    window->sides[to] = is_inside ? WAITING_INSIDE : WAITING_OUTSIDE;
    window->depths[to] = depth;
    enter (window, to,
        (int)fminf (
            log2f (window->dab->walls[to]) * N_A_DOUBLING, N_LISTS - 1));
  }
}

static void
part_walls (Window *window)
{
  const double *nm = window->dab->voxel_size_nm;
  window->deepest_nm = (float)(DEEPEST * fmin (nm[0], fmin (nm[1], nm[2])));
  clear_lists (window);
  memset (window->depths, 0, (size_t)window->n * sizeof *window->depths);
  for (int64_t i = 0; i < window->n; i++)
    if (window->sides[i] == INSIDE || window->sides[i] == OUTSIDE)
      wake_neighbours (window, i);
  for (int32_t i = take_first (window); i != NOBODY; i = take_first (window)) {
    window->sides[i] = window->sides[i] == WAITING_INSIDE ? INSIDE : OUTSIDE;
    wake_neighbours (window, i);
  }
}

static bool
window_init (Window *window, const LamWalledDab *dab)
{
  window->dab = dab;
  window->n = dab->size[0] * dab->size[1] * dab->size[2];
  g_return_val_if_fail (window->n > 0 && window->n < INT32_MAX, false);
  window->first = g_new (int32_t, N_LISTS);
  window->last = g_new (int32_t, N_LISTS);
  window->next = g_try_new (int32_t, window->n);
  window->before = g_try_new (int32_t, window->n);
  window->costs = g_try_new (float, window->n);
  window->sides = g_try_new0 (uint8_t, window->n);
  return window->next && window->before && window->costs && window->sides;
}

static void
window_clear (Window *window)
{
  g_free (window->first);
  g_free (window->last);
  g_free (window->next);
  g_free (window->before);
  g_free (window->costs);
  g_free (window->sides);
}

bool
lam_walled_dab_find (const LamWalledDab *dab)
{
  Window window = { 0 };
  const bool has_memory = window_init (&window, dab);
  if (has_memory) {
    spread (&window);
    tell_sides (&window);
    part_walls (&window);
    for (int64_t i = 0; i < window.n; i++)
      if (window.sides[i] == INSIDE && is_covered (&window, i))
        dab->marks[i] |= LAM_DAB_IN;
  }
  window_clear (&window);
  return has_memory;
}
