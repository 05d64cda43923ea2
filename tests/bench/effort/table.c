/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "table.h"

#include <math.h>
#include <string.h>

typedef struct {
  double mean, half; /* of the 95 % interval */
} Interval;

/* Student's t for 0.975, by degrees of freedom. */
static double
find_t (int freedom)
{
  static const double t[] = { 0, 12.71, 4.30, 3.18, 2.78, 2.57, 2.45, 2.36,
    2.31, 2.26, 2.23, 2.20, 2.18, 2.16, 2.14, 2.13, 2.12, 2.11, 2.10, 2.09,
    2.09, 2.08, 2.07, 2.07, 2.06, 2.06, 2.06, 2.05, 2.05, 2.05 };
  return freedom < (int)G_N_ELEMENTS (t) ? t[freedom] : 1.96;
}

static Interval
find_interval (const double *values, int n)
{
  double sum = 0, squares = 0;
  for (int i = 0; i < n; i++)
    sum += values[i];
  for (int i = 0; i < n; i++)
    squares += (values[i] - sum / n) * (values[i] - sum / n);
  double error = n > 1 ? sqrt (squares / (n - 1) / n) : 0;
  return (Interval){ sum / n, n > 1 ? error * find_t (n - 1) : 0 };
}

typedef struct {
  const EffortResults *results;
  int kind, mode, target;
} Cell;

static int
find_method (const char *name)
{
  for (int i = 0; effort_methods[i].name; i++)
    if (strcmp (effort_methods[i].name, name) == 0)
      return i;
  g_assert_not_reached ();
}

static const EffortResult *
get_run (const Cell *cell, int method, int seed)
{
  return cell->results->is_there[cell->kind][cell->mode][method][seed]
      ? &cell->results->runs[cell->kind][cell->mode][method][seed]
      : NULL;
}

static double
get_cost (const Cell *cell, const EffortResult *run, bool seconds)
{
  const EffortCost *cost = &run->costs[cell->target];
  return seconds ? cost->seconds : (double)effort_cost_count (cost);
}

static int
collect (const Cell *cell, int method, bool seconds, double *values)
{
  int n = 0;
  for (int seed = 0; seed < EFFORT_MAX_SEEDS; seed++) {
    const EffortResult *run = get_run (cell, method, seed);
    if (run)
      values[n++] = get_cost (cell, run, seconds);
  }
  return n;
}

/* Per cent of what `peer` takes, seed by seed; false: one was not run. */
static bool
find_saving (const Cell *cell, int method, const char *peer, Interval *saving)
{
  double values[EFFORT_MAX_SEEDS];
  int n = 0, other = find_method (peer);
  for (int seed = 0; seed < EFFORT_MAX_SEEDS; seed++) {
    const EffortResult *run = get_run (cell, method, seed),
                       *base = get_run (cell, other, seed);
    if (run && base)
      values[n++] = 100
          * (1 - get_cost (cell, run, false) / get_cost (cell, base, false));
  }
  *saving = find_interval (values, MAX (n, 1));
  return n > 0;
}

static int
count_unreached (const Cell *cell, int method)
{
  int n = 0;
  for (int seed = 0; seed < EFFORT_MAX_SEEDS; seed++) {
    const EffortResult *run = get_run (cell, method, seed);
    n += run && !run->costs[cell->target].is_reached;
  }
  return n;
}

static void
print_row (const Cell *cell, int method)
{
  static const char *const peers[] = { "B", "C" };
  double values[EFFORT_MAX_SEEDS];
  int n = collect (cell, method, false, values);
  if (n == 0)
    return;
  Interval count = find_interval (values, n);
  collect (cell, method, true, values);
  Interval seconds = find_interval (values, n);
  g_print ("  %s %-24s %6.0f ± %-5.0f %7.0f ± %-5.0f",
      effort_methods[method].name, effort_methods[method].title, count.mean,
      count.half, seconds.mean, seconds.half);
  for (int i = 0; i < 2; i++) {
    Interval saving;
    if (find_saving (cell, method, peers[i], &saving))
      g_print (" %6.1f ± %-5.1f", saving.mean, saving.half);
    else
      g_print (" %14s", "");
  }
  int left = count_unreached (cell, method);
  if (left > 0)
    g_print (" (not reached: %d of %d)", left, n);
  g_print ("\n");
}

static void
print_claim (
    const Cell *cell, const char *method, const char *peer, double least)
{
  Interval saving;
  int i = find_method (method);
  if (!find_saving (cell, i, peer, &saving))
    return;
  g_print ("  %s against %s: %.1f %% ± %.1f saved, to reach %s%g: %s\n", method,
      peer, saving.mean, saving.half, least > 0 ? "" : "more than ", least,
      (least > 0 ? saving.mean >= least : saving.mean - saving.half > 0)
          ? "met"
          : "MISSED");
}

static void
print_head (const Cell *cell)
{
  double first[EFFORT_MAX_SEEDS];
  int n = 0;
  for (int seed = 0; seed < EFFORT_MAX_SEEDS; seed++)
    for (int i = 0; effort_methods[i].name; i++) {
      const EffortResult *run = get_run (cell, i, seed);
      if (run) {
        first[n++] = run->first_iou;
        break;
      }
    }
  Interval iou = find_interval (first, MAX (n, 1));
  g_print ("\n%s, %s, mean IoU from %.3f to %.3f (%g of what is missing), %d "
           "seeds\n  %-26s %-14s %-15s %-14s %s\n",
      effort_kinds[cell->kind].name, effort_mode_names[cell->mode], iou.mean,
      iou.mean + effort_targets[cell->target] * (1 - iou.mean),
      effort_targets[cell->target], n, "", "interactions", "seconds",
      "% less than B", "than C");
}

static void
print_cell (const Cell *cell)
{
  double values[EFFORT_MAX_SEEDS];
  int n = 0;
  for (int i = 0; effort_methods[i].name; i++)
    n += collect (cell, i, false, values);
  if (n == 0)
    return;
  print_head (cell);
  for (int i = 0; effort_methods[i].name; i++)
    print_row (cell, i);
  print_claim (cell, "E", "C", 0);
  print_claim (cell, "F", "B", 40);
  print_claim (cell, "G", "B", 55);
}

void
effort_table_print (const EffortResults *results)
{
  int64_t overwritten = 0;
  double machine = 0;
  for (int kind = 0; effort_kinds[kind].name; kind++)
    for (int mode = 0; mode < EFFORT_N_MODES; mode++) {
      for (int target = 0; target < EFFORT_N_TARGETS; target++) {
        const Cell cell = { results, kind, mode, target };
        print_cell (&cell);
      }
      for (int i = 0; effort_methods[i].name; i++)
        for (int seed = 0; seed < EFFORT_MAX_SEEDS; seed++)
          if (results->is_there[kind][mode][i][seed]) {
            const EffortResult *run = &results->runs[kind][mode][i][seed];
            overwritten += run->n_overwritten;
            machine += run->machine_seconds;
          }
    }
  g_print ("\nvoxels of a person overwritten: %" G_GINT64_FORMAT
           "\ntime of the processors: %.0f s\n",
      overwritten, machine);
}
