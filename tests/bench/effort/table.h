/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* What all runs of the robot come to. */
#pragma once

#include "method.h"

#define EFFORT_MAX_SEEDS 30
#define EFFORT_MAX_METHODS 8
#define EFFORT_MAX_KINDS 4

/* By volume, mode, method and seed. */
typedef struct {
  EffortResult runs[EFFORT_MAX_KINDS][EFFORT_N_MODES][EFFORT_MAX_METHODS]
                   [EFFORT_MAX_SEEDS];
  bool is_there[EFFORT_MAX_KINDS][EFFORT_N_MODES][EFFORT_MAX_METHODS]
               [EFFORT_MAX_SEEDS];
} EffortResults;

/* Means with their 95 % intervals, what is saved, seed by seed, and which of
 * the claims are met. */
void effort_table_print (const EffortResults *results);
