/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "method.h"

#include <math.h>

#include "base/random.h"
#include "segment/look-map.h"
#include "session.h"

/* What a person sees at a place: its width in voxels, and how many slices. */
enum { WIDTH = LAM_LOOK_WIDTH, DEPTH = LAM_LOOK_DEPTH };

/* A mistake of fewer voxels is not seen at first, then at a second look. */
static const int64_t least_gains[] = { 12, 4, 1 };
#define N_LOOKS 3

/* Places that a person looks at while the queue is searched again. */
#define VISITS 5

/* Strokes after which the network has answered. */
#define STROKES 10

/* Of work, between two rests. */
#define SECONDS_OF_WORK 600

/* In a slice: a shaking hand would never end. */
#define MAX_STROKES 100
/* Strokes one after the other that have made a view no better: whoever painted
 * them goes on. */
#define MAX_VAIN 2
/* A run that needs more has failed. */
#define MAX_INTERACTIONS 20000

/* Of the mode "human". */
#define SHAKE 0.25 /* of the radius: people zoom in for what is fine */
#define SHAKE_KEPT 0.8 /* from one point to the next */
#define WRONG 0.05 /* decisions */

/* Seconds; see effort.c. */
#define SECONDS_MOVE 0.28
#define SECONDS_SEE 1.35
#define SECONDS_SLICE 0.5
#define SECONDS_STROKE 2.7
#define SECONDS_VERDICT 0.28
#define SECONDS_CLICK 1.3

const EffortMethod effort_methods[] = {
  { "B", "raster order", ORDER_RASTER, EFFORT_NO_HELP },
  { "C", "random order", ORDER_RANDOM, EFFORT_NO_HELP },
  { "E", "queue", ORDER_QUEUE, EFFORT_NO_HELP },
  { "F", "queue + background", ORDER_QUEUE, EFFORT_ANSWERS },
  { "G", "queue + adaptation", ORDER_QUEUE, EFFORT_LEARNS },
  { "O", "oracle", ORDER_ORACLE, EFFORT_NO_HELP },
  { NULL },
};

const char *const effort_mode_names[EFFORT_N_MODES] = { "ideal", "human" };
const double effort_targets[EFFORT_N_TARGETS] = { 0.5, 0.75 };

typedef struct {
  const EffortMethod *method;
  const EffortData *data;
  EffortMode mode;
  EffortSession *session; /* Owned */
  LamRandom random;
  int64_t least_gain;
  EffortCost cost;
  EffortResult result;
  int n_reached; /* targets */
  int n_unanswered; /* strokes */
  double rested; /* when: in seconds of cost */
  const LamPlace *place; /* Borrowed; of the queue, where it is; or NULL */
} Run;

/* ---- Cost --------------------------------------------------------------- */

static bool
is_over (const Run *run)
{
  return run->n_reached == EFFORT_N_TARGETS
      || effort_cost_count (&run->cost) >= MAX_INTERACTIONS;
}

static void
watch_targets (Run *run)
{
  run->cost.iou = effort_session_get_iou (run->session);
  double first = run->result.first_iou;
  while (run->n_reached < EFFORT_N_TARGETS
      && run->cost.iou
          >= first + effort_targets[run->n_reached] * (1 - first)) {
    run->cost.is_reached = true;
    run->result.costs[run->n_reached++] = run->cost;
  }
  run->cost.is_reached = false;
}

static void
charge_move (Run *run)
{
  run->cost.n_moves++;
  run->cost.seconds += SECONDS_MOVE + SECONDS_SEE;
}

/* One turn of the wheel takes a person through them. */
static void
charge_slices (Run *run, int64_t n_slices)
{
  run->cost.n_moves += n_slices > 1;
  run->cost.seconds += (double)(n_slices - 1) * SECONDS_SLICE;
}

static void
charge_stroke (Run *run, const RobotStroke *stroke)
{
  run->cost.n_strokes++;
  run->cost.seconds += SECONDS_STROKE
      + robot_get_drawing_seconds (stroke->path->len, stroke->radius);
}

/* ---- At a place --------------------------------------------------------- */

static bool
errs (Run *run)
{
  return run->mode == EFFORT_HUMAN && lam_random_unit (&run->random) < WRONG;
}

static double (*shake (Run *run, guint n, double radius))[2]
{
  double (*moves)[2] = g_malloc_n (n, sizeof *moves);
  double at[2] = { 0, 0 };
  double fresh = SHAKE * radius * sqrt (1 - SHAKE_KEPT * SHAKE_KEPT);
  for (guint i = 0; i < n; i++)
    for (int a = 0; a < 2; a++) {
      double push = lam_random_normal (&run->random);
      at[a] =
          i == 0 ? SHAKE * radius * push : SHAKE_KEPT * at[a] + fresh * push;
      moves[i][a] = at[a];
    }
  return moves;
}

/* The network is as fast as a person who paints that much. */
static void
take_answer (Run *run)
{
  effort_session_get_help (run->session, false);
  watch_targets (run);
  run->n_unanswered = 0;
}

/* One click, where the network has learned: to segment all again. */
static void
segment_all (Run *run)
{
  if (!effort_session_has_learned (run->session))
    return;
  run->cost.n_moves++;
  run->cost.seconds += SECONDS_CLICK;
  effort_session_get_help (run->session, true);
  watch_targets (run);
}

static void
rest (Run *run)
{
  if (run->cost.seconds - run->rested < SECONDS_OF_WORK)
    return;
  run->rested = run->cost.seconds;
  effort_session_rest (run->session);
}

static void
paint (Run *run, const RobotStroke *stroke)
{
  int class = stroke->class, n = run->data->kind->n_classes;
  g_autofree double (*moves)[2] = run->mode == EFFORT_HUMAN
      ? shake (run, stroke->path->len, stroke->radius)
      : NULL;
  if (errs (run))
    class = (class + 1 + (int)(lam_random_unit (&run->random) * (n - 1))) % n;
  effort_session_paint (
      run->session, stroke, class, (const double (*)[2])moves);
  charge_stroke (run, stroke);
  if (run->place) {
    effort_session_say (run->session, run->place, LAM_VERDICT_CORRECTED);
    run->place = NULL;
  }
  watch_targets (run);
  if (++run->n_unanswered >= STROKES && !is_over (run))
    take_answer (run);
}

static int64_t
count_wrong (const Run *run, const LamBox *view)
{
  const RobotWorld world = effort_session_get_world (run->session);
  int64_t n = 0;
  for (int64_t z = view->min[2]; z < view->max[2]; z++)
    for (int64_t y = view->min[1]; y < view->max[1]; y++) {
      int64_t at = (z * world.size[1] + y) * world.size[0];
      for (int64_t x = view->min[0]; x < view->max[0]; x++)
        n += world.truth[at + x] != world.current[at + x];
    }
  return n;
}

/* True when something was painted. */
static bool
correct_slice (Run *run, const LamBox *view, int64_t slice)
{
  int n = 0, n_vain = 0;
  while (n < MAX_STROKES && n_vain < MAX_VAIN && !is_over (run)) {
    RobotStroke stroke;
    RobotWorld world = effort_session_get_world (run->session);
    int64_t n_wrong = count_wrong (run, view);
    if (!robot_find_stroke (&world, view, slice, run->least_gain, &stroke))
      break;
    /* Taken for right. */
    if (n == 0 && errs (run)) {
      robot_stroke_clear (&stroke);
      break;
    }
    paint (run, &stroke);
    robot_stroke_clear (&stroke);
    n_vain = count_wrong (run, view) < n_wrong ? 0 : n_vain + 1;
    n++;
  }
  return n > 0;
}

static bool
correct (Run *run, const LamBox *view)
{
  bool painted = false;
  charge_move (run);
  charge_slices (run, view->max[2] - view->min[2]);
  for (int64_t z = view->min[2]; z < view->max[2] && !is_over (run); z++)
    painted |= correct_slice (run, view, z);
  return painted;
}

/* ---- From place to place ------------------------------------------------ */

/* Views beside each other, `step` voxels apart, all over the volume. */
static GArray *
lay_views (const EffortData *data, const int64_t step[3])
{
  const int64_t *size = data->size, edge[3] = { WIDTH, WIDTH, DEPTH };
  GArray *views = g_array_new (false, false, sizeof (LamBox));
  for (int64_t z = 0; z < size[2]; z += step[2])
    for (int64_t y = 0; y < size[1]; y += step[1])
      for (int64_t x = 0; x < size[0]; x += step[0]) {
        LamBox view = { { x, y, z },
          { MIN (x + edge[0], size[0]), MIN (y + edge[1], size[1]),
              MIN (z + edge[2], size[2]) } };
        g_array_append_val (views, view);
      }
  return views;
}

static void
mix (Run *run, GArray *views)
{
  for (guint i = views->len; i > 1; i--) {
    guint j = (guint)(lam_random_unit (&run->random) * i);
    LamBox *one = &g_array_index (views, LamBox, i - 1),
           *other = &g_array_index (views, LamBox, j), keep = *one;
    *one = *other;
    *other = keep;
  }
}

static void
go_through (Run *run, bool mixes)
{
  const int64_t step[3] = { WIDTH, WIDTH, DEPTH };
  g_autoptr (GArray) views = lay_views (run->data, step);
  if (mixes)
    mix (run, views);
  for (guint i = 0; i < views->len && !is_over (run); i++)
    correct (run, &g_array_index (views, LamBox, i));
}

/* Always where most is gained; no view twice. */
static void
follow_oracle (Run *run)
{
  const int64_t step[3] = { WIDTH / 2, WIDTH / 2, 2 };
  g_autoptr (GArray) views = lay_views (run->data, step);
  while (views->len > 0 && !is_over (run)) {
    guint best = 0;
    double most = -1;
    for (guint i = 0; i < views->len; i++) {
      double gain = effort_session_weigh (
          run->session, &g_array_index (views, LamBox, i));
      if (gain > most) {
        most = gain;
        best = i;
      }
    }
    LamBox view = g_array_index (views, LamBox, best);
    g_array_remove_index (views, best);
    correct (run, &view);
  }
}

static LamBox
get_view (const Run *run, const LamPlace *place)
{
  const int64_t edges[3] = { WIDTH, WIDTH, DEPTH };
  LamBox view;
  for (int a = 0; a < 3; a++) {
    int64_t size = run->data->size[a], edge = MIN (edges[a], size);
    view.min[a] = CLAMP (place->centre[a] - edge / 2, 0, size - edge);
    view.max[a] = view.min[a] + edge;
  }
  return view;
}

/* At least half of it was looked at since it was found. */
static bool
was_seen (const LamPlace *place, const GArray *seen)
{
  for (guint i = 0; i < seen->len; i++) {
    LamBox shared =
        lam_box_intersect (&place->box, &g_array_index (seen, LamBox, i));
    if (2 * lam_box_volume (&shared) >= lam_box_volume (&place->box))
      return true;
  }
  return false;
}

static bool
visit (Run *run, const LamPlace *place)
{
  LamBox view = get_view (run, place);
  /* Of a large place the rest comes back. */
  LamPlace seen = *place;
  seen.box = lam_box_intersect (&view, &place->box);
  /* Painting there says that it is corrected, as in the window. */
  run->place = &seen;
  bool painted = correct (run, &view);
  run->place = NULL;
  if (!painted) {
    run->cost.n_verdicts++;
    run->cost.seconds += SECONDS_VERDICT;
  }
  effort_session_say (run->session, painted ? &seen : place,
      painted ? LAM_VERDICT_CORRECTED : LAM_VERDICT_VERIFIED);
  if (run->n_unanswered > 0 && !is_over (run))
    take_answer (run);
  return painted;
}

/* Until it is empty. It is searched beside the person, so not after each place.
 */
static void
follow_queue (Run *run)
{
  while (!is_over (run)) {
    g_autoptr (GArray) places = effort_session_find_places (run->session);
    g_autoptr (GArray) seen = g_array_new (false, false, sizeof (LamBox));
    bool painted = false;
    if (places->len == 0)
      return;
    for (guint i = 0; i < places->len && seen->len < VISITS && !is_over (run);
         i++) {
      const LamPlace *place = &g_array_index (places, LamPlace, i);
      if (was_seen (place, seen))
        continue;
      painted |= visit (run, place);
      g_array_append_val (seen, place->box);
    }
    if (painted && !is_over (run)) {
      rest (run);
      segment_all (run);
    }
  }
}

static void
do_look (Run *run)
{
  switch (run->method->order) {
  case ORDER_RASTER:
    go_through (run, false);
    break;
  case ORDER_RANDOM:
    go_through (run, true);
    break;
  case ORDER_ORACLE:
    follow_oracle (run);
    break;
  case ORDER_QUEUE:
    follow_queue (run);
    break;
  }
}

EffortResult
effort_method_run (
    const EffortMethod *method, const EffortData *data, EffortMode mode)
{
  gint64 start = g_get_monotonic_time ();
  Run run = { .method = method,
    .data = data,
    .mode = mode,
    .random = lam_random_new (data->seed, 11) };
  run.session = effort_session_open (
      data, effort_data_copy_project (data, method->name), method->help);
  run.result.first_iou = effort_session_get_iou (run.session);
  for (int look = 0; look < N_LOOKS && !is_over (&run); look++) {
    run.least_gain = least_gains[look];
    do_look (&run);
    /* What the queue did not name is looked for as without it. */
    if (method->order == ORDER_QUEUE && !is_over (&run))
      go_through (&run, false);
  }
  watch_targets (&run);
  for (int i = run.n_reached; i < EFFORT_N_TARGETS; i++)
    run.result.costs[i] = run.cost;
  run.result.n_overwritten = effort_session_get_n_overwritten (run.session);
  effort_session_close (run.session);
  run.result.machine_seconds =
      (double)(g_get_monotonic_time () - start) / G_USEC_PER_SEC;
  return run.result;
}
