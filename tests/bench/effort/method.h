/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* How the robot goes about a volume, and what that costs. */
#pragma once

#include "session.h"

typedef struct {
  const char *name; /* "E" */
  const char *title;
  enum { ORDER_RASTER, ORDER_RANDOM, ORDER_QUEUE, ORDER_ORACLE } order;
  EffortHelp help;
} EffortMethod;

/* Ends with one whose name is NULL. */
extern const EffortMethod effort_methods[];

typedef enum {
  EFFORT_IDEAL, /* paints what it means, and sees every mistake */
  EFFORT_HUMAN, /* a shaking hand, and 1 decision of 20 wrong */
  EFFORT_N_MODES
} EffortMode;
extern const char *const effort_mode_names[EFFORT_N_MODES];

/* The parts of what is missing to the truth after which it stops. */
#define EFFORT_N_TARGETS 2
extern const double effort_targets[EFFORT_N_TARGETS];

typedef struct {
  bool is_reached;
  int64_t n_strokes, n_moves, n_verdicts; /* interactions are all of these */
  double seconds; /* of the person */
  double iou;
} EffortCost;

typedef struct {
  double first_iou;
  EffortCost costs[EFFORT_N_TARGETS];
  int64_t n_overwritten;
  double machine_seconds;
} EffortResult;

static inline int64_t
effort_cost_count (const EffortCost *cost)
{
  return cost->n_strokes + cost->n_moves + cost->n_verdicts;
}

EffortResult effort_method_run (
    const EffortMethod *method, const EffortData *data, EffortMode mode);
