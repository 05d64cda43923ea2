/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* First the ways of both sides, each voxel's shortest, in buckets of whole
 * costs: a step is dear across an edge, and where it looks like the other side.
 * How much shorter the one way is than the other is the prior of a random
 * walker: the least of the sum of squares of the differences of neighbours,
 * weighted by how alike their greys are, and to the prior; found by sweeps over
 * every other voxel in turn, which give the same bits whatever the number of
 * threads. Then what is above one half and connected with a scribble inside,
 * and its cavities. Costs some 0.3 µs a voxel. */
#include "labels/scribble-spread.h"

#include <glib.h>
#include <math.h>
#include <string.h>

#include "base/parallel.h"

/* Of a step by one voxel of the finest axis: the square of the sum of … */
#define LEAST 0.02f
#define OF_EDGE 1.0f /* … the change of grey, in its spread … */
#define OF_LOOK 0.3f /* … and of how much it looks like the other side; … */
#define N_COSTS 4096
#define COST_UNIT 0.001f /* … in such units, below N_COSTS. */
#define FAR G_MAXINT32
/* Looks otherwise. */
#define UNLIKELY 0.3f

#define N_SWEEPS 16
#define OVER_RELAXED 1.6f
/* What the prior counts beside a neighbour of the same grey … */
#define PRIOR 0.02f
/* … and how much greys must differ to count half, and what they count at least.
 */
#define GREY_REACH 0.2f
#define LEAST_WEIGHT 0.02f

enum { UNDECIDED, OBJECT, OUTSIDE };

typedef struct {
  const LamScribbleField *field;
  int64_t n, offset[3];
  double step[3]; /* to the next voxel along each axis: 1, or more */
  float *likely;
  /* Owned; of n */
  float *prior;
  float *weights[3]; /* to the next voxel along each axis */
  float *edges; /* change of grey */
  int32_t *costs[2]; /* of the ways of both sides */
  uint8_t *state;
} Spread;

static void
place_of (const Spread *spread, int64_t voxel, int64_t at[3])
{
  const int64_t *size = spread->field->size;
  at[0] = voxel % size[0];
  at[1] = voxel / size[0] % size[1];
  at[2] = voxel / spread->offset[2];
}

/* On a face of the view; on one of the volume, behind which the object may go
 * on, only what does not look like it. */
static bool
is_on_face (const Spread *spread, const int64_t at[3], float likely)
{
  const LamScribbleField *field = spread->field;
  for (int a = 0; a < 3; a++) {
    const bool is_first = at[a] == 0, is_last = at[a] == field->size[a] - 1;
    if ((is_first || is_last)
        && (likely < UNLIKELY || (is_first && !field->is_open[a][0])
            || (is_last && !field->is_open[a][1])))
      return true;
  }
  return false;
}

/* --- ways ----------------------------------------------------------------- */

static bool
find_edges (int64_t z, gpointer data, GError **error)
{
  const Spread *spread = data;
  const int64_t *size = spread->field->size;
  const float *fine = spread->field->fine;
  int64_t i = z * spread->offset[2];
  for (int64_t y = 0; y < size[1]; y++)
    for (int64_t x = 0; x < size[0]; x++, i++) {
      const int64_t at[3] = { x, y, z };
      float sum = 0;
      for (int a = 0; a < 3; a++) {
        const int64_t back = at[a] > 0 ? spread->offset[a] : 0,
                      forth = at[a] + 1 < size[a] ? spread->offset[a] : 0;
        const float d = (fine[i + forth] - fine[i - back])
            / ((back && forth ? 2 : 1) * (float)spread->step[a]);
        sum += d * d;
      }
      spread->edges[i] = sqrtf (sum);
    }
  return true;
}

typedef struct {
  Spread *spread;
  int32_t *costs; /* of the side; FAR: not come to */
  bool is_outside;
  GArray *buckets[N_COSTS]; /* Owned; of int64_t: voxels, by cost modulo */
  int64_t n_waiting;
} Ways;

static void
push (Ways *ways, int64_t cost, int64_t voxel)
{
  ways->costs[voxel] = (int32_t)cost;
  g_array_append_val (ways->buckets[cost % N_COSTS], voxel);
  ways->n_waiting++;
}

static int64_t
find_step (const Ways *ways, int64_t voxel, int axis)
{
  const Spread *spread = ways->spread;
  const float look = spread->likely[voxel];
  const float cost = LEAST + OF_EDGE * spread->edges[voxel]
      + OF_LOOK * (ways->is_outside ? look : 1 - look);
  return CLAMP ((int64_t)(cost * cost * (float)spread->step[axis] / COST_UNIT),
      1, N_COSTS - 1);
}

static void
pass_on (Ways *ways, int64_t cost, int64_t voxel)
{
  const Spread *spread = ways->spread;
  int64_t at[3];
  place_of (spread, voxel, at);
  for (int a = 0; a < 3; a++)
    for (int forth = 0; forth < 2; forth++) {
      if (forth ? at[a] + 1 == spread->field->size[a] : at[a] == 0)
        continue;
      const int64_t next = voxel + (forth ? 1 : -1) * spread->offset[a];
      if (ways->costs[next] <= cost)
        continue;
      const int64_t sum = cost + find_step (ways, next, a);
      if (sum < ways->costs[next])
        push (ways, sum, next);
    }
}

static void
begin_ways (Ways *ways)
{
  const Spread *spread = ways->spread;
  const uint8_t *sides = spread->field->sides;
  for (int64_t i = 0; i < spread->n; i++)
    ways->costs[i] = FAR;
  for (int64_t i = 0; i < spread->n; i++) {
    int64_t at[3];
    place_of (spread, i, at);
    if (ways->is_outside ? sides[i] == 2
                || (sides[i] == 0 && is_on_face (spread, at, spread->likely[i]))
                         : sides[i] == 1)
      push (ways, 0, i);
  }
}

static bool
find_ways (int64_t part, gpointer data, GError **error)
{
  Spread *spread = data;
  Ways ways = {
    .spread = spread, .costs = spread->costs[part], .is_outside = part == 1
  };
  for (int i = 0; i < N_COSTS; i++)
    ways.buckets[i] = g_array_new (false, false, sizeof (int64_t));
  begin_ways (&ways);
  for (int64_t cost = 0; ways.n_waiting > 0; cost++) {
    GArray *bucket = ways.buckets[cost % N_COSTS];
    ways.n_waiting -= bucket->len;
    for (guint i = 0; i < bucket->len; i++) {
      const int64_t voxel = g_array_index (bucket, int64_t, i);
      if (ways.costs[voxel] == cost)
        pass_on (&ways, cost, voxel);
    }
    g_array_set_size (bucket, 0);
  }
  for (int i = 0; i < N_COSTS; i++)
    g_array_unref (ways.buckets[i]);
  return true;
}

/* 0 to 1: how much shorter the way from inside is. Without anything outside,
 * which is so where the view is the volume, the look decides. */
static void
compare_ways (Spread *spread)
{
  for (int64_t i = 0; i < spread->n; i++) {
    const float in = (float)spread->costs[0][i],
                out = (float)spread->costs[1][i];
    if (spread->costs[1][i] == FAR)
      spread->prior[i] = spread->likely[i];
    else
      spread->prior[i] =
          CLAMP (0.5f + 0.5f * (out - in) / (out + in + 1), 0.0f, 1.0f);
  }
}

/* --- the random walker ---------------------------------------------------- */

static bool
weigh_slice (int64_t z, gpointer data, GError **error)
{
  const Spread *spread = data;
  const int64_t *size = spread->field->size;
  const float *fine = spread->field->fine;
  float squares[3];
  for (int a = 0; a < 3; a++)
    squares[a] = (float)(spread->step[a] * spread->step[a]);
  int64_t i = z * spread->offset[2];
  for (int64_t y = 0; y < size[1]; y++)
    for (int64_t x = 0; x < size[0]; x++, i++) {
      const int64_t at[3] = { x, y, z };
      for (int a = 0; a < 3; a++) {
        const bool is_last = at[a] + 1 == size[a];
        const float d =
            is_last ? 0 : (fine[i + spread->offset[a]] - fine[i]) / GREY_REACH;
        spread->weights[a][i] =
            is_last ? 0 : fmaxf (1 / (1 + d * d), LEAST_WEIGHT) / squares[a];
      }
    }
  return true;
}

typedef struct {
  const Spread *spread;
  int colour;
} Sweep;

static bool
sweep_slice (int64_t z, gpointer data, GError **error)
{
  const Sweep *sweep = data;
  const Spread *spread = sweep->spread;
  const int64_t *size = spread->field->size, *offset = spread->offset;
  const uint8_t *sides = spread->field->sides;
  float *v = spread->likely;
  float *const *w = spread->weights;
  for (int64_t y = 0; y < size[1]; y++) {
    const int64_t row = y * size[0] + z * offset[2];
    const int64_t up = y > 0 ? offset[1] : 0, above = z > 0 ? offset[2] : 0;
    const int64_t down = y + 1 < size[1] ? offset[1] : 0,
                  below = z + 1 < size[2] ? offset[2] : 0;
    for (int64_t x = (y + z + sweep->colour) & 1; x < size[0]; x += 2) {
      const int64_t i = row + x, left = x > 0, right = x + 1 < size[0];
      const float w0 = left ? w[0][i - 1] : 0, w1 = w[0][i],
                  w2 = up ? w[1][i - up] : 0, w3 = w[1][i],
                  w4 = above ? w[2][i - above] : 0, w5 = w[2][i];
      const float sum = PRIOR * spread->prior[i] + w0 * v[i - left]
          + w1 * v[i + right] + w2 * v[i - up] + w3 * v[i + down]
          + w4 * v[i - above] + w5 * v[i + below];
      const float target = sum / (PRIOR + w0 + w1 + w2 + w3 + w4 + w5);
      v[i] = sides[i] == 0 ? v[i] + OVER_RELAXED * (target - v[i])
          : sides[i] == 1  ? 1
                           : 0;
    }
  }
  return true;
}

static void
walk (Spread *spread)
{
  memcpy (spread->likely, spread->prior, (size_t)spread->n * sizeof (float));
  for (int i = 0; i < 2 * N_SWEEPS; i++) {
    Sweep sweep = { spread, i % 2 };
    lam_parallel (0, spread->field->size[2], sweep_slice, &sweep, NULL, NULL);
  }
}

/* --- the object ----------------------------------------------------------- */

/* All that `state` can be made, from what is on the stack on. */
static void
flood (Spread *spread, GArray *stack, uint8_t state)
{
  while (stack->len > 0) {
    const int64_t voxel = g_array_index (stack, int64_t, stack->len - 1);
    int64_t at[3];
    g_array_set_size (stack, stack->len - 1);
    if (spread->state[voxel] != UNDECIDED
        || (state == OBJECT && spread->likely[voxel] <= 0.5f))
      continue;
    spread->state[voxel] = state;
    place_of (spread, voxel, at);
    for (int a = 0; a < 3; a++) {
      const int64_t before = voxel - spread->offset[a],
                    after = voxel + spread->offset[a];
      if (at[a] > 0 && spread->state[before] == UNDECIDED)
        g_array_append_val (stack, before);
      if (at[a] + 1 < spread->field->size[a]
          && spread->state[after] == UNDECIDED)
        g_array_append_val (stack, after);
    }
  }
}

/* What is connected with the scribbles inside, and, what is left over, what
 * neither comes to a face of the view nor to a scribble outside. */
static void
take_object (Spread *spread)
{
  const uint8_t *sides = spread->field->sides;
  const int64_t *size = spread->field->size;
  g_autoptr (GArray) stack = g_array_new (false, false, sizeof (int64_t));
  for (int64_t i = 0; i < spread->n; i++)
    if (sides[i] == 1)
      g_array_append_val (stack, i);
  flood (spread, stack, OBJECT);
  for (int64_t i = 0; i < spread->n; i++) {
    int64_t at[3];
    place_of (spread, i, at);
    bool is_rim = sides[i] == 2;
    for (int a = 0; a < 3; a++)
      is_rim = is_rim || at[a] == 0 || at[a] == size[a] - 1;
    if (is_rim)
      g_array_append_val (stack, i);
  }
  flood (spread, stack, OUTSIDE);
  for (int64_t i = 0; i < spread->n; i++)
    if (spread->state[i] == OUTSIDE)
      spread->likely[i] = fminf (spread->likely[i], 0.5f);
    else if (spread->state[i] == UNDECIDED)
      spread->likely[i] = 1;
}

static bool
take_room (Spread *spread)
{
  const gsize n = (gsize)spread->n;
  spread->prior = g_try_new (float, n);
  spread->edges = g_try_new (float, n);
  spread->state = g_try_new0 (uint8_t, n);
  bool has_room = spread->prior && spread->edges && spread->state;
  for (int a = 0; a < 3; a++) {
    spread->weights[a] = g_try_new (float, n);
    has_room = has_room && spread->weights[a];
  }
  for (int side = 0; side < 2; side++) {
    spread->costs[side] = g_try_new (int32_t, n);
    has_room = has_room && spread->costs[side];
  }
  return has_room;
}

static void
clear (Spread *spread)
{
  g_free (spread->prior);
  g_free (spread->edges);
  g_free (spread->state);
  for (int a = 0; a < 3; a++)
    g_free (spread->weights[a]);
  for (int side = 0; side < 2; side++)
    g_free (spread->costs[side]);
}

bool
lam_scribble_spread (const LamScribbleField *field, float *likely)
{
  const int64_t *size = field->size;
  const double *nm = field->voxel_size_nm;
  Spread spread = { .field = field,
    .n = size[0] * size[1] * size[2],
    .offset = { 1, size[0], size[0] * size[1] },
    .likely = likely };
  for (int a = 0; a < 3; a++)
    spread.step[a] = nm[a] / fmin (nm[0], fmin (nm[1], nm[2]));
  bool has_room = take_room (&spread);
  if (has_room) {
    lam_parallel (0, size[2], find_edges, &spread, NULL, NULL);
    lam_parallel (0, 2, find_ways, &spread, NULL, NULL);
    compare_ways (&spread);
    lam_parallel (0, size[2], weigh_slice, &spread, NULL, NULL);
    walk (&spread);
    take_object (&spread);
  }
  clear (&spread);
  return has_room;
}
