/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* For each class that is missing somewhere in the slice, each depth and each
 * radius: the places of the brush's middle at which it stays inside of that
 * class fall into connected parts, and one stroke can go through one of them.
 * The best is the one with most voxels a second; then its path is laid, always
 * to the nearest place where the brush covers something new. */
#include "robot.h"

#include <math.h>
#include <string.h>

enum { EDGE = ROBOT_EDGE, AREA = EDGE * EDGE, FAR = 1 << 20 };

/* A person draws about 10 widths a second (Accot and Zhai 1997 found 7 to 15
 * for pens on straight tunnels). */
#define WIDTHS_A_SECOND 10.0
/* To set the brush, say what it paints and go there; see effort.c. */
#define BEFORE_DRAWING 2.7

static const double radii[] = { 0.5, 1, 1.5, 2, 3, 4, 6, 8, 12 };
static const int depths[] = { 1, 3, 5 };

/* One class and depth in one slice; arrays by y * EDGE + x in the view. */
typedef struct {
  int width, height;
  int64_t x, y; /* of the view */
  bool is_inside[AREA]; /* the class, in all slices of the brush */
  int n_wrong[AREA]; /* slices in which it is missing */
  int64_t wrong; /* the sum */
  int to_outside[AREA], to_wrong[AREA]; /* squared distances */
} Field;

/* One radius of it. */
typedef struct {
  const Field *field;
  double radius;
  int part[AREA]; /* where the brush's middle may be; 0: nowhere */
  int stamp[AREA];
  int queue[AREA], from[AREA];
} Walk;

typedef struct {
  double score;
  int class, depth, part;
  double radius;
} Best;

void
robot_stroke_clear (RobotStroke *stroke)
{
  g_clear_pointer (&stroke->path, g_array_unref);
}

double
robot_get_drawing_seconds (double length, double radius)
{
  return length / (2 * radius + 1) / WIDTHS_A_SECOND;
}

/* ---- What is there ------------------------------------------------------ */

static bool
in_view (const Field *field, int x, int y)
{
  return x >= 0 && y >= 0 && x < field->width && y < field->height;
}

/* Squared distance to the nearest true pixel, where that is near; `beyond`: the
 * frame around the view is true. */
static void
measure (const Field *field, const bool *is_true, bool beyond, int *out)
{
  const int reach = 13;
  int across[AREA];
  for (int y = 0; y < field->height; y++)
    for (int x = 0; x < field->width; x++) {
      int least = FAR;
      for (int d = 0; d <= reach && least == FAR; d++)
        for (int side = -1; side <= 1; side += 2) {
          int at = x + side * d;
          bool inside = at >= 0 && at < field->width;
          if (inside ? is_true[y * EDGE + at] : beyond)
            least = d;
        }
      across[y * EDGE + x] = least;
    }
  for (int y = 0; y < field->height; y++)
    for (int x = 0; x < field->width; x++) {
      int least = FAR;
      for (int d = -reach; d <= reach; d++) {
        bool inside = y + d >= 0 && y + d < field->height;
        int a = inside ? across[(y + d) * EDGE + x] : beyond ? 0 : FAR;
        if (a < FAR)
          least = MIN (least, a * a + d * d);
      }
      out[y * EDGE + x] = least;
    }
}

static bool
is_in_volume (const RobotWorld *world, int64_t z)
{
  return z >= 0 && z < world->size[2];
}

static void
look (
    const RobotWorld *world, int class, int64_t slice, int depth, Field *field)
{
  field->wrong = 0;
  for (int y = 0; y < field->height; y++)
    for (int x = 0; x < field->width; x++) {
      int i = y * EDGE + x;
      field->is_inside[i] = true;
      field->n_wrong[i] = 0;
      for (int64_t z = slice - depth / 2; z <= slice + depth / 2; z++) {
        if (!is_in_volume (world, z))
          continue;
        int64_t at =
            (z * world->size[1] + field->y + y) * world->size[0] + field->x + x;
        field->is_inside[i] &= world->truth[at] == class;
        field->n_wrong[i] +=
            world->truth[at] == class && world->current[at] != class;
      }
      if (!field->is_inside[i])
        field->n_wrong[i] = 0;
      field->wrong += field->n_wrong[i];
    }
}

static void
measure_both (Field *field)
{
  g_autofree bool *is_true = g_new (bool, AREA);
  for (int i = 0; i < AREA; i++)
    is_true[i] = !field->is_inside[i];
  measure (field, is_true, true, field->to_outside);
  for (int i = 0; i < AREA; i++)
    is_true[i] = field->n_wrong[i] > 0;
  measure (field, is_true, false, field->to_wrong);
}

/* ---- Where the brush may go --------------------------------------------- */

static bool
may_be (const Walk *walk, int x, int y)
{
  return in_view (walk->field, x, y)
      && walk->field->to_outside[y * EDGE + x] > walk->radius * walk->radius;
}

static void
fill_part (Walk *walk, int start, int part)
{
  int n = 0;
  walk->queue[n++] = start;
  walk->part[start] = part;
  while (n > 0) {
    int at = walk->queue[--n], x = at % EDGE, y = at / EDGE;
    const int next[4][2] = { { x - 1, y }, { x + 1, y }, { x, y - 1 },
      { x, y + 1 } };
    for (int i = 0; i < 4; i++) {
      int to = next[i][1] * EDGE + next[i][0];
      if (may_be (walk, next[i][0], next[i][1]) && walk->part[to] == 0) {
        walk->part[to] = part;
        walk->queue[n++] = to;
      }
    }
  }
}

static int
find_parts (Walk *walk)
{
  int n = 0;
  memset (walk->part, 0, sizeof walk->part);
  for (int y = 0; y < walk->field->height; y++)
    for (int x = 0; x < walk->field->width; x++)
      if (may_be (walk, x, y) && walk->part[y * EDGE + x] == 0)
        fill_part (walk, y * EDGE + x, ++n);
  return n;
}

/* Voxels that are put right by a dab there and have not that stamp yet. */
static int
dab (Walk *walk, int at, int stamp, bool keeps)
{
  int x = at % EDGE, y = at / EDGE, gain = 0, reach = (int)walk->radius;
  for (int v = -reach; v <= reach; v++)
    for (int u = -reach; u <= reach; u++) {
      int to = (y + v) * EDGE + x + u;
      if (u * u + v * v > walk->radius * walk->radius
          || !in_view (walk->field, x + u, y + v) || walk->stamp[to] == stamp)
        continue;
      gain += walk->field->n_wrong[to];
      if (keeps)
        walk->stamp[to] = stamp;
    }
  return gain;
}

static bool
is_near (const Walk *walk, int at)
{
  return walk->field->to_wrong[at] <= walk->radius * walk->radius;
}

static void
weigh_parts (Walk *walk, int class, int depth, int64_t least, Best *best)
{
  int n = find_parts (walk);
  g_autofree int64_t *gains = g_new0 (int64_t, n + 1);
  memset (walk->stamp, 0, sizeof walk->stamp);
  for (int part = 1; part <= n; part++)
    for (int i = 0; i < AREA; i++)
      if (walk->part[i] == part && is_near (walk, i))
        gains[part] += dab (walk, i, part, true);
  for (int part = 1; part <= n; part++) {
    double width = 2 * walk->radius + 1;
    double length = (double)gains[part] / depth / width;
    double seconds = robot_get_drawing_seconds (length, walk->radius);
    double share = MIN (1, ROBOT_MAX_DRAWING / MAX (seconds, 1e-9));
    double score = share * (double)gains[part]
        / (BEFORE_DRAWING + MIN (seconds, ROBOT_MAX_DRAWING));
    if (gains[part] >= least && score > best->score)
      *best = (Best){ score, class, depth, part, walk->radius };
  }
}

/* ---- The path ----------------------------------------------------------- */

static int
find_start (Walk *walk, int part)
{
  int best = -1, most = 0;
  for (int i = 0; i < AREA; i++)
    if (walk->part[i] == part && is_near (walk, i)) {
      int gain = dab (walk, i, 1, false);
      if (gain > most) {
        most = gain;
        best = i;
      }
    }
  return best;
}

/* The nearest place within the part where a dab gains enough; -1: none. Leaves
 * the way there in `from`. */
static int
find_next (Walk *walk, int start, int least)
{
  int head = 0, tail = 0;
  for (int i = 0; i < AREA; i++)
    walk->from[i] = -1;
  walk->from[start] = start;
  walk->queue[tail++] = start;
  while (head < tail) {
    int at = walk->queue[head++], x = at % EDGE, y = at / EDGE;
    if (at != start && is_near (walk, at) && dab (walk, at, 1, false) >= least)
      return at;
    const int next[4][2] = { { x - 1, y }, { x + 1, y }, { x, y - 1 },
      { x, y + 1 } };
    for (int i = 0; i < 4; i++) {
      int to = next[i][1] * EDGE + next[i][0];
      if (may_be (walk, next[i][0], next[i][1]) && walk->from[to] < 0) {
        walk->from[to] = at;
        walk->queue[tail++] = to;
      }
    }
  }
  return -1;
}

static void
add_point (const Walk *walk, RobotStroke *stroke, int at)
{
  RobotPoint point = { (int)walk->field->x + at % EDGE,
    (int)walk->field->y + at / EDGE };
  g_array_append_val (stroke->path, point);
}

static void
go (Walk *walk, RobotStroke *stroke, int start, int end)
{
  g_autoptr (GArray) way = g_array_new (false, false, sizeof (int));
  for (int at = end; at != start; at = walk->from[at])
    g_array_append_val (way, at);
  for (guint i = way->len; i-- > 0;) {
    int at = g_array_index (way, int, i);
    stroke->gain += dab (walk, at, 1, true);
    add_point (walk, stroke, at);
  }
}

static void
lay_path (Walk *walk, int part, RobotStroke *stroke)
{
  int least = MAX (1, (int)walk->radius);
  memset (walk->stamp, 0, sizeof walk->stamp);
  int at = find_start (walk, part);
  stroke->path = g_array_new (false, false, sizeof (RobotPoint));
  stroke->gain = dab (walk, at, 1, true);
  add_point (walk, stroke, at);
  while (robot_get_drawing_seconds (stroke->path->len, walk->radius)
      < ROBOT_MAX_DRAWING) {
    int next = find_next (walk, at, least);
    if (next < 0)
      break;
    go (walk, stroke, at, next);
    at = next;
  }
}

/* ---- The best stroke ---------------------------------------------------- */

static bool
sees (const RobotWorld *world, const LamBox *view, int64_t slice, int depth)
{
  int64_t first = slice - depth / 2, last = slice + depth / 2;
  return MAX (first, 0) >= view->min[2]
      && MIN (last, world->size[2] - 1) < view->max[2];
}

static void
find_best (const RobotWorld *world, const LamBox *view, int64_t slice,
    int64_t least, Field *field, Walk *walk, Best *best)
{
  for (int class = 0; class < world->n_classes; class ++)
    for (size_t d = 0; d < G_N_ELEMENTS (depths); d++) {
      if (!sees (world, view, slice, depths[d]))
        continue;
      look (world, class, slice, depths[d], field);
      if (field->wrong < least)
        continue;
      measure_both (field);
      for (size_t r = 0; r < G_N_ELEMENTS (radii); r++) {
        walk->radius = radii[r];
        weigh_parts (walk, class, depths[d], least, best);
      }
    }
}

bool
robot_find_stroke (const RobotWorld *world, const LamBox *view, int64_t slice,
    int64_t least, RobotStroke *stroke)
{
  g_autofree Field *field = g_new0 (Field, 1);
  g_autofree Walk *walk = g_new (Walk, 1);
  Best best = { 0 };
  *stroke = (RobotStroke){ .slice = slice };
  field->width = (int)(view->max[0] - view->min[0]);
  field->height = (int)(view->max[1] - view->min[1]);
  field->x = view->min[0];
  field->y = view->min[1];
  walk->field = field;
  find_best (world, view, slice, least, field, walk, &best);
  if (best.part == 0)
    return false;
  look (world, best.class, slice, best.depth, field);
  measure_both (field);
  walk->radius = best.radius;
  find_parts (walk);
  stroke->class = best.class;
  stroke->depth = best.depth;
  stroke->radius = best.radius;
  lay_path (walk, best.part, stroke);
  return true;
}
